"""`python -m clusterkit` is the same as `clusterkit`."""

import sys

from clusterkit.cli import main

sys.exit(main())
