"""Who of an office may decide on an act (R42.9): the facts about people that the rule asks for."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select, union_all
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.models.act import Act, Sheet
from portal.models.document import Signature
from portal.models.person import Representation
from portal.models.provider import Specialist
from portal.models.service_log import LogEntry
from portal.queries import people
from portal.rules.deciding import check_decider
from portal.rules.roles import Role


def check(session: Session, act: Act, actor: Actor, now: datetime) -> None:
    """Refuse a clerk whom the act concerns, who is kin of somebody concerned, or who helped to prepare it (R42.9)."""
    if actor.person_id is None:
        raise LookupError("nobody decides")
    check_decider(
        actor.person_id,
        concerned=concerned(session, act, now.date()),
        relatives=people.relatives(session, actor.person_id),
        prepared_by=prepared_by(session, act),
    )


def concerned(session: Session, act: Act, today: date) -> set[UUID]:
    """The recipient, those who may act for the recipient today, and those who served."""
    acting = select(Representation.person_id).where(
        Representation.recipient_id == act.recipient_id,
        Representation.valid_from <= today,
        or_(Representation.valid_to.is_(None), Representation.valid_to >= today),
    )
    serving = (
        select(Specialist.person_id).join(Sheet, Sheet.specialist_id == Specialist.id).where(Sheet.act_id == act.id)
    )
    return {act.recipient_id, *session.scalars(union_all(acting, serving))}


def prepared_by(session: Session, act: Act) -> set[UUID]:
    """Who wrote its visits down, drew it up, or signed it for the provider."""
    logged = select(LogEntry.recorded_by_id).where(LogEntry.act_id == act.id).distinct()
    signed = select(Signature.person_id).where(
        Signature.document_id == act.document_id, Signature.role != Role.RECIPIENT
    )
    return {act.drawn_up_by_id, *session.scalars(union_all(logged, signed))}
