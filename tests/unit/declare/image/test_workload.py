"""What a Dockerfile's final stage starts."""

import pytest

from gracelint.base.facts import Known, Unknown
from gracelint.base.source import Source
from gracelint.declare.image.dockerfile import find_stage, stages, workload
from gracelint.model.entries import BaseImage
from gracelint.syntax.dockerfile.parse import parse

IMAGES = {
    "debian": BaseImage("debian", "test", "dash", (), ("bash",)),
    "alpine": BaseImage("alpine", "test", "ash", (), ("/bin/sh",)),
    "nginx": BaseImage(
        "nginx", "test", "dash", ("/docker-entrypoint.sh",), ("nginx", "-g", "daemon off;"),
        stop_signal="SIGQUIT", workdir="/srv", env={"NGINX": "1"}, has=frozenset({"bash"}),
    ),
    "scratch": BaseImage("scratch", "test", ""),
    "mute": BaseImage("mute", "test", None, None, None),
}  # fmt: skip


class NoFiles:
    def read(self, path):
        return None

    def exists(self, path):
        return False

    is_dir = exists

    def is_executable(self, path):
        return None

    def names(self, path):
        return ()


def built(text, **options):
    dockerfile = parse(Source("api/Dockerfile", text))
    return workload(dockerfile, NoFiles(), images=IMAGES.get, **options)


def argv(text, **options):
    fact = built(text, **options).launch.argv
    return [str(w) for w in fact.value] if isinstance(fact, Known) else fact


def test_entrypoint_and_cmd_are_joined():
    assert argv('FROM debian\nCMD ["b"]\nENTRYPOINT ["a"]\n') == ["a", "b"]


def test_the_shell_form_of_cmd_becomes_arguments_of_an_entrypoint():
    assert argv('FROM debian\nENTRYPOINT ["a"]\nCMD b c\n') == ["a", "/bin/sh", "-c", "b c"]


def test_a_shell_form_entrypoint_discards_cmd():
    launch = built('FROM debian\nENTRYPOINT a b\nCMD ["c"]\n').launch
    assert [str(w) for w in launch.argv.value][:3] == ["/bin/sh", "-c", "a b"]
    assert launch.discarded.words[0].value == "c"


def test_the_last_of_several_holds_and_all_are_kept():
    found = built('FROM debian\nCMD ["a"]\nCMD ["b"]\n')
    assert [str(w) for w in found.launch.argv.value] == ["b"]
    assert [c.words[0].value for c in found.commands] == ["a", "b"]
    assert [c.span.text for c in found.commands] == ['CMD ["a"]', 'CMD ["b"]']


def test_an_entrypoint_clears_a_cmd_that_is_inherited():
    assert argv('FROM nginx\nENTRYPOINT ["a"]\n') == ["a"]
    assert argv('FROM debian AS b\nCMD ["x"]\nFROM b\nENTRYPOINT ["a"]\n') == ["a"]


def test_an_entrypoint_keeps_a_cmd_of_its_own_stage():
    assert argv('FROM nginx\nCMD ["x"]\nENTRYPOINT ["a"]\n') == ["a", "x"]


def test_an_empty_array_means_none():
    assert argv('FROM nginx\nENTRYPOINT []\nCMD ["x"]\n') == ["x"]
    launch = built("FROM debian\nENTRYPOINT []\n").launch
    assert isinstance(launch.argv, Unknown)
    assert launch.cmd == Known(None, launch.cmd.origins)


def test_a_known_image_gives_what_is_not_set():
    found = built("FROM nginx\n")
    assert argv("FROM nginx\n") == ["/docker-entrypoint.sh", "nginx", "-g", "daemon off;"]
    assert found.stop_signal.value == "SIGQUIT"
    assert found.workdir.value == "/srv"
    assert found.env["NGINX"].value == "1"
    assert (found.base.key, found.base.shell.value) == ("nginx", "dash")
    assert "bash" in found.packages


def test_an_unknown_image_makes_the_launch_unknown_and_names_it():
    fact = argv("FROM example.com/own:1\n")
    assert isinstance(fact, Unknown)
    assert "example.com/own:1" in fact.reason
    assert isinstance(built("FROM example.com/own:1\n").base.shell, Unknown)


def test_over_an_unknown_image_cmd_is_assumed_to_have_no_entrypoint():
    launch = built('FROM own\nCMD ["a"]\n').launch
    assert [str(w) for w in launch.argv.value] == ["a"]
    assert launch.argv.assumed
    assert isinstance(launch.entrypoint, Unknown)
    assert not built('FROM own\nENTRYPOINT ["a"]\n').launch.argv.assumed


def test_everything_is_inherited_from_a_stage():
    text = (
        "FROM debian AS Base\n"
        'SHELL ["bash", "-o", "pipefail", "-c"]\nENV A=1 B=$A\nWORKDIR /srv\nWORKDIR app\n'
        "USER web\nSTOPSIGNAL SIGINT\nENTRYPOINT a\nHEALTHCHECK CMD x\n"
        "FROM base\nENV C=$A\n"
    )
    found = built(text)
    assert argv(text) == ["bash", "-o", "pipefail", "-c", "a"]
    assert (found.env["A"].value, found.env["C"].value) == ("1", "1")
    assert found.env["B"].value is None  # set by the same ENV: what was there before counts
    assert (found.workdir.value, found.user.value) == ("/srv/app", "web")
    assert found.stop_signal.value == "SIGINT"
    assert found.healthcheck.words[0].value == "x"
    assert found.healthcheck.argv[0].value == "bash"


def test_a_healthcheck_of_none_takes_it_away():
    assert built("FROM debian\nHEALTHCHECK CMD x\nHEALTHCHECK NONE\n").healthcheck is None


def test_a_stage_below_does_not_get_what_comes_after_it():
    text = 'FROM debian AS a\nCMD ["a"]\nFROM a AS b\nCMD ["b"]\n'
    assert argv(text, target="a") == ["a"]
    assert argv(text, target="0") == ["a"]
    assert argv(text) == ["b"]


def test_a_target_that_is_not_there_is_unknown():
    found = built("FROM debian\n", target="x")
    assert isinstance(found, Unknown)
    assert "`x`" in found.reason


def test_onbuild_changes_nothing_here():
    assert argv('FROM debian\nCMD ["a"]\nONBUILD CMD ["b"]\n') == ["a"]


@pytest.mark.parametrize(
    ("head", "given", "expected"),
    [
        ("ARG TAG=x\nARG BASE=debian\nFROM ${BASE}\n", {}, "debian"),
        ("ARG BASE\nFROM ${BASE:-alpine}\n", {}, "alpine"),
        ("ARG BASE=debian\nFROM $BASE\n", {"BASE": "alpine"}, "alpine"),
        ("ARG A=deb\nARG B=${A}ian\nFROM $B\n", {}, "debian"),
    ],
)
def test_from_sees_the_arguments_above_it(head, given, expected):
    assert built(head + 'CMD ["x"]\n', build_args=given).base.reference == expected


def test_an_argument_without_a_value_makes_the_image_unknown():
    found = built("ARG BASE\nFROM $BASE\n")
    assert found.base.reference is None
    assert "`BASE`" in found.launch.argv.reason


def test_arguments_above_from_are_seen_in_a_stage_only_when_repeated():
    text = "ARG S=SIGINT\nFROM scratch\n{}STOPSIGNAL $S\n"
    assert built(text.format("ARG S\n")).stop_signal.value == "SIGINT"
    assert built(text.format("")).stop_signal.value == ""


def test_env_is_stronger_than_arg():
    text = "FROM debian\nENV S=SIGQUIT\nARG S=SIGINT\nSTOPSIGNAL ${S}\n"
    assert built(text).stop_signal.value == "SIGQUIT"


def test_nothing_is_expanded_in_cmd():
    assert argv('FROM debian\nENV A=1\nCMD ["x", "$A"]\n') == ["x", "$A"]
    assert argv("FROM debian\nENV A=1\nCMD x $A\n")[-1] == "x $A"


def test_the_shell_form_is_one_word_with_places():
    word = built("FROM debian\nCMD exec \\\n  app\n").launch.argv.value[-1]
    assert word.value == "exec   app"
    assert word.text.span(7, 10).first.line == 3


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("RUN ln -sf /bin/bash /bin/sh", "bash"),
        ("RUN rm /bin/sh && ln -s bash /bin/sh", "bash"),
        (
            (
                'RUN echo "dash dash/sh boolean false" | debconf-set-selections \\\n'
                " && dpkg-reconfigure dash"
            ),
            "bash",
        ),
        ("RUN apt-get install bash", "dash"),
        ("RUN ln -s /bin/sh /usr/local/bin/shell", "dash"),
    ],
)  # fmt: skip
def test_what_becomes_of_bin_sh(line, expected):
    assert built(f"FROM debian AS a\n{line}\nFROM a\nCMD x\n").base.shell.value == expected


def test_a_shell_that_nobody_knows_replaces_bin_sh():
    assert isinstance(built("FROM debian\nRUN ln -sf /opt/x /bin/sh\n").base.shell, Unknown)


def test_a_shell_may_be_copied_into_an_image_without_one():
    assert built("FROM scratch\nCOPY a /app/\n").base.shell.value == ""
    assert isinstance(built("FROM scratch\nCOPY --from=busybox /bin/ /bin/\n").base.shell, Unknown)
    assert isinstance(built("FROM scratch\nADD rootfs.tar.gz /\n").base.shell, Unknown)


def test_packages_of_the_stage_and_those_below():
    text = (
        "FROM debian AS tools\nRUN apt-get install -y gcc\n"
        "FROM debian AS base\n"
        "RUN apt-get update && apt-get install -y --no-install-recommends -t sid tini=0.19 \\\n"
        "  curl && rm -rf /x\n"
        "FROM base\nRUN apk add --no-cache --virtual .d bash>5\n"
        "RUN pip install -r x.txt gunicorn[a]==2\n"
        "RUN npm install -g pm2@5 && npm install express\n"
    )
    assert built(text).packages == {"tini", "curl", "bash", "gunicorn", "pm2"}


def test_stages_are_numbered_named_and_listed():
    dockerfile = parse(Source("D", "FROM a AS One\nCMD x\nCMD y\nFROM b\nENTRYPOINT z\n"))
    one, two = stages(dockerfile)
    assert (one.index, one.name, two.name, two.label) == (0, "One", None, "1")
    assert [i.lines.text for i in one.all("CMD")] == ["CMD x\n", "CMD y\n"]
    assert find_stage((one, two), "one") is one
    assert find_stage((one, two), "1") is two
    assert find_stage((one, two), "three") is None


def test_a_file_without_stages_is_unknown():
    assert isinstance(built("ARG x\n"), Unknown)


def test_thousands_of_stages_do_no_harm():
    text = "".join(f"FROM s{n - 1} AS s{n}\nCOPY --from=s{n - 1} / /\n" for n in range(1, 1000))
    found = built("FROM debian AS s0\n" + text + 'CMD ["/x"]\n')
    assert [str(w) for w in found.launch.argv.value] == ["/x"]
    assert found.files.get("/x") is None


def test_values_that_double_again_and_again_become_unknown():
    text = "FROM debian\nENV A=aaaaaaaaaa\n" + "ENV A=$A$A\n" * 60 + "STOPSIGNAL $A\n"
    assert isinstance(built(text).stop_signal, Unknown)


def test_of_very_many_instructions_the_launch_is_still_known():
    text = "FROM debian\n" + "COPY a /a\nRUN rm /b\n" * 4000 + 'CMD ["x"]\n'
    found = built(text)
    assert [str(w) for w in found.launch.argv.value] == ["x"]
    assert found.files.get("/x").reason


@pytest.mark.parametrize(
    "head",
    [
        "FROM debian-$TARGETARCH\n",
        "ARG X=$TARGETOS\nFROM debian-$X\n",
        "FROM ${B\n",
        "FROM $EMPTY\n",
        "FROM\n",
    ],
)
def test_an_image_that_cannot_be_told(head):
    found = built(head)
    assert found.base.reference is None
    assert found.launch.argv.reason


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("ARG S=SIGINT\nSTOPSIGNAL $S", "SIGINT"),
        ("ARG S\nSTOPSIGNAL ${S:-SIGINT}", "SIGINT"),
        ("ENV P=$PATH\nSTOPSIGNAL 9", "9"),
        ('STOPSIGNAL "SIGINT"', "SIGINT"),
    ],
)
def test_values_of_arguments_in_a_stage(lines, expected):
    assert built(f"FROM debian\n{lines}\n").stop_signal.value == expected


def test_arguments_given_to_the_build_hold_in_a_stage():
    assert (
        built("FROM debian\nARG S\nSTOPSIGNAL $S\n", build_args={"S": "9"}).stop_signal.value == "9"
    )


@pytest.mark.parametrize("lines", ["ARG S\nSTOPSIGNAL $S", "STOPSIGNAL $OTHER", "STOPSIGNAL ${"])
def test_values_that_cannot_be_told(lines):
    assert isinstance(built(f"FROM debian\n{lines}\n").stop_signal, Unknown)


def test_a_workdir_that_cannot_be_told_makes_what_follows_unknown():
    assert isinstance(built("FROM debian\nWORKDIR $X\nWORKDIR a\n").workdir, Unknown)
    assert built("FROM debian\nWORKDIR $X\nWORKDIR /a/../b\n").workdir.value == "/b"


def test_the_path_is_extended():
    found = built("FROM debian\nENV PATH=/app/bin:$PATH\n")
    assert found.env["PATH"].value.startswith("/app/bin:/usr/local/sbin:")


def test_an_image_of_which_little_is_known():
    found = built("FROM mute\n")
    assert isinstance(found.base.shell, Unknown)
    assert isinstance(found.launch.argv, Unknown)


def test_a_user_is_expanded():
    assert built("FROM debian\nARG U=web\nUSER ${U}:${U}\n").user.value == "web:web"
