"""The office's queue and the page of an act: what stands there, what is refused, whose acts are not found."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.act import Act
from portal.models.payment import Payment
from portal.operations import review
from portal.queries import office_acts
from portal.queries.office_acts import Stage, Wanted
from portal.rules.acts import ActStatus, ReturnReason
from portal.rules.service import Service
from tests import factories as make
from tests.office.conftest import SignIn, statements
from tests.office.sent import CHECKED, OTHER_PLACE, Clerks, Sent, accepted
from tests.recipient.conftest import Browser


def numbers(session: Session, clerks: Clerks, wanted: Wanted) -> list[int]:
    """The numbers of the acts that a clerk finds."""
    found = office_acts.queue(session, clerks.office.id, clerks.first_person.id, wanted, 1)
    assert found.total == len(found.rows)
    return [row.act.number for row in found.rows]


@pytest.mark.law("R42.9")
def test_the_queue_has_the_oldest_term_first(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    urgent = Sent(session)
    urgent.act.check_due_on = date(2026, 4, 6)
    late = Sent(session)
    late.act.check_due_on = date(2026, 4, 3)
    session.flush()
    expected = [late.act.number, urgent.act.number, sent.act.number]
    assert numbers(session, clerks, Wanted()) == expected
    page = first.get("/office/acts")
    assert page.status == 200
    places = [page.html.index(f"{number}</a>") for number in expected]
    assert places == sorted(places)
    assert page.says_number("late by %(num)s working day", "late by %(num)s working days", 1)
    assert page.says("today is the last day")


@pytest.mark.law("R42.9")
def test_what_one_looks_for(session: Session, clerks: Clerks) -> None:
    ours = Sent(session, recipient=make.make_person(session, last_name="Әбдіқадыров"))
    other = Sent(session, service=Service.INTERPRETER)
    act, number = ours.act, ours.act.number
    for wanted in (
        Wanted(provider_id=ours.provider.id),
        Wanted(service=Service.ASSISTANT),
        Wanted(text=str(number)),
        Wanted(text=f"№{act.order.number}"),
        Wanted(text="әбдіқад"),
        Wanted(text="айгүл ӘБДІ"),
        Wanted(text=ours.provider.name_ru[5:]),
    ):
        assert numbers(session, clerks, wanted) == [number], wanted
    for nothing in ("100%", "нет_такого", "9" * 30, "Әбдіқадыров Жоқ"):
        assert numbers(session, clerks, Wanted(text=nothing)) == []
    review.take_up(session, other.act.id, clerks.first, CHECKED)
    assert numbers(session, clerks, Wanted(Stage.MINE)) == [other.act.number]
    assert sorted(numbers(session, clerks, Wanted(Stage.ALL))) == [number, other.act.number]
    review.accept(session, other.act.id, clerks.first, CHECKED)
    assert numbers(session, clerks, Wanted(Stage.ACCEPTED)) == [other.act.number]
    assert numbers(session, clerks, Wanted()) == [number]


def test_hostile_filters_show_the_list_all_the_same(first: Browser, sent: Sent) -> None:
    for query in ("stage=nowhere", "provider=x", "service=%00", "page=-1", "page=99999", "page=٣", "text=" + "а" * 500):
        page = first.get(f"/office/acts?{query}")
        assert page.status == 200, query


def test_a_page_has_twenty_five_and_asks_no_more_for_more(session: Session, first: Browser, clerks: Clerks) -> None:
    sent = [Sent(session) for _ in range(2)]
    with statements(session) as few:
        first.get("/office/acts")
    sent[0].act.check_due_on = date(2026, 4, 7)
    for number in range(25):
        _copy(session, sent[1].act, number)
    with statements(session) as many:
        page = first.get("/office/acts")
    assert len(many) == len(few)
    assert page.html.count('class="govuk-table__row"') == 26
    assert page.says("%(first)s to %(last)s of %(total)s", first=1, last=25, total=27)
    rest = first.get("/office/acts?page=2")
    assert rest.says("%(first)s to %(last)s of %(total)s", first=26, last=27, total=27)


def _copy(session: Session, act: Act, number: int) -> None:
    """One more act of the same provider, for another month."""
    values = {column.name: getattr(act, column.name) for column in Act.__table__.columns}
    values |= {"id": uuid4(), "month": date(2020 + number // 12, number % 12 + 1, 1)}
    values.pop("number")
    session.add(Act(**values))
    session.flush()


@pytest.mark.law("R42.5", "R42.6", "R42.9")
def test_the_page_of_an_act_has_everything_beside_each_other(sent: Sent, first: Browser) -> None:
    page = first.get(f"/office/acts/{sent.act.id}")
    assert page.status == 200
    assert page.says("The checks found nothing wrong.")
    assert page.html.index('class="verdict"') < page.html.index('class="beside"')
    for entry in sent.entries:
        assert page.html.count(f'href="#visit-{entry.id}"') == 2
        assert page.html.count(f'id="visit-{entry.id}"') == 1
    for person in (sent.recipient, sent.head):
        assert person.full_name in page.text
    assert page.says("Your office has not decided on an act of this provider before.")
    assert page.says("The provider signed and sent it")


def test_the_page_asks_as_much_for_many_visits_as_for_two(session: Session, sent: Sent, first: Browser) -> None:
    address = f"/office/acts/{sent.act.id}"
    first.get(address)  # the first look of the day is written into the journal
    with statements(session) as few:
        first.get(address)
    for day in range(5, 15):
        sent.visit(day, 9, 60).act_id = sent.act.id
    session.flush()
    with statements(session) as many:
        first.get(address)
    assert len(many) == len(few)


@pytest.mark.law("R42.10", "RI.5")
def test_the_verdict_comes_first_in_words(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    sent.entries[0].places = "Дүкен"
    page = first.get(f"/office/acts/{sent.act.id}")
    assert page.says("The log was changed after this act was drawn up.")
    assert page.says("It cannot be accepted")
    assert page.links("/return") and not page.links("/accept")


@pytest.mark.law("R42.9")
def test_another_offices_act_is_not_found(session: Session, sent: Sent, sign_in: SignIn) -> None:
    strangers = Clerks(session, OTHER_PLACE)
    browser = sign_in(strangers.first_person, strangers.office)
    act = f"/office/acts/{sent.act.id}"
    for address in (act, f"{act}/document", f"{act}/accept", f"{act}/return", f"/office/acts/{uuid4()}"):
        assert browser.get(address).status == 404, address
    for address in (f"{act}/take-up", f"{act}/take-over", f"{act}/accept"):
        assert browser.post(address).status == 404, address
    assert browser.post(f"{act}/return", reason="incomplete", note="Жоқ").status == 404
    assert str(sent.act.number) not in browser.get("/office/acts?stage=all").text


def test_an_act_that_was_not_sent_is_not_the_offices_business(session: Session, sent: Sent, first: Browser) -> None:
    sent.act.submitted_at, sent.act.status = None, ActStatus.SIGNED
    assert first.get(f"/office/acts/{sent.act.id}").status == 404
    assert str(sent.act.number) not in first.get("/office/acts?stage=all").text


@pytest.mark.law("R42.9")
def test_taking_up_and_being_told_who_has_it(sent: Sent, clerks: Clerks, first: Browser, second: Browser) -> None:
    act = f"/office/acts/{sent.act.id}"
    assert first.post(f"{act}/take-up").goes_to == act
    assert first.get(act).links(f"{act}/accept")
    refused = second.post(f"{act}/take-up")
    assert refused.status == 409
    assert clerks.first_person.full_name in refused.text
    assert not second.get(act).links(f"{act}/accept")
    assert second.post(f"{act}/take-over").goes_to == act
    assert second.get(act).links(f"{act}/accept")


@pytest.mark.law("R42.9")
def test_the_next_act_is_opened(session: Session, sent: Sent, first: Browser, second: Browser) -> None:
    assert first.post("/office/next").goes_to == f"/office/acts/{sent.act.id}"
    assert second.post("/office/next").goes_to == "/office/"
    assert second.get("/office/").says("There is no act left that you could take up now.")


@pytest.mark.law("R42.9", "R42.11")
def test_accepting_says_the_amount_and_the_provider(
    session: Session, sent: Sent, clerks: Clerks, first: Browser
) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    act = f"/office/acts/{sent.act.id}"
    page = first.get(f"{act}/accept")
    assert page.status == 200
    assert sent.provider.iban in page.text and sent.provider.name_ru in page.text
    assert 'name="seen"' not in page.html
    assert first.post(f"{act}/accept").goes_to == act
    assert first.post(f"{act}/accept").goes_to == act, "a double click"
    assert len(session.scalars(select(Payment).where(Payment.act_id == sent.act.id)).all()) == 1


@pytest.mark.law("R42.9")
def test_what_the_checks_hold_must_be_looked_at(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    sent.act.submit_due_on = date(2026, 4, 1)
    act = f"/office/acts/{sent.act.id}"
    assert 'name="seen"' in first.get(f"{act}/accept").html
    refused = first.post(f"{act}/accept")
    assert refused.status == 422
    assert refused.says("The checks found something to look at. Confirm that you have looked at it.")
    assert first.post(f"{act}/accept", seen="seen").goes_to == act


@pytest.mark.law("R42.9", "R42.10")
def test_returning_needs_a_reason_and_a_note(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    review.take_up(session, sent.act.id, clerks.first, CHECKED)
    act = f"/office/acts/{sent.act.id}"
    assert first.get(f"{act}/return").status == 200
    for given in ({}, {"reason": "incomplete"}, {"note": "Жоқ"}, {"reason": "whim", "note": "Жоқ"}):
        page = first.post(f"{act}/return", **given)
        assert page.status == 422, given
    page = first.post(f"{act}/return", note="Үшінші <b>күн</b>")
    assert "Үшінші &lt;b&gt;күн&lt;/b&gt;" in page.html, "what was typed is not lost"
    assert first.post(f"{act}/return", reason="incomplete", note="Парақ жоқ").goes_to == act
    returned = first.get(act)
    assert returned.says("There is no act or sheet for the recipient who signed the request") is False
    assert "Парақ жоқ" in returned.text
    for entry in sent.entries:
        assert f'id="visit-{entry.id}"' in returned.html, "what it was about is still shown"


@pytest.mark.law("R42.9")
def test_the_page_tells_the_providers_history(session: Session, sent: Sent, clerks: Clerks, first: Browser) -> None:
    old = Sent(session, provider=sent.provider)
    review.take_up(session, old.act.id, clerks.first, CHECKED)
    review.send_back(session, old.act.id, ReturnReason.WRONG_BANK_DETAILS, "Шот қате", clerks.first, CHECKED)
    good = Sent(session, provider=sent.provider)
    accepted(session, good, clerks)
    page = first.get(f"/office/acts/{sent.act.id}")
    sentence = "Your office accepted %(accepted)s of this provider’s acts and returned %(returned)s."
    assert page.says(sentence, accepted=1, returned=1)
    assert page.says("The bank details are wrong")


def test_the_signed_words_and_bytes(sent: Sent, first: Browser) -> None:
    page = first.get(f"/office/acts/{sent.act.id}/document")
    assert page.status == 200 and sent.recipient.full_name in page.text
    file = first.get(f"/office/acts/{sent.act.id}/document?file=1")
    assert file.response.headers["Content-Type"].startswith("application/json")
    assert sent.recipient.iin in file.response.get_data(as_text=True)


def test_an_interpreters_act(session: Session, first: Browser) -> None:
    page = first.get(f"/office/acts/{Sent(session, service=Service.INTERPRETER).act.id}")
    assert page.status == 200 and page.says("In person")
