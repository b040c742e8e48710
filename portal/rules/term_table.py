"""Every term of the rulebook, in its order: what, how long, from when, who must act, what comes when it runs out.

The figures are those of edition 2021; where edition 2023 has others they stand beside them (rulebook 12).
"""

from datetime import date

from portal.rules.law import N_
from portal.rules.parameters import FIRST_DAY, Dated
from portal.rules.service import Service
from portal.rules.terms import Term, Unit

OFFICE, CORPORATION = N_("the employment office"), N_("the State Corporation")
PROVIDER, RECIPIENT = N_("the provider"), N_("the recipient")
COMMISSION, QUALITY_BODY = N_("the commission for registration"), N_("the quality-control body")

_LATE = N_("The term is shown as late on both sides; the duty stays.")
_COMPLAINT = N_("The applicant may complain; the duty stays.")


def _fixed(amount: int, point: str) -> Dated[int]:
    return Dated((FIRST_DAY, amount, point))


DECISION = Term(
    "decision", N_("Decision on an application"), Unit.WORKING_DAYS, _fixed(10, "R2.2"),
    N_("registration of the package; for a proactive service, consent"), OFFICE, _COMPLAINT, "R2.2",
    _fixed(5, "R2.2"),
)  # fmt: skip
RESULT_TO_CORPORATION = Term(
    "result_to_corporation", N_("Handing the result over to the State Corporation"), Unit.CALENDAR_DAYS_BEFORE,
    _fixed(1, "R2.2"), N_("end of the term of the decision"), OFFICE, _COMPLAINT, "R2.2",
)  # fmt: skip
NEXT_WORKING_DAY = Term(
    "next_working_day", N_("Registering a request that came after hours or on a day off"), Unit.WORKING_DAYS,
    _fixed(1, "R2.4"), N_("arrival of the request"), OFFICE, _COMPLAINT, "R2.4",
)  # fmt: skip
REFUSAL_TO_ACCEPT = Term(
    "refusal_to_accept", N_("Refusing to accept an incomplete package"), Unit.WORKING_DAYS, _fixed(2, "R3.5"),
    N_("acceptance of the package"), OFFICE, N_("The package counts as accepted."), "R3.5",
)  # fmt: skip
HEARING_NOTICE = Term(
    "hearing_notice", N_("Telling the applicant of a hearing"), Unit.WORKING_DAYS_BEFORE, _fixed(3, "R3.8"),
    N_("end of the term of the decision"), OFFICE, N_("No decision against the applicant may be taken."), "R3.8",
)  # fmt: skip
HEARING = Term(
    "hearing", N_("Holding the hearing"), Unit.WORKING_DAYS, _fixed(2, "R3.8"), N_("notice of the hearing"), OFFICE,
    N_("No decision against the applicant may be taken."), "R3.8",
)  # fmt: skip
RESULT_KEPT = Term(
    "result_kept", N_("Keeping a ready result at the State Corporation"), Unit.MONTHS, _fixed(1, "R3.9"),
    N_("arrival of the result"), CORPORATION, N_("The result goes to the office."), "R3.9",
)  # fmt: skip
RESULT_BACK = Term(
    "result_back", N_("Sending a result back to the State Corporation"), Unit.WORKING_DAYS, _fixed(1, "R3.9"),
    N_("the Corporation’s request"), OFFICE, _COMPLAINT, "R3.9",
)  # fmt: skip
PROACTIVE_CONSENT = Term(
    "proactive_consent", N_("Answering an SMS that offers a service"), Unit.WORKING_DAYS, None, N_("the SMS"),
    RECIPIENT, N_("The offer is closed, with the reason."), "R2.2", _fixed(3, "R2.2"),
)  # fmt: skip
COMPLAINT_ONWARD = Term(
    "complaint_onward", N_("Sending a complaint to the reviewing body"), Unit.WORKING_DAYS, _fixed(3, "R4.2"),
    N_("arrival of the complaint"), OFFICE, N_("The applicant may go to the reviewing body or to court."), "R4.2",
)  # fmt: skip
COMPLAINT = Term(
    "complaint", N_("Deciding a complaint at the office or the Corporation"), Unit.WORKING_DAYS, _fixed(5, "R4.3"),
    N_("registration of the complaint"), OFFICE, N_("The applicant may go to the reviewing body or to court."), "R4.3",
)  # fmt: skip
COMPLAINT_ABOVE = Term(
    "complaint_above", N_("Deciding a complaint at the quality-control body"), Unit.WORKING_DAYS,
    _fixed(15, "R4.3"), N_("registration of the complaint"), QUALITY_BODY, N_("The applicant may go to court."), "R4.3",
)  # fmt: skip
CHOICE = Term(
    "choice", N_("Choosing a provider"), Unit.MONTHS, _fixed(1, "R34.3"), N_("arrival of the programme"), RECIPIENT,
    N_("An SMS reminds, then one each month."), "R34.3",
)  # fmt: skip
CHOICE_BLOCKED = Term(
    "choice_blocked", N_("Choosing a provider before the choice is blocked"), Unit.MONTHS, None,
    N_("arrival of the programme"), RECIPIENT,
    N_("The measure goes back to the queue until the recipient activates the choice."), "R34.3", _fixed(2, "R34.3"),
)  # fmt: skip
ANSWER = Term(
    "answer", N_("Answering an order"), Unit.WORKING_DAYS, _fixed(5, "R83.3"), N_("arrival of the order"), PROVIDER,
    N_("The order lapses, and what it reserved is free again."), "R83.3",
)  # fmt: skip
TO_DELIVERY = Term(
    "to_delivery", N_("Handing goods over to delivery"), Unit.WORKING_DAYS, _fixed(3, "R83.8"),
    N_("the tracking number"), PROVIDER, _LATE, "R83.8",
)  # fmt: skip
DELIVERY = Term(
    "delivery", N_("Delivering goods"), Unit.CALENDAR_DAYS, _fixed(15, "R83.8"), N_("handing over to delivery"),
    PROVIDER, _LATE, "R83.8",
)  # fmt: skip
PICK_UP = Term(
    "pick_up", N_("Picking goods up"), Unit.CALENDAR_DAYS, _fixed(14, "R83.8"), N_("acceptance of the order"),
    RECIPIENT, N_("The order may be returned, and what it reserved is free again."), "R83.8",
)  # fmt: skip
# Delivered later than 30 calendar days from the order is a breach to be reported (the registration rules of 2020).
GOODS_IN_ALL = Term(
    "goods_in_all", N_("Handing goods over that are delivered"), Unit.CALENDAR_DAYS, _fixed(30, "R83.5"),
    N_("the order"), PROVIDER, N_("The recipient may stop the order, and what it reserved is free again."), "R83.5",
)  # fmt: skip
ACT = Term(
    "act", N_("Sending the act of a month"), Unit.DAY_OF_NEXT_MONTH, _fixed(10, "R42.8"), N_("the month of service"),
    PROVIDER, N_("The act is taken all the same and marked as late."), "R42.8",
)  # fmt: skip
ACT_AFTER_DEATH = Term(
    "act_after_death", N_("Sending the act after the recipient’s death"), Unit.MONTHS, _fixed(1, "R42.8"),
    N_("the day of death"), PROVIDER, N_("The act is taken all the same and marked as late."), "R42.8",
)  # fmt: skip
# Order 117 of 2 April 2026 amends Order 205; the rulebook says "from April 2026", so the day of the order is taken.
CHECK_OF_ASSISTANT = Term(
    "check_of_assistant", N_("Checking an assistant’s act"), Unit.WORKING_DAYS, _fixed(7, "R42.9"),
    N_("arrival of the act"), OFFICE, _LATE, "R42.9",
    Dated((FIRST_DAY, 7, "R42.9"), (date(2026, 4, 2), 5, "R42.9")),
)  # fmt: skip
CHECK = Term(
    "check", N_("Checking any other act"), Unit.WORKING_DAYS, _fixed(7, "R42.9"), N_("arrival of the act"), OFFICE,
    _LATE, "R42.9",
)  # fmt: skip
CHECKS = {service: CHECK_OF_ASSISTANT if service is Service.ASSISTANT else CHECK for service in Service}
ACT_AGAIN = Term(
    "act_again", N_("Sending a returned act again"), Unit.WORKING_DAYS, _fixed(3, "R42.9"), N_("return of the act"),
    PROVIDER, N_("The act is taken all the same and marked as late."), "R42.9",
)  # fmt: skip
PAYMENT = Term(
    "payment", N_("Paying for services"), Unit.WORKING_DAYS, _fixed(10, "R42.11"), N_("acceptance of the act"), OFFICE,
    _LATE, "R42.11",
)  # fmt: skip
GOODS_RETURN = Term(
    "goods_return", N_("Waiting before goods are paid for"), Unit.CALENDAR_DAYS, _fixed(14, "R42.11"),
    N_("acceptance of the act"), OFFICE, N_("From then on the money may be paid."), "R42.11",
)  # fmt: skip
GOODS_PAYMENT = Term(
    "goods_payment", N_("Paying for goods"), Unit.CALENDAR_DAYS, _fixed(30, "R42.11"), N_("acceptance of the act"),
    OFFICE, _LATE, "R42.11",
)  # fmt: skip
REPAYMENT = Term(
    "repayment", N_("Paying back for goods that were returned"), Unit.CALENDAR_DAYS, _fixed(15, "R42.11"),
    N_("return of the goods"), PROVIDER, N_("The office claims the money."), "R42.11",
)  # fmt: skip
STAY_CANCELLED = Term(
    "stay_cancelled", N_("Cancelling a stay at a sanatorium"), Unit.WORKING_DAYS_BEFORE, _fixed(3, "R26.2"),
    N_("day of arrival"), RECIPIENT, N_("Who does not come goes back to the queue."), "R26.2",
)  # fmt: skip
FIRST_FITTING = Term(
    "first_fitting", N_("First in-patient fitting"), Unit.WORKING_DAYS, _fixed(10, "R31.2"),
    N_("day of admission"), PROVIDER, _LATE, "R31.2", _fixed(20, "R31.2"),
)  # fmt: skip
FITTING_AGAIN = Term(
    "fitting_again", N_("Repeated in-patient fitting"), Unit.WORKING_DAYS, _fixed(3, "R31.2"), N_("day of admission"),
    PROVIDER, _LATE, "R31.2", _fixed(7, "R31.2"),
)  # fmt: skip
REGISTRATION = Term(
    "registration", N_("Deciding whether a provider is registered"), Unit.WORKING_DAYS, _fixed(5, "RP.1"),
    N_("the signed application"), COMMISSION, N_("The provider may complain; the duty stays."), "RP.1",
)  # fmt: skip
COMPLAINT_ON_PROVIDER = Term(
    "complaint_on_provider", N_("Complaining of a provider"), Unit.CALENDAR_DAYS, _fixed(14, "RP.4"),
    N_("the fact"), RECIPIENT, N_("The complaint is not looked into."), "RP.4",
)  # fmt: skip
NOTICE_TO_PROVIDER = Term(
    "notice_to_provider", N_("Telling a provider of a breach"), Unit.WORKING_DAYS, _fixed(1, "RP.4"),
    N_("finding of the breach"), COMMISSION, _LATE, "RP.4",
)  # fmt: skip
CURE = Term(
    "cure", N_("Curing a breach"), Unit.CALENDAR_DAYS, _fixed(14, "RP.4"), N_("notice of the breach"), PROVIDER,
    N_("The provider is removed from the portal."), "RP.4",
)  # fmt: skip
BACK_AGAIN = Term(
    "back_again", N_("Coming back to the portal after removal"), Unit.MONTHS, _fixed(12, "RP.4"), N_("removal"),
    PROVIDER, N_("From then on the provider may apply again."), "RP.4",
)  # fmt: skip

ALL: tuple[Term, ...] = tuple(value for value in tuple(globals().values()) if isinstance(value, Term))
"""Every term, in the order of the rulebook."""
