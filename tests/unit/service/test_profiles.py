"""Loaded profiles: those in use at start, another one when it is asked for."""

from pathlib import Path

import pytest

from cobalamin.service.knowledge import profile
from cobalamin.service.knowledge.errors import KnowledgeError
from cobalamin.service.knowledge.profile import Profile, Profiles, load_profile
from cobalamin.service.knowledge.profile_list import profile_ids
from cobalamin.service.knowledge.site import Site, load_site

SITE = Path(__file__).parents[3] / "docs" / "examples" / "site.toml"


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The profiles that were loaded, in that order."""
    names: list[str] = []

    def load(profile: str, site: Site | None = None) -> Profile:
        names.append(profile)
        return load_profile(profile, site)

    monkeypatch.setattr(profile, "load_profile", load)
    return names


def test_only_profiles_in_use_are_loaded_at_start(loaded: list[str]) -> None:
    profiles = Profiles(profile_ids(), ["us-aafp", "us-aafp"])
    assert (loaded, profiles.in_use) == (["us-aafp"], ("us-aafp",))
    assert (tuple(profiles), len(profiles)) == (profile_ids(), len(profile_ids()))
    assert loaded == ["us-aafp"]


def test_another_profile_is_loaded_once_when_it_is_asked_for(loaded: list[str]) -> None:
    profiles = Profiles(profile_ids(), ["us-aafp"])
    first = profiles["uk-nice"]
    assert profiles["uk-nice"] is first
    assert first.knowledge.profile == "uk-nice"
    assert loaded == ["us-aafp", "uk-nice"]


def test_a_profile_that_there_is_not_is_not_loaded(loaded: list[str]) -> None:
    profiles = Profiles(profile_ids(), [])
    assert profiles.get("mars") is None
    assert loaded == []


def test_a_site_file_is_checked_against_every_profile(loaded: list[str]) -> None:
    assert Profiles(profile_ids(), ["us-aafp"], load_site(SITE)).in_use == profile_ids()
    assert loaded == list(profile_ids())


def test_wrong_knowledge_in_use_is_told_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(profile: str, site: Site | None = None) -> Profile:
        raise KnowledgeError(f"{profile}.toml", "", f"site: {site}")

    monkeypatch.setattr(profile, "load_profile", refuse)
    with pytest.raises(KnowledgeError, match=r"us-aafp\.toml"):
        Profiles(profile_ids(), ["us-aafp"])
