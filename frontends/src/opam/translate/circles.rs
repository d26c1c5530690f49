//! Packages of one folder that need each other, which opam installs none of.

use std::collections::BTreeMap;

use mbuild_rules::Diagnostic;

use super::part::Part;

/// What is said of them: a warning for each need that closes a circle. They are built one after the other all the
/// same, as nothing of a folder has to be installed before.
pub(super) fn circles(parts: &[Part]) -> Vec<Diagnostic> {
    let places: BTreeMap<&str, usize> =
        parts.iter().enumerate().map(|(at, part)| (part.model.name.as_str(), at)).collect();
    let (mut seen, mut open) = (vec![false; parts.len()], vec![false; parts.len()]);
    let mut said = Vec::new();
    for start in 0..parts.len() {
        // The packages on the way, each with how many of its needs were followed.
        let mut way: Vec<(usize, usize)> = Vec::new();
        let mut next = (!seen[start]).then_some(start);
        loop {
            if let Some(one) = next.take() {
                (seen[one], open[one]) = (true, true);
                way.push((one, 0));
            }
            let Some((one, followed)) = way.last_mut() else { break };
            let Some((name, place)) = parts[*one].siblings.get(*followed) else {
                open[*one] = false;
                way.pop();
                continue;
            };
            *followed += 1;
            let Some(other) = places.get(name.as_str()).copied() else { continue };
            if open[other] {
                let circle = way.iter().map(|(one, _)| *one).skip_while(|one| *one != other);
                let names: Vec<&str> =
                    circle.chain([other]).map(|one| parts[one].model.name.as_str()).collect();
                let mut wrong = place.clone();
                wrong.message = format!("packages need each other: {}", names.join(" -> "));
                said.push(wrong);
            } else if !seen[other] {
                next = Some(other);
            }
        }
    }
    said
}
