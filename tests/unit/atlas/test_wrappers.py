"""Wrappers: the command that is found behind each one's arguments."""

from __future__ import annotations

import pytest
from atlas_words import View, plain, words
from hypothesis import given
from hypothesis import strategies as st

from gracelint import atlas
from gracelint.atlas.argv import grammar
from gracelint.atlas.wrappers import find
from gracelint.base.facts import Word


@pytest.mark.parametrize(
    ("command", "behaviour", "inner"),
    [
        ("env app -x", "exec", "app -x"),
        ("/usr/bin/env -i A=1 B=2 app", "exec", "app"),
        ("env -u X -C /srv app", "exec", "app"),
        ("env --unset=X --chdir /srv -- app", "exec", "app"),
        ("env -uX app", "exec", "app"),
        ("nice app", "exec", "app"),
        ("nice -n 5 app -n 3", "exec", "app -n 3"),
        ("nice -n5 app", "exec", "app"),
        ("nice -5 app", "exec", "app"),
        ("nice --adjustment=5 app", "exec", "app"),
        ("nice --adj 5 app", "exec", "app"),
        ("ionice -c 2 -n 7 app", "exec", "app"),
        ("ionice -c2 -n7 -t app", "exec", "app"),
        ("nohup app", "exec", "app"),
        ("stdbuf -oL -eL app", "exec", "app"),
        ("chroot --userspec=a:b /root app", "exec", "app"),
        ("setpriv --reuid=1 --regid 1 --clear-groups app", "exec", "app"),
        ("gosu user:group app", "exec", "app"),
        ("gosu ? app", "exec", "app"),
        ("su-exec 1000 app", "exec", "app"),
        ("chpst -u app:app -o 100 app -v", "exec", "app -v"),
        ("s6-setuidgid user app", "exec", "app"),
        ("unshare -r app", "exec", "app"),
        ("unshare -pf app", "swallow", "app"),
        ("unshare --fork --pid app", "swallow", "app"),
        ("chrt -f 10 app", "exec", "app"),
        ("taskset -c 0-3 app", "exec", "app"),
        ("prlimit --nofile=100 app", "exec", "app"),
        ("numactl --interleave all app", "exec", "app"),
        ("sudo -E -u x -- app", "forward", "app"),
        ("sudo -Eu x A=1 app", "forward", "app"),
        ("sudo -b app", "detach", "app"),
        ("timeout 10 app", "forward", "app"),
        ("timeout -k 5 10s app", "forward", "app"),
        ("timeout --signal=INT --foreground 10 app", "forward", "app"),
        ("setsid app", "detach", "app"),
        ("setsid -w app", "swallow", "app"),
        ("setsid --fork app", "detach", "app"),
        ("flock /lock app -n", "swallow", "app -n"),
        ("flock -n -w 5 /lock app", "swallow", "app"),
        ("flock -F /lock app", "exec", "app"),
        ("time -p app", "swallow", "app"),
        ("strace -f app", "swallow", "app"),
        ("doppler run --project web -- app", "forward", "app"),
        ("dotenv -f .env run -- app", "forward", "app"),
        ("dotenv -e .env -- app", "forward", "app"),
        ("capsh --drop=all -- -c app", "exec", "/bin/bash -c app"),
        ("go run main.go -v", "die", "main -v"),
        ("go run ./cmd/web", "die", "web"),
        ("screen -D -m app", "die", "app"),
        ("screen -d -m app", "detach", "app"),
        ("honcho run app", "swallow", "app"),
        ("foreman run app", "die", "app"),
        ("reflex -s -- app", "forward", "app"),
        ("strace -f -o /log app", "forward", "app"),
        ("strace -I 1 -o /log app", "swallow", "app"),
        ("xargs -n 1 app", "swallow", "app"),
        ("xvfb-run -a -s x app", "swallow", "app"),
        ("tini app", "forward", "app"),
        ("/sbin/tini -- app", "forward", "app"),
        ("tini -s -g -p SIGTERM -e 143 -vvv -- app -g", "forward", "app -g"),
        ("docker-init -- app", "forward", "app"),
        ("catatonit -g app", "forward", "app"),
        ("dumb-init -c -r 15:2 -- app", "forward", "app"),
        ("poetry run app", "exec", "app"),
        ("poetry -q -C /srv run app", "exec", "app"),
        ("pipenv run app", "exec", "app"),
        ("pdm run app", "forward", "app"),
        ("wait-for-it.sh ? -- app", "exec", "app"),
        ("bundle exec puma -C x", "exec", "puma -C x"),
        ("uv run app", "forward", "app"),
        ("uv run --no-sync --extra web x.py -v", "forward", "python x.py -v"),
        ("wait-for-it.sh db:5432 -t 30 -- app", "exec", "app"),
        ("dockerize -wait tcp://db:1 -timeout 5s app", "forward", "app"),
        ("newrelic-admin run-program app", "exec", "app"),
        ("opentelemetry-instrument --service_name x app", "exec", "app"),
        ("ddtrace-run -d app", "exec", "app"),
        ("busybox nice -n 5 app", "exec", "app"),
        ("start-stop-daemon --start -c u --exec /bin/app -- -x", "exec", "/bin/app -x"),
        ("start-stop-daemon -Sbx /bin/app", "detach", "/bin/app"),
        ("apachectl -D FOREGROUND", "swallow", "apache2 -D FOREGROUND"),
        ("tsx src/app.ts", "forward", "node src/app.ts"),
        ("tsx watch --tsconfig x app.ts", "forward", "node app.ts"),
        ("pnpm exec app -x", "forward", "app -x"),
        ("pnpm exec -- app", "forward", "app"),
        ("nodemon -w src app.js", "forward", "node app.js"),
        ("cross-env A=1 app", "forward", "app"),
        ("sg group app", "swallow", None),
        ("dbus-run-session -- app", "swallow", "app"),
        ("wait-for db:1 -- app", "exec", "app"),
        ("env ?", "exec", "?"),
        ("tini -- * app", "forward", "? app"),
    ],
)
def test_the_command_behind_a_wrapper(command: str, behaviour: str, inner: str | None) -> None:
    found = atlas.wrapper(words(command), {})
    assert found is not None
    assert found.behaviour == behaviour
    assert plain(found.inner) == inner


@pytest.mark.parametrize(
    "command",
    [
        "app",
        "/env/app",
        "poetry install",
        "bundle install",
        "uv pip install x",
        "doppler login",
        "go build",
        "busybox env-not",
        "npm ci",
        "pnpm install",
        "yarn install",
        "wait-for-it.sh db:1",
        "apachectl start",
        "start-stop-daemon --stop --name x",
        "busybox cat",
        "? app",
        "",
    ],
)
def test_what_starts_no_other_program(command: str) -> None:
    assert atlas.wrapper(words(command), {}) is None


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("nice --frobnicate app", "the option `--frobnicate` is not known"),
        ("nice -n", "the option `-n` has no value"),
        ("nice -n * app", "unknown here"),
        ("gosu", "the arguments are incomplete"),
        ("gosu * app", "unknown here"),
        ("tini --", "no command follows"),
        ("su user", "it starts a shell for people"),
        ("script log", "it starts a shell for people"),
        ("npm start", "`/package.json` is not in sight"),
        ("doppler run --command app", "its command does not stand behind `--`"),
        ("overmind start", "what `overmind` does on signals is not known"),
        ("start-stop-daemon --start", "the program is not given"),
        ("su -s ? user -c app", "the shell given with -s is not known"),
        ("sg group -x app", "its arguments are not plain"),
        ("flock", "no command follows"),
        ("poetry ? app", "the subcommand is not known"),
        ("poetry -x run", "the option `-x` is not known"),
        ("pm2-runtime ecosystem.config.js", "`/ecosystem.config.js` is not in sight"),
    ],
)
def test_why_the_command_cannot_be_told(command: str, reason: str) -> None:
    found = atlas.wrapper(words(command), {})
    assert found is not None
    assert found.inner is None
    assert found.shell_text is None
    assert found.reason == reason


@pytest.mark.parametrize(
    ("command", "text", "shell", "user"),
    [
        ("su -s /bin/sh user -c app", "app", "/bin/sh", "user"),
        ("su - user -c app", "app", "", "user"),
        ("su user -s /bin/bash -c app", "app", "/bin/bash", "user"),
        ("su -c app", "app", "", "root"),
        ("su user --command=app", "app", "", "user"),
        ("su user -- -c app", "app", "", "user"),
        ("runuser -l user -c app", "app", "", "user"),
        ("flock /lock -c app", "app", "", None),
        ("script -qc app /dev/null", "app", "", None),
        ("script -q -f /log --command app", "app", "", None),
        ("sg group -c app", "app", "/bin/sh", None),
        ("nodemon --exec app", "app", "", None),
    ],
)
def test_the_text_that_a_shell_is_given(
    command: str, text: str, shell: str, user: str | None
) -> None:
    found = atlas.wrapper(words(command), {})
    assert found is not None
    assert found.shell_text is not None
    assert (found.shell_text.value, found.shell, found.user) == (text, shell, user)


def test_runuser_with_a_user_option_starts_the_command_itself() -> None:
    found = atlas.wrapper(words("runuser -u user -- app"), {})
    assert found is not None
    assert (found.behaviour, found.kill_after, plain(found.inner)) == ("forward", 2, "app")


def test_su_gives_two_seconds() -> None:
    found = atlas.wrapper(words("su -c app"), {})
    assert found is not None
    assert (found.behaviour, found.kill_after) == ("forward", 2)
    assert found.forwards == {"TERM"}


def test_env_splits_a_string() -> None:
    argv = [Word("env"), Word("-S"), Word("-i A=1 app -x"), Word("last")]
    found = atlas.wrapper(argv, {})
    assert found is not None
    assert plain(found.inner) == "app -x last"
    assert found.env == {"A": "1"}


def test_env_splits_with_quotes_and_known_variables() -> None:
    argv = [Word("env"), Word("-S"), Word('${BIN} "a b" c')]
    found = atlas.wrapper(argv, {"BIN": "/srv/app"})
    assert found is not None
    assert found.inner is not None
    assert [word.value for word in found.inner] == ["/srv/app", "a b", "c"]


@pytest.mark.parametrize("text", ["app 'a b", "app a\\ b", "app '${A}'", "${B} a", "app # a"])
def test_env_does_not_split_what_is_not_plain(text: str) -> None:
    found = atlas.wrapper([Word("env"), Word("-S"), Word(text)], {"A": "x"})
    assert found is not None
    assert found.inner is None


def test_env_splits_an_endless_string_only_so_often() -> None:
    found = atlas.wrapper([Word("env"), *[Word("-S"), Word("-S x")] * 50], {})
    assert found is not None


@pytest.mark.parametrize(
    ("env", "target", "subreaper"),
    [
        ({}, "child", False),
        ({"TINI_KILL_PROCESS_GROUP": ""}, "group", False),
        ({"TINI_SUBREAPER": "1"}, "child", True),
    ],
)
def test_tini_reads_its_variables(env: dict[str, str], target: str, subreaper: bool) -> None:
    found = atlas.wrapper(words("tini -- app"), env)
    assert found is not None
    assert (found.target, found.subreaper, found.role) == (target, subreaper, "init")


@pytest.mark.parametrize(
    ("command", "env", "target", "rewrite"),
    [
        ("dumb-init app", {}, "session", {}),
        ("dumb-init -c app", {}, "child", {}),
        ("dumb-init --single-child app", {}, "child", {}),
        ("dumb-init app", {"DUMB_INIT_SETSID": "0"}, "child", {}),
        ("dumb-init -r 15:0 app", {}, "session", {"TERM": ""}),
        ("dumb-init --rewrite=15:2 -r 2:3 app", {}, "session", {"TERM": "INT", "INT": "QUIT"}),
        ("dumb-init -r TERM:INT app", {}, "session", {}),
    ],
)
def test_dumb_init_tells_the_session_and_rewrites(
    command: str, env: dict[str, str], target: str, rewrite: dict[str, str]
) -> None:
    found = atlas.wrapper(words(command), env)
    assert found is not None
    assert (found.target, found.rewrite) == (target, rewrite)


def test_timeout_kills_only_when_asked_to() -> None:
    patient = atlas.wrapper(words("timeout 10 app"), {})
    strict = atlas.wrapper(words("timeout -k 1m 10 app"), {})
    assert patient is not None
    assert strict is not None
    assert (patient.kill_after, strict.kill_after) == (None, 60.0)


def test_setsid_only_forks_where_it_leads_its_group() -> None:
    found = atlas.wrapper(words("setsid app"), {})
    forced = atlas.wrapper(words("setsid -f app"), {})
    assert found is not None
    assert forced is not None
    assert (found.behaviour_in_group, forced.behaviour_in_group) == ("exec", "detach")


def test_an_official_entrypoint_runs_the_command() -> None:
    node = atlas.base("node:20")
    found = atlas.wrapper(words("docker-entrypoint.sh npm start"), {}, image=node)
    assert found is not None
    assert (found.behaviour, plain(found.inner)) == ("exec", "npm start")
    assert "docker-node" in found.source


def test_an_official_entrypoint_puts_its_program_before_options() -> None:
    node = atlas.base("node:20")
    found = atlas.wrapper(words("docker-entrypoint.sh --inspect x.js"), {}, image=node)
    assert found is not None
    assert plain(found.inner) == "node --inspect x.js"


@pytest.mark.parametrize(
    ("image", "command", "inner"),
    [
        ("jenkins/jenkins:lts", "/usr/local/bin/jenkins.sh", "java"),
        ("jenkins/jenkins:lts", "/usr/local/bin/jenkins.sh bash", "bash"),
        (
            "registry:2",
            "/entrypoint.sh /etc/docker/registry/config.yml",
            "registry /etc/docker/registry/config.yml",
        ),
        ("hashicorp/consul", "docker-entrypoint.sh agent -dev", "consul agent -dev"),
        ("grafana/grafana", "/run.sh", "grafana-server"),
        ("elasticsearch:8.1.0", "/usr/local/bin/docker-entrypoint.sh eswrapper", "eswrapper"),
        ("redis", "docker-entrypoint.sh --save 60 1", "redis-server --save 60 1"),
        ("redis", "docker-entrypoint.sh *", "?"),
    ],
)
def test_what_an_official_entrypoint_puts_in_front(image: str, command: str, inner: str) -> None:
    found = atlas.wrapper(words(command), {}, image=atlas.base(image))
    assert found is not None
    assert plain(found.inner) == inner


@pytest.mark.parametrize(
    ("image", "env", "behaviour", "inner"),
    [
        ("eclipse-temurin:21", {}, "swallow", "java -b 0.0.0.0"),
        ("eclipse-temurin:21", {"LAUNCH_JBOSS_IN_BACKGROUND": "1"}, "forward", "java -b 0.0.0.0"),
        ("example.com/base", {"LAUNCH_JBOSS_IN_BACKGROUND": "1"}, "forward", "java -b 0.0.0.0"),
        ("example.com/base", {}, "swallow", None),
    ],
)
def test_wildflys_script_goes_by_a_variable(
    image: str, env: dict[str, str], behaviour: str, inner: str | None
) -> None:
    command = words("/opt/wildfly/bin/standalone.sh -b 0.0.0.0")
    found = atlas.wrapper(command, env, image=atlas.base(image))
    assert found is not None
    assert found.inner is None if inner is None else plain(found.inner) == inner
    assert found.behaviour == behaviour or inner is None


def test_a_script_named_like_an_entrypoint_is_not_taken_for_it() -> None:
    python = atlas.base("python:3.12")
    assert atlas.wrapper(words("docker-entrypoint.sh app"), {}, image=python) is None
    assert atlas.wrapper(words("docker-entrypoint.sh app"), {}) is None


GRAMMARS = ["nice", "ionice", "stdbuf", "setpriv", "timeout", "catatonit", "tini", "env", "flock"]
TEXT = st.text("abcdefgh0123456789./", min_size=1, max_size=6)
INNER = st.lists(st.text("abc-=/ ", min_size=1, max_size=5), max_size=4)


@given(name=st.sampled_from(GRAMMARS), data=st.data(), inner=INNER)
def test_whatever_follows_the_options_is_the_command(
    name: str, data: st.DataObject, inner: list[str]
) -> None:
    entry = find(name)
    assert entry is not None
    rules = grammar(entry)
    bad = {"-S", "--split-string", "-0", "-c", "--command", "-", "-h", "--help"}
    options: list[str] = []
    for option in data.draw(
        st.lists(st.sampled_from(sorted((rules.flags | rules.values) - bad)), max_size=5)
    ):
        options.append(option)
        if option in rules.values:
            value = data.draw(TEXT)
            if option.startswith("--") and data.draw(st.booleans()):
                options[-1] += f"={value}"
            else:
                options.append(value)
    operands = ["x"] * (rules.skip + (name == "flock"))
    argv = [name, *options, "--", *operands, "app", *inner]
    found = atlas.wrapper([Word(w) for w in argv], {})
    assert found is not None
    assert found.inner is not None, found.reason
    assert [w.value for w in found.inner] == ["app", *inner]


@given(st.lists(st.text(max_size=4), max_size=6), st.sampled_from(["su", "sudo", "npm", "yarn"]))
def test_no_arguments_break_a_reader(arguments: list[str], name: str) -> None:
    view = View({"/package.json": '{"scripts": {"start": "x"}}'})
    found = atlas.wrapper([Word(name), *map(Word, arguments)], {}, view)
    assert found is None or found.inner or found.shell_text or found.reason


@pytest.mark.parametrize(
    ("image", "behaviour", "kill_after"),
    [("alpine:3.20", "exec", None), ("debian:12", "forward", 2), (None, "forward", 2)],
)
def test_the_su_of_busybox_replaces_itself(image, behaviour, kill_after):
    base = atlas.base(image) if image is not None else None
    found = atlas.wrapper(words("su web -c app"), {}, image=base)
    assert found is not None
    assert (found.behaviour, found.kill_after) == (behaviour, kill_after)
