"""Prints the project's CodeSystems and ValueSets as one FHIR Bundle."""

import json
import sys

from cobalamin.fhir.terminology import terminology
from cobalamin.service.knowledge.profile import load_profile

if __name__ == "__main__":
    profile = load_profile("uk-nice")
    resources = terminology(profile.codes, profile.wording.facts, profile.knowledge.version)
    entry = [{"fullUrl": resource["url"], "resource": resource} for resource in resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entry}
    sys.stdout.write(json.dumps(bundle, indent=1, ensure_ascii=False) + "\n")
