"""Files of a bid: unreadable until the opening, then readable by those it concerns, and never half there."""
from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit import operations as audit
from marketplace.demand.models import Demand
from marketplace.rules.errors import RuleViolation
from marketplace.tendering import attachments, operations, queries
from marketplace.tendering.attachments import Attachment
from marketplace.tendering.models import BidAttachment, BidAttachmentUse
from marketplace.tendering.store import Store
from tests.integration.tendering import market as m

SECRET = b"%PDF-1.7\n% the price is ninety thousand\n%%EOF"
NAME = "报价九万元.pdf"


@pytest.fixture
def files(tmp_path: Path) -> Store:
    return Store(tmp_path / "attachments")


def refused(call, *arguments, **options) -> str:
    with pytest.raises(RuleViolation) as caught:
        call(*arguments, **options)
    return caught.value.code


def hand_in(session: Session, market: m.Market, files: Store, who: int = 0, data: bytes = SECRET, name: str = NAME,
            **options) -> Attachment:
    return attachments.store(session, market.demand, name, data, files=files, actor=market.founders[who],
                             **{"now": m.NOW, **options})


def submit(session: Session, market: m.Market, *with_files: Attachment, who: int = 0) -> operations.Receipt:
    form = dataclasses.replace(m.bid(), attachments=with_files)
    return operations.submit_bid(session, market.demand, form, actor=market.founders[who], now=m.NOW)


def read(session: Session, market: m.Market, files: Store, actor, number: int = 1, **options) -> bytes:
    bid = queries.versions(session, market.demand, market.founders[0].organisation_id)[0]
    return attachments.read(session, market.demand, bid.id, number, files=files, actor=actor, **options)[1]


def age(files: Store, by: dt.timedelta) -> None:
    for path in files.folder.iterdir():
        os.utime(path, ((m.NOW - by).timestamp(),) * 2)


def test_neither_disk_nor_database_tells_a_file_its_name_or_its_hash_before_the_opening(
        session: Session, files: Store) -> None:
    market = m.open_market(session)
    one = hand_in(session, market, files)
    submit(session, market, one)
    row = session.scalars(select(BidAttachment)).one()
    stored = files.get(row.file)
    assert SECRET not in stored
    assert len(stored) == len(files.get(hand_in(session, market, files, data=SECRET + b" " * 9_000).file))
    known = "".join(str(getattr(row, column.key)) for column in row.__table__.columns) + "".join(
        entry.facts for entry in audit.latest(session)) + str([path.name for path in files.folder.iterdir()])
    assert not any(said in known for said in (one.sha256, one.key, one.name, "九万"))


def test_the_kept_bid_file_holds_the_sha256_that_sha256sum_prints(session: Session, files: Store) -> None:
    market = m.open_market(session)
    receipt = submit(session, market, hand_in(session, market, files))
    said = json.loads(receipt.text)["attachments"]
    assert [(one["name"], one["sha256"]) for one in said] == [(NAME, hashlib.sha256(SECRET).hexdigest())]
    assert attachments.checksums([attachments.from_json(one) for one in said]) == (
        f"{hashlib.sha256(SECRET).hexdigest()}  {NAME}\n")


def test_after_the_opening_buyer_operator_and_bidder_read_a_file_and_nobody_else(
        session: Session, files: Store) -> None:
    market = m.open_market(session)
    submit(session, market, hand_in(session, market, files))
    for actor in (market.buyer, market.operator, market.founders[0]):
        assert refused(read, session, market, files, actor) == "bid.not_opened"
    m.open_bids(session, market)
    for actor in (market.buyer, market.operator, market.founders[0]):
        assert read(session, market, files, actor) == SECRET
    assert refused(read, session, market, files, market.founders[1]) == "not_found"
    assert read(session, market, files, market.founders[1], evaluator=True) == SECRET
    assert refused(read, session, market, files, market.buyer, 2) == "not_found"


@pytest.mark.parametrize("harm", ["removed", "changed"])
def test_a_file_that_was_harmed_is_named_and_its_bid_stays_readable(session: Session, files: Store, harm: str) -> None:
    market = m.open_market(session)
    one = hand_in(session, market, files)
    submit(session, market, one)
    if harm == "removed":
        files.remove(one.file)
    else:
        files.put(one.file, files.get(one.file)[:-1] + b"x")
    m.open_bids(session, market)
    assert [bid.price_fen for bid in queries.opened_bids(session, market.demand)] == [10_000_000]
    with pytest.raises(RuleViolation, match=r"attachment\.unreadable") as caught:
        read(session, market, files, market.buyer)
    assert caught.value.facts == {"number": 1}, "its name may say whose it is, and scores may still be given"


def test_a_bid_takes_only_files_its_founder_handed_in_as_they_were_received(session: Session, files: Store) -> None:
    market = m.open_market(session)
    one, theirs = hand_in(session, market, files), hand_in(session, market, files, who=1)
    for wrong in (theirs, dataclasses.replace(one, sha256="0" * 64), dataclasses.replace(one, name="别的.pdf"),
                  dataclasses.replace(one, key="0" * 64), dataclasses.replace(one, size=1)):
        assert refused(submit, session, market, wrong) == "attachment.unknown"
    submit(session, market, one)


def test_five_files_are_taken_and_a_sixth_is_not(session: Session, files: Store) -> None:
    market = m.open_market(session)
    six = [hand_in(session, market, files, name=f"{number}.pdf") for number in range(6)]
    assert refused(submit, session, market, *six) == "attachment.too_many"
    submit(session, market, *six[:5])


def test_a_replaced_bid_keeps_the_files_it_names_and_leaves_the_others(session: Session, files: Store) -> None:
    market = m.open_market(session)
    one, other = hand_in(session, market, files), hand_in(session, market, files, name="图.pdf")
    submit(session, market, one, other)
    submit(session, market, other)
    m.open_bids(session, market)
    bid = queries.opened_bids(session, market.demand)[0]
    assert [found.name for found in attachments.listed(bid)] == ["图.pdf"]


def test_the_same_form_sent_twice_stores_a_file_once_also_after_the_deadline(session: Session, files: Store) -> None:
    market = m.open_market(session)
    first = hand_in(session, market, files, seed="a" * 64)
    late = m.DEADLINE + m.MICROSECOND
    assert hand_in(session, market, files, seed="a" * 64, now=late) == first
    assert session.scalar(select(func.count()).select_from(BidAttachment)) == 1
    assert refused(hand_in, session, market, files, now=late) == "attachment.past_deadline"


def test_a_founder_cannot_fill_the_disk_with_files_that_stand_in_no_bid(session: Session, files: Store) -> None:
    market = m.open_market(session)
    for number in range(attachments.MOST_WAITING):
        hand_in(session, market, files, data=b"text", name=f"{number}.txt")
    assert refused(hand_in, session, market, files) == "attachment.too_many_waiting"


def test_a_file_written_without_its_row_is_removed_after_an_hour_and_no_sooner(session: Session, files: Store) -> None:
    market = m.open_market(session)
    one = hand_in(session, market, files)
    files.put("f" * 32, b"crashed before the row was committed")
    (files.folder / f"{'e' * 32}.0a0b0c0d.part").write_bytes(b"half")
    age(files, dt.timedelta(minutes=59))
    assert attachments.remove_orphans(session, files, now=m.NOW) == 0
    age(files, dt.timedelta(minutes=61))
    assert attachments.remove_orphans(session, files, now=m.NOW) == 2
    assert [path.name for path in files.folder.iterdir()] == [one.file]


def test_files_in_no_bid_are_forgotten_after_two_days_and_those_of_a_bid_stay(session: Session, files: Store) -> None:
    market = m.open_market(session)
    used, unused = hand_in(session, market, files), hand_in(session, market, files, name="b.pdf")
    submit(session, market, used)
    assert attachments.sweep(session, now=m.NOW + dt.timedelta(hours=48))["attachments_unused"] == 0
    late = m.NOW + dt.timedelta(hours=48, seconds=1)
    assert attachments.sweep(session, now=late) == {"attachments_unused": 1, "attachments_expired": 0}
    age(files, dt.timedelta(days=1))
    attachments.remove_orphans(session, files, now=late)
    assert (files.holds(used.file), files.holds(unused.file)) == (True, False)


def test_files_of_replaced_and_withdrawn_bids_go_ninety_days_after_the_decision_and_the_log_says_so(
        session: Session, files: Store) -> None:
    market = m.open_market(session)
    old, kept = hand_in(session, market, files), hand_in(session, market, files, name="b.pdf")
    submit(session, market, old, kept)
    submit(session, market, kept)
    taken_back = hand_in(session, market, files, who=1)
    submit(session, market, taken_back, who=1)
    operations.withdraw_bid(session, market.demand, actor=market.founders[1], now=m.NOW)
    m.open_bids(session, market)
    operations.none_suitable(session, market.demand, reason="都不合适", actor=market.buyer, now=m.AFTER)
    session.execute(update(Demand).values(updated_at=m.AFTER))
    ninety = dt.timedelta(days=90)
    assert attachments.sweep(session, now=m.AFTER + ninety)["attachments_expired"] == 0
    assert attachments.sweep(session, now=m.AFTER + ninety + m.MICROSECOND)["attachments_expired"] == 2
    assert [row.file for row in session.scalars(select(BidAttachment))] == [kept.file]
    noted = audit.history(session, "demand", market.demand.id)[-1]
    assert (noted.action, json.loads(noted.facts)["count"]) == ("attachment:purge", 2)


def test_replacing_a_bid_over_and_over_does_not_fill_the_disk(session: Session, files: Store) -> None:
    market = m.open_market(session)
    bid_id = submit(session, market, hand_in(session, market, files)).bid_id
    rows = [BidAttachment(demand_id=market.demand.id, founder_id=market.founders[0].organisation_id, file=f"{n:032x}",
                          commitment=f"{n:064x}", stored_bytes=1, stored_at=m.NOW) for n in range(99)]
    session.add_all(rows)
    session.flush()
    session.add_all(BidAttachmentUse(bid_id=bid_id, attachment_id=row.id) for row in rows)
    assert refused(hand_in, session, market, files, data=SECRET + b"2") == "attachment.too_many_kept"
    hand_in(session, market, files, who=1)
