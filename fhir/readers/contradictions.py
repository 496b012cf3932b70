"""What beside the code of a result says that its value is of something else, or of nothing."""

from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.decode.resources import Observation
from cobalamin.fhir.readers.specimens import issue_of_specimen
from cobalamin.fhir.values.codings import DECIDING, is_measured_otherwise, is_named_otherwise
from cobalamin.fhir.values.results import ValueContext, has_failed_control
from cobalamin.fhir.values.units import RefusedValue


def read_contradiction(ctx: ValueContext, observation: Observation) -> RefusedValue | None:
    """Why a result is refused whatever its value: its name, method, control or specimen."""
    if ctx.analyte in DECIDING and is_named_otherwise(ctx.elements.code, ctx.analyte):
        return RefusedValue(Issue.text_names_another, "code")
    if is_measured_otherwise(observation.method, ctx.analyte):
        return RefusedValue(Issue.text_names_another, "method")
    if has_failed_control(ctx):
        return RefusedValue(Issue.quality_failed, "interpretation")
    found = issue_of_specimen(ctx.state, ctx.path, observation, ctx.analyte)
    return None if found is None else RefusedValue(*found)
