"""A phone in the hand of a specialist, whose database is rolled back after each test."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.models.person import Person
from portal.models.provider import Specialist
from tests import factories as make
from tests.operations.month import Month
from tests.provider.conftest import app, in_app, month, signed_in
from tests.recipient.conftest import Browser

__all__ = ["app", "in_app", "month"]


def phone_of(app: Flask, session: Session, specialist: Specialist) -> Browser:
    """A browser of a specialist, in that capacity."""
    person = session.get_one(Person, specialist.person_id)
    return signed_in(app, session, person, f"specialist:{specialist.provider_id}")


@pytest.fixture
def phone(app: Flask, session: Session, month: Month) -> Browser:
    """The one who served twice."""
    return phone_of(app, session, month.first)


@pytest.fixture
def stranger(app: Flask, session: Session) -> Browser:
    """A specialist of another provider."""
    return phone_of(app, session, make.make_specialist(session, make.make_provider(session)))
