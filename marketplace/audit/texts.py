"""What audit actions, objects and actors are called, in the reader's language."""
from __future__ import annotations

import datetime as dt
import json
from typing import Any

from marketplace.i18n import has_text, language, show, t

# Facts that hold the value of an enum, and the enum.
_LABELLED = {"turn": "Turn", "payer_type": "PayerType", "size_class": "EnterpriseSize", "role": "Role"}


def action(name: str, lang: str | None = None) -> str:
    """Text key action.<object>.<verb> of "object:verb"."""
    return t("action." + name.replace(":", "."), lang)


def object_type(name: str, lang: str | None = None) -> str:
    """Text key audit.object.<table>; a kind of object without one is called by its own name."""
    key = f"audit.object.{name}"
    return t(key, lang) if has_text(key, lang) else name


def actor(name: str, lang: str | None = None) -> str:
    """Text key audit.actor.<name> for those who are no people ("system"), else the name as it is written down."""
    key = f"audit.actor.{name.replace(':', '_')}"
    return t(key, lang) if has_text(key, lang) else name


def facts(found: dict[str, Any], lang: str | None = None) -> list[tuple[str, str]]:
    """The facts of an entry as people read them: (name, value)."""
    return [(fact_name(name, lang), fact_value(name, value, lang)) for name, value in found.items()]


def fact_name(name: str, lang: str | None = None) -> str:
    """Text key audit.fact.<name>, else the field of a form with that name, else the name itself."""
    for key in (f"audit.fact.{name}", f"field.{name}"):
        if has_text(key, lang):
            return t(key, lang)
    return name


def fact_value(name: str, value: Any, lang: str | None = None) -> str:
    """One fact as the language writes it: amounts as money, days as days, yes and no; the rest as it is."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return t("audit.yes" if value else "audit.no", lang)
    if isinstance(value, str):
        return _words(name, value, lang)
    if isinstance(value, int):
        return str(show(value, name, lang or language()))
    if isinstance(value, list) and all(isinstance(item, str | int) for item in value):
        return ("、" if (lang or language()) == "zh" else ", ").join(fact_value(name, item, lang) for item in value)
    return json.dumps(value, ensure_ascii=False)


def _words(name: str, value: str, lang: str | None) -> str:
    if name in _LABELLED and has_text(key := f"enum.{_LABELLED[name]}.{value}", lang):
        return t(key, lang)
    if not value[:4].isdigit() or value[4:5] != "-":
        return value
    try:
        found = dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    return str(show(found, name, lang or language()))
