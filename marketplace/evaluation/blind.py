"""Bids as those who score see them: numbered anew for each reader, with nothing that literally names the bidder."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, User
from marketplace.demand.models import Demand
from marketplace.evaluation import queries
from marketplace.evaluation.models import EvaluationRound
from marketplace.rules import panel
from marketplace.rules.panel import RoundStatus
from marketplace.tendering import queries as tendering
from marketplace.tendering.models import Bid

SHARED = "panel"  # the reader all share


@dataclass(frozen=True)
class BlindBid:
    """An opened bid without its bidder. `number` from 1 in this reader's order; `team` how many bid together;
    `attachments` what each is by its media type: never the names of the files."""

    id: int
    number: int
    price_fen: int
    plan: str
    milestones: list[dict[str, Any]]
    disclosures: dict[str, Any]
    team: int
    attachments: tuple[str, ...]


def numbers(session: Session, demand: Demand, *, reader: int | str,
            within: EvaluationRound | None = None) -> dict[int, int]:
    """By bid id, from 1, in the order of one reader (an evaluator's id, or a word for a page many look at).

    Without a round the order comes from the bids' commitments, which nobody could choose. A bid keeps its number when
    another is excluded.
    """
    bids = tendering.opened_bids(session, demand)
    key = within.blinding_key if within is not None else f"{demand.code}:{''.join(bid.commitment for bid in bids)}"
    return {bid.id: number for number, bid in enumerate(panel.shuffled(bids, key=key, reader=reader), start=1)}


def reader_of(of: EvaluationRound | None, user: User) -> int | str:
    """Whose order a page of the buyer's shows a person: their own while they score, else the one all share."""
    own = next((one.id for one in of.evaluators if one.user_id == user.id and one.status in queries.STANDING), None) \
        if of is not None and of.status == RoundStatus.SCORING else None
    return own if own is not None else SHARED


def sheets(session: Session, demand: Demand, *, reader: int | str,
           within: EvaluationRound | None = None) -> list[BlindBid]:
    """The bids to be scored, in one reader's order (see `numbers`)."""
    place = numbers(session, demand, reader=reader, within=within)
    found = [sheet_of(bid, place[bid.id]) for bid in queries.in_play(tendering.opened_bids(session, demand))]
    return sorted(found, key=lambda one: one.number)


def sheet_of(bid: Bid, number: int) -> BlindBid:
    """One opened bid under a number."""
    words = words_of(bid)
    return BlindBid(
        bid.id, number, bid.price_fen or 0, panel.redact(bid.plan or "", words), redacted(bid.milestones or [], words),
        redacted(bid.disclosures or {}, words), len(bid.team or []),
        tuple(str(one.get("media_type", "")) for one in bid.attachments or []))


def redacted(value: Any, words: Sequence[str]) -> Any:
    """JSON with every text in it redacted; keys stay as they are."""
    if isinstance(value, str):
        return panel.redact(value, words)
    if isinstance(value, list):
        return [redacted(one, words) for one in value]
    if isinstance(value, dict):
        return {key: redacted(one, words) for key, one in value.items()}
    return value


def words_of(bid: Bid) -> tuple[str, ...]:
    """What has to be hidden in everything this bidder writes."""
    return panel.identifying(_facts(bid.founder, bid.team or []))


def _facts(company: Organisation, team: Iterable[dict[str, Any]]) -> Iterable[str]:
    """What is known here that names a bidder: the company's facts, its people, and those of the team."""
    yield from (company.name, company.uscc)
    yield from (fact for fact in (company.legal_representative, company.registered_address, company.phone) if fact)
    for person in company.people:
        yield from (person.display_name, person.email)
    for member in team:
        yield from (str(member.get("name", "")), str(member.get("uscc", "")))


def bidder_names(session: Session, demand: Demand) -> list[str]:
    """Who bid, members of joint bids too, in the order of the names: what is needed to declare a conflict, no more."""
    opened = tendering.opened_bids(session, demand)
    members = {str(member.get("name", "")) for bid in opened for member in bid.team or []}
    return sorted({bid.founder.name for bid in opened} | members)


def without_bidder(said: dict[str, Any]) -> dict[str, Any]:
    """A bid's fields as programs read them, with everything hidden that `sheet_of` hides; `founder` is a company."""
    words = panel.identifying(_facts(said["founder"], said["team"] or []))
    hidden = {name: redacted(said[name], words) for name in ("plan", "milestones", "disclosures")}
    return said | hidden | {"founder": None, "team": [], "attachments": [], "commitment": None, "received_at": None}
