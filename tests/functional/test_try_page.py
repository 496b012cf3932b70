"""The try page: its answer is that of the interfaces, and nothing of a visit is kept."""

import html
import json
import re
import shlex
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt
from werkzeug.test import TestResponse

from app import EXAMPLES, TODAY, app_with, example
from assessments import get_profile
from clients import guarded, key_entry, with_key
from cobalamin.service.pages.answer.markdown import render_markdown
from cobalamin.service.pages.answer.scales import COUNT_ABOVE, SCALES
from cobalamin.service.pages.playground.form import to_fields, to_plain
from cobalamin.service.pages.playground.formats import FORMATS
from cobalamin.service.pages.playground.stories import all_stories
from cobalamin.service.pages.playground.switches import SWITCHES
from cobalamin.service.pages.playground.vocabulary import (
    FEATURE_STATES,
    FEATURES,
    HISTORY,
    USUAL_RESULTS,
    USUAL_UNITS,
)
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.records.store import Store
from cobalamin.service.records.tables import AUDIT_ENTRIES
from cobalamin.service.rules.model.thresholds import Thresholds
from cobalamin.service.rules.model.vocabulary import Feature, History
from cobalamin.service.settings import AuditPolicy, Mode
from databases import migrated
from html_pages import Page, checked_page
from spec_tables import misses, rows_of

Json = dict[str, Any]
STORIES = list(all_stories())
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DATA = re.compile(r'<pre [^>]*id="body-of-answer">(.*?)</pre>', re.DOTALL)
COMMAND = re.compile(r'<pre [^>]*aria-label="Command">(.*?)</pre>', re.DOTALL)
FHIR, HL7V2, JSON = "application/fhir+json", "application/hl7-v2", "application/json"


def visit(fields: dict[str, Any], **settings: Any) -> TestResponse:  # noqa: ANN401
    """The page after these fields were sent, checked as every page is."""
    answer = app_with(**settings).test_client().post("/try", data=fields)
    policy = answer.headers["Content-Security-Policy"]
    checked_page(answer.get_data(as_text=True), policy)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer


def story_fields(name: str) -> dict[str, Any]:
    return to_fields(all_stories()[name].as_of(TODAY))


def data_of(page: TestResponse) -> str:
    (found,) = DATA.findall(page.get_data(as_text=True))
    return html.unescape(found)


def same(text: str) -> str:
    """A body without the identifiers that each answer makes anew."""
    return UUID.sub("-", text)


def repeated(page: TestResponse, body: bytes, **settings: Any) -> TestResponse:  # noqa: ANN401
    """The answer to the command that the page shows; `body` is the file that it may name."""
    (found,) = COMMAND.findall(page.get_data(as_text=True))
    words = shlex.split(html.unescape(found).replace("\\\n", ""))
    assert words[:3] == ["curl", "-s", "-H"]
    assert words[4] == "--data-binary"
    data, address = words[5], urlsplit(words[6])
    sent = body if data == "@body" else data.encode()
    client = app_with(**settings).test_client()
    kind = words[3].removeprefix("Content-Type: ")
    return client.post(f"{address.path}?{address.query}", data=sent, content_type=kind)


@pytest.mark.parametrize("story", STORIES)
def test_the_answer_to_a_story_is_that_of_the_laboratory_api(story: str) -> None:
    fields = story_fields(story)
    page = visit({**fields, "show": "cds-hooks"})
    assert page.status_code == 200
    assert visit({"story": story}).status_code == 200
    shown = json.loads(same(data_of(page)))
    full = visit({**fields, "show": "assessment", "profile": "us-aafp"})
    answer = repeated(full, b"")
    assert same(json.dumps(json.loads(data_of(full)))) == same(json.dumps(answer.get_json()))
    of_uk = repeated(page, b"").get_json()
    assert shown["cards"] == json.loads(same(json.dumps(of_uk["cards"])))
    for card in shown["cards"]:
        assert page.get_data(as_text=True).count(html.escape(card["summary"], quote=False)) >= 2


@pytest.mark.parametrize("name", ["patient-view.json", "order-sign.json"])
def test_a_pasted_hook_request_is_answered_as_its_service_answers(name: str) -> None:
    body = (EXAMPLES / name).read_bytes()
    page = visit({"body": body.decode(), "show": "cds-hooks"})
    answer = repeated(page, body)
    assert answer.status_code == 200
    assert json.loads(same(data_of(page))) == json.loads(same(answer.get_data(as_text=True)))


def test_a_bundle_and_a_message_are_answered_as_their_interfaces_answer() -> None:
    bundle = (EXAMPLES / "bundle.json").read_bytes()
    page = visit({"body": bundle.decode(), "show": "assessment"})
    answer = repeated(page, bundle).get_data(as_text=True)
    assert json.loads(same(data_of(page))) == json.loads(same(answer))
    message = (EXAMPLES / "message.hl7").read_bytes()
    uploaded = visit({"file": (BytesIO(message), "message.hl7"), "show": "hl7v2"})
    acknowledged = repeated(uploaded, message).get_data(as_text=True)
    assert same(data_of(uploaded)) == same(acknowledged.replace("\r", "\n"))


@pytest.mark.parametrize("shown", ["short", "fhir", "hl7v2", "comment"])
def test_every_format_is_that_of_its_address(shown: str) -> None:
    form = example("assessment.json")
    page = visit({"body": json.dumps(form), "show": shown})
    query = "?answer=short" if shown == "short" else ""
    accept = {"short": JSON, "fhir": FHIR, "hl7v2": HL7V2, "comment": "text/plain"}[shown]
    client = app_with().test_client()
    answer = client.post(f"/v1/assessments{query}", json=form, headers={"Accept": accept})
    told = answer.get_data(as_text=True).replace("\r", "\n")
    if shown in ("short", "fhir"):
        assert json.loads(same(data_of(page))) == json.loads(same(told))
    else:
        assert data_of(page) == told


def test_a_switch_moves_the_answer_and_moves_it_back() -> None:
    fields = story_fields("kidney") | {"v11": "", "show": "assessment"}
    before = visit(fields)
    codes = dict(re.findall(r'name="(was_\w+)" value="([^"]+)"', before.get_data(as_text=True)))
    assert 'value="creatinine:reduced"' in before.get_data(as_text=True)
    flipped = visit({**fields, **codes, "flip": "creatinine:reduced"}).get_data(as_text=True)
    assert "The answer has moved." in flipped
    assert '<input type="hidden" name="suppose" value="creatinine:reduced">' in flipped
    back = visit({**fields, "suppose": "creatinine:reduced", "flip": "creatinine:"})
    assert same(data_of(back)) == same(data_of(before))


def test_a_switch_moves_the_answer_to_a_pasted_request_as_well() -> None:
    body = json.dumps(example("patient-view.json"))
    page = visit({"body": body, "flip": "haemoglobin:severe"}).get_data(as_text=True)
    assert 'value="haemoglobin:severe" aria-pressed="true"' in page
    assert "Critical: today" in page
    assert "Critical: today" not in visit({"body": body}).get_data(as_text=True)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"body": "{"}, 400),
        ({"body": ""}, 400),
        ({"body": '{"hook": "no-such-hook"}'}, 400),
        ({"body": '{"results": {}}'}, 422),
        ({"body": "MSH|nothing"}, 400),
        ({"v0": "many", "a0": "b12_total", "u0": "ng/L"}, 422),
        ({"age": "old"}, 422),
        ({"asOf": "1066-10-14"}, 422),
    ],
)
def test_what_cannot_be_assessed_is_said_on_the_page(fields: Json, status: int) -> None:
    page = visit(fields)
    assert page.status_code == status
    assert "This could not be assessed:" in page.get_data(as_text=True)


def test_nothing_that_is_typed_becomes_markup() -> None:
    sly = '"><script>alert(1)</script>'
    for fields in ({"age": sly, "v0": sly, "a0": "b12_total"}, {"body": sly}, {"was_step": sly}):
        text = visit(fields).get_data(as_text=True)
        assert "script" not in Page(text).tags


def test_a_visit_leaves_no_entry_where_every_evaluation_leaves_one() -> None:
    database = migrated()
    settings: Json = {
        "database_url": database,
        "audit": AuditPolicy.required,
        "audit_key": ("a secret of a site, of more than 32 characters",),
    }
    visit({"story": "tingling"}, **settings)
    visit({"body": json.dumps(example("patient-view.json"))}, **settings)
    with Store(database).connection() as connection:
        assert connection.execute(AUDIT_ENTRIES.select()).all() == []


def test_it_shows_what_would_be_answered_live_and_says_in_which_mode_the_service_is() -> None:
    page = visit({"story": "tingling"}, mode=Mode.silent).get_data(as_text=True)
    assert 'This service is in the mode "silent".' in page
    assert "suggest neurological loading" in page


def test_a_registered_service_asks_for_the_credential_of_the_laboratory(tmp_path: Path) -> None:
    app = guarded(tmp_path, key_entry("laboratory", "lab"), key_entry("ehr", "cds"))
    client = app.test_client()
    assert client.post("/try", data={"story": "tingling"}).status_code == 401
    assert client.get("/try").status_code == 401
    assert client.get("/try", headers=with_key("ehr").headers).status_code == 403
    assert client.get("/try", headers=with_key("laboratory").headers).status_code == 200
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("story", STORIES)
def test_the_download_is_a_row_that_holds(story: str, tmp_path: Path) -> None:
    fields = {**story_fields(story), "row": "1", "profile": "us-aafp"}
    answer = app_with().test_client().post("/try", data=fields)
    assert answer.headers["Content-Disposition"] == "attachment; filename=patient.md"
    file = tmp_path / "patient.md"
    file.write_bytes(answer.get_data())
    (row,) = rows_of(file)
    assert row.profiles == ("us-aafp",)
    assert misses(row, get_profile("us-aafp").knowledge) == []


def test_the_form_offers_every_symptom_and_every_entry_of_the_history_once() -> None:
    features = [code for group in FEATURES.values() for code in group]
    history = [code for group in HISTORY.values() for code in group]
    assert sorted(features) == sorted(Feature)
    assert sorted(history) == sorted(History)
    units = get_profile().knowledge.units
    assert all(unit in units[analyte].factors for analyte, unit in USUAL_UNITS.items())
    assert set(USUAL_UNITS) <= set(USUAL_RESULTS)


def test_a_story_is_the_same_after_it_went_through_the_form() -> None:
    for story in all_stories().values():
        form = story.as_of(TODAY)
        sent = to_plain(to_fields(form), TODAY)
        assert sent["features"] == sorted(form["features"], key=_order(FEATURES))
        assert sent["history"] == sorted(form["history"], key=_order(HISTORY))
        assert len(sent["results"]) == len(form["results"])
        assert {**form["patient"], "id": "made-up"} == sent["patient"]


def _order(groups: Any) -> Any:  # noqa: ANN401 - of two enumerations
    codes = [code.value for group in groups.values() for code in group]
    return lambda entry: codes.index(entry["code"])


def test_the_detail_of_a_card_is_rendered_as_commonmark_renders_it() -> None:
    markdown = MarkdownIt("commonmark", {"html": False})
    rendered = 0
    for line in (EXAMPLES.parents[1] / "tests/golden/files").glob("*.json"):
        for card in json.loads(line.read_text("utf-8")).get("cards", []):
            ours = str(render_markdown(card["detail"])).replace(' target="_blank"', "")
            theirs = markdown.render(card["detail"])
            assert html.unescape(ours).split() == html.unescape(theirs).split()
            rendered += 1
    assert rendered > 5
    marks = (
        r"\*\*no\*\* \[x\]\(y\) &lt; <b> **a \* b** [l \] m](https://example.org/a) [n](ftp://x)"
    )
    ours = str(render_markdown(marks))
    assert ours == (
        "<p>**no** [x](y) &amp;lt; &lt;b&gt; <strong>a * b</strong> "
        '<a href="https://example.org/a" target="_blank">l ] m</a> [n](ftp://x)</p>'
    )


def test_the_limits_that_count_above_are_limits_of_the_scales() -> None:
    assert set(Thresholds.__struct_fields__) >= COUNT_ABOVE
    assert all(len(kind.bands) > 1 for kind in SCALES.values())


def test_every_code_that_a_page_names_has_words() -> None:
    texts = page_texts()
    tokens = {f"{fact}:{key}" for fact, switch in SWITCHES.items() for key in switch.positions}
    assert tokens == set(texts.switches)
    assert {code for kind in SCALES.values() for code, _ in kind.bands} < set(texts.bands)
    assert set(FEATURES) | set(HISTORY) == set(texts.groups)
    assert set(FORMATS) == set(texts.formats)
    assert set(FEATURE_STATES) < set(texts.choices)
