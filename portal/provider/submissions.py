"""Sending acts (R42.8): sign one and it is sent, or go through all that are ready, one after another."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal import format as show
from portal.auth import actor
from portal.db import get_session, transaction
from portal.i18n import gettext as _
from portal.models.act import Act
from portal.models.document import DocumentKind
from portal.operations import acts as operations
from portal.operations import documents
from portal.provider import blueprint, provider_id
from portal.provider.acts import findings_of, said
from portal.queries import acts
from portal.read_and_sign import get_document, page, signing
from portal.rules.check_facts import Level
from portal.rules.law import RuleViolation
from portal.rules.roles import Role


@blueprint.route("/months/acts/<uuid:act_id>/send", methods=["GET", "POST"])
def send(act_id: UUID) -> ResponseReturnValue:
    """Read the act and sign it: with the signature it goes to the office."""
    return _send(act_id, url_for(".act", act_id=act_id))


@blueprint.route("/months/acts/<uuid:act_id>/send-next", methods=["GET", "POST"])
def send_and_go_on(act_id: UUID) -> ResponseReturnValue:
    """The same; afterwards the next act that is ready comes by itself."""
    return _send(act_id, url_for(".next_act", after=act_id))


@blueprint.get("/months/acts/next")
def next_act() -> ResponseReturnValue:
    """On to the next act that lacks only our signature; `after` is the one that was sent or passed over."""
    after = request.args.get("after", type=UUID)
    found = acts.next_to_send(get_session(), provider_id(), after)
    if found is not None:
        return redirect(url_for(".send_and_go_on", act_id=found.id))
    flash(_("No other act is ready to be sent. The list says whose signatures are missing."))
    return redirect(url_for(".months"))


def _send(act_id: UUID, onward: str) -> ResponseReturnValue:
    found = acts.get_for_provider(get_session(), act_id, provider_id())
    document = get_document(found.document_id, DocumentKind.ACT)
    signed = documents.signature_of(document, Role.PROVIDER) is not None
    violation = None
    if request.method == "POST" and not signed:
        violation = _submitted(found)
    if request.method == "POST" and violation is None:
        return redirect(onward)
    if request.method == "GET" and not signed and not _shown(found):
        return redirect(url_for(".act", act_id=act_id))
    return page(document, action=_action(found), back=url_for(".act", act_id=act_id), violation=violation)


def _action(found: Act) -> str:
    return _(
        "Sign act %(number)s for %(amount)s and send it", number=found.number, amount=show.money(found.amount_tiyn)
    )


def _submitted(found: Act) -> RuleViolation | None:
    """Sign and send; gives back why it was refused, if it was."""
    try:
        with transaction() as session:
            sent = operations.submit(session, signing(found.document_id), actor(), clock.now())
    except RuleViolation as violation:
        return violation
    due = show.day(sent.check_due_on) if sent.check_due_on else ""
    said = _("Act %(number)s is sent. The office checks it by %(day)s.", number=sent.number, day=due)
    flash(said, "success")
    return None


def _shown(found: Act) -> bool:
    """Say what the office will look at; False when the act cannot be sent and its page says why."""
    if found.status not in acts.UNSENT or not acts.lacking(get_session(), [found])[found.id].nothing:
        return False
    findings = findings_of(found)
    if any(finding.level is Level.BLOCK for finding in findings):
        return False
    for finding in findings:
        flash(_("The office will look at this: %(finding)s", finding=said(finding)))
    return True
