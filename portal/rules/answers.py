"""The provider's answer to an order (R83.3, R83.4): until when it may come."""

from datetime import date

from portal.rules import term_table
from portal.rules.law import N_, RuleViolation, law
from portal.rules.terms import Calendar, due_on


@law("R83.3")
def answer_due_on(placed_on: date, calendar: Calendar) -> date:
    """The last day of the provider's answer: 5 working days after the order arrived."""
    return due_on(term_table.ANSWER, placed_on, calendar)


@law("R83.3", "R83.4")
def check_answer_in_time(due_on: date, today: date) -> None:
    """A provider answers up to the last day of the term, also when the order has not been marked as lapsed yet."""
    if today > due_on:
        lapsed = N_("The answer was due on %(due_on)s, so this order has lapsed. The recipient may order again.")
        raise RuleViolation(lapsed, "R83.4", due_on=due_on)
