"""Sending SMS through the stand-in gateway, over a real socket: what happens when it is down, slow, or says no."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from portal import clock
from portal.config import Config
from portal.db import Database, transaction
from portal.demo import smpp
from portal.demo.smpp import Faults
from portal.jobs import sms as job
from portal.models.message import SmsMessage, SmsStatus
from portal.models.person import Person
from portal.operations import sms
from portal.sms.client import SmsGateway
from portal.sms.session import ReceiptState
from tests import factories as make
from tests.apps import make_config
from tests.factories import MONDAY

pytestmark = pytest.mark.law("R34.2")
NAME, PASSWORD = "portal", "secret-7"
LONG = "Құрметті Айгүл! Сізге көмектесетін адамды таңдаңыз: порталға кіріңіз. " * 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[smpp.SmppServer]:
    found = smpp.start(tmp_path, 0, NAME, PASSWORD, receipt_seconds=0.02)
    yield found
    found.stop()


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "LINGER_SECONDS", 0.5)


def config(port: int) -> Config:
    return make_config(
        "postgresql://", smpp_host="127.0.0.1", smpp_port=port, smpp_system_id=NAME, smpp_password=PASSWORD
    )


class Case:
    """Somebody with a phone, and what she is owed."""

    def __init__(self, database: Database) -> None:
        with transaction() as session:
            self.person: Person = make.make_person(session)
        self.number = 0

    def owe(self, text: str = "Сәлем", secret: bool = False, minutes: int | None = None, phone: str = "") -> UUID:
        """An SMS is owed."""
        self.number += 1
        about = f"test:{self.number}"
        with transaction() as session:
            person = session.get_one(Person, self.person.id)
            person.phone = phone or person.phone
            expires_at = MONDAY + timedelta(minutes=minutes) if minutes else None
            assert sms.owe(session, person, about, text, MONDAY, secret=secret, expires_at=expires_at)
            return session.scalars(select(SmsMessage.id).where(SmsMessage.about == about)).one()

    def row(self, message_id: UUID) -> SmsMessage:
        """The message as it is committed."""
        with transaction() as session:
            return session.get_one(SmsMessage, message_id)

    def statuses(self, *message_ids: UUID) -> list[SmsStatus]:
        """Where messages stand."""
        return [self.row(one).status for one in message_ids]


@pytest.fixture
def case(database: Database) -> Case:
    return Case(database)


def at(minutes: float) -> datetime:
    """So many minutes after the beginning."""
    later = MONDAY + timedelta(minutes=minutes)
    clock.use(lambda: later)
    return later


def texts(data: Path) -> list[str]:
    return [message.text for message in smpp.messages(data)]


def test_what_is_owed_arrives_and_is_confirmed(case: Case, server: smpp.SmppServer, tmp_path: Path) -> None:
    ids = [case.owe("Бір"), case.owe(LONG)]
    assert job.send_owed(config(server.port)) == 2
    assert sorted(texts(tmp_path)) == sorted(["Бір", LONG])
    rows = [case.row(one) for one in ids]
    assert [row.status for row in rows] == [SmsStatus.DELIVERED] * 2
    assert [len(row.gateway_ids) for row in rows] == [1, 3]
    assert all(row.sent_at == row.delivered_at == MONDAY for row in rows)
    assert rows[1].text == LONG


def test_once(case: Case, server: smpp.SmppServer, tmp_path: Path) -> None:
    case.owe()
    assert [job.send_owed(config(server.port)) for _ in range(3)] == [1, 0, 0]
    assert len(texts(tmp_path)) == 1


def test_a_gateway_that_is_down_delays_and_loses_nothing(case: Case, server: smpp.SmppServer, tmp_path: Path) -> None:
    ids = [case.owe("Бір"), case.owe("Екі")]
    smpp.tell(tmp_path, Faults(down=True))
    assert job.send_owed(config(server.port)) == 0
    assert case.statuses(*ids) == [SmsStatus.OWED] * 2
    assert [case.row(one).next_try_at - MONDAY for one in ids] == [job.FIRST_WAIT] * 2
    assert job.send_owed(config(server.port)) == 0, "nothing is due yet"
    smpp.tell(tmp_path, Faults())
    at(1)
    assert job.send_owed(config(server.port)) == 2
    assert sorted(texts(tmp_path)) == ["Бір", "Екі"]


def test_nobody_listens_at_all(case: Case, server: smpp.SmppServer) -> None:
    message_id = case.owe()
    server.stop()
    waits: list[float] = []
    for _ in range(12):
        now = at(len(waits) * 60)
        job.send_owed(config(server.port))
        waits.append((case.row(message_id).next_try_at - now).total_seconds())
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]
    assert case.row(message_id).status is SmsStatus.OWED


def test_the_wrong_password_delays(case: Case, server: smpp.SmppServer) -> None:
    message_id = case.owe()
    wrong = make_config(
        "postgresql://", smpp_host="127.0.0.1", smpp_port=server.port, smpp_system_id=NAME, smpp_password="other"
    )
    assert job.send_owed(wrong) == 0
    assert case.row(message_id).status is SmsStatus.OWED


def test_a_gateway_that_is_full_is_left_in_peace_for_a_while(
    case: Case, server: smpp.SmppServer, tmp_path: Path
) -> None:
    ids = [case.owe("Бір"), case.owe("Екі")]
    smpp.tell(tmp_path, Faults(throttle=True))
    assert job.send_owed(config(server.port)) == 0
    assert sorted(case.row(one).attempts for one in ids) == [0, 1], "only the one in hand waits longer"
    smpp.tell(tmp_path, Faults())
    at(1)
    assert job.send_owed(config(server.port)) == 2


def test_one_that_breaks_the_connection_does_not_block_the_others(
    case: Case, server: smpp.SmppServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.sms.errors import GatewayDown
    from portal.sms.session import Session

    poison = case.owe("у")
    case.owe("Бір")
    case.owe("Екі")
    send = Session.send

    def breaking(self: Session, phone: str, text: str, reference: str) -> list[str]:
        if text == "у":
            raise GatewayDown("The connection broke.")
        return send(self, phone, text, reference)

    monkeypatch.setattr(Session, "send", breaking)
    for minute in range(4):
        at(minute)
        job.send_owed(config(server.port))
    assert sorted(texts(tmp_path)) == ["Бір", "Екі"]
    assert case.row(poison).status is SmsStatus.OWED


def test_a_fault_of_ours_in_one_message_does_not_hold_back_the_others(
    case: Case, server: smpp.SmppServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = case.owe("у")
    case.owe("Бір")
    keep = job._mark_sent

    def stumbling(reference: str, ids: Sequence[str]) -> None:
        if reference == str(poison):
            raise ZeroDivisionError
        keep(reference, ids)

    monkeypatch.setattr(job, "_mark_sent", stumbling)
    for minute in range(3):
        at(minute * 0.05)
        with suppress(ZeroDivisionError):
            job.send_owed(config(server.port))
    assert texts(tmp_path).count("Бір") == 1
    assert texts(tmp_path).count("у") <= 2, "it waits longer each time"
    assert case.row(poison).status is SmsStatus.OWED


def test_a_number_that_cannot_be_is_given_up_and_the_others_go(
    case: Case, server: smpp.SmppServer, tmp_path: Path
) -> None:
    wrong, right = case.owe("Құпия", secret=True, phone="+7"), case.owe("Бір", phone="+77010000001")
    assert job.send_owed(config(server.port)) == 1
    assert case.statuses(wrong, right) == [SmsStatus.FAILED, SmsStatus.DELIVERED]
    assert case.row(wrong).text == ""


class TestReceipts:
    """Each part has its own."""

    def test_delivered_when_every_part_is(self, case: Case, server: smpp.SmppServer, tmp_path: Path) -> None:
        smpp.tell(tmp_path, Faults(lose_receipts=True))
        message_id = case.owe(LONG)
        job.send_owed(config(server.port))
        parts = case.row(message_id).gateway_ids
        assert len(parts) == 3
        for part in (parts[2], parts[2], parts[0]):
            job._take_receipt(part, ReceiptState.DELIVERED)
            assert case.row(message_id).status is SmsStatus.SENT
        job._take_receipt(parts[1], ReceiptState.DELIVERED)
        assert case.row(message_id).status is SmsStatus.DELIVERED

    @pytest.mark.parametrize("state", [one for one in ReceiptState if one.final and one is not ReceiptState.DELIVERED])
    def test_failed_when_one_part_is_not(
        self, case: Case, server: smpp.SmppServer, tmp_path: Path, state: ReceiptState
    ) -> None:
        smpp.tell(tmp_path, Faults(lose_receipts=True))
        message_id = case.owe(LONG)
        job.send_owed(config(server.port))
        first, second, third = case.row(message_id).gateway_ids
        job._take_receipt(first, ReceiptState.DELIVERED)
        job._take_receipt(second, state)
        job._take_receipt(third, ReceiptState.DELIVERED)
        assert case.row(message_id).status is SmsStatus.FAILED

    def test_on_the_way_is_no_end(self, case: Case, server: smpp.SmppServer, tmp_path: Path) -> None:
        smpp.tell(tmp_path, Faults(lose_receipts=True))
        message_id = case.owe()
        job.send_owed(config(server.port))
        (part,) = case.row(message_id).gateway_ids
        job._take_receipt(part, ReceiptState.ENROUTE)
        job._take_receipt("somebody-elses", ReceiptState.DELIVERED)
        assert case.row(message_id).status is SmsStatus.SENT

    def test_a_phone_out_of_reach(self, case: Case, server: smpp.SmppServer, tmp_path: Path) -> None:
        smpp.tell(tmp_path, Faults(undeliverable=["77019999999"]))
        message_id = case.owe(phone="+77019999999")
        job.send_owed(config(server.port))
        assert case.row(message_id).status is SmsStatus.FAILED

    def test_late_ones_are_fetched_later(self, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = smpp.start(tmp_path, 0, NAME, PASSWORD, receipt_seconds=0.8)
        try:
            message_id = case.owe()
            assert job.send_owed(config(slow.port)) == 1
            assert case.row(message_id).status is SmsStatus.SENT
            assert job.send_owed(config(slow.port), late_receipts=False) == 0
            assert case.row(message_id).status is SmsStatus.SENT
            monkeypatch.setattr(job, "LINGER_SECONDS", 2.0)
            job.send_owed(config(slow.port))
            assert case.row(message_id).status is SmsStatus.DELIVERED
        finally:
            slow.stop()

    def test_the_newest_of_two_with_the_same_number_is_meant(self, case: Case) -> None:
        old, new = case.owe(), case.owe()
        for message_id, minutes in ((old, 0), (new, 5)):
            with transaction() as session:
                row = session.get_one(SmsMessage, message_id)
                row.status, row.gateway_ids, row.sent_at = SmsStatus.SENT, ["7"], MONDAY + timedelta(minutes=minutes)
        job._take_receipt("7", ReceiptState.DELIVERED)
        assert case.statuses(old, new) == [SmsStatus.SENT, SmsStatus.DELIVERED]


@pytest.mark.law("R3.3")
class TestCodes:
    """A secret text lives no longer than it must."""

    def test_is_wiped_when_it_is_sent(self, case: Case, server: smpp.SmppServer, tmp_path: Path) -> None:
        message_id = case.owe("Код: 123456", secret=True, minutes=10)
        job.send_owed(config(server.port))
        assert texts(tmp_path) == ["Код: 123456"]
        assert (case.row(message_id).text, case.row(message_id).status) == ("", SmsStatus.DELIVERED)

    def test_is_not_sent_when_it_is_too_old_and_is_wiped(
        self, case: Case, server: smpp.SmppServer, tmp_path: Path
    ) -> None:
        smpp.tell(tmp_path, Faults(down=True))
        message_id = case.owe("Код: 123456", secret=True, minutes=10)
        job.send_owed(config(server.port))
        assert case.row(message_id).text == "Код: 123456"
        smpp.tell(tmp_path, Faults())
        at(10)
        assert job.send_owed(config(server.port)) == 0
        assert texts(tmp_path) == []
        assert (case.row(message_id).text, case.row(message_id).status) == ("", SmsStatus.FAILED)

    def test_goes_before_whatever_waited_longer(
        self, case: Case, server: smpp.SmppServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After a day without a gateway a code would expire behind all that waited for it."""
        monkeypatch.setattr(job, "AT_ONCE", 2)
        for number in range(3):
            case.owe(f"Хабар {number}")
        case.owe("Код: 123456", secret=True, minutes=10)
        job.send_owed(config(server.port))
        assert texts(tmp_path)[0] == "Код: 123456"


def test_without_a_gateway_nothing_happens(case: Case) -> None:
    message_id = case.owe()
    assert job.send_owed(make_config("postgresql://")) == 0
    assert case.row(message_id).status is SmsStatus.OWED


def test_with_nothing_to_do_nobody_is_called(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the gateway was called")

    monkeypatch.setattr(SmsGateway, "exchange", never)
    assert job.send_owed(config(9)) == 0


def test_without_a_phone_nothing_is_owed(case: Case) -> None:
    with transaction() as session:
        person = make.make_person(session, phone=None)
        assert sms.owe(session, person, "test:nobody", "Сәлем", MONDAY) is False


def test_about_one_thing_one_message_is_owed(case: Case) -> None:
    with transaction() as session:
        person = session.get_one(Person, case.person.id)
        assert [sms.owe(session, person, "test:same", "Сәлем", MONDAY) for _ in range(2)] == [True, False]
