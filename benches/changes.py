"""Changes the mode by HTTP at one process and measures what comes of it. Called by flag.sh.

    changes.py propagation COUNT HTTP_PORT TOKEN SMTP_PORT   until another process's RCPT answers by the new mode
    changes.py latency COUNT HTTP_PORT TOKEN                 until the change itself is answered

Prints one line. Times are of this program's monotonic clock.
"""

import http.client
import socket
import sys
import threading
import time

ADDRESS = "incoming+group/project+TOKEN@localhost"
# A session that brings no mail is ended after a hundred commands like RSET.
ROUNDS_PER_SESSION = 90


class Switch:
    """The mode, as an application turns it."""

    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"PRIVATE-TOKEN": token, "Content-Length": "0"}

    def turn(self, is_on):
        """When it was asked and when it was answered."""
        path = f"/api/v4/application/settings?maintenance_mode={str(is_on).lower()}"
        asked = time.monotonic()
        self.connection.request("PUT", path, headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"the change was answered {answer.status}: {body[:200]}")
        return asked, time.monotonic()


class Prober(threading.Thread):
    """Asks about the same recipient again and again, and keeps what it was told."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.told = []  # (asked, answered, refused)
        self.news = threading.Condition()

    def run(self):
        while True:
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as stream:
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                lines = stream.makefile("rb")
                reply(lines)
                say(stream, lines, "EHLO bench.example.org")
                for _ in range(ROUNDS_PER_SESSION):
                    say(stream, lines, "MAIL FROM:<ann@example.com>")
                    asked = time.monotonic()
                    refused = say(stream, lines, f"RCPT TO:<{ADDRESS}>") == "550"
                    with self.news:
                        self.told.append((asked, time.monotonic(), refused))
                        self.news.notify()
                    say(stream, lines, "RSET")

    def first_like(self, is_on, since):
        """When the first answer by this state came, of those asked about at `since` or later; and how many were old before it."""
        with self.news:
            place, old = 0, 0
            while True:
                while place < len(self.told):
                    asked, answered, refused = self.told[place]
                    place += 1
                    if asked < since:
                        continue
                    if refused == is_on:
                        del self.told[:place]
                        return answered, old
                    old += 1
                if not self.news.wait(timeout=60):
                    sys.exit("no answer fits the mode within 60 s")


def say(stream, lines, command):
    stream.sendall(command.encode() + b"\r\n")
    return reply(lines)


def reply(lines):
    while True:
        line = lines.readline()
        if not line:
            sys.exit("the gateway hung up")
        if line[3:4] != b"-":
            return line[:3].decode()


def percentiles(seconds):
    ranked = sorted(seconds)
    at = lambda share: 1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]
    return f"p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms, longest {1000 * ranked[-1]:.1f} ms"


def propagation(count, switch, smtp_port):
    prober = Prober(smtp_port)
    prober.start()
    waits, old = [], 0
    for number in range(count):
        is_on = number % 2 == 0
        _, committed = switch.turn(is_on)
        answered, stale = prober.first_like(is_on, committed)
        waits.append(answered - committed)
        old += stale
    print(f"{count} changes: {percentiles(waits)} from the change's answer to RCPT's; {old} recipients asked after it were answered by the old mode")


def latency(count, switch):
    began = time.monotonic()
    waits = [answered - asked for asked, answered in (switch.turn(number % 2 == 0) for number in range(count))]
    took = time.monotonic() - began
    print(f"{count} changes in {took:.1f} s: {percentiles(waits)}")


what, count, switch = sys.argv[1], int(sys.argv[2]), Switch(int(sys.argv[3]), sys.argv[4])
if what == "propagation":
    propagation(count, switch, int(sys.argv[5]))
else:
    latency(count, switch)
