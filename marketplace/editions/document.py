"""What an edition says, as one document: frozen, hashed, downloaded byte for byte."""
from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from marketplace.clock import legal_day
from marketplace.demand.models import TERM_FIELDS, Demand
from marketplace.editions.models import Edition, EditionItem, Track
from marketplace.rules.editions import changes, fate, takes_bids

FORMAT = "jiebang-edition/1"


def canonical(document: dict[str, Any]) -> bytes:
    """The bytes that are hashed and downloaded: UTF-8 JSON, sorted keys, no blanks, no line end."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(document: dict[str, Any]) -> str:
    """SHA-256 of the canonical bytes: what `sha256sum` prints for the JSON download."""
    return hashlib.sha256(canonical(document)).hexdigest()


def build(edition: Edition, included: list[EditionItem], *, last: Edition | None, last_demands: dict[str, Demand],
          now: dt.datetime) -> dict[str, Any]:
    """The document of an edition as of `now`.

    `last` is the frozen edition before it; `last_demands` the demands it lists, by code. Items are numbered in the
    order given. Amounts are fen, moments ISO 8601 in UTC.
    """
    before = {item["code"]: item for item in last.document["items"]} if last is not None else {}
    items = [_item(one, place, edition, before.get(one.demand.code)) for place, one in enumerate(included, 1)]
    listed = {item["code"] for item in items}
    gone = [{"code": code, "title": item["title"], "why": _why(last_demands[code], now)}
            for code, item in before.items() if code not in listed]
    tracks = {one.track.code: one.track for one in included if one.track is not None}
    return {
        "format": FORMAT, "month": edition.name, "number": edition.number, "frozen_on": legal_day(now).isoformat(),
        "title": {"zh": edition.title_zh, "en": edition.title_en},
        "introduction": {"zh": edition.introduction_zh, "en": edition.introduction_en},
        "tracks": [_track(track) for track in tracks.values()], "items": items, "gone": gone,
        "previous": {"month": last.name, "number": last.number, "sha256": last.document_hash} if last else None}


def _track(track: Track) -> dict[str, str]:
    return {"code": track.code, "zh": track.name_zh, "en": track.name_en}


def _why(demand: Demand, now: dt.datetime) -> str:
    return fate(demand.status, takes_bids=takes_bids(demand.status, demand.bid_deadline, now=now)).value


def _item(one: EditionItem, place: int, edition: Edition, before: dict[str, Any] | None) -> dict[str, Any]:
    demand = one.demand
    said: dict[str, Any] = {
        "position": place, "code": demand.code, "title": demand.title, "track": one.track.code if one.track else None,
        "buyer": {"name": demand.buyer.name, "uscc": demand.buyer.uscc, "payer_type": demand.buyer.payer_type},
        "scene": demand.scene, "data": demand.data_offered, "need": demand.description,
        "industry": demand.industry, "region": demand.region, "budget_fen": demand.budget_fen,
        "duration_days": demand.duration_days, "set_aside": demand.set_aside, "remote_ok": demand.remote_ok,
        "terms": {name: getattr(demand, name) for name in TERM_FIELDS},
        "published_at": _moment(demand.published_at), "bid_deadline": _moment(demand.bid_deadline)}
    return said | {"first_listed": before["first_listed"] if before else edition.name,
                   "changed": changes(before, said) if before else []}


def _moment(value: dt.datetime | None) -> str | None:
    return value.astimezone(dt.UTC).isoformat(timespec="seconds") if value else None
