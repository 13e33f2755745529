"""The text or the file that a command hands to a shell."""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.facts import Word

SHELLS = frozenset({"sh", "ash", "bash", "dash", "ksh", "mksh", "zsh"})
_WITH_VALUE = frozenset({"--rcfile", "--init-file"})


def shell_text(words: Sequence[Word]) -> Word | None:
    """The first operand of a shell that is started with `-c`, by itself or by busybox.

    None for other programs, for shells that read a file or their input, and where an option is not
    known.
    """
    commands, operands = _operands(words)
    return operands[0] if commands and operands else None


def shell_file(words: Sequence[Word]) -> Sequence[Word]:
    """The file that a shell reads, and its arguments; nothing for other programs."""
    commands, operands = _operands(words)
    return () if commands else operands


def _operands(words: Sequence[Word]) -> tuple[bool, Sequence[Word]]:
    """Whether a shell is started with `-c`, and what it is given behind its options."""
    rest = list(words)
    if _name(rest) == "busybox":
        del rest[0]
    if _name(rest) not in SHELLS:
        return False, ()
    commands, at = False, 1
    while at < len(rest):
        option = rest[at].value
        if option is None or option[:1] not in {"-", "+"} or option in {"-", "+"}:
            return commands, rest[at:]
        at += 1
        if option == "--":
            return commands, rest[at:]
        commands = commands or ("c" in option and not option.startswith("--"))
        named = not option.startswith("--") and ("o" in option or "O" in option)
        at += named or option in _WITH_VALUE
    return commands, ()


def _name(words: Sequence[Word]) -> str:
    value = words[0].value if words else None
    return (value or "").rpartition("/")[2]
