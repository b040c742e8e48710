"""When a visit that was struck by mistake stands again: as far as it still fits into the log (RI.1, RI.2, R34.1)."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from portal.rules.goods_orders import GIVEN_BACK_LABELS
from portal.rules.law import N_, law
from portal.rules.order_reasons import CLOSE_LABELS
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.quantities import overlap
from portal.rules.service import Service
from portal.rules.service_log import Logged


class StaysStruck(StrEnum):
    """Why a visit that was struck by mistake stays struck all the same."""

    HOURS_USED = "hours_used"
    SPECIALIST_ELSEWHERE = "specialist_elsewhere"
    SERVED_BY_ANOTHER = "served_by_another"
    DAY_IS_FULL = "day_is_full"


STRUCK_LABELS: Mapping[str, str] = {
    **{reason.value: text for reason, text in CLOSE_LABELS.items()},
    **{reason.value: text for reason, text in GIVEN_BACK_LABELS.items()},
    StaysStruck.HOURS_USED.value: N_("What it had used went to somebody else since"),
    StaysStruck.SPECIALIST_ELSEWHERE.value: N_("The specialist has another visit at that time"),
    StaysStruck.SERVED_BY_ANOTHER.value: N_("Another specialist was with the recipient at that time"),
    StaysStruck.DAY_IS_FULL.value: N_("The limit of that day is used by other visits"),
}
"""Why the portal itself strikes a visit, or goods that came back; people say it in their own words."""


@law("R83.6", "RI.1", "RI.2", "RI.3", "R34.1")
def stays_struck(
    visit: Logged, service: Service, left_minutes: int, of_specialist: Iterable[Logged], of_recipient: Iterable[Logged]
) -> StaysStruck | None:
    """Why a visit that was struck by mistake does not fit into the log any more; None when it stands again.

    `of_specialist`: the specialist's visits of that day, with whomever; `of_recipient`: the recipient's of this
    service, by all providers; neither has it among them. `left_minutes`: what its order and entitlement have for it.
    """
    beside = list(of_recipient)
    if visit.minutes > left_minutes:
        return StaysStruck.HOURS_USED
    if _meets(visit, of_specialist):
        return StaysStruck.SPECIALIST_ELSEWHERE
    if _meets(visit, beside):
        return StaysStruck.SERVED_BY_ANOTHER
    of_day = sum((one.minutes for one in beside), visit.minutes)
    is_full = service is Service.ASSISTANT and of_day > ASSISTANT_MINUTES_A_DAY.on(visit.day)
    return StaysStruck.DAY_IS_FULL if is_full else None


def _meets(visit: Logged, others: Iterable[Logged]) -> bool:
    return any(overlap((visit.started_at, visit.ended_at), (one.started_at, one.ended_at)) for one in others)
