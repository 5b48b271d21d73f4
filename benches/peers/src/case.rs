//! The cases: how often a turn calls, with what, what the answer has to be, and what the tables hold afterwards.

use std::fmt::Debug;
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::contender::{Contender, Failure};
use crate::data::{
    self, AUTHORS, NewUser, USERS, User, WideUser, headings, new_user, tree, user, users, wide_user, wide_users,
};
use crate::tables::{State, Tables};

/// The tasks that find users at the same time, and how many each finds.
const TASKS: i64 = 64;
const FINDS: i64 = 20;
/// The pages that are read one after the other.
const PAGES: usize = 40;
/// The rows of a large batch.
const LARGE: i64 = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Read,
    ReadWide,
    Tasks,
    Find,
    Update,
    Transaction,
    Insert,
    InsertMany(i64),
    InsertManyBack,
    InsertWide,
    UpdateMany,
    UpsertMany,
    Children,
    Page,
    Joined,
}

pub(crate) const CASES: [Case; 17] = [
    Case::Read,
    Case::ReadWide,
    Case::Tasks,
    Case::Find,
    Case::Update,
    Case::Transaction,
    Case::Insert,
    Case::InsertMany(100),
    Case::InsertMany(1_000),
    Case::InsertMany(LARGE),
    Case::InsertManyBack,
    Case::InsertWide,
    Case::UpdateMany,
    Case::UpsertMany,
    Case::Children,
    Case::Page,
    Case::Joined,
];

/// The end of a turn.
pub(crate) enum Turn {
    Took(Duration),
    /// The contender does not offer the case, for this reason.
    NotOffered(&'static str),
}

/// Calls for each number of a range, and compares the last answer with what it has to be.
macro_rules! timed {
    ($numbers:expr, |$n:pat_param| $call:expr, $expected:expr) => {{
        let (mut last, started) = (None, Instant::now());
        for $n in $numbers {
            match $call {
                Ok(work) => last = Some(work.await?),
                Err(reason) => return Ok(Turn::NotOffered(reason)),
            }
        }
        let took = started.elapsed();
        compare(&last.ok_or("no call")?.rows(), &$expected)?;
        Ok(Turn::Took(took))
    }};
}

/// Calls with each input of a list, made before the clock starts.
macro_rules! timed_with {
    ($inputs:expr, |$input:pat_param| $call:expr, $expected:expr) => {{
        let inputs: Vec<_> = $inputs.collect();
        timed!(inputs, |$input| $call, $expected)
    }};
}

fn compare<T: PartialEq + Debug>(found: &T, expected: &T) -> Result<(), Failure> {
    if found == expected {
        return Ok(());
    }
    let (mut found, mut expected) = (format!("{found:?}"), format!("{expected:?}"));
    let equal = found.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
    let from = equal.saturating_sub(80);
    for text in [&mut found, &mut expected] {
        *text = text.get(from..).unwrap_or_default().chars().take(240).collect();
    }
    Err(format!("answered …{found}\ninstead of …{expected}").into())
}

/// Spreads numbers over the keys of users: each number below 10,000 has a key of its own.
fn key(n: i64) -> i64 {
    n * 7_919 % USERS + 1
}

fn new_name(n: i64) -> String {
    format!("renamed {n:07}")
}

fn renamed(n: i64) -> User {
    User { name: new_name(n), ..user(key(n)) }
}

fn batch(n: i64, rows: i64) -> Range<i64> {
    n * rows + 1..(n + 1) * rows + 1
}

fn new_users(n: i64, rows: i64) -> Vec<NewUser> {
    batch(n, rows).map(new_user).collect()
}

fn new_wide_users(n: i64) -> Vec<WideUser> {
    batch(n, LARGE).map(wide_user).collect()
}

/// All users in no order, each with a new name and color.
fn changed(n: i64) -> Vec<User> {
    let change = |id: i64| User { id, name: format!("{} for {id}", new_name(n)), hair_color: user(id + n).hair_color };
    (0..USERS).map(|n| change(key(n))).collect()
}

/// Users in no order, the first half of which was upserted by the number before.
fn upserted(n: i64) -> Vec<User> {
    let first = n * LARGE / 2;
    let row = |id: i64| User { id, name: format!("{} for {id}", new_name(n)), hair_color: user(id).hair_color };
    (0..LARGE).map(|n| row(first + key(n))).collect()
}

fn keys_of_tasks(n: i64) -> Vec<Vec<i64>> {
    (0..TASKS).map(|task| (0..FINDS).map(|find| key((n + task) * FINDS + find)).collect()).collect()
}

fn sorted(mut rows: Vec<User>) -> Vec<User> {
    rows.sort_by_key(|row| row.id);
    rows
}

impl Case {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Read => "read 10,000",
            Self::ReadWide => "wide read 10,000",
            Self::Tasks => "64 tasks on a pool of 8",
            Self::Find => "find by key",
            Self::Update => "update, row back",
            Self::Transaction => "transaction of three statements",
            Self::Insert => "insert, row back",
            Self::InsertMany(100) => "insert 100",
            Self::InsertMany(1_000) => "insert 1,000",
            Self::InsertMany(_) => "insert 10,000",
            Self::InsertManyBack => "insert 10,000, rows back",
            Self::InsertWide => "wide insert 10,000",
            Self::UpdateMany => "update 10,000",
            Self::UpsertMany => "upsert 10,000",
            Self::Children => "children 100 × 10 × 10",
            Self::Page => "keyset page of 25",
            Self::Joined => "joined read of three tables",
        }
        .to_owned()
    }

    /// The number of calls per turn, chosen so that a turn takes a few hundredths of a second.
    pub(crate) fn calls(self) -> i64 {
        match self {
            Self::Find | Self::Update | Self::Insert => 500,
            Self::Transaction | Self::Joined => 150,
            Self::InsertMany(100) => 60,
            Self::InsertMany(1_000) | Self::Read | Self::Children => 10,
            Self::Tasks | Self::Page | Self::ReadWide => 3,
            Self::InsertMany(_) | Self::InsertManyBack | Self::InsertWide | Self::UpdateMany | Self::UpsertMany => 2,
        }
    }

    /// The work that a call repeats.
    pub(crate) fn times(self) -> i64 {
        match self {
            Self::Tasks => TASKS * FINDS,
            Self::Page => PAGES.try_into().expect("few"),
            _ => 1,
        }
    }

    pub(crate) fn state(self) -> State {
        match self {
            Self::InsertMany(_) | Self::InsertManyBack | Self::UpsertMany => State::NoUsers,
            Self::InsertWide => State::NoWideUsers,
            _ => State::Full,
        }
    }

    pub(crate) fn writes(self) -> bool {
        !matches!(
            self,
            Self::Read | Self::ReadWide | Self::Tasks | Self::Find | Self::Children | Self::Page | Self::Joined
        )
    }

    /// Calls a contender with each number of a range. Numbers begin at 0 and go on where the turn before ended, as long as
    /// the tables are not brought into their state again.
    pub(crate) async fn turn(self, contender: &mut dyn Contender, numbers: Range<i64>) -> Result<Turn, Failure> {
        let last = numbers.end - 1;
        let inserted = USERS + 1 + last;
        match self {
            Self::Read => timed!(numbers, |_| contender.read(), users(1..=USERS)),
            Self::ReadWide => timed!(numbers, |_| contender.read_wide(), wide_users()),
            Self::Tasks => timed_with!(
                numbers.map(keys_of_tasks),
                |keys| contender.find_in_tasks(keys),
                users(keys_of_tasks(last).concat())
            ),
            Self::Find => timed!(numbers, |n| contender.find(key(n)), user(key(last))),
            Self::Update => timed_with!(
                numbers.map(|n| (key(n), new_name(n))),
                |(id, name)| contender.update(id, name),
                renamed(last)
            ),
            Self::Transaction => timed_with!(
                numbers.map(|n| (key(n), new_name(n), new_user(USERS + 1 + n))),
                |(id, name, new)| contender.transaction(id, name, new),
                (user(key(last)), user(inserted))
            ),
            Self::Insert => {
                timed_with!(numbers.map(|n| new_user(USERS + 1 + n)), |new| contender.insert(new), user(inserted))
            }
            Self::InsertMany(rows) => {
                timed_with!(numbers.map(|n| new_users(n, rows)), |new| contender.insert_many(new), rows.unsigned_abs())
            }
            Self::InsertManyBack => timed_with!(
                numbers.map(|n| new_users(n, LARGE)),
                |new| contender.insert_many_back(new),
                users(batch(last, LARGE))
            ),
            Self::InsertWide => {
                timed_with!(numbers.map(new_wide_users), |new| contender.insert_wide(new), LARGE.unsigned_abs())
            }
            Self::UpdateMany => {
                timed_with!(numbers.map(changed), |rows| contender.update_many(rows), USERS.unsigned_abs())
            }
            Self::UpsertMany => {
                timed_with!(numbers.map(upserted), |rows| contender.upsert_many(rows), LARGE.unsigned_abs())
            }
            Self::Children => timed!(numbers, |_| contender.children(), tree()),
            Self::Page => timed!(numbers, |_| contender.pages(PAGES), data::pages(PAGES)),
            Self::Joined => {
                let author = |n| n % AUTHORS + 1;
                timed!(numbers, |n| contender.joined(author(n)), headings(author(last)))
            }
        }
    }

    /// Compares the tables with what they have to hold after the turns of number 0 and 1.
    pub(crate) async fn check(self, tables: &Tables) -> Result<(), Failure> {
        let mut expected = users(1..=USERS);
        let mut change = |rows: Vec<User>| {
            for row in rows {
                let at = usize::try_from(row.id - 1).expect("a key");
                expected[at] = row;
            }
        };
        match self {
            Self::Update => change(vec![renamed(0), renamed(1)]),
            Self::Transaction => {
                change(vec![renamed(0), renamed(1)]);
                expected.extend(users(USERS + 1..=USERS + 2));
            }
            Self::Insert => expected.extend(users(USERS + 1..=USERS + 2)),
            Self::InsertMany(rows) => expected = users(1..=rows * 2),
            Self::InsertManyBack => expected = users(1..=LARGE * 2),
            Self::UpdateMany => change(changed(1)),
            Self::UpsertMany => {
                let first = upserted(0).into_iter().filter(|row| row.id <= LARGE / 2);
                expected = sorted(first.chain(upserted(1)).collect());
            }
            Self::InsertWide => {
                let expected = [new_wide_users(0), new_wide_users(1)].concat();
                return compare(&tables.wide_users().await?, &expected);
            }
            _ => return Ok(()),
        }
        compare(&tables.users().await?, &expected)
    }
}
