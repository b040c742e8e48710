"""The signed bytes: one spelling for one content, and nothing that could be read in two ways."""

import hashlib
import unicodedata
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.signing import Envelope, canonical, parse, sha256_hex

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="ascii")), inner),
    max_leaves=20,
)
bodies = st.dictionaries(st.text(st.characters(codec="ascii")), plain, max_size=5)


def composed(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [composed(each) for each in value]
    return {key: composed(each) for key, each in value.items()} if isinstance(value, dict) else value


def test_the_bytes_are_these() -> None:
    body = {"я": [1, True, None], "a": {"c": "Әйгерім «Қ»", "b": -5}}
    assert canonical(body) == '{"a":{"b":-5,"c":"Әйгерім «Қ»"},"я":[1,true,null]}'.encode()


@given(bodies)
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read_back(body: dict[str, Any]) -> None:
    assert parse(canonical(body)) == composed(body)


@given(bodies)
@settings(max_examples=50, deadline=None)
def test_the_order_of_the_keys_does_not_matter(body: dict[str, Any]) -> None:
    assert canonical(dict(reversed(body.items()))) == canonical(body)


def test_one_letter_in_two_spellings_is_one_document() -> None:
    assert canonical({"name": "\u0438\u0306"}) == canonical({"name": "\u0439"})


class Status(StrEnum):
    PLACED = "placed"


@pytest.mark.parametrize(
    "value",
    [1.5, Decimal("1.50"), date(2026, 1, 1), b"bytes", (1, 2), {1, 2}, Status.PLACED, {1: "x"}, object()],
    ids=lambda value: type(value).__name__,
)
def test_has_no_place_in_a_document(value: object) -> None:
    with pytest.raises(TypeError):
        canonical({"field": [value]})


@pytest.mark.parametrize(
    "body", [{"\u0438\u0306": 1, "\u0439": 2}, {"field": "\ud800"}], ids=["two keys are one", "half a letter"]
)
def test_is_not_a_document(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        canonical(body)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'"text"',
        b'{"a": 1}',
        b'{"a":1}\n',
        b'{"b":1,"a":1}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":1e3}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":"\\u0439"}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":"\u0438\u0306"}'.encode(),
        b'{"a":"\xff"}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda data: repr(data[:20]),
)
def test_bytes_in_any_other_spelling_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        parse(data)


def test_an_envelope_carries_the_bytes() -> None:
    envelope = Envelope.of({"a": "ә"})
    assert envelope.data == canonical({"a": "ә"})
    assert envelope.base64 == "eyJhIjoi05kifQ=="
    assert envelope.sha256 == sha256_hex(envelope.data) == hashlib.sha256(envelope.data).hexdigest()
