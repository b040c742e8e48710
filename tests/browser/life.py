"""The scenes in the life of a service, each done on the pages by whoever does it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from urllib.parse import urlsplit

from playwright.sync_api import expect

from portal.demo import ca
from portal.demo.people import Firm, Somebody
from portal.rules.service import Service
from tests.browser.conftest import VisitorMaker
from tests.browser.running import Demo, wait
from tests.browser.visitor import Visitor

SERVER_REFUSES = ("wrong_person", "expired", "revoked")
GO_ON = "main form button[type=submit]:not([name])"
PAGE_REFUSES = ("cancel", "off", "login")


@dataclass(frozen=True)
class Cast:
    """Who plays: she, her service, whom she chooses, who serves her, who accepts and pays; and who acts for her."""

    language: str
    she: Somebody
    service: Service
    firm: Firm
    specialist: Somebody
    accepts: Somebody
    pays: Somebody
    actor: Somebody | None = None

    @property
    def name(self) -> str:
        """How pages call her."""
        return name(self.she)

    @property
    def signs(self) -> Somebody:
        """Who sits at the browser for her: she herself, or whoever acts for her."""
        return self.actor or self.she

    @property
    def firm_name(self) -> str:
        """How her pages call the provider."""
        return self.firm.name_kk if self.language == "kk" else self.firm.name_ru


@dataclass(frozen=True)
class Hours:
    """How much she orders, and the visits: one that is too long, with the rule and its figure, and two right ones."""

    ordered: str
    too_long: tuple[str, str]
    rule: str
    figure: str
    visits: tuple[tuple[str, str], tuple[str, str]] = (("09:00", "11:00"), ("14:00", "15:30"))


HOURS = {
    Service.ASSISTANT: Hours("4", ("08:00", "17:00"), "R34.1", "8"),
    Service.INTERPRETER: Hours("6", ("08:00", "15:00"), "RI.1", "6"),
}


@dataclass
class Life:
    """One service from its programme to its payment; what the scenes hand on to one another."""

    demo: Demo
    visitor: VisitorMaker
    cast: Cast
    people: dict[str, Visitor] = field(default_factory=dict)
    order: str = ""
    number: str = ""
    act: str = ""
    payment: str = ""

    @property
    def hours(self) -> Hours:
        """How much, for this service."""
        return HOURS[self.cast.service]

    def at(self, somebody: Somebody, role: str = "", width: int = 1280) -> Visitor:
        """Somebody's browser, signed in."""
        key = somebody.key + role
        if key not in self.people:
            self.people[key] = self.visitor(self.cast.language, width)
            self.people[key].come_back(somebody, role)
        return self.people[key]

    @property
    def she(self) -> Visitor:
        """Her browser."""
        return self.at(self.cast.signs)

    @property
    def head(self) -> Visitor:
        """The browser of the provider's head."""
        return self.at(self.cast.firm.head, "provider")

    @property
    def specialist(self) -> Visitor:
        """The phone of whoever serves her."""
        return self.at(self.cast.specialist, "specialist", width=320)

    def programme_arrives(self) -> None:
        """E-Sobes sends it; sent again it changes nothing; the SMS is on the page of phones."""
        she = self.cast.she
        ca.make(ca.place(self.demo.data), [ca.KeyOwner(she.iin, she.last_name, she.first_name)])
        message = programme(she, self.cast.service, self.demo.today)
        answer = self.demo.post("/programmes", message)
        assert answer.status_code == 201, answer.text
        assert [one["service"] for one in answer.json()["entitlements"]] == [self.cast.service]
        assert self.demo.post("/programmes", message).json() == answer.json()
        looking = self.visitor(self.cast.language)
        sms = looking.await_on(f"/demo/phones?phone={(she.phone or '').strip('+')}", ".phones__message")
        expect(sms).to_contain_text(urlsplit(self.demo.url).netloc)

    def she_signs_in(self) -> None:
        """With her IIN and the code; her page says what she has and what she can do first."""
        self.people[self.cast.signs.key] = self.visitor(self.cast.language)
        page = self.she.sign_in(self.cast.signs)
        expect(page.locator(".who__name")).to_contain_text(self.cast.name)
        expect(page.locator(".balance")).to_have_count(1)
        expect(page.locator(".next-step a[href$='/providers']")).to_be_visible()

    def she_compares(self) -> None:
        """A filter, two side by side, and back to the list."""
        she, page = self.she, self.she.page
        she.press(".next-step a.govuk-button")
        offers = page.locator(".offers__item")
        everybody = offers.count()
        page.locator("[name=surcharge]").check()
        she.press("main .filters button")
        assert 0 < offers.count() < everybody
        page.go_back()
        expect(offers).to_have_count(everybody)
        for place in (0, 1):
            page.locator("[name=compare]").nth(place).check()
        she.press("main form[action$='/comparison'] button")
        assert page.locator("main table thead th").count() == 3

    def she_chooses(self) -> None:
        """The page of the provider, then the order: the sum first, then the page on which she reads all of it."""
        she, page = self.she, self.she.page
        she.go("/recipient/")
        she.press(".next-step a.govuk-button")
        she.press(page.locator(".offers__name a", has_text=self.cast.firm_name))
        expect(page.locator("h1")).to_have_text(self.cast.firm_name)
        she.press("a.govuk-button[href*='/order']")
        fill_order(she, self.hours.ordered)
        she.press("[name=work_out]")
        expect(page.locator("[role=status] dd").first).to_be_visible()
        expect(page.locator("[name=hours]")).to_have_value(self.hours.ordered)
        she.press(GO_ON)
        for said in (self.cast.name, self.cast.she.iin, self.cast.firm_name, self.cast.firm.iban):
            expect(page.locator("main")).to_contain_text(said)

    def nothing_is_lost(self) -> None:
        """Whatever goes wrong at NCALayer has a sentence of its own, and the page stays as it is."""
        she, page = self.she, self.she.page
        read = page.url
        said = [she.fail_to_sign(mode) for mode in PAGE_REFUSES]
        for mode in SERVER_REFUSES:
            she.sign(mode, 422)
            said.append(page.locator(".govuk-error-summary p").first.inner_text())
            assert page.url == read
            expect(page.locator("main")).to_contain_text(self.cast.firm.iban)
        assert len(set(said)) == len(said), said
        assert all(said)

    def she_signs(self) -> None:
        """One signature, one order, however often it went wrong before."""
        she, page = self.she, self.she.page
        she.sign()
        self.number = page.locator(".confirmation__number strong").inner_text()
        she.press("main a[href*='/recipient/orders/']")
        self.order = page.url.rsplit("/", 1)[-1]
        she.go("/recipient/orders")
        expect(page.locator(".offers__item")).to_have_count(1)

    def provider_accepts(self) -> None:
        """The head finds the order on top of the list with its term, and signs the answer."""
        head, page = self.head, self.head.page
        seen = len(self.demo.texts(self.cast.signs.phone))
        head.go("/provider/orders")
        head.press(f"main a[href$='{self.order}']")
        expect(page.locator(".term")).to_have_count(1)
        head.press("main form[action$='/accept'] button")
        expect(page.locator("main")).to_contain_text(self.number)
        head.sign()
        expect(page.locator(".notice--success")).to_be_visible()
        self.demo.told(self.cast.signs.phone, self.number, seen)

    def days_pass(self, day: date) -> None:
        """Somebody moves the demo's clock."""
        self.visitor(self.cast.language).move_clock(day)

    def visits_are_logged(self) -> None:
        """On a phone: one is refused with rule and figure and keeps what was typed; two are right."""
        one, page = self.specialist, self.specialist.page
        first = self.demo.today - timedelta(days=2)
        one.go("/specialist/people")
        one.press(f"main a[href*='{self.order}']")
        expect(page.locator("h1")).to_contain_text(self.cast.name)
        self._fill_visit(first, *self.hours.too_long)
        one.press("main form button[type=submit]", 422)
        expect(page.locator(".govuk-error-summary .rule-number")).to_contain_text(self.hours.rule)
        expect(page.locator(".govuk-error-summary")).to_contain_text(self.hours.figure)
        expect(page.locator("[name=end]")).to_have_value(self.hours.too_long[1])
        expect(page.locator("[name=day-day]")).to_have_value(str(first.day))
        for day, times in zip((first, first + timedelta(days=1)), self.hours.visits, strict=True):
            one.go(f"/specialist/orders/{self.order}/visits/new")
            self._fill_visit(day, *times)
            one.press()
            expect(page.locator(".notice--success")).to_be_visible()

    def _fill_visit(self, day: date, start: str, end: str) -> None:
        page = self.specialist.page
        self.specialist.fill_day("day", day)
        page.locator("[name=start]").fill(start)
        page.locator("[name=end]").fill(end)
        if self.cast.service is Service.ASSISTANT:
            page.locator("[name=places]").fill("Емхана, дәріхана")
        else:
            page.locator("[name=way][value=online]").check()

    def she_objects_and_takes_it_back(self) -> None:
        """She sees both visits; one she objects to, then no longer."""
        she, page = self.she, self.she.page
        she.go(f"/recipient/orders/{self.order}/visits")
        expect(page.locator("main tbody tr")).to_have_count(2)
        she.press("a[href$='/object']")
        page.locator("[name=reason]").first.check()
        she.press()
        expect(page.locator(".notice--success")).to_be_visible()
        expect(page.locator("main .tag--late")).to_have_count(1)
        she.press("a[href$='/withdraw-objection']")
        she.press()
        expect(page.locator(".notice--success")).to_be_visible()
        expect(page.locator("main .tag--late")).to_have_count(0)

    def act_is_drawn_up(self) -> None:
        """The head draws up the act of this one order."""
        head, page = self.head, self.head.page
        head.go("/provider/months")
        for box in page.locator("[name=orders]").all():
            box.set_checked((box.get_attribute("id") or "").endswith(self.order))
        head.press()
        head.press("main td a[href*='/acts/']")
        expect(page.locator("h1")).to_contain_text(self.cast.name)
        self.act = page.url.rsplit("/", 1)[-1]

    def everybody_signs(self) -> None:
        """The specialist the sheet, she the act, the provider the act; with that it is sent."""
        one, she, head = self.specialist, self.she, self.head
        one.go("/specialist/sheets")
        one.press(one.page.locator("section.term", has_text=self.cast.name).locator("a"))
        one.sign()
        expect(one.page.locator(".notice--success")).to_be_visible()
        she.go("/recipient/")
        she.press(".next-step a.govuk-button")
        she.press("main a[href$='/sign']")
        she.sign()
        expect(she.page.locator(".confirmation__number")).to_be_visible()
        head.go(f"/provider/months/acts/{self.act}")
        head.press("main a[href$='/send']")
        head.sign()
        expect(head.page.locator(".notice--success")).to_be_visible()

    def office_reads(self) -> None:
        """The act is found, and everything behind it is in sight: who signed, and for whom."""
        clerk, page = self.at(self.cast.accepts), self.at(self.cast.accepts).page
        clerk.go("/office/acts")
        page.locator("[name=text]").fill(self.cast.she.last_name)
        clerk.press("main .filters button")
        clerk.press(f"main a[href$='{self.act}']")
        expect(page.locator(".verdict")).to_be_visible()
        for somebody in (self.cast.specialist, self.cast.signs, self.cast.she):
            expect(page.locator(".proofs")).to_contain_text(name(somebody))

    def office_accepts(self) -> None:
        """The act is taken up and accepted."""
        clerk, page = self.at(self.cast.accepts), self.at(self.cast.accepts).page
        clerk.press("main form[action$='/take-up'] button")
        clerk.press("main a[href$='/accept']")
        if page.locator("[name=seen]").count():
            page.locator("[name=seen]").check()
        clerk.press()
        expect(page.locator(".notice--success")).to_be_visible()

    def who_accepted_may_not_pay(self) -> None:
        """No button is there for them, and what is sent without one is refused."""
        clerk, page = self.at(self.cast.accepts), self.at(self.cast.accepts).page
        clerk.go("/office/payments")
        row = page.locator("main tbody tr", has_text=self.cast.name)
        expect(row).to_have_count(1)
        expect(row.locator("input")).to_have_count(0)
        clerk.press(row.locator("th a"))
        self.payment = page.url.rsplit("/", 1)[-1]
        expect(page.locator("main form[action$='/approve']")).to_have_count(0)
        token = page.locator("header [name=csrf_token]").first.input_value()
        sent = page.request.post(f"{page.url}/approve", form={"csrf_token": token})
        assert sent.status == 409

    def second_person_pays(self) -> None:
        """A colleague releases the payment; the worker sends it, and the money is there."""
        colleague, page = self.at(self.cast.pays), self.at(self.cast.pays).page
        colleague.go("/office/payments")
        page.locator(f"[name=payment][value='{self.payment}']").check()
        colleague.press("main form button")
        colleague.press("main form[action$='/approve'] button")
        expect(page.locator("main tbody .tag--good")).to_have_count(1)
        colleague.await_on(f"/office/payments/{self.payment}", "main .tag--good")

    def everybody_learns(self) -> None:
        """The specialist sees the money, E-Sobes what was rendered and paid; all is well."""
        one = self.specialist
        one.go("/specialist/money")
        expect(one.page.locator("main tbody tr", has_text=self.cast.name).locator(".tag--good")).to_have_count(1)
        number = programme_number(self.cast.she)

        def told() -> bool:
            mine = [one for one in self.demo.executions() if one.get("programme") == number]
            return {"order", "rendered", "paid"} <= {one["kind"] for one in mine}

        wait(told, "what E-Sobes is told")
        assert one.go("/healthz").json()["status"] == "ok"


def make_out_order(one: Visitor, hours: str) -> None:
    """From somebody's page to the page on which an order to the first provider of the list is read and signed."""
    one.go("/recipient/")
    one.press("main a[href$='/providers']")
    one.press(".offers__name a")
    one.press("a.govuk-button[href*='/order']")
    fill_order(one, hours)
    one.press(GO_ON)


def fill_order(one: Visitor, hours: str) -> None:
    """Answer what the form of an order asks; the days stand in it already."""
    one.page.locator("[name=hours]").fill(hours)
    if one.page.locator("[name=way]").count():
        one.page.locator("[name=way][value=online]").check()


def name(one: Somebody) -> str:
    """How pages call somebody."""
    return f"{one.last_name} {one.first_name}"


def programme_number(one: Somebody) -> str:
    """The number of somebody's programme."""
    return f"IRP-{one.key}"


def programme(one: Somebody, service: Service, today: date) -> dict[str, object]:
    """What E-Sobes sends when somebody's programme is there."""
    first, last = today.replace(month=1, day=1).isoformat(), today.replace(month=12, day=31).isoformat()
    person = {
        "iin": one.iin,
        "last_name": one.last_name,
        "first_name": one.first_name,
        "middle_name": one.middle_name,
        "birth_date": one.born.isoformat(),
        "language": one.language,
        "phone": one.phone,
        "place": one.place,
        "address": one.address,
    }
    measure = {"id": "1", "service": service.value, "valid_from": first, "valid_to": last}
    return {
        "message_id": f"story-{one.key}",
        "programme": {
            "number": programme_number(one),
            "version": 1,
            "valid_from": first,
            "valid_to": last,
            "person": person,
            "measures": [measure],
        },
    }


def change_calendar(one: Visitor) -> None:
    """From the form of a new day to what making the next weekday a day off would change."""
    one.go("/ministry/calendar/days/new")
    day = one.demo.today + timedelta(days=1)
    one.fill_day("day", day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday()))
    for box, value in (("kind", "day_off"), ("confirmed", "yes")):
        one.page.locator(f"[name={box}][value={value}]").check()
    for box in ("why_kk", "why_ru", "basis"):
        one.page.locator(f"[name={box}]").fill("№ 1")
    one.press()
