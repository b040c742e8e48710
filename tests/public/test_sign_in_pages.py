"""The pages of signing in: IIN, code, for whom; what they tell, and what they never tell."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from portal import clock, db
from portal.models.person import Person, Representation
from portal.models.provider import ProviderStaff
from portal.models.sign_in import Attempts
from portal.operations import sign_in
from tests import factories as make
from tests.apps import SECRET, make_app, sign_in_as
from tests.factories import MONDAY

pytestmark = pytest.mark.law("R3.3")


@pytest.fixture(scope="module")
def app(new_database: Callable[[], str]) -> Iterator[Flask]:
    before = db._database
    yield make_app(new_database())
    db.database().dispose()
    db._database = before


@pytest.fixture
def browser(app: Flask) -> Iterator[FlaskClient]:
    """A browser on a Monday in March; nobody has tried anything yet."""
    clock.use(lambda: MONDAY)
    with db.transaction() as session:
        session.execute(delete(Attempts))
    client = app.test_client()
    client.get("/?lang=ru")
    yield client


def somebody(**given: object) -> Person:
    """A recipient with an entitlement."""
    with db.transaction() as session:
        person = make.make_person(session, **given)
        make.make_programme(session, person)
    return person


def ask(browser: FlaskClient, iin: str) -> TestResponse:
    return browser.post("/sign-in", data={"iin": iin})


def code_of(browser: FlaskClient) -> str:
    """The digits of the code that this browser asked for."""
    with browser.session_transaction() as cookie:
        return sign_in.digits_of(UUID(cookie["code"]), SECRET)


def enter(browser: FlaskClient, person: Person) -> TestResponse:
    """Sign in, and follow to where it leads."""
    ask(browser, person.iin)
    return browser.post("/sign-in/code", data={"code": code_of(browser)}, follow_redirects=True)


def cookie_of(browser: FlaskClient) -> dict[str, object]:
    with browser.session_transaction() as cookie:
        return dict(cookie)


def bare(page: TestResponse) -> str:
    """A page without the numbers that differ each time: that of the form, and the code that was typed."""
    return re.sub(r'value="([0-9a-f-]{36}|[0-9]{6})"', "", page.text)


def test_from_iin_to_her_own_page(browser: FlaskClient) -> None:
    person = somebody()
    asked = ask(browser, person.iin)
    assert (asked.status_code, asked.location) == (302, "/sign-in/code")
    page = browser.get("/sign-in/code").text
    assert 'autocomplete="one-time-code"' in page and 'inputmode="numeric"' in page
    entered = browser.post("/sign-in/code", data={"code": code_of(browser)})
    assert entered.location == "/for-whom"
    assert browser.get("/for-whom").location == "/recipient/"
    assert browser.get("/recipient/").status_code == 200
    assert cookie_of(browser)["_user_id"] == str(person.id)


def test_the_answer_does_not_tell_whether_an_iin_is_known(app: Flask, browser: FlaskClient) -> None:
    answers = []
    for iin in (somebody().iin, make.new_iin(), somebody(phone=None).iin, somebody(died_on=date(2026, 3, 1)).iin):
        client = app.test_client()
        client.get("/?lang=ru")
        asked = ask(client, iin)
        wrong = f"{(int(code_of(client)) + 1) % 1_000_000:06d}"
        refused = client.post("/sign-in/code", data={"code": wrong})
        answers.append(
            (asked.status_code, asked.location, asked.text, bare(client.get("/sign-in/code")), bare(refused))
        )
        assert iin not in answers[-1][3]
    assert len(set(answers)) == 1


@pytest.mark.parametrize("spelling", ["{a} {b}", " {a}-{b} ", "{a}\u00a0{b}", "{a}\t{b}\n", "\u200b{a}{b}"])
def test_a_pasted_code_may_have_spaces(browser: FlaskClient, spelling: str) -> None:
    ask(browser, somebody().iin)
    digits = code_of(browser)
    entered = browser.post("/sign-in/code", data={"code": spelling.format(a=digits[:3], b=digits[3:])})
    assert entered.status_code == 302


@pytest.mark.parametrize("spelling", ["{} {} {} {}", " {}{}{}{} ", "{}-{}-{}-{}"])
def test_an_iin_may_have_spaces(browser: FlaskClient, spelling: str) -> None:
    iin = somebody().iin
    assert ask(browser, spelling.format(iin[:3], iin[3:6], iin[6:9], iin[9:])).status_code == 302


@pytest.mark.parametrize(
    "iin",
    [
        "",
        "12",
        "850315400125",
        "x" * 5000,
        "٨٥٠٣١٥٤٠٠١٢٤",
        "' OR 1=1 --",
        "<script>",
        "850315400124\x00",
        "000000000000",
    ],
)
def test_what_is_no_iin_is_shown_again_with_a_sentence(browser: FlaskClient, iin: str) -> None:
    answer = ask(browser, iin)
    if "\x00" in iin:
        assert answer.status_code == 302
    else:
        assert answer.status_code == 422
        assert "govuk-error-summary" in answer.text
        assert "<script>" not in answer.text


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "9" * 5000])
def test_what_is_no_code_is_shown_again_with_a_sentence(browser: FlaskClient, code: str) -> None:
    ask(browser, somebody().iin)
    answer = browser.post("/sign-in/code", data={"code": code})
    assert answer.status_code == 422
    assert "govuk-error-summary" in answer.text
    assert "_user_id" not in cookie_of(browser)


def test_a_wrong_code_says_so_and_counts(browser: FlaskClient) -> None:
    ask(browser, somebody().iin)
    wrong = f"{(int(code_of(browser)) + 1) % 1_000_000:06d}"
    pages = [browser.post("/sign-in/code", data={"code": wrong}) for _ in range(6)]
    assert [page.status_code for page in pages] == [422] * 6
    assert bare(pages[0]) == bare(pages[4]) != bare(pages[5])
    assert browser.post("/sign-in/code", data={"code": code_of(browser)}).status_code == 422


def test_a_code_works_once_and_in_time(app: Flask, browser: FlaskClient) -> None:
    person = somebody()
    ask(browser, person.iin)
    taken, late = cookie_of(browser)["code"], app.test_client()
    enter_first = browser.post("/sign-in/code", data={"code": code_of(browser)})
    assert enter_first.status_code == 302
    with late.session_transaction() as cookie:
        cookie["code"] = taken
    assert late.post("/sign-in/code", data={"code": code_of(late)}).status_code == 422
    ask(late, person.iin)
    clock.use(lambda: MONDAY + timedelta(minutes=10))
    assert late.post("/sign-in/code", data={"code": code_of(late)}).status_code == 422


def test_too_many_codes_is_a_sentence_on_the_form(browser: FlaskClient) -> None:
    iin = make.new_iin()
    statuses = [ask(browser, iin).status_code for _ in range(sign_in.CODES_A_PERSON + 1)]
    assert statuses == [302] * sign_in.CODES_A_PERSON + [422]


def test_no_code_without_an_iin(browser: FlaskClient) -> None:
    assert browser.get("/sign-in/code").location == "/sign-in"
    assert browser.post("/sign-in/code", data={"code": "123456"}).location == "/sign-in"


class TestSession:
    """What a session is made of, and when it ends."""

    def test_nothing_of_a_guest_goes_over_but_the_language(self, browser: FlaskClient) -> None:
        """Whoever planted a session in this browser gains nothing by it."""
        stranger, person = somebody(), somebody()
        with browser.session_transaction() as cookie:
            cookie["capacity"] = f"recipient:{stranger.id}"
            cookie["planted"] = "yes"
            cookie["csrf_token"] = "known"
        enter(browser, person)
        cookie_now = cookie_of(browser)
        assert cookie_now["_user_id"] == str(person.id)
        assert cookie_now["capacity"] == f"recipient:{person.id}"
        assert cookie_now["language"] == "ru"
        assert not {"planted", "code"} & set(cookie_now)
        assert cookie_now.get("csrf_token") != "known"

    def test_signing_in_as_another_ends_the_first(self, browser: FlaskClient) -> None:
        first, second = somebody(), somebody()
        enter(browser, first)
        enter(browser, second)
        assert cookie_of(browser)["_user_id"] == str(second.id)
        assert cookie_of(browser)["capacity"] == f"recipient:{second.id}"

    def test_signing_out_leaves_the_language_only(self, browser: FlaskClient) -> None:
        enter(browser, somebody())
        left = browser.post("/sign-out")
        assert left.location == "/?signed_out=1"
        assert set(cookie_of(browser)) <= {"language", "_remember"}
        assert browser.get("/recipient/").location.startswith("/sign-in")
        assert browser.get("/sign-out").status_code == 405

    def test_the_cookie_is_out_of_reach_of_scripts_and_holds_no_iin(self, browser: FlaskClient) -> None:
        person = somebody()
        enter(browser, person)
        header = (
            browser.get("/for-whom?choose=1").headers.get("Set-Cookie")
            or ask(browser, person.iin).headers["Set-Cookie"]
        )
        assert "HttpOnly" in header and "SameSite=Lax" in header
        assert person.iin not in str(cookie_of(browser))

    def test_in_her_language_unless_she_chose_another(self, app: Flask, browser: FlaskClient) -> None:
        enter(browser, somebody(language="kk"))
        assert cookie_of(browser)["language"] == "ru"
        fresh = app.test_client()
        enter(fresh, somebody(language="ru"))
        assert cookie_of(fresh)["language"] == "ru"

    def test_a_person_who_is_not_there_any_more_is_nobody(self, browser: FlaskClient) -> None:
        with browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = "00000000-0000-4000-8000-000000000000", True
        assert browser.get("/recipient/").location.startswith("/sign-in")


class TestOnward:
    """Where signing in leads."""

    def go(self, browser: FlaskClient, target: str, person: Person | None = None) -> str:
        """Where a sign-in that was asked for `target` ends."""
        browser.get("/sign-in", query_string={"next": target})
        ask(browser, (person or somebody()).iin)
        browser.post("/sign-in/code", data={"code": code_of(browser)})
        location: str = browser.get("/for-whom").location
        return location

    @pytest.mark.parametrize("path", ["/recipient/orders", "/recipient/orders?page=2", "/services", "/recipient/?q=Ә"])
    def test_back_to_where_they_were_going(self, browser: FlaskClient, path: str) -> None:
        from urllib.parse import unquote

        assert unquote(self.go(browser, path)) == path

    @pytest.mark.parametrize(
        "target",
        [
            "https://evil.example/",
            "//evil.example/",
            "///evil.example/",
            "/\\evil.example/",
            "\\\\evil.example/",
            "/\t/evil.example/",
            "/\t\\evil.example/",
            "/\n//evil.example",
            "javascript:alert(1)",
            "http:evil.example",
            " //evil.example",
            "evil.example",
            "/" + "a" * 5000,
            "",
        ],
    )
    def test_never_elsewhere(self, browser: FlaskClient, target: str) -> None:
        assert self.go(browser, target) == "/recipient/"

    def test_not_through_a_door_that_is_closed_to_them(self, browser: FlaskClient) -> None:
        assert self.go(browser, "/office/acts") == "/recipient/"

    def test_a_closed_page_leads_through_signing_in_and_back(self, browser: FlaskClient) -> None:
        sent = browser.get("/recipient/orders?page=2")
        assert sent.location == "/sign-in?next=/recipient/orders?page%3D2"
        browser.get(sent.location)
        ask(browser, somebody().iin)
        browser.post("/sign-in/code", data={"code": code_of(browser)})
        assert browser.get("/for-whom").location == "/recipient/orders?page=2"


class TestForWhom:
    """Who may act as more than one chooses; a right that is lost is lost at once."""

    def mother_of(self, *children: Person) -> Person:
        with db.transaction() as session:
            mother = make.make_person(session)
            for child in children:
                session.add(
                    Representation(
                        person_id=mother.id, recipient_id=child.id, kind="parent", valid_from=date(2020, 1, 1)
                    )
                )
        return mother

    def test_who_may_act_as_one_goes_straight_on(self, browser: FlaskClient) -> None:
        child = somebody()
        enter(browser, self.mother_of(child))
        assert cookie_of(browser)["capacity"] == f"recipient:{child.id}"

    def test_who_may_act_for_several_chooses(self, browser: FlaskClient) -> None:
        one, two = somebody(last_name="Бірінші"), somebody(last_name="Екінші")
        page = enter(browser, self.mother_of(one, two))
        assert page.request.path == "/for-whom"
        assert "Бірінші" in page.text and "Екінші" in page.text
        assert browser.get("/recipient/").location == "/for-whom"
        assert browser.post("/for-whom", data={}).status_code == 422
        chosen = browser.post("/for-whom", data={"capacity": f"recipient:{two.id}"})
        assert chosen.location == "/recipient/"
        assert browser.get("/recipient/").status_code == 200

    def test_not_for_somebody_elses(self, browser: FlaskClient) -> None:
        one, two, stranger = somebody(), somebody(), somebody()
        enter(browser, self.mother_of(one, two))
        refused = browser.post("/for-whom", data={"capacity": f"recipient:{stranger.id}"})
        assert refused.status_code == 422
        assert "capacity" not in cookie_of(browser)

    def test_a_planted_capacity_is_none(self, app: Flask, browser: FlaskClient) -> None:
        person, stranger = somebody(), somebody()
        sign_in_as(browser, person, f"recipient:{stranger.id}")
        assert browser.get("/recipient/").location == "/for-whom"

    def test_a_lost_right_ends_at_once_and_turns_into_no_other(self, browser: FlaskClient) -> None:
        one, two = somebody(), somebody()
        mother = self.mother_of(one, two)
        sign_in_as(browser, mother, f"recipient:{one.id}")
        assert browser.get("/recipient/").status_code == 200
        with db.transaction() as session:
            held = session.scalars(select(Representation).where(Representation.recipient_id == one.id)).one()
            held.valid_to = MONDAY.date() - timedelta(days=1)
        assert browser.get("/recipient/").location == "/for-whom"
        assert browser.post("/recipient/orders").status_code in {302, 405}

    def test_who_leaves_a_provider_is_out_at_once(self, browser: FlaskClient) -> None:
        with db.transaction() as session:
            provider = make.make_provider(session)
            head = make.make_staff(session, provider)
        sign_in_as(browser, head, f"provider:{provider.id}")
        assert browser.get("/provider/").status_code == 200
        with db.transaction() as session:
            session.execute(delete(ProviderStaff).where(ProviderStaff.person_id == head.id))
        assert browser.get("/provider/").location == "/for-whom"

    def test_in_another_role_the_door_is_closed(self, browser: FlaskClient) -> None:
        person = somebody()
        sign_in_as(browser, person, f"recipient:{person.id}")
        assert [browser.get(f"/{door}/").status_code for door in ("provider", "specialist", "office")] == [403] * 3

    def test_who_has_no_programme_is_told_so(self, browser: FlaskClient) -> None:
        with db.transaction() as session:
            person = make.make_person(session)
        page = enter(browser, person)
        assert (page.status_code, page.request.path) == (200, "/for-whom")
        assert "govuk-radios" not in page.text

    def test_guests_sign_in_first(self, browser: FlaskClient) -> None:
        assert browser.get("/for-whom").location == "/sign-in"

    @pytest.mark.law("RI.4")
    def test_nobody_goes_on_as_somebody_who_has_died(self, browser: FlaskClient) -> None:
        person = somebody()
        sign_in_as(browser, person, f"recipient:{person.id}")
        with db.transaction() as session:
            session.get_one(Person, person.id).died_on = MONDAY.date()
        assert browser.get("/recipient/").location.startswith("/sign-in")
