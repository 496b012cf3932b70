"""Prints the reference of the interface as one HTML page without any asset from elsewhere."""

import html
import sys
from collections.abc import Iterator
from typing import Any

from openapi import FHIR, FHIR_NDJSON, HL7V2, JSON, NDJSON, document

Json = dict[str, Any]
BASE = "http://127.0.0.1:8000"
FILES = {
    ("/v1/assessments", JSON): "assessment.json",
    ("/v1/assessments", FHIR): "bundle.json",
    ("/v1/assessments/batch", NDJSON): "batch.ndjson",
    ("/v1/assessments/batch", FHIR_NDJSON): "bundles.ndjson",
    ("/fhir/$b12-assess", FHIR): "bundle.json",
    ("/hl7v2", HL7V2): "message.hl7",
    ("/cds-services/b12-patient-view", JSON): "patient-view.json",
    ("/cds-services/b12-order-sign", JSON): "order-sign.json",
    ("/cds-services/{id}/feedback", JSON): "feedback.json",
}
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 1rem; }
h2 { margin-top: 3rem; border-top: 1px solid; padding-top: 1rem; }
pre { background: #f4f4f4; padding: .75rem; overflow-x: auto; }
table { border-collapse: collapse; }
td, th { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; }
@media (prefers-color-scheme: dark) {
  body { background: #111; color: #eee; } pre { background: #222; } a { color: #9cf; }
}
"""


def main() -> None:
    """Writes the page to standard output."""
    sys.stdout.write("\n".join(page(document())) + "\n")


def page(spec: Json) -> Iterator[str]:
    """The lines of the page."""
    info = spec["info"]
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(info['title'])}: interface</title>"
    yield f"<style>{STYLE}</style>\n</head>\n<body>\n<main>"
    yield f"<h1>{_text(info['title'])} {_text(info['version'])}: interface</h1>"
    yield f"<p>{_text(info['summary'])}. {_text(info['description'])}</p>"
    yield '<p>The same as <a href="/openapi.json">OpenAPI 3.1</a>.</p>'
    yield '<nav aria-label="Addresses"><ul>'
    for path, method, operation in _operations(spec):
        yield f'<li><a href="#{operation["operationId"]}">{method} {_text(path)}</a></li>'
    yield "</ul></nav>"
    for path, method, operation in _operations(spec):
        yield from _section(path, method, operation)
    yield '<h2 id="shapes">Shapes</h2>'
    for name, shape in spec["components"]["schemas"].items():
        yield from _shape(name, shape)
    yield "</main>\n</body>\n</html>"


def _operations(spec: Json) -> Iterator[tuple[str, str, Json]]:
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                yield path, method.upper(), operation


def _section(path: str, method: str, operation: Json) -> Iterator[str]:
    yield f'<section aria-labelledby="{operation["operationId"]}">'
    yield f'<h2 id="{operation["operationId"]}">{method} {_text(path)}</h2>'
    yield f"<p>{_text(operation['summary'])}. {_text(operation.get('description', ''))}</p>"
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<table><tr><th>Query</th><th></th></tr>"
        for one in parameters:
            name, text = one["name"], _text(one["description"])
            yield f"<tr><td><code>{name}</code></td><td>{text}</td></tr>"
        yield "</table>"
    for kind in operation.get("requestBody", {}).get("content", {"": {}}):
        if method == "GET" or (path, kind) in FILES:
            yield from _calls(path, method, kind)
    yield "<table><tr><th>Status</th><th></th><th>Body</th></tr>"
    for status, answer in operation["responses"].items():
        kinds = ", ".join(answer.get("content", {}))
        yield f"<tr><td>{status}</td><td>{_text(answer['description'])}</td><td>{kinds}</td></tr>"
    yield "</table>\n</section>"


PRE = '<pre tabindex="0">'
"""What scrolls sideways can be reached by the keyboard."""


def _calls(path: str, method: str, kind: str) -> Iterator[str]:
    """One call with curl, and the same with Python and requests."""
    address = BASE + path.replace("{id}", "b12-patient-view").replace("{topic}", "b12OrderOral")
    if method == "GET":
        yield f"{PRE}<code>curl '{_text(address)}'</code></pre>"
        return
    file = f"docs/examples/{FILES[path, kind]}"
    curl = f"curl -H 'Content-Type: {kind}' --data-binary @{file} '{address}'"
    python = (
        "from pathlib import Path\n\nimport requests\n\n"
        f'body = Path("{file}").read_bytes()\n'
        f'address, kind = "{address}", "{kind}"\n'
        'answer = requests.post(address, body, headers={"Content-Type": kind}, timeout=5)\n'
        "answer.raise_for_status()\nprint(answer.text)"
    )
    yield f"{PRE}<code>{_text(curl)}</code></pre>"
    yield f"<details><summary>Python</summary>{PRE}<code>{_text(python)}</code></pre></details>"


def _shape(name: str, shape: Json) -> Iterator[str]:
    yield f'<h3 id="shape-{name}">{name}</h3>'
    yield f"<p>{_text(shape.get('description', ''))}</p>"
    yield "<table><tr><th>Member</th><th>Kind</th><th></th></tr>"
    required = shape.get("required", [])
    for member, kind in shape.get("properties", {}).items():
        needed = "always there" if member in required else ""
        yield f"<tr><td><code>{member}</code></td><td>{_kind(kind)}</td><td>{needed}</td></tr>"
    yield "</table>"


def _kind(kind: Json) -> str:
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f'<a href="#shape-{name}">{name}</a>'
    if kind.get("type") == "array":
        return f"list of {_kind(kind['items'])}"
    if "anyOf" in kind:
        return " or ".join(_kind(one) for one in kind["anyOf"])
    if "enum" in kind:
        return ", ".join(f"<code>{_text(str(word))}</code>" for word in kind["enum"])
    named = kind.get("type", "anything")
    return _text(named if isinstance(named, str) else " or ".join(named))


def _text(text: str) -> str:
    return html.escape(text)


if __name__ == "__main__":
    main()
