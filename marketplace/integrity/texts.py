"""Leads as sentences, in the reader's language."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marketplace.i18n import day, t
from marketplace.integrity.models import CollusionLead
from marketplace.rules.collusion import CollusionKind
from marketplace.rules.conflicts import Signal, SignalKind


def signal(found: Signal) -> str:
    """A lead between a buyer and a bidder."""
    facts = dict(found.facts)
    if found.kind == SignalKind.EMPLOYED:
        facts["from"] = day(dt.date.fromisoformat(facts["from"]))
        facts["to"] = day(dt.date.fromisoformat(facts["to"])) if facts["to"] else t("integrity.particulars.until_now")
    return t(f"integrity.signal.{found.kind}", **facts)


def finding(lead: CollusionLead) -> str:
    """What a lead on collusion found."""
    return t(f"integrity.found.{lead.kind}", **_facts(lead))


def _facts(lead: CollusionLead) -> dict[str, Any]:
    if lead.kind == CollusionKind.SHARED_IDENTITY:
        return {"trait": t(f"integrity.signal.{lead.facts['trait']}", **lead.facts)}
    return lead.facts


def remarks(lead: CollusionLead) -> list[str]:
    """What makes a lead stronger or weaker."""
    said = []
    if lead.kind == CollusionKind.SAME_NETWORK:
        said.append(t(f"integrity.lead.browser_{'same' if lead.facts['same_browser'] else 'other'}"))
    if lead.facts.get("crowd"):
        said.append(t(f"integrity.lead.crowd_{'network' if lead.kind == CollusionKind.SAME_NETWORK else 'address'}"))
    return said
