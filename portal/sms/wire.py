"""SMPP 3.4 on the socket: smpplib's client with a deadline for every PDU, and no word of what passes in the logs."""

import logging
import socket
import time
from typing import Any

from smpplib import exceptions
from smpplib.client import Client

_LOGGER = "portal.sms.wire"
_MOST_BYTES = 65536
# smpplib logs every PDU in full at DEBUG: phones and texts must not get there, whatever level the portal runs at.
logging.getLogger(_LOGGER).setLevel(logging.ERROR)


class Wire(Client):  # type: ignore[misc]
    """One connection to a gateway; `timeout` in seconds is the most that connecting, a PDU or sending may take."""

    def __init__(self, host: str, port: int, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout, logger_name=_LOGGER, allow_unknown_opt_params=True)
        self._deadline = 0.0

    def connect(self) -> None:
        """Connect; raises `OSError`."""
        self._socket = socket.create_connection((self.host, self.port), timeout=self.timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.state = 1  # smpplib's "open"

    def fileno(self) -> int:
        """The socket's number, for `select`."""
        return int(self._socket.fileno())

    def send_pdu(self, p: Any) -> bool:
        """Send a PDU within `timeout`."""
        self._socket.settimeout(self.timeout)
        return bool(super().send_pdu(p))

    def read_pdu(self) -> Any:
        """Read one PDU, all of it within `timeout`."""
        self._deadline = time.monotonic() + self.timeout
        return super().read_pdu()

    def _recv_exact(self, exact_size: int) -> bytes:
        if not 0 <= exact_size <= _MOST_BYTES:
            raise exceptions.ConnectionError
        received = bytearray()
        while len(received) < exact_size:
            self._socket.settimeout(max(self._deadline - time.monotonic(), 0.001))
            part = self._socket.recv(exact_size - len(received))
            if not part:
                raise exceptions.ConnectionError
            received += part
        return bytes(received)
