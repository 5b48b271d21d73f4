#!/bin/sh
# Runs a migration on a disk that is too small for it. Mounts a file system in memory, which needs root.
set -eu
cd "$(dirname "$0")/.."
disk=$(mktemp -d /var/tmp/schemata-small-disk-XXXXXX)
mount -t tmpfs -o size=16m,mode=755 tmpfs "$disk"
trap 'umount "$disk"; rmdir "$disk"' EXIT
cargo run -q -p schemata-tests --example disk_full -- "$disk"
