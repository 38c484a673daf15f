"""python -m smtpshell: the program, started without its script."""

from __future__ import annotations

import sys

from smtpshell.cli import main

sys.exit(main())
