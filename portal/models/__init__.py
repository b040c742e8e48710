"""Tables and what must never be false in them; no rules, no queries."""

from portal.models import (
    act,
    audit,
    clockwork,
    document,
    entitlement,
    message,
    ministry,
    offer,
    office,
    order,
    payment,
    person,
    programme,
    provider,
    reference,
    service_log,
    sign_in,
)
from portal.models.base import Base

__all__ = [
    "Base",
    "act",
    "audit",
    "clockwork",
    "document",
    "entitlement",
    "message",
    "ministry",
    "offer",
    "office",
    "order",
    "payment",
    "person",
    "programme",
    "provider",
    "reference",
    "service_log",
    "sign_in",
]
