"""The worker as a process: it does what it is nudged to, ends when told, and loses nothing when it is killed."""

import signal
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import procrastinate
import pytest
from sqlalchemy import func, select, text

from portal import clock, health
from portal.db import Database, transaction
from portal.demo import smpp
from portal.jobs import runtime, sms, tasks
from portal.models.clockwork import Heartbeat, SweptDay
from portal.models.message import SmsMessage, SmsStatus
from portal.operations import sign_in
from portal.operations.sms import owe
from portal.queue import nudge, queue
from tests import factories as make
from tests.apps import SECRET, words
from tests.factories import MONDAY
from tests.processes import running, until

NAME, PASSWORD = "portal", "secret-7"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[smpp.SmppServer]:
    found = smpp.start(tmp_path / "smpp", 0, NAME, PASSWORD, receipt_seconds=0.02)
    yield found
    found.stop()


@pytest.fixture
def now(database: Database) -> None:
    """A worker runs by the real clock."""
    clock.use(None)


def gateway(server: smpp.SmppServer) -> dict[str, str]:
    return {
        "SMPP_HOST": "127.0.0.1",
        "SMPP_PORT": str(server.port),
        "SMPP_SYSTEM_ID": NAME,
        "SMPP_PASSWORD": PASSWORD,
    }


def owe_one(said: str = "Сәлем") -> Any:
    with transaction() as session:
        person = make.make_person(session)
        owe(session, person, f"test:{said}", said, clock.now())
        return session.scalars(select(SmsMessage.id).where(SmsMessage.about == f"test:{said}")).one()


def status(message_id: Any) -> SmsStatus:
    with transaction() as session:
        return session.get_one(SmsMessage, message_id).status


def jobs(task: str) -> int:
    with transaction() as session:
        asked = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :task")
        return session.execute(asked, {"task": task}).scalar_one()


@pytest.mark.usefixtures("now")
def test_it_does_what_it_is_nudged_to_and_ends_when_told(
    jobs_url: str, database: Database, server: smpp.SmppServer, tmp_path: Path
) -> None:
    before = owe_one("Бұрын")
    log = tmp_path / "worker.log"
    with running("worker", url=jobs_url, log=log, **gateway(server)) as worker:
        until(lambda: status(before) is SmsStatus.DELIVERED, log)
        during = owe_one("Қазір")
        until(lambda: status(during) is SmsStatus.DELIVERED, log)
        with transaction() as session:
            person = make.make_person(session)
            code = sign_in.ask_code(session, person.iin, "203.0.113.7", SECRET, clock.now())
        digits = sign_in.digits_of(code, SECRET)
        until(lambda: any(digits in one.text for one in smpp.messages(tmp_path / "smpp", person.phone)), log)
        until(lambda: _beat() and _swept(), log)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0, log.read_text("utf-8")
    assert jobs("send_codes") == 0, "what is done is not kept"
    written = log.read_text("utf-8")
    assert person.iin not in written and digits not in written and "Қазір" not in written


def _beat() -> bool:
    with transaction() as session:
        beat = session.scalar(select(Heartbeat.at).where(Heartbeat.name == "worker"))
    return beat is not None and clock.wall() - beat < health.BEAT_WITHIN


def _swept() -> bool:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(SweptDay)) == 1


@pytest.mark.usefixtures("now")
def test_what_a_killed_worker_was_at_is_done_by_the_next(
    jobs_url: str, database: Database, server: smpp.SmppServer, tmp_path: Path
) -> None:
    """The gateway takes the connection and never answers; the worker is killed while it waits."""
    log, hole = tmp_path / "worker.log", _Hole()
    message_id = owe_one()
    silent = gateway(server) | {"SMPP_PORT": str(hole.port)}
    with running("worker", url=jobs_url, log=log, **silent) as worker:
        assert hole.called.wait(30), log.read_text("utf-8")
        worker.kill()
        worker.wait(10)
    hole.close()
    assert status(message_id) is SmsStatus.OWED
    with running("worker", url=jobs_url, log=log, **gateway(server)):
        until(lambda: status(message_id) is SmsStatus.DELIVERED, log)
    assert len(smpp.messages(tmp_path / "smpp")) == 1


class _Hole:
    """A server that takes connections and says nothing."""

    def __init__(self) -> None:
        import socket

        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.called = threading.Event()
        self._kept: list[Any] = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        try:
            while True:
                self._kept.append(self._socket.accept())
                self.called.set()
        except OSError:
            return

    def close(self) -> None:
        """Let everybody go."""
        self._socket.close()
        for connection, _ in self._kept:
            connection.close()


@pytest.mark.parametrize(
    ("task", "seconds"),
    [
        ("send_sms", 15),
        ("send_codes", 15),
        ("send_payments", 20),
        ("send_executions", 30),
        ("sweep_days", 5),
        ("beat", 5),
        ("clean_up", 24 * 3600),
    ],
)
def test_how_often_it_comes_round_by_itself(task: str, seconds: int) -> None:
    """The seconds of a cron line are its last field; in the first place they would be minutes."""
    periodic = queue.periodic_registry.periodic_tasks[task, ""]
    ticks = [periodic.croniter.get_next(float, start_time=0)]
    ticks += [periodic.croniter.get_next(float) for _ in range(4)]
    assert {after - before for before, after in pairwise(ticks)} == {seconds}


def test_a_worker_with_much_to_do_is_not_silent(database: Database) -> None:
    """A thousand nudges wait before it: /healthz would call a worker dead that does nothing but work."""
    with transaction() as session:
        for _ in range(3):
            nudge(session, "send_sms")
    with queue.replace_connector(procrastinate.SyncPsycopgConnector()) as working, transaction() as session:
        connection = session.connection().connection.driver_connection
        working.tasks["beat"].configure(connection=connection).defer(timestamp=0)
        taken = text("SELECT task_name FROM procrastinate_fetch_job_v2(NULL, NULL)")
        try:
            first = session.execute(taken).scalar_one()
        finally:
            session.rollback()
    assert first == "beat"


def test_a_nudge_is_there_if_and_only_if_its_transaction_is(database: Database) -> None:
    with database.writes() as session:
        session.begin()
        nudge(session, "send_sms")
        assert jobs("send_sms") == 0, "nobody sees it yet"
        session.rollback()
    assert jobs("send_sms") == 0
    with transaction() as session:
        nudge(session, "send_sms")
    assert jobs("send_sms") == 1


def test_one_at_a_time(database: Database) -> None:
    with runtime.alone("sms") as first:
        assert first
        with runtime.alone("sms", patience=0) as second, runtime.alone("payments", patience=0) as other:
            assert (second, other) == (False, True)
    with runtime.alone("sms", patience=0) as again:
        assert again


def test_a_task_has_the_configuration_and_no_task_runs_without(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with words(smpp_source="Portal") as app:
        runtime.configure(app)
    with runtime.context() as config:
        assert config.smpp_source == "Portal"
    monkeypatch.setattr(runtime, "_app", None)
    with pytest.raises(RuntimeError, match="configure"), runtime.context():
        raise AssertionError("a task ran without an application")


def test_old_codes_and_counts_are_dropped(database: Database) -> None:
    from datetime import timedelta

    from portal.models.sign_in import Attempts, SignInCode

    def ask(iin: str) -> None:
        with transaction() as session:
            sign_in.ask_code(session, iin, "203.0.113.7", SECRET, clock.now())

    ask(make.new_iin())
    tomorrow = MONDAY + timedelta(days=1, minutes=11)
    clock.use(lambda: tomorrow)
    ask(make.new_iin())
    tasks.clean_up(0)
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(SignInCode)) == 1
        assert session.scalar(select(func.count()).select_from(Attempts)) == 2


def test_the_gateway_is_asked_only_while_receipts_may_come(database: Database) -> None:
    assert sms._awaits_receipts() is False
    message_id = owe_one()
    with transaction() as session:
        row = session.get_one(SmsMessage, message_id)
        row.status, row.sent_at = SmsStatus.SENT, MONDAY
    assert sms._awaits_receipts() is True
    clock.use(lambda: MONDAY + sms.RECEIPTS_COME_WITHIN)
    assert sms._awaits_receipts() is False
