"""Migrations: they make the tables that the models describe, once, whoever runs them at the same time."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from portal import migrate
from portal.models import Base
from tests.conftest import DatabaseServer
from tests.processes import ROOT, environment

VERSIONS = ROOT / "portal/migrations/versions"


@pytest.fixture
def empty_database(database_server: DatabaseServer) -> Iterator[str]:
    server = DatabaseServer(database_server.url, "template0")
    url = server.create()
    yield url
    server.drop(url)


def test_the_tables_are_those_of_the_models(fresh_database: str) -> None:
    engine = create_engine(fresh_database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [one for one in compare_metadata(context, Base.metadata) if "procrastinate" not in str(one)]
    engine.dispose()
    assert differences == []


def test_there_is_one_newest_migration() -> None:
    script = ScriptDirectory.from_config(migrate.alembic_config())
    assert script.get_heads() == [migrate.head()]
    assert len(list(VERSIONS.glob("*.py"))) == len(list(script.walk_revisions()))


def test_an_empty_database_gets_them_and_keeps_them(empty_database: str) -> None:
    engine = create_engine(empty_database)
    assert (migrate.current(engine), migrate.is_current(engine)) == (None, False)
    migrate.upgrade(empty_database)
    tables = set(inspect(engine).get_table_names())
    assert migrate.is_current(engine)
    assert set(Base.metadata.tables) <= tables
    migrate.upgrade(empty_database)
    assert set(inspect(engine).get_table_names()) == tables
    engine.dispose()


def test_two_at_once_wait_for_each_other(empty_database: str) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "portal.cli", "migrate"],
            cwd=Path(ROOT),
            env=environment(empty_database),
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    said = [one.communicate(timeout=60)[1].decode() for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    engine = create_engine(empty_database)
    assert migrate.is_current(engine)
    engine.dispose()
