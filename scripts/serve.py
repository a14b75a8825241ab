"""Serve the application with gunicorn: one worker, several threads, a clean end on Ctrl-C.

One worker, because without Redis the jobs run in threads of this process.
"""
from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


class Server(BaseApplication):
    """gunicorn configured here rather than from a command line."""

    def __init__(self, host: str, port: int, threads: int) -> None:
        self.chosen: dict[str, Any] = {
            "bind": f"{host}:{port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "timeout": 120,
            "graceful_timeout": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": lambda _worker: print(
                f"打开 | open  http://{host}:{port}   （Ctrl-C 停止 | stops）", flush=True
            ),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from wsgi import app  # in the worker, so that nothing made at import is shared with the parent

        return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--threads", type=int, default=8)
    chosen = parser.parse_args()
    Server(chosen.host, chosen.port, chosen.threads).run()


if __name__ == "__main__":
    main()
