"""Loading the demo into an empty database: people, offices' staff, providers, keys, payment accounts, a story."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal import clock
from portal.db import reading, transaction
from portal.demo import ca, stripe
from portal.demo.people import (
    AMOUNTS,
    CLERKS,
    FIRMS,
    MINISTRY_CLERK,
    RECIPIENTS,
    Firm,
    Goods,
    Offering,
    Somebody,
    everybody,
)
from portal.demo.story import Story
from portal.models.message import SmsMessage, SmsStatus
from portal.models.ministry import MinistryStaff
from portal.models.offer import Offer, OfferPlace
from portal.models.office import OfficeStaff
from portal.models.person import Kinship, Person
from portal.models.provider import Provider, ProviderStaff, Specialist
from portal.models.reference import GuaranteedAmount
from portal.payments.client import PaymentClient
from portal.queries import people, reference
from portal.rules.service import Service
from portal.signing import verifier
from portal.signing.seal import new_key

SINCE = date(2020, 1, 1)


def load(data: Path) -> str:
    """Load everything, or nothing when the database holds people already; says which."""
    with reading() as session:
        if session.scalars(select(Person.id).limit(1)).first() is not None:
            return "The database holds people already: nothing was loaded."
    keys = ca.place(data)
    with transaction() as session:
        _people(session)
        _ministry(session)
        _amounts(session)
    server = stripe.start(data, 0, "sk_test_loading")
    try:
        with PaymentClient(f"http://127.0.0.1:{server.port}", "sk_test_loading") as client:
            with transaction() as session:
                for firm in FIRMS:
                    _provider(session, firm, client)
            Story(keys, verifier.load(keys / "trust"), client, clock.now()).tell()
    finally:
        server.stop()
    with transaction() as session:
        _long_delivered(session, clock.now())
        make_kin(session, *(one for one in everybody().values() if one.key in {"erlan", "daniyar"}))
    return "The demo's people and their story are loaded."


def make_keys(data: Path) -> None:
    """The demo's authority, and keys for everybody who signs; what is there already is kept."""
    ca.make(ca.place(data), _key_owners())
    seal = ca.place(data) / "journal.pem"
    if not seal.exists():
        seal.touch(mode=0o600)
        seal.write_bytes(new_key())


def _key_owners() -> list[ca.KeyOwner]:
    heads = {firm.head.iin: firm for firm in FIRMS if firm.kind == "legal"}
    return [
        ca.KeyOwner(
            one.iin,
            one.last_name,
            one.first_name,
            ca.Org(heads[one.iin].bin, heads[one.iin].name_ru) if one.iin in heads else None,
        )
        for one in everybody().values()
        if one.phone
    ]


def _people(session: Session) -> None:
    """Staff, heads, specialists and the mother; recipients come with their programmes."""
    for one in everybody().values():
        if one not in RECIPIENTS:
            session.add(person_of(one))
    session.flush()
    for one in CLERKS:
        place = reference.place(session, one.place)
        office = reference.office_of_place(session, place.code) if place else None
        known = people.by_iin(session, one.iin)
        if office is not None and known is not None:
            session.add(OfficeStaff(person_id=known.id, office_id=office.id, since_on=SINCE))


def _ministry(session: Session) -> None:
    known = people.by_iin(session, MINISTRY_CLERK.iin)
    if known is not None:
        session.add(MinistryStaff(person_id=known.id, since_on=SINCE))


def person_of(one: Somebody) -> Person:
    """A row for somebody of the demo."""
    return Person(
        iin=one.iin,
        last_name=one.last_name,
        first_name=one.first_name,
        middle_name=one.middle_name,
        birth_date=one.born,
        language=one.language,
        phone=one.phone,
        place_code=one.place,
        address=one.address,
    )


def _provider(session: Session, firm: Firm, client: PaymentClient) -> None:
    key = f"account-{firm.bin}"
    account = client.create_account(name=firm.name_ru, metadata={"bin": firm.bin}, idempotency_key=key)
    provider = Provider(
        bin=firm.bin,
        kind=firm.kind,
        name_kk=firm.name_kk,
        name_ru=firm.name_ru,
        about_kk=firm.about_kk,
        about_ru=firm.about_ru,
        phone=firm.head.phone or "",
        iban=firm.iban,
        bic=firm.bic,
        payment_account=account.id,
    )
    session.add(provider)
    session.flush()
    session.add(ProviderStaff(person_id=_known(session, firm.head).id, provider_id=provider.id, is_head=True))
    for one in firm.specialists:
        for service in one.serves:
            session.add(_specialist(_known(session, one).id, provider.id, service, firm))
    for offering in firm.offers:
        offer = _offer(offering, provider.id, firm)
        session.add(offer)
        session.flush()
        _holds_in(session, offer, offering.places)
    for goods in firm.goods:
        offer = _goods(goods, provider.id)
        session.add(offer)
        session.flush()
        _holds_in(session, offer, goods.places)


def _holds_in(session: Session, offer: Offer, places: Sequence[str]) -> None:
    for place in places:
        session.add(OfferPlace(place_code=place, service=offer.service, offer_id=offer.id))


def _specialist(person_id: UUID, provider_id: UUID, service: Service, firm: Firm) -> Specialist:
    return Specialist(
        person_id=person_id,
        provider_id=provider_id,
        service=service,
        languages=list(firm.languages),
        since_on=SINCE,
    )


def _offer(offering: Offering, provider_id: UUID, firm: Firm) -> Offer:
    return Offer(
        provider_id=provider_id,
        service=offering.service,
        price_tiyn=offering.price_tiyn,
        capacity_minutes_a_month=offering.hours_a_month * 60,
        languages=list(firm.languages),
        at_home=offering.at_home,
        online=offering.online,
        published_on=SINCE,
    )


def _goods(goods: Goods, provider_id: UUID) -> Offer:
    return Offer(
        provider_id=provider_id,
        service=goods.service,
        classifier_code=goods.code,
        model=goods.model,
        price_tiyn=goods.price_tiyn,
        capacity_minutes_a_month=0,
        at_home=False,
        delivers=goods.delivers,
        pick_up=goods.pick_up,
        published_on=SINCE,
    )


def _amounts(session: Session) -> None:
    """What the state pays for a piece: the ministry's amounts of goods are not in the portal's own data."""
    basis = "Көрсетілім: ойдан шығарылған сома. Демонстрация: сумма придумана."
    session.add_all(
        GuaranteedAmount(code=code, valid_from=SINCE, tiyn=tiyn, basis=basis) for code, tiyn in AMOUNTS.items()
    )


def _long_delivered(session: Session, now: datetime) -> None:
    """The SMS of the story were read long ago; only those of the last days are still to go out."""
    session.execute(
        update(SmsMessage)
        .where(SmsMessage.owed_at < now - timedelta(days=3))
        .values(status=SmsStatus.DELIVERED, sent_at=SmsMessage.owed_at, delivered_at=SmsMessage.owed_at)
    )


def make_kin(session: Session, one: Somebody, other: Somebody) -> None:
    """Write down both ways that two people are kin."""
    first, second = _known(session, one), _known(session, other)
    session.add(Kinship(person_id=first.id, relative_id=second.id))
    session.add(Kinship(person_id=second.id, relative_id=first.id))


def _known(session: Session, one: Somebody) -> Person:
    found = people.by_iin(session, one.iin)
    if found is None:
        raise LookupError("a person of the demo is missing")
    return found
