"""Calls: of the program's own functions and classes, and of libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gracelint.simulate.sources.machine.state import (
    ENTERED,
    NO_NODE,
    Block,
    Frame,
    Given,
    Lost,
    Strand,
)
from gracelint.simulate.sources.machine.values import (
    NOTHING,
    Bound,
    Class,
    Closure,
    Coroutine,
    Generator,
    Items,
    Promise,
    Record,
    Scope,
    Thing,
)
from gracelint.simulate.sources.machine.waits import MAX_STRANDS, Waits
from gracelint.syntax.code import tree

if TYPE_CHECKING:
    from gracelint.simulate.sources.machine.code import Branch, Code

MAX_FRAMES = 60
KEPT = "what it calls keeps it running"


class Calls(Waits):
    """The part of the machine that calls."""

    def enter(
        self,
        strand: Strand,
        value: Any,
        arguments: list[Any],
        keywords: dict[str, Any],
        node: tree.Node,
        gives: str = "push",
        *,
        new: bool = False,
    ) -> Any:
        """Call a value: ENTERED where it runs in a frame of its own, else what it gives."""
        if new and isinstance(value, Closure) and self.library.events:
            return self._construct_by(strand, value, arguments, keywords, gives)
        if isinstance(value, Closure):
            return self._enter_closure(strand, value, arguments, keywords, gives)
        if isinstance(value, Class):
            return self._construct(strand, value, arguments, keywords, gives)
        if isinstance(value, Record) and value.of is not None:
            method = find_member(value.of, "__call__")
            if isinstance(method, Closure):
                bound = Closure(method.code, method.scope, value)
                return self._enter_closure(strand, bound, arguments, keywords, gives)
        frame = strand.frames[-1] if strand.frames else None
        code = frame.code if frame else self.codes[0]
        path = value.path if isinstance(value, Thing) else ""
        given = Given(self, strand, path, None, arguments, keywords, node, code, new)
        if isinstance(value, Bound) and kind_of_partial(value):
            held = value.receiver.fields
            whole = [*held["given"].items, *arguments]
            return self.enter(strand, held["function"], whole, keywords, node, gives)
        if isinstance(value, Bound):
            given.receiver, given.path = value.receiver, value.name
            return self.library.method(given)
        meant = self.library.called(given, value)
        if meant is not value:
            return self.enter(strand, meant, arguments, keywords, node, gives)
        gives_back = self.library.call(given)
        first = node.arguments[:1] if isinstance(node, tree.Call) else ()
        self.looks_up(gives_back, first[0].value if first else None)
        return gives_back

    def _enter_closure(
        self,
        strand: Strand,
        closure: Closure,
        arguments: list[Any],
        keywords: dict[str, Any],
        gives: str,
    ) -> Any:
        function = closure.code.function
        if closure.code.generator:
            return self.generator(closure, arguments, keywords)
        if function is not None and function.deferred:
            if not self.library.eager:
                coroutine = Coroutine(closure, arguments, keywords)
                if gives in {"push", "handler"}:  # nobody waits for what a handler gives
                    return coroutine
                return self._run_closure(strand, closure, arguments, keywords, gives)
            if gives != "promise":
                promise = Promise()
                handles = strand.handles and not strand.frames
                other = Strand([], promise=promise, handles=handles)
                self.strands.append(other)
                self.ready.append(other)
                self._run_closure(other, closure, arguments, keywords, "promise")
                return promise
        return self._run_closure(strand, closure, arguments, keywords, gives)

    def generator(self, closure: Closure, arguments: list[Any], keywords: dict[str, Any]) -> Any:
        """A call that only begins once somebody asks for its first value."""
        if len(self.strands) > MAX_STRANDS:
            raise Lost("the program has more generators than can be followed")
        strand = Strand([], Block("asked"))
        iterator = Generator(strand)
        strand.generator = iterator
        self.strands.append(strand)
        self._run_closure(strand, closure, arguments, keywords, "generator")
        return Record("context", {"generator": iterator}) if closure.role == "context" else iterator

    def _run_closure(
        self,
        strand: Strand,
        closure: Closure,
        arguments: list[Any],
        keywords: dict[str, Any],
        gives: str,
    ) -> Any:
        if len(strand.frames) >= MAX_FRAMES:
            raise Lost("the program calls itself too deeply to be followed")
        code, function = closure.code, closure.code.function
        self.entered.add((code.path, function.start if function is not None else 0))
        scope = Scope(outer=closure.scope, of_function=True)
        if self.library.dialect.closed:
            scope.sealed = True
            self._capture(scope, closure)
        elif code.shared:
            self._share(scope, closure)
        given = list(arguments)
        if self.library.dialect.name == "go" and function is not None and len(given) == 1:
            given = _all_results(given, len(function.parameters) - (closure.this is not None))
        if closure.this is not None:
            if self.library.this:
                scope.names[self.library.this] = closure.this
            elif not isinstance(closure.this, Class) or closure.role == "class":
                given.insert(0, closure.this)
        elif function is not None and function.own_this and self.library.this:
            handles = strand.handles and not strand.frames
            this = self.library.of_handlers() if handles else self.library.of_nobody(self)
            scope.names[self.library.this] = this
        if "&" in keywords:
            scope.names["&"] = keywords["&"]
        bind(scope, function, given, keywords)
        strand.frames.append(Frame(code, scope, gives=gives))
        return ENTERED

    def _capture(self, scope: Scope, closure: Closure) -> None:
        function = closure.code.function
        for name, shared in (function.captures or ()) if function else ():
            if shared:
                scope.links[name] = owner_of(closure.scope, name) or closure.scope
            else:
                scope.names[name] = closure.scope.names.get(f"\0{name}", NOTHING)
        if function is not None and not function.declared:
            scope.sealed = function.captures is not None
            owner = owner_of(closure.scope, "$this")
            if owner is not None:
                scope.names["$this"] = owner.names["$this"]
        for name in closure.code.shared:
            scope.links[name] = self.globals[closure.code.path]

    def _share(self, scope: Scope, closure: Closure) -> None:
        for name, everywhere in closure.code.shared.items():
            outer: Scope | None = self.globals[closure.code.path]
            if not everywhere:
                outer = owner_of(closure.scope, name)
            if outer is not None:
                scope.links[name] = outer

    def _construct(
        self,
        strand: Strand,
        cls: Class,
        arguments: list[Any],
        keywords: dict[str, Any],
        gives: str,
    ) -> Any:
        instance = Record("object", {}, cls, open=any(isinstance(b, Thing) for b in cls.bases))
        constructor = find_member(cls, self.library.constructor)
        if not isinstance(constructor, Closure):
            code = strand.frames[-1].code if strand.frames else self.codes[0]
            node = code.instructions[0][2] if code.instructions else NO_NODE
            given = Given(self, strand, cls.name, None, arguments, keywords, node, code)
            self.library.filled(given, instance)
            constructor, arguments, keywords = find_member(cls, "__post_init__"), [], {}
        if not isinstance(constructor, Closure):
            return instance
        bound = Closure(constructor.code, constructor.scope, instance)
        entered = self._run_closure(strand, bound, arguments, keywords, "object")
        strand.frames[-1].target = (instance, gives)
        return entered

    def _construct_by(
        self,
        strand: Strand,
        function: Closure,
        arguments: list[Any],
        keywords: dict[str, Any],
        gives: str,
    ) -> Any:
        """`new` of a function: what it sets of `this` is the object's."""
        cls = self.prototype(function)
        instance = Record("object", {}, cls, open=find_member(cls, "") is NOTHING)
        bound = Closure(function.code, function.scope, instance)
        entered = self._run_closure(strand, bound, arguments, keywords, "object")
        strand.frames[-1].target = (instance, gives)
        return entered

    def prototype(self, function: Closure) -> Class:
        """What the objects have in common that a function makes."""
        code = function.code
        place = code.path, code.function.start if code.function is not None else 0
        made: dict[Any, Class] = self.mode.setdefault("prototypes", {})
        return made.setdefault(place, Class(code.name, Scope()))

    def run_coroutine(self, strand: Strand, value: Coroutine) -> Any:
        """Call what a coroutine stands for, now."""
        return self._run_closure(strand, value.closure, value.arguments, value.keywords, "push")

    def call(
        self,
        strand: Strand,
        value: Any,
        given: list[Any],
        keywords: dict[str, Any],
        node: tree.Node,
        *,
        new: bool = False,
    ) -> None:
        """Call a value from a program's instruction: its result comes onto the stack."""
        frame = strand.frames[-1]
        result = self.enter(strand, value, given, keywords, node, new=new)
        if isinstance(result, Block):
            self.block(strand, result)
        elif result is not ENTERED:
            frame.stack.append(result)

    def give_back(self, strand: Strand, value: Any) -> None:
        """A function is through with a value."""
        frame = strand.frames.pop()
        self._given_back(strand, frame, value)
        self.answered(strand)
        if strand.frames or not strand.main:
            return
        strand.done = True
        if self.exiting:
            self.leave(self.status)
            return
        if strand in self.ready:
            self.ready.remove(strand)
        self._at_the_end(strand)

    def _given_back(self, strand: Strand, frame: Frame, value: Any) -> None:
        """What becomes of the value."""
        match frame.gives:
            case "push":
                self._push(strand, value)
            case "object" if frame.target[1] == "push":
                self._push(strand, frame.target[0])
            case "module" if value is None:
                self._push(strand, self.library.exports(self, frame.target))
            case "module":
                self._push(strand, value)
            case "promise" if strand.promise is not None:
                self._keep(strand, strand.promise, value)
            case "generator":
                self.gives_no_more(strand, value)
            case "tick":
                self._tock(strand, frame.target)
            case "handler":
                self.resume(strand, frame.target)
                self.library.handled(self, strand)
                if self.unknown > self.mode.get("unknown-before", self.unknown):
                    self.release()

    def answered(self, strand: Strand) -> None:
        """A handler that an event loop calls is through: what it has asked may be to end."""
        through = strand.handles and not strand.main and not strand.frames
        asked = self.unknown > self.mode.get("unknown-before", self.unknown)
        if through and strand.block is None and asked and not self.library.events:
            self.release()

    def _keep(self, strand: Strand, promise: Promise, value: Any) -> None:
        """A task is through; one that a handler began may have asked for the end."""
        self.resolve(promise, value)
        if strand.answers is not None and self.unknown > strand.answers:
            self.release()

    @staticmethod
    def _push(strand: Strand, value: Any) -> None:
        if strand.frames:
            strand.frames[-1].stack.append(value)

    def _at_the_end(self, strand: Strand) -> None:
        """The main program is through: what nothing is known of may have stayed."""
        strand.done = True
        if self.library.dialect.alone and self.mode.get("told"):
            self.leave(self.status)
        if self.library.events or not self.unknown or self.mode.get("sure"):
            return
        if not self.mode.get("told"):
            self.presume()
            strand.done = False
            strand.block = Block("work", presumed=True)

    def presume(self) -> None:
        """It is taken to go on, which rests on what it has called.

        A program with a handler for a signal that asks it to end is there to be stopped.
        """
        self.mode["ends?"], self.mode["life"] = False, ""
        if self.mode.get("kept"):
            return
        own = any(not isinstance(self.handlers.get(s), str | None) for s in ("TERM", "INT", "QUIT"))
        if self.unknown == self.mode.get("brief", 0) and not own:
            self.mode["ends?"] = True
        else:
            called = self.mode.get("stays")
            self.mode["life"] = f"`{called}` keeps it running" if called else KEPT

    def lasts(self, strand: Strand, status: Any) -> bool:
        """Whether an exit may come only once the program is stopped: its status is what an unknown
        call gives, or it ends well, and nothing decided is between it and a call that may stay.
        """
        if not strand.main or self.exiting or self.library.events or self.mode.get("told"):
            return False
        if self.mode.get("sure") or not self.unknown:
            return False
        called = isinstance(status, Thing) and status.path.endswith("()")
        well = status in (0, None) and status is not False and not self.mode.get("chose")
        if not called and not (well and self.unknown > self.mode.get("brief", 0)):
            return False
        self.status, strand.frames = 0, []
        self._at_the_end(strand)
        return True

    def share(self, path: str) -> None:
        """Let the program's files use one set of variables."""
        first = self.globals[self.codes[0].path]
        module = self.globals[path]
        for name, value in module.names.items():
            first.names.setdefault(name, value)
        module.names = first.names

    # What matters -----------------------------------------------------------------------------

    @staticmethod
    def functions(code: Code) -> tuple[Code, ...]:
        """All functions of a file."""
        return _functions(code)

    def matters(self, words: frozenset[str]) -> bool:
        """Whether text with these words may start, stop, wait for or end something."""
        relevant = self.matters_memo.get(words)
        if relevant is None:
            if self.weighed < len(self.codes):
                self.relevant, self.weighed = self._relevant(), len(self.codes)
            relevant = self.matters_memo[words] = bool(words & self.relevant)
        return relevant

    def _relevant(self) -> frozenset[str]:
        """The names of functions that matter, by what they use; those so far stay so."""
        names = set(self.relevant)
        left = [f for code in self.codes for f in _functions(code) if f.name]
        new = names
        while new:
            left = [f for f in left if f.name not in names]
            new = {f.name for f in left if not f.names.isdisjoint(names)}
            names |= new | {name.rpartition("::")[2] for name in new}
        return frozenset(names)

    def decide(self, frame: Frame, node: tree.Node, branch: Branch) -> bool | None:
        """A condition that is not known: True or False; None where neither way matters."""
        then, other = self.matters(branch.then), self.matters(branch.other)
        if not then and not other:
            return None
        self.mode["chose"] = True
        return self.host.choose(node, frame.code, default=not branch.loop)


def _functions(code: Code) -> tuple[Code, ...]:
    """All functions of a file."""
    if code.functions is None:
        code.functions = tuple(_listed(code))
    return code.functions


def _listed(code: Code) -> list[Code]:
    functions, queue = [], [code]
    while queue:
        one = queue.pop()
        for name, argument, _ in one.instructions:
            if name == "function":
                functions.append(argument)
                queue.append(argument)
            elif name == "class":
                queue.append(argument[0])
    return functions


def kind_of_partial(value: Bound) -> bool:
    """Whether it is a function that has been given its arguments."""
    return isinstance(value.receiver, Record) and value.receiver.kind == "partial"


def owner_of(scope: Scope | None, name: str) -> Scope | None:
    """The scope that has a variable."""
    first = scope
    while scope is not None:
        if name in scope.links:
            return scope.links[name]
        if name in scope.names and (not scope.of_class or scope is first or name == "this"):
            return scope
        if scope.sealed:
            return None
        scope = scope.outer
    return None


def _all_results(given: list[Any], taken: int) -> list[Any]:
    """`f(g())` in Go: a call that gives several values gives a function all that it takes."""
    several = given[0]
    fits = taken > 1 and isinstance(several, Items) and len(several.items) == taken
    return list(several.items) if fits else given


def bind(
    scope: Scope, function: tree.Function | None, given: list[Any], keywords: dict[str, Any]
) -> None:
    """Give a function's parameters their values."""
    parameters = function.parameters if function is not None else ()
    at = 0
    for parameter in parameters:
        word = parameter.name.lstrip("$&")
        if parameter.rest:
            scope.names[parameter.name] = Items(given[at:])
            at = len(given)
        elif word in keywords:
            scope.names[parameter.name] = keywords[word]
        elif at < len(given):
            scope.names[parameter.name] = given[at]
            at += 1
        elif parameter.default is None:
            scope.names[parameter.name] = None
    scope.names["\0arguments"] = Items(list(given))


MAX_CLASSES = 50


def ancestry(cls: Any) -> list[Any]:
    """A class, and what it is made from, in the order in which members are looked for."""
    queue, found = [cls], list[Any]()
    while queue and len(found) < MAX_CLASSES:
        one = queue.pop(0)
        found.append(one)
        queue += one.bases if isinstance(one, Class) else ()
    return found


def find_member(cls: Any, name: str, absent: Any = None) -> Any:
    """A member of a class or of its bases; NOTHING where a library's base may have it, and what is
    given as absent where none has it.
    """
    return _member_in(ancestry(cls), name, absent)


def _member_in(classes: list[Any], name: str, absent: Any = None) -> Any:
    unknown = False
    for one in classes:
        held = one.members.names.get(name, one) if isinstance(one, Class) else NOTHING
        if held is not NOTHING and held is not one:
            return held
        unknown = unknown or held is NOTHING
    return NOTHING if unknown else absent


def above(given: Given) -> Any:
    """The object of the method around a call, as the classes above that of the method have it."""
    scope: Scope | None = given.strand.frames[-1].scope if given.strand.frames else None
    while scope is not None:
        this = _object_of(given.machine, scope)
        for at, one in enumerate(_classes_of(this)):
            if isinstance(one, Class) and scope.outer is one.members:
                return Record("above", {"\0object": this, "\0behind": at + 1})
        scope = scope.outer
    return Thing("super()")


def this_of(given: Given) -> Any:
    """The object of the method around a call; None where there is none."""
    scope: Scope | None = given.strand.frames[-1].scope if given.strand.frames else None
    while scope is not None:
        this = _object_of(given.machine, scope)
        if isinstance(this, Record) and this.of is not None:
            return this
        scope = scope.outer
    return None


def _object_of(machine: Any, scope: Scope) -> Any:
    if machine.library.this:
        return scope.names.get(machine.library.this)
    given = scope.names.get("\0arguments")
    return given.items[0] if isinstance(given, Items) and given.items else None


def _classes_of(this: Any) -> list[Any]:
    own = this.of if isinstance(this, Record) else this
    return ancestry(own) if isinstance(own, Class) else []


def member_above(value: Record, name: str) -> Any:
    """A member of an object as the classes above one of its own have it."""
    this = value.fields["\0object"]
    member = _member_in(_classes_of(this)[value.fields["\0behind"] :], name)
    if isinstance(member, Closure) and member.role != "static":
        return Closure(member.code, member.scope, this, member.role)
    return Thing(f"super().{name}") if member is None or member is NOTHING else member
