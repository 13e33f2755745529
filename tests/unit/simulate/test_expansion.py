"""What words of a script come to, where the text in sight decides it.

The values are those that bash 5.2 gives, and dash 0.5.12 where it knows the form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from gracelint.files.tree import Files
from gracelint.model.options import Options
from gracelint.session.session import Session
from gracelint.simulate.shell import texttools
from gracelint.simulate.shell.expansion.formats import formatted

if TYPE_CHECKING:
    from pathlib import Path

    from gracelint.model.story import Story

DOCKERFILE = """FROM debian:12-slim
COPY server /app/server
COPY words.txt /words.txt
COPY --chmod=755 entrypoint.sh /entrypoint.sh
ENTRYPOINT ["/entrypoint.sh"]
CMD ["web", "/app/server", "--port", "80"]
"""


def story(tmp_path: Path, script: str, shell: str = "/bin/bash") -> Story:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "server").write_bytes(b"\x7fELF\0")
    (tmp_path / "words.txt").write_text("/app/server from file\nsecond:line:here\n")
    (tmp_path / "entrypoint.sh").write_text(f"#!{shell}\n{script}\n")
    [told] = Session(Files(tmp_path), Options()).scene(["Dockerfile"]).stories
    return told


def argv(tmp_path: Path, script: str, shell: str = "/bin/bash") -> list[str | None] | None:
    told = story(tmp_path, script, shell)
    return None if told.tree is None else [word.value for word in told.tree.argv]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('exec "${@:2}"', "/app/server --port 80"),
        ('exec "${@:2:1}" x', "/app/server x"),
        ('exec /app/server "${@: -1}"', "/app/server 80"),
        ('exec /app/server "${*:3}"', "/app/server|--port 80"),
        ('a=(/app/server b c); exec "${a[@]:0:2}"', "/app/server b"),
        ('a=(x /app/server); i=1; exec "${a[i]}" "${a[$i]}" ${#a[@]}', "/app/server /app/server 2"),
        ('a=(x y); a[1]=/app/server; exec "${a[1]}"', "/app/server"),
        ('a=(x y); a[${#a[@]}]=z; exec /app/server "${a[@]}"', "/app/server x y z"),
        ('a=(x y); a[2]=z; exec /app/server "${a[2]}"', "/app/server z"),
        ('a=(a b c d e); exec /app/server "${a[$#]}"', "/app/server e"),
        ("cd /; exec $(cat words.txt | head -n 1)", "/app/server from file"),
        (
            "set -- -a 1 -b; while getopts a:b o; do x=$x$o$OPTARG; done; exec /app/server $x",
            "/app/server a1b",
        ),
        ('exec "${!#}" x', "80 x"),
        ('n=cmd; cmd=/app/server; exec "${!n}"', "/app/server"),
        ('f() { local -n c=$1; exec "${c[@]}"; }; cmd=(/app/server b); f cmd', "/app/server b"),
        ('a=(x /app/server); unset "a[0]"; exec "${a[@]}"', "/app/server"),
        ("v=/app/server:b; IFS=:; exec $v", "/app/server b"),
        ("v='/app/server:  ,b'; IFS=', '; exec $v", "/app/server: b"),
        ('a=(/app/server b); IFS=,; exec /app/server "${a[*]}"', "/app/server /app/server,b"),
        ("cat > /tmp/f <<'E'\n/app/server b\nE\nexec $(cat /tmp/f)", "/app/server b"),
        ('declare -A m=([web]=/app/server [job]=no); exec "${m[$1]}"', "/app/server"),
        (
            'declare -A m; m[k]=/app/server; for k in "${!m[@]}"; do exec "${m[$k]}"; done',
            "/app/server",
        ),
        ('x=a/b/c; exec /app/server "${x/b/_}" "${x//\\//-}"', "/app/server a/_/c a-b-c"),
        ('x=v1.2; exec /app/server "${x/#v/}" "${x/%2/3}"', "/app/server 1.2 v1.3"),
        ('exec /app/server "${@#--}"', "/app/server web|/app/server|port|80"),
        ("exec /app/server {a,b}{1..3}", "/app/server a1 a2 a3 b1 b2 b3"),
        ('exec /app/server {08..10..2} "{x,y}"', "/app/server 08|10|{x,y}"),
        ("exec /app/server $(seq 2 4)", "/app/server 2 3 4"),
        ('printf -v line "%s-%02d" a 7; exec /app/server "$line"', "/app/server a-07"),
        ('exec "$(command -v /app/server)" x', "/app/server x"),
        ('read -r a b <<< "/app/server b c"; exec "$a" "$b"', "/app/server|b c"),
        ('IFS=: read -r a b <<< "x:y:"; exec /app/server "$a" "$b"', "/app/server|x|y"),
        ('read -r -a a <<< ""; exec /app/server "${#a[@]}"', "/app/server|0"),
        ('IFS=: read -r a b c <<< "x::z"; exec /app/server "$a" "$b" "$c"', "/app/server|x||z"),
        ('read -ra w < /words.txt; exec "${w[@]}"', "/app/server from file"),
        ('{ read -r a; IFS=: read -r b c; } < /words.txt; exec /app/server "$b" "$c"',
         "/app/server|second|line:here"),
        ('mapfile -t l < /words.txt; exec /app/server "${l[1]}"', "/app/server second:line:here"),
        ('x=$(echo "A b" | tr "[:upper:]" "[:lower:]" | cut -d" " -f2); exec /app/server "$x"',
         "/app/server b"),
        ('x=$(sed s/second/2/ < /words.txt | tail -n 1); exec /app/server "$x"',
         "/app/server 2:line:here"),
        ('x=$(grep -w x /words.txt); exec /app/server "$x"', None),
        ('x=$(grep -c line /words.txt); exec /app/server "$x"', "/app/server 1"),
        ('exec /app/server "$(basename /a/b.c .c)" "$(dirname /a/b/c)"', "/app/server b /a/b"),
    ],
)  # fmt: skip
def test_bash_words(tmp_path: Path, script: str, words: str | None) -> None:
    expected = None if words is None else words.split("|" if "|" in words else " ")
    found = argv(tmp_path, script)
    if expected is None:
        assert found is None or None in found
    elif "|" in (words or ""):
        head = expected[0].split(" ")
        assert found == [*head, *expected[1:]]
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ('exec "/app/${2##*/}"', ["/app/server"]),
        ('x=db:5432; exec /app/server "${x%%:*}" "${x#*:}"', ["/app/server", "db", "5432"]),
        ('x="a*b"; exec /app/server "${x%"*b"}"', ["/app/server", "a"]),
        ("exec /app/server {a,b}", ["/app/server", "{a,b}"]),
    ],
)
def test_dash_words(tmp_path: Path, script: str, words: list[str]) -> None:
    assert argv(tmp_path, script, "/bin/sh") == words


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("echo a b | while read -r x; do mkdir -p $x; done\nexec /app/server", "graceful"),
        ("while read -r x; do :; done < /words.txt\nexec /app/server", "graceful"),
        ("set -e\n! true\nexec /app/server", "graceful"),
        ("set -e\ntrue | false\nexec /app/server", "exits"),
        ("set -e\nf() { false && echo x; }\nf\nexec /app/server", "exits"),
        ("set -e\nfalse && echo x\nexec /app/server", "graceful"),
        ("set -e\nread -r x\nexec /app/server", "exits"),
        ('exec "/app/server --port 80"', "exits"),
        ("trap 'kill -s SIGTERM $p; wait' TERM\n/app/server & p=$!\nwait", "graceful"),
        ("trap 'env kill $p; wait' TERM\n/app/server & p=$!\nwait", "graceful"),
        ("trap 'kill $p; while [ -d /proc/$p ]; do sleep 0.1; done' TERM\n/app/server & p=$!\nwait",
         "graceful"),
        ("trap 'kill $p; timeout 9 tail --pid=$p -f /dev/null' TERM\n/app/server & p=$!\nwait",
         "graceful"),
        ("trap 'kill $(</tmp/p); wait' TERM\n/app/server & echo $! > /tmp/p\nwait", "graceful"),
        ("trap '/app/ctl stop; wait' TERM\n/app/server &\nwait", "unknown"),
        ("trap 'curl -s localhost/shutdown; wait' TERM\n/app/server &\nwait", "unknown"),
        ("trap 'echo bye; wait' TERM\n/app/server &\nwait", "killed"),
    ],
)  # fmt: skip
def test_what_a_script_does(tmp_path: Path, script: str, verdict: str) -> None:
    assert story(tmp_path, script).verdict.value == verdict


def test_dash_s_kill_takes_no_sig_before_a_signal(tmp_path: Path) -> None:
    script = "trap 'kill -s SIGTERM $p; wait' TERM\n/app/server & p=$!\nwait"
    assert story(tmp_path, script, "/bin/sh").verdict.value == "killed"
    by_program = script.replace("kill -s", "/bin/kill -s")
    assert story(tmp_path, by_program, "/bin/sh").verdict.value == "graceful"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["%s\\n", "a", "b"], "a\nb\n"),
        (["%5s|%-3s|", "a", "b"], "    a|b  |"),
        (["%d%%", "7"], "7%"),
        (["%q", "a b"], "a\\ b"),
        (["%.2s", "abc"], "ab"),
        (["%f", "1"], None),
        (["\\x41"], None),
    ],
)
def test_printf(words: list[str], text: str | None) -> None:
    assert formatted(words) == text


@pytest.mark.parametrize(
    ("name", "args", "text", "answer"),
    [
        ("tr", ["-d", "\\n"], "a\nb\n", ("ab", 0)),
        ("tr", ["a-c", "x"], "abcd", ("xxxd", 0)),
        ("cut", ["-d:", "-f2-"], "a:b:c\nd\n", ("b:c\nd\n", 0)),
        ("awk", ["-F", ":", "{print $2}"], "a:b\n", ("b\n", 0)),
        ("awk", ["{print $1; system(x)}"], "a\n", None),
        ("sed", ["s,a,b,g"], "aa\n", ("bb\n", 0)),
        ("sed", ["-r", "-e", "s,a,b,"], "aa\n", ("ba\n", 0)),
        ("sed", ["s/\\(a\\)b/\\1/"], "ab\n", ("a\n", 0)),
        ("grep", ["-v", "^#"], "#x\ny\n", ("y\n", 0)),
        ("grep", ["q"], "y\n", ("", 1)),
        ("head", ["-n", "1"], "a\nb\n", ("a\n", 0)),
        ("tail", ["-f"], "a\n", None),
        ("seq", ["3", "-1", "1"], None, ("3\n2\n1\n", 0)),
        ("sort", ["-u"], "b\na\nb\n", ("a\nb\n", 0)),
        ("cat", [], None, None),
    ],
)
def test_text_tools(name: str, args: list[str], text: str | None, answer: object) -> None:
    assert texttools.answer(name, args, text) == answer


@pytest.mark.parametrize(
    "command", ["pm2-runtime ecosystem.config.js", "foreman start", "./run.sh"]
)
def test_a_shell_in_front_decides_whoever_stands_behind_it(tmp_path: Path, command: str) -> None:
    assert story(tmp_path, command).verdict.value == "killed"


@pytest.mark.parametrize("command", ["pm2-runtime ecosystem.config.js", "./run.sh"])
def test_what_is_told_and_not_known_leaves_the_verdict_open(tmp_path: Path, command: str) -> None:
    assert story(tmp_path, f"exec {command}").verdict.value == "unknown"


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ("sh <<'EOF'\n/app/server\nEOF", "killed"),
        ("exec bash -s -- x <<'EOF'\nexec /app/server $1\nEOF", "graceful"),
        ("exec sh <<< 'exec /app/server'", "graceful"),
        ("echo /app/server | sh", "killed"),
        ("sh < /words.txt", "killed"),
        (". /dev/stdin <<< 'exec /app/server'", "graceful"),
        (". <(echo 'exec /app/server')", "graceful"),
        ("cat <(/app/server)", "killed"),
        ("while read -r l; do echo $l; done < <(/app/server)", "killed"),
        ("exec 4< <(/app/server)\nwhile read -r -u 4 l; do echo $l; done", "killed"),
        ("while read -r l; do echo $l; done < <(echo a; echo b)\nexec /app/server", "graceful"),
        ("diff <(echo a) <(echo b)\nexec /app/server", "graceful"),
    ],
)
def test_what_shells_and_loops_read(tmp_path: Path, script: str, verdict: str) -> None:
    assert story(tmp_path, script).verdict.value == verdict
