"""Prediction beside observation: who is who, whether they agree, which assumption failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.atlas.argv import base_name
from gracelint.base.facts import Word
from gracelint.base.signals import number, parse
from gracelint.base.values import replace
from gracelint.diagnose.explain import name
from gracelint.model.proof import Held, Lesson, Seen
from gracelint.model.story import Verdict
from gracelint.report.prove.words import end, lasts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from gracelint.model.process import Process
    from gracelint.model.proof import Observed, Witness
    from gracelint.model.story import Story

Pairs = tuple[tuple["Process", "Witness"], ...]


def agrees(story: Story, observed: Observed) -> bool | None:
    """Whether a prediction came true; None where there is nothing to compare.

    An engine does not see what a program that ends at once has lost, and nobody waits for the end
    of a `sleep 100`.
    """
    verdict = Verdict.GRACEFUL if story.verdict is Verdict.CUT_OFF else story.verdict
    if verdict is Verdict.UNKNOWN:
        return None
    if verdict is Verdict.EXITS and observed.seen is not Seen.EXITS and lasts(story.tree):
        return None
    if observed.seen is Seen.UNCLEAR:
        return None if verdict in {Verdict.GRACEFUL, Verdict.ABANDONED} else False
    return verdict.value == observed.seen.value


def paired(tree: Process | None, witnesses: Sequence[Witness]) -> Pairs:
    """Each process of the prediction with the one that it was seen as, as far as they are alike."""
    left = [one for one in witnesses if not one.later]
    pairs: list[tuple[Process, Witness]] = []
    alone = [] if tree is None else tree.walk()
    for alike in (_same, _behind, _named):
        rest = []
        for process in alone:
            seen = next((one for one in left if alike(process, one)), None)
            if seen is None:
                rest.append(process)
            else:
                left.remove(seen)
                pairs.append((process, seen))
        alone = rest
    return tuple(pairs)


def _same(process: Process, seen: Witness) -> bool:
    """Word by word, as far as the words are known."""
    predicted = [word.value for word in process.argv]
    words = _words(seen)
    alike = zip(predicted, words, strict=False)
    return len(predicted) == len(words) and all(a is None or a == b for a, b in alike)


def _behind(process: Process, seen: Witness) -> bool:
    """Behind the interpreter that the script's first line names."""
    predicted = [word.value for word in process.argv]
    words = _words(seen)[-len(predicted) :]
    return bool(predicted) and predicted[0] is not None and predicted == words


def _named(process: Process, seen: Witness) -> bool:
    """By the program's name, which it may have written into its command line: `nginx: master`."""
    predicted = base_name((process.argv[0].value if process.argv else None) or "")
    words = _words(seen)
    observed = base_name(words[0]) if words else ""
    return bool(predicted) and predicted in {observed, observed.removesuffix(":")}


def _words(seen: Witness) -> list[str]:
    return list(seen.words) if len(seen.words) != 1 else seen.words[0].split()


def counting(tree: Process | None) -> Callable[[tuple[Witness, ...]], tuple[Witness, ...]]:
    """Which processes are applications, by what was predicted of them, else by their names.

    Where there is none, what only keeps a container alive counts.
    """

    def counted(witnesses: tuple[Witness, ...]) -> tuple[Witness, ...]:
        processes = {seen.pid: process for process, seen in paired(tree, witnesses)}
        ranks = {one.pid: _rank(one, processes.get(one.pid)) for one in witnesses}
        best = max(ranks.values(), default=0)
        return tuple(replace(one, counts=0 < ranks[one.pid] == best) for one in witnesses)

    return counted


def _rank(seen: Witness, process: Process | None) -> int:
    """2 for an application, 1 for what only keeps a container alive, 0 for anything else."""
    if process is not None and process.role != "app":
        return 0
    words = _words(seen) or ["["]
    argv = tuple(map(Word, words))
    entry = process.entry if process is not None else atlas.program(argv)
    if entry is not None and entry.placeholder:
        return 1
    if process is not None:
        return 2
    shell = atlas.shell_key(words[0], argv[1:], "dash")
    others = shell or atlas.wrapper(argv, {}) or atlas.short_lived(argv)
    return 0 if others or words[0].startswith("[") else 2


# What the prediction rests on


_SAYING = ("handles", "stops on")
"""How an assumption says that a program does something on a signal."""


def held(
    story: Story, observed: Observed, pairs: Pairs, image: Mapping[str, Any] | None
) -> Iterator[Held]:
    """The assumptions of a prediction beside what was seen. image: what the engine says of it."""
    signal = parse(observed.signal) or ""
    for text in story.assumptions:
        about = next((p for p in pairs if f"`{name(p[0].argv)}`" in text), None)
        if about is not None and any(f"{says} SIG{signal}" in text for says in _SAYING):
            yield _handles(text, about[1], signal)
        elif "STOPSIGNAL" in text and image is not None:
            stop_signal = str((image.get("Config") or {}).get("StopSignal") or "")
            yield Held(
                text, not stop_signal, f"it says {stop_signal}" if stop_signal else "it sets none"
            )
        elif "ENTRYPOINT" in text and image is not None:
            words = (image.get("Config") or {}).get("Entrypoint") or []
            entrypoint = story.workload.launch.entrypoint
            ours = getattr(entrypoint, "value", None)
            yield Held(
                text, None if ours else not words, f"it has {words}" if words else "it has none"
            )
        else:
            yield Held(text, None, "nothing that was seen decides it")


def _handles(text: str, seen: Witness, signal: str) -> Held:
    if seen.signals is None:
        return Held(text, None, "which signals it catches could not be read")
    return Held(text, signal in seen.signals.caught and not seen.killed, _said(seen, signal))


def _said(seen: Witness, signal: str) -> str:
    """What a process did, as a sentence without its subject."""
    return f"{_attitude(seen, signal)}; {end(seen)}"


def _attitude(seen: Witness, signal: str) -> str:
    if seen.signals is None:
        return "what it does on signals could not be read"
    if signal in seen.signals.ignored:
        return f"it ignores SIG{signal}"
    if signal in seen.signals.blocked:
        return f"it blocks SIG{signal}"
    if signal not in seen.signals.caught:
        return f"it does not catch SIG{signal}"
    leaves = ", and then leaves it to its default action" if _leaves(seen, signal) else ""
    return f"it catches SIG{signal}{leaves}"


def _leaves(seen: Witness, signal: str) -> bool:
    """Whether a handler has given the signal back to its default action, as that of node does."""
    after = seen.after
    return after is not None and signal not in after.caught | after.ignored


def lessons(story: Story, observed: Observed, pairs: Pairs) -> Iterator[Lesson]:
    """What was seen of programs that the prediction had to guess, or told otherwise."""
    signal = parse(observed.signal) or ""
    differs = agrees(story, observed) is False
    for process, seen in pairs:
        entry = process.entry
        if process.role != "app" or (entry is not None and entry.placeholder):
            continue
        if not (process.assumed or differs) or observed.seen is Seen.EXITS:
            continue
        behaviour = reaction(seen, signal, observed)
        words = learnt_name(process)
        if behaviour is not None and words and behaviour != certain_reaction(process, signal):
            yield Lesson(words, signal, behaviour, _said(seen, signal))


def certain_reaction(process: Process, signal: str) -> str | None:
    """What was known of a program's reaction for certain."""
    entry = process.entry
    if process.assumed or entry is None:
        return None
    default = entry.reactions.get(signal, entry.rest)
    return None if default is None else default.value


def reaction(seen: Witness, signal: str, observed: Observed) -> str | None:
    """What a process does on the stop signal; None where that was not seen.

    Runtimes catch signals that their programs do not handle. That of node gives them back to their
    default action, which PID 1 is spared. That of Go does the same, and as PID 1 then ends with
    status 2.
    """
    if seen.signals is None or not signal:
        return None
    if signal in seen.signals.ignored:
        return "nothing"
    if signal not in seen.signals.caught:
        return "default"
    if seen.killed:
        return _of_killed(seen, signal, observed)
    if seen.exit is None:
        return None
    if seen.exit == -number(signal):
        return "default"
    return "fast" if seen.exit == _GO and seen.parent is None else "graceful"


_GO = 2


def _of_killed(seen: Witness, signal: str, observed: Observed) -> str | None:
    """The same for one that catches the signal and was killed all the same.

    Whoever is not PID 1 may not have been told, and who ignores it by now is cleaning up.
    """
    if seen.parent is not None or observed.seen is not Seen.KILLED or seen.after is None:
        return None
    if _leaves(seen, signal):
        return "default"
    return "nothing" if signal in seen.after.caught and observed.grace >= _LONG else None


_LONG = 10.0
"""Seconds of a grace period in which one that does anything on a signal is taken to end."""


def learnt_name(process: Process) -> str:
    """What settings call a program: its path or name, and behind an interpreter what it runs."""
    words = [word.value for word in process.argv]
    first = words[0] if words else None
    if first is None:
        return ""
    entry = process.entry
    if entry is None or not entry.interpreter:
        return first
    kept = [base_name(first)]
    for word in words[1:]:
        if word is None:
            break
        kept.append(word)
        if not word.startswith("-"):
            break
    return " ".join(kept) if len(kept) > 1 else ""
