"""Java programs that start another one: what becomes of it where the source shows that."""

from __future__ import annotations

import pytest
from launched import launched

from gracelint.diagnose.tell import tell
from gracelint.model.story import Verdict

MAIN = """\
import java.util.List;

public class Main {{
    public static void main(String[] args) throws Exception {{
        Process p = {start};
        {hook}
        System.exit(p.waitFor());
    }}
}}
"""
BUILDER = 'new ProcessBuilder(List.of("/app/server", "--port", "80")).inheritIO().start()'
WAITING = """Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            p.destroy();
            try { p.waitFor(); } catch (InterruptedException e) { }
        }));"""
FORGETFUL = "Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println(1)));"


@pytest.mark.parametrize(
    ("start", "hook", "verdict"),
    [
        (BUILDER, "", Verdict.ABANDONED),
        ('new ProcessBuilder("/app/server").start()', "", Verdict.ABANDONED),
        (BUILDER, WAITING, Verdict.GRACEFUL),
        (BUILDER, FORGETFUL, Verdict.ABANDONED),
        ("new ProcessBuilder(args).start()", "", Verdict.UNKNOWN),
    ],
)
def test_what_a_java_program_starts(start: str, hook: str, verdict: Verdict) -> None:
    files = {"Main.java": MAIN.format(start=start, hook=hook)}
    assert tell(launched(["java", "Main.java"], files)).verdict is verdict


def test_a_program_that_starts_nothing_is_judged_by_its_run_time() -> None:
    text = "public class Main { public static void main(String[] a) { while (true) { } } }"
    assert tell(launched(["java", "Main.java"], {"Main.java": text})).verdict is Verdict.GRACEFUL


@pytest.mark.parametrize("options", [[], ["-cp", "/app"], ["-Xmx64m", "-cp", "lib/*:."]])
def test_a_class_is_looked_for_by_its_source(options: list[str]) -> None:
    files = {"Main.java": MAIN.format(start=BUILDER, hook="")}
    assert tell(launched(["java", *options, "Main"], files)).verdict is Verdict.ABANDONED
