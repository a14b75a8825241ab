"""What audit actions, objects and actors are called, in the reader's language."""
from __future__ import annotations

from marketplace.i18n import has_text, t


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
