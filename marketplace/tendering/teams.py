"""Joint bids: the lead names founders with a role and a share, each confirms in its own account, then they bid as one.

Basis: 招标投标法 Art. 31 (in force 2000-01-01), its Implementing Regulation Art. 37 (in force 2012-02-01). Who is in a
team is known to the lead and to each member for itself; the audit chain names nobody before the opening.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from marketplace import audit
from marketplace.accounts.models import Organisation, Role, User
from marketplace.db import find, get, lock
from marketplace.demand import following
from marketplace.demand.models import Demand
from marketplace.notices.operations import notify
from marketplace.rules import joint_bid as rules
from marketplace.rules.errors import NotFound, Problem, Problems, RuleViolation, WrongState
from marketplace.rules.joint_bid import MemberStatus, Part
from marketplace.rules.lifecycle import DemandStatus, advance
from marketplace.tendering import eligibility, queries
from marketplace.tendering.models import Bid, BidTeam, BidTeamMember, TeamBid

SEALED_ACTOR = "bidder:sealed"
FOUND_MOST = 10


@dataclass(frozen=True)
class Share:
    """What the lead writes down for one founder; `uscc` None for the lead itself."""

    uscc: str | None
    role: str
    share_bp: int


def propose(session: Session, demand: Demand, lead: Share, others: Sequence[Share], *, actor: User,
            now: dt.datetime) -> BidTeam:
    """Write down the whole team; whoever is new or whose role or share changed is asked (again), who is no longer
    named is told. Nothing changes while a bid of this team lies sealed (Art. 37): it is withdrawn first.

    Raises Problems (rules.joint_bid.problems, team.unknown_founder, team.member_…), NotAllowed (eligibility),
    WrongState (bid.not_accepting, team.past_deadline, team.bid_lies, bid.in_team).
    """
    demand = lock(session, Demand, demand.id)
    _check_open(demand, now=now)
    own = get(session, Organisation, actor.organisation_id)
    eligibility.check(session, demand, own)
    _check_no_joint_bid(session, demand, own.id)
    first = Part(own.uscc, lead.role.strip(), lead.share_bp)
    rest = [Part(one.uscc or "", one.role.strip(), one.share_bp) for one in others]
    founders = _checked(session, demand, first, rest)
    team = standing(session, demand, own.id)
    if team is None:
        _check_free(session, demand, own)
        team = BidTeam(demand=demand, lead=own, created_at=now)
        session.add(team)
        session.flush()
    _write(session, team, [first, *rest], founders | {first.key: own}, now=now)
    audit.record(session, "team:propose", team, actor=SEALED_ACTOR, at=now, demand=demand.code, members=len(rest) + 1)
    return team


def _checked(session: Session, demand: Demand, first: Part, rest: Sequence[Part]) -> dict[str, Organisation]:
    problems, found = list(rules.problems(first, rest)), {}
    for place, part in enumerate(rest):
        founder = find(session, Organisation, uscc=part.key, role=Role.FOUNDER)
        if founder is None:
            problems.append(Problem(f"members.{place}.uscc", "team.unknown_founder", {"uscc": part.key}))
            continue
        found[part.key] = founder
        try:
            eligibility.check(session, demand, founder)
        except RuleViolation as violation:
            problems.append(Problem(f"members.{place}.uscc", f"team.member_{violation.code.removeprefix('bid.')}",
                                    {"founder": founder.name}))
    if problems:
        raise Problems(problems)
    return found


def _write(session: Session, team: BidTeam, parts: Sequence[Part], founders: dict[str, Organisation], *,
           now: dt.datetime) -> None:
    rows = {row.founder.uscc: row for row in team.members}
    for part in parts:
        row, mine = rows.get(part.key), founders[part.key].id == team.lead_id
        if row is None:
            row = BidTeamMember(team=team, demand_id=team.demand_id, founder=founders[part.key],
                                status=MemberStatus.CONFIRMED if mine else MemberStatus.INVITED, role=part.role,
                                share_bp=part.share_bp, asked_at=now, answered_at=now if mine else None)
            session.add(row)
        elif (row.role, row.share_bp) == (part.role, part.share_bp) and row.status in (
                MemberStatus.CONFIRMED, MemberStatus.INVITED):
            continue
        else:
            row.role, row.share_bp, row.asked_at = part.role, part.share_bp, now
            if not mine and row.status != MemberStatus.INVITED:
                row.status, row.answered_at = advance(rules.TEAM_MEMBER, row.status, "ask_again"), None
        if not mine:
            _tell(session, row.founder_id or founders[part.key].id, team, "team_invited", now=now,
                  lead=team.lead.name, role=part.role, share=rules.percent(part.share_bp))
    named = {part.key for part in parts}
    for row in list(team.members):
        if row.founder.uscc not in named:
            _release(session, team, row, now=now)
    session.flush()


def _release(session: Session, team: BidTeam, row: BidTeamMember, *, now: dt.datetime) -> None:
    """Let a member go; who has declined need not be told."""
    before = row.status
    if before != MemberStatus.WITHDRAWN:
        row.status = advance(rules.TEAM_MEMBER, before, "withdraw")
    if before in (MemberStatus.INVITED, MemberStatus.CONFIRMED) and row.founder_id != team.lead_id:
        _tell(session, row.founder_id, team, "team_withdrawn", now=now, lead=team.lead.name)


def answer(session: Session, demand: Demand, team_id: int, *, confirm: bool, actor: User,
           now: dt.datetime) -> BidTeamMember:
    """A member says yes or no to its role and share; no is also possible after yes, until the bid is handed in.

    Raises NotFound, NotAllowed (eligibility), WrongState (team_member.wrong_state, bid.not_accepting,
    team.past_deadline, team.bid_lies, team.has_own_bid, bid.in_team).
    """
    demand = lock(session, Demand, demand.id)
    team = session.get(BidTeam, team_id) if 0 < team_id < 2**31 else None
    row = None if team is None or team.demand_id != demand.id or team.lead_id == actor.organisation_id else (
        find(session, BidTeamMember, team_id=team_id, founder_id=actor.organisation_id))
    if team is None or row is None:
        raise NotFound("team.not_found")
    _check_open(demand, now=now)
    _check_no_joint_bid(session, demand, team.lead_id)
    status = advance(rules.TEAM_MEMBER, row.status, "confirm" if confirm else "decline")
    if confirm:
        eligibility.check(session, demand, actor.organisation)
        if queries.bid_of(session, demand, actor.organisation_id) is not None:
            raise WrongState("team.has_own_bid", code=demand.code)
        _check_free(session, demand, actor.organisation)
    try:
        with session.begin_nested():
            row.status, row.answered_at = status, now
    except IntegrityError as error:
        raise WrongState("bid.changed_meanwhile") from error
    following.follow(session, demand, actor.organisation_id, now=now)
    audit.record(session, "team:confirm" if confirm else "team:decline", team, actor=SEALED_ACTOR, at=now,
                 demand=demand.code)
    _tell(session, team.lead_id, team, "team_confirmed" if confirm else "team_declined", now=now,
          founder=actor.organisation.name)
    return row


def dissolve(session: Session, demand: Demand, *, actor: User, now: dt.datetime) -> None:
    """Give the team up; everyone is free again. Raises NotFound, WrongState (team.bid_lies)."""
    demand = lock(session, Demand, demand.id)
    team = standing(session, demand, actor.organisation_id)
    if team is None:
        raise NotFound("team.not_found")
    _check_no_joint_bid(session, demand, actor.organisation_id)
    free(session, demand, actor.organisation_id, now=now)
    audit.record(session, "team:dissolve", team, actor=SEALED_ACTOR, at=now, demand=demand.code)


def free(session: Session, demand: Demand, lead_id: int, *, now: dt.datetime) -> None:
    """End a lead's team for a demand, when its bid is withdrawn: its members may bid elsewhere."""
    team = standing(session, demand, lead_id)
    if team is not None:
        for row in team.members:
            _release(session, team, row, now=now)
        team.dissolved_at = now
        session.flush()


def entering(session: Session, demand: Demand, founder: Organisation) -> BidTeam | None:
    """The team a founder's bid is handed in by, None when it bids alone.

    Raises WrongState: bid.in_team (it has confirmed to be in another's), team.unconfirmed (members have not
    answered), team.declined (somebody said no: change the shares or give the team up), NotAllowed (eligibility).
    """
    team = standing(session, demand, founder.id)
    if team is None:
        _check_free(session, demand, founder)
        return None
    rows = [row for row in team.members if row.status != MemberStatus.WITHDRAWN]
    for status, code in ((MemberStatus.DECLINED, "team.declined"), (MemberStatus.INVITED, "team.unconfirmed")):
        names = [row.founder.name for row in rows if row.status == status]
        if names:
            raise WrongState(code, founders=names)
    for row in rows:
        if row.founder_id == founder.id:
            continue
        eligibility.check(session, demand, row.founder)
        if queries.bid_of(session, demand, row.founder_id) is not None:
            raise WrongState("team.member_bids_alone", founder=row.founder.name)
    return team


def enter(session: Session, team: BidTeam, bid: Bid, *, now: dt.datetime) -> None:
    """Note that a sealed bid was handed in by this team; from now on it stands as it is."""
    session.flush()
    session.add(TeamBid(bid_id=bid.id, team_id=team.id))
    for row in team.members:
        if row.status == MemberStatus.CONFIRMED:
            row.entered_at = row.entered_at or now


def has_entered(session: Session, demand: Demand, team: BidTeam) -> bool:
    """Whether a live bid of this team lies sealed or was opened: then it stands as it is."""
    live = queries.bid_of(session, demand, team.lead_id)
    return live is not None and session.get(TeamBid, live.id) is not None


def of_bid(session: Session, bid: Bid) -> BidTeam | None:
    """The team that handed in a bid."""
    link = session.get(TeamBid, bid.id)
    return link.team if link is not None else None


def as_sealed(team: BidTeam | None, *, entered: bool = False) -> tuple[dict[str, Any], ...]:
    """The team as a bid's text holds it, the lead first: ({uscc, name, role, share_bp}, …); empty for none.

    `entered`: as it stood when its bid was handed in, whatever has become of it since.
    """
    if team is None:
        return ()
    rows = [row for row in team.members if (row.entered_at is not None if entered
                                            else row.status == MemberStatus.CONFIRMED)]
    return tuple({"uscc": row.founder.uscc, "name": row.founder.name, "role": row.role, "share_bp": row.share_bp}
                 for row in sorted(rows, key=lambda row: (row.founder_id != team.lead_id, row.id)))


def standing(session: Session, demand: Demand, lead_id: int) -> BidTeam | None:
    """The team a founder leads for a demand, unless it has been given up."""
    query = select(BidTeam).filter_by(demand_id=demand.id, lead_id=lead_id, dissolved_at=None)
    return session.scalars(query.options(
        selectinload(BidTeam.members).selectinload(BidTeamMember.founder))).one_or_none()


def invitations(session: Session, founder_id: int, demand: Demand | None = None) -> list[BidTeamMember]:
    """What a founder is or was asked by others, the newest first; for one demand when it is given."""
    query = select(BidTeamMember).join(BidTeam).where(
        BidTeamMember.founder_id == founder_id, BidTeam.lead_id != founder_id).options(
        selectinload(BidTeamMember.team).selectinload(BidTeam.lead),
        selectinload(BidTeamMember.team).selectinload(BidTeam.demand))
    if demand is not None:
        query = query.where(BidTeamMember.demand_id == demand.id)
    return list(session.scalars(query.order_by(BidTeamMember.asked_at.desc(), BidTeamMember.id.desc())))


def found(session: Session, text: str, *, without: int) -> list[Organisation]:
    """Founders by their whole USCC or a part of their name, at most ten."""
    text = text.replace("\x00", "").strip()
    if len(text) < 2:
        return []
    query = select(Organisation).where(
        Organisation.role == Role.FOUNDER, Organisation.id != without,
        or_(Organisation.uscc == text.upper(), Organisation.name.icontains(text, autoescape=True)))
    return list(session.scalars(query.order_by(Organisation.name, Organisation.id).limit(FOUND_MOST)))


def _check_open(demand: Demand, *, now: dt.datetime) -> None:
    if demand.status != DemandStatus.ACTIVE:
        raise WrongState("bid.not_accepting", status=DemandStatus(demand.status))
    if not demand.accepts_bids(now=now):
        raise WrongState("team.past_deadline", deadline=demand.bid_deadline)


def _check_no_joint_bid(session: Session, demand: Demand, lead_id: int) -> None:
    """Members stay as they are once they have bid (Implementing Regulation Art. 37(2))."""
    team = standing(session, demand, lead_id)
    if team is not None and has_entered(session, demand, team):
        raise WrongState("team.bid_lies", code=demand.code)


def _check_free(session: Session, demand: Demand, founder: Organisation) -> None:
    """One bid for each founder and demand, alone or joint (Implementing Regulation Art. 37(3))."""
    bound = find(session, BidTeamMember, demand_id=demand.id, founder_id=founder.id, status=MemberStatus.CONFIRMED)
    if bound is not None:
        lead = bound.team.lead
        raise WrongState("team.leads_own" if lead.id == founder.id else "bid.in_team", lead=lead.name)


def check_not_in_another(session: Session, demand: Demand, founder: Organisation) -> None:
    """Raises WrongState (bid.in_team) for a founder that has confirmed to bid in another's team."""
    if standing(session, demand, founder.id) is None:
        _check_free(session, demand, founder)


def _tell(session: Session, organisation_id: int, team: BidTeam, code: str, *, now: dt.datetime, **facts: Any) -> None:
    notify(session, organisation_id, code, dedupe=f"team:{team.id}:{code}:{now.isoformat()}", now=now,
           link=f"/demands/{team.demand.code}/team", demand=team.demand.code, title=team.demand.title, **facts)
