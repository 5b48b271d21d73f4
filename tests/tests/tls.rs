//! TLS: each `sslmode` promises what it says, and no more, against a server with a certificate of its own.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use schemata::embedded::PrivateServer;
use schemata::migrate::Migrator;
use schemata::{Db, ErrorKind, Executor};
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

    /// `None` where the connection is refused.
    async fn is_encrypted(&self, url: &str) -> Option<bool> {
        // The server may have opened its port a moment before it is ready.
        for _ in 0..100 {
            match Db::connect(url).await {
                Err(error) if format!("{error:?}").contains("57P03") => {}
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Connection | ErrorKind::NoPrivilege), "{error:?}");
                    return None;
                }
                Ok(db) => {
                    let sql = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
                    return Some(db.query_as::<(bool,)>(sql, &[]).fetch_one().await.expect("reads").0);
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
        (it.url("localhost", "sslmode=disable"), Some(false)),
        (it.url("localhost", ""), Some(true)),
        (it.url("127.0.0.1", "sslmode=prefer"), Some(true)),
        (it.url("127.0.0.1", "sslmode=require"), Some(true)),
        (it.trusting("127.0.0.1", "require", &it.authority), Some(true)),
        (it.trusting("127.0.0.1", "require", &it.stranger), None),
        (it.trusting("127.0.0.1", "verify-ca", &it.authority), Some(true)),
        (it.trusting("localhost", "verify-ca", &it.stranger), None),
        (it.trusting("localhost", "verify-full", &it.authority), Some(true)),
        (it.trusting("127.0.0.1", "verify-full", &it.authority), None),
        (it.trusting("localhost", "verify-full", &it.stranger), None),
        (format!("host=localhost port={} user=postgres dbname=postgres sslmode=require", it.server.port), Some(true)),
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
    assert_eq!(it.is_encrypted(&url).await, None, "without a certificate");
    let at = it.folder.path().display();
    let url = format!("{url}&sslcert={at}/client.pem&sslkey={at}/client.key");
    assert_eq!(it.is_encrypted(&url).await, Some(true), "with one");
}

async fn the_migrator_speaks_tls(it: &Encrypted) {
    let db = Db::connect(&it.url("localhost", "sslmode=require")).await.expect("connects");
    // A server that takes nothing else.
    db.execute_sql("CREATE DATABASE shop", &[]).await.expect("creates");
    let url = it.trusting("localhost", "verify-full", &it.authority).replace("/postgres?", "/shop?");
    let report = Migrator::new(shop::set(&[INITIAL])).run(&url).await.expect("applies");
    assert_eq!(report.applied.len(), 1);
    let wrong = it.trusting("127.0.0.1", "verify-full", &it.authority).replace("/postgres?", "/shop?");
    assert!(Migrator::new(shop::set(&[INITIAL])).run(&wrong).await.is_err());
}

async fn the_right_one_of_several_hosts_is_found(it: &Encrypted) {
    let (dead, port) = (free_port(), it.server.port);
    let hosts = format!("127.0.0.1:{dead},localhost:{port}");
    let url = format!("postgres://postgres@{hosts}/postgres?sslmode=require&target_session_attrs=read-write");
    assert_eq!(it.is_encrypted(&url).await, Some(true));
    assert_eq!(it.is_encrypted(&url.replace("read-write", "read-only")).await, None, "it takes writes");
}

#[tokio::test]
async fn without_tls_on_the_server_only_lenient_modes_connect() {
    let it = encrypted("off").await;
    assert_eq!(it.is_encrypted(&it.url("localhost", "sslmode=prefer")).await, Some(false));
    assert_eq!(it.is_encrypted(&it.url("localhost", "sslmode=require")).await, None);
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
    assert_eq!(it.is_encrypted(&url).await, Some(true));
    let db = Db::builder(&url).max_connections(1).connect().await.expect("connects");
    let slow = db.execute_sql("SELECT pg_sleep(60)", &[]);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(300), slow).await.is_err());
    // The pool's only place is free as soon as the server has ended the statement.
    let next = db.query_as::<(i64,)>("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(60)'", &[]);
    let next = tokio::time::timeout(std::time::Duration::from_secs(20), next.fetch_one()).await;
    assert_eq!(next.expect("it does not take the minute").expect("reads").0, 0);
}
