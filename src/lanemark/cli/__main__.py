"""`python -m lanemark.cli` is `lanemark`."""

import sys

from lanemark.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
