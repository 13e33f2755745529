"""How long C programs take to end."""

from __future__ import annotations

import pytest

from gracelint.simulate.sources import clang

PROGRAM = """
static volatile sig_atomic_t stop;
#define LONG (2 * 15)
void leave(void) { sleep(1); exit(0); }
static void flush(int i) { struct timespec t = {0, 250 * 1000 * 1000L}; nanosleep(&t, NULL); }
int main(int argc, char **argv)
{
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
