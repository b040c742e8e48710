"""The whole life of a service, from the programme that arrives to the money that is paid; and two shorter stories."""

import csv
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from portal.demo.people import CLERKS, FIRMS, MOTHER, RECIPIENTS, Somebody
from portal.rules.service import Service
from portal.rules.terms import Calendar, add_months
from tests.browser.conftest import VisitorMaker
from tests.browser.life import GO_ON, Cast, Life, fill_order, name
from tests.browser.running import ROOT, Demo
from tests.browser.visitor import Visitor

DAYS = ROOT / "portal" / "data" / "calendar.csv"
ZHANAR, ERLAN, SAULE, OLGA, TIMUR = CLERKS
WHERE = {firm.key: firm for firm in FIRMS}
ARMAN, SERGEY = (next(one for one in RECIPIENTS if one.key == key) for key in ("arman", "sergey"))
CASTS = {
    "kk": Cast(
        "kk",
        Somebody("madina", "Тілеуова", "Мәдина", "Бекжанқызы", date(1990, 5, 17), 4, "kk", "+77010000061",
                 address="Ғани Мұратбаев көшесі, 11-үй"),
        Service.ASSISTANT, WHERE["qamqor"], WHERE["qamqor"].specialists[0], ZHANAR, SAULE,
    ),
    "ru": Cast(
        "ru",
        Somebody("viktor", "Цой", "Виктор", "Андреевич", date(1999, 8, 15), 3, "ru", "+77010000062",
                 address="улица Токмаганбетова, дом 3, квартира 18"),
        Service.INTERPRETER, WHERE["tilshi"], WHERE["tilshi"].specialists[0], SAULE, ERLAN,
    ),
}  # fmt: skip


ARMANS = Cast(
    "kk", ARMAN, Service.ASSISTANT, WHERE["meirim"], WHERE["meirim"].specialists[1], ZHANAR, SAULE, actor=MOTHER
)
SERGEYS = Cast(
    "ru", SERGEY, Service.INTERPRETER, WHERE["ymdau"], WHERE["ymdau"].specialists[0], OLGA, TIMUR
)  # fmt: skip


RAUSHANS = Cast(
    "kk",
    Somebody(
        "raushan", "Алиева", "Раушан", "Сабыровна", date(1961, 3, 9), 4, "kk", "+77010000063", address="Жеңіс көшесі, 5"
    ),
    Service.ASSISTANT, WHERE["meirim"], WHERE["meirim"].specialists[0], ZHANAR, SAULE,
)  # fmt: skip


@pytest.mark.parametrize("language", CASTS)
def test_the_whole_life_of_a_service(demo: Demo, visitor: VisitorMaker, language: str) -> None:
    """An assistant in Kazakh, with an organisation's key; an interpreter in Russian, with an entrepreneur's."""
    life = Life(demo, visitor, CASTS[language])
    life.programme_arrives()
    life.she_signs_in()
    life.she_compares()
    life.she_chooses()
    life.nothing_is_lost()
    life.she_signs()
    life.provider_accepts()
    life.days_pass(demo.today + timedelta(days=3))
    life.visits_are_logged()
    life.she_objects_and_takes_it_back()
    life.days_pass(next_second(demo.today))
    life.act_is_drawn_up()
    life.everybody_signs()
    life.office_reads()
    life.office_accepts()
    life.who_accepted_may_not_pay()
    life.second_person_pays()
    life.everybody_learns()


def test_a_mother_acts_for_her_son(demo: Demo, visitor: VisitorMaker) -> None:
    """Whoever reads what she signed, at the provider or at the office, sees that it was she, and for whom."""
    life = Life(demo, visitor, ARMANS)
    life.she_signs_in()
    life.she_chooses()
    life.she_signs()
    life.provider_accepts()
    read_by(life.head, f"/provider/orders/{life.order}/document")
    life.days_pass(demo.today + timedelta(days=3))
    life.visits_are_logged()
    life.days_pass(next_second(demo.today))
    life.act_is_drawn_up()
    life.everybody_signs()
    read_by(life.head, f"/provider/months/acts/{life.act}/document")
    life.office_reads()


def read_by(reader: Visitor, path: str) -> None:
    """A document names both in the row of one signature."""
    reader.go(path)
    row = reader.page.locator("main table").last.locator("tr", has_text=name(MOTHER))
    expect(row).to_have_count(1)
    expect(row).to_contain_text(name(ARMAN))


def test_an_order_that_nobody_answers(demo: Demo, visitor: VisitorMaker) -> None:
    """After five working days it lapses by itself: he is told by SMS, and the hours are free again."""
    life = Life(demo, visitor, SERGEYS)
    life.she_signs_in()
    before = hours(life)
    life.she_chooses()
    life.she_signs()
    assert hours(life) != before
    seen = len(demo.texts(SERGEY.phone))
    life.days_pass(calendar().add_working_days(demo.today, 6))
    life.she.await_on(f"/recipient/orders/{life.order}", ".govuk-main-wrapper > p .tag--late")
    demo.told(SERGEY.phone, life.number, seen)
    assert hours(life) == before
    expect(life.she.page.locator(".next-step a[href$='/providers']")).to_be_visible()


def test_the_first_declines_and_the_second_is_asked(demo: Demo, visitor: VisitorMaker) -> None:
    """She signs once to three, on a phone; one SMS tells her both; later she changes the provider for the third."""
    life = Life(demo, visitor, RAUSHANS)
    life.programme_arrives()
    life.people[RAUSHANS.she.key] = she = visitor("kk", 320)
    page = she.sign_in(RAUSHANS.she)
    she.press(".next-step a.govuk-button")
    for place in (0, 1, 2):
        page.locator("[name=compare]").nth(place).check()
    she.press("main form[action$='/comparison'] button")
    she.press(page.locator("main a[href*='second=']", has_text=RAUSHANS.firm_name).first)
    fill_order(she, "4")
    she.press(GO_ON)
    life.she_signs()
    seen = len(demo.texts(RAUSHANS.she.phone))
    head = life.head
    head.go(f"/provider/orders/{life.order}/document")
    expect(head.page.locator("main")).not_to_contain_text(WHERE["saltanat"].name_kk)
    head.go(f"/provider/orders/{life.order}/decline")
    head.page.locator("[name=reason]").first.check()
    head.press()
    head.sign()
    assert len(demo.told(RAUSHANS.she.phone, WHERE["saltanat"].name_kk, seen)) == 1
    she.go(f"/recipient/orders/{life.order}")
    she.press("main p a[href*='/recipient/orders/']")
    life.order = page.url.rsplit("/", 1)[-1]
    life.people["second"] = second = visitor("kk")
    second.come_back(WHERE["saltanat"].head, "provider")
    second.go(f"/provider/orders/{life.order}")
    second.press("main form[action$='/accept'] button")
    second.sign()
    she.go(f"/recipient/orders/{life.order}")
    she.press("main a[href$='/change']")
    page.locator("[name=reason]").first.check()
    she.press()
    she.press("[name=sure]")
    assert page.url.endswith("/providers")
    expect(page.locator(".notice--success")).to_be_visible()


def hours(life: Life) -> str:
    """What his page says of his hours: in orders, and free."""
    life.she.go("/recipient/")
    return life.she.page.locator(".balance + .pairs").inner_text()


def calendar() -> Calendar:
    """The official calendar, as the portal's own data have it."""
    with DAYS.open(encoding="utf-8", newline="") as rows:
        return Calendar.from_rows([(date.fromisoformat(row["date"]), row["kind"]) for row in csv.DictReader(rows)])


def next_second(today: date) -> date:
    """The second day of the month after this one."""
    return add_months(today.replace(day=2), 1)
