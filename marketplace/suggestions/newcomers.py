"""The newcomers' share of a month's invitations, buyer by buyer, in numbers."""
from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation
from marketplace.founders.models import CapabilityProfile
from marketplace.suggestions import rounds
from marketplace.suggestions.models import Invitation
from marketplace.suggestions.rounds import Round


@dataclass(frozen=True)
class BuyerShare:
    """Of `proposed` invitations to a buyer's demands so many name newcomers (no award here yet), `drawn` of them by
    lot; of those `invited` to these demands so far, so many are newcomers now."""

    buyer: Organisation
    proposed: int
    newcomers: int
    drawn: int
    invited: int
    invited_newcomers: int

    @property
    def percent(self) -> int:
        """The newcomers' share of what is proposed, in whole percent, rounded down."""
        return 100 * self.newcomers // self.proposed


def shares(session: Session, found: Round) -> list[BuyerShare]:
    """The buyers a month has proposals for, by name; each has at least one."""
    new = set(session.scalars(select(CapabilityProfile.founder_id).where(
        CapabilityProfile.id.in_(rounds.newcomers(session)))))
    invited: dict[int, list[int]] = {}
    for demand_id, founder_id in session.execute(
            select(Invitation.demand_id, Invitation.founder_id).where(Invitation.demand_id.in_(found.proposals))):
        invited.setdefault(demand_id, []).append(founder_id)
    by_buyer: dict[Organisation, list[int]] = {}
    for demand_id, group in found.proposals.items():
        by_buyer.setdefault(group[0].demand.buyer, []).append(demand_id)
    result = []
    for buyer, demands in sorted(by_buyer.items(), key=lambda pair: (pair[0].name, pair[0].id)):
        proposed = [one for demand_id in demands for one in found.proposals[demand_id]]
        asked = [founder_id for demand_id in demands for founder_id in invited.get(demand_id, ())]
        result.append(BuyerShare(buyer, len(proposed), sum(one.newcomer for one in proposed),
                                 sum(one.explore for one in proposed), len(asked),
                                 sum(founder_id in new for founder_id in asked)))
    return result
