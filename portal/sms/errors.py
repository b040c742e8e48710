"""What can become of a message at the gateway."""

BAD_ADDRESS = 0x0B
_SYSTEM_ERROR, _QUEUE_FULL, _SUBMIT_FAILED, _THROTTLED, _TRY_AGAIN = 0x08, 0x14, 0x45, 0x58, 0x64
_FOR_NOW = {_SYSTEM_ERROR, _QUEUE_FULL, _SUBMIT_FAILED, _THROTTLED, _TRY_AGAIN}


class GatewayError(Exception):
    """A message did not go out. Names neither the phone nor the text."""


class GatewayDown(GatewayError):  # noqa: N818
    """The gateway cannot be reached, went silent or broke the protocol. What it did not confirm goes again later."""


class GatewayRefused(GatewayError):  # noqa: N818
    """The gateway answered with an SMPP status other than 0: `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The gateway refused with status 0x{code:02x}.")
        self.code = code

    @property
    def for_now(self) -> bool:
        """Whether the same message may be taken later: throttled, its queue full, an error of its own."""
        return self.code in _FOR_NOW
