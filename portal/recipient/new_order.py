"""Making out an order: how much, from when to when, in which way; then read and sign (R83.1)."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal import clock, read_and_sign
from portal.auth import actor
from portal.db import get_session, transaction
from portal.fields import ChoiceField, DayField, HoursField, SelectField
from portal.forms import InputRequired, PortalForm
from portal.i18n import gettext as _
from portal.left import left_of
from portal.models.document import Document, DocumentKind
from portal.operations import documents, orders
from portal.operations.orders import Wish
from portal.queries import recipient_orders
from portal.recipient import blueprint, choice, proposal, ranked
from portal.recipient.choice import Candidate, Ground
from portal.recipient.proposal import Sum
from portal.recipient.words import recipient_id
from portal.rules.law import N_, RuleViolation
from portal.rules.orders import NewOrder, check_new_order
from portal.rules.parameters import ASSISTANT_MINUTES_A_DAY
from portal.rules.ranking import TWICE
from portal.rules.service import GOODS, Service

_ANOTHER_WAY = N_("This provider does not serve you in the way that you chose above. Choose another one.")


class OrderForm(PortalForm):
    """How much and from when to when; an assistant by the day, an interpreter out of what is left."""

    hours = HoursField(_l("How many hours"), [InputRequired(_l("Enter how many hours you need"))])
    starts_on = DayField(_l("First day"), [InputRequired(_l("Enter the first day"))])
    ends_on = DayField(_l("Last day"), [InputRequired(_l("Enter the last day"))])
    way = ChoiceField(
        _l("How the service is rendered"),
        [InputRequired(_l("Choose how the service is rendered"))],
        choices=[("offline", _l("In person")), ("online", _l("Online"))],
    )
    second = SelectField(_l("If they decline: second choice"), empty=_l("Nobody"), coerce=UUID)
    third = SelectField(_l("If they decline, too: third choice"), empty=_l("Nobody"), coerce=UUID)

    @classmethod
    def of(cls, base: Ground, candidate: Candidate, before: Wish) -> "OrderForm":
        """The form for a service and an offer, filled with what is proposed or was asked for before."""
        proposed = before.order
        minutes = proposed.units if proposed.minutes_a_day is None else proposed.minutes_a_day
        form = cls(
            hours=minutes or None,
            starts_on=proposed.starts_on,
            ends_on=proposed.ends_on,
            way=proposed.way,
            **dict(zip(ranked.NAMES, before.otherwise, strict=False)),
        )
        form._rank(ranked.choices(get_session(), base, candidate, [*before.otherwise, *ranked.named()]))
        if base.service is Service.ASSISTANT:
            form.hours.label.text = _("How many hours a day")
            form.hours.high = ASSISTANT_MINUTES_A_DAY.on(clock.today()) // 60
        else:
            form.hours.high = -(-base.entitlement.available // 60)
        if len(candidate.ways) == 1:
            del form.way
        return form

    def _rank(self, others: list[tuple[UUID, str]]) -> None:
        """As many more choices as there are other providers."""
        for name, needed in zip(ranked.NAMES, (1, 2), strict=True):
            if len(others) < needed:
                del self[name]
            else:
                self[name].choices = others

    @property
    def otherwise(self) -> tuple[UUID, ...]:
        """Who is asked after the first, in order; called on a valid form only."""
        return tuple(self[name].data for name in ranked.NAMES if name in self and self[name].data)

    def agrees(self, base: Ground, way: str) -> bool:
        """Whether the second and third choice serve in the way asked for; says at each why not."""
        for name in ranked.NAMES:
            if name in self and self[name].data:
                other = choice.candidate(get_session(), base, self[name].data)
                if way not in other.ways:
                    self.refuse(RuleViolation(_ANOTHER_WAY, "R83.1"), name)
        if len(set(self.otherwise)) < len(self.otherwise):
            self.refuse(RuleViolation(TWICE, "R83.1"), "third")
        return not self.errors

    def order(self, service: Service, only_way: str) -> NewOrder:
        """What was asked for; called on a valid form only."""
        first, last, hours = self.starts_on.data, self.ends_on.data, self.hours.data
        way = only_way if self.way is None else self.way.data
        if service is not Service.ASSISTANT:
            return NewOrder(service, first, last, hours, None, way)
        return NewOrder(service, first, last, hours * ((last - first).days + 1), hours, way)


@blueprint.route("/entitlements/<uuid:entitlement_id>/providers/<uuid:offer_id>/order", methods=["GET", "POST"])
def new_order(entitlement_id: UUID, offer_id: UUID) -> ResponseReturnValue:
    """Make out an order; the button "work out the sum" only shows what it comes to."""
    base = choice.ground(get_session(), entitlement_id)
    candidate = choice.candidate(get_session(), base, offer_id)
    if candidate.why_not is not None:
        raise candidate.why_not
    form = OrderForm.of(base, candidate, _before(base, candidate))
    order = form.order(base.service, candidate.ways[0]) if form.validate_on_submit() else None
    if order is not None and form.agrees(base, order.way) and "work_out" not in request.form:
        document = _prepare(form, Wish(entitlement_id, offer_id, order, form.form_id.data, form.otherwise))
        if document is not None:
            return redirect(url_for(".sign_order", document_id=document.id))
    elif order is not None:
        _check(form, base, order)
    return _page(base, candidate, form, order)


@blueprint.route("/orders/sign/<uuid:document_id>", methods=["GET", "POST"])
def sign_order(document_id: UUID) -> ResponseReturnValue:
    """The order and the request to reimburse in words; one signature over both."""
    document = read_and_sign.get_document(document_id, DocumentKind.ORDER)
    violation = None
    if request.method == "POST":
        try:
            with transaction() as session:
                order = orders.place(session, read_and_sign.signing(document_id), actor(), clock.now())
        except RuleViolation as refused:
            violation = refused
        else:
            return redirect(url_for(".order_placed", order_id=order.id))
    elif document.signatures:
        return redirect(url_for(".show_order", order_id=document.subject_id))
    return read_and_sign.page(document, action=_("Sign the order"), back=_back(document), violation=violation)


@blueprint.get("/orders/<uuid:order_id>/placed")
def order_placed(order_id: UUID) -> ResponseReturnValue:
    """It is signed: the number, what happens next and until when, what can still be undone."""
    order = recipient_orders.get_for_recipient(get_session(), order_id, recipient_id())
    said = documents.content(get_session().get_one(Document, order.document_id))
    return render_template("recipient/order_placed.html", order=order, said=said)


def _prepare(form: OrderForm, wish: Wish) -> Document | None:
    try:
        with transaction() as session:
            return orders.prepare(session, wish, actor(), clock.now())
    except RuleViolation as violation:
        form.refuse(violation)
    return None


def _check(form: OrderForm, base: Ground, order: NewOrder) -> None:
    busy = proposal.busy_minutes_a_day(get_session(), base, order.starts_on, order.ends_on)
    try:
        check_new_order(order, base.entitlement, overlapping_minutes_a_day=busy, today=clock.today())
    except RuleViolation as violation:
        form.refuse(violation)


def _page(base: Ground, candidate: Candidate, form: OrderForm, order: NewOrder | None) -> ResponseReturnValue:
    total = Sum.of(order, candidate) if order is not None and not form.errors else None
    kept, today = choice.kept(), clock.today()
    back = url_for(".show_provider", entitlement_id=base.entitlement.id, offer_id=candidate.offer.id, **kept)
    html = render_template(
        "recipient/new_order.html",
        **base.shown,
        candidate=candidate,
        form=form,
        total=total,
        back=back,
        by_day=base.service is Service.ASSISTANT,
        left=left_of(base.entitlement, recipient_orders.of_recipient(get_session(), recipient_id(), limit=50), today),
    )
    return html, form.status


def _before(base: Ground, candidate: Candidate) -> Wish:
    """What she had made out before she went back from the page for signing; else what is proposed."""
    document_id = request.args.get("document", type=UUID)
    if document_id is not None:
        document = read_and_sign.get_document(document_id, DocumentKind.ORDER)
        wish = orders.wish_of(documents.content(document))
        if (wish.entitlement_id, wish.offer_id) == (base.entitlement.id, candidate.offer.id):
            return wish
    proposed = proposal.proposed(get_session(), base, candidate)
    others = () if request.form else tuple(one for one in ranked.named() if one != candidate.offer.id)
    return Wish(base.entitlement.id, candidate.offer.id, proposed, otherwise=others)


def _back(document: Document) -> str:
    wish = orders.wish_of(documents.content(document))
    form = ".order_goods" if wish.order.service in GOODS else ".new_order"
    return url_for(form, entitlement_id=wish.entitlement_id, offer_id=wish.offer_id, document=document.id)
