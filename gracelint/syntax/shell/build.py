"""tree-sitter's nodes of a skeleton to the nodes of `shelltree`.

The depth of the recursion here is bounded by the reader's `DEPTH`.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING, ClassVar, Literal
from gracelint.syntax.shell.tree import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    Case,
    CaseItem,
    Commands,
    Coprocess,
    For,
    Function,
    Group,
    If,
    Item,
    Opaque,
    Pipeline,
    Redirect,
    Simple,
    Subshell,
    Test,
    Unread,
    While,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tree_sitter import Node as Tree

    from gracelint.syntax.shell.skeleton import Skeleton
    from gracelint.syntax.shell.tokens import Token
    from gracelint.syntax.shell.tree import AnyCommand

_CHAIN = 200  # commands joined by `&&` and `||`: the tree of a longer chain would be too deep
_HEADS = 10  # words such as `!` and `coproc`, and heads of functions, in front of one command
UNGRAMMATICAL = "this does not follow the shell's grammar"


class Builder:
    """The tree of one level's tokens."""

    def __init__(
        self, tokens: list[Token], skeleton: Skeleton, errors: list[tuple[int, int, str, bool]]
    ) -> None:
        self.tokens = tokens
        self.skeleton = skeleton
        self.errors = errors

    def alone(self) -> tuple[Item, ...] | None:
        """The item of a skeleton of one plain command; None for any other."""
        plain = self.skeleton.pieces == ["w"] and self.tokens[0].kind in ("word", "redirect")
        command = self._words(0) if plain else None
        return None if command is None else (self._item(command),)

    def program(self, root: Tree) -> tuple[Item, ...]:
        """The items of a whole skeleton."""
        if root.type != "program":
            return (self._item(self._unread(root)),)
        return self._items(root.children)

    # Places -----------------------------------------------------------------------------------

    def _first(self, node: Tree) -> int:
        return self.skeleton.token(node.start_byte)

    def _last(self, node: Tree) -> int:
        return self.skeleton.token(max(node.end_byte - 1, node.start_byte))

    def _unread(self, node: Tree, reason: str = UNGRAMMATICAL) -> Unread:
        last = self._last(node)
        while last + 1 < len(self.tokens) and self.tokens[last + 1].kind in ("word", "redirect"):
            last += 1
        place = (self.tokens[self._first(node)].start, self.tokens[last].end)
        self.errors.append((*place, reason, False))
        return Unread(*place, reason)

    # Sequences --------------------------------------------------------------------------------

    def _item(self, command: AnyCommand) -> Item:
        return Item(command.start, command.end, command)

    def _items(self, nodes: Iterable[Tree]) -> tuple[Item, ...]:
        items: list[Item] = []
        for node in nodes:
            if node.type == "&" and items:
                end = self.tokens[self._first(node)].end
                items[-1] = Item(items[-1].start, end, items[-1].command, background=True)
            elif node.type == "ERROR":
                items.append(self._item(self._unread(node)))
            elif node.is_named:
                items.append(self._item(self.command(node)))
        return tuple(items)

    def _commands(self, nodes: Sequence[Tree], at: int) -> Commands:
        """The commands of some nodes; `at`: where they would stand if there were none."""
        items = self._items(nodes)
        if not items:
            return Commands(at, at, ())
        return Commands(items[0].start, items[-1].end, items)

    # Lists and pipelines ----------------------------------------------------------------------

    def command(self, node: Tree) -> AnyCommand:
        """The tree of one statement."""
        leaves = _flat(node)
        broken = node.has_error and any(_broken(leaf) for leaf in leaves)
        if broken or len(leaves) > 2 * _CHAIN:
            return self._unread(node)
        command = self._pipeline(leaves)
        while leaves:
            operator = leaves.pop().type
            if not leaves or operator not in ("&&", "||"):
                return self._unread(node)
            joined: Literal["&&", "||"] = "&&" if operator == "&&" else "||"
            right = self._pipeline(leaves)
            command = AndOr(command.start, right.end, command, joined, right)
        return command

    def _pipeline(self, leaves: list[Tree]) -> AnyCommand:
        """The pipeline with which `leaves`, last first, end; it is taken from them."""
        first = self._first(leaves[-1])
        commands = [self._single(leaves.pop())]
        while len(leaves) > 1 and leaves[-1].type == "|":
            leaves.pop()
            commands.append(self._single(leaves.pop()))
        prefixes = [p for p in self._prefixes(first) if p.text in ("!", "time")]
        if len(commands) == 1 and not prefixes:
            return commands[0]
        start = min(commands[0].start, *(p.start for p in prefixes), commands[0].start)
        negated = sum(p.text == "!" for p in prefixes) % 2 == 1
        timed = any(p.text == "time" for p in prefixes)
        return Pipeline(start, commands[-1].end, tuple(commands), negated, timed)

    def _prefixes(self, index: int) -> list[Token]:
        """`!`, `time`, `coproc` and heads of functions in front of a token, innermost first."""
        prefixes: list[Token] = []
        while index > 0:
            index -= 1
            token = self.tokens[index]
            if token.kind != "prefix":
                break
            prefixes.append(token)
        return prefixes

    def _single(self, node: Tree) -> AnyCommand:
        build = self._KINDS.get(node.type)
        broken = node.has_error and any(_broken(child) for child in node.children)
        broken = broken or not self._headed(node)
        command = self._unread(node) if broken or not build else build(self, node)
        prefixes = self._prefixes(self._first(node))
        if len(prefixes) > _HEADS:
            return self._unread(node)
        for prefix in prefixes:
            what, _, name = prefix.text.partition(" ")
            if what == "()":
                command = Function(prefix.start, command.end, name, command)
            elif what == "coproc":
                command = Coprocess(prefix.start, command.end, name, command)
        return command

    def _headed(self, node: Tree) -> bool:
        """Whether a loop or `case` has its name or subject, as it may not where text is wrong."""
        if node.type == "case_item":
            return self.tokens[self._first(node)].kind == "pattern"
        if node.type not in ("for_statement", "case_statement"):
            return True
        index = self._first(node)
        tokens = self.tokens[index : index + 3]
        named = len(tokens) == 3 and tokens[1].kind in ("name", "arithmetic")
        items = [child for child in node.children if child.type == "case_item"]
        return named and tokens[0].kind == "reserved" and all(map(self._headed, items))

    # Commands ---------------------------------------------------------------------------------

    def _simple(self, node: Tree) -> AnyCommand:
        index = self._first(node)
        token = self.tokens[index]
        if node.end_byte - node.start_byte != 1:
            return self._unread(node)
        match token.kind:
            case "unread":
                return Unread(token.start, token.end, token.text)
            case "test":
                end, redirects = self._redirects(index)
                return Test(token.start, end, token.words, redirects)
            case "arithmetic":
                end, redirects = self._redirects(index)
                return ArithmeticCommand(token.start, end, token.text, redirects)
            case "prefix":
                return Simple(token.end, token.end, (), ())
            case _:
                return self._words(index) or self._unread(node)

    def _words(self, index: int) -> Simple | None:
        run: list[Token] = []
        while index < len(self.tokens) and self.tokens[index].kind in ("word", "redirect"):
            run.append(self.tokens[index])
            index += 1
        if not run:
            return None
        assignments = tuple(token.assignment for token in run if token.assignment)
        words = tuple(t.word for t in run if t.kind == "word" and not t.assignment)
        redirects = tuple(_redirect(token) for token in run if token.kind == "redirect")
        return Simple(run[0].start, run[-1].end, assignments, words, redirects)

    def _redirects(self, index: int) -> tuple[int, tuple[Redirect, ...]]:
        """The redirections behind a token, and where the last of them ends."""
        run = self._run(index + 1, "redirect")
        return (run or self.tokens[index : index + 1])[-1].end, tuple(map(_redirect, run))

    def _group(self, node: Tree) -> Group:
        start = self.tokens[self._first(node)]
        end, redirects = self._redirects(self._last(node))
        return Group(start.start, end, self._commands(node.children, start.end), redirects)

    def _subshell(self, node: Tree) -> Subshell:
        start = self.tokens[self._first(node)]
        end, redirects = self._redirects(self._last(node))
        return Subshell(start.start, end, self._commands(node.children, start.end), redirects)

    def _split(self, node: Tree) -> tuple[Commands, Commands]:
        """Condition and body of `if` and `elif`."""
        condition: list[Tree] = []
        body: list[Tree] = []
        part, middle = condition, self.tokens[self._first(node)].end
        for child in node.children:
            if child.type == "then":
                part, middle = body, self.tokens[self._first(child)].end
            elif child.type not in ("elif_clause", "else_clause"):
                part.append(child)
        start = self.tokens[self._first(node)].end
        return self._commands(condition, start), self._commands(body, middle)

    def _if(self, node: Tree) -> If:
        branches = [self._split(node)]
        otherwise = None
        for child in node.children:
            if child.type == "elif_clause":
                branches.append(self._split(child))
            elif child.type == "else_clause":
                otherwise = self._commands(child.children, self.tokens[self._first(child)].end)
        end, redirects = self._redirects(self._last(node))
        start = self.tokens[self._first(node)].start
        return If(start, end, tuple(branches), otherwise, redirects)

    def _loop_body(self, node: Tree) -> Commands:
        group = node.children[-1]
        return self._commands(group.children, self.tokens[self._first(group)].end)

    def _while(self, node: Tree) -> While:
        start = self.tokens[self._first(node)]
        condition = self._commands(node.children[:-1], start.end)
        end, redirects = self._redirects(self._last(node))
        until = start.text == "until"
        return While(start.start, end, condition, self._loop_body(node), until, redirects)

    def _for(self, node: Tree) -> AnyCommand:
        index = self._first(node)
        start, name = self.tokens[index], self.tokens[index + 1]
        body = self._loop_body(node)
        end, redirects = self._redirects(self._last(node))
        if name.kind == "arithmetic":
            one, two, three = (*name.text.split(";", 2), "", "", "")[:3]
            return ArithmeticFor(start.start, end, (one, two, three), body, redirects)
        words = self._listed(index + 2)
        loop = name.word.literal or ""
        return For(start.start, end, loop, words, body, redirects, start.text == "select")

    def _listed(self, index: int) -> tuple[Words, ...] | None:
        if self.tokens[index].text != "in" or self.tokens[index].kind != "reserved":
            return None
        return tuple(token.word for token in self._run(index + 1, "listed"))

    def _run(self, index: int, kind: str) -> list[Token]:
        end = index
        while end < len(self.tokens) and self.tokens[end].kind == kind:
            end += 1
        return self.tokens[index:end]

    def _case(self, node: Tree) -> Case:
        index = self._first(node)
        items = tuple(self._case_item(c) for c in node.children if c.type == "case_item")
        end, redirects = self._redirects(self._last(node))
        return Case(self.tokens[index].start, end, self.tokens[index + 1].word, items, redirects)

    def _case_item(self, node: Tree) -> CaseItem:
        index = self._first(node)
        patterns = self._run(index, "pattern")
        closed = self.tokens[min(index + len(patterns), len(self.tokens) - 1)]
        nodes = [child for child in node.children if child.type not in ("extglob_pattern", "word")]
        body = self._commands(nodes, closed.end)
        last = self.tokens[self._last(node)]
        written = last.kind == "operator"
        end = last.end if written else max(body.end, closed.end)
        terminator = last.text if written else ";;"
        words = tuple(token.word for token in patterns)
        return CaseItem(patterns[0].start, end, words, body, terminator)

    _KINDS: ClassVar[dict[str, Callable[[Builder, Tree], AnyCommand]]] = {
        "command": _simple,
        "compound_statement": _group,
        "subshell": _subshell,
        "if_statement": _if,
        "while_statement": _while,
        "for_statement": _for,
        "case_statement": _case,
    }


def _flat(node: Tree) -> list[Tree]:
    """The commands and operators of a statement, last first.

    The grouping of a mixed statement is not taken over: tree-sitter pipes the `a` of
    `a | b | c || d` into a list.
    """
    if node.type == "command":
        return [node]
    waiting, leaves = [node], []
    while waiting:
        node = waiting.pop()
        if node.type in ("list", "pipeline"):
            waiting.extend(reversed(node.children))
        else:
            leaves.append(node)
    return leaves[::-1]


def _broken(node: Tree) -> bool:
    return node.is_missing or node.type == "ERROR"


def _redirect(token: Token) -> Redirect:
    place = (token.start, token.end, token.text, token.fd)
    if token.document:
        body = token.document.body or Words(
            token.end, token.end, (Opaque(token.end, token.end, quoted=True),)
        )
        return Redirect(*place, document=body, variable=token.variable)
    return Redirect(*place, target=token.word, variable=token.variable)
