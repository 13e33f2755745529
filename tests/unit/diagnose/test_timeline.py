"""When hooks end, when the signal comes, when SIGKILL falls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from gracelint.base.facts import Known, Unknown, Word
from gracelint.base.source import Source
from gracelint.diagnose.timeline import Clock, clock, timeline
from gracelint.files.tree import Files
from gracelint.model.entries import Program
from gracelint.model.options import Options
from gracelint.model.process import Process
from gracelint.model.story import Story, Verdict
from gracelint.model.workload import Base, Command, Group, Hook, Launch, Workload
from gracelint.session.session import Session

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = Source("pod.yaml", "sh -c 'sleep 5'\n")
SPAN = SOURCE.span(0, 2)


def hook(seconds=None, *words, when="preStop"):
    if words:
        given = tuple(Word(word, SPAN) for word in words)
        return Hook(when, "exec", SPAN, Command(when, "exec", SPAN, SPAN, given))
    told = None if seconds is None else Known(float(seconds), (SPAN,))
    return Hook(when, "sleep" if told else "httpGet", SPAN, None, told)


def workload(kind="kubernetes", grace=30.0, hooks=(), **more):
    launch = Launch(Known((Word("app"),)), Known(None), Known(None))
    fact = Unknown("elsewhere") if grace is None else Known(float(grace))
    base = Base(None, Unknown("unknown"))
    return Workload(kind, "w", SOURCE, SPAN, launch, base, grace=fact, hooks=tuple(hooks), **more)


def story(workload, verdict=Verdict.GRACEFUL, tree=None, signal="TERM"):
    return Story(workload, tree, verdict, "because", signal)


def told(events):
    return [(event.at_seconds, event.event) for event in events]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (workload("dockerfile", 10), Clock(0.0, 10.0)),
        (workload("compose", 0), Clock(0.0, 0.0)),
        (workload("compose", None), Clock(0.0, None)),
        (workload("compose", 10, [hook(4)]), Clock(4.0, 14.0, 4.0)),
        (workload(grace=30), Clock(0.0, 30.0)),
        (workload(grace=30, hooks=[hook(5)]), Clock(5.0, 30.0, 5.0)),
        (workload(grace=30, hooks=[hook(29)]), Clock(29.0, 31.0, 29.0)),
        (workload(grace=30, hooks=[hook(40)]), Clock(30.0, 32.0, 40.0, cut=True)),
        (workload(grace=0, hooks=[hook(5)]), Clock(0.0, 2.0)),
        (workload(grace=-7), Clock(0.0, 2.0)),
        (workload(grace=-7, hooks=[hook(0.5)]), Clock(0.5, 2.5, 0.5)),
        (workload(grace=None, hooks=[hook(5)]), Clock(5.0, None, 5.0)),
        (workload(grace=30, hooks=[hook()]), Clock(None, 30.0)),
        (workload("compose", 30, hooks=[hook()]), Clock(None, None)),
        (workload(grace=30, hooks=[hook(5, when="postStart")]), Clock(0.0, 30.0)),
    ],
)
def test_the_clock(given, expected):
    assert clock(given) == expected


def test_a_hook_that_does_more_than_sleep_ends_no_earlier():
    found = clock(workload(hooks=[hook(None, "./drain")]))
    assert found.at_least


class TestTimeline:
    def test_docker_stop(self):
        assert told(timeline(story(workload("dockerfile", 10)))) == [
            (0.0, "SIGTERM to PID 1"),
            (10.0, "SIGKILL, if anything is still running"),
        ]

    def test_killed(self):
        events = timeline(story(workload("dockerfile", 10), Verdict.KILLED))
        assert told(events)[-1] == (10.0, "SIGKILL ends everything")

    def test_abandoned_ends_with_the_signal(self):
        events = timeline(story(workload(hooks=[hook(3)]), Verdict.ABANDONED))
        assert told(events) == [
            (0.0, "preStop begins"),
            (3.0, "preStop ends"),
            (3.0, "SIGTERM to PID 1"),
            (3.0, "PID 1 ends, and the kernel kills what is left"),
        ]

    def test_what_ends_by_itself_has_no_clock(self):
        assert timeline(story(workload(), Verdict.EXITS)) == ()

    def test_a_hook_that_outlasts_the_grace_period(self):
        assert told(timeline(story(workload(grace=10, hooks=[hook(60)])))) == [
            (0.0, "preStop begins"),
            (10.0, "preStop is cut off: the grace period is over"),
            (10.0, "SIGTERM to PID 1"),
            (12.0, "SIGKILL, if anything is still running"),
        ]

    def test_a_grace_period_of_zero_skips_the_hook(self):
        events = told(timeline(story(workload(grace=0, hooks=[hook(60)]))))
        assert events[0] == (0.0, "preStop is skipped: the grace period is 0")

    def test_a_hook_of_unknown_length(self):
        assert told(timeline(story(workload(hooks=[hook()])))) == [
            (0.0, "preStop begins"),
            (30.0, "SIGKILL, if anything is still running"),
        ]

    def test_a_hook_in_compose(self):
        events = told(timeline(story(workload("compose", 10, [hook(None, "./drain")]))))
        assert events == [
            (0.0, "pre_stop begins"),
            (0.0, "pre_stop ends at the earliest"),
            (0.0, "SIGTERM to PID 1"),
            (10.0, "SIGKILL, if anything is still running"),
        ]

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            ("w", "stopped after `w` has ended"),
            ("wx", "stopped after `w` and `x` have ended"),
            ("wxyz", "stopped after `w`, `x`, `y` and `z` have ended"),
            ("abcdef", "stopped after `a`, `b`, `c`, `d` and 2 more have ended"),
        ],
    )
    def test_a_service_waits_for_those_that_depend_on_it(self, names, expected):
        given = workload("compose", 10, [hook(3)], stops_after=tuple(names))
        assert told(timeline(story(given))) == [
            (0.0, expected),
            (0.0, "pre_stop begins"),
            (3.0, "pre_stop ends"),
            (3.0, "SIGTERM to PID 1"),
            (13.0, "SIGKILL, if anything is still running"),
        ]

    def test_a_shared_pid_namespace(self):
        shared = workload(pid_namespace="shared")
        assert told(timeline(story(shared, signal=None)))[0] == (
            0.0,
            "the stop signal to the first process of the container",
        )

    def test_the_applications_own_timer(self):
        known = Program("gunicorn", "test", stops_in=30.0)
        app = Process(2, (Word("/usr/bin/gunicorn"),), "app", told=True, entry=known)
        lost = replace(app, pid=4, told=False)
        tree = Process(1, (Word("tini"),), "init", True, True, (app, replace(app, pid=3), lost))
        events = told(timeline(story(workload(grace=10), tree=tree)))
        assert events == [
            (0.0, "SIGTERM to PID 1"),
            (10.0, "SIGKILL, if anything is still running"),
            (30.0, "`gunicorn` would have stopped at the latest, by its own timer"),
        ]


@dataclass
class Container:
    role: str
    name: str | None


@dataclass
class Pod:
    containers: tuple[Container, ...]


class TestGroup:
    POD = Pod((Container("sidecar", "proxy"), Container("sidecar", "logs"), Container("main", "w")))

    def group(self, **more):
        return Group("Pod/x", (), SOURCE, pod=self.POD, **more)

    def test_native_sidecars_come_last(self):
        events = told(timeline(story(workload(container="w")), self.group()))
        assert events[-1] == (
            30.0,
            "SIGTERM to `logs`, then `proxy` at the latest: once the containers have ended",
        )

    def test_a_native_sidecars_own_stop(self):
        own = workload(container="proxy", hooks=[hook(3)])
        assert told(timeline(story(own), self.group())) == [
            (0.0, "preStop begins"),
            (3.0, "preStop ends"),
            (30.0, "SIGTERM to PID 1 at the latest: once the other containers have ended"),
            (32.0, "SIGKILL, if anything is still running"),
        ]

    @pytest.mark.parametrize(
        ("traffic", "expected"),
        [
            ("alb", (15.0, "requests have stopped arriving (alb)")),
            (12, (12.0, "requests have stopped arriving")),
        ],
    )
    def test_traffic(self, traffic, expected):
        group = self.group(services=("svc",), options=Options(traffic=traffic))
        assert expected in told(timeline(story(workload()), group))

    def test_no_traffic_without_a_service(self):
        group = self.group(options=Options(traffic="alb"))
        assert all("requests" not in event for _, event in told(timeline(story(workload()), group)))


_LIMIT = "--entryPoints.web.transport.lifeCycle.graceTimeOut"


@pytest.mark.parametrize(
    ("service", "said"),
    [
        (f"image: traefik:3, command: {_LIMIT}=60", "60 s"),
        ("image: nginx:1.27", ""),
        ("image: nginx:1.27, stop_grace_period: 1m", ""),
    ],
)
def test_a_graceful_story_names_a_timer_that_outlasts_the_grace_period(
    tmp_path: Path, service: str, said: str
) -> None:
    (tmp_path / "compose.yaml").write_text(f"services: {{web: {{{service}}}}}\n")
    [story] = Session(Files(tmp_path), Options()).scene([""]).stories
    assert story.verdict == "graceful"
    assert (f"may take {said}, and SIGKILL falls after 10 s" in story.reason) is bool(said)


@pytest.mark.parametrize(("slept", "left"), [(18, "2 s are enough"), (5, "")])
def test_a_graceful_story_says_what_a_hook_leaves(tmp_path: Path, slept: int, left: str) -> None:
    (tmp_path / "pod.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n"
        "  terminationGracePeriodSeconds: 20\n  containers:\n  - name: web\n    image: nginx:1.27\n"
        f"    lifecycle: {{preStop: {{sleep: {{seconds: {slept}}}}}}}\n"
    )
    [story] = Session(Files(tmp_path), Options()).scene([""]).stories
    assert story.verdict == "graceful"
    assert ("are enough" in story.reason) is bool(left)
    assert left in story.reason
