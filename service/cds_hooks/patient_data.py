"""The data of a request's patient: prefetch, and what is read back from the FHIR server."""

import logging
from collections.abc import Iterable, Mapping
from urllib.parse import quote

import msgspec

from cobalamin.fhir.client.read_back import (
    FetchRequest,
    FetchResult,
    FhirServerAccess,
    next_pages,
)
from cobalamin.fhir.decode.issues import Issue
from cobalamin.fhir.prefetch import KEYS, PrefetchResult, read_prefetch
from cobalamin.service.access.clients import Client
from cobalamin.service.access.fhir_server_allow_list import find_allowed
from cobalamin.service.cds_hooks.authorization import Authorization
from cobalamin.service.cds_hooks.prefetch_queries import FURTHER, PATIENT, read_back_templates
from cobalamin.service.cds_hooks.request import HookRequest
from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profiles
from cobalamin.service.metrics.definitions import PREFETCH, READ_BACK_FAILURES
from cobalamin.service.metrics.recording import METRICS
from cobalamin.service.reloading import DerivedValue
from cobalamin.service.settings import Settings

LOG = logging.getLogger("cobalamin.fhir")
NOTHING = FetchResult(pages={}, failures={})
SHARE_OF_BUDGET = 0.8
"""For waiting; the rest is for assessing what came."""


class PatientDataSource:
    """Reads the patient's record; asks the FHIR server only for what prefetch lacks."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.budget_ms / 1000 * SHARE_OF_BUDGET
        self._templates = DerivedValue(_templates)

    def load(self, request: HookRequest, ctx: AppContext, started: float) -> PrefetchResult:
        """The facts of the patient; `started` is when the request came, on the monotonic clock.

        Raises:
            ApiError: 412 where a required list was neither sent nor could be read back.
        """
        back = self._read_back(request, ctx, started)
        lists, pages = dict(request.prefetch), dict(back.pages)
        for key in back.pages.keys() - lists.keys():
            lists[key], pages[key] = msgspec.Raw(pages[key][0]), pages[key][1:]
        profile = ctx.profile
        read = read_prefetch(
            lists,
            request.patient_id,
            profile.codes,
            profile.knowledge.units,
            pages,
            back.failures,
            options=ctx.settings.reading,
            on=ctx.today(),
        )
        for key, state in read.states.items():
            METRICS.count(PREFETCH, key, state.value)
        for key in read.unobtained:
            raise ApiError(412, _demand(key, back.failures.get(key)), f"prefetch.{key}")
        return read

    def _read_back(self, request: HookRequest, ctx: AppContext, started: float) -> FetchResult:
        if request.authorization is None:
            return NOTHING
        absent = [key for key in KEYS if key not in request.prefetch]
        further = next_pages(
            {key: request.prefetch[key] for key in KEYS if key in request.prefetch}
        )
        if not absent and not further:
            return NOTHING
        access = _access(request.authorization, ctx.client)
        if isinstance(access, Issue) or ctx.fhir_fetcher is None:
            why = access if isinstance(access, Issue) else Issue.server_not_registered
            return FetchResult(pages={}, failures=dict.fromkeys((*absent, *further), why))
        queries = self._queries(ctx, absent, request.patient_id)
        missing = FetchRequest(queries=queries, next_pages=further)
        fetched = _joined(ctx.fhir_fetcher.fetch(missing, access, started + self._seconds))
        _log(access.server, fetched)
        return fetched

    def _queries(self, ctx: AppContext, keys: Iterable[str], patient_id: str) -> dict[str, str]:
        by_profile, patient = self._templates.of(ctx.profiles), quote(patient_id, safe="")
        templates = by_profile.get(ctx.profile_id) or read_back_templates(ctx.profile.codes)
        asked = {
            name: templates[name]
            for key in keys
            for name in (key, f"{key}{FURTHER}")
            if name in templates
        }
        return {name: query.replace(PATIENT, patient) for name, query in asked.items()}


def _joined(fetched: FetchResult) -> FetchResult:
    """The pages of further queries among those of their lists, before the last one.

    The last page of the first query says whether a list goes on. A list of which something could
    not be had keeps its reason, and gets nothing more.
    """
    pages = {key: some for key, some in fetched.pages.items() if not key.endswith(FURTHER)}
    failures = {key: why for key, why in fetched.failures.items() if not key.endswith(FURTHER)}
    for key, (first, *others) in pages.items():
        if key not in failures:
            pages[key] = (first, *fetched.pages.get(f"{key}{FURTHER}", ()), *others)
    for key, why in fetched.failures.items():
        failures.setdefault(key.removesuffix(FURTHER), why)
    return FetchResult(pages=pages, failures=failures)


def _templates(profiles: Profiles) -> dict[str, Mapping[str, str]]:
    return {
        profile_id: read_back_templates(profiles[profile_id].codes)
        for profile_id in profiles.in_use
    }


def _access(authorization: Authorization, client: Client | None) -> FhirServerAccess | Issue:
    """The registered server and the request's token, or why they are not used."""
    server = find_allowed(client.fhir_servers, authorization.server) if client is not None else None
    if server is None:
        return Issue.server_not_registered
    if authorization.token is None:
        return Issue.token_not_usable
    return FhirServerAccess(server=server, token=authorization.token)


def _demand(key: str, missed: Issue | None) -> str:
    wanted = f"prefetch key {key} is required"
    if missed is not None:
        return f"{wanted} and was not sent; {missed.value.text}"
    return f"{wanted}; send it, or fhirServer with fhirAuthorization"


def _log(server: str, fetched: FetchResult) -> None:
    if fetched.failures:
        failures = ", ".join(f"{key} {issue.code}" for key, issue in fetched.failures.items())
        LOG.warning("from %s: %s", server, failures)
        for issue in fetched.failures.values():
            METRICS.count(READ_BACK_FAILURES, issue.code)
