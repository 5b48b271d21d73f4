//! Which processes, users, workspaces and directories share a server.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use schemata_tests::private_server::{Probe, Sandbox, pid_of, processes_with, query, wait_until};

const PROBE: &str = env!("CARGO_BIN_EXE_private_server_probe");

/// The user who runs this.
fn own_uid() -> u32 {
    fs::metadata("/proc/self").expect("Linux has it").uid()
}

fn is_root() -> bool {
    own_uid() == 0
}

#[test]
fn twelve_processes_share_one_server() {
    let sandbox = Sandbox::new(PROBE);
    let mut probes: Vec<Probe> = (0..12).map(|_| sandbox.probe(["ephemeral"])).collect();
    let urls: Vec<String> = probes.iter_mut().map(Probe::line).collect();
    assert!(urls.iter().all(|url| *url == urls[0]), "{urls:#?}");
    assert_eq!(sandbox.generations().len(), 1);
    assert_eq!(query(&urls[0], "SHOW fsync"), ["off"]);
    assert_eq!(query(&urls[0], "SHOW max_connections"), ["200"]);
    assert_eq!(query(&urls[0], "SHOW listen_addresses"), [""]);
    let leases = fs::read_dir(sandbox.generations()[0].join("leases")).expect("it runs").count();
    assert_eq!(leases, 12);
    // The server runs as long as one of them does.
    let last = probes.pop().expect("twelve");
    probes.into_iter().for_each(Probe::finish);
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(query(&urls[0], "SELECT 1"), ["1"]);
    last.finish();
    sandbox.assert_gone();
}

#[test]
fn twelve_processes_create_one_database() {
    let sandbox = Sandbox::new(PROBE);
    let mut probes: Vec<Probe> = (0..12).map(|_| sandbox.probe(["database", "Order \"Service\""])).collect();
    let created = probes.iter_mut().map(Probe::line).filter(|line| line == "true").count();
    assert_eq!(created, 1, "each process got an answer, one of them made it");
    let url = probes[0].line();
    let count = "SELECT count(*) FROM pg_database WHERE datname = 'Order \"Service\"'";
    assert_eq!(query(&url, count), ["1"]);
    probes.into_iter().for_each(Probe::finish);
    sandbox.assert_gone();
}

#[test]
fn root_hands_the_server_to_another_user_and_nobody_else_does() {
    let sandbox = Sandbox::new(PROBE);
    let mut probe = sandbox.probe(["persistent"]);
    probe.line();
    let (_, data) = (probe.line(), probe.line());
    let meta = fs::metadata(&data).expect("it runs");
    assert!(if is_root() { meta.uid() != 0 } else { meta.uid() == own_uid() }, "{}", meta.uid());
    assert_eq!(meta.mode() & 0o777, 0o700);
    let socket = fs::metadata(sandbox.generations()[0].join("s")).expect("it runs");
    assert_eq!((socket.uid(), socket.mode() & 0o777), (meta.uid(), 0o700));
    probe.finish();
}

/// A directory of user nobody, and a command that runs a probe as that user; without root, as the current user.
fn as_nobody(sandbox: &Sandbox, what: &str) -> (PathBuf, Command) {
    let exe = sandbox.path().join("probe");
    fs::copy(PROBE, &exe).expect("the probe can be copied");
    let dir = sandbox.path().join("nobodys");
    fs::create_dir(&dir).expect("the sandbox is ours");
    let mut command = Command::new(exe);
    if is_root() {
        chown(&dir, Some(65534), Some(65534)).expect("root may");
        command.uid(65534).gid(65534);
    }
    command.arg(what).current_dir("/").env("SCHEMATA_PG_GRACE", "0");
    for name in ["HOME", "XDG_STATE_HOME", "CARGO_MANIFEST_DIR", "SCHEMATA_PG_DIR"] {
        command.env_remove(name);
    }
    (dir, command)
}

#[test]
fn nobody_runs_a_server_without_a_home() {
    let sandbox = Sandbox::new(PROBE);
    let (dir, mut command) = as_nobody(&sandbox, "ephemeral");
    let mut probe = Probe::start(command.env("SCHEMATA_PG_DIR", &dir));
    assert_eq!(query(&probe.line(), "SELECT 1"), ["1"]);
    let (_, data) = (probe.line(), probe.line());
    assert_eq!(fs::metadata(data).expect("it runs").uid(), if is_root() { 65534 } else { own_uid() });
    probe.finish();
    assert!(wait_until(Duration::from_secs(5), || processes_with(&dir).is_empty() && !dir.join(".ephemeral").exists()));
}

#[test]
fn data_lies_in_the_state_directory_of_the_user() {
    let sandbox = Sandbox::new(PROBE);
    let (home, mut command) = as_nobody(&sandbox, "persistent");
    let mut probe = Probe::start(command.env("HOME", &home));
    assert_eq!(query(&probe.line(), "SELECT 1"), ["1"]);
    let (_, data) = (probe.line(), probe.line());
    assert!(Path::new(&data).starts_with(home.join(".local/state/probe-app")), "{data}");
    probe.finish();
    assert!(wait_until(Duration::from_secs(5), || processes_with(&home).is_empty()));
}

/// Makes a workspace with one member.
fn workspace(path: &Path) {
    fs::create_dir_all(path.join("member/src")).expect("the sandbox is ours");
    fs::write(path.join("Cargo.toml"), "[workspace]\nmembers = [\"member\"]\n").expect("it is ours");
    fs::write(path.join("member/Cargo.toml"), "[package]\nname = \"member\"\n").expect("it is ours");
}

#[test]
fn a_workspace_shares_and_two_workspaces_do_not() {
    let sandbox = Sandbox::new(PROBE);
    let (one, two) = (sandbox.path().join("one"), sandbox.path().join("two"));
    workspace(&one);
    workspace(&two);
    let start = |dir: &Path, manifest: Option<&Path>| {
        let mut command = sandbox.command(["ephemeral"]);
        command.env_remove("SCHEMATA_PG_DIR").env_remove("CARGO_MANIFEST_DIR").current_dir(dir);
        Probe::start(command.envs(manifest.map(|path| ("CARGO_MANIFEST_DIR", path))))
    };
    let mut probes = [
        start(&one, None),
        start(&one.join("member/src"), None),
        start(Path::new("/"), Some(&one.join("member"))),
        start(&two, None),
    ];
    let [a, b, c, d] = probes.each_mut().map(Probe::line);
    assert!(a == b && b == c, "one workspace, one server: {a} {b} {c}");
    assert_ne!(a, d, "two workspaces, two servers");
    let data = probes.each_mut().map(|probe| (probe.line(), probe.line()).1);
    let bases = data.map(|data| Path::new(&data).ancestors().nth(3).expect("base/pg/g/data").to_owned());
    probes.into_iter().for_each(Probe::finish);
    for base in bases {
        assert!(wait_until(Duration::from_secs(5), || !base.exists()), "{} is left", base.display());
    }
}

#[test]
fn a_relative_directory_is_relative_to_the_workspace() {
    let sandbox = Sandbox::new(PROBE);
    workspace(sandbox.path());
    let mut command = sandbox.command(["persistent", "My App"]);
    command.env("SCHEMATA_PG_DIR", ".pgdata").current_dir(sandbox.path().join("member"));
    let mut probe = Probe::start(command.env("CARGO_MANIFEST_DIR", sandbox.path().join("member")));
    probe.line();
    let (_, data) = (probe.line(), probe.line());
    assert!(Path::new(&data).starts_with(sandbox.path().join(".pgdata/my-app")), "{data}");
    probe.finish();
}

#[test]
fn a_long_path_gets_a_short_socket_that_is_removed() {
    let sandbox = Sandbox::new(PROBE);
    let long = sandbox.path().join("long".repeat(20)).join("path".repeat(20));
    let mut command = sandbox.command(["ephemeral"]);
    let mut probe = Probe::start(command.env("SCHEMATA_PG_DIR", &long));
    let url = probe.line();
    let config: tokio_postgres::Config = url.parse().expect("a valid URL");
    let tokio_postgres::config::Host::Unix(socket) = &config.get_hosts()[0] else { panic!("{url}") };
    assert_eq!(query(&url, "SELECT 1"), ["1"]);
    assert!(socket.exists() && socket.as_os_str().len() < 90);
    probe.finish();
    assert!(wait_until(Duration::from_secs(5), || !socket.exists() && !long.join(".ephemeral").exists()));
}

#[test]
fn variables_of_the_user_change_nothing() {
    let sandbox = Sandbox::new(PROBE);
    let mut command = sandbox.command(["ephemeral"]);
    command.envs([
        ("PGPORT", "1"),
        ("PGDATA", "/nonexistent"),
        ("PGOPTIONS", "-c nonsense=1"),
        ("LC_ALL", "xx_YY.UTF-8"),
    ]);
    let mut probe = Probe::start(&mut command);
    let url = probe.line();
    assert_eq!(query(&url, "SHOW port"), ["5432"]);
    assert_eq!(query(&url, "SELECT datcollate FROM pg_database WHERE datname = 'postgres'"), ["C"]);
    assert_eq!(query(&url, "SHOW server_encoding"), ["UTF8"]);
    let environment = fs::read(format!("/proc/{}/environ", pid_of(&sandbox, "postgres -D"))).unwrap_or_default();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    assert!(!environment.contains("PGOPTIONS") && !environment.contains("xx_YY"), "{environment}");
    probe.finish();
}

#[test]
fn a_port_wants_the_password() {
    let sandbox = Sandbox::new(PROBE);
    let mut command = sandbox.command(["persistent"]);
    let mut probe = Probe::start(command.env("SCHEMATA_PG_PORT", "0"));
    let (url, tcp) = (probe.line(), probe.line());
    assert_eq!(query(&tcp, "SELECT 1"), ["1"]);
    assert_eq!(query(&url, "SELECT 1"), ["1"], "the socket still works");
    let port = tcp.rsplit_once(':').and_then(|(_, rest)| rest.split_once('/')).expect("host:port/db").0;
    let wrong = format!("postgres://postgres:wrong@127.0.0.1:{port}/postgres");
    schemata_tests::private_server::try_query(&wrong, "SELECT 1").expect_err("a wrong password");
    let file = fs::metadata(sandbox.path().join("probe-app/password")).expect("it is in the base directory");
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    // Processes that attach get the port and the password, too.
    let mut attached = sandbox.probe(["running"]);
    assert_eq!((attached.line(), attached.line()), (url, tcp.clone()));
    // A port in use is an error of its own.
    let mut second = sandbox.command(["persistent", "other"]);
    let second = second.env("SCHEMATA_PG_PORT", port).output().expect("it runs");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains(&format!("port {port} on 127.0.0.1 is in use; set SCHEMATA_PG_PORT")), "{said}");
    attached.finish();
    probe.finish();
}

#[test]
fn output_into_a_pipe_ends_with_the_program() {
    let sandbox = Sandbox::new(PROBE);
    let line = format!("'{PROBE}' ephemeral </dev/null 2>&1 | cat");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).env("SCHEMATA_PG_DIR", sandbox.path()).env("SCHEMATA_PG_GRACE", "30");
    let start = Instant::now();
    let output = command.output().expect("sh exists");
    assert!(start.elapsed() < Duration::from_secs(20), "the server holds the pipe open");
    assert!(String::from_utf8_lossy(&output.stdout).contains("using private PostgreSQL"));
    assert_eq!(sandbox.generations().len(), 1, "the server is still up: the grace is 30 s");
}

#[test]
fn parallel_workers_accept_the_servers_settings() {
    // Parallel workers read the settings again, and refuse a setting that the leader was started with but that must not
    // be set.
    let sandbox = Sandbox::new(PROBE);
    let mut probe = sandbox.probe(["persistent"]);
    let url = probe.line();
    query(&url, "CREATE TABLE t AS SELECT generate_series(1, 200000) AS id; ANALYZE t");
    let parallel = "SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; \
                    SET max_parallel_workers_per_gather = 2; SELECT count(*) FROM t WHERE id > 1";
    assert_eq!(query(&url, parallel), ["199999"]);
    assert_eq!(query(&url, "SHOW default_text_search_config"), ["pg_catalog.english"]);
}
