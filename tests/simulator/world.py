"""The world of a simulation: who there is, what time it is, and how a step is taken and compared.

A step calls `World.attempt` with what the portal should do and whether the model expects it to be refused. The step
then changes the model, and `World.check` compares the rows it touched with the database.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

import psycopg
from sqlalchemy.orm import Session

from portal import db
from portal.actor import Actor
from portal.clock import ALMATY
from portal.models.provider import Provider as ProviderRow
from portal.models.reference import GuaranteedAmount
from portal.operations.programmes import ProgrammeRefused
from portal.rules.identifiers import iin_with_check_digit
from portal.rules.law import RuleViolation
from portal.rules.roles import Role
from portal.rules.service import HOURLY, Service
from tests import factories as make
from tests.simulator import choosing, goods, model, papers, rows
from tests.simulator.bank import Bank
from tests.simulator.offices import Office
from tests.simulator.rows import THINGS, Wrong

T = TypeVar("T")
FIRST_DAY = date(2025, 9, 1)
LAST_DAY = date(2027, 10, 15)
"""The calendar must know the terms that begin on it."""


CITY, ANOTHER_CITY = make.PLACE, "101000000"
TWO_DISTRICTS = ("750000000", "751110000")
PLACES = ((CITY,), TWO_DISTRICTS, (ANOTHER_CITY,))
"""The districts of three offices; the second is that of a city of the republic."""


class Killed(Exception):  # noqa: N818 - what happens to a process
    """The process died before the commit."""


@dataclass(frozen=True)
class Specialist:
    """Somebody who serves, with their row's id."""

    id: UUID
    actor: Actor


@dataclass
class Offer:
    """What a provider renders at a price an hour, or an item of goods at a price a piece, with the ways to get it."""

    id: UUID
    service: Service
    price: int
    provider: "Provider"
    places: tuple[str, ...]
    code: str | None = None
    ways: tuple[str, ...] = ()


@dataclass
class Provider:
    """A provider with its staff."""

    id: UUID
    actor: Actor
    specialists: dict[Service, list[Specialist]]
    offers: list[Offer] = field(default_factory=list)

    @property
    def anybody(self) -> Actor:
        """One of its specialists."""
        return self.specialists[Service.ASSISTANT][0].actor


class World:
    """Everything that a step needs: chance, time, people, and the database with what should be in it."""

    def __init__(self, seed: str, url: str, edition: str) -> None:
        self.edition = edition
        self.rng = random.Random(seed)
        self.now = datetime.combine(FIRST_DAY, time(9), ALMATY)
        self.rows = psycopg.connect(url, autocommit=True)
        self.people: list[model.Person] = []
        self.providers: list[Provider] = []
        self.offices: list[Office] = []
        self.representatives: dict[str, UUID] = {}
        self.orders: list[model.Order] = []
        self.acts: list[papers.Act] = []
        self.bank = Bank()
        self.told: Counter[str] = Counter()
        self.asked = 0
        self.done = 0
        self.busy: dict[tuple[UUID, date], list[model.Visit]] = {}
        self.iins = _iins()
        self._touched: dict[int, THINGS] = {}
        self._begin()

    def close(self) -> None:
        """Give the connection back."""
        self.rows.close()

    @property
    def today(self) -> date:
        """The day it is."""
        return self.now.date()

    @property
    def minute(self) -> int:
        """The minute of the day it is."""
        return self.now.hour * 60 + self.now.minute

    @property
    def mark(self) -> str:
        """When it is, how much has happened, and who and what came last."""
        newest = *(one.id for one in self.people[-1:]), *(one.id for one in self.orders[-1:])
        return f"{self.now} {self.asked} {newest}"

    @property
    def entitlements(self) -> list[model.Entitlement]:
        """All entitlements."""
        return [one for person in self.people for one in person.entitlements]

    @property
    def claims(self) -> list[papers.Claim]:
        """All claims, the oldest first."""
        return sorted((claim for act in self.acts for claim in act.claims), key=lambda claim: claim.number)

    def clerk(self, office: Office) -> Actor:
        """Somebody of an office; now and then of another one, who finds nothing."""
        return self.rng.choice(office.clerks if self.chance(0.96) else self.rng.choice(self.offices).clerks)

    def acting_for(self, person: model.Person) -> Actor:
        """A recipient, or somebody who acts for them."""
        others = sorted(set(person.acting.values()))
        who = self.rng.choice(others) if others and self.chance(0.5) else person.id
        return Actor(Role.RECIPIENT, who, person.id)

    def office_of(self, place: str) -> Office:
        """The office of a district."""
        return next(office for office in self.offices if place in office.places)

    def elsewhere(self, visit: model.Visit) -> bool:
        """Whether its specialist serves somebody else at the time of a visit."""
        others = [] if visit.is_of_goods else self.busy[visit.specialist.id, visit.day]
        return any(one.overlaps(visit) for one in others if one is not visit and not one.struck)

    def tell(self, what: str) -> None:
        """Count something worth knowing that no name of a step says."""
        self.told[what] += 1

    def pick_orders(self, most: int) -> list[model.Order]:
        """Some orders that were served, mostly late ones."""
        served = [order for order in self.orders if order.visits]
        return [order for _ in range(most) if (order := self.pick(served)) is not None][:most]

    def pick(self, things: Iterable[T], late: bool = True) -> T | None:
        """One of them by chance, mostly one of the last; None when there is none."""
        found: Sequence[T] = things if isinstance(things, list) else list(things)
        if not found:
            return None
        return self.rng.choice(found[-12:] if late and self.chance(0.8) else found)

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.rng.random() < share

    def attempt(
        self, deed: Callable[[Session], T], *, allowed: bool, again: bool = False, note: Callable[[T], object] = id
    ) -> T | None:
        """Do it through the real operation; None when it was refused, as the model expected.

        Now and then the process dies just before the commit, which must leave nothing. With `again` the answer is
        sometimes lost, so the same is asked once more and must change nothing. `note` reads what only the session has.
        """
        if allowed and self.chance(0.02):
            self._die(deed)
        self.asked += 1
        try:
            with db.transaction() as session:
                result = deed(session)
                note(result)
        except (RuleViolation, ProgrammeRefused, LookupError) as refusal:
            if allowed or isinstance(refusal, KeyError | IndexError):
                raise Wrong(f"it was refused: {refusal}") from refusal
            return None
        self.done += 1
        if not allowed:
            raise Wrong("it was done, and should have been refused")
        if again and self.chance(0.2):
            self.asked += 1
            with db.transaction() as session:
                deed(session)
        return result

    def _die(self, deed: Callable[[Session], T]) -> None:
        self.asked += 1
        try:
            with db.transaction() as session:
                deed(session)
                session.flush()
                raise Killed
        except Killed:
            return

    def touch(self, *things: THINGS | None) -> None:
        """These rows are compared after the step; of an order, act or visit its entitlement, too."""
        for thing in things:
            if thing is not None and id(thing) not in self._touched:
                self._touched[id(thing)] = thing
                self.touch(*rows.above(thing))

    def check(self) -> None:
        """Compare what was touched with the database."""
        touched, self._touched = list(self._touched.values()), {}
        for one in touched:
            if isinstance(one, model.Entitlement):
                choosing.look(one, self.today)
        rows.identify_claims(self.rows, [one for one in touched if isinstance(one, papers.Act)])
        rows.compare(self.rows, touched)

    def check_all(self) -> None:
        """Compare everything that there is with the database, and that nothing else is there."""
        rows.compare(self.rows, self.people)
        rows.compare_actors(self.rows, self.people)
        rows.compare(self.rows, [programme for person in self.people for programme in person.programmes])
        visits = [visit for order in self.orders for visit in order.visits]
        payments = [act.payment for act in self.acts if act.payment]
        for things in (self.entitlements, self.orders, visits, self.acts, payments, self.claims):
            rows.compare(self.rows, things)
            rows.count(self.rows, things)
        asked = {str(one.id): one for claim in self.claims for one in claim.reversals}
        rows.compare(self.rows, list(asked.values()))
        self.bank.compare(
            {key: one.amount for key, one in asked.items()}, {k for k, one in asked.items() if one.has_come}
        )

    def identify(self, person: model.Person) -> None:
        """Learn the ids of entitlements that the portal gave; those that the model expects must be there."""
        query = "SELECT id, measure_id, year, quarter FROM entitlements WHERE person_id = %s"
        ids = {(row[1], (row[2], row[3])): row[0] for row in self.rows.execute(query, [person.id], prepare=True)}
        for one in person.entitlements:
            if (identity := ids.pop((one.measure.id, one.period), None)) is None:
                raise Wrong(f"no entitlement of {one.period} was given")
            one.id = identity
            self.touch(one)
        if ids:
            raise Wrong(f"entitlements that nobody expected: {ids}")

    def _begin(self) -> None:
        """Three offices with three clerks each, and three providers, each with two specialists a service.

        Of each office one clerk may be named as somebody's representative, beside others.
        Providers are cheap or dear; one serves everywhere, the others do not come to one of the offices' districts.
        """
        with db.transaction() as session:
            for places in PLACES:
                office = make.office_here(session, places[0])
                staff = [make.make_clerk(session, office) for _ in range(3)]
                self.offices.append(Office(office.id, places, tuple(make.as_office(one, office) for one in staff)))
                acting = [staff[0], *(make.make_person(session) for _ in range(3))]
                self.representatives |= {one.iin: one.id for one in acting}
            for dearer, served in ((0.8, PLACES), (1.0, PLACES[:2]), (1.3, PLACES[::2])):
                come_to = tuple(place for of_office in served for place in of_office)
                row = make.make_provider(session)
                actor = make.as_provider(make.make_staff(session, row), row)
                provider = Provider(row.id, actor, {})
                for service in sorted(HOURLY):
                    made = [make.make_specialist(session, row, service) for _ in range(2)]
                    provider.specialists[service] = [Specialist(one.id, make.as_specialist(one)) for one in made]
                    price = int((60_007 if service is Service.ASSISTANT else 950_003) * dearer)
                    said = {"price_tiyn": price, "published_on": date(2024, 1, 1)}
                    offer = make.make_offer(session, row, service, come_to, **said)
                    provider.offers.append(Offer(offer.id, service, price, provider, come_to))
                self.providers.append(provider)
            _offer_goods(session, self.providers)

    def later(self, most_minutes: int) -> None:
        """Some minutes pass; in the evening only moments, so that it stays the same day."""
        evening = self.now.replace(hour=23, minute=50, second=0)
        then = self.now + timedelta(minutes=self.rng.randint(1, most_minutes))
        self.now = then if then < evening else max(self.now, evening) + timedelta(milliseconds=1)


def _offer_goods(session: Session, providers: Sequence[Provider]) -> None:
    """Every item at each provider, cheap or dear, with its guaranteed amounts; one delivers only, one never does."""
    for code, amounts in goods.AMOUNTS.items():
        for since, tiyn in amounts:
            session.add(GuaranteedAmount(code=code, valid_from=since, tiyn=tiyn, basis="simulated"))
    of_items = [(service, code) for service, codes in goods.ITEMS.items() for code in codes]
    ways = (("delivery", "pick_up"), ("delivery",), ("pick_up",))
    for provider, its_ways, share in zip(providers, ways, (1.2, 0.9, 1.0), strict=True):
        row, places = session.get_one(ProviderRow, provider.id), provider.offers[0].places
        for service, code in of_items:
            price = int(goods.AMOUNTS[code][0][1] * share)
            said = {"price_tiyn": price, "published_on": date(2024, 1, 1)}
            said |= {"delivers": "delivery" in its_ways, "pick_up": "pick_up" in its_ways}
            made = make.make_goods_offer(session, code, service, row, places, **said)
            provider.offers.append(Offer(made.id, service, price, provider, places, code, its_ways))


def _iins() -> Iterator[str]:
    """IINs that nobody in this world has."""
    for number in range(50_000):
        iin = iin_with_check_digit(f"800517{1 + number // 10_000}{number % 10_000:04d}")
        if iin is not None and iin[6] != "3":
            yield iin
