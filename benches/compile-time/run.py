#!/usr/bin/env python3
"""Measures what a model costs the compiler: `cargo check` of N models of 8 columns, here and in other libraries.

For each library a crate with 0 and one with N models is written into a temporary folder, with the same columns. Their
dependencies are checked once; then only the crate's own check is timed, with its source touched before. The libraries
take turns, round after round, so that a noisy machine treats them alike. Times are processor time. The figure is the median
difference between N models and none, per model.

`--instructions` counts the compiler's instructions with valgrind instead, in one round: a busy machine makes no difference.

usage: run.py [--models 60] [--rounds 7] [--instructions] [--only schemata,diesel,sea-orm]
"""

import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile

from count import instructions

ROOT = pathlib.Path(__file__).resolve().parents[2]

SCHEMATA = (
    f'schemata-core = {{ path = "{ROOT}/schemata-core", default-features = false, '
    'features = ["derive", "uuid", "decimal", "chrono"] }\n'
)
COMMON = (
    'uuid = { version = "1", features = ["v4"] }\n'
    'chrono = { version = "0.4", default-features = false, features = ["clock"] }\n'
    'rust_decimal = "1"\n'
)


def schemata(i):
    return f"""
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "orders_{i}")]
pub struct Order{i} {{
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    pub customer_id: Uuid,
    #[column(sql_type = "varchar(20)", unique)]
    pub order_number: String,
    #[column(sql_type = "numeric(12,2)", default = 0)]
    pub order_total: Decimal,
    #[column(default_sql = "now()")]
    pub placed_at: DateTime<Utc>,
    #[column(sql_type = "varchar(20)", default = "pending")]
    pub status: String,
    pub shipped_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
}}
"""


def diesel(i):
    return f"""
diesel::table! {{
    orders_{i} (id) {{
        id -> diesel::sql_types::Uuid,
        customer_id -> diesel::sql_types::Uuid,
        order_number -> Text,
        order_total -> Numeric,
        placed_at -> Timestamptz,
        status -> Text,
        shipped_at -> Nullable<Timestamptz>,
        note -> Nullable<Text>,
    }}
}}
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Insertable, AsChangeset)]
#[diesel(table_name = orders_{i})]
pub struct Order{i} {{
    pub id: Uuid,
    pub customer_id: Uuid,
    pub order_number: String,
    pub order_total: Decimal,
    pub placed_at: DateTime<Utc>,
    pub status: String,
    pub shipped_at: Option<DateTime<Utc>>,
    pub note: Option<String>,
}}
"""


def sea_orm(i):
    return f"""
pub mod order_{i} {{
    use super::*;
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "orders_{i}")]
    pub struct Model {{
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub customer_id: Uuid,
        #[sea_orm(unique)]
        pub order_number: String,
        #[sea_orm(column_type = "Decimal(Some((12, 2)))")]
        pub order_total: Decimal,
        pub placed_at: DateTime<Utc>,
        pub status: String,
        pub shipped_at: Option<DateTime<Utc>>,
        pub note: Option<String>,
    }}
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {{}}
    impl ActiveModelBehavior for ActiveModel {{}}
}}
"""


TYPES = "use chrono::{DateTime, Utc};\nuse rust_decimal::Decimal;\nuse uuid::Uuid;\n"
LIBRARIES = {
    "schemata": (SCHEMATA + COMMON, TYPES + "use schemata::prelude::*;\n", schemata),
    "diesel": (
        COMMON
        + 'diesel = { version = "2", default-features = false, '
        'features = ["postgres_backend", "uuid", "chrono", "numeric"] }\n',
        # Diesel cannot map rust_decimal's type, so its own numeric type is used instead.
        TYPES.replace("rust_decimal::Decimal", "bigdecimal::BigDecimal as Decimal") + "use diesel::prelude::*;\n",
        diesel,
    ),
    "sea-orm": (
        COMMON
        + 'sea-orm = { version = "1", default-features = false, '
        'features = ["macros", "with-uuid", "with-chrono", "with-rust_decimal"] }\n',
        TYPES + "use sea_orm::entity::prelude::{ActiveModelBehavior, DeriveEntityModel, DeriveRelation, EnumIter};\n"
        "use sea_orm::entity::prelude::*;\n",
        sea_orm,
    ),
}


def write_crate(folder, name, models):
    dependencies, head, model = LIBRARIES[name]
    if name == "diesel":
        dependencies += 'bigdecimal = "0.4"\n'
    crate = folder / f"{name}-{models}"
    (crate / "src").mkdir(parents=True)
    (crate / "Cargo.toml").write_text(
        f'[package]\nname = "{name}-{models}"\nversion = "0.0.0"\nedition = "2024"\n'
        f"[workspace]\n[dependencies]\n{dependencies}"
    )
    body = "".join(model(i) for i in range(models))
    (crate / "src/lib.rs").write_text(f"#![allow(unused_imports, dead_code)]\n{head}{body}")
    return crate


def check(crate, target):
    (crate / "src/lib.rs").touch()
    environment = dict(os.environ, CARGO_TARGET_DIR=str(target), CARGO_INCREMENTAL="0")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(["cargo", "check", "-q"], cwd=crate, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--models", type=int, default=60)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--instructions", action="store_true")
    arguments.add_argument("--only", default=",".join(LIBRARIES))
    arguments = arguments.parse_args()
    names = arguments.only.split(",")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        crates = [(name, n, write_crate(folder, name, n)) for name in names for n in (0, arguments.models)]
        for name, _, crate in crates:
            check(crate, folder / f"target-{name}")
        measure, rounds, unit, parts, part = (check, arguments.rounds, "s", 1000, "ms")
        if arguments.instructions:
            measure, rounds, unit, parts, part = (instructions, 1, "million instructions", 1, "million")
        found = {(name, n): [] for name, n, _ in crates}
        for _ in range(rounds):
            for name, n, crate in crates:
                found[name, n].append(measure(crate, folder / f"target-{name}"))
        print(f"{arguments.models} models of 8 columns, medians of {rounds} rounds")
        first = None
        for name in names:
            none, all_models = (statistics.median(found[name, n]) for n in (0, arguments.models))
            each = parts * (all_models - none) / arguments.models
            first = first or each
            print(f"{name:<9} {all_models:8.2f} {unit}, without models {none:7.2f}: {each:6.1f} {part} a model, x{each / first:.1f}")


if __name__ == "__main__":
    main()
