"""The command line: portal serve | worker | migrate | import | sweep | demo. Status 0 only when it did what it says."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from portal.config import Config, ConfigError, database_url

if TYPE_CHECKING:
    from flask import Flask

DEFAULT_DATA = Path(__file__).resolve().parent.parent / ".data"
REFERENCE = ("all", "places", "calendar", "indexes", "classifier", "guaranteed_amounts", "offices")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; what goes wrong as expected is a sentence on standard error and status 1."""
    given = parser().parse_args(arguments)
    try:
        status: int = given.run(given) or 0
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    return status


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(prog="portal", description="The social services portal.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    serving = _command(commands, "serve", serve, "Run the web server until it is stopped.")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serving.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    processes = int(os.environ.get("PORTAL_PROCESSES", "2"))
    serving.add_argument("--processes", type=int, default=processes, help="how many (PORTAL_PROCESSES, else 2)")
    _command(commands, "worker", worker, "Run the jobs: SMS, payments, messages to E-Sobes, the work of each day.")
    _command(commands, "migrate", migrate, "Bring the database to the tables this version needs.")
    importing = _command(commands, "import", import_reference, "Load reference data from CSV files; may be repeated.")
    importing.add_argument("what", choices=REFERENCE, help="which data")
    sweeping = _command(commands, "sweep", sweep, "Do a day's work: lapses, expiries, renewals, reminders.")
    sweeping.add_argument("--on", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="the day")
    demo = commands.add_parser("demo", help="The demo: stand-ins for outside systems, invented people.")
    demos = demo.add_subparsers(required=True, metavar="COMMAND")
    up = _command(demos, "up", demo_up, "Start everything: database, portal, worker, stand-ins.")
    up.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    up.add_argument("--port", type=int, default=8000, help="port of the portal (8000)")
    up.add_argument("--data", type=Path, default=DEFAULT_DATA, help="where everything is kept (.data of the project)")
    up.add_argument("--empty", action="store_true", help="no demo people")
    _command(demos, "keys", demo_keys, "Make the demo's certificate authority and everybody's keys.")
    _command(demos, "load", demo_load, "Load invented people and providers into an empty database.")
    _command(demos, "people", demo_people, "Say who can sign in with what.")
    _command(demos, "stand-ins", demo_stand_ins, "Run the stand-ins of NCALayer, SMS gateway, payment system, E-Sobes.")
    return top


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], int | None],
    what: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=what, description=what)
    command.set_defaults(run=run)
    return command


def application() -> "Flask":
    """The application as the web server's processes load it; with the demo's pages where the demo runs."""
    from portal import create_app
    from portal.lifeline import go_with_parent

    go_with_parent()
    config = _start()
    extra = []
    if demo_data() is not None:
        from portal.demo.pages import blueprint

        extra.append(blueprint)
    return create_app(config, extra)


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


def serve(given: argparse.Namespace) -> None:
    """Run granian until it is stopped."""
    from granian import Granian
    from granian.constants import Interfaces

    import portal.app  # noqa: F401 - loaded before the workers are forked, so that they share it

    Config.from_env()
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
    from portal import create_app
    from portal.jobs import runtime, work

    config = _start()
    runtime.configure(create_app(config))
    work.run(config.database_url)


def migrate(_given: argparse.Namespace) -> None:
    """Run the migrations that are missing."""
    from portal.migrate import upgrade

    upgrade(database_url())


def import_reference(given: argparse.Namespace) -> None:
    """Load reference data, and say how many rows each kind has."""
    from portal import db
    from portal.operations import reference

    db.connect(database_url())
    with db.transaction() as session:
        if given.what == "all":
            counts = reference.import_all(session)
        else:
            counts = {given.what: getattr(reference, f"import_{given.what}")(session)}
    for name, count in counts.items():
        print(f"{name}: {count}")


def sweep(given: argparse.Namespace) -> None:
    """Do the work of one day, and say what was done."""
    from portal import create_app
    from portal.jobs import runtime
    from portal.jobs import sweep as jobs

    runtime.configure(create_app(_start()))
    with runtime.context():
        print(jobs.sweep(given.on))


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
    from portal import create_app
    from portal.demo import data
    from portal.jobs import runtime

    runtime.configure(create_app(_start()))
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
