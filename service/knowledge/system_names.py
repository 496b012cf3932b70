"""The ways in which senders spell the address of a code system."""

import re
from functools import lru_cache

MAX_LENGTH = 200
REMEMBERED = 1024
_OID = re.compile(r"(?:urn:oid:|oid:|urn:)?(?P<oid>[0-2](?:\.[0-9]+){3,})")
_SCHEME = re.compile(r"[a-z]+:/+(?:www\.)?|www\.")
_SNOMED_EDITION = re.compile(r"(?<=snomed\.info/sct)/[0-9]+(?:/version/[0-9]+)?")
# A release such as 2.76, v2.76, 2024 or 20240901 at the end, behind something that sets it off.
_RELEASE = re.compile(
    r"(?:[/ _#-]+|(?<=[a-z]))(?:version|release|ver|rel|v)?[ ./_-]*"
    r"(?:[0-9]+(?:\.[0-9]+)+|(?:19|20)[0-9]{2}(?:[-.]?[0-9]{2}){0,2})\Z"
)
_FILLING = re.compile(r"[\s_-]+")


def normalise_system(system: str) -> str:
    """One spelling for all that differ in case, blanks, scheme, `www.`, slashes or a release.

    `HTTPS://www.loinc.org/2.76` and `http://loinc.org` become the same; what is left is compared,
    never shown. Two systems that differ in anything else stay different.
    """
    return _normalise(system) if len(system) <= MAX_LENGTH else system


@lru_cache(REMEMBERED)
def _normalise(system: str) -> str:
    text = system.strip().lower().split("|", 1)[0].strip()
    oid = _OID.fullmatch(text)
    if oid is not None:
        return f"urn:oid:{oid['oid']}"
    text = _SNOMED_EDITION.sub("", _SCHEME.sub("", text, count=1)).rstrip("/ #")
    release = _RELEASE.search(text)
    if release is not None and release.start() > 0:
        text = text[: release.start()]
    return _FILLING.sub("", text.rstrip("/ #"))
