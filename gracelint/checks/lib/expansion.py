"""Which programs may make something of a `$` in their words themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint import atlas
from gracelint.atlas.argv import base_name
from gracelint.base import lazy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gracelint.base.facts import Word

# They read code, templates or settings with variables of their own.
_CODE_READERS = """
awk gawk mawk nawk perl sed php ruby envsubst jq yq expr bc dc tclsh expect make cmake m4 lua
mongo mongosh mysql mariadb psql sqlite3 redis-cli nginx openresty envoy fluentd fluent-bit
logstash vector filebeat metricbeat heartbeat packetbeat auditbeat otelcol otelcol-contrib caddy
traefik haproxy xargs find parallel watch script su runuser ssh gomplate confd dockerize
supervisord s6-svscan execlineb importas pm2 pm2-runtime ansible ansible-playbook terraform k6
vault consul nomad consul-template airflow dbt concurrently run-s run-p
"""
# They put their words into a shell's text, or expand them.
_RUNNERS = "npm npx yarn pnpm bun cross-env env-cmd dotenv just task"
# The word behind one of these is likely to be code.
_CODE = "-c -e -E -r -p -pe -x --eval --print --command --exec --execute"
_PLACEHOLDER = lazy.compile(r"-?-[^=]+=.*\$\{")


def expands_itself(argv: Sequence[Word]) -> bool:
    """Whether the program, by its name, may expand variables in its words, or is not known."""
    if not argv or argv[0].value is None:
        return True
    name = base_name(argv[0].value)
    if name in _CODE_READERS.split() or name in _RUNNERS.split():
        return True
    if name.startswith("python") and _module(argv):
        return True
    if "entrypoint" in name or name.endswith((".sh", ".bash")):
        return True
    return _starts_another(argv)


def _module(argv: Sequence[Word]) -> bool:
    return len(argv) > 2 and argv[1].value == "-m" and argv[2].value not in {"gunicorn", "uvicorn"}


def _starts_another(argv: Sequence[Word]) -> bool:
    """Shells, and wrappers: what they start has its own words."""
    command = argv[0].value or ""
    if atlas.shell_key(command, argv[1:], "dash") is not None:
        return True
    return atlas.wrapper(argv, {}) is not None


def own_words(argv: Sequence[Word]) -> Sequence[Word]:
    """The words that are neither code nor placeholders, as `--url=${HOST}` is one in Spring."""
    java = base_name(argv[0].value or "") == "java"
    found = []
    for before, word in zip((None, *argv), argv, strict=False):
        text = word.value or ""
        code = before is not None and before.value in _CODE.split()
        if (
            not code
            and not any(c in text for c in " \n;|&'\"")
            and not (java and _PLACEHOLDER.match(text))
        ):
            found.append(word)
    return found
