"""What an act and its sheets say, word for word, as they are signed (R42.5–R42.7; annexes 8, 9 and 10 of the rules).

The act holds every row of every sheet, so the recipient's one signature over it is over the sheets, too.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.models.act import Act
from portal.models.document import Document, DocumentKind
from portal.models.office import Office
from portal.models.order import Order
from portal.models.person import Person
from portal.models.provider import Provider, Specialist
from portal.models.service_log import LogEntry
from portal.operations import documents
from portal.operations.order_documents import part, party
from portal.queries import people
from portal.rules.act_lines import ActValue
from portal.rules.roles import Role
from portal.rules.service import HOURLY, Service, unit_of
from portal.rules.sheets import SheetValue
from portal.rules.terms import last_day_of_month

STATEMENT = ["rendered_in_full_and_on_time", "no_claims_as_to_volume_quality_or_term"]
"""What the parties state (annex 8), by the names under which the page has the words."""

COPIES = 2

_PERSON_OF = (
    select(Person)
    .join(Specialist, Specialist.person_id == Person.id)
    .where(Specialist.id == bindparam("specialist_id"))
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """An act that is being drawn up: for which order, from which visits, in place of which returned one."""

    order: Order
    value: ActValue[Any]  # of LogEntry; as a type argument mypy would not see that a mapped row is Priced
    corrects: Act | None
    by: UUID
    now: datetime

    @property
    def period(self) -> tuple[date, date]:
        """The days of the month that are in the order."""
        month, order = self.value.month, self.order
        last = min(last_day_of_month(month), order.ends_on, order.ended_on or order.ends_on)
        return max(month, order.starts_on), last


def prepare_act(session: Session, drawing: Drawing, act_id: UUID) -> Document:
    """The act, fixed for signing by the recipient (or who acts for them) and by the provider."""
    order = drawing.order
    return documents.prepare(
        session,
        DocumentKind.ACT,
        act_id,
        _act_body(session, drawing, act_id),
        recipient_id=order.recipient_id,
        provider_id=order.provider_id,
        signer_id=drawing.by,
        now=drawing.now,
        corrects_id=drawing.corrects.document_id if drawing.corrects else None,
    )


def prepare_sheet(session: Session, drawing: Drawing, act_id: UUID, sheet_id: UUID, sheet: SheetValue[Any]) -> Document:
    """The sheet of one specialist, fixed for signing by that person."""
    order = drawing.order
    person = _person_of(session, sheet.specialist_id)
    return documents.prepare(
        session,
        DocumentKind.SHEET,
        sheet_id,
        {
            "signers": [{"role": Role.SPECIALIST.value, "iin": person.iin, "name": person.full_name}],
            "recipient": party(session.get_one(Person, order.recipient_id)),
            "provider": _named(session.get_one(Provider, order.provider_id)),
            "order": {"id": str(order.id), "number": order.number},
            "act": {"id": str(act_id)},
            "sheet": {
                "id": str(sheet_id),
                "service": order.service.value,
                "month": f"{drawing.value.month:%Y-%m}",
                **_sheet(session, sheet),
            },
        },
        recipient_id=order.recipient_id,
        provider_id=order.provider_id,
        signer_id=person.id,
        now=drawing.now,
    )


def row(entry: LogEntry) -> dict[str, Any]:
    """A visit as a sheet has it: an assistant's with the places, an interpreter's with the way of service.

    Of goods: the pieces handed over on a day, and the way in which the recipient got them.
    """
    if entry.service not in HOURLY:
        return {"id": str(entry.id), "day": entry.day.isoformat(), "units": entry.units, "way": entry.way}
    more = {"places": entry.places} if entry.service is Service.ASSISTANT else {"way": entry.way}
    return {
        "id": str(entry.id),
        "day": entry.day.isoformat(),
        "start": f"{entry.started_at.astimezone(ALMATY):%H:%M}",
        "end": f"{entry.ended_at.astimezone(ALMATY):%H:%M}",
        "minutes": entry.minutes,
        **more,
    }


def _act_body(session: Session, drawing: Drawing, act_id: UUID) -> dict[str, Any]:
    order, value = drawing.order, drawing.value
    recipient = session.get_one(Person, order.recipient_id)
    provider = session.get_one(Provider, order.provider_id)
    office = session.get_one(Office, order.office_id)
    first, last = drawing.period
    return {
        "signers": [*_recipients(session, recipient, drawing.now.date()), _provider_signer(provider)],
        "recipient": {**party(recipient), "died_on": recipient.died_on.isoformat() if recipient.died_on else None},
        "provider": {**_named(provider), "iban": provider.iban, "bic": provider.bic},
        "office": {"id": str(office.id), "name_kk": office.name_kk, "name_ru": office.name_ru},
        "order": {"id": str(order.id), "number": order.number, "document": str(order.document_id)},
        "act": {
            "id": str(act_id),
            "service": order.service.value,
            "month": f"{value.month:%Y-%m}",
            "from": first.isoformat(),
            "to": last.isoformat(),
            "rows": [{"service": order.service.value, **asdict(line)} for line in value.lines],
            "units": value.units,
            "unit": unit_of(order.service).value,
            "amount_tiyn": value.amount_tiyn,
            "surcharge_tiyn": value.surcharge_tiyn,
            "statement": STATEMENT,
            "copies": COPIES,
            "sheets": len(value.sheets),
            "corrects": _named_act(drawing.corrects),
        },
        "sheets": [_sheet(session, sheet) for sheet in value.sheets],
        **({} if order.service in HOURLY else _handed_over(session, order, value.entries)),
    }


def _handed_over(session: Session, order: Order, entries: Sequence[LogEntry]) -> dict[str, Any]:
    """Of goods what was ordered, by its item and model as the order was signed, and each hand-over of it."""
    signed = part(documents.content(session.get_one(Document, order.document_id)), order.rank)["order"]
    named = {name: signed[name] for name in ("item", "model") if name in signed}
    return {"goods": named, "hand_overs": [row(entry) for entry in entries]}


def _recipients(session: Session, recipient: Person, today: date) -> list[dict[str, str]]:
    """Who may sign for the recipient's side: they themselves, or who acts for them today; nobody after a death."""
    if recipient.died_on is not None:
        return []
    signers: Sequence[Person] = [recipient, *people.representatives(session, recipient.id, today)]
    return [{"role": Role.RECIPIENT.value, "iin": signer.iin, "name": signer.full_name} for signer in signers]


def _provider_signer(provider: Provider) -> dict[str, str]:
    number = "bin" if provider.kind == "legal" else "iin"
    return {
        "role": Role.PROVIDER.value,
        number: provider.bin,
        "name": provider.name_kk,
        "name_kk": provider.name_kk,
        "name_ru": provider.name_ru,
    }


def _named(provider: Provider) -> dict[str, str]:
    return {"bin": provider.bin, "name_kk": provider.name_kk, "name_ru": provider.name_ru}


def _named_act(act: Act | None) -> dict[str, Any] | None:
    return {"id": str(act.id), "number": act.number, "document": str(act.document_id)} if act else None


def _sheet(session: Session, sheet: SheetValue[Any]) -> dict[str, Any]:
    return {
        "specialist": {"id": str(sheet.specialist_id), "name": _person_of(session, sheet.specialist_id).full_name},
        "rows": [row(entry) for entry in sheet.visits],
        "minutes": sheet.minutes,
    }


def _person_of(session: Session, specialist_id: UUID) -> Person:
    return session.scalars(_PERSON_OF, {"specialist_id": specialist_id}).one()
