"""How a rule cites the law, and the one refusal that everybody understands."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

CITED: dict[str, tuple[str, ...]] = {}
"""Function (module.name) → the points of the rulebook that it carries out."""


def N_(message: str) -> str:  # noqa: N802 - the customary name of gettext's marker
    """Mark a text for translation; it is translated where it is shown."""
    return message


def law(*points: str) -> Callable[[F], F]:
    """Say which points of the rulebook a rule carries out; the architecture tests read it."""

    def cite(function: F) -> F:
        CITED[f"{function.__module__}.{function.__qualname__}"] = points
        return function

    return cite


class RuleViolation(Exception):  # noqa: N818 - it is a refusal, not an error
    """What was asked for may not be done: why, by which rule, and the figures.

    `message` is an English text with `%(name)s` places. Figures are shown by the end of their name:
    `…_minutes` as a duration, `…_tiyn` as money, `…_on` as a day, `…_at` as a moment; everything else as it is.
    """

    def __init__(self, message: str, point: str, **figures: Any) -> None:
        super().__init__(message)
        self.message = message
        self.point = point
        self.figures = figures

    def __str__(self) -> str:
        return self.message % self.figures if self.figures else self.message
