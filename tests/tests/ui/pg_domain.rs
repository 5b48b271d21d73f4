use schemata::PgDomain;

#[derive(Debug, PgDomain)]
struct A {
    a: i64,
}

#[derive(Debug, PgDomain)]
#[column(check("positive", "VALUE > 0; DROP TABLE x"), immutable)]
struct B(i64);

#[derive(Debug, PgDomain)]
#[column(sql_type = "varchar(20)")]
struct C(i64);

#[derive(Debug, PgDomain)]
struct D(chrono::NaiveDateTime);

fn main() {}
