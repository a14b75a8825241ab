"""Teams for demands nobody covers alone, stored with the suggestions; and partners a founder looks for."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from marketplace import audit
from marketplace.accounts.models import User
from marketplace.db import find, lock
from marketplace.demand.models import Demand
from marketplace.founders import queries as founders
from marketplace.founders.models import CapabilityProfile
from marketplace.notices.operations import notify
from marketplace.rules.errors import NotFound, WrongState
from marketplace.rules.feedback import PARTNER, PartnerStatus
from marketplace.rules.lifecycle import advance
from marketplace.suggestions import pairing
from marketplace.suggestions.models import PartnerInvitation, TeamSuggestion

if TYPE_CHECKING:
    from matching import types
    from matching.engine import Engine
    from matching.team import Member, Staffing, Team

SHOWN = 3


@dataclass(frozen=True)
class Facet:
    """One thing a demand needs. kind: skill, deliverable, or the code of a hard requirement."""

    kind: str
    text: str


@dataclass(frozen=True)
class Share:
    """A facet a member covers, with the member's own words for it, from the case or part `title`."""

    facet: Facet
    phrase: str
    title: str


@dataclass(frozen=True)
class MemberView:
    """A member as a page shows them. gap: what nobody would cover without them; `days` free before the deadline."""

    profile: CapabilityProfile
    percent: int
    shares: list[Share]
    gap: list[Facet]
    days: int | None


@dataclass(frozen=True)
class TeamView:
    """One proposed team."""

    members: list[MemberView]
    covered: list[Facet]
    missing: list[Facet]


@dataclass(frozen=True)
class StaffingView:
    """Who covers a demand. `alone`: how many founders cover everything by themselves; teams only where none does.

    closest: the founder who covers most alone, or the one who asks, as a team of one; None where somebody else covers
    everything.
    """

    facets: list[Facet]
    alone: int
    teams: list[TeamView]
    closest: TeamView | None


def content_of(engine: Engine, facts: types.Demand) -> dict[str, Any]:
    """The staffing of a demand as it is stored."""
    from matching.team import staff

    return _plain(staff(engine, facts, limit=SHOWN))


def store(session: Session, demand_id: int, content: dict[str, Any], *, now: dt.datetime) -> None:
    """Keep a demand's staffing beside its suggestions."""
    kept = session.get(TeamSuggestion, demand_id) or TeamSuggestion(demand_id=demand_id)
    kept.content, kept.computed_at = content, now
    session.add(kept)


def for_demand(session: Session, demand: Demand) -> StaffingView | None:
    """The stored staffing of a demand, None before it has been worked out."""
    kept = session.get(TeamSuggestion, demand.id)
    return _view(session, kept.content) if kept is not None else None


def partners_for(session: Session, demand: Demand, profile: CapabilityProfile) -> StaffingView:
    """Teams that a founder could form for a demand: each holds them; none where they cover it alone or add nothing."""
    from matching.team import staff

    engine, facts = pairing.pool(session).around(session, demand, including=[profile.id])
    found = staff(engine, facts, limit=SHOWN, with_member=str(profile.id))
    return _view(session, _plain(found))


def _plain(found: Staffing) -> dict[str, Any]:
    return {"facets": [_facet(one) for one in found.facets], "alone": len(found.singles),
            "teams": [_team(one) for one in found.teams],
            "closest": _team(found.closest) if found.closest else None}


def _team(team: Team) -> dict[str, Any]:
    return {"members": [_member(one) for one in team.members], "covered": [_facet(one) for one in team.covered],
            "missing": [_facet(one) for one in team.missing]}


def _facet(facet: Any) -> list[str]:
    return [facet.kind, facet.text]


def _member(member: Member) -> dict[str, Any]:
    return {"profile_id": int(member.profile_id), "percent": round(100 * member.probability), "days": member.days,
            "shares": [[*_facet(share.facet), share.phrase, share.title] for share in member.shares],
            "gap": [_facet(one) for one in member.gap]}


def _view(session: Session, content: dict[str, Any]) -> StaffingView:
    stored = [*content["teams"], content["closest"]]
    ids = {one["profile_id"] for team in stored if team for one in team["members"]}
    people = {one.id: one for one in session.scalars(select(CapabilityProfile).where(CapabilityProfile.id.in_(ids)))}
    *teams, closest = [_team_view(people, team) for team in stored]
    return StaffingView(_facets(content["facets"]), content["alone"], [one for one in teams if one], closest)


def _team_view(people: dict[int, CapabilityProfile], team: dict[str, Any] | None) -> TeamView | None:
    """None where somebody has left since."""
    if team is None or any(one["profile_id"] not in people for one in team["members"]):
        return None
    return TeamView([_shown(people[one["profile_id"]], one) for one in team["members"]], _facets(team["covered"]),
                    _facets(team["missing"]))


def _facets(rows: list[list[str]]) -> list[Facet]:
    return [Facet(kind, text) for kind, text in rows]


def _shown(profile: CapabilityProfile, one: dict[str, Any]) -> MemberView:
    return MemberView(profile, one["percent"], [Share(Facet(kind, text), phrase, title)
                                                for kind, text, phrase, title in one["shares"]],
                      _facets(one["gap"]), one["days"])


# Founders among themselves ------------------------------------------------------------------------


def ask_partner(session: Session, demand: Demand, profile_id: int, *, note: str, actor: User,
                now: dt.datetime) -> PartnerInvitation:
    """Ask another founder to take on a demand together, and tell them so.

    Raises NotFound, WrongState (bids are no longer taken; no profile of one's own to be judged by; oneself; asked
    before).
    """
    profile = founders.by_id(session, profile_id)
    if not demand.accepts_bids(now=now):
        raise WrongState("invitation.not_accepting", code=demand.code, deadline=demand.bid_deadline)
    if founders.profile_of(session, actor.organisation_id) is None:
        raise WrongState("partner.no_profile")
    if profile.founder_id == actor.organisation_id:
        raise WrongState("partner.oneself")
    there = {"demand_id": demand.id, "from_founder_id": actor.organisation_id, "to_founder_id": profile.founder_id}
    if find(session, PartnerInvitation, **there):
        raise WrongState("partner.already", founder=profile.founder.name)
    asked = PartnerInvitation(**there, sent_by_id=actor.id, note=note, sent_at=now, status=PartnerStatus.SENT)
    try:
        with session.begin_nested():
            session.add(asked)
    except IntegrityError as error:  # asked at the same moment from another window
        raise WrongState("partner.already", founder=profile.founder.name) from error
    audit.record(session, "demand:ask_partner", demand, actor=actor, at=now, to_founder_id=profile.founder_id)
    notify(session, profile.founder_id, "partner_asked", dedupe=f"partner:{asked.id}", now=now,
           link=f"/demands/{demand.code}/partners", founder=actor.organisation.name, title=demand.title)
    return asked


def answer_partner(session: Session, asked_id: int, *, accept: bool, actor: User,
                   now: dt.datetime) -> PartnerInvitation:
    """Say yes or no to another founder's question; they are told. Raises NotFound, WrongState (answered before)."""
    if not 0 < asked_id <= founders.MAX_ID:
        raise NotFound("not_found", what="partner_invitation", id=str(asked_id)[:20])
    asked = lock(session, PartnerInvitation, asked_id)
    if asked.to_founder_id != actor.organisation_id:
        raise NotFound("not_found", what="partner_invitation", id=str(asked_id))
    asked.status = advance(PARTNER, asked.status, "accept" if accept else "decline")
    asked.answered_at = now
    audit.record(session, "demand:answer_partner", ("demand", asked.demand_id), actor=actor, at=now,
                 from_founder_id=asked.from_founder_id, accepted=accept)
    notify(session, asked.from_founder_id, "partner_accepted" if accept else "partner_declined",
           dedupe=f"partner-answer:{asked.id}", now=now, link=f"/demands/{asked.demand.code}/partners",
           founder=actor.organisation.name, title=asked.demand.title)
    return asked


def partner_questions(session: Session, demand: Demand, founder_id: int) -> list[PartnerInvitation]:
    """What a founder asked others for a demand, and was asked, newest first."""
    query = select(PartnerInvitation).options(
        joinedload(PartnerInvitation.from_founder), joinedload(PartnerInvitation.to_founder),
        joinedload(PartnerInvitation.sent_by)).where(
        PartnerInvitation.demand_id == demand.id,
        or_(PartnerInvitation.from_founder_id == founder_id, PartnerInvitation.to_founder_id == founder_id))
    return list(session.scalars(query.order_by(PartnerInvitation.id.desc())))
