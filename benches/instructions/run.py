#!/usr/bin/env python3
"""Counts the instructions that a call costs the client, compared with the same call written by hand with tokio-postgres.

Builds the example `client_cost`, has valgrind's callgrind count each call of each contender, the driver's own task
included and the server not, and prints instructions a call and their ratio. Unlike times, these can be compared from day
to day: they hardly depend on what else the machine does.

`baseline.json` beside this file has the counts as they are committed. `--check` fails if a call of the library has
become more than 5 % dearer than that, `--bless` writes the counts of this run into it.

usage: run.py [--call find] [--check | --bless]
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASELINE = pathlib.Path(__file__).with_name("baseline.json")
CALLS = ["find", "read 10,000", "insert", "update", "insert 1,000", "transaction", "joined read"]
CALLS += ["insert 10,000", "update 1,000", "upsert 1,000"]
BUILD = ["cargo", "build", "--release", "--quiet", "--package", "schemata-tests", "--example", "client_cost"]
TOLERANCE = 1.05


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
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--bless", action="store_true")
    arguments = parser.parse_args()
    subprocess.run(BUILD, cwd=ROOT, check=True, env=os.environ)
    baseline = json.loads(BASELINE.read_text())
    dearer = []
    print(f"{'instructions a call':<20} {'driver':>12} {'library':>12} {'ratio':>7} {'before':>12}")
    for call in arguments.call or CALLS:
        driver, library = round(count(call, "driver")), round(count(call, "library"))
        before = baseline.get(call, {}).get("library")
        print(f"{call:<20} {driver:>12,} {library:>12,} {library / driver:>7.2f} {before or 0:>12,}", flush=True)
        if before and library > before * TOLERANCE:
            dearer.append(call)
        baseline[call] = {"driver": driver, "library": library}
    if arguments.bless:
        BASELINE.write_text(json.dumps(baseline, indent=2) + "\n")
    elif arguments.check and dearer:
        sys.exit(f"dearer than the baseline: {', '.join(dearer)}")


if __name__ == "__main__":
    main()
