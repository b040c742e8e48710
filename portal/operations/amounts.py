"""Setting guaranteed amounts and the monthly index (RG.1): a new row each time, what stands is never changed."""

from datetime import date, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.reference import GuaranteedAmount, MonthlyIndex
from portal.queries import amounts, reference
from portal.rules.guaranteed_amount import check_new_row
from portal.rules.roles import Role
from portal.rules.service import Service, check_hourly


def set_guaranteed(
    session: Session, service: Service, valid_from: date, tiyn: int, basis: str, actor: Actor, now: datetime
) -> GuaranteedAmount:
    """The amount of an hour from a day to come; of two rows for the same day the later one counts."""
    _check_actor(actor)
    check_hourly(service)
    check_new_row(tiyn, valid_from, basis, now.date())
    before = reference.guaranteed_tiyn(session, service, valid_from)
    row = GuaranteedAmount(
        id=uuid4(), service=service, valid_from=valid_from, tiyn=tiyn, basis=basis.strip(), recorded_at=now
    )
    session.add(row)
    _record(session, row, before, actor, now, service=service)
    return row


def set_index(session: Session, valid_from: date, tiyn: int, basis: str, actor: Actor, now: datetime) -> MonthlyIndex:
    """The monthly index from a day to come; of two rows for the same day the later one counts."""
    _check_actor(actor)
    check_new_row(tiyn, valid_from, basis, now.date())
    held = amounts.index_on(session, valid_from)
    row = MonthlyIndex(id=uuid4(), valid_from=valid_from, tiyn=tiyn, basis=basis.strip(), recorded_at=now)
    session.add(row)
    _record(session, row, held.tiyn if held else None, actor, now)
    return row


def _check_actor(actor: Actor) -> None:
    if actor.role is not Role.MINISTRY:
        raise LookupError("only the ministry sets amounts")


def _record(
    session: Session,
    row: GuaranteedAmount | MonthlyIndex,
    before_tiyn: int | None,
    actor: Actor,
    now: datetime,
    service: Service | None = None,
) -> None:
    record(
        session,
        actor,
        now,
        thing=row.__tablename__,
        thing_id=row.id,
        action="set_figure",
        before=None if before_tiyn is None else str(before_tiyn),
        after=str(row.tiyn),
        valid_from=row.valid_from.isoformat(),
        basis=row.basis,
        service=service,
    )
