//! TLS: each `sslmode` behaves as documented, against a server with its own certificate.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use schemata::embedded::PrivateServer;
use schemata::migrate::{MigrateError, Migrator};
use schemata::{Db, Error, ErrorKind, Executor, Pooler};
use schemata_tests::bouncer::Bouncer;
use schemata_tests::process::{Folder, Server, free_port, run};
use schemata_tests::shop::{self, INITIAL};

/// A server whose certificate is made for `localhost`, and the files of its authority and of a client.
struct Encrypted {
    server: Server,
    folder: Folder,
    authority: PathBuf,
    stranger: PathBuf,
}

fn authority() -> (String, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = params.self_signed(&key).expect("signed");
    (certificate.pem(), Issuer::new(params, key))
}

fn signed(issuer: &Issuer<'static, KeyPair>, host: &str, user: &str) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![host.to_owned()]).expect("a name");
    params.distinguished_name.push(DnType::CommonName, user);
    (params.signed_by(&key, issuer).expect("signed").pem(), key.serialize_pem())
}

async fn encrypted(ssl: &str) -> Encrypted {
    let folder = Folder::create("tls");
    let (root, issuer) = authority();
    let (certificate, key) = signed(&issuer, "localhost", "server");
    let (client, client_key) = signed(&issuer, "client", "carol");
    folder.write("server.pem", &certificate);
    folder.write("server.key", &key);
    folder.write("client.pem", &client);
    folder.write("client.key", &client_key);
    let authority_file = folder.write("root.pem", &root);
    let stranger = folder.write("stranger.pem", &authority().0);
    let private = PrivateServer::ephemeral().expect("a server");
    let data = folder.path().join("data");
    let mut initdb = Command::new(private.binaries().join("initdb"));
    initdb.args(["-U", "postgres", "-A", "trust", "--no-sync", "--locale=C", "-D"]).arg(&data);
    run(initdb);
    folder.write("data/pg_hba.conf", "hostssl all carol 127.0.0.1/32 cert\nhost all all 127.0.0.1/32 trust\n");
    let (port, at) = (free_port(), folder.path().display().to_string());
    let mut postgres = Command::new(private.binaries().join("postgres"));
    postgres.arg("-D").arg(&data).args(["-p", &port.to_string()]);
    for setting in [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("unix_socket_directories={at}"),
        format!("ssl={ssl}"),
        format!("ssl_cert_file={at}/server.pem"),
        format!("ssl_key_file={at}/server.key"),
        format!("ssl_ca_file={at}/root.pem"),
    ] {
        postgres.args(["-c", &setting]);
    }
    let server = Server::start(postgres, port).await;
    Encrypted { server, folder, authority: authority_file, stranger }
}

impl Encrypted {
    fn url(&self, host: &str, settings: &str) -> String {
        format!("postgres://postgres@{host}:{}/postgres?{settings}", self.server.port)
    }

    fn trusting(&self, host: &str, mode: &str, root: &Path) -> String {
        self.url(host, &format!("sslmode={mode}&sslrootcert={}", root.display()))
    }

    /// Returns whether the connection is encrypted, or the kind of the error that refuses it.
    async fn is_encrypted(&self, url: &str) -> Result<bool, ErrorKind> {
        // The server may have opened its port a moment before it is ready.
        for _ in 0..100 {
            match Db::connect(url).await {
                Err(error) if format!("{error:?}").contains("57P03") => {}
                Err(error) => return Err(error.kind()),
                Ok(db) => {
                    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
                    return Ok(db.query_as::<(bool,)>(sql, &[]).fetch_one().await.expect("reads").0);
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the server does not come up");
    }
}

#[tokio::test]
async fn each_mode_promises_what_it_says() {
    let it = encrypted("on").await;
    let cases = [
        (it.url("localhost", "sslmode=disable"), Ok(false)),
        (it.url("localhost", ""), Ok(true)),
        (it.url("127.0.0.1", "sslmode=prefer"), Ok(true)),
        (it.url("127.0.0.1", "sslmode=require"), Ok(true)),
        (it.trusting("127.0.0.1", "require", &it.authority), Ok(true)),
        (it.trusting("127.0.0.1", "require", &it.stranger), Err(ErrorKind::Connection)),
        (it.trusting("127.0.0.1", "verify-ca", &it.authority), Ok(true)),
        (it.trusting("localhost", "verify-ca", &it.stranger), Err(ErrorKind::Connection)),
        (it.trusting("localhost", "verify-full", &it.authority), Ok(true)),
        (it.trusting("127.0.0.1", "verify-full", &it.authority), Err(ErrorKind::Connection)),
        (it.trusting("localhost", "verify-full", &it.stranger), Err(ErrorKind::Connection)),
        (format!("host=localhost port={} user=postgres dbname=postgres sslmode=require", it.server.port), Ok(true)),
    ];
    for (url, expected) in cases {
        assert_eq!(it.is_encrypted(&url).await, expected, "{url}");
    }
    a_client_certificate_is_shown(&it).await;
    the_migrator_speaks_tls(&it).await;
    the_right_one_of_several_hosts_is_found(&it).await;
}

async fn a_client_certificate_is_shown(it: &Encrypted) {
    let db = Db::connect(&it.url("localhost", "sslmode=require")).await.expect("connects");
    db.execute_sql("CREATE ROLE carol LOGIN", &[]).await.expect("creates");
    let url = it.url("localhost", "sslmode=require").replace("postgres@", "carol@");
    assert_eq!(it.is_encrypted(&url).await, Err(ErrorKind::NoPrivilege), "without a certificate");
    let at = it.folder.path().display();
    let url = format!("{url}&sslcert={at}/client.pem&sslkey={at}/client.key");
    assert_eq!(it.is_encrypted(&url).await, Ok(true), "with one");
}

async fn the_migrator_speaks_tls(it: &Encrypted) {
    let db = Db::connect(&it.url("localhost", "sslmode=require")).await.expect("connects");
    // A server that accepts only TLS.
    db.execute_sql("CREATE DATABASE shop", &[]).await.expect("creates");
    let url = it.trusting("localhost", "verify-full", &it.authority).replace("/postgres?", "/shop?");
    let report = Migrator::new(shop::set(&[INITIAL])).run(&url).await.expect("applies");
    assert_eq!(report.applied.len(), 1);
    let wrong = it.trusting("127.0.0.1", "verify-full", &it.authority).replace("/postgres?", "/shop?");
    let refused = Migrator::new(shop::set(&[INITIAL])).run(&wrong).await;
    assert!(matches!(refused, Err(MigrateError::Connect(_))), "{refused:?}");
}

async fn the_right_one_of_several_hosts_is_found(it: &Encrypted) {
    let (dead, port) = (free_port(), it.server.port);
    let hosts = format!("127.0.0.1:{dead},localhost:{port}");
    let url = format!("postgres://postgres@{hosts}/postgres?sslmode=require&target_session_attrs=read-write");
    assert_eq!(it.is_encrypted(&url).await, Ok(true));
    let reads = it.is_encrypted(&url.replace("read-write", "read-only")).await;
    assert_eq!(reads, Err(ErrorKind::Connection), "it takes writes");
}

#[tokio::test]
async fn without_tls_on_the_server_only_lenient_modes_connect() {
    let it = encrypted("off").await;
    assert_eq!(it.is_encrypted(&it.url("localhost", "sslmode=prefer")).await, Ok(false));
    assert_eq!(it.is_encrypted(&it.url("localhost", "sslmode=require")).await, Err(ErrorKind::Connection));
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_named() {
    for (url, setting) in [
        ("postgres://localhost/x?sslmode=verify-full&sslrootcert=/nowhere.pem", "sslrootcert"),
        ("postgres://localhost/x?sslmode=require&sslcert=/nowhere.pem&sslkey=/nowhere.key", "sslcert"),
    ] {
        let error = Db::connect(url).await.expect_err("no such file");
        assert!(
            matches!(&error, schemata::Error::Certificate { setting: named, .. } if *named == setting),
            "{error:?}"
        );
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
}

/// A cancel request uses TLS as the connection did.
#[tokio::test]
async fn a_statement_given_up_is_cancelled_over_tls() {
    let it = encrypted("on").await;
    let url = it.trusting("localhost", "verify-full", &it.authority);
    assert_eq!(it.is_encrypted(&url).await, Ok(true));
    let db = Db::builder(&url).max_connections(1).connect().await.expect("connects");
    let slow = db.execute_sql("SELECT pg_sleep(60)", &[]);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(300), slow).await.is_err());
    // The pool's only place is free as soon as the server has ended the statement.
    let next = db.query_as::<(i64,)>("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(60)'", &[]);
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), next.fetch_one()).await;
    assert_eq!(next.expect("it does not take the minute").expect("reads").0, 0);
}

/// A pooler is detected over TLS too, and a server that speaks TLS itself is not taken for one.
#[tokio::test]
async fn a_pooler_is_detected_over_tls() {
    let it = encrypted("on").await;
    let url = it.trusting("localhost", "verify-full", &it.authority);
    assert_eq!(it.is_encrypted(&url).await, Ok(true));
    let direct = Db::builder(&url).pooler(Pooler::Detect).connect().await.expect("connects");
    direct.execute_sql("SET work_mem = '1MB'", &[]).await.expect("the session is its own");
    let at = it.folder.path().display();
    let tls = format!(
        "client_tls_sslmode = require\nclient_tls_key_file = {at}/server.key\nclient_tls_cert_file = {at}/server.pem\n"
    );
    for ignores in ["", "ignore_startup_parameters = options\n"] {
        let settings = format!("{tls}{ignores}pool_mode = transaction");
        let Some(bouncer) = Bouncer::start(&it.url("127.0.0.1", ""), &settings).await else { return };
        let url = bouncer.url().replace("127.0.0.1", "localhost");
        let url = format!("{url}?sslmode=verify-full&sslrootcert={}", it.authority.display());
        let strict = Db::builder(&url).pooler(Pooler::None).connect().await.expect_err("shares its session");
        assert!(matches!(strict, Error::Pooler { .. }), "{strict:?}");
        let db = Db::builder(&url).pooler(Pooler::Detect).connect().await.expect("connects");
        assert_eq!(db.query_as::<(i32,)>("SELECT 7", &[]).fetch_one().await.expect("reads"), (7,));
        let left = db.execute_sql("SET work_mem = '1MB'", &[]).await;
        assert!(matches!(left, Err(Error::SessionState)), "{left:?}");
        let migrated = Migrator::new(shop::set(&[INITIAL])).run(&url).await;
        assert!(matches!(migrated, Err(MigrateError::Pooler { .. })), "{migrated:?}");
        let plain = url.replace("sslmode=verify-full", "sslmode=disable");
        assert_eq!(it.is_encrypted(&plain).await, Err(ErrorKind::Connection), "the pooler takes nothing unencrypted");
    }
}
