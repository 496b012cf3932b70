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
    lines = wording.text.lines
    yield lines.recommended.format(label=wording.labels[code], source=source)
    if regimen is not None:
        yield regimen.follow_up
        for other in regimen.alternatives:
            text = source_text(wording, other.source, None, other.verification)
            yield lines.alternative.format(text=other.text, source=text)


def version_text(knowledge: Knowledge, wording: Wording) -> str:
    """Profile and version of the knowledge, with the first digits of its hash."""
    lines = wording.text.lines
    template = lines.version_at_site if knowledge.site else lines.version
    return template.format(
        profile=knowledge.profile,
        version=knowledge.version,
        digits=knowledge.hash[:SHORT_HASH],
        site=(knowledge.site or "")[:SHORT_HASH],
    )
