"""The stand-in for NCALayer, spoken to over a real WebSocket: its protocol, its modes, and what it refuses."""

import asyncio
import base64
import json
import socket
import ssl
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from portal.demo import ca, ncalayer
from portal.demo.ncalayer import Mode, get_mode, set_mode
from portal.signing import ORGANISATION_KEY, PERSON_KEY, Reason, SignatureRefused, Signer, canonical, load
from tests.signing.people import AIGUL, GANI, NOON, ORG, PEOPLE

HERS = canonical({"signer": {"iin": AIGUL.iin}, "order": "№ 1"})
FOR_ORG = canonical({"signer": {"iin": GANI.iin, "bin": ORG.bin}, "act": "№ 1"})


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority with three people."""
    directory = tmp_path_factory.mktemp("keys")
    ca.make(directory, PEOPLE)
    return directory


@pytest.fixture
def data(keys: Path, tmp_path: Path) -> Path:
    """The demo's data directory."""
    ca.place(tmp_path).symlink_to(keys)
    return tmp_path


@pytest.fixture
def unused_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def question(*documents: bytes, ekus: tuple[str, ...] = PERSON_KEY, **args: Any) -> dict[str, Any]:
    """What a page asks NCALayer."""
    texts = [base64.b64encode(document).decode() for document in documents]
    params = {"decode": True, "encapsulate": False, "digested": False}
    asked = {
        "allowedStorages": None,
        "format": "cms",
        "data": texts[0] if len(texts) == 1 else texts,
        "signingParams": params,
        "signerParams": {"extKeyUsageOids": list(ekus)},
        "locale": "kk",
    }
    return {"module": "kz.gov.pki.knca.basics", "method": "sign", "args": asked | args}


def talk(data: Path, *messages: object) -> list[Any]:
    """Connect, hear the greeting, say the messages one by one; what was answered."""

    async def conversation(page: ClientConnection) -> list[Any]:
        assert json.loads(await page.recv()) == {"result": {"version": "1.4"}}
        answers = []
        for message in messages:
            await page.send(message if isinstance(message, str) else json.dumps(message))
            answer = await page.recv()
            answers.append(answer if answer == ncalayer.HEARTBEAT else json.loads(answer))
        return answers

    return while_it_runs(data, conversation)


def while_it_runs(data: Path, conversation: Callable[[ClientConnection], Awaitable[list[Any]]]) -> list[Any]:
    """Run the stand-in on a free port for one connection."""

    async def run() -> list[Any]:
        async with await ncalayer.listen(data, 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with asyncio.timeout(10), connect(f"ws://127.0.0.1:{port}/") as page:
                return await conversation(page)

    return asyncio.run(run())


def judged(keys: Path, document: bytes, answer: dict[str, Any], expected: Signer) -> str:
    """The verifier's verdict on an answer: `taken` or the code of the refusal."""
    (armoured,) = answer["body"]["result"]
    assert armoured.startswith("-----BEGIN CMS-----\n")
    assert armoured.endswith("-----END CMS-----\n")
    try:
        load(keys / "trust").verify(document, armoured.encode(), expected, NOON)
    except SignatureRefused as refused:
        return refused.code
    return "taken"


def test_it_picks_the_key_of_the_person_in_the_document(data: Path, keys: Path) -> None:
    (hers, for_org) = talk(data, question(HERS), question(FOR_ORG, ekus=ORGANISATION_KEY))
    assert hers["status"] is True
    assert judged(keys, HERS, hers, Signer(AIGUL.iin)) == "taken"
    assert judged(keys, FOR_ORG, for_org, Signer(GANI.iin, ORG.bin)) == "taken"


@pytest.mark.parametrize(
    ("mode", "verdict"),
    [
        (Mode.EXPIRED, Reason.EXPIRED),
        (Mode.REVOKED, Reason.REVOKED),
        (Mode.WRONG_PERSON, Reason.WRONG_PERSON),
        (f"key:{GANI.iin}", Reason.WRONG_PERSON),
        (f"key:{AIGUL.iin}", "taken"),
    ],
)
def test_modes_that_pick_another_key(data: Path, keys: Path, mode: str, verdict: str) -> None:
    set_mode(data, mode)
    (answer,) = talk(data, question(HERS))
    assert judged(keys, HERS, answer, Signer(AIGUL.iin)) == verdict


@pytest.mark.parametrize(
    ("mode", "verdict"),
    [
        (Mode.EXPIRED, Reason.EXPIRED),
        (Mode.REVOKED, Reason.REVOKED),
        (Mode.WRONG_PERSON, Reason.WRONG_PERSON),
    ],
)
def test_modes_for_an_organisation(data: Path, keys: Path, mode: str, verdict: str) -> None:
    set_mode(data, mode)
    (answer,) = talk(data, question(FOR_ORG, ekus=ORGANISATION_KEY))
    assert judged(keys, FOR_ORG, answer, Signer(GANI.iin, ORG.bin)) == verdict


def test_a_login_key_is_offered_only_to_a_page_that_takes_any(data: Path, keys: Path) -> None:
    set_mode(data, Mode.LOGIN)
    refused, signed = talk(data, question(HERS), question(HERS, ekus=()))
    assert refused["status"] is False
    assert refused["code"] == "SIGNING_FAILURE"
    assert judged(keys, HERS, signed, Signer(AIGUL.iin)) == Reason.LOGIN_KEY


def test_the_person_closes_the_window(data: Path) -> None:
    set_mode(data, Mode.CANCEL)
    assert talk(data, question(HERS)) == [{"status": True, "body": {}}]


def test_the_mode_changes_while_a_page_is_connected(data: Path) -> None:
    async def conversation(page: ClientConnection) -> list[Any]:
        await page.recv()
        answers = []
        for mode in (Mode.CANCEL, Mode.AUTO):
            set_mode(data, mode)
            await page.send(json.dumps(question(HERS)))
            answers.append(json.loads(await page.recv())["body"])
        return answers

    cancelled, signed = while_it_runs(data, conversation)
    assert cancelled == {}
    assert signed["result"]


def test_off_it_takes_no_connection(data: Path) -> None:
    set_mode(data, Mode.OFF)
    with pytest.raises(InvalidStatus):
        talk(data)


def test_several_documents_at_once(data: Path, keys: Path) -> None:
    (answer,) = talk(data, question(HERS, FOR_ORG, ekus=()))
    first, second = answer["body"]["result"]
    verifier = load(keys / "trust")
    assert verifier.verify(HERS, first.encode(), Signer(AIGUL.iin), NOON)
    assert verifier.verify(FOR_ORG, second.encode(), Signer(GANI.iin, ORG.bin), NOON)


def test_data_that_are_not_to_be_decoded_are_signed_as_they_stand(data: Path, keys: Path) -> None:
    set_mode(data, f"key:{AIGUL.iin}")
    (answer,) = talk(data, question(data=HERS.decode(), signingParams={"encapsulate": False}))
    assert judged(keys, HERS, answer, Signer(AIGUL.iin)) == "taken"


def test_the_document_inside(data: Path, keys: Path) -> None:
    (answer,) = talk(data, question(HERS, signingParams={"decode": True, "encapsulate": True}))
    assert judged(keys, HERS, answer, Signer(AIGUL.iin)) == Reason.MALFORMED


@pytest.mark.parametrize(
    "signer_params",
    [
        {"extKeyUsageOids": [*PERSON_KEY, "1.2.3"]},
        {"extKeyUsageOids": list(ORGANISATION_KEY)},
        {"iin": GANI.iin},
        {"bin": ORG.bin},
    ],
    ids=["unknown purpose", "organisations only", "another person", "an organisation"],
)
def test_a_key_that_the_page_did_not_ask_for_is_not_used(data: Path, signer_params: dict[str, Any]) -> None:
    (answer,) = talk(data, question(HERS, signerParams=signer_params))
    assert (answer["status"], answer["code"]) == (False, "SIGNING_FAILURE")


@pytest.mark.parametrize(
    "body", [b"text", b"[]", b"{}", b'{"signer":5}', b'{"signer":{"bin":"1"}}', b'{"signer":{"iin":7}}']
)
def test_a_document_of_nobody_here(data: Path, body: bytes) -> None:
    (answer,) = talk(data, question(body))
    assert (answer["status"], answer["code"]) == (False, "SIGNING_FAILURE")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("not json", "INVOCATION_ERROR"),
        ("[]", "INVOCATION_ERROR"),
        ('{"module":"kz.gov.pki.knca.basics"}', "INVOCATION_ERROR"),
        ({"module": "kz.gov.pki.knca.basics", "method": "fly", "args": {}}, "INVOCATION_ERROR"),
        (question(HERS, signingParams=555), "INVOCATION_ERROR"),
        (question(HERS, data="не base64"), "INVOCATION_ERROR"),
        (question(HERS, data=None), "INVOCATION_ERROR"),
        (question(HERS, format="xml"), "INVALID_SIGNING_PARAMS"),
        (question(HERS, signingParams={"decode": True, "tsaProfile": {}}), "INVALID_SIGNING_PARAMS"),
        (question(HERS, signingParams={"decode": True, "digested": True}), "INVALID_SIGNING_PARAMS"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_request_is_answered_and_the_next_one_too(data: Path, message: object, code: str) -> None:
    bad, good = talk(data, message, question(HERS))
    assert (bad["status"], bad["code"]) == (False, code)
    assert good["status"] is True


def test_other_modules_and_heartbeats(data: Path) -> None:
    probe = {"module": "kz.digiflow.mobile.extensions", "method": "getVersion"}
    missing, beat = talk(data, probe, ncalayer.HEARTBEAT)
    assert missing == {"success": False, "errorCode": "MODULE_NOT_FOUND"}
    assert beat == ncalayer.HEARTBEAT


def test_over_tls(data: Path) -> None:
    async def run() -> str | bytes:
        async with await ncalayer.listen(data, 0, tls=True) as server:
            port = server.sockets[0].getsockname()[1]
            trusting = ssl.create_default_context(cafile=data / "ncalayer-tls.pem")
            async with asyncio.timeout(10), connect(f"wss://127.0.0.1:{port}/", ssl=trusting) as page:
                return await page.recv()

    assert json.loads(asyncio.run(run())) == ncalayer.GREETING
    assert stat.S_IMODE((data / "ncalayer-tls.pem").stat().st_mode) == 0o600
    asyncio.run(run())  # the certificate that lies there is used again


def test_it_serves_until_it_is_stopped(data: Path, unused_port: int) -> None:
    async def run() -> str | bytes:
        serving = asyncio.create_task(ncalayer.serve(data, unused_port))
        async with asyncio.timeout(10):
            while True:
                try:
                    async with connect(f"ws://127.0.0.1:{unused_port}/") as page:
                        greeting = await page.recv()
                        break
                except OSError:
                    await asyncio.sleep(0.01)
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        with pytest.raises(OSError):
            await connect(f"ws://127.0.0.1:{unused_port}/")
        return greeting

    assert json.loads(asyncio.run(run())) == ncalayer.GREETING


# The mode


def test_the_mode_is_auto_until_it_is_set(data: Path) -> None:
    assert get_mode(data) == "auto"
    set_mode(data, "cancel")
    assert get_mode(data) == "cancel"
    set_mode(data, f"key:{AIGUL.iin}-login")
    assert get_mode(data) == f"key:{AIGUL.iin}-login"
    assert [path.name for path in data.iterdir() if path.name.startswith("ncalayer")] == ["ncalayer.json"]


def test_a_mode_that_does_not_exist_is_refused(data: Path) -> None:
    set_mode(data, "cancel")
    with pytest.raises(ValueError, match="fly"):
        set_mode(data, "fly")
    assert get_mode(data) == "cancel"


@pytest.mark.parametrize("junk", ["", "junk", "[]", "{}", '{"mode":"fly"}', '{"mode":5}', '{"mode":null}'])
def test_a_spoilt_file_is_auto(data: Path, junk: str) -> None:
    (data / "ncalayer.json").write_text(junk)
    assert get_mode(data) == "auto"
