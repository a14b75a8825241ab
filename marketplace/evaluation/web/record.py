"""Who scored what, after the decision: for the operator and the buyer's own people."""
from __future__ import annotations

from flask import render_template

from marketplace import security
from marketplace.accounts.models import Role
from marketplace.db import reading
from marketplace.demand import queries as demands
from marketplace.evaluation import consensus, queries
from marketplace.evaluation.web.pages import Page, pages
from marketplace.rules.errors import WrongState
from marketplace.rules.lifecycle import DemandStatus
from marketplace.rules.panel import RoundStatus
from marketplace.tendering import queries as bids

DECIDED = (DemandStatus.COMPLETE, DemandStatus.UNSUCCESSFUL, DemandStatus.CANCELLED)


@pages.get("/demands/<code>/evaluation/record")
@security.require(Role.BUYER, Role.OPERATOR)
def record(code: str) -> Page:
    """Every round, everyone's points and every change, once the demand is decided."""
    with reading() as session:
        actor = security.actor()
        demand = demands.for_buyer(session, code, actor=actor) if actor.role == Role.BUYER \
            else demands.by_code(session, code)
        if demand.status not in DECIDED:
            raise WrongState("evaluation.not_decided", code=code)
        rounds = [of for of in queries.rounds(session, demand) if of.status in (RoundStatus.CLOSED,
                                                                               RoundStatus.REOPENED)]
        return render_template(
            "evaluation/record.html", demand=demand, asked=list(queries.explanations(session, demand).values()),
            names={bid.id: bid.founder.name for bid in bids.opened_bids(session, demand)},
            rounds=[(of, consensus.cells(session, demand, of)) for of in rounds])
