"""Where what is recommended comes from, and which knowledge an answer rests on, in words."""

from collections.abc import Iterator

from cobalamin.service.answers.phrases import source_text
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.knowledge import Knowledge

SHORT_HASH = len("sha256:") + 12


def recommended(wording: Wording, code: str) -> Iterator[str]:
    """Where the recommended suggestion comes from, and what other sources say."""
    regimen = wording.regimens.get(code)
    advice = wording.advice(code)
    source = source_text(wording, advice.source, advice.locator, advice.verification)
    yield f"{wording.labels[code]}: {source}."
    if regimen is not None:
        yield regimen.follow_up
        for other in regimen.alternatives:
            text = source_text(wording, other.source, None, other.verification)
            yield f"Alternative: {other.text} {text}."


def version_text(knowledge: Knowledge) -> str:
    """Profile and version of the knowledge, with the first digits of its hash."""
    site = f"; site file {knowledge.site[:SHORT_HASH]}" if knowledge.site else ""
    return (
        f"Profile {knowledge.profile}; knowledge {knowledge.version}, "
        f"{knowledge.hash[:SHORT_HASH]}{site}. For health professionals, who decide."
    )
