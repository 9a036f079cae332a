"""Chromium without a window, driven over a pipe (Chrome DevTools Protocol)."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE = 60  # seconds for one answer: a busy machine may need some
LOOK_EVERY = 0.05  # seconds between two looks, unless the browser says something before


class Browser:
    """One tab. `troubles` are console errors, exceptions and violations of the policy."""

    def __init__(self, out: int, back: int) -> None:
        self._out, self._back = out, back
        self._read = b""
        self._last = 0
        self._session: str | None = None
        self.troubles: list[str] = []
        self.asked: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self._loaded: set[str] = set()
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        # Keys reach the page, and it has a focus, whatever the window system thinks.
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        # Pages from disk share what they remember; a test must not.
        forget = "try { localStorage.clear() } catch {}"
        self.call("Page.addScriptToEvaluateOnNewDocument", source=forget)

    def call(self, method: str, **parameters: Any) -> Any:
        """Do one command of the protocol and return its result."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._last:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self._note(answer)

    def open(self, url: str) -> None:
        """Load `url`, apart from whatever earlier pages still do."""
        self._go("about:blank")
        self.troubles.clear()
        self.asked.clear()
        self._go(url)

    def _go(self, url: str) -> None:
        done = self.call("Page.navigate", url=url)
        assert "errorText" not in done, done
        # Asking the page whether it is complete might ask the one before.
        self.wait(lambda: done["loaderId"] in self._loaded)

    def run(self, script: str) -> Any:
        """Return what `script` comes to in the page."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait(self, condition: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Look again and again until the condition holds."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            if self._is_heard(LOOK_EVERY):
                self._note(self._receive())

    def press(self, key: str) -> None:
        text = {"text": "\r" if key == "Enter" else key} if len(key) == 1 or key == "Enter" else {}
        code = {"Tab": 9, "Enter": 13}.get(key, 0)
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text
            )

    def show_at(self, width: int, scheme: str, height: int = 900) -> None:
        """Make the window `width` wide and the system's colours `scheme` (light or dark)."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self.call("Emulation.setEmulatedMedia", features=features)

    def screenshot(self, path: Path, *, whole: bool = True) -> bytes:
        """Write a picture of the page, or only of what stands in the window."""
        # The first one draws what has not been on the screen yet.
        self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        taken = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(taken))
        return path.read_bytes()

    def _is_heard(self, seconds: float) -> bool:
        return b"\0" in self._read or bool(select.select([self._back], [], [], seconds)[0])

    def _receive(self) -> Any:
        while b"\0" not in self._read:
            assert self._is_heard(PATIENCE), "Chromium does not answer"
            got = os.read(self._back, 1 << 20)
            assert got, "Chromium ended"
            self._read += got
        message, _, self._read = self._read.partition(b"\0")
        return json.loads(message)

    def _note(self, event: Any) -> None:
        method, said = event.get("method"), event.get("params", {})
        if method == "Log.entryAdded" and said["entry"]["level"] in {"error", "warning"}:
            self.troubles.append(said["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.troubles.append(json.dumps(said["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and said["type"] in {"error", "warning"}:
            self.troubles.append(json.dumps(said["args"]))
        elif method == "Page.lifecycleEvent" and said["name"] == "load":
            self._loaded.add(said["loaderId"])
        elif method == "Network.requestWillBeSent":
            self.asked.append(said["request"]["url"])


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start Chromium with a new profile; skips where none is installed."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed (apt install chromium)")
    to_child, out = os.pipe()
    back, from_child = os.pipe()
    process = subprocess.Popen(
        # Chromium reads commands from descriptor 3 and answers on 4.
        ["bash", "-c", f'exec "$@" 3<&{to_child} 4>&{from_child}', "bash", program, *FLAGS,
         f"--user-data-dir={profile}"],
        pass_fds=(to_child, from_child),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    os.close(to_child)
    os.close(from_child)
    try:
        yield Browser(out, back)
    finally:
        os.close(out)
        os.close(back)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
