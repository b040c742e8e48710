"""Reading the classifier of goods (Order 284): items with what stands above them, their norms and terms (RM.2)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from portal.models.entitlement import Entitlement
from portal.models.order import Order
from portal.models.programme import Measure
from portal.models.reference import ClassifierItem, HygieneNorm, ReplacementTerm
from portal.models.service_log import LogEntry
from portal.rules.goods import Item
from portal.rules.replacements import Received, Term, Terms
from portal.rules.service import GOODS

_ABOVE = (
    select(
        ClassifierItem.code.label("item"),
        ClassifierItem.code,
        ClassifierItem.parent_code,
        bindparam("depth", 0).label("depth"),
    )
    .where(ClassifierItem.code.in_(bindparam("codes", expanding=True)))
    .cte("above", recursive=True)
)
_LINEAGE = _ABOVE.union_all(
    select(_ABOVE.c.item, ClassifierItem.code, ClassifierItem.parent_code, _ABOVE.c.depth + 1).join(
        ClassifierItem, ClassifierItem.code == _ABOVE.c.parent_code
    )
)
_ROWS = (
    select(_LINEAGE.c.item, _LINEAGE.c.code, ClassifierItem, HygieneNorm)
    .join(ClassifierItem, ClassifierItem.code == _LINEAGE.c.item)
    .outerjoin(HygieneNorm, HygieneNorm.code == _LINEAGE.c.code)
    .order_by(_LINEAGE.c.item, _LINEAGE.c.depth)
)


def items(session: Session, codes: Iterable[str | None]) -> dict[str, Item]:
    """The rows of the classifier with these codes; a code that it does not have is left out."""
    asked = sorted({code for code in codes if code})
    if not asked:
        return {}
    rows: defaultdict[str, list[Any]] = defaultdict(list)
    for row in session.execute(_ROWS, {"codes": asked}):
        rows[row.item].append(row)
    return {code: _item(found) for code, found in rows.items()}


def least(session: Session, code: str | None) -> int:
    """How many pieces of an item one orders at least: of hygiene means those of a quarter, else one."""
    return max((one.least for one in items(session, [code]).values()), default=1)


def programme_until(entitlement: Entitlement) -> date:
    """The last day on which the programme gives what this is a part of."""
    measure = entitlement.measure
    return min(measure.valid_to, measure.programme.valid_to)


def names(session: Session, codes: Iterable[str | None]) -> dict[str, tuple[str, str]]:
    """What rows of the classifier are called in Kazakh and in Russian."""
    rows = select(ClassifierItem.code, ClassifierItem.name_kk, ClassifierItem.name_ru)
    asked = sorted({code for code in codes if code})
    return {code: (kk, ru) for code, kk, ru in session.execute(rows.where(ClassifierItem.code.in_(asked)))}


def terms(session: Session) -> Terms:
    """All terms of replacement, by code."""
    found: defaultdict[str, list[Term]] = defaultdict(list)
    for row in session.scalars(select(ReplacementTerm).order_by(ReplacementTerm.code, ReplacementTerm.holder)):
        found[row.code].append(Term(row.holder, row.years))
    return found


def received(session: Session, person_id: UUID, besides: Iterable[UUID] = ()) -> list[Received]:
    """What goods were handed over to a person, each with the last day; not those of the measures `besides`."""
    rows = session.execute(
        select(Measure.classifier_code, func.max(LogEntry.day))
        .select_from(LogEntry)
        .join(Order, Order.id == LogEntry.order_id)
        .join(Entitlement, Entitlement.id == Order.entitlement_id)
        .join(Measure, Measure.id == Entitlement.measure_id)
        .where(
            LogEntry.recipient_id == person_id,
            LogEntry.service.in_(GOODS),
            LogEntry.struck_at.is_(None),
            Measure.id.not_in(list(besides)),
        )
        .group_by(Entitlement.id, Measure.classifier_code)
        .order_by(Entitlement.id)
    ).all()
    known = items(session, (code for code, _day in rows))
    return [Received(known[code], day) for code, day in rows if code in known]


def waiting(session: Session, person_id: UUID, besides: Iterable[UUID] = ()) -> list[str]:
    """Codes of goods that a person may still get from open entitlements; not those of the measures `besides`."""
    codes = session.scalars(
        select(Measure.classifier_code)
        .join(Entitlement)
        .where(
            Entitlement.person_id == person_id,
            Entitlement.service.in_(GOODS),
            Entitlement.closed_on.is_(None),
            Entitlement.available + Entitlement.reserved > 0,
            Measure.classifier_code.is_not(None),
            Measure.id.not_in(list(besides)),
        )
        .order_by(Measure.id)
    )
    return [code for code in codes if code is not None]


def _item(rows: list[Any]) -> Item:
    """An item of its rows: itself first, then what stands above it."""
    row: ClassifierItem = rows[0].ClassifierItem
    norm = next((one.HygieneNorm for one in rows if one.HygieneNorm is not None), None)
    return Item(
        code=row.code,
        service=row.service,
        is_item=row.is_item,
        is_repair=row.is_repair,
        side=row.side,
        above=tuple(one.code for one in rows[1:]),
        norm=norm.shared if norm else None,
        yearly_norm=norm.yearly if norm else None,
        least=(norm.quarterly_minimum or 1) if norm else 1,
    )
