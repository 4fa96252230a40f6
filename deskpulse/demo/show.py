"""The demo from begin to end: servers, shops, screen or summary, and everything ended again."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.live import Live

from deskpulse.applying import ApplyError
from deskpulse.clock import Clock, wall_ms
from deskpulse.database import Database, DatabaseError
from deskpulse.demo import expected, readback
from deskpulse.demo.configuration import Demo, prepare
from deskpulse.demo.next_steps import next_steps
from deskpulse.demo.player import Doors, Played, Player
from deskpulse.demo.readback import Numbers
from deskpulse.demo.screen import screen
from deskpulse.demo.script import Script
from deskpulse.demo.shops import NORTH, happenings
from deskpulse.demo.summary import Summary, checks, readable, the_alert
from deskpulse.running import Stack
from deskpulse.running.downloads import shown
from deskpulse.running.stopping import Stopping
from deskpulse.supervisor import State
from deskpulse.wiring.apply import apply_settings
from deskpulse.wiring.logins import access

_LOOK_EVERY_S = 0.5
_SETTLES_WITHIN_S = 30.0
_HEADLESS_WITHIN_S = 240.0
_SERVICES_LEAD_S = 4.0


class PlayerDiedError(Exception):
    def __init__(self, died: BaseException) -> None:
        super().__init__(f"the shops stopped playing: {type(died).__name__}: {died}")


@dataclass(slots=True)
class Seen:
    """When the story's turns were first read back, in seconds since the command began."""

    began_s: float
    alert_s: float | None = None
    resolved_s: float | None = None
    highest_ms: dict[str, float] = field(default_factory=dict)
    """By episode, the longest mean of half an hour while it was open."""

    def look(self, numbers: Numbers) -> None:
        recent = {(one.account, one.channel): one.recent_ms or 0.0 for one in numbers.channels}
        for one in numbers.alerts:
            if one.state != "resolved":
                now_ms = recent.get((one.account, one.channel), 0.0)
                self.highest_ms[one.episode_id] = max(now_ms, self.highest_ms.get(one.episode_id, 0.0))
        alert = the_alert(numbers.alerts)
        now_s = time.monotonic() - self.began_s
        if alert is not None and self.alert_s is None:
            self.alert_s = now_s
        if alert is not None and alert.state == "resolved" and self.resolved_s is None:
            self.resolved_s = now_s


class Show:
    """One run in one folder. `end` is always to be called."""

    def __init__(self, folder: Path, script: Script, console: Console, stopping: Stopping) -> None:
        self._began_s = time.monotonic()
        self._script = script
        self._console = console
        self._stopping = stopping
        # What is set for the real installation must not reach the demo.
        for name in [name for name in os.environ if name.startswith("DESKPULSE_") and name not in _KEPT]:
            del os.environ[name]
        self._demo: Demo = prepare(folder)
        self._stack = Stack(self._demo.settings, self._demo.file, tethered=True)
        self._clock: Clock
        self._player: Player
        self._database = Database(access(self._demo.settings, "reader"))
        self._seen = Seen(self._began_s)
        self._at_real_speed = False

    def begin(self) -> None:
        """Servers and services are up, and the shops play."""
        with shown(self._console) as progress:
            self._stack.fetch(progress)
        self._say("Starting Apache Kafka and ClickHouse ...")
        self._stack.servers_up(self._say, self._stopping.check)
        # The clock begins when the services are there, so that the story's first hours are not missed.
        self._clock = self._script.clock(wall_ms() + int(_SERVICES_LEAD_S * 1000))
        self._say("Starting gateway, worker, sink and notifier ...")
        self._stack.services_up(self._say, self._stopping.check, clock=str(self._clock))
        gateway = self._demo.settings.gateway.local_url
        doors = Doors(
            f"{gateway}/v1/webhooks/{NORTH.account}/{NORTH.source}", self._demo.secret, f"{gateway}/v1/events", self._demo.token
        )
        story = happenings(self._script.seed, self._clock.start_ms, self._script.incident(self._clock))
        self._player = Player(story, self._clock, doors)
        self._player.start()
        self._say(f"Playing {float(self._script.hours):g} hours in {self._script.plays_for_s} s ...")

    def on_screen(self) -> None:
        """Until somebody asks to stop."""
        told = False
        with Live(console=self._console, auto_refresh=False) as live:
            while not self._stopping.wait(_LOOK_EVERY_S):
                numbers = self._look()
                now_ms = wall_ms()
                rate = self._clock.rate_at(now_ms)
                drawn = screen(numbers, self._clock.at(now_ms), rate, self._parts(), self._seen.highest_ms)
                live.update(drawn, refresh=True)
                if rate == 1 and self._seen.resolved_s is not None and not told:
                    told = True
                    self._say(next_steps(self._demo, now_ms))

    def headless(self) -> Summary:
        """Until the alert has come and gone and the present is met, or the time is over."""
        end_s = time.monotonic() + _HEADLESS_WITHIN_S
        while not self._stopping.wait(_LOOK_EVERY_S) and time.monotonic() < end_s:
            self._look()
            if self._seen.resolved_s is not None and self._clock.rate_at(wall_ms()) == 1:
                break
        self._player.stop()
        return self._settled()

    def end(self) -> None:
        if hasattr(self, "_player"):
            self._player.stop()
        self._database.close()
        self._stack.down()

    def _look(self) -> Numbers:
        self._stack.look()
        if self._player.died is not None:
            raise PlayerDiedError(self._player.died)
        try:
            numbers = readback.read(self._database)
        except DatabaseError:
            # It is being started again: the next look will tell.
            return Numbers()
        self._seen.look(numbers)
        if not self._at_real_speed and self._clock.rate_at(wall_ms()) == 1:
            # A broker that is being started again takes it at a later look.
            with suppress(ApplyError):
                apply_settings(self._demo.at_real_speed())
                self._at_real_speed = True
        return numbers

    def _settled(self) -> Summary:
        """Everything that was accepted is read back, or the time is over; the summary says which."""
        played = self._player.played
        end_s = time.monotonic() + _SETTLES_WITHIN_S
        while True:
            numbers = self._look()
            summary = self._summary(numbers, played)
            if summary.is_good or time.monotonic() > end_s or self._stopping.wait(_LOOK_EVERY_S):
                return summary

    def _summary(self, numbers: Numbers, played: Played) -> Summary:
        alert = the_alert(numbers.alerts)
        stored = readback.first_replies(self._database)
        refused = dict(played.refused)
        counted = expected.first_replies(played.accepted)
        return Summary(
            requests=played.requests,
            sent_again=played.again,
            most_behind_ms=played.most_behind_ms,
            events_accepted=len(played.accepted),
            refused=refused,
            events_stored=numbers.events,
            dead_letters=numbers.letters,
            open_tickets=numbers.open,
            waiting_tickets=numbers.waiting,
            alert=alert.text if alert else None,
            alert_account=alert.account if alert else None,
            seconds_to_alert=_rounded(self._seen.alert_s),
            seconds_to_resolved=_rounded(self._seen.resolved_s),
            seconds_in_all=round(time.monotonic() - self._began_s, 1),
            first_replies=readable(stored),
            checks=checks(numbers, len(played.accepted), sum(refused.values()), counted, stored),
        )

    def _parts(self) -> str:
        children = self._stack.supervisor.children.values()
        return "  ".join(f"{one.part.name} {'ok' if one.state is State.RUNNING else one.state.value}" for one in children)

    def _say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


_KEPT = frozenset({"DESKPULSE_KAFKA_HOME", "DESKPULSE_MAVEN_URL"})


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)
