"""Rows for tests: each is valid by default, and a test names only what it is about."""

from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.clock import ALMATY
from portal.models.act import Act, ActLine, Sheet
from portal.models.document import Document, DocumentKind
from portal.models.entitlement import Entitlement
from portal.models.ministry import MINISTRY_ID, MinistryStaff
from portal.models.offer import Offer, OfferPlace
from portal.models.office import Office, OfficeStaff
from portal.models.order import Order
from portal.models.person import Person, Representation
from portal.models.programme import Measure, Programme
from portal.models.provider import Provider, ProviderStaff, Specialist
from portal.models.service_log import LogEntry
from portal.operations import documents, ledger
from portal.rules.acts import ActStatus
from portal.rules.identifiers import iin_with_check_digit
from portal.rules.orders import OrderStatus
from portal.rules.roles import Role
from portal.rules.service import Service, units_a_price

PLACE = "431000000"
"""A district that is in the reference data: the city of Kyzylorda."""
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=ALMATY)
"""An ordinary working day of a year whose calendar is known."""

_numbers = count(1)


def new_iin(born: date = date(1980, 5, 17)) -> str:
    """An IIN that nobody has, valid by checksum."""
    while True:
        body = f"{born:%y%m%d}3{next(_numbers) % 10_000:04d}"
        iin = iin_with_check_digit(body)
        if iin is not None:
            return iin


def make_person(session: Session, **given: Any) -> Person:
    """A person of the district, with a phone."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "iin": new_iin(),
        "last_name": f"Сынақ{number}",
        "first_name": "Айгүл",
        "birth_date": date(1980, 5, 17),
        "language": "kk",
        "phone": f"+7701{number:07d}",
        "place_code": PLACE,
        "address": "Абай көшесі, 1",
    }
    return _added(session, Person(**values | given))


def make_representative(session: Session, recipient: Person, **given: Any) -> Person:
    """Somebody who acts for a recipient."""
    person = make_person(session, **given)
    _added(
        session,
        Representation(person_id=person.id, recipient_id=recipient.id, kind="parent", valid_from=date(2020, 1, 1)),
    )
    return person


def office_here(session: Session, place: str = PLACE) -> Office:
    """The office of a district of the reference data."""
    return session.scalars(select(Office).where(Office.place_code == place)).one()


def make_clerk(session: Session, office: Office | None = None, **given: Any) -> Person:
    """Somebody who works at an office."""
    person = make_person(session, **given)
    office = office or office_here(session)
    _added(session, OfficeStaff(person_id=person.id, office_id=office.id, since_on=date(2020, 1, 1)))
    return person


def make_ministry_clerk(session: Session, **given: Any) -> Person:
    """Somebody who works at the ministry."""
    person = make_person(session, **given)
    _added(session, MinistryStaff(person_id=person.id, since_on=date(2020, 1, 1)))
    return person


def make_provider(session: Session, **given: Any) -> Provider:
    """A provider that is a legal entity."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "bin": new_iin(date(2015, 1, 1)),
        "kind": "legal",
        "name_kk": f"«Қамқор {number}» ЖШС",
        "name_ru": f"ТОО «Камкор {number}»",
        "phone": "+77172000000",
        "iban": "KZ86125KZT5004100100",
        "bic": "NBRKKZKX",
        "payment_account": f"acct_{number:06d}",
    }
    return _added(session, Provider(**values | given))


def make_staff(session: Session, provider: Provider, **given: Any) -> Person:
    """A head of a provider, who may sign for it."""
    person = make_person(session, **given)
    _added(session, ProviderStaff(person_id=person.id, provider_id=provider.id, is_head=True))
    return person


def make_specialist(
    session: Session, provider: Provider, service: Service = Service.ASSISTANT, person: Person | None = None
) -> Specialist:
    """An assistant or interpreter of a provider."""
    person = person or make_person(session)
    return _added(
        session,
        Specialist(
            person_id=person.id,
            provider_id=provider.id,
            service=service,
            languages=["kk", "ru"],
            since_on=date(2020, 1, 1),
        ),
    )


def make_offer(
    session: Session,
    provider: Provider | None = None,
    service: Service = Service.ASSISTANT,
    places: tuple[str, ...] = (PLACE,),
    **given: Any,
) -> Offer:
    """What a provider renders in the district, for 600 tenge an hour (assistant) or 9 500 (interpreter)."""
    provider = provider or make_provider(session)
    values: dict[str, Any] = {
        "provider_id": provider.id,
        "service": service,
        "price_tiyn": 60_000 if service is Service.ASSISTANT else 950_000,
        "capacity_minutes_a_month": 60_000,
        "languages": ["kk", "ru"],
        "at_home": True,
        "online": service is Service.INTERPRETER,
        "published_on": date(2025, 1, 1),
    }
    offer = _added(session, Offer(**values | given))
    for place in places:
        _added(session, OfferPlace(place_code=place, service=service, offer_id=offer.id))
    return offer


def make_goods_offer(
    session: Session,
    code: str,
    service: Service,
    provider: Provider | None = None,
    places: tuple[str, ...] = (PLACE,),
    **given: Any,
) -> Offer:
    """A model of an item of the classifier for 300 tenge a piece, to be delivered or picked up."""
    goods = {
        "classifier_code": code,
        "model": f"M-{next(_numbers)}",
        "price_tiyn": 30_000,
        "capacity_minutes_a_month": 0,
        "at_home": False,
        "online": False,
        "delivers": True,
        "pick_up": True,
    }
    return make_offer(session, provider, service, places, **goods | given)


def make_programme(
    session: Session,
    person: Person | None = None,
    service: Service = Service.ASSISTANT,
    now: datetime = MONDAY,
    pieces: int | None = None,
    **given: Any,
) -> Entitlement:
    """A programme with one measure; gives its entitlement of the year, with all minutes (or `pieces`) available."""
    person = person or make_person(session)
    office = office_here(session, person.place_code or PLACE)
    values: dict[str, Any] = {
        "number": f"P-{next(_numbers)}-{uuid4().hex[:6]}",
        "version": 1,
        "person_id": person.id,
        "office_id": office.id,
        "valid_from": date(now.year, 1, 1),
        "valid_to": date(now.year + 1, 12, 31),
        "received_at": now,
    }
    programme = _added(session, Programme(**values | given))
    measure = _added(
        session,
        Measure(
            programme_id=programme.id,
            external_id="1",
            service=service,
            valid_from=programme.valid_from,
            valid_to=programme.valid_to,
            renew_on=date(now.year + 1, 1, 1) if programme.valid_to.year > now.year else None,
        ),
    )
    ends_on = min(programme.valid_to, date(now.year, 12, 31))
    hours = 3600 if service is Service.INTERPRETER else 480 * ((ends_on - now.date()).days + 1)
    units = pieces or hours
    entitlement = Entitlement(
        person_id=person.id,
        office_id=office.id,
        measure_id=measure.id,
        service=service,
        year=now.year,
        starts_on=now.date(),
        ends_on=ends_on,
        lasts_until=ends_on,
        granted=units,
        available=units,
        reserved=0,
        used=0,
        returned=0,
        waits_since=now.date(),
        reminder_due_on=now.date() + timedelta(days=31),
    )
    session.add(entitlement)
    ledger.grant(session, entitlement, units, now)
    session.flush()
    return entitlement


def end_on(entitlement: Entitlement, day: date, lasts_until: date | None = None) -> None:
    """Let an entitlement end on a day; goods that were ordered of it may come until it lasts no longer."""
    entitlement.ends_on, entitlement.lasts_until = day, lasts_until or day


def make_document(session: Session, kind: DocumentKind, subject_id: UUID, **given: Any) -> Document:
    """A prepared document without a signature."""
    body = given.pop("body", {"signers": [], "provider": {"bin": "0"}})
    return documents.prepare(session, kind, subject_id, body, **{"now": MONDAY} | given)


def make_order(
    session: Session,
    entitlement: Entitlement | None = None,
    offer: Offer | None = None,
    status: OrderStatus = OrderStatus.ACCEPTED,
    minutes: int | None = None,
    now: datetime = MONDAY,
    **given: Any,
) -> Order:
    """An order whose minutes are set aside in the entitlement (20 hours by default)."""
    entitlement = entitlement or make_programme(session, now=now)
    offer = offer or make_offer(session, service=entitlement.service)
    minutes = minutes or 1200
    identity = uuid4()
    document = make_document(
        session,
        DocumentKind.ORDER,
        identity,
        recipient_id=entitlement.person_id,
        provider_id=offer.provider_id,
        signer_id=entitlement.person_id,
        now=now,
    )
    assistant = entitlement.service is Service.ASSISTANT
    values: dict[str, Any] = {
        "id": identity,
        "entitlement_id": entitlement.id,
        "recipient_id": entitlement.person_id,
        "provider_id": offer.provider_id,
        "offer_id": offer.id,
        "office_id": entitlement.office_id,
        "service": entitlement.service,
        "status": status,
        "way": "offline",
        "starts_on": now.date(),
        "ends_on": entitlement.ends_on,
        "units": minutes,
        "minutes_a_day": 480 if assistant else None,
        "minutes_a_month": minutes,
        "reserved": 0,
        "used": 0,
        "price_tiyn": offer.price_tiyn,
        "guaranteed_tiyn": 58_993 if assistant else 908_250,
        "placed_at": now,
        "placed_by_id": entitlement.person_id,
        "answer_due_on": now.date() + timedelta(days=7),
        "answered_at": None if status is OrderStatus.PLACED else now,
        "document_id": document.id,
    }
    order = _added(session, Order(**values | given))
    ledger.reserve(session, entitlement, order, now)
    session.flush()
    return order


def make_hand_over(session: Session, order: Order, now: datetime = MONDAY) -> LogEntry:
    """All pieces of an order of goods, handed over at a moment."""
    values = {
        "order_id": order.id,
        "recipient_id": order.recipient_id,
        "service": order.service,
        "day": now.date(),
        "started_at": now,
        "ended_at": now,
        "units": order.units,
        "way": order.way,
        "price_tiyn": order.price_tiyn,
        "guaranteed_tiyn": order.guaranteed_tiyn,
        "form_id": uuid4(),
        "recorded_by_id": order.placed_by_id,
        "recorded_at": now,
    }
    entry = _added(session, LogEntry(**values))
    ledger.use(session, session.get_one(Entitlement, order.entitlement_id), order, entry.id, entry.units, now)
    session.flush()
    return entry


def make_entry(
    session: Session,
    order: Order,
    specialist: Specialist | None = None,
    day: date = date(2026, 3, 3),
    start: time = time(9),
    minutes: int = 120,
    **given: Any,
) -> LogEntry:
    """A visit of two hours in the log, its minutes used."""
    provider = session.get_one(Provider, order.provider_id)
    specialist = specialist or make_specialist(session, provider, order.service)
    person = session.get_one(Person, specialist.person_id)
    started = datetime.combine(day, start, ALMATY)
    values: dict[str, Any] = {
        "id": uuid4(),
        "order_id": order.id,
        "recipient_id": order.recipient_id,
        "service": order.service,
        "specialist_id": specialist.id,
        "specialist_number": person.number,
        "day": day,
        "started_at": started,
        "ended_at": started + timedelta(minutes=minutes),
        "units": minutes,
        "places": "Емхана" if order.service is Service.ASSISTANT else "",
        "way": "offline",
        "price_tiyn": order.price_tiyn,
        "guaranteed_tiyn": order.guaranteed_tiyn,
        "form_id": uuid4(),
        "recorded_by_id": person.id,
        "recorded_at": started + timedelta(minutes=minutes),
    }
    entry = _added(session, LogEntry(**values | given))
    ledger.use(session, session.get_one(Entitlement, order.entitlement_id), order, entry.id, entry.minutes, MONDAY)
    session.flush()
    return entry


def make_act(
    session: Session,
    order: Order | None = None,
    entries: tuple[LogEntry, ...] = (),
    status: ActStatus = ActStatus.SUBMITTED,
    **given: Any,
) -> Act:
    """An act of March for the given visits (one of two hours by default), at the order's rate."""
    order = order or make_order(session)
    entries = entries or (make_entry(session, order),)
    rate = min(order.price_tiyn, order.guaranteed_tiyn)
    minutes = sum(entry.minutes for entry in entries)
    per = units_a_price(order.service)
    amount, surcharge = minutes * rate // per, minutes * (order.price_tiyn - rate) // per
    identity = uuid4()
    parties = {
        "recipient_id": order.recipient_id,
        "provider_id": order.provider_id,
        "signer_id": order.recipient_id,
    }
    document = make_document(session, DocumentKind.ACT, identity, **parties)
    values: dict[str, Any] = {
        "id": identity,
        "order_id": order.id,
        "recipient_id": order.recipient_id,
        "provider_id": order.provider_id,
        "office_id": order.office_id,
        "service": order.service,
        "month": entries[0].day.replace(day=1),
        "status": status,
        "units": minutes,
        "amount_tiyn": amount,
        "surcharge_tiyn": surcharge,
        "document_id": document.id,
        "drawn_up_at": MONDAY,
        "drawn_up_by_id": order.placed_by_id,
        "submit_due_on": date(2026, 4, 10),
        "submitted_at": datetime(2026, 4, 3, 12, tzinfo=ALMATY),
        "check_due_on": date(2026, 4, 14),
    }
    act = _added(session, Act(**values | given))
    line = {"price_tiyn": order.price_tiyn, "guaranteed_tiyn": order.guaranteed_tiyn, "rate_tiyn": rate}
    amounts = {"units": minutes, "amount_tiyn": amount, "surcharge_tiyn": surcharge}
    _added(session, ActLine(act_id=act.id, position=1, **line, **amounts))
    for specialist_id in dict.fromkeys(entry.specialist_id for entry in entries if entry.specialist_id):
        of_one = sum(entry.minutes for entry in entries if entry.specialist_id == specialist_id)
        sheet_id = uuid4()
        sheet = make_document(session, DocumentKind.SHEET, sheet_id, **parties)
        _added(
            session,
            Sheet(id=sheet_id, act_id=act.id, specialist_id=specialist_id, minutes=of_one, document_id=sheet.id),
        )
    for entry in entries:
        entry.act_id = act.id
    if status in {ActStatus.ACCEPTED, ActStatus.PAID}:
        ledger.owe(session, order.entitlement, order, act.id, minutes, amount, MONDAY)
    if status is ActStatus.PAID:
        ledger.pay(session, order.entitlement, order, act.id, amount, MONDAY)
    session.flush()
    return act


def as_recipient(person: Person, by: Person | None = None) -> Actor:
    """The person themselves, or somebody else for them."""
    return Actor(Role.RECIPIENT, (by or person).id, person.id)


def as_provider(person: Person, provider: Provider) -> Actor:
    """Staff of a provider."""
    return Actor(Role.PROVIDER, person.id, organisation_id=provider.id)


def as_specialist(specialist: Specialist) -> Actor:
    """Somebody who serves."""
    return Actor(Role.SPECIALIST, specialist.person_id, organisation_id=specialist.provider_id)


def as_office(person: Person, office: Office) -> Actor:
    """Staff of an office."""
    return Actor(Role.OFFICE, person.id, organisation_id=office.id)


def as_ministry(person: Person) -> Actor:
    """Staff of the ministry."""
    return Actor(Role.MINISTRY, person.id, organisation_id=MINISTRY_ID)


def _added(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
