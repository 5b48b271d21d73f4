//! A table related to itself: what belongs to the row and what to its parent, in conditions, sub-selects and relations with a condition.
//! Each result is compared with SQL written by hand.

use schemata::prelude::*;
use schemata::query::{Condition, count, exists, scalar};
use schemata::relation::Relation;
use schemata::testing::TestDatabase;
use schemata::{Db, RawSql, alias};
use schemata_tests::fresh_database;

/// An employee.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "employees")]
struct Employee {
    #[column(primary_key)]
    id: i32,
    #[column(references = Self::id)]
    boss_id: Option<i32>,
    name: String,
    team: i32,
}

alias! {
    struct Boss = Employee;
    struct Report = Employee;
}

impl Employee {
    /// The boss, of employees who have a report of a later team. The sub-select reads an alias.
    const LEADS_TO: Relation<Self, Self> = Relation::on(Self::boss_id, Self::id).when(|| {
        let reports = Report::select().filter(Report::of(Employee::team).ge(3));
        exists(reports.correlated().filter(Report::of(Employee::boss_id).eq(Employee::id)))
    });
    /// The boss, of employees who have a report of an early team. The sub-select reads the table itself.
    const HEADS_TO: Relation<Self, Self> =
        Relation::on(Self::boss_id, Self::id).when(|| Self::BOSS_ID_FKEY.child_exists(Self::team.le(2)));
    /// The boss, of employees of the first five teams whose boss has no boss with an a in the name. A sub-select in a sub-select.
    const ABOVE: Relation<Self, Self> = Relation::on(Self::boss_id, Self::id).when(|| {
        let above = Self::BOSS_ID_FKEY.parent_exists(Self::name.contains("a"));
        Self::team.le(4).and(!Self::BOSS_ID_FKEY.parent_exists(above))
    });
}

const LEADS: &str = "EXISTS (SELECT FROM public.employees r WHERE r.team >= 3 AND r.boss_id = e.id)";
const HEADS: &str = "EXISTS (SELECT FROM public.employees r WHERE r.team <= 2 AND r.boss_id = e.id)";
const ABOVE: &str = "e.team <= 4 AND NOT EXISTS (SELECT FROM public.employees b JOIN public.employees g ON g.id = b.boss_id \
                     WHERE b.id = e.boss_id AND g.name LIKE '%a%')";

fn relations() -> [(Relation<Employee, Employee>, &'static str); 4] {
    [
        (Employee::BOSS_ID_FKEY, "true"),
        (Employee::LEADS_TO, LEADS),
        (Employee::HEADS_TO, HEADS),
        (Employee::ABOVE, ABOVE),
    ]
}

/// Sixty employees, all but three of whom have a boss with a smaller number.
async fn company() -> (TestDatabase, Db) {
    let database = fresh_database().await;
    let client = schemata_tests::catalog::connect(database.url()).await;
    let create = "CREATE TABLE public.employees (id int PRIMARY KEY, boss_id int REFERENCES public.employees, name text NOT NULL, \
                  team int NOT NULL); \
                  INSERT INTO public.employees SELECT i, CASE WHEN i > 3 THEN (i + 1) / 2 - 1 END, \
                  chr(97 + i * 5 / 3 % 5) || chr(97 + i * 5 % 3), i * 5 / 2 % 7 FROM generate_series(1, 60) i";
    client.batch_execute(create).await.expect("creates");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

/// Asserts that a query returns the rows of SQL written by hand, and that these are some rows, but not all.
async fn same(db: &Db, condition: Condition<Employee>, by_hand: String) {
    let found = Employee::select().filter(condition).order_by(Employee::id.asc()).columns(Employee::id);
    let sql = RawSql::trusted(format!("SELECT e.id FROM public.employees e WHERE {by_hand} ORDER BY e.id"));
    let expected =
        db.query_as::<(i32,)>(sql, &[]).await.expect("reads").into_iter().map(|(id,)| id).collect::<Vec<_>>();
    assert!(!expected.is_empty() && expected.len() < 60, "{by_hand}: {expected:?}");
    assert_eq!(found.fetch(db).await.expect("reads"), expected, "{by_hand}");
}

/// Returns `SELECT … FROM` employees who have a boss by a relation, as `e`, and the boss, as `b`.
fn pairs(list: &str, when: &str) -> String {
    format!(
        "SELECT {list} FROM public.employees e JOIN public.employees b ON b.id = e.boss_id WHERE {when} ORDER BY 1, 2"
    )
}

async fn by_hand(db: &Db, sql: String) -> Vec<(i32, i64)> {
    let rows = db.query_as::<(i32, i64)>(RawSql::trusted(sql), &[]).await.expect("reads");
    assert!(!rows.is_empty());
    rows
}

#[tokio::test]
async fn a_condition_on_the_parent_reads_the_parent() {
    let (_database, db) = company().await;
    for (relation, when) in relations() {
        let boss = |test: &str| {
            format!("({when}) AND EXISTS (SELECT FROM public.employees b WHERE b.id = e.boss_id AND {test})")
        };
        same(&db, relation.parent_exists(Employee::name.contains("a")), boss("b.name LIKE '%a%'")).await;
        same(&db, relation.to(Boss).parent_exists(Boss::of(Employee::name).contains("a")), boss("b.name LIKE '%a%'"))
            .await;
        same(&db, relation.parent_exists(Condition::always()), boss("true")).await;
        let twice = relation.parent_exists(Employee::BOSS_ID_FKEY.parent_exists(Employee::team.ne(1)));
        let above = "EXISTS (SELECT FROM public.employees g WHERE g.id = b.boss_id AND g.team <> 1)";
        same(&db, twice, boss(above)).await;
        let down = relation.parent_exists(Employee::BOSS_ID_FKEY.child_exists(Employee::team.eq(4)));
        same(&db, down, boss("EXISTS (SELECT FROM public.employees c WHERE c.boss_id = b.id AND c.team = 4)")).await;
        let same_team = exists(relation.to(Boss).parent().filter(Boss::of(Employee::team).lt(Employee::team)));
        same(&db, same_team, boss("b.team < e.team")).await;
    }
}

#[tokio::test]
async fn a_condition_on_children_reads_the_children() {
    let (_database, db) = company().await;
    for (relation, when) in relations() {
        let report = |test: &str| {
            format!("EXISTS (SELECT FROM public.employees e WHERE e.boss_id = b.id AND ({when}) AND {test})")
        };
        for (condition, test) in [
            (relation.child_exists(Employee::team.lt(3)), "e.team < 3"),
            (relation.from(Report).child_exists(Report::of(Employee::team).lt(3)), "e.team < 3"),
            (
                exists(relation.from(Report).children().filter(Report::of(Employee::team).le(Employee::team))),
                "e.team <= b.team",
            ),
        ] {
            let found = Employee::select().filter(condition).order_by(Employee::id.asc()).columns(Employee::id);
            let sql = format!("SELECT b.id, 0::int8 FROM public.employees b WHERE {} ORDER BY 1", report(test));
            let expected: Vec<i32> = by_hand(&db, sql).await.into_iter().map(|(id, _)| id).collect();
            assert_eq!(found.fetch(&db).await.expect("reads"), expected, "{when}: {test}");
        }
    }
}

#[tokio::test]
async fn sub_selects_list_what_belongs_to_the_row() {
    let (_database, db) = company().await;
    for (relation, when) in relations() {
        let team = scalar(relation.to(Boss).parent().columns(Boss::of(Employee::team)));
        let listed = Employee::select().order_by(Employee::id.asc()).columns((
            Employee::id,
            team,
            scalar(relation.parent().aggregate(count())),
        ));
        let rows: Vec<(i32, Option<i32>, i64)> = listed.fetch(&db).await.expect("reads");
        let expected = db
            .query_as::<(i32, Option<i32>, i64)>(
                RawSql::trusted(format!(
                    "SELECT e.id, (SELECT b.team FROM public.employees b WHERE b.id = e.boss_id AND ({when})), \
                     (SELECT count(*) FROM public.employees b WHERE b.id = e.boss_id AND ({when})) \
                     FROM public.employees e ORDER BY 1"
                )),
                &[],
            )
            .await
            .expect("reads");
        assert_eq!(rows, expected, "{when}");
        let reports = scalar(relation.from(Report).children().aggregate(Report::of(Employee::team).max()));
        let rows: Vec<(i32, Option<i32>)> = Employee::select()
            .order_by(Employee::id.asc())
            .columns((Employee::id, reports))
            .fetch(&db)
            .await
            .expect("reads");
        let expected = db
            .query_as::<(i32, Option<i32>)>(
                RawSql::trusted(format!(
                    "SELECT b.id, (SELECT max(e.team) FROM public.employees e WHERE e.boss_id = b.id AND ({when})) \
                     FROM public.employees b ORDER BY 1"
                )),
                &[],
            )
            .await
            .expect("reads");
        assert_eq!(rows, expected, "{when}");
    }
}

#[tokio::test]
async fn joins_and_loads_relate_the_same_rows() {
    let (_database, db) = company().await;
    let everybody = Employee::select().order_by(Employee::id.asc()).fetch(&db).await.expect("reads");
    for (relation, when) in relations() {
        let expected = by_hand(&db, pairs("e.id, b.id::int8", when)).await;
        let up = Employee::select().join(relation.to(Boss)).order_by(Employee::id.asc());
        let rows: Vec<(i32, i32)> = up.columns((Employee::id, Boss::of(Employee::id))).fetch(&db).await.expect("reads");
        let pairs_of = |rows: Vec<(i32, i32)>| rows.into_iter().map(|(e, b)| (e, i64::from(b))).collect::<Vec<_>>();
        assert_eq!(pairs_of(rows), expected, "{when}");
        let down = Employee::select().join(relation.from(Report)).order_by(Report::of(Employee::id).asc());
        let rows: Vec<(i32, i32)> =
            down.columns((Report::of(Employee::id), Employee::id)).fetch(&db).await.expect("reads");
        assert_eq!(pairs_of(rows), expected, "{when}");

        let parents = relation.parents_of(&everybody).fetch(&db).await.expect("loads");
        let loaded = everybody.iter().zip(parents.groups());
        let loaded: Vec<(i32, i64)> =
            loaded.flat_map(|(e, bosses)| bosses.into_iter().map(|b| (e.id, i64::from(b.id)))).collect();
        assert_eq!(loaded, expected, "{when}");
        let children = relation.children_of(&everybody).fetch(&db).await.expect("loads");
        let loaded = everybody.iter().zip(children.groups());
        let mut loaded: Vec<(i32, i64)> =
            loaded.flat_map(|(b, reports)| reports.into_iter().map(|e| (e.id, i64::from(b.id)))).collect();
        loaded.sort_unstable();
        assert_eq!(loaded, expected, "{when}");
        let each =
            Employee::select().with((relation.parent_of_each(), relation.each())).fetch(&db).await.expect("loads");
        let up: usize = each.iter().filter(|(_, boss, _)| boss.is_some()).count();
        let down: usize = each.iter().map(|(_, _, reports)| reports.len()).sum();
        assert_eq!((up, down), (expected.len(), expected.len()), "{when}");
    }
}
