"""A small market of our own writing, and one engine over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching.encode import EMBEDDED, StaticEncoder
from matching.engine import Engine
from matching.records import read_demands, read_profiles
from matching.types import Demand, Profile

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def demands() -> dict[str, Demand]:
    return {demand.id: demand for demand in read_demands(DATA / "demands.jsonl")}


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    return {profile.id: profile for profile in read_profiles(DATA / "profiles.jsonl")}


@pytest.fixture(scope="session")
def encoder() -> StaticEncoder:
    return StaticEncoder(EMBEDDED)


@pytest.fixture(scope="session")
def engine(profiles, encoder) -> Engine:
    return Engine(profiles.values(), encoder=encoder)
