//! Positions boxes and lines: layers from left to right, and in each layer the boxes from top to bottom.

use crate::picture::layers::{Layers, arrange};

/// The space between layers, where the lines run.
const LAYER_GAP: i64 = 90;
/// The space between the nodes of a layer.
const NODE_GAP: i64 = 28;
const MARGIN: i64 = 16;
/// How many times the heights are evened out.
const PASSES: usize = 16;

/// A box's size, in pixels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    pub(super) width: i64,
    pub(super) height: i64,
}

/// A point, in pixels from the top left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: i64,
    pub(super) y: i64,
}

/// A finished layout.
#[derive(Debug)]
pub(super) struct Layout {
    /// The top left corner of each box.
    pub(super) corners: Vec<Point>,
    /// The horizontal stretches of each edge, one per layer between those of its ends: left and right end, from left to
    /// right.
    pub(super) stretches: Vec<Vec<(Point, Point)>>,
    pub(super) size: Size,
}

/// Lays out boxes of these sizes with the edges `(from, to)` between them.
pub(super) fn layout(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let layers = arrange(sizes.len(), edges);
    let height = |node: usize| sizes.get(node).map_or(0, |size| size.height);
    let tops = heights(&layers, &height);
    let (mut left, mut lefts, mut widths) = (MARGIN, Vec::new(), Vec::new());
    for row in &layers.rows {
        let width = row.iter().filter_map(|node| sizes.get(*node)).map(|size| size.width).max().unwrap_or_default();
        lefts.push(left);
        widths.push(width);
        left += width + LAYER_GAP;
    }
    let corner = |node: usize| Point { x: lefts[layers.layer[node]], y: tops[node] };
    let stretch = |joint: &usize| {
        let start = corner(*joint);
        (start, Point { x: start.x + widths[layers.layer[*joint]], y: start.y })
    };
    let bottom = (0..sizes.len()).map(|node| tops[node] + height(node)).max().unwrap_or_default();
    Layout {
        corners: (0..sizes.len()).map(corner).collect(),
        stretches: layers.joints.iter().map(|joints| joints.iter().map(stretch).collect()).collect(),
        size: Size { width: left - LAYER_GAP + MARGIN, height: bottom + MARGIN },
    }
}

/// Returns the top of each node, as close to the middle of its neighbours as the others in its layer allow.
fn heights(layers: &Layers, height: &dyn Fn(usize) -> i64) -> Vec<i64> {
    let mut tops = vec![0; layers.layer.len()];
    for row in &layers.rows {
        stack(row, &mut tops, height, |_, _| 0);
    }
    for pass in 0..PASSES {
        for at in 0..layers.rows.len() {
            let row = &layers.rows[if pass % 2 == 0 { at } else { layers.rows.len() - 1 - at }];
            let wish = |node: usize, tops: &[i64]| {
                let near: Vec<usize> = layers.before[node].iter().chain(&layers.after[node]).copied().collect();
                let sum: i64 = near.iter().map(|other| tops[*other] + height(*other) / 2).sum();
                let count = i64::try_from(near.len()).unwrap_or(i64::MAX);
                if count == 0 { tops[node] } else { sum / count - height(node) / 2 }
            };
            let wishes: Vec<i64> = row.iter().map(|node| wish(*node, &tops)).collect();
            stack(row, &mut tops, height, |at, _| wishes[at]);
            // Stacking only pushes nodes down, so the whole layer moves back up by the mean distance.
            let pushed: i64 = row.iter().zip(&wishes).map(|(node, wish)| tops[*node] - wish).sum();
            let back = pushed / i64::try_from(row.len().max(1)).unwrap_or(i64::MAX);
            for node in row {
                tops[*node] -= back;
            }
        }
    }
    let first = tops.iter().min().copied().unwrap_or_default();
    tops.iter().map(|top| top - first + MARGIN).collect()
}

/// Stacks the nodes of a layer, each at its wish or further down.
fn stack(row: &[usize], tops: &mut [i64], height: &dyn Fn(usize) -> i64, wish: impl Fn(usize, &[i64]) -> i64) {
    let mut free = i64::MIN;
    for (at, node) in row.iter().enumerate() {
        tops[*node] = wish(at, tops).max(free);
        free = tops[*node] + height(*node) + NODE_GAP;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_never_overlap() {
        let sizes: Vec<Size> = (0..12).map(|n| Size { width: 100 + n, height: 40 + 10 * n }).collect();
        let edges: Vec<(usize, usize)> = (1..12).map(|n| (n, n / 3)).chain([(11, 0), (0, 7), (5, 5)]).collect();
        let layout = layout(&sizes, &edges);
        let apart = |a: usize, b: usize| {
            let (one, two) = (layout.corners[a], layout.corners[b]);
            one.x + sizes[a].width <= two.x
                || two.x + sizes[b].width <= one.x
                || one.y + sizes[a].height <= two.y
                || two.y + sizes[b].height <= one.y
        };
        for (a, corner) in layout.corners.iter().enumerate() {
            assert!(corner.x >= 0 && corner.y >= 0);
            assert!(corner.y + sizes[a].height <= layout.size.height);
            assert!(corner.x + sizes[a].width <= layout.size.width);
            for b in 0..a {
                assert!(apart(a, b), "{a} and {b} overlap: {:?}", layout.corners);
            }
        }
    }

    #[test]
    fn no_boxes_make_an_empty_layout() {
        assert!(layout(&[], &[]).corners.is_empty());
    }
}
