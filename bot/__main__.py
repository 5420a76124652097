"""python -m bot: the command line. Exit code 1 for faults in what is checked, 2 for settings."""

from __future__ import annotations

import sys

from bot.commands import app
from bot.core.errors import SettingsFault


def main() -> None:
    """Run the command line; a fault in the settings is one sentence and exit code 2."""
    try:
        app()
    except SettingsFault as fault:
        sys.stderr.write(f"木铎没有启动：{fault}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
