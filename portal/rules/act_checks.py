"""Checks of the act itself: proof, arithmetic, money, term (R42.5, R42.8, R42.10, RG.2, RI.2, RI.5, RI.8)."""

from collections.abc import Iterator

from portal.rules.act_lines import line
from portal.rules.acts import is_late
from portal.rules.check_facts import ActFacts, Finding, Level
from portal.rules.law import N_, law
from portal.rules.quantities import month_of
from portal.rules.roles import Role


@law("R42.5", "R42.8")
def not_confirmed(act: ActFacts) -> Iterator[Finding]:
    """K33: provider and recipient have signed; after a death the office looks at the act without the recipient's."""
    if act.is_sent and not act.signed_by(Role.PROVIDER):
        yield Finding("K33", Level.BLOCK, N_("The provider’s signature is missing."), {}, "R42.5")
    if act.signed_by(Role.RECIPIENT):
        return
    if act.died_on is None:
        yield Finding("K33", Level.BLOCK, N_("The recipient’s signature is missing."), {}, "R42.5")
    else:
        yield Finding(
            "K33",
            Level.HOLD,
            N_("The recipient died on %(died_on)s and has not signed this act."),
            {"died_on": act.died_on},
            "R42.8",
        )


@law("RI.5", "R42.10")
def changed_since(act: ActFacts) -> Iterator[Finding]:
    """K34, K36: the log still says what was signed, and every sheet is signed."""
    if not act.unchanged_since_signed or any(visit.is_struck for visit in act.visits):
        yield Finding("K34", Level.BLOCK, N_("The log was changed after this act was drawn up."), {}, "RI.5")
    if any(visit.is_objected for visit in act.visits):
        objected = act.said(
            N_("The recipient objects to a visit of this act."),
            N_("The recipient objects to the hand-over of this act."),
        )
        yield Finding("K34", Level.BLOCK, objected, {}, "R42.5")
    if act.unsigned_sheets:
        yield Finding(
            "K36",
            Level.BLOCK,
            N_("%(count)s of the sheets are not signed."),
            {"count": act.unsigned_sheets},
            "R42.6",
        )


@law("RG.2", "RG.3", "RI.2")
def above_the_guaranteed_amount(act: ActFacts) -> Iterator[Finding]:
    """K42: no rate above the guaranteed amount, and every visit at the amount of its own day."""
    if any(row.rate_tiyn > min(row.guaranteed_tiyn, row.price_tiyn) for row in act.lines):
        yield Finding("K42", Level.BLOCK, N_("A rate is above the price or the guaranteed amount."), {}, "RG.2")
    wrong = [v for v in act.visits if act.guaranteed_on.get(v.day, v.guaranteed_tiyn) != v.guaranteed_tiyn]
    if wrong:
        yield Finding(
            "K42",
            Level.BLOCK,
            act.said(
                N_("The visit of %(day_on)s does not have the guaranteed amount of its day."),
                N_(
                    "The goods handed over on %(day_on)s do not have the guaranteed amount "
                    "of the day on which their order was accepted."
                ),
            ),
            {"day_on": min(visit.day for visit in wrong)},
            "RG.3",
        )


@law("RI.8", "RG.2")
def wrong_sum(act: ActFacts) -> Iterator[Finding]:
    """K43: each row is its units times its rate, rounded down once, and the total is the rows together."""
    for row in act.lines:
        right = line(row.units, row.price_tiyn, row.guaranteed_tiyn, act.service)
        if row != right:
            yield Finding(
                "K43",
                Level.BLOCK,
                N_("A row of the act says %(amount_tiyn)s where %(right_tiyn)s is right."),
                {"amount_tiyn": row.amount_tiyn, "right_tiyn": right.amount_tiyn},
                "RI.8",
            )
    if act.amount_tiyn <= 0 or act.amount_tiyn != sum(row.amount_tiyn for row in act.lines):
        yield Finding("K43", Level.BLOCK, N_("The total is not the sum of the rows."), {}, "RI.8")


@law("R42.10", "RI.5")
def bad_signature(act: ActFacts) -> Iterator[Finding]:
    """K44: every signature was valid when it was made."""
    if any(not signature.is_valid for signature in act.signatures):
        yield Finding("K44", Level.BLOCK, N_("A signature of this act is not valid."), {}, "R42.10")


@law("RI.2", "R42.5")
def not_its_visits(act: ActFacts) -> Iterator[Finding]:
    """K45: the act is its visits, all of its month; that none is in another act is the shape of the log (RI.2)."""
    logged = sum(visit.units for visit in act.visits)
    if act.units != logged or act.units != sum(row.units for row in act.lines):
        yield Finding(
            "K45",
            Level.BLOCK,
            N_("The act counts %(act_volume)s, and the log %(log_volume)s."),
            {"act_volume": (act.units, act.service), "log_volume": (logged, act.service)},
            "RI.2",
        )
    if any(month_of(visit.day) != month_of(act.month) for visit in act.visits):
        apart = act.said(N_("A visit belongs to another month."), N_("The hand-over belongs to another month."))
        yield Finding("K45", Level.BLOCK, apart, {}, "R42.5")


@law("R42.8")
def sent_late(act: ActFacts) -> Iterator[Finding]:
    """K46: an act that was sent after its term is looked at; being late is no reason to return it."""
    if is_late(act.submit_due_on, act.sent_on):
        yield Finding(
            "K46",
            Level.HOLD,
            N_("The act was due on %(due_on)s and was sent on %(sent_on)s."),
            {"due_on": act.submit_due_on, "sent_on": act.sent_on},
            "R42.8",
        )


ACT_CHECKS = (
    not_confirmed,
    changed_since,
    above_the_guaranteed_amount,
    wrong_sum,
    bad_signature,
    not_its_visits,
    sent_late,
)
