"""Rules given one workload's story.

Many of them say something of defects of some kinds and of nothing else. `OF` names these kinds, so
that such a rule is loaded and asked only where a story has one; a rule that is not named there is
asked about every story.
"""

from __future__ import annotations

_SHELL = ("Foreground", "Followed", "Pipelined", "NoTrap")

OF: dict[str, tuple[str, ...]] = {
    "gl101_shell_form_entrypoint": ("Foreground",),
    "gl102_shell_form_cmd": ("Foreground",),
    "gl103_shell_c_without_exec": ("Foreground",),
    "gl104_command_after_app": ("Followed",),
    "gl105_app_in_pipeline": ("Pipelined",),
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
    "gl209_exec_in_subshell": ("ExecInPart",),
    "gl210_ignored_signal_inherited": ("TrapIgnores", "BackgroundIgnores"),
    "gl213_kill_9_in_handler": ("HandlerKills",),
    "gl216_restart_loop": ("Restarted",),
    "gl217_trap_name_rejected": ("TrapRejected",),
    "gl301_missing_init": ("UnhandledPid1",),
    "gl304_init_over_shell": _SHELL,
    "gl404_stop_signal_unhandled": ("UnhandledSignal", "Reloads"),
    "gl405_term_means_reload": ("Reloads",),
}
"""By a rule's module, the names of the classes in `model.defect` that its check is about."""
