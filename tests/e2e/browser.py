"""Headless Chromium."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.html_page import Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_MISSING = "Chromium is not installed. On Debian: apt-get install chromium; elsewhere any Chromium or Chrome."
# For people to view; build/ is not in git.
_SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"


class Browser:
    """Headless Chromium, with a new profile for each page."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder

    def page(self, url: str) -> Page:
        """Load a page and return the browser's document."""
        return self.page_and_console(url)[0]

    def page_and_console(self, url: str) -> tuple[Page, list[str]]:
        """Load a page; return the browser's document, and the lines of its console."""
        run = self._run(url, "--dump-dom", "--enable-logging=stderr")
        return Page(run.stdout), [line for line in run.stderr.splitlines() if ":CONSOLE" in line]

    def screenshot(self, url: str, name: str) -> bytes:
        """Load a page and return its image."""
        _SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        image = _SCREENSHOTS / f"{name}.png"
        image.unlink(missing_ok=True)
        self._run(url, f"--screenshot={image}", "--window-size=1400,1000", "--hide-scrollbars")
        return image.read_bytes()

    def _run(self, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        profile = self._folder / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        command = [
            self._program,
            "--headless=new",
            # Chromium refuses its sandbox to root, as in containers; it loads only this project's page.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-proxy-server",
            f"--user-data-dir={profile}",
            *arguments,
            url,
        ]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._folder)}
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60, check=True
        )


def find_browser(folder: Path) -> Browser:
    """Return the browser of this machine; skip the test if there is none, but not in CI."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(_MISSING)
    return Browser(program, folder)
