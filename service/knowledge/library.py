"""Everything that is loaded once at start: limits, units, codes and wording of a profile."""

from collections.abc import Iterable
from dataclasses import dataclass

from cobalamin.service.knowledge.codes import Codes, load_codes
from cobalamin.service.knowledge.comments import check_contact
from cobalamin.service.knowledge.loader import load_knowledge
from cobalamin.service.knowledge.site import Site, with_site
from cobalamin.service.knowledge.tables import parsed
from cobalamin.service.knowledge.wording import Wording, load_wording
from cobalamin.service.rules.knowledge import Knowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What the doors hand to readers, rules and answers; `site` is None without a site file."""

    knowledge: Knowledge
    codes: Codes
    wording: Wording
    site: Site | None = None


def load_libraries(profiles: Iterable[str], site: Site | None = None) -> dict[str, Library]:
    """The library of each profile; what was parsed on the way is not kept.

    Raises:
        KnowledgeError: any file is wrong; the message names file and key.
    """
    libraries = {profile: load_library(profile, site) for profile in profiles}
    parsed.cache_clear()
    return libraries


def load_library(profile: str, site: Site | None = None) -> Library:
    """The checked knowledge of a profile, as the site changes it.

    Raises:
        KnowledgeError: any file is wrong; the message names file and key.
    """
    knowledge, codes = load_knowledge(profile), load_codes()
    if site is not None:
        knowledge = with_site(knowledge, site)
        codes = codes.with_local_analytes(site.codes)
    wording = load_wording(profile, knowledge.citations, {} if site is None else site.orderables)
    if site is not None and site.contact is not None:
        check_contact(site.name, site.contact, wording.comments, wording.facts)
    return Library(knowledge=knowledge, codes=codes, wording=wording, site=site)
