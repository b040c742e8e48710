"""Reference data: places, calendar, monthly index, classifier, guaranteed amounts. Loaded by `portal import`."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, Tiyn, words
from portal.rules.replacements import Holder


class Place(Base):
    """A unit of KATO: region, city or district."""

    __tablename__ = "places"
    code: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("places.code"), index=True)
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    sort_kk: Mapped[str]


class CalendarDay(Base):
    """A weekday off or a worked weekend, with the act that says so (RI.7)."""

    __tablename__ = "calendar_days"
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str]
    why_kk: Mapped[str]
    why_ru: Mapped[str]
    basis: Mapped[str]
    confirmed: Mapped[bool]


class MonthlyIndex(Base):
    """The monthly calculation index (MCI) from a day on. Rows are written once: see `GuaranteedAmount`."""

    __tablename__ = "monthly_indexes"
    __table_args__ = (CheckConstraint("tiyn > 0", name="index_is_positive"),)
    id: Mapped[Id]
    valid_from: Mapped[date]
    tiyn: Mapped[Tiyn]
    basis: Mapped[str]
    recorded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ClassifierItem(Base):
    """A row of the classifier of means and services (Order 284)."""

    __tablename__ = "classifier_items"
    code: Mapped[str] = mapped_column(primary_key=True)
    parent_code: Mapped[str | None]
    level: Mapped[str]
    name_kk: Mapped[str]
    name_ru: Mapped[str]
    service: Mapped[str | None]
    is_item: Mapped[bool]
    is_repair: Mapped[bool] = mapped_column(server_default=false())
    side: Mapped[str] = mapped_column(server_default="")


class ReplacementTerm(Base):
    """After how many years what was received may be replaced (Order 287, annex 3); without `years`: once for life."""

    __tablename__ = "replacement_terms"
    __table_args__ = (CheckConstraint("years > 0", name="term_is_positive"),)
    code: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[Holder] = mapped_column(words(Holder), primary_key=True)
    years: Mapped[int | None]
    condition_ru: Mapped[str]
    basis: Mapped[str]


class HygieneNorm(Base):
    """How many pieces of a hygiene item are given a year (Order 287, point 93); codes with one `shared` share it."""

    __tablename__ = "hygiene_norms"
    __table_args__ = (CheckConstraint("yearly > 0", name="norm_is_positive"),)
    code: Mapped[str] = mapped_column(primary_key=True)
    shared: Mapped[str]
    yearly: Mapped[int]
    quarterly_minimum: Mapped[int | None]
    basis: Mapped[str]


class GuaranteedAmount(Base):
    """What the state pays for one item of the classifier from a day on: an hour of a service, a piece of goods (RG.1).

    Rows are written once. A correction is a new row; of two for the same day the one recorded last counts.
    `recorded_at` is None for what came with the portal.
    """

    __tablename__ = "guaranteed_amounts"
    __table_args__ = (CheckConstraint("tiyn > 0", name="amount_is_positive"),)
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[date]
    tiyn: Mapped[Tiyn]
    basis: Mapped[str]
    recorded_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
