"""What must leave the portal in words, and what came in: SMS, messages to and from E-Sobes (R34.2, R42.4)."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from portal.models.base import Base, Id, Json, Moment, words


class SmsStatus(StrEnum):
    """The life of an SMS."""

    OWED = "owed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


class SmsMessage(Base):
    """An SMS that is owed; `about` is unique, so a second call owes nothing more. Codes are wiped once sent."""

    __tablename__ = "sms_messages"
    __table_args__ = (
        Index("ix_sms_messages_owed", "next_try_at", postgresql_where="status = 'owed'"),
        Index("ix_sms_messages_unconfirmed", "sent_at", postgresql_where="status = 'sent'"),
        Index("ix_sms_messages_gateway_ids", "gateway_ids", postgresql_using="gin"),
    )
    id: Mapped[Id]
    about: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"), index=True)
    phone: Mapped[str]
    text: Mapped[str]
    secret: Mapped[bool] = mapped_column(default=False)
    status: Mapped[SmsStatus] = mapped_column(words(SmsStatus), default=SmsStatus.OWED)
    attempts: Mapped[int] = mapped_column(default=0)
    owed_at: Mapped[Moment]
    next_try_at: Mapped[Moment]
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    gateway_ids: Mapped[list[str]] = mapped_column(JSONB, default=list)
    delivered_ids: Mapped[list[str]] = mapped_column(JSONB, default=list)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    delivered_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class InboundMessage(Base):
    """A message of E-Sobes and the first answer to it; the same again gets the same answer."""

    __tablename__ = "inbound_messages"
    message_id: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    answer: Mapped[Json]
    received_at: Mapped[Moment]


class Execution(Base):
    """What E-Sobes must learn of a measure: rendered, paid, returned (R42.4). The outbox and the readable list.

    `transaction` is the number of the transaction that wrote the row: readers take only rows of transactions that are
    over, ordered by it, so a cursor never skips a row that was committed late.
    """

    __tablename__ = "executions"
    __table_args__ = (
        Index("ix_executions_cursor", "transaction", "sequence"),
        Index("ix_executions_unsent", "next_try_at", postgresql_where="sent_at IS NULL"),
    )
    id: Mapped[Id]
    sequence: Mapped[int] = mapped_column(BigInteger, Identity())
    transaction: Mapped[int] = mapped_column(BigInteger, server_default=text("(pg_current_xact_id()::text)::bigint"))
    about: Mapped[str] = mapped_column(unique=True)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    owed_at: Mapped[Moment]
    next_try_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
