"""The shape of what passes through the door of E-Sobes: messages that come in, answers that go out (R34.1, R42.4).

The checks and the specification are made from the same models. A value is taken as JSON Schema reads it: a date is
text, a number is no text; what a model does not know is refused.
"""

import re
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from portal.rules.service import Service, Unit

# The regular expressions are those of JSON Schema: [0-9] and not \d, which takes the digits of every script.
# Control characters, signs that turn the direction of writing or cannot be seen, and the sign that stands where a
# letter could not be read have no place in a name.
_TEXT = (
    "[^\\x00-\\x1f\\x7f-\\x9f<>\\xad\\u061c\\u180e\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff0-\\uffff]"
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _iso_day(value: Any) -> Any:
    if not isinstance(value, str | date) or (isinstance(value, str) and not _DAY.fullmatch(value)):
        raise ValueError("write a day as YYYY-MM-DD")
    return value


def _no_text(value: Any) -> Any:
    if isinstance(value, str | bool):
        raise ValueError("write a whole number without quotation marks")
    return value


def _composed(value: str) -> str:
    return unicodedata.normalize("NFC", value)


Iin = Annotated[
    str,
    Field(pattern="^[0-9]{12}$", description="IIN with a right check digit", examples=["850315400124"]),
]
Name = Annotated[
    str, Field(min_length=1, max_length=100, pattern=f"^{_TEXT}+$", examples=["Айгүл"]), AfterValidator(_composed)
]
Phone = Annotated[
    str,
    Field(
        max_length=20,
        pattern="^[0-9+() -]+$",
        description="A phone of Kazakhstan, in any usual writing",
        examples=["+77011234567"],
    ),
]
Day = Annotated[date, BeforeValidator(_iso_day), Field(description="A day, ISO 8601", examples=["2026-12-31"])]


class Strict(BaseModel):
    """A part of a message; what it does not know is refused, and values are never quoted back."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class Message(Strict):
    """What every message has: its own id, by which a repeated one is known."""

    message_id: str = Field(
        pattern="^[A-Za-z0-9._:-]{1,100}$",
        description="The message's own id. The same message again gets the first answer; another one under it, 409.",
        examples=["2026-03-02-000017"],
    )


class PersonIn(Strict):
    """The recipient. What the programme says brings the portal up to date; a phone is kept when it says none."""

    iin: Iin
    last_name: Name
    first_name: Name
    middle_name: Name | None = None
    birth_date: Day
    language: Literal["kk", "ru"] = Field(description="The language of SMS and letters")
    phone: Phone | None = None
    place: str = Field(
        pattern="^[0-9]{9}$",
        description="KATO code of a district or city; it decides which office is responsible",
        examples=["431000000"],
    )
    address: Annotated[
        str, Field(max_length=300, pattern=f"^{_TEXT}*$", examples=["Абай көшесі, 1"]), AfterValidator(_composed)
    ]


class RepresentativeIn(Strict):
    """Who acts for the recipient; whom a newer version no longer names loses the right."""

    iin: Iin
    last_name: Name
    first_name: Name
    kind: Literal["parent", "guardian", "attorney"]
    phone: Phone | None = None


class MeasureIn(Strict):
    """A line of the programme. Days outside those of the programme do not count."""

    id: str = Field(
        pattern="^[A-Za-z0-9._:-]{1,60}$",
        description="The measure's id in the programme; a newer version is matched by it",
        examples=["1"],
    )
    service: Service
    classifier_code: str | None = Field(
        default=None, pattern="^[0-9]{2,8}$", description="Code of the classifier; goods need one", examples=["701"]
    )
    quantity: Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(_no_text)] | None = Field(
        default=None,
        description="The volume of a calendar year, or of a day, where it is less than what the law gives",
        examples=[60],
    )
    unit: Literal["hour", "minute", "hour_a_day", "minute_a_day", "piece", "day", "stay"] | None = Field(
        default=None,
        description="What the quantity counts. By the hour: hours or minutes, in all or a day; sanatorium: days or one "
        "stay; goods: pieces",
    )
    valid_from: Day
    valid_to: Day


class ProgrammeIn(Strict):
    """The programme as E-Sobes registers it."""

    number: str = Field(pattern="^[A-Za-z0-9./_-]{1,60}$", examples=["IRP-2026-000123"])
    version: Annotated[
        int,
        Field(
            ge=1,
            le=10_000,
            description="A version newer than the one held replaces it; any other gets 409",
            examples=[1],
        ),
        BeforeValidator(_no_text),
    ]
    valid_from: Day
    valid_to: Day
    person: PersonIn
    representative: RepresentativeIn | None = None
    measures: Annotated[list[MeasureIn], Field(min_length=1, max_length=100)]


class NewProgrammeMessage(Message):
    """A message that brings a programme, or a newer version of one."""

    programme: ProgrammeIn


class EventMessage(Message):
    """A message that tells what happened to a person."""

    iin: Iin
    kind: Literal["death", "departure", "return", "phone_changed", "programme_closed"]
    on: Day
    phone: Phone | None = Field(default=None, description="The new phone, with `phone_changed`")
    programme_number: str | None = Field(
        default=None,
        pattern="^[A-Za-z0-9./_-]{1,60}$",
        description="Which programme, with `programme_closed`",
        examples=["IRP-2026-000123"],
    )


class EntitlementOut(BaseModel):
    """What a measure gives for a calendar year or a quarter; goods: in all, under the year of the first day."""

    entitlement_id: str = Field(json_schema_extra={"format": "uuid"})
    measure: str = Field(description="The measure's id in the programme")
    service: Service
    year: int
    quarter: int = Field(ge=0, le=4, description="1 to 4 where it is given by quarters, else 0")
    quantity: int = Field(ge=0, description="How much it gives, in `unit`")
    unit: Unit
    starts_on: date
    ends_on: date


class ProgrammeKept(BaseModel):
    """The programme is kept, with what lasts of what it gives."""

    programme_id: str = Field(json_schema_extra={"format": "uuid"})
    entitlements: list[EntitlementOut]


class EventTaken(BaseModel):
    """The event is carried out."""

    accepted: Literal[True] = True


KINDS = {
    "order": "an order is accepted, is declined, has ended or runs again: `status`, `reason`, and what is `used`",
    "rendered": "the office has accepted an act: its `units` of the `month` were rendered, for `amount_tiyn`",
    "paid": "the money for an act went out: `amount_tiyn`, `paid_at`",
    "returned": "what was not used went back: how much (`returned`), the `reason` and the day (`on`)",
    "moved": "another office has the measure now: `office`, `place` (KATO), and what is `left`",
    "correction": "an act no longer stands: its `units` and `amount_tiyn` are not rendered, and why (`reason`)",
    "goods_returned": "goods came back to the provider: the `units` of the `order` are not used any more; the `reason` "
    "(`faulty`, `not_as_ordered`, `does_not_fit`, `not_wanted`) and the day (`on`)",
    "claim": "money for a paid act is claimed back: its `status`, `units`, `amount_tiyn`, of which `settled_tiyn` is "
    "back, until when (`due_on`) and why (`reason`)",
    "undone": "an `event` of the day `on` was reported by mistake: what it had ended lasts again, with what is `used` "
    "and `returned` now",
    "blocked": "for two months no provider was chosen, and the measure goes back to the queue: `service`, `year`, "
    "`quarter`, the day (`on`) and what is `left`",
    "activated": "the person has activated the choice again, and the measure goes into the general queue: the same "
    "figures",
}
"""What each kind of execution says."""


class Execution(BaseModel):
    """What was rendered, paid or returned of a measure, or where an order or a choice stands; figures by its kind."""

    model_config = ConfigDict(extra="allow")

    message_id: str = Field(json_schema_extra={"format": "uuid"}, description="The same in both ways of reading it")
    kind: str = Field(
        description="; ".join(f"`{kind}`: {what}" for kind, what in KINDS.items()),
        json_schema_extra={"enum": [*KINDS]},
    )
    units: int | None = Field(
        default=None,
        ge=0,
        description="How much, in `unit`. `used`, `returned` and `left` are in the same unit: that of the service",
        examples=[360],
    )
    unit: Unit | None = Field(
        default=None, description="What is counted: minutes of a service by the hour, days of a stay, pieces of goods"
    )
    at: str = Field(json_schema_extra={"format": "date-time"})
    programme: str = Field(description="Number of the programme")
    measure: str = Field(description="The measure's id in the programme")


class ExecutionsPage(BaseModel):
    """Executions after a cursor, in the order in which they became certain."""

    items: list[Execution]
    next: str = Field(
        pattern=r"^[0-9]{1,18}\.[0-9]{1,18}$", description="The cursor to ask with next time", examples=["7291.14"]
    )


class FieldError(BaseModel):
    """What is wrong with one field. Never quotes what it holds."""

    field: str = Field(description="The way to the field, for example programme.measures.0.valid_to")
    message: str
    rule: str | None = Field(default=None, description="The point of the rules, where there is one")


class ProblemOut(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    rule: str | None = None
    errors: list[FieldError] | None = None
