"""The ladder and its papers in the reader's words: names of steps, and the pages of letters and complaint files."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from marketplace import pdf
from marketplace.audit import texts as audit_texts
from marketplace.enforcement.letters import Case, Evidence, PaperKind, Party
from marketplace.i18n import day, label, t
from marketplace.payments import texts as payments
from marketplace.rules.escalation import Rung
from marketplace.rules.money import format_fen

_BLOCKS = {kind.__name__: kind for kind in (pdf.Heading, pdf.Text, pdf.Note, pdf.Facts, pdf.Table, pdf.PageBreak)}
TITLES = {PaperKind.DEMAND_LETTER: "letter", PaperKind.COMPLAINT_FILE: "complaint"}


def step(code: str, lang: str | None = None) -> str:
    """The name of a step by its code: "late_7" is day 7 late."""
    anchor, days = _parts(code)
    return t(f"ladder.step.{anchor}", lang, days=days)


def short(code: str, lang: str | None = None) -> str:
    """The name of a step where there is little room."""
    anchor, days = _parts(code)
    return t(f"ladder.short.{anchor}", lang, days=days)


def step_day(rung: Rung, lang: str | None = None) -> str:
    """On which day a step comes."""
    return t(f"ladder.on.{rung.anchor}", lang, days=rung.days)


def _parts(code: str) -> tuple[str, int]:
    anchor, _, days = code.rpartition("_")
    return (anchor, int(days)) if days.isdigit() else (code, 0)


def told(rung: Rung, lang: str | None = None) -> list[str]:
    """Who hears of a step."""
    return [t(f"ladder.address.{one}", lang) for one in rung.tells]


def made(rung: Rung, lang: str | None = None) -> list[str]:
    """What a step makes ready or brings about."""
    return [t(f"ladder.product.{one}", lang) for one in rung.makes]


def what(kind: str, lang: str | None = None) -> str:
    """What a paper is called."""
    return t(f"enforcement.box.{TITLES[PaperKind(kind)]}", lang)


def paper(case: Case, lang: str) -> pdf.Paper:
    """A paper as it is printed; the same case and language give the same paper."""
    complaint = case.kind is PaperKind.COMPLAINT_FILE
    subtitle = t("papers.subtitle_complaint", lang) if complaint else t("papers.to", lang, debtor=case.debtor.name)
    blocks: list[pdf.Block] = [pdf.Note(t("papers.as_of_line", lang, on=case.as_of, number=case.contract))]
    blocks += _complaint(case, lang) if complaint else _letter(case, lang)
    title = t(f"papers.{TITLES[case.kind]}_title", lang)
    return pdf.Paper(title=title, blocks=blocks, language=lang, subtitle=subtitle,
                     footer=t("papers.footer", lang, digest=case.digest[:32]))


def _letter(case: Case, lang: str) -> Iterator[pdf.Block]:
    yield pdf.Heading(t("papers.parties", lang))
    yield pdf.Facts([(t("papers.creditor", lang), _party_line(case.creditor)),
                     (t("papers.debtor", lang), _party_line(case.debtor))])
    yield pdf.Heading(t("papers.contract", lang))
    yield pdf.Facts(_contract(case, lang))
    yield pdf.Heading(t("papers.delivery", lang))
    yield pdf.Text("\n".join(_deliveries(case, lang)))
    yield pdf.Heading(t("papers.due", lang))
    yield from _due(case, lang)
    yield pdf.Heading(t("papers.owed", lang))
    yield from _owed(case, lang)
    yield pdf.Heading(t("papers.urged", lang))
    yield pdf.Text(_urged(case, lang))
    yield pdf.Heading(t("papers.request", lang))
    yield pdf.Text(t("papers.request_text", lang, by=case.pay_by))
    yield pdf.Text(t("papers.request_none", lang))
    yield pdf.Heading(t("papers.evidence", lang))
    yield from _evidence(case, lang)
    yield pdf.Heading(t("papers.sign", lang))
    yield pdf.Text(t("papers.sign_line", lang, name=case.creditor.name))


def _complaint(case: Case, lang: str) -> Iterator[pdf.Block]:
    """In the order of the authority's form. Basis: Decree 802 Arts 24-25 (in force 2025-06-01)."""
    facts = case.found.facts
    yield pdf.Heading(t("papers.complainant", lang))
    yield pdf.Facts([*_party(case.creditor, lang), (t("papers.size", lang), label(facts.payee_size_at_signing, lang))])
    yield pdf.Heading(t("papers.respondent", lang))
    yield pdf.Facts([*_party(case.debtor, lang), (t("papers.payer_type", lang), label(facts.payer_type, lang))])
    yield pdf.Heading(t("papers.contract_no", lang))
    yield pdf.Facts(_contract(case, lang))
    yield pdf.Heading(t("papers.delivery_no", lang))
    yield pdf.Text("\n".join(_deliveries(case, lang)))
    yield pdf.Heading(t("papers.due_no", lang))
    yield from _due(case, lang)
    yield pdf.Heading(t("papers.owed_no", lang))
    yield from _owed(case, lang)
    yield pdf.Heading(t("papers.urged_no", lang))
    yield pdf.Text(_urged(case, lang))
    yield pdf.Heading(t("papers.demand_no", lang))
    yield pdf.Text(t("papers.demand_text", lang, principal_fen=case.found.principal_left_fen, on=case.as_of,
                     interest_fen=case.found.interest_unpaid_fen))
    yield pdf.Note(t("papers.clocks", lang))
    yield pdf.Heading(t("papers.evidence_no", lang))
    yield from _evidence(case, lang)
    yield pdf.Heading(t("papers.statement_no", lang))
    yield pdf.Text(t("papers.statement", lang))
    yield pdf.Text(t("papers.sign_line", lang, name=case.creditor.name))


def _party_line(party: Party) -> str:
    return f"{party.name}（{party.uscc}）"


def _party(party: Party, lang: str) -> list[tuple[str, str]]:
    pairs = [("name", party.name), ("uscc", party.uscc), ("region", party.region), ("email", party.email)]
    return [(t(f"papers.{name}", lang), value) for name, value in pairs if value]


def _contract(case: Case, lang: str) -> list[tuple[str, str]]:
    facts = case.found.facts
    declared = t(f"papers.declared_{'yes' if facts.sme_declared_at_signing else 'no'}", lang)
    pairs = [("number", case.contract), ("contract_title", case.title), ("signed", day(case.signed_on, lang)),
             ("milestone", case.milestone), ("amount", format_fen(facts.amount_fen)), ("declared", declared),
             ("text_hash", case.text_hash)]
    return [(t(f"papers.{name}", lang), value) for name, value in pairs]


def _deliveries(case: Case, lang: str) -> Iterator[str]:
    for one in case.deliveries:
        key = "delivered_note" if one.note else "delivered"
        yield t(f"papers.{key}", lang, on=one.on, note=one.note)
        if one.decision == "passed":
            yield t("papers.passed", lang, on=one.decided_on)
        elif one.decision:
            yield t("papers.rejected", lang, on=one.decided_on, reason=one.reason)
        else:
            yield t("papers.undecided", lang)


def _due(case: Case, lang: str) -> Iterator[pdf.Block]:
    term = case.found.term
    assert term is not None
    yield pdf.Text(t("papers.due_line", lang, due=term.due, nominal=term.nominal))
    if term.provisional:
        yield pdf.Note(t("papers.provisional", lang))
    yield pdf.Table([t("papers.step", lang), t("papers.article", lang)], payments.why_due(case.found, lang),
                    align="ll", widths=(3, 2))
    yield pdf.Note("\n".join(official for _, _, official in payments.articles(case.found, lang)))


def _owed(case: Case, lang: str) -> Iterator[pdf.Block]:
    found, accrual = case.found, case.found.accrual
    assert accrual is not None
    assert found.rate is not None
    principal, interest = accrual.principal_left_fen, accrual.interest_unpaid_fen
    yield pdf.Facts([
        (t("papers.principal", lang), format_fen(principal)), (t("papers.days_late", lang), str(found.overdue_days)),
        (t("papers.rate", lang), payments.percent_a_day(found.rate.daily)),
        (t("papers.interest", lang), format_fen(interest)), (t("papers.sum", lang), format_fen(principal + interest)),
        (t("papers.daily", lang), payments.exact_yuan(principal * found.rate.daily))])
    if case.disputed_fen:
        yield pdf.Text(t("papers.disputed_line", lang, disputed_fen=case.disputed_fen))
    yield pdf.Table(
        [t(f"papers.{name}", lang) for name in ("first", "last", "days", "base", "rate", "part")],
        [[day(row["first"], lang), day(row["last"], lang), str(row["days"]), format_fen(row["principal_fen"]),
          row["rate"], row["interest"]] for row in payments.segments(found)], align="llrrrr")
    yield pdf.Text(t("papers.rounded", lang, interest_fen=accrual.interest_fen))
    received = [t("papers.paid_line", lang, on=line.date, interest_fen=line.to_interest_fen,
                  principal_fen=line.to_principal_fen,
                  amount_fen=line.to_interest_fen + line.to_principal_fen + line.unallocated_fen)
                for line in accrual.ledger]
    yield pdf.Text("\n".join(received) or t("papers.no_payments", lang))
    for key, amount in (("why_unagreed", found.interest_if_unagreed_fen), ("why_lpr", found.interest_at_lpr_fen)):
        if amount is not None:
            yield pdf.Note(t(f"papers.{key}", lang, interest_fen=amount))


def _urged(case: Case, lang: str) -> str:
    lines = [t("papers.urged_row", lang, on=one.on, step=step(one.step, lang)) for one in case.urged]
    return "\n".join(lines) or t("papers.no_urging", lang)


def _evidence(case: Case, lang: str) -> Iterator[pdf.Block]:
    header = [t(f"papers.evidence_{name}", lang) for name in ("head", "what", "day", "mark")]
    rows = [[str(number), _named(one, lang), day(one.on, lang), _mark(one, lang)]
            for number, one in enumerate(case.evidence, 1)]
    yield pdf.Table(header, rows, align="rlll", widths=(1, 5, 3, 8))
    yield pdf.Note(t("papers.audit_note", lang))


def _named(one: Evidence, lang: str) -> str:
    if one.what == "notice":
        return t("papers.evidence_notice", lang, step=step(one.detail, lang))
    if one.what == "audit":
        return t("papers.evidence_audit", lang, action=audit_texts.action(one.detail, lang))
    return t(f"papers.evidence_{one.what}", lang)


def _mark(one: Evidence, lang: str) -> str:
    if one.what != "audit":
        return one.mark
    seq, _, digest = one.mark.partition(" ")
    return t("papers.audit_entry", lang, seq=seq, hash=digest)


def pages(printed: pdf.Paper) -> dict[str, Any]:
    """A paper as JSON, so that it can be printed again later, whatever the texts say then."""
    return {"title": printed.title, "language": printed.language, "subtitle": printed.subtitle,
            "footer": printed.footer,
            "blocks": [{"block": type(block).__name__, **asdict(block)} for block in printed.blocks]}


def printed_again(kept: dict[str, Any]) -> pdf.Paper:
    """The paper that `pages` wrote down."""
    blocks = [_block(dict(one)) for one in kept["blocks"]]
    return pdf.Paper(title=kept["title"], blocks=blocks, language=kept["language"], subtitle=kept["subtitle"],
                     footer=kept["footer"])


def _block(kept: dict[str, Any]) -> Any:
    return _BLOCKS[kept.pop("block")](**kept)


def filename(kind: str, contract: str, on: dt.date, ending: str) -> str:
    """"demand_letter-HT-2026-000012-2026-03-02.pdf"."""
    return f"{kind}-{contract}-{on.isoformat()}.{ending}"
