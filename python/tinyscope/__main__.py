"""`python3 -m tinyscope`: the command line, all of it."""

from __future__ import annotations

import sys

from tinyscope import _core, commands


def main() -> int:
    arguments = sys.argv[1:]
    if arguments and arguments[0] in commands.MODULES:
        return commands.run(arguments[0], arguments[1:])
    return _core.command_line(arguments)


if __name__ == "__main__":
    sys.exit(main())
