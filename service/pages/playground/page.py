"""The try page: a form, ready stories or a pasted body in, the answer as people look at it out.

Everything is in the body of a POST, and nothing of it is stored or logged.
"""

from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import IO, Any

from flask import Response, request, url_for
from werkzeug.formparser import parse_form_data

from cobalamin.service.http.app_context import AppContext
from cobalamin.service.http.errors import ApiError
from cobalamin.service.knowledge.profile import Profile
from cobalamin.service.pages.answer.drawn_scales import draw_scale
from cobalamin.service.pages.answer.view import build_view
from cobalamin.service.pages.playground.evaluation import Evaluated, encoded, evaluate
from cobalamin.service.pages.playground.fields import form_fields, story_tiles
from cobalamin.service.pages.playground.form import to_fields, to_plain
from cobalamin.service.pages.playground.formats import FORMATS, answer_as, curl, readable
from cobalamin.service.pages.playground.moved import answer_codes, moves
from cobalamin.service.pages.playground.spec_row import spec_table
from cobalamin.service.pages.playground.stories import all_stories
from cobalamin.service.pages.playground.switches import (
    known_tokens,
    suppose,
    supposed_form,
    switch_views,
    with_supposed,
)
from cobalamin.service.pages.rendering import render_page, require_pages
from cobalamin.service.pages.texts import page_texts
from cobalamin.service.rules.model.facts import Facts

MAX_PARTS = 1000
MAX_ECHO = 40_000
"""Characters of a pasted body that the page shows again."""
MARKDOWN = "text/markdown"


@dataclass(kw_only=True)
class Visit:
    """What a visitor sent: the fields of the form, or a body, and the switches."""

    fields: dict[str, str]
    body: bytes | None = None
    tokens: tuple[str, ...] = ()
    format: str = ""
    wants_row: bool = False
    sent: dict[str, str] = field(default_factory=dict)


def render_empty() -> Response:
    """The page before anything was sent."""
    ctx = require_pages()
    return _render(ctx, ctx.profile, Visit(fields={}), None)


def render_answer() -> Response:
    """The page with the answer to what was sent, or what is wrong with it."""
    ctx = require_pages()
    visit = _read_visit(ctx)
    profile_id = visit.fields.get("profile", ctx.profile_id)
    if profile_id not in ctx.profiles:
        profile_id = ctx.profile_id
    profile = ctx.profiles[profile_id]
    try:
        evaluated = _evaluate(visit, ctx, profile)
    except ApiError as error:
        return _render(ctx, profile, visit, None, error)
    if visit.wants_row:
        return _row(evaluated)
    return _render(ctx, profile, visit, evaluated)


def _stay_in_memory(
    total_content_length: int | None,  # noqa: ARG001 - as the parser calls it
    content_type: str | None,  # noqa: ARG001
    filename: str | None,  # noqa: ARG001
    content_length: int | None = None,  # noqa: ARG001
) -> IO[bytes]:
    """A file that is uploaded never reaches a disk."""
    return BytesIO()


def _read_visit(ctx: AppContext) -> Visit:
    sent, suppositions, uploaded = _read_sent()
    story = all_stories().get(sent.get("story", ""))
    if story is not None:
        return Visit(fields={**to_fields(story.as_of(ctx.today())), "profile": ctx.profile_id})
    return Visit(
        fields=sent,
        body=_body(sent, uploaded),
        tokens=known_tokens([*suppositions, sent.get("flip", "")]),
        format=sent.get("show", sent.get("shown", "")),
        wants_row="row" in sent,
        sent=sent,
    )


def _read_sent() -> tuple[dict[str, str], list[str], bytes | None]:
    """The fields by their names, every supposition, and the file that was uploaded."""
    limit = request.max_content_length
    _, form, files = parse_form_data(
        request.environ,
        stream_factory=_stay_in_memory,
        max_form_memory_size=limit,
        max_content_length=limit,
        max_form_parts=MAX_PARTS,
    )
    uploaded = files["file"].read() if "file" in files else None
    return form.to_dict(), form.getlist("suppose"), uploaded


def _body(sent: dict[str, str], uploaded: bytes | None) -> bytes | None:
    """What was pasted or uploaded; None where the form was sent."""
    if "body" not in sent and uploaded is None:
        return None
    return uploaded or sent.get("body", "").encode()


def _evaluate(visit: Visit, ctx: AppContext, profile: Profile) -> Evaluated:
    if visit.body is None:
        return _evaluate_form(visit, ctx, profile)
    if not visit.body.strip():
        raise ApiError(400, "paste or upload a body first")

    def with_switches(facts: Facts, day: date) -> Facts:
        return suppose(facts, supposed_form(visit.tokens, profile, day), profile, day)

    day = _day(visit.fields.get("day", ""))
    return evaluate(visit.body, ctx, profile.knowledge.profile, day, with_switches)


def _evaluate_form(visit: Visit, ctx: AppContext, profile: Profile) -> Evaluated:
    day = _day(visit.fields.get("asOf", "")) or ctx.today()
    supposed = supposed_form(visit.tokens, profile, day)
    form = with_supposed(to_plain(visit.fields, ctx.today()), supposed)
    return evaluate(encoded(form), ctx, profile.knowledge.profile, None, _as_read)


def _as_read(facts: Facts, _: date) -> Facts:
    return facts


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _row(evaluated: Evaluated) -> Response:
    profile = evaluated.profile.knowledge.profile
    text = spec_table(evaluated.case, evaluated.assessment, profile)
    response = Response(text, content_type=f"{MARKDOWN}; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=page_texts().row_file)
    return response


def _render(
    ctx: AppContext,
    profile: Profile,
    visit: Visit,
    evaluated: Evaluated | None,
    error: ApiError | None = None,
) -> Response:
    answer: dict[str, Any] = {} if evaluated is None else _answer(visit, evaluated)
    fields = visit.fields if visit.body is None else {}
    response = render_page(
        "try.html",
        ctx,
        profile,
        address=url_for("pages.try_page"),
        story_tiles=story_tiles(),
        profiles=tuple(ctx.profiles),
        today=ctx.today().isoformat(),
        mode=ctx.mode.value,
        form_fields=form_fields(fields, profile, tuple(ctx.profiles), ctx.today()),
        pasted=_echo(visit),
        is_pasted=visit.body is not None,
        day=visit.fields.get("day", ""),
        error=error,
        tokens=visit.tokens,
        **answer,
    )
    response.status_code = 200 if error is None else error.status
    return response


def _echo(visit: Visit) -> str | None:
    """The pasted body, None where it is too long to be sent back."""
    text = (visit.body or b"").decode("utf-8", "replace")
    return text if len(text) <= MAX_ECHO else None


def _answer(visit: Visit, evaluated: Evaluated) -> dict[str, Any]:
    profile, assessment = evaluated.profile, evaluated.assessment
    shown = visit.format if visit.format in FORMATS else ""
    rung = profile.wording.rungs[assessment.plan.rung]
    base = evaluated.ctx.settings.public_url or request.host_url
    return {
        "answer": build_view(evaluated.case, assessment, profile, evaluated.cards),
        "draw_scale": draw_scale,
        "switches": list(switch_views(assessment, visit.tokens, profile)),
        "moves": list(moves(visit.sent, assessment, profile.wording)),
        "codes": answer_codes(assessment),
        "knowledge_address": url_for("pages.knowledge"),
        "topic_address": url_for("pages.why", topic=rung.topic),
        "was_answered": any(name.startswith("was_") for name in visit.sent),
        "formats": {name: page_texts().formats[name] for name in FORMATS},
        "shown_format": shown,
        "data": readable(answer_as(shown, evaluated)) if shown else None,
        "curl": curl(evaluated, base),
    }
