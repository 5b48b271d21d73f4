//! Checks of columns that depend on the Rust type, which the derive has the compiler evaluate.
//!
//! A check that fails panics in a constant. The derive gives the call the span of the token to blame, so that the
//! message is a compile error at that token. A check that passes returns [`passed`].

#![expect(clippy::missing_panics_doc, reason = "each check fails by a panic, at compile time")]

use crate::schema::column::{Column, DefaultValue, Literal};
use crate::schema::column_lists::{contains, has_column, same};
use crate::schema::const_message::ConstMessage;
use crate::schema::sql_type::{Comparison, SqlType, TypeKind};
use crate::schema::type_name::TypeName;

/// Checks that `sql_type` names a type whose values the Rust type holds.
#[track_caller]
pub const fn verify_sql_type(columns: &[Column], at: usize) -> isize {
    let (column, sql) = (&columns[at], &columns[at].sql_type);
    let Some(declared) = column.declared else { return passed(1, at) };
    let read = TypeName::read(declared);
    if sql.array == read.array && is_called(read, sql.name, sql.also) {
        return passed(1, at);
    }
    let suffix = if sql.array { "[]" } else { "" };
    let message = ConstMessage::new("`sql_type = \"").text(declared).text("\"` does not fit the Rust type of column ");
    let message = message.code(column.name, "").text(": write ").any_of(sql.name, sql.also, suffix);
    panic!("{}", message.text(", or change the field's type").as_str());
}

/// Checks that the Rust type implies a PostgreSQL type, so that the field need not name one.
#[track_caller]
pub const fn verify_implied_type(columns: &[Column], at: usize) -> isize {
    let (column, sql) = (&columns[at], &columns[at].sql_type);
    if sql.explicit {
        let message = ConstMessage::new("column ")
            .code(column.name, "")
            .text(" must name its PostgreSQL type: write `sql_type = \"");
        let message = message.text(sql.name).text(if sql.array { "[]\"`" } else { "\"`" });
        panic!(
            "{}",
            message.text(", or use a Rust type that implies one, like `DateTime<Utc>` for `timestamptz`").as_str()
        );
    }
    passed(2, at)
}

/// Checks that a column of the primary key is not nullable and that its type is known.
#[track_caller]
pub const fn verify_key(columns: &[Column], at: usize) -> isize {
    if columns[at].nullable {
        let message = ConstMessage::new("primary key column ").code(columns[at].name, "");
        panic!("{}", message.text(" cannot be an `Option`: a primary key is never NULL; remove the `Option`").as_str());
    }
    if columns[at].declared.is_none() {
        verify_implied_type(columns, at);
    }
    passed(3, at)
}

/// Checks that the default is a literal of the column's type.
#[track_caller]
pub const fn verify_default(columns: &[Column], at: usize) -> isize {
    let column = &columns[at];
    if let Some(DefaultValue::Literal(literal)) = column.default
        && !is_literal_of(&column.sql_type, literal)
    {
        panic!("{}", wrong_default(column, literal).as_str());
    }
    passed(4, at)
}

/// Returns whether the literal is a value of the type.
const fn is_literal_of(sql: &SqlType, literal: Literal) -> bool {
    let kinds = &sql.literals;
    match literal {
        Literal::Boolean(_) => kinds.boolean,
        Literal::Float(_) => kinds.float,
        Literal::Integer(value) => match kinds.integer {
            Some((least, greatest)) => least <= value && value <= greatest && is_variant(sql.kind, value),
            None => false,
        },
        Literal::Text(text) => {
            kinds.text
                && match sql.kind {
                    TypeKind::Enum { labels, .. } | TypeKind::CheckedText { labels } => contains(labels, text),
                    _ => true,
                }
        }
    }
}

/// Returns the message about a literal that is no value of the column's type. It is made only once the check has failed:
/// building a text is what takes longest in constant evaluation.
const fn wrong_default(column: &Column, literal: Literal) -> ConstMessage {
    let (sql, message) = (&column.sql_type, ConstMessage::new("column ").code(column.name, ""));
    match literal {
        Literal::Integer(value) if sql.literals.integer.is_some() => {
            if is_variant(sql.kind, value) {
                message.text(": this default is out of the range of the field's type, stored as ").code(sql.name, "")
            } else {
                message.text(": no variant has the number of this default")
            }
        }
        Literal::Text(text) if sql.literals.text => {
            let (first, others) = match sql.kind {
                TypeKind::Enum { labels: [first, others @ ..], .. }
                | TypeKind::CheckedText { labels: [first, others @ ..] } => (*first, others),
                _ => ("", [].as_slice()),
            };
            message.text(": no label is called ").code(text, "").text("; write ").any_of(first, others, "")
        }
        _ => wrong_literal(message, column),
    }
}

/// Returns whether a column with a check for numbers takes this one.
const fn is_variant(kind: TypeKind, value: i128) -> bool {
    let TypeKind::CheckedInteger { numbers } = kind else { return true };
    let mut i = 0;
    while i < numbers.len() {
        if numbers[i] == value {
            return true;
        }
        i += 1;
    }
    false
}

const fn wrong_literal(message: ConstMessage, column: &Column) -> ConstMessage {
    let kinds = &column.sql_type.literals;
    let takes = match (kinds.boolean, kinds.integer.is_some(), kinds.float, kinds.text) {
        (true, ..) => " takes `true` or `false` as its default",
        (_, true, true, _) => " takes a number as its default",
        (_, true, ..) => " takes an integer as its default",
        (.., true) => " takes a string as its default",
        _ => " takes no literal as its default: write the SQL expression, `default_sql = \"…\"`",
    };
    message.text(takes)
}

/// Checks that an identity column is an integer that is not nullable.
#[track_caller]
pub const fn verify_identity(columns: &[Column], at: usize) -> isize {
    let (column, sql) = (&columns[at], &columns[at].sql_type);
    if sql.array || column.nullable || !is_integer(sql.name) {
        let message = ConstMessage::new("column ").code(column.name, "");
        panic!("{}", message.text(" cannot be an identity: use `i64`, `i32` or `i16`, without `Option`").as_str());
    }
    passed(5, at)
}

/// Checks that a serial column is an integer that is not nullable.
#[track_caller]
pub const fn verify_serial(columns: &[Column], at: usize) -> isize {
    let (column, sql) = (&columns[at], &columns[at].sql_type);
    if sql.array || column.nullable || !is_integer(sql.name) {
        let message = ConstMessage::new("column ").code(column.name, "");
        panic!("{}", message.text(" cannot be serial: use `i64`, `i32` or `i16`, without `Option`").as_str());
    }
    passed(11, at)
}

const fn is_integer(name: &str) -> bool {
    same(name, "smallint") || same(name, "integer") || same(name, "bigint")
}

/// Checks that the column of a foreign key with `set_null` is nullable.
#[track_caller]
pub const fn verify_set_null(columns: &[Column], at: usize) -> isize {
    if !columns[at].nullable {
        let message = ConstMessage::new("`set_null` would store NULL in column ").code(columns[at].name, "");
        panic!("{}", message.text(", which is NOT NULL: make its type an `Option`, or write another action").as_str());
    }
    passed(6, at)
}

/// Checks that a column with `not_null(…)` is NOT NULL, or may hold NULL in existing rows.
#[track_caller]
pub const fn verify_not_null(columns: &[Column], at: usize) -> isize {
    let column = &columns[at];
    let Some(constraint) = column.not_null else { return passed(12, at) };
    if column.nullable && !constraint.not_valid {
        let message = ConstMessage::new("column ").code(column.name, "");
        panic!("{}", message.text(" is nullable: remove `not_null`, or the `Option` around its type").as_str());
    }
    if !column.nullable && constraint.not_valid {
        let message = ConstMessage::new("existing rows may hold NULL in column ").code(column.name, "");
        panic!("{}", message.text(", since `not_valid` does not check them: make its type an `Option`").as_str());
    }
    passed(12, at)
}

/// Checks that one of `columns` has this name.
#[track_caller]
pub const fn verify_column(columns: &[Column], name: &str, nth: usize) -> isize {
    if !has_column(columns, name) {
        let mut message = ConstMessage::new("no column is called ").code(name, "").text("; there are ");
        let mut i = 0;
        while i < columns.len() {
            message = message.text(if i == 0 { "" } else { ", " }).code(columns[i].name, "");
            i += 1;
        }
        panic!("{}", message.as_str());
    }
    passed(7, nth)
}

/// Checks that all `columns` have different names.
#[track_caller]
pub const fn verify_distinct(columns: &[Column]) -> isize {
    let mut i = 0;
    while i < columns.len() {
        let (_, rest) = columns.split_at(i + 1);
        if has_column(rest, columns[i].name) {
            let message = ConstMessage::new("two columns are called ").code(columns[i].name, "");
            panic!("{}", message.text(": one is the struct's own or of another group; rename it").as_str());
        }
        i += 1;
    }
    passed(0, 0)
}

/// Checks that PostgreSQL has `=` for the type. It fails where the query is compiled, not where it is only checked: types decide,
/// and the constant of a generic method is evaluated when code is generated.
#[track_caller]
pub(crate) const fn verify_equality(sql: &SqlType) {
    if matches!(sql.comparison, Comparison::None) {
        let message = ConstMessage::new("PostgreSQL has no `=` that compares values of type ");
        let message = message.code(sql.name, if sql.array { "[]" } else { "" });
        panic!("{}", message.text(": compare an expression of it, written with `sql!`").as_str());
    }
}

/// Checks that PostgreSQL can sort values of the type.
#[track_caller]
pub(crate) const fn verify_order(sql: &SqlType) {
    if !matches!(sql.comparison, Comparison::Order) {
        let message = ConstMessage::new("PostgreSQL has no order of values of type ");
        let message = message.code(sql.name, if sql.array { "[]" } else { "" });
        panic!("{}", message.text(": sort by an expression of it, written with `sql!`").as_str());
    }
}

/// Returns the value of a check that passed. The derive uses it as the discriminant of an enum, so each value occurs
/// once; the gaps leave room for the discriminants that the compiler chooses for failed checks.
pub(crate) const fn passed(check: usize, at: usize) -> isize {
    (at * 256 + check * 16).cast_signed()
}

/// Returns whether `declared` is one of the names.
const fn is_called(declared: TypeName<'_>, name: &str, also: &[&str]) -> bool {
    let mut i = 0;
    while i < also.len() {
        if declared.is_called(also[i]) {
            return true;
        }
        i += 1;
    }
    declared.is_called(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_are_compared_in_every_spelling() {
        verify_sql_type(&[Column::of::<i32>("a").sql_type("INT")], 0);
        verify_sql_type(&[Column::of::<Vec<String>>("a").sql_type("varchar(9)[]")], 0);
        verify_sql_type(&[Column::of::<Vec<String>>("a").sql_type("Character  varying (9) ARRAY[3]")], 0);
    }

    #[test]
    #[should_panic(expected = "write `integer`, `int` or `int4`, or change the field's type")]
    fn a_type_that_does_not_fit_is_told_what_does() {
        verify_sql_type(&[Column::of::<i32>("a").sql_type("bigint")], 0);
    }

    #[test]
    fn the_bounds_of_an_integer_are_its_least_and_greatest_default() {
        fn takes(column: &Column, value: i128) -> bool {
            let column = *column;
            std::panic::catch_unwind(|| verify_default(&[column.default(Literal::Integer(value))], 0)).is_ok()
        }
        let of = [
            (Column::of::<i16>("a"), i128::from(i16::MIN), i128::from(i16::MAX)),
            (Column::of::<i32>("a"), i128::from(i32::MIN), i128::from(i32::MAX)),
            (Column::of::<i64>("a"), i128::from(i64::MIN), i128::from(i64::MAX)),
        ];
        for (column, least, greatest) in of {
            let taken = [least - 1, least, -1, greatest, greatest + 1].map(|value| takes(&column, value));
            assert_eq!(taken, [false, true, true, true, false], "{}", column.sql_type.name);
        }
    }
}
