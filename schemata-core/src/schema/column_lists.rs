//! Searches, compares and concatenates lists of columns in constant evaluation, where only loops over bytes are possible.

use crate::schema::column::Column;
use crate::schema::table::Table;

/// Returns whether two texts are equal.
pub(crate) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Returns whether `list` contains `name`.
pub(crate) const fn contains(list: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < list.len() {
        if same(list[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Returns whether two lists contain the same names.
pub(crate) const fn same_set(a: &[&str], b: &[&str]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if !contains(b, a[i]) {
            return false;
        }
        i += 1;
    }
    true
}

/// Returns whether `columns`, in any order, are the primary key or a unique constraint of `table`, which a foreign key can
/// reference.
pub(crate) const fn is_unique(table: &Table, columns: &[&str]) -> bool {
    if same_set(table.primary_key, columns) && table.primary_key_options.is_plain() {
        return true;
    }
    let mut i = 0;
    while i < table.uniques.len() {
        if same_set(table.uniques[i].columns, columns) && table.uniques[i].is_plain() {
            return true;
        }
        i += 1;
    }
    false
}

/// Returns whether `columns`, in any order, are a key that no foreign key can reference without a period.
pub(crate) const fn is_deferrable_key(table: &Table, columns: &[&str]) -> bool {
    if same_set(table.primary_key, columns) {
        return !table.primary_key_options.is_plain();
    }
    let mut i = 0;
    while i < table.uniques.len() {
        if same_set(table.uniques[i].columns, columns) && !table.uniques[i].is_plain() {
            return true;
        }
        i += 1;
    }
    false
}

/// Returns whether one of `columns` is named `name`.
pub(crate) const fn has_column(columns: &[Column], name: &str) -> bool {
    let mut i = 0;
    while i < columns.len() {
        if same(columns[i].name, name) {
            return true;
        }
        i += 1;
    }
    false
}

/// Returns whether no update may set the column at this position: it is immutable, part of the primary key, generated, or an
/// identity column.
pub(crate) const fn is_fixed(table: &Table, at: usize) -> bool {
    let column = &table.columns[at];
    column.immutable
        || column.generated.is_some()
        || column.identity.is_some()
        || contains(table.primary_key, column.name)
}

/// Returns whether all `columns` have different names.
#[cfg(test)]
pub(crate) const fn distinct(columns: &[Column]) -> bool {
    let mut i = 0;
    while i < columns.len() {
        let (_, rest) = columns.split_at(i + 1);
        if has_column(rest, columns[i].name) {
            return false;
        }
        i += 1;
    }
    true
}

/// Concatenates lists of columns; `N` is their total length.
///
/// # Panics
/// If `N` is not the total length. The derive states it, and a constant that panics does not compile.
pub const fn concat<const N: usize>(lists: &[&[Column]]) -> [Column; N] {
    const PLACEHOLDER: Column = Column::of::<bool>("");
    let mut all = [PLACEHOLDER; N];
    let mut at = 0;
    let mut list = 0;
    while list < lists.len() {
        let mut i = 0;
        while i < lists[list].len() {
            all[at] = lists[list][i];
            at += 1;
            i += 1;
        }
        list += 1;
    }
    assert!(at == N, "the stated number of columns is their number");
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concatenates_in_order_and_sees_repeated_names() {
        const A: &[Column] = &[Column::of::<bool>("a")];
        const B: &[Column] = &[Column::of::<bool>("b"), Column::of::<bool>("a")];
        let all: [Column; 3] = concat(&[A, B]);
        assert_eq!(all.map(|column| column.name), ["a", "b", "a"]);
        assert!(!distinct(&all));
        assert!(distinct(B));
    }

    #[test]
    fn sets_are_compared_in_any_order() {
        assert!(same_set(&["a", "b"], &["b", "a"]));
        assert!(!same_set(&["a", "b"], &["a", "c"]));
        assert!(!same_set(&["a"], &["a", "b"]));
    }
}
