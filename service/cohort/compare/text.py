"""A comparison as Markdown, to read on a terminal or to put into a proposal."""

from collections.abc import Iterator

from cobalamin.service.cohort.compare.flows import Comparison, Flow
from cobalamin.service.cohort.compare.heading import run_lines, warning_lines
from cobalamin.service.cohort.compare.markdown import markdown_table

SAME_FINDINGS = "the same findings"
ONE_RUN = "in one run alone"


def to_text(comparison: Comparison, limit: int) -> Iterator[str]:
    """The lines: what was compared, who changes, the flows (at most `limit`), the shares."""
    yield from run_lines(comparison)
    yield ""
    yield (
        f"{comparison.changed:,} of {comparison.people:,} people change, {comparison.moved:,} of "
        f"them to another step or urgency. {comparison.lose_urgent:,} lose urgent advice, "
        f"{comparison.gain_urgent:,} gain it."
    )
    yield from warning_lines(comparison)
    if comparison.flows:
        yield ""
        yield from markdown_table(
            ("people", "before", "after", "findings that changed", "advice that changed"),
            (_flow(flow) for flow in comparison.flows[:limit]),
        )
        if len(comparison.flows) > limit:
            left = comparison.flows[limit:]
            yield f"\n{len(left):,} more flows of {sum(share.people for share in left):,} people."
    yield "\nPeople with advice, and of 1000 of the run:\n"
    yield from markdown_table(
        ("rung", "urgency", "before", "per 1000", "after", "per 1000"),
        (
            (
                share.rung,
                share.urgency,
                f"{share.before:,}",
                f"{share.before_per_1000:.2f}",
                f"{share.after:,}",
                f"{share.after_per_1000:.2f}",
            )
            for share in comparison.shares
        ),
    )


def _flow(flow: Flow) -> tuple[str, ...]:
    is_single = "no row" in (flow.before, flow.after)
    why = flow.findings or (ONE_RUN if is_single else SAME_FINDINGS)
    lost = " (loses urgent advice)" if flow.lose_urgent else ""
    return f"{flow.people:,}", flow.before, flow.after + lost, why, flow.advice
