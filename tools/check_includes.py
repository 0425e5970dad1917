#!/usr/bin/env python3
"""Checks that source files include only what their folder may know (docs/how-it-works.md).

usage: check_includes.py ROOT; exit status 1 with one line per offence.
"""
import pathlib
import re
import sys

# Folder -> prefixes of our own headers that it may include; the longest matching folder counts.
ALLOWED = {
    "sim": ["sim/"],
    "sim/cli": ["sim/", "cores/", "peripherals/", "profiler/"],
    "cores/decode": ["sim/", "cores/decode/"],
    "cores/engine": ["sim/", "cores/engine/"],
    "cores/memory": ["sim/", "cores/memory/"],
    "cores/timing": [
        "sim/",
        "cores/timing/",
        "cores/decode/insn.hpp",
        "cores/memory/memory_timing.hpp", "cores/memory/line_cache.hpp",
    ],
    "cores/blocks": ["sim/", "cores/blocks/", "cores/decode/", "cores/engine/", "cores/memory/", "cores/timing/"],
    "cores/cortex_m": ["sim/", "cores/"],
    "cores/verification": ["sim/", "cores/"],
    "peripherals": ["sim/", "peripherals/"],
    "profiler": ["sim/", "profiler/"],
    "python": ["sim/", "cores/", "peripherals/", "profiler/", "python/"],
}
# The command line composes everything: nobody below may reach up to it.
FORBIDDEN_BELOW_CLI = "sim/cli/"
# Third-party headers that one source file alone may include, or those of a tuple.
ONE_DOOR = {
    "unicorn/": "cores/engine/unicorn_engine.cpp",
    "capstone/": "cores/decode/",
    "toml++/": "sim/description/toml.cpp",
    "spdlog/": "sim/log.cpp",
    "sndfile": "peripherals/stimulus/",
    "png.h": "peripherals/stimulus/picture_file.cpp",
    "jpeglib.h": "peripherals/stimulus/picture_file.cpp",
    "CLI/": (
        "sim/cli/command_line.cpp",
        "sim/cli/run_options.cpp",
        "sim/cli/profile_options.cpp",
        "sim/cli/check_options.cpp",
    ),
    "libelf.h": "sim/image/elf.cpp",
    "gelf.h": "sim/image/elf.cpp",
    "elfutils/": "sim/image/dwarf_lines.cpp",
    "dwarf.h": "sim/image/dwarf_lines.cpp",
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]')


def folder_rule(path: str) -> list[str]:
    folders = [f for f in ALLOWED if path.startswith(f + "/")]
    return ALLOWED[max(folders, key=len)] if folders else []


def offences(root: pathlib.Path):
    doors = {}
    for top in ("sim", "cores", "peripherals", "profiler", "python"):
        for file in sorted((root / top).rglob("*.[ch]pp")):
            path = file.relative_to(root).as_posix()
            allowed = folder_rule(path)
            for number, line in enumerate(file.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                kind, header = match.groups()
                where = f"{path}:{number}"
                for prefix, door in ONE_DOOR.items():
                    if header.startswith(prefix):
                        doors.setdefault(prefix, set()).add(path)
                        if not path.startswith(door):
                            yield f"{where}: <{header}> may be included in {door} only"
                if kind != '"':
                    continue
                if not any(header.startswith(prefix) for prefix in allowed):
                    yield f'{where}: "{header}" is not for this folder; allowed: {allowed}'
                if header.startswith(FORBIDDEN_BELOW_CLI) and not path.startswith(("sim/cli/", "python/")):
                    yield f'{where}: "{header}" belongs to the command line'
    for prefix, files in doors.items():
        if len(files) > 1 and not isinstance(ONE_DOOR[prefix], tuple):
            yield f"<{prefix}…> is included in several files: {', '.join(sorted(files))}"


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    found = list(offences(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "include directions are as agreed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
