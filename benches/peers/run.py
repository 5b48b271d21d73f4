#!/usr/bin/env python3
"""Times Schemata beside the driver alone and other libraries, all in one run, in turns.

Builds the package beside this file, starts a private PostgreSQL, and runs each row of the table several times with all
contenders, whose order rotates. The whole is done twice: with the server on another core than the client, and with both on
the same one, because small calls depend on that more than on the library. Prints medians, their ratios to the driver alone
(the first contender) and ranks. Before anything is timed, each answer, and what a write leaves in its table, is compared with
what it has to be.

The server keeps nothing safe on disk (`fsync=off`), so that what is measured is the work of the two processes.

usage: run.py [--passes 5] [--rows PATTERN]... [--contenders raw,schemata,diesel] [--placement other|same] [--all] [--json] [--check]

    --rows PATTERN   rows whose name contains it, or matches it as a shell pattern; may be repeated
    --all            also insert 1,000,000 rows from an iterator, with the client's largest resident size
    --json           one document instead of tables
    --check          only compare the answers, and what the writes leave, with what they have to be
"""

import argparse
import contextlib
import fnmatch
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE / "target" / "release" / "schemata-peers"
MILLION = "insert 1,000,000 from an iterator"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


def binaries():
    """Returns the folder of PostgreSQL's server programs."""
    named = os.environ.get("SCHEMATA_PG_BIN")
    folders = [pathlib.Path(named)] if named else sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("postgres")
    folders += [pathlib.Path(found).resolve().parent] if found and not named else []
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    sys.exit("PostgreSQL's server programs were not found: set SCHEMATA_PG_BIN to their folder")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextlib.contextmanager
def server(core):
    """Runs a private server on a core and yields its URL; everything is removed afterwards."""
    user = {}
    if os.geteuid() == 0:
        # PostgreSQL does not run as root.
        entry = pwd.getpwnam("postgres")
        user = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    folder = pathlib.Path(tempfile.mkdtemp(prefix="schemata-peers-"))
    if user:
        os.chown(folder, user["user"], user["group"])
    process = None
    try:
        data, port, programs = folder / "data", free_port(), binaries()
        initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **user)
        command = ["taskset", "-c", str(core), programs / "postgres", "-D", data, "-p", str(port)]
        command += [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with open(folder / "log", "w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **user)
        ready = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
        for _ in range(300):
            if process.poll() is not None:
                sys.exit((folder / "log").read_text())
            if subprocess.run(ready).returncode == 0:
                break
            time.sleep(0.1)
        version = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True).stdout.split()[2]
        yield f"postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable", version
    finally:
        if process:
            # Disconnects clients and stops at once.
            process.send_signal(signal.SIGINT)
            process.wait()
        shutil.rmtree(folder)


def program(core, *arguments):
    command = ["taskset", "-c", str(core), PROGRAM, *map(str, arguments)]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if run.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, arguments[:1] + arguments[2:]))}")
    return run.stdout and json.loads(run.stdout)


def chosen(names, patterns):
    """Returns the names that one of the patterns fits, or all if there is no pattern."""
    fits = lambda name, pattern: pattern.lower() in name.lower() or fnmatch.fnmatch(name.lower(), pattern.lower())
    return [name for name in names if not patterns or any(fits(name, pattern) for pattern in patterns)]


def million(core, url, contenders, passes):
    seconds, peaks, reasons = {}, {}, {}
    for turn in range(passes):
        start = turn % len(contenders)
        for name in contenders[start:] + contenders[:start]:
            found = program(core, "million", url, name)
            if "not_offered" in found:
                reasons[name] = found["not_offered"]
                continue
            seconds.setdefault(name, []).append(found["seconds"] * 1e6)
            peaks.setdefault(name, []).append(found["peak_kib"])
    peaks = {name: statistics.median(found) for name, found in peaks.items()}
    return {"case": MILLION, "microseconds": seconds, "not_offered": reasons, "peak_kib": peaks}


def summary(row, base):
    """Adds the medians, their ratios to the base, and the ranks."""
    medians = {name: statistics.median(found) for name, found in row["microseconds"].items()}
    order = sorted(medians, key=medians.get)
    row["medians"] = medians
    row["ratios"] = {name: median / medians[base] for name, median in medians.items()} if base in medians else {}
    row["ranks"] = {name: order.index(name) + 1 for name in medians}
    return row


def measured(placement, cores, arguments, rows, contenders):
    with server(cores["server"]) as (url, version):
        program(cores["client"], "create", url)
        cases = [row for row in rows if row != MILLION]
        found = []
        if cases:
            found = program(cores["client"], "measure", url, 0 if arguments.check else arguments.passes, ",".join(contenders), *cases)
        if MILLION in rows and not arguments.check:
            found.append(million(cores["client"], url, contenders, arguments.passes))
        if arguments.check:
            return None
        rows = [summary(row, contenders[0]) for row in found]
        return {"placement": placement, "server": version, "load": os.getloadavg(), "rows": rows}


def duration(microseconds):
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds:.3g} µs"


def table(result, contenders):
    """Prints a table in Markdown: the base's median, then ratios and ranks."""
    base, others = contenders[0], contenders[1:]
    cells = [["work", base, *others]]
    reasons = []
    for row in result["rows"]:
        line = [row["case"]]
        for name in contenders:
            if name not in row["medians"]:
                line.append("–")
                reasons.append(f"{name}, {row['case']}: {row['not_offered'][name]}")
                continue
            ratio = row["ratios"].get(name)
            first = ratio is None or name == base
            text = duration(row["medians"][name]) if first else f"{ratio:.2f}"
            peak = f", {row['peak_kib'][name] / 1024:.0f} MiB" if "peak_kib" in row else ""
            line.append(f"{text}{peak} ({row['ranks'][name]})")
        cells.append(line)
    widths = [max(len(line[at]) for line in cells) for at in range(len(cells[0]))]
    for at, line in enumerate(cells):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |")
        if at == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |")
    for reason in reasons:
        if not reason.endswith(": not offered"):
            print(f"– {reason}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--rows", action="append", metavar="PATTERN")
    parser.add_argument("--contenders", metavar="NAMES")
    parser.add_argument("--placement", choices=["other", "same"])
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    # So that the server is stopped and removed then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    build = ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", HERE / "target"]
    subprocess.run(build, cwd=HERE, check=True)
    cores = sorted(os.sched_getaffinity(0))
    known = program(cores[0], "list")
    rows = chosen(known["cases"] + [MILLION] * arguments.all, arguments.rows)
    contenders = arguments.contenders.split(",") if arguments.contenders else known["contenders"]
    if not rows or any(name not in known["contenders"] for name in contenders):
        sys.exit(f"rows: {'; '.join(known['cases'])}\ncontenders: {', '.join(known['contenders'])}")
    placements = {"other": {"client": cores[-1], "server": cores[0]}, "same": {"client": cores[-1], "server": cores[-1]}}
    if arguments.check:
        measured("other", placements["other"], arguments, rows, contenders)
        print("all answers are right")
        return
    results = []
    for placement, places in placements.items():
        if arguments.placement not in (None, placement):
            continue
        if placement == "other" and len(cores) == 1:
            print("one core only: the server cannot be on another one", file=sys.stderr)
            continue
        result = measured(placement, places, arguments, rows, contenders)
        results.append(result)
        if not arguments.json:
            load = ", ".join(f"{load:.1f}" for load in result["load"])
            where = "another core" if placement == "other" else "the same core"
            print(f"\nPostgreSQL {result['server']} on {where}, {arguments.passes} passes, load {load}; (rank)\n")
            table(result, contenders)
    if arguments.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
