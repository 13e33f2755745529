"""Which files of an image are in sight, and with which text."""

import pytest

from gracelint.base.facts import Known
from gracelint.base.source import Source
from gracelint.declare.image.context import Ignore, build_context
from gracelint.declare.image.dockerfile import workload
from gracelint.model.entries import BaseImage
from gracelint.syntax.dockerfile.parse import parse

IMAGES = {
    "debian": BaseImage("debian", "test", "dash", (), ("bash",)),
    "alpine": BaseImage("alpine", "test", "ash", (), ("/bin/sh",)),
    "scratch": BaseImage("scratch", "test", ""),
}
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Tree:
    """A tree of files out of a mapping; a name with a star is executable."""

    def __init__(self, files):
        self.files = {path.strip("*"): text for path, text in files.items()}
        self.executable = {path.strip("*") for path in files if path.endswith("*")}

    def read(self, path):
        return Source(path, self.files[path]) if path in self.files else None

    def exists(self, path):
        return path in self.files or self.is_dir(path)

    def is_dir(self, path):
        return path == "." or any(name.startswith(path + "/") for name in self.files)

    def is_executable(self, path):
        return path in self.executable if path in self.files else None

    def names(self, path):
        head = "" if path == "." else path + "/"
        return sorted({f[len(head) :].split("/")[0] for f in self.files if f.startswith(head)})


def image(text, files=None, **options):
    tree = Tree(files or {})
    return workload(parse(Source("Dockerfile", text)), tree, images=IMAGES.get, **options)


def text_of(text, path, files=None):
    found = image(text, files).files.get(path)
    return None if found is None or found.text is None else found.text.text


SCRIPTS = {"run.sh*": "#!/bin/sh\n", "app/a.sh": "a", "app/b/c.sh": "c", "app.tar.gz": "?"}


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        ("COPY run.sh /", "/run.sh", "#!/bin/sh\n"),
        ("COPY run.sh /start", "/start", "#!/bin/sh\n"),
        ("COPY run.sh /usr/local/bin", "/usr/local/bin/run.sh", "#!/bin/sh\n"),
        ("WORKDIR /srv\nCOPY run.sh .", "/srv/run.sh", "#!/bin/sh\n"),
        ("WORKDIR /srv\nCOPY run.sh bin/", "/srv/bin/run.sh", "#!/bin/sh\n"),
        ("COPY app /srv", "/srv/a.sh", "a"),
        ("COPY app /srv", "/srv/b/c.sh", "c"),
        ("COPY . /all", "/all/app/b/c.sh", "c"),
        ("COPY app/*.sh /x/", "/x/a.sh", "a"),
        ("COPY app/? app/[ab].sh /x/", "/x/a.sh", "a"),
        ('COPY ["run.sh", "/r s"]', "/r s", "#!/bin/sh\n"),
        ("ENV D=/e\nCOPY run.sh $D/", "/e/run.sh", "#!/bin/sh\n"),
        ("COPY --parents app/b/c.sh /x/", "/x/app/b/c.sh", "c"),
        ("COPY --parents app/./b/c.sh /x/", "/x/b/c.sh", "c"),
        ("COPY --link --exclude=*.sh app/a.sh /x/", "/x/a.sh", "a"),
        ("COPY --exclude=app/a.sh . /x/", "/x/app/a.sh", None),
        ("RUN mkdir -p /x\nCOPY run.sh /x", "/x/run.sh", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN mv /a /b", "/b", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN mv /a /b", "/a", None),
        ("COPY run.sh /a\nRUN cp /a /b", "/a", "#!/bin/sh\n"),
        ("COPY app /a\nRUN cp -r /a /b", "/b/b/c.sh", "c"),
        ("COPY run.sh /a\nRUN ln -s /a /b", "/b", "#!/bin/sh\n"),
        ("COPY app /a\nRUN ln -s a /b", "/b/a.sh", "a"),
        ("COPY run.sh /a\nRUN rm -f /a", "/a", None),
        ("COPY run.sh /a\nRUN sed -i 's/sh/ash/' /a", "/a", "#!/bin/ash\n"),
        ("COPY run.sh /a\nRUN sed -i 's/x/y/e' /a", "/a", None),
        ("COPY app /a\nRUN sed -i 's/a/d/' /a/*.sh /a/b/?.sh", "/a/a.sh", "d"),
        ('COPY run.sh /a\nRUN sed -i "s/x/$(y)/" /a', "/a", None),
        ('COPY run.sh /a\nRUN sed -n "s/x/$(y)/p" /a', "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN dos2unix /a $(more)", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN cp $(which b) /a", "/a", None),
        ("COPY run.sh /a\nRUN cp /a $(which b)", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN if x; then sed -i s/x/y/ /a; fi", "/a", None),
        ("COPY run.sh /a\nRUN if x; then sed -i 's/\\r$//' /a; fi", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN case $A in b) cd /;; *) patch /a c;; esac", "/a", None),
        ("COPY run.sh /a\nRUN for x in 1 2; do echo $x >> /a; done", "/a", None),
        ("COPY run.sh /a\nRUN x || perl -pi -e s/x/y/ /a", "/a", None),
        ("COPY run.sh /a\nRUN x || perl -p -e s/x/y/ /a", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN sed -i 's/\\r$//' /a", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a" + "\nRUN cat /a /a > /b && cat /b /b > /a" * 20, "/a", None),
        ("COPY run.sh /a" + "\nRUN sed -i 's/^/x/' /a" * 40, "/a", None),
        ("COPY run.sh /a" + "\nRUN sed -i 's/^/x/' /a" * 20, "/a", "x" * 20 + "#!/bin/sh\n"),
        ("COPY run.sh /a" + "\nRUN echo x >> /a" * 900, "/a", "#!/bin/sh\n" + "x\n" * 900),
        ("COPY run.sh /a\nRUN curl -fsSLo /a http://x/y", "/a", None),
        ("ADD https://x/y.sh /bin/", "/bin/y.sh", None),
        ("ENV D=/d\nCOPY run.sh /a\nRUN mkdir -p $D && mv /a ${D}", "/d/a", "#!/bin/sh\n"),
        ("ENV D='/d /e'\nCOPY run.sh /a\nRUN mv /a $D", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN sudo cp /a /usr/local/bin", "/usr/local/bin/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN install -m 0755 /a /b", "/b", "#!/bin/sh\n"),
        ("RUN install -d /x\nCOPY run.sh /x", "/x/run.sh", "#!/bin/sh\n"),
        ("COPY app /a\nRUN mkdir /x; cp /a/a.sh /a/b/c.sh /x", "/x/c.sh", "c"),
        ("COPY run.sh /a\nRUN mkdir /x; ln -s /a /x", "/x/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN ln /a /b", "/b", None),
        ("COPY run.sh /a\nRUN wget -O /a http://x/y", "/a", None),
        ("COPY run.sh /a\nRUN mv /somewhere/else /a", "/a", None),
        ("COPY run.sh /a\nRUN echo x > /dev/null", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN sed 's/a/b/' /a > /b", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN sed 's/a/b/' /a > /b", "/b", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN envsubst < /a | cat > /a", "/a", None),
        ("COPY run.sh /a\nRUN rm -rf /a*", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN chmod $MODE /a", "/a", "#!/bin/sh\n"),
        ("COPY run.sh /a\nRUN (cd /tmp && rm a)", "/a", "#!/bin/sh\n"),
        ('COPY run.sh /a\nRUN ["rm", "/a"]', "/a", None),
        ('COPY run.sh /a\nRUN ["bash", "-ec", "mv /a /b"]', "/b", "#!/bin/sh\n"),
        ('COPY run.sh /a\nRUN ["sh"]\nRUN ["it\'s"]\nRUN []', "/a", "#!/bin/sh\n"),
        ("ADD app /x/", "/x/a.sh", "a"),
        ("ADD app.tar.gz /x/", "/x/a.sh", None),
        ("COPY run.sh $UNKNOWN/", "/run.sh", None),
        ("COPY $UNKNOWN /x/", "/x/run.sh", None),
        ("COPY run.sh", "/run.sh", None),
        ("COPY run.s[gh] /x/", "/x/run.sh", "#!/bin/sh\n"),
        ("COPY ../run.sh /x/", "/x/run.sh", "#!/bin/sh\n"),
    ],
)
def test_where_files_come_to_stand(lines, path, expected):
    assert text_of(f"FROM debian\n{lines}\n", path, SCRIPTS) == expected


def test_line_ends_that_a_run_removes_are_gone_and_places_stay():
    text = "FROM debian\nCOPY x /x\nRUN sed -i 's/\\r$//' /x && chmod +x /x\n"
    # the file's own source is another one than the Dockerfile
    found = image(text, {"x": "a\r\nbc\r\n"}).files.get("/x")
    assert found.text.text == "a\nbc\n"
    assert found.text.span(2, 4).text == "bc"
    assert found.executable


def test_why_a_file_is_not_in_sight():
    files = image("FROM debian\nADD https://x/y /y\nCOPY --from=other /z /z\n").files
    assert "downloaded" in files.get("/y").reason
    assert "`other`" in files.get("/z").reason


def test_files_come_from_other_stages():
    text = (
        "FROM debian AS build\nWORKDIR /src\nCOPY run.sh .\nCOPY app app\n"
        "FROM debian\nCOPY --from=build /src/run.sh /usr/local/bin/start\n"
        "COPY --from=0 /src/app /app\n"
    )
    assert text_of(text, "/usr/local/bin/start", SCRIPTS) == "#!/bin/sh\n"
    assert text_of(text, "/app/b/c.sh", SCRIPTS) == "c"


def test_files_are_inherited_from_the_stage_below_and_may_be_replaced():
    text = "FROM debian AS a\nCOPY run.sh /run.sh\nFROM a\nCOPY app/a.sh /run.sh\n"
    assert text_of(text, "/run.sh", SCRIPTS) == "a"
    assert image(text, SCRIPTS, target="a").files.get("/run.sh").text.text == "#!/bin/sh\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("COPY run.sh /x", True),
        ("COPY app/a.sh /x", False),
        ("COPY --chmod=755 app/a.sh /x", True),
        ("COPY --chmod=0644 run.sh /x", False),
        ("COPY --chmod=+x app/a.sh /x", True),
        ("COPY app/a.sh /x\nRUN chmod +x /x", True),
        ("COPY app/a.sh /x\nRUN chmod 0755 /y /x", True),
        ("COPY app/a.sh /x\nRUN chmod -R a+rx /", True),
        ("COPY run.sh /x\nRUN chmod u-x /x", False),
        ("COPY run.sh /x\nRUN chmod g+w /x", True),
        ("COPY app/a.sh /y\nRUN cd / && chmod +x y && mv y x", True),
        ("COPY app/a.sh /x\nRUN chmod +x /x*", True),
        ("COPY app/a.sh /x\nRUN chmod +x /y*", False),
        ('RUN echo "a" > /x', False),
        ('RUN echo "a" > /x && chmod +x /x', True),
        ("COPY <<EOF /x\na\nEOF", False),
    ],
)
def test_what_may_be_executed(lines, expected):
    assert image(f"FROM debian\n{lines}\n", SCRIPTS).files.get("/x").executable is expected


@pytest.mark.parametrize(
    ("base", "line", "expected"),
    [
        ("debian", "RUN echo '#!/bin/sh' > /x && echo 'exec a' >> /x", "#!/bin/sh\nexec a\n"),
        ("debian", "RUN echo '#!/bin/sh' > /x\nRUN echo \"b  c\" d >> /x", "#!/bin/sh\nb  c d\n"),
        ("debian", "RUN echo '#!/bin/sh\\nexec a' > /x", "#!/bin/sh\nexec a\n"),
        ("alpine", "RUN echo 'a\\nb' > /x", "a\\nb\n"),
        ("alpine", "RUN echo -e 'a\\nb' > /x", "a\nb\n"),
        ("debian", "RUN echo -e 'a' > /x", "-e a\n"),
        ("debian", "RUN echo -n a > /x", "a"),
        ("debian", 'SHELL ["/bin/bash", "-c"]\nRUN echo -e "a\\nb" > /x', "a\nb\n"),
        ("debian", "RUN printf '#!/bin/sh\\nexec \"$@\"\\n' > /x", '#!/bin/sh\nexec "$@"\n'),
        ("debian", "RUN printf '%s\\n' a 'b c' > /x", "a\nb c\n"),
        ("debian", "RUN printf '%d' 1 > /x", None),
        ("debian", "RUN { echo a; echo b; } > /x", "a\nb\n"),
        ("debian", "RUN echo a | tee /x", "a\n"),
        ("debian", "RUN echo a > /x; echo b | tee -a /x", "a\nb\n"),
        ("debian", "RUN tee /x <<EOF\na\nEOF", "a\n"),
        ("debian", "RUN echo a | sed s/a/b/ | tee /x", None),
        ("debian", "RUN { echo a; date; } > /x", None),
        ("debian", "RUN echo b >> /x", None),
        ("debian", "RUN echo $UNKNOWN > /x", None),
        ("debian", "ENV A='b  c'\nRUN echo \"$A\" > /x", "b  c\n"),
        ("debian", "RUN printf 'a\\101' > /x", None),
        ("debian", "RUN printf '%b' 'a\\tb' > /x", "a\tb"),
        ("debian", "RUN printf '100%%\\q' > /x", "100%\\q"),
        ("debian", "RUN printf '\"a\\\"' > /x", '"a"'),
        ("debian", "RUN echo a 2> /x", None),
        ("debian", "RUN cat <<'EOF' > /x\n$a\nEOF", "$a\n"),
        ("debian", "ENV a=1\nRUN cat <<EOF > /x\n$a\nEOF", "1\n"),
        ("debian", "RUN <<EOF\necho a > /x\nEOF", "a\n"),
        ("debian", "RUN cat <<EOF > /x\n$a\nEOF", None),
        ("debian", "RUN date > /x", None),
        ("debian", "RUN if true; then echo a > /x; fi", None),
        ("debian", "WORKDIR /\nRUN echo a > x", "a\n"),
        ("own", "RUN echo 'a\\nb' > /x", None),
        ("debian", "COPY <<EOF /x\na\nEOF", "a\n"),
        ("debian", "ENV V=1\nCOPY <<EOF /x\n$V \\$V\nEOF", "1 $V\n"),
        ("scratch", 'COPY <<EOF /x\nexec "$@"\nEOF', 'exec ""\n'),
        ("debian", "COPY <<'EOF' /x\nexec \"$@\"\nEOF", 'exec "$@"\n'),
        ("debian", "COPY <<-x <<y /\n\ta\n\tx\nb\ny", "a\n"),
    ],
)
def test_files_that_the_dockerfile_writes(base, line, expected):
    assert text_of(f"FROM {base}\n{line}\n", "/x") == expected


def test_characters_of_a_written_file_have_their_places():
    text = "FROM debian\nRUN echo '#!/bin/sh' > /x \\\n && printf 'exec a\\nb c\\n' >> /x\n"
    written = image(text).files.get("/x").text
    at = written.text.index("b c")
    assert written.span(at, at + 3).text == "b c"
    assert written.span(at, at + 3).first.line == 3
    assert written.span(0, 2).text == "#!"


def test_commands_are_found_along_the_path():
    files = image("FROM debian\nCOPY run.sh /usr/local/bin/\nWORKDIR /srv\n", SCRIPTS).files
    assert files.find("run.sh", PATH, "/srv").path == "/usr/local/bin/run.sh"
    assert files.find("../usr/local/bin/run.sh", PATH, "/srv").path == "/usr/local/bin/run.sh"
    assert files.find("other", PATH, "/srv") is None


def test_a_folder_of_which_nothing_is_known_hides_nothing():
    text = "FROM debian\nCOPY run.sh /usr/local/bin/\nCOPY --from=x /bin/* /usr/local/bin/\n"
    files = image(text, SCRIPTS).files
    assert files.find("run.sh", PATH, "/").text.text == "#!/bin/sh\n"
    assert files.find("node", PATH, "/") is None
    assert files.get("/usr/local/bin/node").reason


def test_links_that_lead_in_a_circle_lead_nowhere():
    assert image("FROM debian\nRUN ln -s /a /b && ln -s /b /a\n").files.get("/a") is None


def test_all_files_of_a_copied_folder_are_listed():
    files = image("FROM debian\nCOPY app /x\nRUN rm /x/a.sh && echo a > /y\n", SCRIPTS).files
    assert sorted(f.path for f in files) == ["/x/b/c.sh", "/y"]
    assert files.names("/x") == ["b"] or files.names("/x") is None


def test_files_that_are_ignored_are_not_copied():
    ignored = {**SCRIPTS, ".dockerignore": "# no\napp\n!app/b\n"}
    assert text_of("FROM debian\nCOPY . /x\n", "/x/app/a.sh", ignored) is None
    assert text_of("FROM debian\nCOPY . /x\n", "/x/app/b/c.sh", ignored) == "c"


def test_a_dockerfile_may_have_an_ignore_file_of_its_own():
    files = {**SCRIPTS, ".dockerignore": "*", "Dockerfile.dockerignore": "app/a.sh"}
    assert text_of("FROM debian\nCOPY . /x\n", "/x/run.sh", files) == "#!/bin/sh\n"
    assert text_of("FROM debian\nCOPY . /x\n", "/x/app/a.sh", files) is None


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        ("a", "a", True),
        ("a", "b/a", False),
        ("**/a", "b/c/a", True),
        ("**/a", "a", True),
        ("/a/", "a/b", True),
        ("*.sh", "x.sh", True),
        ("*.sh", "d/x.sh", False),
        ("d/**", "d/e/f", True),
        ("?", "ab", False),
        ("[ab]x", "bx", True),
        ("[x", "[x", True),
        ("*\n!a", "a", False),
        ("!a\n*", "a", True),
        ("", "a", False),
    ],
)
def test_ignore_patterns(patterns, path, expected):
    assert Ignore.parse(patterns)(path) is expected


@pytest.mark.parametrize(
    ("path", "files", "expected"),
    [
        ("api/Dockerfile", {"api/x": ""}, "api"),
        ("api/Dockerfile", {"x": ""}, "."),
        ("a/b/c/Dockerfile", {"a/x": ""}, "a"),
        ("Dockerfile", {"x": ""}, "."),
        ("api/Dockerfile", {"api/x": "", "api/.dockerignore": "x", "x": ""}, "."),
    ],
)
def test_the_build_context(path, files, expected):
    text = "FROM a\nCOPY x /x\nCOPY --from=b y /y\nADD http://z /z\nCOPY *.z $u /w/\n"
    assert build_context(Tree(files), path, parse(Source(path, text))) == Known(expected)


@pytest.mark.parametrize(
    ("files", "expected"), [({}, "api"), ({"y": ""}, "."), ({"y": "", "api/x": ""}, "api")]
)
def test_a_context_that_lacks_sources_is_an_assumption(files, expected):
    dockerfile = parse(Source("api/Dockerfile", "FROM a\nCOPY x y z /x/\n"))
    assert build_context(Tree(files), "api/Dockerfile", dockerfile) == Known(expected, assumed=True)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"back/x": "", "back/y": ""}, "back"),
        ({"back/x": "", "back/y": "", "front/x": ""}, "back"),
        ({"back/x": ""}, "docker/go"),
        ({"back/x": "", "back/y": "", "old/x": "", "old/y": ""}, "docker/go"),
        ({"back/x": "", "back/y": "", "y": ""}, "."),
        ({"node_modules/a/x": "", "node_modules/a/y": ""}, "docker/go"),
        ({"back/x": "", "back/y": "", "back/.dockerignore": "y"}, "docker/go"),
    ],
)
def test_the_only_folder_that_has_all_sources_is_taken_for_the_context(files, expected):
    path = "docker/go/Dockerfile"
    dockerfile = parse(Source(path, "FROM a\nCOPY x y ./\nCOPY . .\n"))
    tree = Tree({path: "", **files})
    assert build_context(tree, path, dockerfile) == Known(expected, assumed=True)
    made = workload(dockerfile, tree)
    assert made.guess == (f"`{path}` is built in `back`" if expected == "back" else "")


def test_a_single_source_elsewhere_does_not_tell_the_context():
    dockerfile = parse(Source("docker/Dockerfile", "FROM a\nCOPY x ./\nCOPY ./x /b/\n"))
    assert build_context(Tree({"back/x": ""}), "docker/Dockerfile", dockerfile).value == "docker"


def test_what_is_not_in_the_context_is_not_in_sight():
    found = image("FROM debian\nCOPY missing /x\n").files.get("/x")
    assert found.text is None
    assert "context" in found.reason


def test_a_context_that_is_given_holds():
    found = workload(
        parse(Source("docker/Dockerfile", "FROM debian\nCOPY a /x\n")),
        Tree({"docker/a": "1", "b/a": "2"}), context="b", images=IMAGES.get,
    )  # fmt: skip
    assert found.files.get("/x").text.text == "2"


def test_a_binary_has_no_text():
    assert image("FROM debian\nCOPY a /a\n", {"a*": "\x7fELF\0"}).files.get("/a").text is None


def test_what_another_stage_makes_is_not_in_sight_with_the_reason():
    text = (
        "FROM debian AS b\nRUN make\nFROM debian\n"
        "COPY --from=b /out/app /app\nCOPY --from=b /etc/*.d /d/\n"
    )
    files = image(text).files
    assert "stage `b`" in files.get("/app").reason
    assert "pattern" in files.get("/d/x").reason


def test_from_a_stage_a_folder_may_be_copied_of_which_only_files_are_known():
    text = "FROM scratch AS b\nCOPY run.sh /out/run.sh\nFROM debian\nCOPY --from=b /out/ /bin/\n"
    assert text_of(text, "/bin/run.sh", SCRIPTS) == "#!/bin/sh\n"


def test_parents_are_kept_from_a_stage_as_well():
    text = "FROM debian AS b\nCOPY run.sh /o/\nFROM debian\nCOPY --parents --from=b /o/run.sh /x/\n"
    assert text_of(text, "/x/o/run.sh", SCRIPTS) == "#!/bin/sh\n"


def test_a_text_that_goes_on_in_the_next_line_keeps_its_places():
    written = image("FROM debian\nRUN echo 'one \\\n# why\n two' > /x\n").files.get("/x").text
    assert written.text == "one  two\n"
    assert written.span(5, 8).first.line == 4


def test_a_file_that_cannot_be_read_does_no_harm():
    class Broken(Tree):
        def read(self, path):
            raise OSError(path)

    dockerfile = parse(Source("Dockerfile", "FROM debian\nCOPY a /a\n"))
    found = workload(dockerfile, Broken({"a": ""}), images=IMAGES.get)
    assert found.files.get("/a").text is None


@pytest.mark.parametrize("pattern", ["[z-a]", "[]", "a[", "\\", "*" * 30])
def test_patterns_that_make_no_sense_do_no_harm(pattern):
    ignore = Ignore.parse(pattern)
    assert not ignore("x/y")
