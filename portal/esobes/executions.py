"""GET /executions: what was rendered, paid and returned, in the order in which it became certain (R42.4)."""

import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from portal.db import get_session
from portal.esobes.guard import Problem
from portal.queries import executions

PAGE = 200


def register(door: Blueprint) -> None:
    """Put the route on the door."""
    door.add_url_rule("/executions", endpoint="executions", view_func=read, methods=["GET"])


def read() -> Response:
    """Items after the cursor, oldest first, and the cursor to ask with next time (the same one when there are none)."""
    after = request.args.get("after", "0.0")
    if not re.fullmatch(r"[0-9]{1,18}\.[0-9]{1,18}", after):
        error = {"field": "after", "message": "Send the value of `next` from the answer before, or leave it out."}
        raise Problem(422, "The cursor is not right", errors=[error])
    transaction, sequence = (int(part) for part in after.split("."))
    rows = executions.after(get_session(), transaction, sequence, PAGE)
    items: list[dict[str, Any]] = [row.body for row in rows]
    following = f"{rows[-1].transaction}.{rows[-1].sequence}" if rows else after
    return jsonify({"items": items, "next": following})
