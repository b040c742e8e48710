"""What E-Sobes must learn (R42.4): an outbox row in the transaction of what happened; a job sends it."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.models.act import Act
from portal.models.claim import Claim, ClaimSettlement
from portal.models.entitlement import Entitlement
from portal.models.message import Execution
from portal.models.office import Office
from portal.models.order import Order
from portal.models.payment import Payment
from portal.models.person_event import PersonEvent
from portal.models.programme import Measure, Programme
from portal.models.reference import Place
from portal.models.service_log import LogEntry
from portal.queries import executions
from portal.queue import nudge
from portal.rules.quantities import day_of
from portal.rules.service import Service, unit_of

LEASE = timedelta(minutes=2)
"""How long a row is left to the process that sends it; longer than the client's patience."""
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)


def owe_order(session: Session, order: Order, now: datetime, event_id: UUID | None = None) -> None:
    """An order was accepted, declined, stopped, closed …: E-Sobes learns its status and what it used.

    `event_id` is the event whose undoing has opened it again.
    """
    body = {
        "kind": "order",
        "order": order.number,
        "status": order.status.value,
        "reason": order.reason,
        "service": order.service.value,
        "used": order.used,
        **_measure(session, order.entitlement_id),
    }
    _owe(session, f"order:{order.id}:{order.status}{_because(event_id or order.ended_by_id)}", body, now)


def owe_act(session: Session, act: Act, now: datetime) -> None:
    """The office accepted an act: this many hours were rendered in the month."""
    order = session.get_one(Order, act.order_id)
    body = {
        "kind": "rendered",
        "act": act.number,
        "order": order.number,
        "month": act.month.strftime("%Y-%m"),
        "service": act.service.value,
        **_volume(act.units, act.service),
        "amount_tiyn": act.amount_tiyn,
        **_measure(session, order.entitlement_id),
    }
    _owe(session, f"act:{act.id}:{act.status}", body, now)


def owe_payment(session: Session, payment: Payment, now: datetime) -> None:
    """The money for an act went out."""
    act = session.get_one(Act, payment.act_id)
    order = session.get_one(Order, act.order_id)
    body = {
        "kind": "paid",
        "act": act.number,
        "amount_tiyn": payment.amount_tiyn,
        "paid_at": now.isoformat(),
        **_measure(session, order.entitlement_id),
    }
    _owe(session, f"payment:{payment.id}:paid", body, now)


def owe_return(session: Session, entitlement: Entitlement, now: datetime) -> None:
    """What was not used went back (R83.6): each time, for a newer version may let it last again until the same day."""
    body = {
        "kind": "returned",
        "service": entitlement.service.value,
        "year": entitlement.year,
        "returned": entitlement.returned,
        "reason": entitlement.close_reason,
        "on": entitlement.closed_on.isoformat() if entitlement.closed_on else None,
        **_measure(session, entitlement.id),
    }
    about = f"entitlement:{entitlement.id}:returned:{now.isoformat()}{_because(entitlement.ended_by_id)}"
    _owe(session, about, body, now)


def owe_correction(session: Session, act: Act, entitlement: Entitlement, now: datetime) -> None:
    """An act no longer stands, because visits in it do not count (RI.4) or a signature is missing (R42.5).

    Its units and money are not rendered.
    """
    over = act.ended_by_id is not None
    body = {
        "kind": "correction",
        "act": act.number,
        "status": act.status.value,
        "month": act.month.strftime("%Y-%m"),
        **_volume(act.units, act.service),
        "amount_tiyn": act.amount_tiyn,
        "reason": entitlement.close_reason if over else act.reason,
        "on": entitlement.closed_on.isoformat() if over and entitlement.closed_on else None,
        **_measure(session, entitlement.id),
    }
    _owe(session, f"act:{act.id}:{act.status}", body, now)


def owe_back(session: Session, entry: LogEntry, order: Order, on: date, now: datetime) -> None:
    """Goods came back: their pieces are not used any more (R83.6)."""
    body = {
        "kind": "goods_returned",
        "order": order.number,
        "service": order.service.value,
        **_volume(entry.units, order.service),
        "reason": entry.strike_reason,
        "on": on.isoformat(),
        **_measure(session, order.entitlement_id),
    }
    _owe(session, f"entry:{entry.id}:back", body, now)


def owe_claim(session: Session, claim: Claim, now: datetime, by: ClaimSettlement | None = None) -> None:
    """Money for a paid act is claimed back, some of it has come back, or the claim is withdrawn (R42.11)."""
    act = session.get_one(Act, claim.act_id)
    order = session.get_one(Order, act.order_id)
    body = {
        "kind": "claim",
        "claim": claim.number,
        "act": act.number,
        "status": claim.status.value,
        **_volume(claim.units, act.service),
        "amount_tiyn": claim.amount_tiyn,
        "settled_tiyn": claim.settled_tiyn,
        "due_on": claim.due_on.isoformat(),
        "reason": claim.reason,
        **_measure(session, order.entitlement_id),
    }
    _owe(session, f"claim:{claim.id}:{by.id if by else claim.status}", body, now)


def owe_undone(session: Session, entitlement: Entitlement, event: PersonEvent, now: datetime) -> None:
    """An event was reported by mistake: what it had ended lasts again (R83.6)."""
    body = {
        "kind": "undone",
        "event": event.kind.value,
        "on": event.happened_on.isoformat(),
        "service": entitlement.service.value,
        "year": entitlement.year,
        "used": entitlement.used,
        "returned": entitlement.returned,
        **_measure(session, entitlement.id),
    }
    _owe(session, f"entitlement:{entitlement.id}:undone:{event.id}", body, now)


def owe_move(session: Session, entitlement: Entitlement, office: Office, place: Place, now: datetime) -> None:
    """A person moved: another office has the measure now, with so much left."""
    body = {
        "kind": "moved",
        "service": entitlement.service.value,
        "office": office.esobes_code,
        "place": place.code,
        "left": entitlement.available + entitlement.reserved,
        **_measure(session, entitlement.id),
    }
    _owe(session, f"entitlement:{entitlement.id}:moved:{now.isoformat()}", body, now)


def owe_blocked(session: Session, entitlement: Entitlement, now: datetime) -> None:
    """Two months without a choice: the measure goes back to the queue that E-Sobes keeps (R34.3, edition 2023)."""
    _owe_choice(session, "blocked", entitlement, now)


def owe_activated(session: Session, entitlement: Entitlement, now: datetime) -> None:
    """The person has activated the blocked choice: a provider can be chosen again (R34.3, edition 2023)."""
    _owe_choice(session, "activated", entitlement, now)


def lease(session: Session, now: datetime) -> tuple[UUID, dict[str, Any]] | None:
    """The row that is to be sent next, left for a while to the process that sends it; None when nothing is due."""
    row = executions.next_due(session, now)
    if row is None:
        return None
    row.next_try_at = now + LEASE
    return row.id, row.body


def taken(session: Session, execution_id: UUID, now: datetime) -> None:
    """E-Sobes has said that it has it."""
    session.get_one(Execution, execution_id, with_for_update=True).sent_at = now


def wait(session: Session, execution_id: UUID, now: datetime) -> None:
    """It did not arrive: again after 10 seconds, then twice as long each time, at most an hour."""
    row = session.get_one(Execution, execution_id, with_for_update=True)
    row.next_try_at = now + min(FIRST_WAIT * 2 ** min(row.attempts, 10), LONGEST_WAIT)
    row.attempts += 1


def _owe_choice(session: Session, kind: str, entitlement: Entitlement, now: datetime) -> None:
    """What happened to a choice, each time: the caller holds the entitlement, and has seen that it changes."""
    body = {
        "kind": kind,
        "service": entitlement.service.value,
        "year": entitlement.year,
        "quarter": entitlement.quarter,
        "on": day_of(now).isoformat(),
        "left": entitlement.available + entitlement.reserved,
        **_measure(session, entitlement.id),
    }
    _owe(session, f"entitlement:{entitlement.id}:{kind}:{now.isoformat()}", body, now)


def _because(event_id: UUID | None) -> str:
    """What an event ends may have ended before, and have been restored since: E-Sobes learns it each time."""
    return f":{event_id}" if event_id else ""


def _volume(units: int, service: Service) -> dict[str, Any]:
    return {"units": units, "unit": unit_of(service).value}


def _measure(session: Session, entitlement_id: UUID) -> dict[str, Any]:
    entitlement = session.get_one(Entitlement, entitlement_id)
    measure = session.get_one(Measure, entitlement.measure_id)
    programme = session.get_one(Programme, measure.programme_id)
    return {"programme": programme.number, "measure": measure.external_id}


def _owe(session: Session, about: str, body: dict[str, Any], now: datetime) -> None:
    """Owe a row once for each `about`: what can happen once is named by its status, what can happen again also by the
    event or the moment of it. Callers tell what they have changed under their lock, so nothing is told for nothing."""
    identity = uuid4()
    row = session.execute(
        insert(Execution)
        .values(
            id=identity,
            about=about,
            body={"message_id": str(identity), "at": now.isoformat(), **body},
            owed_at=now,
            next_try_at=now,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=[Execution.about])
        .returning(Execution.id)
    ).first()
    if row is not None:
        nudge(session, "send_executions")
