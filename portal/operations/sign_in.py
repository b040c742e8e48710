"""Signing in with an IIN and a code of six digits by SMS; the answer never tells whether an IIN is known."""

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from uuid import UUID

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.actor import Actor
from portal.audit import record
from portal.models.person import Person
from portal.models.sign_in import Attempts, SignInCode
from portal.operations import sms
from portal.queries import people
from portal.queue import nudge
from portal.rules.law import N_, RuleViolation
from portal.rules.roles import Role
from portal.sms import texts

CODE_LIVES = timedelta(minutes=10)
TRIES_A_CODE = 5
WINDOW = timedelta(hours=1)
CODES_A_PERSON = 6
CODES_AN_ADDRESS = 60
TRIES_AN_ADDRESS = 120


def ask_code(session: Session, iin: str, address: str, secret: str, now: datetime) -> UUID:
    """A code is on its way, if a phone is known for this IIN. The work done is the same when nobody is behind it."""
    _limit(session, "codes of", iin, CODES_A_PERSON, secret, now)
    _limit(session, "codes at", _network(address), CODES_AN_ADDRESS, secret, now)
    person = people.by_iin(session, iin)
    known = person.id if person is not None and person.died_on is None else None
    asked = SignInCode(person_id=known, asked_at=now, expires_at=now + CODE_LIVES, tries=0)
    session.add(asked)
    session.flush()
    nudge(session, "send_codes")
    return asked.id


def tell_codes(session: Session, secret: str, now: datetime) -> int:
    """Owe the SMS for codes that were asked for; called by a job, so that asking takes as long for everybody."""
    rows = session.scalars(
        select(SignInCode)
        .where(SignInCode.told_at.is_(None), SignInCode.used_at.is_(None), SignInCode.expires_at > now)
        .order_by(SignInCode.asked_at)
        .limit(200)
        .with_for_update(skip_locked=True)
    ).all()
    for asked in rows:
        asked.told_at = now
        if asked.person_id is not None:
            person = session.get_one(Person, asked.person_id)
            text = texts.code(person, digits_of(asked.id, secret))
            sms.owe(session, person, f"code:{asked.id}", text, now, secret=True, expires_at=asked.expires_at)
    return len(rows)


def check_code(session: Session, code_id: UUID, digits: str, address: str, secret: str, now: datetime) -> Person | None:
    """The person whose code it is, or None when the code is not right; raises when there were too many tries.

    Counting a wrong try must be kept, so a wrong code is an answer and not an error that rolls back.
    """
    _limit(session, "tries at", _network(address), TRIES_AN_ADDRESS, secret, now)
    asked = session.scalars(select(SignInCode).where(SignInCode.id == code_id).with_for_update()).one_or_none()
    if asked is None or asked.used_at is not None or asked.expires_at <= now or asked.tries >= TRIES_A_CODE:
        raise RuleViolation(N_("This code no longer works. Ask for a new one."), "R3.3")
    asked.tries += 1
    right = hmac.compare_digest(digits.encode(), digits_of(asked.id, secret).encode())
    if not right or asked.person_id is None:
        return None
    asked.used_at = now
    person = session.get_one(Person, asked.person_id)
    actor = Actor(Role.RECIPIENT, person.id, person.id)
    record(session, actor, now, thing="people", thing_id=person.id, action="sign_in", about=person.id)
    return person


def digits_of(code_id: UUID, secret: str) -> str:
    """The six digits of a code: derived, so that no table holds them."""
    mark = hmac.new(secret.encode(), b"sign-in code" + code_id.bytes, hashlib.sha256).digest()
    return f"{int.from_bytes(mark[:8]) % 1_000_000:06d}"


def _network(address: str) -> str:
    """Whose address it is: of the sixth version of IP, everybody has a whole network of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network((parsed, 64), strict=False))
    return address


def _limit(session: Session, what: str, who: str, most: int, secret: str, now: datetime) -> None:
    """Count one more try in this hour and refuse it above `most`; the key is hashed, so the table names nobody."""
    key = hmac.new(secret.encode(), f"{what} {who}".encode(), hashlib.sha256).hexdigest()[:40]
    statement = insert(Attempts).values(key=key, window_at=now, count=1)
    over = Attempts.window_at <= now - WINDOW
    count = session.execute(
        statement.on_conflict_do_update(
            index_elements=[Attempts.key],
            set_={
                "count": case((over, 1), else_=Attempts.count + 1),
                "window_at": case((over, now), else_=Attempts.window_at),
            },
        ).returning(Attempts.count)
    ).scalar_one()
    if count > most:
        raise RuleViolation(N_("There were too many tries. Wait an hour, then try again."), "R3.3")
