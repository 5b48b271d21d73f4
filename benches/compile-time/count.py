"""Counts the instructions of the compiler, which other programs on the machine do not change. Needs valgrind."""

import os
import re
import subprocess

# Cargo also runs the compiler to ask for its version and targets, which is not counted.
COUNT = """#!/bin/sh
rustc=$1
shift
case "$*" in *"--crate-name ___"* | *-vV*) exec "$rustc" "$@" ;; esac
root=$("$rustc" --print sysroot)
export LD_LIBRARY_PATH="$root/lib"
exec valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file=/dev/null "$root/bin/rustc" "$@"
"""


def instructions(crate, target):
    """Returns how many millions of instructions the compiler takes for the crate."""
    (crate / "src/lib.rs").touch()
    count = crate / "count.sh"
    count.write_text(COUNT)
    count.chmod(0o755)
    environment = dict(
        os.environ, CARGO_TARGET_DIR=str(target), CARGO_INCREMENTAL="0", RUSTC_WORKSPACE_WRAPPER=str(count)
    )
    run = subprocess.run(["cargo", "check", "-q"], cwd=crate, env=environment, check=True, capture_output=True, text=True)
    return int(re.search(r"I +refs: +([\d,]+)", run.stderr)[1].replace(",", "")) / 1e6
