"""Signed documents to keep: the very bytes, and each signature over them (RI.5)."""

from flask import abort, make_response
from werkzeug.wrappers import Response

from portal.models.document import Document
from portal.operations import documents
from portal.rules.roles import Role


def signature_file(document: Document, role: Role) -> Response:
    """One side's detached signature as a file; 404 when that side has not signed."""
    signature = documents.signature_of(document, role)
    if signature is None:
        abort(404)
    answer = make_response(signature.cms)
    answer.headers["Content-Type"] = "application/pkcs7-signature"
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{document.kind.value}-{document.id}-{role.value}.p7s"'
    )
    return answer
