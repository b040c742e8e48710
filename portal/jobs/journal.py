"""The root of each day's journal: made after the day's work, signed, and kept in a file besides (RI.6)."""

import json
import os
from datetime import date
from itertools import takewhile
from pathlib import Path

from portal import clock
from portal.config import Config, ConfigError
from portal.db import reading, transaction
from portal.models.audit import JournalRoot
from portal.operations import journal
from portal.queries import journal_proof
from portal.signing.seal import Seal


def close_day(day: date, config: Config) -> bool:
    """Make the root of a day, and write the files that are missing; False when the day has a root already."""
    with transaction() as session:
        upto = journal.settled_id(session)
    seal = _seal(config.journal_key) if config.journal_key else None
    with transaction() as session:
        made = journal.close_day(session, day, upto, seal, clock.now())
    if config.journal_dir is not None:
        write_files(config.journal_dir)
    return made is not None


def _seal(path: Path) -> Seal:
    try:
        return Seal.load(path)
    except (ValueError, TypeError):  # no PEM, another kind of key, or one behind a password
        raise ConfigError("JOURNAL_KEY must name a file with an Ed25519 key in PEM.") from None


def write_files(directory: Path) -> None:
    """A file for each root that has none, the oldest first: where there is one, there are all before it."""
    directory.mkdir(parents=True, exist_ok=True)
    with reading() as session:
        roots = journal_proof.roots(session)
    missing = list(takewhile(lambda root: not _file(directory, root).exists(), roots))
    for root in reversed(missing):
        path = _file(directory, root)
        fresh = path.with_suffix(f".{os.getpid()}.new")  # another process may write the same file now
        fresh.write_text(json.dumps(journal.said(root), indent=2) + "\n", "utf-8")
        fresh.replace(path)


def _file(directory: Path, root: JournalRoot) -> Path:
    return directory / f"{root.day.isoformat()}.json"


def unlike_files(directory: Path) -> str | None:
    """The first file that is missing, says something else than the database, or whose root is gone from it.

    Only the newest files may be missing: a process may have died before it wrote them.
    """
    with reading() as session:
        held = {root.day.isoformat(): journal.said(root) for root in journal_proof.roots(session)}
    files = {path.stem: path for path in directory.glob("*.json")}
    if held and not files:
        return "There is no file of any root in JOURNAL_DIR."
    for day in sorted({*files, *(day for day in held if day < max(files, default=""))}):
        if day not in files:
            return f"The file {day}.json is missing."
        if day not in held or _read(files[day]) != held[day]:
            return f"The file {day}.json holds another root than the database."
    return None


def _read(path: Path) -> object:
    """What a file says; None when it cannot be read as a root."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        return None
