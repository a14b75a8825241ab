"""Chinese first, English complete: texts by key, amounts and days as each language writes them."""
from __future__ import annotations

import datetime as dt
import tomllib
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from flask import g, has_request_context, request

from marketplace.clock import SHANGHAI
from marketplace.rules.errors import Problem, RuleViolation
from marketplace.rules.money import format_fen

LANGUAGES = ("zh", "en")
DEFAULT = "zh"
COOKIE = "language"
FOLDER = Path(__file__).resolve().parent / "translations"


class MissingText(KeyError):
    """A key has no text in a language; the tests look for this so that no user meets it."""


@cache
def catalogue(lang: str) -> dict[str, str]:
    """All texts of one language, {"demand.list.title": "本月榜单", …}, merged from its TOML files."""
    texts: dict[str, str] = {}
    for path in sorted((FOLDER / lang).glob("*.toml")):
        for key, text in _flat(tomllib.loads(path.read_text(encoding="utf-8"))):
            if key in texts:
                raise ValueError(f"{path.name}: the key {key} is already in another file of {lang}")
            texts[key] = text
    return texts


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in table.items():
        pairs += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(prefix + name, str(value))]
    return pairs


def language() -> str:
    """The language of this request: ?lang=, the cookie, the browser's wish, else Chinese."""
    if not has_request_context():
        return DEFAULT
    if "lang" not in g:
        wishes = (request.args.get("lang"), request.cookies.get(COOKIE))
        chosen = next((wish for wish in wishes if wish in LANGUAGES), None)
        g.lang = chosen or request.accept_languages.best_match(LANGUAGES) or DEFAULT
    return g.lang


def t(key: str, /, lang: str | None = None, **facts: Any) -> str:
    """The text of `key` with its facts filled in. Raises MissingText.

    A fact named `…_fen` is written as money, days and moments as the language writes them,
    lists joined, members of an Enum by their label.
    """
    lang = lang or language()
    text = catalogue(lang).get(key)
    if text is None:
        raise MissingText(f"{lang}:{key}")
    return text.format_map({name: show(value, name, lang) for name, value in facts.items()}) if facts else text


def has_text(key: str, lang: str | None = None) -> bool:
    """Whether `key` has a text."""
    return key in catalogue(lang or language())


def show(value: Any, name: str, lang: str) -> Any:
    """One fact as a reader of `lang` expects it."""
    if name.endswith("_fen") and isinstance(value, int):
        return format_fen(value)
    if isinstance(value, Enum):
        return label(value, lang)
    if isinstance(value, dt.datetime):
        return moment(value, lang)
    if isinstance(value, dt.date):
        return day(value, lang)
    if isinstance(value, list | tuple | set | frozenset):
        return ("、" if lang == "zh" else ", ").join(str(show(item, name, lang)) for item in value)
    return value


def label(member: Enum, lang: str | None = None) -> str:
    """The name of an Enum's member: key enum.<class>.<value>."""
    return t(f"enum.{type(member).__name__}.{member.value}", lang)


def day(value: dt.date | None, lang: str | None = None) -> str:
    """2025年9月5日 / 5 Sep 2025; an empty dash for none."""
    if value is None:
        return "—"
    if (lang or language()) == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def moment(value: dt.datetime | None, lang: str | None = None) -> str:
    """A moment in Beijing time to the minute."""
    if value is None:
        return "—"
    local = value.astimezone(SHANGHAI)
    lang = lang or language()
    zone = "" if lang == "zh" else " (Beijing)"
    return f"{day(local.date(), lang)} {local:%H:%M}{zone}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def sentence(violation: RuleViolation | Problem, lang: str | None = None) -> str:
    """What is wrong, why, and what to do next: key error.<code>."""
    return t(f"error.{violation.code}", lang, **violation.facts)
