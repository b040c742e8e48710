"""The files of the journal's roots: one a day, none missing after a process that died while it wrote (RI.6)."""

from datetime import date
from pathlib import Path

import pytest

from portal import db
from portal.db import Database
from portal.jobs import journal
from portal.operations import journal as operations
from tests.factories import MONDAY

DAYS = [date(2026, 3, day) for day in (2, 3, 4)]


@pytest.mark.law("RI.6")
def test_a_file_is_written_for_every_root_that_has_none(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in DAYS:
        with db.transaction() as session:
            operations.close_day(session, day, 0, None, MONDAY)
    replace = Path.replace
    written: list[Path] = []

    def dies_at_the_second(path: Path, target: Path) -> Path:
        if written:
            raise OSError("died")
        written.append(target)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", dies_at_the_second)
    with pytest.raises(OSError, match="died"):
        journal.write_files(tmp_path)
    monkeypatch.undo()
    journal.write_files(tmp_path)
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [f"{day}.json" for day in DAYS]
    assert journal.unlike_files(tmp_path) is None
    (tmp_path / "2026-03-03.json").write_text("{}", "utf-8")
    assert journal.unlike_files(tmp_path) == "The file 2026-03-03.json holds another root than the database."
