"""When nothing is chosen, said again (R34.3): reminders each month and, by edition 2023, the block after two."""

from calendar import monthrange
from datetime import date

from portal.rules.service import Service
from tests.simulator.model import RUNNING, Entitlement


def look(one: Entitlement, today: date) -> None:
    """After whatever happened: whether a choice waits, and since when."""
    if one.closed_on is not None or one.service is Service.SANATORIUM:
        one.waits_since = one.remind_on = one.blocked_on = None
    elif one.available == 0 or any(order.status in RUNNING for order in one.orders):
        one.remind_on = None
    elif one.remind_on is None and one.blocked_on is None and one.available > 0:
        wait(one, today)


def wait(one: Entitlement, today: date) -> None:
    """From today a provider can be chosen, of what is chosen here."""
    if one.service is Service.SANATORIUM:
        return
    one.waits_since, one.remind_on, one.blocked_on = today, months_after(today, 1), None


def remind(one: Entitlement, today: date, edition: str) -> None:
    """The day's work: an SMS, and the next one in a month; or the block."""
    since = one.waits_since
    if since is None or one.remind_on is None or one.remind_on > today:
        return
    if edition == "2023" and today >= months_after(since, 2):
        one.blocked_on, one.remind_on = today, None
        return
    one.remind_on = next(day for n in range(1, 99) if (day := months_after(since, n)) > today)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
