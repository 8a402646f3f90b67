"""`make screenshots`: take the pictures of the board and its trends, light and dark, from the local run."""

import base64
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Self

_FOLDER = Path("docs/images")
_THEMES = ("light", "dark")
# Few enough rows to be readable in the README. Two of these jobs are stuck.
_BOARD = "/board?nameContains=catalog&maxResults=8&theme={theme}"
_TRENDS = "/board?trends=true&theme={theme}"
# The watch knows the reasons only of jobs that fail while it runs. This many categories are enough.
_CATEGORIES = 4
_WIDTH = 1200
_START_SECONDS = 60
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    # Chromium refuses to run its sandbox as root, as in containers; it loads only this project's page.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--no-proxy-server",
    "--hide-scrollbars",
)
# Chromium reads its commands from file descriptor 3 and writes its answers to 4.
_WITH_PIPES = 'exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1'


class Browser:
    """Headless Chromium, driven by the DevTools protocol, which needs no WebSocket library over pipes.

    https://chromedevtools.github.io/devtools-protocol/
    """

    def __init__(self, program: str, profile: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - Chromium, found on the PATH
            ["/bin/sh", "-c", _WITH_PIPES, program, *_OPTIONS, f"--user-data-dir={profile}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._ids = count(1)
        self._tab: dict[str, str] = {}
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._tab = {"sessionId": attached["sessionId"]}
        self._call("Page.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def picture(self, url: str) -> bytes:
        """Load a page and return it as a PNG, as tall as its content."""
        # The content is never shorter than the viewport.
        viewport = {"width": _WIDTH, "height": 1, "deviceScaleFactor": 1, "mobile": False}
        self._call("Emulation.setDeviceMetricsOverride", **viewport)
        self._call("Page.navigate", url=url)
        self._receive("method", "Page.loadEventFired")
        height = self._call("Page.getLayoutMetrics")["cssContentSize"]["height"]
        clip = {"x": 0, "y": 0, "width": _WIDTH, "height": height, "scale": 1}
        shot = self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def _call(self, method: str, **parameters: Any) -> Any:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters, **self._tab}
        assert self._process.stdin  # noqa: S101 - opened by __init__
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        answer = self._receive("id", number)
        if "error" in answer:
            raise RuntimeError(f"Chromium refused {method}: {answer['error']['message']}")
        return answer["result"]

    def _receive(self, key: str, value: object) -> dict[str, Any]:
        """Return the next message that has this value, and drop those before it."""
        assert self._process.stdout  # noqa: S101 - opened by __init__
        text = b""
        while byte := self._process.stdout.read(1):
            if byte != b"\0":
                text += byte
                continue
            message: dict[str, Any] = json.loads(text)
            if message.get(key) == value:
                return message
            text = b""
        raise RuntimeError("Chromium ended unexpectedly.")


@contextmanager
def service(*arguments: str) -> Iterator[str]:
    """Run the service with arguments of the local run, and yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "local.run", "--port", port, *arguments]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:  # noqa: S603 - this project
        try:
            _wait_for(url, process)
            yield url
        finally:
            process.send_signal(signal.SIGINT)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            urllib.request.urlopen(url).close()  # noqa: S310 - loopback
        except urllib.error.URLError:
            time.sleep(0.2)
        else:
            return
    sys.exit("The local run did not start.")


def _wait_for_expected_ends(url: str) -> None:
    """Wait until the first sweep has recorded how long jobs take, and the board shows expected ends."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with urllib.request.urlopen(url + _BOARD.format(theme="light")) as board:  # noqa: S310 - loopback
            if b"ends " in board.read():
                return
        time.sleep(1)
    sys.exit("The board shows no expected ends.")


def _wait_for_reasons(url: str) -> None:
    """Wait until jobs have failed for several reasons."""
    until = time.monotonic() + 2 * _START_SECONDS
    while time.monotonic() < until:
        with urllib.request.urlopen(url + "/trends") as trends:  # noqa: S310 - loopback
            categories = json.load(trends)["failures"]["byCategory"]
        if sum(bool(number) for name, number in categories.items() if name != "unknown") >= _CATEGORIES:
            return
        time.sleep(1)
    sys.exit("Too few jobs have failed.")


def _take(browser: Browser, address: str, name: str) -> None:
    for theme in _THEMES:
        path = _FOLDER / f"{name}-{theme}.png"
        path.write_bytes(browser.picture(address.format(theme=theme)))
        print(f"{path}: {path.stat().st_size // 1000} kB")


def main() -> None:
    """Write board-light.png, board-dark.png, trends-light.png and trends-dark.png to docs/images."""
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        sys.exit("Chromium is not installed. On Debian: apt-get install chromium.")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile, Browser(chromium, profile) as browser:
        # Jobs that do not move.
        with service("--speed", "0") as url:
            _wait_for_expected_ends(url)
            _take(browser, url + _BOARD, "board")
        with service() as url:
            _wait_for_reasons(url)
            _take(browser, url + _TRENDS, "trends")


if __name__ == "__main__":
    main()
