//! Some statements of a file without the others.

use mbuild_rules::ActionId;
use mbuild_rules::parse::Options;

use crate::{CAT, command, read, refusal, try_files};

const STATEMENTS: [&str; 5] = [
    "build a: cat $\n  in | x\n  # of a\n  v = 1\n# after a\n",
    "build b: cat in\n",
    "build c: cat in\n  v = 2$\n  3\n",
    "build $x/d: cat in\n   # of d\n",
    "build e: cat in |@ b\n",
];

fn whole() -> String {
    let [a, b, c, d, e] = STATEMENTS;
    format!("{CAT}{a}\n{b}{c}x = out\n{d}  \n{e}x = end\ndefault a b\n")
}

#[test]
fn a_statement_begins_with_its_word_and_ends_where_the_next_one_may_begin() {
    let text = whole();
    let manifest = read(&text);
    let spans = manifest.actions().map(|action| manifest.span(action));
    let found: Vec<&str> =
        spans.map(|span| &text[span.start as usize..span.end as usize]).collect();
    assert_eq!(found, STATEMENTS);
}

#[test]
fn what_is_left_means_what_it_did() {
    let text = whole();
    let all = read(&text);
    let mut rest = text.clone();
    for gone in [STATEMENTS[0], STATEMENTS[2]] {
        rest = rest.replace(gone, "");
    }
    let options = Options { excerpt: true, ..Options::default() };
    let mut some = try_files(&[("input", &rest)], options).unwrap();
    for (here, there) in [(0, 1), (1, 3), (2, 4)] {
        assert_eq!(command(&some, here), command(&all, there));
    }
    assert_eq!(command(&some, 1), "cat in > out/d");
    assert_eq!(some.defaults().len(), 1);
    assert_eq!(some.number(ActionId(2)), 2);
    some.set_numbers(vec![1, 3, 4]);
    assert_eq!(some.number(ActionId(2)), 4);
    assert_eq!(refusal(&rest), "input:11: unknown target 'a'\ndefault a b\n         ^ near here");
}
