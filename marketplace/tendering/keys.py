"""Who holds which key: the holders' own key pairs, and the pair of each demand that exists only as shares."""
from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import audit
from marketplace.accounts.models import Organisation, Role, User
from marketplace.audit.operations import SYSTEM
from marketplace.db import find, get
from marketplace.demand.models import Demand
from marketplace.rules.errors import Invalid, NotAllowed, WrongState
from marketplace.tendering import sealing, secret_sharing
from marketplace.tendering.models import DemandKey, KeyShare, OpeningKey

BUYER, OPERATOR, ESCROW = "buyer", "operator", "escrow"
SHARE_OF = {BUYER: 1, OPERATOR: 2, ESCROW: 3}
PASSPHRASE_LEAST = 12
PASSPHRASE_MOST = 200


def has_opening_key(session: Session, organisation_id: int) -> bool:
    """Whether a buyer or the operator already has the key pair that its passphrase unlocks."""
    query = select(OpeningKey.id).where(OpeningKey.organisation_id == organisation_id, OpeningKey.holder != ESCROW)
    return session.scalars(query).first() is not None


def keys_ready(session: Session) -> bool:
    """Whether the operator's and the escrow key exist, without which no demand can be published."""
    return _of_platform(session, OPERATOR) is not None and _of_platform(session, ESCROW) is not None


def _of_platform(session: Session, holder: str) -> OpeningKey | None:
    return session.scalars(select(OpeningKey).filter_by(holder=holder).order_by(OpeningKey.id)).first()


def create_opening_key(session: Session, organisation_id: int, holder: str, passphrase: str, *, actor: User | str,
                       now: dt.datetime, cost: sealing.WrappingCost | None = None) -> OpeningKey:
    """A holder's key pair; the private key is kept only under the passphrase, which is kept nowhere.

    Raises Invalid (opening_key.passphrase_length) and WrongState (opening_key.exists).
    """
    if not PASSPHRASE_LEAST <= len(passphrase) <= PASSPHRASE_MOST:
        raise Invalid("opening_key.passphrase_length", least=PASSPHRASE_LEAST, most=PASSPHRASE_MOST,
                      length=len(passphrase))
    private_key, public_key = sealing.new_key_pair()
    wrapped, wrapping = sealing.wrap(private_key, passphrase, cost or sealing.WrappingCost())
    return _keep(session, OpeningKey(
        organisation_id=organisation_id, holder=holder, public_key=public_key, wrapped_private_key=wrapped,
        wrapping=wrapping, created_at=now), actor=actor, now=now)


def create_platform_keys(session: Session, operator_organisation_id: int, passphrase: str, *, now: dt.datetime,
                         actor: User | str = SYSTEM,
                         cost: sealing.WrappingCost | None = None) -> str:
    """The operator's key under its passphrase, and the escrow key, whose private part is returned as text.

    That text is stored nowhere: it is printed once and kept off-line, by someone who is not the operator's staff.
    Raises Invalid (opening_key.not_operator, opening_key.passphrase_length), WrongState (opening_key.exists).
    """
    organisation = get(session, Organisation, operator_organisation_id)
    if organisation.role != Role.OPERATOR:
        raise Invalid("opening_key.not_operator", name=organisation.name)
    if _of_platform(session, OPERATOR) or _of_platform(session, ESCROW):
        raise WrongState("opening_key.exists")  # demands already published would be opened with other keys
    create_opening_key(session, organisation.id, OPERATOR, passphrase, actor=actor, now=now, cost=cost)
    private_key, public_key = sealing.new_key_pair()
    _keep(session, OpeningKey(organisation_id=organisation.id, holder=ESCROW, public_key=public_key,
                              created_at=now, wrapping={}), actor=actor, now=now)
    return sealing.key_text(private_key)


def _keep(session: Session, key: OpeningKey, *, actor: User | str, now: dt.datetime) -> OpeningKey:
    try:
        with session.begin_nested():
            session.add(key)
    except IntegrityError as error:
        raise WrongState("opening_key.exists") from error
    audit.record(session, "opening_key:create", key, actor=actor, at=now, holder=key.holder,
                 organisation_id=key.organisation_id, public_key=key.public_key.hex())
    return key


def holders(session: Session, buyer_id: int) -> dict[str, OpeningKey]:
    """The three keys that a demand's shares are sealed to. Raises WrongState when one is missing
    (opening_key.buyer_missing, opening_key.platform_missing)."""
    buyer = find(session, OpeningKey, organisation_id=buyer_id, holder=BUYER)
    operator, escrow = _of_platform(session, OPERATOR), _of_platform(session, ESCROW)
    if operator is None or escrow is None:
        raise WrongState("opening_key.platform_missing")
    if buyer is None:
        raise WrongState("opening_key.buyer_missing")
    return {BUYER: buyer, OPERATOR: operator, ESCROW: escrow}


def create_demand_key(session: Session, demand: Demand, *, actor: User | str, now: dt.datetime) -> DemandKey:
    """The key pair of one demand: the public key is kept, the private key only as shares sealed to its holders."""
    keys = holders(session, demand.buyer_id)
    private_key, public_key = sealing.new_key_pair()
    shares = secret_sharing.split(private_key)
    key = DemandKey(demand_id=demand.id, public_key=public_key, created_at=now)
    key.shares = [
        KeyShare(number=number, opening_key_id=keys[holder].id,
                 sealed=sealing.seal(shares[number], keys[holder].public_key))
        for holder, number in SHARE_OF.items()]
    session.add(key)
    audit.record(session, "demand_key:create", ("demand", demand.id), actor=actor, at=now,
                 public_key=public_key.hex(), opening_keys={holder: kept.id for holder, kept in keys.items()})
    return key


def share_held(session: Session, demand: Demand, holder: str) -> KeyShare:
    """The share of a demand's key that a holder (buyer, operator, escrow) keeps. Raises WrongState."""
    key = session.get(DemandKey, demand.id)
    if key is None:
        raise WrongState("opening.no_key", code=demand.code)
    return next(share for share in key.shares if share.number == SHARE_OF[holder])


def unlock(key: OpeningKey, secret: str) -> bytes:
    """A holder's private key from its passphrase, or from the escrow key's printed text.

    Raises NotAllowed (opening.wrong_passphrase, opening.wrong_escrow_key), Invalid (opening.escrow_key_malformed).
    """
    if key.wrapped_private_key is not None:
        return sealing.unwrap(key.wrapped_private_key, secret, key.wrapping)
    private_key = sealing.key_from_text(secret)
    if sealing.public_key_of(private_key) != key.public_key:
        raise NotAllowed("opening.wrong_escrow_key")
    return private_key
