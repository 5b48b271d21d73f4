//! Assigns boxes to layers, and orders the boxes of each layer so that few lines cross (layered graph drawing).

/// How many times the order is improved, alternately forwards and backwards.
const SWEEPS: usize = 12;

/// A graph in layers. A line joins neighbouring layers only: a longer edge has a joint in each layer between.
#[derive(Debug, Default)]
pub(super) struct Layers {
    /// The nodes of each layer, from top to bottom. Boxes have the first numbers, then come joints.
    pub(super) rows: Vec<Vec<usize>>,
    /// Each node's neighbours in the previous layer, and in the next one.
    pub(super) before: Vec<Vec<usize>>,
    pub(super) after: Vec<Vec<usize>>,
    /// The joints of each edge, from its end in the earlier layer to the other.
    pub(super) joints: Vec<Vec<usize>>,
    /// The layer of each node.
    pub(super) layer: Vec<usize>,
}

/// Arranges `count` boxes in layers: of an edge `(from, to)`, `to` is in an earlier layer if there is no cycle.
pub(super) fn arrange(count: usize, edges: &[(usize, usize)]) -> Layers {
    let mut layers = Layers { layer: layer(count, edges), ..Layers::default() };
    layers.rows = vec![Vec::new(); layers.layer.iter().max().map_or(0, |last| last + 1)];
    for node in 0..count {
        layers.rows[layers.layer[node]].push(node);
    }
    (layers.before, layers.after) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for &(from, to) in edges {
        let joints = layers.join(from, to);
        layers.joints.push(joints);
    }
    layers.untangle();
    layers
}

/// Returns the layer of each box: one after the last of those that it points at. An edge that closes a cycle does not count.
fn layer(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    fn visit(node: usize, edges: &[(usize, usize)], layer: &mut [Option<usize>], open: &mut [bool]) -> usize {
        if let Some(known) = layer[node] {
            return known;
        }
        open[node] = true;
        let mut own = 0;
        for &(_, to) in edges.iter().filter(|(from, _)| *from == node) {
            if !open[to] {
                own = own.max(visit(to, edges, layer, open) + 1);
            }
        }
        open[node] = false;
        layer[node] = Some(own);
        own
    }
    let (mut layer, mut open) = (vec![None; count], vec![false; count]);
    (0..count).map(|node| visit(node, edges, &mut layer, &mut open)).collect()
}

impl Layers {
    /// Joins two boxes, with a joint in each layer between theirs. A box that points at itself needs none.
    fn join(&mut self, from: usize, to: usize) -> Vec<usize> {
        let (low, high) = if self.layer[from] < self.layer[to] { (from, to) } else { (to, from) };
        let mut joints = Vec::new();
        let mut last = low;
        for layer in self.layer[low] + 1..self.layer[high] {
            let joint = self.layer.len();
            self.layer.push(layer);
            self.rows[layer].push(joint);
            self.before.push(Vec::new());
            self.after.push(Vec::new());
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
        self.after[one].push(next);
        self.before[next].push(one);
    }

    /// Moves every node towards the middle of its neighbours, and keeps the order with the fewest crossings.
    fn untangle(&mut self) {
        let mut best = (self.crossings(), self.rows.clone());
        for sweep in 0..SWEEPS {
            let forwards = sweep % 2 == 0;
            let layers: Vec<usize> =
                if forwards { (0..self.rows.len()).collect() } else { (0..self.rows.len()).rev().collect() };
            for layer in layers {
                let position = self.positions();
                let neighbours = if forwards { &self.before } else { &self.after };
                let middle = |node: &usize| {
                    let near = &neighbours[*node];
                    // In thousandths, so that a middle between two positions counts.
                    let sum: usize = near.iter().map(|other| position[*other] * 1000).sum();
                    if near.is_empty() { position[*node] * 1000 } else { sum / near.len() }
                };
                self.rows[layer].sort_by_key(middle);
            }
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.rows.clone());
            }
        }
        self.rows = best.1;
    }

    /// Returns the position of each node in its layer.
    fn positions(&self) -> Vec<usize> {
        let mut position = vec![0; self.layer.len()];
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
                .flat_map(|node| self.after[*node].iter().map(|next| (position[*node], position[*next])))
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
    fn referenced_boxes_are_in_earlier_layers() {
        let layers = arrange(4, &[(1, 0), (2, 1), (2, 0), (3, 3)]);
        assert_eq!(layers.layer[..4], [0, 1, 2, 0]);
        assert_eq!(layers.joints[2], [4], "an edge across a layer has a joint there");
    }

    #[test]
    fn a_cycle_has_layers_too() {
        let layers = arrange(2, &[(0, 1), (1, 0)]);
        assert_eq!(layers.rows.iter().map(Vec::len).sum::<usize>(), 2);
    }

    #[test]
    fn lines_that_need_not_cross_do_not() {
        let layers = arrange(4, &[(2, 1), (3, 0)]);
        assert_eq!(layers.crossings(), 0, "{:?}", layers.rows);
    }
}
