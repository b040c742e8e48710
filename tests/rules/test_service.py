"""Which services have a log and an act."""

import pytest

from portal.rules.law import RuleViolation
from portal.rules.service import CLASSIFIER_CODE, GOODS, HOURLY, Service, Unit, check_hourly, unit_of


@pytest.mark.law("R42.1")
def test_two_of_the_six_services_are_rendered_by_the_hour() -> None:
    assert len(Service) == 6
    for service in Service:
        if service in HOURLY:
            check_hourly(service)
        else:
            with pytest.raises(RuleViolation, match="not rendered by the hour"):
                check_hourly(service)


@pytest.mark.law("RG.1")
def test_their_items_of_the_classifier() -> None:
    assert CLASSIFIER_CODE == {Service.ASSISTANT: "701", Service.INTERPRETER: "702", Service.SANATORIUM: "703"}
    assert set(CLASSIFIER_CODE) == set(Service) - GOODS


@pytest.mark.law("R26.1", "RI.8")
@pytest.mark.parametrize("service", sorted(Service))
def test_what_a_service_is_counted_in(service: Service) -> None:
    by_hour = Unit.MINUTE if service in HOURLY else Unit.PIECE
    assert unit_of(service) is (Unit.DAY if service is Service.SANATORIUM else by_hour)
