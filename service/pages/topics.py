"""What the page of a topic says, free of any patient and of any markup."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cobalamin.service.answers.card_values import quantity_words
from cobalamin.service.answers.cards import UNAVAILABLE_TOPIC
from cobalamin.service.answers.phrases import sentence
from cobalamin.service.knowledge.alert_words import AlertText, AlertWords
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.knowledge.wording import PathwayStepWords, Wording
from cobalamin.service.rules.model.parameter import Parameter, Verification
from cobalamin.service.rules.model.quantities import Quantity
from cobalamin.service.rules.plan.pathway import PATHWAY

ATTRIBUTES_TOPIC = "b12SourceAttributes"
# The rows of the comparison of muscle complaints that a patient can tell.
TELLING = ("onset", "accompanying", "location", "duration")


class CitedText(Struct, frozen=True, kw_only=True):
    """A text with its source, the source's address where one is known, and how sure it is."""

    text: str
    source: str
    url: str | None
    how_sure: str
    more: tuple[str, ...] = ()


class TopicPage(Struct, frozen=True, kw_only=True):
    """The content of one page."""

    title: str
    comes: str | None = None
    earlier: tuple[str, ...] = ()
    suggests: tuple[str, ...] = ()
    texts: tuple[CitedText, ...] = ()
    limits: tuple[CitedText, ...] = ()
    treatments: tuple[CitedText, ...] = ()
    others: tuple[CitedText, ...] = ()
    cautions: tuple[CitedText, ...] = ()
    muscles: tuple[CitedText, ...] = ()
    paragraphs: tuple[str, ...] = ()


def get_page(topic: str, profile: Profile) -> TopicPage | None:
    """The page of a topic; None for a topic that no card has."""
    wording = profile.wording
    for code, step in wording.rungs.items():
        if step.topic == topic:
            return _step_page(code, step, profile)
    for code, words in wording.alerts.items():
        if words.topic == topic:
            return _alert_page(code, words, profile)
    if topic == ATTRIBUTES_TOPIC:
        return _attributes_page(profile)
    if topic == UNAVAILABLE_TOPIC:
        title = wording.card.source.unavailable
        return TopicPage(title=title, comes=wording.pages.unavailable)
    return None


def _attributes_page(profile: Profile) -> TopicPage:
    """What the US HTI-1 rule asks to be told of decision support that follows guidelines."""
    words, knowledge = profile.wording.pages, profile.knowledge
    guideline = profile.wording.citations[knowledge.care.source]
    texts = (
        text.format(guideline=guideline, version=knowledge.version) for text in words.attributes
    )
    return TopicPage(title=words.attributes_title, paragraphs=tuple(texts))


def _step_page(code: str, step: PathwayStepWords, profile: Profile) -> TopicPage:
    wording = profile.wording
    by_route = (step.default, step.parenteral, step.oral, step.diet, step.refer, step.unmeasured)
    actions = (*by_route, *step.when.values(), *step.otherwise.values())
    earlier = []
    for other in PATHWAY:
        if other.id == code:
            break
        earlier.append(wording.rungs[other.id].title)
    return TopicPage(
        title=step.title,
        comes=wording.pages.comes_when[code],
        earlier=tuple(earlier),
        suggests=tuple(dict.fromkeys(_said(actions, wording))),
        paragraphs=tuple(_signed(f"step:{code}", profile)),
        limits=tuple(_limits(profile)),
        treatments=tuple(_treatments(profile)),
        others=tuple(_others(profile)),
        cautions=tuple(_cautions(profile)),
        muscles=tuple(_muscles(profile)),
    )


def _signed(item: str, profile: Profile) -> Iterator[str]:
    """Who signed the item, or that nobody did, and every objection that is open."""
    if item not in profile.signed.signatures:
        yield profile.wording.pages.not_signed
    yield from _judged(item, profile)


def _judged(item: str, profile: Profile) -> Iterator[str]:
    """Who signed the item, if anybody did, and every objection that is open."""
    words, one = profile.wording.pages, profile.signed.signatures.get(item)
    if one is not None:
        yield words.signed.format(name=one.name, role=one.role, date=one.day, again=one.look_again)
    for other in profile.signed.objections_to(item):
        yield words.objection.format(
            name=other.name, role=other.role, date=other.day, comment=other.comment
        )


def _said(actions: Iterable[str | None], wording: Wording) -> Iterator[str]:
    for action in actions:
        if action is not None:
            yield sentence(action.format(when=wording.pages.when)) + "."


def _alert_page(code: str, words: AlertWords, profile: Profile) -> TopicPage:
    variants: tuple[AlertText, ...] = (words, *words.variants.values())
    texts = (
        _cited(variant.text, variant.source, variant.verification, profile.wording)
        for variant in variants
    )
    return TopicPage(
        title=words.title,
        texts=tuple(texts),
        paragraphs=tuple(_signed(f"alert:{code}", profile)),
        limits=tuple(_limits(profile)),
        treatments=tuple(_treatments(profile)),
    )


def _limits(profile: Profile) -> Iterator[CitedText]:
    """Every limit of the profile in each unit that it is published in."""
    thresholds = profile.knowledge.thresholds
    for name in thresholds.__struct_fields__:
        limit: Parameter = getattr(thresholds, name)
        values = (
            quantity_words(Quantity(value=value, unit=unit), profile.wording.card)
            for unit, value in limit.value.items()
        )
        text = f"{limit.label}: {', '.join(values)}"
        judged = tuple(_judged(f"number:{name}", profile))
        yield _cited(text, limit.source, limit.verification, profile.wording, judged)


def _treatments(profile: Profile) -> Iterator[CitedText]:
    """Every course in full, with what other sources say."""
    wording = profile.wording
    for code, regimen in wording.regimens.items():
        steps = tuple(sentence(step.text) + "." for step in regimen.steps)
        others = tuple(
            f"{wording.pages.alternative} {alternative.text}"
            for alternative in regimen.alternatives
        )
        judged = _judged(f"dose:{code}", profile)
        more = (*steps, *(text for text in (regimen.follow_up,) if text), *others, *judged)
        yield _cited(regimen.label, regimen.source, regimen.verification, wording, more)


def _others(profile: Profile) -> Iterator[CitedText]:
    """What is suggested beside medicines of the profile."""
    wording = profile.wording
    for code, advice in wording.suggestions.items():
        if code not in wording.regimens:
            detail = () if advice.detail is None else (advice.detail,)
            more = (*detail, *_judged(f"suggestion:{code}", profile))
            yield _cited(wording.labels[code], advice.source, advice.verification, wording, more)


def _cautions(profile: Profile) -> Iterator[CitedText]:
    for code, caution in profile.wording.cautions.items():
        judged = tuple(_judged(f"caution:{code}", profile))
        yield _cited(caution.text, caution.source, caution.verification, profile.wording, judged)


def _muscles(profile: Profile) -> Iterator[CitedText]:
    """For each cause of a muscle complaint in one line what speaks for it."""
    wording, cells = profile.wording, profile.knowledge.muscle
    for column in dict.fromkeys(cell.column for cell in cells):
        own = [cell for cell in cells if cell.column == column and cell.row in TELLING]
        text = f"{sentence(wording.muscle.cause[column])}: {'; '.join(cell.text for cell in own)}."
        yield _cited(text, own[0].source, own[0].verification, wording)


def _cited(
    text: str,
    source: str,
    verification: Verification,
    wording: Wording,
    more: tuple[str, ...] = (),
) -> CitedText:
    return CitedText(
        text=text,
        source=wording.citations[source],
        url=wording.sources[source].url,
        how_sure=wording.terms.verification[verification],
        more=more,
    )
