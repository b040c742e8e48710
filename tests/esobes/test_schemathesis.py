"""What another machine may send, made up by schemathesis from the specification, with all its checks.

A schema cannot say that a check digit is right or that one day is before another. So what is made up to be right is
mended where only the rules could tell that it is not; what is made up to be wrong goes as it is.
"""

import os
import zlib
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from portal import clock
from portal.esobes.specification import specification
from portal.rules.identifiers import iin_with_check_digit
from tests.esobes.conftest import API, TOKENS
from tests.factories import MONDAY, PLACE

KNOWN = "850315400124"
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "40"))


VOLUMES: dict[str, tuple[str | None, str, int]] = {
    "assistant": (None, "hour", 8784),
    "interpreter": (None, "hour", 8784),
    "sanatorium": (None, "day", 366),
    "prosthetics": ("211002", "piece", 50),
    "technical_aid": ("401", "piece", 50),
    "wheelchair": ("501302", "piece", 1),
}


class Behind:
    """Stands before the application, which is there only when the tests run."""

    app: Flask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Hand on a request."""
        return self.app(environ, start_response)


behind = Behind()
schema = schemathesis.openapi.from_dict(
    specification(),
    config=SchemathesisConfig.from_dict({"headers": {"Authorization": f"Bearer {TOKENS[0]}"}}),
)
schema.app = behind


@pytest.fixture(scope="module", autouse=True)
def described(app: Flask) -> None:
    """The application that the specification describes; it says the same of itself."""
    assert app.test_client().get(f"{API}/openapi.json").get_json() == specification()
    behind.app = app


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_api_keeps_its_word(case: Any) -> None:
    clock.use(lambda: MONDAY)
    if case.meta is None or case.meta.generation.mode.is_positive:
        mend(case.body)
    case.call_and_validate()


def mend(body: Any) -> None:
    """Make what is right by the schema right by the rules as well."""
    if not isinstance(body, dict):
        return
    if "programme" in body:
        mend_programme(body["programme"])
    else:
        body["iin"] = KNOWN
        body["on"] = between(body["on"], "2021-01-01", str(MONDAY.date()))
        if body["kind"] == "programme_closed":
            body["kind"] = "return"
        if body.get("phone") or body["kind"] == "phone_changed":
            body["phone"] = "+77011234567"


def mend_programme(said: dict[str, Any]) -> None:
    person, mother = said["person"], said.get("representative")
    mend_days(said)
    person["birth_date"] = between(person["birth_date"], "1900-01-01", "1999-12-31")
    person["place"] = PLACE
    for somebody, iin in ((person, make_iin(said["number"])), (mother, make_iin("mother"))):
        if somebody:
            somebody["iin"] = iin
            somebody["phone"] = "8 701 123 45 67" if somebody.get("phone") else None
            for name in ("last_name", "first_name"):
                somebody[name] = somebody[name].strip() or "Аты"
            if somebody.get("middle_name"):
                somebody["middle_name"] = somebody["middle_name"].strip() or None
    for number, measure in enumerate(said["measures"]):
        measure["id"] = f"{measure['id'][:50]}{number}"
        measure["valid_from"], measure["valid_to"] = said["valid_from"], said["valid_to"]
        mend_volume(measure, chair_is_free=number == 0)


def mend_volume(measure: dict[str, Any], *, chair_is_free: bool) -> None:
    """An item of the service, at most one wheelchair, a unit of the service and no more of it than can be."""
    if measure["service"] == "wheelchair" and not chair_is_free:
        measure["service"] = "technical_aid"
    code, unit, most = VOLUMES[measure["service"]]
    measure["classifier_code"] = code
    measure["quantity"] = min(measure["quantity"], most) if measure.get("quantity") else None
    measure["unit"] = unit if measure["quantity"] else None


def mend_days(part: dict[str, Any]) -> None:
    days = sorted(between(part[name], "2000-01-01", "2150-12-31") for name in ("valid_from", "valid_to"))
    part["valid_from"], part["valid_to"] = days


def between(day: str, first: str, last: str) -> str:
    return min(max(day, first), last)


def make_iin(about: str) -> str:
    """A right IIN, the same for the same word."""
    number = zlib.crc32(about.encode()) % 10_000
    found = (iin_with_check_digit(f"8005173{(number + n) % 10_000:04d}") for n in range(10))
    return next(iin for iin in found if iin)
