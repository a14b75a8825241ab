"""A notice's sentence, in the reader's language."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marketplace.i18n import t
from marketplace.notices.models import Notice


def sentence(notice: Notice, lang: str | None = None) -> str:
    """Text key notice.<code> with its facts; ISO days among them are written as the language writes days."""
    return t(f"notice.{notice.code}", lang, **{name: _revived(value) for name, value in notice.facts.items()})


def _revived(value: Any) -> Any:
    if not isinstance(value, str) or not value[:4].isdigit():
        return value
    try:
        return dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
    except ValueError:
        return value
