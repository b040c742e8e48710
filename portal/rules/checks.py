"""The automatic checks of an act (R42.9, R42.10): the same for the provider before sending and the office after.

A code never changes its meaning. The codes are those of the catalogue of checks: 5–6 person and programme,
9–14 order and volume, 21–32 time, 33–46 proof and money.
"""

from collections.abc import Callable, Iterable, Iterator

from portal.rules.act_checks import ACT_CHECKS
from portal.rules.check_facts import ActFacts, Finding, Level
from portal.rules.law import N_, RuleViolation, law
from portal.rules.visit_checks import VISIT_CHECKS

CHECKS: tuple[Callable[[ActFacts], Iterator[Finding]], ...] = (*VISIT_CHECKS, *ACT_CHECKS)

_GRAVITY = {Level.BLOCK: 0, Level.HOLD: 1, Level.WARN: 2}


@law("R42.9", "R42.10")
def check_act(act: ActFacts) -> list[Finding]:
    """Everything that the checks find, the gravest first; nothing for an act that is right."""
    findings = [finding for check in CHECKS for finding in check(act)]
    return sorted(findings, key=lambda finding: _GRAVITY[finding.level])


@law("R42.9", "R42.10")
def check_no_block(findings: Iterable[Finding]) -> None:
    """An act is not accepted while a check blocks it; the first blocking finding is the reason."""
    for finding in findings:
        if finding.level is Level.BLOCK:
            raise RuleViolation(finding.message, finding.point, **finding.figures)


@law("R42.9")
def check_holds_seen(findings: Iterable[Finding], *, confirmed: bool) -> None:
    """What a check holds back is looked at by a person, who says so, before the act is accepted."""
    if not confirmed and any(finding.level is Level.HOLD for finding in findings):
        raise RuleViolation(N_("The checks found something to look at. Confirm that you have looked at it."), "R42.9")
