"""What can become of a request to the payment system: each error says what is known, and so what may be done next.

| error | money | what to do |
|---|---|---|
| `PaymentRefused` | did not move | decide anew; a new attempt needs a new key |
| `PaymentConflict` | did not move now | a fault of ours: the key belongs to another request; look up |
| `PaymentAuthError` | did not move | mend the configuration; then the same key again |
| `PaymentUnavailable` | did not move | later, the same key again |
| `PaymentUnknown` | perhaps moved | look it up by its group; never ask with another key |
"""


class PaymentError(Exception):
    """A request to the payment system did not end in an answer that can be used. Carries no secret."""


class PaymentRefused(PaymentError):  # noqa: N818 - the word of the trade
    """The payment system refuses for good: `code` and `param` as it names them, `message` for the office."""

    def __init__(self, code: str, message: str, param: str) -> None:
        super().__init__(f"{code or 'refused'}: {message}")
        self.code = code
        self.message = message
        self.param = param


class PaymentConflict(PaymentError):  # noqa: N818
    """The idempotency key was used before with other parameters: nothing was done by this request."""


class PaymentAuthError(PaymentError):
    """The payment system does not accept the portal's key, or not for this: nothing was done."""


class PaymentUnavailable(PaymentError):  # noqa: N818
    """Nothing was sent, or the payment system said that it did nothing because it is busy."""


class PaymentUnknown(PaymentError):  # noqa: N818
    """What came of the request is not known: it must be looked up before anything else is asked."""
