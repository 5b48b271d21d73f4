//! Removes renames that cannot be made, because another object has the new name.

/// Removes and returns the renames whose new name is taken and not given up by another rename. `names` returns the
/// former and the new name of a rename, and `exists` whether a name is in use before the renames.
pub(crate) fn remove_blocked<R>(
    renames: &mut Vec<R>,
    names: impl Fn(&R) -> (&str, &str),
    exists: impl Fn(&str) -> bool,
) -> Vec<R> {
    let mut blocked = Vec::new();
    while let Some(at) = renames.iter().position(|rename| {
        let (_, to) = names(rename);
        exists(to) && !renames.iter().any(|other| names(other).0 == to)
    }) {
        blocked.push(renames.remove(at));
    }
    blocked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_blocks_a_rename_and_those_that_wait_for_it() {
        let mut renames = vec![("a", "b"), ("b", "c"), ("x", "y"), ("y", "x")];
        let blocked = remove_blocked(&mut renames, |rename| *rename, |name| ["a", "b", "c", "x", "y"].contains(&name));
        assert_eq!(blocked, [("b", "c"), ("a", "b")]);
        assert_eq!(renames, [("x", "y"), ("y", "x")]);
    }
}
