"""A buyer, a founder and an operator who can sign in; a database session for tests below the doors."""
from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from marketplace import models  # noqa: F401  every table must be known to the mappers
from tests.integration.founders import people
from tests.integration.founders.browsing import populated


@pytest.fixture
def house(app: Flask) -> Flask:
    """The application with buyer1, founder1 and operator1 registered, all with browsing.PASSWORD."""
    def make(session: Session, password_hash: str) -> None:
        people.buyer(session, 1, password_hash=password_hash)
        people.founder(session, 1, profile=people.LEAKS, password_hash=password_hash)
        people.operator(session, password_hash=password_hash)

    populated(app, make)
    return app
