//! Loaded rows, with the owners they belong to.

/// Rows that belong to a page of other rows, their owners. An owner is named by its position in the page.
#[derive(Debug, Clone)]
pub struct Related<M> {
    rows: Vec<M>,
    /// The positions of each owner's rows.
    owned: Vec<Vec<usize>>,
}

/// A row with the positions of the owners it belongs to, counted from one.
pub(crate) struct OwnedRow<M> {
    /// The first owner.
    pub(crate) owner: i64,
    /// All owners, if there are several.
    pub(crate) owners: Option<Vec<i64>>,
    pub(crate) row: M,
}

impl<M> Related<M> {
    /// Distributes the rows among their owners.
    pub(crate) fn new(found: Vec<OwnedRow<M>>, owners: usize) -> Self {
        let mut owned: Vec<Vec<usize>> = vec![Vec::new(); owners];
        let mut rows = Vec::with_capacity(found.len());
        for OwnedRow { owner, owners, row } in found {
            let several = owners.unwrap_or_default();
            let all = if several.is_empty() { std::slice::from_ref(&owner) } else { &several };
            let positions = all.iter().filter_map(|nth| usize::try_from(nth - 1).ok());
            for position in positions {
                if let Some(list) = owned.get_mut(position) {
                    list.push(rows.len());
                }
            }
            rows.push(row);
        }
        Self { rows, owned }
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
        let shared = OwnedRow { owner: 1, owners: Some(vec![1, 3]), row: "a" };
        let related = Related::new(vec![shared, OwnedRow { owner: 3, owners: None, row: "b" }], 3);
        assert_eq!(related.groups().collect::<Vec<_>>(), [vec![&"a"], vec![], vec![&"a", &"b"]]);
        assert_eq!((related.first_of(0), related.first_of(1), related.of(9).count()), (Some(&"a"), None, 0));
        assert_eq!(related.into_groups(), [vec!["a"], vec![], vec!["a", "b"]]);
    }
}
