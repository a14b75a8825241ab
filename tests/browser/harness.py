"""What the browser tests share: finding Chromium, opening pages as a reader, judging them."""
from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
VIEWPORTS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 375, "height": 740}}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium_binary() -> str | None:
    """The system's Chromium or Chrome."""
    found = (shutil.which(name) for name in CHROMIUM)
    return next((path for path in (*found, *MACOS) if path and Path(path).exists()), None)


# Browsing -----------------------------------------------------------------------------------------


@dataclass
class Visitor:
    """Opens pages as one kind of reader and remembers what went wrong behind them."""

    browser: Browser
    contexts: list[BrowserContext]
    trouble: list[str]

    def open(
        self, server: str, *, lang: str = "zh", viewport: str = "desktop", javascript: bool = True
    ) -> Page:
        """A blank page of a fresh visitor (no cookies); ``page.goto("/path")`` is relative to the server."""
        context = self.browser.new_context(
            base_url=server,
            locale=LOCALES[lang],
            timezone_id="Asia/Shanghai",
            viewport=VIEWPORTS[viewport],
            has_touch=viewport == "phone",
            java_script_enabled=javascript,
            reduced_motion="reduce",  # a colour half-way through its transition fails the contrast check
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        context.on("response", self._note_failure)
        page = context.new_page()
        page.on("pageerror", lambda error: self.trouble.append(f"script error on {page.url}: {error}"))
        page.on("console", lambda message: self._note_console(page, message.type, message.text))
        return page

    def _note_failure(self, response: Response) -> None:
        if response.status >= 500:
            self.trouble.append(f"{response.status} from {response.url}")

    def _note_console(self, page: Page, kind: str, text: str) -> None:
        # A refused form answers 422, which the console reports too; only broken policies are ours.
        if kind == "error" and "Content Security Policy" in text:
            self.trouble.append(f"{page.url}: {text}")


def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in through the form, as a person does."""
    page.goto("/signin")
    page.locator("input[name=email]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button[type=submit]").click()
    page.wait_for_load_state()


def assert_accessible(page: Page) -> None:
    """WCAG 2.2 A and AA, as far as axe-core can see, and nothing wider than the screen."""
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"
    excess = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert excess <= 0, f"{page.url} is {excess} px wider than the screen"


def screenshot(page: Page, name: str) -> None:
    """Keep a picture of the whole page where SCREENSHOT_DIR says; without it, do nothing."""
    folder = os.environ.get("SCREENSHOT_DIR")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
