"""A person at a browser: goes to pages, fills in forms by the names of their fields, presses buttons, reads."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Response, expect

from marketplace.i18n import t


@dataclass
class Reader:
    """One person, one browser, one language ("zh" or "en")."""

    page: Page
    lang: str

    def says(self, zh: str, en: str) -> str:
        """The words of this reader's language."""
        return zh if self.lang == "zh" else en

    def goes(self, path: str, *, status: int = 200) -> Response:
        """Open an address of the site and check how it answers."""
        response = self.page.goto(path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}"
        return response

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def field(self, name: str) -> Locator:
        return self.main.locator(f'form [name="{name}"]:not([type=hidden])')

    def fills(self, values: dict[str, str]) -> None:
        """Type, choose or tick: a name of a field and what is to stand in it; "on" and "off" for a tick."""
        for name, value in values.items():
            field = self.field(name)
            kind = field.first.get_attribute("type") or field.first.evaluate("one => one.tagName.toLowerCase()")
            if kind == "radio":
                self.main.locator(f'[name="{name}"][value="{value}"]').check()
            elif kind == "checkbox":
                field.set_checked(value == "on")
            elif kind == "select":
                field.select_option(value)
            else:
                field.fill(value)

    def attaches(self, name: str, filename: str, data: bytes) -> None:
        """Choose a file."""
        self.field(name).set_input_files({"name": filename, "mimeType": "application/octet-stream", "buffer": data})

    def presses(self, key: str, **facts: Any) -> None:
        """The button whose text has this key."""
        self.main.get_by_role("button", name=t(key, self.lang, **facts), exact=True).last.click()
        self.page.wait_for_load_state()

    def follows(self, key: str, **facts: Any) -> None:
        """The link whose text has this key."""
        self.main.get_by_role("link", name=t(key, self.lang, **facts), exact=True).first.click()
        self.page.wait_for_load_state()

    def sees(self, *texts: str) -> None:
        """All of these on the page, blanks apart."""
        for text in texts:
            expect(self.main).to_contain_text(text)

    def sees_text(self, key: str, **facts: Any) -> None:
        """The text with this key."""
        self.sees(t(key, self.lang, **facts))

    def sees_not(self, *texts: str) -> None:
        for text in texts:
            expect(self.main).not_to_contain_text(text)

    def is_at(self, path: str) -> None:
        """The address, a regular expression."""
        expect(self.page).to_have_url(re.compile(path + "$"))

    def is_refused_at(self, name: str, *words: str) -> None:
        """A sentence beside the field that screen readers read with it, and in the summary on top."""
        field = self.field(name).first
        described = field.get_attribute("aria-describedby")
        if described is None:  # choices: the group is described
            field = field.locator("xpath=ancestor::fieldset[1]")
            described = field.get_attribute("aria-describedby") or ""
        shown = self.page.locator(f'[id="{described.split()[-1]}"]')
        for word in words:
            expect(shown).to_contain_text(word)
            expect(self.page.locator(".error-summary")).to_contain_text(word)
        box, sentence = field.bounding_box(), shown.bounding_box()
        assert box is not None
        assert sentence is not None
        assert abs(box["y"] - sentence["y"]) < 400, f"the sentence is not beside {name}"

    def still_has(self, values: dict[str, str]) -> None:
        """What was typed stands in the fields."""
        for name, value in values.items():
            expect(self.field(name).first).to_have_value(value)
