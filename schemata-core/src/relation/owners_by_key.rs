//! Owners that the program finds by the key of a row. It compares integers and UUIDs only: they are equal to PostgreSQL exactly if
//! their values are. For other keys, PostgreSQL says which owner a row belongs to.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Type};

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::param::{Param, Value, Wire};
use crate::schema::wire::array;
use crate::schema::wire::domain::base_type;
use crate::schema::{Column, TypeKind};
use crate::sql::related::OwnerKeys;
use crate::sql::tree::{ColumnRef, Expr, Filter, Query, TableRef};

/// The owners, by their keys.
pub(crate) struct OwnersByKey {
    /// Sorted, so that owners with one key stand side by side.
    owners: Vec<(Key, usize)>,
    /// The position of a row's key in the list of the query.
    at: usize,
}

/// The value of an integer of any size, or the bits of a UUID.
type Key = i128;

/// A type whose values the program can compare.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyType {
    Smallint,
    Integer,
    Bigint,
    Uuid,
}

impl OwnersByKey {
    /// Restricts `query` to the rows that have one of the keys, and lists the key of each row. Returns `None`, and leaves the query
    /// as it is, if the program cannot compare the keys, or if the query has a limit per owner.
    pub(crate) fn restrict(keys: &OwnerKeys, query: &mut Query) -> Option<Self> {
        let ([given], [sought], None, None) = (&*keys.given, &*keys.sought, &keys.stored, query.limit) else {
            return None;
        };
        let ty = KeyType::of(given.column)?;
        let other = KeyType::of(sought.as_column().and_then(|sought| column(query, sought))?)?;
        // PostgreSQL compares integers of different sizes, but no integer with a UUID.
        if (ty == KeyType::Uuid) != (other == KeyType::Uuid) {
            return None;
        }
        let mut owners = ty.numbered(&given.values).ok()?;
        owners.sort_unstable();
        let mut distinct: Vec<Key> = owners.iter().map(|(key, _)| *key).collect();
        distinct.dedup();
        let keys = Expr::Value(Param::new(KeyArray(ty, distinct)), None);
        let right = Expr::pieces(ty.any(), [keys]);
        query.add_filter(Filter::Operands { left: sought.clone(), operator: " = ", right });
        Some(Self { owners, at: query.listed(sought) })
    }

    /// Returns the owners of a row, in their order.
    pub(crate) fn of(&self, row: &RowReader<'_>) -> Result<impl Iterator<Item = usize> + '_> {
        let RowKey(key) = row.read(self.at)?;
        let first = self.owners.partition_point(|(owned, _)| key.is_none_or(|key| *owned < key));
        let same = self.owners[first..].iter().take_while(move |(owned, _)| key == Some(*owned));
        Ok(same.map(|(_, owner)| *owner))
    }
}

impl KeyType {
    /// Returns the type of a column, which its field must not name: the name could be that of another type.
    fn of(column: &Column) -> Option<Self> {
        let ty = column.sql_type;
        match ty.name {
            _ if column.declared.is_some() || ty.array || ty.kind != TypeKind::Existing => None,
            "smallint" => Some(Self::Smallint),
            "integer" => Some(Self::Integer),
            "bigint" => Some(Self::Bigint),
            "uuid" => Some(Self::Uuid),
            _ => None,
        }
    }

    /// Returns the types of an array of keys and of its elements.
    fn types(self) -> (Type, Type) {
        match self {
            Self::Smallint => (Type::INT2_ARRAY, Type::INT2),
            Self::Integer => (Type::INT4_ARRAY, Type::INT4),
            Self::Bigint => (Type::INT8_ARRAY, Type::INT8),
            Self::Uuid => (Type::UUID_ARRAY, Type::UUID),
        }
    }

    /// Returns the texts around the placeholder of an array of keys.
    fn any(self) -> &'static [&'static str] {
        match self {
            Self::Smallint => &["ANY(", "::smallint[])"],
            Self::Integer => &["ANY(", "::integer[])"],
            Self::Bigint => &["ANY(", "::bigint[])"],
            Self::Uuid => &["ANY(", "::uuid[])"],
        }
    }

    /// Returns the keys in an array of owners, each with the position of its owner. An owner whose key is NULL has no rows.
    fn numbered(self, owners: &Param) -> Wire<Vec<(Key, usize)>> {
        let mut bytes = BytesMut::new();
        owners.bind(&self.types().0, &mut bytes)?;
        let mut numbered = Vec::new();
        for (owner, element) in array::elements(&bytes)?.enumerate() {
            if let Some(element) = element? {
                numbered.push((key(element)?, owner));
            }
        }
        Ok(numbered)
    }

    /// Writes a key.
    fn put(self, key: Key, out: &mut BytesMut) {
        let bytes = key.to_be_bytes();
        let size = match self {
            Self::Smallint => 2,
            Self::Integer => 4,
            Self::Bigint => 8,
            Self::Uuid => 16,
        };
        out.extend_from_slice(&bytes[bytes.len() - size..]);
    }
}

/// Reads a key from its binary form.
fn key(bytes: &[u8]) -> Wire<Key> {
    if let Ok(bytes) = bytes.try_into() {
        return Ok(i128::from_be_bytes(bytes));
    }
    if let Ok(bytes) = bytes.try_into() {
        return Ok(i64::from_be_bytes(bytes).into());
    }
    if let Ok(bytes) = bytes.try_into() {
        return Ok(i32::from_be_bytes(bytes).into());
    }
    Ok(i16::from_be_bytes(bytes.try_into()?).into())
}

/// Keys as one array.
struct KeyArray(KeyType, Vec<Key>);

impl Value for KeyArray {
    fn bind(&self, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let Self(ty, keys) = self;
        array::header(out, &ty.types().1, keys.len())?;
        for key in keys {
            array::put(out, |out| {
                ty.put(*key, out);
                Ok(IsNull::No)
            })?;
        }
        Ok(IsNull::No)
    }
}

/// The key of a row; `None` for NULL.
struct RowKey(Option<Key>);

impl FromSql<'_> for RowKey {
    fn from_sql(_: &Type, raw: &[u8]) -> Wire<Self> {
        key(raw).map(|key| Self(Some(key)))
    }

    fn from_sql_null(_: &Type) -> Wire<Self> {
        Ok(Self(None))
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT2, Type::INT4, Type::INT8, Type::UUID].contains(base_type(ty))
    }
}

/// Returns a column of the query's tables.
fn column(query: &Query, column: ColumnRef) -> Option<&'static Column> {
    let items = std::iter::once(&query.from).chain(query.joins.iter().map(|join| &join.item));
    let mut tables = items.filter(|item| column.table == TableRef::First || item.table_ref() == column.table);
    tables.next().and_then(|item| item.table.column(column.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Table;
    use crate::sql::related::GivenColumn;

    const COLUMNS: &[Column] = &[
        Column::of::<i32>("id"),
        Column::of::<Option<i64>>("of"),
        Column::of::<i16>("small"),
        Column::of::<String>("name"),
        Column::of::<i64>("named").sql_type("bigint"),
    ];
    const TABLE: Table = Table::new("t", COLUMNS, &["id"]);

    fn restricted(owners: Vec<Option<i32>>, sought: &'static str) -> Option<(OwnersByKey, Query)> {
        let values = Param::new(Owners(owners));
        let given = vec![GivenColumn { table: &TABLE, column: &COLUMNS[0], values }];
        let (keys, mut query) =
            (OwnerKeys { given, stored: None, sought: vec![Expr::first(sought)] }, Query::of(&TABLE));
        OwnersByKey::restrict(&keys, &mut query).map(|owners| (owners, query))
    }

    struct Owners(Vec<Option<i32>>);

    impl Value for Owners {
        fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
            array::encode(&self.0, ty, out)
        }
    }

    #[test]
    fn owners_with_one_key_stand_side_by_side() {
        let (owners, query) = restricted(vec![Some(7), None, Some(-3), Some(7)], "of").expect("integers");
        assert_eq!((owners.owners, owners.at), (vec![(-3, 2), (7, 0), (7, 3)], 1));
        let sql = crate::sql::select::select(&crate::ident::Ident::public(), &query);
        assert!(sql.text.to_text().ends_with(r#" WHERE "of" = ANY($1::integer[])"#), "{:?}", sql.text);
        let mut bytes = BytesMut::new();
        assert!(sql.params[0].value.bind(&Type::INT4_ARRAY, &mut bytes).is_ok());
        let sent: Vec<_> =
            array::elements(&bytes).expect("an array").map(|it| key(it.expect("one").expect("a value"))).collect();
        assert_eq!(sent.into_iter().map(Result::unwrap_or_default).collect::<Vec<_>>(), [-3, 7]);
    }

    #[test]
    fn only_keys_that_the_program_can_compare_are_compared_here() {
        assert!(restricted(vec![Some(1)], "small").is_some());
        assert!(restricted(vec![Some(1)], "name").is_none());
        assert!(restricted(vec![Some(1)], "named").is_none());
    }
}
