"""Saving capability profiles, one by one or from a file."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Organisation, Role, User
from marketplace.db import find, lock
from marketplace.founders import queries
from marketplace.founders.models import CapabilityProfile, PastCase
from marketplace.rules.agents import ModelResidency
from marketplace.rules.errors import NotAllowed, Problem, Problems, WrongState


@dataclass(frozen=True)
class CaseDraft:
    """A piece of earlier work as the founder tells it."""

    title: str
    summary: str = ""


@dataclass(frozen=True)
class AgentTool:
    """A tool or agent the founder works with, and whether a person checks what it makes."""

    name: str
    purpose: str = ""
    residency: ModelResidency = ModelResidency.NONE
    human_review: bool = False


@dataclass(frozen=True)
class ProfileDraft:
    """Everything a founder can say in a profile. `day_rate_fen` is fen a day; None means not stated."""

    headline: str
    bio: str = ""
    skills: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    region: str = ""
    past_cases: tuple[CaseDraft, ...] = ()
    day_rate_fen: int | None = None
    remote_ok: bool = True
    languages: tuple[str, ...] = ()
    certifications: tuple[str, ...] = ()
    capacity_days_per_month: int | None = None
    related_usccs: tuple[str, ...] = ()
    external_ref: str | None = None
    agents: tuple[AgentTool, ...] = ()
    available_from: dt.date | None = None
    hours_per_week: int | None = None


@dataclass(frozen=True)
class ProfileRecord:
    """A profile of a file, and whose it is: by credit code, or by the external_ref of a profile stored before."""

    draft: ProfileDraft
    uscc: str | None
    row: int


@dataclass(frozen=True)
class Imported:
    """How many profiles of a file were new, changed, and the same as before."""

    created: int
    changed: int
    unchanged: int


class ChangedMeanwhile(WrongState):
    """The profile is no longer the version that was read."""

    status = 412


PLAIN = ("headline", "bio", "region", "day_rate_fen", "remote_ok", "capacity_days_per_month", "available_from",
         "hours_per_week")
LISTS = ("skills", "industries", "languages", "certifications", "related_usccs")


def save_profile(session: Session, draft: ProfileDraft, *, actor: User | str, now: dt.datetime,
                 founder_id: int | None = None, read_version: int | None = None) -> CapabilityProfile:
    """Create or replace the profile of the actor's company (or of `founder_id`, for the operator's imports).

    Cases that come from a contract on this platform stay whatever the draft says. Saving what is there already
    changes nothing. Raises NotAllowed when the organisation is no founder, Problems when its external_ref is taken,
    ChangedMeanwhile when `read_version` is given and no longer the stored one.
    """
    if founder_id is None:
        founder_id = actor.organisation_id  # type: ignore[union-attr]
    founder = lock(session, Organisation, founder_id)  # two saves at once: the second sees the first
    if founder.role != Role.FOUNDER:
        raise NotAllowed("profile.not_a_founder", organisation=founder.name)
    profile = queries.profile_of(session, founder.id)
    if profile is not None:
        session.refresh(profile)
    if read_version is not None and (profile is None or profile.version != read_version):
        raise ChangedMeanwhile("profile.changed_meanwhile", read=read_version)
    if draft.external_ref is not None:
        _refuse_taken_ref(session, draft.external_ref, profile)
    content = _content(draft)
    created = profile is None
    if profile is None:
        profile = CapabilityProfile(founder=founder, version=0, **content)
        session.add(profile)
    changed = [name for name, value in content.items() if getattr(profile, name) != value]
    if _cases_differ(profile, draft):
        changed.append("past_cases")
    if not changed and not created and draft.external_ref in (None, profile.external_ref):
        return profile
    for name, value in content.items():
        setattr(profile, name, value)
    profile.external_ref = draft.external_ref or profile.external_ref
    profile.updated_at, profile.version = now, profile.version + 1
    session.flush()
    if created or "past_cases" in changed:
        write_cases(session, profile, draft.past_cases)
    audit.record(session, "profile:create" if created else "profile:save", profile, actor=actor, at=now,
                 version=profile.version, changed=sorted(changed))
    return profile


def _content(draft: ProfileDraft) -> dict[str, Any]:
    """What a draft says, by column; past cases stand in a table of their own."""
    said = {name: getattr(draft, name) for name in PLAIN} | {name: list(getattr(draft, name)) for name in LISTS}
    return said | {"agents": [asdict(one) for one in draft.agents]}


def _refuse_taken_ref(session: Session, ref: str, profile: CapabilityProfile | None) -> None:
    other = find(session, CapabilityProfile, external_ref=ref)
    if other is not None and other is not profile:
        raise Problems([Problem("id", "profile.ref_taken", {"ref": ref})])


def _cases_differ(profile: CapabilityProfile, draft: ProfileDraft) -> bool:
    own = [(case.title, case.summary) for case in profile.past_cases if case.contract_id is None]
    return own != [(case.title, case.summary) for case in draft.past_cases]


def write_cases(session: Session, profile: CapabilityProfile, own: Sequence[CaseDraft]) -> None:
    """The verified cases first, then what the founder tells, numbered anew.

    Verified ones are those of the founder's fulfilled contracts that are neither hidden nor suspended.
    """
    verified = queries.verified_cases(session, profile.founder_id)
    known = {case.contract_id for case in verified}
    kept: list[dict[str, Any]] = [
        {"title": case.title, "summary": case.summary, "contract_id": case.contract_id}
        for case in verified if case.shown]
    kept += [{"title": case.title, "summary": case.summary, "contract_id": case.contract_id}
             for case in profile.past_cases if case.contract_id is not None and case.contract_id not in known]
    kept += [{"title": case.title, "summary": case.summary} for case in own]
    profile.past_cases.clear()
    session.flush()  # the old positions must be free before they are given again
    profile.past_cases.extend(PastCase(position=place, **case) for place, case in enumerate(kept, start=1))
    session.flush()


def import_profile(session: Session, draft: ProfileDraft, *, actor: User | str, now: dt.datetime,
                   founder_id: int | None = None) -> CapabilityProfile:
    """Replace a profile by what a file says; declared interests are kept unless the file names others."""
    if founder_id is None:
        founder_id = actor.organisation_id  # type: ignore[union-attr]
    before = queries.profile_of(session, founder_id)
    if before is not None and not draft.related_usccs:
        draft = replace(draft, related_usccs=tuple(before.related_usccs))
    return save_profile(session, draft, actor=actor, now=now, founder_id=founder_id)


def import_profiles(session: Session, records: Sequence[ProfileRecord], *, actor: User | str,
                    now: dt.datetime) -> Imported:
    """Save the profiles of registered founders, all or none.

    A record finds its founder by credit code, else by its id when a profile with that external_ref is stored.
    Nobody is registered from a file: an account has a person who declared the company's size. Raises Problems with
    every record whose founder is unknown.
    """
    owners, problems = [], []
    for record in records:
        owner = _owner(session, record)
        if owner is None:
            problems.append(Problem("uscc", "profile.unknown_founder",
                                    {"uscc": record.uscc or "—", "ref": record.draft.external_ref or "—"}, record.row))
        elif owner.id in {seen.id for seen in owners}:
            problems.append(Problem("uscc", "profile.repeated_founder", {"founder": owner.name}, record.row))
        else:
            owners.append(owner)
    if problems:
        raise Problems(problems)
    counts = {"created": 0, "changed": 0, "unchanged": 0}
    for record, owner in zip(records, owners, strict=True):
        before = queries.profile_of(session, owner.id)
        version = before.version if before else None
        after = import_profile(session, record.draft, actor=actor, now=now, founder_id=owner.id)
        counts["created" if version is None else "unchanged" if after.version == version else "changed"] += 1
    return Imported(**counts)


def _owner(session: Session, record: ProfileRecord) -> Organisation | None:
    if record.uscc is not None:
        found = accounts.organisation_by_uscc(session, record.uscc)
        return found if found is not None and found.role == Role.FOUNDER else None
    if record.draft.external_ref is None:
        return None
    profile = find(session, CapabilityProfile, external_ref=record.draft.external_ref)
    return profile.founder if profile is not None else None
