//! JSON documents, arrays and full text in expressions, compared with the same in SQL: over NULLs, through left joins, in lists,
//! conditions, orders and groups.

#![expect(
    clippy::type_complexity,
    clippy::needless_pass_by_value,
    clippy::items_after_statements,
    reason = "the types of rows are stated because they are tested"
)]

use std::fmt::Debug;

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::Write;
use schemata::prelude::*;
use schemata::query::{
    bind, count, jsonb_build_object, phraseto_tsquery, plainto_tsquery, setweight, to_jsonb, to_tsquery, to_tsvector,
    ts_headline, ts_headline_with, ts_rank, ts_rank_cd, ts_rank_normalized, websearch_to_tsquery,
};
use schemata::schema::{TsVector, Weight};
use schemata::testing::TestDatabase;
use schemata::{Db, Executor, FromRow, RawSql, tables};
use schemata_tests::catalog::connect;
use schemata_tests::{fresh_database, shop};
use serde_json::{Value, json};

/// What pages are in.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "folders")]
pub struct Folder {
    #[column(primary_key)]
    pub id: i32,
    pub name: String,
}

/// A page with everything that has functions here.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "pages", index(expression = "to_tsvector('english', text)", using = gin))]
pub struct Page {
    #[column(primary_key)]
    pub id: i32,
    #[column(references = Folder::id)]
    pub folder_id: i32,
    pub body: Value,
    pub extra: Option<Value>,
    #[column(sql_type = "json")]
    pub verbatim: Option<Value>,
    #[column(sql_type = "varchar(20)[]")]
    pub tags: Vec<String>,
    pub marks: Option<Vec<Option<i32>>>,
    pub title: String,
    pub text: Option<String>,
    #[column(generated = "to_tsvector('english', title)")]
    pub words: TsVector,
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Folder, Page]).await
}

/// Two folders, of which the second is empty, and four pages.
async fn pages() -> (TestDatabase, Db) {
    let database = fresh_database().await;
    let set = shop::set(&[shop::entry("1", |m| Box::pin(create(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    for (id, name) in [(1, "full"), (2, "empty")] {
        Folder::insert().id(id).name(name).exec(&db).await.expect("inserts");
    }
    let page = |id: i32, body: Value, tags: &[&str], title: &str| {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        Page::insert().id(id).folder_id(1).body(body).tags(tags).title(title)
    };
    let first = json!({"kind": "post", "size": 3, "author": {"name": "Ada", "ids": [7, 8]}, "none": null});
    let first = page(1, first, &["db", "rust"], "Foxes' jumps").extra(json!([1, "two", {"three": 3}]));
    let first = first.verbatim(json!({"kind": "old"})).marks(vec![Some(3), None, Some(5)]);
    first.text("The quick brown fox jumps over the lazy dog").exec(&db).await.expect("inserts");
    let second = page(2, json!({"kind": "note", "author": {"name": "Bo"}}), &["db"], "Dogs").marks(vec![]);
    second.text("Dogs sleep. A fox does not jump").exec(&db).await.expect("inserts");
    page(3, json!([1, 2, 2]), &[], "Neither").extra(json!({"size": 1})).exec(&db).await.expect("inserts");
    page(4, json!("post"), &["rust", "rust"], "Post").extra(Value::Null).text("").exec(&db).await.expect("inserts");
    (database, db)
}

async fn sql<T: FromRow + Send>(db: &Db, sql: &str) -> Vec<T> {
    db.query_as(RawSql::trusted(sql.to_owned()), &[]).fetch().await.expect("the SQL runs")
}

fn same<T: PartialEq + Debug>(ours: Vec<T>, theirs: Vec<T>) {
    assert_eq!(ours, theirs);
    assert!(!ours.is_empty(), "something is compared");
}

/// The pages that fulfil a condition, and those that SQL finds.
async fn finds(db: &Db, condition: Condition<Page>, sql: &str) {
    let ours: Vec<i32> =
        Page::select().filter(condition).order_by(Page::id.asc()).columns(Page::id).fetch(db).await.expect("reads");
    let text = format!("SELECT id FROM pages WHERE {sql} ORDER BY id");
    let theirs: Vec<(i32,)> = self::sql(db, &text).await;
    assert_eq!(ours, theirs.into_iter().map(|(id,)| id).collect::<Vec<_>>(), "{sql}");
    assert!(!ours.is_empty() && ours.len() < 4, "{sql} tells pages apart: {ours:?}");
}

#[tokio::test]
async fn parts_of_documents_are_null_where_they_are_missing() {
    let (_database, db) = pages().await;
    type Row = (i32, Option<Value>, Option<Value>, Option<String>, Option<String>, Option<Value>, Option<String>);
    let ours: Vec<Row> = Page::select()
        .order_by((Page::body.json_text("kind").desc(), Page::id.asc()))
        .columns((
            Page::id,
            Page::body.json("author").json("ids").json_at(-1),
            Page::extra.json_at(2),
            Page::verbatim.json_text("kind"),
            Page::extra.json_text_at(1),
            Page::body.json_path(["author", "ids", "0"]),
            Page::body.json_path_text(["author", "name"]),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let theirs = sql(
        &db,
        "SELECT id, body -> 'author' -> 'ids' -> -1, extra -> 2, verbatim ->> 'kind', extra ->> 1,
                body #> '{author,ids,0}', body #>> '{author,name}'
           FROM pages ORDER BY body ->> 'kind' DESC, id",
    )
    .await;
    same(ours, theirs);

    let ours: Vec<(i32, String, Option<String>, Option<Value>, Option<String>, Option<Value>)> = Page::select()
        .order_by(Page::id.asc())
        .columns((
            Page::id,
            Page::body.jsonb_typeof(),
            Page::extra.jsonb_typeof(),
            Page::body.json("none"),
            Page::body.json_text("none"),
            Page::body.jsonb_path_query_first("$.author.ids[*] ? (@ > 7)"),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!((&ours[0].3, &ours[0].4, &ours[1].3), (&Some(Value::Null), &None, &None), "JSON's null is a value");
    let theirs = sql(
        &db,
        "SELECT id, jsonb_typeof(body), jsonb_typeof(extra), body -> 'none', body ->> 'none',
                jsonb_path_query_first(body, '$.author.ids[*] ? (@ > 7)')
           FROM pages ORDER BY id",
    )
    .await;
    same(ours, theirs);

    let lengths: Vec<(i32, Option<i32>)> = Page::select()
        .filter(Page::body.jsonb_typeof().eq("array"))
        .columns((Page::body.jsonb_array_length(), Page::extra.json("none").jsonb_array_length()))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(lengths, [(3, None)]);
}

#[tokio::test]
async fn documents_are_compared_with_values_columns_and_expressions() {
    let (_database, db) = pages().await;
    finds(&db, Page::body.json_contains(json!({"kind": "post"})), "body @> '{\"kind\": \"post\"}'").await;
    finds(&db, Page::verbatim.json_contains(json!({})), "verbatim::jsonb @> '{}'").await;
    finds(&db, Page::body.json_contained_by(json!([1, 2, 3])), "body <@ '[1, 2, 3]'").await;
    finds(&db, Page::body.json("kind").json_contained_by("post"), "body -> 'kind' <@ '\"post\"'").await;
    finds(&db, !Page::extra.json_contains(Page::body), "NOT extra @> body").await;
    finds(&db, Page::body.json_contains(to_jsonb(Page::id - 1)), "body @> to_jsonb(id - 1)").await;
    finds(&db, Page::body.has_key("author"), "body ? 'author'").await;
    finds(&db, Page::body.has_any_key(["size", "none"]), "body ?| '{size,none}'").await;
    finds(&db, Page::body.has_all_keys(["kind", "author"]), "body ?& '{kind,author}'").await;
    finds(&db, Page::body.path_exists("$.author.ids"), "body @? '$.author.ids'").await;
    finds(&db, Page::body.json_text("kind").eq(bind("note".to_owned())), "body ->> 'kind' = 'note'").await;
    finds(&db, Page::body.json("size").eq(json!(3)), "body -> 'size' = '3'").await;
}

#[tokio::test]
async fn documents_are_made_of_documents_and_columns() {
    let (_database, db) = pages().await;
    type Row = (Option<String>, Value, Option<Value>, Option<Value>, Option<Value>, Option<Value>, Option<Value>);
    let ours: Vec<Row> = Folder::select()
        .left_join(Page::FOLDER_ID_FKEY)
        .filter(Page::id.is_null().or(Page::id.le(2)))
        .order_by((Folder::id.asc(), Page::id.asc()))
        .columns((
            Page::title,
            jsonb_build_object((("title", Page::title), ("text", Page::text), ("folder", Folder::id), ("one", 1))),
            Page::body.json_concat(json!({"kind": "new"})),
            Page::extra.json_concat(Page::body),
            Page::body.jsonb_set(["author", "name"], to_jsonb(Page::title)).json_remove("kind"),
            Page::body.json_remove_path(["author", "ids", "1"]),
            to_jsonb(Page::tags).json_remove_at(0),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let theirs = sql(
        &db,
        "SELECT p.title, jsonb_build_object('title', p.title, 'text', p.text, 'folder', f.id, 'one', 1),
                p.body || '{\"kind\": \"new\"}', p.extra || p.body,
                jsonb_set(p.body, '{author,name}', to_jsonb(p.title)) - 'kind', p.body #- '{author,ids,1}',
                to_jsonb(p.tags) - 0
           FROM folders f LEFT JOIN pages p ON p.folder_id = f.id
          WHERE p.id IS NULL OR p.id <= 2 ORDER BY f.id, p.id",
    )
    .await;
    assert_eq!(ours[2].1, json!({"title": null, "text": null, "folder": 2, "one": 1}), "the object is never NULL");
    same(ours, theirs);
    let set: Vec<(Value, Option<Value>)> = Page::select()
        .filter(Page::id.eq(2))
        .columns((Page::body.jsonb_set(["size"], json!(9)), Page::body.jsonb_set(["size"], Page::verbatim)))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(set, [(json!({"kind": "note", "author": {"name": "Bo"}, "size": 9}), None)], "a NULL makes NULL");
}

#[tokio::test]
async fn parts_of_documents_group_rows() {
    let (_database, db) = pages().await;
    let kind = Page::body.json_text("kind");
    let ours: Vec<(Option<String>, i64)> = Page::select()
        .group_by(kind.clone())
        .aggregate(count())
        .having(kind.clone().is_distinct_from("note"))
        .order_by(kind.asc())
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(ours, [(Some("post".to_owned()), 1), (None, 2)]);
}

#[tokio::test]
async fn arrays_are_measured_searched_and_made() {
    let (_database, db) = pages().await;
    type Lengths = (i32, Option<i32>, Option<i32>, Option<i32>, Option<String>, Option<i32>, Option<i32>);
    let ours: Vec<(i32, Lengths)> = Page::select()
        .order_by((Page::tags.cardinality().desc(), Page::id.asc()))
        .columns((
            Page::id,
            (
                Page::tags.cardinality(),
                Page::marks.cardinality(),
                Page::marks.array_length(),
                Page::tags.array_length(),
                Page::tags.at(1),
                Page::marks.at(2),
                Page::tags.array_position("rust"),
            ),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let ours = ours.into_iter().map(|(id, (a, b, c, d, e, f, g))| (id, a, b, c, d, e, f, g)).collect();
    let theirs = sql(
        &db,
        "SELECT id, cardinality(tags), cardinality(marks), array_length(marks, 1), array_length(tags, 1), tags[1], marks[2],
                array_position(tags, 'rust')
           FROM pages ORDER BY cardinality(tags) DESC, id",
    )
    .await;
    same(ours, theirs);

    type Made = (Vec<String>, Vec<Option<i32>>, Vec<Option<i32>>, Vec<String>, Option<Vec<Option<i32>>>, String);
    let ours: Vec<(i32, Made)> = Page::select()
        .order_by(Page::id.asc())
        .columns((
            Page::id,
            (
                Page::tags.array_append("new"),
                Page::marks.array_append(Page::id),
                Page::marks.array_prepend(None::<i32>),
                Page::tags.array_cat(Page::tags).array_remove("rust"),
                Page::marks.array_remove(None::<i32>).array_cat(None::<Vec<Option<i32>>>),
                Page::tags.array_to_string(", "),
            ),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let ours: Vec<_> = ours.into_iter().map(|(id, (a, b, c, d, e, f))| (id, a, b, c, d, e, f)).collect();
    let theirs = sql(
        &db,
        "SELECT id, array_append(tags, 'new'), array_append(marks, id), array_prepend(NULL, marks),
                array_remove(tags || tags, 'rust'), array_remove(marks, NULL), array_to_string(tags, ', ')
           FROM pages ORDER BY id",
    )
    .await;
    assert_eq!((&ours[3].2, &ours[3].5), (&vec![Some(4)], &None), "an element makes an array of NULL");
    same(ours, theirs);

    let joined: Vec<(Vec<Option<i32>>, Option<Vec<String>>, Vec<Option<i32>>, Option<i32>)> = Folder::select()
        .left_join(Page::FOLDER_ID_FKEY)
        .filter(Folder::id.eq(2))
        .columns((
            Page::marks.array_append(Folder::id),
            Page::tags.array_remove("x"),
            Page::marks.array_append(Page::id.nullable()),
            Page::tags.cardinality(),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(joined, [(vec![Some(2)], None, vec![None], None)], "what a left join leaves out");
}

#[tokio::test]
async fn arrays_are_compared_with_values_columns_and_expressions() {
    let (_database, db) = pages().await;
    finds(&db, Page::tags.any_eq("rust"), "'rust' = ANY(tags)").await;
    finds(&db, Page::tags.all_eq("rust"), "'rust' = ALL(tags)").await;
    finds(&db, Page::marks.all_ne(3), "3 <> ALL(marks)").await;
    finds(&db, Page::marks.any_eq(Page::id + 2), "id + 2 = ANY(marks)").await;
    finds(&db, Page::tags.overlaps(["rust", "x"]), "tags && '{rust,x}'").await;
    finds(&db, Page::tags.contains_all(Page::tags.array_append("db")), "tags @> array_append(tags, 'db')").await;
    finds(&db, !Page::marks.contained_by(Page::marks.array_remove(3)), "NOT marks <@ array_remove(marks, 3)").await;
    finds(&db, Page::tags.array_remove("db").overlaps(Page::tags), "array_remove(tags, 'db') && tags").await;
}

#[tokio::test]
async fn text_is_searched_ranked_and_shown() {
    let (_database, db) = pages().await;
    let text = || to_tsvector("english", Page::text);
    let matches = "to_tsvector('english', text) @@";
    let web = websearch_to_tsquery("english", "fox -lazy");
    finds(&db, text().matches_query(web), &format!("{matches} websearch_to_tsquery('english', 'fox -lazy')")).await;
    let plain = plainto_tsquery("english", "dog jumping");
    finds(&db, text().matches_query(plain), &format!("{matches} plainto_tsquery('english', 'dog jumping')")).await;
    let phrase = phraseto_tsquery("english", "brown fox");
    finds(&db, text().matches_query(phrase), &format!("{matches} phraseto_tsquery('english', 'brown fox')")).await;
    let raw = to_tsquery("english", "sle:* | quick");
    finds(&db, text().matches_query(raw), &format!("{matches} to_tsquery('english', 'sle:* | quick')")).await;
    let word = |word: &str| plainto_tsquery("english", word.to_owned());
    let made = word("brown").followed_by_query(word("fox")).or_query(word("cat")).and_query(word("dog").not_query());
    finds(&db, !text().matches_query(made), "NOT to_tsvector('english', text) @@ '(brown <-> fox | cat) & !dog'").await;
    let titled = text().matches_query(plainto_tsquery("english", Page::title));
    finds(&db, titled, &format!("{matches} plainto_tsquery('english', title)")).await;
    finds(&db, Page::words.matches_query(plainto_tsquery("english", "dog")), "words @@ 'dog'").await;

    let query = websearch_to_tsquery("english", "fox or dog");
    let weighed = || setweight(to_tsvector("simple", Page::title), Weight::A).concat_vector(text());
    type Row = (i32, f32, Option<f32>, Option<f32>, Option<f32>, Option<String>, Option<String>);
    let ours: Vec<Row> = Page::select()
        .order_by((ts_rank(weighed(), query.clone()).desc().nulls_last(), Page::id.asc()))
        .columns((
            Page::id,
            ts_rank(Page::words, query.clone()),
            ts_rank(text(), query.clone()),
            ts_rank_cd(text(), query.clone()),
            ts_rank_normalized(weighed(), query.clone(), 2),
            ts_headline("english", Page::text, query.clone()),
            ts_headline_with("english", Page::text, query.clone(), "StartSel=<, StopSel=>, MaxWords=4, MinWords=1"),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    let theirs = sql(
        &db,
        "SELECT id, ts_rank(words, q), ts_rank(t, q), ts_rank_cd(t, q), ts_rank(w, q, 2), ts_headline('english', text, q),
                ts_headline('english', text, q, 'StartSel=<, StopSel=>, MaxWords=4, MinWords=1')
           FROM pages, websearch_to_tsquery('english', 'fox or dog') q, to_tsvector('english', text) t,
                LATERAL (SELECT setweight(to_tsvector('simple', title), 'A') || t) x(w)
          ORDER BY ts_rank(w, q) DESC NULLS LAST, id",
    )
    .await;
    assert!(ours[0].2 > Some(0.0) && ours[3].2.is_none(), "{ours:?}");
    same(ours, theirs);

    let nothing: Vec<(Option<f32>, Option<String>)> = Page::select()
        .limit(1)
        .columns((
            ts_rank(Page::words, websearch_to_tsquery("english", None::<String>)),
            ts_headline("english", Page::title, websearch_to_tsquery("english", None::<String>)),
        ))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(nothing, [(None, None)], "no query, no rank");
    let left: Vec<(i32, Option<f32>)> = Folder::select()
        .left_join(Page::FOLDER_ID_FKEY)
        .filter(Folder::id.eq(2))
        .columns((Folder::id, ts_rank(Page::words, query)))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(left, [(2, None)]);
}

#[tokio::test]
async fn vectors_of_words_are_read_and_bound_exactly() {
    let (_database, db) = pages().await;
    let vector = || setweight(to_tsvector("english", Page::text), Weight::B).concat_vector(Page::words);
    let ours: Vec<Option<TsVector>> =
        Page::select().order_by(Page::id.asc()).columns(vector()).fetch(&db).await.expect("reads");
    let texts: Vec<Option<String>> = ours.iter().map(|vector| vector.as_ref().map(ToString::to_string)).collect();
    let theirs: Vec<(Option<String>,)> =
        sql(&db, "SELECT (setweight(to_tsvector('english', text), 'B') || words)::text FROM pages ORDER BY id").await;
    assert_eq!(texts, theirs.into_iter().map(|(text,)| text).collect::<Vec<_>>());
    assert!(texts[0].as_deref().is_some_and(|text| text.contains("'fox':4B")), "{texts:?}");
    for vector in ours.into_iter().flatten() {
        let found = Page::select().filter(self::to_tsvector("simple", Page::title).ne(vector.clone()));
        assert!(found.exists(&db).await.expect("asks"));
        let same: Vec<bool> = Page::select()
            .limit(1)
            .columns(bind(vector.clone()).eq(vector).into_expr())
            .map(|is| is == Some(true))
            .fetch(&db)
            .await
            .expect("reads");
        assert_eq!(same, [true]);
    }
    let odd: Vec<(TsVector,)> = sql(&db, r"SELECT $$'it''s':1A,16383C 'back\\slash' 'sp ace':2$$::tsvector").await;
    assert_eq!(odd[0].0.to_string(), r"'back\\slash' 'it''s':1A,16383C 'sp ace':2");
    assert_eq!(odd[0].0.words().len(), 3);
}

#[tokio::test]
async fn a_search_uses_the_index_on_its_expression() {
    let (database, db) = pages().await;
    let statement: String = db
        .transaction(|tx| async move {
            let query = websearch_to_tsquery("english", "fox");
            let found =
                Page::select().filter(to_tsvector("english", Page::text).matches_query(query)).columns(Page::id);
            assert_eq!(found.fetch(&tx).await?.len(), 2);
            let text = "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%@@%' AND NOT from_sql
                           AND statement NOT LIKE '%pg_prepared%'";
            let found: (String,) = tx.query_as(text, &[]).fetch_one().await?;
            Ok::<_, schemata::Error>(found.0)
        })
        .await
        .expect("reads");
    let client = connect(database.url()).await;
    let plan = format!("SET enable_seqscan = off; PREPARE search(text) AS {statement}; EXPLAIN EXECUTE search('fox')");
    let rows = client.simple_query(&plan).await.expect("explains");
    let plan = format!("{rows:?}");
    assert!(plan.contains("Bitmap Index Scan on "), "{statement}\n{plan}");
}
