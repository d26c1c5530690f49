//! The columns of a drawn graph: what is needed stands left of what needs it, and the order within
//! each column is one with few crossings.
//!
//! This is the method of Sugiyama, Tagawa and Toda: arrows that close cycles are turned round, each
//! box gets a column, long arrows get a place in every column they pass, and columns are sorted by the
//! averages of their neighbours until that is no better.

use std::collections::HashMap;

/// How often all columns are sorted.
const SWEEPS: usize = 24;

/// Boxes and the places of long arrows in columns.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    /// From left to right, each from top to bottom. Numbers below the number of boxes are boxes, the
    /// others places of arrows.
    pub(crate) columns: Vec<Vec<usize>>,
    /// Of each arrow all that it passes, from its left end to its right end.
    pub(crate) ways: Vec<Vec<usize>>,
}

/// An arrow between two boxes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrow {
    /// What is needed.
    pub(crate) from: usize,
    /// What needs it.
    pub(crate) to: usize,
    /// Equal for arrows that look the same.
    pub(crate) look: usize,
}

impl Arrow {
    /// Its left and its right end; it is turned round when it would close a cycle.
    fn ends(&self, turned: bool) -> (usize, usize) {
        if turned { (self.to, self.from) } else { (self.from, self.to) }
    }
}

impl Layers {
    /// How much there is to place.
    pub(crate) fn len(&self) -> usize {
        self.columns.iter().map(Vec::len).sum()
    }

    /// What each has to its left and to its right.
    pub(crate) fn neighbours(&self, places: usize) -> [Vec<Vec<usize>>; 2] {
        let mut left = vec![Vec::new(); places];
        let mut right = vec![Vec::new(); places];
        for pair in self.ways.iter().flat_map(|way| way.windows(2)) {
            // A part of a way that several arrows share counts once.
            if !right[pair[0]].contains(&pair[1]) {
                right[pair[0]].push(pair[1]);
                left[pair[1]].push(pair[0]);
            }
        }
        [left, right]
    }

    /// The columns of `count` boxes with these arrows, from what is needed to what needs it. Arrows from
    /// the same box that look the same share their way until it parts.
    ///
    /// `None` when there would be more than `most` places.
    pub(crate) fn new(count: usize, arrows: &[Arrow], most: usize) -> Option<Self> {
        let (ranks, turned) = ranks(count, arrows);
        let last = ranks.iter().copied().max().unwrap_or(0);
        let column = |node: usize| last - ranks[node];
        let mut columns = vec![Vec::new(); if count == 0 { 0 } else { last + 1 }];
        for node in 0..count {
            columns[column(node)].push(node);
        }
        let mut places = count;
        let mut ways = Vec::with_capacity(arrows.len());
        let mut shared: HashMap<(usize, usize, usize), usize> = HashMap::new();
        for (arrow, turned) in arrows.iter().zip(&turned) {
            let (left, right) = arrow.ends(*turned);
            let mut way = vec![left];
            let between = columns.iter_mut().enumerate().take(column(right)).skip(column(left) + 1);
            for (at, passed) in between {
                let place = *shared.entry((left, arrow.look, at)).or_insert_with(|| {
                    passed.push(places);
                    places += 1;
                    places - 1
                });
                way.push(place);
            }
            way.push(right);
            ways.push(way);
            if places > most {
                return None;
            }
        }
        let mut layers = Self { columns, ways };
        layers.sort(places);
        Some(layers)
    }

    /// Sorts the columns, and keeps the order with the fewest crossings.
    fn sort(&mut self, places: usize) {
        let [left, right] = self.neighbours(places);
        let mut at = vec![0; places];
        let mut best = (usize::MAX, self.columns.clone());
        for sweep in 0..=SWEEPS {
            for column in &self.columns {
                for (position, place) in column.iter().enumerate() {
                    at[*place] = position;
                }
            }
            let crossings = self.columns.iter().map(|column| crossings(column, &right, &at)).sum();
            if crossings < best.0 {
                best = (crossings, self.columns.clone());
            }
            if crossings == 0 || sweep == SWEEPS {
                break;
            }
            // From the goals to what they need and back.
            let columns = self.columns.len();
            for step in 0..columns {
                let (column, beside) = match sweep % 2 {
                    0 => (columns - 1 - step, &right),
                    _ => (step, &left),
                };
                sort_column(&mut self.columns[column], beside, &mut at);
            }
        }
        self.columns = best.1;
    }
}

/// How many arrows lie between each box and the end, on the longest way, with some arrows turned round
/// so that there is no cycle.
fn ranks(count: usize, arrows: &[Arrow]) -> (Vec<usize>, Vec<bool>) {
    let mut outgoing: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, arrow) in arrows.iter().enumerate() {
        outgoing[arrow.from].push(at);
    }
    let mut turned = vec![false; arrows.len()];
    // Not met, on the way here, done.
    let mut state = vec![0_u8; count];
    let mut order = Vec::with_capacity(count);
    for start in 0..count {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.last_mut() {
            let Some(arrow) = outgoing[*node].get(*next) else {
                state[*node] = 2;
                order.push(*node);
                stack.pop();
                continue;
            };
            *next += 1;
            let to = arrows[*arrow].to;
            match state[to] {
                0 => {
                    state[to] = 1;
                    stack.push((to, 0));
                }
                1 => turned[*arrow] = true,
                _ => {}
            }
        }
    }
    let mut incoming: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (arrow, turned) in arrows.iter().zip(&turned) {
        let (left, right) = arrow.ends(*turned);
        if left != right {
            incoming[right].push(left);
        }
    }
    // Whoever is needed was done later than those who need it.
    let mut ranks = vec![0; count];
    for node in order {
        for left in &incoming[node] {
            ranks[*left] = ranks[*left].max(ranks[node] + 1);
        }
    }
    (ranks, turned)
}

fn sort_column(column: &mut [usize], beside: &[Vec<usize>], at: &mut [usize]) {
    let middle = |place: usize| {
        let neighbours = &beside[place];
        match neighbours.len() {
            // Who has no neighbour there stays about where it is.
            0 => at[place] as f64,
            number => neighbours.iter().map(|place| at[*place] as f64).sum::<f64>() / number as f64,
        }
    };
    let mut sorted: Vec<(f64, usize)> = column.iter().map(|it| (middle(*it), *it)).collect();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (position, (_, place)) in sorted.into_iter().enumerate() {
        column[position] = place;
        at[place] = position;
    }
}

/// How often the arrows from a column to the next one cross.
fn crossings(column: &[usize], right: &[Vec<usize>], at: &[usize]) -> usize {
    let mut ends: Vec<usize> = Vec::new();
    for place in column {
        let mut of_place: Vec<usize> = right[*place].iter().map(|to| at[*to]).collect();
        of_place.sort_unstable();
        ends.extend(of_place);
    }
    // A binary indexed tree counts the ends below each.
    let size = ends.iter().copied().max().map_or(0, |last| last + 1);
    let mut tree = vec![0_usize; size + 1];
    let mut crossings = 0;
    for (before, end) in ends.iter().enumerate() {
        let mut not_after = 0;
        let mut index = end + 1;
        while index > 0 {
            not_after += tree[index];
            index -= index & index.wrapping_neg();
        }
        crossings += before - not_after;
        let mut index = end + 1;
        while index <= size {
            tree[index] += 1;
            index += index & index.wrapping_neg();
        }
    }
    crossings
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn layers(count: usize, arrows: &[(usize, usize)], most: usize) -> Option<Layers> {
        let arrow = |(from, to): &(usize, usize)| Arrow { from: *from, to: *to, look: 0 };
        Layers::new(count, &arrows.iter().map(arrow).collect::<Vec<_>>(), most)
    }

    #[test]
    fn what_is_needed_stands_left_and_close_to_what_needs_it() {
        // 3 is needed by 1 only, 4 by both 1 and 0.
        let layers = self::layers(5, &[(1, 0), (2, 0), (3, 1), (4, 1), (4, 0)], 100).unwrap();
        assert_eq!(layers.columns.len(), 3);
        assert_eq!(layers.columns[2], [0]);
        assert_eq!(layers.columns[1].len(), 3, "1, 2 and the place of a long arrow");
        assert_eq!(layers.ways[4].len(), 3);
        assert_eq!(layers.len(), 6);
    }

    #[test]
    fn crossings_that_need_not_be_are_not() {
        let arrows = [(2, 1), (3, 0), (4, 3), (5, 2)];
        let layers = self::layers(6, &arrows, 100).unwrap();
        let position = |node| {
            let column = layers.columns.iter().find(|column| column.contains(&node)).unwrap();
            column.iter().position(|place| *place == node).unwrap()
        };
        assert_eq!(position(2), position(1));
        assert_eq!(position(4), position(3));
    }

    #[test]
    fn crossings_are_counted() {
        let right = vec![vec![3], vec![2], vec![], vec![]];
        assert_eq!(crossings(&[0, 1], &right, &[0, 1, 0, 1]), 1);
        assert_eq!(crossings(&[1, 0], &right, &[0, 1, 0, 1]), 0);
    }

    #[test]
    fn a_cycle_and_a_long_chain_do_no_harm() {
        let layers = self::layers(2, &[(0, 1), (1, 0)], 100).unwrap();
        assert_eq!(layers.columns.len(), 2);
        assert_eq!(layers.ways, [[0, 1], [0, 1]]);
        let chain: Vec<(usize, usize)> = (1..10_000).map(|node| (node, node - 1)).collect();
        assert_eq!(self::layers(10_000, &chain, 20_000).unwrap().columns.len(), 10_000);
    }

    #[test]
    fn arrows_from_one_box_share_their_way() {
        let chain = [(3, 2), (2, 1), (1, 0), (3, 1), (3, 0)];
        let layers = self::layers(4, &chain, 100).unwrap();
        assert_eq!(layers.len(), 6);
        assert_eq!(layers.ways[3][1], layers.ways[4][1]);
    }

    #[test]
    fn too_many_places_are_refused() {
        let mut arrows: Vec<(usize, usize)> = (1..100).map(|node| (node, node - 1)).collect();
        arrows.push((99, 0));
        assert!(layers(100, &arrows, 150).is_none());
        assert!(layers(100, &arrows, 250).is_some());
    }
}
