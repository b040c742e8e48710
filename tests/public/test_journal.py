"""The journal as everybody sees it: the newest signed roots, a file a day, and how to check them (RI.6)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal import db
from portal.models.audit import JournalRoot
from portal.operations import journal
from portal.signing.seal import Seal, is_signed, new_key
from tests.apps import make_app
from tests.factories import MONDAY
from tests.recipient.conftest import Tied


@pytest.fixture
def browser(database_url: str, session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    app = make_app(database_url)
    monkeypatch.setattr(db, "_database", Tied(session))
    yield app.test_client()


@pytest.fixture
def seal(tmp_path_factory: pytest.TempPathFactory) -> Seal:
    path = tmp_path_factory.mktemp("key") / "journal.pem"
    path.write_bytes(new_key())
    return Seal.load(path)


def root(session: Session, days: int, seal: Seal | None) -> JournalRoot:
    """The root of a day after Monday."""
    made = journal.close_day(session, MONDAY.date() + timedelta(days=days), 0, seal, MONDAY)
    assert made is not None
    session.flush()
    return made


@pytest.mark.law("RI.6")
def test_the_roots_and_the_key_stand_there_for_everybody(session: Session, browser: FlaskClient, seal: Seal) -> None:
    first, second = root(session, 0, None), root(session, 1, seal)
    page = browser.get("/journal?lang=ru")
    assert page.status_code == 200
    for text in (first.root.hex(), second.root.hex(), seal.public_key.hex(), "portal verify journal"):
        assert text in page.text
    assert page.text.index(second.root.hex()) < page.text.index(first.root.hex()), "the newest first"


@pytest.mark.law("RI.6")
def test_the_file_of_a_day_can_be_checked_by_anybody(session: Session, browser: FlaskClient, seal: Seal) -> None:
    first, second = root(session, 0, seal), root(session, 1, seal)
    answer = browser.get(f"/journal/{second.day.isoformat()}.json")
    said = answer.get_json()
    assert "attachment" in answer.headers["Content-Disposition"]
    assert said == journal.said(second)
    assert said["previous"] == first.root.hex()
    signed = (bytes.fromhex(said[name]) for name in ("public_key", "signature", "root"))
    assert is_signed(*signed)


@pytest.mark.parametrize("day", ["2020-01-01", "yesterday", "2026-13-01"])
def test_a_day_without_a_root_is_not_there(browser: FlaskClient, day: str) -> None:
    assert browser.get(f"/journal/{day}.json").status_code == 404


def test_before_the_first_night_the_page_says_so(browser: FlaskClient) -> None:
    assert 'class="empty"' in browser.get("/journal?lang=kk").text
