//! `TenantGroup`: schemas with something in common, so that a thousand of them can be reported in a few lines.

use std::fmt;

use crate::ident::Ident;

/// Schemas, and what they have in common.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TenantGroup<T> {
    /// The schemas, in the order they were named.
    pub schemas: Vec<Ident>,
    /// What they have in common.
    pub common: T,
}

/// The largest number of names that are all listed.
const SHOWN: usize = 3;

impl<T> TenantGroup<T> {
    /// Returns up to three names, or the first one and the number of others.
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

/// Groups schemas whose keys are equal; a group has the position of its first schema.
pub(crate) fn group<T, K: PartialEq>(
    all: impl IntoIterator<Item = (Ident, T)>,
    key: impl Fn(&Ident, &T) -> K,
) -> Vec<TenantGroup<T>> {
    let mut groups: Vec<(K, TenantGroup<T>)> = Vec::new();
    for (schema, common) in all {
        let key = key(&schema, &common);
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, group)) => group.schemas.push(schema),
            None => groups.push((key, TenantGroup { schemas: vec![schema], common })),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_three_names_are_listed() {
        let of = |count: usize| {
            let schemas = (1..=count).map(|n| Ident::new(format!("t{n}")).expect("short")).collect();
            TenantGroup { schemas, common: () }.label().to_string()
        };
        assert_eq!([of(1), of(3), of(4)], ["t1", "t1, t2, t3", "t1 and 3 more"]);
    }

    #[test]
    fn equal_schemas_form_groups_in_order() {
        let all = [("a", 1), ("b", 2), ("c", 1)].map(|(name, n)| (Ident::new(name).expect("short"), n));
        let groups: Vec<_> = group(all, |_, n| *n).iter().map(|group| group.label().to_string()).collect();
        assert_eq!(groups, ["a, c", "b"]);
    }
}
