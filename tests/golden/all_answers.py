"""Every answer of every entry point as a digest, by which a change of answers is seen.

    python tests/golden/all_answers.py write         writes answers.json anew
    python tests/golden/all_answers.py dump FOLDER   writes the answers themselves, to be compared

The inputs are every case of the spec tables, every story of `stories.py`, every request of
`hook_requests.py` about the patient of each story, and every file of docs/examples that is
assessed; each in every profile. answers.json keeps one line for each: in short what was answered,
then each format with the first digits of the hash of the whole answer. To see what became of an
answer, dump the answers of two commits and compare the folders.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = ["deploy", "tests/support", "tests/spec"]

from stories import STORIES

from app import EXAMPLES, app_with
from assessments import get_profile, new_ids
from cobalamin.service.answers.fhir_bundle import to_bundle
from cobalamin.service.answers.plain import encode
from cobalamin.service.answers.text import to_text
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.lab.hl7v2.answer import render_report_segments
from cobalamin.service.lab.json_response import to_json
from cobalamin.service.rules.assess import assess
from cobalamin.service.settings import Service
from entry_points import FHIR, HL7V2, JSON, as_bundle, as_call, as_message
from hook_requests import REQUESTS, requests_for
from spec_answers import respond
from spec_tables import Row, all_rows
from steady import steady

Json = dict[str, Any]
Answers = dict[str, str]
"""The whole answer to one input in one profile, by its format."""
Kept = dict[str, dict[str, dict[str, str]]]
"""A line for each group, input and profile."""

KEPT = Path(__file__).parent / "answers.json"
COMMAND = "python tests/golden/all_answers.py"
DIGITS = 6
ASSESSMENTS, BATCH = "/v1/assessments", "/v1/assessments/batch"
OPERATION, MESSAGES = "/fhir/$b12-assess", "/hl7v2"
ACCEPTS = {"json": JSON, "fhir": FHIR, "text": "text/plain", "hl7": HL7V2}
NOT_ASSESSED = {
    "assess_frame.py",
    "assess_spark.py",
    "assessment.answer.json",
    "assessment.short.json",
    "cohort-mapping.toml",
    "feedback.json",
    "fhir_server.py",
    "frame-mapping.toml",
    "outcome-mapping.toml",
    "patient-view.answer.json",
    "people.csv",
}
SITE = EXAMPLES / "site.toml"
AssessmentInput = Callable[[str], Answers]


def groups() -> dict[str, dict[str, AssessmentInput]]:
    """Each input, as what answers it in a profile; by the group it belongs to and its name."""
    found: dict[str, dict[str, AssessmentInput]] = {}
    for row in all_rows():
        table = row.place.partition(":")[0]
        found.setdefault(table, {})[row.given] = partial(_of_row, row)
    found["stories"] = {name: partial(_of_story, form) for name, form in STORIES.items()}
    for hook in REQUESTS:
        found[hook] = {
            f"{name}, {story}": partial(_of_hook, _about(form, request))
            for name, request in requests_for(hook).items()
            for story, form in STORIES.items()
        }
    found["docs/examples"] = {
        file.name: partial(_of_example, file)
        for file in sorted(one for one in EXAMPLES.iterdir() if one.is_file())
        if file.name not in NOT_ASSESSED
    }
    return found


# --- what answers


def _of_row(row: Row, profile: str) -> Answers:
    if row.is_request:
        response = respond(row, profile)
        assert response.status_code == 200, response.text
        return {"cards" if "hook" in row.cells else "json": response.text}
    known = get_profile(profile)
    assessment = assess(row.facts, known.knowledge, row.on)
    return {
        "json": to_json(assessment, known, new_ids()).decode(),
        "fhir": encode(to_bundle(assessment, known, new_ids())).decode(),
        "text": to_text(assessment, known),
        "hl7": render_report_segments(assessment, known),
    }


def _of_story(form: Json, profile: str) -> Answers:
    return {
        **_in_every_format(form, profile),
        "operation": _post(OPERATION, as_bundle(form), profile, kind=FHIR),
        "message": _post(MESSAGES, as_message(form).encode(), profile, kind=HL7V2),
    }


def _of_hook(call: Json, profile: str) -> Answers:
    return {"cards": _post(f"/cds-services/b12-{call['hook']}", call, profile)}


def _about(form: Json, request: Json) -> Json:
    """The request about the patient of a story, of whom nothing else was sent."""
    story = as_call(form)
    identity = request["context"]["patientId"]
    moved: Json = json.loads(json.dumps(request).replace(identity, story["context"]["patientId"]))
    return {**moved, "prefetch": {**moved["prefetch"], **story["prefetch"]}}


def _of_example(file: Path, profile: str) -> Answers:
    sent = file.read_bytes()
    match file.name:
        case "assessment.json":
            return _in_every_format(json.loads(sent), profile)
        case "bundle.json":
            return {
                "json": _post(ASSESSMENTS, sent, profile, kind=FHIR),
                "operation": _post(OPERATION, sent, profile, kind=FHIR),
            }
        case "batch.ndjson" | "bundles.ndjson":
            kind = "fhir+ndjson" if file.name == "bundles.ndjson" else "x-ndjson"
            return {"lines": _post(BATCH, sent, profile, kind=f"application/{kind}")}
        case "local-codes.hl7" | "message.hl7":
            return {"message": _post(MESSAGES, sent, profile, kind=HL7V2)}
        case "site.toml":
            form = json.loads((EXAMPLES / "assessment.json").read_bytes())
            return {"json": _post(ASSESSMENTS, form, profile, site=file)}
        case _:
            return _of_hook(json.loads(sent), profile)


def _in_every_format(form: Json, profile: str) -> Answers:
    return {
        name: _post(ASSESSMENTS, form, profile, accept=accept) for name, accept in ACCEPTS.items()
    }


def _post(
    path: str,
    body: object,
    profile: str,
    *,
    kind: str = JSON,
    accept: str | None = None,
    site: Path | None = None,
) -> str:
    """The whole answer of an entry point of a service whose profile this is."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    app = app_with(profile=profile, services=tuple(Service), site=site)
    headers = {} if accept is None else {"Accept": accept}
    answer = app.test_client().post(path, data=sent, content_type=kind, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


# --- what is kept


def answers_of(asked: AssessmentInput, profile: str) -> Answers:
    """The whole answers to one input, without what is made anew for each."""
    hashes = {"SITE-HASH": load_site(SITE).hash}
    return {name: steady(text, hashes) for name, text in asked(profile).items()}


def line(answers: Answers) -> str:
    """What is kept of the answers to one input in one profile."""
    digests = " ".join(f"{name}:{_digest(text)}" for name, text in answers.items())
    short = _in_short(answers)
    return f"{short} | {digests}" if short else digests


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _in_short(answers: Answers) -> str:
    """Rung, status, urgency and suggestions; of cards their headlines."""
    if "cards" in answers:
        cards = json.loads(answers["cards"])["cards"]
        return " / ".join(f"{card['indicator']}: {card['summary']}" for card in cards)
    if "json" not in answers:
        return ""
    told = json.loads(answers["json"])
    plan = told["plan"]
    suggested = " ".join(one["code"] for one in plan["suggestions"])
    return f"{plan['rung']} {told['findings']['b12Status']['value']} {plan['urgency']}: {suggested}"


def lines_of(inputs: Mapping[str, AssessmentInput]) -> dict[str, dict[str, str]]:
    """The lines of one group, by input and profile."""
    return {
        name: {profile: line(answers_of(asked, profile)) for profile in profile_ids()}
        for name, asked in inputs.items()
    }


def kept() -> Kept:
    """What was kept."""
    read: Kept = json.loads(KEPT.read_text("utf-8"))
    return read


def differences(
    before: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """Each input and profile of a group that is answered otherwise, with both lines."""
    for name in [*before, *(name for name in now if name not in before)]:
        old, new = before.get(name, {}), now.get(name, {})
        for profile in [*old, *(profile for profile in new if profile not in old)]:
            was, is_ = old.get(profile, "not there"), new.get(profile, "not there")
            if was != is_:
                yield f"{name}, {profile}\n  - {was}\n  + {is_}"


def write() -> None:
    """Writes what is kept anew; read the difference before it is committed."""
    made = {group: lines_of(inputs) for group, inputs in groups().items()}
    KEPT.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def dump(folder: Path) -> None:
    """Writes every whole answer into a folder, a file for each group and format."""
    folder.mkdir(parents=True, exist_ok=True)
    for group, inputs in groups().items():
        texts: dict[str, list[str]] = {}
        for name, asked in inputs.items():
            for profile in profile_ids():
                for kind, text in answers_of(asked, profile).items():
                    texts.setdefault(kind, []).append(f"=== {name}, {profile}\n{_spread(text)}\n")
        for kind, found in texts.items():
            file = folder / f"{group.replace('/', '-')}.{kind}.txt"
            file.write_text("".join(found), encoding="utf-8")


def _spread(text: str) -> str:
    """JSON over many lines, so that a comparison shows the member that differs."""
    if not text.startswith("{") or "\n{" in text:
        return text.replace("\r", "\n")
    return json.dumps(json.loads(text), indent=1, ensure_ascii=False)


def main(arguments: list[str]) -> int:
    """`write`, or `dump FOLDER`."""
    match arguments:
        case ["write"]:
            write()
        case ["dump", folder]:
            dump(Path(folder))
        case _:
            print(__doc__, file=sys.stderr)  # noqa: T201
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
