"""A confirmed receivable in the reader's words: the paper for a lender, and what a link answers today."""
from __future__ import annotations

import datetime as dt
from typing import Any

from marketplace.clock import legal_day
from marketplace.i18n import day, t
from marketplace.pdf import Facts, Heading, Note, Paper, Text
from marketplace.receivables import document as documents
from marketplace.receivables.models import ReceivableLink
from marketplace.rules.money import format_fen

REVOKED = "revoked"


def answer(link: ReceivableLink, *, as_of: dt.date) -> dict[str, Any]:
    """What a link says today, as ReceivableVerificationSchema dumps it; a closed one says only since when it is."""
    row = link.receivable
    if link.revoked_at is not None:
        return {"status": REVOKED, "revoked_on": legal_day(link.revoked_at), "as_of": None, "open_fen": None,
                "document_hash": None, "document": None}
    now = documents.today(row, as_of=as_of)
    return {"status": now.standing, "revoked_on": None, "as_of": as_of, "open_fen": now.open_fen,
            "document_hash": row.document_hash, "document": row.document}


def rows(document: dict[str, Any], lang: str | None = None) -> list[tuple[str, str]]:
    """The facts of a document as (label, value)."""
    contract, milestone = document["contract"], document["milestone"]
    pairs = [
        ("contract", f"{contract['number']} {contract['title']}"), ("signed_on", _day(contract["signed_on"], lang)),
        ("milestone", f"{milestone['position']}. {milestone['title']}"),
        ("creditor", _party(document["creditor"])), ("debtor", _party(document["debtor"])),
        ("amount", format_fen(document["amount_fen"])), ("paid", format_fen(document["paid_fen"])),
        ("disputed", format_fen(document["disputed_fen"])), ("confirmed", format_fen(document["confirmed_fen"])),
        ("due_on", _day(document["due_on"], lang) + (t("receivables.provisional", lang)
                                                     if document["due_provisional"] else "")),
        ("requested_on", _day(document["requested_on"], lang)),
        ("confirmed_on", _day(document["confirmed_on"], lang)), ("law", document["law"])]
    return [(t(f"receivables.paper.{name}", lang), value) for name, value in pairs]


def paper(link: ReceivableLink, *, lang: str, url: str) -> Paper:
    """The paper for a lender; the same document and link always give the same bytes."""
    row = link.receivable
    document = row.document or {}
    return Paper(
        title=t("receivables.paper.title", lang), language=lang, footer=f"SHA-256 {row.document_hash}",
        subtitle=t("receivables.paper.subtitle", lang, number=document["contract"]["number"]),
        blocks=[Facts(rows(document, lang)), Heading(t("receivables.paper.check", lang)),
                Text(t("receivables.paper.check_text", lang)), Facts([
                    (t("receivables.paper.link", lang), url),
                    (t("receivables.paper.hash", lang), row.document_hash or ""),
                    (t("receivables.paper.contract_hash", lang), document["contract"]["text_sha256"])]),
                Note(t("receivables.paper.note", lang))])


def _party(party: dict[str, str]) -> str:
    return f"{party['name']}（{party['uscc']}）"


def _day(text: str | None, lang: str | None) -> str:
    return day(dt.date.fromisoformat(text), lang) if text else "—"
