"""A market whose people are programs."""
from __future__ import annotations

import pytest
from flask import Flask

from tests.integration.api.programs import Programs


@pytest.fixture
def programs(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(app, monkeypatch)
