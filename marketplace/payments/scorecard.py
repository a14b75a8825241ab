"""The payer scorecard of a buyer, from the ledger: confirmed payments only, as of any day, typed by nobody."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy.orm import Session

from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Organisation, Role
from marketplace.payments import queries
from marketplace.payments.models import Obligation
from marketplace.payments.statements import statement_of
from marketplace.rules.errors import NotFound, Problem, Problems
from marketplace.rules.payment_facts import EnterpriseSize
from marketplace.rules.scorecard import Paid, Scorecard, scorecard
from marketplace.rules.uscc import LENGTH

_SMALL = (EnterpriseSize.MICRO, EnterpriseSize.SMALL)


def of_buyer(session: Session, buyer_id: int, *, as_of: dt.date) -> Scorecard:
    """How a buyer has paid here at the end of a day; what Decree 802 does not cover is left out."""
    records = (_paid(obligation, as_of) for obligation in queries.of_buyer(session, buyer_id))
    return scorecard([record for record in records if record is not None], as_of=as_of)


def of_buyers(session: Session, buyer_ids: Iterable[int], *, today: dt.date) -> dict[int, Scorecard]:
    """The cards of today of several buyers, for lists: what is settled is read from the rows without its statement."""
    records: dict[int, list[Paid]] = {buyer_id: [] for buyer_id in buyer_ids}
    for buyer_id, size, start, nominal, settled_on, disputed in queries.settled_of_buyers(session, list(records)):
        records[buyer_id].append(Paid(
            started_on=start, cleared_on=settled_on, left_fen=0, overdue=False, disputed=disputed,
            term_days=(nominal - start).days if nominal and start else None, small_payee=size in _SMALL))
    for obligation in queries.unsettled_of_buyers(session, list(records)):
        record = _paid(obligation, today)
        if record is not None:
            records[obligation.contract.buyer_id].append(record)
    return {buyer_id: scorecard(found, as_of=today) for buyer_id, found in records.items()}


def of_uscc(session: Session, uscc: str, *, as_of: dt.date | None, today: dt.date) -> tuple[Organisation, Scorecard]:
    """The card of the buyer with this unified social credit code, of today where no day is named.

    Raises NotFound, and Problems where the day has not come yet: what is paid until then is not known.
    """
    wanted = uscc.strip().upper()
    plain = len(wanted) == LENGTH and wanted.isascii() and wanted.isalnum()
    buyer = accounts.organisation_by_uscc(session, wanted) if plain else None
    if buyer is None or buyer.role != Role.BUYER:
        raise NotFound("not_found", what="buyer", id=uscc[:40])
    if as_of is not None and as_of > today:
        raise Problems([Problem("as_of", "scorecard.day_to_come", {"today": today})])
    return buyer, of_buyer(session, buyer.id, as_of=as_of or today)


def _paid(obligation: Obligation, as_of: dt.date) -> Paid | None:
    found = statement_of(obligation, as_of=as_of)
    if found.accrual is None or found.term is None:
        return None
    left = found.accrual.principal_left_fen
    return Paid(
        started_on=found.term.start, cleared_on=None if left else found.accrual.cleared_on, left_fen=left,
        overdue=found.is_overdue, disputed=bool(found.facts.disputes), term_days=found.term.days,
        small_payee=found.facts.payee_size_at_signing in _SMALL)
