//! What a row is made of: columns, models, structs, optional ones, and tuples of these. The parts say which columns they take, for
//! the check, and take them.

use std::any::type_name;

use tokio_postgres::types::Type;

use crate::error::Result;
use crate::exec::row::{FromRow, RowReader};
use crate::model::TableModel;
use crate::query::{ListTrees, Projection};
use crate::schema::{Column, ColumnType, SqlType};
use crate::sql::tree::Expr as Tree;

/// A row whose columns are known without a database. [`#[derive(FromRow)]`](derive@crate::FromRow) implements it, and every model
/// has it.
///
/// A type that implements [`FromRow`] by hand needs it as well to be the result of [`query!`](crate::query!):
///
/// ```
/// use schemata::checked::{ColumnShapes, RowColumns};
/// use schemata::{FromRow, Result, RowReader};
/// struct Total { status: String, orders: i64 }
/// impl FromRow for Total {
///     fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
///         Ok(Self { status: row.take()?, orders: row.take()? })
///     }
/// }
/// impl RowColumns for Total {
///     const WIDTH: usize = 2;
///     fn describe(to: &mut ColumnShapes) {
///         to.column::<String>(Some("status"));
///         to.column::<i64>(Some("orders"));
///     }
/// }
/// ```
pub trait RowColumns: FromRow {
    /// The number of columns.
    const WIDTH: usize;

    /// Lists the columns in the order in which they are read.
    fn describe(to: &mut ColumnShapes);

    /// Returns whether there is no such row, which an outer join shows by NULLs: whether all columns are NULL. For a model, those
    /// of the primary key count, if it has one.
    fn is_absent(row: &RowReader<'_>) -> bool {
        (0..Self::WIDTH).all(|ahead| row.is_null(ahead))
    }
}

impl<M: TableModel> RowColumns for M {
    const WIDTH: usize = M::TABLE.columns.len();

    fn describe(to: &mut ColumnShapes) {
        for column in M::TABLE.columns {
            to.table_column::<M>(column);
        }
    }

    fn is_absent(row: &RowReader<'_>) -> bool {
        let key = M::TABLE.primary_key;
        let is_key = |column: &Column| key.is_empty() || key.contains(&column.name);
        M::TABLE.columns.iter().enumerate().all(|(ahead, column)| !is_key(column) || row.is_null(ahead))
    }
}

/// A column.
#[derive(Debug)]
pub enum AsColumn {}

/// A model or another row.
#[derive(Debug)]
pub enum AsRow {}

/// A model or another row that may be missing.
#[derive(Debug)]
pub enum AsOptionalRow {}

/// A projection of columns of one model.
#[derive(Debug)]
pub enum AsProjection {}

/// A part of a row. `Kind` says what it is; the compiler infers it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    label = "neither a column's type nor a row",
    note = "a row is a model, a struct with `#[derive(FromRow)]`, a column's type, an `Option` of one of these, or a tuple of them"
)]
pub trait RowPart<Kind>: Sized {
    /// The number of columns.
    #[doc(hidden)]
    const WIDTH: usize;

    #[doc(hidden)]
    fn __take(row: &mut RowReader<'_>, name: Option<&'static str>) -> Result<Self>;

    #[doc(hidden)]
    fn __describe(to: &mut ColumnShapes, name: Option<&'static str>);
}

#[diagnostic::do_not_recommend]
impl<T: ColumnType> RowPart<AsColumn> for T {
    const WIDTH: usize = 1;

    fn __take(row: &mut RowReader<'_>, name: Option<&'static str>) -> Result<Self> {
        if let Some(name) = name {
            row.expect_name(name)?;
        }
        row.take()
    }

    fn __describe(to: &mut ColumnShapes, name: Option<&'static str>) {
        to.column::<T>(name);
    }
}

#[diagnostic::do_not_recommend]
impl<T: RowColumns> RowPart<AsRow> for T {
    const WIDTH: usize = T::WIDTH;

    fn __take(row: &mut RowReader<'_>, _: Option<&'static str>) -> Result<Self> {
        T::from_row(row)
    }

    fn __describe(to: &mut ColumnShapes, _: Option<&'static str>) {
        to.row::<T>(T::describe);
    }
}

#[diagnostic::do_not_recommend]
impl<T: RowColumns> RowPart<AsOptionalRow> for Option<T> {
    const WIDTH: usize = T::WIDTH;

    fn __take(row: &mut RowReader<'_>, _: Option<&'static str>) -> Result<Self> {
        if T::is_absent(row) {
            row.skip(T::WIDTH)?;
            return Ok(None);
        }
        T::from_row(row).map(Some)
    }

    fn __describe(to: &mut ColumnShapes, _: Option<&'static str>) {
        to.optional(|to| to.row::<T>(T::describe));
    }
}

#[diagnostic::do_not_recommend]
impl<P: Projection<Model: TableModel> + FromRow> RowPart<AsProjection> for P {
    const WIDTH: usize = P::__LEN;

    fn __take(row: &mut RowReader<'_>, _: Option<&'static str>) -> Result<Self> {
        P::from_row(row)
    }

    fn __describe(to: &mut ColumnShapes, _: Option<&'static str>) {
        to.row::<P>(|to| {
            let mut listed = ListTrees::default();
            P::__append(&mut listed);
            // Computed fields have no column: the check then tells that the number of columns differs.
            let names = listed.0.iter().filter_map(Tree::as_column).map(|column| column.name);
            let columns = names.filter_map(|name| <P::Model as TableModel>::TABLE.column(name));
            columns.for_each(|column| to.table_column::<P>(column));
        });
    }
}

macro_rules! tuples {
    ($(($($part:ident $kind:ident)+))+) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($part: RowPart<$kind>, $kind),+> RowPart<($($kind,)+)> for ($($part,)+) {
            const WIDTH: usize = 0 $(+ $part::WIDTH)+;

            fn __take(row: &mut RowReader<'_>, _: Option<&'static str>) -> Result<Self> {
                Ok(($($part::__take(row, None)?,)+))
            }

            fn __describe(to: &mut ColumnShapes, _: Option<&'static str>) {
                $($part::__describe(to, None);)+
            }
        }
    )+};
}

tuples! {
    (A KA) (A KA B KB) (A KA B KB C KC) (A KA B KB C KC D KD) (A KA B KB C KC D KD E KE) (A KA B KB C KC D KD E KE F KF)
    (A KA B KB C KC D KD E KE F KF G KG) (A KA B KB C KC D KD E KE F KF G KG H KH)
    (A KA B KB C KC D KD E KE F KF G KG H KH I KI) (A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ)
    (A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ K KK)
    (A KA B KB C KC D KD E KE F KF G KG H KH I KI J KJ K KK L KL)
}

/// How a part of a row is read. The macros name the bound of [`RowPart`] here alone, so that a wrong type is reported once.
#[doc(hidden)]
pub struct Part<T> {
    /// Takes the part. A column must have the name.
    pub take: fn(&mut RowReader<'_>, Option<&'static str>) -> Result<T>,
    /// Takes a row that is nothing else.
    pub whole: fn(&mut RowReader<'_>) -> Result<T>,
    /// Lists its columns.
    pub describe: fn(&mut ColumnShapes, Option<&'static str>),
    /// The number of its columns.
    pub width: usize,
}

impl<T> Clone for Part<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Part<T> {}

impl<T> std::fmt::Debug for Part<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Part").field("width", &self.width).finish_non_exhaustive()
    }
}

impl<T> Part<T> {
    pub(crate) const fn of<K>() -> Self
    where
        T: RowPart<K>,
    {
        Self { take: T::__take, whole: whole::<T, K>, describe: T::__describe, width: T::WIDTH }
    }
}

fn whole<T: RowPart<K>, K>(row: &mut RowReader<'_>) -> Result<T> {
    let value = T::__take(row, None)?;
    row.finish()?;
    Ok(value)
}

/// The columns that a row takes.
#[derive(Debug, Default)]
pub struct ColumnShapes {
    pub(crate) columns: Vec<ColumnShape>,
    /// The rows that are being described, from the outermost.
    path: Vec<String>,
    /// How many rows have been described.
    rows: usize,
    /// Whether they may be missing.
    optional: bool,
}

/// A column that a row takes.
#[cfg_attr(not(feature = "dev"), expect(dead_code, reason = "only the check of a test reads all of it"))]
#[derive(Debug)]
pub(crate) struct ColumnShape {
    /// The name that the column must have; a tuple accepts any.
    pub(crate) name: Option<&'static str>,
    /// The struct that it is a field of.
    pub(crate) owner: Option<String>,
    /// The number of the model that it is a column of, among the rows that are described.
    pub(crate) model: Option<usize>,
    /// The Rust type as people write it; unknown for a model's column.
    pub(crate) rust: Option<String>,
    pub(crate) sql: SqlType,
    pub(crate) nullable: bool,
    pub(crate) accepts: Option<fn(&Type) -> bool>,
}

impl ColumnShapes {
    /// Adds a column of the type `T`. With a name, the column of the statement must have it.
    pub fn column<T: ColumnType>(&mut self, name: Option<&'static str>) {
        self.columns.push(ColumnShape {
            name,
            owner: self.path.last().cloned(),
            model: None,
            rust: Some(short_type_name::<T>()),
            sql: T::SQL_TYPE,
            nullable: self.optional || T::NULLABLE,
            accepts: Some(<T as ColumnType>::accepts),
        });
    }

    /// Adds a column of a model.
    fn table_column<M>(&mut self, column: &Column) {
        self.columns.push(ColumnShape {
            name: Some(column.name),
            owner: Some(short_type_name::<M>()),
            model: Some(self.rows),
            rust: None,
            sql: column.sql_type,
            nullable: self.optional || column.nullable,
            accepts: None,
        });
    }

    fn row<T>(&mut self, describe: impl FnOnce(&mut Self)) {
        self.rows += 1;
        self.path.push(short_type_name::<T>());
        describe(self);
        self.path.pop();
    }

    fn optional(&mut self, describe: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.optional, true);
        describe(self);
        self.optional = outer;
    }
}

/// Returns the name of a type without its modules: `Option<String>`.
pub(crate) fn short_type_name<T: ?Sized>() -> String {
    let mut short = String::new();
    let mut word = String::new();
    for letter in type_name::<T>().chars() {
        match letter {
            ':' => word.clear(),
            letter if letter.is_alphanumeric() || letter == '_' => word.push(letter),
            other => {
                short.push_str(&word);
                word.clear();
                short.push(other);
            }
        }
    }
    short.push_str(&word);
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_are_as_people_write_them() {
        assert_eq!(short_type_name::<Option<Vec<String>>>(), "Option<Vec<String>>");
        assert_eq!(short_type_name::<(i64, bool)>(), "(i64, bool)");
        assert_eq!(short_type_name::<[std::net::IpAddr]>(), "[IpAddr]");
    }
}
