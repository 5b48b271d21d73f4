#!/usr/bin/env python3
"""Counts the instructions that a call costs the client, compared with the same call written by hand with tokio-postgres.

Builds the example `client_cost`, has valgrind's callgrind count each call of each contender, the driver's own task
included and the server not, and prints instructions a call and their ratio. Unlike times, these can be compared from day
to day: they hardly depend on what else the machine does.

usage: run.py [--call find]
"""

import argparse
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
CALLS = ["find", "read 10,000", "insert", "update", "insert 1,000", "transaction"]
BUILD = ["cargo", "build", "--release", "--quiet", "--package", "schemata-tests", "--example", "client_cost"]


def count(call, contender):
    program = ROOT / "target" / "release" / "examples" / "client_cost"
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", "--collect-atstart=no"]
        command += ["--toggle-collect=*client_cost::measured*", program, call, contender]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    collected = re.search(r"Collected : (\d+)", run.stderr)
    return int(collected.group(1)) / int(run.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--call", choices=CALLS, action="append")
    arguments = parser.parse_args()
    subprocess.run(BUILD, cwd=ROOT, check=True, env=os.environ)
    print(f"{'instructions a call':<20} {'driver':>12} {'library':>12} {'ratio':>7}")
    for call in arguments.call or CALLS:
        driver, library = count(call, "driver"), count(call, "library")
        print(f"{call:<20} {driver:>12,.0f} {library:>12,.0f} {library / driver:>7.2f}", flush=True)


if __name__ == "__main__":
    main()
