"""`make run` on a machine where something is not as it should be: one line that says what to do."""
from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.config import ROOT
from tests import services

UNREACHABLE = f"http://127.0.0.1:{services.free_port()}/simple"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The installer alone, in a folder where nothing has been installed yet."""
    copied = tmp_path / "checkout"
    shutil.copytree(ROOT / "scripts", copied / "scripts")
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, copied)
    return copied


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def make(checkout: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run make with no help from the surrounding pip or make settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "MAKE", "MFLAGS", "PYTHON"))}
    return subprocess.run(
        [shutil.which("make"), *words], cwd=checkout, env={**kept, "PYTHON": sys.executable, **environ},
        capture_output=True, text=True, timeout=120, check=False,
    )


def advice(done: subprocess.CompletedProcess[str]) -> str:
    """The one line for the user; make adds a line of its own about the exit status."""
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith(("make", "gmake"))]
    assert len(lines) == 1, done.stderr
    assert "错误：" in lines[0]
    assert "| Error: " in lines[0]
    return lines[0]


def test_a_taken_port_is_named_before_anything_is_installed(checkout: Path, taken_port: int) -> None:
    line = advice(make(checkout, "run", f"PORT={taken_port}"))
    assert f"端口 {taken_port} 已被占用" in line
    free = line.rsplit("make run PORT=", 1)[1].rstrip(".")
    assert not services.answers(int(free))
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1", ""])
def test_a_port_that_is_none_is_refused(checkout: Path, port: str) -> None:
    assert "PORT=8001" in advice(make(checkout, "run", f"PORT={port}"))


@pytest.mark.parametrize("has_old_python", [True, False])
def test_without_a_new_enough_python_it_says_which_to_install(
    checkout: Path, tmp_path: Path, has_old_python: bool
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in ("sh", "uname"):
        (programs / tool).symlink_to(shutil.which(tool))
    if has_old_python:
        old = programs / "python3"
        old.write_text("#!/bin/sh\nexit 1\n")  # what it answers when asked whether it is new enough
        old.chmod(0o755)
    line = advice(make(checkout, "run", PATH=str(programs), PYTHON=""))
    assert "Python 3.11" in line
    assert "install python" in line


def test_a_failed_download_is_told_apart_and_can_be_repeated(checkout: Path) -> None:
    words = {"PIP_INDEX_URL": UNREACHABLE, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1"}
    for _again in range(2):
        line = advice(make(checkout, "install", **words))
        assert "下载依赖失败" in line
        assert "PIP_INDEX_URL" in line
    assert not (checkout / ".venv" / "installed.json").exists()  # nothing claims that it is installed


def test_a_requirement_that_does_not_exist_is_named(checkout: Path) -> None:
    empty = checkout / "wheels"
    empty.mkdir()
    (checkout / "requirements.txt").write_text("no-such-thing==1.0\n")
    words = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(empty), "PIP_CONFIG_FILE": os.devnull}
    assert "no-such-thing==1.0" in advice(make(checkout, "install", **words))


def test_installed_once_it_is_not_installed_again(checkout: Path) -> None:
    words = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    (checkout / "requirements.txt").write_text("# nothing is needed\n")
    assert make(checkout, "install", **words).returncode == 0
    again = make(checkout, "install", **words)
    assert (again.returncode, again.stdout) == (0, "")

    (checkout / "requirements.txt").write_text("no-such-thing==1.0\n")  # a pull brought a new requirement
    assert "no-such-thing==1.0" in advice(make(checkout, "install", **words))


def test_an_interrupted_or_outdated_environment_is_made_anew(checkout: Path) -> None:
    words = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    (checkout / "requirements.txt").write_text("# nothing is needed\n")
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to(checkout / "python-that-was-upgraded-away")
    assert make(checkout, "install", **words).returncode == 0
    assert (checkout / ".venv" / "installed.json").exists()


def test_make_alone_shows_the_commands(checkout: Path) -> None:
    shown = make(checkout).stdout
    for command in ("make run", "make test", "make install", "make lint", "make clean"):
        assert command in shown
