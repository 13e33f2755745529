"""Signal handlers in JavaScript source, read from its words once comments and texts are blanked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.base import lazy
from gracelint.base.paths import absolute

if TYPE_CHECKING:
    from gracelint.base.source import Text
    from gracelint.simulate.sources.read import Reading

_BUILTIN = """
assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel
dns domain events fs fs/promises http http2 https inspector module net os path perf_hooks process
punycode querystring readline repl stream stream/promises string_decoder timers timers/promises tls
trace_events tty url util v8 vm wasi worker_threads zlib
"""
# Packages that install no handler when they are loaded or used in the ordinary way.
_PLAIN = """
accepts amqplib async axios bcrypt bcryptjs body-parser bluebird bull bullmq chalk commander
compression cookie-parser cors cron cross-fetch dayjs debug dotenv ejs express
express-rate-limit express-session express-validator fastify graphql handlebars hbs helmet
http-errors http-proxy http-proxy-middleware ioredis joi js-yaml jsonwebtoken kafkajs knex koa
koa-bodyparser koa-router lodash luxon method-override minimist mkdirp moment mongodb mongoose
morgan ms multer mustache mysql mysql2 nanoid node-cron node-fetch nodemailer passport
passport-jwt passport-local path-to-regexp pg pg-promise pino pino-http pino-pretty prom-client
pug qs redis request response-time rxjs sequelize serve-favicon serve-static sharp socket.io
socket.io-client sqlite3 swagger-ui-express tslib underscore undici uuid validator winston ws
yaml yargs zod @fastify/cors @fastify/static @koa/router reflect-metadata
"""
_KNOWN = frozenset(_BUILTIN.split()) | frozenset(_PLAIN.split())
# What frameworks offer, and the signals they then handle.
_OFFERS = (
    (lazy.compile(r"\.\s*enableShutdownHooks\s*\("), ("TERM", "INT", "HUP", "QUIT")),
    (lazy.compile(r"\bcloseWithGrace\s*\("), ("TERM", "INT")),
)
_ON = lazy.compile(
    r"\bprocess\s*\.\s*(?:on|once|addListener|prependListener|prependOnceListener)\s*\(\s*"
    r"(?:(['\"])(\w+)\1|([\w$]+))"
)
_BARE_PROCESS = lazy.compile(r"(?<![\w$.])process\b(?!\s*(?:\.|\?\.))")
_LIST = lazy.compile(r"\[\s*+((?:['\"]SIG[A-Z0-9]+['\"]\s*+,?\s*+)++)\]")
_LOOPED = lazy.compile(
    r"(?:forEach|map)\s*+\(\s*+(?:async\b\s*+)?(?:function\b\s*+)?(?:\(\s*+)?([\w$]++)|"
    r"\b(?:const|let|var)\s++([\w$]++)\s++of\b"
)
_IMPORT = lazy.compile(
    r"\b(?:require|import)\s*\(\s*(?:(['\"])([^'\"]*)\1\s*\)|)|"
    r"\bfrom\s*(['\"])([^'\"]*)\3|\bimport\s*(['\"])([^'\"]*)\5"
)
_PLAIN_TEXT = lazy.compile(r"[\w@./:-]*")
_BEFORE_REGEX = frozenset("(,=:[!&|?{};+-*%<>~^\n")
_WORD_BEFORE_REGEX = lazy.compile(
    r"\b(return|typeof|case|in|of|do|else|void|throw|await|yield)\s*$"
)


def read_node(text: Text, path: str, reading: Reading) -> None:
    """Enter the handlers that a file installs, and what it loads."""
    if path.endswith(".json"):
        return
    code = code_of(text.text)
    if code is None:
        reading.doubt(f"`{path}` cannot be read as JavaScript")
        return
    _installs(text, code, reading)
    for found in _IMPORT.finditer(code):
        name = found[2] or found[4] or found[6]
        if name:
            _loads(name, path, reading)
        elif not found[0].startswith("from"):
            reading.doubt("what it loads is computed")


def _installs(text: Text, code: str, reading: Reading) -> None:
    looped, signals = _looped(code)
    for found in _ON.finditer(code):
        event, variable = found[2], found[3]
        if event:
            if event.startswith("SIG"):
                reading.handles(text, found.start(), found.end(), event)
            continue
        if signals and variable in looped:
            reading.handles(text, found.start(), found.end(), *signals)
        else:
            reading.doubt("the signal that a handler is for is not known")
    for pattern, offered in _OFFERS:
        if offer := pattern.search(code):
            reading.handles(text, offer.start(), offer.end(), *offered)
    if _BARE_PROCESS.search(code):
        reading.doubt("`process` is handed on, which may install handlers")


def _looped(code: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The variables that run over lists, and the signals in the file's lists."""
    variables = frozenset(match[1] or match[2] for match in _LOOPED.finditer(code))
    found = [name for match in _LIST.finditer(code) for name in re.findall(r"SIG\w+", match[1])]
    return variables, tuple(dict.fromkeys(found))


def _loads(name: str, path: str, reading: Reading) -> None:
    if name.startswith((".", "/")):
        base = absolute(name, path.rpartition("/")[0] or "/")
        tails = ("", ".js", ".mjs", ".cjs", ".json", ".ts", "/index.js", "/index.mjs")
        if not reading.load(*(base + tail for tail in tails)):
            reading.doubt(f"`{name}` is not in sight")
        return
    package = "/".join(name.split("/")[: 2 if name[0] == "@" else 1])
    if name.startswith("node:") or name in _KNOWN or package in _KNOWN:
        return
    reading.doubt(f"the package `{package}` may install handlers")


def code_of(text: str) -> str | None:
    """The source with comments, regular expressions and texts blanked, of the same length.

    Strings that look like a name or a path stay. None when something is not closed.
    """
    out: list[str] = []
    at, braces = 0, [0]
    while at < len(text):
        end = _skip(text, at, out, braces)
        if end is None:
            return None
        out.append(_kept(text, at, end))
        at = end
    return "".join(out) if len(braces) == 1 else None


def _skip(text: str, at: int, out: list[str], braces: list[int]) -> int | None:
    """Where the token at `at` ends; None when it is not closed.

    braces: the depth of braces in the innermost `${…}`, one entry for each that is open.
    """
    char, two = text[at], text[at : at + 2]
    if two == "//" or (at == 0 and two == "#!"):
        end = text.find("\n", at)
        return len(text) if end < 0 else end
    if two == "/*":
        end = text.find("*/", at + 2)
        return None if end < 0 else end + 2
    if char in "'\"":
        return _quoted(text, at)
    if char == "`":
        return _template(text, at + 1, braces)
    if char == "/" and _regex_may_stand(out):
        return _regex(text, at)
    if char == "{":
        braces[-1] += 1
    elif char == "}":
        braces[-1] -= 1
        if braces[-1] < 0 and len(braces) > 1:
            braces.pop()
            return _template(text, at + 1, braces)
    return at + 1


def _kept(text: str, start: int, end: int) -> str:
    """The token as it goes into the result."""
    first = text[start]
    if end - start == 1 and first != "`":
        return first
    if first in "'\"" and _PLAIN_TEXT.fullmatch(text, start + 1, end - 1):
        return text[start:end]
    return " " * (end - start)


def _quoted(text: str, at: int) -> int | None:
    end = at + 1
    while end < len(text) and text[end] != text[at]:
        if text[end] == "\n":
            return None
        end += 2 if text[end] == "\\" else 1
    return end + 1 if end < len(text) else None


def _template(text: str, at: int, braces: list[int]) -> int | None:
    """The end of a template's text: behind its closing mark or at the code in `${…}`."""
    while at < len(text):
        if text[at] == "`":
            return at + 1
        if text.startswith("${", at):
            braces.append(0)
            return at + 2
        at += 2 if text[at] == "\\" else 1
    return None


def _regex_may_stand(out: list[str]) -> bool:
    tail = "".join(out[-12:])
    bare = tail.rstrip(" \t")
    return not bare or bare[-1] in _BEFORE_REGEX or bool(_WORD_BEFORE_REGEX.search(tail))


def _regex(text: str, at: int) -> int | None:
    end, inside = at + 1, False
    while end < len(text) and (inside or text[end] != "/"):
        if text[end] == "\n":
            return None
        inside = (inside or text[end] == "[") and text[end] != "]"
        end += 2 if text[end] == "\\" else 1
    return end + 1 if end < len(text) else None
