"""Whatever a script says, its story can be told; and what must hold of every story."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gracelint.base.facts import Known, Word
from gracelint.base.source import Source, Span
from gracelint.diagnose.tell import tell
from gracelint.model.story import Story, Verdict
from gracelint.model.workload import Base, Command, ImageFile, ImageFiles, Launch, Workload

COMMANDS = (
    "/app/server",
    "/app/server &",
    "exec /app/server",
    "exec /app/server &",
    "wait",
    "wait $!",
    "wait $pid",
    "wait -n",
    "pid=$!",
    "trap 'kill $pid; wait $pid' TERM",
    "trap 'kill -TERM 0' TERM INT",
    "trap 'exit 0' TERM",
    "trap '' TERM",
    "trap - TERM",
    "trap 'kill $(jobs -p); wait' EXIT",
    "trap cleanup TERM",
    "set -e",
    "set -m",
    "set -- a b /app/server",
    "shift",
    'exec "$@"',
    '"$@"',
    "cd /app",
    "sleep 1",
    "sleep infinity",
    "tail -f /dev/null",
    "/app/server | cat",
    "out=$(/app/server)",
    "exec > >(tee /tmp/log)",
    "kill $pid",
    "kill -9 $$",
    "eval exec /app/server",
    "unknown-command --flag",
    "n=$((n + 1))",
    'echo "$HOME" > /tmp/f',
    "return",
    "exit 3",
)
SHAPES = (
    "{0}",
    "{0}; {1}",
    "{0} && {1}",
    "{0} || {1}",
    "( {0} )",
    "{{ {0}; }}",
    "if [ -f /x ]; then {0}; else {1}; fi",
    "while true; do {0}; done",
    "until unknown; do {0}; done",
    "for x in a b; do {0}; done",
    'case "$1" in a) {0} ;; *) {1} ;; esac',
    "cleanup() {{ {0}; }}",
    "cleanup",
    "coproc {0}",
)


def clean(text: str) -> str:
    """A shape must not put `;` behind a `&`."""
    return text.replace("&;", "&").replace("& &&", "&&").replace("& ||", "||").replace("& )", "&)")


scripts = st.lists(
    st.builds(
        lambda shape, one, two: clean(shape.format(one, two)),
        st.sampled_from(SHAPES),
        st.sampled_from(COMMANDS),
        st.sampled_from(COMMANDS),
    ),
    min_size=1,
    max_size=7,
).map("\n".join)
shebangs = st.sampled_from(["#!/bin/sh", "#!/bin/bash", "#!/bin/zsh", "#!/bin/mksh"])
signals = st.sampled_from(["TERM", "INT", "QUIT", "HUP", "USR1", "WINCH", "KILL", "RTMIN+3"])
shells = st.sampled_from(["dash", "ash", "bash"])


def told(script: str, *, signal: str = "TERM", shell: str = "dash", private: bool = True) -> Story:
    """The story of an image that starts the script, with an argument."""
    source = Source("Dockerfile", 'ENTRYPOINT ["/run.sh"]')
    span = Span(source, 0, 10)
    command = Command("ENTRYPOINT", "exec", span, span, (Word("/run.sh", span), Word("a", span)))
    files = ImageFiles({"/run.sh": ImageFile("/run.sh", Source("run.sh", script), True)})
    workload = Workload(
        "dockerfile",
        "Dockerfile",
        source,
        span,
        Launch(Known(command.words), Known(command), Known(None)),
        Base("debian:12", Known(shell)),
        files=files,
        stop_signal=Known(signal),
        pid_namespace="private" if private else "shared",
    )
    return tell(workload)


def _breaks(story: Story) -> list[tuple[type, object]]:
    return [(type(defect), defect.span) for defect in story.defects]


REPEATS = 'wait; echo "$HOME" > /tmp/f\nuntil unknown; do wait; done\n/app/server'


@settings(max_examples=40)
@example(shebang="#!/bin/sh", script=REPEATS, signal="TERM", shell="dash", private=False)
@given(shebangs, scripts, signals, shells, st.booleans())
def test_every_script_has_a_story_and_always_the_same(
    shebang: str, script: str, signal: str, shell: str, private: bool
) -> None:
    """No script, however odd, ends in an error, and nothing depends on chance."""
    text = f"{shebang}\n{script}\n"
    first = told(text, signal=signal, shell=shell, private=private)
    again = told(text, signal=signal, shell=shell, private=private)
    assert (first.verdict, first.reason) == (again.verdict, again.reason)
    assert _breaks(first) == _breaks(again)


@settings(max_examples=80)
@given(shebangs, scripts, shells)
def test_a_graceful_story_has_no_defect_and_a_bad_one_says_why(
    shebang: str, script: str, shell: str
) -> None:
    """Verdict, defects and what became of the processes agree."""
    story = told(f"{shebang}\n{script}\n", shell=shell)
    if story.verdict is Verdict.GRACEFUL:
        assert story.defects == ()
    if story.verdict in {Verdict.KILLED, Verdict.ABANDONED}:
        assert story.tree is not None
        ended = [p for p in story.tree.walk() if p.role in {"app", "helper"}]
        assert any(p.finishes is False for p in itertools.chain(ended, [story.tree]))
    assert story.reason


@settings(max_examples=50)
@given(shebangs, st.text(max_size=120))
def test_any_text_has_a_story(shebang: str, text: str) -> None:
    """Text that is no script at all is unknown or ends; it never breaks the run."""
    assert told(f"{shebang}\n{text}").verdict in set(Verdict)


@settings(max_examples=50)
@given(scripts, shells)
def test_replacing_the_shell_first_makes_everything_after_it_irrelevant(
    script: str, shell: str
) -> None:
    """`exec` ends the script: what stands behind it changes nothing."""
    story = told(f"#!/bin/sh\nexec /app/server\n{script}\n", shell=shell)
    assert story.verdict in {Verdict.GRACEFUL, Verdict.UNKNOWN}
    assert story.verdict is Verdict.GRACEFUL or "cannot be read" in story.reason


@settings(max_examples=50)
@given(scripts)
def test_sigkill_is_never_graceful_for_an_application(script: str) -> None:
    """Where an application runs, the stop signal KILL cannot be graceful."""
    story = told(f"#!/bin/bash\n{script}\n", signal="KILL")
    if story.tree is not None and story.verdict is not Verdict.EXITS:
        assert story.verdict in {Verdict.KILLED, Verdict.UNKNOWN}


@pytest.mark.parametrize(
    "script",
    [
        "if ! check-config --all; then echo bad; fi",
        "version=$(print-version)\necho $version",
        "until database-is-there; do sleep 1; done\necho ready",
    ],
)
def test_a_command_that_is_asked_for_its_answer_is_no_application(script: str) -> None:
    """What stands in a condition or a substitution ends, so that the container does."""
    assert told(f"#!/bin/sh\n{script}\n").verdict is Verdict.EXITS


@pytest.mark.parametrize("script", ["serve-it || exit 1", "prepare\nserve-it\necho bye"])
def test_the_last_command_that_nothing_is_known_of_is_the_application(script: str) -> None:
    """Some command has to stay, or there would be no container to stop."""
    story = told(f"#!/bin/sh\n{script}\n")
    assert story.verdict is Verdict.KILLED
    assert [str(d.app.argv[0]) for d in story.defects if d.app] == ["serve-it"]
