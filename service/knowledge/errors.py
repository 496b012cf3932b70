"""The error of a knowledge file."""


class KnowledgeError(Exception):
    """A knowledge file must not be used; the message names file, key and problem."""

    def __init__(self, file: str, key: str, problem: str) -> None:
        place = f"{file}: {key}" if key else file
        super().__init__(f"{place}: {problem}")
        self.file = file
        self.key = key
        self.problem = problem
