"""What has moved since the answer before, told by the codes that the page sends along."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.rules.model.assessment import Assessment, Outcome

PREFIX = "was_"


class Move(Struct, frozen=True, kw_only=True):
    """One thing that the answer says, before and now."""

    name: str
    before: str
    now: str


def answer_codes(assessment: Assessment) -> dict[str, str]:
    """The codes by which two answers are compared."""
    plan = assessment.plan
    return {
        "outcome": assessment.outcome.value,
        "status": assessment.status.value.value,
        "step": plan.rung,
        "route": plan.route.value,
        "urgency": plan.urgency.name,
    }


def moves(sent: Mapping[str, str], assessment: Assessment, wording: Wording) -> Iterator[Move]:
    """Each code that is another one than before; codes that are none are not looked at."""
    words = {
        "outcome": {outcome.value: outcome.replace("-", " ") for outcome in Outcome},
        "status": {code.value: text for code, text in wording.terms.status.items()},
        "step": {code: step.title for code, step in wording.rungs.items()},
        "route": {code.value: text for code, text in wording.terms.route.items()},
        "urgency": wording.terms.urgency,
    }
    for name, code in answer_codes(assessment).items():
        before = words[name].get(sent.get(f"{PREFIX}{name}", ""))
        if before is not None and before != words[name][code]:
            yield Move(name=name, before=before, now=words[name][code])
