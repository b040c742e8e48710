"""What the database must say of each thing in the model, and the comparison of the two."""

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from tests.simulator import model, papers

THINGS = (
    model.Person
    | model.Programme
    | model.Entitlement
    | model.Order
    | model.Visit
    | papers.Act
    | papers.Payment
    | papers.Claim
    | papers.Reversal
)


class Wrong(AssertionError):  # noqa: N818 - what the portal was
    """The portal did something else than the model."""


_ROWS: dict[type[Any], tuple[LiteralString, LiteralString]] = {
    model.Person: ("people", "place_code, died_on, departed_on"),
    model.Programme: ("programmes", "version, office_id, closed_at IS NOT NULL"),
    model.Entitlement: (
        "entitlements",
        "granted, available, reserved, used, returned, excess, reserved_tiyn, owed_tiyn, paid_tiyn, claimed_tiyn, "
        "recovered_tiyn, starts_on, ends_on, lasts_until, closed_on, office_id, reminder_due_on, blocked_on",
    ),
    model.Order: (
        "orders",
        "status, reserved, used, acted, reserved_tiyn, ended_on, answer_due_on, hand_over_due_on, "
        "tracking_number, sent_on, office_id, placed_by_id, coalesce(reason, '') = 'handed_over'",
    ),
    model.Visit: (
        "log_entries",
        "struck_at IS NOT NULL, objected_at IS NOT NULL AND settled_at IS NULL, act_id, units, guaranteed_tiyn, day, "
        "strike_reason IN ('faulty', 'not_as_ordered', 'does_not_fit', 'not_wanted')",
    ),
    papers.Act: ("acts", "status, units, amount_tiyn, office_id"),
    papers.Payment: ("payments", "status, attempt, amount_tiyn, set_off_tiyn, office_id, not_before_on, due_on"),
    papers.Claim: ("claims", "status, units, amount_tiyn, settled_tiyn, office_id, event_id IS NULL, reason"),
    papers.Reversal: ("claim_settlements", "status, amount_tiyn, payment_id, next_try_at"),
}


def compare(connection: psycopg.Connection[Any], things: Sequence[THINGS]) -> None:
    """Raise `Wrong` when a row is not as the model has it."""
    for kind, (table, columns) in _ROWS.items():
        of_kind = {thing.id: thing for thing in things if isinstance(thing, kind)}
        if not of_kind:
            continue
        query = sql.SQL("SELECT id, {} FROM {} WHERE id = ANY(%s)").format(sql.SQL(columns), sql.Identifier(table))
        found = {row[0]: row[1:] for row in connection.execute(query, [list(of_kind)], prepare=True)}
        for identity, thing in of_kind.items():
            if found.get(identity) != thing.row():
                raise Wrong(
                    f"{table} {identity} ({columns}):\n  found    {_said(found.get(identity))}\n"
                    f"  expected {_said(thing.row())}"
                )


def count(connection: psycopg.Connection[Any], things: Sequence[THINGS]) -> None:
    """Raise `Wrong` when there are more rows of a kind, or fewer."""
    if things:
        table = _ROWS[type(things[0])][0]
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        if (found := connection.execute(query).fetchone()) != (len(things),):
            raise Wrong(f"{table}: {found} rows, expected {len(things)}")


def identify_claims(connection: psycopg.Connection[Any], acts: Sequence[papers.Act]) -> None:
    """Learn the ids of claims that the portal has made: as many of each act as the model has."""
    new = {act.id: act for act in acts if any(claim.id == papers.UNKNOWN for claim in act.claims)}
    if not new:
        return
    query = "SELECT act_id, id, number FROM claims WHERE act_id = ANY(%s) ORDER BY number"
    found = connection.execute(query, [list(new)]).fetchall()
    for identity, act in new.items():
        made = [row[1:] for row in found if row[0] == identity]
        if len(made) != len(act.claims):
            raise Wrong(f"act {identity}: {len(made)} claims, expected {len(act.claims)}")
        for claim, (claim_id, number) in zip(act.claims, made, strict=True):
            claim.id, claim.number = claim_id, number


def compare_actors(connection: psycopg.Connection[Any], people: Sequence[model.Person]) -> None:
    """Raise `Wrong` when the journal says that somebody acted as a recipient who never might."""
    might = {(who, person.id) for person in people for who in (person.id, *person.ever_acting)}
    query = "SELECT DISTINCT person_id, for_person_id FROM audit WHERE role = 'recipient'"
    if others := {row for row in connection.execute(query) if row not in might}:
        raise Wrong(f"acted as a recipient: {others}")


def above(thing: THINGS) -> tuple[THINGS | None, ...]:
    """What changes with a thing: of an order, act or visit its entitlement, too."""
    if isinstance(thing, papers.Reversal):
        return (thing.claim,)
    if isinstance(thing, papers.Claim):
        return (thing.act, *thing.reversals)
    if isinstance(thing, papers.Payment):
        return (thing.act,)
    if isinstance(thing, papers.Act):
        return (thing.order, thing.payment, *thing.claims)
    if isinstance(thing, model.Visit):
        return (thing.order,)
    return (thing.entitlement,) if isinstance(thing, model.Order) else ()


def _said(row: tuple[Any, ...] | None) -> str:
    return "no row" if row is None else ", ".join(map(str, row))
