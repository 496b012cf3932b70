"""All issues that the readers report: the one list of note codes."""

from enum import Enum
from typing import NamedTuple


class IssueText(NamedTuple):
    """A stable code, its severity, and a text without patient values."""

    code: str
    severity: str
    text: str


def _warning(code: str, text: str) -> IssueText:
    return IssueText(code, "warning", text)


def _information(code: str, text: str) -> IssueText:
    return IssueText(code, "information", text)


def _read_back(code: str, text: str) -> IssueText:
    return _warning(f"read-back-{code}", f"not read back: the FHIR server {text}; it is not known")


class Issue(Enum):
    """An issue of the input. Codes are public: they may be added, not renamed or removed."""

    # --- structure
    entry_not_read = _warning(
        "entry-not-read", "this resource does not have the shape that FHIR gives it; not read"
    )
    element_not_read = _warning(
        "element-not-read", "this element does not have the shape that FHIR gives it; not read"
    )
    not_valid = _warning("not-valid", "is not valid FHIR R4, which strict mode asks for; not used")
    type_missing = _warning("resource-type-missing", "no resourceType; the entry was not read")
    type_not_read = _warning("resource-type-not-read", "this type of resource is not read")
    entry_failed = _warning(
        "entry-failed", "the server answered this entry with an error; not read"
    )
    segment_not_read = _warning(
        "segment-not-read", "this type of segment is not read; what it stands for was not looked at"
    )
    entry_deleted = _warning(
        "entry-not-stored", "an entry that deletes, patches or asks for this resource; not read"
    )
    list_too_long = _warning(
        "list-too-long", "this list has more entries than are read; nothing of it was read"
    )
    too_deep = _warning("nested-too-deeply", "Bundles within Bundles this deep are not read")
    operation_outcome = _warning(
        "operation-outcome", "an OperationOutcome was sent in place of data"
    )
    list_not_sent = _information("list-not-sent", "this list was not sent; it is not known")
    list_not_read = _warning("list-not-read", "this list could not be read; it is not known")
    list_incomplete = _warning("list-incomplete", "only the first pages of this list were read")

    # --- fetching from the client's FHIR server; what was not fetched is not known
    server_not_registered = _warning(
        "fhir-server-not-registered",
        "not read back: the registry entry of this client does not name the fhirServer",
    )
    token_not_usable = _warning(
        "fhir-token-not-usable",
        "not read back: fhirAuthorization holds no Bearer token that is still valid",
    )
    read_back_late = _read_back("late", "did not answer in time")
    read_back_denied = _read_back("denied", "refused the token for this list")
    read_back_unreachable = _read_back("unreachable", "could not be reached")
    read_back_untrusted = _read_back("untrusted", "showed a certificate that is not trusted")
    read_back_redirected = _read_back(
        "redirected", "pointed to another address, which is not followed"
    )
    read_back_failed = _read_back("failed", "answered with an error")
    read_back_broken = _read_back("broken", "broke off its answer")
    read_back_too_large = _read_back("too-large", "sent more than is read")
    read_back_not_fhir = _read_back("not-fhir", "answered with something else than FHIR JSON")
    read_back_repeated = _read_back("repeated-member", "sent a member of an object twice")
    read_back_elsewhere = _read_back("elsewhere", "named a next page on another server")
    read_back_paused = _read_back("paused", "failed again and again, so it is not asked now")

    # --- patient
    other_patient = _warning("other-patient", "belongs to another subject; not counted")
    other_focus = _warning(
        "focus-not-patient", "its focus is somebody or something else than the patient; not counted"
    )
    subject_missing = _information(
        "subject-missing", "names no subject that can be compared; taken for this patient's"
    )
    patient_differs = _warning("patient-differs", "is not the patient of this request; not read")
    patient_replaced = _warning(
        "patient-replaced",
        "this record of the patient was replaced by another one; check which it is",
    )
    patient_inactive = _warning(
        "patient-not-active", "this record of the patient is marked as not in use; check which is"
    )
    id_too_long = _warning(
        "id-too-long", "an id has at most 64 characters in FHIR; not repeated in the answer"
    )
    birth_date_not_read = _warning("birth-date-not-read", "birthDate is not a FHIR date; not read")
    gestation_not_read = _warning(
        "gestation-not-read",
        "gestation needs weeks (wk) or days (d) and a date, or a date of delivery; not read",
    )
    sex_not_read = _warning("sex-not-read", "gender is not one that FHIR has; sex is not known")
    deceased = _warning("patient-deceased", "the record says that the patient has died")

    # --- codes
    code_not_known = _information(
        "code-not-known", "this code is not known; what it stands for was not looked at"
    )
    code_system_not_read = _warning(
        "code-system-not-read",
        "codes of this system are not read; what it stands for was not looked at",
    )
    code_missing = _information("code-missing", "no code; what it stands for is not known")
    code_refused = _warning("code-refused", "results with this code are not read")
    code_unread = _information("code-without-fact", "this code is known and becomes no fact")
    codes_disagree = _warning(
        "codes-disagree", "the codings name different analytes; send codings of one only"
    )
    text_names_another = _warning(
        "text-names-another",
        "its text names something else than its code; send one of them",
    )
    text_contradicts = _warning(
        "text-contradicts-code", "its text says something else than its code; check which is meant"
    )
    system_missing = _warning("code-system-missing", "a code without a system; send the system")
    system_alias = _information(
        "code-system-alias", "the code system is not spelled as FHIR gives it; read all the same"
    )
    system_of_another = _information(
        "code-of-other-system",
        "the code is not one of the system that is named, but of SNOMED CT or dm+d; read as that",
    )
    free_text = _information("free-text-not-read", "free text is not interpreted; send a code")
    comment_not_read = _information(
        "comment-not-read", "a comment was sent with this; comments are not read"
    )

    detail_not_read = _information(
        "detail-not-read", "a reason, an outcome or a sign was sent with this; these are not read"
    )
    reference_not_sent = _information(
        "reference-not-sent",
        "refers to what was not sent, or could not be read; what that says is not known",
    )
    not_referred_to = _information(
        "not-referred-to", "nothing that was read refers to this, so nothing was read from it"
    )
    list_item_removed = _warning(
        "list-item-removed",
        "a List marks this as removed; what was sent of it was read by its own status",
    )

    # --- elements that change the meaning of a resource
    modifier_not_known = _warning(
        "modifier-extension-not-known",
        "has a modifierExtension, which may change what it means; not used",
    )
    rules_not_known = _warning(
        "implicit-rules-not-known", "follows implicitRules that are not known; not used"
    )
    test_data = _warning("test-data", "is marked as test data; no real patient's")
    report_withdrawn = _warning(
        "report-withdrawn",
        "its report, panel or document was cancelled or entered in error; not used",
    )

    # --- status
    status_missing = _warning("status-missing", "no status; only final results count")
    status_unknown = _warning(
        "status-not-known", "this status is unknown, or not one that FHIR has"
    )
    status_spelled = _information("status-spelled", "the status is not spelled as FHIR gives it")
    not_final = _warning("status-not-final", "not final yet; it does not count")
    withdrawn = _warning("status-withdrawn", "cancelled, so it does not count")
    in_error = _warning("entered-in-error", "entered in error, so it never counts")
    correction_refused = _warning(
        "correction-not-usable", "a correction of it was sent and cannot be used; not counted"
    )
    superseded = _information("superseded", "a later or corrected version was used instead")
    repeated = _information("repeated", "sent more than once; counted once")
    not_established = _information("not-established", "refuted or only considered; not counted")
    not_confirmed = _warning(
        "not-confirmed", "recorded as unconfirmed or provisional; counted, so check whether it is"
    )
    not_by_blood = _warning(
        "relative-not-by-blood",
        "a husband or wife, step, adoptive or foster relative or in-law; not counted",
    )
    not_in_use = _information("not-in-use", "proposed, planned, declined or not done; not counted")

    order_stopped = _information(
        "order-stopped-not-counted",
        "an order that was stopped, cancelled or put on hold does not say that a dose was given",
    )

    # --- dates
    date_missing = _warning("date-missing", "no effective date and no date of issue")
    date_not_read = _warning("date-not-read", "this is not a FHIR date")
    time_not_read = _information(
        "time-not-read", "a time as text, an age or a range; when it was is not known"
    )

    # --- specimens
    specimen_differs = _warning(
        "specimen-of-another-kind", "was not measured in what this code is for; not used"
    )
    specimen_of_other = _warning(
        "specimen-of-other-patient", "its specimen is of another subject; not used"
    )
    specimen_not_usable = _warning(
        "specimen-not-usable", "its specimen is unsatisfactory, unavailable or an error; not used"
    )
    specimen_condition = _warning(
        "specimen-condition", "the condition of its specimen is recorded; check what it bears on"
    )
    specimen_not_known = _information(
        "specimen-not-known", "the kind of specimen is not known; taken for the one of the code"
    )

    # --- values
    value_missing = _warning("value-missing", "no value and no interpretation")
    value_absent = _warning("value-absent", "the sender says why there is no value")
    value_contradicted = _warning(
        "value-contradicted", "a value and a reason for its absence exclude each other"
    )
    several_values = _warning("several-values", "more than one value[x]; send exactly one")
    value_not_read = _warning("value-not-read", "this is not a value that is read for the analyte")
    value_type_missing = _warning(
        "value-type-missing", "OBX-2 does not say what kind of value this is; read as text"
    )
    value_from_text = _information("value-from-text", "a number was sent as text; read as a number")
    comparator_not_read = _warning("comparator-not-read", "this comparator is not read")
    flag_only = _information("interpretation-only", "no value; only the interpretation was read")
    flag_contradicts = _warning(
        "interpretation-contradicts-value",
        "the interpretation says otherwise than the value within its reference range; check both",
    )
    flag_not_read = _information(
        "interpretation-not-read", "an interpretation of it is not one that is read; not used"
    )
    quality_failed = _warning(
        "quality-control-failed", "its interpretation says that quality control failed; not used"
    )
    range_not_read = _information("range-not-read", "this reference range was not used")

    # --- units
    unit_missing = _warning("unit-missing", "no unit")
    unit_not_read = _warning("unit-not-read", "this unit is not read for the analyte")
    value_not_plausible = _warning("value-not-plausible", "not plausible in this unit")
    haemoglobin_unit_unclear = _warning(
        "haemoglobin-unit-unclear", "monomer or tetramer: nothing tells which; check today"
    )
    not_for_a_vein = _warning(
        "not-for-intravenous-use", "cyanocobalamin is recorded as intravenous, which its label bars"
    )
    unit_alias = _information("unit-alias", "the unit is not spelled in UCUM; read all the same")
    unit_from_text = _information("unit-from-text", "no UCUM code; the printed unit was read")
    unit_from_range = _information(
        "unit-from-range", "no unit beside the value; that of the reference range was read"
    )
    unit_and_code_differ = _warning(
        "unit-and-code-differ", "unit and code name different units; send one"
    )
    unit_not_of_code = _warning(
        "unit-not-of-code", "the unit does not measure what the LOINC code says; check the mapping"
    )

    # --- medicines
    medication_not_found = _information(
        "medication-not-found", "the Medication that is referred to was not sent"
    )
    order_not_found = _warning(
        "order-not-found", "a selection names no draft order of this call; send it among them"
    )
    order_not_named = _warning(
        "order-not-named", "this order names nothing that could be checked; send a code"
    )
    order_over = _information(
        "order-over", "this order is completed, stopped, revoked or rejected; not looked at"
    )
    order_not_to_do = _information(
        "order-not-to-do", "this order says what is not to be done; not looked at as an order"
    )
    problem_not_named = _warning(
        "problem-not-named", "this problem names nothing that could be looked at; send a code"
    )
    route_not_known = _information(
        "route-not-known", "a vitamin B12 product without form or route: route not stated"
    )
    dose_not_stated = _information(
        "dose-not-stated", "no amount a day that is read; what one piece holds counts as a dose"
    )
    dose_not_read = _information(
        "dose-not-read",
        "the dosage tells no amount that is read, as text does; the dose is unknown",
    )
    exposure_kind_not_known = _information(
        "exposure-kind-not-known",
        "the code does not tell whether it was recreational or medical; the former was taken",
    )
    gastrectomy_extent_not_named = _information(
        "gastrectomy-extent-not-named",
        "the code does not tell a part of the stomach from the whole; a part was taken",
    )
    lifelong = _information(
        "lifelong-condition", "recorded as no longer active, but does not end; counted"
    )

    @property
    def code(self) -> str:
        """The stable code."""
        return self.value.code
