"""A contract made from an award: milestones and price from the bid, payment terms from the demand."""
from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.clock import legal_day
from marketplace.contracts.models import Contract, Milestone
from marketplace.contracts.wording import text_hash, text_of
from marketplace.db import unused_id
from marketplace.demand.models import TERM_FIELDS
from marketplace.notices.operations import notify
from marketplace.rules.errors import Invalid
from marketplace.rules.payment_facts import EnterpriseSize
from marketplace.tendering.models import Award, RevokedAward


def draft(session: Session, award: Award, *, actor: User, now: dt.datetime) -> Contract:
    """The contract of an award, waiting for both sides to confirm.

    The founder's SME status is declared to the buyer in its text (Decree 802 Art 3, in force 2025-06-01).
    Raises Invalid("contract.amounts_do_not_add_up").
    """
    demand, bid = award.demand, award.bid
    rows = bid.milestones or []
    if not rows or sum(row["amount_fen"] for row in rows) != bid.price_fen:
        raise Invalid("contract.amounts_do_not_add_up", price_fen=bid.price_fen,
                      sum_fen=sum(row["amount_fen"] for row in rows))
    size = EnterpriseSize(bid.founder.size_class)
    contract = Contract(
        id=unused_id(session, Contract.id, RevokedAward.contract_id),
        number=f"HT-{legal_day(now).year}-{award.id:06d}", demand=demand, award=award, buyer=demand.buyer,
        founder=bid.founder, title=demand.title, total_fen=bid.price_fen, payer_type=demand.buyer.payer_type,
        payee_size_at_signing=size, sme_declared_at_signing=size is not EnterpriseSize.LARGE, created_at=now,
        **{name: getattr(demand, name) for name in TERM_FIELDS})
    contract.milestones = [
        Milestone(position=position, title=row["title"], amount_fen=row["amount_fen"],
                  planned_days=row.get("days") or demand.duration_days,
                  acceptance_criteria=list(row.get("acceptance_criteria") or demand.acceptance_criteria))
        for position, row in enumerate(rows, start=1)]
    contract.text = text_of(contract, bid)
    contract.text_hash = text_hash(contract.text)
    session.add(contract)
    audit.record(session, "contract:draft", contract, actor=actor, at=now, number=contract.number,
                 demand=demand.code, total_fen=contract.total_fen, text_hash=contract.text_hash)
    for party in (contract.buyer, contract.founder):
        notify(session, party.id, "contract_to_confirm", dedupe=f"contract:{contract.id}:confirm", now=now,
               link=f"/contracts/{contract.number}", number=contract.number, title=contract.title)
    return contract
