"""How forms name hard requirements: "onsite|", "certificate|执业医师"."""
from __future__ import annotations

from collections.abc import Iterable

from werkzeug.datastructures import MultiDict

from marketplace.suggestions.conditions import Key

ADDED = ("add", "add_certificate", "add_language")


def posted(form: MultiDict[str, str]) -> tuple[list[Key], list[Key]]:
    """(kept, added) of a posted form: ticked boxes "keep", boxes and selects of the names in ADDED."""
    return _keys(form.getlist("keep")), _keys(text for name in ADDED for text in form.getlist(name) if text)


def shown(form: MultiDict[str, str]) -> bool:
    """Whether the form that was posted held the requirements at all."""
    return form.get("conditions_shown") == "1"


def _keys(texts: Iterable[str]) -> list[Key]:
    found = []
    for text in texts:
        code, _, name = text.partition("|")
        found.append((code[:40], name[:100]))
    return found
