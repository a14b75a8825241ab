"""Who may bid on a demand at all, alone or as a member of a joint bid."""
from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.accounts.models import Organisation, Role, SizeClass
from marketplace.db import find
from marketplace.demand.models import Demand
from marketplace.founders.models import CapabilityProfile
from marketplace.rules import set_aside
from marketplace.rules.errors import NotAllowed, WrongState


def check(session: Session, demand: Demand, founder: Organisation) -> None:
    """Whether a company may bid; a set-aside demand is for micro and small enterprises.

    Raises NotAllowed (bid.founders_only, bid.own_demand, bid.set_aside), WrongState (bid.profile_missing).
    """
    if founder.role != Role.FOUNDER:
        raise NotAllowed("bid.founders_only")
    if founder.id == demand.buyer_id:
        raise NotAllowed("bid.own_demand")
    if demand.set_aside and not set_aside.admits(founder.size_class):
        raise NotAllowed("bid.set_aside", size=SizeClass(founder.size_class))
    if find(session, CapabilityProfile, founder_id=founder.id) is None:
        raise WrongState("bid.profile_missing")
