"""What the SMS say, in every language: at most two parts, with the longest that can stand in them; nothing secret."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from portal.i18n import LANGUAGES
from portal.models.person import Person
from portal.sms import parts, texts
from tests.apps import words

TWO_PARTS = 134
"""Letters of Kazakh and Russian that go into two parts."""
SITE = "https://aleumettik.enbek.gov.kz"
PROVIDER = {
    "kk": "«Мүмкіндігі шектеулі жандарды қолдаудың Қызылорда облыстық қамқорлық орталығы» ЖШС",
    "ru": "ТОО «Кызылординский областной центр поддержки и сопровождения людей с инвалидностью»",
}
NUMBER = 12_345_678
DAY = date(2026, 12, 31)
EVERY: dict[str, Callable[[Person], str]] = {
    "code": lambda person: texts.code(person, "123456"),
    "programme_arrived": texts.programme_arrived,
    "choose_reminder": lambda person: texts.choose_reminder(person, DAY),
    "programme_gives": texts.programme_gives,
    "choice_blocked": texts.choice_blocked,
    "moved": lambda person: texts.moved(person, PROVIDER[person.language]),
    "order_accepted": lambda person: texts.order_accepted(person, NUMBER, PROVIDER[person.language]),
    "order_declined": lambda person: texts.order_declined(person, NUMBER),
    "order_lapsed": lambda person: texts.order_lapsed(person, NUMBER),
    "next_asked": lambda person: texts.next_asked(person, PROVIDER[person.language], PROVIDER[person.language], DAY),
    "order_stopped": lambda person: texts.order_stopped(person, NUMBER),
    "order_ended": lambda person: texts.order_ended(person, NUMBER, DAY),
    "order_goes_on": lambda person: texts.order_goes_on(person, NUMBER),
    "goods_sent": lambda person: texts.goods_sent(person, NUMBER, "KZ123456789KZ-0001-2345-6789-2026-12-31-XY", DAY),
    "goods_handed_over": lambda person: texts.goods_handed_over(person, NUMBER, DAY),
    "goods_back": lambda person: texts.goods_back(person, NUMBER),
    "order_term_moved": lambda person: texts.term_moved(person, "orders", NUMBER, DAY),
    "term_moved": lambda person: texts.term_moved(person, "acts", NUMBER, DAY),
    "terms_moved": lambda person: texts.terms_moved(person, 12_345, DAY),
    "act_to_sign": lambda person: texts.act_to_sign(person, DAY),
    "act_returned": lambda person: texts.act_returned(person, NUMBER, DAY),
    "act_fell": lambda person: texts.act_fell(person, NUMBER),
    "claim_withdrawn": lambda person: texts.claim_withdrawn(person, NUMBER, 123_456_789),
    "claim_made": lambda person: texts.claim_made(person, NUMBER, 123_456_789, DAY),
    "services_restored": texts.services_restored,
}
ABOUT_HEALTH = re.compile(r"disab|мүгедек|инвалид|диагноз|diagnos|іхналамақ|реабилит|оңалт", re.IGNORECASE)


@pytest.fixture(autouse=True)
def portal() -> Iterator[None]:
    with words(public_url=SITE):
        yield


def somebody(language: str) -> Person:
    return Person(iin="850315400124", last_name="Сейтқали", first_name="Айгүл", language=language)


def test_every_text_is_here() -> None:
    """A text that is added is tested as the others are."""
    public = {name for name, one in vars(texts).items() if getattr(one, "__module__", "") == texts.__name__}
    assert {name for name in public if not name.startswith("_")} == set(EVERY) - {"order_term_moved"}


@pytest.mark.law("R34.2", "R34.3")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVERY)
def test_it_fits_in_two_parts(name: str, language: str) -> None:
    said = EVERY[name](somebody(language))
    assert parts.count(said) <= 2, f"{len(said)} letters: {said}"
    if parts.split(said).coding is parts.Coding.UCS2:
        assert len(said) <= TWO_PARTS


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVERY)
def test_it_is_whole_and_says_nothing_of_health(name: str, language: str) -> None:
    said = EVERY[name](somebody(language)).replace(texts._short(PROVIDER[language]), "")
    assert said and "%(" not in said and "  " not in said
    assert not ABOUT_HEALTH.search(said)
    assert "850315400124" not in said and "Сейтқали" not in said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(set(EVERY) - {"code", "order_accepted"}))
def test_it_says_where_to_go(name: str, language: str) -> None:
    said = EVERY[name](somebody(language))
    assert "aleumettik.enbek.gov.kz" in said and "https://" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_in_it(language: str) -> None:
    person = somebody(language)
    assert "123456" in EVERY["code"](person)
    assert "31.12.2026" in EVERY["choose_reminder"](person)
    assert str(NUMBER) in EVERY["order_lapsed"](person)
    assert PROVIDER[language][:20] in EVERY["order_accepted"](person)


def test_a_long_name_is_cut_between_words() -> None:
    said = EVERY["order_accepted"](somebody("ru"))
    assert "ТОО «Кызылординский областной центр поддержки и…" in said
    assert texts._short("ТОО «Қамқор»") == "ТОО «Қамқор»"


def test_each_in_the_language_of_who_reads_it() -> None:
    """Once both are in the catalogue, they differ; a text in neither is the English one in both."""
    for name, text in EVERY.items():
        kazakh, russian = text(somebody("kk")), text(somebody("ru"))
        assert kazakh == text(somebody("kk")), name
        assert (kazakh == russian) == (parts.split(kazakh).coding is parts.Coding.GSM7), name
