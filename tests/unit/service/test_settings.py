"""Settings are read once, from a mapping, and every fault is named at once."""

import os
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo

import certifi
import pytest

from cobalamin.service.settings import (
    Environment,
    Mode,
    Service,
    Settings,
    SettingsError,
    read_settings,
)

DEVELOPMENT = {"COBALAMIN_ENVIRONMENT": "development"}
UNPREFIXED = {"host": "HOST", "port": "PORT", "workers": "WEB_CONCURRENCY"}
README = Path(__file__).resolve().parents[3] / "README.md"


def problems_of(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    return caught.value.problems


def test_development_needs_nothing_else() -> None:
    settings = read_settings({**DEVELOPMENT, "PATH": "/bin"})
    assert settings.environment is Environment.development
    assert (settings.profile, settings.mode) == ("uk-nice", Mode.live)


def test_every_setting_is_read() -> None:
    settings = read_settings(
        {
            **DEVELOPMENT,
            "COBALAMIN_PROFILE": "us-aafp",
            "COBALAMIN_MODE": "silent",
            "COBALAMIN_SERVICES": "b12-medication-refill, b12-patient-view",
            "COBALAMIN_SHOW_UNAVAILABLE": "true",
            "COBALAMIN_PUBLIC_URL": "https://b12.example.org/",
            "COBALAMIN_SITE": str(README),
            "COBALAMIN_CLIENTS": str(README),
            "COBALAMIN_TRUSTED_PROXIES": "10.1.2.3, 192.0.2.0/24,2001:db8::/32",
            "COBALAMIN_RATE_LIMIT": "600",
            "COBALAMIN_BATCH_MAX_MIB": "32",
            "COBALAMIN_BATCH_CONCURRENCY": "2",
            "COBALAMIN_BUDGET_MS": "300",
            "COBALAMIN_PROXY": "http://user:pass@proxy.example.org:3128/",
            "COBALAMIN_NO_PROXY": "127.0.0.1, .Hospital.example.org,::1",
            "COBALAMIN_CA_BUNDLE": certifi.where(),
            "COBALAMIN_TIME_ZONE": "Pacific/Auckland",
            "COBALAMIN_REFUSE_TEST_DATA": "true",
            "COBALAMIN_CLIENT_TIMEOUT": "30",
            "COBALAMIN_DRAIN_SECONDS": "7",
            "HOST": "::1",
            "PORT": "8100",
            "WEB_CONCURRENCY": "3",
        }
    )
    assert settings == Settings(
        environment=Environment.development,
        profile="us-aafp",
        mode=Mode.silent,
        services=(Service.patient_view, Service.medication_refill),
        show_unavailable=True,
        public_url="https://b12.example.org",
        site=README,
        clients=README,
        trusted_proxies=(
            ip_network("10.1.2.3"),
            ip_network("192.0.2.0/24"),
            ip_network("2001:db8::/32"),
        ),
        rate_limit=600,
        batch_max_mib=32,
        batch_concurrency=2,
        budget_ms=300,
        proxy="http://user:pass@proxy.example.org:3128",
        no_proxy=("127.0.0.1", "hospital.example.org", "::1"),
        ca_bundle=Path(certifi.where()),
        time_zone=ZoneInfo("Pacific/Auckland"),
        refuse_test_data=True,
        client_timeout=30,
        drain_seconds=7,
        host="::1",
        port=8100,
        workers=3,
    )


@pytest.mark.parametrize("zone", ["", "Mars/Base", "Europe", "/etc/hosts", "../secret", "+01:00"])
def test_a_time_zone_is_one_of_the_iana_database(zone: str) -> None:
    (problem,) = problems_of({**DEVELOPMENT, "COBALAMIN_TIME_ZONE": zone})
    assert problem.startswith("COBALAMIN_TIME_ZONE: must be a time zone")


def test_a_setting_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "profile"
    file.write_text("us-aafp\n", "utf-8")
    assert read_settings({**DEVELOPMENT, "COBALAMIN_PROFILE_FILE": str(file)}).profile == "us-aafp"


def test_the_environment_may_be_named_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "environment"
    file.write_text("development\n", "utf-8")
    settings = read_settings({"COBALAMIN_ENVIRONMENT_FILE": str(file)})
    assert settings.environment is Environment.development


def test_a_value_and_a_file_for_one_setting_are_refused(tmp_path: Path) -> None:
    both = {"COBALAMIN_MODE": "live", "COBALAMIN_MODE_FILE": str(tmp_path / "mode")}
    (problem,) = problems_of({**DEVELOPMENT, **both})
    assert problem.startswith("COBALAMIN_MODE:")


def test_all_faults_are_told_at_once_and_no_value_is_repeated() -> None:
    problems = problems_of(
        {
            **DEVELOPMENT,
            "COBALAMIN_MODE": "secret-1",
            "COBALAMIN_SHOW_UNAVAILABLE": "secret-2",
            "COBALAMIN_SERVICES": "b12-patient-view,secret-8",
            "COBALAMIN_PUBLIC_URL": "secret-3",
            "COBALAMIN_PROFILE": "secret-4",
            "COBALAMIN_UNKNOWN": "secret-5",
            "COBALAMIN_CLIENTS": "",
            "COBALAMIN_TRUSTED_PROXIES": "10.0.0.0/8,secret-7",
            "COBALAMIN_PROFILE_FILE": "/secret-6",
            "COBALAMIN_BUDGET_MS": "-8secret",
            "COBALAMIN_RATE_LIMIT": "12secret",
            "COBALAMIN_PROXY": "socks5://secret-9",
            "COBALAMIN_NO_PROXY": "a secret-10",
            "COBALAMIN_CA_BUNDLE": str(README),
        }
    )
    named = {problem.split(":")[0] for problem in problems}
    assert named >= {
        "COBALAMIN_MODE",
        "COBALAMIN_SHOW_UNAVAILABLE",
        "COBALAMIN_SERVICES",
        "COBALAMIN_PUBLIC_URL",
        "COBALAMIN_PROFILE",
        "COBALAMIN_UNKNOWN",
        "COBALAMIN_CLIENTS",
        "COBALAMIN_TRUSTED_PROXIES",
        "COBALAMIN_BUDGET_MS",
        "COBALAMIN_RATE_LIMIT",
        "COBALAMIN_PROXY",
        "COBALAMIN_NO_PROXY",
        "COBALAMIN_CA_BUNDLE",
    }
    assert "secret" not in " ".join(problems)


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "ten", "", "٣"])
def test_a_limit_is_a_whole_number_of_at_least_one(number: str) -> None:
    named = {"COBALAMIN_CLIENTS": str(README), "COBALAMIN_RATE_LIMIT": number}
    (problem,) = problems_of({**DEVELOPMENT, **named})
    assert problem == "COBALAMIN_RATE_LIMIT: must be a whole number of at least 1"


def test_a_limit_needs_clients_to_count() -> None:
    (problem,) = problems_of({**DEVELOPMENT, "COBALAMIN_RATE_LIMIT": "60"})
    assert problem.startswith("COBALAMIN_RATE_LIMIT: applies per client")
    assert read_settings(DEVELOPMENT).rate_limit is None


def test_a_file_that_cannot_be_read_is_told() -> None:
    (problem,) = problems_of({**DEVELOPMENT, "COBALAMIN_MODE_FILE": "/nowhere"})
    assert problem.startswith("COBALAMIN_MODE_FILE")


@pytest.mark.parametrize("size", ["0", "-1", "1.5", "256M", "", "²"])
def test_a_size_is_a_whole_number_of_at_least_one(size: str) -> None:
    (problem,) = problems_of({**DEVELOPMENT, "COBALAMIN_BATCH_MAX_MIB": size})
    assert problem == "COBALAMIN_BATCH_MAX_MIB: must be a whole number of at least 1"


def test_production_needs_a_profile_and_the_client_registry() -> None:
    problems = problems_of({})
    assert any(problem.startswith("COBALAMIN_PROFILE") for problem in problems)
    assert any("client registry" in problem for problem in problems)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.5", "example.org"])  # noqa: S104
def test_only_loopback_is_served_without_authentication(host: str) -> None:
    (problem,) = problems_of({**DEVELOPMENT, "HOST": host})
    assert problem.startswith("HOST")


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.5", "::"])  # noqa: S104
@pytest.mark.parametrize("environment", ["production", "development"])
def test_with_a_client_registry_any_host_may_be_served(environment: str, host: str) -> None:
    told = {
        "COBALAMIN_ENVIRONMENT": environment,
        "COBALAMIN_PROFILE": "uk-nice",
        "COBALAMIN_CLIENTS": str(README),
    }
    assert read_settings({**told, "HOST": host}).host == host


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1"])
def test_any_loopback_address_may_be_served(host: str) -> None:
    assert read_settings({**DEVELOPMENT, "HOST": host}).host == host


@pytest.mark.parametrize("name", ["HOST", "PORT", "WEB_CONCURRENCY"])
def test_an_empty_variable_of_the_server_is_not_set(name: str) -> None:
    """Compose passes a variable on that has no value."""
    assert read_settings({**DEVELOPMENT, name: ""}) == read_settings(DEVELOPMENT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", value) for value in ("0", "65536", "-1", "80a", "8000 ", "²")),
        *(("WEB_CONCURRENCY", value) for value in ("0", "-2", "two", "1.5", "100000")),
        *(("HOST", value) for value in ("0.0.0.0:80", "a b", "unix:/tmp/x", "[::1]", "-")),
        *(("COBALAMIN_CLIENT_TIMEOUT", value) for value in ("0", "601", "ten")),
        *(("COBALAMIN_DRAIN_SECONDS", value) for value in ("-1", "601")),
    ],
)
def test_a_variable_of_the_server_is_checked_like_the_others(name: str, value: str) -> None:
    (problem,) = problems_of({**DEVELOPMENT, name: value})
    assert problem.startswith(f"{name}: must be ")


def test_production_drains_and_development_stops_at_once() -> None:
    assert read_settings(DEVELOPMENT).drain_seconds == 0
    production = {"COBALAMIN_PROFILE": "uk-nice", "COBALAMIN_CLIENTS": str(README)}
    assert read_settings(production).drain_seconds == 5


def test_there_is_a_worker_for_each_core_unless_told_otherwise() -> None:
    assert read_settings(DEVELOPMENT).workers == len(os.sched_getaffinity(0))


def test_every_setting_stands_in_the_readme() -> None:
    text = README.read_text("utf-8")
    for field in fields(Settings):
        name = UNPREFIXED.get(field.name, f"COBALAMIN_{field.name.upper()}")
        assert f"`{name}`" in text


def test_the_refusal_of_a_missing_registry_names_the_settings_as_they_are_written() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({"COBALAMIN_ENVIRONMENT": "production", "COBALAMIN_PROFILE": "uk-nice"})
    text = "\n".join(refused.value.problems)
    assert "COBALAMIN_CLIENTS" in text
    assert "COBALAMIN_ENVIRONMENT=development" in text
    assert "{" not in text


@pytest.mark.parametrize("written", ["prod", "Production", "", "dev"])
def test_a_wrong_environment_is_named_alone_and_not_its_consequences(written: str) -> None:
    (problem,) = problems_of({"COBALAMIN_ENVIRONMENT": written, "HOST": "10.0.0.5"})
    assert problem == "COBALAMIN_ENVIRONMENT: must be development or production"


def test_a_registry_that_cannot_be_read_is_named_alone() -> None:
    told = {"COBALAMIN_PROFILE": "uk-nice", "COBALAMIN_CLIENTS": "/none", "HOST": "10.0.0.5"}
    for environment in Environment:
        (problem,) = problems_of({**told, "COBALAMIN_ENVIRONMENT": environment})
        assert problem.startswith("COBALAMIN_CLIENTS: must be the path")


def test_a_value_from_a_file_is_named_by_the_variable_that_was_set(tmp_path: Path) -> None:
    file = tmp_path / "mode"
    file.write_text("loud", "utf-8")
    (problem,) = problems_of({**DEVELOPMENT, "COBALAMIN_MODE_FILE": str(file)})
    assert problem == "COBALAMIN_MODE_FILE: must be live or silent or off"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("COBALAMIN_CLIENT", "COBALAMIN_CLIENTS"),
        ("COBALAMIN_ENVIROMENT", "COBALAMIN_ENVIRONMENT"),
        ("COBALAMIN_DATABASE_URI", "COBALAMIN_DATABASE_URL"),
        ("COBALAMIN_PROFILE_FIL", "COBALAMIN_PROFILE_FILE"),
    ],
)
def test_an_unknown_name_is_told_with_the_one_that_was_meant(written: str, meant: str) -> None:
    problems = problems_of({**DEVELOPMENT, written: "x"})
    said = f"{written}: unknown setting; did you mean {meant}?"
    assert any(one.startswith(said) for one in problems)
