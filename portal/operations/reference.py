"""Loading reference data from the project's own CSV files; may be run again, never removes what was edited."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.models.base import Base
from portal.models.office import Office
from portal.models.reference import (
    CalendarDay,
    ClassifierItem,
    GuaranteedAmount,
    HygieneNorm,
    MonthlyIndex,
    Place,
    ReplacementTerm,
)
from portal.operations import calendar_file
from portal.rules.guaranteed_amount import tiyn_an_hour
from portal.rules.service import CLASSIFIER_CODE, HOURLY

DATA = Path(__file__).parent.parent / "data"
KAZAKH = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"
RATE_CHANGES = (date(2022, 1, 20), date(2023, 8, 10))
"""Days on which the share of the monthly index for an assistant's hour was set (Orders 20 and 199)."""


def import_all(session: Session) -> dict[str, int]:
    """Bring all reference data up to date; says how many rows each kind has."""
    return {
        "places": import_places(session),
        "calendar": import_calendar(session),
        "indexes": import_indexes(session),
        "classifier": import_classifier(session),
        "replacement_terms": import_replacement_terms(session),
        "hygiene_norms": import_hygiene_norms(session),
        "guaranteed_amounts": import_guaranteed_amounts(session),
        "offices": import_offices(session),
    }


def import_places(session: Session) -> int:
    """Regions, cities and districts of KATO; names are brought up to date."""
    rows = [
        {
            "code": row["kato_code"],
            "kind": row["kind"],
            "parent_code": row["parent_kato"] or None,
            "name_kk": row["name_kk"],
            "name_ru": row["name_ru"],
            "sort_kk": kazakh_order(row["name_kk"]),
        }
        for row in _rows("places.csv")
    ]
    rows.sort(key=lambda row: row["parent_code"] is not None)
    return _upsert(session, Place, rows)


def import_calendar(session: Session) -> int:
    """Days off and worked weekends (RI.7); a row that is there already is left as it was edited."""
    days = calendar_file.read((DATA / "calendar.csv").read_bytes())
    return _upsert(session, CalendarDay, [asdict(new) for new in days], update=False)


def import_indexes(session: Session) -> int:
    """The monthly calculation index by the day it is valid from; edited rows are left."""
    rows = [
        {
            "id": uuid5(NAMESPACE_URL, f"monthly-index:{row['valid_from']}"),
            "valid_from": date.fromisoformat(row["valid_from"]),
            "tiyn": int(row["mci_tenge"]) * 100,
            "basis": row["basis"],
        }
        for row in _rows("indexes.csv")
    ]
    return _upsert(session, MonthlyIndex, rows, update=False)


def import_classifier(session: Session) -> int:
    """The classifier of Order 284; names are brought up to date."""
    rows = [
        {
            "code": row["code"],
            "parent_code": row["parent_code"] or None,
            "level": row["level"],
            "name_kk": row["name_kk"],
            "name_ru": row["name_ru"],
            "service": row["service"] or None,
            "is_item": row["is_item"] == "true",
            "is_repair": row["is_repair"] == "true",
            "side": row["side"],
        }
        for row in _rows("classifier.csv")
    ]
    return _upsert(session, ClassifierItem, rows)


def import_replacement_terms(session: Session) -> int:
    """Terms of replacement (RM.2); a row without a code of the classifier has nothing to apply to and is left out."""
    rows = {
        (row["classifier_code"], row["holder"]): {
            "code": row["classifier_code"],
            "holder": row["holder"],
            "years": int(row["term"]) if row["term"] else None,
            "condition_ru": row["condition_ru"],
            "basis": row["source_point"],
        }
        for row in _rows("replacement_terms.csv")
        if row["classifier_code"]
    }
    return _upsert(session, ReplacementTerm, list(rows.values()), update=False)


def import_hygiene_norms(session: Session) -> int:
    """Yearly norms of hygiene means; edited rows are left."""
    rows = [
        {
            "code": row["classifier_code"],
            "shared": row["shared_norm"],
            "yearly": int(row["yearly_norm"]),
            "quarterly_minimum": int(row["quarterly_minimum"]) if row["quarterly_minimum"] else None,
            "basis": row["source_point"],
        }
        for row in _rows("hygiene_norms.csv")
    ]
    return _upsert(session, HygieneNorm, rows, update=False)


def import_guaranteed_amounts(session: Session) -> int:
    """The hourly amounts of both services, worked out from the index (RG.1); edited rows are left."""
    own = MonthlyIndex.recorded_at.is_(None)  # what the ministry enters, it enters for the amounts too
    indexes = session.scalars(select(MonthlyIndex).where(own).order_by(MonthlyIndex.valid_from)).all()
    days = sorted({index.valid_from for index in indexes} | set(RATE_CHANGES))
    rows = []
    for day in days:
        index = max((i for i in indexes if i.valid_from <= day), key=lambda i: i.valid_from, default=None)
        if index is None:
            continue
        for service in sorted(HOURLY):
            rows.append(
                {
                    "id": uuid5(NAMESPACE_URL, f"guaranteed-amount:{service}:{day}"),
                    "code": CLASSIFIER_CODE[service],
                    "valid_from": day,
                    "tiyn": tiyn_an_hour(service, index.tiyn // 100, day),
                    "basis": index.basis,
                }
            )
    return _upsert(session, GuaranteedAmount, rows, update=False)


def import_offices(session: Session) -> int:
    """One employment office for each district and city; one directorate for each city of republican status."""
    kinds = ("district", "city_of_regional_significance", "city_of_republican_significance")
    rows = [
        {
            "id": uuid5(NAMESPACE_URL, f"office:{place.code}"),
            "place_code": place.code,
            "name_kk": f"Жұмыспен қамту бөлімі, {place.name_kk}",
            "name_ru": f"Отдел занятости, {place.name_ru}",
            "esobes_code": place.code,
        }
        for place in session.scalars(select(Place).where(Place.kind.in_(kinds)).order_by(Place.code))
    ]
    return _upsert(session, Office, rows, update=False)


def kazakh_order(name: str) -> str:
    """A key that sorts as the Kazakh alphabet does, for a column in the database's plain order."""
    return "".join(
        chr(0x100 + KAZAKH.index(letter)) if letter in KAZAKH else letter for letter in name.casefold().strip()
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _upsert(
    session: Session,
    model: type[Base],
    rows: Sequence[Mapping[str, object]],
    *,
    update: bool = True,
) -> int:
    if not rows:
        return 0
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - tells the type checker what every model has
    keys = [column.name for column in table.primary_key]
    statement = insert(table).values([dict(row) for row in rows])
    if update:
        changed = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing()
    session.execute(statement)
    return len(rows)
