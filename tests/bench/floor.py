"""The floor: a Flask application of one route that parses the body and answers a constant card."""

from flask import Flask, Response, jsonify, request

CARD = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "summary": "A constant card",
    "indicator": "info",
    "source": {"label": "floor"},
}

app = Flask(__name__, static_folder=None)


@app.post("/cds-services/b12-patient-view")
def answer() -> Response:
    """Reads the whole body as JSON and answers the same card every time."""
    request.get_json()
    return jsonify({"cards": [CARD]})
