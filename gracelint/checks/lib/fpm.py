"""Whether php-fpm lets requests finish."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gracelint.checks.lib.pods import image_of

if TYPE_CHECKING:
    from gracelint.model.story import Story
    from gracelint.model.workload import ImageFile, Workload

_NAME = "process_control_timeout"
_SET = re.compile(rf"^[ \t]*{_NAME}\s*=\s*0*[1-9]", re.MULTILINE)
_FOLDERS = ("/usr/local/etc/php-fpm", "/etc/php")


def cuts_off(story: Story) -> bool:
    """Whether an official php-fpm image, stopped as it should be, has no time for its requests.

    Only where every configuration that is added is in sight.
    """
    workload = story.workload
    image = image_of(workload)
    told = story.tree is not None and any(
        p.program == "php-fpm" and p.sent == ("QUIT",) for p in story.tree.walk()
    )
    if not told or image is None or image.program != "php-fpm" or _hidden(workload):
        return False
    return not any(_configures(file) for file in workload.files)


def _configures(file: ImageFile) -> bool:
    """Whether a file sets the timer, or may."""
    if not file.path.startswith(_FOLDERS):
        return False
    return file.text is None or bool(_SET.search(file.text.text))


def _hidden(workload: Workload) -> bool:
    """Whether something is done to the configuration that is not followed."""
    written = workload.place.node.span.text if workload.place is not None else ""
    command = workload.launch.command
    source = command.span.source.text if command is not None else workload.source.text
    return any(name in text for text in (written, source) for name in (*_FOLDERS, _NAME, "php_ini"))
