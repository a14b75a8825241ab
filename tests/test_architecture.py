"""The house rules a machine can check: who imports whom, who may call what, that every code has its sentence."""
from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from enum import Enum
from pathlib import Path

import pytest

from marketplace import FOLDERS, create_app, i18n, jobs, migrate
from marketplace.accounts import models as accounts
from marketplace.config import ROOT, Settings
from marketplace.rules import lifecycle

FLOW = {folder: place for place, folder in enumerate(FOLDERS)}
OPERATION_STEMS = {"operations", "queries"}
DOOR_STEMS = {"api", "web", "cli", "jobs"}
# what a folder's doors share among themselves
BESIDE_DOORS = {"pages", "views", "forms", "schemas", "texts", "editor", "explanations", "imports", "columns"}
DOOR_TOOLS = {"marketplace.i18n", "marketplace.forms", "marketplace.security", "marketplace.api", "marketplace.jobs"}
THIRD_PARTY = {  # top-level packages each layer may import besides the standard library
    "rules": set(),
    "models": {"sqlalchemy"},
    "matching": {"numpy", "scipy", "sklearn", "jieba", "tokenizers", "safetensors", "faiss", "tantivy", "ir_measures",
                 "sentence_transformers", "torch"},
}
ADAPTERS = {  # the one module of each that may import its client
    "matching/retrieval/postgres.py": {"psycopg", "pgvector"},
}
LAZY_ONLY = {"sentence_transformers", "torch", "transformers"}


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """Absolute names of the modules a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_level_only else ast.walk(tree)
    names: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def layer(path: Path) -> str:
    parts = path.relative_to(ROOT).parts
    if parts[0] == "matching":
        return "matching"
    if parts[1] == "rules":
        return "rules"
    if path.stem == "models" or path.stem.endswith("_models"):
        return "models"
    if path.stem in BESIDE_DOORS or {Path(part).stem for part in parts[1:]} & DOOR_STEMS:
        return "doors"
    return "operations" if parts[1] in FLOW else "house"


MODULES = sorted([*ROOT.glob("marketplace/**/*.py"), *ROOT.glob("matching/**/*.py")])
ids = [str(path.relative_to(ROOT)) for path in MODULES]


@pytest.mark.parametrize("path", MODULES, ids=ids)
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    """DESIGN: rules → models → operations → doors; matching is a library beside them."""
    found, where = imports(path), layer(path)
    outside = {name.split(".")[0] for name in found} - set(sys.stdlib_module_names) - {"marketplace", "matching", ""}
    ours = {name for name in found if name.split(".")[0] in {"marketplace", "matching"}}
    outside -= ADAPTERS.get(str(path.relative_to(ROOT)), set())
    if where in THIRD_PARTY:
        assert outside <= THIRD_PARTY[where], f"{where} must not import {outside - THIRD_PARTY[where]}"
    if where == "rules":
        assert all(name.startswith("marketplace.rules") for name in ours), ours
    elif where == "matching":
        assert not any(name.startswith("marketplace") for name in ours), ours
    elif where == "models":
        # tables refer to each other; nothing else of the house may be needed to say what a row is
        assert all(re.fullmatch(r"marketplace\.(db|rules|\w+\.(\w+_)?models)(\..*)?", name) for name in ours), ours
    elif where == "operations":
        _check_operations(path, ours, outside)


def _check_operations(path: Path, ours: set[str], outside: set[str]) -> None:
    folder = path.relative_to(ROOT).parts[1]
    assert not outside & {"flask", "marshmallow", "redis", "rq", "flask_smorest"}
    assert not ours & DOOR_TOOLS, "operations know neither language nor forms"
    for name in ours:
        parts = name.split(".")
        if parts[0] == "matching":
            assert folder == "suggestions", "only suggestions talks to the matching engine"
        elif len(parts) > 2 and parts[2] in DOOR_STEMS:
            raise AssertionError(f"operations must not import a door: {name}")
        elif len(parts) > 2 and parts[2] in OPERATION_STEMS and parts[1] not in {"notices", "audit"}:
            assert FLOW[parts[1]] <= FLOW[folder], f"{folder} must not use {parts[1]}, which comes later in the flow"


@pytest.mark.parametrize("path", [p for p in MODULES if layer(p) == "doors"],
                         ids=[i for p, i in zip(MODULES, ids, strict=True) if layer(p) == "doors"])
def test_a_door_neither_selects_nor_commits_nor_borrows_another_door(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\bselect\(|\.commit\(|\.execute\(", text)
    folder = path.relative_to(ROOT).parts[1]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "marketplace" and len(parts) > 2 and parts[2] in DOOR_STEMS:
            assert parts[1] == folder, f"{name} is another folder's door"


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """The web process never imports torch: it may only appear inside a function."""
    for path in MODULES:
        heavy = {name.split(".")[0] for name in imports(path, top_level_only=True)} & LAZY_ONLY
        assert not heavy, f"{path.relative_to(ROOT)} imports {heavy} at the top"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("architecture")
    return create_app(Settings(f"sqlite:///{folder}/x.db", "secret", folder, testing=True))


def test_every_route_declares_who_may_call_it(app) -> None:
    silent = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        owner = getattr(view, "view_class", None)
        views = [getattr(owner, method.lower()) for method in owner.methods] if owner else [view]
        if rule.endpoint != "static" and not all(hasattr(one, "access") for one in views):
            silent.append(f"{rule.endpoint} {rule.rule}")
    assert not silent


def test_no_two_routes_share_an_address(app) -> None:
    taken: dict[tuple[str, str], str] = {}
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert (rule.rule, method) not in taken, f"{rule.endpoint} and {taken[rule.rule, method]}"
            taken[rule.rule, method] = rule.endpoint


def test_chinese_and_english_say_the_same_things() -> None:
    zh, en = i18n.catalogue("zh"), i18n.catalogue("en")
    assert zh.keys() == en.keys(), sorted(zh.keys() ^ en.keys())
    for key, text in zh.items():
        assert set(re.findall(r"{(\w+)", text)) == set(re.findall(r"{(\w+)", en[key])), f"facts differ in {key}"
        assert text.strip(), f"{key} is empty in Chinese"
        assert en[key].strip(), f"{key} is empty in English"


def state_tables() -> list[lifecycle.Lifecycle]:
    """Every state table, in whichever module of the rules it stands."""
    modules = [importlib.import_module(f"marketplace.rules.{found.name}")
               for found in pkgutil.iter_modules([str(ROOT / "marketplace" / "rules")])]
    found = {value.name: value for module in modules for value in vars(module).values()
             if isinstance(value, lifecycle.Lifecycle)}
    return list(found.values())


def test_every_state_has_a_name() -> None:
    for table in state_tables():
        keys = [f"enum.{table.statuses.__name__}.{member.value}" for member in table.statuses]
        assert all(i18n.has_text(key, lang) for key in keys for lang in i18n.LANGUAGES), table.name


def test_every_status_role_and_class_has_a_name() -> None:
    for module in (lifecycle, accounts):
        for enum in vars(module).values():
            if isinstance(enum, type) and issubclass(enum, Enum) and enum.__module__ == module.__name__:
                keys = [f"enum.{enum.__name__}.{member.value}" for member in enum]
                assert all(i18n.has_text(key, lang) for key in keys for lang in i18n.LANGUAGES)


RAISED = re.compile(r"(?:Invalid|NotAllowed|NotFound|WrongState|NotSignedIn)\(\s*\"([\w.]+)\"")
PROBLEM = re.compile(r"Problem\([^,()]+,\s*\"([\w.]+)\"")


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_error_code_has_a_sentence(lang: str) -> None:
    codes = {code for path in MODULES if path.is_relative_to(ROOT / "marketplace")
             for pattern in (RAISED, PROBLEM) for code in pattern.findall(path.read_text(encoding="utf-8"))}
    codes |= {f"{table.name}.wrong_state" for table in state_tables()}
    missing = sorted(code for code in codes if not i18n.has_text(f"error.{code}", lang))
    assert not missing


TEXT_KEY = re.compile(r"""\bt\(\s*["']([a-z][\w.]+)["']\s*[,)]""")


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_text_a_page_asks_for_exists(lang: str) -> None:
    sources = [*ROOT.glob("marketplace/**/*.py"), *ROOT.glob("marketplace/templates/**/*.html")]
    asked = {key for path in sources for key in TEXT_KEY.findall(path.read_text(encoding="utf-8"))}
    assert not sorted(key for key in asked if not i18n.has_text(key, lang))


def test_there_is_one_migration_head() -> None:
    assert migrate.head() is not None
    names = sorted(path.name for path in (ROOT / "migrations/versions").glob("*.py"))
    assert [name[:4] for name in names] == [f"{n:04d}" for n in range(1, len(names) + 1)]


def test_every_scheduled_job_exists() -> None:
    assert {periodic.job for periodic in jobs.PERIODIC} <= jobs.JOBS.keys()
