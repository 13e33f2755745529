"""Programs: what they do by their arguments, environment and configuration."""

from __future__ import annotations

import pytest
from atlas_words import View, words
from hypothesis import given
from hypothesis import strategies as st

from gracelint import atlas
from gracelint.atlas.running.timers import settings
from gracelint.base.facts import Word
from gracelint.base.source import Source
from gracelint.model.entries import InnerTimer, Reaction


def reaction(command: str, signal: str, **more: object) -> Reaction | None:
    found = atlas.program(words(command), **more)  # type: ignore[arg-type]
    assert found is not None
    return found.reactions.get(signal, found.rest)


@pytest.mark.parametrize(
    ("command", "lifetime"),
    [
        ("sleep 5", "short"),
        ("sleep infinity", "long"),
        ("sleep 2h 30m", "long"),
        ("sleep ?", "unknown"),
        ("tail -f /dev/null", "long"),
        ("tail -n 5 -F x", "long"),
        ("tail x", "short"),
        ("tail *", "unknown"),
        ("cat x", "short"),
        ("cat", "short"),
        ("cat /dev/zero", "unknown"),
        ("cat *", "unknown"),
        ("tee -a /log", "short"),
        ("service nginx start", "daemon"),
        ("/etc/init.d/php5-fpm start", "daemon"),
        ("/etc/init.d/php-fpm -F", "long"),
        ("nginx", "daemon"),
        ("nginx -t", "short"),
        ("nginx *", "unknown"),
        ("/usr/sbin/php-fpm8.2 -F", "long"),
        ("php-fpm8.2", "daemon"),
        ("php-fpm", "unknown"),
        ("php-fpm83 --nodaemonize", "long"),
        ("httpd -DFOREGROUND", "long"),
        ("apache2 -D FOREGROUND", "long"),
        ("apache2", "daemon"),
        ("httpd-foreground", "long"),
        ("redis-server --daemonize yes", "daemon"),
        ("redis-server", "long"),
        ("gunicorn a:b", "long"),
        ("gunicorn --daemon a:b", "daemon"),
        ("celery -A x worker", "long"),
        ("celery multi start w", "daemon"),
        ("cron -f", "long"),
        ("java -jar app.jar -h 0.0.0.0", "unknown"),
        ("java -help", "short"),
        ("gitlab-runner run", "long"),
        ("gitlab-runner register --non-interactive", "short"),
        ("cron", "daemon"),
        ("sshd -D -e", "long"),
        ("/usr/sbin/sshd", "daemon"),
        ("dnsmasq -k --user=root", "long"),
        ("python3 -m http.server", "long"),
        ("python3.11 -V", "short"),
        ("python -m uvicorn a:b", "long"),
        ("node --check x.js", "short"),
        ("node x.js --version", "unknown"),
        ("php -S 0:80", "long"),
        ("php x.php -S", "unknown"),
        ("flask --app x run", "long"),
        ("python manage.py runserver", "long"),
        ("busybox httpd -f", "long"),
        ("catalina.sh run", "long"),
        ("catalina.sh start", "daemon"),
        ("caddy run", "long"),
        ("caddy validate", "short"),
        ("dotnet app.dll", "unknown"),
    ],
)
def test_how_long_it_lives(command: str, lifetime: str) -> None:
    found = atlas.program(words(command))
    assert found is not None
    assert found.lifetime == lifetime


@pytest.mark.parametrize("command", ["app", "/srv/nginx-app", "", "?", "npm start", "sh -c x"])
def test_what_the_atlas_does_not_know(command: str) -> None:
    assert atlas.program(words(command)) is None


@pytest.mark.parametrize(
    ("command", "signal", "expected"),
    [
        ("node x.js", "TERM", Reaction.DEFAULT),
        ("python x.py", "TERM", Reaction.DEFAULT),
        ("python x.py", "INT", Reaction.FAST),
        ("ruby x.rb", "TERM", Reaction.FAST),
        ("rake jobs:work", "TERM", Reaction.GRACEFUL),
        ("bin/rails jobs:work", "QUIT", Reaction.FAST),
        ("rake environment resque:work", "TERM", Reaction.FAST),
        ("rake resque:work", "QUIT", Reaction.GRACEFUL),
        ("delayed_job run", "QUIT", Reaction.FAST),
        ("good_job start", "TERM", Reaction.GRACEFUL),
        ("java -jar x.jar", "TERM", Reaction.GRACEFUL),
        ("java -jar x.jar", "QUIT", Reaction.NOTHING),
        ("java -Xrs -jar x.jar", "TERM", Reaction.DEFAULT),
        ("nginx", "QUIT", Reaction.GRACEFUL),
        ("redis-server", "QUIT", Reaction.DEFAULT),
        ("sleep 5", "TERM", Reaction.DEFAULT),
        ("flask run", "TERM", Reaction.DEFAULT),
        ("python manage.py runserver", "TERM", Reaction.FAST),
        ("python manage.py runserver --noreload", "TERM", Reaction.DEFAULT),
        ("node --watch x.js", "TERM", Reaction.GRACEFUL),
        ("node x.js --watch", "TERM", Reaction.DEFAULT),
        ("uvicorn a:b", "TERM", Reaction.GRACEFUL),
        ("waitress-serve a:b", "TERM", Reaction.DEFAULT),
        ("postgres", "TERM", Reaction.GRACEFUL),
        ("uwsgi --http :80", "TERM", Reaction.FAST),
        ("uwsgi --master", "TERM", Reaction.RELOAD),
        ("uwsgi -M --die-on-term", "TERM", Reaction.FAST),
        ("uwsgi --master *", "TERM", None),
        ("uwsgi --ini /srv/x.ini", "TERM", None),
        ("java *", "TERM", None),
        ("flask run *", "TERM", None),
        ("flask run --debug", "TERM", Reaction.FAST),
        ("kc.sh start", "TERM", Reaction.GRACEFUL),
    ],
)
def test_what_a_signal_does(command: str, signal: str, expected: Reaction | None) -> None:
    assert reaction(command, signal) is expected


@pytest.mark.parametrize(
    ("ini", "expected"),
    [
        ("[uwsgi]\nmaster = true\n", Reaction.RELOAD),
        ("[uwsgi]\nmaster = true\ndie-on-term = true\n", Reaction.FAST),
        ("[uwsgi]\nmaster = false\n", Reaction.FAST),
    ],
)
def test_uwsgi_is_read_through_its_configuration(ini: str, expected: Reaction) -> None:
    view = View({"/srv/u.ini": ini})
    assert reaction("uwsgi --ini u.ini", "TERM", view=view, workdir="/srv") is expected


@pytest.mark.parametrize(
    ("ini", "expected"),
    [
        ("[uwsgi]\nmaster = true\n", "long"),
        ("[uwsgi]\ndaemonize = /log\n", "daemon"),
        (None, "unknown"),
    ],
)
def test_a_configuration_that_is_not_in_sight_may_have_uwsgi_go_to_the_background(
    ini: str | None, expected: str
) -> None:
    view = View({} if ini is None else {"/srv/u.ini": ini})
    found = atlas.program(words("uwsgi --ini u.ini"), view=view, workdir="/srv")
    assert found is not None
    assert found.lifetime == expected


def test_uwsgi_is_read_through_its_environment() -> None:
    env = {"UWSGI_MASTER": "1", "UWSGI_DIE_ON_TERM": "0"}
    assert reaction("uwsgi", "TERM", env=env) is Reaction.RELOAD
    assert reaction("uwsgi", "TERM", env={**env, "UWSGI_DIE_ON_TERM": "1"}) is Reaction.FAST


@pytest.mark.parametrize(
    ("argv", "files", "lifetime"),
    [
        (["nginx", "-g", "daemon off;"], {}, "long"),
        (["nginx", "-g", "pid /x; daemon off"], {}, "long"),
        (["nginx"], {"/etc/nginx/nginx.conf": "daemon off;\nhttp {}"}, "long"),
        (["nginx"], {"/etc/nginx/nginx.conf": "# daemon off;\nhttp {}"}, "daemon"),
        (["nginx", "-c", "/srv/n.conf"], {}, "unknown"),
        (["nginx", "-c", "/srv/n.conf"], {"/srv/n.conf": "http {}"}, "daemon"),
    ],
)
def test_nginx_in_the_foreground(argv: list[str], files: dict[str, str], lifetime: str) -> None:
    found = atlas.program([Word(w) for w in argv], view=View(files))
    assert found is not None
    assert found.lifetime == lifetime


@pytest.mark.parametrize(
    ("run", "lifetime"),
    [
        ('apt-get clean && echo "daemon off;" >> /etc/nginx/nginx.conf', "long"),
        ("printf 'daemon off;\\n' >>/etc/nginx/nginx.conf", "long"),
        ("echo 'daemon off;'; touch /etc/nginx/nginx.conf", "daemon"),
        ("apt-get install -y nginx", "daemon"),
    ],
)
def test_what_an_image_adds_to_the_configuration_of_nginx(run: str, lifetime: str) -> None:
    found = atlas.program(words("nginx"), view=View({}, [run]))
    assert found is not None
    assert found.lifetime == lifetime


@pytest.mark.parametrize(
    ("text", "lifetime"),
    [("[global]\ndaemonize = no\n", "long"), (";daemonize = no\n", "daemon"), (None, "daemon")],
)
def test_php_fpm_of_debian_stays_where_its_configuration_says_so(
    text: str | None, lifetime: str
) -> None:
    files = {} if text is None else {"/etc/php/8.2/fpm/php-fpm.conf": text}
    found = atlas.program(words("php-fpm8.2"), view=View(files))
    assert found is not None
    assert found.lifetime == lifetime


def test_the_official_image_keeps_php_fpm_in_the_foreground() -> None:
    found = atlas.program(words("php-fpm"), image=atlas.base("php:8.3-fpm"))
    assert found is not None
    assert found.lifetime == "long"


def test_httpd_on_a_busybox_image_is_busybox() -> None:
    busybox = atlas.base("busybox")
    assert reaction("httpd -f", "TERM", image=busybox) is Reaction.DEFAULT
    assert reaction("httpd -DFOREGROUND", "TERM") is Reaction.FAST


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("gunicorn a:b", 30),
        ("gunicorn --graceful-timeout 90 a:b", 90),
        ("gunicorn --graceful-timeout=5 a:b", 5),
        ("uvicorn a:b", None),
        ("uvicorn --timeout-graceful-shutdown 7 a:b", 7),
        ("sidekiq", 25),
        ("sidekiq -t 60", 60),
    ],
)
def test_the_time_that_a_graceful_stop_may_take(command: str, expected: float | None) -> None:
    found = atlas.program(words(command))
    assert found is not None
    assert found.stops_in == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("mkdir -p /x", True),
        ("/bin/chown a:b x", True),
        ("app --version", True),
        ("python manage.py migrate", True),
        ("python3 ./manage.py collectstatic --noinput", True),
        ("php artisan migrate --force", True),
        ("php artisan queue:work", False),
        ("php bin/console cache:clear", True),
        ("rails db:migrate", True),
        ("rails server", False),
        ("python -m pip install x", True),
        ("sleep 5", True),
        ("nginx -t", True),
        ("redis-server", False),
        ("celery -A x worker", False),
        ("npm ci", True),
        ("app", None),
        ("python x.py", None),
        ("nginx", None),
        ("rails *", None),
        ("?", None),
        ("", None),
    ],
)
def test_whether_a_command_ends_soon(command: str, expected: bool | None) -> None:
    assert atlas.short_lived(words(command)) is expected


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("php", 'require "/v.php"; echo implode(".", $v);', True),
        ("python3", "import sys; print(sys.version)", True),
        ("node", "console.log(process.version)", True),
        ("perl", "print 1", True),
        ("python3", "import app; app.main()", None),
        ("python3", "print(1); import time; time.sleep(100)", None),
        ("node", "setInterval(() => console.log(1), 1000)", None),
    ],
)
def test_whether_a_line_of_code_ends_soon(name: str, code: str, expected: bool | None) -> None:
    option = {"php": "-r", "python3": "-c"}.get(name, "-e")
    assert atlas.short_lived([Word(name), Word(option), Word(code)]) is expected


@given(
    st.sampled_from(["nginx", "uwsgi", "python", "php-fpm", "sleep", "haproxy", "busybox", "java"]),
    st.lists(st.text(max_size=5), max_size=5),
)
def test_no_arguments_break_a_program(name: str, arguments: list[str]) -> None:
    argv = [Word(name), *map(Word, arguments)]
    found = atlas.program(argv)
    assert found is None or found.source
    assert atlas.short_lived(argv) in {True, False, None}


@pytest.mark.parametrize("comment", ["// ", "  /* ", " * ", "# "])
def test_a_comment_sets_no_timer(comment: str) -> None:
    timer = InnerTimer(setting="ShutdownTimeout", notation="timespan")
    line = "o.ShutdownTimeout = TimeSpan.FromSeconds(90);\n"
    found = settings(timer, Source("Program.cs", line))
    assert found is not None
    assert found[0] == 90
    assert settings(timer, Source("Program.cs", comment + line)) is None


@pytest.mark.parametrize(
    "value",
    [
        "300",
        'env.int("LIMIT", 300)',
        "env.int('LIMIT', default=5 * 60)",
        'int(os.environ.get("LIMIT", "300"))',
        'float(os.getenv("LIMIT", 300))',
        'config("LIMIT", default=300, cast=int)',
    ],
)
def test_a_timer_that_a_variable_may_change_has_its_default(value: str) -> None:
    timer = InnerTimer(setting="CELERY_TASK_TIME_LIMIT", notation="expression")
    found = settings(timer, Source("settings.py", f"CELERY_TASK_TIME_LIMIT = {value}\n"))
    assert found is not None
    assert found[0] == 300


def test_limits_of_tasks_are_those_of_the_worker_that_runs_them() -> None:
    """`celery beat` and flower have the same settings and run no tasks."""
    limits = {
        what: found.stops_in
        for what in ("worker", "beat", "flower")
        if (found := atlas.program(words(f"celery -A x {what} --time-limit 3600"))) is not None
    }
    assert limits == {"worker": 3600, "beat": None, "flower": None}


@pytest.mark.parametrize("command", ["resque work", "rake resque:work", "rails resque:work"])
def test_resque_finishes_the_job_on_term_where_it_is_told_to(command: str) -> None:
    env = {"GRACEFUL_TERM": "1"}
    assert reaction(command, "TERM", env=env) is Reaction.GRACEFUL
