"""Sending the SMS that are owed, and taking their receipts. A gateway that is down delays and loses nothing (R34.2)."""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock
from portal.config import Config
from portal.db import reading, transaction
from portal.models.message import SmsMessage, SmsStatus
from portal.sms.client import Outgoing, SmsGateway
from portal.sms.errors import GatewayDown, GatewayRefused
from portal.sms.session import ReceiptState

log = logging.getLogger(__name__)
AT_ONCE = 100
LINGER_SECONDS = 2.0
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
RECEIPTS_COME_WITHIN = timedelta(days=2)


def gateway(config: Config) -> SmsGateway:
    """The gateway of the configuration."""
    return SmsGateway(
        config.smpp_host, config.smpp_port, config.smpp_system_id, config.smpp_password, config.smpp_source
    )


def send_owed(config: Config, *, late_receipts: bool = True) -> int:
    """Send what is owed now and take receipts; says how many were sent. To be done by one process at a time.

    With nothing to send it only looks for `late_receipts`, if asked to.
    """
    if not config.smpp_host:
        return 0
    with transaction() as session:
        _expire(session)
    sending = _Sending(_due())
    if not sending.messages and not (late_receipts and _awaits_receipts()):
        return 0
    try:
        gateway(config).exchange(
            sending.one_by_one(), sending.on_sent, _take_receipt, LINGER_SECONDS, on_refused=sending.on_refused
        )
    except (GatewayDown, GatewayRefused) as error:
        log.warning("SMS wait: %s", error)
        _wait_longer(sending.to_blame())
    except Exception:  # a fault of ours in one message must not hold back the others for good
        _wait_longer(sending.to_blame())
        raise
    return sending.sent


class _Sending:
    """The messages of one exchange, and how far it has come."""

    def __init__(self, messages: Sequence[Outgoing]) -> None:
        self.messages = messages
        self.sent = 0
        self._in_hand: str | None = None
        self._told: set[str] = set()

    def one_by_one(self) -> Iterator[Outgoing]:
        """Each message as it is taken into hand."""
        for message in self.messages:
            self._in_hand = message.reference
            yield message

    def on_sent(self, reference: str, ids: Sequence[str]) -> None:
        """The gateway has confirmed all parts of a message."""
        _mark_sent(reference, ids)
        self.sent += 1
        self._told.add(reference)

    def on_refused(self, reference: str, error: GatewayRefused) -> None:
        """The gateway will never take a message."""
        log.warning("SMS %s was refused: %s", reference, error)
        _mark_failed(reference)
        self._told.add(reference)

    def to_blame(self) -> list[str]:
        """What waits longer after a failure: the message in hand, so that one does not block the others for good.

        When not even a connection was made, all of them.
        """
        if self._in_hand is None:
            return [message.reference for message in self.messages]
        return [self._in_hand] if self._in_hand not in self._told else []


def _due() -> list[Outgoing]:
    with reading() as session:
        rows = session.scalars(
            select(SmsMessage)
            .where(SmsMessage.status == SmsStatus.OWED, SmsMessage.next_try_at <= clock.now())
            # A code that waits behind a day's letters has expired before its turn comes: nobody could sign in.
            .order_by(SmsMessage.expires_at.nulls_last(), SmsMessage.next_try_at, SmsMessage.id)
            .limit(AT_ONCE)
        ).all()
        return [Outgoing(str(row.id), row.phone, row.text) for row in rows]


def _awaits_receipts() -> bool:
    recent = SmsMessage.sent_at > clock.now() - RECEIPTS_COME_WITHIN
    waiting = select(SmsMessage.id).where(SmsMessage.status == SmsStatus.SENT, recent)
    with reading() as session:
        return session.scalar(select(waiting.exists())) or False


def _expire(session: Session) -> None:
    """A code that is too old is not sent any more."""
    old = select(SmsMessage).where(SmsMessage.status == SmsStatus.OWED, SmsMessage.expires_at <= clock.now())
    for row in session.scalars(old.with_for_update(skip_locked=True)):
        _end(row, SmsStatus.FAILED)


def _mark_sent(reference: str, ids: Sequence[str]) -> None:
    with transaction() as session:
        row = session.get_one(SmsMessage, UUID(reference), with_for_update=True)
        _end(row, SmsStatus.SENT)
        row.sent_at = clock.now()
        row.gateway_ids = list(ids)


def _mark_failed(reference: str) -> None:
    with transaction() as session:
        _end(session.get_one(SmsMessage, UUID(reference), with_for_update=True), SmsStatus.FAILED)


def _end(row: SmsMessage, status: SmsStatus) -> None:
    """The message is not owed any more; what is secret in it is wiped."""
    row.status = status
    if row.secret:
        row.text = ""


def _take_receipt(message_id: str, state: ReceiptState) -> None:
    """Receipts come for each part: a message is delivered when all its parts are, and failed when one of them is not.

    Gateways may give a number again after a while: the newest message that bears it is meant.
    """
    if not state.final:
        return
    with transaction() as session:
        row = session.scalars(
            select(SmsMessage)
            .where(SmsMessage.gateway_ids.contains([message_id]))
            .order_by(SmsMessage.sent_at.desc(), SmsMessage.id)
            .limit(1)
            .with_for_update()
        ).first()
        if row is None or row.status is not SmsStatus.SENT:
            return
        if state is not ReceiptState.DELIVERED:
            row.status = SmsStatus.FAILED
            return
        row.delivered_ids = sorted({*row.delivered_ids, message_id})
        if set(row.delivered_ids) == set(row.gateway_ids):
            row.status, row.delivered_at = SmsStatus.DELIVERED, clock.now()


def _wait_longer(references: Sequence[str]) -> None:
    """Try again later: after 5 seconds first, then twice as long each time, at most a quarter of an hour."""
    owed = select(SmsMessage).where(
        SmsMessage.id.in_([UUID(one) for one in references]), SmsMessage.status == SmsStatus.OWED
    )
    with transaction() as session:
        for row in session.scalars(owed.order_by(SmsMessage.id).with_for_update()):
            row.next_try_at = clock.now() + min(FIRST_WAIT * 2 ** min(row.attempts, 10), LONGEST_WAIT)
            row.attempts += 1
