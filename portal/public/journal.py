"""The journal as the public sees it (RI.6): the newest signed roots of the days, and how anybody can check them."""

from datetime import date

from flask import Response, abort, jsonify, render_template

from portal.db import get_session
from portal.operations import journal as roots
from portal.public.pages import blueprint
from portal.queries import journal_proof

DAYS_SHOWN = 30

__all__ = ["blueprint"]


@blueprint.get("/journal")
def journal() -> str:
    """The roots of the last thirty days that have one, and the key that signed the newest."""
    shown = journal_proof.roots(get_session(), DAYS_SHOWN)
    key = next((root.public_key.hex() for root in shown if root.public_key), None)
    return render_template("public/journal.html", days=[(root, roots.said(root)) for root in shown], key=key)


@blueprint.get("/journal/<day>.json")
def journal_day(day: str) -> Response:
    """The root of one day as its file has it."""
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        abort(404)
    answer = jsonify(roots.said(journal_proof.root_of_day(get_session(), wanted)))
    answer.headers["Content-Disposition"] = f'attachment; filename="journal-{wanted.isoformat()}.json"'
    return answer
