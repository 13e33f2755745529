"""tree-sitter's nodes of a skeleton to the nodes of `shelltree`.

The depth of the recursion here is bounded by the reader's `DEPTH`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gracelint.syntax.shelltree import (
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
    Pipeline,
    Redirect,
    Simple,
    Subshell,
    Test,
    Unread,
    While,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tree_sitter import Node as Tree

    from gracelint.syntax.shell_skeleton import Skeleton
    from gracelint.syntax.shell_tokens import Token
    from gracelint.syntax.shelltree import AnyCommand, Words

_CHAIN = 200  # commands joined by `&&` and `||`: the tree of a longer chain would be too deep
_UNGRAMMATICAL = "this does not follow the shell's grammar"


class Builder:
    """The tree of one level's tokens."""

    def __init__(
        self, tokens: list[Token], skeleton: Skeleton, errors: list[tuple[int, int, str, bool]]
    ) -> None:
        self.tokens = tokens
        self.skeleton = skeleton
        self.errors = errors
        self._kinds = {
            "command": self._simple,
            "compound_statement": self._group,
            "subshell": self._subshell,
            "if_statement": self._if,
            "while_statement": self._while,
            "for_statement": self._for,
            "case_statement": self._case,
        }

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

    def _unread(self, node: Tree, reason: str = _UNGRAMMATICAL) -> Unread:
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
        operands: list[tuple[str, Tree]] = []
        whole = node
        while node.type == "list":
            children = node.children
            if len(children) != 3 or len(operands) > _CHAIN or children[1].type not in ("&&", "||"):
                return self._unread(whole)
            operands.append((children[1].type, children[2]))
            node = children[0]
        command = self._pipeline(node)
        for operator, right in reversed(operands):
            operand = self._pipeline(right)
            joined = "&&" if operator == "&&" else "||"
            command = AndOr(command.start, operand.end, command, joined, operand)
        return command

    def _pipeline(self, node: Tree) -> AnyCommand:
        nodes = [node]
        if node.type == "pipeline":
            nodes = [child for child in node.children if child.type not in ("|", "|&")]
        commands = tuple(self._single(child) for child in nodes)
        prefixes = [p for p in self._prefixes(self._first(nodes[0])) if p.text in ("!", "time")]
        if len(commands) == 1 and not prefixes:
            return commands[0]
        start = min(commands[0].start, *(p.start for p in prefixes), commands[0].start)
        negated = sum(p.text == "!" for p in prefixes) % 2 == 1
        timed = any(p.text == "time" for p in prefixes)
        return Pipeline(start, commands[-1].end, commands, negated, timed)

    def _prefixes(self, index: int) -> list[Token]:
        """`!`, `time`, `coproc` and heads of functions in front of a token, innermost first."""
        found: list[Token] = []
        while index > 0:
            index -= 1
            token = self.tokens[index]
            if token.kind == "prefix":
                found.append(token)
            elif token.kind != "newline":
                break
            elif not self._behind_head(index):
                break
        return found

    def _behind_head(self, index: int) -> bool:
        while index > 0 and self.tokens[index].kind == "newline":
            index -= 1
        token = self.tokens[index]
        return token.kind == "prefix" and token.text.startswith("()")

    def _single(self, node: Tree) -> AnyCommand:
        build = self._kinds.get(node.type)
        broken = any(child.is_missing or child.type == "ERROR" for child in node.children)
        command = self._unread(node) if broken or not build else build(node)
        for prefix in self._prefixes(self._first(node)):
            what, _, name = prefix.text.partition(" ")
            if what == "()":
                command = Function(prefix.start, command.end, name, command)
            elif what == "coproc":
                command = Coprocess(prefix.start, command.end, name, command)
        return command

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
                return self._words(index)

    def _words(self, index: int) -> Simple:
        run: list[Token] = []
        while index < len(self.tokens) and self.tokens[index].kind in ("word", "redirect"):
            run.append(self.tokens[index])
            index += 1
        assignments = tuple(token.assignment for token in run if token.assignment)
        words = tuple(t.word for t in run if t.kind == "word" and not t.assignment)
        redirects = tuple(_redirect(token) for token in run if token.kind == "redirect")
        return Simple(run[0].start, run[-1].end, assignments, words, redirects)

    def _redirects(self, index: int) -> tuple[int, tuple[Redirect, ...]]:
        """The redirections behind a token, and where the last of them ends."""
        found: list[Redirect] = []
        end = self.tokens[index].end
        for token in self.tokens[index + 1 :][:100]:
            if token.kind != "redirect":
                break
            found.append(_redirect(token))
            end = token.end
        return end, tuple(found)

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


def _redirect(token: Token) -> Redirect:
    place = (token.start, token.end, token.text, token.fd)
    if token.document:
        return Redirect(*place, document=token.document.body, variable=token.variable)
    return Redirect(*place, target=token.word, variable=token.variable)
