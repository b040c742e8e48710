"""What makes the pace of an entitlement: since when it is served, and what its visits used in some days (R34.1)."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from portal.clock import ALMATY
from portal.queries import entitlements
from portal.rules.orders import OrderStatus
from tests import factories as make

FIRST, TODAY = date(2026, 3, 3), date(2026, 3, 10)


@pytest.mark.law("R34.1")
def test_visits_from_the_first_day_to_yesterday_count_and_struck_ones_do_not(session: Session) -> None:
    order = make.make_order(session)
    for day, minutes in ((2, 10), (3, 20), (9, 40), (10, 80)):
        make.make_entry(session, order, day=date(2026, 3, day), minutes=minutes)
    make.make_entry(session, order, day=date(2026, 3, 5), struck_at=datetime(2026, 3, 6, tzinfo=ALMATY))
    found = entitlements.served(session, order.recipient_id, FIRST, TODAY)
    assert found == {order.entitlement_id: (order.starts_on, 60)}


@pytest.mark.law("R34.1")
def test_the_service_began_with_the_first_order_that_was_accepted(session: Session) -> None:
    entitlement = make.make_programme(session)
    for status, day in ((OrderStatus.DECLINED, 2), (OrderStatus.STOPPED, 4), (OrderStatus.ACCEPTED, 6)):
        make.make_order(session, entitlement, status=status, starts_on=date(2026, 3, day))
    found = entitlements.served(session, entitlement.person_id, FIRST, TODAY)
    assert found == {entitlement.id: (date(2026, 3, 4), 0)}


def test_somebody_elses_orders_do_not_count(session: Session) -> None:
    make.make_order(session)
    assert entitlements.served(session, make.make_person(session).id, FIRST, TODAY) == {}
