//! Conditions of any size and depth take little time and a small stack.

use std::time::{Duration, Instant};

use schemata::query::Condition;
use schemata::{Db, ErrorKind, Executor, TableModel};
use schemata_tests::runtime::{add, shop_db};
use schemata_tests::shop::first::Customer;

/// More members than the protocol has parameters for.
const MANY: usize = 70_000;

/// A generous limit: this takes about a second, and took 45 seconds with separate comparisons.
const LIMIT: Duration = Duration::from_secs(20);

async fn count(db: &Db, condition: Condition<Customer>) -> i64 {
    let began = Instant::now();
    let count = Customer::select().filter(condition).count(db).await.expect("counts");
    assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
    count
}

fn email(n: usize) -> Condition<Customer> {
    Customer::email.eq(n.to_string())
}

async fn customers(db: &Db) {
    add(db, "7").await.expect("inserts");
    add(db, "none of them").await.expect("inserts");
    // The costs of a large table make PostgreSQL compile every comparison.
    let sql = "INSERT INTO customers (email, full_name) SELECT 'x' || n, CASE WHEN n % 2 = 0 THEN 'even' ELSE 'odd' END
               FROM generate_series(1, 600) n";
    db.execute_sql(sql, &[]).await.expect("inserts");
    db.execute_sql("ANALYZE customers", &[]).await.expect("analyzes");
}

#[tokio::test]
async fn tens_of_thousands_of_conditions_take_no_time() {
    let (_database, db) = shop_db().await;
    customers(&db).await;
    assert_eq!(count(&db, Condition::any((0..MANY).map(email))).await, 1);
    assert_eq!(count(&db, (1..MANY).fold(email(0), |all, n| all.or(email(n)))).await, 1);
    assert_eq!(count(&db, (1..MANY).fold(email(0), |all, n| email(n).or(all))).await, 1);
    assert_eq!(count(&db, !Condition::any((0..MANY).map(email))).await, 601);
    assert_eq!(count(&db, Condition::all((0..MANY).map(|n| Customer::email.ne(n.to_string())))).await, 601);
    let mixed = (0..MANY).map(|n| if n % 2 == 0 { email(n) } else { Customer::full_name.eq(format!("name {n}")) });
    assert_eq!(count(&db, Condition::any(mixed)).await, 0);
    let like = (0..1_000).map(|n| Customer::email.starts_with(format!("x{n}")));
    assert_eq!(count(&db, Condition::any(like)).await, 600);
}

type Make = fn(usize) -> Condition<Customer>;

/// Combining comparisons into one does not change the result, NULL included.
#[tokio::test]
async fn many_conditions_mean_what_few_do() {
    let (_database, db) = shop_db().await;
    db.execute_sql("ALTER TABLE customers ALTER email DROP NOT NULL, ALTER full_name DROP NOT NULL", &[])
        .await
        .expect("alters");
    let sql = "INSERT INTO customers (email, full_name) SELECT nullif('e' || n % 7, 'e3'), nullif('n' || n % 5, 'n2')
               FROM generate_series(1, 70) n";
    db.execute_sql("ALTER TABLE customers DROP CONSTRAINT customers_email_key", &[]).await.expect("alters");
    db.execute_sql(sql, &[]).await.expect("inserts");
    let makes: [Make; 6] = [
        |n| Customer::email.eq(format!("e{n}")),
        |n| Customer::email.ne(format!("e{n}")),
        |n| Customer::email.lt(format!("e{n}")),
        |n| Customer::email.ge(format!("e{n}")),
        |n| Customer::email.contains(n.to_string()),
        |n| if n % 2 == 0 { Customer::full_name.eq(format!("n{n}")) } else { Customer::email.le(format!("e{n}")) },
    ];
    for (at, make) in makes.into_iter().enumerate() {
        for negated in [false, true] {
            for all in [false, true] {
                let of = |times: usize| {
                    let parts = (0..times).flat_map(|_| [1, 2, 4].map(make));
                    let group = if all { Condition::all(parts) } else { Condition::any(parts) };
                    if negated { !group } else { group }
                };
                // Three conditions, and the same three twenty times over.
                assert_eq!(count(&db, of(20)).await, count(&db, of(1)).await, "{at} {negated} {all}");
            }
        }
    }
}

#[test]
fn any_depth_is_an_answer_or_an_error_on_a_small_stack() {
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (_database, db) = shop_db().await;
            add(&db, "7").await.expect("inserts");
            for levels in [10, 249, 10_000] {
                let alternating = (0..levels).fold(email(7), |it, n| {
                    if n % 2 == 0 { it.and(Customer::email.is_not_null()) } else { it.or(email(8)) }
                });
                let found = Customer::select().filter(alternating).count(&db).await;
                match levels {
                    10 | 249 => assert_eq!(found.expect("counts"), 1, "{levels}"),
                    _ => assert_eq!(found.expect_err("too deep").kind(), ErrorKind::Unsendable, "{levels}"),
                }
                let negated = (0..levels).fold(email(7), |it, _| !it);
                assert_eq!(
                    Customer::select().filter(negated).count(&db).await.expect("counts"),
                    i64::from(levels % 2 == 0)
                );
                let grouped = (0..levels).fold(email(7), |it, _| Condition::all([it, Customer::email.ge("")]));
                assert_eq!(Customer::select().filter(grouped).count(&db).await.expect("counts"), 1);
                let nested = (0..levels).fold(email(7), |it, _| {
                    Customer::id.in_select(Customer::select().filter(it).columns(Customer::id))
                });
                let found = Customer::select().filter(nested).count(&db).await;
                match levels {
                    10 => assert_eq!(found.expect("counts"), 1),
                    _ => assert_eq!(found.expect_err("too deep").kind(), ErrorKind::Unsendable, "{levels}"),
                }
            }
            let deep = (0..10_000).fold(email(7), |it, n| if n % 2 == 0 { it.and(email(n)) } else { it.or(email(n)) });
            let deleted = Customer::delete_where(deep).exec(&db).await.expect_err("too deep");
            assert_eq!(deleted.kind(), ErrorKind::Unsendable);
            assert_eq!(Customer::select().count(&db).await.expect("counts"), 1);
        });
    };
    small.spawn(work).expect("a thread").join().expect("no overflow");
}
