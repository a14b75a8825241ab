"""Reads facts from JSON values, strictly, and gathers every problem instead of stopping at the first."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from marketplace.rules.errors import Problem, Problems
from marketplace.rules.money import MAX_FEN

E = TypeVar("E", bound=StrEnum)

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Days outside these years are typing errors; inside them every period below stays a date.
_YEARS = range(1990, 2200)
MOST_DAYS = 3650
_FINEST_DECIMAL = -12


class Reader:
    """One JSON object. A value of the wrong shape is noted as a problem and read as None (or its default).

    Null reads like an absent field. `check` raises Problems with everything found so far.
    """

    def __init__(self, values: Any, path: str = "", problems: list[Problem] | None = None) -> None:
        self.path = path
        self.problems: list[Problem] = [] if problems is None else problems
        self.values: Mapping[str, Any] = values if isinstance(values, Mapping) else {}
        if not isinstance(values, Mapping):
            self.problems.append(Problem(path, "facts.not_an_object"))

    def check(self) -> None:
        if self.problems:
            raise Problems(self.problems)

    def name(self, field: str) -> str:
        return f"{self.path}.{field}" if self.path else field

    def note(self, field: str, code: str, **facts: Any) -> None:
        self.problems.append(Problem(self.name(field), code, facts))

    def include(self, problems: Iterable[Problem]) -> None:
        """Problems found elsewhere in the values of this object."""
        self.problems.extend(Problem(self.name(p.field), p.code, p.facts) for p in problems)

    def given(self, field: str, *, required: bool) -> Any:
        value = self.values.get(field)
        if value is None and required:
            self.note(field, "facts.missing")
        return value

    def day(self, field: str, *, required: bool = False) -> Any:
        """A date, ISO YYYY-MM-DD."""
        value = self.given(field, required=required)
        if value is None:
            return None
        try:
            if not isinstance(value, str) or not _ISO_DAY.fullmatch(value):
                raise ValueError
            found = date.fromisoformat(value)
        except ValueError:
            return self.note(field, "facts.not_a_date", value=_short(value))
        if found.year not in _YEARS:
            return self.note(field, "facts.out_of_range", value=value, least=f"{_YEARS[0]}-01-01",
                             most=f"{_YEARS[-1]}-12-31")
        return found

    def whole(self, field: str, *, required: bool = False, least: int = 0, most: int = MAX_FEN) -> Any:
        """An integer in a range; true, 1.0 and "1" are not integers."""
        value = self.given(field, required=required)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool):
            return self.note(field, "facts.not_an_integer", value=_short(value))
        if not least <= value <= most:
            return self.note(field, "facts.out_of_range", value=_short(value), least=least, most=most)
        return value

    def decimal(self, field: str, *, required: bool = False, least: int = 0, most: int = 1000) -> Any:
        """An exact decimal, as text ("3.45") or a JSON number."""
        value = self.given(field, required=required)
        if value is None:
            return None
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
                raise InvalidOperation
            number = Decimal(str(value).strip())
        except InvalidOperation:
            number = Decimal("NaN")
        exponent = number.as_tuple().exponent
        if not number.is_finite() or not isinstance(exponent, int) or exponent < _FINEST_DECIMAL:
            return self.note(field, "facts.not_a_decimal", value=_short(value))
        if not least <= number <= most:
            return self.note(field, "facts.out_of_range", value=_short(value), least=least, most=most)
        return number

    def flag(self, field: str, *, default: bool = False) -> bool:
        value = self.values.get(field)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.note(field, "facts.not_true_or_false", value=_short(value))
        return value is True

    def choice(self, field: str, options: type[E], *, required: bool = False, default: E | None = None) -> Any:
        value = self.given(field, required=required)
        if value is None:
            return default
        if not isinstance(value, str) or value not in list(options):
            return self.note(field, "facts.not_one_of", value=_short(value), options=[str(o) for o in options])
        return options(value)

    def text(self, field: str) -> Any:
        """Text that must be there and not be blank."""
        value = self.given(field, required=True)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            return self.note(field, "facts.not_text", value=_short(value))
        return value

    def part(self, field: str) -> Reader | None:
        """An object inside this one, None when absent."""
        value = self.values.get(field)
        return None if value is None else Reader(value, self.name(field), self.problems)

    def parts(self, field: str, *, required: bool = False) -> list[Reader]:
        """A list of objects, empty when absent."""
        value = self.given(field, required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            self.note(field, "facts.not_a_list")
            return []
        return [Reader(item, f"{self.name(field)}[{place}]", self.problems) for place, item in enumerate(value)]


def _short(value: Any) -> str:
    """A value as it may be repeated to its sender."""
    shown = str(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"
