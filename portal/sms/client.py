"""The way out for words: SMS through a gateway that speaks SMPP 3.4. Phones and texts are in no log and no error."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from portal.sms.errors import GatewayRefused
from portal.sms.session import OnReceipt, ReceiptState, Session
from portal.sms.wire import Wire


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send: `reference` is the portal's own name for it, the same each time it is tried."""

    reference: str
    phone: str = field(repr=False)
    text: str = field(repr=False)


OnSent = Callable[[str, Sequence[str]], None]
OnRefused = Callable[[str, GatewayRefused], None]


@dataclass(frozen=True, slots=True)
class SmsGateway:
    """Where the gateway is and as whom the portal speaks; `timeout` in seconds for each step.

    It holds no connection, so any thread may use it; each exchange is a connection of its own.
    """

    host: str
    port: int
    system_id: str
    password: str = field(repr=False)
    source: str
    timeout: float = 10

    def __post_init__(self) -> None:
        # smpplib would cut them silently, and the gateway would refuse what is left.
        if len(self.system_id) > 15 or len(self.password) > 8:
            raise ValueError("SMPP allows 15 characters for the name and 8 for the password.")

    def connect(self) -> Session:
        """A bound connection, to be used in a `with` block; raises `GatewayDown` or `GatewayRefused`."""
        session = Session(Wire(self.host, self.port, self.timeout), self.source)
        session.bind(self.system_id, self.password)
        return session

    def exchange(
        self,
        messages: Iterable[Outgoing],
        on_sent: OnSent,
        on_receipt: OnReceipt,
        linger_seconds: float,
        *,
        on_refused: OnRefused,
        stop: threading.Event | None = None,
    ) -> None:
        """Send the messages one after another, then take receipts for `linger_seconds` at most.

        `on_sent(reference, message_ids)` once all parts are confirmed, before any of their receipts is told;
        `on_refused` for a message that will never be taken. What was told to neither goes again at the next exchange,
        after `GatewayDown`, or `GatewayRefused` when the gateway takes nothing more for now. Lingering ends early once
        everything sent here has its last receipt, or `stop` is set. With no messages it only takes late receipts.
        """
        stop = stop or threading.Event()
        awaited: set[str] = set()
        sent = 0

        def take(message_id: str, state: ReceiptState) -> None:
            on_receipt(message_id, state)
            if state.final:
                awaited.discard(message_id)

        with self.connect() as session:
            for message in messages:
                if stop.is_set():
                    break
                ids = _send(session, message, on_refused)
                if ids:
                    awaited.update(ids)
                    on_sent(message.reference, ids)
                    sent += 1
                session.deliver(take)
            session.listen(linger_seconds, take, lambda: sent > 0 and not awaited, stop)


def _send(session: Session, message: Outgoing, on_refused: OnRefused) -> list[str]:
    try:
        return session.send(message.phone, message.text, message.reference)
    except GatewayRefused as refusal:
        if refusal.for_now:
            raise
        on_refused(message.reference, refusal)
        return []
