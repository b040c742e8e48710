"""Messages that come in: read, checked for shape, answered once (the same again gets the first answer)."""

import json
from collections.abc import Callable
from typing import Any

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal import clock
from portal.db import transaction
from portal.esobes.guard import Problem
from portal.esobes.shapes import Message
from portal.models.message import InboundMessage
from portal.signing.envelopes import canonical, sha256_hex


def body() -> bytes:
    """The body of this request; raises `Problem` when it does not say that it is JSON."""
    if request.mimetype != "application/json":
        raise Problem(415, "Unsupported Media Type", "Send JSON with Content-Type: application/json.")
    return request.get_data(cache=True)


def once(message: Message, status: int, do: Callable[[Session], dict[str, Any]]) -> Response:
    """Do what the message says, once; again with the same body gives the first answer, with another body 409.

    The answer is kept in the transaction of the deed. A claim on `message_id` comes first, so two at once wait.
    """
    mark = bytes.fromhex(sha256_hex(canonical(message.model_dump(mode="json"))))
    with transaction() as session:
        claim = insert(InboundMessage).values(
            message_id=message.message_id, path=request.path, sha256=mark, status=0, answer={}, received_at=clock.now()
        )
        claimed = session.execute(claim.on_conflict_do_nothing().returning(InboundMessage.message_id)).first()
        held = session.scalars(select(InboundMessage).where(InboundMessage.message_id == message.message_id)).one()
        if claimed is None:
            if held.sha256 != mark or held.path != request.path:
                raise Problem(409, "Another message has this message_id", "Send a new message under an id of its own.")
            return _json(held.answer, held.status)
        answer = do(session)
        held.answer, held.status = answer, status
    return _json(answer, status)


def _json(answer: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(answer, ensure_ascii=False, sort_keys=True), status, content_type="application/json")
