"""The life of a noun as a table: (status, action) → where it leads and whose step it is; the rest is refused."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from portal.rules.law import N_, RuleViolation, law
from portal.rules.roles import Role

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


class Move(Generic[S]):
    """One step: the status it leads to, and the roles that may take it."""

    __slots__ = ("roles", "status")

    def __init__(self, status: S, *roles: Role) -> None:
        self.status = status
        self.roles = frozenset(roles)


class Machine(Mapping[tuple[S, A], Move[S]], Generic[S, A]):
    """All the moves of a noun, with the sentence that says, for each status, why another step is refused there."""

    def __init__(self, moves: Mapping[tuple[S, A], Move[S]], refusals: Mapping[S, str]) -> None:
        self._moves = dict(moves)
        self.refusals = dict(refusals)

    def __getitem__(self, step: tuple[S, A]) -> Move[S]:
        return self._moves[step]

    def __iter__(self) -> Iterator[tuple[S, A]]:
        return iter(self._moves)

    def __len__(self) -> int:
        return len(self._moves)


@law("R83.3", "R83.7", "R42.9", "R42.11")
def next_status(moves: Machine[S, A], status: S, action: A, role: Role, point: str) -> S:
    """Where `action` leads from `status`; raises when the table has no such step or it is another role's step."""
    move = moves.get((status, action))
    if move is None:
        raise RuleViolation(moves.refusals[status], point)
    if role not in move.roles:
        raise RuleViolation(N_("This step is for another participant to take."), point)
    return move.status


@law("R83.3", "R83.7", "R42.9", "R42.11")
def available_actions(moves: Machine[S, A], status: S, role: Role) -> list[A]:
    """The actions that `role` may take from `status`, in the order of the table; a page draws a button for each."""
    return [action for (at, action), move in moves.items() if at == status and role in move.roles]
