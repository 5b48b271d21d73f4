//! Whichever process is killed and when, nothing of a server is left soon afterwards.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use schemata_tests::private_server::{GONE_WITHIN, Probe, Sandbox, pid_of, processes_with, query, signal, wait_until};

const PROBE: &str = env!("CARGO_BIN_EXE_private_server_probe");

/// The shared memory segments of `PostgreSQL` servers.
fn segments() -> HashSet<PathBuf> {
    let entries = fs::read_dir("/dev/shm").into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.to_string_lossy().contains("/PostgreSQL.")).collect()
}

/// Whether any process still uses a segment.
fn is_mapped(segment: &Path) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let name = segment.to_string_lossy().into_owned();
    processes.filter_map(|entry| fs::read_to_string(entry.path().join("maps")).ok()).any(|maps| maps.contains(&name))
}

/// Kills the users of servers after this many milliseconds, all at the same time.
fn kill_after(moments: &[u64], what: &'static str) {
    let before = segments();
    thread::scope(|scope| {
        for &moment in moments {
            scope.spawn(move || {
                let sandbox = Sandbox::new(PROBE);
                let probe = sandbox.probe([what]);
                thread::sleep(Duration::from_millis(moment));
                probe.signal("KILL");
                sandbox.assert_gone();
            });
        }
    });
    // The folder is shared: another run of these tests on the machine may be cleaning up as well.
    let orphans = || segments().difference(&before).filter(|segment| !is_mapped(segment)).count();
    assert!(wait_until(3 * GONE_WITHIN, || orphans() == 0), "shared memory is left in /dev/shm");
}

#[test]
fn kill_9_of_a_test_process_leaves_nothing() {
    kill_after(&[5, 30, 120, 400, 900, 2000], "ephemeral");
}

#[test]
fn kill_9_of_an_application_leaves_only_its_data() {
    kill_after(&[15, 250, 600, 1500], "persistent");
}

#[test]
fn kill_9_during_initdb_lets_the_next_start_succeed_at_once() {
    let sandbox = Sandbox::new(PROBE);
    let probe = sandbox.probe(["persistent"]);
    let in_initdb = || sandbox.generations().iter().any(|path| path.join("data.tmp/PG_VERSION").exists());
    assert!(wait_until(Duration::from_secs(10), in_initdb));
    probe.signal("KILL");
    let mut next = sandbox.probe(["persistent"]);
    assert_eq!(query(&next.line(), "SELECT 1"), ["1"]);
    next.finish();
    sandbox.assert_gone();
}

#[test]
fn ctrl_c_ends_the_application_and_then_the_server() {
    let sandbox = Sandbox::new(PROBE);
    let mut command = sandbox.command(["ephemeral"]);
    let mut probe = Probe::start(command.env("SCHEMATA_PG_GRACE", "2").process_group(0));
    let url = probe.line();
    // A terminal signals the whole foreground group, not one process.
    let group = format!("kill -INT -{}", probe.pid());
    Command::new("sh").args(["-c", &group]).status().expect("sh exists");
    probe.signal("INT");
    thread::sleep(Duration::from_millis(300));
    assert_eq!(query(&url, "SELECT 1"), ["1"], "the server ends by its watchdog, not by the signal");
    sandbox.assert_gone();
}

#[test]
fn the_grace_keeps_a_server_for_the_next_run() {
    let sandbox = Sandbox::new(PROBE);
    let run = || sandbox.command(["ephemeral"]).env("SCHEMATA_PG_GRACE", "6").output().expect("it runs").stdout;
    let first = run();
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(first, run(), "the same server");
}

#[test]
fn a_killed_watchdog_is_replaced_by_the_next_user() {
    let sandbox = Sandbox::new(PROBE);
    let mut first = sandbox.probe(["ephemeral"]);
    let url = first.line();
    let watchdog = pid_of(&sandbox, "cleanup_watchdog.sh");
    signal(watchdog, "KILL");
    let mut second = sandbox.probe(["ephemeral"]);
    assert_eq!(second.line(), url);
    assert!(wait_until(GONE_WITHIN, || {
        processes_with(sandbox.path())
            .iter()
            .any(|(pid, args)| *pid != watchdog && args.contains("cleanup_watchdog.sh"))
    }));
    first.finish();
    second.finish();
    sandbox.assert_gone();
}

#[test]
fn the_next_start_removes_what_a_killed_watchdog_could_not() {
    let sandbox = Sandbox::new(PROBE);
    let mut probe = sandbox.probe(["ephemeral"]);
    probe.line();
    let stale = sandbox.generations();
    for program in ["cleanup_watchdog.sh", "postgres -D"] {
        signal(pid_of(&sandbox, program), "KILL");
    }
    probe.signal("KILL");
    assert!(stale[0].exists(), "nobody was there to remove it");
    let mut next = sandbox.probe(["ephemeral"]);
    assert_eq!(query(&next.line(), "SELECT 1"), ["1"]);
    assert!(!stale[0].exists(), "the next start removes it");
    next.finish();
    sandbox.assert_gone();
}

#[test]
fn an_abandoned_server_is_adopted() {
    let sandbox = Sandbox::new(PROBE);
    let mut probe = sandbox.probe(["persistent"]);
    let url = probe.line();
    signal(pid_of(&sandbox, "cleanup_watchdog.sh"), "KILL");
    probe.signal("KILL");
    let mut next = sandbox.probe(["persistent"]);
    assert_eq!(next.line(), url, "the same server, not a second one on its data");
    next.finish();
    sandbox.assert_gone();
}

#[test]
fn kill_9_of_the_server_loses_no_data() {
    let sandbox = Sandbox::new(PROBE);
    let mut probe = sandbox.probe(["persistent"]);
    let url = probe.line();
    query(&url, "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 1000)");
    let server = pid_of(&sandbox, "postgres -D");
    signal(server, "KILL");
    // Until the signal has arrived, others can attach to the server.
    assert!(
        wait_until(GONE_WITHIN, || processes_with(sandbox.path()).iter().all(|(pid, _)| *pid != server)),
        "SIGKILL ends it"
    );
    let mut next = sandbox.probe(["persistent"]);
    let recovered = next.line();
    assert_ne!(recovered, url);
    assert_eq!(query(&recovered, "SELECT count(*) FROM t"), ["1000"]);
    // The watchdog of the first generation must not touch the second one's server.
    thread::sleep(Duration::from_millis(2500));
    assert_eq!(query(&recovered, "SELECT count(*) FROM t"), ["1000"]);
    next.finish();
    probe.finish();
    sandbox.assert_gone();
}

#[test]
fn a_reused_pid_neither_blocks_a_start_nor_is_signalled() {
    let sandbox = Sandbox::new(PROBE);
    let mut probe = sandbox.probe(["persistent"]);
    probe.line();
    let (_, data) = (probe.line(), probe.line());
    probe.finish();
    sandbox.assert_gone();
    // The files that a power failure leaves, with a pid that now belongs to another program of the same user.
    // PostgreSQL, which uses kill(0), cannot distinguish the two, and would refuse to start.
    let owner = fs::metadata(&data).expect("it is kept");
    let mut command = Command::new("sleep");
    command.arg("60");
    if owner.uid() != fs::metadata("/proc/self").expect("Linux").uid() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut other = command.spawn().expect("sleep exists");
    let stale = format!("{}\n{data}\n1790000000\n5432\n/nowhere\n\n 99999999 99999999\nready\n", other.id());
    fs::write(Path::new(&data).join("postmaster.pid"), stale).expect("root or owner");
    let mut next = sandbox.probe(["persistent"]);
    assert_eq!(query(&next.line(), "SELECT 1"), ["1"]);
    next.finish();
    sandbox.assert_gone();
    assert!(other.try_wait().expect("it is our child").is_none(), "it was signalled");
    other.kill().expect("it is our child");
    other.wait().expect("it is our child");
}

#[test]
fn data_survives_stop_and_is_deleted_by_reset() {
    let sandbox = Sandbox::new(PROBE);
    let said = |what| String::from_utf8_lossy(&sandbox.run([what]).stdout).trim().to_owned();
    assert_eq!((said("running"), said("stop"), said("reset")), ("none".into(), "false".into(), "false".into()));
    let mut probe = sandbox.probe(["persistent"]);
    query(&probe.line(), "CREATE TABLE t ()");
    assert_eq!(said("stop"), "true", "although a process uses it");
    assert_eq!(said("stop"), "false");
    probe.finish();
    let mut probe = sandbox.probe(["persistent"]);
    query(&probe.line(), "SELECT FROM t");
    assert_eq!(said("reset"), "true");
    let server = processes_with(sandbox.path()).into_iter().find(|(_, args)| args.contains("postgres -D"));
    assert_eq!(server, None);
    assert_eq!(said("reset"), "false");
    probe.finish();
    let mut probe = sandbox.probe(["persistent"]);
    assert_eq!(query(&probe.line(), "SELECT to_regclass('t') IS NULL"), ["t"]);
    probe.finish();
    sandbox.assert_gone();
}

#[test]
fn a_removed_directory_ends_the_server() {
    let sandbox = Sandbox::new(PROBE);
    let mut probe = sandbox.probe(["ephemeral"]);
    probe.line();
    // The watchdog notes the server's pid at its next look.
    thread::sleep(Duration::from_millis(500));
    fs::remove_dir_all(sandbox.path().join(".ephemeral")).expect("nothing is written just now");
    assert!(wait_until(GONE_WITHIN, || processes_with(sandbox.path()).is_empty()));
    probe.finish();
}
