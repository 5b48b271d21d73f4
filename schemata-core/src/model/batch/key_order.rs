//! The order of a batch's rows by key, which is the same for every batch, and the locks taken in that order: so two
//! batches never wait for each other.
//!
//! Bytes do not always tell which keys are equal: `A` and `a` are one key of a `citext` column, as are 1.0 and 1 of a
//! `numeric` one, and two instants within one second of a `timestamptz(0)` one. For such types PostgreSQL ranks the
//! keys.

use bytes::{Bytes, BytesMut};
use tokio_postgres::types::{IsNull, Kind, Type};

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::exec::statement::Purpose;
use crate::exec::statement::fetch_with;
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::batch::arrays::{column_types, encode_error, key_arrays};
use crate::model::batch::row_group::{BatchRow, MAX_ROWS};
use crate::model::validate::row_validation::reject;
use crate::schema::Table;
use crate::sql::bulk::{change, unnest};
use crate::sql::declared_type::DeclaredType;
use crate::sql::writer::Sql;
use crate::violation::Violations;

/// Which of several rows with the same key a batch keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The first; later ones are left out.
    First,
    /// The last; earlier ones are left out.
    Last,
}

/// The key that orders the rows of a batch.
pub(crate) struct BatchKey {
    pub(crate) table: &'static Table,
    /// Positions of the key's columns in the table.
    pub(crate) columns: Vec<usize>,
    pub(crate) types: Vec<DeclaredType>,
    pub(crate) purpose: Purpose,
}

/// What to do with several rows of the same key.
#[derive(Clone, Copy)]
pub(crate) struct Duplicates {
    /// Which one to keep; without it, they are refused.
    pub(crate) keep: Option<Keep>,
    /// Whether NULL equals NULL. Otherwise a key with a NULL in it equals no other.
    pub(crate) nulls_are_equal: bool,
}

/// Rows in the order of their keys.
pub(crate) struct OrderedRows {
    pub(crate) rows: Vec<BatchRow>,
    /// Whether it takes several statements to write them.
    pub(crate) are_mixed: bool,
}

/// A row with its sort key.
struct KeyedRow {
    /// The key in binary form, or its rank.
    sort_key: Bytes,
    /// Whether the key can equal another.
    is_comparable: bool,
    row: BatchRow,
}

impl KeyedRow {
    fn has_key_of(&self, other: &Self) -> bool {
        self.is_comparable && other.is_comparable && self.sort_key == other.sort_key
    }
}

/// Whether two values of a type are equal exactly if their bytes are. A text's collation may decide otherwise; few do.
fn is_bytewise(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Array(element) => is_bytewise(element),
        Kind::Enum(_) => true,
        _ => {
            matches!(*ty, Type::BOOL | Type::BYTEA | Type::DATE | Type::INET | Type::INT2 | Type::INT4 | Type::INT8)
                || matches!(*ty, Type::NAME | Type::TEXT | Type::VARCHAR | Type::UUID)
                || matches!(*ty, Type::TIME | Type::TIMESTAMP | Type::TIMESTAMPTZ)
        }
    }
}

impl BatchKey {
    /// Asks for the types of the key's columns.
    pub(crate) async fn describe(
        target: Target<'_>,
        purpose: Purpose,
        table: &'static Table,
        columns: Vec<usize>,
    ) -> Result<Self> {
        let types = column_types(target, purpose, table, &columns).await?;
        Ok(Self { table, columns, types, purpose })
    }

    /// Puts rows in the order of their keys.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for rows of the same key, unless one of them is to be kept.
    pub(crate) async fn order(
        &self,
        target: Target<'_>,
        rows: Vec<BatchRow>,
        duplicates: Duplicates,
    ) -> Result<OrderedRows> {
        let ranks = self.ranks(target, &rows).await?;
        let mut keyed = self.keyed(rows, ranks.as_deref(), duplicates.nulls_are_equal)?;
        keyed.sort_by(|a, b| (&a.sort_key, a.row.position).cmp(&(&b.sort_key, b.row.position)));
        // Rows of one key are in the order of the batch, and `dedup_by` keeps the first.
        match duplicates.keep {
            Some(Keep::First) => keyed.dedup_by(|row, kept| row.has_key_of(kept)),
            Some(Keep::Last) => {
                keyed.reverse();
                keyed.dedup_by(|row, kept| row.has_key_of(kept));
                keyed.reverse();
            }
            None => {}
        }
        self.reject_duplicates(&keyed)?;
        let are_mixed = keyed.windows(2).any(|pair| !pair[0].row.is_like(&pair[1].row));
        let rows = keyed.into_iter().map(|KeyedRow { is_comparable, mut row, .. }| {
            row.traits.has_comparable_key = is_comparable;
            row
        });
        Ok(OrderedRows { rows: rows.collect(), are_mixed })
    }

    /// Returns each key's rank, if the bytes of the keys do not tell their order.
    async fn ranks(&self, target: Target<'_>, rows: &[BatchRow]) -> Result<Option<Vec<i64>>> {
        if self.types.iter().all(|declared| is_bytewise(&declared.ty) && declared.rounding().is_none()) {
            return Ok(None);
        }
        let sql = unnest::ranks(key_arrays(self.table, &self.columns, &self.types, rows)?);
        fetch_with(target, self.purpose, &sql, |row| RowReader::new(row).take()).await.map(Some)
    }

    fn keyed(&self, rows: Vec<BatchRow>, ranks: Option<&[i64]>, nulls_are_equal: bool) -> Result<Vec<KeyedRow>> {
        let mut keyed = Vec::with_capacity(rows.len());
        for (at, row) in rows.into_iter().enumerate() {
            let mut bytes = BytesMut::new();
            let mut is_comparable = true;
            for (column, declared) in self.columns.iter().zip(&self.types) {
                let encoded = row.value(*column).map(|value| value.bind(&declared.ty, &mut bytes));
                let encoded = encoded.transpose().map_err(|source| encode_error(self.table, *column, source))?;
                let is_null = !matches!(encoded, Some(IsNull::No));
                is_comparable &= !is_null || nulls_are_equal;
                // The length keeps ("a", "bc") apart from ("ab", "c"), and NULL from an empty text.
                let length = if is_null { u32::MAX } else { u32::try_from(bytes.len()).unwrap_or(u32::MAX) };
                bytes.extend_from_slice(&length.to_be_bytes());
            }
            if let Some(rank) = ranks.and_then(|ranks| ranks.get(at)) {
                bytes.clear();
                bytes.extend_from_slice(&rank.to_be_bytes());
            }
            keyed.push(KeyedRow { sort_key: bytes.freeze(), is_comparable, row });
        }
        Ok(keyed)
    }

    fn reject_duplicates(&self, rows: &[KeyedRow]) -> Result<()> {
        let names: Vec<_> = self.columns.iter().map(|column| self.table.columns[*column].name).collect();
        let mut violations = Violations::of(self.table.name);
        for pair in rows.windows(2) {
            let [first, second] = pair else { continue };
            if second.has_key_of(first) {
                let message = format!("has the same {} as row {}", names.join(", "), first.row.position);
                violations.add(second.row.position, names.first().copied(), "duplicate", message);
            }
        }
        reject(violations)
    }

    /// Builds the statements that lock the existing rows of these keys, in the order of `rows`. A batch of several
    /// statements needs them: otherwise each statement would begin with its own first row.
    pub(crate) fn locks(&self, schema: &Ident, rows: &[BatchRow]) -> Result<Vec<Sql>> {
        let names: Vec<&'static str> = self.columns.iter().map(|column| self.table.columns[*column].name).collect();
        let lock = |rows: &[BatchRow]| {
            Ok(change::lock(schema, self.table, &names, key_arrays(self.table, &self.columns, &self.types, rows)?))
        };
        rows.chunks(MAX_ROWS).map(lock).collect()
    }
}
