"""All terms of the law on one page: how long, from when, who must act, what comes when they run out."""

from flask import render_template

from portal import clock
from portal.i18n import gettext as _
from portal.i18n import ngettext
from portal.ministry import blueprint, edition
from portal.rules.parameters import Edition
from portal.rules.term_table import ALL
from portal.rules.terms import Term, Unit


@blueprint.get("/terms")
def terms() -> str:
    """As they apply today, in both editions."""
    return render_template("ministry/terms.html", terms=ALL, how_long=how_long, edition=edition())


def how_long(term: Term) -> list[str]:
    """The term in words; where the editions differ, each."""
    today = clock.today()
    older, newer = term.amount(today, Edition.OF_2021), term.amount(today, Edition.OF_2023)
    if older == newer or newer is None:
        return [_amount(term.unit, older or 0)]
    of_newer = _("edition 2023: %(amount)s", amount=_amount(term.unit, newer))
    return [_("edition 2021: %(amount)s", amount=_amount(term.unit, older)), of_newer] if older else [of_newer]


def _amount(unit: Unit, amount: int) -> str:
    match unit:
        case Unit.WORKING_DAYS:
            return ngettext("%(num)s working day", "%(num)s working days", amount)
        case Unit.CALENDAR_DAYS:
            return ngettext("%(num)s calendar day", "%(num)s calendar days", amount)
        case Unit.MONTHS:
            return ngettext("%(num)s month", "%(num)s months", amount)
        case Unit.DAY_OF_NEXT_MONTH:
            return _("up to day %(day)s of the next month", day=amount)
        case Unit.WORKING_DAYS_BEFORE:
            return ngettext("%(num)s working day before", "%(num)s working days before", amount)
        case Unit.CALENDAR_DAYS_BEFORE:
            return ngettext("%(num)s calendar day before", "%(num)s calendar days before", amount)
