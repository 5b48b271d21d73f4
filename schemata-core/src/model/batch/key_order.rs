//! The order of a batch's rows by key, which is the same for every batch, and the locks taken in that order: so two
//! batches never wait for each other.
//!
//! Bytes do not always tell which keys are equal: `A` and `a` are one key of a `citext` column, as are 1.0 and 1 of a
//! `numeric` one, and two instants within one second of a `timestamptz(0)` one. For such types PostgreSQL ranks the
//! keys.

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{Kind, Type};

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::exec::statement::Purpose;
use crate::exec::statement::arrays::{EncodedArray, end_of_value, offsets};
use crate::exec::statement::fetch_with;
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::batch::arrays::column_types;
use crate::model::batch::row_group::{MAX_ROWS, RowGroup, RowTraits};
use crate::model::validate::row_validation::reject;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::bulk::unnest::ColumnArrays;
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

/// A row with its sort key.
struct KeyedRow {
    /// Where the sort key is: the key in binary form, or its rank.
    sort_key: std::ops::Range<usize>,
    /// Whether the key can equal another.
    is_comparable: bool,
    /// The row's position in the batch.
    position: usize,
    group: usize,
    /// The row's position in its group.
    row: usize,
}

/// The rows of a batch with their keys.
struct KeyedRows {
    rows: Vec<KeyedRow>,
    /// The bytes of all sort keys.
    bytes: Vec<u8>,
}

impl KeyedRows {
    fn sort_key(&self, row: &KeyedRow) -> &[u8] {
        &self.bytes[row.sort_key.clone()]
    }

    fn have_same_key(&self, one: &KeyedRow, other: &KeyedRow) -> bool {
        one.is_comparable && other.is_comparable && self.sort_key(one) == self.sort_key(other)
    }

    /// Sorts the rows by their keys. Rows of one key stay in the order of the batch.
    fn sort(&mut self) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(|a, b| (self.sort_key(a), a.position).cmp(&(self.sort_key(b), b.position)));
        self.rows = rows;
    }

    /// Leaves out all rows of a key but one.
    fn keep(&mut self, keep: Keep) {
        let mut rows = std::mem::take(&mut self.rows);
        if keep == Keep::Last {
            rows.reverse();
        }
        // The first of several is kept.
        rows.dedup_by(|row, kept| self.have_same_key(row, kept));
        if keep == Keep::Last {
            rows.reverse();
        }
        self.rows = rows;
    }

    /// Returns the rows of a group that have these traits, in the order of their keys.
    fn of_group(&self, group: usize, is_comparable: bool) -> Vec<usize> {
        let own = self.rows.iter().filter(|row| row.group == group && row.is_comparable == is_comparable);
        own.map(|row| row.row).collect()
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

    /// Puts rows in the order of their keys. Returns the statements that lock the existing rows of these keys in this order, if
    /// it takes several statements to write the rows: otherwise each of these would begin with its own first row.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for rows of the same key, unless one of them is to be kept.
    pub(crate) async fn order(
        &self,
        target: Target<'_>,
        groups: &mut Vec<RowGroup>,
        duplicates: Duplicates,
    ) -> Result<Vec<Sql>> {
        let ranks = self.ranks(target, groups).await?;
        let mut keyed = self.keyed(groups, ranks.as_deref(), duplicates.nulls_are_equal);
        keyed.sort();
        if let Some(keep) = duplicates.keep {
            keyed.keep(keep);
        }
        self.reject_duplicates(&keyed)?;
        let locks = self.locks(target.schema, groups, &keyed);
        let mut ordered = Vec::with_capacity(groups.len());
        for (at, mut group) in std::mem::take(groups).into_iter().enumerate() {
            for has_comparable_key in [true, false] {
                let rows = keyed.of_group(at, has_comparable_key);
                let traits = RowTraits { has_comparable_key, ..group.traits };
                if rows.is_empty() {
                    continue;
                }
                if rows.len() == group.positions.len() && rows.is_sorted() {
                    group.traits = traits;
                    ordered.push(group);
                    break;
                }
                ordered.push(group.picked(traits, &rows));
            }
        }
        *groups = ordered;
        Ok(if groups.len() > 1 { locks } else { Vec::new() })
    }

    /// Returns the keys of these rows, ready to be bound: an array per column of the key.
    fn arrays(&self, groups: &[RowGroup], rows: &[KeyedRow]) -> Vec<ColumnArrays> {
        let column = |(column, declared): (&usize, &DeclaredType)| {
            let values: Vec<_> = groups.iter().map(|group| group.values_of(*column)).collect();
            let offsets: Vec<_> =
                values.iter().map(|values| values.map(|values| offsets(values.bytes())).unwrap_or_default()).collect();
            let mut body = BytesMut::new();
            for row in rows {
                match values[row.group] {
                    Some(values) => {
                        let offsets = &offsets[row.group];
                        body.put_slice(&values.bytes()[offsets[row.row]..offsets[row.row + 1]]);
                    }
                    None => body.put_i32(-1),
                }
            }
            let length = rows.len();
            ColumnArrays::Scalars(declared.clone(), Param::new(EncodedArray { length, body: body.freeze() }))
        };
        self.columns.iter().zip(&self.types).map(column).collect()
    }

    /// Returns each key's rank, group by group, if the bytes of the keys do not tell their order.
    async fn ranks(&self, target: Target<'_>, groups: &[RowGroup]) -> Result<Option<Vec<i64>>> {
        if self.types.iter().all(|declared| is_bytewise(&declared.ty) && declared.rounding().is_none()) {
            return Ok(None);
        }
        let unranked = self.keyed(groups, None, true);
        let sql = unnest::ranks(self.arrays(groups, &unranked.rows));
        fetch_with(target, self.purpose, &sql, |row| RowReader::new(row).take()).await.map(Some)
    }

    /// Returns the rows with their keys, group by group.
    fn keyed(&self, groups: &[RowGroup], ranks: Option<&[i64]>, nulls_are_equal: bool) -> KeyedRows {
        let mut keyed = KeyedRows { rows: Vec::new(), bytes: Vec::new() };
        for (at, group) in groups.iter().enumerate() {
            let values: Vec<_> = self.columns.iter().map(|column| group.values_of(*column)).collect();
            let mut starts = vec![0; values.len()];
            keyed.rows.reserve(group.positions.len());
            for (row, position) in group.positions.iter().enumerate() {
                let start = keyed.bytes.len();
                let mut is_comparable = true;
                for (values, from) in values.iter().zip(&mut starts) {
                    let value = values.and_then(|values| next_value(values.bytes(), from));
                    is_comparable &= value.is_some() || nulls_are_equal;
                    keyed.bytes.extend_from_slice(value.unwrap_or_default());
                    // The length keeps ("a", "bc") apart from ("ab", "c"), and NULL from an empty text.
                    let length = value.map_or(u32::MAX, |value| u32::try_from(value.len()).unwrap_or(u32::MAX));
                    keyed.bytes.extend_from_slice(&length.to_be_bytes());
                }
                if let Some(rank) = ranks.and_then(|ranks| ranks.get(keyed.rows.len())) {
                    keyed.bytes.truncate(start);
                    keyed.bytes.extend_from_slice(&rank.to_be_bytes());
                }
                let sort_key = start..keyed.bytes.len();
                keyed.rows.push(KeyedRow { sort_key, is_comparable, position: *position, group: at, row });
            }
        }
        keyed
    }

    fn reject_duplicates(&self, keyed: &KeyedRows) -> Result<()> {
        let names: Vec<_> = self.columns.iter().map(|column| self.table.columns[*column].name).collect();
        let mut violations = Violations::of(self.table.name);
        for pair in keyed.rows.windows(2) {
            let [first, second] = pair else { continue };
            if keyed.have_same_key(second, first) {
                let message = format!("has the same {} as row {}", names.join(", "), first.position);
                violations.add(second.position, names.first().copied(), "duplicate", message);
            }
        }
        reject(violations)
    }

    fn locks(&self, schema: &Ident, groups: &[RowGroup], keyed: &KeyedRows) -> Vec<Sql> {
        let is_one_group = keyed
            .rows
            .windows(2)
            .all(|pair| pair[0].group == pair[1].group && pair[0].is_comparable == pair[1].is_comparable);
        if is_one_group {
            return Vec::new();
        }
        let names: Vec<&'static str> = self.columns.iter().map(|column| self.table.columns[*column].name).collect();
        let lock = |rows: &[KeyedRow]| change::lock(schema, self.table, &names, self.arrays(groups, rows));
        keyed.rows.chunks(MAX_ROWS).map(lock).collect()
    }
}

/// Returns the value that begins at `at`, and moves `at` behind it; `None` for NULL.
fn next_value<'v>(bytes: &'v [u8], at: &mut usize) -> Option<&'v [u8]> {
    let (start, end) = (*at + 4, end_of_value(bytes, *at));
    *at = end;
    (bytes.get(start - 4)? & 0x80 == 0).then(|| &bytes[start..end])
}
