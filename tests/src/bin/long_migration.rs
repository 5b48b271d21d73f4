//! An application whose `main` is one line. Its slow migration has steps of every kind, and is killed while it runs.

use std::process::ExitCode;

use schemata::cli::App;
use schemata::prelude::*;

#[migration("0001_orders", module = "patience")]
async fn orders(m: &mut Migration<'_>) -> MigrationResult {
    m.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, times int NOT NULL DEFAULT 0);
         INSERT INTO orders SELECT generate_series(1, 200);
         CREATE TABLE ran (step int);
         CREATE FUNCTION slow(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE
           AS $$ BEGIN PERFORM pg_sleep(0.002); RETURN n; END $$;
         CREATE TABLE settings AS
           SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement;
         SELECT pg_sleep(0.2)",
    )
    .await?;
    Ok(())
}

#[migration("0002_steps", module = "patience")]
async fn steps(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("INSERT INTO ran VALUES (0); SELECT pg_sleep(0.2)").await?;
    m.commit().await?;
    m.execute("INSERT INTO ran VALUES (3); SELECT pg_sleep(0.2)").await?;
    m.create_index("orders_slow_idx", "orders (public.slow(times))").concurrently().await?;
    m.execute("INSERT INTO ran VALUES (6)").await?;
    m.backfill("orders").set("times = times + public.slow(1)").batch(20).await?;
    m.create_index("orders_slow_key", "orders (public.slow(id))").unique().concurrently().await?;
    m.drop_index("orders_slow_idx").concurrently().await?;
    m.execute("INSERT INTO ran VALUES (10); SELECT pg_sleep(0.2)").await?;
    Ok(())
}

fn main() -> ExitCode {
    App::new("long-migration").main()
}
