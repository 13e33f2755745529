"""The shapes of what the atlas says. Its data are TOML files, one for each subject."""

from __future__ import annotations

from enum import StrEnum

from gracelint.base.typed import TYPE_CHECKING, Literal, Protocol
from gracelint.base.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gracelint.base.facts import Word
    from gracelint.base.source import Span, Text
    from gracelint.model.lock import Script


class ImageView(Protocol):
    """The files of a container, as far as they are in sight: what the atlas may look at."""

    def text(self, path: str) -> Text | None:
        """The contents of the file at an absolute path; None when it is not in sight."""

    def partly(self, path: str) -> Text | None:
        """The same, also of a file that is only known in part, with GAP for what is not known."""

    def names(self, folder: str) -> Sequence[str] | None:
        """The names in a folder; None when they are not (all) in sight."""

    def commands(self) -> Sequence[str]:
        """The RUN instructions that have made them, as they are written."""


class Reaction(StrEnum):
    """What a program does on a signal."""

    GRACEFUL = "graceful"  # a handler finishes the work in hand, and the program ends
    FAST = "fast"  # a handler ends the program at once, cutting work off
    NOTHING = "nothing"  # handled or ignored, and the program goes on
    RELOAD = "reload"  # handled: it starts anew or re-reads its configuration, and goes on
    DEFAULT = "default"  # no handler: the kernel's default action, which PID 1 is spared


@dataclass(frozen=True, slots=True)
class InnerTimer:
    """A limit of a program's own on how long its stop may take, and what sets it.

    owner: what it is called, "" where it is the program's one. seconds: by default, None where it
    has none. options, env: options and variables that set it; with `*` in any case of letters.
    arguments_env: variables that hold further arguments. files: paths in the image, folders or
    patterns, relative ones to the working directory, where it stands behind the word `setting`;
    file_options: options that name another such file. notation: how durations are written there, by
    the name of the function in `durations`. on: the signals on which it counts; none for all. adds:
    it runs before the others and not beside them. sources: how the paths of files end that say it
    where the program is built. section: the line above `setting` in such a file. traces: words in
    whose presence the image's own commands may set it; blank: paths with such a word that do not.
    """

    owner: str = ""
    seconds: float | None = None
    options: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    arguments_env: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    file_options: tuple[str, ...] = ()
    setting: str = ""
    notation: str = "coreutils"
    on: tuple[str, ...] = ()
    adds: bool = False
    sources: tuple[str, ...] = ()
    section: str = ""
    traces: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A timer as it is set for one start of a program.

    owner, on, adds: as in `InnerTimer`. seconds: None where nothing sets it and it has no default,
    or where its value is not known. span: the text that sets it. variable: the one that does.
    chosen: something sets it, rather than the default. hidden: what may set it is not in sight.
    timer: what it is read by.
    """

    owner: str = ""
    seconds: float | None = None
    span: Span | None = None
    variable: str = ""
    chosen: bool = False
    hidden: bool = False
    on: tuple[str, ...] = ()
    adds: bool = False
    timer: InnerTimer | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """What a program does once started with given arguments.

    key: the entry's name (`nginx`, `python`). lifetime: `long` when it surely serves until it
    is told to stop, `short` when it surely ends by itself soon (mkdir, chown, migrations),
    else `unknown`; `daemon` when it goes to the background and its first process ends.
    reactions: by signal name without SIG; a signal that is missing is unknown, except where
    `rest` says what all others meet. graceful_signal: the one that stops it as its authors
    intend. stops_in: seconds a graceful stop may take by its own defaults (its inner timer),
    None when unknown. reaps: whether it waits for adopted children when it is PID 1. spawns:
    whether it starts processes that it may leave behind. interpreter: it runs a file of the
    user's, whose handlers count (node, python, …). placeholder: it does nothing but keep a
    container alive or copy a stream (sleep, tail -f, cat, tee). drains: whether a graceful
    stop waits for requests in hand and refuses new ones by itself. foreground: the words that keep
    it in the foreground, "" where none are known. detaches: of unknown lifetime, it goes to the
    background where it does not stay. beside: next to an application it is no
    application itself, but starts jobs or takes logs. leaves_ignored: it leaves INT and QUIT
    ignored where it was started so. scheduled: it runs jobs at their times, and
    one that is cut off is done again at its next. source: what this was measured on (with
    version), or the document that says so.
    """

    key: str
    source: str
    lifetime: Literal["long", "short", "daemon", "unknown"] = "unknown"
    reactions: Mapping[str, Reaction] = field(default_factory=dict)
    rest: Reaction | None = None
    graceful_signal: str | None = None
    stops_in: float | None = None
    reaps: bool | None = None
    spawns: bool | None = None
    interpreter: bool = False
    placeholder: bool = False
    drains: bool | None = None
    duration: float | None = None  # seconds after which it ends by itself (`sleep 5`)
    pid1_only: bool = False  # refuses to run elsewhere (systemd)
    work: str = ""
    needs: float | None = None
    workers: bool = False
    keeps_data: bool = False
    beside: bool = False
    leaves_ignored: bool = False
    scheduled: bool = False
    detaches: bool = False
    limits: tuple[Limit, ...] = ()
    note: str = ""
    mend: str = ""  # what gives it the handlers that it lacks
    foreground: str = ""
    waits_out: bool = False  # a graceful stop takes as long as its timer in any case
    guess: str = ""  # what of this is not certain, as the rest of a sentence that begins with "if"
    waits_on: tuple[str, ...] = ()  # signals on which it ends only when every client has left


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A program that starts another: what it is, and what it starts.

    role: `init` for tini and its like. behaviour: `exec`: replaces itself; `forward`: stays,
    passes the signal on and waits; `swallow`: stays and passes nothing on; `die`: stays, and
    the signal ends it at once; `detach`: starts the command in a session of its own and ends;
    `supervise`: starts several programs and stops them. target: who is told by `forward`.
    rewrite: signal → signal, "" drops it. kill_after: seconds between passing a stop signal on
    and SIGKILL to the child (su, runuser: 2), None: never. sits_out: it stays for so long even
    where the child has ended before. subreaper: adopts orphans even when it is not PID 1.
    reaps: waits for adopted children. inner: the command's words, or for `shell_text` the one
    word that `shell` runs with -c, given `shell_args` (`$0` and so on). shell: path of that
    shell ("" means the image's /bin/sh). pid1_only: refuses to run elsewhere. user: the account
    it switches to, None when it keeps it. env: variables that it sets. services: for
    `supervise`, each program's words. own_group: whether `forward` starts the command in a
    process group of its own. source: the evidence. reason: why `inner` is None.
    """

    key: str
    role: Literal["init", "wrapper"]
    behaviour: Literal["exec", "forward", "swallow", "die", "detach", "supervise"]
    source: str
    inner: tuple[Word, ...] | None = None
    shell_text: Word | None = None
    shell_args: tuple[Word, ...] = ()
    shell: str = ""
    folder: str = ""  # where its command runs; "": where it runs itself
    target: Literal["child", "group", "session"] = "child"
    rewrite: Mapping[str, str] = field(default_factory=dict)
    kill_after: float | None = None
    sits_out: bool = False
    subreaper: bool = False
    reaps: bool | None = None
    pid1_only: bool = False
    user: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    services: tuple[Service, ...] = ()
    reason: str = ""
    behaviour_in_group: str = ""  # the behaviour where it does not lead its process group (setsid)
    forwards: frozenset[str] | None = None  # that `forward` passes on, or `die` ends on; None: all
    leads_group: bool = False  # it puts itself into a process group of its own (timeout)
    execvp: bool | None = None  # execvp(3), which hands a script without `#!` to /bin/sh
    own_group: bool = False  # the child is put into a process group of its own
    limits: tuple[Limit, ...] = ()
    stops_on: frozenset[str] | None = None  # on which `supervise` stops its programs; None: usual
    usual_wait: float | None = None  # `kill_after` of a service that does not say otherwise
    outlives: bool = False  # as PID 1 it stays where its child has died of a signal
    stays: bool = False  # as PID 1 it stays once it has passed a signal on
    resignals: bool = False  # having passed a signal on, it dies of it unless it is PID 1
    reaper: bool = False  # waiting for orphans as PID 1 is what it is there for
    package_scripts: bool = False  # it runs scripts of package.json
    instead: str = ""  # how to start its command better
    login_shell: bool = False  # the shell that runs `shell_text` is the user's
    waits_for_groups: bool = False  # `supervise` ends only when the groups are empty
    refused: bool = False  # it ends at once, as its options are wrong
    repeats: bool = False  # it stays, and starts its command again and again
    fed: str | None = None  # what it reads becomes words: in place of this mark, "" for at the end
    fed_plainly: bool = True  # all that it reads goes to one command, split at blanks
    language: str = ""  # of the source in sight that starts its commands
    lag: float = 0.0  # seconds until `supervise` sees an end while others hold the output open
    note: str = ""

    @property
    def deaf(self) -> bool:
        """Whether it takes signals and passes none of them on."""
        taken = self.forwards or frozenset()
        return bool(taken) and all(self.rewrite.get(signal) == "" for signal in taken)


@dataclass(frozen=True, slots=True)
class Service:
    """A program under a supervisor.

    name: as configured. words: its command. signal: what it is sent on a stop ("" for
    nothing). group: whether its whole process group is sent it, group_at: the setting that says
    so. kill_after: seconds until SIGKILL, None: never; kill_at: the setting that says so. once:
    whether it is left alone when it has ended, however that was, as what only prepares something
    is.
    """

    name: str
    words: tuple[Word, ...]
    signal: str = "TERM"
    group: bool = False
    kill_after: float | None = 10.0
    kill_at: Span | None = None
    group_at: Span | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """What a shell does, by the measured tables.

    implicit_exec: which tails of a `-c` text it replaces itself with: subset of `single` (the
    text is one simple command), `assigned` (`A=1 cmd`), `and` (`x && cmd`), `sequence` (`x;
    cmd`), `redirected` (`cmd > f`), `if`, `group` (`{ cmd; }`), `subshell`, `newline` (one
    trailing newline is allowed). sig_prefix: whether `trap … SIGTERM` is accepted.
    exit_trap_on_signal: an EXIT trap alone makes it end on TERM at once, also over a
    foreground child. int_as_pid1: what INT does to it as PID 1 without a trap: `ends` under
    `wait` or between commands, or `nothing`. wait_n: whether `wait -n` exists. subshell_exec:
    constructs whose last command a *forked* shell (a `( )`, a background list, a pipeline's
    part, a substitution) replaces itself with.
    """

    key: str
    source: str
    dialect: Literal["posix", "bash", "ash", "mksh", "zsh"]
    implicit_exec: frozenset[str]
    sig_prefix: bool
    exit_trap_on_signal: bool
    int_as_pid1: Literal["ends", "nothing"]
    wait_n: bool
    subshell_exec: frozenset[str] = frozenset()
    background_exec: frozenset[str] = frozenset()  # the same for `… &` lists and parts of pipelines
    ignores_quit: bool = False  # QUIT never ends it
    ends_on: frozenset[str] = (
        frozenset()
    )  # signals it ends on by itself, unless a child is in front
    # HUP ends it at once, also as PID 1 and in front of a child; its EXIT trap runs where it `ends`
    on_hup: Literal["", "dies", "ends"] = ""
    reopens: bool = False  # goes on opening or reading a named pipe when a handler has run
    restores_ignored: bool = False  # what a background list starts in the foreground has INT again
    kill_number_option: bool = True  # `kill -n 15`
    kill_dashes: bool = True  # `kill -TERM -- 1`
    waits_for_adopted: bool = False  # a bare `wait` waits for orphans that it adopted, too
    waits_for_substitution: bool = False  # a bare `wait` waits for the last `>( )` as well
    trap_sticks: bool = False  # a trap once set keeps it from replacing itself, also when reset
    kill_job_spec: bool = True  # `kill %1` works without job control
    jobs_in_substitution: bool = True  # `$(jobs -p)` names the jobs
    monitor_without_tty: bool = False  # `set -m` works where there is no terminal


@dataclass(frozen=True, slots=True)
class BaseImage:
    """What an image on a registry brings along.

    key: the atlas key (`nginx-alpine`, `debian`). sh: atlas key of its /bin/sh, "" for none,
    None when unknown. entrypoint, cmd: words, () for none, None when unknown. stop_signal:
    None for none set. workdir: None for "/". init: the init that its entrypoint starts. has:
    programs in it that matter (bash, tini). lacks: programs that it surely does not have.
    entrypoint_execs: its entrypoint script replaces itself with CMD, as far as is known. env: what
    it sets that matters here. scripts, links: files of its launch, of a locked image. services:
    whether its init has services of the image's own to run, which nobody here can read.
    login_shells: those of accounts that it has, as `su` takes them.
    """

    key: str
    source: str
    sh: str | None
    entrypoint: tuple[str, ...] | None = ()
    cmd: tuple[str, ...] | None = ()
    stop_signal: str | None = None
    workdir: str | None = None
    user: str | None = None
    init: str | None = None
    has: frozenset[str] = frozenset()
    entrypoint_execs: bool | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    program: str | None = None  # the atlas program that the image is for
    os: str = ""  # the distribution below it: `debian-12`, `alpine`, "" when unknown
    # What the entrypoint script puts in front: where there are no arguments, where the first begins
    # with "-", or where it fits one of entrypoint_words.
    entrypoint_default: str = ""
    entrypoint_words: tuple[str, ...] = ()
    # What a script of the image's launch comes to with the image's own arguments, by its path.
    starts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    entrypoint_behaviour: str = ""  # see `Wrapped`; "" where it replaces itself
    keeps_data: bool = False  # it is for a database, a broker or a store
    services: bool = False
    lacks: frozenset[str] = frozenset()
    scripts: tuple[Script, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    login_shells: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stop:
    """A program's own way to tell a server to stop.

    programs: the servers, by the names of their entries, of which one gets `signal`. waits: the
    command returns only when the server is gone.
    """

    programs: tuple[str, ...]
    signal: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class System:
    """What a distribution brings along.

    key: `debian-12`. sh: atlas key of its /bin/sh, "" for none, None when unknown. has: programs in
    it that matter. systemd: its /sbin/init, where there is one, is systemd. install_init: commands
    that install tini, None where there are none.
    """

    key: str
    sh: str | None = None
    has: frozenset[str] = frozenset()
    systemd: bool = False
    install_init: str | None = None
    commands: frozenset[str] = frozenset()  # all that its images have; empty where nobody says


@dataclass(frozen=True, slots=True)
class Helper:
    """What an image is beside an application in a pod, which needs it until it has stopped.

    kind: `proxy`, `log agent`, `collector`, `secret agent`. serves_on: seconds for which it goes on
    serving by itself after the stop signal. only: it is nobody's application, wherever it stands
    among the containers.
    """

    kind: str
    serves_on: float = 0.0
    only: bool = False


@dataclass(frozen=True, slots=True)
class Library:
    """What a package does with signals in a program that uses it.

    key: the entry's name. language: of the code that imports it. handlers: ways to use it that
    install handlers, or serve without any; none where it does neither. starts: what it starts
    processes of (`browsers`), "" for nothing. source: the evidence in a sentence.
    """

    key: str
    language: str
    source: str
    handlers: tuple[Handlers, ...] = ()
    starts: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Handlers:
    """One way to use a library.

    calls: full names with imports resolved (`uvicorn.run`), or methods of whatever object
    (`.enableShutdownHooks`); none where importing it is enough. when: arguments, as written, one of
    which it has to be given; unless: with which it is not so. signals: those that it then handles,
    and does: what happens on them. serves: the call serves until it is told to stop. work: as in
    `Program`. passes_on: once it has served, the signal goes to the handler that was there before.
    own: it ends its own work alone, and not a server beside that.
    named_by: arguments that name the signals, where one is given. reloads: it starts the
    application again when its files change, and lets it finish where it `does` so. pinned: only
    where requirements.txt pins a version that begins so (`discord.py==1.`). ended_by: the calls
    that end what it serves, where that is known.
    """

    calls: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    signals: frozenset[str] = frozenset()
    does: Reaction | None = None
    serves: bool = False
    passes_on: bool = False
    own: bool = False
    named_by: tuple[str, ...] = ()
    work: str = ""
    reloads: bool = False
    pinned: str = ""
    ended_by: tuple[str, ...] = ()
