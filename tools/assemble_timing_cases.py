#!/usr/bin/env python3
"""Assembles the timing cases (tests/timing/CORE/*.s) into cores/verification/*.toml.

usage: assemble_timing_cases.py [--check]

With --check nothing is written: exit status 1 if a file is not what would be written, 77 without
arm-none-eabi-as (Debian: binutils-arm-none-eabi). The format is described in tests/timing/README.md.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORES = {
    "m4": ("Cortex-M4", "cortex-m4", ["-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16"]),
    "m7": ("Cortex-M7", "cortex-m7", ["-mcpu=cortex-m7", "-mfpu=fpv5-d16"]),
}
TOOLS = "arm-none-eabi-"
SKIPPED = 77
PLACES = {"flash": 0x08000000, "ram": 0x20000000, "ccm": 0x10000000}
HEADER = """\
# Timing cases of the {}, assembled from tests/timing/{}/*.s by tools/assemble_timing_cases.py.
# Edit the sources, not this file.
"""


def fail(path, message):
    sys.exit(f"{path}: {message}")


def read_header(path):
    """The title and the keys of the comment that a case begins with."""
    title, keys = [], {}
    for line in path.read_text().splitlines():
        if not line.startswith("@ "):
            break
        match = re.match(r"@ ([a-z]+): (.*)", line)
        if match and match[1] in ("expect", "source", "code"):
            keys[match[1]] = match[2].strip()
        elif keys:
            fail(path, f'unknown line "{line}" behind the title')
        else:
            title.append(line[2:].strip())
    for key in ("expect", "source"):
        if not keys.get(key):
            fail(path, f'no "@ {key}:" line')
    keys.setdefault("code", "flash")
    if keys["code"] not in PLACES:
        fail(path, f'"@ code:": expected one of {", ".join(PLACES)}')
    if not title:
        fail(path, "no title")
    return " ".join(title), keys


def run(path, *command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        fail(path, f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def assemble(path, flags, base, folder):
    """Machine code and the symbols of one case, placed at `base`."""
    obj, elf, raw = (str(pathlib.Path(folder) / name) for name in ("case.o", "case.elf", "case.bin"))
    run(path, TOOLS + "as", *flags, "-o", obj, str(path))
    run(path, TOOLS + "ld", "-e", "_start", f"-Ttext={base:#x}", "-o", elf, obj)
    run(path, TOOLS + "objcopy", "-O", "binary", "-j", ".text", elf, raw)
    symbols = {}
    for line in run(path, TOOLS + "nm", elf).splitlines():
        value, _, name = line.split()
        symbols[name] = int(value, 16) & ~1
    for name in ("_start", "start", "end"):
        if name not in symbols:
            fail(path, f'no label "{name}"')
    return pathlib.Path(raw).read_bytes(), symbols


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def entry(path, flags, folder):
    title, keys = read_header(path)
    least, _, most = keys["expect"].partition("..")
    base = PLACES[keys["code"]]
    code, symbols = assemble(path, flags, base, folder)
    lines = [
        "[[case]]",
        f"name = {quoted(path.stem)}",
        f"title = {quoted(title)}",
        f"least = {int(least)}",
        f"most = {int(most or least)}",
        f"source = {quoted(keys['source'])}",
        f"base = {base:#010x}",
        f"entry = {symbols['_start']:#010x}",
        f"start = {symbols['start']:#010x}",
        f"end = {symbols['end']:#010x}",
    ]
    handlers = sorted((int(n[7:]), a) for n, a in symbols.items() if re.fullmatch(r"vector_\d+", n))
    if handlers:
        vectors = ", ".join(f"{{exception = {n}, handler = {a:#010x}}}" for n, a in handlers)
        lines.append(f"vectors = [{vectors}]")
    lines.append(f"code = {quoted(code.hex())}")
    return "\n".join(lines) + "\n"


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    if shutil.which(TOOLS + "as") is None:
        print(f"{TOOLS}as not found: install Debian's binutils-arm-none-eabi")
        sys.exit(SKIPPED)
    for core, (title, name, flags) in CORES.items():
        with tempfile.TemporaryDirectory() as folder:
            paths = sorted((ROOT / "tests/timing" / core).glob("*.s"))
            header = HEADER.format(title, core)
            text = "\n".join([header] + [entry(path, flags, folder) for path in paths])
        output = ROOT / f"cores/verification/{name}.toml"
        if not check:
            output.write_text(text)
        elif not output.exists() or output.read_text() != text:
            sys.exit(
                f"{output.relative_to(ROOT)} is not up to date: run tools/assemble_timing_cases.py")


if __name__ == "__main__":
    main()
