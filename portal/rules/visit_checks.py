"""Checks of the visits of an act: person and programme, order and volume, time (R34.1, R42.1–R42.3, RI.1–RI.4)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise

from portal.rules.check_facts import ActFacts, Finding, Level, VisitTime
from portal.rules.law import N_, law
from portal.rules.orders import OrderStatus
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY, INTERPRETER_MINUTES_A_YEAR
from portal.rules.quantities import day_of
from portal.rules.service import Service

LONG_DAY_MINUTES = 12 * 60
SHORT_REST_MINUTES = 8 * 60
LATE_ENTRY_DAYS = 7
REGULAR_VISITS = 10


@law("RI.4")
def after_death(act: ActFacts) -> Iterator[Finding]:
    """K5: no visit on a day after the recipient's death; one on the day itself is looked at."""
    if act.died_on is None:
        return
    if any(visit.day > act.died_on for visit in act.visits):
        late = act.said(
            N_("A visit is dated after the recipient’s death."), N_("The goods were handed over after the death.")
        )
        yield Finding("K5", Level.BLOCK, late, {"died_on": act.died_on}, "RI.4")
    elif any(visit.day == act.died_on for visit in act.visits):
        yield Finding(
            "K5",
            Level.HOLD,
            act.said(
                N_("A visit is dated on the day of the recipient’s death."),
                N_("The goods were handed over on the day of the recipient’s death."),
            ),
            {"died_on": act.died_on},
            "RI.4",
        )


@law("RI.4", "R42.2")
def outside_days(act: ActFacts) -> Iterator[Finding]:
    """K6, K10: no visit after departure, or outside the days of the order, which are inside those of the programme."""
    if act.departed_on is not None and any(visit.day > act.departed_on for visit in act.visits):
        yield Finding(
            "K6",
            Level.BLOCK,
            act.said(
                N_("A visit is dated after the recipient left."),
                N_("The goods were handed over after the recipient left."),
            ),
            {"departed_on": act.departed_on},
            "RI.4",
        )
    outside = [v.day for v in act.visits if not act.order_starts_on <= v.day <= act.order_ends_on]
    if outside:
        yield Finding(
            "K10",
            Level.BLOCK,
            act.said(
                N_("The visit of %(day_on)s is outside the order, which runs from %(starts_on)s to %(ends_on)s."),
                N_(
                    "The goods were handed over on %(day_on)s, outside the order, "
                    "which runs from %(starts_on)s to %(ends_on)s."
                ),
            ),
            {"day_on": min(outside), "starts_on": act.order_starts_on, "ends_on": act.order_ends_on},
            "R42.2",
        )


@law("R83.1", "R83.3")
def without_order(act: ActFacts) -> Iterator[Finding]:
    """K9: the order was signed, and accepted before the first visit."""
    known = {OrderStatus.ACCEPTED, OrderStatus.STOPPED, OrderStatus.CLOSED}
    if not act.order_signed or act.order_status not in known or act.accepted_on is None:
        yield Finding("K9", Level.BLOCK, N_("There is no signed and accepted order behind this act."), {}, "R83.1")
        return
    first = min((visit.day for visit in act.visits), default=act.accepted_on)
    if first < act.accepted_on:
        yield Finding(
            "K9",
            Level.BLOCK,
            act.said(
                N_("The visit of %(day_on)s is before the provider accepted the order on %(accepted_on)s."),
                N_(
                    "The goods were handed over on %(day_on)s, "
                    "before the provider accepted the order on %(accepted_on)s."
                ),
            ),
            {"day_on": first, "accepted_on": act.accepted_on},
            "R42.3",
        )


@law("RI.1", "R34.1")
def too_much(act: ActFacts) -> Iterator[Finding]:
    """K11, K12, K14: not more than the order, the entitlement, and the interpreter's 60 hours a year."""
    limits = [
        ("K11", act.used, act.ordered, N_("%(used_volume)s are used of %(limit_volume)s ordered.")),
        (
            "K12",
            act.entitlement_used,
            act.granted,
            N_("%(used_volume)s are used of %(limit_volume)s that the programme gives."),
        ),
    ]
    if act.service == Service.INTERPRETER:
        year = INTERPRETER_MINUTES_A_YEAR.on(act.month)
        limits.append(
            ("K14", act.year_minutes, year, N_("%(used_volume)s are used of %(limit_volume)s a calendar year."))
        )
    for code, used, limit, message in limits:
        if used > limit:
            figures = {"used_volume": (used, act.service), "limit_volume": (limit, act.service)}
            yield Finding(code, Level.BLOCK, message, figures, "RI.1")


@law("R34.1", "RI.3")
def too_much_a_day(act: ActFacts) -> Iterator[Finding]:
    """K13: at most 8 hours of assistant a day, all providers together."""
    if act.service != Service.ASSISTANT:
        return
    of_day: Counter[date] = Counter()
    for visit in [*act.visits, *act.of_recipient]:
        of_day[visit.day] += visit.minutes
    for day in sorted({visit.day for visit in act.visits}):
        if of_day[day] > (limit := ASSISTANT_MINUTES_A_DAY.on(day)):
            yield Finding(
                "K13",
                Level.BLOCK,
                N_("On %(day_on)s %(used_minutes)s are logged, more than %(limit_minutes)s a day."),
                {"day_on": day, "used_minutes": of_day[day], "limit_minutes": limit},
                "R34.1",
            )


@law("RI.3")
def specialist_in_two_places(act: ActFacts) -> Iterator[Finding]:
    """K21: no minute in which a specialist is with two recipients, or twice with one."""
    for day in _clashes(act.visits, act.of_specialists, same_specialist=True):
        yield Finding(
            "K21", Level.BLOCK, N_("On %(day_on)s a specialist is in two places at one time."), {"day_on": day}, "RI.3"
        )


@law("RI.2")
def recipient_served_twice(act: ActFacts) -> Iterator[Finding]:
    """K22: two specialists of the same service with one recipient at one time are looked at."""
    for day in _clashes(act.visits, act.of_recipient, same_specialist=False):
        yield Finding(
            "K22",
            Level.HOLD,
            N_("On %(day_on)s two specialists serve the recipient at one time."),
            {"day_on": day},
            "RI.2",
        )


@law("R42.1")
def improbable_day(act: ActFacts) -> Iterator[Finding]:
    """K25: a specialist who works more than 12 hours a day, or rests less than 8 hours between two days."""
    of: defaultdict[object, list[VisitTime]] = defaultdict(list)
    every: list[VisitTime] = [*act.visits, *act.of_specialists]
    for visit in every:
        of[visit.specialist_id].append(visit)
    ours = {(visit.specialist_id, visit.day) for visit in act.visits}
    found: set[date] = set()
    for specialist_id, visits in of.items():
        found |= {day for day in _improbable(visits) if (specialist_id, day) in ours}
    for day in sorted(found):
        yield Finding(
            "K25", Level.HOLD, N_("A specialist’s day is improbably long on %(day_on)s."), {"day_on": day}, "R42.1"
        )


@law("R42.1")
def written_late(act: ActFacts) -> Iterator[Finding]:
    """K32: no visit that was still to come when written down; one written down more than a week later is looked at."""
    if any(visit.recorded_at < visit.ended_at for visit in act.visits):
        early = act.said(
            N_("A visit was written down before it was over."), N_("The hand-over was written down before it was made.")
        )
        yield Finding("K32", Level.BLOCK, early, {}, "R42.1")
    late = [v for v in act.visits if day_of(v.recorded_at) > v.day + timedelta(days=LATE_ENTRY_DAYS)]
    if late:
        yield Finding(
            "K32",
            Level.HOLD,
            act.said(
                N_("%(count)s of the visits were written down more than %(days)s days later."),
                N_("The hand-over was written down more than %(days)s days later."),
            ),
            {"count": len(late), "days": LATE_ENTRY_DAYS},
            "R42.1",
        )


@law("R42.1")
def too_regular(act: ActFacts) -> Iterator[Finding]:
    """K38: ten visits or more that all begin and end at the same minute."""
    times = {(visit.started_at.timetz(), visit.ended_at.timetz()) for visit in act.visits}
    if len(act.visits) >= REGULAR_VISITS and len(times) == 1:
        yield Finding(
            "K38",
            Level.HOLD,
            N_("All %(count)s visits begin and end at the same minute."),
            {"count": len(act.visits)},
            "R42.1",
        )


@law("RI.2")
def twice_the_same(act: ActFacts) -> Iterator[Finding]:
    """K39: no visit of the same specialist with the same start or the same end stands twice."""
    for at in ("started_at", "ended_at"):
        seen = Counter((visit.specialist_id, getattr(visit, at)) for visit in act.visits)
        if any(count > 1 for count in seen.values()):
            yield Finding("K39", Level.BLOCK, N_("The same visit stands in the act twice."), {}, "RI.2")
            return


VISIT_CHECKS = (
    after_death,
    outside_days,
    without_order,
    too_much,
    too_much_a_day,
    specialist_in_two_places,
    recipient_served_twice,
    improbable_day,
    written_late,
    too_regular,
    twice_the_same,
)


def _clashes(visits: Iterable[VisitTime], others: Iterable[VisitTime], *, same_specialist: bool) -> list[date]:
    ours, elsewhere = list(visits), list(others)
    days = {
        one.day
        for at, one in enumerate(ours)
        for two in ours[at + 1 :] + elsewhere
        if (one.specialist_id == two.specialist_id) is same_specialist and one.overlaps(two)
    }
    return sorted(days)


def _improbable(visits: list[VisitTime]) -> set[date]:
    of_day: Counter[date] = Counter()
    for visit in visits:
        of_day[visit.day] += visit.minutes
    days = {day for day, minutes in of_day.items() if minutes > LONG_DAY_MINUTES}
    for one, two in pairwise(sorted(visits, key=lambda visit: visit.started_at)):
        rest = two.started_at - one.ended_at
        if one.day != two.day and timedelta(0) < rest < timedelta(minutes=SHORT_REST_MINUTES):
            days.add(two.day)
    return days
