"""Migrations: bring a database to the tables this code needs, and tell whether it has them."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine

from portal.config import ConfigError


def alembic_config(url: str = "") -> Config:
    """Alembic's configuration, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Run every migration that the database at `url` lacks; two at once wait for each other."""
    command.upgrade(alembic_config(url), "head")


@cache
def head() -> str:
    """The newest migration of this code."""
    revision = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if revision is None:
        raise RuntimeError("there are no migrations")
    return revision


def current(engine: Engine) -> str | None:
    """The migration the database stands at."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """True when the database has all migrations of this code and no other."""
    return current(engine) == head()


def check(url: str) -> None:
    """Raises `ConfigError` where the database at `url` is not as this code needs it.

    In the rights of whoever connects: before the first migration there is no role to work in.
    """
    engine = engine_for(url)
    try:
        if not is_current(engine):
            raise ConfigError("The database is not as this version needs it. Run `portal migrate` first.")
    finally:
        engine.dispose()


def autogenerate(url: str, message: str) -> None:
    """Write a new migration from the difference between the models and the database (for developers)."""
    command.revision(alembic_config(url), message=message, autogenerate=True)


def engine_for(url: str) -> Engine:
    """A plain engine for migrating."""
    return create_engine(url)
