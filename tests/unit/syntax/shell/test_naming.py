"""Nodes are looked for by their words without entering those that cannot have one."""

from __future__ import annotations

import pytest

from gracelint.base.source import Source
from gracelint.syntax.shell import tree
from gracelint.syntax.shell.parse import naming, parse, walk

SCRIPTS = (
    "set -e\nif [ -f x ]; then\n  (exec app &)\nfi\nexec app\n",
    "cat > f <<EOF\npid=$(trap 'echo x' KILL; echo 1)\nEOF\necho done\n",
    "ex''ec app\nrm -f x\n",
    "run() { e\\xec app; rm -f x; }\nrun\n",
    "tr\\\nap 'echo x' KILL\n'tr'ap : KILL\n",
    'printf \'%s\\n\' "$1"\nwhile :; do "sl"eep 1; done\nexec app\n',
)
WORDS = ("exec", "trap", "sleep")


@pytest.mark.parametrize("text", SCRIPTS)
@pytest.mark.parametrize("word", WORDS)
def test_no_command_of_the_name_is_passed_by(text: str, word: str) -> None:
    script = parse(Source("run.sh", text), "bash")
    found, every = (
        [node for node in nodes if isinstance(node, tree.Simple) and node.name == word]
        for nodes in (naming(script, word), walk(script.body))
    )
    assert found == every
