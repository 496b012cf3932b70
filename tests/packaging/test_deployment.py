"""What deploy/ brings for a site: its settings are settings, its limits those that are claimed."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app import ROOT
from clients import key_of
from cobalamin.service.access.registry import load_registry
from cobalamin.service.access.scopes import Scope
from cobalamin.service.cli.first_files import FirstFiles
from cobalamin.service.knowledge.site import load_site
from cobalamin.service.settings import Settings, read_settings
from documented import blocks
from locked import pins_of, read_lock
from sbom import document

DEPLOY = ROOT / "deploy"
OVERLAY = DEPLOY / "kubernetes" / "overlays" / "example"
SITE, DATABASE = "/srv/cobalamin", "postgresql://cobalamin@database/cobalamin"
SECRETS = {"database-url": DATABASE, "audit-key": "0123456789abcdef" * 4}
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
Json = dict[str, Any]


def settings_of(environ: dict[str, str], folder: Path) -> Settings:
    """What the service reads of these variables, with first files and secrets in a folder.

    Raises:
        SettingsError: an unknown name, or a value that is not usable.
    """
    hashed = str(key_of("ehr")[1])
    first = FirstFiles(
        folder=folder,
        client="ehr",
        scope=Scope.cds,
        profile="uk-nice",
        public_url=None,
        hashed=hashed,
    )
    for name, text in {**first.contents(), **SECRETS}.items():
        (folder / name).write_text(text, "utf-8")
    moved = {
        name: re.sub(rf"^({SITE}|/run/secrets(/cobalamin)?|%d)/", f"{folder}/", value)
        for name, value in environ.items()
    }
    settings = read_settings(moved)
    assert settings.database_url == DATABASE
    assert load_registry(settings) is not None
    return settings


def compose() -> Json:
    read: Json = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return read


def manifests() -> Iterator[Json]:
    """Every object of the base and of the overlay, but the kustomizations."""
    for file in sorted((DEPLOY / "kubernetes").rglob("*.yaml")):
        if file.name != "kustomization.yaml":
            yield from yaml.safe_load_all(file.read_text("utf-8"))


def pods(value: object) -> Iterator[Json]:
    """The specs of pods, however deep they stand."""
    if isinstance(value, dict):
        if "containers" in value:
            yield value
        for inner in value.values():
            yield from pods(inner)


def test_the_settings_of_compose_are_settings(tmp_path: Path) -> None:
    services = compose()["services"]
    for name in ("tables", "cobalamin"):
        settings = settings_of(services[name]["environment"], tmp_path)
        assert (settings.host, settings.port) == ("0.0.0.0", 8000)  # noqa: S104


def test_the_services_of_compose_are_held_as_strictly_as_a_cluster_holds_them() -> None:
    read = compose()
    for name in ("tables", "cobalamin"):
        service = read["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service["user"].startswith("0")
        assert set(service["secrets"]) <= set(read["secrets"])
        assert "ports" not in service
    assert read["networks"]["inner"] == {"internal": True}
    template = (DEPLOY / "nginx" / "compose.conf.template").read_text("utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", template)) == set(
        read["services"]["proxy"]["environment"]
    )
    files = [line.split(":")[0] for line in read["services"]["proxy"]["volumes"]]
    assert all((DEPLOY / file).is_file() for file in files)


def literals(file: Path) -> dict[str, str]:
    """The variables that a kustomization sets."""
    made = yaml.safe_load(file.read_text("utf-8"))["configMapGenerator"]
    lines = [line for one in made for line in one.get("literals", ())]
    return dict(line.split("=", 1) for line in lines)


def test_the_settings_of_kubernetes_are_settings(tmp_path: Path) -> None:
    base = literals(DEPLOY / "kubernetes" / "base" / "kustomization.yaml")
    image = {"HOST": "0.0.0.0", "PORT": "8000"}  # noqa: S104 - of the Containerfile
    site = literals(OVERLAY / "kustomization.yaml")
    settings = settings_of({**image, **base, **site}, tmp_path)
    grace = {
        one["terminationGracePeriodSeconds"]
        for spec in manifests()
        for one in pods(spec)
        if "terminationGracePeriodSeconds" in one
    }
    assert min(grace) >= settings.drain_seconds + 20


def test_the_files_of_the_overlay_are_read() -> None:
    file = OVERLAY / "site" / "clients.toml"
    settings = Settings(clients=file, public_url="https://b12.example.org", database_url=DATABASE)
    assert load_registry(settings) is not None
    assert load_site(OVERLAY / "site" / "site.toml").name == "Example Hospital"


def test_every_pod_runs_without_privileges() -> None:
    specs = [spec for one in manifests() for spec in pods(one)]
    assert len(specs) == 3
    for spec in specs:
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert "runAsUser" not in spec["securityContext"]
        assert spec["automountServiceAccountToken"] is False
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "env" not in container  # a secret comes by reference, as a file


def test_every_selector_finds_the_pods_that_it_is_for() -> None:
    own = {"app.kubernetes.io/name": "cobalamin"}
    objects = list(manifests())
    labels = [one["metadata"]["labels"] for one in templates(objects)]
    assert len(labels) == 3
    assert all(own.items() <= found.items() for found in labels)
    assert all(one["metadata"]["labels"] == own for one in objects if one["kind"] != "Ingress")
    policies = [one for one in objects if one["kind"] == "NetworkPolicy"]
    assert [one["spec"]["podSelector"]["matchLabels"] for one in policies] == [own, own]
    for kind in ("Deployment", "Service", "PodDisruptionBudget"):
        (spec,) = (one["spec"] for one in objects if one["kind"] == kind)
        selector = spec["selector"].get("matchLabels", spec["selector"])
        matched = [found for found in labels if selector.items() <= found.items()]
        assert len(matched) == 1, kind


def templates(value: object) -> Iterator[Json]:
    """The templates of pods, however deep they stand."""
    if isinstance(value, dict):
        if "containers" in value.get("spec", {}):
            yield value
        for inner in value.values():
            yield from templates(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from templates(inner)


def test_what_a_cluster_needs_to_replace_pods_is_there() -> None:
    kinds = {one["kind"]: one for one in manifests()}
    assert {"Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy", "Job"} <= set(kinds)
    (pod,) = pods(kinds["Deployment"])
    (container,) = pod["containers"]
    probes = {name: container[name]["httpGet"]["path"] for name in container if "Probe" in name}
    assert probes == {
        "startupProbe": "/livez",
        "livenessProbe": "/livez",
        "readinessProbe": "/readyz",
    }


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
@pytest.mark.parametrize("folder", ["base", "overlays/example"])
def test_kustomize_accepts_the_manifests(folder: str) -> None:
    command = ["kubectl", "kustomize", str(DEPLOY / "kubernetes" / folder)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    built = list(yaml.safe_load_all(done.stdout))
    names = {one["metadata"]["name"] for one in built if one["kind"] == "ConfigMap"}
    wanted = {
        ref["configMapRef"]["name"]
        for one in built
        for pod in pods(one)
        for ref in pod["containers"][0]["envFrom"]
    }
    assert wanted <= names


def test_the_unit_sets_settings_alone(tmp_path: Path) -> None:
    unit = (DEPLOY / "systemd" / "cobalamin.service").read_text("utf-8")
    own = dict(line.split("=", 1) for line in re.findall(r"^Environment=(.*)$", unit, re.MULTILINE))
    first = {"COBALAMIN_CLIENTS": f"{SITE}/clients.toml", "COBALAMIN_PROFILE": "uk-nice"}
    settings_of({**first, **own}, tmp_path)


def test_the_page_and_the_files_of_nginx_say_the_same() -> None:
    (printed, headers) = (
        *blocks(ROOT / "docs" / "running.md", "nginx"),
        *blocks(ROOT / "docs" / "security.md", "nginx"),
    )
    files = [
        (DEPLOY / "nginx" / name).read_text("utf-8") for name in ("site.conf", "location.conf")
    ]
    known = {" ".join(line.split()) for text in files for line in text.splitlines()}
    for line in [*printed.splitlines(), *headers.splitlines()]:
        assert " ".join(line.split()) in known, line


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_nginx_accepts_the_server_of_a_site(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603
        [str(DEPLOY / "verify"), str(tmp_path)],
        env={"ONLY": "nginx", "PATH": "/usr/sbin:/usr/bin:/bin"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "site.conf is accepted" in done.stdout


def test_the_bill_of_materials_lists_what_serving_needs() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    made = document(lock, "1.2.3")
    shipped = pins_of(read_lock(lock), ["runtime", "tracing"])
    pinned = {(pin.name, pin.version) for pin in shipped if not pin.marker}
    listed = {(one["name"], one["version"]) for one in made["components"]}
    assert pinned <= listed
    assert not {"pytest", "mypy", "setuptools"} & {name for name, _ in listed}
    refs = {one["bom-ref"] for one in made["components"]} | {
        made["metadata"]["component"]["bom-ref"]
    }
    assert {one["ref"] for one in made["dependencies"]} == refs
    assert {ref for one in made["dependencies"] for ref in one["dependsOn"]} <= refs
    assert all(one["licenses"][0].keys() <= {"expression", "license"} for one in made["components"])
    assert json.dumps(made) == json.dumps(document(lock, "1.2.3"))
