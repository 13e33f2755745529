"""Rules given one workload's story.

Many of them say something of defects of some kinds and of nothing else, or go through what only
some stories have. `OF` names that, so that such a rule is loaded and asked only where a story has
some; a rule that is not named there is asked about every story.
"""

from __future__ import annotations

from gracelint.base.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from gracelint.model.story import Story

_SHELL = ("Foreground", "Followed", "Pipelined", "NoTrap")

OF: dict[str, tuple[str, ...]] = {
    "gl101_shell_form_entrypoint": ("Foreground",),
    "gl102_shell_form_cmd": ("Foreground",),
    "gl103_shell_c_without_exec": ("Foreground",),
    "gl104_command_after_app": ("Followed",),
    "gl105_app_in_pipeline": ("Pipelined",),
    "gl107_implicit_exec": ("implicit",),
    "gl110_wrapper_swallows_signal": ("WrapperSwallows", "InitDrops"),
    "gl111_wrapper_abandons_app": ("WrapperAbandons",),
    "gl112_detached_app": ("Detached",),
    "gl201_script_without_exec": ("Foreground",),
    "gl202_trap_behind_foreground_child": ("LateTrap",),
    "gl203_background_without_trap": ("NoTrap",),
    "gl204_trap_does_not_stop_app": ("HandlerMisses", "HandlerRunsAgain", "HandlerGoesOn"),
    "gl205_wait_interrupted": ("WaitInterrupted",),
    "gl206_trap_misses_stop_signal": ("TrapForOther",),
    "gl207_trap_expands_early": ("TrapExpandsEarly",),
    "gl208_untrappable_signal": ("scripts",),
    "gl209_exec_in_subshell": ("ExecInPart",),
    "gl210_ignored_signal_inherited": ("TrapIgnores", "BackgroundIgnores"),
    "gl211_code_after_exec": ("scripts",),
    "gl212_trap_lost_on_exec": ("scripts",),
    "gl213_kill_9_in_handler": ("HandlerKills",),
    "gl214_partial_shutdown": ("tree", "Partial"),
    "gl215_trap_delayed_by_sleep": ("tree", "TrapBehindSleep"),
    "gl216_restart_loop": ("Restarted",),
    "gl217_trap_name_rejected": ("TrapRejected",),
    "gl301_missing_init": ("UnhandledPid1",),
    "gl302_zombies_unreaped": ("tree",),
    "gl303_init_not_pid1": ("tree",),
    "gl304_init_over_shell": _SHELL,
    "gl312_group_signal_hits_workers": ("tree",),
    "gl403_stop_signal_not_graceful": ("losses",),
    "gl404_stop_signal_unhandled": ("UnhandledSignal", "Reloads"),
    "gl405_term_means_reload": ("Reloads",),
    "gl406_inner_timer_conflict": ("losses",),
    "gl407_slow_start_in_shell": ("tree",),
}
"""By a rule's module, the names of the classes in `model.defect` that its check is about, or of the
fields of a story without which it finds nothing.
"""

_FIELDS = ("tree", "losses", "scripts", "implicit")


def features(story: Story) -> frozenset[str]:
    """What a story has of all that `OF` names: the kinds of its defects, and those above them."""
    there = {kind.__name__ for defect in story.defects for kind in type(defect).__mro__}
    there.update(name for name in _FIELDS if getattr(story, name))
    return frozenset(there)
