//! Types whose parameters PostgreSQL might infer as another type: enums, citext, lengths, renamed columns.

use std::error::Error;

use schemata::migrate::{Migration, MigrationEntry, MigrationResult, MigrationSet, Migrator};
use schemata::model::Write;
use schemata::query::Extremes;
use schemata::schema::{ArrayElement, ColumnType, SqlType};
use schemata::types::private::BytesMut;
use schemata::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use schemata::{Db, TableModel, tables};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;

/// A PostgreSQL enum, whose order is not that of its letters.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Size {
    Small,
    Large,
    Huge,
}

const LABELS: &[&str] = &["small", "large", "huge"];

impl ToSql for Size {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(LABELS[*self as usize].as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        ty.name() == "size"
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Size {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let at = LABELS.iter().position(|label| label.as_bytes() == raw).ok_or("no such size")?;
        Ok([Self::Small, Self::Large, Self::Huge][at])
    }

    fn accepts(ty: &Type) -> bool {
        ty.name() == "size"
    }
}

impl ColumnType for Size {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::enumeration(None, "size", LABELS);
    schemata::driver_conversions!();
}

impl ArrayElement for Size {}
impl Extremes for Size {}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "s1")]
struct Shirt {
    #[column(primary_key, name = "Shirt \"code\"", sql_type = "char(8)")]
    code: String,
    size: Size,
    #[column(name = "label text", sql_type = "varchar(5)", unique)]
    label: Option<String>,
    sizes: Vec<Size>,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "sales")]
struct Sale {
    #[column(primary_key)]
    id: i64,
    #[column(name = "of shirt", references = Shirt::code, sql_type = "char(8)")]
    shirt: String,
    #[column(references = Shirt::label, sql_type = "varchar(5)")]
    label: Option<String>,
}

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "words")]
struct Word {
    #[column(primary_key, sql_type = "citext")]
    word: String,
    #[column(references = Self::word, sql_type = "citext")]
    root: Option<String>,
}

async fn all(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Shirt, Sale]).await
}

async fn database() -> (schemata::testing::TestDatabase, Db) {
    let database = fresh_database().await;
    let entry = MigrationEntry::new("shirts", "1", |m| Box::pin(all(m)), file!(), line!());
    Migrator::new(MigrationSet::new([entry]).expect("one")).run(database.url()).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    for (code, size, label) in [("a", Size::Huge, None), ("b", Size::Small, Some("x")), ("c", Size::Large, Some("yy"))]
    {
        let insert =
            Shirt::insert().code(code).size(size).label(label.map(str::to_owned)).sizes(vec![size, Size::Huge]);
        insert.exec(&db).await.expect("inserts");
    }
    (database, db)
}

async fn codes(db: &Db, condition: schemata::query::Condition<Shirt>) -> Vec<String> {
    let query = Shirt::select().filter(condition).order_by(Shirt::code.asc()).columns(Shirt::code);
    query.fetch(db).await.expect("reads").iter().map(|code| code.trim_end().to_owned()).collect()
}

#[tokio::test]
async fn enums_compare_list_sort_and_page_in_their_own_order() {
    let (_database, db) = database().await;
    assert_eq!(codes(&db, Shirt::size.gt(Size::Small)).await, ["a", "c"]);
    assert_eq!(codes(&db, Shirt::size.is_in([Size::Small, Size::Huge])).await, ["a", "b"]);
    assert_eq!(codes(&db, Shirt::size.not_in([Size::Small])).await, ["a", "c"]);
    assert_eq!(codes(&db, Shirt::size.is_not_distinct_from(Size::Large)).await, ["c"]);
    assert_eq!(codes(&db, Shirt::sizes.contains_all([Size::Large])).await, ["c"]);
    assert_eq!(codes(&db, Shirt::sizes.overlaps([Size::Small, Size::Large])).await, ["b", "c"]);
    let extremes = Shirt::select().aggregate((Shirt::size.min(), Shirt::size.max()));
    assert_eq!(extremes.fetch_one(&db).await.expect("reads"), (Some(Size::Small), Some(Size::Huge)));
    let (mut seen, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page =
            Shirt::select().order_by(Shirt::size.asc()).page(1).after_opt(cursor).fetch(&db).await.expect("reads");
        seen.extend(page.rows.into_iter().map(|shirt| shirt.size));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [Size::Small, Size::Large, Size::Huge]);
}

#[tokio::test]
async fn texts_of_a_length_are_compared_whole() {
    let (_database, db) = database().await;
    assert_eq!(codes(&db, Shirt::code.is_in(["a", "b"])).await, ["a", "b"], "char(8) pads what it compares with");
    assert_eq!(codes(&db, Shirt::label.is_in(["longer than five", "yy"])).await, ["c"], "nothing is cut to fit");
    assert_eq!(codes(&db, Shirt::label.eq("longer than five")).await, Vec::<String>::new());
}

#[tokio::test]
async fn relations_follow_renamed_padded_and_unique_columns() {
    let (_database, db) = database().await;
    for (id, shirt, label) in [(1, "a", None), (2, "b", Some("yy")), (3, "b", Some("x"))] {
        Sale::insert().id(id).shirt(shirt).label(label.map(str::to_owned)).exec(&db).await.expect("inserts");
    }
    let shirts = Shirt::select().order_by(Shirt::code.asc()).fetch(&db).await.expect("reads");
    let ids = |related: schemata::relation::Related<Sale>| -> Vec<Vec<i64>> {
        related.groups().map(|sales| sales.iter().map(|sale| sale.id).collect()).collect()
    };
    let sold = Sale::SHIRT_FKEY.children_of(&shirts).order_by(Sale::id.desc()).fetch(&db).await.expect("loads");
    assert_eq!(ids(sold), [vec![1], vec![3, 2], vec![]]);
    let labelled = Sale::LABEL_FKEY.children_of(&shirts).fetch(&db).await.expect("loads");
    assert_eq!(ids(labelled), [vec![], vec![3], vec![2]]);
    assert_eq!(codes(&db, Sale::SHIRT_FKEY.child_exists(Sale::id.eq(2))).await, ["b"], "a table called like an alias");
}

#[tokio::test]
async fn citext_ignores_the_case_everywhere() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute("CREATE EXTENSION citext").await.expect("the server's contrib package is installed");
    let table = "CREATE TABLE words (word citext PRIMARY KEY, root citext REFERENCES words (word))";
    client.batch_execute(table).await.expect("creates");
    let db = Db::connect(database.url()).await.expect("connects");
    Word::insert().word("Sea").exec(&db).await.expect("inserts");
    Word::insert().word("seas").root("SEA".to_owned()).exec(&db).await.expect("inserts");
    let count = async |condition| Word::select().filter(condition).count(&db).await.expect("counts");
    assert_eq!(count(Word::word.eq("sea")).await, 1);
    assert_eq!(count(Word::word.is_in(["SEA", "SEAS"])).await, 2);
    assert_eq!(count(Word::word.starts_with("SE")).await, 2);
    assert_eq!(count(Word::root.is_not_distinct_from("sea")).await, 1);
    let words = Word::select().order_by(Word::word.asc()).fetch(&db).await.expect("reads");
    let derived = Word::ROOT_FKEY.children_of(&words).fetch(&db).await.expect("loads");
    assert_eq!(derived.first_of(0).map(|word| word.word.as_str()), Some("seas"), "matched as PostgreSQL matches");
    let first = Word::select().order_by(Word::word.asc()).page(1).fetch(&db).await.expect("reads");
    let second =
        Word::select().order_by(Word::word.asc()).page(1).after_opt(first.next).fetch(&db).await.expect("reads");
    assert_eq!(second.rows[0].word, "seas");
}
