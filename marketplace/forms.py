"""Forms: what was typed is kept, and every problem is shown at once beside its field."""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError
from werkzeug.datastructures import MultiDict

from marketplace.i18n import has_text, sentence, t
from marketplace.rules.errors import Invalid, Problem, Problems, RuleViolation


class FormState:
    """The values a form shows and the sentences beside its fields."""

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values: MultiDict[str, Any] = MultiDict(values or {})
        self._problems: list[tuple[str, str]] = []

    def value(self, name: str, default: Any = "") -> Any:
        """What stands in a field."""
        found = self._values.get(name, default)
        return default if found is None else found

    def values_list(self, name: str) -> list[Any]:
        """Everything ticked or repeated under a name."""
        return self._values.getlist(name)

    def errors(self, name: str) -> list[str]:
        """The sentences about one field, in the reader's language."""
        return [text for field, text in self._problems if field == name]

    @property
    def all_errors(self) -> list[tuple[str, str]]:
        """(field, sentence) of every problem, in the order of finding."""
        return list(self._problems)

    @property
    def has_errors(self) -> bool:
        return bool(self._problems)

    def add(self, violation: RuleViolation, field: str = "") -> None:
        """Take over what a rule said: each problem beside its field, anything else on top of the form."""
        problems = violation.problems if isinstance(violation, Problems) else [
            Problem(field, violation.code, violation.facts)]
        self._problems += [(problem.field, sentence(problem)) for problem in problems]


def problems_of(error: ValidationError) -> list[Problem]:
    """marshmallow's messages as Problems. A message is a code of ours, or (code, facts)."""
    return list(_walk(error.normalized_messages(), ""))


def _walk(messages: Any, path: str) -> Iterable[Problem]:
    if isinstance(messages, dict) and "code" in messages and isinstance(messages.get("facts"), dict):
        yield Problem(path, messages["code"], messages["facts"])
    elif isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _walk(inner, path if name == "_schema" else f"{path}.{name}".strip("."))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _walk(inner, path)
    else:
        known = has_text(f"error.{messages}", "zh")
        yield Problem(path, str(messages) if known else "field.invalid", {} if known else {"detail": messages})


def parse(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Load values through a marshmallow schema. Raises Problems with every bad field, never a ValidationError."""
    try:
        return schema.load(dict(values), unknown=EXCLUDE)
    except ValidationError as error:
        raise Problems(problems_of(error)) from error


def flat(form: MultiDict[str, str], lists: Iterable[str] = ()) -> dict[str, Any]:
    """A posted form as a plain dict: blanks left out, the names in `lists` as lists.

    A list field may be repeated, or be one text with an entry on each line.
    """
    values: dict[str, Any] = {name: text.strip() for name, text in form.items() if text.strip()}
    for name in lists:
        texts = [line.strip() for text in form.getlist(name) for line in text.splitlines()]
        values[name] = [text for text in texts if text]
    return values


def field_title(name: str) -> str:
    """A field's name as a reader knows it, for error summaries: key field.<name>, else the name."""
    return t(f"field.{name}") if has_text(f"field.{name}") else name


__all__ = ["FormState", "Invalid", "Problems", "field_title", "flat", "parse", "problems_of"]
