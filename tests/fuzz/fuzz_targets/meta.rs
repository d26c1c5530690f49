//! META: what is read is written so that it reads the same and has the same values, and no mistake is
//! without a place and help.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mbuild_frontends::findlib::evaluate::Predicates;
use mbuild_frontends::findlib::meta::Meta;

#[path = "../mistakes.rs"]
mod mistakes;

fuzz_target!(|input: &[u8]| match Meta::parse(b"META", input) {
    Ok(meta) => {
        let text = meta.to_string();
        let again = Meta::parse(b"META", text.as_bytes()).expect("what is written can be read");
        assert_eq!(again, meta, "what is written says the same");
        assert_eq!(again.to_string(), text, "one text has one form");
        let sets =
            [Predicates::default(), Predicates::of(["byte", "mt"]), Predicates::of(["native"])];
        let mut left = vec![(&meta, &again)];
        while let Some((one, other)) = left.pop() {
            for (entry, set) in
                one.entries.iter().flat_map(|entry| sets.iter().map(move |set| (entry, set)))
            {
                let value = one.value(&entry.name, set);
                assert_eq!(value, other.value(&entry.name, set), "the values are the same");
                if entry.predicates.is_empty() && !entry.append {
                    assert!(value.is_some(), "what is set whatever holds has a value");
                }
            }
            let inside = one.packages.iter().zip(&other.packages);
            left.extend(inside.map(|(one, other)| (&*one.1, &*other.1)));
        }
    }
    Err(mistakes) => {
        assert!(!mistakes.is_empty(), "something is wrong");
        mistakes::check(&mistakes);
    }
});
