"""Goods of a programme that arrives: their codes, the wheelchairs that go together, the terms of replacement (RM.2)."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.person import Person
from portal.models.programme import Measure, Programme
from portal.queries import goods
from portal.rules import replacements
from portal.rules.goods import Item, chair_of, check_goods
from portal.rules.law import N_
from portal.rules.programmes import FieldProblem, NewProgramme
from portal.rules.service import GOODS


def check(session: Session, new: NewProgramme) -> list[FieldProblem]:
    """What is wrong with the goods of a programme, field by field."""
    wanted = [one for one in new.measures if one.service in GOODS]
    if not wanted:
        return []
    person = session.scalars(select(Person).where(Person.iin == new.person.iin)).one_or_none()
    mine = _held_measures(session, new)
    others = goods.waiting(session, person.id, mine.values()) if person else ()
    items = goods.items(session, [*(one.classifier_code for one in wanted), *others])
    chairs = {chair for code in others if code in items and (chair := chair_of(items[code])) is not None}
    problems = check_goods(new, items, chairs)
    return problems if problems or person is None else _not_due(session, new, person, items, mine)


def _not_due(
    session: Session, new: NewProgramme, person: Person, items: dict[str, Item], mine: dict[str, UUID]
) -> list[FieldProblem]:
    """Goods whose replacement is due only after the last day of their measure (RM.2)."""
    problems = []
    for at, measure in enumerate(new.measures):
        item = items.get(measure.classifier_code or "")
        if measure.service not in GOODS or item is None or item.yearly_norm is not None:
            continue
        received = goods.received(session, person.id, [mine[measure.id]] if measure.id in mine else [])
        due_on = replacements.due_on(item, received, goods.terms(session), new.person.birth_date) if received else None
        if due_on is not None and due_on > min(measure.valid_to, new.valid_to):
            problems.append(_problem(f"programme.measures.{at}.classifier_code", due_on))
    return problems


def _problem(path: str, due_on: date) -> FieldProblem:
    if due_on == replacements.NEVER:
        return FieldProblem(path, N_("This item is given once for life, and the person has received it."), "RM.2", {})
    message = N_("The person has received this item. A replacement is due on %(due_on)s, after this measure ends.")
    return FieldProblem(path, message, "RM.2", {"due_on": due_on})


def _held_measures(session: Session, new: NewProgramme) -> dict[str, UUID]:
    """The measures that are held of this programme, by their id in it."""
    held = select(Measure).join(Programme).where(Programme.number == new.number)
    return {measure.external_id: measure.id for measure in session.scalars(held)}
