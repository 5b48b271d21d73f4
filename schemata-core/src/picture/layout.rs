//! Where boxes stand and lines run: shelves from left to right, on each the boxes from top to bottom.

use crate::picture::order::{Shelves, shelve};

/// Between shelves, where the lines run.
const ALLEY: i64 = 90;
/// Between what stands on one shelf.
const GAP: i64 = 28;
const MARGIN: i64 = 16;
/// How often the heights are evened out.
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
    /// Where each edge crosses shelves between those of its ends: left and right end of a level stretch, from left to
    /// right.
    pub(super) stretches: Vec<Vec<(Point, Point)>>,
    pub(super) size: Size,
}

/// Lays out boxes of these sizes with edges `(from, to)` between them.
pub(super) fn layout(sizes: &[Size], edges: &[(usize, usize)]) -> Layout {
    let shelves = shelve(sizes.len(), edges);
    let height = |node: usize| sizes.get(node).map_or(0, |size| size.height);
    let tops = heights(&shelves, &height);
    let (mut left, mut lefts, mut widths) = (MARGIN, Vec::new(), Vec::new());
    for row in &shelves.rows {
        let width = row.iter().filter_map(|node| sizes.get(*node)).map(|size| size.width).max().unwrap_or_default();
        lefts.push(left);
        widths.push(width);
        left += width + ALLEY;
    }
    let corner = |node: usize| Point { x: lefts[shelves.shelf[node]], y: tops[node] };
    let stretch = |joint: &usize| {
        let start = corner(*joint);
        (start, Point { x: start.x + widths[shelves.shelf[*joint]], y: start.y })
    };
    let bottom = (0..sizes.len()).map(|node| tops[node] + height(node)).max().unwrap_or_default();
    Layout {
        corners: (0..sizes.len()).map(corner).collect(),
        stretches: shelves.joints.iter().map(|joints| joints.iter().map(stretch).collect()).collect(),
        size: Size { width: left - ALLEY + MARGIN, height: bottom + MARGIN },
    }
}

/// The top of each node: as near to the middle of its neighbours as the others on its shelf allow.
fn heights(shelves: &Shelves, height: &dyn Fn(usize) -> i64) -> Vec<i64> {
    let mut tops = vec![0; shelves.shelf.len()];
    for row in &shelves.rows {
        stack(row, &mut tops, height, |_, _| 0);
    }
    for pass in 0..PASSES {
        for at in 0..shelves.rows.len() {
            let row = &shelves.rows[if pass % 2 == 0 { at } else { shelves.rows.len() - 1 - at }];
            let wish = |node: usize, tops: &[i64]| {
                let near: Vec<usize> = shelves.before[node].iter().chain(&shelves.behind[node]).copied().collect();
                let sum: i64 = near.iter().map(|other| tops[*other] + height(*other) / 2).sum();
                let count = i64::try_from(near.len()).unwrap_or(i64::MAX);
                if count == 0 { tops[node] } else { sum / count - height(node) / 2 }
            };
            let wishes: Vec<i64> = row.iter().map(|node| wish(*node, &tops)).collect();
            stack(row, &mut tops, height, |at, _| wishes[at]);
            // Standing in order pushes downwards only: the shelf as a whole moves back up by what it was pushed too far.
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

/// Stands a shelf's nodes below each other, each where it wishes or further down.
fn stack(row: &[usize], tops: &mut [i64], height: &dyn Fn(usize) -> i64, wish: impl Fn(usize, &[i64]) -> i64) {
    let mut free = i64::MIN;
    for (at, node) in row.iter().enumerate() {
        tops[*node] = wish(at, tops).max(free);
        free = tops[*node] + height(*node) + GAP;
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
    fn nothing_is_no_trouble() {
        assert!(layout(&[], &[]).corners.is_empty());
    }
}
