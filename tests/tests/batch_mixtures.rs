//! Batches of random rows are stored row by row as they were given, whatever columns their rows set, however they arrive, and by
//! whichever road they are sent.
//!
//! `SCHEMATA_CASES=500 cargo test -p schemata-tests --test batch_mixtures -- --nocapture` tries as many; `SCHEMATA_SEED` is the first seed.

use futures_util::{StreamExt, stream};
use schemata::{Db, Error, Executor, TableModel};
use schemata_tests::dice::Dice;
use schemata_tests::fresh_database;

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "parcels")]
struct Parcel {
    #[column(primary_key)]
    id: i64,
    #[column(sql_type = "varchar(3000)")]
    note: Option<String>,
    #[column(default = 1)]
    count: i32,
    #[column(default_sql = "'{}'")]
    tags: Vec<String>,
}

const TABLE: &str = "CREATE TABLE parcels (
    id bigint PRIMARY KEY, note varchar(3000), count integer NOT NULL DEFAULT 1, tags text[] NOT NULL DEFAULT '{}')";

/// Numbers of rows around those at which the library changes its ways.
const RUNS: [usize; 11] = [1, 2, 127, 128, 256, 257, 1_000, 4_999, 5_000, 5_001, 9_000];

/// The columns that a row sets, in their order.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Note,
    CountAndNote,
    NoteAndCount,
    Tags,
    KeyAlone,
}

const KINDS: [Kind; 5] = [Kind::Note, Kind::CountAndNote, Kind::NoteAndCount, Kind::Tags, Kind::KeyAlone];

/// Where the rows come from.
#[derive(Debug, Clone, Copy)]
enum Source {
    List,
    IteratorOfUnknownLength,
    Stream,
}

/// What the batch does.
#[derive(Debug, Clone, Copy)]
enum Road {
    Exec,
    ExecInTransaction,
    Fetch,
}

/// Returns the row as it has to be stored. Notes are long enough for some batches to be more than is kept for a repetition.
fn stored(id: i64, kind: Kind, length: usize) -> Parcel {
    let (number, tags) = (i32::try_from(id).expect("few rows"), usize::try_from(id % 3).expect("positive"));
    let plain = Parcel { id, note: None, count: 1, tags: Vec::new() };
    let note = Some(format!("{id} ").repeat(length));
    match kind {
        Kind::Note => Parcel { note, ..plain },
        Kind::CountAndNote | Kind::NoteAndCount => Parcel { note, count: number, ..plain },
        Kind::Tags => Parcel { tags: vec![id.to_string(); tags], ..plain },
        Kind::KeyAlone => plain,
    }
}

fn row(kind: Kind, row: Parcel) -> impl schemata::model::Insertable<Model = Parcel> {
    let Parcel { id, note, count, tags } = row;
    match kind {
        Kind::Note => Parcel::insert_from(Parcel::insert().id(id).note(note)),
        Kind::CountAndNote => Parcel::insert_from(Parcel::insert().count(count).id(id).note(note)),
        Kind::NoteAndCount => Parcel::insert_from(Parcel::insert().note(note).count(count).id(id)),
        Kind::Tags => Parcel::insert_from(Parcel::insert().id(id).tags(tags)),
        Kind::KeyAlone => Parcel::insert_from(Parcel::insert().id(id)),
    }
}

async fn write(
    on: &(impl Executor + ?Sized),
    rows: Vec<(Kind, Parcel)>,
    source: Source,
    road: Road,
) -> Result<(), Error> {
    let expected = rows.len() as u64;
    let given: Vec<Parcel> = rows.iter().map(|(_, parcel)| parcel.clone()).collect();
    let rows = rows.into_iter();
    let insertable = |(kind, parcel): (Kind, Parcel)| row(kind, parcel);
    macro_rules! run {
        ($insert:expr) => {
            match road {
                Road::Fetch => assert!($insert.fetch(on).await? == given, "rows come back as they were given"),
                Road::Exec | Road::ExecInTransaction => {
                    assert_eq!($insert.exec(on).await?, expected, "rows are counted")
                }
            }
        };
    }
    match source {
        Source::List => run!(Parcel::insert_many(rows.map(insertable).collect::<Vec<_>>())),
        Source::IteratorOfUnknownLength => run!(Parcel::insert_many(rows.filter(|_| true).map(insertable))),
        Source::Stream => {
            let slowly = stream::iter(rows).then(|(kind, parcel)| async move {
                if parcel.id % 613 == 612 {
                    tokio::task::yield_now().await;
                }
                Ok(row(kind, parcel))
            });
            run!(Parcel::insert_stream(slowly));
        }
    }
    Ok(())
}

async fn try_case(db: &Db, seed: u64) {
    let mut dice = Dice::new(seed);
    let (source, road) = (
        dice.pick(&[Source::List, Source::IteratorOfUnknownLength, Source::Stream]),
        dice.pick(&[Road::Exec, Road::Exec, Road::ExecInTransaction, Road::Fetch]),
    );
    let length = dice.pick(&[0, 1, 1, 200]);
    let mut kinds = Vec::new();
    for _ in 0..=dice.roll(5) {
        let (kind, run) = (dice.pick(&KINDS), dice.pick(&RUNS));
        kinds.extend(std::iter::repeat_n(kind, run));
    }
    let mut rows: Vec<_> = (0_i64..).zip(kinds).map(|(id, kind)| (kind, stored(id, kind, length))).collect();
    let expected: Vec<Parcel> = rows.iter().map(|(_, parcel)| parcel.clone()).collect();
    let refused = if dice.once_in(4) {
        let at = usize::try_from(dice.roll(rows.len() as u64)).expect("an index");
        rows[at] = (Kind::Note, Parcel { note: Some("x".repeat(3_001)), ..rows[at].1.clone() });
        Some(at)
    } else {
        None
    };
    let case = format!("seed {seed}: {} rows, {source:?}, {road:?}, refused: {refused:?}", rows.len());
    println!("{case}");
    let outcome = match road {
        Road::ExecInTransaction => {
            db.transaction(|tx| {
                let rows = rows.clone();
                async move { write(&tx, rows, source, road).await }
            })
            .await
        }
        Road::Exec | Road::Fetch => write(db, rows, source, road).await,
    };
    let found = Parcel::select().order_by(Parcel::id.asc()).fetch(db).await.expect("reads");
    match (refused, outcome) {
        (None, Ok(())) => assert!(found == expected, "{case}: {} rows are stored", found.len()),
        (Some(at), Err(Error::Invalid(violations))) => {
            assert_eq!(violations.all[0].row, at, "{case}");
            assert_eq!(found.len(), 0, "{case}");
        }
        (_, other) => panic!("{case}: {other:?}"),
    }
    Parcel::delete_where(Parcel::all_rows()).exec(db).await.expect("empties");
}

#[tokio::test]
async fn every_row_is_stored_as_it_was_given_or_none_is() {
    let database = fresh_database().await;
    let db = Db::connect(database.url()).await.expect("connects");
    db.execute_sql(TABLE, &[]).await.expect("creates the table");
    let of = |name| std::env::var(name).ok().and_then(|value| value.parse().ok());
    let (first, cases) = (of("SCHEMATA_SEED").unwrap_or(0), of("SCHEMATA_CASES").unwrap_or(16));
    for seed in first..first + cases {
        try_case(&db, seed).await;
    }
}
