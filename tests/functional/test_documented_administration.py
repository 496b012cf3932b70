"""The commands and files of the pages for those who keep a service, as they are printed."""

import json
import re
import shutil
from ipaddress import ip_network
from pathlib import Path

import pytest
from click.testing import Result

from app import EXAMPLES, ROOT, app_with, example
from clients import PROXY, key_entry, key_of, write_registry
from cobalamin.service.access.registry import load_registry
from cobalamin.service.cds_hooks.services import PATIENT_VIEW
from cobalamin.service.modes import check_clients, load_modes
from cobalamin.service.settings import AuditPolicy, Mode, Settings
from databases import migrated, new_database
from documented import blocks, invoke
from release_files import write_dmd, write_rxnorm, write_snomed

PUBLIC_URL = "https://b12.example.org"
SECRET = "a secret of a site, of more than 32 characters"  # noqa: S105


def of_page(name: str, kind: str = "sh") -> list[str]:
    return blocks(ROOT / "docs" / name, kind)


def done(results: list[Result], *codes: int) -> list[str]:
    """What each call printed; all end with 0, or with these codes in turn."""
    expected = list(codes) or [0] * len(results)
    assert [one.exit_code for one in results] == expected, [one.output for one in results]
    return [one.stdout or one.output for one in results]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which the commands of a page are called; it has the examples."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(EXAMPLES, tmp_path / "docs" / "examples")
    return tmp_path


@pytest.mark.parametrize("page", ["security.md", "integration/sandbox.md"])
def test_the_registries_that_are_printed_are_read(page: str, folder: Path) -> None:
    (text,) = of_page(page, "toml")
    file = folder / "clients.toml"
    file.write_text(text.replace("$sha256$...", str(key_of("laboratory")[1])), "utf-8")
    settings = Settings(clients=file, public_url=PUBLIC_URL, trusted_proxies=(ip_network(PROXY),))
    registry = load_registry(settings)
    assert registry is not None
    assert [client.id for client in registry.clients] == re.findall(r"\[clients\.([^].]+)\]", text)
    assert registry.origins


def test_signing_and_keys_of_the_page_work_as_printed(folder: Path) -> None:
    """Page security.md: a key of one's own in the registry of the page, a token, and its check."""
    check, make, hash_key = of_page("security.md")
    (registry,) = of_page("security.md", "toml")
    make_key, make_token = make.strip().splitlines()
    (table,) = done(invoke(make_key))
    (printed,) = done(invoke(hash_key))
    key, line = printed.splitlines()
    assert key.startswith("laboratory.")
    registry = registry.replace('api_key = "$sha256$..."', line)
    own = re.sub(
        r"\[clients\.city-hospital\.jwt\]\n.*?\n\n", table + "\n", registry, flags=re.DOTALL
    )
    (folder / "clients.toml").write_text(own, "utf-8")
    settings = {
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": "clients.toml",
        "COBALAMIN_DATABASE_URL": migrated(),
        "COBALAMIN_PUBLIC_URL": PUBLIC_URL,
        "COBALAMIN_TRUSTED_PROXIES": PROXY,
    }
    (token,) = done(invoke(make_token, **settings))
    (folder / "token").write_text(token, "utf-8")
    (said,) = done(invoke(check, **settings))
    assert said.startswith("accepted: city-hospital")


def test_what_is_kept_is_shown_as_printed(folder: Path) -> None:
    """Page records.md: the trail, feedback, rates, and modes, over one card that was answered."""
    show, feedback, rates, modes = of_page("records.md")
    (text,) = of_page("records.md", "toml")
    with new_database("sqlite", folder) as url:
        settings = {
            "COBALAMIN_ENVIRONMENT": "development",
            "COBALAMIN_DATABASE_URL": url,
            "COBALAMIN_AUDIT": "required",
            "COBALAMIN_AUDIT_KEY": SECRET,
            "COBALAMIN_MODES": "modes.toml",
        }
        registry = write_registry(folder, key_entry("city-hospital", "cds"))
        settings["COBALAMIN_CLIENTS"] = str(registry)
        (folder / "modes.toml").write_text(text, "utf-8")
        done(invoke("cobalamin db upgrade", **settings))
        app = app_with(database_url=url, audit=AuditPolicy.required, audit_key=(SECRET,))
        address = f"/cds-services/{PATIENT_VIEW.id}"
        (card,) = app.test_client().post(address, json=example("patient-view.json")).json["cards"]  # type: ignore[index]
        topic = card["source"]["topic"]["code"]
        shown, verified = done(invoke(show.replace("3f0c…", card["uuid"]), **settings))
        assert topic in shown
        assert "1 entries in 1 chains" in verified
        (report,) = done(invoke(feedback, **settings))
        assert topic in report
        done(invoke(rates, **settings))
        read = load_modes(folder / "modes.toml", [topic, "b12IndeterminateTest"])
        check_clients(read, ["city-hospital"])
        done(invoke(modes, **settings))
        changed = load_modes(folder / "modes.toml", [topic, "b12IndeterminateTest"])
    assert (changed.service, dict(changed.topics)) == (
        Mode.silent,
        {"b12IndeterminateTest": Mode.off},
    )


def test_product_tables_are_imported_as_printed(folder: Path) -> None:
    """Page site.md, on releases of a few products in the shape of the real ones."""
    (block,) = of_page("site.md")
    made = {"RRF_FOLDER": write_rxnorm, "XML_FOLDER": write_dmd, "SNAPSHOT": write_snomed}
    for name, write in made.items():
        (folder / name).mkdir()
        write(folder / name)
    printed = done(invoke(block))
    assert [line for text in printed for line in text.splitlines() if line.startswith("file")] == [
        f'file = "{name}.tsv"' for name in ("rxnorm", "dmd", "snomed")
    ]


def test_cohorts_run_report_and_compare_as_printed(folder: Path) -> None:
    """Page cohorts.md; the survey of its example is one made-up row here."""
    pytest.importorskip("duckdb", reason="DuckDB has no wheel for this machine")
    first, later, example_run = of_page("cohorts.md")
    (folder / "extract").mkdir()
    shutil.copy(EXAMPLES / "bundles.ndjson", folder / "extract")
    run, report, compare = first.strip().splitlines()
    done(invoke(run))
    shutil.copytree(folder / "before", folder / "after")
    _, compared = done(invoke(f"{report}\n{compare}"))
    assert "| " in compared
    shutil.copy(EXAMPLES / "outcome-mapping.toml", folder / "outcomes.toml")
    (folder / "later.csv").write_text(
        "person,b12_started,diagnosis,diagnosed,mma_later,mma_day\np1,2026-12-01,,,,\n", "utf-8"
    )
    done(invoke(later))
    (folder / "adults.csv").write_text(
        "SEQN,gender,RIDAGEYR,pregnant,LBXB12,LBXMMA,LBDHCY,LBXFOL,LBXFER,mcv,rdw,creat\n"
        "1,2.0,39.0,0.0,170.0,0.5,,9.9,20.0,88.1,12.0,0.8\n",
        "utf-8",
    )
    done(invoke(example_run))
    manifest = json.loads((folder / "adults" / "manifest.json").read_text("utf-8"))
    assert manifest
