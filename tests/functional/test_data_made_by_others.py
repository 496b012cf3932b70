"""Real inputs made by others: every one is answered, none with a fault, none with a false card."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import KEY, SHARED, example, post, view
from cobalamin.service.cli.main import main as command
from contract_checks import check_answer

FHIR = sorted((SHARED / "fhir").glob("*.json"))
CLIENTS = sorted((SHARED / "clients").glob("*-b12-order-s*[nt].json"))
HOOKS = sorted((SHARED / "cds-hooks").glob("*.json"))
NONE = [pytest.param(None, marks=pytest.mark.skip(reason="the shared data are not here"))]


def named(files: list[Path]) -> list[Any]:
    return [pytest.param(file, id=file.stem) for file in files] or NONE


def with_labs(body: bytes) -> bytes:
    """The example's request with these bytes, whatever they are, as its labs."""
    request = example("patient-view.json")
    request["prefetch"]["labs"] = "LABS"
    return json.dumps(request).encode().replace(b'"LABS"', body)


@pytest.mark.parametrize("file", named(FHIR))
def test_a_fhir_file_as_labs_is_answered(file: Path) -> None:
    answer = view(with_labs(file.read_bytes().removeprefix(b"\xef\xbb\xbf")))
    assert answer.status_code in (200, 400, 412)
    if answer.status_code == 200:
        check_answer(answer.get_json())
        assert KEY in answer.get_json()["extension"]
    else:
        assert answer.get_json(force=True)["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("file", named(FHIR))
def test_a_fhir_file_is_answered_by_the_laboratory_door(file: Path) -> None:
    answer = post("/v1/assessments", file.read_bytes())
    assert answer.status_code in (200, 400, 422)
    if answer.status_code == 200:
        assert answer.get_json()["outcome"] in ("advice", "no-advice", "not-assessable")


@pytest.mark.parametrize("file", named(FHIR))
def test_a_fhir_file_is_answered_by_the_command(file: Path) -> None:
    done = CliRunner().invoke(command, ["assess", str(file)])
    assert done.exit_code in (0, 3)
    assert done.exception is None or isinstance(done.exception, SystemExit)


@pytest.mark.parametrize("file", named(HOOKS))
@pytest.mark.parametrize("path", ["b12-patient-view", "b12-order-select", "b12-order-sign"])
def test_a_hook_request_of_others_is_answered(file: Path, path: str) -> None:
    answer = post(f"/cds-services/{path}", file.read_bytes())
    assert answer.status_code in (200, 400, 404, 412)
    body = answer.get_json(force=True)
    if answer.status_code == 200:
        check_answer(body)
        assert body["extension"][KEY]["outcome"]
        assert body["cards"] == []
    else:
        assert body["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("file", named(HOOKS))
def test_the_same_prefetch_as_a_patient_view_is_answered(file: Path) -> None:
    try:
        sent = json.loads(file.read_bytes())
    except ValueError:
        pytest.skip("not JSON; the test above posts it as it is")
    if not isinstance(sent, dict):
        pytest.skip("no object; the test above posts it as it is")
    context, prefetch = (
        sent[name] if isinstance(sent.get(name), dict) else {} for name in ("context", "prefetch")
    )
    values = [*list(prefetch.values())[:2], None, None]
    body = {
        "hook": "patient-view",
        "hookInstance": "x",
        "context": {"userId": "Practitioner/1", "patientId": str(context.get("patientId") or "1")},
        "prefetch": {**prefetch, "patient": values[0], "labs": values[1]},
    }
    answer = view(body)
    assert answer.status_code in (200, 412)
    if answer.status_code == 200:
        check_answer(answer.get_json())
        assert answer.get_json()["cards"] == []


@pytest.mark.parametrize("file", named(CLIENTS))
def test_an_order_of_a_real_client_is_checked(file: Path) -> None:
    service = "b12-order-sign" if file.stem.endswith("sign") else "b12-order-select"
    whole = post(f"/cds-services/{service}", file.read_bytes()).get_json()
    check_answer(whole)
    told = whole["extension"][KEY]
    accepted = file.stem == "oralb12acc-after-b12-order-select"
    assert told["outcome"] == ("no-advice" if accepted else "advice"), told
    assert bool(whole["cards"]) is not accepted
    assert "order-not-named" not in {note["code"] for note in told.get("notes", ())}


def test_a_null_prefetch_gives_no_card() -> None:
    body = example("patient-view.json")
    body["prefetch"] = dict.fromkeys(body["prefetch"])
    answer = view(body)
    assert answer.status_code == 200
    assert answer.get_json()["cards"] == []
    assert answer.get_json()["extension"][KEY]["outcome"] == "not-assessable"
