"""Serve the application: one process, several threads, a clean end on Ctrl-C.

With --prepare it first brings the database up, fills an empty one with the demo market and computes what
is missing, in the same process, so that the application is loaded once. One process, because without
Redis the jobs run in its threads. Several processes with Redis: gunicorn --workers 4 --threads 8 wsgi:app
"""
from __future__ import annotations

import argparse
import signal
import sys
import traceback
from pathlib import Path

import waitress
from flask import Flask
from flask.cli import ScriptInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def load(*, prepare: bool) -> Flask:
    """The application, ready to be served. Raises whatever its settings or its database are refused for."""
    from wsgi import app

    if prepare:
        with app.app_context():
            app.cli.main(["prepare"], obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--prepare", action="store_true", help="bring the database up to date first")
    chosen = parser.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: sys.exit(0))
    try:
        app = load(prepare=chosen.prepare)
        server = waitress.create_server(
            app, host=chosen.host, port=chosen.port, threads=chosen.threads, ident=None,
            clear_untrusted_proxy_headers=not app.extensions["settings"].trusted_proxies,
        )
    except Exception as error:
        give_up(error)
    print(f"打开 | open  http://{chosen.host}:{chosen.port}   （Ctrl-C 停止 | stops）", flush=True)
    server.run()


def give_up(error: Exception) -> None:
    """One line for the user; the traceback goes into a file for whoever mends it."""
    log = Path(__file__).resolve().parent.parent / "instance" / "start.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    sys.exit(f"错误：无法启动，详见 instance/start.log | Error: cannot start, see instance/start.log: {reason}")


if __name__ == "__main__":
    main()
