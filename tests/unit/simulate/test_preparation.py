"""Which command of a script is the application where nothing tells it by name."""

from __future__ import annotations

import pytest
from launched import launched

from gracelint.diagnose.tell import tell
from gracelint.model.story import Verdict

PREPARES = """#!/bin/bash
prepare() {
    /opt/tools/prepare.sh "$1"
}
%s
if [ "$1" = help ]; then
    echo "usage: run"
    exit 0
fi
exec "$@"
"""


@pytest.mark.parametrize("call", ["prepare x", "/opt/tools/prepare.sh x", "/opt/a && prepare y"])
def test_what_stands_before_an_early_end_only_prepares_what_the_script_hands_over_to(
    call: str,
) -> None:
    story = tell(launched(["/srv/run.sh", "help"], {"run.sh": PREPARES % call}))
    assert story.verdict is Verdict.EXITS, story.reason


def test_a_command_in_the_branch_that_ends_the_script_may_be_the_application() -> None:
    script = '#!/bin/bash\nif [ "$1" = web ]; then\n  /opt/web\n  exit $?\nfi\nexec "$@"\n'
    story = tell(launched(["/srv/run.sh", "web"], {"run.sh": script}))
    assert story.verdict is Verdict.KILLED, story.reason


@pytest.mark.parametrize(
    "lines",
    [
        "/opt/load -n 9 -p a http://web\n/opt/load -n 9 -p b http://web\n",
        "/opt/seed\n/opt/seed\n",
    ],
)
def test_commands_that_differ_in_one_operand_each_do_a_piece_of_work(lines: str) -> None:
    story = tell(launched(["/srv/run.sh"], {"run.sh": f"#!/bin/sh\n{lines}"}))
    assert story.verdict is Verdict.EXITS, story.reason


@pytest.mark.parametrize(
    "lines",
    ["/opt/app migrate\n/opt/app serve\n", "/opt/app db up\n/opt/app web up\n", "/opt/a\n/opt/b\n"],
)
def test_the_last_of_several_commands_may_be_the_application(lines: str) -> None:
    story = tell(launched(["/srv/run.sh"], {"run.sh": f"#!/bin/sh\n{lines}"}))
    assert story.verdict is Verdict.KILLED, story.reason


def test_a_loop_over_one_command_is_no_row() -> None:
    script = "#!/bin/sh\nwhile true; do\n  /opt/app\n  sleep 1\ndone\n"
    story = tell(launched(["/srv/run.sh"], {"run.sh": script}))
    assert "/opt/app" in story.reason


def test_a_program_that_gives_up_over_what_is_not_known_stays_where_it_is_otherwise() -> None:
    files = {
        "run.sh": "#!/bin/sh\nnode upgrade.js\nexec node server.js\n",
        "upgrade.js": "const db = require('better-sqlite3')('x'); db.exec('y');",
        "server.js": "if (globalThis.misses) { if (process.env.NODE_ENV === 'production') {"
        " throw new Error('unset'); } }\nrequire('http').createServer().listen(3000);\n"
        "process.on('SIGTERM', () => process.exit(0));\n",
    }
    story = tell(launched(["/srv/run.sh"], files, env={"NODE_ENV": "production"}))
    assert story.verdict is Verdict.CUT_OFF, story.reason
