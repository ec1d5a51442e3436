"""What is wrong with a content, said so that its author can mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentProblem:
    """One fault: where it is, and what to do about it, in the reader's language."""

    part: str  # "subject", "preheader" or "body"
    line: int | None  # from 1; None if the fault has no single place
    message: str


class ContentError(Exception):
    """A content cannot be used; ``problems`` names every fault found, in order."""

    def __init__(self, problems: list[ContentProblem]) -> None:
        super().__init__("; ".join(_worded(problem) for problem in problems))
        self.problems = problems


def _worded(problem: ContentProblem) -> str:
    place = problem.part if problem.line is None else f"{problem.part}:{problem.line}"
    return f"{place}: {problem.message}"
