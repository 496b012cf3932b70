"""A comparison as Markdown, to read on a terminal or to put into a proposal."""

from collections.abc import Iterator

from cobalamin.service.cohort.compare.flows import Comparison, Flow
from cobalamin.service.cohort.compare.heading import run_lines, warning_lines
from cobalamin.service.cohort.compare.markdown import markdown_table

SAME_FINDINGS = "the same findings"
ONE_RUN = "in one run alone"


def to_text(found: Comparison, limit: int) -> Iterator[str]:
    """The lines: what was compared, who changes, the flows (at most `limit`), the shares."""
    yield from run_lines(found)
    yield ""
    yield (
        f"{found.changed:,} of {found.people:,} people change, {found.moved:,} of them to another "
        f"step or urgency. {found.lose_urgent:,} lose urgent advice, {found.gain_urgent:,} gain it."
    )
    yield from warning_lines(found)
    if found.flows:
        yield ""
        yield from markdown_table(
            ("people", "before", "after", "findings that changed", "advice that changed"),
            (_flow(flow) for flow in found.flows[:limit]),
        )
        if len(found.flows) > limit:
            left = found.flows[limit:]
            yield f"\n{len(left):,} more flows of {sum(one.people for one in left):,} people."
    yield "\nPeople with advice, and of 1000 of the run:\n"
    yield from markdown_table(
        ("rung", "urgency", "before", "per 1000", "after", "per 1000"),
        (
            (
                one.rung,
                one.urgency,
                f"{one.before:,}",
                f"{one.before_per_1000:.2f}",
                f"{one.after:,}",
                f"{one.after_per_1000:.2f}",
            )
            for one in found.shares
        ),
    )


def _flow(flow: Flow) -> tuple[str, ...]:
    is_single = "no row" in (flow.before, flow.after)
    why = flow.findings or (ONE_RUN if is_single else SAME_FINDINGS)
    lost = " (loses urgent advice)" if flow.lose_urgent else ""
    return f"{flow.people:,}", flow.before, flow.after + lost, why, flow.advice
