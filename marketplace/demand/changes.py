"""What a demand says as plain JSON, and in which fields two states of it differ."""
from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marketplace.demand import records
from marketplace.demand.drafts import CONTENT_FIELDS
from marketplace.demand.models import TERM_FIELDS, Demand

Changed = dict[str, list[Any]]


def content_of(demand: Demand) -> dict[str, Any]:
    """Everything a buyer says about a demand, criteria and payment terms too, as JSON."""
    draft = records.draft_of(demand)
    said = {name: getattr(draft, name) for name in (*CONTENT_FIELDS, *TERM_FIELDS)}
    said = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
    return said | {"criteria": [asdict(one) for one in draft.criteria]}


def between(old: dict[str, Any], new: dict[str, Any]) -> Changed:
    """{field: [old, new]} of what differs, in the order of `new`; a field `old` does not know is left out."""
    return {name: [old[name], value] for name, value in new.items() if name in old and old[name] != value}
