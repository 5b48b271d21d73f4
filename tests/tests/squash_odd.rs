//! Squashes of unusual databases, compiled and run: each creates what the migrations created.

use std::cell::RefCell;
use std::fmt::Write;

use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::testing::TestDatabase;
use schemata_tests::catalog::{connect, describe, major};
use schemata_tests::project::Project;
use schemata_tests::{fresh_database, shop};

thread_local! {
    static SQL: RefCell<(String, String)> = const { RefCell::new((String::new(), String::new())) };
}

async fn one(m: &mut Migration<'_>) -> MigrationResult {
    let sql = SQL.with_borrow(|both| both.0.clone());
    m.execute(&sql).await?;
    Ok(())
}

async fn two(m: &mut Migration<'_>) -> MigrationResult {
    let sql = SQL.with_borrow(|both| both.1.clone());
    m.execute(&sql).await?;
    Ok(())
}

fn entries() -> [MigrationEntry; 2] {
    [shop::entry("0001_one", |m| Box::pin(one(m))), shop::entry("0002_two", |m| Box::pin(two(m)))]
}

/// The cases that need a newer PostgreSQL than the oldest supported one.
const SINCE: &[(&str, i32)] = &[("atomic", 14), ("rules", 14), ("softdelete", 15)];

/// A name, and the statements of two migrations.
const CASES: &[(&str, &str, &str)] = &[
    (
        "cases",
        "CREATE TABLE \"Notes\" (id serial PRIMARY KEY); CREATE TABLE notes (id serial PRIMARY KEY, \"Id\" int, \"ID\" int)",
        "CREATE TABLE \"NOTES\" (id int PRIMARY KEY REFERENCES \"Notes\", CONSTRAINT \"Notes_pk\" UNIQUE (id))",
    ),
    (
        "selfref",
        "CREATE TABLE t (a int, b int, pa int, pb int, PRIMARY KEY (b, a), FOREIGN KEY (pb, pa) REFERENCES t (b, a) ON DELETE SET NULL)",
        "CREATE TABLE x (id int PRIMARY KEY, y int); CREATE TABLE y (id int PRIMARY KEY, x int REFERENCES x); ALTER TABLE x ADD FOREIGN KEY (y) REFERENCES y DEFERRABLE INITIALLY DEFERRED",
    ),
    (
        "twoschemas",
        "CREATE SCHEMA b; CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TYPE b.mood AS ENUM ('b', 'a', 'c'); CREATE TABLE t (id serial PRIMARY KEY, m mood DEFAULT 'a', n b.mood[] DEFAULT '{a,c}'); CREATE TABLE b.t (id serial PRIMARY KEY, m b.mood DEFAULT 'c', n public.mood)",
        "ALTER TABLE b.t ADD FOREIGN KEY (id) REFERENCES public.t; CREATE INDEX t_m_idx ON t (m); CREATE INDEX t_m_idx ON b.t (m); CREATE VIEW v AS SELECT t.id, u.n FROM t JOIN b.t u USING (id); CREATE VIEW b.v AS SELECT * FROM v",
    ),
    (
        "generated",
        "CREATE TABLE t (id serial PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, words text DEFAULT E'it''s \\\\ \"q\" \\n', arr text[] DEFAULT ARRAY['a,b', E'c\\\\d', 'e\"f'])",
        "COMMENT ON TABLE t IS E'line\\nnext \u{202e}evil'; COMMENT ON COLUMN t.words IS E'*/ \\r\\n \\\" {} \\\\'; ALTER TABLE t ALTER id SET DEFAULT nextval('t_id_seq') + 1",
    ),
    (
        "domains",
        "CREATE TYPE mood AS ENUM ('a''b', 'c\\d', 'e'); CREATE DOMAIN moody AS mood DEFAULT 'a''b' CHECK (VALUE <> 'e'); CREATE DOMAIN moodier AS moody NOT NULL; CREATE TABLE t (id int PRIMARY KEY, a moody, b moodier, c mood[] DEFAULT '{}', d moody[])",
        "ALTER TYPE mood ADD VALUE 'x' BEFORE 'c\\d'",
    ),
    (
        "emptylabel",
        "CREATE TYPE e AS ENUM ('', 'b'); CREATE TABLE t (id int PRIMARY KEY, e e DEFAULT '', f e[])",
        "CREATE TABLE u (e e PRIMARY KEY)",
    ),
    (
        "extuse",
        "CREATE SCHEMA extensions; CREATE EXTENSION pgcrypto SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions; CREATE TABLE t (id uuid PRIMARY KEY DEFAULT extensions.gen_random_uuid(), h bytea DEFAULT extensions.gen_random_bytes(3), n text)",
        "CREATE INDEX ti ON t USING gin (n extensions.gin_trgm_ops)",
    ),
    (
        "functions",
        "CREATE FUNCTION ok(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0'; CREATE TABLE t (id int PRIMARY KEY CHECK (ok(id)), n int DEFAULT length('abc'))",
        "CREATE OR REPLACE FUNCTION ok(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN EXISTS (SELECT FROM t WHERE id = $1); END $$; CREATE INDEX i ON t (ok(n)) WHERE ok(id)",
    ),
    (
        "names",
        "CREATE TABLE \"select\" (\"type\" int PRIMARY KEY, \"self\" int, \"Self\" int, \"order\" int, \"user\" int, crate int, \"async\" int, \"r#fn\" int, \" \" int, \"1\" int, \"ä ö\" int, ctid_ int, \"a.b\" int, \"a\"\"b\" int, \"{}\" int)",
        "CREATE TABLE \"éééééééééééééééééééééééééééééééx\" (\"éééééééééééééééééééééééééééééééy\" serial PRIMARY KEY, \"éééééééééééééééééééééééééééééééz\" int UNIQUE); CREATE INDEX ON \"éééééééééééééééééééééééééééééééx\" (\"éééééééééééééééééééééééééééééééz\")",
    ),
    (
        "serials",
        "CREATE TABLE t (id serial PRIMARY KEY, n smallserial, b bigserial); ALTER SEQUENCE t_n_seq RENAME TO other; ALTER SEQUENCE t_b_seq INCREMENT 5 START 7 RESTART 7 MINVALUE 3 CACHE 4; ALTER TABLE t RENAME TO u",
        "ALTER TABLE u RENAME id TO key; ALTER TABLE u ALTER n DROP DEFAULT; CREATE TABLE v (id int PRIMARY KEY DEFAULT nextval('t_b_seq'), o int)",
    ),
    (
        "identity",
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 2 MAXVALUE 99 CYCLE) PRIMARY KEY, b bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME odd_seq CACHE 10), s smallint)",
        "ALTER TABLE t ALTER b SET GENERATED ALWAYS, ALTER b TYPE int; ALTER SEQUENCE odd_seq RENAME TO odder",
    ),
    (
        "cluster",
        "CREATE TABLE t (id int PRIMARY KEY, a text, b int); CREATE INDEX i ON t (b); CLUSTER t USING i; ALTER TABLE t SET WITHOUT OIDS",
        "CREATE INDEX j ON t USING gin (to_tsvector('english', a)) WITH (fastupdate = off); ALTER INDEX i SET (fillfactor = 50); CREATE INDEX k ON t ((b + 1)); ALTER INDEX k ALTER COLUMN 1 SET STATISTICS 77",
    ),
    (
        "ctriggers",
        "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION f()",
        "COMMENT ON TRIGGER c ON t IS 'x'; CREATE VIEW w AS SELECT * FROM t; CREATE TRIGGER i INSTEAD OF INSERT ON w FOR EACH ROW EXECUTE FUNCTION f(); ALTER VIEW w ALTER a SET DEFAULT 'q'; CREATE TRIGGER tt AFTER UPDATE ON t REFERENCING NEW TABLE AS nt FOR EACH STATEMENT EXECUTE FUNCTION f()",
    ),
    (
        "atview",
        "CREATE TABLE t (a int, b int); CREATE VIEW v AS SELECT * FROM t; ALTER TABLE t RENAME a TO c; ALTER TABLE t ADD d int; CREATE RECURSIVE VIEW r (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 9",
        "CREATE VIEW checked AS SELECT * FROM t WHERE c > 0 WITH CASCADED CHECK OPTION; ALTER TABLE t DROP b CASCADE; CREATE TABLE k (id int PRIMARY KEY, x text); CREATE VIEW g AS SELECT id, x, count(*) FROM k GROUP BY id",
    ),
    (
        "extensions",
        "CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext; CREATE EXTENSION btree_gist; CREATE TABLE t (id ext.citext PRIMARY KEY DEFAULT 'A', n int, EXCLUDE USING gist (n WITH =))",
        "CREATE TABLE u (id int PRIMARY KEY, t ext.citext REFERENCES t, CHECK (t OPERATOR(ext.=) 'x'::ext.citext)); CREATE INDEX ON u (lower(t::text)); CREATE DOMAIN mail AS ext.citext",
    ),
    (
        "fks",
        "CREATE TABLE p (a int, b int, UNIQUE (a, b)); CREATE UNIQUE INDEX pi ON p (b); CREATE TABLE c (a int, b int, FOREIGN KEY (a, b) REFERENCES p (a, b) MATCH FULL ON UPDATE CASCADE ON DELETE SET DEFAULT NOT VALID)",
        "ALTER TABLE c ADD CONSTRAINT \"odd \"\" fk\" FOREIGN KEY (b) REFERENCES p (b) DEFERRABLE; ALTER TABLE c ALTER CONSTRAINT \"odd \"\" fk\" INITIALLY DEFERRED; COMMENT ON CONSTRAINT \"odd \"\" fk\" ON c IS 'c'",
    ),
    (
        "atomic",
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION h() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT f(1); END",
    ),
    (
        "overload",
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION f(text, VARIADIC int[]) RETURNS int LANGUAGE sql AS 'SELECT 2'; CREATE FUNCTION g(a int DEFAULT f(3), OUT b int, OUT c text) LANGUAGE sql AS 'SELECT 1, NULL::text'",
        "CREATE FUNCTION \"Odd \"\" F\"() RETURNS TABLE (x int) LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp COST 7 AS 'SELECT 1'; COMMENT ON FUNCTION f(int) IS 'one'",
    ),
    (
        "part",
        "CREATE TABLE m (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE m1 PARTITION OF m FOR VALUES FROM ('2020-01-01') TO (MAXVALUE); CREATE TABLE h (id int PRIMARY KEY, t text) PARTITION BY HASH (id); CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE INDEX mi ON m (at)",
    ),
    (
        "part2",
        "CREATE TABLE m (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); CREATE TABLE m1 (at date, id int NOT NULL, PRIMARY KEY (id, at), CHECK (at > '2020-01-01')); ALTER TABLE m ATTACH PARTITION m1 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "CREATE INDEX mi ON m (at); CREATE INDEX m1i ON m1 (id); ALTER TABLE m1 ALTER id SET DEFAULT 4; CREATE TABLE fk (id int PRIMARY KEY, mid int, mat date, FOREIGN KEY (mid, mat) REFERENCES m); ALTER TABLE m ADD CHECK (id > 0); COMMENT ON TABLE m1 IS 'part'",
    ),
    (
        "rowtype",
        "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE u (id int PRIMARY KEY, r t, rs t[]); CREATE FUNCTION g(t) RETURNS text LANGUAGE sql STABLE AS 'SELECT ($1).a'",
        "CREATE TYPE c1 AS (a int); CREATE TYPE c2 AS (b c1, c c1[]); CREATE DOMAIN d1 AS c2; CREATE TABLE v (x c2, y d1[]); ALTER TABLE v ALTER x SET DEFAULT ROW(ROW(1), NULL); CREATE VIEW vv AS SELECT (x).b FROM v",
    ),
    (
        "grants",
        "CREATE TABLE t (id serial PRIMARY KEY, a text, b int); GRANT SELECT (a), INSERT ON t TO PUBLIC; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY \"p \"\" q\" ON t AS RESTRICTIVE FOR UPDATE USING (a <> E'x\\n') WITH CHECK (b > 0)",
        "GRANT ALL ON SEQUENCE t_id_seq TO PUBLIC",
    ),
    (
        "softdelete",
        "CREATE TABLE t (id bigint PRIMARY KEY, email text NOT NULL, deleted_at timestamptz); CREATE UNIQUE INDEX t_email_key ON t (email) WHERE deleted_at IS NULL",
        "CREATE UNIQUE INDEX ON t (email, deleted_at) NULLS NOT DISTINCT; CREATE UNIQUE INDEX \"O\"\"i\" ON t (lower(email) COLLATE \"C\" DESC NULLS LAST)",
    ),
    (
        "rules",
        "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE log (what text); CREATE RULE r AS ON UPDATE TO t WHERE OLD.a <> NEW.a DO ALSO (INSERT INTO log VALUES (E'a''\\n'); INSERT INTO log VALUES (NEW.a))",
        "CREATE STATISTICS st (ndistinct, mcv) ON id, a FROM t; CREATE STATISTICS se ON (lower(a)) FROM t; ALTER STATISTICS st SET STATISTICS 10; COMMENT ON STATISTICS st IS 'c'",
    ),
    (
        "comments",
        "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE INDEX i ON t (a); CREATE SEQUENCE s; CREATE DOMAIN d AS int; CREATE TYPE e AS ENUM ('a'); CREATE VIEW v AS SELECT 1 AS x; CREATE EXTENSION citext",
        "COMMENT ON CONSTRAINT t_pkey ON t IS E'pk\\n--'; COMMENT ON SEQUENCE s IS 's'; COMMENT ON DOMAIN d IS 'd'; COMMENT ON TYPE e IS E'e\u{202e}'; COMMENT ON VIEW v IS 'v'; COMMENT ON EXTENSION citext IS 'mine'; COMMENT ON INDEX i IS '$$'; COMMENT ON SCHEMA public IS 'my own'",
    ),
    (
        "defaults",
        "CREATE TABLE t (id int PRIMARY KEY, a timestamptz DEFAULT now() + interval '1 day', b jsonb DEFAULT '{\"a\": \"\\\\ ''x''\"}', c bytea DEFAULT '\\xdeadbeef', d numeric DEFAULT 'NaN', e date DEFAULT 'infinity', f text DEFAULT current_user, g int[] DEFAULT ARRAY[[1,2],[3,4]], h bit(3) DEFAULT B'101', i char(3) DEFAULT 'a', j varchar DEFAULT NULL, k interval DEFAULT '1 mon', l float8 DEFAULT 1e-300, m uuid DEFAULT gen_random_uuid(), n \"char\" DEFAULT 'x', o xml, p money DEFAULT 3, q tsrange DEFAULT '[2020-01-01,2020-01-02)', r text COLLATE \"C\" DEFAULT 'é')",
        "ALTER TABLE t ADD s text DEFAULT U&'\\0441', ADD u time(2) with time zone DEFAULT '04:05:06+01', ADD w bigint DEFAULT -9223372036854775808",
    ),
    (
        "dropcol",
        "CREATE TABLE t (x int, id int PRIMARY KEY, y int, z text); ALTER TABLE t DROP x",
        "ALTER TABLE t DROP y; ALTER TABLE t ADD y text; CREATE VIEW v AS SELECT * FROM t; CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t'",
    ),
    (
        "like",
        "CREATE TABLE a (id serial PRIMARY KEY, t text CHECK (t <> '') DEFAULT 'x'); CREATE TABLE b (LIKE a INCLUDING ALL)",
        "CREATE TABLE c AS SELECT * FROM a WITH NO DATA; CREATE UNLOGGED TABLE d (LIKE a)",
    ),
];

fn set(case: &(&str, &str, &str)) {
    SQL.set((case.1.to_owned(), case.2.to_owned()));
}

const MAIN: &str = r#"MODULES
use schemata::migrate::{MigrationSet, Migrator};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let all: Vec<_> = schemata::__private::inventory::iter::<schemata::migrate::MigrationEntry>().copied().collect();
        for pair in arguments.chunks(2) {
            let one = all.iter().filter(|entry| entry.file.ends_with(&format!("/{}.rs", pair[0]))).copied();
            let set = MigrationSet::new(one).expect("one");
            assert_eq!(set.entries().len(), 1, "{}", pair[0]);
            if let Err(error) = Migrator::new(set).run(&pair[1]).await {
                println!("{}: {error:?}", pair[0]);
            }
        }
    });
}
"#;

/// The number of threads that make squashes; each waits for the server most of the time.
const THREADS: usize = 4;

/// A case's name, the database that its migrations made, an empty one for the squash, and the source of the squash.
type Squashed = (&'static str, TestDatabase, TestDatabase, String);

async fn squashed(case: &(&'static str, &str, &str)) -> Squashed {
    set(case);
    let (old, new) = (fresh_database().await, fresh_database().await);
    let migrator = || Migrator::new(shop::set(&entries()));
    migrator().run(old.url()).await.unwrap_or_else(|error| panic!("{}: {error:?}", case.0));
    let found = migrator().squash(new.url(), "squashed", None).await;
    let found = found.unwrap_or_else(|error| panic!("{}: {error:?}", case.0));
    assert_eq!(found.undecided, Vec::<String>::new(), "{}: {}", case.0, found.source);
    (case.0, old, new, found.source)
}

/// Squashes every `THREADS`-th case from this one on, on a thread of its own, since the migrations read their SQL from
/// there.
fn every_nth(from: usize, major: i32) -> Vec<Squashed> {
    let speaks = |name: &str| SINCE.iter().all(|(other, since)| *other != name || major >= *since);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut made = Vec::new();
        for case in CASES.iter().filter(|case| speaks(case.0)).skip(from).step_by(THREADS) {
            made.push(squashed(case).await);
        }
        made
    })
}

#[tokio::test]
async fn a_squash_recreates_an_odd_database() {
    let project = Project::create("odd-squashes");
    let (mut modules, mut pairs) = (String::new(), Vec::new());
    let major = major(&connect(fresh_database().await.url()).await).await;
    let threads: Vec<_> = (0..THREADS).map(|from| std::thread::spawn(move || every_nth(from, major))).collect();
    for (name, old, new, source) in threads.into_iter().flat_map(|thread| thread.join().expect("no panic")) {
        project.write(&format!("src/{name}.rs"), &source.replacen("0002_squashed", &format!("0002_{name}"), 1));
        let _ = writeln!(modules, "mod {name};");
        pairs.push((name, old, new));
    }
    let expected = CASES.iter().filter(|case| SINCE.iter().all(|(other, since)| *other != case.0 || major >= *since));
    assert_eq!(pairs.len(), expected.count());
    project.write("src/main.rs", &MAIN.replace("MODULES", &modules));
    let arguments: Vec<&str> = pairs.iter().flat_map(|(name, _, new)| [*name, new.url()]).collect();
    let output = project.run("", &arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    for (name, old, new) in &pairs {
        let (old, new) = (connect(old.url()).await, connect(new.url()).await);
        let (old, new) = (describe(&old, "public").await, describe(&new, "public").await);
        let apart: Vec<_> = old.symmetric_difference(&new).collect();
        assert!(apart.is_empty(), "{name}: {apart:#?}");
    }
}
