"""An edition as an OCDS 1.1 release package: one release for each demand, with what is public of it at `now`.

Basis: Open Contracting Data Standard 1.1.5, release package and release schemas. Bids are not published: before the
opening their number is nobody's to know, afterwards `numberOfTenderers` says it.
"""
from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.accounts.models import Organisation, Role
from marketplace.contracts.models import Contract
from marketplace.demand import addenda
from marketplace.demand.models import Demand
from marketplace.demand.publication_models import DemandAddendum
from marketplace.editions.models import Edition
from marketplace.editions.queries import demands_by_code
from marketplace.questions import ocds as enquiries
from marketplace.rules.lifecycle import ContractStatus, DemandStatus, MilestoneStatus
from marketplace.tendering.models import Award, Bid
from marketplace.tendering.queries import bid_count_for

# A prefix is registered with the Open Contracting Partnership by whoever runs a platform; this one marks ours as local.
PREFIX = "ocds-jiebang"
_STATUS = {DemandStatus.PLANNING: "planning", DemandStatus.REVIEW: "planning", DemandStatus.ACTIVE: "active",
           DemandStatus.EVALUATION: "active", DemandStatus.COMPLETE: "complete",
           DemandStatus.UNSUCCESSFUL: "unsuccessful", DemandStatus.CANCELLED: "cancelled"}
_MILESTONE = {MilestoneStatus.SCHEDULED: "scheduled", MilestoneStatus.DELIVERED: "scheduled",
              MilestoneStatus.MET: "met", MilestoneStatus.REJECTED: "notMet"}
_CONTRACT = {ContractStatus.PENDING: "pending", ContractStatus.ACTIVE: "active",
             ContractStatus.TERMINATED: "terminated", ContractStatus.CANCELLED: "cancelled"}


def package(session: Session, edition: Edition, *, public_url: str, now: dt.datetime) -> dict[str, Any]:
    """The release package of a published edition."""
    codes = [item["code"] for item in edition.document["items"]]
    found = demands_by_code(session, codes)
    ids = [demand.id for demand in found.values()]
    awards = {award.demand_id: award for award in session.scalars(
        select(Award).where(Award.demand_id.in_(ids)).options(joinedload(Award.bid).joinedload(Bid.founder)))}
    contracts = {contract.demand_id: contract for contract in session.scalars(
        select(Contract).where(Contract.demand_id.in_(ids)).options(selectinload(Contract.milestones)))}
    publisher = session.scalars(select(Organisation).filter_by(role=Role.OPERATOR).order_by(Organisation.id)).first()
    releases = [_release(session, edition, found[code], awards.get(found[code].id), contracts.get(found[code].id),
                         public_url=public_url, now=now) for code in codes]
    return {
        "uri": f"{public_url}/api/v1/editions/{edition.name}/ocds", "version": "1.1", "publishedDate": _moment(now),
        "publisher": {"name": publisher.name if publisher else "Jiebang 揭榜",
                      **({"scheme": "CN-USCC", "uid": publisher.uscc} if publisher else {})},
        "extensions": [], "releases": releases}


def _release(session: Session, edition: Edition, demand: Demand, award: Award | None, contract: Contract | None, *,
             public_url: str, now: dt.datetime) -> dict[str, Any]:
    signed = contract is not None and contract.signed_on is not None
    moments = [demand.updated_at, award.awarded_at if award else None,
               contract.founder_confirmed_at if signed and contract else None]
    date = max(moment for moment in moments if moment is not None)
    tags = ["tender"] if demand.status != DemandStatus.CANCELLED else ["tenderCancellation"]
    if demand.status != DemandStatus.CANCELLED and addenda.of_demand(session, demand):
        tags.append("tenderAmendment")
    tags += (["award"] if award else []) + (["contract"] if signed else [])
    ocid = f"{PREFIX}-{demand.code}"
    said: dict[str, Any] = {
        "ocid": ocid, "id": f"{ocid}-{date:%Y%m%dT%H%M%S}", "date": _moment(date), "tag": tags,
        "initiationType": "tender", "language": "zh", "parties": _parties(demand, award),
        "buyer": _reference(demand.buyer), "tender": _tender(session, edition, demand, public_url=public_url, now=now)}
    if demand.slice is not None:
        said["relatedProcesses"] = [{
            "id": str(demand.slice.project_id), "relationship": ["parent"], "title": demand.slice.project.title,
            "scheme": "ocid", "identifier": f"{PREFIX}-project-{demand.slice.project_id}"}]
    if award is not None:
        said["awards"] = [{
            "id": f"{demand.code}-award", "title": demand.title, "status": "active", "date": _moment(award.awarded_at),
            "value": _value(award.bid.price_fen), "suppliers": [_reference(award.bid.founder)]}]
    if signed and contract is not None:
        said["contracts"] = [_contract(contract, f"{demand.code}-award")]
    return said


def _tender(session: Session, edition: Edition, demand: Demand, *, public_url: str, now: dt.datetime) -> dict[str, Any]:
    count = bid_count_for(session, demand, None, now=now)
    tender: dict[str, Any] = {
        "id": demand.code, "title": demand.title, "description": demand.description,
        "status": _STATUS[DemandStatus(demand.status)], "value": _value(demand.budget_fen),
        "procurementMethod": "open", "procurementMethodDetails": f"揭榜挂帅 {edition.name}",
        "mainProcurementCategory": "services", "awardCriteria": "ratedCriteria",
        "awardCriteriaDetails": "；".join(f"{one.name} {one.weight}%" for one in demand.criteria),
        "submissionMethod": ["electronicSubmission"], "submissionMethodDetails": f"{public_url}/demands/{demand.code}",
        "procuringEntity": _reference(demand.buyer), **enquiries.tender(session, demand),
        "tenderPeriod": {"startDate": _moment(demand.published_at), "endDate": _moment(demand.bid_deadline)},
        "contractPeriod": {"durationInDays": demand.duration_days}}
    amendments = [_amendment(one) for one in reversed(addenda.of_demand(session, demand))]
    return tender | ({"numberOfTenderers": count} if count is not None else {}) | (
        {"amendments": amendments} if amendments else {})


def _amendment(one: DemandAddendum) -> dict[str, Any]:
    """An addendum: which fields changed stands in the description, old and new on the demand's page."""
    return {"id": str(one.number), "date": _moment(one.at), "rationale": one.reason,
            "description": "、".join([*one.fields, *(["tenderPeriod/endDate"] if one.deadline_after else [])])}


def _contract(contract: Contract, award_id: str) -> dict[str, Any]:
    """A signed contract with its delivery milestones; what is paid stays between the parties."""
    return {
        "id": contract.number, "awardID": award_id, "title": contract.title,
        "status": _CONTRACT[ContractStatus(contract.status)], "value": _value(contract.total_fen),
        "dateSigned": f"{contract.signed_on}T00:00:00+08:00",
        "milestones": [{"id": str(one.id), "title": one.title, "type": "delivery",
                        "status": _MILESTONE[MilestoneStatus(one.status)],
                        **({"dueDate": f"{one.planned_on}T00:00:00+08:00"} if one.planned_on else {})}
                       for one in contract.milestones]}


def _parties(demand: Demand, award: Award | None) -> list[dict[str, Any]]:
    parties = [_party(demand.buyer, ["buyer", "procuringEntity", "payer"])]
    if award is not None:
        parties.append(_party(award.bid.founder, ["tenderer", "supplier", "payee"]))
    return parties


def _party(organisation: Organisation, roles: list[str]) -> dict[str, Any]:
    return {**_reference(organisation), "roles": roles,
            "identifier": {"scheme": "CN-USCC", "id": organisation.uscc, "legalName": organisation.name},
            "address": {"region": organisation.region, "countryName": "中国"}}


def _reference(organisation: Organisation) -> dict[str, str]:
    return {"id": f"CN-USCC-{organisation.uscc}", "name": organisation.name}


def _value(fen: int | None) -> dict[str, Any]:
    """OCDS amounts are JSON numbers of the currency's unit; whole yuan stay integers."""
    amount = fen or 0
    return {"amount": amount // 100 if amount % 100 == 0 else amount / 100, "currency": "CNY"}


def _moment(value: dt.datetime | None) -> str | None:
    return value.astimezone(dt.UTC).isoformat(timespec="seconds") if value else None
