"""Requirements and denials in words the lexicons read: abilities insisted on, data that stays, English."""

from __future__ import annotations

import pytest

from matching.conditions import stated
from matching.engine import Engine
from matching.industry import divisions, nearness
from matching.polarity import is_negative
from matching.text import normalise, terms
from matching.types import Demand, Profile


def broken(encoder, demand: Demand, profile: Profile) -> set[str]:
    [match] = Engine([profile], encoder=encoder).rank_profiles(demand, include_vetoed=True)
    return {veto.code for veto in match.vetoes}


@pytest.mark.parametrize(
    ("asked", "said", "vetoed"),
    [
        ("必须会看工尺谱", "五线谱快准。工尺谱不会看。", True),
        ("须懂手语", "手语不会。", True),
        ("必须会看工尺谱", "会看工尺谱。五线谱不会看。", False),
        ("会看工尺谱更好", "工尺谱不会看。", False),
    ],
)
def test_an_ability_the_demand_insists_on_and_the_founder_denies(encoder, asked, said, vetoed):
    found = broken(encoder, Demand("d", "译谱", description=f"{asked}。"), Profile("p", "制谱", bio=said))
    assert ("denied_skill" in found) is vetoed


@pytest.mark.parametrize("asked", ["录音留在院里", "画面不能离开机房", "Recordings may not leave the building"])
@pytest.mark.parametrize(
    ("said", "vetoed"),
    [("视频统一上传云平台分析。", True), ("Cloud-only service.", True), ("盒子装在机房里，录音不出门。", False)],
)
def test_data_that_must_stay_and_a_founder_who_takes_it_to_the_cloud(encoder, asked, said, vetoed):
    found = broken(encoder, Demand("d", "录音分析", description=asked), Profile("p", "录音分析", bio=said))
    assert ("on_premises" in found) is vetoed


def test_a_founder_who_says_they_hold_no_such_certificate(encoder):
    demand = Demand("d", "装修核量", description="须有造价工程师签字的复核。")
    assert broken(encoder, demand, Profile("p", "算量插件", bio="我没有造价方面的证书。")) == {"certificate"}
    assert broken(encoder, demand, Profile("p", "算量插件")) == set()


@pytest.mark.parametrize(
    ("clause", "side", "negative"),
    [
        ("No dashboards please", "demand", True),
        ("Do not send agencies", "demand", True),
        ("A fifth of the water never reaches a meter", "demand", False),
        ("hills without signal", "demand", False),
        ("no later than June", "demand", False),
        ("I do not draw", "profile", True),
        ("no experience with hospitals", "profile", True),
        ("Water not yet", "profile", True),
        ("leaves recognised without a network", "profile", False),
        ("safety cameras that never sleep", "profile", False),
    ],
)
def test_english_refusals_and_denials_are_told_from_plain_words(clause, side, negative):
    assert is_negative(normalise(clause), side) is negative


def test_english_industries_are_the_divisions_of_the_chinese_ones():
    assert divisions("water supply") == divisions("水的生产和供应业") == frozenset({"D46"})
    assert nearness(divisions("Drinking water supply"), divisions("gas supply")) == 0.5
    assert divisions("tea") != divisions("steam boilers")
    assert not divisions("it"), "no word inside another"


def test_an_english_word_is_found_in_its_other_forms():
    assert terms("contracts contract") == ["contract", "contract"]
    assert terms("meters metering metered") == ["meter", "meter", "meter"]
    assert terms("batteries loss glasses leaked dma gis") == ["battery", "loss", "glass", "leak", "dma", "gis"]


def test_english_conditions_are_read():
    found = {c.code for c in stated(Demand("d", "Contracts", description="Files stay in-house. No foreign AI models."))}
    assert {"on_premises", "no_overseas_model"} <= found
