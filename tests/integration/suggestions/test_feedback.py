"""What people say to suggestions, what they were shown, and what became of it all."""
from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.demand import operations as demands
from marketplace.demand.drafts import DemandDraft
from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.rules.errors import RuleViolation
from marketplace.rules.feedback import Exposure, Mark, MatchEventKind, Side, exposure_report
from marketplace.suggestions import exposure, feedback, operations, outcomes, queries, rounds, similar
from marketplace.suggestions.feedback import Place
from marketplace.suggestions.models import Invitation, MatchEvent, ProposedInvitation, Suggestion
from marketplace.tendering.models import Bid
from tests.integration.founders.people import LEAKS, NOW, POSTERS, buyer, founder, leak_demand, profile_id

DAY = dt.timedelta(days=1)


@pytest.fixture
def pair(session: Session):
    """(buyer, founder, demand): matched."""
    anchor, person = buyer(session, 1), founder(session, 1, profile=LEAKS)
    founder(session, 2, profile=POSTERS)
    demand = leak_demand(session, anchor)
    operations.refresh(session, demand.id, now=NOW)
    return anchor, person, demand


def say(session: Session, demand: Demand, person, side: Side, action: str, actor, *, reason: str | None = None) -> Mark:
    profile = founders.profile_of(session, person.organisation_id)
    return feedback.mark(session, demand, profile, side, action, reason=reason, actor=actor, now=NOW)


def test_what_a_founder_dismisses_goes_away_for_them_and_can_be_brought_back(session: Session, pair) -> None:
    _, person, demand = pair
    assert say(session, demand, person, Side.FOUNDER, "dismiss", person, reason="no_time") == Mark.DISMISSED
    assert queries.for_founder(session, person.organisation_id, now=NOW) == []
    [gone] = queries.for_founder(session, person.organisation_id, now=NOW, dismissed=True)
    assert gone.demand_id == demand.id
    assert person.organisation_id in {one.profile.founder_id for one in queries.for_demand(session, demand)}, \
        "the buyer sees nothing of it"
    say(session, demand, person, Side.FOUNDER, "restore", person)
    assert len(queries.for_founder(session, person.organisation_id, now=NOW)) == 1


def test_whom_a_buyer_dismisses_goes_away_for_them_only(session: Session, pair) -> None:
    anchor, person, demand = pair
    say(session, demand, person, Side.BUYER, "dismiss", anchor, reason="other_field")
    assert profile_id(session, person) not in {one.profile_id for one in queries.for_demand(session, demand)}
    [gone] = queries.for_demand(session, demand, dismissed=True)
    assert gone.profile_id == profile_id(session, person)
    assert len(queries.for_founder(session, person.organisation_id, now=NOW)) == 1


def test_a_dismissal_says_why_and_with_a_reason_of_that_side(session: Session, pair) -> None:
    _, person, demand = pair
    for reason in (None, "made_up", "worked_with_before"):
        with pytest.raises(RuleViolation) as caught:
            say(session, demand, person, Side.FOUNDER, "dismiss", person, reason=reason)
        assert caught.value.code == "mark.reason_missing"


def test_saying_the_same_twice_changes_nothing(session: Session, pair) -> None:
    anchor, person, demand = pair
    for _ in range(2):
        assert say(session, demand, person, Side.BUYER, "keep", anchor) == Mark.KEPT
    assert session.scalar(select(func.count()).select_from(MatchEvent)) == 1
    assert say(session, demand, person, Side.FOUNDER, "release", person) == Mark.SUGGESTED
    assert say(session, demand, person, Side.BUYER, "release", anchor) == Mark.SUGGESTED
    assert session.scalar(select(func.count()).select_from(MatchEvent)) == 2


def test_what_was_shown_is_noted_once_a_day_for_each_person_with_its_place(session: Session, pair) -> None:
    anchor, person, demand = pair
    place = Place(demand.id, profile_id(session, person), 3)
    seen = {"person": anchor}
    assert feedback.note_seen(session, [place], Side.BUYER, MatchEventKind.SHOWN, now=NOW, **seen) == 1
    assert feedback.note_seen(session, [place], Side.BUYER, MatchEventKind.SHOWN, now=NOW, **seen) == 0
    assert feedback.note_seen(session, [place], Side.BUYER, MatchEventKind.SHOWN, now=NOW + DAY, **seen) == 1
    say(session, demand, person, Side.BUYER, "keep", anchor)
    kept = session.scalars(select(MatchEvent).filter_by(kind=MatchEventKind.SHORTLISTED)).one()
    assert kept.position == 3, "what is said is said about the place it stood at"


def test_outcomes_tell_day_place_and_what_happened_and_bids_only_after_the_deadline(session: Session, pair) -> None:
    anchor, person, demand = pair
    profile = profile_id(session, person)
    feedback.note_seen(session, [Place(demand.id, profile, 1)], Side.FOUNDER, MatchEventKind.SHOWN, person=person,
                       now=NOW)
    say(session, demand, person, Side.FOUNDER, "keep", person)
    operations.invite(session, demand, profile, note="", actor=anchor, now=NOW)
    session.add(Bid(demand_id=demand.id, founder_id=person.organisation_id, version=1, ciphertext=b"x",
                    commitment="0" * 64, received_at=NOW))
    session.flush()
    early = [one.event for one in outcomes.all_outcomes(session, now=NOW)]
    late = [one.event for one in outcomes.all_outcomes(session, now=demand.bid_deadline + DAY)]
    assert (early, late) == (["invited", "saved", "shown"], ["bid", "invited", "saved", "shown"])
    saved = next(one for one in outcomes.all_outcomes(session, now=NOW) if one.event == "saved")
    assert json.loads(json.dumps(saved.as_row())) == {
        "demand_id": str(demand.id), "profile_id": str(profile), "position": 1, "propensity": None, "event": "saved",
        "on": "2026-03-02"}


# Proposals ----------------------------------------------------------------------------------------


def market(session: Session, scores: list[list[float]], *, capacities: list[int | None]) -> list[Demand]:
    """Demands of one buyer and founders, with suggestions of these scores; None for a veto."""
    anchor = buyer(session, 1)
    demands = [leak_demand(session, anchor, title=f"需求{i}") for i in range(len(scores))]
    profiles = []
    for number, days in enumerate(capacities, start=1):
        profile = founders.profile_of(session, founder(session, number, profile=LEAKS).organisation_id)
        profile.capacity_days_per_month = days
        profiles.append(profile)
    for demand, row in zip(demands, scores, strict=True):
        for rank, (profile, score) in enumerate(zip(profiles, row, strict=True), start=1):
            session.add(Suggestion(demand_id=demand.id, profile_id=profile.id, rank=rank, score=abs(score),
                                   eligible=score >= 0, explanation={}, engine_version="t", computed_at=NOW))
    session.flush()
    return demands


def proposed(session: Session) -> list[ProposedInvitation]:
    return list(session.scalars(select(ProposedInvitation).order_by(
        ProposedInvitation.demand_id, ProposedInvitation.position)))


def test_nobody_is_proposed_more_often_than_they_have_days_for(session: Session) -> None:
    market(session, [[3.0, 1.0]] * 4, capacities=[5, 15])
    rounds.propose(session, actor="system", now=NOW)
    people = [one.profile_id for one in proposed(session)]
    assert sorted(people.count(one) for one in set(people)) == [1, 3]


def test_who_breaks_a_requirement_was_invited_or_dismissed_is_not_proposed(session: Session) -> None:
    [demand, *_] = market(session, [[3.0, -3.0, 2.0, 1.0]], capacities=[20] * 4)
    people = founders.all_profiles(session)
    operations.invite(session, demand, people[0].id, note="", actor=demand.buyer.people[0], now=NOW)
    feedback.mark(session, demand, people[2], Side.FOUNDER, "dismiss", reason="no_time",
                  actor=people[2].founder.people[0], now=NOW)
    rounds.propose(session, actor="system", now=NOW)
    assert [one.profile_id for one in proposed(session)] == [people[3].id]


def test_one_place_is_drawn_among_newcomers_and_its_chance_is_on_record(session: Session) -> None:
    market(session, [[3.0] * 8], capacities=[20] * 8)
    rounds.propose(session, actor="system", now=NOW)
    first = [(one.profile_id, one.explore) for one in proposed(session)]
    drawn = [one for one in proposed(session) if one.explore]
    assert len(first) == rounds.PER_DEMAND
    assert [one.propensity for one in drawn] == [1 / 4], "four were assigned, one of the other four was drawn"
    rounds.propose(session, actor="system", now=NOW)
    assert [(one.profile_id, one.explore) for one in proposed(session)] == first, "worked out again it is the same"
    assert rounds.propensity_of(session, drawn[0].demand_id, drawn[0].profile_id, month="2026-03") == 1 / 4


def test_a_buyer_reads_only_their_own_proposals_and_another_month_has_none(session: Session) -> None:
    [demand] = market(session, [[3.0, 2.0]], capacities=[20, 20])
    rounds.propose(session, actor="system", now=NOW)
    other = buyer(session, 2)
    mine = rounds.of_month(session, "2026-03", buyer_id=demand.buyer_id)
    assert [len(group) for group in mine.proposals.values()] == [2]
    assert rounds.of_month(session, "2026-03", buyer_id=other.organisation_id).proposals == {}
    assert rounds.of_month(session, "2026-04") is None
    assert mine.report["assigned"]["over_capacity"] == 0


def test_an_invitation_sent_this_month_counts_against_both_sides(session: Session) -> None:
    first, second = market(session, [[3.0], [3.0]], capacities=[5])
    [profile] = founders.all_profiles(session)
    operations.invite(session, first, profile.id, note="", actor=first.buyer.people[0], now=NOW)
    rounds.propose(session, actor="system", now=NOW)
    assert proposed(session) == []
    session.scalars(select(Invitation)).one().invited_at = NOW - 31 * DAY
    rounds.propose(session, actor="system", now=NOW)
    assert [one.demand_id for one in proposed(session)] == [second.id]


# Exposure -----------------------------------------------------------------------------------------


def test_newcomers_shown_less_than_four_fifths_of_what_they_deserve_are_an_alarm() -> None:
    def report(new: float, old: float, pairs: int = 10):
        return exposure_report([Exposure(1, True, new, 1.0, pairs), Exposure(2, False, 2 * old, 2.0, pairs)])

    assert (report(1.0, 1.0).ratio, report(1.0, 1.0).alarm) == (1.0, False)
    assert (report(0.79, 1.0).alarm, report(0.8, 1.0).alarm) == (True, False)
    assert report(0.1, 1.0, pairs=9).ratio is None, "too few pairs to compare"
    assert exposure_report([Exposure(1, True, 1.0, 1.0, 50)]).ratio is None, "nobody to compare with"


def test_exposure_counts_the_places_buyers_were_shown(session: Session, pair) -> None:
    anchor, person, demand = pair
    feedback.note_seen(session, [Place(demand.id, profile_id(session, person), 1)], Side.BUYER, MatchEventKind.SHOWN,
                       person=anchor, now=NOW)
    view = exposure.view(session, now=NOW)
    assert (view.events, view.shown.newcomers, view.shown.unseen) == (1, 1, 0), "posters have no chance at leaks"
    assert exposure.view(session, now=NOW + 31 * DAY).events == 0


# Similar demands, past cases, varied lists --------------------------------------------------------


def test_a_similar_demand_is_shown_with_what_became_of_it_and_drafts_never(session: Session) -> None:
    anchor = buyer(session, 1)
    demand, near = leak_demand(session, anchor), leak_demand(session, anchor, title="小区供水管网查漏")
    leak_demand(session, anchor, title="给城市写一首歌", description="三分钟，能循环播放。", industry="文化艺术业",
                required_skills=("作曲",))
    demands.create(session, DemandDraft(title="管网漏损定位草稿", description="漏损", budget_fen=1, duration_days=1,
                                        term_days=30, acceptance_period_days=10), actor=anchor, now=NOW)
    [found] = similar.demands_like(session, demand, now=NOW)
    assert (found.demand.id, found.takes_bids, found.winner) == (near.id, True, None)
    assert found.shared == tuple(near.required_skills)


def test_past_cases_are_found_in_other_words_and_quoted(session: Session) -> None:
    person = founder(session, 1, profile=LEAKS)
    founder(session, 2, profile=POSTERS)
    [found, *_] = similar.cases_for(session, question="自来水管漏水普查")
    assert (found.profile.founder_id, found.title, found.verified) == (
        person.organisation_id, "县城水司漏损普查", False)
    assert found.phrase in f"{found.title}{found.summary}"
    assert similar.cases_for(session, question="") == []


def test_a_varied_list_begins_with_the_best_and_holds_the_same_demands(session: Session, pair) -> None:
    anchor, person, _ = pair
    for title in ("管网漏损定位二", "管网漏损定位三"):
        operations.refresh(session, leak_demand(session, anchor, title=title).id, now=NOW)
    by_fit = queries.for_founder(session, person.organisation_id, now=NOW)
    varied = similar.varied(by_fit, limit=10)
    assert varied[0].id == by_fit[0].id
    assert {one.id for one in varied} == {one.id for one in by_fit}
