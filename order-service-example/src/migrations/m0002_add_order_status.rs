//! Orders get a life cycle. Existing rows become `pending`.

use schemata::prelude::*;

#[migration("0002_add_order_status")]
async fn add_order_status(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("orders")
        .add_column("status", "varchar(20) NOT NULL DEFAULT 'pending'")
        .add_column("shipped_at", "timestamptz")
        .await
}
