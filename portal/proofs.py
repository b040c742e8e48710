"""`portal verify`: anybody may check the ledger and the journal. Status 0 only when nothing is wrong."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from portal import db
from portal.config import Config
from portal.jobs import journal as roots
from portal.models.audit import JournalRoot
from portal.operations import journal
from portal.queries import journal_proof, ledger_proof

ONE_MOMENT = {"isolation_level": "REPEATABLE READ"}
"""What is written meanwhile is not seen."""


def ledger() -> int:
    """Work every balance out anew; say how much was looked at, or name the first row that is wrong."""
    with db.transaction() as session:
        session.connection(execution_options=ONE_MOMENT)
        proof = ledger_proof.prove(session)
    print(f"{proof.postings} postings, {proof.entitlements} entitlements")
    if proof.wrong is None:
        print("The ledger is right: every balance follows from what it is made of.")
        return 0
    wrong = proof.wrong
    print(f"WRONG: {wrong.table} {wrong.id}: {wrong.what}: found {wrong.found}, expected {wrong.expected}")
    return 1


def the_journal(config: Config) -> int:
    """Check every hash, link, end and root; say how much was looked at, or name the first broken link."""
    with db.transaction() as session:
        session.connection(execution_options=ONE_MOMENT)
        rows, kept = journal_proof.count(session), journal_proof.roots(session)
        broken = journal_proof.first_broken(session)
        wrong = f"Row {broken.row}: {broken.what}." if broken else journal.first_broken_root(session)
    if wrong is None and config.journal_dir is not None:
        wrong = roots.unlike_files(config.journal_dir)
    print(f"{rows} rows, {len(kept)} daily roots")
    print(*_signers(kept), sep="", end="")
    print(f"BROKEN: {wrong}" if wrong else "The journal is whole: no row was changed, taken out or put in.")
    return 1 if wrong else 0


def _signers(kept: Sequence[JournalRoot]) -> Iterator[str]:
    """Which key signed the roots of which days: one that nobody knows would be somebody else's past."""
    for key, group in groupby(reversed(kept), lambda root: root.public_key):
        days = [root.day for root in group]
        by = f"signed by the key {key.hex()}" if key else "not signed"
        yield f"{days[0]} to {days[-1]}: {by}\n"
