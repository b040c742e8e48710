"""Acts at the office (R42.9): the queue, oldest term first, and an act with everything it rests on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from portal.auth import actor
from portal.db import get_session
from portal.format import lang_span, violation_text
from portal.forms import QueryForm, SelectField, TextField
from portal.models.act import Act
from portal.models.document import Document, DocumentKind, Signature
from portal.models.person import Person
from portal.models.provider import Provider
from portal.office import blueprint, clerk_id, office_id, page_number
from portal.office.act_life import timeline
from portal.operations import documents
from portal.queries import act_facts, hand_overs, office_acts
from portal.queries.office_acts import Stage, Wanted
from portal.read_and_sign import download
from portal.rules.acts import FINAL, MOVES, RETURN_LABELS, STATUS_LABELS, ActStatus, ReturnReason
from portal.rules.check_facts import Finding, Level
from portal.rules.checks import check_act
from portal.rules.goods_orders import GETTING_LABELS
from portal.rules.law import RuleViolation
from portal.rules.moves import available_actions
from portal.rules.payments import label as payment_label
from portal.rules.service import GOODS, ORDERED, SERVICE_LABELS, Service

STAGES = [
    (Stage.WAITING.value, _l("Waiting for our check")),
    (Stage.MINE.value, _l("Being checked by me")),
    (Stage.ACCEPTED.value, _l("Accepted, not paid yet")),
    (Stage.RETURNED.value, _l("Returned")),
    (Stage.PAID.value, _l("Paid")),
    (Stage.ALL.value, _l("All")),
]
SERVICES = [(service.value, _l(text)) for service, text in SERVICE_LABELS.items() if service in ORDERED]
TONES = {
    ActStatus.SUBMITTED: "waiting",
    ActStatus.UNDER_REVIEW: "waiting",
    ActStatus.ACCEPTED: "good",
    ActStatus.PAID: "good",
    ActStatus.RETURNED: "late",
    ActStatus.SET_ASIDE: "late",
}


class ActFilter(QueryForm):
    """Which acts to show."""

    text = TextField(_l("Number or name"), hint=_l("Of an act, an order, a recipient or a provider"), max_length=60)
    stage = SelectField(_l("Where the act stands"), choices=STAGES, coerce=Stage, empty=_l("Waiting for our check"))
    provider = SelectField(_l("Provider"), coerce=UUID, empty=_l("All providers"))
    service = SelectField(_l("Service"), choices=SERVICES, coerce=Service, empty=_l("All services"))

    def __init__(self, providers: Iterable[Provider]) -> None:
        self.providers = [(str(one.id), lang_span(one.name_kk, one.name_ru)) for one in providers]
        super().__init__()

    def validate(self, extra_validators: Any = None) -> bool:
        """The providers to choose from are those that have sent acts."""
        self.provider.choices = self.providers
        return bool(super().validate(extra_validators))

    def wanted(self) -> Wanted:
        """What is looked for; an answer that cannot be used counts as none."""
        return Wanted(self.stage.data or Stage.WAITING, self.provider.data, self.service.data, self.text.data or "")


@dataclass(frozen=True, slots=True)
class Proof:
    """A document behind the act with whose signatures are over it; a sheet with its specialist."""

    kind: DocumentKind
    signatures: Sequence[Signature]
    name: str = ""


@blueprint.get("/acts")
def acts() -> str:
    """The queue, with filters and a search by number or name."""
    session = get_session()
    form = ActFilter(office_acts.providers(session, office_id()))
    found = office_acts.queue(session, office_id(), clerk_id(), form.wanted(), page_number())
    return render_template(
        "office/acts.html",
        form=form,
        found=found,
        labels=STATUS_LABELS,
        tones=TONES,
        asked={name: request.args[name] for name in form.data if request.args.get(name)},
    )


@blueprint.get("/acts/<uuid:act_id>")
def act(act_id: UUID) -> str:
    """One act: the verdict first, then act, signatures, sheets and log beside each other."""
    found = office_acts.get_for_office(get_session(), act_id, office_id())
    return render_template("office/act.html", **of_act(found), **_behind(found))


@blueprint.get("/acts/<uuid:act_id>/document")
def act_document(act_id: UUID) -> ResponseReturnValue:
    """What was signed, in words; with `?file=1` the very bytes."""
    session = get_session()
    found = office_acts.get_for_office(session, act_id, office_id())
    document = office_acts.documents(session, found)[found.document_id]
    if request.args.get("file"):
        return download(document)
    return render_template("office/document.html", act=found, said=documents.content(document), document=document)


def of_act(found: Act) -> dict[str, Any]:
    """What every page about an act shows: where it stands, what the checks say, what this clerk may do."""
    findings = findings_of(found)
    names = office_acts.names(get_session(), [found.taken_up_by_id, found.decided_by_id])
    return {
        "act": found,
        "label": STATUS_LABELS[found.status],
        "tone": TONES.get(found.status, "quiet"),
        "findings": findings,
        "blocked": [one for one in findings if one.level is Level.BLOCK],
        "held": [one for one in findings if one.level is Level.HOLD],
        "levels": Level,
        "say": said,
        "reason": RETURN_LABELS[ReturnReason(found.reason)] if found.reason else "",
        "actions": [action.value for action in available_actions(MOVES, found.status, actor().role)],
        "has_it": names.get(found.taken_up_by_id, "") if found.taken_up_by_id else "",
        "mine": found.taken_up_by_id == clerk_id(),
        **goods_of(found),
    }


def goods_of(found: Act) -> dict[str, Any]:
    """What an act of goods is about: the item and the model, and in which ways goods are got; of services nothing."""
    if found.service not in GOODS:
        return {"goods": None}
    offer_id = found.order.offer_id
    return {"goods": hand_overs.ordered(get_session(), [offer_id])[offer_id], "ways": GETTING_LABELS}


def findings_of(found: Act) -> list[Finding]:
    """What the checks say as long as there is something to decide; an act that is over is not checked any more."""
    return [] if found.status in FINAL else check_act(act_facts.of(get_session(), found))


def said(finding: Finding) -> str:
    """A finding in words."""
    return violation_text(RuleViolation(finding.message, finding.point, **finding.figures))


def _behind(found: Act) -> dict[str, Any]:
    """What the act rests on: the signed words, the visits, the signatures, its life, the provider's history."""
    session = get_session()
    papers = office_acts.documents(session, found)
    signed = documents.content(papers[found.document_id])
    payment = office_acts.payment_of(session, found.id)
    things = [found.id] if payment is None else [found.id, payment.id]
    rows = [row for sheet in signed.get("sheets", ()) for row in sheet["rows"]] + signed.get("hand_overs", [])
    return {
        "said": signed,
        "visits": office_acts.entries(session, [UUID(row["id"]) for row in rows]),
        "proofs": _proofs(found, papers, office_acts.specialists(session, found)),
        "payment": payment,
        "payment_label": payment_label,
        "steps": timeline(found, payment, office_acts.journal(session, *things)),
        "history": office_acts.history(session, office_id(), found.provider_id),
        "reasons": RETURN_LABELS,
    }


def _proofs(found: Act, papers: Mapping[UUID, Document], served: Mapping[UUID, Person]) -> list[Proof]:
    return [
        Proof(DocumentKind.ORDER, papers[found.order.document_id].signatures),
        Proof(DocumentKind.ACT, papers[found.document_id].signatures),
        *(
            Proof(DocumentKind.SHEET, papers[sheet.document_id].signatures, served[sheet.specialist_id].full_name)
            for sheet in found.sheets
        ),
    ]
