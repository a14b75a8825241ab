"""Joint bids: several founders bid as one, each with a share that it has confirmed itself.

Basis: Tendering and Bidding Law Art. 31 (《招标投标法》第三十一条, in force 2000-01-01): the members agree on who does
what before they bid, and answer jointly and severally to the buyer; its Implementing Regulation Art. 37
(《招标投标法实施条例》第三十七条, in force 2012-02-01): members stay the same once they have bid, and who is in one
joint bid bids in no other and not alone, or every such bid is void. The platform keeps to both for every demand.
"""
from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from marketplace.rules import money
from marketplace.rules.errors import Problem
from marketplace.rules.lifecycle import Lifecycle
from marketplace.rules.statutes import Dated

Key = TypeVar("Key")
WHOLE_BP = 10_000
ROLE_MOST = 100
MOST_MEMBERS = (Dated(5, "founders in a joint bid, the lead included", date(2026, 1, 1), "平台规则"),)


class MemberStatus(StrEnum):
    """A founder named in a joint bid; `withdrawn`: the lead took the invitation back, or the bid itself."""

    INVITED = "invited"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


_S = MemberStatus
TEAM_MEMBER = Lifecycle("team_member", _S, {
    (_S.INVITED, "confirm"): _S.CONFIRMED,
    (_S.INVITED, "decline"): _S.DECLINED,
    (_S.INVITED, "withdraw"): _S.WITHDRAWN,
    (_S.CONFIRMED, "decline"): _S.DECLINED,
    (_S.CONFIRMED, "ask_again"): _S.INVITED,
    (_S.CONFIRMED, "withdraw"): _S.WITHDRAWN,
    (_S.DECLINED, "ask_again"): _S.INVITED,
    (_S.DECLINED, "withdraw"): _S.WITHDRAWN,
    (_S.WITHDRAWN, "ask_again"): _S.INVITED,
})


@dataclass(frozen=True)
class Part:
    """What one founder takes on: `role` in words, `share_bp` of the price in basis points (10,000 is all of it)."""

    key: str
    role: str
    share_bp: int


def problems(lead: Part, others: Sequence[Part]) -> Iterator[Problem]:
    """Everything wrong in a division of a bid; fields as `lead.share_bp`, `members.0.role`, `members`."""
    most = MOST_MEMBERS[-1].value
    if not others:
        yield Problem("members", "team.nobody_named")
    if len(others) >= most:
        yield Problem("members", "team.too_many", {"most": most})
    seen = {lead.key}
    for place, part in enumerate(others):
        if part.key in seen:
            yield Problem(f"members.{place}.uscc", "team.named_twice", {"uscc": part.key})
        seen.add(part.key)
    for field, part in (("lead", lead), *((f"members.{place}", part) for place, part in enumerate(others))):
        if not part.role.strip():
            yield Problem(f"{field}.role", "field.required")
        if len(part.role) > ROLE_MOST:
            yield Problem(f"{field}.role", "field.too_long", {"most": ROLE_MOST, "length": len(part.role)})
        if not 1 <= part.share_bp < WHOLE_BP:
            yield Problem(f"{field}.share_bp", "team.share_out_of_range")
    total = lead.share_bp + sum(part.share_bp for part in others)
    if total != WHOLE_BP:
        yield Problem("members", "team.shares_do_not_add_up", {"total": percent(total)})


def percent(share_bp: int) -> str:
    """"33.34" for 3334, "50" for 5000."""
    return f"{share_bp // 100}.{share_bp % 100:02d}".removesuffix(".00")


def amounts(amount_fen: int, shares_bp: Sequence[int]) -> list[int]:
    """An amount in fen by shares; the parts add up exactly, the largest remainder first."""
    return money.split(amount_fen, shares_bp)


def clashes(bidders: Mapping[Key, Collection[str]]) -> set[Key]:
    """The bids, by key, that share a founder with another bid; `bidders`: every founder of each bid by USCC."""
    by_founder: dict[str, list[Key]] = {}
    for key, codes in bidders.items():
        for code in set(codes):
            by_founder.setdefault(code, []).append(key)
    return {key for keys in by_founder.values() if len(keys) > 1 for key in keys}


def changed(before: Mapping[str, tuple[str, int]], after: Iterable[Part]) -> set[str]:
    """The keys in `after` whose role or share is not the one in `before`: they are asked (again)."""
    return {part.key for part in after if before.get(part.key) != (part.role, part.share_bp)}
