"""`gracelint schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gracelint.cli.output import out_data

if TYPE_CHECKING:
    from gracelint.cli.options import Schema


def schema(request: Schema) -> int:
    """Write the schema of the settings, or the page about them; the exit status."""
    if request.output_format == "markdown":
        from gracelint.settings.page import page

        out_data(page())
        return 0
    from gracelint.settings.schema import schema as made

    out_data(json.dumps(made(), indent=2, ensure_ascii=False) + "\n")
    return 0
