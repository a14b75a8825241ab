"""What an audit action is called, in the reader's language."""
from __future__ import annotations

from marketplace.i18n import t


def action(name: str, lang: str | None = None) -> str:
    """Text key action.<object>.<verb> of "object:verb"."""
    return t("action." + name.replace(":", "."), lang)
