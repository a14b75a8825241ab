"""What people say about a suggestion, and how exposure is held against merit. Plain arithmetic and two state tables.

A founder saves or dismisses a demand that was suggested; a buyer shortlists or dismisses a founder. What was
dismissed goes away for that organisation and can be brought back.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log2

from marketplace.rules.lifecycle import Lifecycle, advance

ALARM = 0.8
"""Platform rule: an exposure ratio of newcomers below this is an alarm (the four-fifths rule of thumb for adverse
impact, 29 CFR 1607.4 D, borrowed as a threshold; no Chinese instrument sets one)."""

PLAUSIBLE = 0.1
"""The chance of being shortlisted from which a place in a list is exposure and not a filler at its end."""
LEAST_PAIRS = 10
"""Plausible pairs each group needs before the two are compared: below, the ratio says nothing."""


class Side(StrEnum):
    """Who speaks: the founder about a demand, or the buyer about a founder."""

    FOUNDER = "founder"
    BUYER = "buyer"


class Mark(StrEnum):
    """How a suggestion stands with one organisation; `kept` is saved by a founder or shortlisted by a buyer."""

    SUGGESTED = "suggested"
    KEPT = "kept"
    DISMISSED = "dismissed"


class MatchEventKind(StrEnum):
    """What happened to a suggestion. `shown`: it stood on a page; `viewed`: somebody opened it from there."""

    SHOWN = "shown"
    VIEWED = "viewed"
    SAVED = "saved"
    SHORTLISTED = "shortlisted"
    RELEASED = "released"
    DISMISSED = "dismissed"
    RESTORED = "restored"


class DismissReason(StrEnum):
    """Why a suggestion is dismissed; the first five are a founder's, the last four a buyer's."""

    NOT_MY_FIELD = "not_my_field"
    NO_TIME = "no_time"
    BUDGET_TOO_LOW = "budget_too_low"
    PAYMENT_TERMS = "payment_terms"
    TOO_FAR = "too_far"
    OTHER_FIELD = "other_field"
    TOO_LITTLE_EXPERIENCE = "too_little_experience"
    WORKED_WITH_BEFORE = "worked_with_before"
    OTHER = "other"


FOUNDER_REASONS = (DismissReason.NOT_MY_FIELD, DismissReason.NO_TIME, DismissReason.BUDGET_TOO_LOW,
                   DismissReason.PAYMENT_TERMS, DismissReason.TOO_FAR, DismissReason.OTHER)
BUYER_REASONS = (DismissReason.OTHER_FIELD, DismissReason.TOO_LITTLE_EXPERIENCE, DismissReason.WORKED_WITH_BEFORE,
                 DismissReason.TOO_FAR, DismissReason.OTHER)
REASONS: Mapping[Side, tuple[DismissReason, ...]] = {Side.FOUNDER: FOUNDER_REASONS, Side.BUYER: BUYER_REASONS}
_M = Mark
MARK = Lifecycle("mark", _M, {
    (_M.SUGGESTED, "keep"): _M.KEPT,
    (_M.DISMISSED, "keep"): _M.KEPT,
    (_M.KEPT, "release"): _M.SUGGESTED,
    (_M.SUGGESTED, "dismiss"): _M.DISMISSED,
    (_M.KEPT, "dismiss"): _M.DISMISSED,
    (_M.DISMISSED, "restore"): _M.SUGGESTED,
})
_MEANS = {MatchEventKind.SAVED: _M.KEPT, MatchEventKind.SHORTLISTED: _M.KEPT, MatchEventKind.RELEASED: _M.SUGGESTED,
          MatchEventKind.DISMISSED: _M.DISMISSED, MatchEventKind.RESTORED: _M.SUGGESTED}
MARKING = tuple(_MEANS)
_RESULT = {"keep": _M.KEPT, "release": _M.SUGGESTED, "dismiss": _M.DISMISSED, "restore": _M.SUGGESTED}


def mark_after(kind: str | None) -> Mark:
    """How a suggestion stands after the last of its marking events, None for none."""
    return _MEANS[MatchEventKind(kind)] if kind else Mark.SUGGESTED


def event_for(mark: Mark, action: str, side: Side) -> MatchEventKind | None:
    """The event that an action writes; None when it stands so already: saying a thing twice is no mistake.

    Raises WrongState("mark.wrong_state") for what does not follow.
    """
    if _RESULT.get(action) == mark:
        return None
    advance(MARK, mark, action)
    kept = MatchEventKind.SAVED if side is Side.FOUNDER else MatchEventKind.SHORTLISTED
    return {"keep": kept, "release": MatchEventKind.RELEASED, "dismiss": MatchEventKind.DISMISSED,
            "restore": MatchEventKind.RESTORED}[action]


def attention(position: int) -> float:
    """How much a place in a list is looked at, 1.0 for the first: 1 / log2(1 + position)."""
    return 1 / log2(1 + position)


@dataclass(frozen=True)
class Exposure:
    """One founder's share of what buyers are shown.

    merit: the sum of the chances of being shortlisted, over the `pairs` demands where the chance is plausible; shown:
    attention received there, the sum over the places in buyers' lists.
    """

    founder_id: int
    newcomer: bool
    shown: float
    merit: float
    pairs: int = 1


@dataclass(frozen=True)
class ExposureReport:
    """Newcomers' exposure for each unit of merit, against the others'.

    ratio: 1.0 is even, None when one of the groups has fewer than LEAST_PAIRS plausible pairs or nothing was shown;
    gini: 0 when all are shown equally; unseen: how many founders with merit were not shown at all.
    """

    newcomers: int
    others: int
    newcomer_share: float
    newcomer_merit: float
    ratio: float | None
    gini: float
    unseen: int

    @property
    def alarm(self) -> bool:
        return self.ratio is not None and self.ratio < ALARM


def exposure_report(founders: Sequence[Exposure]) -> ExposureReport:
    """Exposure held against merit over the founders who have any merit at all."""
    known = [one for one in founders if one.merit > 0]
    new, old = [one for one in known if one.newcomer], [one for one in known if not one.newcomer]
    shown_new, shown_old = sum(one.shown for one in new), sum(one.shown for one in old)
    merit_new, merit_old = sum(one.merit for one in new), sum(one.merit for one in old)
    ratio = None
    enough = min(sum(one.pairs for one in group) for group in (new, old)) >= LEAST_PAIRS
    if enough and shown_old:
        ratio = (shown_new / merit_new) / (shown_old / merit_old)
    shown, merit = shown_new + shown_old, merit_new + merit_old
    return ExposureReport(
        len(new), len(old), shown_new / shown if shown else 0.0, merit_new / merit if merit else 0.0, ratio,
        gini([one.shown for one in known]), sum(not one.shown for one in known))


def gini(values: Sequence[float]) -> float:
    """0 when all are equal, towards 1 when one has everything; 0 for nothing at all."""
    ordered, total = sorted(values), sum(values)
    if not total:
        return 0.0
    n = len(ordered)
    return 2 * sum(place * value for place, value in enumerate(ordered, start=1)) / (n * total) - (n + 1) / n


class PartnerStatus(StrEnum):
    """A founder's question to another founder: shall we take this on together?"""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"


PARTNER = Lifecycle("partner", PartnerStatus, {
    (PartnerStatus.SENT, "accept"): PartnerStatus.ACCEPTED,
    (PartnerStatus.SENT, "decline"): PartnerStatus.DECLINED,
})
