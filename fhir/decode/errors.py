"""Errors of a whole body. Messages name the element and never a value."""


class ReadError(Exception):
    """A body cannot be read; `where` is the element's path, `problem` what is wrong."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where = where
        self.problem = problem


class NotJsonError(ReadError):
    """The body is not JSON, or not an object."""


class RefusedBodyError(ReadError):
    """The body is a JSON object that is not supported."""


class NotFhirError(RefusedBodyError):
    """The object has no resourceType, or one that is not supported."""


class SeveralPatientsError(RefusedBodyError):
    """The body is about more than one patient."""

    def __init__(self, where: str) -> None:
        super().__init__(where, "names another patient; send one patient's data at a time")
