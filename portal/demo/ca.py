"""The demo's certification authority: made-up keys for made-up people.

A portal believes these keys only if it is told to (SIGNING_TRUST); a real one never is.

<directory>/trust   roots/, intermediates/, crls/: what the portal is told to believe
<directory>/keys    one PEM (private key and certificate) a key; nobody else may read it
<directory>/ca      the authority's own keys
"""

import asyncio
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.demo.certificates import (
    Key,
    KeyOwner,
    Kind,
    Org,
    issue,
    issue_authority,
    purposes,
    revocation_list,
    subject,
)

__all__ = ["KeyOwner", "Kind", "Org", "at_hand", "key", "key_id", "make", "place", "sign"]


def place(data: Path) -> Path:
    """Where the demo keeps its authority below its data directory."""
    return data / "signing"


def make(directory: Path, people: Iterable[KeyOwner]) -> None:
    """Make the authority and everyone's keys; what is already there is kept, what is missing is added."""
    root = _authority(directory, "root", None)
    issuer = _authority(directory, "intermediate", root)
    for owner in people:
        for organisation in [None, owner.organisation] if owner.organisation else [None]:
            for kind in Kind:
                path = _path(directory, key_id(owner.iin, kind, organisation.bin if organisation else None))
                if not path.exists():
                    made = issue(issuer, subject(owner, organisation), purposes(kind, organisation), kind)
                    _write(path, made.pem(), secret=True)
    _write_crl(directory, "root", root, [])
    _write_crl(directory, "intermediate", issuer, sorted((directory / "keys").glob(f"*-{Kind.REVOKED}.pem")))


def key_id(iin: str, kind: Kind = Kind.SIGN, bin_: str | None = None) -> str:
    """The name of a key, which is also its file's: `<iin>`, `<iin>-login`, `<iin>-<bin>`, `<iin>-<bin>-expired` …"""
    return "-".join([iin, *([bin_] if bin_ else []), *([] if kind is Kind.SIGN else [kind.value])])


def at_hand(directory: Path) -> Sequence[str]:
    """The names of all keys, in order."""
    return sorted(path.stem for path in (directory / "keys").glob("*.pem"))


def key(directory: Path, name: str) -> Key:
    """A key by its name; `FileNotFoundError` if there is none."""
    return Key.from_pem(_path(directory, name).read_bytes())


def sign(directory: Path, iin: str, data: bytes, mode: str = Kind.SIGN, bin_: str | None = None) -> bytes:
    """A detached CAdES signature (DER) over `data` with a person's key of the kind `mode`."""
    signer = key(directory, key_id(iin, Kind(mode), bin_)).signer()
    signing = signer.async_sign_general_data(data, "sha256", detached=True, use_cades=True)
    with ThreadPoolExecutor(1) as thread:  # so that it also works where an event loop is already running
        return bytes(thread.submit(asyncio.run, signing).result().dump())


def _path(directory: Path, name: str) -> Path:
    return directory / "keys" / f"{Path(name).name}.pem"


def _authority(directory: Path, title: str, issuer: Key | None) -> Key:
    path = directory / "ca" / f"{title}.pem"
    if not path.exists():
        _write(path, issue_authority(title, issuer).pem(), secret=True)
    authority = Key.from_pem(path.read_bytes())
    trusted = directory / "trust" / ("roots" if issuer is None else "intermediates") / f"{title}.pem"
    if not trusted.exists():
        _write(trusted, authority.certificate.public_bytes(Encoding.PEM))
    return authority


def _write_crl(directory: Path, title: str, issuer: Key, revoked: Sequence[Path]) -> None:
    path = directory / "trust" / "crls" / f"{title}.crl"
    serials = {x509.load_pem_x509_certificate(each.read_bytes()).serial_number for each in revoked}
    if path.exists() and {each.serial_number for each in x509.load_der_x509_crl(path.read_bytes())} == serials:
        return
    _write(path, revocation_list(issuer, sorted(serials)))


def _write(path: Path, content: bytes, secret: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if secret:
        path.parent.chmod(0o700)
    with NamedTemporaryFile(dir=path.parent, suffix=".half", delete=False) as half:
        half.write(content)
    Path(half.name).chmod(0o600 if secret else 0o644)
    Path(half.name).replace(path)
