"""What exactly is signed: canonical JSON, the same bytes for the same words, for ever.

A signature is over bytes. Everything that the page shows stands in one mapping; `canonical` turns it into the only
bytes that it can be: keys in order, no spaces, UTF-8, letters in the composed form (NFC), whole numbers only. These
bytes are kept as they are, beside their signature; a picture of them (a page, a PDF) is never what is signed.
"""

import base64
import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn


def canonical(body: Mapping[str, Any]) -> bytes:
    """The only bytes that say `body`; `parse` gives it back.

    Text, whole numbers, true, false, nothing, lists and dictionaries with text keys: every other type is a `TypeError`
    (a date is written as ISO text, money as whole tiyn). Two keys that are one after normalising are a `ValueError`.
    """
    return json.dumps(
        _plain(dict(body)), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def parse(data: bytes) -> dict[str, Any]:
    """What canonical bytes say; a `ValueError` for all other bytes: nothing is signed in two spellings."""
    try:
        body = json.loads(data.decode(), parse_float=_no_fractions, parse_constant=_no_fractions)
        if isinstance(body, dict) and canonical(body) == data:
            return body
    except RecursionError as error:
        raise ValueError("The document is nested too deeply.") from error
    raise ValueError("These are not the canonical bytes of a document.")


def sha256_hex(data: bytes) -> str:
    """The fingerprint of a document: SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Envelope:
    """A document ready to be signed: its bytes, and the forms in which a page carries them."""

    data: bytes

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Envelope":
        """The envelope of a mapping; the errors are those of `canonical`."""
        return cls(canonical(body))

    @property
    def base64(self) -> str:
        """The bytes in base64, as NCALayer takes them."""
        return base64.b64encode(self.data).decode()

    @property
    def sha256(self) -> str:
        """The fingerprint of the bytes, in hexadecimal digits."""
        return sha256_hex(self.data)


def _plain(value: object) -> object:
    # Exact types: an enumeration or a Decimal has more than one way to be written.
    if value is None or type(value) in {bool, int}:
        return value
    if type(value) is str:
        return unicodedata.normalize("NFC", value)
    if type(value) is list:
        return [_plain(each) for each in value]
    if type(value) is dict:
        return _plain_keys(value)
    raise TypeError(f"A {type(value).__name__} has no place in a signed document.")


def _plain_keys(value: dict[object, object]) -> dict[object, object]:
    plain = {}
    for key, each in value.items():
        if type(key) is not str:
            raise TypeError("The keys of a signed document are texts.")
        plain[_plain(key)] = _plain(each)
    if len(plain) != len(value):
        raise ValueError("Two keys of the document are the same text.")
    return plain


def _no_fractions(text: str) -> NoReturn:
    raise ValueError(f"A signed document has whole numbers only, not {text}.")
