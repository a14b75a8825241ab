"""docs/states.md shows the state tables the code uses."""
from __future__ import annotations

import subprocess
import sys

from marketplace.config import ROOT


def test_the_document_is_drawn_from_the_tables_in_use() -> None:
    done = subprocess.run([sys.executable, "scripts/draw_states.py", "--check"], cwd=ROOT, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, f"run python scripts/draw_states.py: {done.stderr}"
