"""Goods that come back (R83.6, R42.11): the form, and what follows; the same for provider and office."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from portal import clock
from portal.forms import ChoiceField, DayField, InputRequired, PortalForm
from portal.i18n import gettext as _
from portal.models.act import Act
from portal.models.payment import Payment
from portal.models.service_log import LogEntry
from portal.queries import acts
from portal.queries.acts import CONCLUDED, UNSENT
from portal.rules.acts import WITH_OFFICE, ActStatus
from portal.rules.goods_orders import GivenBack
from portal.rules.payments import may_be_out

REASONS = [
    (GivenBack.FAULTY.value, _l("They are faulty")),
    (GivenBack.NOT_AS_ORDERED.value, _l("They are not what was ordered")),
    (GivenBack.DOES_NOT_FIT.value, _l("They do not fit")),
    (GivenBack.NOT_WANTED.value, _l("The recipient does not want them")),
]


class BackForm(PortalForm):
    """When the goods came back, and why."""

    day = DayField(
        _l("On which day did the goods come back?"),
        [InputRequired(_l("Enter the day on which the goods came back"))],
        default=clock.today,
    )
    reason = ChoiceField(
        _l("Why did they come back?"),
        [InputRequired(_l("Choose why the goods came back"))],
        _l("The recipient, the provider and the office see what you choose."),
        choices=REASONS,
        coerce=GivenBack,
    )


def what_follows(session: Session, entry: LogEntry) -> list[str]:
    """What comes of it when the goods of this hand-over come back now, sentence by sentence."""
    act = session.get(Act, entry.act_id) if entry.act_id else None
    payment = acts.payments_of(session, [act.id]).get(act.id) if act else None
    free = _("The pieces are free again, and the recipient may order anew. An SMS tells them.")
    if entry.order.entitlement.closed_on is not None:
        free = _("The pieces go back to the state: the programme gives nothing of them any more.")
    return [free, *([_of_act(act, payment)] if act and act.status in _TOLD else [])]


_TOLD = frozenset({*UNSENT, *WITH_OFFICE, *CONCLUDED})


def _of_act(act: Act, payment: Payment | None) -> str:
    if act.status in UNSENT:
        return _("Act %(number)s is cancelled.", number=act.number)
    if act.status in WITH_OFFICE:
        return _("Act %(number)s goes back from the office. Nothing is paid for it.", number=act.number)
    if act.status is ActStatus.PAID:
        return _("Act %(number)s is paid. The provider pays the money back within 15 days.", number=act.number)
    if payment is not None and may_be_out(payment.status, payment.failure_code):
        return _("The payment of act %(number)s is on its way just now. Wait until it has arrived.", number=act.number)
    return _("Act %(number)s is set aside, and its payment is cancelled.", number=act.number)
