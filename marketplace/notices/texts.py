"""A notice's sentence, in the reader's language."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marketplace.i18n import t
from marketplace.notices.models import Mail, Notice


def sentence(notice: Notice, lang: str | None = None) -> str:
    """Text key notice.<code> with its facts; ISO days among them are written as the language writes days."""
    return t(f"notice.{notice.code}", lang, **{name: _revived(value) for name, value in notice.facts.items()})


def addressed(facts: dict[str, Any], lang: str | None = None) -> str:
    """To whom of an organisation a notice is addressed, "" for nobody in particular."""
    roles = [t(f"ladder.address.{role}_short", lang) for role in facts.get("to", ())]
    return t("notices.to.addressed", lang, roles=roles) if roles else ""


def mail(one: Mail, *, public_url: str) -> tuple[str, str]:
    """(subject, body) of a mail, in its reader's language."""
    lang, facts = one.language, {name: _revived(value) for name, value in one.facts.items()}
    role = t(f"ladder.address.{one.role}_short", lang)
    lines = [t("outbox.greeting", lang, name=one.name, role=role), t(f"notice.{one.code}", lang, **facts),
             t("outbox.link", lang, url=f"{public_url}{one.link}"),
             t("outbox.closing", lang, url=f"{public_url}/ladder")]
    return t("outbox.subject", lang, number=one.facts.get("number", "")), "\n\n".join(lines) + "\n"


def _revived(value: Any) -> Any:
    if not isinstance(value, str) or not value[:4].isdigit():
        return value
    try:
        return dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
    except ValueError:
        return value
