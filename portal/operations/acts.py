"""The act of a month (R42.5–R42.9, RI.5): drawn up from the log, signed by three sides, sent, taken back, corrected."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Uuid, any_, bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from portal.actor import Actor
from portal.audit import record
from portal.models.act import Act, ActLine, Sheet
from portal.models.document import Document, DocumentKind
from portal.models.order import Order
from portal.models.person import Person
from portal.models.service_log import LogEntry
from portal.operations import act_documents, documents, locks, sms
from portal.operations.act_documents import Drawing
from portal.operations.documents import Signing
from portal.operations.editions import edition
from portal.operations.step import move
from portal.queries import act_facts, people, reference
from portal.queries import acts as found
from portal.queries import service_log as log
from portal.rules import act_lines
from portal.rules import acts as rules
from portal.rules.acts import MOVES, ActAction, ActStatus
from portal.rules.checks import check_act, check_no_block
from portal.rules.law import N_, RuleViolation
from portal.rules.quantities import day_of, month_of
from portal.rules.roles import Role
from portal.sms import texts

_HOLD = (
    update(LogEntry)
    .where(LogEntry.id == any_(bindparam("held", type_=ARRAY(Uuid))))
    .values(act_id=bindparam("act", type_=Uuid))
)


def draw_up(session: Session, order_id: UUID, month: date, actor: Actor, now: datetime) -> Act:
    """The act of an order for a month, with a sheet for each specialist; its visits are held by it (R42.1, R42.5).

    A standing act of that month is given back unchanged. What the recipient objects to stays out; settled after the
    month was accepted, it gets a further act. After an act that was returned or taken back the new one names it
    (RI.5) and keeps its term (R42.9).
    """
    order, _entitlement = locks.order(session, order_id)
    _check_provider(order.provider_id, actor)
    standing = found.standing(session, order.id, month)
    visits = log.to_be_acted(session, order.id, month)
    settled_later = [visit for visit in visits if not visit.is_objected]
    if standing is not None and (standing.status not in found.CONCLUDED or not settled_later):
        return standing
    rules.check_month_is_over(month_of(month), day_of(now), order.ended_on)
    value = act_lines.draw_up(visits, order.service)
    corrects = found.to_correct(session, order.id, month, after=standing)
    act = _add(session, Drawing(order, value, corrects, _person_id(actor), now))
    record(
        session,
        actor,
        now,
        thing="acts",
        thing_id=act.id,
        action="draw_up",
        about=act.recipient_id,
        after=act.status.value,
        order=order.number,
        minutes=act.units,
        amount_tiyn=act.amount_tiyn,
        corrects=corrects.number if corrects else None,
    )
    _tell_recipient(session, order, act, now)
    return act


def correct(session: Session, act_id: UUID, actor: Actor, now: datetime) -> Act:
    """Draw up anew what the office returned or the provider took back; the new act names the old one (RI.5)."""
    old = locks.act(session, act_id)
    _check_provider(old.provider_id, actor)
    if old.status not in found.CORRECTABLE:
        raise RuleViolation(MOVES.refusals[old.status], "RI.5")
    return draw_up(session, old.order_id, old.month, actor, now)


def cancel(session: Session, act_id: UUID, actor: Actor, now: datetime) -> Act:
    """An act that was not sent is put away and its visits are free again; by the provider, or by the portal itself."""
    act = locks.act(session, act_id)
    if actor.role is not Role.SYSTEM:
        _check_provider(act.provider_id, actor)
    move(session, act, MOVES, ActAction.CANCEL, actor, now, point="R42.5", about=act.recipient_id)
    free(session, act)
    return act


def sign_sheet(session: Session, signing: Signing, actor: Actor, now: datetime) -> Sheet:
    """The specialist signs their own sheet while its act is not sent; once signed, a second call changes nothing."""
    document = documents.lock(session, signing.document_id, DocumentKind.SHEET, actor)
    sheet = session.get_one(Sheet, document.subject_id)
    act = locks.act(session, sheet.act_id)
    if documents.signature_of(document, Role.SPECIALIST) is None:
        if act.status not in found.UNSENT:
            raise RuleViolation(MOVES.refusals[act.status], "R42.6")
        documents.sign(session, document, signing, actor, now)
    return sheet


def sign_by_recipient(session: Session, signing: Signing, actor: Actor, now: datetime) -> Act:
    """The recipient, or who acts for them, accepts the services (R42.5); once signed, a second call changes nothing."""
    document, act = _of_document(session, signing, actor)
    if actor.role is not Role.RECIPIENT:
        raise LookupError("no such act")
    if documents.signature_of(document, Role.RECIPIENT) is not None:
        return act
    recipient = session.get_one(Person, act.recipient_id)
    objected = [entry for entry in log.of_act(session, act.id) if entry.is_objected]
    rules.check_sign(died_on=recipient.died_on, open_objections=len(objected))
    move(session, act, MOVES, ActAction.SIGN, actor, now, point="R42.5", about=act.recipient_id)
    documents.sign(session, document, signing, actor, now)
    return act


def submit(session: Session, signing: Signing, actor: Actor, now: datetime) -> Act:
    """The provider signs the act and thereby sends it; the office's term begins (R42.8, R42.9).

    Refused while a signature is missing, in a sentence that says whose, and while one of the checks blocks it. Being
    late is no bar. Once sent, a second call changes nothing.
    """
    document, act = _of_document(session, signing, actor)
    _check_provider(act.provider_id, actor)
    if documents.signature_of(document, Role.PROVIDER) is not None:
        return act
    _check_signed(session, act)
    if act.recipient.died_on is not None:
        act.submit_due_on = max(act.submit_due_on, rules.submit_due_on(act.month, act.recipient.died_on))
    if act.status in found.UNSENT:
        check_no_block(check_act(act_facts.of(session, act, day_of(now))))
    act.without_recipient = documents.signature_of(document, Role.RECIPIENT) is None
    move(session, act, MOVES, ActAction.SUBMIT, actor, now, point="R42.8", about=act.recipient_id)
    documents.sign(session, document, signing, actor, now)
    act.submitted_at = now
    act.check_due_on = rules.check_due_on(day_of(now), act.service, edition(), reference.calendar(session))
    return act


def withdraw(session: Session, act_id: UUID, reason: str, actor: Actor, now: datetime) -> Act:
    """The provider takes a sent act back before the office has begun its check, and says why (R42.9)."""
    rules.check_note(reason)
    act = locks.act(session, act_id)
    _check_provider(act.provider_id, actor)
    move(
        session,
        act,
        MOVES,
        ActAction.WITHDRAW,
        actor,
        now,
        point="R42.9",
        about=act.recipient_id,
        personal={"note": reason.strip()},
    )
    act.note = reason.strip()
    free(session, act)
    return act


def give_a_month(session: Session, recipient_id: UUID, died_on: date) -> None:
    """Acts that are not sent yet may be sent within a month of a death (R42.8). The caller holds the person."""
    unsent = select(Act).where(Act.recipient_id == recipient_id, Act.status.in_(found.UNSENT)).order_by(Act.number)
    for act in session.scalars(unsent):
        act.submit_due_on = max(act.submit_due_on, rules.submit_due_on(act.month, died_on))


def _add(session: Session, drawing: Drawing) -> Act:
    order, value, act_id = drawing.order, drawing.value, uuid4()
    act = Act(
        id=act_id,
        order_id=order.id,
        recipient_id=order.recipient_id,
        provider_id=order.provider_id,
        office_id=order.office_id,
        service=order.service,
        month=value.month,
        status=ActStatus.DRAWN_UP,
        units=value.units,
        amount_tiyn=value.amount_tiyn,
        surcharge_tiyn=value.surcharge_tiyn,
        corrects_id=drawing.corrects.id if drawing.corrects else None,
        document_id=act_documents.prepare_act(session, drawing, act_id).id,
        drawn_up_at=drawing.now,
        drawn_up_by_id=drawing.by,
        submit_due_on=_submit_due_on(session, drawing),
    )
    session.add(act)
    session.flush()
    session.add_all(ActLine(act_id=act_id, position=at, **asdict(line)) for at, line in enumerate(value.lines, start=1))
    session.add_all(_sheets(session, drawing, act_id))
    session.flush()
    _hold(session, act_id, value.entries)
    return act


def _hold(session: Session, act_id: UUID, entries: Sequence[LogEntry]) -> None:
    """The visits are held by the act; in one statement, and without asking for them again."""
    session.connection().execute(_HOLD, {"act": act_id, "held": [entry.id for entry in entries]})
    for entry in entries:
        set_committed_value(entry, "act_id", act_id)


def _sheets(session: Session, drawing: Drawing, act_id: UUID) -> list[Sheet]:
    sheets = []
    for value in drawing.value.sheets:
        sheet_id = uuid4()
        document = act_documents.prepare_sheet(session, drawing, act_id, sheet_id, value)
        sheets.append(
            Sheet(
                id=sheet_id,
                act_id=act_id,
                specialist_id=value.specialist_id,
                minutes=value.minutes,
                document_id=document.id,
            )
        )
    return sheets


def _submit_due_on(session: Session, drawing: Drawing) -> date:
    """The term of a first act by its month; a corrected one has the term that the office's return set (R42.9)."""
    old = drawing.corrects
    if old is not None:
        return old.resubmit_due_on or old.submit_due_on
    recipient = session.get_one(Person, drawing.order.recipient_id)
    return rules.submit_due_on(drawing.value.month, recipient.died_on)


def _check_signed(session: Session, act: Act) -> None:
    lacking = found.lacking(session, [act])[act.id]
    died_on = act.recipient.died_on
    rules.check_submit(recipient_signed=not lacking.recipient, died_on=died_on, unsigned_sheets=0)
    if lacking.specialists:
        raise RuleViolation(
            N_("These specialists have not signed their sheets yet: %(names)s. The act can be sent when they have."),
            "R42.6",
            names=", ".join(person.full_name for person in lacking.specialists),
        )


def free(session: Session, act: Act) -> None:
    """The visits of an act that stands no more may be struck, objected to, or stand in another act."""
    session.flush()
    session.execute(update(LogEntry).where(LogEntry.act_id == act.id).values(act_id=None))


def _of_document(session: Session, signing: Signing, actor: Actor) -> tuple[Document, Act]:
    document = documents.lock(session, signing.document_id, DocumentKind.ACT, actor)
    return document, locks.act(session, document.subject_id)


def _check_provider(provider_id: UUID, actor: Actor) -> None:
    if actor.role is not Role.PROVIDER or actor.organisation_id != provider_id:
        raise LookupError("no such act")


def _person_id(actor: Actor) -> UUID:
    if actor.person_id is None:
        raise PermissionError("only a person draws up an act")
    return actor.person_id


def _tell_recipient(session: Session, order: Order, act: Act, now: datetime) -> None:
    """The recipient, or who acts for them, learns that an act waits for the signature (R42.5)."""
    recipient = session.get_one(Person, order.recipient_id)
    if recipient.died_on is not None:
        return
    person = people.reader(session, recipient, day_of(now), order.placed_by_id)
    sms.owe(session, person, f"act:{act.id}:to_sign", texts.act_to_sign(person, act.month), now)
