"""Who may act in the portal (rulebook 1)."""

from collections.abc import Mapping
from enum import StrEnum

from portal.rules.law import N_


class Role(StrEnum):
    """In what role somebody acts; a representative acts in the recipient's role for another person."""

    RECIPIENT = "recipient"
    PROVIDER = "provider"
    SPECIALIST = "specialist"
    OFFICE = "office"
    MINISTRY = "ministry"
    ESOBES = "esobes"
    SYSTEM = "system"


ROLE_LABELS: Mapping[Role, str] = {
    Role.OFFICE: N_("Employment office"),
    Role.PROVIDER: N_("Provider’s staff"),
    Role.SPECIALIST: N_("Assistant or interpreter"),
}
"""In what role somebody reads the record of another."""
