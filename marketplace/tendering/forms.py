"""The bid form's fields ↔ values: milestones in rows that are added and removed without JavaScript."""
from __future__ import annotations

import json
import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from marketplace.audit.operations import canonical
from marketplace.demand.models import Demand
from marketplace.forms import FormState
from marketplace.rules.errors import Problem, Problems, RuleViolation
from marketplace.rules.joint_bid import percent
from marketplace.tendering import bids, sealing
from marketplace.tendering.attachments import Attachment, from_json

_FIELD = re.compile(r"milestones\.(\d{1,2})\.(title|amount|days|acceptance_criteria)")
_FILE = re.compile(r"attachments\.(\d{1,2})\.said")
_DECLARED = ("subcontract", "subcontract_part", "subcontract_share_bp", "subcontract_to", "ai_generated",
             "ai_deliverables", "ai_tools", "details")
_PLAIN = ("price", "plan", *(f"disclosures.{name}" for name in _DECLARED), "related", "relation_details",
          "key", "nonce")
Rows = Sequence[Mapping[str, str]]


def blank(demand: Demand) -> FormState:
    """An empty bid: one milestone that carries the demand's own acceptance criteria and duration."""
    first = {"days": str(demand.duration_days), "acceptance_criteria": "\n".join(demand.acceptance_criteria)}
    return filled({**fresh_keys()}, [first])


def fresh_keys() -> dict[str, str]:
    """A key that makes a double click one bid, and the nonce that makes both clicks the same bid."""
    return {"key": secrets.token_hex(16), "nonce": sealing.new_nonce()}


def filled(plain: Mapping[str, str], rows: Rows, files: Sequence[Attachment] = ()) -> FormState:
    """A form that shows these values, rows and files handed in already."""
    spread = {f"milestones.{place}.{name}": text for place, row in enumerate(rows) for name, text in row.items()}
    return FormState({**plain, **spread, "rows": max(len(rows), 1), "attachments": list(files)})


def typed(form: Mapping[str, str]) -> tuple[dict[str, str], list[dict[str, str]]]:
    """What was typed: the single fields, and the rows in their order (numbered anew)."""
    plain = {name: form[name].replace("\r\n", "\n").replace("\x00", "") for name in _PLAIN if name in form}
    rows: dict[int, dict[str, str]] = {}
    for name, text in form.items():
        found = _FIELD.fullmatch(name)
        if found:
            rows.setdefault(int(found[1]), {})[found[2]] = text.replace("\r\n", "\n").strip()
    return plain, [rows[place] for place in sorted(rows)]


def related(plain: Mapping[str, str]) -> bool | None:
    """What the form says of a relation to the buyer; None when it says nothing."""
    return {"true": True, "false": False}.get(plain.get("related", ""))


def attached(form: Mapping[str, str]) -> list[Attachment]:
    """The files handed in earlier that are to stay, as the page carries them."""
    found: dict[int, Attachment] = {}
    for name, text in form.items():
        place = _FILE.fullmatch(name)
        if place and form.get(f"attachments.{place[1]}.keep"):
            try:
                found[int(place[1])] = from_json(json.loads(text))
            except (ValueError, KeyError, TypeError, RecursionError):
                continue  # not what the page sent: then it is no file of ours
    return [found[place] for place in sorted(found)]


def carried(one: Attachment) -> str:
    """What the page carries of a file: the platform keeps neither its name nor its key."""
    return canonical(asdict(one))


def changed(form: Mapping[str, str], action: str, files: Sequence[Attachment] = ()) -> FormState | None:
    """The form after "add", "attach" or "remove-2"; None when another button was pressed."""
    plain, rows = typed(form)
    if action == "add":
        return filled(plain, [*rows, {}][:bids.MOST_MILESTONES], files)
    if action == "attach":
        return filled(plain, rows, files)
    if action.startswith("remove-"):
        place = action.removeprefix("remove-")
        return filled(plain, [row for number, row in enumerate(rows) if str(number) != place], files)
    return None


def values(form: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, as schemas.BidPage reads it; a wholly blank row counts as not there."""
    plain, rows = typed(form)
    found: dict[str, Any] = {name: plain[name] for name in ("price", "plan", "nonce") if plain.get(name, "").strip()}
    found["milestones"] = [_row(row) for row in rows if any(row.values())]
    found["disclosures"] = {
        name.removeprefix("disclosures."): text
        for name, text in plain.items() if name.startswith("disclosures.") and text.strip()}
    return found


def _row(row: Mapping[str, str]) -> dict[str, Any]:
    texts: dict[str, Any] = {name: text for name, text in row.items() if text}
    lines = [line.strip() for line in row.get("acceptance_criteria", "").splitlines()]
    return texts | {"acceptance_criteria": [line for line in lines if line]}


def from_file(text: str, kept: Mapping[str, str]) -> FormState:
    """The form filled from the file a founder kept of an earlier version. Raises Problems
    (bid.file_unreadable)."""
    try:
        form = bids.from_payload(sealing.read_payload(text))
        if len(form.milestones) > bids.MOST_MILESTONES:
            raise ValueError("milestones")
    except (sealing.CannotOpen, KeyError, TypeError, ValueError) as error:
        raise Problems([Problem("file", "bid.file_unreadable")]) from error
    told = form.disclosures
    said = asdict(told) | {
        "subcontract": _yes(told.subcontract), "ai_generated": _yes(told.ai_generated),
        "subcontract_share_bp": percent(told.subcontract_share_bp) if told.subcontract_share_bp else ""}
    plain = {"price": yuan(form.price_fen), "plan": form.plan,
             **{f"disclosures.{name}": text for name, text in said.items()}}
    return filled({**kept, **plain}, [
        {"title": part.title, "amount": yuan(part.amount_fen), "days": str(part.days),
         "acceptance_criteria": "\n".join(part.acceptance_criteria)} for part in form.milestones], form.attachments)


def _yes(value: bool) -> str:
    return "true" if value else "false"


def yuan(fen: int) -> str:
    """Fen as one types yuan: 18000000 → "180000", 1250 → "12.50"."""
    return f"{fen // 100}" if fen % 100 == 0 else f"{fen // 100}.{fen % 100:02d}"


def add(form: FormState, violation: RuleViolation) -> None:
    """Show a refusal in the form; the rules name amounts in fen, the page's fields hold yuan."""
    if isinstance(violation, Problems):
        violation = Problems([Problem(
            "attachments" if problem.field.startswith("attachments") else problem.field.removesuffix("_fen"),
            problem.code, problem.facts) for problem in violation])
    form.add(violation)


def team(form: Mapping[str, str], most: int) -> tuple[dict[str, Any], FormState]:
    """A team as typed, for schemas.TeamPage, and the form that shows it again; blank rows count as not there."""
    def row(prefix: str) -> dict[str, str]:
        typed_in = {name: form.get(f"{prefix}.{name}", "").strip() for name in ("uscc", "role", "share")}
        return {name: text for name, text in typed_in.items() if text}

    rows = [found for place in range(most) if (found := row(f"members.{place}"))]
    return {"lead": row("lead"), "members": rows}, team_form(row("lead"), rows)


def team_form(lead: Mapping[str, str], rows: Rows) -> FormState:
    """The form that shows a team."""
    spread = {f"members.{place}.{name}": text for place, found in enumerate(rows) for name, text in found.items()}
    return FormState({**{f"lead.{name}": text for name, text in lead.items()}, **spread, "rows": len(rows)})


def file_text(upload: Any, pasted: str) -> str:
    """The text of an uploaded file, else what was pasted. Raises Problems (bid.file_missing, bid.file_unreadable)."""
    data = upload.read() if upload is not None and upload.filename else b""
    if not data and not pasted.strip():
        raise Problems([Problem("file", "bid.file_missing")])
    try:
        return data.decode() if data else pasted.strip()
    except UnicodeDecodeError as error:
        raise Problems([Problem("file", "bid.file_unreadable")]) from error


def scores(form: Mapping[str, str], bid_id: int) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The points typed for a bid as schemas.ScoresSchema reads them, and which of its fields is which on the page.

    A criterion whose points are blank is left for later.
    """
    given, names = [], {"scores": f"bid{bid_id}"}
    for name, text in form.items():
        found = re.fullmatch(rf"bid{bid_id}\.points\.(\d{{1,10}})", name)
        typed_points = unicodedata.normalize("NFKC", text).strip()
        if not found or not typed_points:
            continue
        whole = re.fullmatch(r"-?\d{1,6}", typed_points)
        names |= {f"scores.{len(given)}.points": name, f"points.{found[1]}": name,
                  f"scores.{len(given)}.comment": f"bid{bid_id}.comments.{found[1]}"}
        given.append({"criterion_id": int(found[1]), "points": int(typed_points) if whole else typed_points,
                      "comment": form.get(f"bid{bid_id}.comments.{found[1]}", "")})
    return given, names


def renamed(violation: RuleViolation, names: Mapping[str, str]) -> RuleViolation:
    """A refusal whose fields go by the page's names."""
    if not isinstance(violation, Problems):
        return violation
    return Problems([Problem(names.get(problem.field, problem.field), problem.code, problem.facts)
                     for problem in violation])
