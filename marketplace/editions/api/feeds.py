"""Atom feeds (RFC 4287): absolute links, ids that never change, entries newest first."""
from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from xml.etree import ElementTree as xml

from marketplace.clock import legal_day
from marketplace.demand.models import Demand
from marketplace.editions.models import Edition
from marketplace.i18n import day, language, t
from marketplace.rules.money import format_fen

ATOM = "application/atom+xml; charset=utf-8"
NAMESPACE = "http://www.w3.org/2005/Atom"
NEVER = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
xml.register_namespace("", NAMESPACE)


def editions_feed(editions: Iterable[Edition], *, public_url: str) -> bytes:
    """One entry for each published edition; its id comes from the hash of what it says."""
    lang, shown = language(), list(editions)
    feed = _feed("editions", f"{public_url}/editions", public_url, lang,
                 [one.published_at for one in shown if one.published_at])
    for one in shown:
        _entry(feed, kind="edition", key=one.document_hash or "", title=getattr(one, f"title_{lang}"),
               href=f"{public_url}/editions/{one.name}", at=one.published_at or NEVER, author=t("layout.brand", lang),
               summary=t("editions.feed.edition_summary", lang, number=one.number, count=len(one.document["items"]),
                         introduction=getattr(one, f"introduction_{lang}")))
    return _written(feed)


def demands_feed(demands: Iterable[Demand], *, public_url: str) -> bytes:
    """One entry for each demand; its id comes from its buyer and its code."""
    lang, shown = language(), list(demands)
    feed = _feed("demands", f"{public_url}/demands", public_url, lang,
                 [one.published_at for one in shown if one.published_at])
    for one in shown:
        _entry(feed, kind="demand", key=f"{one.buyer.uscc}:{one.code}", title=one.title,
               href=f"{public_url}/demands/{one.code}", at=one.published_at or NEVER, author=one.buyer.name,
               summary=t("editions.feed.demand_summary", lang, buyer=one.buyer.name,
                         budget=format_fen(one.budget_fen), until=day(legal_day(one.bid_deadline)
                                                                               if one.bid_deadline else None, lang),
                         need=one.description))
    return _written(feed)


def _feed(name: str, page: str, public_url: str, lang: str, moments: list[dt.datetime]) -> xml.Element:
    feed = xml.Element(f"{{{NAMESPACE}}}feed", {"xml:lang": "zh-CN" if lang == "zh" else "en"})
    _text(feed, "id", _id("feed", f"{public_url}/{name}"))
    _text(feed, "title", t(f"editions.feed.{name}", lang))
    _text(feed, "updated", _moment(max(moments, default=NEVER)))
    _link(feed, "self", f"{public_url}/api/v1/feeds/{name}", "application/atom+xml")
    _link(feed, "alternate", page, "text/html")
    return feed


def _entry(feed: xml.Element, *, kind: str, key: str, title: str, href: str, at: dt.datetime, author: str,
           summary: str) -> None:
    entry = xml.SubElement(feed, f"{{{NAMESPACE}}}entry")
    _text(entry, "id", _id(kind, key))
    _text(entry, "title", title)
    _text(entry, "updated", _moment(at))
    _text(entry, "published", _moment(at))
    _text(xml.SubElement(entry, f"{{{NAMESPACE}}}author"), "name", author)
    _link(entry, "alternate", href, "text/html")
    _text(entry, "summary", summary.strip())


def _id(kind: str, key: str) -> str:
    """An IRI that stays the same when the platform moves to another address."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"jiebang:{kind}:{key}").urn


def _text(parent: xml.Element, name: str, text: str) -> None:
    # XML 1.0 has no way to write control characters.
    xml.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = "".join(
        letter for letter in text if letter >= " " or letter in "\t\n")


def _link(parent: xml.Element, rel: str, href: str, kind: str) -> None:
    xml.SubElement(parent, f"{{{NAMESPACE}}}link", {"rel": rel, "href": href, "type": kind})


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(timespec="seconds")


def _written(feed: xml.Element) -> bytes:
    return xml.tostring(feed, encoding="utf-8", xml_declaration=True)
