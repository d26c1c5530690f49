//! Orders and closures over modules that use each other, without recursion.

use std::collections::{BTreeSet, HashMap, HashSet};

/// An order in which every module comes after those it needs, visiting `starts` in turn; or the
/// modules of a cycle, the first one again at the end.
pub(super) fn topological(
    starts: &[usize],
    needs: &dyn Fn(usize) -> Vec<usize>,
) -> Result<Vec<usize>, Vec<usize>> {
    let mut done = HashSet::new();
    let mut open = HashSet::new();
    let mut order = Vec::new();
    for start in starts {
        if done.contains(start) {
            continue;
        }
        let mut stack = vec![(*start, needs(*start), 0)];
        open.insert(*start);
        while let Some((node, below, at)) = stack.last_mut() {
            let Some(next) = below.get(*at).copied() else {
                open.remove(node);
                done.insert(*node);
                order.push(*node);
                stack.pop();
                continue;
            };
            *at += 1;
            if open.contains(&next) {
                let from = stack.iter().position(|(node, ..)| *node == next).unwrap_or_default();
                let mut cycle: Vec<usize> = stack[from..].iter().map(|(node, ..)| *node).collect();
                cycle.push(next);
                return Err(cycle);
            }
            if !done.contains(&next) {
                open.insert(next);
                stack.push((next, needs(next), 0));
            }
        }
    }
    Ok(order)
}

/// An order in which every module comes after those of `starts` that it needs, and of those that could be next the
/// first of `starts` is; an error where some need each other.
pub(super) fn ready(
    starts: &[usize],
    needs: &dyn Fn(usize) -> Vec<usize>,
) -> Result<Vec<usize>, Vec<usize>> {
    let places: HashMap<usize, usize> =
        starts.iter().enumerate().map(|(place, node)| (*node, place)).collect();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); starts.len()];
    let mut left: Vec<usize> = Vec::with_capacity(starts.len());
    for (place, node) in starts.iter().enumerate() {
        let needs: HashSet<usize> =
            needs(*node).iter().filter_map(|need| places.get(need).copied()).collect();
        left.push(needs.len());
        needs.into_iter().for_each(|need| users[need].push(place));
    }
    let mut next: BTreeSet<usize> = (0..starts.len()).filter(|place| left[*place] == 0).collect();
    let mut order = Vec::with_capacity(starts.len());
    while let Some(place) = next.pop_first() {
        order.push(starts[place]);
        for user in &users[place] {
            left[*user] -= 1;
            if left[*user] == 0 {
                next.insert(*user);
            }
        }
    }
    if order.len() < starts.len() { Err(order) } else { Ok(order) }
}

/// Everything that can be reached from `starts`, these included, in the order of first sight.
pub(super) fn reachable(starts: &[usize], needs: &dyn Fn(usize) -> Vec<usize>) -> Vec<usize> {
    let mut seen: HashSet<usize> = HashSet::new();
    let mut order: Vec<usize> = starts.iter().copied().filter(|node| seen.insert(*node)).collect();
    let mut at = 0;
    while let Some(node) = order.get(at).copied() {
        order.extend(needs(node).into_iter().filter(|next| seen.insert(*next)));
        at += 1;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_ready_is_next() {
        let needs = |at: usize| [vec![3], vec![], vec![0], vec![]][at].clone();
        assert_eq!(ready(&[2, 1, 0, 3], &needs), Ok(vec![1, 3, 0, 2]));
        assert_eq!(ready(&[2, 0], &needs), Ok(vec![0, 2]));
        assert!(ready(&[0, 1], &|at| vec![1 - at]).is_err());
    }

    #[test]
    fn what_is_needed_comes_first_and_ties_keep_the_given_order() {
        let needs = |node: usize| match node {
            0 => vec![2],
            1 => vec![0, 2],
            _ => Vec::new(),
        };
        assert_eq!(topological(&[1, 3, 0], &needs), Ok(vec![2, 0, 1, 3]));
    }

    #[test]
    fn a_cycle_is_told_from_its_first_module() {
        let needs = |node: usize| vec![[1, 2, 1][node]];
        assert_eq!(topological(&[0], &needs), Err(vec![1, 2, 1]));
    }

    #[test]
    fn a_long_chain_does_not_overflow() {
        let needs = |node: usize| if node < 300_000 { vec![node + 1] } else { Vec::new() };
        assert_eq!(topological(&[0], &needs).unwrap().len(), 300_001);
        assert_eq!(reachable(&[0], &needs).len(), 300_001);
    }
}
