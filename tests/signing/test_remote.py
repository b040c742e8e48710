"""The client of the service that checks GOST signatures, against a small service that speaks like NCANode."""

import asyncio
import base64
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from asn1crypto import cms

from portal.clock import ALMATY
from portal.demo import ca
from portal.signing import LocalVerifier, Reason, RemoteVerifier, SignatureRefused, Signer, verifier_for
from tests.signing.people import AIGUL, DATA, GANI, NOON, ORG, SHE, signed_by, together, with_algorithm

pytestmark = pytest.mark.law("R83.1")

SIGNATURE_2015 = "1.2.398.3.10.1.1.2.3.2"


class Service:
    """What the service will answer, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.path = ""
        self.answer: tuple[int, bytes] = (200, b"{}")
        self.url = ""

    def will_say(self, value: object, status: int = 200) -> None:
        """Answer from now on."""
        self.answer = (status, value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.fixture
def service() -> Iterator[Service]:
    """A running service."""
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.path = self.path
            state.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, body = state.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    """One client for all tests, because making one takes its time."""
    with httpx.Client(timeout=5) as client:
        yield client


@pytest.fixture
def remote(service: Service, client: httpx.Client) -> RemoteVerifier:
    """Asks the service."""
    return RemoteVerifier(f"{service.url}/", client)


def gost(authority: Path, owner: ca.KeyOwner = AIGUL, kind: str = "sign", bin_: str | None = None) -> bytes:
    """A container that looks as if GOST had made it."""
    return with_algorithm(signed_by(authority, owner, kind, bin_), "signature_algorithm", SIGNATURE_2015)


def said(authority: Path, name: str = AIGUL.iin, **changes: Any) -> dict[str, Any]:
    """The service's answer on a key, in the words of NCANode."""
    holder = ca.key(authority, name).certificate
    iin, _, bin_ = name.partition("-")
    certificate = {
        "valid": True,
        "revocations": [
            {"revoked": False, "by": "OCSP", "revocationTime": None, "reason": "OK"},
            {"revoked": False, "by": "CRL", "revocationTime": None, "reason": None},
        ],
        "notBefore": "2020-01-01T00:00:00.000+00:00",
        "notAfter": "2036-01-01T00:00:00.000+00:00",
        "keyUsage": "SIGN",
        "serialNumber": f"{holder.serial_number:x}",
        "signAlg": "ECGOST3410-2015-512",
        "keyUser": ["INDIVIDUAL"],
        "subject": {"commonName": "X", "iin": iin, "country": "KZ", "dn": "…"} | ({"bin": bin_} if bin_ else {}),
        "issuer": {"commonName": "NCA"},
    }
    valid = changes.pop("signature_valid", True)
    return {"status": 200, "message": "OK", "valid": valid, "signers": [{"certificates": [certificate | changes]}]}


def refusal(verifier: RemoteVerifier, sent: bytes, expected: Signer = SHE, moment: datetime = NOON) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as caught:
        verifier.verify(DATA, sent, expected, moment)
    return caught.value


def test_a_gost_signature_is_taken(service: Service, remote: RemoteVerifier, authority: Path) -> None:
    service.will_say(said(authority))
    verdict = remote.verify(DATA, gost(authority), SHE, NOON)
    assert (verdict.iin, verdict.common_name, verdict.checked_at) == (AIGUL.iin, AIGUL.common_name, NOON)
    assert verdict.algorithm.startswith(SIGNATURE_2015)
    assert verdict.crls == ()


def test_the_service_is_asked_about_the_document(service: Service, remote: RemoteVerifier, authority: Path) -> None:
    service.will_say(said(authority))
    remote.verify(DATA, gost(authority), SHE, NOON)
    (question,) = service.asked
    assert service.path == "/cms/verify"
    assert base64.b64decode(question["data"]) == DATA
    assert cms.ContentInfo.load(base64.b64decode(question["cms"]))["content"]["signer_infos"][0]["signature"].native
    assert question["revocationCheck"] == ["OCSP", "CRL"]


def test_an_organisation(service: Service, remote: RemoteVerifier, authority: Path) -> None:
    service.will_say(said(authority, f"{GANI.iin}-{ORG.bin}"))
    sent = gost(authority, GANI, bin_=ORG.bin)
    assert remote.verify(DATA, sent, Signer(GANI.iin, ORG.bin), NOON).bin == ORG.bin
    assert refusal(remote, sent, Signer(GANI.iin)).code is Reason.WRONG_ORGANISATION
    assert refusal(remote, sent, Signer(AIGUL.iin, ORG.bin, point="R42.5")).point == "R42.5"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signature_valid": False}, Reason.CHANGED),
        ({"valid": False}, Reason.UNKNOWN_ISSUER),
        ({"revocations": [{"revoked": True, "by": "OCSP"}], "valid": False}, Reason.REVOKED),
        ({"revocations": []}, Reason.CRL_STALE),
        ({"revocations": [{"revoked": False, "by": "CRL"}]}, Reason.CRL_STALE),
        ({"keyUsage": "AUTH"}, Reason.LOGIN_KEY),
        ({"serialNumber": "123"}, Reason.MALFORMED),
        ({"subject": {"iin": GANI.iin}}, Reason.MALFORMED),
        ({"subject": {"iin": AIGUL.iin, "bin": ORG.bin}}, Reason.MALFORMED),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_service_refuses_is_refused(
    service: Service, remote: RemoteVerifier, authority: Path, changes: dict[str, Any], code: Reason
) -> None:
    service.will_say(said(authority, **changes))
    assert refusal(remote, gost(authority)).code is code


def test_valid_with_nobody_in_it_is_not_valid(service: Service, remote: RemoteVerifier, authority: Path) -> None:
    one = said(authority)["signers"][0]
    answers: list[list[dict[str, Any]]] = [[], [{"certificates": []}], [one, one]]
    for signers in answers:
        service.will_say({"valid": True, "signers": signers})
        assert refusal(remote, gost(authority)).code is Reason.MALFORMED


def test_somebody_elses_key(service: Service, remote: RemoteVerifier, authority: Path) -> None:
    service.will_say(said(authority, GANI.iin))
    assert refusal(remote, gost(authority, GANI)).code is Reason.WRONG_PERSON


def test_the_purpose_is_judged_here_too(service: Service, remote: RemoteVerifier, authority: Path) -> None:
    service.will_say(said(authority, f"{AIGUL.iin}-login", subject={"iin": AIGUL.iin}))
    assert refusal(remote, gost(authority, kind="login")).code is Reason.LOGIN_KEY


def test_the_term_is_judged_here(service: Service, remote: RemoteVerifier, authority: Path) -> None:
    service.will_say(said(authority))
    early = datetime(2019, 1, 1, tzinfo=ALMATY)
    assert refusal(remote, gost(authority), moment=early).code is Reason.NOT_YET_VALID
    assert refusal(remote, gost(authority, kind="expired")).code is Reason.EXPIRED
    assert service.asked == []


def test_a_document_inside_is_not_even_sent(service: Service, remote: RemoteVerifier, authority: Path) -> None:
    signer = ca.key(authority, AIGUL.iin).signer()
    attached = asyncio.run(signer.async_sign_general_data(b"other", "sha256", detached=False)).dump()
    both = together([signed_by(authority), signed_by(authority, GANI)])
    for sent in (attached, both, b"junk"):
        assert refusal(remote, sent).code is Reason.MALFORMED
    assert service.asked == []


@pytest.mark.parametrize("status", [400, 422])
def test_a_signature_that_the_service_cannot_read(
    service: Service, remote: RemoteVerifier, authority: Path, status: int
) -> None:
    service.will_say({"status": status, "message": "message-digest attribute value does not match"}, status)
    assert refusal(remote, gost(authority)).code is Reason.CHANGED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b""),
        (503, b"{}"),
        (404, b""),
        (429, b""),
        (302, b""),
        (200, b"<html>"),
        (200, b"{}"),
        (200, b'{"valid":1}'),
    ],
    ids=str,
)
def test_a_service_that_is_unwell(
    service: Service, remote: RemoteVerifier, authority: Path, status: int, body: bytes
) -> None:
    service.will_say(body, status)
    refused = refusal(remote, gost(authority))
    assert refused.code is Reason.CRL_STALE
    assert "does not answer" in refused.message


def test_no_proxy_of_the_machine_gets_to_read_the_document(
    service: Service, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NO_PROXY", "")
    service.will_say(said(authority))
    assert RemoteVerifier(service.url).verify(DATA, gost(authority), SHE, NOON).iin == AIGUL.iin


def test_no_service_at_all(authority: Path) -> None:
    assert refusal(RemoteVerifier("http://127.0.0.1:9"), gost(authority)).code is Reason.CRL_STALE


def test_a_service_that_never_answers(authority: Path) -> None:
    def hang(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow", request=request)

    client = httpx.Client(transport=httpx.MockTransport(hang))
    assert refusal(RemoteVerifier("http://x", client), gost(authority)).code is Reason.CRL_STALE


def test_only_gost_goes_there(service: Service, authority: Path) -> None:
    service.will_say(said(authority))
    verifier = verifier_for(authority / "trust", service.url)
    assert verifier.verify(DATA, signed_by(authority), SHE, NOON).crls
    with pytest.raises(SignatureRefused):
        verifier.verify(DATA, signed_by(authority, GANI), SHE, NOON)
    assert service.asked == []
    assert verifier.verify(DATA, gost(authority), SHE, NOON).crls == ()
    assert len(service.asked) == 1
    assert isinstance(verifier_for(authority / "trust"), LocalVerifier)


def test_the_log_names_nobody(
    service: Service, remote: RemoteVerifier, authority: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answers: list[Callable[[], None]] = [
        lambda: service.will_say(b"oops", 500),
        lambda: service.will_say(said(authority, subject={"iin": GANI.iin}, valid="never")),
        lambda: service.will_say(said(authority)),
    ]
    for prepare in answers:
        prepare()
        for expected in (SHE, Signer(GANI.iin)):
            try:
                remote.verify(DATA, gost(authority), expected, NOON)
            except SignatureRefused as refused:
                assert AIGUL.iin not in str(refused)
    assert "failed" in caplog.text
    for secret in (AIGUL.iin, GANI.iin, "ӘБЕНОВА"):
        assert secret not in caplog.text.upper()
