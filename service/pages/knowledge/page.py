"""The page on which the knowledge is browsed, filtered by a GET form, and printed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.knowledge.codes import FILES
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.knowledge.code_rows import RESULTS_PER_PAGE, code_rows
from cobalamin.service.pages.knowledge.readers import (
    read_cautions,
    read_comparisons,
    read_limits,
    read_regimens,
    read_suggestions,
)
from cobalamin.service.pages.knowledge.rows import Reader, joined_rows
from cobalamin.service.pages.rendering import render_page, require_pages
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.model.parameter import Verification

CODES, LIMITS = "codes", "limits"
KINDS: Mapping[str, Reader] = {
    "limits": read_limits,
    "treatments": read_regimens,
    "cautions": read_cautions,
    "suggestions": read_suggestions,
    "comparisons": read_comparisons,
}
MAX_WORDS = 8


def render_knowledge() -> Response:
    """The chosen kind of knowledge, as far as the filter lets it through."""
    ctx = require_pages()
    kind = request.args.get("kind", LIMITS)
    words = request.args.get("q", "").lower().split()[:MAX_WORDS]
    state = _one_of(request.args.get("state", ""), [one.value for one in Verification])
    if kind == CODES:
        return _codes(ctx, words, state)
    kind = kind if kind in KINDS else LIMITS
    profiles = [ctx.profiles[name] for name in _chosen_profiles(ctx)]
    rows = joined_rows(KINDS[kind], profiles)
    shown = [row for row in rows if row.matches(words, state)]
    return _render(ctx, kind, rows=shown, count=len(rows), state=state)


def _chosen_profiles(ctx: AppContext) -> list[str]:
    chosen = [name for name in request.args.getlist("profile") if name in ctx.profiles]
    return chosen or list(ctx.profiles)


def _one_of(text: str, known: list[str]) -> str:
    return text if text in known else ""


def _codes(ctx: AppContext, words: list[str], state: str) -> Response:
    system = _one_of(request.args.get("system", ""), _systems())
    rows = code_rows(ctx.profile, system, words, state)
    first = _first_row(len(rows))
    return _render(
        ctx,
        CODES,
        codes=rows[first : first + RESULTS_PER_PAGE],
        count=len(rows),
        first=first,
        system=system,
        before=_address(first - RESULTS_PER_PAGE) if first else None,
        after=_address(first + RESULTS_PER_PAGE) if first + RESULTS_PER_PAGE < len(rows) else None,
        state=state,
    )


def _first_row(count: int) -> int:
    text = request.args.get("from", "0")
    first = int(text) if text.isascii() and text.isdigit() and len(text) < len("100000") else 0
    return first if first < count else 0


def _address(first: int) -> str:
    """This page with its filter, from another row on."""
    kept = {name: value for name, value in request.args.items() if name != "from"}
    query = urlencode({**kept, "from": max(first, 0)})
    return f"{url_for('pages.knowledge')}?{query}"


def _systems() -> list[str]:
    return [system for _, systems, _ in FILES for system in systems]


def _render(ctx: AppContext, kind: str, **values: Any) -> Response:  # noqa: ANN401 - of a template
    profile: Profile = ctx.profile
    return render_page(
        "knowledge.html",
        ctx,
        profile,
        address=url_for("pages.knowledge"),
        title=page_texts().kinds[kind],
        kinds=page_texts().kinds,
        kind=kind,
        profiles=list(ctx.profiles),
        chosen=_chosen_profiles(ctx),
        states={one.value: profile.wording.terms.verification[one] for one in Verification},
        systems=_systems(),
        query=request.args.get("q", ""),
        **values,
    )
