"""Changing the official calendar: decrees, the journal, and what it does to terms that run."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Text, cast, func, insert, literal, select
from sqlalchemy.orm import Session

from portal.actor import SYSTEM, Actor
from portal.audit import record
from portal.clock import ALMATY
from portal.models.act import Act
from portal.models.audit import AuditRow
from portal.models.message import SmsMessage
from portal.models.offer import Offer
from portal.models.office import Office, OfficeStaff
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person import Person
from portal.models.provider import Provider
from portal.models.reference import CalendarDay
from portal.operations import calendar, calendar_file, moved_terms
from portal.operations.reference import DATA
from portal.operations.table_file import BadFile
from portal.queries import reference
from portal.queries.running_terms import Stored
from portal.rules.acts import ActStatus
from portal.rules.calendar_days import NewDay
from portal.rules.law import RuleViolation
from portal.rules.orders import OrderAction, OrderStatus
from portal.rules.parameters import Edition
from portal.rules.payments import PaymentStatus
from portal.rules.terms import DayKind
from tests import factories as make
from tests.office.conftest import statements

NOW = datetime(2026, 4, 6, 10, tzinfo=ALMATY)
"""A Monday."""
DECREE = "Постановление № 100"
OFF = NewDay(date(2026, 4, 8), DayKind.DAY_OFF, "Демалыс", "Выходной", DECREE, True)
"""The Wednesday of that week becomes a day off."""


@pytest.fixture
def actor(session: Session) -> Actor:
    return make.as_ministry(make.make_ministry_clerk(session))


@pytest.fixture
def order(session: Session) -> Order:
    return make.make_order(
        session, status=OrderStatus.PLACED, placed_at=NOW - timedelta(days=3), answer_due_on=date(2026, 4, 10)
    )


def planned(session: Session, *changes: NewDay, edition: Edition = Edition.OF_2021) -> calendar.Plan:
    return calendar.plan(session, changes, edition, NOW.date())


def change(session: Session, actor: Actor, *changes: NewDay, move: bool = False) -> int:
    seen = planned(session, *changes).seen if move else ""
    return calendar.change(session, changes, Edition.OF_2021, actor, NOW, move=move, seen=seen)


@pytest.mark.law("RI.7", "R83.3")
def test_a_change_moves_no_running_term_by_itself(session: Session, actor: Actor, order: Order) -> None:
    assert change(session, actor, OFF) == 0
    assert not reference.calendar(session).is_working_day(OFF.day)
    assert session.get_one(Order, order.id).answer_due_on == date(2026, 4, 10)


@pytest.mark.law("RI.7", "RI.6")
def test_it_moves_what_the_operator_has_seen(session: Session, actor: Actor, order: Order) -> None:
    """Placed on Friday the 3rd, the answer was due on the 10th; with the 8th off it is due on Monday the 13th."""
    (one,) = planned(session, OFF).terms
    assert (one.running.id, one.running.due_on, one.to) == (order.id, date(2026, 4, 10), date(2026, 4, 13))
    assert one.running.holder_id == order.provider_id
    assert change(session, actor, OFF, move=True) == 1
    assert session.get_one(Order, order.id).answer_due_on == date(2026, 4, 13)
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == order.id, AuditRow.action == "move_term")).one()
    assert (row.before, row.after, row.person_id, row.for_person_id) == (
        "2026-04-10",
        "2026-04-13",
        actor.person_id,
        order.recipient_id,
    )
    assert row.details["basis"] == [DECREE]


@pytest.mark.law("RI.7")
def test_another_list_than_the_one_seen_is_shown_first(session: Session, actor: Actor, order: Order) -> None:
    seen = planned(session, OFF).seen
    make.make_order(session, status=OrderStatus.PLACED, placed_at=NOW, answer_due_on=date(2026, 4, 13))
    with pytest.raises(RuleViolation, match="Look at the new list first"):
        calendar.change(session, [OFF], Edition.OF_2021, actor, NOW, move=True, seen=seen)
    assert session.get(CalendarDay, OFF.day) is None


@pytest.mark.law("RI.7", "R83.3")
def test_a_term_that_began_again_is_reckoned_from_then(session: Session, actor: Actor, order: Order) -> None:
    """The order was closed by news that was undone, and its provider was asked again today."""
    order.placed_at, order.answer_due_on = NOW - timedelta(days=40), date(2026, 4, 13)
    action = OrderAction.ASK_AGAIN.value
    record(session, SYSTEM, NOW, thing="orders", thing_id=order.id, action=action, about=order.recipient_id)
    session.flush()
    (one,) = planned(session, OFF).terms
    assert (one.running.started_on, one.to) == (NOW.date(), date(2026, 4, 14))


@pytest.mark.law("RI.7")
def test_a_term_that_has_ended_meanwhile_stays(session: Session, actor: Actor, order: Order) -> None:
    found = planned(session, OFF)
    order.status, order.answered_at = OrderStatus.ACCEPTED, NOW
    session.flush()
    assert moved_terms.move(session, found.terms, [DECREE], actor, NOW) == 0
    assert session.get_one(Order, order.id).answer_due_on == date(2026, 4, 10)


def told(session: Session, person: Person) -> list[str]:
    return list(session.scalars(select(SmsMessage.text).where(SmsMessage.person_id == person.id)))


@pytest.mark.law("RI.7")
def test_who_must_act_and_the_recipient_are_told_once(session: Session, actor: Actor, order: Order) -> None:
    """Two orders of one provider move: its clerk hears of both in one SMS, each recipient of their own."""
    clerk = make.make_staff(session, session.get_one(Provider, order.provider_id), language="ru")
    unreached = make.make_staff(session, session.get_one(Provider, order.provider_id), phone=None)
    hers = make.make_programme(session, make.make_person(session, phone=None))
    acts_for_her = make.make_representative(session, session.get_one(Person, hers.person_id), language="ru")
    second = make.make_order(
        session,
        hers,
        session.get_one(Offer, order.offer_id),
        status=OrderStatus.PLACED,
        placed_at=NOW - timedelta(days=3),
        answer_due_on=date(2026, 4, 10),
    )
    assert change(session, actor, OFF, move=True) == 2
    (both,) = told(session, clerk)
    assert "2 " in both and "13.04.2026" in both
    for whose, person in ((order, session.get_one(Person, order.recipient_id)), (second, acts_for_her)):
        (said,) = told(session, person)
        assert str(whose.number) in said and "13.04.2026" in said
    assert told(session, unreached) == []


@pytest.mark.law("RI.7", "R42.9")
def test_the_clerks_of_an_office_are_told_of_an_act_to_check(session: Session, actor: Actor) -> None:
    act = make.make_act(session, submitted_at=NOW - timedelta(days=3), check_due_on=date(2026, 4, 14))
    office = session.get_one(Office, act.office_id)
    here, gone = make.make_clerk(session, office), make.make_clerk(session, office)
    session.get_one(OfficeStaff, (gone.id, office.id)).until_on = date(2026, 4, 5)
    recipient = session.get_one(Person, act.recipient_id)
    recipient.died_on = date(2026, 4, 1)
    assert change(session, actor, OFF, move=True) == 1
    (said,) = told(session, here)
    assert str(act.number) in said and "15.04.2026" in said
    assert (told(session, gone), told(session, recipient)) == ([], [])


@pytest.mark.law("RI.7")
def test_nobody_is_told_of_terms_that_stay(session: Session, actor: Actor, order: Order) -> None:
    change(session, actor, OFF)
    assert told(session, session.get_one(Person, order.recipient_id)) == []


def acts_of_each_kind(session: Session) -> dict[Stored, Act | Payment]:
    friday = NOW - timedelta(days=3)
    check = make.make_act(session, submitted_at=friday, check_due_on=date(2026, 4, 14))
    again = make.make_act(
        session, status=ActStatus.RETURNED, decided_at=friday, resubmit_due_on=date(2026, 4, 8), reason="incomplete"
    )
    old = make.make_act(
        session, status=ActStatus.RETURNED, decided_at=friday, resubmit_due_on=date(2026, 4, 8), reason="incomplete"
    )
    new = make.make_act(
        session, status=ActStatus.DRAWN_UP, corrects_id=old.id, submit_due_on=date(2026, 4, 8), submitted_at=None
    )
    paid = make.make_act(session, status=ActStatus.ACCEPTED, decided_at=friday, pay_due_on=date(2026, 4, 17))
    payment = Payment(
        id=uuid4(),
        act_id=paid.id,
        provider_id=paid.provider_id,
        office_id=paid.office_id,
        amount_tiyn=paid.amount_tiyn,
        status=PaymentStatus.AWAITING,
        due_on=date(2026, 4, 17),
        owed_at=friday,
    )
    session.add(payment)
    session.flush()
    return {Stored.CHECK: check, Stored.AGAIN: again, Stored.CORRECTED: new, Stored.PAYMENT: payment}


@pytest.mark.law("RI.7", "R42.9", "R42.11")
def test_every_kind_of_term_that_is_stored_is_moved(session: Session, actor: Actor) -> None:
    things = acts_of_each_kind(session)
    terms = {one.running.stored: one for one in planned(session, OFF).terms}
    assert {stored: one.running.id for stored, one in terms.items()} == {kind: one.id for kind, one in things.items()}
    assert {stored: one.to for stored, one in terms.items()} == {
        Stored.CHECK: date(2026, 4, 15),
        Stored.AGAIN: date(2026, 4, 9),
        Stored.CORRECTED: date(2026, 4, 9),
        Stored.PAYMENT: date(2026, 4, 20),
    }
    assert change(session, actor, OFF, move=True) == 4
    new, payment = things[Stored.CORRECTED], things[Stored.PAYMENT]
    assert isinstance(new, Act)
    assert isinstance(payment, Payment)
    assert (new.submit_due_on, session.get_one(Act, new.corrects_id).resubmit_due_on) == (date(2026, 4, 9),) * 2
    assert (payment.due_on, session.get_one(Act, payment.act_id).pay_due_on) == (date(2026, 4, 20),) * 2


@pytest.mark.law("RI.7")
@pytest.mark.parametrize("back", [True, False], ids=["moved again", "left as it was"])
def test_a_change_that_is_taken_back(session: Session, actor: Actor, order: Order, back: bool) -> None:
    change(session, actor, OFF, move=True)
    gone = NewDay(OFF.day, None, "", "", "Постановление № 101", True)
    change(session, actor, gone, move=back)
    assert reference.calendar(session).is_working_day(OFF.day)
    assert session.get_one(Order, order.id).answer_due_on == date(2026, 4, 10 if back else 13)


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(
    ("placed", "due", "status", "changed"),
    [
        ("2026-04-03", "2026-04-10", OrderStatus.ACCEPTED, "2026-04-08"),
        ("2026-04-03", "2026-04-10", OrderStatus.PLACED, "2026-04-13"),
        ("2026-04-03", "2026-04-10", OrderStatus.PLACED, "2026-04-03"),
        ("2026-03-26", "2026-04-02", OrderStatus.PLACED, "2026-04-01"),
    ],
    ids=["it has ended", "a later day", "the day of the event is zero", "it has run out"],
)
def test_what_a_change_does_not_touch(
    session: Session, placed: str, due: str, status: OrderStatus, changed: str
) -> None:
    moment = datetime.fromisoformat(f"{placed}T12:00+05:00")
    make.make_order(session, status=status, placed_at=moment, answer_due_on=date.fromisoformat(due))
    day = NewDay(date.fromisoformat(changed), DayKind.DAY_OFF, "Демалыс", "Выходной", DECREE, True)
    assert planned(session, day).terms == []


@pytest.mark.law("RI.7")
def test_nobody_is_late_because_of_a_change(session: Session, order: Order) -> None:
    """Two days off taken back would end the term on Friday the 3rd, before today: it ends today."""
    days = (date(2026, 4, 1), date(2026, 4, 2))
    for day in days:
        session.add(CalendarDay(day=day, kind="day_off", why_kk="Д", why_ru="В", basis="№ 1", confirmed=True))
    order.placed_at, order.answer_due_on = datetime(2026, 3, 27, 12, tzinfo=ALMATY), date(2026, 4, 7)
    session.flush()
    (one,) = planned(session, *(NewDay(day, None, "", "", DECREE, True) for day in days)).terms
    assert one.to == NOW.date()


@pytest.mark.law("RI.6", "RI.7")
def test_each_change_is_written_down_with_what_was_there(session: Session, actor: Actor) -> None:
    change(session, actor, OFF)
    change(session, actor, NewDay(OFF.day, DayKind.DAY_OFF, "Мейрам", "Праздник", "Указ № 5", False))
    change(session, actor, NewDay(OFF.day, None, "", "", "Указ № 6", True))
    rows = session.scalars(
        select(AuditRow).where(AuditRow.thing_id == calendar.journal_id(OFF.day)).order_by(AuditRow.id)
    ).all()
    assert [(row.before, row.after) for row in rows] == [(None, "day_off"), ("day_off", "day_off"), ("day_off", None)]
    assert (rows[1].details["was"]["why_ru"], rows[1].details["becomes"]["why_ru"]) == ("Выходной", "Праздник")
    assert rows[2].details["basis"] == "Указ № 6"


@pytest.mark.law("RI.7")
@pytest.mark.parametrize(
    ("new", "message"),
    [
        (NewDay(date(2026, 4, 8), DayKind.DAY_OFF, "Демалыс", "Выходной", " ", True), "Name the decree"),
        (NewDay(date(2026, 4, 8), None, "", "", "", True), "Name the decree"),
        (NewDay(date(2026, 4, 11), DayKind.DAY_OFF, "Демалыс", "Выходной", DECREE, True), "it is off already"),
        (NewDay(date(2026, 4, 8), DayKind.WORKED_WEEKEND, "Жұмыс", "Рабочий", DECREE, True), "worked already"),
        (NewDay(date(2026, 4, 8), DayKind.DAY_OFF, "", "Выходной", DECREE, True), "in Kazakh and in Russian"),
        (NewDay(date(2020, 4, 8), DayKind.DAY_OFF, "Д", "В", DECREE, True), "years from 2021 to 2099"),
        (NewDay(date(2028, 1, 3), DayKind.DAY_OFF, "Д", "В", DECREE, True), "2028 is not in the portal yet"),
        (NewDay(date(2026, 4, 8), DayKind.DAY_OFF, "Д\x00", "В", DECREE, True), "cannot be printed"),
        (NewDay(date(2026, 4, 8), DayKind.DAY_OFF, "Д" * 301, "В", DECREE, True), "longer than 300"),
        (NewDay(date(2026, 4, 8), None, "", "", DECREE, True), "says this already"),
    ],
)
def test_what_the_calendar_does_not_take(session: Session, actor: Actor, new: NewDay, message: str) -> None:
    with pytest.raises(RuleViolation, match=message):
        change(session, actor, new)


def test_only_the_ministry_keeps_it(session: Session) -> None:
    clerk = make.as_office(make.make_clerk(session), make.office_here(session))
    with pytest.raises(LookupError):
        change(session, clerk, OFF)


@pytest.mark.law("RI.7")
def test_ten_thousand_terms_move_at_once(session: Session, actor: Actor, order: Order) -> None:
    """Ten thousand people wait for an answer: it takes statements by the batch, not by the term."""
    series = func.generate_series(1, 10_000).column_valued("number")
    person = select(func.gen_random_uuid(), func.lpad(cast(series, Text), 12, "0"), *map(literal, ("С", "А", "kk")))
    session.execute(insert(Person).from_select(["id", "iin", "last_name", "first_name", "language"], person))
    names = [c.name for c in Order.__table__.columns if c.name not in {"id", "number", "recipient_id"}]
    the_same = (getattr(Order, name) for name in names)
    everybody = select(func.gen_random_uuid(), Person.id, *the_same).join_from(Order, Person, Person.last_name == "С")
    orders = everybody.where(Order.id == order.id)
    session.execute(insert(Order).from_select(["id", "recipient_id", *names], orders))
    with statements(session) as sent:
        assert change(session, actor, OFF, move=True) == 10_001
    assert len(sent) < 100
    assert session.scalars(select(Order.answer_due_on).distinct()).all() == [date(2026, 4, 13)]


HEAD = "date,kind,why_kk,why_ru,why_en,basis,confirmed\n"


class TestFile:
    """A calendar as a file: taken whole, or refused with everything that is wrong."""

    pytestmark = pytest.mark.law("RI.7")

    def test_the_portals_own_file_changes_nothing(self, session: Session, actor: Actor) -> None:
        days = calendar_file.read((DATA / "calendar.csv").read_bytes())
        assert len(days) == 114
        assert planned(session, *days).changes == []

    def test_a_new_year_can_be_brought_again(self, session: Session, actor: Actor) -> None:
        text = HEAD + "2028-01-03,day_off,Ж,Н,,№ 1,yes\n2028-12-18,day_off,Т,Н,,№ 1,provisional\n"
        days = calendar_file.read(("\ufeff" + text.replace("\n", "\r\n")).encode())
        change(session, actor, *days)
        assert reference.calendar(session).add_working_days(date(2027, 12, 31), 1) == date(2028, 1, 4)
        assert planned(session, *days).changes == []

    def test_half_a_year_is_refused(self, session: Session) -> None:
        days = calendar_file.read((HEAD + "2028-01-03,day_off,Ж,Н,,№ 1,yes\n").encode())
        with pytest.raises(RuleViolation, match="Bring the whole year"):
            planned(session, *days)

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("2028-13-01,day_off,Ж,Н,,№ 1,yes", "a day like"),
            ("20280103,day_off,Ж,Н,,№ 1,yes", "a day like"),
            ("2028-01-03,holiday,Ж,Н,,№ 1,yes", "day_off or worked_weekend"),
            ("2028-01-03,day_off,Ж,Н,,,yes", "Name the decree"),
            ("2028-01-03,day_off,,Н,,№ 1,yes", "in Kazakh and in Russian"),
            ("2028-01-01,day_off,Ж,Н,,№ 1,yes", "off already"),
            ("2028-01-03,day_off,Ж,Н,,№ 1,maybe", "yes or provisional"),
            ("2028-01-03,day_off,Ж,Н,,№ 1", "too many or too few"),
            ("2028-01-03,day_off,Ж,Н,,№ 1,yes,more", "too many or too few"),
            ("2028-01-04,day_off,Ж,Н,,№ 1,yes", "stands in the file twice"),
            ("", "no fault"),
        ],
    )
    def test_every_line_that_is_wrong_is_named(self, line: str, message: str) -> None:
        text = HEAD + "2028-01-04,day_off,Ж,Н,,№ 1,yes\n" + line + "\nnever,day_off,Ж,Н,,№ 1,yes\n"
        with pytest.raises(BadFile) as refusal:
            calendar_file.read(text.encode())
        faults = [(fault.line, str(fault.violation)) for fault in refusal.value.faults]
        assert faults[-1][0] == 4
        assert len(faults) == (1 if not line else 2)
        assert not line or (faults[0][0] == 3 and message in faults[0][1])

    @pytest.mark.parametrize(
        ("data", "line", "message"),
        [
            (b"", 1, "These are missing: date, kind"),
            (HEAD.encode(), 1, "no day in the file"),
            (b"a;b\n1;2\n", 1, "These are missing"),
            (HEAD.encode() + "2028-01-03,day_off,Ж".encode("cp1251"), 2, "UTF-8"),
            (HEAD.encode() + b'2028-01-03,"day_off"x,a,b,,c,yes\n', 2, "line of a table"),
            (HEAD.encode() + b"x" * 200_000, 1, "larger than 200 kilobytes"),
            (HEAD.encode() + "2028-01-03,day_off,Ж\x00,Н,,№ 1,yes\n".encode(), 2, "cannot be printed"),
        ],
    )
    def test_what_is_no_calendar_at_all(self, data: bytes, line: int, message: str) -> None:
        with pytest.raises(BadFile, match=message) as refusal:
            calendar_file.read(data)
        assert refusal.value.faults[0].line == line
