"""The report comment, the reason to look at a report, and reflex tests, as JSON."""

from cobalamin.fhir.writer import Json
from cobalamin.service.answers.comment import Comment
from cobalamin.service.answers.reflex import ReflexTest
from cobalamin.service.knowledge.wording import Wording


def comment_json(comment: Comment | None) -> Json | None:
    """The comment; null where none is due."""
    if comment is None:
        return None
    return {
        "code": comment.code,
        "text": comment.text,
        "authorisation": comment.authorisation,
    }


def work_list_json(code: str | None, wording: Wording) -> Json | None:
    """Why a person should look although no comment was made; null where nothing is held back."""
    return None if code is None else {"code": code, "text": wording.reason(code)}


def reflex_json(test: ReflexTest, wording: Wording) -> Json:
    """A test for the same sample and its rule; `loinc` is null where no code was verified."""
    return {
        "code": test.code,
        "label": wording.labels[test.code],
        "loinc": loinc_of(test, wording),
        "action": test.action.value,
        "rule": test.rule,
    }


def loinc_of(test: ReflexTest, wording: Wording) -> str | None:
    """The verified LOINC code of a test; None where there is none."""
    order = wording.suggestions[test.code].order
    return None if order is None or order.code is None else order.code.loinc
