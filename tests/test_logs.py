"""What is written into logs: never a value of anybody's, whatever went wrong."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from portal import db, logs
from portal.models.person import Person
from tests import factories as make
from tests.apps import make_app
from tests.esobes.conftest import API, TOKENS

IIN = "850315400124"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What a process writes, whose logs are set up as the portal's are."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    stream = StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.set_up()
    yield stream
    root.handlers[:], root.level = before, level


def raised(do: Callable[[], Any]) -> Exception:
    try:
        do()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


@contextmanager
def nested(session: Session) -> Iterator[None]:
    """What is done in the block is taken back, for it broke the transaction."""
    savepoint = session.begin_nested()
    yield
    savepoint.rollback()


@pytest.mark.parametrize(
    "said",
    [
        IIN,
        f"for {IIN}.",
        f"iin={IIN}",
        f"Key (iin)=({IIN}) already exists.",
        f"{IIN}, {IIN}",
        f"/people/{IIN}/orders",
        f'{{"iin": "{IIN}"}}',
        f"IIN{IIN}X",
        f"_{IIN}_",
    ],
)
def test_no_iin_in_a_line(written: StringIO, said: str) -> None:
    logging.getLogger("portal.anything").warning("It says %s", said)
    logging.getLogger("portal.anything").warning(said)
    assert written.getvalue().count("[number]") == 2 * said.count(IIN)
    assert IIN not in written.getvalue()


def test_other_numbers_are_left(written: StringIO) -> None:
    logging.getLogger("portal").info("order 100001, 1234567890123 tiyn, 12 visits")
    assert "order 100001, 1234567890123 tiyn, 12 visits" in written.getvalue()


def test_an_error_is_told_by_its_place_and_its_kinds(written: StringIO) -> None:
    name, secret = "СЕЙТҚАЛИ".title(), "DIAGNOSIS".title()

    def fail() -> None:
        try:
            raise KeyError(name, IIN)
        except KeyError as error:
            raise RuntimeError(secret, IIN) from error

    logging.getLogger("portal").error("It broke.", exc_info=raised(fail))
    said = written.getvalue()
    assert "It broke." in said and "RuntimeError <- KeyError" in said and "test_logs.py" in said
    assert name not in said and secret not in said and IIN not in said


@pytest.mark.parametrize("chain", ["from", "while"])
def test_an_error_of_the_database(written: StringIO, session: Session, chain: str) -> None:
    """It quotes the row: who it is about, with phone and address."""
    person = make.make_person(session, iin=IIN, address="Құпия көше, 7", phone="+77015556677")

    def twice() -> None:
        session.add(Person(iin=IIN, last_name=person.last_name, first_name="Айгүл", address="Құпия көше, 7"))
        session.flush()

    def wrapped() -> None:
        try:
            twice()
        except IntegrityError as error:
            if chain == "from":
                raise RuntimeError("wrapped") from error
            raise RuntimeError("wrapped")  # noqa: B904 - what is raised while another is dealt with is told too

    with nested(session):
        found = raised(twice)
    logging.getLogger("portal").error("It broke.", exc_info=found)
    logging.getLogger("portal").error("Again: %s", type(found).__name__)
    with nested(session):
        logging.getLogger("portal").error("Wrapped.", exc_info=raised(wrapped))
    said = written.getvalue()
    assert "IntegrityError <- UniqueViolation" in said
    for secret in (IIN, person.last_name, "Құпия", "+77015556677", "DETAIL"):
        assert secret not in said


def test_a_violated_check_quotes_a_whole_row(written: StringIO, session: Session) -> None:
    entitlement = make.make_programme(session)

    def lie() -> None:
        session.execute(text("UPDATE people SET iin = 'x' WHERE id = :id"), {"id": entitlement.person_id})

    with nested(session):
        found = raised(lie)
    assert isinstance(found, DBAPIError)
    logging.getLogger("portal").error("It broke.", exc_info=found)
    assert "IntegrityError" in written.getvalue()
    assert "Failing row" not in written.getvalue()


def test_a_fault_in_a_request_is_told_without_its_values(
    written: StringIO, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.operations import programmes

    def fail(*_: Any) -> None:
        raise RuntimeError(f"about {IIN}")

    before = db._database
    app: Flask = make_app(new_database(), esobes_tokens=TOKENS)
    app.testing = False
    monkeypatch.setattr(programmes, "receive", fail)
    from tests.esobes.conftest import programme

    answer = app.test_client().post(
        f"{API}/programmes", json=programme(), headers={"Authorization": f"Bearer {TOKENS[0]}"}
    )
    db.database().dispose()
    db._database = before
    assert answer.status_code == 500
    said = written.getvalue()
    assert "RuntimeError" in said and "/api/esobes/v1/programmes" in said
    assert IIN not in said and TOKENS[0] not in said


@pytest.mark.parametrize("chatty", ["procrastinate", "httpx", "alembic", "pyhanko", "pyhanko_certvalidator"])
def test_libraries_do_not_tell_what_they_are_at(written: StringIO, chatty: str) -> None:
    import portal.signing  # noqa: F401 - silences those that name signers

    logging.getLogger(chatty).info("POST https://example.org/?iin=1")
    assert written.getvalue() == ""
