#!/usr/bin/env python3
"""The live view on a real pseudo-terminal, whose screen is a terminal emulator's: what stands there, what the
keys do, that the terminal is given back, and that a log gets plain lines."""

import os
import re
import signal
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from e2e import MUSTER, WORKER, E2eTest, free_port, muster, reset  # noqa: E402
from terminal import Terminal, terminal_environment  # noqa: E402

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
KEYS = r"keys: d drain"
BACK = re.compile(rb"\x1b\[\d+A")


class LiveTest(E2eTest):
    def terminal(self, *command, **keywords):
        terminal = Terminal(command, **keywords)
        self.addCleanup(terminal.close)
        return terminal

    def run_in(self, url, *arguments, **keywords):
        return self.terminal(MUSTER, "run", url, "--name", "shop", *arguments, **keywords)

    def steady(self, duration="30s", **keywords):
        """A run whose block is on the screen and whose keys are listened to."""
        terminal = self.run_in(self.nginx().url(), "--rate", "200", "--duration", duration, **keywords)
        terminal.wait_for(KEYS)
        self.assertTrue(terminal.keys_are_taken())
        return terminal

    def assert_given_back(self, terminal):
        self.assertEqual(terminal.modes(), terminal.modes_before)


class Screen(LiveTest):
    def frames(self, terminal):
        """The blocks as they were written, without codes."""
        text = terminal.raw.decode(errors="strict").replace("\r\n", "\n")
        return [ESCAPES.sub("", part) for part in re.split(r"\x1b\[\d+A\r", text)]

    def test_one_block_is_redrawn_in_place_and_gone_at_the_end(self):
        # High enough for a report with every finding of a busy machine.
        terminal = self.run_in(self.nginx().url(), "--rate", "200", "--duration", "4s", rows=60)
        for _ in range(6):
            terminal.pump(0.5)
            self.assertLessEqual(len(re.findall("so far", terminal.text())), 1, terminal.text())
        self.assertIn("so far", terminal.text())
        self.assertEqual(terminal.wait(), 0)
        text = terminal.text()
        self.assertNotIn("so far", text)
        self.assertNotIn("keys:", text)
        self.assertIn("PASSED", text)
        drawn = terminal.raw.count(b"so far")
        self.assertGreater(drawn, 10)
        self.assertLessEqual(drawn, 5 * 5)
        self.assertNotIn(b"\x1b[2J", terminal.raw)

    # What a second's rate is shown as is what the result says of that second, to the last request.
    def test_every_rate_shown_is_true(self):
        out = self.path("out.json")
        terminal = self.run_in(self.nginx().url(), "--stage", "4s:400/s", "--stage", "2s:50/s",
                               "--out", "json=" + out)
        self.assertEqual(terminal.wait(), 0)
        rows = self.json(out)["timeline"]
        by_second = {}
        for row in rows:
            second = row["start_ns"] // 10**9
            by_second[second] = by_second.get(second, 0) + row["completed"]
        shown = []
        for frame in self.frames(terminal):
            match = re.search(r"completed [ ▁▂▃▄▅▆▇█]*  (\S+)/s", frame)
            if match and (not shown or shown[-1] != match.group(1)):
                shown.append(match.group(1))
        self.assertGreaterEqual(len(shown), 4)
        wanted = [f"{by_second[s]:,}" if by_second[s] >= 100 else f"{by_second[s]:.3g}"
                  for s in sorted(by_second)]
        at = 0
        for rate in shown:
            self.assertIn(rate.rstrip("0").rstrip(".") if "." in rate else rate, wanted[at:],
                          f"{shown} {wanted}")
            at += 1

    def test_nothing_is_wider_or_higher_than_the_terminal_whatever_its_size(self):
        terminal = self.steady(columns=100, rows=30)
        for columns, rows in ((50, 30), (41, 6), (120, 40), (20, 3), (80, 24)):
            terminal.resize(columns, rows)
            terminal.pump(0.6)
            before = len(terminal.raw)
            terminal.pump(1)
            blocks = terminal.raw[before:].decode(errors="replace").split("\x1b[J")[1:-1]
            self.assertGreater(len(blocks), 1)
            for block in blocks:
                lines = ESCAPES.sub("", block).replace("\r", "").split("\n")[:-1]
                self.assertLess(len(lines), max(rows, 2), block)
                for line in lines:
                    self.assertLess(len(line), columns, line)
            self.assertEqual(len(re.findall(r"0:\d\d of 30s", terminal.text())), 1, terminal.text())
        terminal.type("d")
        self.assertEqual(terminal.wait(), 5)

    def test_colour_follows_the_flag_and_the_environment(self):
        url = self.nginx().url()
        for arguments, extra, coloured in (([], {}, True), ([], {"NO_COLOR": "1"}, False),
                                           ([], {"NO_COLOR": ""}, True),
                                           (["--color", "never"], {}, False),
                                           (["--color", "always"], {"NO_COLOR": "1"}, True)):
            with self.subTest(arguments=arguments, extra=extra):
                terminal = self.run_in(url, "--rate", "100", "--duration", "1s", *arguments,
                                       env=terminal_environment(**extra))
                self.assertEqual(terminal.wait(), 0)
                self.assertIn(b"so far", terminal.raw)
                self.assertEqual(re.search(rb"\x1b\[[0-9;]*m", terminal.raw) is not None, coloured)

    def test_a_locale_without_utf8_gets_ascii(self):
        terminal = self.run_in(self.nginx().url(), "--rate", "100", "--duration", "2s",
                               env=terminal_environment(LC_ALL="C"))
        self.assertEqual(terminal.wait(), 0)
        self.assertIn(b"so far", terminal.raw)
        terminal.raw.decode("ascii")

    def test_a_dumb_terminal_gets_plain_lines(self):
        terminal = self.run_in(self.nginx().url(), "--rate", "100", "--duration", "3s", "--progress",
                               "1s", env=terminal_environment(TERM="dumb"))
        self.assertEqual(terminal.wait(), 0)
        self.assertNotIn(b"\x1b", terminal.raw)
        self.assertRegex(terminal.raw.decode(), r"0:0\d of 3s · stage")

    def test_errors_and_stages_stand_in_the_block(self):
        server = self.bad_server(lambda s, c: s.read_request(c) and reset(c))
        terminal = self.run_in(server.url(), "--stage", "2s:50/s", "--stage", "20s:50/s")
        terminal.wait_for(r"errors    \S*(reset|closed)\S* \d+ since 0:00")
        terminal.wait_for(r"stage     2/2 stage-2 · [█░]+ \d+s left · hold 50.0/s")
        terminal.wait_for(r"p99 +.*×.*  failed")
        terminal.type("ss")
        self.assertEqual(terminal.wait(), 5)

    def test_quiet_and_off_draw_nothing_and_leave_the_keys_alone(self):
        url = self.nginx().url()
        for flags in (["--quiet"], ["--progress", "off"]):
            terminal = self.run_in(url, "--rate", "100", "--duration", "2s", *flags)
            terminal.pump(1.5)
            self.assertFalse(terminal.keys_are_taken())
            self.assertEqual(terminal.wait(), 0)
            self.assertNotIn(b"so far", terminal.raw)


class Keys(LiveTest):
    def test_d_drains_as_one_interrupt(self):
        terminal = self.steady()
        terminal.type("d")
        self.assertEqual(terminal.wait(20), 5)
        self.assertIn("interrupted by the key d", terminal.text())
        self.assertNotIn("stopping at once", terminal.text())
        self.assert_given_back(terminal)

    def test_s_asks_once_and_stops_at_once_the_second_time(self):
        silent = self.bad_server(lambda s, c: s.read_request(c) and time.sleep(30))
        terminal = self.run_in(silent.url(), "--rate", "20", "--duration", "60s", "--timeout", "50s")
        terminal.wait_for(KEYS)
        terminal.type("s")
        terminal.wait_for("press s again to stop at once")
        terminal.pump(2.5)
        self.assertNotIn("press s again", terminal.text())
        self.assertIn("so far", terminal.text())
        terminal.type("s")
        terminal.wait_for("press s again")
        began = time.monotonic()
        terminal.type("s")
        self.assertEqual(terminal.wait(20), 5)
        self.assertLess(time.monotonic() - began, 5, "it waits for no response")
        self.assertIn("drain_cut", terminal.text())
        self.assert_given_back(terminal)

    def assert_held(self, report, rate, least_s):
        """The result is that of a load of `rate` for as long as it says, to the last request."""
        length_s = report["stages"][-1]["end_ns"] / 1e9
        self.assertEqual(report["stages"][0]["start_ns"], 0)
        self.assertEqual(length_s, int(length_s))
        self.assertGreaterEqual(length_s, least_s)
        self.assertEqual(report["iterations"]["due"], rate * length_s)
        self.assertEqual(sum(row["due"] for row in report["timeline"]), rate * length_s)
        self.assertEqual(report["iterations"]["started"], rate * length_s)
        self.assertEqual(report["exit_code"], 0, report["verdict"])
        return length_s

    def test_h_holds_the_load_and_h_lets_it_go_on(self):
        out = self.path("out.json")
        server = self.nginx()
        terminal = self.run_in(server.url(), "--rate", "100", "--duration", "7s", "--out", "json=" + out,
                               "--arrivals", "poisson")
        terminal.wait_for(KEYS + " · h hold")
        terminal.type("h")
        terminal.wait_for(r"held since 0:0[34], h goes on")
        terminal.wait_for(KEYS + " · h go on")
        terminal.wait_for(r"0:1[01] of 1\ds")  # longer than it would have been
        terminal.type("h")
        terminal.wait_for(r"held 0:0[34] to 0:1\d")
        self.assertEqual(terminal.wait(60), 0)
        report = self.json(out)
        self.assert_held(report, 100, 16)
        stages = report["stages"]
        self.assertEqual(len(stages), 1)
        events = [event["text"] for event in report["events"]]
        self.assertRegex(events[0], r"^by hand: stage \S+ is held at 100/s from 0:0[34]$")
        self.assertRegex(events[1], r"^by hand: the load goes on at 0:1\d$")
        self.assertTrue(any(note.startswith("by hand, from 0:0") for note in report["notes"]))
        self.assert_given_back(terminal)

    def test_workers_elsewhere_hold_a_ramp_together(self):
        out = self.path("out.json")
        port = free_port()
        terminal = self.run_in(self.nginx().url(), "--stage", "10s:100/s", "--stage", "2s:100/s", "--listen",
                               f"127.0.0.1:{port}", "--workers", "2", "--out", "json=" + out)
        for name in ("a", "b"):
            self.process([WORKER, "--master", f"127.0.0.1:{port}", "--name", name])
        terminal.wait_for(KEYS)
        terminal.type("h")
        terminal.wait_for("held since 0:0[34]")
        terminal.type("h")
        self.assertEqual(terminal.wait(60), 0)
        report = self.json(out)
        ramp, steady = report["stages"]
        held_s = (ramp["end_ns"] - 10 * 10**9) / 1e9
        self.assertIn(held_s, (3, 6))
        self.assertEqual(steady["end_ns"] - steady["start_ns"], 2 * 10**9)
        begin = next(int(event["text"].split("0:0")[1]) for event in report["events"]
                     if "is held at" in event["text"])
        # The ramp's 500 and the 200 after it, and what the hold adds at the rate of its moment.
        self.assertEqual(report["iterations"]["due"], 700 + held_s * begin * 10)
        self.assertEqual(report["iterations"]["started"], report["iterations"]["due"])
        self.assertTrue(report["verdict"]["complete"], report["verdict"])

    # Stopped before it could agree, it is lost when the hold begins, with all that was its part of the held load.
    def test_a_worker_that_cannot_agree_is_lost_and_the_books_balance(self):
        out = self.path("out.json")
        port = free_port()
        terminal = self.run_in(self.nginx().url(), "--rate", "100", "--duration", "8s", "--no-thresholds",
                               "--listen", f"127.0.0.1:{port}", "--workers", "2", "--out", "json=" + out)
        workers = {name: self.process([WORKER, "--master", f"127.0.0.1:{port}", "--name", name])
                   for name in ("a", "b")}
        terminal.wait_for(KEYS)
        workers["b"].signal(signal.SIGSTOP)
        terminal.type("h")
        terminal.wait_for("to be held from")
        terminal.wait_for("1 lost")
        workers["b"].signal(signal.SIGCONT)
        terminal.wait_for("held since")
        terminal.type("h")
        self.assertEqual(terminal.wait(60), 3)
        report = self.json(out)
        self.assertRegex(" ".join(report["verdict"]["reasons"]), "worker b was lost at .* it had not agreed to a hold")
        length_s = report["stages"][-1]["end_ns"] / 1e9
        self.assertGreater(length_s, 10)
        iterations = report["iterations"]
        self.assertEqual(iterations["due"], 100 * length_s)
        self.assertEqual([loss["worker"] for loss in report["losses"]], ["b"])
        lost = report["not_started_by"]["worker_lost"]
        self.assertEqual(iterations["due"], iterations["started"] + lost)
        by_name = {worker["name"]: worker for worker in report["workers"]}
        self.assertEqual(by_name["a"]["due"], 50 * length_s)
        self.assert_books(report)

    def test_a_hold_that_comes_too_late_is_refused_with_its_reason(self):
        terminal = self.run_in(self.nginx().url(), "--rate", "100", "--duration", "3s")
        terminal.wait_for("0:02 of 3s")
        terminal.type("h")
        terminal.wait_for("not held: the load phase ends before a hold can begin")
        self.assertEqual(terminal.wait(), 0)

    def test_a_question_mark_explains_and_other_keys_do_nothing(self):
        terminal = self.steady()
        terminal.type("?")
        terminal.wait_for("let what is in flight finish")
        terminal.type("x\x1b[A\t ")
        terminal.pump(0.5)
        terminal.type("?")
        terminal.wait_for(KEYS)
        self.assertNotIn("in flight finish", terminal.text())
        terminal.type("d")
        terminal.wait(20)

    def test_what_was_typed_before_the_run_is_no_key(self):
        terminal = self.run_in(self.nginx().url(), "--rate", "100", "--duration", "2s")
        terminal.type("d")
        self.assertEqual(terminal.wait(), 0)


class GivenBack(LiveTest):
    def test_after_a_normal_end(self):
        terminal = self.steady("2s")
        self.assertEqual(terminal.wait(), 0)
        self.assert_given_back(terminal)

    def test_after_ctrl_c_typed(self):
        terminal = self.steady()
        terminal.type("\x03")
        self.assertEqual(terminal.wait(20), 5)
        self.assertIn("interrupted by SIGINT", terminal.text())
        self.assert_given_back(terminal)

    def test_after_signals(self):
        for number, code in ((signal.SIGTERM, 5), (signal.SIGHUP, 5), (signal.SIGQUIT, -signal.SIGQUIT),
                             (signal.SIGSEGV, -signal.SIGSEGV), (signal.SIGABRT, -signal.SIGABRT)):
            with self.subTest(number):
                terminal = self.steady()
                terminal.signal(number)
                self.assertEqual(terminal.wait(20), code)
                self.assert_given_back(terminal)


class JobControl(LiveTest):
    """In a shell with job control that sets no modes by itself."""

    def shell(self, command):
        shell = self.terminal("/bin/dash", "-i", rows=80, env=terminal_environment(PS1="READY> ", ENV=""))
        shell.wait_for("READY>")
        self.shell_group = shell.foreground()
        shell.type(command + "\n")
        return shell

    def command(self, *more):
        url = self.nginx().url()
        return " ".join([MUSTER, "run", url, "--rate", "200", "--no-thresholds", *more])

    def finish(self, shell):
        shell.until(lambda: shell.foreground() == self.shell_group, what="the shell's turn")
        self.assert_given_back(shell)

    def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(self):
        shell = self.shell(self.command("--duration", "60s"))
        shell.wait_for(KEYS)
        shell.type("\x1a")
        shell.wait_for("Stopped")
        self.assert_given_back(shell)
        shell.pump(0.5)
        still = shell.text()
        shell.pump(1)
        self.assertEqual(shell.text(), still, "it is stopped")
        shell.type("fg\n")
        shell.until(shell.keys_are_taken, what="keys")
        shell.pump(1)
        self.assertEqual(len(re.findall(KEYS, shell.text().split("fg")[-1])), 1, shell.text())
        shell.type("\x1a")  # a second time
        shell.until(lambda: shell.text().count("Stopped") == 2, what="Stopped")
        self.assert_given_back(shell)
        shell.type("fg\n")
        shell.until(shell.keys_are_taken, what="keys")
        shell.type("ss")
        shell.wait_for("INTERRUPTED|INCOMPLETE")
        self.finish(shell)

    def test_in_the_background_it_runs_on_without_touching_the_terminal(self):
        out = self.path("out.json")
        shell = self.shell("stty tostop; " + self.command("--duration", "4s", "--progress", "1s",
                                                          "--out", "json=" + out) + " &")
        shell.modes_before = None
        shell.pump(2)
        self.assertFalse(shell.keys_are_taken())
        raw = len(shell.raw)
        shell.until(lambda: os.path.exists(out), what="the result")
        self.assertIsNone(BACK.search(shell.raw[raw:]))
        self.assertNotIn(b"so far", shell.raw)
        self.assertRegex(shell.text(), r"0:0\d of 4s · stage")
        self.assertEqual(self.json(out)["requests"]["completed"], 800)

    def test_bg_goes_on_with_lines_and_fg_with_the_block(self):
        shell = self.shell(self.command("--duration", "60s", "--progress", "1s"))
        shell.wait_for(KEYS)
        shell.type("\x1a")
        shell.wait_for("Stopped")
        shell.type("bg\n")
        shell.wait_for(r"of 1m · stage")
        self.assert_given_back(shell)
        drawn = shell.raw.count(b"so far")
        shell.pump(1)
        self.assertEqual(shell.raw.count(b"so far"), drawn)
        shell.type("fg\n")
        shell.until(shell.keys_are_taken, what="keys")
        shell.until(lambda: shell.raw.count(b"so far") > drawn, what="a block")
        shell.type("ss")
        shell.wait_for("INTERRUPTED|INCOMPLETE")
        self.finish(shell)


class Log(LiveTest):
    def test_a_pipe_gets_plain_lines_whatever_the_colour(self):
        url = self.nginx().url()
        for flags in ([], ["--color", "always"]):
            code, _, err = muster("run", url, "--stage", "2s:100/s", "--stage", "2s:100/s", "--progress",
                                  "1s", *flags)
            self.assertEqual(code, 0, err)
            self.assertNotIn("\x1b", err)
            lines = err.splitlines()
            self.assertGreaterEqual(sum(" · asked " in line for line in lines), 2, err)
            self.assertEqual(sum("stage-1 begins" in line for line in lines), 1, err)
            self.assertEqual(sum("stage-2 begins" in line for line in lines), 1, err)

    def test_errors_are_told_once_as_they_appear(self):
        server = self.bad_server(lambda s, c: s.read_request(c) and reset(c))
        _, _, err = muster("run", server.url(), "--rate", "50", "--duration", "4s")
        self.assertEqual(len(re.findall("new error: ", err)), len(set(re.findall("new error: .*", err))))
        self.assertRegex(err, r"0:0\d · new error: \S+, since 0:00")

    def test_the_interval_is_the_flags_and_off_is_silence(self):
        url = self.nginx().url()
        for flags, wanted in (([], 0), (["--progress", "1s"], 2), (["--progress", "off"], 0),
                              (["--quiet"], 0)):
            _, _, err = muster("run", url, "--rate", "100", "--duration", "3s", *flags)
            self.assertGreaterEqual(err.count(" · asked "), wanted, err)
            if wanted == 0:
                self.assertNotIn(" · asked ", err)
            if flags:
                self.assertEqual("begins" in err, wanted > 0)
        code, _, err = muster("run", url, "--progress", "10ms")
        self.assertEqual((code, err.count("\n")), (2, 1), err)

    def test_a_pager_is_left_its_keys(self):
        url = self.nginx().url()
        read, write = os.pipe()
        with os.fdopen(read), os.fdopen(write, "w") as pipe:
            terminal = self.run_in(url, "--rate", "100", "--duration", "2s", stdout=pipe)
            terminal.wait_for("so far")
            self.assertFalse(terminal.keys_are_taken())
            self.assertNotIn("keys:", terminal.text())
            self.assertEqual(terminal.wait(), 0)


class Workers(LiveTest):
    def test_a_killed_worker_is_shown_as_lost_and_holds_nobody_up(self):
        url = self.nginx().url()
        terminal = self.run_in(url, "--rate", "200", "--duration", "60s", "--listen", "127.0.0.1:0",
                               "--workers", "2", columns=100, rows=30)
        port = terminal.wait_for(r"listening on \S*:(\d+)").group(1)
        workers = {name: self.process([WORKER, "--master", f"127.0.0.1:{port}", "--name", name])
                   for name in ("anna", "bert")}
        terminal.wait_for(r"workers   2/2")
        terminal.wait_for(r"anna +(✓ ok|! strained|✗ saturated) · lag ")
        workers["bert"].signal(signal.SIGKILL)
        terminal.wait_for(r"as of 0:\d\d", 20)
        terminal.wait_for(r"workers   1/2 · 1 lost", 40)
        terminal.wait_for(r"bert +✗ lost")
        terminal.until(lambda: "as of" not in terminal.text(), 10, "fresh figures")
        rate = terminal.wait_for(r"completed .*  ([\d.]+)/s · asked 200/s")
        self.assertLess(float(rate.group(1)), 150, "half of the load is gone")
        terminal.type("ss")
        self.assertEqual(terminal.wait(30), 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
