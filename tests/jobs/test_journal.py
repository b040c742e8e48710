"""The files of the journal's roots: one a day, none missing after a process that died while it wrote (RI.6)."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portal import db, proofs
from portal.config import ConfigError
from portal.db import Database
from portal.jobs import journal
from portal.operations import journal as operations
from portal.signing.seal import Seal
from tests.apps import make_config
from tests.factories import MONDAY

DAYS = [date(2026, 3, day) for day in (2, 3, 4)]
CERTIFICATE_KEY = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.law("RI.6")
def test_a_file_is_written_for_every_root_that_has_none(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in DAYS:
        with db.transaction() as session:
            operations.close_day(session, day, 0, None, MONDAY)
    put = Path.replace
    written: list[Path] = []

    def dies_at_the_second(path: Path, target: Path) -> Path:
        if written:
            raise OSError("died")
        written.append(target)
        return put(path, target)

    monkeypatch.setattr(Path, "replace", dies_at_the_second)
    with pytest.raises(OSError, match="died"):
        journal.write_files(tmp_path)
    monkeypatch.undo()
    journal.write_files(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [f"{day}.json" for day in DAYS]
    assert journal.unlike_files(tmp_path) is None
    (tmp_path / "2026-03-03.json").write_text("{}", "utf-8")
    assert journal.unlike_files(tmp_path) == "The file 2026-03-03.json holds another root than the database."
    (tmp_path / "2026-03-03.json").write_bytes(b"\xff{")
    assert journal.unlike_files(tmp_path) == "The file 2026-03-03.json holds another root than the database."
    (tmp_path / "2026-03-03.json").unlink()
    assert journal.unlike_files(tmp_path) == "The file 2026-03-03.json is missing."
    for path in tmp_path.glob("*.json"):
        path.unlink()
    assert journal.unlike_files(tmp_path) == "There is no file of any root in JOURNAL_DIR."


@pytest.mark.law("RI.6")
def test_a_file_that_is_not_written_yet_is_no_fault(database: Database, tmp_path: Path) -> None:
    for day in DAYS:
        with db.transaction() as session:
            operations.close_day(session, day, 0, None, MONDAY)
    journal.write_files(tmp_path)
    (tmp_path / f"{DAYS[-1]}.json").unlink()
    assert journal.unlike_files(tmp_path) is None


@pytest.mark.law("RI.6")
@pytest.mark.parametrize("key", [b"", b"nonsense", CERTIFICATE_KEY])
def test_a_key_that_signs_no_root_is_named(database: Database, tmp_path: Path, key: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(key)
    with pytest.raises(ConfigError, match="JOURNAL_KEY must name a file with an Ed25519 key"):
        journal.close_day(DAYS[0], replace(make_config("postgresql://"), journal_key=path))


@pytest.mark.law("RI.6")
def test_the_proof_says_whose_key_signed_which_days(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    """Who writes the past anew with a key of their own is found out by it."""
    one, other = Seal(Ed25519PrivateKey.generate()), Seal(Ed25519PrivateKey.generate())
    for day, seal in zip(DAYS, (one, one, other), strict=True):
        with db.transaction() as session:
            operations.close_day(session, day, 0, seal, MONDAY)
    assert proofs.the_journal(make_config("postgresql://")) == 0
    said = capsys.readouterr().out
    assert f"2026-03-02 to 2026-03-03: signed by the key {one.public_key.hex()}" in said
    assert f"2026-03-04 to 2026-03-04: signed by the key {other.public_key.hex()}" in said
