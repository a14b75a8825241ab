"""What a bid says, what must be right in it, and its exact text."""
from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from marketplace.accounts.models import Organisation
from marketplace.clock import SHANGHAI
from marketplace.demand.models import Demand
from marketplace.rules.errors import Problem, Problems
from marketplace.rules.joint_bid import WHOLE_BP
from marketplace.rules.money import MAX_FEN
from marketplace.tendering import attachments
from marketplace.tendering.attachments import Attachment

FORMAT = 2
ALONE = 1  # the format before joint bids, attachments and disclosures in parts; what lies sealed in it still opens
MOST_MILESTONES = 20
MOST_CRITERIA = 50
MOST_DAYS = 3650
PLAN_MOST = 20_000
LINE_MOST = 200
DETAILS_MOST = 2_000
FIRST_DISCLOSURES = ("subcontract", "ai_generated", "details")
NONCE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class PlannedMilestone:
    """A part of the work as a founder plans it. `days`: calendar days from signing to its delivery."""

    title: str
    amount_fen: int
    days: int
    acceptance_criteria: tuple[str, ...]


@dataclass(frozen=True)
class Disclosures:
    """What a founder declares: whether others do part of the work (which part, how much of the price in basis
    points, who), whether deliverables are made with generative AI (which, with what); `details` is free.

    Basis of the share: 《招标投标法》第四十八条 (in force 2000-01-01): a part may be subcontracted, never the whole.
    """

    subcontract: bool
    ai_generated: bool
    details: str = ""
    subcontract_part: str = ""
    subcontract_share_bp: int = 0
    subcontract_to: str = ""
    ai_deliverables: str = ""
    ai_tools: str = ""


@dataclass(frozen=True)
class BidForm:
    """A bid in plain text, as handed in. `nonce`: 64 hexadecimal digits, made by the server when None.

    `team` is what the members confirmed, put in at the sealing: ({uscc, name, role, share_bp}, …), the lead first.
    """

    price_fen: int
    plan: str
    milestones: tuple[PlannedMilestone, ...]
    disclosures: Disclosures
    nonce: str | None = None
    attachments: tuple[Attachment, ...] = ()
    team: tuple[dict[str, Any], ...] = ()
    format: int = FORMAT


def check(form: BidForm, *, budget_fen: int) -> None:
    """Raises Problems with everything wrong in a bid at once."""
    problems = [*_price(form, budget_fen), *_texts(form), *_milestones(form),
                *(_details(form.disclosures) if form.format == ALONE else _disclosures(form.disclosures))]
    if form.nonce is not None and not NONCE.fullmatch(form.nonce):
        problems.append(Problem("nonce", "bid.nonce_malformed"))
    if problems:
        raise Problems(problems)


def _price(form: BidForm, budget_fen: int) -> Iterator[Problem]:
    if form.price_fen <= 0:
        yield Problem("price_fen", "money.zero")
    elif form.price_fen > budget_fen:
        yield Problem("price_fen", "bid.over_budget", {"price_fen": form.price_fen, "budget_fen": budget_fen})


def _texts(form: BidForm) -> Iterator[Problem]:
    yield from _text("plan", form.plan, PLAN_MOST)
    for place, milestone in enumerate(form.milestones):
        yield from _text(f"milestones.{place}.title", milestone.title, LINE_MOST)
        field = f"milestones.{place}.acceptance_criteria"
        if not milestone.acceptance_criteria:
            yield Problem(field, "bid.criteria_missing")
        if len(milestone.acceptance_criteria) > MOST_CRITERIA:
            yield Problem(field, "field.too_many")
        for criterion in milestone.acceptance_criteria:
            yield from _text(field, criterion, LINE_MOST)


def _text(field: str, text: str, most: int) -> Iterator[Problem]:
    if not text.strip():
        yield Problem(field, "field.required")
    if len(text) > most:
        yield Problem(field, "field.too_long", {"most": most, "length": len(text)})
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        yield Problem(field, "bid.not_text")


def _milestones(form: BidForm) -> Iterator[Problem]:
    if not form.milestones:
        yield Problem("milestones", "bid.milestones_missing")
        return
    if len(form.milestones) > MOST_MILESTONES:
        yield Problem("milestones", "bid.too_many_milestones", {"most": MOST_MILESTONES})
    for place, milestone in enumerate(form.milestones):
        if milestone.amount_fen <= 0:
            yield Problem(f"milestones.{place}.amount_fen", "money.zero")
        if not 1 <= milestone.days <= MOST_DAYS:
            yield Problem(f"milestones.{place}.days", "field.out_of_range", {"low": 1, "high": MOST_DAYS})
    total = sum(milestone.amount_fen for milestone in form.milestones)
    if total != form.price_fen and abs(total) <= MAX_FEN * MOST_MILESTONES:
        more, less = max(total - form.price_fen, 0), max(form.price_fen - total, 0)
        yield Problem("milestones", "bid.milestones_over" if more else "bid.milestones_under",
                      {"total_fen": total, "price_fen": form.price_fen, "difference_fen": more or less})


def _details(said: Disclosures) -> Iterator[Problem]:
    """The declaration of the first format: one text."""
    if (said.subcontract or said.ai_generated) and not said.details.strip():
        yield Problem("disclosures.details", "bid.disclosure_details_missing")
    elif said.details:
        yield from _text("disclosures.details", said.details, DETAILS_MOST)


def _disclosures(said: Disclosures) -> Iterator[Problem]:
    if said.details:
        yield from _text("disclosures.details", said.details, DETAILS_MOST)
    for declared, names in ((said.subcontract, ("subcontract_part", "subcontract_to")),
                            (said.ai_generated, ("ai_deliverables", "ai_tools"))):
        for name in names:
            text, field = getattr(said, name), f"disclosures.{name}"
            if text and not declared:
                yield Problem(field, "bid.disclosure_not_declared")
            elif declared or text:
                yield from _text(field, text, LINE_MOST)
    if said.subcontract and not 1 <= said.subcontract_share_bp < WHOLE_BP:
        yield Problem("disclosures.subcontract_share_bp", "bid.subcontract_share")
    elif said.subcontract_share_bp and not said.subcontract:
        yield Problem("disclosures.subcontract_share_bp", "bid.disclosure_not_declared")


def payload(form: BidForm, *, demand: Demand, founder: Organisation, nonce: str) -> dict[str, Any]:
    """What is sealed: the bid, whose it is, what it is for, and the nonce."""
    said = contents(form) | {"nonce": nonce, "demand": demand.code, "founder_uscc": founder.uscc}
    return said | {"format": form.format}


def contents(form: BidForm) -> dict[str, Any]:
    """The bid as JSON: price_fen, plan, milestones [{title, amount_fen, days, acceptance_criteria}],
    disclosures {subcontract, ai_generated, …}, attachments [{file, name, media_type, size, sha256, key}],
    team [{uscc, name, role, share_bp}]; the last two and the disclosures' parts not in the first format."""
    said = asdict(form)
    del said["nonce"], said["format"]
    said["milestones"] = [{**part, "acceptance_criteria": list(part["acceptance_criteria"])}
                          for part in said["milestones"]]
    said["attachments"], said["team"] = list(said["attachments"]), list(said["team"])
    if form.format == ALONE:
        del said["attachments"], said["team"]
        said["disclosures"] = {name: said["disclosures"][name] for name in FIRST_DISCLOSURES}
    return said


def from_payload(said: dict[str, Any]) -> BidForm:
    """The bid in a payload. Raises KeyError, TypeError or ValueError when it is not one."""
    if said["format"] not in (ALONE, FORMAT):
        raise ValueError(said["format"])
    milestones = tuple(
        PlannedMilestone(str(part["title"]), _whole(part["amount_fen"]), _whole(part["days"]),
                         tuple(str(line) for line in part["acceptance_criteria"]))
        for part in said["milestones"])
    told = said["disclosures"]
    disclosures = Disclosures(bool(told["subcontract"]), bool(told["ai_generated"]), str(told["details"]))
    form = BidForm(_whole(said["price_fen"]), str(said["plan"]), milestones, disclosures, str(said["nonce"]),
                   format=said["format"])
    return form if form.format == ALONE else _with_parts(form, said)


def _with_parts(form: BidForm, said: dict[str, Any]) -> BidForm:
    """What the second format says beyond the first."""
    told = said["disclosures"]
    team = tuple({"uscc": str(one["uscc"]), "name": str(one["name"]), "role": str(one["role"]),
                  "share_bp": _whole(one["share_bp"])} for one in said["team"])
    if team and sum(one["share_bp"] for one in team) != WHOLE_BP:
        raise ValueError("team")
    disclosures = replace(
        form.disclosures, subcontract_share_bp=_whole(told["subcontract_share_bp"]),
        **{name: str(told[name]) for name in ("subcontract_part", "subcontract_to", "ai_deliverables", "ai_tools")})
    files = tuple(attachments.from_json(one) for one in said["attachments"])
    return replace(form, disclosures=disclosures, attachments=files, team=team)


def _whole(value: Any) -> int:
    if type(value) is not int or abs(value) > MAX_FEN:
        raise ValueError(value)
    return value


def exact_moment(moment: dt.datetime) -> str:
    """A moment in Beijing time to the last digit that counts: "2026-03-31 17:00:00.000001"."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None).isoformat(" ")
