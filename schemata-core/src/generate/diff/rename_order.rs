//! The order of renames: a name is given up before it is taken, and a cycle is broken by a temporary name.

use std::collections::BTreeSet;

use crate::sql::ddl::generated_name;

/// One rename. Within a scope, names are unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rename<T> {
    pub(crate) scope: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) object: T,
}

/// Orders `renames`, whose new names are all different. `known` holds the names that a temporary name must not have.
pub(crate) fn in_order<T: Clone>(mut renames: Vec<Rename<T>>, known: &BTreeSet<String>) -> Vec<Rename<T>> {
    let mut ordered = Vec::with_capacity(renames.len());
    while !renames.is_empty() {
        let is_taken = |one: &Rename<T>| renames.iter().any(|other| other.scope == one.scope && other.from == one.to);
        if let Some(free) = renames.iter().position(|one| !is_taken(one)) {
            ordered.push(renames.remove(free));
        } else {
            let aside = free_name(&renames[0].from, known);
            ordered.push(Rename { to: aside.clone(), ..renames[0].clone() });
            renames[0].from = aside;
        }
    }
    ordered
}

fn free_name(name: &str, known: &BTreeSet<String>) -> String {
    let mut suffixes = std::iter::once("aside".to_owned()).chain((2..).map(|number| format!("aside{number}")));
    let free =
        suffixes.find_map(|suffix| Some(generated_name(name, &[], &suffix)).filter(|name| !known.contains(name)));
    free.unwrap_or_else(|| generated_name(name, &[], "aside"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(pairs: &[(&str, &str)], known: &[&str]) -> String {
        let one = |(from, to): &(&str, &str)| Rename {
            scope: String::new(),
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            object: (),
        };
        let known = known.iter().map(|name| (*name).to_owned()).collect();
        let all = in_order(pairs.iter().map(one).collect(), &known);
        all.iter().map(|one| format!("{}>{}", one.from, one.to)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_name_is_given_away_before_it_is_taken() {
        assert_eq!(ordered(&[("a", "b"), ("b", "c")], &[]), "b>c a>b");
        assert_eq!(ordered(&[("a", "b"), ("b", "a")], &[]), "a>a_aside b>a a_aside>b");
        assert_eq!(ordered(&[("a", "b"), ("b", "a")], &["a_aside"]), "a>a_aside2 b>a a_aside2>b");
        assert_eq!(ordered(&[("a", "b"), ("b", "c"), ("c", "a"), ("x", "y")], &[]), "x>y a>a_aside c>a b>c a_aside>b");
    }
}
