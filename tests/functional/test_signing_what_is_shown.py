"""What the command signs, the service shows: cards, the pages behind them, open objections."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from app import app_with, example
from assessments import get_profile
from cobalamin.service.cli.main import main
from cobalamin.service.knowledge.review.items import get_items
from cobalamin.service.knowledge.review.signatures import FILE
from cobalamin.service.settings import read_settings
from knowledge_copies import replace_text, use_copy
from review_packet import load_packet
from review_packet import objections as packet_objections

WHO = ("--name", "A. Haematologist", "--registration", "1234567", "--role", "consultant")
DAYS = ("--date", "2026-11-20", "--look-again", "2999-11-20")
ENVIRONMENT = {"COBALAMIN_ENVIRONMENT": "development", "COBALAMIN_SIGNED_ONLY": "true"}
VIEW, SIGN = ("patient-view", "patient-view.json"), ("order-sign", "order-sign.json")
TOPIC = "b12NeurologicalTreatment"
Json = dict[str, Any]


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the knowledge, which the tests of this file sign one after another."""
    with pytest.MonkeyPatch.context() as patch:
        yield use_copy(tmp_path_factory.mktemp("signed"), patch)


@pytest.fixture
def unsigned(knowledge: Path) -> Path:
    """The copy without any signature."""
    (knowledge / FILE).write_text("", "utf-8")
    return knowledge


def sign(*arguments: str) -> None:
    done = CliRunner().invoke(main, ["knowledge", "sign", *arguments, *WHO, *DAYS])
    assert done.exit_code == 0, done.output


def start() -> FlaskClient:
    """A service that shows signed cards alone, by its environment, with the knowledge as it is."""
    signed_only = read_settings(ENVIRONMENT).signed_only
    return app_with(signed_only=signed_only, now=lambda: 0.0).test_client()


def ask(client: FlaskClient, hook: str, file: str) -> Json:
    body: Json = client.post(f"/cds-services/b12-{hook}", json=example(file)).get_json()
    return body


def reasons(body: Json) -> set[str]:
    return {one["code"] for one in body["extension"]["org.cobalamin.assessment"]["reasons"]}


def page(client: FlaskClient, topic: str = TOPIC) -> str:
    return client.get(f"/why/{topic}", headers={"Accept": "text/plain"}).text


def test_only_cards_of_what_was_signed_as_it_is_are_shown(unsigned: Path) -> None:
    for call in (VIEW, SIGN):
        body = ask(start(), *call)
        assert body["cards"] == []
        assert "not-signed" in reasons(body)
    sign("step:R4", "alert:order-folic-acid-first")
    client = start()
    (card,) = ask(client, *VIEW)["cards"]
    assert card["detail"].endswith("signed by A. Haematologist on 2026-11-20")
    assert "not-signed" not in reasons(ask(client, *VIEW))
    assert len(ask(client, *SIGN)["cards"]) == 1
    words = unsigned / "words" / "en" / "rungs.toml"
    replace_text(words, "suggest neurological loading", "suggest loading")
    body = ask(start(), *VIEW)
    assert body["cards"] == []
    assert "not-signed" in reasons(body)
    replace_text(words, "suggest loading", "suggest neurological loading")
    assert ask(start(), *VIEW)["cards"]


@pytest.mark.usefixtures("unsigned")
def test_every_kind_of_item_is_signed_by_the_same_command() -> None:
    profile = get_profile("uk-nice")
    items = get_items(profile.knowledge, profile.wording)
    kinds = {key.partition(":")[0] for key in items}
    assert {"step", "number", "dose", "suggestion", "caution", "alert", "text", "group"} <= kinds
    sign(*items)
    check = CliRunner().invoke(main, ["knowledge", "check"])
    assert "signature of" not in check.output
    said = page(start())
    # The step, each limit, dose, further suggestion and caution: each with who signed it.
    judged = ("step:R4", "number:", "dose:", "suggestion:", "caution:")
    doses = {f"suggestion:{code}" for code in profile.wording.regimens}
    shown = [key for key in items if key.startswith(judged) and key not in doses]
    assert said.count("Signed by A. Haematologist, consultant, on 2026-11-20") == len(shown)


OBJECTED = (
    "step:R4",
    "number:b12_total_deficient",
    "dose:im-loading-neurological",
    "suggestion:refer-neurology",
    "caution:potassium-watch",
)


def test_objections_stand_on_the_page_and_in_the_packet_until_they_are_answered(
    unsigned: Path,
) -> None:
    sign(*OBJECTED)
    sign(*OBJECTED, "--object", "Too soon by a week.")
    said, packet = page(start()), "\n".join(packet_objections(load_packet("uk-nice")))
    objection = "Objection of A. Haematologist, consultant, on 2026-11-20, not answered yet: Too"
    assert said.count(objection) == len(OBJECTED)
    assert "Signed by" not in said
    for item in OBJECTED:
        assert f"| `{item}` | A. Haematologist | 2026-11-20 | Too soon by a week. |" in packet
    text = (unsigned / FILE).read_text("utf-8")
    answer = '[signature.answered]\ndate = 2026-12-01\nname = "B. Author"\ntext = "Later."'
    comment = 'comment = "Too soon by a week."'
    first, *others = text.split(comment)
    (unsigned / FILE).write_text(
        first + "".join(f"{comment}\n{answer}{rest}" for rest in others), "utf-8"
    )
    said, packet = page(start()), "\n".join(packet_objections(load_packet("uk-nice")))
    assert "Too soon" not in said
    assert said.count("Signed by A. Haematologist") == len(OBJECTED)
    assert "Too soon" not in packet


def test_a_review_ends_with_the_comparison_of_a_population(unsigned: Path, tmp_path: Path) -> None:
    sign("step:R4")
    words = unsigned / "words" / "en" / "rungs.toml"
    replace_text(words, "suggest neurological loading", "suggest loading")
    table = tmp_path / "compared.txt"
    table.write_text("| people | before | after |\n", "utf-8")
    review = CliRunner().invoke(main, ["knowledge", "review", "--compared", str(table)])
    replace_text(words, "suggest loading", "suggest neurological loading")
    assert review.stdout.startswith("step:R4: signed by A. Haematologist on 2026-11-20\n  - head")
    assert review.stdout.rstrip("\n").endswith("| people | before | after |")
