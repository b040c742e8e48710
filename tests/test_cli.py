"""The command line, run as people run it: what it explains, what it does, and its exit status."""

import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest

from portal import clock, db
from portal.cli import main
from portal.db import Database
from portal.models.order import Order
from portal.rules.orders import OrderStatus
from tests import factories as make
from tests.conftest import DatabaseServer
from tests.processes import environment, free_port, run, running, until

COMMANDS = [
    (),
    ("serve",),
    ("worker",),
    ("migrate",),
    ("import",),
    ("sweep",),
    ("demo",),
    ("demo", "up"),
    ("demo", "keys"),
    ("demo", "load"),
    ("demo", "people"),
    ("demo", "stand-ins"),
]
NOWHERE = "postgresql://127.0.0.1:9/nothing"


@pytest.fixture
def empty_database(database_server: DatabaseServer) -> Iterator[str]:
    """A database without a single table."""
    server = DatabaseServer(database_server.url, "template0")
    url = server.create()
    yield url
    server.drop(url)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_explains_itself(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    said = capsys.readouterr()
    assert (ended.value.code, said.err) == (0, "")
    assert said.out.startswith(f"usage: {' '.join(('portal', *command))}")
    assert len(said.out.splitlines()) > 4


def test_help_as_a_process() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "The social services portal." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "required"),
        (("dance",), "invalid choice"),
        (("demo",), "required"),
        (("import",), "required"),
        (("import", "everything"), "invalid choice"),
        (("import", "goods_amounts", "--file", "/nowhere.csv"), "there is no file"),
        (("sweep",), "--on"),
        (("sweep", "--on", "yesterday"), "not a day like 2026-12-31"),
        (("sweep", "--on", "2026-02-30"), "not a day like"),
        (("sweep", "--on", "2026-W01-1"), "not a day like"),
        (("sweep", "--on", "٢٠٢٦-03-02"), "not a day like"),
        (("serve", "--port", "70000"), "not a port from 1 to 65535"),
        (("serve", "--port", "http"), "not a port"),
        (("serve", "--processes", "0"), "not a number from 1 to 99"),
    ],
)
def test_what_is_asked_wrongly_is_status_2(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert says in said.err


@pytest.mark.parametrize(
    ("arguments", "given", "says"),
    [
        (("migrate",), {}, "DATABASE_URL must be set"),
        (("worker",), {"SECRET_KEY": "short"}, "SECRET_KEY must be set"),
        (("serve",), {"SECRET_KEY": ""}, "SECRET_KEY must be set"),
        (("sweep", "--on", "2026-03-02"), {"PORTAL_EDITION": "1999", "DATABASE_URL": NOWHERE}, "PORTAL_EDITION"),
        (("import", "goods_amounts"), {}, "--file"),
        (("import", "all", "--file", __file__), {}, "--file"),
        (("demo", "load"), {}, "must"),
        (("migrate",), {"DATABASE_URL": NOWHERE}, "The database cannot be reached"),
        (("worker",), {"DATABASE_URL": NOWHERE}, "The database cannot be reached"),
        (("verify", "ledger"), {"DATABASE_URL": "mysql://somewhere/else"}, "address of a PostgreSQL"),
        (("worker",), {"DATABASE_URL": NOWHERE, "SMPP_PORT": "smpp"}, "SMPP_PORT must be a whole number"),
        (("serve",), {"DATABASE_URL": NOWHERE, "PORTAL_PROXIES": "-1"}, "PORTAL_PROXIES must be a whole number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_missing_is_a_sentence_and_status_1(
    arguments: tuple[str, ...], given: dict[str, str], says: str
) -> None:
    done = run(*arguments, **given)
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "command", [("worker",), ("import", "all"), ("verify", "ledger"), ("verify", "journal")], ids=" ".join
)
def test_everything_waits_for_the_migrations(empty_database: str, command: tuple[str, ...]) -> None:
    done = run(*command, url=empty_database)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The database is not as this version needs it. Run `portal migrate` first.\n"


def test_what_is_made_of_other_data_waits_for_it(empty_database: str) -> None:
    assert run("migrate", url=empty_database).returncode == 0
    done = run("import", "offices", url=empty_database)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is nothing to make offices of. Run `portal import all`.\n"


def test_from_an_empty_database_to_a_day_s_work(empty_database: str) -> None:
    assert run("migrate", url=empty_database).returncode == 0
    imported = run("import", "all", url=empty_database)
    assert (imported.returncode, imported.stderr) == (0, "")
    assert imported.stdout.startswith("places: 248\n")
    swept = run("sweep", "--on", "2021-03-02", url=empty_database)
    assert (swept.returncode, swept.stderr) == (0, "")
    assert swept.stdout == "lapsed 0, closed 0, expired 0, renewed 0, reminded 0, faults 0\n"


Here = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(fresh_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    """Runs a command in this process, on a database of the test's own; its status and what it said."""
    for name, value in environment(fresh_database).items():
        monkeypatch.setenv(name, value)
    before, db._database = db._database, None
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def command(*arguments: str) -> tuple[int, str, str]:
        status = main(list(arguments))
        said = capsys.readouterr()
        return status, said.out, said.err

    yield command
    root.handlers[:], root.level = handlers, level
    if db._database is not None:
        db.database().dispose()
    db._database = before


def test_one_kind_of_reference_data(here: Here) -> None:
    assert here("import", "calendar") == (0, "calendar: 114\n", "")


@pytest.mark.law("RG.1")
def test_a_file_of_amounts_is_taken_once_or_refused_line_by_line(here: Here, tmp_path: Path) -> None:
    file, next_year = tmp_path / "amounts.csv", clock.today().year + 1
    file.write_text(f"code,valid_from,tenge,basis\n6031001,{next_year}-01-01,250,Приказ № 20\n", "utf-8")
    assert here("import", "goods_amounts", "--file", str(file)) == (0, "goods_amounts: 1\n", "")
    assert here("import", "goods_amounts", "--file", str(file)) == (0, "goods_amounts: 0\n", "")
    file.write_text(f"code,valid_from,tenge,basis\n501,{next_year}-01-01,250,A\n6031001,soon,250,A\n", "utf-8")
    status, said, errors = here("import", "goods_amounts", "--file", str(file))
    assert (status, said) == (1, "")
    assert [line[:7] for line in errors.splitlines()] == ["line 2:", "line 3:"]


@pytest.mark.law("R83.4")
def test_a_sweep_does_the_work_and_says_how_much(here: Here, fresh_database: str) -> None:
    order_id = _unanswered(fresh_database)
    clock.use(lambda: make.MONDAY + timedelta(days=8))
    status, said, _ = here("sweep", "--on", "2026-03-10")
    assert status == 0
    assert said.startswith("lapsed 1, ")
    with db.reading() as session:
        assert session.get_one(Order, order_id).status is OrderStatus.LAPSED


def test_a_sweep_that_could_not_do_everything_is_status_1_and_says_no_value(here: Here, fresh_database: str) -> None:
    _unanswered(fresh_database)
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'broken for 850315400124 %', NEW; END $$"
        )
        connection.execute("CREATE TRIGGER fails BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION fail()")
    clock.use(lambda: make.MONDAY + timedelta(days=8))
    status, said, errors = here("sweep", "--on", "2026-03-10")
    assert status == 1
    assert said.rstrip().endswith("faults 1")
    assert "could not be done" in errors
    assert "850315400124" not in errors and "broken for" not in errors


def test_a_fault_is_told_without_what_the_database_says(here: Here, fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE calendar_days RENAME COLUMN why_kk TO secret_850315400124")
    status, said, errors = here("import", "calendar")
    assert (status, said) == (1, "")
    assert "The command failed." in errors and "UndefinedColumn" in errors
    assert "850315400124" not in errors


def test_a_place_that_cannot_be_written_to_is_named(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("JOURNAL_DIR", str(tmp_path / "file"))
    clock.use(lambda: make.MONDAY)
    assert here("sweep", "--on", "2026-03-02") == (1, "", f"{tmp_path / 'file'}: File exists.\n")


def _unanswered(url: str) -> UUID:
    """An order whose answer was due on 9 March."""
    database = Database(url)
    with database.writes() as session, session.begin():
        person = make.make_person(session, iin="850315400124")
        entitlement = make.make_programme(session, person)
        due = date(2026, 3, 9)
        order: Order = make.make_order(session, entitlement, status=OrderStatus.PLACED, answer_due_on=due)
    database.dispose()
    return order.id


class TestServe:
    """The web server."""

    def test_it_answers_and_ends_when_told(self, fresh_database: str, tmp_path: Path) -> None:
        log, port = tmp_path / "serve.log", free_port()
        at = f"http://127.0.0.1:{port}"
        arguments = ("serve", "--port", str(port), "--processes", "1")
        with running(*arguments, url=fresh_database, log=log) as server:
            until(lambda: _answers(f"{at}/services"), log)
            with httpx.Client(trust_env=False) as client:
                assert client.get(f"{at}/healthz").status_code == 503, "there is no worker"
                page = client.get(f"{at}/?lang=ru")
                assert page.status_code == 200 and '<html lang="ru"' in page.text
            server.send_signal(signal.SIGTERM)
            assert server.wait(15) == 0, log.read_text("utf-8")

    def test_a_port_that_is_taken_is_no_success(self, fresh_database: str) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = taken.getsockname()[1]
            done = run("serve", "--port", str(port), "--processes", "1", url=fresh_database)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
