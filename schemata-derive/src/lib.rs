//! The derive and attribute macros of Schemata, a PostgreSQL-first ORM.
//!
//! Depend on `schemata-core`, which re-exports everything here. These pages document what each macro accepts. Every macro
//! reports all mistakes of an item at once, each on the token to blame, with what to write instead.
//!
//! Inside, a macro parses (`attr`), lowers to a model (`lower`, `ir`), checks it (`check`), and only without a mistake
//! expands (`expand`). What Rust types decide is left to the compiler: the output holds constants that verify it.

mod attr;
#[cfg(test)]
mod budget;
mod check;
mod composite;
mod constraints;
mod derive;
mod diag;
mod domain;
mod driver_traits;
mod ecosystem;
mod expand;
mod from_row;
#[cfg(test)]
mod fuzz;
mod int_enum;
mod ir;
mod labels;
mod lower;
mod migration;
mod migrations;
mod names;
mod newtype;
mod path;
mod projection;
mod query;
mod request;
#[cfg(test)]
mod snapshots;
mod sql;
mod sql_expression;
mod sql_function;
mod sql_migrations;

use proc_macro::TokenStream;

/// Makes a struct with named fields the model of a table: each field a column, in order.
///
/// ```ignore
/// #[derive(TableModel)]
/// #[table(unique(order_id, sku), check("positive", "quantity > 0"))]
/// pub struct OrderItem {
///     #[column(primary_key, default_sql = "gen_random_uuid()")]
///     pub id: Uuid,
///     #[column(references = Order::id, on_delete = cascade)]
///     pub order_id: Uuid,
///     #[column(sql_type = "varchar(64)")]
///     pub sku: String,
///     #[column(default = 1)]
///     pub quantity: i32,
///     #[column(flatten)]
///     pub audit: Audit,
/// }
/// ```
///
/// A column is nullable if its type, with aliases resolved, is an `Option`. Nothing else makes it nullable.
///
/// # What it generates
/// - a handle for each field, `OrderItem::sku`, and for a group's columns, `OrderItem::audit.created_at`;
/// - `TableModel` and `FromRow`; an insert and an update with a setter per column (none for generated and `identity`
///   columns; for keys and `immutable` columns, on the insert only);
/// - a finder for each unique key of the struct's own columns: `find_by_order_id_and_sku(&db, id, sku)`;
/// - a constant for each unique key, for upserts: `OrderItem::by_order_id_and_sku`.
///
/// # `#[table(…)]`, on the struct
/// | key | meaning |
/// | --- | --- |
/// | `name = "orders"` | the table's name; else the plural of the struct's, in snake case |
/// | `schema = "sales"` | the PostgreSQL schema, if it is always the same |
/// | `primary_key(name = "orders_pk")` | the name of the primary key's constraint, if PostgreSQL did not choose it |
/// | `keyless` | the table has no primary key: the model reads and inserts, and changes rows by conditions |
/// | `unique(a, b)` | a unique constraint; with `nulls_not_distinct` and `name = "…"` as options |
/// | `index(a, b desc)` | an index; with `expression("…")`, `unique`, `nulls_not_distinct`, `using = "gin"`, `where = "…"`, `include(…)`, `with(fillfactor = 70)`, `name = "…"`; after a column or expression `asc`, `desc`, `nulls_first`, `nulls_last`, `opclass("…")`, `collate("…")` |
/// | `check("name", "sql")` | a check constraint; also `check(name = "…", sql = "…")` |
/// | `foreign_key(columns(a, b), references(M::a, M::b))` | a foreign key of several columns; with `on_delete`, `on_update`, `name` |
/// | `comment = "…"` | a comment in the catalog |
/// | `renamed_from = "…"` | the former name of the table, for `generate` |
/// | `unmanaged(index = "…", constraint = "…")` | left to the database: also `column`, `trigger`, `policy`; `row_security`, `partitioning`, `inheritance`, `unlogged` |
/// | `validate = check_order` | a function that validates each row before it is sent |
/// | `crate = "path"` | the path of the library, if it is not `::schemata` |
///
/// Lists name fields; a group's column is `audit.created_at`. Keys with lists may be repeated.
///
/// # `#[column(…)]`, on a field
/// | key | meaning |
/// | --- | --- |
/// | `primary_key` | the key, or a part of it in the order of the fields |
/// | `name = "…"` | the column's name; else the field's |
/// | `sql_type = "varchar(20)"` | the PostgreSQL type, one that the Rust type can hold |
/// | `default = 0` | a literal: `true`, `-1`, `1.5`, `"text"` |
/// | `default_sql = "now()"` | an SQL expression |
/// | `unique` | a unique constraint of this column |
/// | `references = Order::id` | a foreign key; with `on_delete` and `on_update`: `cascade`, `restrict`, `set_null`, `set_default`, `no_action` |
/// | `immutable` | only an insert sets it |
/// | `identity` | numbered by PostgreSQL, always; `identity = by_default` lets an insert set it |
/// | `serial` | numbered by a default from a sequence of its own, as in older tables |
/// | `generated = "a * b"` | computed by PostgreSQL and stored |
/// | `flatten` | the field is a group of columns, like `Audit` |
/// | `comment = "…"` | a comment in the catalog |
/// | `renamed_from = "…"` | the former name of the column, for `generate` |
/// | `unmanaged(default)` | left to the database, which has a default: also `generated`, `collation`, `sequence`, `not_null` |
///
/// A field cannot have the name of a method of models or writes (`find`, `exec`): its handle would hide the method.
#[proc_macro_derive(TableModel, attributes(table, column))]
pub fn derive_table_model(input: TokenStream) -> TokenStream {
    derive::table_model(input.into()).into()
}

/// Makes an enum of plain variants a PostgreSQL enum type, and a column type.
///
/// ```ignore
/// #[derive(Debug, PgEnum)]
/// #[column(name = "order_status")]
/// enum Status { Pending, #[column(name = "on its way")] Shipped }
/// ```
///
/// The type has the name of the enum in snake case, or `name`. It is in the table's schema, or in `schema`. Labels are the
/// variants in snake case, or their `name`, and sort in the order of the variants. `as_str` and `Display` return the label of a
/// value, `FromStr` the value of a label. Reading a label that no variant has is an error.
///
/// `#[column(serde)]`, `#[column(utoipa)]` and `#[column(clap)]` implement `Serialize` and `Deserialize`, `ToSchema`, and `ValueEnum`
/// with the same labels; each needs the feature of that name.
#[proc_macro_derive(PgEnum, attributes(column))]
pub fn derive_pg_enum(input: TokenStream) -> TokenStream {
    labels::labels(input.into(), labels::Kind::PgEnum).into()
}

/// Makes an enum of plain variants a column type of text, restricted to the labels by a check constraint.
///
/// Labels are as for `PgEnum`. Adding one later changes the constraint, not a type.
#[proc_macro_derive(TextEnum, attributes(column))]
pub fn derive_text_enum(input: TokenStream) -> TokenStream {
    labels::labels(input.into(), labels::Kind::TextEnum).into()
}

/// Makes an enum of plain variants a column type of integers: `#[repr(i16)]` (smallint), `i32` (integer) or `i64` (bigint); also
/// `i8`, `u8`, `u16` and `u32`, which are stored as these types are.
///
/// ```ignore
/// #[derive(Debug, Clone, Copy, IntEnum)]
/// #[column(check)]
/// #[repr(i16)]
/// enum Priority { Low = 1, Normal = 5, High = 9 }
/// ```
///
/// The numbers are those that `as` gives, `Priority::High as i16`; write them out, since a variant that is inserted above shifts the
/// numbers that follow. With `check`, a check constraint restricts the column to them. Reading any other number is an error that
/// names it. `TryFrom<i16>` and `From` for `i16` convert. `#[column(serde, utoipa)]` implements `Serialize`, `Deserialize` and
/// `ToSchema` by the numbers; it needs the features.
#[proc_macro_derive(IntEnum, attributes(column))]
pub fn derive_int_enum(input: TokenStream) -> TokenStream {
    int_enum::int_enum(input.into()).into()
}

/// Makes a tuple struct of one field a column type that PostgreSQL sees as that field: `struct Email(String);`.
///
/// It is a type of its own in Rust: an `Email` column does not accept a `String`, but `Email::from` converts one. The field has any
/// column type, arrays included. Type parameters are allowed, and further fields of type `PhantomData`:
/// `struct Id<T>(i64, PhantomData<T>);` makes `Id<Order>` and `Id<Customer>` distinct.
///
/// `#[column(serde, utoipa)]` implements `Serialize`, `Deserialize` and `ToSchema` as the field does; it needs the features.
/// `#[column(crate = "path")]` gives the path of the library, if it is not `::schemata`.
#[proc_macro_derive(Newtype, attributes(column))]
pub fn derive_newtype(input: TokenStream) -> TokenStream {
    newtype::newtype(input.into()).into()
}

/// Makes a tuple struct of one field a PostgreSQL domain over the field's type: `CREATE DOMAIN`.
///
/// ```ignore
/// #[derive(Debug, Clone, PartialEq, PgDomain)]
/// #[column(sql_type = "varchar(254)", check("email_has_at", "VALUE ~ '@'"))]
/// struct Email(String);
/// ```
///
/// The domain has the name of the struct in snake case, or `name`. It is in the table's schema, or in `schema`, and is created
/// before the tables that use it. Each `check` is a constraint, in which `VALUE` is the value. PostgreSQL enforces them on every
/// road, and refuses a value with 23514. A domain is never NOT NULL: write that with the column's type.
#[proc_macro_derive(PgDomain, attributes(column))]
pub fn derive_pg_domain(input: TokenStream) -> TokenStream {
    domain::domain(input.into()).into()
}

/// Makes a struct with named fields a PostgreSQL composite type: `CREATE TYPE … AS (…)`.
///
/// ```ignore
/// #[derive(Debug, Clone, PartialEq, PgComposite)]
/// #[column(name = "postal_address")]
/// struct Address {
///     street: String,
///     #[column(name = "postcode", sql_type = "varchar(10)")]
///     code: Option<String>,
/// }
/// ```
///
/// The type has the name of the struct in snake case, or `name`. It is in the table's schema, or in `schema`, and is created
/// before the tables that use it. Each field is an attribute, called like the field or by its `name`. PostgreSQL lets every
/// attribute be NULL; reading NULL into a field that is not an `Option` is an error.
#[proc_macro_derive(PgComposite, attributes(column))]
pub fn derive_pg_composite(input: TokenStream) -> TokenStream {
    composite::composite(input.into()).into()
}

/// Makes a struct a projection: what a query lists, as a row.
///
/// - `#[projection(of = Order)]`, `#[projection(of = (Order, Customer))]`: columns of these tables. Each field is the column of its
///   name of the first table; `#[projection(column = Customer::name)]` names another one, `#[projection(expr = …)]` is an
///   expression, which reads all of the tables unless `reads = …` names fewer, and `#[projection(nested)]` is another projection.
/// - `#[projection(source)]`: the struct names the columns of a derived table, in order, and is read like a table.
/// - Without either, it reads rows with the same columns, in order: `.rows_as::<Line>()`.
#[proc_macro_derive(Projection, attributes(projection))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    projection::projection(input.into()).into()
}

/// Makes an enum of a model's constraints: `OrderConstraint` for `Order`.
#[proc_macro_derive(Constraints, attributes(table, column))]
pub fn derive_constraints(input: TokenStream) -> TokenStream {
    constraints::constraints(input.into()).into()
}

/// Registers an async function as a migration.
///
/// ```ignore
/// #[migration("0001_initial_catalog")]
/// async fn initial_catalog(m: &mut Migration<'_>) -> MigrationResult {
///     m.bootstrap(tables![frozen::Customer]).await
/// }
/// ```
///
/// The id is unique in its module and orders the migrations of it: ASCII letters, digits, `_`, `-` and `.`, 200 bytes at
/// most. The module is the crate's name, or `module = "billing"`.
#[proc_macro_attribute]
pub fn migration(attr: TokenStream, item: TokenStream) -> TokenStream {
    migration::migration(attr.into(), &item.into()).into()
}

/// Declares a module for each migration in the folder of this file, so that a new one needs no line elsewhere: the whole of
/// `src/migrations/mod.rs` is `schemata::migrations!();`.
///
/// A migration's file is called `m` and its id: `m0001_initial_catalog.rs`. Other files are left alone, and a folder without
/// migrations is no error: a project begins so.
///
/// The compiler notices a new file when it compiles `mod.rs` again. `generate` touches that file. For files that come
/// in another way, for example by `git pull`, the package needs a `build.rs` that prints
/// `cargo::rerun-if-changed=src/migrations`.
#[proc_macro]
pub fn migrations(input: TokenStream) -> TokenStream {
    migrations::migrations(&input.into(), proc_macro::Span::call_site().local_file()).into()
}

/// Makes the files of SQL in a folder migrations: `schemata::sql_migrations!("migrations");`, once, anywhere in the crate.
///
/// The path begins at the folder of `Cargo.toml`. The files are part of the program, and the crate is compiled again when one
/// of them changes. They and the migrations in Rust are one history, in the order of their numbers.
///
/// | file | as in | id |
/// | --- | --- | --- |
/// | `20200101000000_name.sql`, `0001_name.sql` | sqlx, dbmate, goose, or by hand | `20200101000000_name` |
/// | `20200101000000_name.up.sql` | sqlx, golang-migrate | `20200101000000_name` |
/// | `2020-01-01-000000_name/up.sql` | diesel | `20200101000000_name` |
/// | `V1.2__name.sql` | refinery, Flyway | `1.2_name` |
///
/// Only the way up is read: `down.sql`, `.down.sql`, and what follows `-- migrate:down` are left out.
///
/// A file is one transaction. It runs step by step, and continues where it was interrupted, if it holds COMMIT or an index that is
/// built or dropped CONCURRENTLY. Each of its statements commits by itself if the first line is `-- no-transaction`
/// (sqlx), or if `metadata.toml` (diesel), `-- migrate:up transaction:false` (dbmate), `-- +goose NO TRANSACTION` or a `.conf`
/// file (Flyway) says so. `-- schemata:allow reason` above a statement allows it on a large table.
///
/// `module = "billing"` sets the module, which is the crate's name otherwise; `crate = path` gives the path of the library.
///
/// The compiler notices a new file when it compiles this call again. For files that come in another way, the package needs a
/// `build.rs` that prints `cargo::rerun-if-changed=migrations`.
#[proc_macro]
pub fn sql_migrations(input: TokenStream) -> TokenStream {
    sql_migrations::sql_migrations(input.into()).into()
}

/// Makes a struct a new row of a model: `#[insertable(Order)]`, with a field per column.
///
/// A field has the column's type, or an `Option` of it if the column has a default. A field marked
/// `#[insertable(skip)]` is not a column.
#[proc_macro_derive(Insertable, attributes(insertable))]
pub fn derive_insertable(input: TokenStream) -> TokenStream {
    request::request(request::Request::Insertable, input.into()).into()
}

/// Makes a struct a set of changes to rows of a model: `#[patch(Order)]`, with a field per column that may change.
///
/// A field is an `Option` of the column's type, or a `Field` of it. A field marked `#[patch(skip)]` is not a column.
#[proc_macro_derive(Patch, attributes(patch))]
pub fn derive_patch(input: TokenStream) -> TokenStream {
    request::request(request::Request::Patch, input.into()).into()
}

/// The part of the core's `sql!` that reads the fragment; it is documented there. The core's path comes first, in brackets.
#[doc(hidden)]
#[proc_macro]
pub fn __sql(input: TokenStream) -> TokenStream {
    sql_expression::sql(input.into()).into()
}

/// The part of the core's `sql_fn!` that makes the functions; it is documented there. The core's path comes first, in brackets.
#[doc(hidden)]
#[proc_macro]
pub fn __sql_fn(input: TokenStream) -> TokenStream {
    sql_function::sql_fn(input.into()).into()
}

/// Makes a struct a row of any statement: of `query!`, `query_file!` and `query_as`.
///
/// ```ignore
/// #[derive(FromRow)]
/// pub struct Monthly {
///     pub month: DateTime<Utc>,
///     pub total: Decimal,
///     pub best: Option<Customer>,
/// }
/// ```
///
/// A field is the column at its position, and has its name, or `#[from_row(name = "…")]`; the fields of a tuple struct have no
/// names. A field that is a model, a struct with `FromRow`, or a tuple takes as many columns as that has. `Option` of a model is
/// `None` if the columns of its primary key are NULL; `Option` of another struct if all its columns are.
/// `#[from_row(crate = "path")]` on the struct gives the path of the library, if it is not `::schemata`.
#[proc_macro_derive(FromRow, attributes(from_row))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    from_row::from_row(input.into()).into()
}

/// Makes async functions of SQL, which `check_test!` checks against the migrations.
///
/// ```ignore
/// schemata::query! {
///     /// What a customer spent, month by month.
///     pub fn turnover(customer: Uuid, since: DateTime<Utc>) -> Vec<Monthly> =
///         "SELECT date_trunc('month', {Order::placed_at}) AS month, sum({Order::order_total}) AS total
///          FROM {Order}
///          WHERE {Order::customer_id} = {customer} AND {Order::placed_at} >= {since}
///          GROUP BY 1
///          ORDER BY 1";
/// }
/// let months = turnover(&db, ada.id, since).await?;
/// ```
///
/// The first argument is added: any executor. The text is a literal.
///
/// | hole | stands for |
/// | --- | --- |
/// | `{customer}` | a parameter of the function, bound; each must occur, and may occur several times |
/// | `{Order}`, `{Order as o}` | the table of a model in the schema of the executor; with an alias |
/// | `{Order::placed_at}`, `{Order::audit.created_at}` | a column, with its table or the table's alias; without it where PostgreSQL wants it so: among the columns that an INSERT sets, left of `=` in SET, in `ON CONFLICT (…)` and `USING (…)`, and after a dot, as in `excluded.{Order::status}` |
/// | `{o.placed_at}` | a column of the table with that alias |
/// | `{Order::*}`, `{o.*}` | all columns of a model in the order in which it is decoded |
/// | `{{`, `}}` | a brace |
///
/// | returns | |
/// | --- | --- |
/// | `Vec<T>` | all rows |
/// | `Option<T>` | the first row, if there is one |
/// | `T` | the first row; `Error::NotFound` if there is none |
/// | `Stream<T>` | the rows as they arrive: `Rows<'_, T>` |
/// | `u64` | the number of rows that the statement affected |
///
/// `T` is a model, a struct with `#[derive(FromRow)]`, a column's type, an `Option` of one of these, or a tuple of them. Names of
/// types decide, so `Vec`, `Option`, `Stream` and `u64` are written out, not hidden in an alias.
///
/// A column that can be NULL needs an `Option`. The check knows columns that are NOT NULL and not on the nullable side of an
/// outer join, `count`, `EXISTS`, `coalesce` and what is made of such values; for anything else that is never NULL, write
/// `AS "total!"`: the column is called `total`.
///
/// `crate = path;` before the functions gives the path of the library, if it is not `::schemata`.
#[proc_macro]
pub fn query(input: TokenStream) -> TokenStream {
    query::query(input.into()).into()
}

/// Does the same as [`query!`] with the text in a file, whose path begins at the folder of `Cargo.toml`:
/// `pub fn turnover(customer: Uuid) -> Vec<Monthly> = "sql/turnover.sql";`.
///
/// The crate is compiled again when the file changes.
#[proc_macro]
pub fn query_file(input: TokenStream) -> TokenStream {
    query::query_file(input.into()).into()
}
