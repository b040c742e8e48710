"""Every text is there in Kazakh and in Russian, complete, with the same figures in it; no SMS is too long."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po
from flask import Flask

from portal import i18n
from portal.models.person import Person
from portal.sms import texts as sms

ROOT = Path(__file__).resolve().parents[2]
FORMS = {"kk": 2, "ru": 3}
PLACES = re.compile(r"%\([a-z_]+\)[sd]")
FIGURES = re.compile(r"\d+")
LETTERS_IN_AN_SMS = 134
"""Two parts of 67."""

languages = pytest.mark.parametrize("language", list(FORMS))


def catalogue(language: str) -> Catalog:
    """The translations of a language."""
    path = ROOT / "translations" / language / "LC_MESSAGES/messages.po"
    return read_po(BytesIO(path.read_bytes()), locale=language)


def found() -> set[str | tuple[str, ...]]:
    """Every text of the code and the templates, in English, as script/messages collects them."""
    script = (ROOT / "script/messages").read_text(encoding="utf-8")
    keywords = parse_keywords(re.findall(r"-k (\S+?)\)?\s", script))
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    return {text for _, _, text, _, _ in extract_from_dir(ROOT / "portal", methods, options, keywords)}


def translated(language: str) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Message]]:
    """Each text of a language: its English forms, its own forms, the message."""
    for message in catalogue(language):
        if message.id:
            yield _forms(message.id), _forms(message.string), message


def _forms(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, tuple | list) else (str(text),)


@languages
def test_no_text_is_missing(language: str) -> None:
    """What is shown exists in the language; what is translated is shown."""
    known = {message.id for message in catalogue(language)} - {""}
    assert sorted(map(str, found() - known)) == []
    assert sorted(map(str, known - found())) == []


@languages
def test_no_text_is_empty_fuzzy_or_english(language: str) -> None:
    """Each form is there, as many as the language has; none is a guess or the English one."""
    wrong = [
        english
        for english, own, message in translated(language)
        if message.fuzzy
        or not all(own)
        or len(own) != (FORMS[language] if message.pluralizable else 1)
        or (set(own) & set(english) and re.search("[a-z]{2}", PLACES.sub("", english[0])))
    ]
    assert wrong == []


@languages
def test_the_figures_are_the_same(language: str) -> None:
    """A translation has the places and the figures of its text, all of them and no other."""
    wrong = [
        english
        for english, own, _ in translated(language)
        for form in own
        if set(PLACES.findall(form)) != set(PLACES.findall(english[-1]))
        or set(FIGURES.findall(form)) != set(FIGURES.findall(english[-1]))
    ]
    assert wrong == []


@languages
def test_the_end_is_the_same(language: str) -> None:
    """A sentence stays a sentence, a question a question; a label gets no full stop."""
    ends = re.compile(r"[.?:;…]?$")
    wrong = [
        (english, form)
        for english, own, _ in translated(language)
        for form in own
        if _match(ends, form) != _match(ends, english[0])
    ]
    assert wrong == []


def _match(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[0] if match else ""


@languages
def test_the_signs_are_those_of_the_language(language: str) -> None:
    """Quotes are «», a dash is a dash, an order has №, and no word mixes two alphabets."""
    signs = re.compile(
        r"[\"“”„`]| - |--|\.\.\.|  |^ | $|\bN[o°]\b|[A-Za-z][а-яёәіңғүұқөһ]|[а-яёәіңғүұқөһ][A-Za-z]", re.I
    )
    wrong = [form for _, own, _ in translated(language) for form in own if signs.search(PLACES.sub("1", form))]
    assert wrong == []


def test_kazakh_has_its_letters() -> None:
    """The Kazakh texts are Kazakh: a sentence has a letter that Russian lacks."""
    long = [own[0] for _, own, _ in translated("kk") if len(PLACES.sub("", own[0])) > 40]
    assert [text for text in long if not re.search("[әіңғүұқөһ]", text, re.I)] == []


def test_russian_has_no_kazakh_letters() -> None:
    """No Kazakh text stands among the Russian ones."""
    assert [own for _, own, _ in translated("ru") if re.search("[әіңғүұқөһ]", " ".join(own), re.I)] == []


A_DAY = [date(2027, 1, 1) + timedelta(days=days) for days in range(365)]
A_NAME = "«Қамқорлық» қоғамдық бірлестігі, Алматы қаласы бойынша филиал"
MESSAGES: dict[str, Callable[[Person, date], str]] = {
    "code": lambda person, day: sms.code(person, "123456"),
    "programme_arrived": lambda person, day: sms.programme_arrived(person),
    "choose_reminder": sms.choose_reminder,
    "programme_gives": lambda person, day: sms.programme_gives(person),
    "choice_blocked": lambda person, day: sms.choice_blocked(person),
    "moved": lambda person, day: sms.moved(person, A_NAME),
    "order_accepted": lambda person, day: sms.order_accepted(person, 123456, A_NAME),
    "order_declined": lambda person, day: sms.order_declined(person, 123456),
    "order_lapsed": lambda person, day: sms.order_lapsed(person, 123456),
    "next_asked": lambda person, day: sms.next_asked(person, A_NAME, A_NAME, day),
    "order_stopped": lambda person, day: sms.order_stopped(person, 123456),
    "order_ended": lambda person, day: sms.order_ended(person, 123456, day),
    "order_goes_on": lambda person, day: sms.order_goes_on(person, 123456),
    "goods_sent": lambda person, day: sms.goods_sent(person, 123456, "KZ123456789KZ-0001-2345-6789-2026-12-31", day),
    "goods_handed_over": lambda person, day: sms.goods_handed_over(person, 123456, day),
    "goods_back": lambda person, day: sms.goods_back(person, 123456),
    "term_moved": lambda person, day: sms.term_moved(person, "orders", 123456, day),
    "terms_moved": lambda person, day: sms.terms_moved(person, 1234, day),
    "act_to_sign": sms.act_to_sign,
    "act_returned": lambda person, day: sms.act_returned(person, 123456, day),
    "act_fell": lambda person, day: sms.act_fell(person, 123456),
    "claim_withdrawn": lambda person, day: sms.claim_withdrawn(person, 123456, 99_999_999_99),
    "claim_made": lambda person, day: sms.claim_made(person, 123456, 99_999_999_99, day),
    "services_restored": lambda person, day: sms.services_restored(person),
}


def test_every_sms_is_measured() -> None:
    """Whatever the portal writes by SMS is in the list above."""
    written = {name for name, one in vars(sms).items() if getattr(one, "__module__", "") == sms.__name__}
    assert set(MESSAGES) == {name for name in written if not name.startswith("_")}


@languages
@pytest.mark.parametrize("name", MESSAGES)
def test_no_sms_is_longer_than_two_parts(name: str, language: str) -> None:
    """With six-figure numbers, a long name, the longest day and month, and the portal's own address."""
    app = Flask(__name__)
    i18n.register(app)
    app.config["PORTAL"] = SimpleNamespace(public_url="https://aleumet.egov.kz")
    with app.app_context():
        longest = max((MESSAGES[name](Person(language=language), day) for day in A_DAY), key=len)
    assert len(longest) <= LETTERS_IN_AN_SMS, longest
