"""Which services have a log and an act."""

import pytest

from portal.rules.law import RuleViolation
from portal.rules.service import CLASSIFIER_CODE, HOURLY, Service, check_hourly


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
    assert CLASSIFIER_CODE == {Service.ASSISTANT: "701", Service.INTERPRETER: "702"}
    assert set(CLASSIFIER_CODE) == HOURLY
