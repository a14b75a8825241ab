"""What became of suggestions, read as evidence of fit, with the bias of where they were shown taken out.

A suggestion low on a page is passed over because nobody looked. An outcome at a place looked at with chance
p therefore counts 1 / p times (Joachims, Swaminathan and Schnabel, WSDM 2017; pointwise: Saito and others,
WSDM 2020), and the chance comes from slots filled at random where there are enough of them, else from the
curve (1 / place) ** eta fitted by expectation and maximisation (Wang and others, WSDM 2018).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from matching.errors import BadInput, BadLine

EVENTS: Mapping[str, float] = {
    "shown": 0.0,
    "dismissed": 0.0,
    "viewed": 0.1,
    "saved": 0.3,
    "invited": 0.5,
    "bid": 0.5,
    "shortlisted": 1.0,
    "awarded": 1.0,
    "paid_on_time": 1.0,
}
"""Event to the chance of being shortlisted it stands for. "shown": it stood in a list; "viewed": it was opened.
A pair counts its strongest event; one dismissed and not at least shortlisted counts 0."""

LEAST_CHANCE = 0.1
"""An outcome never counts more than 1 / LEAST_CHANCE times, however low it stood."""
STEEPNESS = 1.0
"""eta where there is too little to fit it on: the third place is looked at a third as often as the first."""
STEEPEST = 3.0
ENOUGH_SHOWN = 200
ENOUGH_PER_PLACE = 30
ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """One event. position: place in the list shown, from 1, None where no list was involved.

    propensity: the chance that this founder was put in this slot, where the slot was filled at random.
    """

    demand_id: str
    profile_id: str
    position: int | None
    propensity: float | None
    event: str
    on: date


@dataclass(frozen=True, slots=True)
class Shown:
    """One pair, with what came of it. label: 0 to 1 (EVENTS); position and propensity as in Outcome."""

    demand_id: str
    profile_id: str
    label: float
    position: int | None
    propensity: float | None


def read_outcomes(path: Path) -> list[Outcome]:
    """JSONL of {demand_id, profile_id, position, propensity, event, on}. Raises BadInput with every bad line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput([BadLine(str(path), 0, f"cannot be read: {error}")]) from error
    found, bad = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found.append(_outcome(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            bad.append(BadLine(str(path), number, f"is no outcome: {type(error).__name__} {error}"))
    if bad:
        raise BadInput(bad)
    return found


def _outcome(row: Mapping[str, object]) -> Outcome:
    position, propensity, event = row.get("position"), row.get("propensity"), str(row["event"])
    if event not in EVENTS:
        raise ValueError(f"event {event!r} is none of {', '.join(EVENTS)}")
    if position is not None and (isinstance(position, bool) or not isinstance(position, int) or position < 1):
        raise ValueError("'position' must be a whole number from 1, or null")
    if propensity is not None and not (isinstance(propensity, int | float) and 0 < propensity <= 1):
        raise ValueError("'propensity' must be above 0 and at most 1, or null")
    return Outcome(
        str(row["demand_id"]), str(row["profile_id"]), position,
        None if propensity is None else float(propensity), event, date.fromisoformat(str(row["on"])),
    )  # fmt: skip


def shown(outcomes: Sequence[Outcome]) -> list[Shown]:
    """One row for each pair, by ids: its strongest event, and the best place it was shown at.

    A pair that acted without ever standing in a list has no place, and nothing to correct.
    """
    by_pair: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        by_pair.setdefault((outcome.demand_id, outcome.profile_id), []).append(outcome)
    rows = []
    for (demand_id, profile_id), events in sorted(by_pair.items()):
        label = max(EVENTS[event.event] for event in events)
        if label < 1 and any(event.event == "dismissed" for event in events):
            label = 0.0
        placed = min(
            (event for event in events if event.position is not None),
            key=lambda event: (event.position, event.propensity is None),
            default=None,
        )
        rows.append(Shown(demand_id, profile_id, label, placed and placed.position, placed and placed.propensity))
    return rows


@dataclass(frozen=True, slots=True)
class Examination:
    """How likely each place is looked at, the first place being 1. source: randomised, fitted or assumed."""

    by_place: Mapping[int, float]
    eta: float
    source: str

    def chance(self, position: int | None) -> float:
        """LEAST_CHANCE to 1; 1 for what stood in no list."""
        if position is None:
            return 1.0
        known = self.by_place.get(position, float(position) ** -self.eta)
        return min(max(known, LEAST_CHANCE), 1.0)


Fit = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, float]]
"""(features, target, weight) to (weights, base): `train.fit`."""


def examination(rows: Sequence[Shown], features: np.ndarray, fit: Fit) -> Examination:
    """How often places are looked at. features: (rows, k), used only where the curve must be fitted."""
    randomised = _from_random_slots(rows)
    if randomised is not None:
        return randomised
    placed = [i for i, row in enumerate(rows) if row.position is not None]
    if len(placed) < ENOUGH_SHOWN:
        return Examination({}, STEEPNESS, "assumed")
    positions = np.array([rows[i].position for i in placed], dtype=np.float64)
    acted = np.array([rows[i].label > 0 for i in placed], dtype=np.float64)
    return Examination({}, _fitted_eta(positions, acted, features[placed], fit), "fitted")


def _from_random_slots(rows: Sequence[Shown]) -> Examination | None:
    """Rates of outcome by place among random slots, each weighed by 1 / its chance, against the first place."""
    acted: dict[int, list[tuple[float, float]]] = {}
    for row in rows:
        if row.position is not None and row.propensity is not None:
            acted.setdefault(row.position, []).append((float(row.label > 0), 1 / row.propensity))
    enough = {place: np.array(found) for place, found in acted.items() if len(found) >= ENOUGH_PER_PLACE}
    rates = {place: float(found[:, 0] @ found[:, 1] / found[:, 1].sum()) for place, found in enough.items()}
    if len(rates) < 2 or not rates.get(1):
        return None
    curve = {place: rate / rates[1] for place, rate in rates.items()}
    places = np.array([place for place in curve if place > 1], dtype=np.float64)
    seen = np.array([max(curve[int(place)], LEAST_CHANCE) for place in places])
    logs = np.log(places)
    return Examination(curve, float(np.clip(-(logs @ np.log(seen)) / (logs @ logs), 0, STEEPEST)), "randomised")


def _fitted_eta(positions: np.ndarray, acted: np.ndarray, features: np.ndarray, fit: Fit) -> float:
    """eta of P(outcome) = place ** -eta x P(fit | features), by regression expectation-maximisation."""
    from scipy.optimize import minimize_scalar

    eta, even = STEEPNESS, np.ones(len(acted))
    fits = np.full(len(acted), max(acted.mean(), 1e-3))
    for _ in range(ROUNDS):
        looked = positions**-eta
        neither = np.maximum(1 - looked * fits, 1e-9)
        saw = np.where(acted > 0, 1.0, looked * (1 - fits) / neither)
        suited = np.where(acted > 0, 1.0, fits * (1 - looked) / neither)
        weights, base = fit(features, suited, even)
        fits = np.clip(1 / (1 + np.exp(-(features @ weights + base))), 1e-6, 1 - 1e-6)
        lower = positions > 1
        logs, seen = np.log(positions[lower]), saw[lower]

        def loss(steepness: float, logs: np.ndarray = logs, seen: np.ndarray = seen) -> float:
            chance = np.clip(np.exp(-steepness * logs), 1e-9, 1 - 1e-9)
            return float(-(seen @ np.log(chance) + (1 - seen) @ np.log(1 - chance)))

        eta = float(minimize_scalar(loss, bounds=(0, STEEPEST), method="bounded").x)
    return eta


def targets(rows: Sequence[Shown], looked: Examination) -> np.ndarray:
    """float64 (rows,): label / chance of being looked at, whose mean over many showings is the chance of fit.

    May exceed 1: the logistic loss is linear in it, so that the excess of the seen makes up for the unseen.
    """
    return np.array([row.label / looked.chance(row.position) for row in rows])
