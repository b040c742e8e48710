"""An act (R42.5–R42.9): what it says, whose signatures it lacks, what the checks find, what can be done with it."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock
from portal import format as show
from portal.auth import actor
from portal.db import get_session, transaction
from portal.format import violation_text
from portal.forms import InputRequired, NoteField, PortalForm
from portal.i18n import gettext as _
from portal.models.act import Act
from portal.models.document import DocumentKind
from portal.models.payment import Payment
from portal.operations import acts as operations
from portal.operations import documents
from portal.provider import blueprint, provider_id
from portal.provider.order_life import paid_between, step
from portal.queries import act_facts, acts, service_log
from portal.read_and_sign import download, get_document
from portal.rules.acts import MOVES, RETURN_LABELS, STATUS_LABELS, ActStatus
from portal.rules.check_facts import Finding, Level
from portal.rules.checks import check_act
from portal.rules.goods_orders import GETTING_LABELS
from portal.rules.law import RuleViolation
from portal.rules.moves import available_actions
from portal.rules.payments import label as payment_label
from portal.rules.service import GOODS

TONES = {
    ActStatus.DRAWN_UP: "waiting",
    ActStatus.SIGNED: "waiting",
    ActStatus.ACCEPTED: "good",
    ActStatus.PAID: "good",
    ActStatus.RETURNED: "late",
    ActStatus.SET_ASIDE: "late",
}


class WithdrawForm(PortalForm):
    """Why a sent act is taken back."""

    reason = NoteField(
        _l("Why do you take the act back?"),
        [InputRequired(_l("Say in a few words why you take the act back"))],
        _l("The office sees the reason."),
        max_length=300,
        rows=3,
    )


@blueprint.get("/months/acts/<uuid:act_id>")
def act(act_id: UUID) -> str:
    """Everything about one act, with the checks that the office will make."""
    found = acts.get_for_provider(get_session(), act_id, provider_id())
    return render_template(
        "provider/act.html",
        act=found,
        label=STATUS_LABELS[found.status],
        tone=TONES.get(found.status, "quiet"),
        reason=RETURN_LABELS.get(found.reason, ""),  # type: ignore[call-overload]
        findings=findings_of(found),
        levels=Level,
        say=said,
        actions=[action.value for action in available_actions(MOVES, found.status, actor().role)],
        **_around(found),
    )


def _around(found: Act) -> dict[str, Any]:
    """What stands beside an act: whose signatures it lacks, what corrects it, its visits and its life."""
    session = get_session()
    payment = acts.payments_of(session, [found.id]).get(found.id)
    return {
        "goods": found.service in GOODS,
        "ways": GETTING_LABELS,
        "payment": payment,
        "lacking": acts.lacking(session, [found])[found.id],
        "correction": acts.correction_of(session, found),
        "visits": service_log.of_act(session, found.id),
        "steps": timeline(found, payment),
    }


@blueprint.get("/months/acts/<uuid:act_id>/document")
def act_document(act_id: UUID) -> ResponseReturnValue:
    """What is signed, in words, with who has signed it; with `?file=1` the very bytes."""
    found = acts.get_for_provider(get_session(), act_id, provider_id())
    document = get_document(found.document_id, DocumentKind.ACT)
    if request.args.get("file"):
        return download(document)
    said = documents.content(document)
    return render_template("provider/document.html", document=document, said=said, act=found)


@blueprint.post("/months/acts/<uuid:act_id>/cancel")
def cancel_act(act_id: UUID) -> ResponseReturnValue:
    """Put an unsent act away; its visits are free for another one."""
    with transaction() as session:
        found = operations.cancel(session, act_id, actor(), clock.now())
    if found.service in GOODS:
        flash(_("Act %(number)s is cancelled. You can draw it up again.", number=found.number), "success")
        return redirect(url_for(".order", order_id=found.order_id))
    flash(
        _("Act %(number)s is cancelled. You can change the log and draw it up again.", number=found.number), "success"
    )
    return redirect(url_for(".month", month=f"{found.month:%Y-%m}"))


@blueprint.post("/months/acts/<uuid:act_id>/correct")
def correct_act(act_id: UUID) -> ResponseReturnValue:
    """Draw up a new act in place of one that was returned or taken back."""
    with transaction() as session:
        found = operations.correct(session, act_id, actor(), clock.now())
    flash(_("Act %(number)s is drawn up. It has to be signed by everybody again.", number=found.number), "success")
    return redirect(url_for(".act", act_id=found.id))


@blueprint.route("/months/acts/<uuid:act_id>/withdraw", methods=["GET", "POST"])
def withdraw_act(act_id: UUID) -> ResponseReturnValue:
    """Take a sent act back before the office has begun its check."""
    form = WithdrawForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                operations.withdraw(session, act_id, form.reason.data, actor(), clock.now())
        except RuleViolation as violation:
            form.refuse(violation)
        else:
            flash(_("The act is taken back. The office will not check it."), "success")
            return redirect(url_for(".act", act_id=act_id))
    found = acts.get_for_provider(get_session(), act_id, provider_id())
    return render_template("provider/withdraw.html", form=form, act=found), form.status


def findings_of(found: Act) -> list[Finding]:
    """What the office's checks would find, as long as the act can still be changed; missing signatures left out."""
    if found.status not in acts.UNSENT:
        return []
    findings = check_act(act_facts.of(get_session(), found, clock.today()))
    return [finding for finding in findings if finding.code not in {"K33", "K36"} or finding.level is not Level.BLOCK]


def said(finding: Finding) -> str:
    """A finding in words."""
    return violation_text(RuleViolation(finding.message, finding.point, **finding.figures))


def timeline(found: Act, payment: Payment | None) -> list[dict[str, str]]:
    """The life of an act: drawn up, signed, sent, checked, paid; or where it ended instead."""
    drawn_up = step("done", _("Drawn up"), show.moment(found.drawn_up_at))
    if found.status in acts.UNSENT:
        sending = _("by %(day)s", day=show.day(found.submit_due_on))
        signing = _("The recipient signs, then you send it")
        who = signing if found.service in GOODS else _("Everybody signs, then you send it")
        return [drawn_up, step("now", who, sending), *_ahead(3)]
    sent = [drawn_up] if found.submitted_at is None else [drawn_up, _sent(found)]
    if found.status in {ActStatus.SUBMITTED, ActStatus.UNDER_REVIEW}:
        checking = _("by %(day)s", day=show.day(found.check_due_on)) if found.check_due_on else ""
        return [*sent, step("now", _(STATUS_LABELS[found.status]), checking), *_ahead(2)]
    decided = show.moment(found.decided_at) if found.decided_at else ""
    if found.status is ActStatus.ACCEPTED:
        by = _("by %(day)s", day=show.day(found.pay_due_on)) if found.pay_due_on else ""
        paying = paid_between(payment) or by
        label = payment_label(payment.status, payment.failure_code) if payment else STATUS_LABELS[found.status]
        return [*sent, step("done", _("The office accepted it"), decided), step("now", _(label), paying)]
    if found.status is ActStatus.PAID:
        paid = show.moment(payment.paid_at) if payment and payment.paid_at else ""
        return [*sent, step("done", _("The office accepted it"), decided), step("done", _("Paid"), paid)]
    return [*sent, step("now", _(STATUS_LABELS[found.status]), decided)]


def _sent(found: Act) -> dict[str, str]:
    return step("done", _("Sent to the office"), show.moment(found.submitted_at) if found.submitted_at else "")


def _ahead(count: int) -> list[dict[str, str]]:
    """The last `count` steps of the way that an act has to go."""
    ahead = [_("The office gets it"), _("The office checks it"), _("It is paid")]
    return [step("next", text) for text in ahead[-count:]]
