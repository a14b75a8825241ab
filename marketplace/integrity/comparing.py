"""Comparing the opened bids of one demand: texts, prices, where they came from, who stands behind them."""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from statistics import median_low
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.demand.models import Demand
from marketplace.integrity import conflicts, traces
from marketplace.questions.models import Question
from marketplace.rules import collusion as law
from marketplace.rules import conflicts as identities
from marketplace.rules import shingles
from marketplace.rules.collusion import CollusionKind, Finding, Strength
from marketplace.rules.conflicts import SignalKind
from marketplace.suggestions.likeness import nearness_percent
from marketplace.tendering.models import Bid
from marketplace.tendering.queries import READ

OTHER_BIDS = 300
"""How many bids on other demands, the newest, say what everybody writes."""
PAIRS_SHOWN = 10
STRONG_PERCENT = 80
_STRENGTHS = {SignalKind.SAME_HOLDER: Strength.STRONG, SignalKind.SAME_PHONE: Strength.STRONG,
              SignalKind.SAME_REPRESENTATIVE: Strength.STRONG}


def findings(session: Session, demand: Demand, bids: list[Bid]) -> list[Finding]:
    """Everything found in the opened bids of a demand, in no order of weight."""
    prices = {bid.id: bid.price_fen for bid in bids if bid.price_fen is not None}
    files = {bid.id: {one["sha256"]: one["name"] for one in bid.attachments or ()} for bid in bids}
    return [*similar_texts(session, demand, bids), *law.price_patterns(prices, budget_fen=demand.budget_fen),
            *law.same_files(files), *law.same_network(traces.of_opened(session, demand)),
            *shared_identities(session, bids)]


def bid_text(bid: Bid) -> str:
    """What a bidder wrote in a bid: plan, milestones, disclosures."""
    parts = [part for milestone in bid.milestones or ()
             for part in (milestone["title"], *milestone["acceptance_criteria"])]
    disclosed = [said for said in (bid.disclosures or {}).values() if isinstance(said, str)]
    return "\n".join([bid.plan or "", *parts, *disclosed])


def similar_texts(session: Session, demand: Demand, bids: list[Bid]) -> Iterator[Finding]:
    """Groups of bids that share more than half of what is their own, quotations of the demand left out."""
    texts = {bid.id: shingles.read(bid_text(bid)) for bid in bids}
    ignored = frozenset(_demand_pieces(session, demand)) | _commonplaces(session, demand, bids)
    pairs = {(one, other): found for one, other in combinations(sorted(texts), 2)
             if shingles.is_near_identical(found := shingles.likeness(texts[one], texts[other], ignored=ignored))}
    if not pairs:
        return
    place = {bid.id: at for at, bid in enumerate(bids)}
    near = nearness_percent([texts[bid.id].original for bid in bids])
    usual = median_low(near[a][b] for a, b in combinations(range(len(bids)), 2))
    for group in _groups(pairs):
        own = sorted((pair for pair in pairs if pair[0] in group),
                     key=lambda pair: (-pairs[pair].percent, pair))
        percent = pairs[own[0]].percent
        yield Finding(
            CollusionKind.SIMILAR_TEXT, Strength.STRONG if percent >= STRONG_PERCENT else Strength.MEDIUM,
            tuple(sorted(group)), {
                "percent": percent, "common": pairs[own[0]].common, "usual": usual,
                "nearness": near[place[own[0][0]]][place[own[0][1]]],
                "pairs": [{"bids": list(pair), "percent": pairs[pair].percent,
                           "passages": list(pairs[pair].passages)} for pair in own[:PAIRS_SHOWN]]})


def _groups(pairs: Iterable[tuple[int, int]]) -> list[set[int]]:
    groups: list[set[int]] = []
    for pair in pairs:
        touched = [group for group in groups if group & set(pair)]
        groups = [group for group in groups if group not in touched]
        groups.append(set(pair).union(*touched))
    return groups


def _demand_pieces(session: Session, demand: Demand) -> Iterator[str]:
    """What stands in the demand itself, in its questions and in their answers: everyone may quote it."""
    asked = session.scalars(select(Question).filter_by(demand_id=demand.id))
    said = [line for question in asked for line in (question.text, *(answer.text for answer in question.answers))]
    whole = "\n".join([demand.title, demand.scene, demand.data_offered, demand.description, *demand.deliverables,
                       *demand.acceptance_criteria, *demand.required_skills, *said])
    yield from shingles.read(whole).pieces


def _commonplaces(session: Session, demand: Demand, bids: list[Bid]) -> frozenset[str]:
    """Phrases of the trade, from the newest bids of founders who did not bid here."""
    query = select(Bid).where(Bid.demand_id != demand.id, Bid.status.in_(READ),
                              Bid.founder_id.not_in({bid.founder_id for bid in bids}))
    by_author: dict[int, list[shingles.Text]] = {}
    for bid in session.scalars(query.order_by(Bid.id.desc()).limit(OTHER_BIDS)):
        by_author.setdefault(bid.founder_id, []).append(shingles.read(bid_text(bid)))
    return shingles.commonplaces(by_author)


def shared_identities(session: Session, bids: list[Bid]) -> Iterator[Finding]:
    """Bids whose companies have the same head, phone, address, mail domain or credit-code body.

    The members of one joint bid may have as much in common as they like: they say that they bid together.
    """
    by_trait: dict[tuple[SignalKind, str], dict[int, identities.Identity]] = {}
    for bid in bids:
        for one in (conflicts.identity(session, company) for company in conflicts.parties(session, bid)):
            holder = (SignalKind.SAME_HOLDER, one.uscc[identities.HOLDER])
            for trait in (holder, *identities.traits(one)):
                by_trait.setdefault(trait, {}).setdefault(bid.id, one)
    for (kind, value), found in sorted(by_trait.items()):
        if len(found) > 1:
            facts = {"code": value} if kind is SignalKind.SAME_HOLDER else identities.shown(
                kind, value, next(iter(found.values())))
            yield _shared(session, kind, value, tuple(sorted(found)), facts)


def _shared(session: Session, kind: SignalKind, value: str, bids: tuple[int, ...],
            facts: Mapping[str, Any]) -> Finding:
    strength, crowd = _STRENGTHS.get(kind, Strength.MEDIUM), False
    if kind is SignalKind.SAME_ADDRESS:
        crowd = _companies_at(session, value) >= law.CROWD.value
        strength = Strength.WEAK if crowd else strength
    return Finding(CollusionKind.SHARED_IDENTITY, strength, bids, {"trait": str(kind), "crowd": crowd, **facts})


def _companies_at(session: Session, address: str) -> int:
    """How many companies here are registered at an address: an incubator's door has many."""
    known = session.scalars(select(Organisation.registered_address).where(
        Organisation.registered_address.is_not(None)))
    return sum(identities.plain_address(text or "") == address for text in known)
