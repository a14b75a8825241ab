"""A buyer sees in numbers how many of the month's invitations name newcomers."""
from __future__ import annotations

from sqlalchemy.orm import Session

from marketplace.suggestions import newcomers, operations, rounds
from tests.integration.founders import people
from tests.integration.founders.people import LEAKS, NOW


def test_the_share_is_counted_for_each_buyer(session: Session) -> None:
    for number in range(1, 4):
        people.founder(session, number, profile=LEAKS)
    first, second = people.buyer(session, 1), people.buyer(session, 2)
    demands = [people.leak_demand(session, actor) for actor in (first, first, second)]
    for demand in demands:
        operations.refresh(session, demand.id, now=NOW)
    rounds.propose(session, actor="system", now=NOW)
    found = rounds.of_month(session, rounds.month_of(NOW))
    invited = found.proposals[demands[2].id][0]
    operations.invite(session, demands[2], invited.profile_id, note="", actor=second, now=NOW)
    shares = newcomers.shares(session, found)
    assert [one.buyer.name for one in shares] == ["buyer1 公司", "buyer2 公司"]
    assert [one.proposed for one in shares] == [
        sum(len(found.proposals[demand.id]) for demand in demands[:2]), len(found.proposals[demands[2].id])]
    assert {(one.newcomers == one.proposed, one.percent) for one in shares} == {(True, 100)}, "nobody has an award yet"
    assert [(one.invited, one.invited_newcomers) for one in shares] == [(0, 0), (1, 1)]
    own = rounds.of_month(session, found.month, buyer_id=first.organisation_id)
    assert newcomers.shares(session, own) == shares[:1]
