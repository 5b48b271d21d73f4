//! The items that expanded macros use. Not public API: they change with the macros.
//!
//! Every expansion imports all of [`names`]. Each name in it is one token and starts with two underscores, so that it cannot
//! shadow a user's type.

pub use bytes::BytesMut;
pub use inventory;
pub use tokio_postgres::types;

use std::marker::PhantomData;

use crate::exec::RowReader;
pub use crate::migrate::MigrationEntry;
pub use crate::migrate::migration::Registered;
pub use crate::migrate::migration::sql_file::SqlFile;
use crate::model::TableModel;
pub use crate::model::groups::column_group::{GroupHandles, HandleSet};
pub use crate::model::request::field::{InsertField, PatchField};
use crate::query::Col;
pub use crate::relation::keyed::keys;
pub use crate::schema::Column;
use crate::schema::column_checks::passed;
use crate::schema::column_lists::{is_deferrable_key, is_unique};
pub use crate::schema::column_type::ForeignKeyTo;
use crate::schema::const_message::ConstMessage;
use crate::schema::{Check, ForeignKey, Table, Unique};

pub use crate::query::Extremes;
pub use crate::schema::column_checks::{verify_implied_type, verify_sql_type};
pub use crate::schema::wire::composite::{CompositeReader, CompositeWriter};
pub use crate::schema::wire::domain::{decode_domain, encode_by_driver, encode_domain, reads};
pub use crate::schema::{
    ArrayElement, Attribute, ColumnType, Domain, ListElement, SqlType, UnknownLabelError, UnknownNumberError, Wire,
};
#[cfg(feature = "dev")]
pub use crate::testing::program::check_test;

/// What the expansions of `query!` and of `#[derive(FromRow)]` use.
pub mod query {
    pub use crate::checked::{
        CheckedQuery, CheckedText, ColumnShapes, Parameter, ParameterShape, Part, Piece, RegisteredSql, Returns,
        RowColumns, Source, hole_of,
    };
    pub use crate::model::TableModel;

    use crate::checked::{QueryParameter, RowPart};
    use crate::exec::Executor;
    use crate::exec::target::Target;
    use crate::query::Col;

    /// Names a parameter and its type.
    pub const fn parameter<T: QueryParameter + ?Sized>(name: &'static str, rust: &'static str) -> Parameter<T> {
        Parameter::new(name, rust)
    }

    /// Returns how a part of a row is read.
    pub const fn part<T: RowPart<K>, K>() -> Part<T> {
        Part::of::<K>()
    }

    /// Returns where the statements of an executor run.
    pub fn target(on: &impl Executor) -> Target<'_> {
        on.target()
    }

    /// Returns the name of a column.
    pub const fn column_name<M, T, S>(column: Col<M, T, S>) -> &'static str {
        column.name()
    }

    /// Lists no columns.
    pub fn no_row(_: &mut ColumnShapes, _: Option<&'static str>) {}
}

/// Encodes a value like the driver's `to_sql_checked!`. That macro names `Box`, which a user's type of that name would
/// shadow.
///
/// # Errors
/// If the value's type does not fit, and as for `to_sql`.
pub fn checked<T: types::ToSql>(value: &T, ty: &types::Type, out: &mut BytesMut) -> Wire<types::IsNull> {
    if !T::accepts(ty) {
        return Err(Box::new(types::WrongType::new::<T>(ty.clone())));
    }
    value.to_sql(ty, out)
}

/// Returns whether `ty` is the enum type of that name, in any schema.
pub fn is_enum(ty: &types::Type, name: &str) -> bool {
    ty.name() == name && matches!(ty.kind(), types::Kind::Enum(_))
}

/// Returns whether `ty` is the composite type of that name, in any schema.
pub fn is_composite(ty: &types::Type, name: &str) -> bool {
    ty.name() == name && matches!(ty.kind(), types::Kind::Composite(_))
}

/// Returns the attribute that a field of a composite type is.
pub const fn attribute(column: &Column) -> Attribute {
    let attribute = Attribute::new(column.name, column.sql_type);
    match column.declared {
        Some(declared) => attribute.declared(declared),
        None => attribute,
    }
}

/// Returns the variant of a label from the database.
///
/// # Errors
/// If no variant has the label. The error names it.
pub fn from_label<T>(raw: &[u8], variant: fn(&str) -> Option<T>, labels: &'static [&'static str]) -> Wire<T> {
    Ok(parse_label(std::str::from_utf8(raw)?, variant, labels)?)
}

/// Returns the variant of a label.
///
/// # Errors
/// If no variant has the label.
pub fn parse_label<T>(
    label: &str,
    variant: fn(&str) -> Option<T>,
    labels: &'static [&'static str],
) -> Result<T, UnknownLabelError> {
    variant(label).ok_or_else(|| UnknownLabelError::new(label, labels))
}

#[cfg(feature = "clap")]
pub use clap;
#[cfg(feature = "serde")]
pub use serde;
#[cfg(feature = "utoipa")]
pub use utoipa;

/// Implements traits of serde for a derived type.
#[doc(hidden)]
#[cfg(feature = "serde")]
#[macro_export]
macro_rules! __with_serde {
    ($($item:item)*) => { $($item)* };
}

/// Refuses what needs the feature.
#[doc(hidden)]
#[cfg(not(feature = "serde"))]
#[macro_export]
macro_rules! __with_serde {
    ($($item:item)*) => {
        ::core::compile_error!("`#[column(serde)]` needs the feature `serde` of schemata-core: add it in Cargo.toml");
    };
}

/// Implements traits of utoipa for a derived type.
#[doc(hidden)]
#[cfg(feature = "utoipa")]
#[macro_export]
macro_rules! __with_utoipa {
    ($($item:item)*) => { $($item)* };
}

/// Refuses what needs the feature.
#[doc(hidden)]
#[cfg(not(feature = "utoipa"))]
#[macro_export]
macro_rules! __with_utoipa {
    ($($item:item)*) => {
        ::core::compile_error!("`#[column(utoipa)]` needs the feature `utoipa` of schemata-core: add it in Cargo.toml");
    };
}

/// Implements traits of clap for a derived type.
#[doc(hidden)]
#[cfg(feature = "clap")]
#[macro_export]
macro_rules! __with_clap {
    ($($item:item)*) => { $($item)* };
}

/// Refuses what needs the feature.
#[doc(hidden)]
#[cfg(not(feature = "clap"))]
#[macro_export]
macro_rules! __with_clap {
    ($($item:item)*) => {
        ::core::compile_error!("`#[column(clap)]` needs the feature `clap` of schemata-core: add it in Cargo.toml");
    };
}

pub use {__with_clap as with_clap, __with_serde as with_serde, __with_utoipa as with_utoipa};

/// The names that expansions import.
pub mod names {
    pub use core::marker::PhantomData as __PhantomData;
    pub use core::option::Option::{self as __Option, None as __None};
    pub use core::result::Result::{Err as __Err, Ok as __Ok};

    pub use core::convert::From as __From;

    pub use super::shown as __shown;
    pub use super::{
        ColumnLists as __ColumnLists, Inserts as __Inserts, ModelField as __ModelField, Refused as __Refused,
        check as __check, clone as __clone, col as __col, foreign_key as __foreign_key, handles as __handles,
        is_key as __is_key, joins as __joins, joins_key as __joins_key, keys as __keys, named as __named,
        references as __references, table as __table, total as __total, unique as __unique,
    };
    pub use crate::error::Result as __Result;
    pub use crate::exec::{FromRow as __FromRow, RowReader as __RowReader};
    pub use crate::model::groups::column_group::ColumnGroup as __ColumnGroup;
    pub use crate::model::request::row::{FieldColumn as __FieldColumn, NewRow as __NewRow, RowValues as __RowValues};
    pub use crate::model::verify_request::{
        insert_column as __insert_column, patch_column as __patch_column, verify_required as __verify_required,
    };
    pub use crate::model::write::draft::WriteDraft as __WriteDraft;
    pub use crate::model::{
        Assign as __Assign, Flattens as __Has, HasKey as __HasKey, Insert as __Insert, Insertable as __Insertable,
        Patch as __Patch, Set as __Set, TableModel as __TableModel, UniqueKey as __UniqueKey, Unset as __Unset,
        Validator as __Validator, Write as __WriteTrait, WriteKind as __WriteKind,
    };
    pub use crate::query::projection::{column_of as __column_of, expression_of as __expression_of};
    pub use crate::relation::Relation as __Relation;
    pub use crate::relation::keyed::{KeyArray as __KeyArray, Keyed as __Keyed};
    pub use crate::schema::Literal::{Boolean as __Boolean, Float as __Float, Integer as __Integer, Text as __Text};
    pub use crate::schema::ReferentialAction::{
        Cascade as __cascade, NoAction as __no_action, Restrict as __restrict, SetDefault as __set_default,
        SetNull as __set_null,
    };
    pub use crate::schema::column_checks::{
        verify_column as __verify_column, verify_default as __verify_default, verify_distinct as __verify_distinct,
        verify_identity as __verify_identity, verify_implied_type as __verify_implied_type, verify_key as __verify_key,
        verify_not_null as __verify_not_null, verify_serial as __verify_serial, verify_set_null as __verify_set_null,
        verify_sql_type as __verify_sql_type,
    };
    pub use crate::schema::column_lists::concat as __concat;
    pub use crate::schema::{
        ArrayElement as __ArrayElement, Column as __Column, ColumnType as __ColumnType, Deferral as __Deferral,
        Exclude as __Exclude, ExcludePart as __ExcludePart, Identity as __Identity, Index as __Index,
        IndexPart as __IndexPart, KeyOptions as __KeyOptions, NotNull as __NotNull,
        SequenceOptions as __SequenceOptions, SqlType as __SqlType, Storage as __Storage, Table as __Table,
        Unmanaged as __Unmanaged, UnmanagedPart as __UnmanagedPart, Validity as __Validity,
    };
    pub use crate::{model as __model, query as __query, relation as __relation};
}

/// What the documentation of a user's model names: rustdoc prints the last name of a path, so these are reached by one.
pub mod shown {
    pub use core::marker::Sized;

    pub use super::{FindFuture, GroupColumns};
    pub use crate::exec::Executor;
    pub use crate::model::write::assign::Lookup;
}

/// A Rust type as a field of a model. The derive uses a field's type through this trait alone, so that a type that cannot be
/// a column is reported once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no PostgreSQL type",
    label = "this type cannot be a column",
    note = "columns are bool, the integers from i8 to u64, f32, f64, char, String, Box<str>, Arc<str>, Vec<u8>, [u8; N], Uuid, \
            Decimal, DateTime<Utc>, NaiveDate, NaiveTime, NaiveDateTime, Duration, serde_json::Value, Json<T>, IpAddr, \
            the types of `schemata::pg`, and Vec or Option of these; those of time, jiff, url and others by a feature of the \
            crate's name",
    note = "for a type of your own, derive `PgEnum`, `PgDomain`, `PgComposite`, `TextEnum`, `IntEnum` or `Newtype` on it, or \
            implement `schemata::schema::ColumnType`"
)]
pub trait ModelField: Sized {
    /// The type itself. It is unknown if the type cannot be a column.
    type This;
    /// The type without its `Option`.
    type Inner;
    /// The column, without its name.
    const COLUMN: Unnamed<Self>;
    /// A value that stands for the type without its `Option`.
    const MARK: PhantomData<fn() -> Self::Inner> = PhantomData;

    /// Reads the row's next column.
    ///
    /// # Errors
    /// As for [`RowReader::take`].
    fn take(row: &mut RowReader<'_>) -> crate::Result<Self>;

    /// Returns the values of a field of `rows` as one array.
    fn keys<M>(rows: &[&M], pick: fn(&M) -> &Self) -> crate::relation::keyed::KeyArray
    where
        Self: Clone;
}

impl<T: ColumnType> ModelField for T {
    type This = Self;
    type Inner = <T::Inner as ColumnType>::Inner;
    const COLUMN: Unnamed<T> = Unnamed(Column::of::<T>(""), PhantomData);

    fn take(row: &mut RowReader<'_>) -> crate::Result<Self> {
        row.take()
    }

    fn keys<M>(rows: &[&M], pick: fn(&M) -> &Self) -> crate::relation::keyed::KeyArray
    where
        Self: Clone,
    {
        keys(rows, pick)
    }
}

/// Names a column after its handle.
#[expect(clippy::needless_pass_by_value, reason = "the constant has no other use")]
pub const fn named<M, T>(handle: Col<M, T>, unnamed: Unnamed<T>) -> Column {
    let mut column = unnamed.0;
    column.name = handle.name();
    column
}

/// Returns the handles of a group: which group, the type of the constant says.
pub const fn handles<H: HandleSet>() -> H {
    H::HANDLES
}

/// A write that may set columns that never change afterwards.
#[diagnostic::on_unimplemented(
    message = "this column keeps the value it was inserted with: an update cannot set it",
    label = "set by an insert only",
    note = "the column is part of the primary key, `immutable`, or numbered by PostgreSQL"
)]
pub trait Inserts {}

impl Inserts for crate::model::Insert {}

/// The future that the finder of a unique key returns.
pub trait FindFuture<M>: Future<Output = crate::Result<Option<M>>> + Send {}

impl<M, F: Future<Output = crate::Result<Option<M>>> + Send> FindFuture<M> for F {}

/// A column of type `T` without a name.
#[derive(Debug)]
pub struct Unnamed<T>(Column, PhantomData<fn() -> T>);

/// The handles of group `G` in model `M`: for `Audit`, an `AuditColumns<M>`.
pub type GroupColumns<G, M> = <G as GroupHandles<M>>::Handles;

/// Calls [`Col::new`].
pub const fn col<M, T>(name: &'static str) -> Col<M, T> {
    Col::new(name)
}

/// Calls [`Table::new`].
pub const fn table(name: &'static str, columns: &'static [Column], key: &'static [&'static str]) -> Table {
    Table::new(name, columns, key)
}

/// Calls [`Unique::new`].
pub const fn unique(columns: &'static [&'static str]) -> Unique {
    Unique::new(columns)
}

/// Calls [`Check::new`].
pub const fn check(name: &'static str, sql: &'static str) -> Check {
    Check::new(name, sql)
}

/// Creates a foreign key to one column.
pub const fn references<M: TableModel, T>(columns: &'static [&'static str], target: &'static Col<M, T>) -> ForeignKey {
    ForeignKey::new(columns, M::table, target.names())
}

/// Creates a foreign key to columns of `M`.
pub const fn foreign_key<M: TableModel>(
    columns: &'static [&'static str],
    target: &'static [&'static str],
) -> ForeignKey {
    ForeignKey::new(columns, M::table, target)
}

/// Calls [`Clone::clone`].
pub fn clone<T: Clone>(value: &T) -> T {
    value.clone()
}

/// The columns of a model, then those of each group.
pub type ColumnLists = &'static [&'static [Column]];

/// Returns the total number of columns.
pub const fn total(lists: &[&[Column]]) -> usize {
    let (mut total, mut i) = (0, 0);
    while i < lists.len() {
        total += lists[i].len();
        i += 1;
    }
    total
}

/// Compiles only if a column of type `L` or `Option<L>` may reference the column `target`.
pub const fn joins<L: ForeignKeyTo<R>, M, R>(_column: PhantomData<fn() -> L>, _target: Col<M, R>, nth: usize) -> isize {
    passed(8, nth)
}

/// Does the same as [`joins`], and panics unless `target` is a key of `M`, so that a foreign key can reference it.
#[track_caller]
pub const fn joins_key<L: ForeignKeyTo<R>, M: TableModel, R>(
    column: PhantomData<fn() -> L>,
    target: Col<M, R>,
    nth: usize,
) -> isize {
    is_key::<M>(&[target.name()], nth);
    joins(column, target, nth)
}

/// Panics unless `columns`, in any order, are a key of `M`, so that a foreign key can reference them.
#[track_caller]
pub const fn is_key<M: TableModel>(columns: &[&str], nth: usize) -> isize {
    if !is_unique(M::TABLE, columns) {
        if is_deferrable_key(M::TABLE, columns) {
            let message = ConstMessage::new("a foreign key cannot reference the key of ").code(M::TABLE.name, "");
            panic!("{}", message.text(" with these columns: it is `deferrable` or `without_overlaps`").as_str());
        }
        let mut message = ConstMessage::new("a foreign key references a key, and ");
        let mut i = 0;
        while i < columns.len() {
            message = message.text(if i == 0 { "" } else { ", " }).code(columns[i], "");
            i += 1;
        }
        message = message.text(if i == 1 { " of " } else { " together, of " }).code(M::TABLE.name, "");
        message = message.text(" is not one: make it `unique` there, or reference the primary key");
        panic!("{}", message.as_str());
    }
    passed(9, nth)
}

/// The write of a model with a compile error, so that no other errors follow from that.
#[derive(Debug)]
pub struct Refused<M, K>(crate::model::write::draft::WriteDraft<K>, PhantomData<fn() -> M>);

impl<M: TableModel, K: crate::model::WriteKind<M>> crate::model::Write for Refused<M, K> {
    type Model = M;
    type Kind = K;
    type Required = ();

    fn __wrap(draft: crate::model::write::draft::WriteDraft<K>) -> Self {
        Self(draft, PhantomData)
    }

    fn __unwrap(self) -> crate::model::write::draft::WriteDraft<K> {
        self.0
    }
}
