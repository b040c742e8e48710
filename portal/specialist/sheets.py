"""My sheets (R42.6, R42.7): those that wait for my signature, and signing one."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import clock, looks
from portal.auth import actor
from portal.db import get_session, transaction
from portal.i18n import gettext as _
from portal.models.document import DocumentKind
from portal.operations import acts as operations
from portal.operations import documents
from portal.queries import acts
from portal.queries.acts import UNSENT
from portal.read_and_sign import get_document, page, signing
from portal.rules.law import RuleViolation
from portal.rules.roles import Role
from portal.specialist import blueprint, person_id, provider_id


@blueprint.get("/sheets")
def sheets() -> str:
    """What waits for my signature first, then what I have signed."""
    rows = acts.sheets_of_specialist(get_session(), person_id(), provider_id())
    looks.listed(row.act.recipient_id for row in rows)
    waiting = [row for row in rows if not row.is_signed and row.act.status in UNSENT]
    return render_template("specialist/sheets.html", waiting=waiting, signed=[row for row in rows if row.is_signed])


@blueprint.route("/sheets/<uuid:document_id>", methods=["GET", "POST"])
def sign_sheet(document_id: UUID) -> ResponseReturnValue:
    """Read the sheet and sign it."""
    document = get_document(document_id, DocumentKind.SHEET)
    violation = None
    if request.method == "POST" and documents.signature_of(document, Role.SPECIALIST) is None:
        violation = _signed(document_id)
    if request.method == "POST" and violation is None:
        return redirect(url_for(".sheets"))
    return page(document, action=_("Sign the sheet"), back=url_for(".sheets"), violation=violation)


def _signed(document_id: UUID) -> RuleViolation | None:
    """Sign; gives back why it was refused, if it was."""
    try:
        with transaction() as session:
            operations.sign_sheet(session, signing(document_id), actor(), clock.now())
    except RuleViolation as violation:
        return violation
    flash(_("The sheet is signed. The provider sends the act when everybody has signed."), "success")
    return None
