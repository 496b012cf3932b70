"""What ends a run of a cohort, or costs one line of it."""


class CohortError(Exception):
    """A command of cohorts ends without its result; the message says what to do."""


class LostWorkerError(CohortError):
    """A worker process ended before its work was done."""


class SparkError(CohortError):
    """Spark could not be started, or ended the work."""


class CohortUsageError(CohortError):
    """It was asked for in a way that cannot be followed."""


class RefusedError(Exception):
    """One line, document or patient is refused: a stable code and a sentence without any value."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text
