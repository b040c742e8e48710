"""The answers of the payment system that the portal uses, checked when they arrive. Amounts in tiyn."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, model_validator

from portal.clock import ALMATY


def moment(unix: object) -> datetime:
    """A moment in UTC+5 from whole seconds of Unix time; raises `ValueError` for anything else."""
    if type(unix) is not int or not 0 <= unix < 2**36:
        raise ValueError("A moment is a whole number of seconds.")
    return datetime.fromtimestamp(unix, ALMATY)


Moment = Annotated[AwareDatetime, BeforeValidator(moment)]
Tiyn = Annotated[StrictInt, Field(ge=0)]
Identifier = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_-]+$")]


class Answered(BaseModel):
    """What the payment system answers; more fields than named are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Transfer(Answered):
    """Money that left for the account `destination`; `amount_reversed_tiyn` of it came back."""

    id: Identifier
    amount_tiyn: Tiyn = Field(alias="amount")
    amount_reversed_tiyn: Tiyn = Field(0, alias="amount_reversed")
    currency: Literal["kzt"]
    destination: Identifier
    transfer_group: str | None = None
    description: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    created_at: Moment = Field(alias="created")

    @model_validator(mode="after")
    def _no_more_back_than_left(self) -> Self:
        if self.amount_reversed_tiyn > self.amount_tiyn:
            raise ValueError("More came back than had left.")
        return self


class Reversal(Answered):
    """Money that came back from a transfer."""

    id: Identifier
    amount_tiyn: Tiyn = Field(alias="amount")
    currency: Literal["kzt"]
    transfer: Identifier
    metadata: dict[str, str] = Field(default_factory=dict)
    created_at: Moment = Field(alias="created")


class Account(Answered):
    """A provider's account at the payment system; money can go there if `transfers_active`."""

    id: Identifier
    country: str | None = None
    capabilities: dict[str, Any] = Field(default_factory=dict)

    @property
    def transfers_active(self) -> bool:
        """Whether the account can receive transfers."""
        return bool(self.capabilities.get("transfers") == "active")


class TransferPage(Answered):
    """One page of a list, newest first."""

    data: list[Transfer]
    has_more: bool


class ReversalPage(Answered):
    """One page of what came back from a transfer, newest first."""

    data: list[Reversal]
    has_more: bool


class ErrorObject(Answered):
    """Why a request was refused, in the words of the payment system."""

    type: str
    code: str | None = None
    message: str | None = None
    param: str | None = None


class ErrorAnswer(Answered):
    """The body of a refusal."""

    error: ErrorObject
