"""Choosing a provider: the list with its filters, and the page of one provider (RG.2, R83.1)."""

from math import ceil
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock
from portal.db import get_session
from portal.fields import ManyField, SelectField
from portal.forms import QueryForm
from portal.i18n import lazy_gettext as _l
from portal.models.provider import Provider
from portal.queries import offers, reference
from portal.queries.offers import PAGE, OfferSort
from portal.recipient import blueprint, choice, offer_words
from portal.recipient.choice import Ground
from portal.recipient.words import languages
from portal.rules.service import Service


class ProviderFilter(QueryForm):
    """What the list is narrowed to and ordered by; everything is kept in the address."""

    where = SelectField(
        _l("Where"),
        empty=_l("Those who come to my district"),
        choices=[("online", _l("Those who serve online, from anywhere"))],
    )
    language = SelectField(
        _l("Language"), empty=_l("Any language"), choices=[("kk", _l("Kazakh")), ("ru", _l("Russian"))]
    )
    way = SelectField(
        _l("How they serve"),
        empty=_l("In any way"),
        choices=[("offline", _l("In person")), ("online", _l("Online"))],
    )
    sort = SelectField(
        _l("Order of the list"),
        empty=_l("You pay least first"),
        choices=[
            (OfferSort.ANSWER.value, _l("Fastest answer first")),
            (OfferSort.FREE.value, _l("Most free hours first")),
            (OfferSort.NAME.value, _l("By name")),
        ],
        coerce=OfferSort,
    )
    surcharge = ManyField(_l("Surcharge"), choices=[("free", _l("Only providers without a surcharge"))])

    @classmethod
    def of(cls, service: Service) -> "ProviderFilter":
        """The filters that a service has: an assistant always comes in person."""
        form = cls()
        if service is Service.ASSISTANT:
            del form.where, form.way
        form.validate()
        return form

    def wanted(self) -> dict[str, Any]:
        """What to search for; an answer that is not on its list counts as none."""
        return {
            "language": self._chosen("language"),
            "way": self._chosen("way"),
            "free_of_surcharge": bool(self._chosen("surcharge")),
            "anywhere": self._chosen("where") == "online",
            "sort": self._chosen("sort") or OfferSort.SURCHARGE,
        }

    def _chosen(self, name: str) -> Any:
        field = self._fields.get(name)
        return field.data if field is not None and not field.errors else None


@blueprint.get("/entitlements/<uuid:entitlement_id>/providers")
def choose_provider(entitlement_id: UUID) -> ResponseReturnValue:
    """Those who render the service where she lives, filtered and ordered as she asked; or what to do without any."""
    session = get_session()
    base = choice.ground(session, entitlement_id)
    form = ProviderFilter.of(base.service)
    listed = _listed(session, base, form)
    template = "recipient/providers.html" if listed["counts"].all else "recipient/no_providers.html"
    office = reference.office(session, base.entitlement.office_id)
    return render_template(template, **base.shown, **listed, form=form, office=office), form.status


@blueprint.get("/entitlements/<uuid:entitlement_id>/providers/<uuid:offer_id>")
def show_provider(entitlement_id: UUID, offer_id: UUID) -> ResponseReturnValue:
    """One provider: what they do, where, for how much, how others fared."""
    session = get_session()
    base = choice.ground(session, entitlement_id)
    candidate = choice.candidate(session, base, offer_id)
    return render_template(
        "recipient/provider.html",
        **base.shown,
        candidate=candidate,
        provider=session.get_one(Provider, candidate.offer.provider_id),
        places=offers.places(session, offer_id),
        serving=offers.specialists(session, candidate.offer.provider_id, base.service, clock.today()),
        spoken=languages,
        back=choice.address(entitlement_id),
        kept=choice.kept(),
    )


def _listed(session: Session, base: Ground, form: ProviderFilter) -> dict[str, Any]:
    search = base.search(**form.wanted())
    counts = offers.count(session, search)
    pages = max(ceil(counts.matching / PAGE), 1)
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    found = offers.found(session, search.on_page(page)) if counts.matching else []
    return {
        "counts": counts,
        "offers": offer_words.listed(found, base.service is Service.INTERPRETER),
        "page": page,
        "pages": pages,
        "anywhere": search.anywhere,
        "address": choice.address,
        "kept": choice.kept(),
    }
