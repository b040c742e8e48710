"""The six pieces of work that are measured, each through the code that people's requests go through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid5

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import create_environ, run_wsgi_app

from bench.cases import ACT_MONTH, NOW, Cases, Prepared, Reader, Serving
from bench.measure import Work
from portal.db import transaction
from portal.operations import acts, orders, service_log
from portal.operations.documents import Signing
from portal.signing.verifier import Signer, Verdict


class Believer:
    """Takes every signature at once, and says that one revocation list spoke for it."""

    def verify(self, _data: bytes, _cms: bytes, expected: Signer, moment: datetime) -> Verdict:
        """The verdict on a signature, as the portal's verifier gives it."""
        return Verdict(
            common_name="СЫНАҚ АЙГҮЛ",
            iin=expected.iin,
            bin=expected.bin,
            serial="01",
            issuer="СЫНАҚ ОРТАЛЫҒЫ",
            valid_from=moment,
            valid_to=moment,
            algorithm="rsa",
            checked_at=moment,
            crls=(b"a revocation list" * 40,),
        )


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of a recipient who is signed in, as it reaches the portal; a browser's own work is not measured."""

    app: Flask
    environ: dict[str, Any]


def works(app: Flask, cases: Cases) -> dict[str, Callable[[], Work[Any]]]:
    """Each work by its short name, made when it is asked for."""
    return {
        "choice": lambda: _page("choice page", app, cases.choosing, _choice),
        "home": lambda: _page("her page", app, cases.at_home, lambda _: "/recipient/"),
        "hours": lambda: _page("2,000 postings of hers", app, cases.tracing, _hours),
        "order": lambda: Work("placing an order", cases.ordering, _place, writes=True),
        "visit": lambda: Work("logging a visit", cases.visiting, _log, writes=True),
        "act": lambda: Work("act of 31 visits", cases.acting, _draw_up, writes=True),
    }


def _choice(reader: Reader) -> str:
    return f"/recipient/entitlements/{reader.entitlement_id}/providers"


def _hours(reader: Reader) -> str:
    return f"/recipient/entitlements/{reader.entitlement_id}"


def _page(name: str, app: Flask, readers: Sequence[Reader], address: Callable[[Reader], str]) -> Work[Visit]:
    visits = [Visit(app, _request(_signed_in(app, reader), address(reader))) for reader in readers]
    return Work(name, visits, _open, writes=False)


def _signed_in(app: Flask, reader: Reader) -> FlaskClient:
    """A browser whose session holds what it holds after the first page."""
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie.update(_user_id=str(reader.person_id), language=reader.language)
        cookie.permanent = True
    browser.get("/help")
    return browser


def _request(browser: FlaskClient, address: str) -> dict[str, Any]:
    """What the web server hands to the portal when this browser opens an address."""
    cookie = browser.get_cookie("portal")
    assert cookie is not None  # noqa: S101 - the browser is signed in
    return create_environ(address, headers={"Cookie": cookie._to_request_header()})


def _open(visit: Visit) -> None:
    _body, status, _headers = run_wsgi_app(visit.app, visit.environ, buffered=True)
    if not status.startswith("200"):
        raise RuntimeError(f"{visit.environ['PATH_INFO']} answered {status}")


def _place(prepared: Prepared) -> None:
    with transaction() as session:
        orders.place(session, Signing(prepared.id, b"signature", Believer()), prepared.actor, NOW)


def _log(serving: Serving) -> None:
    form_id = uuid5(serving.order_id, "form")
    with transaction() as session:
        service_log.record_entry(session, serving.order_id, serving.visit, form_id, serving.specialist, NOW)


def _draw_up(serving: Serving) -> None:
    with transaction() as session:
        acts.draw_up(session, serving.order_id, ACT_MONTH, serving.provider, NOW)
