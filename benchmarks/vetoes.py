"""How often a hard requirement is read right: precision and recall of the vetoes on judged sets.

    python benchmarks/vetoes.py [--demands D --profiles P --qrels Q [--excluded E]]

Recall: of the pairs a person listed as excluded by words in the demand, how many are vetoed. Wrong: vetoed although a
person graded the pair 2 or 3 (a wrong veto is worse than a missed one). Precision: right among the vetoed pairs that
are either listed or graded 1 to 3; pairs judged 0 for other reasons, or never judged, say nothing either way. The
baseline has no lexicon: it vetoes when two characters in a row of what a founder denies are asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from matching.conditions import read_profile, stated  # noqa: E402
from matching.polarity import topic  # noqa: E402
from matching.records import read_demands, read_profiles  # noqa: E402
from matching.text import normalise  # noqa: E402
from matching.trec import read_pairs, read_qrels  # noqa: E402
from matching.types import Demand, Profile  # noqa: E402
from matching.vetoes import denied_skill, vetoes  # noqa: E402
from matching.views import view_demand, view_profile  # noqa: E402

MARKET, HELD_OUT = ROOT / "seed_data" / "market", ROOT / "benchmarks" / "matching_heldout"
Codes = Callable[[Demand, Profile], tuple[str, ...]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("demands", "profiles", "qrels", "excluded"):
        parser.add_argument(f"--{name}", type=Path, default=None)
    options = parser.parse_args()
    if options.demands:
        sets = [("given", options.demands, options.profiles, options.qrels, options.excluded)]
    else:
        data = ROOT / "tests" / "data"
        sets = [("demo market", MARKET / "demands.jsonl", MARKET / "profiles.jsonl",
                 data / "matchset_qrels.tsv", data / "matchset_excluded.tsv"),
                ("second set", HELD_OUT / "demands.jsonl", HELD_OUT / "profiles.jsonl", HELD_OUT / "qrels.tsv", None)]
    print("| set | vetoes | excluded found | recall | wrong (graded 2-3) | precision |")
    print("|---|---|---|---|---|---|")
    for name, demands, profiles, qrels, excluded in sets:
        both = read_demands(demands), read_profiles(profiles)
        grades, listed = read_qrels(qrels), set(read_pairs(excluded)) if excluded else set()
        for how, codes in (("lexicon", by_lexicon), ("baseline: a negated word", by_negated_word)):
            print(row(f"{name}, {how}", *both, grades, listed, codes))
        print_codes(*both, grades, listed)


def by_lexicon(demand: Demand, profile: Profile) -> tuple[str, ...]:
    """The codes of the vetoes as the engine gives them."""
    found = [veto.code for veto in vetoes(demand, stated(demand), profile, read_profile(profile))]
    wanted = [(normalise(text), text) for text in (*demand.required_skills, *demand.deliverables)]
    if denied_skill(wanted, view_profile(profile).denied):
        found.append("denied_skill")
    return tuple(found)


def by_negated_word(demand: Demand, profile: Profile) -> tuple[str, ...]:
    """Vetoed when two characters in a row of what the founder denies are asked for."""
    asked = view_demand(demand).positive
    for clause in view_profile(profile).denied:
        said = topic(clause, "profile")
        if any(said[i : i + 2].strip() and len(said[i : i + 2].strip()) == 2 and said[i : i + 2] in asked
               for i in range(len(said) - 1)):
            return ("negated",)
    return ()


def row(name: str, demands: Iterable[Demand], profiles: Iterable[Profile], grades, listed: set, codes: Codes) -> str:
    vetoed = {(d.id, p.id) for d in demands for p in profiles if codes(d, p)}
    right = len(vetoed & listed)
    graded = {pair: grades.get(pair[0], {}).get(pair[1], 0) for pair in vetoed}
    wrong = sum(grade >= 2 for grade in graded.values())
    against = sum(grade >= 1 for pair, grade in graded.items() if pair not in listed)
    precision = f"{right / (right + against):.2f}" if listed and right + against else "—"
    recall = f"{right / len(listed):.2f}" if listed else "—"
    return f"| {name} | {len(vetoed)} | {right} of {len(listed)} | {recall} | {wrong} | {precision} |"


def print_codes(demands: Iterable[Demand], profiles: Iterable[Profile], grades, listed: set) -> None:
    """Which kinds of requirement the vetoes are, and the excluded pairs nobody caught, on stderr."""
    counts: Counter[str] = Counter()
    caught = set()
    for demand in demands:
        for profile in profiles:
            found = by_lexicon(demand, profile)
            counts.update(found)
            if found:
                caught.add((demand.id, profile.id))
    print(dict(counts.most_common()), file=sys.stderr)
    for pair in sorted(listed - caught):
        print("missed:", *pair, file=sys.stderr)
    for demand_id, profile_id in sorted(caught):
        if grades.get(demand_id, {}).get(profile_id, 0) >= 1:
            print("vetoed although graded:", demand_id, profile_id, grades[demand_id][profile_id], file=sys.stderr)


if __name__ == "__main__":
    main()
