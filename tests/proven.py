"""The ledger and the journal of a whole database are proven (RI.1, RI.2, RI.6)."""

from sqlalchemy import text

from portal import db
from portal.proofs import ONE_MOMENT
from portal.queries import journal_proof, ledger_proof


def prove_all() -> None:
    """Every balance follows from its postings, every row of the journal from the one before."""
    with db.transaction() as session:
        session.connection(execution_options=ONE_MOMENT)
        assert ledger_proof.prove(session).wrong is None
        assert journal_proof.first_broken(session) is None


def everything() -> dict[str, str]:
    """A digest of each table, to see whether anything at all has changed."""
    with db.reading() as session:
        names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        return {
            name: session.execute(
                text(f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {name} t")
            ).scalar_one()
            for name in session.scalars(text(names)).all()
        }
