//! Links lead where they should, and nowhere when they are damaged.

use super::*;

/// `a.c` and `b.c` are compiled with `h` and linked; `all` names that; `tool` makes `b.c` from `b.in`; `cc`
/// is a program; the rule file comes from `configure`.
fn columns() -> Columns {
    const FILES: u32 = 11;
    let [a_c, b_c, h, a_o, b_o, exe, all, b_in, cc, configure, rules] =
        std::array::from_fn(|at| at as u32);
    // Inputs, outputs, what is discovered, kind.
    type Action<'a> = (&'a [u32], &'a [u32], &'a [u32], u32);
    let actions: [Action<'_>; 6] = [
        (&[a_c], &[a_o], &[h, cc], 0),
        (&[b_c], &[b_o], &[h, cc], 0),
        (&[a_o, b_o], &[exe], &[], 0),
        (&[exe, b_in], &[all], &[], PHONY),
        (&[b_in], &[b_c], &[], 0),
        (&[configure], &[rules], &[], WHOLE),
    ];
    let mut columns = Columns {
        generation: -7,
        declares_environment: true,
        logs: [3, 0],
        gaps: vec![Piece { file: 0, start: 0, end: 9 }],
        rows: (0..FILES).map(|file| if file == all { NONE } else { file + 1 }).collect(),
        producers: vec![NONE; FILES as usize],
        ..Columns::default()
    };
    let mut users = Vec::new();
    for (id, (inputs, outputs, found, kind)) in (0_u32..).zip(actions) {
        columns.numbers.push(10 + id);
        columns.kinds.push(kind);
        columns.spans.push(Piece { file: 0, start: 9 + id, end: 10 + id });
        columns.inputs.push(inputs.iter().copied()).unwrap();
        columns.outputs.push(outputs.iter().copied()).unwrap();
        outputs.iter().for_each(|output| columns.producers[*output as usize] = id);
        users.extend(inputs.iter().chain(found).map(|file| (id, *file)));
    }
    columns.users = Lists::turned(FILES as usize, &users).unwrap();
    columns.add_outside(b"elsewhere");
    columns
}

fn links() -> Links {
    Links::decode(columns().encode().0).unwrap()
}

fn reach(links: &Links, changed: &[u32]) -> Result<(Vec<u32>, Vec<u32>), Lost> {
    let reached = links.reach(changed.iter().copied())?;
    Ok((reached.actions, reached.beside))
}

#[test]
fn what_was_written_is_read() {
    let links = links();
    assert_eq!((links.files(), links.actions(), links.generation), (11, 6, -7));
    assert!(links.declares_environment);
    assert_eq!(links.logs, [3, 0]);
    assert_eq!(links.gaps(), [Piece { file: 0, start: 0, end: 9 }]);
    assert_eq!((links.number(2), links.kind(3)), (Some(12), Some(PHONY)));
    assert_eq!(links.span(5), Some(Piece { file: 0, start: 14, end: 15 }));
    assert_eq!((links.row(0), links.row(6), links.row(11)), (Some(1), None, None));
    assert_eq!((links.producer(3), links.producer(0)), (Some(0), None));
    assert_eq!(links.inputs(2).unwrap().collect::<Vec<_>>(), [3, 4]);
    assert_eq!(links.outputs(2).unwrap().collect::<Vec<_>>(), [5]);
    assert_eq!(links.users(2).unwrap().collect::<Vec<_>>(), [0, 1]);
    assert!(links.is_made_outside(b"elsewhere"));
    assert!(!links.is_made_outside(b"else"));
    let (bytes, digest) = columns().encode();
    assert_eq!((links.digest, links.into_bytes()), (digest, bytes));
}

#[test]
fn a_changed_file_reaches_what_uses_it_and_what_comes_after_that() {
    let links = links();
    // The name of all is of no interest: no command uses it.
    assert_eq!(reach(&links, &[0]), Ok((vec![0, 2], vec![1])));
    assert_eq!(reach(&links, &[2]), Ok((vec![0, 1, 2], vec![4])));
    assert_eq!(reach(&links, &[7]), Ok((vec![1, 2, 4], vec![0])));
    // An output is what its action has to answer for.
    assert_eq!(reach(&links, &[5]), Ok((vec![2], vec![0, 1])));
    assert_eq!(reach(&links, &[9]), Err(Lost::Generator));
    assert_eq!(reach(&links, &[10]), Err(Lost::Generator));
    assert_eq!(reach(&links, &[11]), Err(Lost::Damaged));
}

#[test]
fn a_file_that_nothing_uses_is_nothing_to_plan_by() {
    let mut columns = columns();
    columns.users = Lists::turned(11, &[]).unwrap();
    let links = Links::decode(columns.encode().0).unwrap();
    assert_eq!(reach(&links, &[0]), Err(Lost::Unused));
}

#[test]
fn what_reaches_most_of_a_large_graph_is_planned_as_a_whole() {
    let count = 10_000_u32;
    let mut columns = Columns {
        rows: vec![1; 2],
        producers: vec![NONE; 2],
        numbers: (0..count).collect(),
        kinds: vec![0; count as usize],
        spans: vec![Piece { file: 0, start: 0, end: 0 }; count as usize],
        ..Columns::default()
    };
    for _ in 0..count {
        columns.inputs.push(std::iter::empty()).unwrap();
        columns.outputs.push(std::iter::empty()).unwrap();
    }
    let users: Vec<(u32, u32)> =
        (0..1250).map(|action| (action, 0)).chain((0..1251).map(|action| (action, 1))).collect();
    columns.users = Lists::turned(2, &users).unwrap();
    let links = Links::decode(columns.encode().0).unwrap();
    assert_eq!(reach(&links, &[0]).unwrap().0.len(), 1250);
    assert_eq!(reach(&links, &[1]), Err(Lost::TooMuch));
}

#[test]
fn a_phony_name_on_the_way_to_a_command_comes_along() {
    let mut columns = columns();
    // The compiler of `a.c` waits for `all` now.
    columns.inputs = Lists::default();
    for inputs in [&[0_u32, 6][..], &[1], &[4], &[5, 7], &[7], &[9]] {
        columns.inputs.push(inputs.iter().copied()).unwrap();
    }
    let users = [(0, 0), (0, 6), (1, 1), (2, 4), (3, 5), (3, 7), (4, 7), (5, 9)];
    columns.users = Lists::turned(11, &users).unwrap();
    let links = Links::decode(columns.encode().0).unwrap();
    assert_eq!(reach(&links, &[5]), Ok((vec![0, 2, 3], vec![1])));
    // From `a.c` alone the name is only looked through.
    assert_eq!(reach(&links, &[0]), Ok((vec![0], vec![2, 3])));
}

#[test]
fn what_is_discovered_anew_changes_the_links() {
    let links = links();
    let rows: Vec<u32> = (1..=12).collect();
    let found = [(0, vec![8, 11])].into_iter().collect();
    let links = Links::decode(links.changed(rows, &found).unwrap().encode().0).unwrap();
    assert_eq!(links.files(), 12);
    assert_eq!(reach(&links, &[2]), Ok((vec![1, 2], vec![0, 4])));
    assert_eq!(reach(&links, &[11]), Ok((vec![0, 2], vec![1])));
    assert_eq!(reach(&links, &[0]), Ok((vec![0, 2], vec![1])));
    assert_eq!((links.row(11), links.producer(11)), (Some(12), None));
    assert!(links.is_made_outside(b"elsewhere"));
}

#[test]
fn no_flipped_bit_is_taken_for_links() {
    let (bytes, _) = columns().encode();
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(Links::decode(damaged).is_none(), "bit flipped in byte {at}");
        assert!(Links::decode(bytes[..at].to_vec()).is_none(), "cut at byte {at}");
    }
}

#[test]
fn links_that_are_wrong_in_themselves_lead_nowhere() {
    let (bytes, _) = columns().encode();
    let body = &bytes[MAGIC.len() + Digest::LEN..];
    let mut read = 0;
    for at in 0..body.len() {
        for value in [0, 0x7f, 0xff] {
            let mut body = body.to_vec();
            body[at] = value;
            if let Some(links) = Links::decode(seal(&body).0) {
                links.look_through();
                read += 1;
            }
        }
    }
    assert!(read > 0);
}

#[test]
fn damaged_links_are_removed_and_those_of_another_snapshot_are_not_used() {
    let dir = tempfile::tempdir().unwrap();
    let question = Digest::of(b"question");
    let (bytes, digest) = columns().encode();
    let place = links_place(dir.path(), &question);
    std::fs::create_dir(place.parent().unwrap()).unwrap();
    assert!(Links::read(dir.path(), &question, &digest).unwrap().is_none());
    std::fs::write(&place, &bytes).unwrap();
    assert!(Links::read(dir.path(), &question, &digest).unwrap().is_some());
    assert!(Links::read(dir.path(), &question, &question).unwrap().is_none());
    std::fs::write(&place, &bytes[1..]).unwrap();
    assert_eq!(Links::read(dir.path(), &question, &digest).unwrap_err(), place);
    assert!(!place.exists());
}
