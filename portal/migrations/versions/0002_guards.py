"""What the database itself refuses and does: written once, a chained journal, a role of few rights. And the job queue."""

import procrastinate.schema
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WRITTEN_ONCE = (
    "postings",
    "money_postings",
    "audit",
    "journal_roots",
    "documents",
    "signatures",
    "revocation_lists",
    "guaranteed_amounts",
    "monthly_indexes",
    "office_moves",
)
ROLE = "portal_app"


def upgrade() -> None:
    _write_once()
    _chain()
    op.get_bind().exec_driver_sql(procrastinate.schema.SchemaManager.get_schema().replace("%", "%%"))
    _rights()


def downgrade() -> None:
    raise RuntimeError("the journal cannot be taken back: restore a backup instead")


def _write_once() -> None:
    """The second guard: also the owner of the tables changes and deletes nothing by mistake."""
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$
    """)
    for table in WRITTEN_ONCE:
        op.execute(
            f"CREATE TRIGGER {table}_are_written_once BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_are_not_emptied BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def _chain() -> None:
    """Each row of the journal is numbered in its stream and linked to the one before (RI.6).

    What is hashed is written with a unit separator before each part; details are JSON, in which one cannot stand. A
    head is reached by one ON CONFLICT, which always takes its index: an UPDATE whose plan was made while the table was
    empty would read all of it for each row.
    """
    op.execute("""
        CREATE FUNCTION journal_said(a audit) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
            SELECT concat_ws(E'\\x1f', '', a.stream, (extract(epoch FROM a.at) * 1000000)::bigint, a.role,
                coalesce(a.person_id::text, '-'), coalesce(a.for_person_id::text, '-'),
                coalesce(a.organisation_id::text, '-'), a.thing, a.thing_id, a.action,
                coalesce(a.before, '-'), coalesce(a.after, '-'), a.details)
        $$
    """)
    op.execute("""
        CREATE FUNCTION journal_hash(a audit) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
            SELECT sha256(a.previous || convert_to(a.sequence || journal_said(a), 'UTF8'))
        $$
    """)
    op.execute("""
        CREATE FUNCTION chain_journal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
        SET search_path FROM CURRENT AS $$
        DECLARE
            said text;
            nothing CONSTANT bytea := decode(repeat('00', 32), 'hex');
        BEGIN
            NEW.stream := coalesce(NEW.for_person_id, NEW.organisation_id, '00000000-0000-0000-0000-000000000000');
            said := journal_said(NEW);
            INSERT INTO journal_heads AS head (stream, sequence, previous, hash)
            VALUES (NEW.stream, 1, nothing, sha256(nothing || convert_to('1' || said, 'UTF8')))
            ON CONFLICT (stream) DO UPDATE SET sequence = head.sequence + 1, previous = head.hash,
                hash = sha256(head.hash || convert_to((head.sequence + 1) || said, 'UTF8'))
            RETURNING head.sequence, head.previous, head.hash INTO NEW.sequence, NEW.previous, NEW.hash;
            RETURN NEW;
        END $$
    """)
    op.execute("ALTER TABLE journal_heads SET (fillfactor = 70)")  # a head is changed in place, within its page
    op.execute("""
        CREATE FUNCTION settle_journal() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
        SET search_path FROM CURRENT AS $$
        BEGIN
            LOCK TABLE audit IN SHARE MODE;
            RETURN (SELECT coalesce(max(id), 0) FROM audit);
        END $$
    """)
    op.execute(
        "CREATE TRIGGER audit_is_chained BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION chain_journal()"
    )


def _rights() -> None:
    """The first guard: the portal works in a role that may not change or delete what is written once."""
    op.execute(f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
                CREATE ROLE {ROLE} NOLOGIN;
            END IF;
            IF NOT pg_has_role(current_user, '{ROLE}', 'MEMBER') THEN
                EXECUTE format('GRANT {ROLE} TO %I', current_user);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'this user may not create roles: let an administrator run CREATE ROLE {ROLE} NOLOGIN; '
                    'GRANT {ROLE} TO %; then migrate again', current_user;
        END $$
    """)
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}")
    op.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {ROLE}")
    op.execute(f"REVOKE UPDATE, DELETE ON {', '.join(WRITTEN_ONCE)} FROM {ROLE}")
    op.execute(f"GRANT UPDATE ON documents TO {ROLE}")  # to lock one while it is signed; its trigger refuses the rest
    op.execute(f"REVOKE INSERT, UPDATE, DELETE ON journal_heads FROM {ROLE}")
