"""Jiebang 揭榜: the open-challenge marketplace for one-person companies, and the referee that gets them paid.

`create_app` puts the house together; nothing happens at import.
"""
from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace.config import Settings

FOLDERS = ("accounts", "audit", "reference_tables", "demand", "founders", "suggestions", "searches",
           "tendering", "questions", "integrity", "evaluation", "objections", "contracts", "bonds",
           "ledger", "payments", "editions", "banking", "receivables", "enforcement", "complaints", "disclosure",
           "oversight", "notices")


def create_app(settings: Settings | None = None) -> Flask:
    """The web application: settings, pages, API, commands, error handlers."""
    from marketplace import api, cli, errors, jobs, security, site, uploads

    settings = settings or Settings.from_env()
    import_module("marketplace.models")  # the mappers see the whole schema
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.config.update(SECRET_KEY=settings.secret_key, TESTING=settings.testing,
                      MAX_CONTENT_LENGTH=settings.max_upload_bytes,
                      MAX_FORM_MEMORY_SIZE=settings.max_upload_bytes, TEMPLATES_AUTO_RELOAD=settings.debug)
    app.extensions["settings"] = settings
    if settings.trusted_proxies:  # else a caller could write the headers itself and choose its own address
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=settings.trusted_proxies)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    errors.init_app(app)
    app.before_request(uploads.allow)
    security.init_app(app, settings)
    app.before_request(jobs.catch_up)
    site.init_app(app)
    for pages in doors("web", "pages"):
        app.register_blueprint(pages)
    api.init_app(app, doors("api", "blp"))
    cli.init_app(app, [command for commands in doors("cli", "commands") for command in commands])
    return app


def doors(stem: str, name: str) -> list[Any]:
    """What each folder's web, api or cli module offers, in the order of the flow."""
    modules = [f"marketplace.{folder}.{stem}" for folder in (*FOLDERS, "seed")]
    return [getattr(import_module(module), name) for module in modules if find_spec(module)]


@cache
def worker_app() -> Flask:
    """The application of a background worker, made once for each process."""
    return create_app()
