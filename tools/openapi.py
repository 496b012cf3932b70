"""Prints the OpenAPI 3.1 document: every address, made from the schemas that check the wire."""

import inspect
import json
import sys
from enum import Enum
from pathlib import Path
from typing import Any, cast

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from cobalamin.schemas.answer import AssessmentSchema
from cobalamin.schemas.cards import CdsAnswerSchema
from cobalamin.schemas.error_shapes import OperationOutcomeSchema, ProblemSchema
from cobalamin.schemas.feedback import (
    FeedbackAnswerSchema,
    FeedbackBatchSchema,
    FeedbackSchema,
    UtcTimestamp,
)
from cobalamin.schemas.plain import PlainFormSchema
from cobalamin.schemas.short_answer import ShortAnswerSchema
from cobalamin.schemas.values import Boolean, DecimalNumber, EnumCode, EnumName, NumberOrFinding
from cobalamin.service.answers.topics import topic_codes
from cobalamin.service.cds_hooks.services import SERVICES, HookService
from cobalamin.service.knowledge.profile import load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.rules.model.facts import Finding
from cobalamin.service.version import VERSION
from request_shapes import (
    BUNDLE,
    DAY,
    LINES,
    MESSAGE,
    OPERATION_INPUT,
    SHAPES,
    hook_request,
    resource,
)

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"
JSON, FHIR = "application/json", "application/fhir+json"
NDJSON, HL7V2, TEXT = "application/x-ndjson", "application/hl7-v2", "text/plain"
FHIR_NDJSON, HTML = "application/fhir+ndjson", "text/html"
PROBLEM = "application/problem+json"
# Modules whose shapes belong to CDS Hooks.
CDS_HOOKS = (".cards", ".error_shapes", ".feedback", ".hook")
Json = dict[str, Any]

MEANING = {
    400: "not JSON, not an object, or a required member is missing",
    401: "no credential, or one that is not accepted",
    403: "this client may not use this API",
    404: "nothing is served at this address",
    405: "this method is not served here; see the header Allow",
    406: "none of the accepted media types can be had",
    412: "a required prefetch key was not sent and could not be obtained",
    413: "larger than 8 MiB",
    415: "the media type of the body is not read",
    422: "JSON that breaks the schema, the Bundle type or the rule of one patient",
    429: "this client has sent all that it may in this minute; see Retry-After",
    503: "not ready; see Retry-After",
}
LATER: Json = {
    "Retry-After": {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}
}


def main() -> None:
    """Writes the document to standard output."""
    sys.stdout.write(json.dumps(document(), indent=1, ensure_ascii=False) + "\n")


def document() -> Json:
    """The whole document."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Cobalamin",
        version=VERSION,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={
            "summary": "Decision support for vitamin B12 deficiency",
            "description": "Stateless: a patient's data come with a request, and no value of them "
            "is kept; with an audit trail, codes and keyed hashes are. For health professionals, "
            "who decide. Covers adults of 16 and over; not assessed as a "
            "medical device, and no clinician has signed the knowledge yet.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        security=[{"credential": []}, {}],
    )
    plugin.converter.add_attribute_function(_of_values)  # type: ignore[union-attr]
    spec.components.security_scheme(
        "credential",
        {
            "type": "http",
            "scheme": "bearer",
            "description": "A signed token or an API key of the client registry; none in "
            "development without a registry.",
        },
    )
    for name, shape in SHAPES.items():
        spec.components.schema(name, shape)
    for path, operations in paths().items():
        parameters = operations.pop("parameters", [])
        spec.path(path=path, operations=operations, parameters=parameters)
    description: Json = spec.to_dict()
    schemas = description["components"]["schemas"]
    _describe(schemas)
    _anchor(schemas)
    schemas[_name(FeedbackSchema)] |= ACCEPTED_NAMES_WHAT
    schemas[_name(PlainFormSchema)]["properties"]["asOf"] = DAY
    return description


def _anchor(value: object) -> None:
    """Anchor patterns at both ends as JSON Schema does: `match` and `\\Z` are Python's."""
    for inner in value.values() if isinstance(value, dict) else cast("list[object]", value):
        pattern = inner.get("pattern") if isinstance(inner, dict) else None
        if isinstance(inner, dict) and isinstance(pattern, str) and pattern.endswith(END):
            inner["pattern"] = "^" + pattern.removesuffix(END) + "$"
        if isinstance(inner, dict | list):
            _anchor(inner)


def _name(schema: type[Schema] | Schema) -> str:
    schema_class = schema if inspect.isclass(schema) else type(schema)
    kept: str = schema_class.__name__.removesuffix("Schema")
    return f"Cds{kept}" if schema_class.__module__.endswith(CDS_HOOKS) else kept


def _of_values(_converter: object, field: object, **_: object) -> Json:
    """The schema of this project's own kinds of field."""
    if isinstance(field, EnumCode):
        return {"type": "string", "enum": [word.value for word in field.vocabulary]}
    if isinstance(field, EnumName):
        members: type[Enum] = field.members
        return {"type": "string", "enum": list(members.__members__)}
    if isinstance(field, NumberOrFinding):
        return {"anyOf": [{"type": "number"}, {"enum": [word.value for word in Finding]}]}
    if isinstance(field, DecimalNumber):
        return {"type": "number"}
    if isinstance(field, UtcTimestamp):
        return {"type": "string", "format": "date-time"}
    return {"type": "boolean"} if isinstance(field, Boolean) else {}


def _describe(schemas: Json) -> None:
    """The first paragraph of each class stands beside its schema."""
    for kind in _every(Schema):
        name = _name(kind)
        if name in schemas and kind.__doc__:
            schemas[name].setdefault("description", inspect.cleandoc(kind.__doc__))


def _every(kind: type[Schema]) -> list[type[Schema]]:
    return [kind, *(below for sub in kind.__subclasses__() for below in _every(sub))]


# --- parts of an operation


def _fhir(*kinds: str) -> Json:
    named: Json = {"type": "string", "enum": list(kinds)} if kinds else {"type": "string"}
    return {"type": "object", "required": ["resourceType"], "properties": {"resourceType": named}}


def _example(name: str) -> Any:  # noqa: ANN401
    text = (EXAMPLES / name).read_text("utf-8")
    return json.loads(text) if name.endswith(".json") else text.replace("\n", "\r")


def _sent(**contents: Json) -> Json:
    return {"required": True, "content": contents}


def _answers(good: Json, *statuses: int, error: str = PROBLEM, is_guarded: bool = True) -> Json:
    """The answer that is wanted, and every error; 401, 403 and 429 where `is_guarded`."""
    schema = OperationOutcomeSchema if error == FHIR else ProblemSchema
    guarded = {401, 403, 429} if is_guarded else set()
    answers: Json = {"200": good}
    for status in sorted({*statuses, *guarded, 405, 503}):
        answers[str(status)] = {
            "description": MEANING[status],
            "content": {error: {"schema": schema}},
        }
    if is_guarded:
        answers["429"]["headers"] = LATER
    return answers


def _ok(description: str, contents: Json) -> Json:
    return {"description": description, "content": contents}


def _operation(name: str, summary: str, **members: Any) -> Json:  # noqa: ANN401
    return {"operationId": name, "summary": summary, **members}


def _query(name: str, description: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "description": description, "schema": schema}


PROFILE = _query("profile", "the profile to use", {"type": "string", "enum": list(profile_ids())})
ANSWER = _query(
    "answer",
    "full, or the codes alone",
    {"type": "string", "enum": ["full", "short"], "default": "full"},
)
SUMMARY = _query(
    "summary",
    "true: a last line counts outcomes, steps, urgencies and errors",
    {"type": "boolean", "default": False},
)
AS_OF = _query("asOf", "the day of assessment", DAY)
OPEN: Json = {"security": []}
END = r"\Z"
ACCEPTED_NAMES_WHAT: Json = {
    "if": {"properties": {"outcome": {"const": "accepted"}}},
    "then": {
        "required": ["acceptedSuggestions"],
        "properties": {"acceptedSuggestions": {"type": "array", "minItems": 1}},
    },
}


# --- the addresses


def paths() -> dict[str, Json]:
    """Every address with its operations."""
    return {
        "/v1/assessments": {"post": _assess()},
        "/v1/assessments/batch": {"post": _batch()},
        "/fhir/$b12-assess": {"post": _fhir_operation()},
        "/fhir/metadata": {"get": _says("metadata", "CapabilityStatement")},
        "/fhir/OperationDefinition/b12-assess": {"get": _says("definition", "OperationDefinition")},
        "/hl7v2": {"post": _hl7v2()},
        "/cds-services": {"get": _discovery()},
        **{f"/cds-services/{service.id}": {"post": _hook(service)} for service in SERVICES},
        "/cds-services/{id}/feedback": {"parameters": [_service()], "post": _feedback()},
        "/why/{topic}": {"parameters": [_topic()], "get": _why()},
        "/livez": {"get": _health("livez", "Whether the service lives")},
        "/readyz": {"get": _health("readyz", "Whether the service is ready to be asked")},
        "/openapi.json": {"get": _self()},
    }


def _assess() -> Json:
    sent: Json = {"anyOf": [BUNDLE, resource()]}
    bundle = {"schema": sent, "examples": {"bundle": {"value": _example("bundle.json")}}}
    either: Json = {
        "schema": {"anyOf": [PlainFormSchema, BUNDLE]},
        "examples": {"plain form": {"value": _example("assessment.json")}},
    }
    good = {
        JSON: {"schema": {"anyOf": [AssessmentSchema, ShortAnswerSchema]}},
        FHIR: {"schema": _fhir("Bundle")},
        TEXT: {"schema": {"type": "string"}},
        HL7V2: {"schema": {"type": "string"}},
    }
    operation = _operation(
        "assess",
        "Assess one patient",
        description="The plain form or a FHIR R4 Bundle in; the assessment, a FHIR Bundle, the "
        "report comment as text, or NTE segments out, by Accept.",
        parameters=[PROFILE, AS_OF, ANSWER],
        requestBody=_sent(**{JSON: either, FHIR: bundle}),
        responses=_answers(_ok("the assessment", good), 400, 404, 406, 413, 415, 422),
    )
    for status in ("400", "422", "429"):
        operation["responses"][status]["content"][FHIR] = {"schema": OperationOutcomeSchema}
    return operation


def _batch() -> Json:
    lines: Json = {
        "schema": LINES,
        "examples": {"two lines": {"value": _example("batch.ndjson").replace("\r", "\n")}},
    }
    bundles: Json = {
        "schema": LINES,
        "examples": {"one line": {"value": _example("bundles.ndjson")}},
    }
    good = {kind: {"schema": {"type": "string"}} for kind in (NDJSON, FHIR_NDJSON)}
    return _operation(
        "assessMany",
        "Assess many patients, one a line",
        description="A plain form or Bundle a line in, an assessment or problem details a line "
        "out (a FHIR Bundle or OperationOutcome by Accept), in the same order. gzip in and out.",
        parameters=[PROFILE, AS_OF, ANSWER, SUMMARY],
        requestBody=_sent(**{NDJSON: lines, FHIR_NDJSON: bundles}),
        responses=_answers(_ok("one line for each line", good), 400, 406, 413, 415, 422),
    )


def _fhir_operation() -> Json:
    body = {
        "schema": OPERATION_INPUT,
        "examples": {"bundle": {"value": _example("bundle.json")}},
    }
    good = {FHIR: {"schema": _fhir("Bundle")}, JSON: {"schema": AssessmentSchema}}
    return _operation(
        "b12Assess",
        "The FHIR operation $b12-assess",
        parameters=[PROFILE, AS_OF],
        requestBody=_sent(**{FHIR: body}),
        responses=_answers(
            _ok("a collection that begins with a GuidanceResponse", good),
            *(400, 406, 413, 415, 422),
            error=FHIR,
        ),
    )


def _says(name: str, kind: str) -> Json:
    good = {FHIR: {"schema": _fhir(kind)}}
    return _operation(name, f"The {kind}", responses=_answers(_ok(f"the {kind}", good), error=FHIR))


def _hl7v2() -> Json:
    body = {
        "schema": MESSAGE,
        "examples": {"ORU^R01": {"value": _example("message.hl7")}},
    }
    good = {HL7V2: {"schema": {"type": "string"}}}
    return _operation(
        "hl7v2",
        "Read an ORU^R01 message",
        description="A readable MSH is always answered by an ACK with status 200.",
        parameters=[PROFILE, AS_OF],
        requestBody=_sent(**{HL7V2: body}),
        responses=_answers(
            _ok("an ACK with the comment as NTE segments", good), 400, 406, 413, 415, 422
        ),
    )


def _discovery() -> Json:
    services: Json = {
        "type": "object",
        "required": ["services"],
        "properties": {"services": {"type": "array", "items": {"type": "object"}}},
    }
    good = {JSON: {"schema": services}}
    answers = _answers(_ok("the services with their prefetch", good), error=FHIR)
    return _operation("discovery", "CDS Hooks discovery", responses=answers)


def _service() -> Json:
    ids = [service.id for service in SERVICES]
    return {"name": "id", "in": "path", "required": True, "schema": {"enum": ids, "type": "string"}}


def _hook(service: HookService) -> Json:
    file = EXAMPLES / f"{service.hook}.json"
    body: Json = {"schema": hook_request(service)}
    if file.exists():
        body["examples"] = {service.hook: {"value": _example(file.name)}}
    good = {JSON: {"schema": CdsAnswerSchema}}
    names = "".join(f", or {name} as it was called before" for name in service.former_hooks)
    return _operation(
        str(service.id),
        f"The hook {service.hook}{names}",
        description=f"{service.description} 404 where the site has not switched it on.",
        requestBody=_sent(**{JSON: body}),
        responses=_answers(
            _ok("cards, and that and how it was assessed", good),
            *(400, 404, 412, 413, 415),
            error=FHIR,
        ),
    )


def _feedback() -> Json:
    body = {
        "schema": FeedbackBatchSchema,
        "examples": {"feedback": {"value": _example("feedback.json")}},
    }
    answers = _answers(
        _ok("a verdict for each item", {JSON: {"schema": FeedbackAnswerSchema}}),
        *(400, 404, 413, 415),
        error=FHIR,
    )
    answers["204"] = {"description": "there was no item"}
    return _operation(
        "feedback",
        "Tell what became of cards",
        description="Items are taken one by one and kept once, however often they are sent.",
        requestBody=_sent(**{JSON: body}),
        responses=answers,
    )


def _topic() -> Json:
    topics = sorted(topic_codes(load_profile(profile_ids()[0]).wording))
    schema = {"type": "string", "enum": topics}
    return {"name": "topic", "in": "path", "required": True, "schema": schema}


def _why() -> Json:
    good = _ok(
        "what the topic of a card stands for",
        {TEXT: {"schema": _text()}, HTML: {"schema": _text()}},
    )
    answers = _answers(good, 404, is_guarded=False)
    return _operation("why", "What a card's source link leads to", responses=answers, **OPEN)


def _text() -> Json:
    return {"type": "string"}


def _health(name: str, summary: str) -> Json:
    status: Json = {
        "type": "object",
        "required": ["status", "version"],
        "properties": {
            "status": {"type": "string"},
            "version": {"type": "string"},
            "database": {"type": "string", "description": "what is wrong with the database"},
            "configuration": {"type": "string", "description": "that a changed file is not used"},
            "audit": {"type": "string", "description": "whether audit entries can be stored"},
            "unrecorded": {"type": "string", "description": "how many answers have no entry"},
        },
    }
    answers = _answers(_ok("yes", {JSON: {"schema": status}}), is_guarded=False)
    answers["503"]["content"] = {JSON: {"schema": status}}
    return _operation(name, summary, responses=answers, **OPEN)


def _self() -> Json:
    answers = _answers(_ok("OpenAPI 3.1", {JSON: {"schema": {"type": "object"}}}), is_guarded=False)
    return _operation("openapi", "This document", responses=answers, **OPEN)


if __name__ == "__main__":
    main()
