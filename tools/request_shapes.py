"""JSON Schemas of what is sent: narrow enough that what they allow is answered.

A Bundle about two patients is the one thing that they cannot tell; it is 422.
"""

from typing import Any

from cobalamin.fhir.decode.raw_lists import MAX_ELEMENTS
from cobalamin.fhir.prefetch import KEYS, REQUIRED
from cobalamin.service.cds_hooks.services import HookService

Json = dict[str, Any]
YEARS = "(19|20|21)[0-9]{2}"  # those of FIRST_DAY to LAST_DAY
MONTH, DAY_OF_MONTH = "(0[1-9]|1[0-2])", "(0[1-9]|[12][0-9]|3[01])"
TEXT: Json = {"type": "string"}
SOME_TEXT: Json = {"type": "string", "minLength": 1}
DAY: Json = {
    "type": "string",
    "format": "date",
    "pattern": f"^{YEARS}-{MONTH}-{DAY_OF_MONTH}$",
}
LINES: Json = {"type": "string", "pattern": r"^[\s\S]*[{][\s\S]*$"}
MESSAGE: Json = {"type": "string", "pattern": r"^MSH\|\^~\\&\|[\s\S]*$"}
ANY_TYPE: Json = {"type": "string", "pattern": "^[A-Za-z]{1,64}$"}


def resource(kind: str | Json = ANY_TYPE, **members: Json) -> Json:
    """A resource of this type, or of a type that this schema allows, with these members."""
    named = {"const": kind} if isinstance(kind, str) else kind
    return {
        "type": "object",
        "required": ["resourceType"],
        "properties": {"resourceType": named, **members},
    }


def bundle(held: Json) -> Json:
    """A Bundle of such resources."""
    entry: Json = {"type": "object", "properties": {"fullUrl": TEXT, "resource": held}}
    return resource(
        "Bundle", type=TEXT, entry={"type": "array", "items": entry, "maxItems": MAX_ELEMENTS}
    )


# Where all entries are OperationOutcomes, the server that was asked gave nothing.
LIST = bundle(
    resource({"type": "string", "pattern": "^(?!OperationOutcome$)[A-Za-z]{1,64}$"}),
)
PATIENT = resource("Patient", id=TEXT, gender=TEXT, birthDate=TEXT)


def _parameter(name: str, **members: Json) -> Json:
    return {
        "type": "object",
        "required": ["name", *members],
        "properties": {"name": {"const": name}, **members},
    }


REFERENCE: Json = {"type": "object", "required": ["reference"], "properties": {"reference": TEXT}}
PART_OF_A_DAY: Json = {"type": "string", "pattern": f"^{YEARS}(-{MONTH})?$"}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


DATA = _parameter("data", resource=_ref("SentBundle"))
PARAMETERS = resource(
    "Parameters",
    parameter={
        "type": "array",
        "contains": DATA,
        "items": {
            "anyOf": [
                DATA,
                _parameter("subject", valueReference=REFERENCE),
                _parameter("effective", valueDateTime={"anyOf": [DAY, PART_OF_A_DAY]}),
            ]
        },
    },
)
PARAMETERS["required"].append("parameter")
BUNDLE = _ref("SentBundle")
OPERATION_INPUT: Json = {"anyOf": [BUNDLE, _ref("SentParameters")]}


def _reference_to(kind: str) -> Json:
    return {"type": "string", "pattern": rf"^({kind}/)?[!-.0-~]{{1,64}}$"}


def hook_request(service: HookService) -> Json:
    """The request of a CDS Service, by the present and the former names of its hook.

    Either the demanded lists are sent, or they may be read back, and 412 says where that fails.
    """
    names = [service.hook, *service.former_hooks]
    sent = {"prefetch": _ref("Prefetch"), "fhirAuthorization": {"type": "null"}}
    read_back = {"fhirAuthorization": _ref("FhirAuthorization"), "prefetch": _ref("PartOfPrefetch")}
    return {
        "anyOf": [
            *(_call(service, name, ["prefetch"], sent) for name in names),
            *(
                _call(service, name, ["fhirServer", "fhirAuthorization"], read_back)
                for name in names
            ),
        ]
    }


def _call(service: HookService, name: str, required: list[str], members: Json) -> Json:
    return {
        "type": "object",
        "required": ["hook", "hookInstance", "context", *required],
        "properties": {
            "hook": {"const": name},
            "hookInstance": SOME_TEXT,
            "context": _context(service, name),
            "fhirServer": SOME_TEXT,
            **members,
        },
    }


def _context(service: HookService, hook: str) -> Json:
    members: Json = {"patientId": _reference_to("Patient"), "userId": TEXT, "encounterId": TEXT}
    required = ["patientId"]
    if service.at_encounter:
        members["encounterId"] = _reference_to("Encounter")
        required.append("encounterId")
    drafts = service.member_for(hook)
    if drafts is not None:
        members[drafts] = BUNDLE
        required.append(drafts)
    if service.selects and hook == service.hook:
        members["selections"] = {"type": "array", "items": TEXT}
        required.append("selections")
    return {"type": "object", "required": required, "properties": members}


AUTHORIZATION: Json = {
    "type": "object",
    "required": ["access_token", "token_type"],
    "properties": {
        "access_token": SOME_TEXT,
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer"},
        "scope": TEXT,
        "subject": TEXT,
    },
}


def _prefetch(about: str, required: list[str]) -> Json:
    lists: Json = {"anyOf": [_ref("PrefetchList"), {"type": "null"}]}
    members = {key: _ref("PrefetchPatient") if key == "patient" else lists for key in KEYS}
    return {"description": about, "type": "object", "required": required, "properties": members}


SHAPES: dict[str, Json] = {
    "SentBundle": bundle(resource())
    | {"description": "A FHIR Bundle about one patient, as it is sent."},
    "SentParameters": PARAMETERS | {"description": "Parameters of the operation $b12-assess."},
    "PrefetchPatient": PATIENT | {"description": "The patient of a request."},
    "PrefetchList": LIST | {"description": "What a prefetch query found."},
    "Prefetch": _prefetch("The lists of a request; all that is demanded is there.", list(REQUIRED)),
    "PartOfPrefetch": _prefetch("The lists of a request; the others may be read back.", []),
    "FhirAuthorization": AUTHORIZATION | {"description": "Access to the server of the caller."},
}
"""What request schemas refer to, by name."""
