//! The lines by which two texts differ.

/// Returns the lines of `old` that `new` lacks, each after `- `, and those that it adds, after `+ `, in order.
pub(crate) fn line_diff(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let common = common_lengths(&old, &new);
    let (mut at, mut to, mut found) = (0, 0, Vec::new());
    while at < old.len() || to < new.len() {
        if at < old.len() && to < new.len() && old[at] == new[to] {
            (at, to) = (at + 1, to + 1);
        } else if at < old.len() && (to == new.len() || common[at + 1][to] >= common[at][to + 1]) {
            found.push(format!("- {}", old[at]).trim_end().to_owned());
            at += 1;
        } else {
            found.push(format!("+ {}", new[to]).trim_end().to_owned());
            to += 1;
        }
    }
    found
}

/// Returns how many lines the rests of both texts have in common, in order: from each line of `old` and of `new` on.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<u32>> {
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for at in (0..old.len()).rev() {
        for to in (0..new.len()).rev() {
            common[at][to] = if old[at] == new[to] {
                common[at + 1][to + 1] + 1
            } else {
                common[at + 1][to].max(common[at][to + 1])
            };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_and_removed_lines_are_found_in_order() {
        assert_eq!(line_diff("a\nb\nc\n", "a\nx\nc\nd\n"), ["- b", "+ x", "+ d"]);
        assert_eq!(line_diff("", "a\n"), ["+ a"]);
        assert!(line_diff("a\r\n\nb", "a\n\nb\n").is_empty());
    }
}
