"""The demo's authority: everyone's keys, kept and added, and read by nobody else."""

import asyncio
import stat
from pathlib import Path

import pytest

from portal.demo import ca
from portal.signing import load
from portal.signing.certificates import EMPLOYEE, HEAD, LOGIN, ORGANISATION, PERSON, SIGNING, holder_of
from tests.signing.people import AIGUL, DANA, DATA, GANI, NOON, ORG, SHE


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority with three people."""
    directory = tmp_path_factory.mktemp("everyone")
    ca.make(directory, [AIGUL, GANI, DANA])
    return directory


def content(directory: Path) -> dict[str, bytes]:
    """Every file below the directory."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def test_everyone_has_their_keys(tmp_path: Path) -> None:
    ca.make(tmp_path, [AIGUL, GANI])
    kinds = ["", "-login", "-expired", "-revoked"]
    names = [f"{who}{kind}" for who in (AIGUL.iin, GANI.iin, f"{GANI.iin}-{ORG.bin}") for kind in kinds]
    assert sorted(ca.at_hand(tmp_path)) == sorted(names)


def test_again_changes_nothing(tmp_path: Path) -> None:
    ca.make(tmp_path, [AIGUL])
    before = content(tmp_path)
    ca.make(tmp_path, [AIGUL])
    ca.make(tmp_path, [])
    assert content(tmp_path) == before


def test_people_who_come_later_are_added(tmp_path: Path) -> None:
    ca.make(tmp_path, [AIGUL])
    before = content(tmp_path)
    ca.make(tmp_path, [AIGUL, GANI])
    after = content(tmp_path)
    list_name = "trust/crls/intermediate.crl"
    assert {name: after[name] for name in before if name != list_name} == {
        name: before[name] for name in before if name != list_name
    }
    assert after[list_name] != before[list_name]
    verifier = load(tmp_path / "trust")
    assert verifier.verify(DATA, ca.sign(tmp_path, AIGUL.iin, DATA), SHE, NOON).iin == AIGUL.iin


def test_nobody_else_reads_the_keys(tmp_path: Path) -> None:
    ca.make(tmp_path, [AIGUL])
    for folder in ("keys", "ca"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
        for path in (tmp_path / folder).iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("name", "iin", "bin_", "purposes"),
    [
        (AIGUL.iin, AIGUL.iin, None, {SIGNING, PERSON}),
        (f"{AIGUL.iin}-login", AIGUL.iin, None, {LOGIN, PERSON}),
        (f"{GANI.iin}-{ORG.bin}", GANI.iin, ORG.bin, {SIGNING, ORGANISATION, HEAD}),
        (f"{DANA.iin}-{ORG.bin}", DANA.iin, ORG.bin, {SIGNING, ORGANISATION, EMPLOYEE}),
    ],
)
def test_certificates_say_what_the_national_ones_say(
    everyone: Path, name: str, iin: str, bin_: str | None, purposes: set[str]
) -> None:
    holder = holder_of(ca.key(everyone, name).parsed())
    assert (holder.iin, holder.bin) == (iin, bin_)
    assert holder.purposes == purposes


def test_a_key_has_to_exist(everyone: Path) -> None:
    for name in ("nobody", "../ca/root", "../../etc/passwd"):
        with pytest.raises(FileNotFoundError):
            ca.key(everyone, name)


def test_signing_works_while_an_event_loop_runs(everyone: Path) -> None:
    async def inside() -> bytes:
        return ca.sign(everyone, AIGUL.iin, DATA)

    assert load(everyone / "trust").verify(DATA, asyncio.run(inside()), SHE, NOON).iin == AIGUL.iin
