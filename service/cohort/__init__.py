"""Whole populations: `assess_frame` for tables in memory; the command is `cobalamin cohort`."""

from cobalamin.service.cohort.frame import ArrowStream, AssessedFrame, assess_frame

__all__ = ["ArrowStream", "AssessedFrame", "assess_frame"]
