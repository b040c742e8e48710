"""Signing in with a code by SMS: how long, how often, and what it never tells."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.models.audit import AuditRow
from portal.models.message import SmsMessage
from portal.models.person import Person
from portal.models.sign_in import Attempts, SignInCode
from portal.operations import sign_in
from portal.rules.law import RuleViolation
from tests import apps
from tests import factories as make
from tests.factories import MONDAY

SECRET = apps.SECRET
HOME = "203.0.113.7"
pytestmark = pytest.mark.law("R3.3")


@pytest.fixture
def person(session: Session) -> Person:
    return make.make_person(session)


def ask(session: Session, iin: str, address: str = HOME, now: datetime = MONDAY) -> UUID:
    return sign_in.ask_code(session, iin, address, SECRET, now)


def check(
    session: Session, code_id: UUID, digits: str | None = None, now: datetime = MONDAY, address: str = HOME
) -> Person | None:
    right = sign_in.digits_of(code_id, SECRET)
    return sign_in.check_code(session, code_id, right if digits is None else digits, address, SECRET, now)


def wrong(code_id: UUID) -> str:
    return f"{(int(sign_in.digits_of(code_id, SECRET)) + 1) % 1_000_000:06d}"


def test_the_right_code_signs_in_and_stands_in_the_journal(session: Session, person: Person) -> None:
    code_id = ask(session, person.iin)
    assert check(session, code_id) is person
    row = session.scalars(select(AuditRow).where(AuditRow.thing_id == person.id)).one()
    assert (row.action, row.person_id) == ("sign_in", person.id)


def test_the_code_comes_by_sms_in_six_digits(session: Session, person: Person) -> None:
    code_id = ask(session, person.iin)
    assert sign_in.tell_codes(session, SECRET, MONDAY) == 1
    (message,) = session.scalars(select(SmsMessage).where(SmsMessage.person_id == person.id))
    digits = sign_in.digits_of(code_id, SECRET)
    assert len(digits) == 6 and digits.isdecimal() and digits in message.text
    assert (message.secret, message.phone) == (True, person.phone)
    assert message.expires_at == MONDAY + timedelta(minutes=10)
    assert sign_in.tell_codes(session, SECRET, MONDAY) == 0


def test_it_works_once(session: Session, person: Person) -> None:
    code_id = ask(session, person.iin)
    check(session, code_id)
    with pytest.raises(RuleViolation, match="no longer works"):
        check(session, code_id)


@pytest.mark.parametrize(("seconds", "works"), [(599, True), (600, False), (3600, False)])
def test_it_works_for_ten_minutes(session: Session, person: Person, seconds: int, works: bool) -> None:
    code_id = ask(session, person.iin)
    later = MONDAY + timedelta(seconds=seconds)
    if works:
        assert check(session, code_id, now=later) is person
    else:
        with pytest.raises(RuleViolation, match="no longer works"):
            check(session, code_id, now=later)


def test_five_tries_and_then_not_even_the_right_one(session: Session, person: Person) -> None:
    code_id = ask(session, person.iin)
    assert [check(session, code_id, wrong(code_id)) for _ in range(5)] == [None] * 5
    with pytest.raises(RuleViolation, match="no longer works"):
        check(session, code_id)


def test_the_fifth_try_may_be_the_right_one(session: Session, person: Person) -> None:
    code_id = ask(session, person.iin)
    for _ in range(4):
        check(session, code_id, wrong(code_id))
    assert check(session, code_id) is person


@pytest.mark.parametrize("digits", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "000000000000", "\x00"])
def test_what_is_no_code_is_only_wrong(session: Session, person: Person, digits: str) -> None:
    assert check(session, ask(session, person.iin), digits) is None


def test_the_code_of_another_is_wrong(session: Session, person: Person) -> None:
    mine, others = ask(session, person.iin), ask(session, make.make_person(session).iin)
    assert check(session, mine, sign_in.digits_of(others, SECRET)) is None


def test_a_code_that_was_never_asked_for(session: Session) -> None:
    with pytest.raises(RuleViolation, match="no longer works"):
        check(session, uuid4())


def test_no_table_holds_a_code_or_an_iin(session: Session, person: Person) -> None:
    code_id = ask(session, person.iin)
    session.flush()
    digits = sign_in.digits_of(code_id, SECRET)
    asked = session.get_one(SignInCode, code_id)
    held = [str(getattr(asked, column.name)) for column in SignInCode.__table__.columns]
    keys = session.scalars(select(Attempts.key)).all()
    assert not [one for one in (*held, *keys) if digits in one.replace("-", "") and len(one) < 12]
    assert not [one for one in (*held, *keys) if person.iin in one]


class TestNobodyBehindIt:
    """An IIN that nobody has, or whose owner has died, is treated as any other."""

    def test_a_code_is_asked_for_and_no_sms_goes(self, session: Session) -> None:
        code_id = ask(session, make.new_iin())
        assert sign_in.tell_codes(session, SECRET, MONDAY) == 1
        assert session.scalars(select(SmsMessage).where(SmsMessage.about == f"code:{code_id}")).all() == []

    def test_even_its_right_code_is_wrong_and_counted(self, session: Session) -> None:
        code_id = ask(session, make.new_iin())
        assert [check(session, code_id) for _ in range(5)] == [None] * 5
        with pytest.raises(RuleViolation, match="no longer works"):
            check(session, code_id)

    def test_the_limit_is_the_same(self, session: Session) -> None:
        iin = make.new_iin()
        for _ in range(sign_in.CODES_A_PERSON):
            ask(session, iin)
        with pytest.raises(RuleViolation, match="too many tries"):
            ask(session, iin)

    @pytest.mark.law("RI.4")
    def test_nobody_signs_in_as_the_dead(self, session: Session) -> None:
        code_id = ask(session, make.make_person(session, died_on=date(2026, 3, 1)).iin)
        sign_in.tell_codes(session, SECRET, MONDAY)
        assert session.scalars(select(SmsMessage).where(SmsMessage.about == f"code:{code_id}")).all() == []
        assert check(session, code_id) is None

    def test_without_a_phone_no_sms_goes(self, session: Session) -> None:
        code_id = ask(session, make.make_person(session, phone=None).iin)
        sign_in.tell_codes(session, SECRET, MONDAY)
        assert session.scalars(select(SmsMessage).where(SmsMessage.about == f"code:{code_id}")).all() == []


class TestLimits:
    """How often within an hour."""

    def test_codes_of_a_person_from_wherever(self, session: Session, person: Person) -> None:
        for n in range(sign_in.CODES_A_PERSON):
            ask(session, person.iin, f"203.0.113.{n}")
        with pytest.raises(RuleViolation, match="too many tries"):
            ask(session, person.iin, "203.0.113.99")
        ask(session, make.new_iin(), "203.0.113.99")

    def test_again_after_an_hour(self, session: Session, person: Person) -> None:
        for _ in range(sign_in.CODES_A_PERSON):
            ask(session, person.iin)
        with pytest.raises(RuleViolation):
            ask(session, person.iin, now=MONDAY + timedelta(minutes=59))
        ask(session, person.iin, now=MONDAY + timedelta(minutes=60))

    def test_codes_asked_for_from_an_address(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sign_in, "CODES_AN_ADDRESS", 3)
        for _ in range(3):
            ask(session, make.new_iin())
        with pytest.raises(RuleViolation, match="too many tries"):
            ask(session, make.new_iin())
        ask(session, make.new_iin(), "198.51.100.1")

    def test_tries_from_an_address(self, session: Session, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sign_in, "TRIES_AN_ADDRESS", 2)
        code_id = ask(session, person.iin)
        for _ in range(2):
            check(session, code_id, wrong(code_id))
        with pytest.raises(RuleViolation, match="too many tries"):
            check(session, code_id)
        assert check(session, code_id, address="198.51.100.1") is person

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
            ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
            ("::ffff:203.0.113.7", "::ffff:203.0.113.8", False),
            ("203.0.113.7", "203.0.113.8", False),
            ("", "", True),
        ],
    )
    def test_whose_address_it_is(
        self, session: Session, monkeypatch: pytest.MonkeyPatch, one: str, other: str, same: bool
    ) -> None:
        monkeypatch.setattr(sign_in, "CODES_AN_ADDRESS", 1)
        ask(session, make.new_iin(), one)
        if same:
            with pytest.raises(RuleViolation):
                ask(session, make.new_iin(), other)
        else:
            ask(session, make.new_iin(), other)
