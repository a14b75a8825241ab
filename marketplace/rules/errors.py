"""What a rule says when it refuses: a code and the facts, never a sentence.

The sentences (what is wrong, why, what to do next) live in the translations, keyed by the code.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar


class RuleViolation(Exception):
    """A rule refused. `code` is "object.reason"; `facts` fill the sentence; `status` is the HTTP status."""

    status: ClassVar[int] = 422

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.code} ({shown})" if shown else self.code

    def __reduce__(self) -> tuple[Any, ...]:
        """A refusal travels between processes whole."""
        return _revived, (type(self), dict(vars(self)))


def _revived(kind: type[RuleViolation], state: dict[str, Any]) -> RuleViolation:
    made = kind.__new__(kind)
    vars(made).update(state)
    return made


class Invalid(RuleViolation):
    """What was handed in cannot be accepted as it stands."""

    status = 422


class NotAllowed(RuleViolation):
    """This actor may not do this."""

    status = 403


class NotFound(RuleViolation):
    """There is no such thing, or none that this actor may know of."""

    status = 404


class WrongState(RuleViolation):
    """The thing exists, but what was asked does not follow from the state it is in."""

    status = 409


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a form or a file. `row` is the 1-based data row of a file, None for a form."""

    field: str
    code: str
    facts: dict[str, Any] = field(default_factory=dict)
    row: int | None = None


class Problems(Invalid):
    """Everything wrong with a form or a file, at once. `code` is that of the first problem unless given."""

    def __init__(self, problems: Iterable[Problem], /, code: str | None = None, **facts: Any) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        if not self.problems:
            raise ValueError("Problems needs at least one problem")
        first = self.problems[0]
        super().__init__(code or first.code, **(facts or first.facts))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    def __str__(self) -> str:
        return "; ".join(
            f"{f'row {p.row} ' if p.row is not None else ''}{p.field}: {p.code}" for p in self.problems)
