"""Loaded profiles: the thresholds, units, codes and words that belong together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from threading import Lock

from msgspec import Struct

from cobalamin.service.knowledge.codes import Codes, load_codes
from cobalamin.service.knowledge.comments import check_contact
from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.knowledge.names import load_names
from cobalamin.service.knowledge.review.signatures import SignedKnowledge, get_signed
from cobalamin.service.knowledge.site import Site, with_site
from cobalamin.service.knowledge.site_codes import with_built_in
from cobalamin.service.knowledge.toml_files import parsed
from cobalamin.service.knowledge.treatments import check_maintenance
from cobalamin.service.knowledge.wording import Wording
from cobalamin.service.knowledge.wording_loader import load_wording
from cobalamin.service.rules.model.knowledge import Knowledge


class Profile(Struct, frozen=True, kw_only=True):
    """One loaded profile; `site` is None without a site file.

    `signed` are the signatures that cover its content as it is.
    """

    knowledge: Knowledge
    codes: Codes
    wording: Wording
    site: Site | None = None
    signed: SignedKnowledge = SignedKnowledge()


class Profiles(Mapping[str, Profile]):
    """Every profile by its id; those in use are loaded and checked at once.

    Another one is loaded when it is first asked for, or at once where there is a site file: that
    is checked against every profile.

    Raises:
        KnowledgeError: any file is wrong; the message names file and key.
    """

    def __init__(
        self, profiles: Sequence[str], in_use: Iterable[str], site: Site | None = None
    ) -> None:
        wanted = set(in_use) if site is None else profiles
        self.in_use = tuple(profile_id for profile_id in profiles if profile_id in wanted)
        self._profiles, self._site = tuple(profiles), site
        self._loaded = {profile_id: load_profile(profile_id, site) for profile_id in self.in_use}
        load_names()
        # What was parsed on the way is not kept.
        parsed.cache_clear()
        self._loading = Lock()

    @classmethod
    def of(cls, profile: Profile) -> "Profiles":
        """This loaded profile alone."""
        profiles = cls((profile.knowledge.profile,), ())
        profiles._loaded[profile.knowledge.profile] = profile
        return profiles

    @property
    def site(self) -> Site | None:
        """The site file that these profiles are changed by."""
        return self._site

    def is_of(self, site: Site | None) -> bool:
        """Whether these profiles are as this site file changes them."""
        own = None if self._site is None else self._site.hash
        return own == (None if site is None else site.hash)

    def __getitem__(self, profile_id: str) -> Profile:
        if profile_id not in self._loaded:
            if profile_id not in self._profiles:
                raise KeyError(profile_id)
            with self._loading:
                if profile_id not in self._loaded:
                    self._loaded[profile_id] = load_profile(profile_id, self._site)
                    parsed.cache_clear()
        return self._loaded[profile_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._profiles)

    def __len__(self) -> int:
        return len(self._profiles)


def load_profile(profile_id: str, site: Site | None = None) -> Profile:
    """The checked knowledge of a profile, as the site changes it.

    Raises:
        KnowledgeError: any file is wrong; the message names file and key.
    """
    knowledge, codes = load_knowledge(profile_id), load_codes()
    if site is not None:
        knowledge = with_site(knowledge, site)
        codes = codes.with_local(site.codes, with_built_in(site.products))
    wording = load_wording(profile_id, knowledge.citations, {} if site is None else site.orderables)
    check_maintenance(profile_id, wording.regimens, knowledge.thresholds)
    if site is not None and site.contact is not None:
        check_contact(site.name, site.contact, wording.comments, wording.facts)
    signed = get_signed(knowledge, wording)
    return Profile(knowledge=knowledge, codes=codes, wording=wording, site=site, signed=signed)
