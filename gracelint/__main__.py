"""`python -m gracelint`."""

import os
import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # Python looks for modules in the working folder first, which is not ours.
    here = os.getcwd()  # noqa: PTH109 (nothing is imported before this)
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != here]  # noqa: PTH100

from gracelint.cli import main

if __name__ == "__main__":
    main()
