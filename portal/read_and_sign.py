"""Read and sign: the page that shows what will be signed, from the signed data itself, and takes the signature."""

from uuid import UUID

from flask import abort, current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from portal import clock
from portal.actor import Actor
from portal.auth import actor
from portal.db import get_session
from portal.models.document import Document, DocumentKind
from portal.models.provider import Provider
from portal.operations import documents
from portal.operations.documents import Signing
from portal.rules.law import RuleViolation
from portal.rules.roles import Role
from portal.signing import ORGANISATION_KEY, PERSON_KEY, Envelope, submitted


def get_document(document_id: UUID, *kinds: DocumentKind) -> Document:
    """The document, for a party to it; 404 for everybody else."""
    document = get_session().get(Document, document_id)
    if document is None or document.kind not in kinds or not documents.is_party(document, actor()):
        abort(404)
    return document


def signing(document_id: UUID) -> Signing:
    """The signature that was brought, checked: made by NCALayer on this page, or as a file made elsewhere.

    Called before the first statement of the transaction, so that nobody waits for a row while it is checked.
    """
    brought = Signing(document_id, submitted(request.form, request.files), current_app.extensions["verifier"])
    return documents.check(get_session(), brought, actor(), clock.now())


def page(document: Document, *, action: str, back: str, violation: RuleViolation | None = None) -> Response:
    """The document in words, who signs it and for whom, and the one button; with `violation`, why it was not taken."""
    said = documents.content(document)
    who = actor()
    html = render_template(
        "read_and_sign.html",
        document=document,
        said=said,
        action=action,
        back=back,
        violation=violation,
        envelope=Envelope(document.body),
        ncalayer_url=current_app.config["PORTAL"].ncalayer_url,
        ekus=ORGANISATION_KEY if _as_organisation(document, who) else PERSON_KEY,
        signed=documents.signature_of(document, who.role),
    )
    return make_response(html, 422 if violation else 200)


def _as_organisation(document: Document, who: Actor) -> bool:
    """Whether the key of an organisation is needed: for a provider that is a legal entity."""
    return who.role is Role.PROVIDER and get_session().get_one(Provider, document.provider_id).kind == "legal"


def download(document: Document) -> Response:
    """The very bytes that are signed, for signing elsewhere or for keeping."""
    answer = make_response(document.body)
    answer.headers["Content-Type"] = "application/json; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{document.kind.value}-{document.id}.json"'
    return answer
