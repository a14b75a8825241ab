"""A notice's sentence, in the reader's language."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marketplace.i18n import has_text, t
from marketplace.notices.models import Mail, Notice


def sentence(notice: Notice, lang: str | None = None) -> str:
    """Text key notice.<code> with its facts; ISO days among them are written as the language writes days.

    A fact named `because` is a text of its own: [key, its facts].
    """
    return t(f"notice.{notice.code}", lang, **_facts(notice.facts, lang))


def addressed(facts: dict[str, Any], lang: str | None = None) -> str:
    """To whom of an organisation a notice is addressed, "" for nobody in particular."""
    roles = [t(f"ladder.address.{role}_short", lang) for role in facts.get("to", ())]
    return t("notices.to.addressed", lang, roles=roles) if roles else ""


def mail(one: Mail, *, public_url: str, for_others: bool = False) -> tuple[str, str]:
    """(subject, body) of a mail, in its reader's language.

    A code with texts of its own (mail.<code>.subject and .body) is written by them. `for_others` leaves out what only
    its reader may know: the token of their links.
    """
    lang, facts = one.language, _facts(one.facts, one.language)
    if has_text(f"mail.{one.code}.subject", lang):
        token = one.facts.get("token", "")
        urls = {"url": f"{public_url}{one.link}", "leave": f"{public_url}/editions/mail/{token}"}
        if for_others and token:
            urls = {name: url.replace(token, "…") for name, url in urls.items()}
        facts |= urls
        return t(f"mail.{one.code}.subject", lang, **facts), t(f"mail.{one.code}.body", lang, **facts)
    role = t(f"ladder.address.{one.role}_short", lang)
    lines = [t("outbox.greeting", lang, name=one.name, role=role), t(f"notice.{one.code}", lang, **facts),
             t("outbox.link", lang, url=f"{public_url}{one.link}"),
             t("outbox.closing", lang, url=f"{public_url}/ladder")]
    return t("outbox.subject", lang, number=one.facts.get("number", "")), "\n\n".join(lines) + "\n"


def unsubscribe(one: Mail, *, public_url: str) -> str:
    """Where a mail program unsubscribes its reader with one click (RFC 8058), "" where a mail is no subscription."""
    token = one.facts.get("token")
    return f"{public_url}/editions/mail/{token}/leave" if token else ""


def _facts(found: dict[str, Any], lang: str | None) -> dict[str, Any]:
    facts = {name: _revived(value) for name, value in found.items()}
    if isinstance(facts.get("because"), list):
        key, said = facts["because"]
        facts["because"] = t(key, lang, **{name: _revived(value) for name, value in said.items()})
    return facts


def _revived(value: Any) -> Any:
    if not isinstance(value, str) or not value[:4].isdigit():
        return value
    try:
        return dt.date.fromisoformat(value) if len(value) == 10 else dt.datetime.fromisoformat(value)
    except ValueError:
        return value
