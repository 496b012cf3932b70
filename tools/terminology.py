"""Prints the project's CodeSystems and ValueSets as one FHIR Bundle."""

import json
import sys

from cobalamin.fhir.terminology import terminology
from cobalamin.service.knowledge.profile import load_library

if __name__ == "__main__":
    library = load_library("uk-nice")
    resources = terminology(library.codes, library.wording.facts, library.knowledge.version)
    entry = [{"fullUrl": resource["url"], "resource": resource} for resource in resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entry}
    sys.stdout.write(json.dumps(bundle, indent=1, ensure_ascii=False) + "\n")
