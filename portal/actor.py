"""Who acts, for whom, in what role, for which organisation: handed to every operation."""

from dataclasses import dataclass
from uuid import UUID

from portal.rules.roles import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something; written into the journal with it.

    `person_id` is who is signed in (None for a machine); `for_person_id` is the recipient in whose name they act
    (their own id, or another's for a representative); `organisation_id` is the provider or the office.
    """

    role: Role
    person_id: UUID | None = None
    for_person_id: UUID | None = None
    organisation_id: UUID | None = None

    @property
    def for_another(self) -> bool:
        """True when a representative acts for somebody else."""
        return self.for_person_id is not None and self.for_person_id != self.person_id


SYSTEM = Actor(Role.SYSTEM)
ESOBES = Actor(Role.ESOBES)
