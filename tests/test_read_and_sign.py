"""The page on which a document is read and signed: shown to its parties, from the bytes that are signed."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from portal import clock, db, read_and_sign
from portal.models.document import Document, Signature
from portal.models.person import Person
from portal.models.provider import Provider
from portal.operations import orders
from portal.operations.orders import Wish
from portal.rules.orders import NewOrder
from portal.rules.service import Service
from portal.signing import PERSON_KEY
from portal.signing.refusals import Reason, SignatureRefused
from portal.signing.verifier import Signer, Verdict
from tests import factories as make
from tests.apps import make_app, sign_in_as
from tests.factories import MONDAY
from tests.pen import Pen

pytestmark = pytest.mark.law("R83.1", "RI.5")
CMS = "LS0tLS1CRUdJTiBDTVMtLS0tLQ=="


@pytest.fixture(scope="module")
def app(new_database: Callable[[], str]) -> Iterator[Flask]:
    before = db._database
    app = make_app(new_database())
    app.extensions["verifier"] = Pen()
    yield app
    db.database().dispose()
    db._database = before


class Case:
    """An order that waits for her signature."""

    def __init__(self, app: Flask) -> None:
        clock.use(lambda: MONDAY)
        with db.transaction() as session:
            self.person: Person = make.make_person(session)
            self.stranger: Person = make.make_person(session)
            entitlement = make.make_programme(session, self.person, Service.INTERPRETER)
            make.make_programme(session, self.stranger)
            offer = make.make_offer(session, service=Service.INTERPRETER)
            self.provider = session.get_one(Provider, offer.provider_id)
            self.head: Person = make.make_staff(session, self.provider)
            new = NewOrder(Service.INTERPRETER, MONDAY.date(), entitlement.ends_on, 600, None, "online")
            wish = Wish(entitlement.id, offer.id, new)
            self.document: Document = orders.prepare(session, wish, make.as_recipient(self.person), MONDAY)
        self.app = app
        self.url = f"/recipient/orders/sign/{self.document.id}"

    def as_(self, person: Person, key: str | None = None) -> FlaskClient:
        """A browser in which somebody is signed in."""
        client = self.app.test_client()
        sign_in_as(client, person, key or f"recipient:{person.id}")
        return client


@pytest.fixture
def case(app: Flask) -> Case:
    return Case(app)


def test_she_reads_what_the_bytes_say(case: Case) -> None:
    page = case.as_(case.person).get(case.url)
    assert page.status_code == 200
    assert case.provider.name_ru in page.get_data(as_text=True).replace("&#171;", "«").replace("&#187;", "»")
    assert all(one in page.text for one in PERSON_KEY)


@pytest.mark.parametrize("who", ["stranger", "head"])
def test_to_others_it_is_not_there(case: Case, who: str) -> None:
    person = getattr(case, who)
    key = f"recipient:{person.id}" if who == "stranger" else f"provider:{case.provider.id}"
    assert case.as_(person, key).get(case.url).status_code in {403, 404}
    nowhere = case.url.replace(str(case.document.id), str(uuid4()))
    assert case.as_(case.person).get(nowhere).status_code == 404


def test_a_refused_signature_shows_the_page_again_with_the_reason(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise SignatureRefused(Reason.WRONG_PERSON)

    monkeypatch.setattr(case.app.extensions["verifier"], "verify", refuse)
    page = case.as_(case.person).post(case.url, data={"cms": CMS})
    assert page.status_code == 422
    assert "govuk-error-summary" in page.text and "govuk-heading-l" in page.text
    with db.reading() as session:
        assert session.get_one(Document, case.document.id).signatures == []


def test_signed_it_says_so_and_asks_no_more(case: Case) -> None:
    browser = case.as_(case.person)
    assert browser.post(case.url, data={"cms": CMS}).status_code == 302
    assert f"/recipient/orders/{case.document.subject_id}" in browser.get(case.url).location
    with db.reading() as session:
        (signature,) = session.query(Signature).where(Signature.document_id == case.document.id).all()
    assert signature.person_id == case.person.id


def test_while_it_is_checked_nobody_waits(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check may be asked of a slow service: it is asked once, before a row is held."""
    pen = Pen()

    class Slow(Pen):
        def verify(self, data: bytes, cms: bytes, expected: Signer, moment: datetime) -> Verdict:
            with db.transaction() as session:
                for table in ("people", "entitlements", "documents"):
                    session.execute(text(f"SELECT id FROM {table} FOR UPDATE NOWAIT"))
            return pen.verify(data, cms, expected, moment)

    monkeypatch.setitem(case.app.extensions, "verifier", Slow())
    assert case.as_(case.person).post(case.url, data={"cms": CMS}).status_code == 302
    assert pen.expected == [Signer(case.person.iin)]


def test_a_file_of_the_very_bytes(case: Case) -> None:
    with case.app.test_request_context():
        answer = read_and_sign.download(case.document)
    assert answer.data == case.document.body
    assert answer.content_type == "application/json; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="order-{case.document.id}.json"'


def test_an_organisation_signs_with_its_own_kind_of_key(case: Case) -> None:
    they = make.as_provider(case.head, case.provider)
    with case.app.test_request_context():
        assert read_and_sign._as_organisation(case.document, they)
        assert not read_and_sign._as_organisation(case.document, make.as_recipient(case.person))
