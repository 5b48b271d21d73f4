//! Follows `docs/guide/existing-databases.md`: an existing database gets an application, and both then grow together.

use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::project::Project;

const SHOP: &str = r"
    CREATE TYPE order_status AS ENUM ('pending', 'in transit', 'delivered');
    CREATE TABLE customers (
        id serial CONSTRAINT pk_customers PRIMARY KEY,
        email varchar(255) NOT NULL UNIQUE,
        full_name varchar(200) NOT NULL,
        kind varchar(20) NOT NULL DEFAULT 'person' CHECK (kind IN ('person', 'company'))
    );
    CREATE TABLE orders (
        id bigserial PRIMARY KEY,
        customer_id integer NOT NULL REFERENCES customers ON DELETE CASCADE,
        number varchar(20) NOT NULL CONSTRAINT uq_orders_number UNIQUE,
        status order_status NOT NULL DEFAULT 'pending',
        total numeric(12,2) NOT NULL DEFAULT 0,
        placed_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX idx_orders_open ON orders (placed_at DESC) WHERE status = 'pending';
    CREATE VIEW open_orders AS SELECT id, number FROM orders WHERE status = 'pending';
    INSERT INTO customers (email, full_name) VALUES ('ada@example.com', 'Ada Lovelace');
    INSERT INTO orders (customer_id, number) VALUES (1, 'A-1');
";

const EMPTY: &str = r#"//! A shop.

use std::process::ExitCode;

use schemata::cli::App;

fn main() -> ExitCode {
    App::new("shop").main()
}
"#;

const MAIN: &str = r#"//! A shop.
#![allow(dead_code)]

mod models;

use std::process::ExitCode;

use schemata::cli::App;
use schemata::tables;

fn main() -> ExitCode {
    App::new("shop").tables(tables![models::Customer, models::Order]).main()
}
"#;

const CUSTOMER: &str = r#"//! The table `customers`.

use schemata::prelude::*;

/// A row of `customers`.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "customers",
    primary_key(name = "pk_customers"),
    check("customers_kind_check", "kind IN ('person', 'company')")
)]
pub struct Customer {
    #[column(primary_key, serial)]
    pub id: i32,
    #[column(sql_type = "varchar(255)", unique)]
    pub email: String,
    #[column(sql_type = "varchar(200)")]
    pub full_name: String,
    #[column(sql_type = "varchar(20)", default = "person")]
    pub kind: String,
}
"#;

const ORDER: &str = r#"//! The table `orders`.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::prelude::*;

use super::{Customer, OrderStatus};

/// A row of `orders`.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "orders",
    unique(number, name = "uq_orders_number"),
    index(placed_at desc, where = "status = 'pending'", name = "idx_orders_open")
)]
pub struct Order {
    #[column(primary_key, serial)]
    pub id: i64,
    #[column(references = Customer::id, on_delete = cascade)]
    pub customer_id: i32,
    #[column(sql_type = "varchar(20)")]
    pub number: String,
    #[column(default = "pending")]
    pub status: OrderStatus,
    #[column(sql_type = "numeric(12,2)", default = 0)]
    pub total: Decimal,
    #[column(default_sql = "now()")]
    pub placed_at: DateTime<Utc>,
}
"#;

const REFUND: &str = r#"//! Money that goes back.

use rust_decimal::Decimal;
use schemata::prelude::*;

use super::{Order, OrderStatus};

/// A refund.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "refunds", index(status), comment = "Money that goes back")]
pub struct Refund {
    #[column(primary_key, identity)]
    pub id: i64,
    #[column(references = Order::id)]
    pub order_id: i64,
    #[column(default = "pending")]
    pub status: OrderStatus,
    #[column(sql_type = "numeric(12,2)")]
    pub amount: Decimal,
}
"#;

const REFUNDS: &str = r#"//! Refunds.

use schemata::prelude::*;

/// The models as they were the day this was written.
#[allow(dead_code)]
mod frozen {
    use rust_decimal::Decimal;
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(name = "refunds", comment = "Money that goes back", index(status))]
    pub(super) struct Refund {
        #[column(primary_key, identity)]
        id: i64,
        order_id: i64,
        #[column(default = "pending")]
        status: OrderStatus,
        #[column(sql_type = "numeric(12,2)")]
        amount: Decimal,
    }

    #[derive(Debug, Clone, PgEnum)]
    #[column(name = "order_status")]
    pub(super) enum OrderStatus {
        Pending,
        #[column(name = "in transit")]
        InTransit,
        Delivered,
    }
}

#[migration("0003_refunds")]
async fn refunds(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![frozen::Refund]).await?;
    m.alter_table("refunds")
        .add_constraint("refunds_order_id_fkey", "FOREIGN KEY (order_id) REFERENCES orders(id)")
        .await
}
"#;

fn done(text: &str) -> (String, Option<i32>) {
    (text.to_owned(), Some(0))
}

#[tokio::test]
async fn a_database_that_exists_gets_an_application_and_grows_with_it() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute(SHOP).await.unwrap_or_else(|error| panic!("{error:?}"));
    let project = Project::create("adopted");
    let says = |arguments: &[&str]| project.says(database.url(), arguments);
    project.write("src/main.rs", EMPTY);

    // The program has no models, and the database no tables.
    let nothing = fresh_database().await;
    let note = |arguments: &[&str]| {
        let output = project.run(nothing.url(), arguments);
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert_eq!(note(&["inspect"]), "note: the schema is empty; `DATABASE_URL` and `--schema` decide where to look\n");
    let models = "note: the program lists no models; name them where it creates its `App`: .tables(tables![Order])\n";
    assert_eq!(note(&["generate", "initial"]), models);
    assert!(note(&["status"]).starts_with("note: no migration is linked into this program; "));

    // Models of the existing tables.
    let output = project.run(database.url(), &["inspect", "--dir", "src/models"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "Wrote src/models/mod.rs\nWrote src/models/customer.rs\nWrote src/models/order.rs\nWrote src/models/order_status.rs\n"
    );
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "note: add them to the program: mod models; and .tables(tables![Customer, Order])\n\
         note: the models use chrono, rust_decimal: add them to Cargo.toml\n\
         Left out, because models cannot express it:\n\
         - view open_orders: migrations create it, models do not\n"
    );
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(project.read("src/models/customer.rs"), CUSTOMER);
    assert_eq!(project.read("src/models/order.rs"), ORDER);

    // The first migration of these models; this database counts as migrated by it.
    project.write("src/main.rs", MAIN);
    assert_eq!(says(&["generate", "initial"]), done("Wrote …/src/migrations/m0001_initial.rs\n"));
    project.write("src/main.rs", &MAIN.replace("mod models;", "mod migrations;\nmod models;"));
    let marked = "Marked 1 migration(s) as applied, without running them:\n- 0001_initial\n";
    assert_eq!(says(&["migrate", "baseline", "--to", "0001_initial"]), done(marked));
    let clean = "The migrations lead to the models.\nThe database is what its migrations made it.\n";
    let alone = "Ignored, because models cannot express it: view open_orders\n";
    assert_eq!(says(&["check"]), done(&format!("{clean}{alone}")));

    // From here on, the database is migrated like any other.
    let grown = CUSTOMER.replace("    pub kind: String,\n", "    pub kind: String,\n    pub phone: Option<String>,\n");
    project.write("src/models/customer.rs", &grown);
    assert_eq!(says(&["generate", "add_phone"]), done("Wrote …/src/migrations/m0002_add_phone.rs\n"));
    assert_eq!(says(&["migrate"]), done("Applied 1 migration(s):\n- 0002_add_phone\n"));
    assert_eq!(says(&["check"]), done(&format!("{clean}{alone}")));

    // A new table references an existing one, and uses an existing type.
    let module = project.read("src/models/mod.rs");
    let module = module
        .replace("mod order;", "mod order;\nmod refund;")
        .replace("pub use order::", "pub use refund::Refund;\npub use order::");
    project.write("src/models/mod.rs", &module);
    project.write("src/models/refund.rs", REFUND);
    let main = MAIN
        .replace("mod models;", "mod migrations;\nmod models;")
        .replace("models::Order]", "models::Order, models::Refund]");
    project.write("src/main.rs", &main);
    assert_eq!(says(&["generate", "refunds"]), done("Wrote …/src/migrations/m0003_refunds.rs\n"));
    assert_eq!(project.read("src/migrations/m0003_refunds.rs"), REFUNDS);
    assert_eq!(says(&["migrate"]), done("Applied 1 migration(s):\n- 0003_refunds\n"));
    assert_eq!(says(&["check"]), done(&format!("{clean}{alone}")));
    let customers: i64 = client.query_one("SELECT count(*) FROM customers", &[]).await.expect("one row").get(0);
    assert_eq!(customers, 1);

    // A fresh database ends up the same.
    let fresh = fresh_database().await;
    let all = "Applied 3 migration(s):\n- 0001_initial\n- 0002_add_phone\n- 0003_refunds\n";
    assert_eq!(project.says(fresh.url(), &["migrate"]), done(all));
    assert_eq!(project.says(fresh.url(), &["check"]), done(clean));
}
