//! Loaded rows, with the owners they belong to.

use crate::error::Result;
use crate::exec::row::RowReader;

/// Rows that belong to a page of other rows, their owners. An owner is named by its position in the page.
#[derive(Debug, Clone)]
pub struct Related<M> {
    rows: Vec<M>,
    /// The positions of each owner's rows.
    owned: Vec<Vec<usize>>,
}

/// The numbers of a row's owners, counted from one.
pub(crate) struct OwnerNumbers {
    /// The first owner.
    first: i64,
    /// All owners, if there are several.
    all: Option<Vec<i64>>,
}

impl OwnerNumbers {
    /// Takes the numbers from a row.
    pub(crate) fn take(row: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self { first: row.take()?, all: row.take()? })
    }

    /// Returns the positions of the owners, counted from zero.
    pub(crate) fn positions(&self) -> impl Iterator<Item = usize> + '_ {
        let all = self.all.as_deref().filter(|all| !all.is_empty());
        let all = all.unwrap_or(std::slice::from_ref(&self.first));
        all.iter().filter_map(|number| usize::try_from(number - 1).ok())
    }
}

impl<M> Related<M> {
    /// Makes a page of owners without rows.
    pub(crate) fn new(owners: usize) -> Self {
        Self { rows: Vec::new(), owned: vec![Vec::new(); owners] }
    }

    /// Adds a row of the owners at these positions.
    pub(crate) fn add(&mut self, row: M, owners: impl Iterator<Item = usize>) {
        for owner in owners {
            if let Some(list) = self.owned.get_mut(owner) {
                list.push(self.rows.len());
            }
        }
        self.rows.push(row);
    }

    /// Returns all rows, each once: the page to load the next level for.
    pub fn rows(&self) -> &[M] {
        &self.rows
    }

    /// Returns all rows, each once.
    pub fn into_rows(self) -> Vec<M> {
        self.rows
    }

    /// Returns the rows of the owner at this position, in their order. A position beyond the page has none.
    pub fn of(&self, owner: usize) -> impl Iterator<Item = &M> {
        self.owned.get(owner).into_iter().flatten().map(|at| &self.rows[*at])
    }

    /// Returns the first row of the owner at this position: a child's parent.
    pub fn first_of(&self, owner: usize) -> Option<&M> {
        self.of(owner).next()
    }

    /// Returns each owner's rows, in the order of the page: to `zip` with it.
    pub fn groups(&self) -> impl Iterator<Item = Vec<&M>> {
        self.owned.iter().map(|list| list.iter().map(|at| &self.rows[*at]).collect())
    }

    /// Like [`Related::groups`], with owned rows. A row that several owners share is cloned.
    pub fn into_groups(self) -> Vec<Vec<M>>
    where
        M: Clone,
    {
        let mut uses = vec![0_usize; self.rows.len()];
        self.owned.iter().flatten().for_each(|at| uses[*at] += 1);
        let mut rows: Vec<Option<M>> = self.rows.into_iter().map(Some).collect();
        let mut take = |at: usize| {
            uses[at] -= 1;
            if uses[at] == 0 { rows[at].take() } else { rows[at].clone() }
        };
        self.owned.into_iter().map(|list| list.into_iter().filter_map(&mut take).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_row_stands_with_each_of_its_owners() {
        let mut related = Related::new(3);
        related.add("a", OwnerNumbers { first: 1, all: Some(vec![1, 3]) }.positions());
        related.add("b", OwnerNumbers { first: 3, all: None }.positions());
        assert_eq!(related.groups().collect::<Vec<_>>(), [vec![&"a"], vec![], vec![&"a", &"b"]]);
        assert_eq!((related.first_of(0), related.first_of(1), related.of(9).count()), (Some(&"a"), None, 0));
        assert_eq!(related.into_groups(), [vec!["a"], vec![], vec!["a", "b"]]);
    }
}
