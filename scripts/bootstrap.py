"""What `make run`, `make test`, `make install` and `make lint` do, with the standard library only.

This file stays parsable by old Pythons, so that an old one can say that it is too old. Whatever
goes wrong for a reason the user can mend ends in one line, in Chinese and English, and exit code 1.
"""
from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"
OLDEST = (3, 11)
RUNTIME = ("requirements.txt",)
OFFLINE = ("connection broken", "Read timed out", "IncompleteRead", "ConnectionError")  # pip's words
DEVELOPMENT = ("requirements.txt", "requirements-dev.txt")


class CannotGoOn(Exception):
    """Something the user can mend; carries the sentence in Chinese and in English."""

    def __init__(self, zh, en):
        super().__init__(zh, en)
        self.zh, self.en = zh, en


def check_python():
    """Raises CannotGoOn when this Python is too old or cannot make virtual environments."""
    if sys.version_info < OLDEST:
        have = "%d.%d" % sys.version_info[:2]
        raise CannotGoOn(
            "需要 Python 3.11 或更高版本，当前是 %s；请安装新版本后重试。" % have,
            "Python 3.11 or newer is needed, this is %s; install a newer one and try again." % have,
        )
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        package = "python%d.%d-venv" % sys.version_info[:2]
        raise CannotGoOn(
            "此 Python 缺少 venv 模块，请执行 sudo apt-get install %s 后重试。" % package,
            "this Python has no venv module; run sudo apt-get install %s and try again." % package,
        )


def check_port(host, port):
    """Raises CannotGoOn when nothing can listen on the port."""
    if not 1 <= port <= 65535:
        raise CannotGoOn(
            "端口 %d 无效，请用 1 到 65535 之间的数，例如 make run PORT=8001。" % port,
            "port %d is not valid; use one from 1 to 65535, for example make run PORT=8001." % port,
        )
    refusal = _refusal(host, port)
    if refusal is None:
        return
    free = next((n for n in range(max(port + 1, 8001), 65536) if _refusal(host, n) is None), 8001)
    if refusal == "taken":
        raise CannotGoOn(
            "端口 %d 已被占用（也许揭榜已在运行），请停掉占用者，或执行 make run PORT=%d。" % (port, free),
            "port %d is taken (perhaps the market already runs there); stop what uses it, or run "
            "make run PORT=%d." % (port, free),
        )
    raise CannotGoOn(
        "无法监听 %s:%d（%s），请执行 make run PORT=%d。" % (host, port, refusal, free),
        "cannot listen on %s:%d (%s); run make run PORT=%d." % (host, port, refusal, free),
    )


def _refusal(host, port):
    """Why the port cannot be used: None, "taken", or the system's words."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as caller:
        caller.settimeout(1)
        # macOS lets a second program bind a port that another one holds on all addresses.
        if caller.connect_ex(("127.0.0.1" if host == "0.0.0.0" else host, port)) == 0:  # noqa: S104
            return "taken"
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            return error.strerror
    return None


def install(files):
    """Make .venv and install the pinned requirements unless that has already been done."""
    wanted = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    if _is_installed(wanted):
        return
    check_python()
    with open(ROOT / files[0], encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two commands started together must not install over each other
        if _is_installed(wanted):
            return
        if not _works("import pip"):
            _make_venv()
        _pip_install(files[-1])
        kept = json.loads(STAMP.read_text()) if STAMP.exists() else {}
        STAMP.write_text(json.dumps(dict(kept, **wanted), indent=1) + "\n")


def _is_installed(wanted):
    try:
        done = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    return all(done.get(name) == digest for name, digest in wanted.items()) and _works("pass")


def _works(code):
    """Whether .venv's Python runs: its base may have been upgraded away, or its making interrupted."""
    check = "import sys; assert sys.version_info >= %r; %s" % (OLDEST, code)
    try:
        return subprocess.run([str(PYTHON), "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_venv():
    say("创建虚拟环境 .venv", "creating the virtual environment .venv")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )
    if made.returncode != 0:
        reason = last_line(made.stdout)
        raise CannotGoOn(
            "无法创建 .venv（%s），请检查磁盘空间与目录权限后重试。" % reason,
            "cannot create .venv (%s); check disk space and permissions, then try again." % reason,
        )


def _pip_install(requirements):
    say(
        "安装依赖（首次需要几分钟，日志 %s）" % _shown(LOG),
        "installing requirements (minutes the first time, log in %s)" % _shown(LOG),
    )
    command = [str(PYTHON), "-m", "pip", "install", "--progress-bar", "off", "-r", str(ROOT / requirements)]
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PYTHONUNBUFFERED="1")
    with open(LOG, "w", encoding="utf-8") as log, subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        for line in pip.stdout:
            log.write(line)
            progress(line)
    progress("")
    if pip.returncode != 0:
        raise _why_pip_failed(LOG.read_text(encoding="utf-8", errors="replace"))


def _why_pip_failed(log):
    errors = [line for line in log.splitlines() if line.startswith("ERROR")]
    reason = (errors[-1] if errors else last_line(log)).replace("ERROR: ", "")[:160]
    if "No space left" in log:
        return CannotGoOn(
            "磁盘空间不足，请腾出约 6 GB 后重试。", "the disk is full; free about 6 GB and try again."
        )
    if any(sign in log for sign in OFFLINE):
        return CannotGoOn(
            "下载依赖失败，请检查网络（或用环境变量 PIP_INDEX_URL 指定可用的镜像）后重试。",
            "a download failed; check the network (or name a mirror in PIP_INDEX_URL) and try again.",
        )
    if "No matching distribution" in reason:
        return CannotGoOn(
            "依赖没有适用于此系统与 Python 的版本（%s），请换用 Python 3.11–3.13 后重试。" % reason,
            "a requirement has no build for this system (%s); try Python 3.11 to 3.13." % reason,
        )
    return CannotGoOn(
        "安装依赖失败（%s），详见 %s。" % (reason, _shown(LOG)),
        "installing failed (%s); see %s." % (reason, _shown(LOG)),
    )


def run(host, port):
    """Install what is missing, then become the server, which prepares the database and the demo market."""
    check_port(host, port)
    install(RUNTIME)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # more threads are slower on small shared machines
    server = [str(PYTHON), str(ROOT / "scripts" / "serve.py"), "--prepare", "--host", host, "--port", str(port)]
    os.chdir(str(ROOT))
    os.execv(server[0], server)  # noqa: S606  it takes this process's place and its Ctrl-C


def in_venv(*command):
    """Run a module of .venv from the repository's root; returns its exit code."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    return subprocess.run([str(PYTHON), "-m", *command], cwd=str(ROOT), check=False).returncode


def say(zh, en):
    """One line on what happens now."""
    print("%s | %s" % (zh, en), flush=True)


def progress(line):
    """Show pip's current step on one line of a terminal; elsewhere show nothing."""
    if not sys.stdout.isatty():
        return
    text = line.strip()
    if not text or text.startswith(("Collecting ", "Downloading ", "Installing ", "Building ")):
        sys.stdout.write("\r\033[K" + text[:76])
        sys.stdout.flush()


def last_line(text):
    """The last line of a program's output that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "?"


def _shown(path):
    return os.path.relpath(str(path), str(ROOT))


# Each process starts services of its own, on free ports; more than four would only wait for one another.
PARALLEL = ("--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal")


def main(arguments):
    """Returns the exit code."""
    if arguments[:1] == ["test"]:  # everything after it belongs to pytest
        install(DEVELOPMENT)
        return in_venv("pytest", *PARALLEL, *arguments[1:])  # what is given twice counts as given last
    parser = argparse.ArgumentParser(prog="bootstrap.py")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install")
    commands.add_parser("lint")
    runner = commands.add_parser("run")
    runner.add_argument("--host", default="127.0.0.1")
    runner.add_argument("--port", type=port_number, default=8000)
    chosen = parser.parse_args(arguments)
    if chosen.command == "run":
        run(chosen.host, chosen.port)
    install(DEVELOPMENT if chosen.command == "lint" else RUNTIME)
    return in_venv("ruff", "check", ".") if chosen.command == "lint" else 0


def port_number(text):
    """A port as typed; one that is not a number becomes 0, which check_port refuses with advice."""
    return int(text) if text.strip().isdigit() else 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotGoOn as problem:
        sys.exit("错误：%s | Error: %s" % (problem.zh, problem.en))
    except KeyboardInterrupt:
        sys.exit(130)
