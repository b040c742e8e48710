"""The stand-in for NCALayer: its WebSocket protocol (module kz.gov.pki.knca.basics), with the demo's keys.

Where the real one shows a window in which a person picks a key, this one does what its mode says; the mode lies in a
file, so that the demo's keys page and the tests can set it while it runs.
"""

import base64
import binascii
import json
import ssl
from collections.abc import Iterator, Mapping
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from asn1crypto import cms as asn1_cms
from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import Server, ServerConnection
from websockets.asyncio.server import serve as serve_websocket
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from portal.demo import ca
from portal.demo.certificates import BEGIN, END, Key
from portal.signing.certificates import Holder, holder_of
from portal.signing.envelopes import sha256_hex

GREETING = {"result": {"version": "1.4"}}
HEARTBEAT = "--heartbeat--"
LOOPBACK = "127.0.0.1"
CHOSEN = "key:"
_signed_by: dict[str, set[str]] = {}


class Mode(StrEnum):
    """What the person at NCALayer's window does; besides these, `key:<name>` picks that very key."""

    AUTO = "auto"
    CANCEL = "cancel"
    EXPIRED = "expired"
    REVOKED = "revoked"
    LOGIN = "login"
    WRONG_PERSON = "wrong_person"
    OFF = "off"


class NcalayerError(Exception):
    """What NCALayer answers as an error, with its code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def get_mode(data: Path) -> str:
    """The mode in force; `auto` if none was ever set."""
    try:
        mode = str(json.loads(_state(data).read_text())["mode"])
        _check_mode(mode)
    except (OSError, ValueError, TypeError, KeyError):
        return Mode.AUTO
    return mode


def set_mode(data: Path, mode: str) -> None:
    """Put a mode in force for the next request; a `ValueError` for one that does not exist."""
    _check_mode(mode)
    with NamedTemporaryFile("w", dir=data, prefix="ncalayer", suffix=".half", delete=False) as half:
        json.dump({"mode": mode}, half)
    Path(half.name).replace(_state(data))


async def serve(data: Path, port: int, tls: bool = False) -> None:
    """Stand in for NCALayer on the loopback address until cancelled."""
    async with await listen(data, port, tls) as server:
        await server.serve_forever()


async def listen(data: Path, port: int, tls: bool = False) -> Server:
    """The running stand-in; port 0 takes a free one. `tls`: wss:// with a certificate that nobody vouches for."""

    async def converse(connection: ServerConnection) -> None:
        try:
            await connection.send(json.dumps(GREETING))
            async for message in connection:
                await connection.send(await answer(data, message))
        except ConnectionClosed:
            return  # the page went away

    def refuse_if_off(connection: ServerConnection, request: Request) -> Response | None:  # noqa: ARG001
        return connection.respond(503, "Off.\n") if get_mode(data) == Mode.OFF else None

    context = _tls(data) if tls else None
    return await serve_websocket(converse, LOOPBACK, port, process_request=refuse_if_off, ssl=context)


async def answer(data: Path, message: str | bytes) -> str:
    """What NCALayer says to one message."""
    if message == HEARTBEAT:
        return HEARTBEAT
    try:
        request = json.loads(message)
        if request["module"] != "kz.gov.pki.knca.basics":
            return json.dumps({"success": False, "errorCode": "MODULE_NOT_FOUND"})
        if request["method"] != "sign":
            raise NcalayerError("INVOCATION_ERROR", "There is no such method.")
        body = await _sign_all(data, request["args"])
        return json.dumps({"status": True, "body": body})
    except NcalayerError as error:
        refusal = {"status": False, "code": error.code, "message": str(error), "details": ""}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        message = "An invoked method threw an exception."
        refusal = {"status": False, "code": "INVOCATION_ERROR", "message": message, "details": type(error).__name__}
    return json.dumps(refusal)


async def _sign_all(data: Path, args: Mapping[str, Any]) -> dict[str, list[str]]:
    params = args["signingParams"]
    if args["format"] != "cms" or params.get("digested") or params.get("tsaProfile") is not None:
        raise NcalayerError("INVALID_SIGNING_PARAMS", "The stand-in makes plain CMS signatures without a time stamp.")
    documents = args["data"] if isinstance(args["data"], list) else [args["data"]]
    mode = get_mode(data)
    if mode == Mode.CANCEL:
        return {}
    signed = []
    for text in documents:
        document = base64.b64decode(text, validate=True) if params.get("decode") else text.encode()
        key = pick(data, mode, document, args.get("signerParams") or {})
        signed.append(await _sign(key, document, detached=params.get("encapsulate") is False))
    return {"result": signed}


async def _sign(key: Key, document: bytes, detached: bool) -> str:
    made: asn1_cms.ContentInfo = await key.signer().async_sign_general_data(
        document, "sha256", detached=detached, use_cades=True
    )
    armoured: bytes = pem.armor("CMS", made.dump())
    return armoured.decode()


def pick(data: Path, mode: str, document: bytes, wanted: Mapping[str, Any]) -> Key:
    """The key that the person picks, out of those that the page asked NCALayer to offer."""
    fitting = [name for name in _names(data, mode, document) if fits(holder_of(_key(data, name).parsed()), wanted)]
    if fitting:
        # An act is signed by one side and then by the other: whoever has signed it already is not asked again.
        signed = _signed_by.setdefault(sha256_hex(document), set())
        name = next((name for name in fitting if name not in signed), fitting[0])
        signed.add(name)
        return _key(data, name)
    raise NcalayerError("SIGNING_FAILURE", "There is no key that fits.")


def _key(data: Path, name: str) -> Key:
    return ca.key(ca.place(data), name)


def fits(holder: Holder, wanted: Mapping[str, Any]) -> bool:
    """True if NCALayer would offer this certificate: all purposes asked for, and the IIN and BIN if they are given."""
    return (
        set(wanted.get("extKeyUsageOids") or ()) <= holder.purposes
        and wanted.get("iin") in {None, "", holder.iin}
        and wanted.get("bin") in {None, "", holder.bin}
    )


def _names(data: Path, mode: str, document: bytes) -> Iterator[str]:
    names = ca.at_hand(ca.place(data))
    if mode.startswith(CHOSEN):
        yield from (name for name in names if name == mode.removeprefix(CHOSEN))
        return
    signers = _signers(document)
    if mode == Mode.WRONG_PERSON:
        mine = tuple(signer["iin"] for signer in signers if "iin" in signer)
        others = (name for name in names if not name.startswith(mine))
        yield from (name for name in others if not name.endswith(tuple(f"-{kind}" for kind in ca.Kind)))
        return
    kind = ca.Kind.SIGN if mode == Mode.AUTO else ca.Kind(mode)
    for signer in signers:
        yield from (name for name in names if _is_of(name, signer, kind))


def _is_of(name: str, signer: Mapping[str, str], kind: ca.Kind) -> bool:
    """Whether a key is the signer's own; where only an organisation is named, whoever holds a key of it."""
    iin = signer.get("iin", name[:12])
    return name == ca.key_id(iin, kind, signer.get("bin"))


def _signers(document: bytes) -> list[dict[str, str]]:
    """Who may sign, as the document itself names them."""
    try:
        body = json.loads(document)
        named = body["signers"] if "signers" in body else [body["signer"]]
        signers = [{key: str(one[key]) for key in ("iin", "bin") if one.get(key)} for one in named]
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
        signers = []
    if not any(signers):
        raise NcalayerError("SIGNING_FAILURE", "The document names no signer: choose a key.")
    return [signer for signer in signers if signer]


def _state(data: Path) -> Path:
    return data / "ncalayer.json"


def _check_mode(mode: str) -> None:
    if not mode.startswith(CHOSEN):
        Mode(mode)


def _tls(data: Path) -> ssl.SSLContext:
    path = data / "ncalayer-tls.pem"
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(_self_signed().pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _self_signed() -> Key:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOOPBACK)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(BEGIN).not_valid_after(END)
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))])
    return Key(private, builder.add_extension(address, critical=False).sign(private, hashes.SHA256()))
