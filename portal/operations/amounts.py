"""Setting guaranteed amounts and the monthly index (RG.1): a new row each time, what stands is never changed."""

from datetime import date, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.reference import GuaranteedAmount, MonthlyIndex
from portal.queries import amounts, goods
from portal.rules.guaranteed_amount import NewAmount, check_code, check_new_row
from portal.rules.quantities import day_of
from portal.rules.roles import Role


def check(session: Session, new: NewAmount, today: date) -> None:
    """Raise RuleViolation when this amount may not be set."""
    check_code(new.code, goods.items(session, [new.code]).get(new.code))
    check_new_row(new.tiyn, new.valid_from, new.basis, today)


def set_guaranteed(session: Session, new: NewAmount, actor: Actor, now: datetime) -> GuaranteedAmount:
    """The amount of an hour or a piece from a day to come; of two rows for the same day the later one counts.

    What counts for that day already, by the same order, is not set a second time.
    """
    _check_actor(actor)
    check(session, new, day_of(now))
    held = amounts.counting(session, new.code, new.valid_from)
    if held is not None and NewAmount.of(held) == new:
        return held
    row = GuaranteedAmount(
        id=uuid4(), code=new.code, valid_from=new.valid_from, tiyn=new.tiyn, basis=new.basis, recorded_at=now
    )
    session.add(row)
    _record(session, row, held.tiyn if held else None, actor, now, code=row.code)
    return row


def set_index(session: Session, valid_from: date, tiyn: int, basis: str, actor: Actor, now: datetime) -> MonthlyIndex:
    """The monthly index from a day to come; of two rows for the same day the later one counts."""
    _check_actor(actor)
    check_new_row(tiyn, valid_from, basis, day_of(now))
    held = amounts.index_on(session, valid_from)
    row = MonthlyIndex(id=uuid4(), valid_from=valid_from, tiyn=tiyn, basis=basis.strip(), recorded_at=now)
    session.add(row)
    _record(session, row, held.tiyn if held else None, actor, now)
    return row


def _check_actor(actor: Actor) -> None:
    if actor.role not in {Role.MINISTRY, Role.SYSTEM}:
        raise LookupError("only the ministry sets amounts, or whoever runs the portal for it")


def _record(
    session: Session,
    row: GuaranteedAmount | MonthlyIndex,
    before_tiyn: int | None,
    actor: Actor,
    now: datetime,
    code: str | None = None,
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
        code=code,
    )
