"""The command line: portal serve, worker, migrate, import, … Status 0 only when a command did what it says."""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from portal.arguments import count, day, file, port
from portal.config import Config, ConfigError, database_url

if TYPE_CHECKING:
    from flask import Flask

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

DEFAULT_DATA = Path(__file__).resolve().parent.parent / ".data"
NEEDS_ALL = "Needs DATABASE_URL and SECRET_KEY; the README names what else is read from the environment."
NEEDS_DATA = "Needs DATABASE_URL, SECRET_KEY and PORTAL_DATA, the demo's directory; `portal demo up` sets them."
DATABASE_IS_AWAY = frozenset({"OperationalError", "InterfaceError", "ConnectorException"})
"""What errors are called when the database does not answer: of SQLAlchemy, psycopg and procrastinate."""
REFERENCE = (
    *("all", "places", "calendar", "indexes", "classifier"),
    *("replacement_terms", "hygiene_norms", "guaranteed_amounts", "offices", "goods_amounts"),
)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what goes wrong is a sentence on standard error and status 1. No value gets into a log."""
    given = parser().parse_args(arguments)
    try:
        status: int = given.run(given) or 0
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # a traceback of Python's own would quote what the database says
        return _failed(error)
    return status


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(
        prog="portal",
        description="The social services portal. Configuration comes from the environment: see the README.",
        epilog="The exit status is 0 only when a command did what it says.",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _portal_commands(commands)
    demo = commands.add_parser(
        "demo",
        help="The demo: stand-ins for outside systems, invented people.",
        description="The demo. `script/server` runs `portal demo up`, which runs the others.",
    )
    _demo_commands(demo.add_subparsers(required=True, metavar="COMMAND"))
    return top


def _portal_commands(commands: "Commands") -> None:
    serving = _command(commands, "serve", serve, "Run the web server until it is stopped.", NEEDS_ALL)
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serving.add_argument("--port", type=port, default=8000, help="port to listen on (8000)")
    processes = os.environ.get("PORTAL_PROCESSES", "2")
    serving.add_argument("--processes", type=count, default=processes, help="how many (PORTAL_PROCESSES, else 2)")
    what = "Run the jobs: SMS, payments, messages to E-Sobes, the work of each day."
    more = "Several may run at once. On SIGTERM it finishes what it has begun. " + NEEDS_ALL
    _command(commands, "worker", worker, what, more)
    what = "Bring the database to the tables this version needs."
    more = "An empty database gets all of them; one that is up to date stays as it is. Needs DATABASE_URL."
    _command(commands, "migrate", migrate, what, more)
    what = "Load reference data from CSV files; may be repeated."
    more = "What was edited in the portal is left: calendar, indexes, amounts, offices. Needs DATABASE_URL."
    importing = _command(commands, "import", import_reference, what, more)
    importing.add_argument("what", choices=REFERENCE, help="which data")
    columns = "for goods_amounts: a CSV file with the columns code, valid_from, tenge, basis"
    importing.add_argument("--file", type=file, metavar="FILE", help=columns)
    what = "Do a day's work: lapses, ended orders, expiries, renewals, reminders."
    more = "The worker does it by itself every day; again, it changes nothing. Says how much was done. " + NEEDS_ALL
    sweeping = _command(commands, "sweep", sweep, what, more)
    sweeping.add_argument("--on", type=day, required=True, metavar="YYYY-MM-DD", help="the day")
    what = "Check the ledger, or the journal: 0 when nothing is wrong."
    more = "Works everything out anew and names the first row that is wrong. Needs DATABASE_URL and SECRET_KEY."
    verifying = _command(commands, "verify", verify, what, more)
    verifying.add_argument("what", choices=("ledger", "journal"), help="the ledger of units and money; the journal")


def _demo_commands(demos: "Commands") -> None:
    up = _command(demos, "up", demo_up, "Start everything: database, portal, worker, stand-ins.")
    up.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    up.add_argument("--port", type=port, default=8000, help="port of the portal (8000)")
    up.add_argument("--data", type=Path, default=DEFAULT_DATA, help="where everything is kept (.data of the project)")
    up.add_argument("--empty", action="store_true", help="no demo people")
    _command(demos, "keys", demo_keys, "Make the demo's certificate authority and everybody's keys.", NEEDS_DATA)
    _command(demos, "load", demo_load, "Load invented people and providers into an empty database.", NEEDS_DATA)
    _command(demos, "people", demo_people, "Say who can sign in with what.")
    standing = "Run the stand-ins of NCALayer, SMS gateway, payment system, E-Sobes."
    _command(demos, "stand-ins", demo_stand_ins, standing, NEEDS_DATA)


def _command(
    commands: "Commands", name: str, run: Callable[[argparse.Namespace], int | None], what: str, more: str = ""
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=what, description=f"{what} {more}".rstrip())
    command.set_defaults(run=run)
    return command


def _failed(error: Exception) -> int:
    """Say what went wrong: the database is away, a rule refuses, or the place in the code; the exit status."""
    from portal import logs
    from portal.rules.law import RuleViolation

    kinds = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, RuleViolation) or "BadFile" in kinds:
        print(error, file=sys.stderr)
    elif isinstance(error, OSError) and error.filename:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
    elif kinds & DATABASE_IS_AWAY:
        print("The database cannot be reached. Check DATABASE_URL, and that its server runs.", file=sys.stderr)
    else:
        logs.set_up()
        logging.getLogger(__name__).error("The command failed.", exc_info=error)
    return 1


def application() -> "Flask":
    """The application as the web server's processes load it; with the demo's pages where the demo runs."""
    from portal import create_app
    from portal.lifeline import go_with_parent
    from portal.settled import settle

    go_with_parent()
    config = _start()
    extra = []
    if demo_data() is not None:
        from portal.demo.pages import blueprint

        extra.append(blueprint)
    app = create_app(config, extra)
    settle()
    return app


def demo_data() -> Path | None:
    """The demo's directory, where the demo runs."""
    return Path(os.environ["PORTAL_DATA"]) if os.environ.get("PORTAL_DATA") else None


def _start() -> Config:
    """Read the configuration; keep values out of the logs; in the demo, take the time from the demo's clock."""
    from portal import logs

    logs.set_up()
    config = Config.from_env()
    if config.clock_file is not None:
        from portal import clock
        from portal.demo.clock import source

        clock.use(source(config.clock_file))
    return config


def _start_jobs() -> Config:
    """Jobs run inside the application, on a database that this version knows."""
    config = _start()
    from portal import create_app, migrate
    from portal.jobs import runtime

    migrate.check(config.database_url)
    runtime.configure(create_app(config))
    return config


def serve(given: argparse.Namespace) -> None:
    """Run granian until it is stopped."""
    Config.from_env()
    from granian import Granian
    from granian.constants import Interfaces

    import portal.app  # noqa: F401 - loaded before the workers are forked, so that they share it

    Granian(
        "portal.cli:application",
        factory=True,
        address=given.host,
        port=given.port,
        interface=Interfaces.WSGI,
        workers=given.processes,
        blocking_threads=1,
        websockets=False,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
    ).serve()


def worker(_given: argparse.Namespace) -> None:
    """Run the jobs until stopped."""
    config = _start_jobs()
    from portal.jobs import work

    work.run(config.database_url)


def migrate(_given: argparse.Namespace) -> None:
    """Run the migrations that are missing."""
    from portal.migrate import upgrade

    upgrade(database_url())


def import_reference(given: argparse.Namespace) -> None:
    """Load reference data, and say how many rows each kind has."""
    if (given.what == "goods_amounts") is (given.file is None):
        raise ConfigError("--file goes with goods_amounts, and goods_amounts need it.")
    from portal import db, imports, migrate

    migrate.check(database_url())
    db.connect(database_url())
    imports.load(given.what, given.file)


def sweep(given: argparse.Namespace) -> int:
    """Do the work of one day, and say what was done; status 1 when something could not be done."""
    config = _start_jobs()
    from portal.jobs import runtime
    from portal.jobs import sweep as jobs

    with runtime.context():
        swept = jobs.whole_day(given.on, config)
    print(swept)
    return 1 if swept.faults else 0


def verify(given: argparse.Namespace) -> int:
    """Prove the ledger or the journal; status 1 when something is wrong."""
    config = _start()
    from portal import db, migrate, proofs

    migrate.check(config.database_url)
    db.connect(config.database_url)
    return proofs.ledger() if given.what == "ledger" else proofs.the_journal(config)


def demo_up(given: argparse.Namespace) -> int:
    """Start the demo and stay until it is stopped."""
    from portal.demo.supervisor import run

    return run(given.port, given.data, given.empty, given.host)


def demo_keys(_given: argparse.Namespace) -> None:
    """Make the demo's keys."""
    from portal.demo import data

    data.make_keys(_data())


def demo_load(_given: argparse.Namespace) -> None:
    """Load the demo's people."""
    from portal.demo import data
    from portal.jobs import runtime

    _start_jobs()
    with runtime.context():
        print(data.load(_data()))


def demo_people(_given: argparse.Namespace) -> None:
    """Print who can sign in."""
    from portal.demo.people import who_can_sign_in

    print(who_can_sign_in())


def demo_stand_ins(_given: argparse.Namespace) -> None:
    """Run the stand-ins until stopped."""
    from portal.demo import stand_ins

    stand_ins.run(_data(), _start())


def _data() -> Path:
    data = demo_data()
    if data is None:
        raise ConfigError("PORTAL_DATA must name the demo's directory; script/server sets it.")
    return data


if __name__ == "__main__":
    sys.exit(main())
