"""What is said of orders that are being selected, signed or renewed."""

from collections.abc import Iterable

from cobalamin.fhir.orders import Drafts, read_orders
from cobalamin.fhir.writer import Json
from cobalamin.service.access.guard import caller
from cobalamin.service.answers.cards import Making
from cobalamin.service.answers.concern_cards import to_concern_cards, unread_card
from cobalamin.service.answers.extension import extension_of
from cobalamin.service.answers.manner import informing
from cobalamin.service.cds_hooks.call import HookCall, Written
from cobalamin.service.cds_hooks.kinds import manner_of
from cobalamin.service.cds_hooks.services import HookService
from cobalamin.service.context import Context
from cobalamin.service.knowledge.library import Library
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.assessment import Assessment, Outcome
from cobalamin.service.rules.concern import Concern
from cobalamin.service.rules.orders import concerns
from cobalamin.service.settings import Mode

OUT_OF_REACH = ("age-unknown", "paediatric-not-supported")
UNREAD, NOTHING_AGAINST = "order-not-read", "order-no-concern"


def answer_orders(
    service: HookService,
    sent: HookCall,
    written: Written,
    assessment: Assessment,
    here: Context,
) -> dict[str, object]:
    """A card for each order with something against it, three at most."""
    library = here.library
    drafts = _read(sent, written, library)
    found = concerns(
        assessment.facts,
        library.knowledge,
        assessment.on,
        drafts.asked,
        drafts.beside,
        renewed=service.renews,
    )
    codes = tuple(_reasons(assessment, drafts, found))
    notes = (*assessment.notes, *drafts.notes)
    said: list[Json] = [{"code": code, "text": _text(code, library.wording)} for code in codes]
    outcome = _outcome(codes, found)
    return {
        "cards": _cards(service, sent, found, codes, assessment, here),
        "extension": extension_of(outcome, said, notes, library, mode=here.settings.mode),
    }


def _read(sent: HookCall, written: Written, library: Library) -> Drafts:
    return read_orders(
        written.bundle,
        written.where,
        sent.patient_id,
        library.codes,
        library.knowledge.units,
        written.selected,
    )


def _reasons(assessment: Assessment, drafts: Drafts, found: Iterable[Concern]) -> Iterable[str]:
    """The concerns, what could not be checked, or that there is nothing to say."""
    beyond = [code for code in assessment.reasons if code in OUT_OF_REACH]
    said = [*dict.fromkeys(concern.code for concern in found), *beyond]
    if drafts.unread:
        said.append(UNREAD)
    return said or [NOTHING_AGAINST]


def _text(code: str, wording: Wording) -> str:
    words = wording.concerns.get(code)
    return wording.reason(code) if words is None else f"{words.title}."


def _outcome(codes: Iterable[str], found: tuple[Concern, ...]) -> Outcome:
    """Never silence where an order could not be read, or nothing could be said of the patient."""
    if found:
        return Outcome.advice
    hidden = {UNREAD, *OUT_OF_REACH}.intersection(codes)
    return Outcome.not_assessable if hidden else Outcome.no_advice


def _cards(
    service: HookService,
    sent: HookCall,
    found: tuple[Concern, ...],
    codes: tuple[str, ...],
    assessment: Assessment,
    here: Context,
) -> list[dict[str, object]]:
    if sent.for_patient or here.settings.mode is not Mode.live:
        return []
    manner = manner_of(caller())
    making = Making(
        assessment=assessment,
        library=here.library,
        subject_id=sent.patient_id,
        encounter_id=sent.encounter_id,
        new_id=here.new_id,
        manner=informing(manner) if service.renews and sent.for_nobody else manner,
        public_url=here.settings.public_url,
    )
    cards = to_concern_cards(found, making)
    hidden = codes[0] in (UNREAD, *OUT_OF_REACH)
    if not cards and hidden and here.settings.show_unavailable:
        return [unread_card(codes[0], making)]
    return cards
