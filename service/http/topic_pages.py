"""Topic pages: the targets of the source links of cards."""

from flask import Blueprint, Response

from cobalamin.service.answers.cards import UNAVAILABLE_TOPIC
from cobalamin.service.answers.phrases import source_text
from cobalamin.service.http.app_context import get_context
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.alert_words import AlertWords
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import PathwayStepWords

TEXT = "text/plain; charset=utf-8"
UNAVAILABLE = (
    "The record did not hold what is needed, or held it in a form that cannot be used: see what "
    "the card calls not known. It does not say that vitamin B12 is in order."
)


def topic_pages_blueprint() -> Blueprint:
    """Build the blueprint; the pages contain no patient data."""
    pages = Blueprint("why", __name__)

    @pages.get("/why/<topic>")
    def page(topic: str) -> Response:
        known = get_context().profile
        for code, rung in known.wording.rungs.items():
            if rung.topic == topic:
                return Response(_step_page(code, rung, known.knowledge.version), content_type=TEXT)
        for words in known.wording.alerts.values():
            if words.topic == topic:
                return Response(_alert_page(words, known), content_type=TEXT)
        if topic == UNAVAILABLE_TOPIC:
            title = known.wording.card.source.unavailable
            return Response(f"{title}\n\n{UNAVAILABLE}\n", content_type=TEXT)
        raise ApiError(404, "unknown topic; use the link of a card's source")

    return pages


def _alert_page(words: AlertWords, known: Profile) -> str:
    source = source_text(known.wording, words.source, words.locator, words.verification)
    return (
        f"{words.title}\n\n{words.text}\n\nSource: {source}.\nKnowledge "
        f"{known.knowledge.version}. Health professionals decide; the service suggests.\n"
    )


def _step_page(code: str, rung: PathwayStepWords, version: str) -> str:
    said = (rung.default, rung.parenteral, rung.oral, rung.refer, rung.unmeasured)
    actions = "\n".join(f"- {action}" for action in dict.fromkeys(filter(None, said)))
    return (
        f"{rung.title}\n\nRung {code} of the ladder, which may say:\n{actions}\n\n"
        "Every case of this rung, with its limits and sources, stands in docs/rules.md "
        f"of knowledge {version}. Health professionals decide; the service suggests.\n"
    )
