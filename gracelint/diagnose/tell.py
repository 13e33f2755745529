"""The story of stopping a workload: `tell` is the way in."""

from __future__ import annotations

from gracelint.atlas import Atlas
from gracelint.base import signals
from gracelint.base.facts import Known, Unknown
from gracelint.base.typed import TYPE_CHECKING
from gracelint.base.values import replace
from gracelint.diagnose.foreign import without_signals
from gracelint.model.story import Story, Verdict

if TYPE_CHECKING:
    from gracelint.model.workload import Workload


def tell(workload: Workload, atlas: Atlas | None = None) -> Story:
    """The story of stopping `workload`; never raises for what a file says."""
    atlas = atlas or Atlas()
    signal = _signal(workload)
    foreign = without_signals(workload)
    if foreign:
        return replace(_untold(workload, foreign, signal), foreign=True)
    if workload.starts_nothing:
        nothing = _untold(workload, "no command is given, so that nothing can be started", signal)
        return replace(nothing, verdict=Verdict.EXITS)
    if isinstance(workload.launch.argv, Unknown):
        return _untold(workload, workload.launch.argv.reason, signal)
    from gracelint.diagnose import played  # a run over manifests alone mostly plays nothing

    if signal is None:
        shown = played.scripts(workload, atlas)
        return replace(_untold(workload, "the stop signal is not known", None), scripts=shown)
    return played.story(workload, atlas, signal)


def _signal(workload: Workload) -> str | None:
    fact = workload.stop_signal
    return signals.parse(fact.value) if isinstance(fact, Known) else None


def _untold(workload: Workload, reason: str, signal: str | None) -> Story:
    return Story(workload, None, Verdict.UNKNOWN, reason, signal)
