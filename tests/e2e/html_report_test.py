#!/usr/bin/env python3
"""The HTML report of a real run in a headless Chromium: it fetches nothing, complains of nothing, its numbers
are the JSON's, at a phone's and a desk's width, light and dark, by keyboard, printed, and without scripts.

MUSTER_SCREENSHOTS=FOLDER keeps a picture of each."""

import json
import os
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from chromium import Chromium  # noqa: E402
from e2e import E2eTest, Nginx, muster  # noqa: E402

HOSTILE = "<img src=x onerror=alert(1)></script>&amp;"
PLAN = """muster: 1
name: shop
target: {url}
load:
  rate:
    arrivals: poisson
    stages:
      - {{name: ramp, to: 400/s, over: 1s, measure: false}}
      - {{name: steady, at: 400/s, for: 3s}}
seed: 7
requests:
  - {{name: home, get: /, weight: 6, tags: {{kind: read}}}}
  - {{name: 'GET {hostile}', get: /slow, weight: 2}}
  - {{name: gone, get: /gone, weight: 1}}
thresholds:
  - p99(response){{stage=steady}} < 1us
  - error_rate < 50%
  - p99(response) < 9s over 1s
"""
WIDTHS = (360, 1280)


def latency(ns):
    """As FormatLatency prints it: three significant digits."""
    if ns == 0:
        return "0us"
    if ns < 1000:
        return f"{ns}ns"
    for unit, size in (("us", 1e3), ("ms", 1e6), ("s", 1e9)):
        if unit == "s" or ns / size < 999.5:
            value = ns / size
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}{unit}"
    return ""


class HtmlReport(E2eTest):
    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(prefix="muster-html-")
        cls.addClassCleanup(shutil.rmtree, cls.shared, True)
        nginx = Nginx(extra="location /slow { return 200 'a'; } location /gone { return 503; }")
        plan, html, result = (os.path.join(cls.shared, n) for n in ("plan.yaml", "r.html", "r.json"))
        with open(plan, "w", encoding="utf-8") as file:
            file.write(PLAN.format(url=nginx.url(), hostile=HOSTILE))
        try:
            code, _, err = muster("run", plan, "--out", f"html={html}", "--out", f"json={result}")
        finally:
            nginx.close()
        assert code == 1, err
        cls.url = "file://" + html
        with open(result, encoding="utf-8") as file:
            cls.result = json.load(file)
        with open(html, encoding="utf-8") as file:
            cls.html = file.read()
        cls.browser = Chromium()
        cls.addClassCleanup(cls.browser.close)

    def open(self, **options):
        page = self.browser.open(options.pop("url", self.url), **options)
        self.addCleanup(page.close)
        return page

    def keep(self, page, name):
        folder = os.environ.get("MUSTER_SCREENSHOTS")
        if folder:
            page.screenshot(os.path.join(folder, name + ".png"))

    def test_it_fetches_nothing_and_complains_of_nothing(self):
        for width in WIDTHS:
            for dark in (False, True):
                with self.subTest(width=width, dark=dark):
                    page = self.open(width=width, dark=dark)
                    self.keep(page, f"{width}-{'dark' if dark else 'light'}")
                    self.assertEqual(page.problems, [])
                    self.assertEqual([r for r in page.requests if not r.startswith("data:")], [self.url])
                    self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), width)
                    self.assertFalse(page.evaluate("!!document.getElementById('plain')"))

    def test_every_chart_is_painted(self):
        page = self.open()
        painted = page.evaluate("""[...document.querySelectorAll('.chart')].map((chart) =>
            [...chart.querySelectorAll('canvas')].some((canvas) => {
              const context = canvas.getContext('2d');
              const colors = new Set(new Uint32Array(
                  context.getImageData(0, 0, canvas.width, canvas.height).data.buffer));
              return colors.size > 3;
            }))""")
        self.assertGreaterEqual(len(painted), 4)  # rate, latency, errors, distribution
        self.assertTrue(all(painted), painted)

    def test_numbers_are_the_jsons(self):
        page = self.open()
        figures = page.evaluate("""[...document.querySelectorAll('data[data-path]')].map((d) =>
            [d.dataset.path, d.value, d.textContent, d.dataset.format])""")
        self.assertGreater(len(figures), 100)
        formats = set()
        for path, raw, text, how in figures:
            value = self.result
            for key in json.loads(path):
                value = value.get(key) if isinstance(value, dict) else value[key]
            with self.subTest(path=path):
                if value is None:
                    self.assertEqual(raw, "")
                    self.assertIn(text, ("failed", "–", "none"))
                    continue
                self.assertEqual(float(raw), value)
                if how == "latency":
                    self.assertEqual(text, latency(value))
                elif how == "count":
                    self.assertEqual(text, f"{value:,}")
                formats.add(how)
        self.assertGreaterEqual(formats, {"latency", "count", "perSecond"})
        self.assertIn("p99.9", self.result["few_samples"], "a short run")
        self.assertTrue(page.evaluate("document.querySelectorAll('#figures .few').length"))
        tags = page.evaluate("document.querySelector('#tags').innerText")
        self.assertRegex(tags, r"kind=read\s")
        self.assertRegex(tags, r"kind=\(none\)\s")
        self.assertRegex(page.evaluate("document.querySelector('#thresholds').innerText"),
                         r"\d windows had too few samples to decide")
        gone = next(s for s in self.result["first_seen"] if s["what"] == "503")
        self.assertIn(gone["request"] + " on embedded", page.evaluate("document.querySelector('#errors').innerText"))
        verdict = page.evaluate("document.getElementById('verdict').innerText")
        self.assertIn("FAILED", verdict)
        self.assertIn("exit code 1", verdict)

    def test_the_table_of_the_time_line_adds_up_to_the_run(self):
        page = self.open()
        rows = page.evaluate("""[...document.querySelectorAll('#time table tbody tr')].map((row) =>
            [...row.children].map((cell) => cell.textContent.replace(/,/g, '')))""")
        self.assertLessEqual(len(rows), 40)
        for column, key in ((1, "due"), (2, "started"), (3, "completed"), (4, "failed")):
            self.assertEqual(sum(int(row[column]) for row in rows),
                             sum(row[key] for row in self.result["timeline"]), key)

    def test_a_hostile_name_is_text(self):
        page = self.open()
        self.assertEqual(page.evaluate("document.querySelectorAll('img').length"), 0)
        names = page.evaluate("""[...document.querySelectorAll('#requests tbody th')].map((h) => h.innerText)""")
        self.assertIn("GET " + HOSTILE, names)

    def test_it_is_read_by_keyboard_and_screen_reader(self):
        page = self.open()
        bare = page.evaluate("""({
          tables: [...document.querySelectorAll('table')].filter((t) => !t.caption).length,
          heads: [...document.querySelectorAll('th')].filter((h) => !h.scope).length,
          charts: [...document.querySelectorAll('.chart')].filter((c) =>
              !c.parentNode.getAttribute('aria-label')).length,
          sections: [...document.querySelectorAll('section')].filter((s) =>
              !document.getElementById(s.getAttribute('aria-labelledby'))).length,
          controls: [...document.querySelectorAll('select, .controls input')].filter((c) => !c.labels.length).length,
          scrollers: [...document.querySelectorAll('.scroll')].filter((s) => s.tabIndex < 0).length})""")
        self.assertEqual(set(bare.values()), {0}, bare)
        self.assertEqual(page.evaluate("[document.querySelectorAll('main, nav').length, "
                                       "document.querySelectorAll('h1').length, document.documentElement.lang]"),
                         [2, 1, "en"])
        self.assertEqual(page.evaluate("[...document.querySelectorAll('h1, h2')].length"), 13)
        links = page.evaluate("""[...document.querySelectorAll('a[href^="#"]')].filter((a) =>
            !document.getElementById(a.getAttribute('href').slice(1))).length""")
        self.assertEqual(links, 0)
        page.evaluate("document.querySelector('figure [role=img]').focus()")
        page.key("ArrowRight")
        page.key("ArrowRight")
        legends = page.evaluate("[...document.querySelectorAll('#time .legend')].map((l) => l.innerText)")
        self.assertRegex(legends[0], r"0:00\.1[\s\S]*completed [0-9]")
        self.assertRegex(legends[1], r"0:00\.1[\s\S]*p99")

    def test_colours_have_contrast_and_follow_the_browser(self):
        page = self.open(dark=False)
        contrasts = """(() => {
          const style = getComputedStyle(document.documentElement);
          const light = (name) => {
            const hex = style.getPropertyValue('--' + name).trim().slice(1);
            const full = hex.length === 3 ? [...hex].map((c) => c + c).join('') : hex;
            const [r, g, b] = [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16) / 255)
                .map((c) => c <= .04045 ? c / 12.92 : Math.pow((c + .055) / 1.055, 2.4));
            return .2126 * r + .7152 * g + .0722 * b;
          };
          const ratio = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
          const pairs = {};
          for (const front of ['text', 'soft', 'good', 'bad', 'warn', 'note'])
            for (const back of ['page', 'panel']) pairs[front + ' on ' + back] = ratio(front, back);
          for (const mood of ['good', 'bad', 'warn', 'note']) pairs[mood] = ratio(mood, mood + '-back');
          for (const line of ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']) pairs[line] = ratio(line, 'page') * 1.5;
          return pairs; })()"""  # text wants 4.5, lines 3
        seen = []
        for dark in (False, True):
            page.emulate(dark)
            ratios = page.evaluate(contrasts)
            self.assertEqual({k: v for k, v in ratios.items() if v < 4.5}, {}, f"dark={dark}")
            seen.append(ratios)
        self.assertNotEqual(seen[0], seen[1])
        page.wait_for("document.querySelector('.legend i').style.borderColor === 'rgb(154, 164, 178)'")
        self.assertEqual(page.problems, [])

    def test_a_requests_own_distribution_is_shown_beside(self):
        page = self.open()
        names = page.evaluate("""(() => { const choice = document.querySelector('#distribution select');
            choice.value = '1'; choice.dispatchEvent(new Event('change'));
            return document.querySelector('#distribution .legend').innerText; })()""")
        self.assertIn("GET " + HOSTILE, names)
        self.assertEqual(page.problems, [])

    def test_a_drag_zooms_all_time_lines_alike(self):
        page = self.open()
        labels = """[...document.querySelectorAll('#time .chart')].map((chart) =>
            [...chart.querySelectorAll('.dygraph-axis-label-x')].map((l) => l.textContent).join(' '))"""
        whole = page.evaluate(labels)
        self.assertEqual(len(set(whole)), 1, whole)
        box = page.evaluate("""(() => { const chart = document.querySelector('#time .chart');
            chart.scrollIntoView({block: 'center'}); const r = chart.getBoundingClientRect();
            return [r.left, r.top, r.width, r.height]; })()""")
        page.drag(box[0] + box[2] * .3, box[0] + box[2] * .6, box[1] + box[3] / 2)
        zoomed = page.evaluate(labels)
        self.assertEqual(len(set(zoomed)), 1, zoomed)
        self.assertNotEqual(zoomed, whole)
        page.evaluate("document.querySelector('#time .controls button').click()")
        self.assertEqual(page.evaluate(labels), whole)
        self.assertEqual(page.problems, [])

    def test_a_heading_sorts(self):
        page = self.open()
        page.evaluate("document.querySelector('#requests th button').click()")
        page.evaluate("document.querySelectorAll('#requests th button')[2].click()")
        completed = page.evaluate("[...document.querySelectorAll('#requests tbody tr')].map((row) => "
                                  "Number(row.children[2].querySelector('data').value))")
        self.assertEqual(completed, sorted(completed, reverse=True))
        self.assertEqual(len(completed), 3)

    def test_without_scripts_it_is_the_terminals_report(self):
        page = self.open(scripts=False)
        self.keep(page, "no-scripts")
        text = page.call("Page.captureSnapshot")["data"]
        self.assertIn("thresholds passed", text)
        self.assertIn('<pre id=3D"plain">FAILED', text)

    def test_it_prints(self):
        page = self.open(dark=True)
        pdf = page.pdf()
        self.assertTrue(pdf.startswith(b"%PDF"))
        folder = os.environ.get("MUSTER_SCREENSHOTS")
        if folder:
            with open(os.path.join(folder, "print.pdf"), "wb") as file:
                file.write(pdf)
        self.assertEqual(page.problems, [])

    def enlarged(self):
        """The page with 4,096 rows and 200 names, as a run of hours has them."""
        mark = '<script type="application/json" id="data">'
        before, rest = self.html.split(mark)
        data, after = rest.split("</script>", 1)
        data = json.loads(data)
        step = data["time"]["end"][0]
        for key, column in data["time"].items():
            data["time"][key] = [column[i % len(column)] for i in range(4096)]
        data["time"]["start"] = [i * step for i in range(4096)]
        data["time"]["end"] = [(i + 1) * step for i in range(4096)]
        for place in (data["names"], data["result"]["by_name"]):
            place[:] = [dict(place[i % 3]) for i in range(200)]
        for i, name in enumerate(data["result"]["by_name"]):
            name["name"] = f"request {i}"
            data["names"][i]["time"] = data["time"] if i == 7 else None
        path = os.path.join(self.shared, "long.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write(before + mark + json.dumps(data).replace("<", "\\u003c") + "</script>" + after)
        return "file://" + path

    def test_a_run_of_hours_stays_usable(self):
        url = self.enlarged()
        began = time.monotonic()
        page = self.open(url=url, width=360)
        self.assertLess(time.monotonic() - began, 20)
        self.keep(page, "long")
        self.assertEqual(page.problems, [])
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 360)
        self.assertEqual(page.evaluate("document.querySelectorAll('#requests tbody tr').length"), 200)
        self.assertLess(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"), 10_000)
        # One of the names has a time line of its own.
        page.evaluate("""(() => { const choice = document.querySelector('#time select');
            choice.value = '7'; choice.dispatchEvent(new Event('change')); })()""")
        self.assertIn("of request 7", page.evaluate("document.querySelector('#time figcaption').innerText"))
        page.evaluate("""(() => { const filter = document.querySelector('#requests input');
            filter.value = 'request 19'; filter.dispatchEvent(new Event('input')); })()""")
        self.assertIn("11 of 200", page.evaluate("document.querySelector('#requests [role=status]').innerText"))
        self.assertEqual(page.problems, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
