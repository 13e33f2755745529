"""Signal handlers in Ruby, Perl and PHP source, read from its words once comments are blanked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import absolute

if TYPE_CHECKING:
    from gracelint.base.source import Text
    from gracelint.simulate.sources.read import Reading

_TRAP = lazy.compile(
    r"\b(?:Signal\s*\.\s*)?trap\s*+\(?\s*+(?:['\"]|:)?(?:SIG)?([A-Z]+|\d+|\w+)['\"]?\s*(,?)\s*"
    r"(['\"](?:SIG_)?(?:IGN|IGNORE|DFL|DEFAULT|SYSTEM_DEFAULT)?['\"]|nil)?"
)
_NUMBERS = {"15": "TERM", "2": "INT", "3": "QUIT", "1": "HUP"}


def without_comments(text: str, marks: str = "#") -> str:
    """The text with comments of whole lines, and behind a blank, blanked; of the same length."""
    lines, hidden = [], False
    for line in text.splitlines(keepends=True):
        if line.startswith(("=begin", "=pod", "=head", "=over", "=item", "=encoding")):
            hidden = True
        body = line.rstrip("\r\n")
        shown = "" if hidden else _before_comment(body, marks)
        lines.append(shown + " " * (len(body) - len(shown)) + line[len(body) :])
        if line.startswith(("=end", "=cut")):
            hidden = False
    return "".join(lines)


def _before_comment(line: str, marks: str) -> str:
    quote = ""
    for at, char in enumerate(line):
        if quote:
            quote = "" if char == quote and line[at - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char in marks and (at == 0 or line[at - 1] in " \t;{}"):
            return line[:at]
    return line


def read_ruby(text: Text, path: str, reading: Reading) -> None:
    """`trap('TERM') { … }`; without one, ruby's own handlers stand."""
    del path
    for found in _TRAP.finditer(without_comments(text.text)):
        name = _NUMBERS.get(found[1], found[1])
        if not name.isupper():
            reading.doubt("the signal that a handler is for is not known")
        elif not found[3]:
            reading.handles(text, found.start(), found.end(), name)
        elif "IGN" in found[3] or found[3] in {"nil", "''", '""'}:
            reading.doubt(f"it ignores {name}")


_CORE = """
strict warnings utf8 feature vars lib constant integer bytes POSIX IO::Handle IO::File IO::Socket
IO::Socket::INET IO::Select Socket Time::HiRes Time::Local Getopt::Long Getopt::Std File::Basename
File::Spec File::Path File::Copy File::Temp File::Find Cwd Data::Dumper List::Util Scalar::Util
Encode JSON::PP Carp Storable Digest::MD5 Digest::SHA MIME::Base64 Text::Wrap Sys::Hostname Fcntl
Errno DBI LWP::UserAgent JSON HTTP::Tiny
"""
_PERL_CORE = frozenset(_CORE.split())
_SIG = lazy.compile(
    r"\$SIG\s*\{\s*(['\"]?)(\w+)\1\s*\}\s*(=(?!=|~)\s*)(['\"](?:IGNORE|DEFAULT)['\"])?"
)
_SIG_OTHER = lazy.compile(r"[@%]SIG\b|\$SIG\s*\{\s*\$|\bsigaction\b|\bsigtrap\b|->\s*signal\b")
_USE = lazy.compile(r"^[ \t]*(?:use|require)\s+([\w:.]+|['\"][^'\"]*['\"]|\S+)", re.MULTILINE)
_PERL_DYNAMIC = lazy.compile(r"\beval\s*(?!\{|\s)[\"'$(]|\bdo\s+['\"$]")


def read_perl(text: Text, path: str, reading: Reading) -> None:
    """`$SIG{TERM} = sub { … }`."""
    code = without_comments(text.text.partition("\n__END__")[0])
    for found in _SIG.finditer(code):
        if not found[4]:
            reading.handles(text, found.start(), found.end(), found[2])
    if _SIG_OTHER.search(code):
        reading.doubt("it may install handlers in a way that is not read")
    if _PERL_DYNAMIC.search(code):
        reading.doubt("it runs code that is computed")
    for found in _USE.finditer(code):
        name = found[1].strip("'\";")
        if name in _PERL_CORE or re.fullmatch(r"v?[0-9._]+", name):
            continue
        base = absolute(name.replace("::", "/") + ".pm", path.rpartition("/")[0] or "/")
        if not reading.load(base):
            reading.doubt(f"the module `{name}` may install handlers")


_PCNTL = lazy.compile(r"\bpcntl_signal\s*\(\s*(?:\\?SIG([A-Z]+)|(\d+))\s*,\s*(\\?SIG_(?:IGN|DFL))?")
_PCNTL_ANY = lazy.compile(r"\bpcntl_signal\s*\(|\bsapi_windows_set_ctrl_handler\b|\bpcntl_sig\w+")
_DISPATCH = lazy.compile(r"\bpcntl_async_signals\s*\(\s*true|\bpcntl_signal_dispatch\b|\bticks\s*=")
_INCLUDE = lazy.compile(
    r"\b(?:require|include)(?:_once)?\b\s*\(?\s*(?:__DIR__\s*\.\s*)?(['\"]?)([^;]*)"
)


def read_php(text: Text, path: str, reading: Reading) -> None:
    """`pcntl_signal(SIGTERM, …)` where signals are dispatched."""
    code = without_comments(_without_blocks(text.text), "#/")
    found = [m for m in _PCNTL.finditer(code) if not m[3]]
    if found and _DISPATCH.search(code):
        for match in found:
            name = match[1] or _NUMBERS.get(match[2], "")
            reading.handles(text, match.start(), match.end(), *([name] if name else []))
    elif _PCNTL_ANY.search(code):
        reading.doubt("it installs handlers, and where they run is not seen")
    for match in _INCLUDE.finditer(code):
        literal = match[2].rstrip(" )'\"") if match[1] else ""
        base = absolute(literal.lstrip("/"), path.rpartition("/")[0] or "/")
        if not literal or not reading.load(base):
            reading.doubt(f"`{literal or 'a file'}` that it includes is not in sight")


def _without_blocks(text: str) -> str:
    """The text with `/* … */` blanked, of the same length."""
    out, at = [], 0
    while (start := text.find("/*", at)) >= 0:
        end = text.find("*/", start + 2)
        end = len(text) if end < 0 else end + 2
        out += [text[at:start], re.sub(r"[^\n]", " ", text[start:end])]
        at = end
    return "".join((*out, text[at:]))
