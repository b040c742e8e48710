"""The service log, written through the operations: what is recorded, what is refused, what is struck (R42.1)."""

from collections.abc import Iterator
from datetime import date, datetime, time
from threading import Event, Thread
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.db import Database
from portal.models.audit import AuditRow
from portal.models.entitlement import Entitlement, Posting
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider, Specialist
from portal.models.service_log import LogEntry
from portal.operations import answers, service_log
from portal.rules.acts import ActStatus
from portal.rules.law import RuleViolation
from portal.rules.order_reasons import StopReason
from portal.rules.orders import OrderStatus
from portal.rules.service import Service
from portal.rules.service_log import NewEntry
from tests import factories as make

DAY = date(2026, 3, 5)
NOW = datetime(2026, 3, 5, 20, 0, tzinfo=ALMATY)


def visit(start: str = "09:00", end: str = "11:00", day: date = DAY, places: str = "Емхана", way: str = "") -> NewEntry:
    """A visit as an assistant writes it down; with `way`, as an interpreter does."""
    start_time, end_time = time.fromisoformat(start), time.fromisoformat(end)
    if way:
        return NewEntry(day, start_time, end_time, way="online" if way == "online" else "offline")
    return NewEntry(day, start_time, end_time, places)


class Serving:
    """An accepted order and the specialist who serves it."""

    def __init__(self, session: Session, service: Service = Service.ASSISTANT, **order: object) -> None:
        self.session = session
        entitlement = make.make_programme(session, service=service)
        self.order: Order = make.make_order(session, entitlement, **order)  # type: ignore[arg-type]
        provider = session.get_one(Provider, self.order.provider_id)
        self.specialist: Specialist = make.make_specialist(session, provider, service)

    def record(self, new: NewEntry, form_id: UUID | None = None, now: datetime = NOW) -> LogEntry:
        """Write a visit down."""
        actor = make.as_specialist(self.specialist)
        return service_log.record_entry(self.session, self.order.id, new, form_id or uuid4(), actor, now)


@pytest.fixture
def serving(session: Session) -> Serving:
    """An assistant at work."""
    return Serving(session)


@pytest.mark.law("R42.1", "RG.3", "RI.1", "RI.6")
def test_records_a_visit_with_the_amounts_of_its_day(session: Session, serving: Serving) -> None:
    entry = serving.record(visit())
    entitlement = session.get_one(Entitlement, serving.order.entitlement_id)
    assert (entry.minutes, entry.places, entry.way) == (120, "Емхана", "offline")
    assert (entry.price_tiyn, entry.guaranteed_tiyn) == (60_000, 58_993)
    assert (serving.order.used, serving.order.reserved) == (120, 1080)
    assert entitlement.used == 120
    posting = session.scalars(select(Posting).where(Posting.log_entry_id == entry.id)).one()
    assert (posting.units, posting.target.value) == (120, "used")
    journal = session.scalars(select(AuditRow).where(AuditRow.thing_id == entry.id)).one()
    assert (journal.action, journal.person_id, journal.for_person_id) == (
        "record",
        serving.specialist.person_id,
        serving.order.recipient_id,
    )


@pytest.mark.law("RI.2")
def test_the_same_form_again_changes_nothing(session: Session, serving: Serving) -> None:
    form_id = uuid4()
    first = serving.record(visit(), form_id)
    again = serving.record(visit(), form_id)
    assert again is first
    assert serving.order.used == 120
    assert session.scalar(select(func.count()).select_from(LogEntry)) == 1


def test_a_form_of_somebody_else_is_refused(session: Session, serving: Serving) -> None:
    form_id = uuid4()
    serving.record(visit(), form_id)
    other = Serving(session)
    with pytest.raises(RuleViolation, match="sent before"):
        other.record(visit(), form_id)


@pytest.mark.law("R42.1", "R34.1", "R42.6", "RI.1", "RI.3")
@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        (visit(day=date(2026, 3, 6)), "still to come"),
        (visit("19:00", "21:00"), "ends later than now"),
        (visit("11:00", "09:00"), "later than the start"),
        (visit("08:00", "16:01"), "You can add"),
        (visit(places=" "), "Name the places"),
        (visit(day=date(2026, 3, 1)), "outside the order"),
    ],
    ids=["a day to come", "an hour to come", "end before start", "over 8 hours", "no places", "before the order"],
)
def test_refuses(serving: Serving, new: NewEntry, sentence: str) -> None:
    with pytest.raises(RuleViolation, match=sentence):
        serving.record(new)
    assert serving.order.used == 0


@pytest.mark.law("R42.7")
def test_an_interpreter_says_the_way(session: Session) -> None:
    serving = Serving(session, Service.INTERPRETER)
    assert serving.record(visit(way="online")).way == "online"
    with pytest.raises(RuleViolation, match="in person or online"):
        serving.record(visit("12:00", "13:00"))


@pytest.mark.law("RI.1")
def test_not_more_than_the_order_has_left(session: Session) -> None:
    serving = Serving(session, minutes=180)
    serving.record(visit())
    with pytest.raises(RuleViolation, match=r"has .* left") as refused:
        serving.record(visit("12:00", "14:00"))
    assert refused.value.figures == {"asked_minutes": 120, "left_minutes": 60}


@pytest.mark.law("R34.1", "RI.3")
def test_eight_hours_a_day_over_two_providers(session: Session, serving: Serving) -> None:
    entitlement = session.get_one(Entitlement, serving.order.entitlement_id)
    other_order = make.make_order(session, entitlement)
    other = make.make_specialist(session, session.get_one(Provider, other_order.provider_id))
    assert other_order.provider_id != serving.order.provider_id
    make.make_entry(session, other_order, other, day=DAY, start=time(12), minutes=420)
    with pytest.raises(RuleViolation, match="already logged") as refused:
        serving.record(visit())
    assert refused.value.figures["left_minutes"] == 60
    assert serving.record(visit("09:00", "10:00")).minutes == 60


@pytest.mark.law("RI.3")
def test_one_specialist_in_two_places_also_for_two_providers(session: Session, serving: Serving) -> None:
    other = Serving(session)
    person = session.get_one(Person, serving.specialist.person_id)
    other.specialist = make.make_specialist(session, session.get_one(Provider, other.order.provider_id), person=person)
    serving.record(visit("09:00", "11:00"))
    with pytest.raises(RuleViolation, match="two places"):
        other.record(visit("10:59", "12:00"))
    assert other.record(visit("11:00", "12:00")).minutes == 60


@pytest.mark.law("RI.2")
def test_two_specialists_with_one_recipient_at_one_time(session: Session, serving: Serving) -> None:
    serving.record(visit("09:00", "11:00"))
    provider = session.get_one(Provider, serving.order.provider_id)
    serving.specialist = make.make_specialist(session, provider)
    with pytest.raises(RuleViolation, match="Another assistant"):
        serving.record(visit("10:00", "12:00"))


@pytest.mark.law("R42.1")
def test_not_in_a_month_that_is_acted(session: Session, serving: Serving) -> None:
    entry = serving.record(visit())
    act = make.make_act(session, serving.order, (entry,), ActStatus.DRAWN_UP)
    with pytest.raises(RuleViolation, match="already drawn up"):
        serving.record(visit("12:00", "13:00"))
    act.status = ActStatus.RETURNED
    assert serving.record(visit("12:00", "13:00")).minutes == 60


@pytest.mark.law("RI.4")
@pytest.mark.parametrize("what", ["died_on", "departed_on"])
def test_not_after_death_or_departure(session: Session, serving: Serving, what: str) -> None:
    setattr(session.get_one(Person, serving.order.recipient_id), what, date(2026, 3, 4))
    with pytest.raises(RuleViolation, match="cannot be written down"):
        serving.record(visit())
    assert serving.record(visit(day=date(2026, 3, 4))).day == date(2026, 3, 4)


@pytest.mark.law("R42.2", "RI.4")
def test_not_after_the_last_day_of_the_programme_before_its_order_is_closed(session: Session, serving: Serving) -> None:
    """A newer version of the programme ends sooner than the order; it is still to be closed."""
    session.get_one(Entitlement, serving.order.entitlement_id).ends_on = date(2026, 3, 4)
    with pytest.raises(RuleViolation, match="outside the order") as refused:
        serving.record(visit())
    assert refused.value.figures["ends_on"] == date(2026, 3, 4)
    assert serving.record(visit(day=date(2026, 3, 4))).day == date(2026, 3, 4)


@pytest.mark.law("R83.7")
def test_not_after_the_moment_at_which_the_service_was_stopped(session: Session, serving: Serving) -> None:
    """She stops it at half past ten: the visit is written down to then, and no other on that day."""
    actor = make.as_recipient(session.get_one(Person, serving.order.recipient_id))
    stopped_at = datetime(2026, 3, 5, 10, 30, 20, tzinfo=ALMATY)
    answers.stop(session, serving.order.id, StopReason.IMPROPER_BEHAVIOUR, "", actor, stopped_at)
    for new in (visit("09:00", "10:31"), visit("14:00", "15:00")):
        with pytest.raises(RuleViolation, match="was stopped") as refused:
            serving.record(new)
        assert refused.value.figures == {"stopped_at": stopped_at}
    assert serving.record(visit("09:00", "10:30")).minutes == 90


@pytest.mark.law("R83.7", "R42.1")
def test_not_under_an_order_that_is_not_accepted(session: Session) -> None:
    serving = Serving(session, status=OrderStatus.PLACED)
    with pytest.raises(RuleViolation, match="that the provider accepted"):
        serving.record(visit())


@pytest.mark.law("R42.1")
def test_a_specialist_of_another_provider_finds_no_order(session: Session, serving: Serving) -> None:
    serving.specialist = make.make_specialist(session, make.make_provider(session))
    with pytest.raises(LookupError):
        serving.record(visit())


def test_an_interpreter_finds_no_order_of_an_assistant(session: Session, serving: Serving) -> None:
    provider = session.get_one(Provider, serving.order.provider_id)
    serving.specialist = make.make_specialist(session, provider, Service.INTERPRETER)
    with pytest.raises(LookupError):
        serving.record(visit())


def test_only_days_on_the_staff(serving: Serving) -> None:
    serving.specialist.since_on = date(2026, 3, 5)
    with pytest.raises(RuleViolation, match="on this provider’s staff"):
        serving.record(visit(day=date(2026, 3, 4)))


def test_who_came_back_to_the_staff_may_still_write_down_what_was_before(session: Session, serving: Serving) -> None:
    serving.specialist.until_on = date(2026, 3, 3)
    person = session.get_one(Person, serving.specialist.person_id)
    provider = session.get_one(Provider, serving.order.provider_id)
    again = make.make_specialist(session, provider, person=person)
    again.since_on = DAY
    session.flush()
    assert serving.record(visit(day=date(2026, 3, 3))).specialist_id == serving.specialist.id
    assert serving.record(visit()).specialist_id == again.id
    with pytest.raises(RuleViolation, match="on this provider’s staff"):
        serving.record(visit(day=date(2026, 3, 4)))


@pytest.mark.law("RI.1", "RI.5")
def test_strikes_a_visit_and_gives_its_minutes_back(session: Session, serving: Serving) -> None:
    entry = serving.record(visit())
    entry.objected_at, entry.objection_reason = NOW, "not_served"
    actor = make.as_specialist(serving.specialist)
    struck = service_log.strike(session, entry.id, " Басқа күн ", actor, NOW)
    assert (struck.struck_at, struck.strike_reason, struck.is_objected) == (NOW, "Басқа күн", False)
    assert (serving.order.used, serving.order.reserved) == (0, 1200)
    with pytest.raises(RuleViolation, match="already struck"):
        service_log.strike(session, entry.id, "Тағы", actor, NOW)
    assert serving.record(visit()).minutes == 120


@pytest.mark.law("RI.5")
def test_strikes_nothing_that_an_act_holds(session: Session, serving: Serving) -> None:
    entry = serving.record(visit())
    act = make.make_act(session, serving.order, (entry,), ActStatus.SIGNED)
    actor = make.as_specialist(serving.specialist)
    with pytest.raises(RuleViolation, match="part of an act"):
        service_log.strike(session, entry.id, "Қате", actor, NOW)
    act.status = ActStatus.RETURNED
    assert service_log.strike(session, entry.id, "Қате", actor, NOW).struck_at == NOW


def test_a_strike_needs_a_reason(session: Session, serving: Serving) -> None:
    entry = serving.record(visit())
    with pytest.raises(RuleViolation, match="few words"):
        service_log.strike(session, entry.id, "  ", make.as_specialist(serving.specialist), NOW)


def test_who_may_strike(session: Session, serving: Serving) -> None:
    entry = serving.record(visit())
    provider = session.get_one(Provider, serving.order.provider_id)
    stranger = make.make_provider(session)
    recipient = session.get_one(Person, serving.order.recipient_id)
    for actor in (
        make.as_specialist(make.make_specialist(session, provider)),
        make.as_provider(make.make_staff(session, stranger), stranger),
        make.as_recipient(recipient),
    ):
        with pytest.raises(LookupError):
            service_log.strike(session, entry.id, "Қате", actor, NOW)
    staff = make.as_provider(make.make_staff(session, provider), provider)
    assert service_log.strike(session, entry.id, "Қате", staff, NOW).struck_at == NOW


@pytest.fixture
def committed(fresh_database: str) -> Iterator[Database]:
    """A database whose commits are real."""
    database = Database(fresh_database)
    yield database
    database.dispose()


@pytest.mark.law("RI.3")
def test_two_tabs_at_once_write_one_visit(committed: Database) -> None:
    """The same person for two recipients at one time: the second waits for the first and is then refused."""
    with committed.writes() as session, session.begin():
        one, two = Serving(session), Serving(session)
        person = session.get_one(Person, one.specialist.person_id)
        two.specialist = make.make_specialist(session, session.get_one(Provider, two.order.provider_id), person=person)
    begun, refused = Event(), []

    def second_tab() -> None:
        with committed.writes() as session, session.begin():
            two.session = session
            begun.set()
            try:
                two.record(visit())
            except RuleViolation as violation:
                refused.append(violation.point)

    with committed.writes() as session, session.begin():
        one.session = session
        one.record(visit())
        tab = Thread(target=second_tab)
        tab.start()
        begun.wait(10)
    tab.join(10)
    assert refused == ["RI.3"]


@pytest.mark.law("RI.3")
def test_the_database_has_the_last_word(session: Session, serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_log, "_check", lambda *_anything: None)
    serving.record(visit())
    with pytest.raises(RuleViolation, match="two places") as refused:
        serving.record(visit("10:00", "12:00"))
    assert refused.value.point == "RI.3"
