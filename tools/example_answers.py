"""Prints what the service answers to an example of `docs/examples`, as JSON that can be read.

    example_answers.py patient-view.answer | assessment.answer | assessment.short

Random identifiers are numbered. The digits of the knowledge hash are left out: they change with
every word of the knowledge.
"""

import json
import re
import sys
from http import HTTPStatus

from cobalamin.service.app import create_app
from cobalamin.service.knowledge.loader import knowledge_hash
from cobalamin.service.settings import Environment, Settings
from readme_card import DAY, ROOT

ADDRESSES = {
    "patient-view.answer": "/cds-services/b12-patient-view",
    "assessment.answer": "/v1/assessments",
    "assessment.short": "/v1/assessments?answer=short",
}
LINE = 120
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")


def answer(name: str) -> str:
    """What is answered to the example, on a fixed day, without what differs from run to run."""
    app = create_app(Settings(environment=Environment.development), today=lambda: DAY)
    body = (ROOT / "docs" / "examples" / f"{name.partition('.')[0]}.json").read_bytes()
    response = app.test_client().post(ADDRESSES[name], data=body, content_type="application/json")
    if response.status_code != HTTPStatus.OK:
        raise SystemExit(response.text)
    fixed = response.text.replace(knowledge_hash(), "sha256:…")
    found = list(dict.fromkeys(_UUID.findall(fixed)))
    for number, identifier in enumerate(found, start=1):
        fixed = fixed.replace(identifier, f"00000000-0000-4000-8000-{number:012}")
    return fixed


def laid_out(value: object, indent: int = 0) -> str:
    """JSON with short objects and arrays on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(flat) + indent <= LINE:
        return flat
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [
            f"{pad}{json.dumps(key)}: {laid_out(part, indent + 2)}" for key, part in value.items()
        ]
    else:
        parts = [pad + laid_out(part, indent + 2) for part in value]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return f"{begin}\n" + ",\n".join(parts) + f"\n{' ' * indent}{end}"


if __name__ == "__main__":
    sys.stdout.write(laid_out(json.loads(answer(sys.argv[1]))) + "\n")
