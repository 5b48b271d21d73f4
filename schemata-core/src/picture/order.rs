//! The order of boxes on their shelves: which shelf each stands on, and which stands above which there, so that few lines
//! cross.

/// How often the order is improved, back and forth.
const SWEEPS: usize = 12;

/// A graph on shelves: a line joins neighbouring shelves only, since one that goes further has a joint on each in between.
#[derive(Debug, Default)]
pub(super) struct Shelves {
    /// The nodes of each shelf, from top to bottom: boxes first by number, then joints.
    pub(super) rows: Vec<Vec<usize>>,
    /// Each node's neighbours on the shelf before its own, and on the one behind.
    pub(super) before: Vec<Vec<usize>>,
    pub(super) behind: Vec<Vec<usize>>,
    /// The joints of each edge, from its end on the earlier shelf to the other.
    pub(super) joints: Vec<Vec<usize>>,
    /// The shelf of each node.
    pub(super) shelf: Vec<usize>,
}

/// Puts `count` boxes on shelves: what an edge `(from, to)` points at stands on an earlier one, where that is possible.
pub(super) fn shelve(count: usize, edges: &[(usize, usize)]) -> Shelves {
    let mut shelves = Shelves { shelf: shelf(count, edges), ..Shelves::default() };
    shelves.rows = vec![Vec::new(); shelves.shelf.iter().max().map_or(0, |last| last + 1)];
    for node in 0..count {
        shelves.rows[shelves.shelf[node]].push(node);
    }
    (shelves.before, shelves.behind) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for &(from, to) in edges {
        let joints = shelves.join(from, to);
        shelves.joints.push(joints);
    }
    shelves.untangle();
    shelves
}

/// The shelf of each box: one behind the furthest of those it points at. An edge that closes a circle does not count.
fn shelf(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    fn visit(node: usize, edges: &[(usize, usize)], shelf: &mut [Option<usize>], open: &mut [bool]) -> usize {
        if let Some(known) = shelf[node] {
            return known;
        }
        open[node] = true;
        let mut own = 0;
        for &(_, to) in edges.iter().filter(|(from, _)| *from == node) {
            if !open[to] {
                own = own.max(visit(to, edges, shelf, open) + 1);
            }
        }
        open[node] = false;
        shelf[node] = Some(own);
        own
    }
    let (mut shelf, mut open) = (vec![None; count], vec![false; count]);
    (0..count).map(|node| visit(node, edges, &mut shelf, &mut open)).collect()
}

impl Shelves {
    /// Joins two boxes, with a joint on each shelf between theirs. A box that points at itself needs none.
    fn join(&mut self, from: usize, to: usize) -> Vec<usize> {
        let (low, high) = if self.shelf[from] < self.shelf[to] { (from, to) } else { (to, from) };
        let mut joints = Vec::new();
        let mut last = low;
        for shelf in self.shelf[low] + 1..self.shelf[high] {
            let joint = self.shelf.len();
            self.shelf.push(shelf);
            self.rows[shelf].push(joint);
            self.before.push(Vec::new());
            self.behind.push(Vec::new());
            self.link(last, joint);
            joints.push(joint);
            last = joint;
        }
        if low != high {
            self.link(last, high);
        }
        joints
    }

    fn link(&mut self, one: usize, next: usize) {
        self.behind[one].push(next);
        self.before[next].push(one);
    }

    /// Moves every node towards the middle of its neighbours, and keeps the order that has the fewest crossings.
    fn untangle(&mut self) {
        let mut best = (self.crossings(), self.rows.clone());
        for sweep in 0..SWEEPS {
            let forwards = sweep % 2 == 0;
            let shelves: Vec<usize> =
                if forwards { (0..self.rows.len()).collect() } else { (0..self.rows.len()).rev().collect() };
            for shelf in shelves {
                let position = self.positions();
                let neighbours = if forwards { &self.before } else { &self.behind };
                let middle = |node: &usize| {
                    let near = &neighbours[*node];
                    // In thousandths, so that a middle between two places counts.
                    let sum: usize = near.iter().map(|other| position[*other] * 1000).sum();
                    if near.is_empty() { position[*node] * 1000 } else { sum / near.len() }
                };
                self.rows[shelf].sort_by_key(middle);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.rows.clone());
            }
        }
        self.rows = best.1;
    }

    /// The place of each node on its shelf.
    fn positions(&self) -> Vec<usize> {
        let mut position = vec![0; self.shelf.len()];
        for row in &self.rows {
            for (at, node) in row.iter().enumerate() {
                position[*node] = at;
            }
        }
        position
    }

    fn crossings(&self) -> usize {
        let position = self.positions();
        let mut count = 0;
        for row in &self.rows {
            let ends: Vec<(usize, usize)> = row
                .iter()
                .flat_map(|node| self.behind[*node].iter().map(|next| (position[*node], position[*next])))
                .collect();
            for (at, one) in ends.iter().enumerate() {
                count += ends[at + 1..].iter().filter(|two| one.0 < two.0 && one.1 > two.1).count();
            }
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pointed_at_stands_before() {
        let shelves = shelve(4, &[(1, 0), (2, 1), (2, 0), (3, 3)]);
        assert_eq!(shelves.shelf[..4], [0, 1, 2, 0]);
        assert_eq!(shelves.joints[2], [4], "an edge over a shelf has a joint there");
    }

    #[test]
    fn a_circle_stands_too() {
        let shelves = shelve(2, &[(0, 1), (1, 0)]);
        assert_eq!(shelves.rows.iter().map(Vec::len).sum::<usize>(), 2);
    }

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let shelves = shelve(4, &[(2, 1), (3, 0)]);
        assert_eq!(shelves.crossings(), 0, "{:?}", shelves.rows);
    }
}
