"""What a demand's fields say as a reader knows them, and what changed in them."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.i18n import has_text, moment, t
from marketplace.rules import textdiff
from marketplace.rules.money import format_fen
from marketplace.rules.textdiff import Piece

_ENUMS = {"start_basis": "StartBasis", "late_rate_unit": "RateUnit", "allocation": "Allocation"}


@dataclass(frozen=True)
class Change:
    """A changed field: its title, and the old and new text as stretches that stayed, went and came."""

    field: str
    title: str
    pieces: list[Piece]


def changes(fields: Mapping[str, Any]) -> list[Change]:
    """{field: [old, new]} as a reader sees it, in the same order."""
    return [Change(name, title_of(name), textdiff.pieces(shown(name, old), shown(name, new)))
            for name, (old, new) in fields.items()]


def title_of(name: str) -> str:
    """What a field is called; "" is the demand as a whole."""
    return t(f"demand.field.{name or 'whole'}")


def shown(name: str, value: Any) -> str:
    """One field's value as text: lists line by line, money in yuan, a dash for nothing said."""
    if value is None or value == "" or value == []:
        return t("demand.changes.nothing")
    if isinstance(value, bool):
        return t("demand.changes.yes" if value else "demand.changes.no")
    if name == "criteria":
        return "\n".join(f"{one['name']} {one['weight']}%" for one in value)
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    if name.endswith("_fen"):
        return format_fen(value)
    if name == "bid_deadline":
        return moment(dt.datetime.fromisoformat(value))
    key = f"enum.{_ENUMS.get(name, '')}.{value}"
    return t(key) if has_text(key) else str(value)
