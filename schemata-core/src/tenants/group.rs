//! Schemas with something in common, so that a thousand of them can be told in a few lines.

use std::fmt;

use crate::ident::Ident;

/// Some schemas, and what they have in common.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Group<T> {
    /// The schemas, in the order they were named.
    pub schemas: Vec<Ident>,
    /// What they have in common.
    pub common: T,
}

/// How many names are written out.
const SHOWN: usize = 3;

impl<T> Group<T> {
    /// The schemas in words: up to three names, or the first ones and how many there are.
    pub fn label(&self) -> impl fmt::Display + '_ {
        Label(&self.schemas)
    }
}

struct Label<'g>(&'g [Ident]);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if self.0.len() > SHOWN { 1 } else { SHOWN };
        for (at, schema) in self.0.iter().take(shown).enumerate() {
            write!(f, "{}{}", if at == 0 { "" } else { ", " }, schema.as_str())?;
        }
        match self.0.len().saturating_sub(shown) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Puts equal ones together, each group where its first member stands.
pub(crate) fn group<T, K: PartialEq>(
    all: impl IntoIterator<Item = (Ident, T)>,
    key: impl Fn(&Ident, &T) -> K,
) -> Vec<Group<T>> {
    let mut groups: Vec<(K, Group<T>)> = Vec::new();
    for (schema, common) in all {
        let key = key(&schema, &common);
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, group)) => group.schemas.push(schema),
            None => groups.push((key, Group { schemas: vec![schema], common })),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_out_while_they_are_few() {
        let of = |count: usize| {
            let schemas = (1..=count).map(|n| Ident::new(format!("t{n}")).expect("short")).collect();
            Group { schemas, common: () }.label().to_string()
        };
        assert_eq!([of(1), of(3), of(4)], ["t1", "t1, t2, t3", "t1 and 3 more"]);
    }

    #[test]
    fn equal_ones_come_together_in_order() {
        let all = [("a", 1), ("b", 2), ("c", 1)].map(|(name, n)| (Ident::new(name).expect("short"), n));
        let groups: Vec<_> = group(all, |_, n| *n).iter().map(|group| group.label().to_string()).collect();
        assert_eq!(groups, ["a, c", "b"]);
    }
}
