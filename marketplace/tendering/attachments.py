"""Files of a bid: encrypted when they arrive, named only inside the sealed bid, read only after the opening.

Every file has a key of its own. The platform hands the key to the founder and forgets it; it comes back inside the
sealed bid, so that whoever opens the bid opens its files, one at a time, and nobody opens them before.
"""
from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nacl.bindings import sodium_pad, sodium_unpad
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Role, User
from marketplace.audit.operations import SYSTEM, canonical
from marketplace.db import find, get, insert_new
from marketplace.demand.models import Demand
from marketplace.rules import attachments as rules
from marketplace.rules.errors import Invalid, NotFound, Problem, Problems, WrongState
from marketplace.rules.lifecycle import BidStatus, DemandStatus
from marketplace.tendering.models import Bid, BidAttachment, BidAttachmentUse
from marketplace.tendering.store import NAME, Store

BLOCK_BYTES = 64 * 1024  # stored files come in these steps, so that their length tells little
MOST_WAITING = 20  # files of one founder for one demand that stand in no bid yet
MOST_KEPT = 100  # and all of them, those of replaced versions too
DECIDED = (DemandStatus.COMPLETE, DemandStatus.UNSUCCESSFUL, DemandStatus.CANCELLED)
LIVE = (BidStatus.SEALED, BidStatus.OPENED, BidStatus.AWARDED, BidStatus.UNSUCCESSFUL)


@dataclass(frozen=True)
class Attachment:
    """What a bid says of a file. `file`: its random name here; `sha256` of the plain file, as sha256sum prints it;
    `key`: 64 hexadecimal digits that decrypt it."""

    file: str
    name: str
    media_type: str
    size: int
    sha256: str
    key: str

    @property
    def commitment(self) -> str:
        """SHA-256 of all of it: with the random key in it, it tells nothing."""
        return hashlib.sha256(canonical(asdict(self)).encode()).hexdigest()


def from_json(said: Any) -> Attachment:
    """An attachment as a bid's text or a program gives it. Raises KeyError, TypeError or ValueError."""
    found = Attachment(*(str(said[name]) for name in ("file", "name", "media_type")), said["size"],
                       str(said["sha256"]), str(said["key"]))
    if type(found.size) is not int or not NAME.fullmatch(found.file) or len(bytes.fromhex(found.key)) != 32:
        raise ValueError("attachment")
    return found


def checksums(files: Iterable[Attachment]) -> str:
    """The list that `sha256sum -c` reads: one line for each file."""
    return "".join(f"{one.sha256}  {one.name}\n" for one in files)


def store(session: Session, demand: Demand, name: str, data: bytes, *, files: Store, actor: User, now: dt.datetime,
          seed: str | None = None) -> Attachment:
    """Check and encrypt a file for a bid still to be handed in. Doors check first that the actor may bid.

    The same `seed` (the secret nonce of the form) and file again are the same attachment: a page sent twice stores
    nothing twice. Raises Invalid (rules.attachments.check, attachment.too_many_…), WrongState
    (bid.not_accepting, attachment.past_deadline).
    """
    checked = rules.check(name, data)
    digest = hashlib.sha256(data).hexdigest()
    own = seed or secrets.token_hex(32)
    made = Attachment(_derived(own, "file", digest, checked.name)[:32], checked.name, checked.media_type,
                      checked.size, digest, _derived(own, "key", digest, checked.name))
    if find(session, BidAttachment, file=made.file, founder_id=actor.organisation_id) is not None:
        return made
    _check_open(demand, now=now)
    _check_room(session, demand, actor)
    box = bytes(SecretBox(bytes.fromhex(made.key)).encrypt(sodium_pad(data, BLOCK_BYTES)))
    files.put(made.file, box)  # first the file, then its row: never a row without a file
    insert_new(session, BidAttachment, [{
        "demand_id": demand.id, "founder_id": actor.organisation_id, "file": made.file,
        "commitment": made.commitment, "stored_bytes": len(box), "stored_at": now}])
    return made


def _derived(seed: str, *what: str) -> str:
    return hashlib.sha256("\n".join((seed, *what)).encode()).hexdigest()


def _check_open(demand: Demand, *, now: dt.datetime) -> None:
    if demand.status != DemandStatus.ACTIVE:
        raise WrongState("bid.not_accepting", status=DemandStatus(demand.status))
    if not demand.accepts_bids(now=now):
        raise WrongState("attachment.past_deadline", deadline=demand.bid_deadline)


def _check_room(session: Session, demand: Demand, actor: User) -> None:
    kept = select(func.count()).select_from(BidAttachment).where(
        BidAttachment.demand_id == demand.id, BidAttachment.founder_id == actor.organisation_id)
    waiting = kept.where(~exists().where(BidAttachmentUse.attachment_id == BidAttachment.id))
    if (session.scalar(waiting) or 0) >= MOST_WAITING:
        raise Invalid("attachment.too_many_waiting", most=MOST_WAITING)
    if (session.scalar(kept) or 0) >= MOST_KEPT:
        raise Invalid("attachment.too_many_kept", most=MOST_KEPT)


def own_rows(session: Session, demand: Demand, founder_id: int, wanted: Sequence[Attachment]) -> list[BidAttachment]:
    """The stored files of a bid about to be sealed, each held against what the bid says of it.

    Raises Problems (attachment.unknown, and rules.attachments.together).
    """
    problems = list(rules.together([(one.name, one.size) for one in wanted]))
    query = select(BidAttachment).where(
        BidAttachment.demand_id == demand.id, BidAttachment.founder_id == founder_id,
        BidAttachment.file.in_([one.file for one in wanted]))
    rows = {row.file: row for row in session.scalars(query)} if wanted else {}
    problems += [Problem("attachments", "attachment.unknown", {"name": one.name}) for one in wanted
                 if one.file not in rows or rows[one.file].commitment != one.commitment]
    if problems:
        raise Problems(problems)
    return [rows[one.file] for one in wanted]


def use(session: Session, bid: Bid, rows: Iterable[BidAttachment]) -> None:
    """Note that a version of a bid holds these files."""
    session.flush()
    session.add_all(BidAttachmentUse(bid_id=bid.id, attachment_id=row.id) for row in rows)


def listed(bid: Bid) -> list[Attachment]:
    """The files of an opened bid; empty before the opening and for a bid without any."""
    return [from_json(said) for said in bid.attachments or ()]


def read(session: Session, demand: Demand, bid_id: int, number: int, *, files: Store, actor: User,
         evaluator: bool = False) -> tuple[Attachment, bytes]:
    """A file of an opened bid, decrypted and held against its SHA-256.

    For the buyer's people, the operator, the bidder's own and, where the door vouches for it, an `evaluator`.
    Raises NotFound, WrongState (bid.not_opened, attachment.unreadable).
    """
    bid = session.get(Bid, bid_id) if 0 < bid_id < 2**31 else None
    if bid is None or bid.demand_id != demand.id:
        raise NotFound("not_found", what="bid", id=bid_id)
    own = actor.organisation_id in (bid.founder_id, demand.buyer_id)
    if not own and not evaluator and actor.role != Role.OPERATOR:
        raise NotFound("not_found", what="bid", id=bid_id)  # nor may a stranger learn that there is one
    if bid.opened_at is None:
        raise WrongState("bid.not_opened", code=demand.code)
    said = bid.attachments or []
    if not 1 <= number <= len(said):
        raise NotFound("not_found", what="attachment", id=number)
    try:
        one = from_json(said[number - 1])
    except (KeyError, TypeError, ValueError) as error:
        raise WrongState("attachment.unreadable", number=number) from error
    data = decrypted(one, files)
    if data is None:
        # by its number: the name is hidden from the buyer until the scores stand
        raise WrongState("attachment.unreadable", number=number)
    return one, data


def decrypted(one: Attachment, files: Store) -> bytes | None:
    """The plain file; None when it is gone, was changed, or is not what the bid said."""
    box = files.get(one.file)
    try:
        data = None if box is None else sodium_unpad(
            SecretBox(bytes.fromhex(one.key)).decrypt(box), BLOCK_BYTES)
    except (CryptoError, ValueError):
        return None
    return data if data is not None and hashlib.sha256(data).hexdigest() == one.sha256 else None


def sweep(session: Session, *, now: dt.datetime) -> dict[str, int]:
    """Forget the files that no bid needs any more: used by none within the time, or by replaced and withdrawn
    bids only of a demand decided long ago. The rows go here; `remove_orphans` removes the files afterwards."""
    unused = select(BidAttachment.id).where(
        BidAttachment.stored_at < now - dt.timedelta(hours=rules.UNUSED_HOURS[-1].value),
        ~exists().where(BidAttachmentUse.attachment_id == BidAttachment.id))
    ids = list(session.scalars(unused))
    session.execute(delete(BidAttachment).where(BidAttachment.id.in_(ids)))
    expired: dict[int, list[int]] = {}
    for attachment_id, demand_id in session.execute(_expired(now)):
        expired.setdefault(demand_id, []).append(attachment_id)
    for demand_id, gone in expired.items():
        session.execute(delete(BidAttachmentUse).where(BidAttachmentUse.attachment_id.in_(gone)))
        session.execute(delete(BidAttachment).where(BidAttachment.id.in_(gone)))
        demand = get(session, Demand, demand_id)
        audit.record(session, "attachment:purge", demand, actor=SYSTEM, at=now, demand=demand.code, count=len(gone))
    return {"attachments_unused": len(ids), "attachments_expired": sum(map(len, expired.values()))}


def _expired(now: dt.datetime) -> Select[tuple[int, int]]:
    """Files of demands decided long ago that no bid opened there holds."""
    held = select(BidAttachmentUse.attachment_id).join(Bid, Bid.id == BidAttachmentUse.bid_id).join(
        Demand, Demand.id == Bid.demand_id).where(Bid.status.in_(LIVE), Demand.opened_at.is_not(None))
    return select(BidAttachment.id, BidAttachment.demand_id).join(
        Demand, Demand.id == BidAttachment.demand_id).where(
        Demand.status.in_(DECIDED), BidAttachment.id.not_in(held),
        Demand.updated_at < now - dt.timedelta(days=rules.KEPT_AFTER_DECISION[-1].value))


def remove_orphans(session: Session, files: Store, *, now: dt.datetime) -> int:
    """Remove the files that no row names, an hour after they were written; how many. Run it in a transaction of its
    own, after the one that took the rows away has been committed."""
    names = list(files.old(now=now))
    kept = set(session.scalars(select(BidAttachment.file).where(BidAttachment.file.in_(names)))) if names else set()
    gone = [name for name in names if name not in kept]
    for name in gone:
        files.remove(name)
    return len(gone)


__all__ = ["Attachment", "checksums", "decrypted", "from_json", "listed", "own_rows", "read", "remove_orphans",
           "store", "sweep", "use"]
