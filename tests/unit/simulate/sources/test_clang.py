"""How long C programs take to end, what their options decide, and which threads they wait for."""

from __future__ import annotations

import pytest

from gracelint.base.facts import Word
from gracelint.simulate.sources import clang

PROGRAM = """
static volatile sig_atomic_t stop;
static volatile sig_atomic_t ready;
static void on_stop(int number) { stop = 1; }
#define LONG (2 * 15)
#define PART (60 / 10)
#ifdef DEBUG
#define EITHER 60
#else
#define EITHER 1
#endif
void leave(void) { sleep(1); exit(0); }
static void flush(int i) { struct timespec t = {0, 250 * 1000 * 1000L}; nanosleep(&t, NULL); }
int main(int argc, char **argv)
{
    signal(SIGTERM, on_stop);
    while (!stop) {
        sleep(60);
    }
    %s
}
"""


@pytest.mark.parametrize(
    ("behind", "seconds"),
    [
        ("sleep(5);", 5.0),
        ("sleep(LONG);", 30.0),
        ("sleep(argc);", 0.0),
        ("usleep(250000); flush(1);", 0.5),
        ("for (int i = 0; i < 4; i++) { for (int j = 0; j < 3; j++) flush(j); }", 3.0),
        ("if (argc > 1) sleep(9); else if (argc) { leave(); sleep(3); } sleep(1);", 0.0),
        ("if (argc > 1) sleep(9); sleep(1);", 1.0),
        ("if (argc > 1) return 1; sleep(9);", 0.0),
        ("leave(); sleep(9);", 1.0),
        ("do { sleep(3); } while (argc); sleep(4);", 4.0),
        ("sleep(PART);", 0.0),
        ("sleep(EITHER);", 0.0),
        ("for (int i = 0; i < 30; i += 10) sleep(1);", 0.0),
        ("struct timespec t = {.tv_nsec = 500, .tv_sec = 2}; nanosleep(&t, 0);", 2.0 + 5e-7),
        ("argc > 5 && sleep(30); sleep(1);", 1.0),
        ("while (!ready) usleep(100); sleep(2);", 2.0),
        ("std::thread t([] { sleep(20); }); t.detach();", 0.0),
        ("\n#ifdef DEBUG\n sleep(30);\n#endif\n", 0.0),
        ("alarm(5); sleep(30);", 0.0),
        ("std::this_thread::sleep_for(std::chrono::milliseconds(1500));", 1.5),
    ],
)
def test_what_is_surely_slept_counts(behind: str, seconds: float) -> None:
    assert clang.lasts([PROGRAM % behind]) == pytest.approx(seconds)


def test_a_program_without_a_flag_takes_no_known_time() -> None:
    assert clang.lasts(["int main(void) { while (1) pause(); sleep(9); }"]) == 0.0


def test_functions_that_call_each_other_are_left_at_some_point() -> None:
    calls = "f(); g();" * 500
    text = PROGRAM % "f();" + f"void f(void) {{ {calls} }}\nvoid g(void) {{ {calls} }}\n"
    assert clang.lasts([text]) == 0.0


def test_what_comes_behind_a_flag_that_no_handler_sets_is_no_end() -> None:
    text = PROGRAM.replace("while (!stop)", "while (!ready)") % "sleep(30); while (1) pause();"
    assert clang.lasts([text]) == 0.0


def test_a_handler_that_ends_the_program_does_not_wait() -> None:
    at_once = "void now(int n) { _exit(0); }\n" + PROGRAM.replace("SIGTERM", "SIGINT")
    assert clang.lasts([at_once % "sleep(30);"]) == 30.0
    both = at_once.replace("signal(", "signal(SIGTERM, now); signal(", 1)
    assert clang.lasts([both % "sleep(30);"]) == 0.0


OPTIONS = """
int main(int argc, char **argv)
{
    int c;
    int stay = 0;
    while ((c = getopt_long(argc, argv, "fvc:", known, NULL)) != -1)
        switch (c) { case 'f': stay = 1; break; case 'v': break; }
    %s
    while (!stop) pause();
}
"""
TABLE = "struct option known[] = {{\"foreground\", no_argument, NULL, 'f'}, {0}};"


@pytest.mark.parametrize(
    ("words", "detached"),
    [
        ("", True),
        ("-v", True),
        ("-f", False),
        ("-fv", False),
        ("--foreground", False),
        ("--fore", None),
        ("-vf", None),
        ("-cfoo.conf", None),
    ],
)
def test_an_option_decides_whether_it_goes_to_the_background(
    words: str, detached: bool | None
) -> None:
    args = [Word(word, None) for word in ["/prog", *words.split()]]
    text = TABLE + OPTIONS % "if (!stay) daemon(0, 0);"
    assert clang.goes_to_the_background([text], args) is detached


@pytest.mark.parametrize(
    "call",
    [
        "if (getpid() != 1) { if (!stay) daemon(0, 0); }",
        "if (getpid() == 1) puts(hello); else if (!stay) daemon(0, 0);",
        "stay++; if (!stay) daemon(0, 0);",
        "stay |= 2; if (!stay) daemon(0, 0);",
        "read_settings(&stay); if (!stay) daemon(0, 0);",
        "\n#ifdef WITH_DAEMON\n if (!stay) daemon(0, 0);\n#endif\n",
    ],
)
def test_what_an_option_does_not_decide_alone_is_open(call: str) -> None:
    args = [Word("/prog", None)]
    assert clang.goes_to_the_background([TABLE + OPTIONS % call], args) is None


THREADS = """
static volatile sig_atomic_t stop;
static void on_stop(int number) { stop = 1; }
static void *clock_tick(void *given) { for (;;) sleep(1); }
static void *work(void *given) { while (!stop) usleep(1000); return NULL; }
int main(void)
{
    signal(SIGTERM, on_stop);
    %s
}
"""


@pytest.mark.parametrize(
    ("begins", "waits", "goes_on"),
    [
        ("pthread_create(&a, 0, clock_tick, 0);", "pthread_join(a, 0);", True),
        (
            "pthread_create(&a, 0, clock_tick, 0); pthread_create(&b, 0, work, 0);",
            "pthread_join(b, 0);",
            False,
        ),
        ("std::thread a(clock_tick, nullptr);", "a.join();", True),
        ("std::thread a(clock_tick, nullptr); std::thread b(work, nullptr);", "b.join();", False),
        ("all.emplace_back(clock_tick, nullptr);", "for (auto &one : all) one.join();", True),
    ],
)
def test_only_a_thread_that_is_waited_for_keeps_a_program(
    begins: str, waits: str, *, goes_on: bool
) -> None:
    text = THREADS % f"{begins} {waits}"
    reaction = clang.reaction(text, text.index("signal("), [text], strict=False)
    assert reaction is not None
    assert (reaction.name == "NOTHING") is goes_on
