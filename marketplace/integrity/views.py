"""What the pages and the API of leads ask before they show one."""
from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.demand.models import Demand
from marketplace.evaluation import queries as evaluation
from marketplace.rules.errors import WrongState


def check_not_blind(session: Session, demand: Demand, actor: User) -> None:
    """A buyer does not learn from a lead who bid while the scoring is without names. Raises WrongState."""
    if actor.organisation_id == demand.buyer_id and evaluation.names_hidden(session, demand):
        raise WrongState("integrity.blind", code=demand.code)
