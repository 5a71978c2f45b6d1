"""A browser page as a person uses it, and its pictures."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, expect

__all__ = ["Screen"]

_Scheme = Literal["light", "dark"]
_VIEWS: tuple[tuple[str, int, _Scheme], ...] = (
    ("", 1280, "light"),
    ("-dark", 1280, "dark"),
    ("-narrow", 390, "light"),
)
_DRAWS = any(os.environ.get(folder) for folder in ("SCREENS_DIR", "LOOKS_DIR"))  # half of a journey's time
_PATIENCE_MS = 60_000
_HEIGHT = 900
_CANVAS_MS = 500  # until a table has drawn itself
_QUIET = """() => new Promise(settled => {
    const until = Date.now() + 15000
    let timer
    const wait = () => {
        if (Date.now() > until) return
        clearTimeout(timer)
        timer = setTimeout(() => {
            if (Date.now() < until && document.querySelector('[data-testid=stStatusWidget]')) return wait()
            watch.disconnect()
            settled()
        }, 250)
    }
    const watch = new MutationObserver(wait)
    watch.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true})
    wait()
})"""


class Screen:
    """One tab. `outside` collects every request that left this machine."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        *,
        width: int = 1280,
        scheme: _Scheme = "light",
    ) -> None:
        self._context = browser.new_context(viewport={"width": width, "height": _HEIGHT}, color_scheme=scheme)
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(_PATIENCE_MS)
        self.url = url
        self.outside: list[str] = []
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", lambda socket: self._note(socket.url))

    def cut_off(self) -> None:
        """From now on nothing but this machine can be reached."""
        self._context.route(lambda url: not self._is_here(url), lambda route: route.abort())

    def open(self, path: str = "/import_file") -> None:
        self.page.goto(self.url + path)

    def sees(self, text: str, *, exact: bool = False) -> None:
        """Wait until it is there."""
        expect(self.page.get_by_text(text, exact=exact).first).to_be_visible(timeout=_PATIENCE_MS)

    def presses(self, button: str) -> None:
        self.page.get_by_role("button", name=button).first.click()

    def hands_in(self, path: Path) -> None:
        """A file, on the first step of a new import."""
        self.open()
        self.sees("Nothing is sent to HubSpot yet")
        self.page.locator("input[type=file]").set_input_files(path)
        self.sees("What is in each row?")

    def previews(self, path: Path, record_type: str) -> str:
        """A file of `record_type` ("People", "Both") goes into the one account, as the columns stand; where its preview is."""
        self.hands_in(path)
        self.page.get_by_text(record_type, exact=True).click()
        self.settle()
        self.presses("Next: account")
        self.presses("Use this account")
        self.sees("Who is who")
        self.page.get_by_role("button", name="Preview", exact=True).click()
        self.sees("Time and limits")
        self.settle()  # the button to write stands below
        return self.page.url.removeprefix(self.url)

    def chooses(self, label: str, option: str) -> None:
        self.page.get_by_role("combobox", name=label).first.click()
        self.page.get_by_role("option", name=option).first.click()
        self.settle()

    def number(self, label: str) -> int:
        """The big number under that label."""
        metric = self.page.get_by_test_id("stMetric").filter(has_text=label).first
        return int(metric.get_by_test_id("stMetricValue").inner_text().replace(",", ""))

    def pictures(self, path: Path) -> None:
        """The page as it stands is never wider than its window. Where SCREENS_DIR is set, all of it is drawn as well: light,
        dark (-dark) and narrow (-narrow)."""
        self.page.mouse.move(0, 0)  # nothing stands under it
        for suffix, width, scheme in _VIEWS:
            if scheme == "dark" and not _DRAWS:
                continue
            self._looks(width, scheme)
            root = "document.documentElement"
            assert self.page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), (
                f"{path.stem}{suffix} is too wide"
            )
            if _DRAWS:
                self._picture(path.with_stem(path.stem + suffix))
        self._looks(*_VIEWS[0][1:])

    def _looks(self, width: int, scheme: _Scheme) -> None:
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": _HEIGHT})
        self.settle()

    def _picture(self, path: Path) -> None:
        """However long: a page scrolls inside its window, so the window grows for a moment. In 256 colours."""
        width = self.page.viewport_size["width"] if self.page.viewport_size else 1280
        height = int(self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight"))
        self.page.set_viewport_size({"width": width, "height": max(height, 600)})
        self.settle()
        self.page.wait_for_timeout(_CANVAS_MS)
        drawn = Image.open(BytesIO(self.page.screenshot(animations="disabled"))).convert("RGB")
        path.parent.mkdir(parents=True, exist_ok=True)
        drawn.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)

    def settle(self) -> None:
        """Until the script has run and nothing moves on the page any more."""
        self.page.evaluate(_QUIET)

    def close(self) -> None:
        self._context.close()

    def _note(self, url: str) -> None:
        if not self._is_here(url):
            self.outside.append(url)

    def _is_here(self, url: str) -> bool:
        return url.startswith((self.url, self.url.replace("http", "ws"), "data:", "blob:"))
