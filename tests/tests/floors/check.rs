//! The rules: imports point down the floors, inside a block down its inner floors, and no two files need each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::{Modules, Path};

/// Rows of blocks, the lowest first. Blocks in one row do not import each other.
pub type Floors<'f> = &'f [&'f [&'f str]];

/// The floors of a crate, and the inner floors of its blocks: the files and folders directly in a block. A block that is not
/// listed has no order, but its files are still free of circles.
pub struct Rules<'f> {
    pub floors: Floors<'f>,
    pub inner: &'f [(&'f str, Floors<'f>)],
}

/// Returns one sentence per violation.
pub fn violations(modules: &Modules, rules: &Rules<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut graph: BTreeMap<Path, BTreeSet<Path>> = BTreeMap::new();
    for (path, module) in &modules.all {
        let homes = module.paths.iter().filter_map(|used| Some((used, modules.home(path, used)?)));
        for (used, home) in homes.filter(|(_, home)| *home != module.file) {
            wrong.extend(rules.check(&module.file, &home, &used.join("::")));
            graph.entry(module.file.clone()).or_default().insert(home);
        }
    }
    for file in modules.all.values().map(|module| &module.file).collect::<BTreeSet<_>>() {
        if row(rules.floors, &file[0]).is_none() {
            wrong.push(format!("{} is on no floor", file.join("/")));
        }
        if let Some((floors, name)) = rules.inner_of(file)
            && row(floors, name).is_none()
        {
            wrong.push(format!("{} is on no inner floor of {}", file.join("/"), file[0]));
        }
    }
    wrong.extend(circles(&graph));
    wrong
}

impl<'f> Rules<'f> {
    fn check(&self, from: &Path, to: &Path, used: &str) -> Option<String> {
        let above = |from: Option<usize>, to: Option<usize>| matches!((from, to), (Some(from), Some(to)) if to >= from);
        let names = format!("{} uses {} by `{used}`", from.join("/"), to.join("/"));
        if from[0] != to[0] {
            return above(row(self.floors, &from[0]), row(self.floors, &to[0]))
                .then(|| format!("{names}, on the same floor or a higher one"));
        }
        let ((floors, from), (_, to)) = (self.inner_of(from)?, self.inner_of(to)?);
        (from != to && above(row(floors, from), row(floors, to)))
            .then(|| format!("{names}, on the same inner floor or a higher one"))
    }

    /// The inner floors of the file's block, if it states any, and the file or folder of the block that the file is in. The
    /// `mod.rs` of a block is above all of them.
    fn inner_of<'p>(&self, file: &'p Path) -> Option<(Floors<'f>, &'p str)> {
        let (_, floors) = self.inner.iter().find(|(block, _)| *block == file[0])?;
        Some((floors, file.get(1)?))
    }
}

fn row(floors: Floors<'_>, name: &str) -> Option<usize> {
    floors.iter().position(|row| row.contains(&name))
}

/// Returns one sentence per group of files that need each other, with the shortest circle of its first file.
fn circles(graph: &BTreeMap<Path, BTreeSet<Path>>) -> Vec<String> {
    let mut reported: BTreeSet<&Path> = BTreeSet::new();
    let mut found = Vec::new();
    for file in graph.keys() {
        let Some(circle) = shortest_circle(graph, file).filter(|_| !reported.contains(file)) else { continue };
        reported.extend(&circle);
        let names: Vec<String> = circle.iter().map(|file| file.join("/")).collect();
        found.push(format!("{} need each other", names.join(" → ")));
    }
    found
}

fn shortest_circle<'g>(graph: &'g BTreeMap<Path, BTreeSet<Path>>, file: &'g Path) -> Option<Vec<&'g Path>> {
    let mut paths = std::collections::VecDeque::from([vec![file]]);
    let mut seen = BTreeSet::new();
    while let Some(path) = paths.pop_front() {
        for next in graph.get(*path.last()?).into_iter().flatten() {
            if next == file {
                return Some(path);
            }
            if seen.insert(next) {
                paths.push_back([path.clone(), vec![next]].concat());
            }
        }
    }
    None
}
