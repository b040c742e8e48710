"""What a newer version of a programme does, said a second time (R42.3)."""

from datetime import date

from portal.rules.service import Service
from tests.simulator import choosing
from tests.simulator.expected import days_of, grant, own, renew
from tests.simulator.late_news import end_entitlement
from tests.simulator.model import Entitlement, Measure
from tests.simulator.papers import Act


def bring(measure: Measure, today: date) -> list[Act]:
    """What a newer version changes in all years of a measure (R42.3); says which acts it cancels."""
    cancelled: list[Act] = []
    for period in sorted(measure.entitlements):
        one = measure.entitlements[period]
        last = measure.valid_to if measure.is_once else min(measure.valid_to, max(period.last, one.lasts_until))
        if last < max(today, measure.valid_from, date.min if measure.is_once else period.first):
            if (one.closed_on or date.max) > min(last, today):
                cancelled += end_entitlement(one, min(last, today))
                if last >= today:
                    one.person.looked_at_again.add(one.service)
        elif one.closed_on is None:
            one.office = measure.programme.office
            _adjust(one, today)
        else:
            _reopen(one, today)
    renew(measure, today)
    return cancelled


def _adjust(one: Entitlement, today: date) -> None:
    since = min(one.starts_on, today)
    before, days = (one.starts_on, one.ends_on), days_of(one.measure, one.period, since)
    if days:
        one.starts_on = days[0]
        one.end_on(days[1])
    given = grant(one.measure, one.period, since)
    units = given[2] if given else 0
    if days == before:
        units = max(units, min(one.given, own(one.measure, one.period, days)))
    difference = units - one.given
    if difference > 0:
        one.more(difference)
    elif difference < 0:
        one.fewer(-difference)


def _reopen(one: Entitlement, today: date) -> None:
    given = grant(one.measure, one.period, today)
    used = 0 if one.service is Service.ASSISTANT else one.used
    if given is not None and given[2] > used:
        one.closed_on, one.ended_by = None, None
        days = days_of(one.measure, one.period, min(one.starts_on, today))
        one.starts_on = days[0] if days else given[0]
        one.end_on(given[1])
        one.office = one.measure.programme.office
        choosing.wait(one, today)
        one.more(given[2] - used)
