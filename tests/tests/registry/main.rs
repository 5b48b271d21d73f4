//! The queries of a package registry, each written once with types and once by hand as SQL, over random rows with NULLs and
//! removed rows: both return the same rows, and each typed query is one statement.

mod aggregates;
mod conditions;
mod expressions;
mod joins;
mod lists;
mod pages;
mod tables;
mod windows;
mod writes;
mod writes_from_queries;

use std::collections::BTreeMap;

use schemata_tests::registry::Case;

/// Runs the queries of one kind on registries of several seeds. Every one must find rows in one of them, or change some.
macro_rules! on_random_rows {
    ($($name:ident: $queries:path, $number:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let mut rows = BTreeMap::<&str, usize>::new();
            for seed in 1..=3 {
                let mut case = Case::new(seed).await;
                $queries(&mut case).await;
                for (sql, found) in case.rows {
                    *rows.entry(sql).or_default() += found;
                }
            }
            let without: Vec<_> = rows.iter().filter(|(_, found)| **found == 0).map(|(sql, _)| sql).collect();
            assert!(without.is_empty(), "these find nothing in any registry: {without:#?}");
            assert_eq!(rows.len(), $number, "the number of queries");
        }
    )*};
}

on_random_rows! {
    joined_tables: joins::all, 14;
    conditions_on_related_rows: conditions::all, 12;
    lists_of_expressions: lists::all, 8;
    functions_and_choices: expressions::all, 11;
    groups_and_totals: aggregates::all, 10;
    pages_orders_and_counts: pages::all, 7;
    windows_and_gathered_values: windows::all, 10;
    queries_as_tables: tables::all, 10;
    writes_that_read: writes::all, 9;
    writes_from_queries: writes_from_queries::all, 7;
}
