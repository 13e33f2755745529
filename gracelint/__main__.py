"""`python -m gracelint`."""

import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # Python looks for modules in the working folder first, which is not ours.
    try:
        here = os.path.realpath(".")
        sys.path[:] = [path for path in sys.path if os.path.realpath(path) != here]
    except OSError:
        sys.path[:] = [path for path in sys.path if os.path.isabs(path)]  # noqa: PTH117

from gracelint.cli import main

if __name__ == "__main__":
    main()
