"""Who may act in the portal (rulebook 1)."""

from enum import StrEnum


class Role(StrEnum):
    """In what role somebody acts; a representative acts in the recipient's role for another person."""

    RECIPIENT = "recipient"
    PROVIDER = "provider"
    SPECIALIST = "specialist"
    OFFICE = "office"
    MINISTRY = "ministry"
    ESOBES = "esobes"
    SYSTEM = "system"
