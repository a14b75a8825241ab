"""Which open claims a line of a bank statement may have paid, with reasons and a confidence; a person decides.

Pure: the same line and claims give the same suggestions. Nothing here books anything.
"""
from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations

MOST_TOGETHER = 10
MOST_SUGGESTIONS = 5
# How long before the claim came to be a transfer may still be meant for it.
EARLY = timedelta(days=3)
_NAME_ENDINGS = ("股份有限公司", "有限责任公司", "有限公司", "公司")
LEAST_NAME = 2


class Confidence(StrEnum):
    """`sure`: the claim is named and the amount fits; `likely`: one of both; `possible`: little speaks for it."""

    SURE = "sure"
    LIKELY = "likely"
    POSSIBLE = "possible"


class Reason(StrEnum):
    """Why a claim is suggested for a line."""

    NOTICE_REFERENCE = "notice_reference"
    CONTRACT_NUMBER = "contract_number"
    INVOICE_NUMBER = "invoice_number"
    NOTICE_AMOUNT = "notice_amount"
    AMOUNT_WITH_INTEREST = "amount_with_interest"
    AMOUNT_PRINCIPAL = "amount_principal"
    AMOUNT_INTEREST = "amount_interest"
    AMOUNT_TOGETHER = "amount_together"
    COUNTERPARTY = "counterparty"
    PART = "part"
    AFTER_DELIVERY = "after_delivery"


_NAMES_IT = {Reason.NOTICE_REFERENCE, Reason.CONTRACT_NUMBER, Reason.INVOICE_NUMBER}
_FITS = {Reason.NOTICE_AMOUNT, Reason.AMOUNT_WITH_INTEREST, Reason.AMOUNT_PRINCIPAL, Reason.AMOUNT_INTEREST,
         Reason.AMOUNT_TOGETHER}
_WEIGHT = {Reason.NOTICE_REFERENCE: 60, Reason.INVOICE_NUMBER: 50, Reason.CONTRACT_NUMBER: 40,
           Reason.NOTICE_AMOUNT: 35, Reason.AMOUNT_WITH_INTEREST: 32, Reason.AMOUNT_PRINCIPAL: 30,
           Reason.AMOUNT_TOGETHER: 26, Reason.AMOUNT_INTEREST: 20, Reason.COUNTERPARTY: 15, Reason.PART: 3,
           Reason.AFTER_DELIVERY: 2}


@dataclass(frozen=True)
class Line:
    """What is left of one transfer: fen not yet matched, the day, and what the bank wrote beside it."""

    on: date
    amount_fen: int
    counterparty: str = ""
    remark: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Notice:
    """A payment its buyer has notified and nobody has answered."""

    payment_id: int
    amount_fen: int
    reference: str


@dataclass(frozen=True)
class Claim:
    """One open obligation as the reader's books know it; `interest_fen` is what is unpaid on the line's day."""

    obligation_id: int
    contract_number: str
    counterparty: str
    since: date
    due: date | None
    principal_fen: int
    interest_fen: int
    invoices: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def open_fen(self) -> int:
        return self.principal_fen + self.interest_fen


@dataclass(frozen=True)
class Part:
    """Fen of a line for one claim; with `payment_id` they are the payment its buyer notified."""

    obligation_id: int
    amount_fen: int
    payment_id: int | None = None


@dataclass(frozen=True)
class Suggestion:
    """What a line may have paid; the parts never add up to more than the line."""

    parts: tuple[Part, ...]
    reasons: tuple[Reason, ...]
    confidence: Confidence

    @property
    def score(self) -> int:
        return sum(_WEIGHT[reason] for reason in self.reasons)


def suggest(line: Line, claims: Iterable[Claim]) -> list[Suggestion]:
    """The best suggestions for a line, surest first, at most MOST_SUGGESTIONS; none where nothing speaks for any."""
    known = [claim for claim in claims if claim.open_fen > 0 or claim.notices]
    found = [*_single(line, known), *_together(line, known)]
    order = list(Confidence)
    best: dict[tuple[Part, ...], Suggestion] = {}
    for one in found:
        if one.parts not in best or best[one.parts].score < one.score:
            best[one.parts] = one
    return sorted(best.values(), key=lambda one: (
        order.index(one.confidence), -one.score, len(one.parts), one.parts[0].obligation_id))[:MOST_SUGGESTIONS]


def _single(line: Line, claims: list[Claim]) -> Iterator[Suggestion]:
    for claim in claims:
        about = _about(line, claim)
        for notice in claim.notices:
            reasons = [*about]
            if _mentions(line, notice.reference):
                reasons.append(Reason.NOTICE_REFERENCE)
            if notice.amount_fen == line.amount_fen:
                yield from _made((Part(claim.obligation_id, line.amount_fen, notice.payment_id),),
                                 [*reasons, Reason.NOTICE_AMOUNT])
        amount, fits = _fit(line, claim)
        if amount > 0:
            yield from _made((Part(claim.obligation_id, amount),), [*about, fits])


def _about(line: Line, claim: Claim) -> list[Reason]:
    """What, apart from the amount, speaks for a claim."""
    found = []
    if _mentions(line, claim.contract_number):
        found.append(Reason.CONTRACT_NUMBER)
    if any(_mentions(line, number) for number in claim.invoices):
        found.append(Reason.INVOICE_NUMBER)
    if same_party(line.counterparty, claim.counterparty):
        found.append(Reason.COUNTERPARTY)
    if line.on >= claim.since - EARLY:
        found.append(Reason.AFTER_DELIVERY)
    return found


def _fit(line: Line, claim: Claim) -> tuple[int, Reason]:
    """How much of a line a claim can take, and how the amounts compare."""
    if claim.interest_fen and line.amount_fen == claim.open_fen:
        return line.amount_fen, Reason.AMOUNT_WITH_INTEREST
    if line.amount_fen == claim.principal_fen:
        return line.amount_fen, Reason.AMOUNT_PRINCIPAL
    if line.amount_fen == claim.interest_fen:
        return line.amount_fen, Reason.AMOUNT_INTEREST
    return min(line.amount_fen, claim.open_fen), Reason.PART


def _together(line: Line, claims: list[Claim]) -> Iterator[Suggestion]:
    """One transfer for several milestones of one counterparty: what adds up exactly, the earliest due first."""
    near = [claim for claim in claims
            if same_party(line.counterparty, claim.counterparty) or _mentions(line, claim.contract_number)]
    near = sorted(near, key=lambda claim: (claim.due or date.max, claim.obligation_id))[:MOST_TOGETHER]
    for count in range(2, len(near) + 1):
        for group in combinations(near, count):
            if len({claim.counterparty for claim in group}) > 1:
                continue
            for with_interest in (True, False):
                amounts = [claim.open_fen if with_interest else claim.principal_fen for claim in group]
                if sum(amounts) == line.amount_fen and all(amounts):
                    shared = set.intersection(*(set(_about(line, claim)) for claim in group))
                    yield from _made(tuple(Part(claim.obligation_id, fen)
                                           for claim, fen in zip(group, amounts, strict=True)),
                                     [*shared, Reason.AMOUNT_TOGETHER])
                    break


def _made(parts: tuple[Part, ...], reasons: list[Reason]) -> Iterator[Suggestion]:
    """A suggestion with its confidence; nothing when neither a name nor an amount speaks for it."""
    said = set(reasons)
    names, fits = said & _NAMES_IT, said & _FITS
    if not names and not (fits and Reason.AFTER_DELIVERY in said) and Reason.COUNTERPARTY not in said:
        return
    confidence = Confidence.POSSIBLE
    if names and fits:
        confidence = Confidence.SURE
    elif names or (fits and Reason.COUNTERPARTY in said):
        confidence = Confidence.LIKELY
    yield Suggestion(parts, tuple(sorted(said, key=lambda reason: -_WEIGHT[reason])), confidence)


def _mentions(line: Line, text: str) -> bool:
    wanted = _plain(text)
    return bool(wanted) and (wanted in _plain(line.remark) or wanted == _plain(line.reference))


def same_party(written: str, name: str) -> bool:
    """Whether a bank's name for somebody is an organisation's: the same, or one cut short, without its legal form."""
    one, other = _core(written), _core(name)
    if min(len(one), len(other)) < LEAST_NAME:
        return False
    return one == other or (min(len(one), len(other)) >= 2 * LEAST_NAME and (one in other or other in one))


def _core(name: str) -> str:
    plain = _plain(name)
    for ending in _NAME_ENDINGS:
        plain = plain.removesuffix(ending)
    return plain


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower() if c.isalnum())
