"""A headless Chromium, driven over its pipe with the DevTools protocol: no driver, no port, no network.

    with Chromium() as browser:
        page = browser.open("file:///tmp/report.html", width=360, dark=True)
        page.evaluate("document.title")
        page.problems, page.requests   # what it complained of, what it asked for
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


class Chromium:
    def __init__(self):
        program = shutil.which("chromium")
        if program is None:
            raise AssertionError("chromium is missing: deploy/install-dependencies.sh test installs it")
        self.folder = tempfile.mkdtemp(prefix="muster-chromium-")
        from_us, self.to_browser = os.pipe()
        self.from_browser, to_us = os.pipe()
        # It reads from descriptor 3 and writes to 4. As root, as in many CI containers, it has no sandbox.
        command = [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--no-first-run", "--disable-background-networking", "--disable-component-update",
                   "--hide-scrollbars", "--remote-debugging-pipe", f"--user-data-dir={self.folder}",
                   "about:blank"]
        with open(os.path.join(self.folder, "log"), "wb") as log:
            self.process = subprocess.Popen(
                ["bash", "-c", f'exec "$@" 3<&{from_us} 4>&{to_us}', "bash", *command],
                pass_fds=(from_us, to_us), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=dict(os.environ, HOME=self.folder), start_new_session=True)
        os.close(from_us)
        os.close(to_us)
        self.next_id = 0
        self.received = b""
        self.pages = {}  # by session

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        try:
            self.call("Browser.close", timeout=10)
            self.process.wait(10)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait(10)
        os.close(self.to_browser)
        os.close(self.from_browser)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, timeout):
        """The next message; None when none comes in time."""
        end = time.monotonic() + timeout
        while b"\0" not in self.received:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.from_browser], [], [], left)[0]:
                return None
            more = os.read(self.from_browser, 1 << 20)
            if not more:
                raise AssertionError("chromium ended: " + self.log())
            self.received += more
        message, self.received = self.received.split(b"\0", 1)
        return json.loads(message)

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def handle(self, message):
        page = self.pages.get(message.get("sessionId"))
        if page is not None and "method" in message:
            page.note(message["method"], message["params"])

    def call(self, method, params=None, session=None, timeout=60):
        self.next_id += 1
        wanted = self.next_id
        message = {"id": wanted, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        bytes_left = json.dumps(message).encode() + b"\0"
        while bytes_left:
            bytes_left = bytes_left[os.write(self.to_browser, bytes_left):]
        end = time.monotonic() + timeout
        while True:
            got = self._read(max(0.0, end - time.monotonic()))
            if got is None:
                raise AssertionError(f"no answer to {method} within {timeout} s: {self.log()}")
            if got.get("id") == wanted:
                if "error" in got:
                    raise AssertionError(f"{method}: {got['error']}")
                return got["result"]
            self.handle(got)

    def open(self, url, width=1280, height=900, dark=False, scripts=True, media=""):
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = Page(self, target, session)
        self.pages[session] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(domain + ".enable")
        page.call("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        page.emulate(dark, media)
        page.call("Emulation.setScriptExecutionDisabled", {"value": not scripts})
        page.call("Page.navigate", {"url": url})
        page.wait_loaded()
        return page


class Page:
    def __init__(self, browser, target, session):
        self.browser, self.target, self.session = browser, target, session
        self.problems, self.requests = [], []
        self.loaded = False

    def call(self, method, params=None, timeout=60):
        return self.browser.call(method, params, self.session, timeout)

    def note(self, method, params):
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.problems.append(" ".join(str(a.get("value")) for a in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.problems.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded = True

    def wait_loaded(self, timeout=60):
        end = time.monotonic() + timeout
        while not self.loaded:
            got = self.browser._read(max(0.0, end - time.monotonic()))
            if got is None:
                raise AssertionError(f"the page did not load within {timeout} s")
            self.browser.handle(got)

    def emulate(self, dark, media=""):
        self.call("Emulation.setEmulatedMedia", {"media": media, "features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def evaluate(self, expression):
        got = self.call("Runtime.evaluate", {"expression": expression, "returnByValue": True,
                                             "awaitPromise": True})
        if "exceptionDetails" in got:
            raise AssertionError(got["exceptionDetails"].get("exception", {}).get("description", got))
        return got["result"].get("value")

    def wait_for(self, expression, timeout=10):
        end = time.monotonic() + timeout
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise AssertionError(f"not so within {timeout} s: {expression}")
            time.sleep(0.05)

    def key(self, key, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", {"type": kind, "key": key, "code": key, "text": text})

    def drag(self, start, end, y):
        for kind, x, buttons in (("mouseMoved", start, 0), ("mousePressed", start, 1),
                                 ("mouseMoved", (start + end) / 2, 1), ("mouseMoved", end, 1),
                                 ("mouseReleased", end, 0)):
            self.call("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left",
                                                   "buttons": buttons, "clickCount": 1})

    def screenshot(self, path):
        """Of the whole page, however long."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        shot = self.call("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 16000),
                     "scale": 1}})
        with open(path, "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", {"printBackground": True})["data"])

    def close(self):
        self.browser.call("Target.closeTarget", {"targetId": self.target})
        self.browser.pages.pop(self.session, None)
