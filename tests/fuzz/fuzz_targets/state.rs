//! A damaged state: the build after it makes the right outputs, and what it can record is not done again.
#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use mbuild_engine::event::{Event, Sink, Summary};
use mbuild_engine::settings::{Check, Environment, Settings};
use mbuild_engine::{Order, build, load};
use tempfile::TempDir;

/// Needs no more than one program, and that is quick.
const RULES: &str = "\
rule copy
  command = cp $in $out
build one: copy a
build two: copy one | b
";

/// How often something was said to be damaged.
#[derive(Default)]
struct Notes {
    repaired: usize,
}

impl Sink for Notes {
    fn event(&mut self, event: &Event<'_>) {
        self.repaired += usize::from(matches!(event, Event::Repaired { .. }));
    }
}

/// A project that was built, the state it has then, and one that knows of an older `a`.
struct Base {
    dir: TempDir,
    state: Vec<u8>,
}

impl Base {
    fn new() -> Self {
        let dir = TempDir::with_prefix("mbuild-fuzz-").expect("a temporary folder");
        let base = Self { dir, state: Vec::new() };
        for (name, content) in [("build.ninja", RULES), ("a", "a\n"), ("b", "b\n")] {
            fs::write(base.path(name), content).expect("a file");
        }
        base.build();
        let state = fs::read(base.path(".mbuild/state.db")).expect("a state");
        fs::write(base.path("a"), "changed\n").expect("a file");
        Self { state, ..base }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn settings(&self) -> Settings {
        Settings {
            check: Some(Check::Digest),
            environment: Environment::Inherit,
            ..Settings::new(self.dir.path())
        }
    }

    fn build(&self) -> (Summary, Notes) {
        let mut notes = Notes::default();
        let summary = build(&self.settings(), &[], &mut notes).expect("a build");
        (summary, notes)
    }

    /// The state with bytes changed as `input` says: where, how many, and which.
    fn damaged(&self, mut input: &[u8]) -> Vec<u8> {
        let mut state = self.state.clone();
        while let Some(([high, middle, low, count], rest)) = input.split_first_chunk() {
            let at = u32::from_be_bytes([0, *high, *middle, *low]) as usize % state.len();
            let count = usize::from(*count % 32).min(rest.len()).min(state.len() - at);
            state[at..at + count].copy_from_slice(&rest[..count]);
            if count == 0 {
                state.truncate(at.max(1));
            }
            input = &rest[count..];
        }
        state
    }
}

fuzz_target!(|input: &[u8]| {
    static BASE: OnceLock<Base> = OnceLock::new();
    let base = BASE.get_or_init(Base::new);
    let _ = fs::remove_dir_all(base.path(".mbuild"));
    fs::create_dir(base.path(".mbuild")).expect("a folder");
    fs::write(base.path(".mbuild/state.db"), base.damaged(input)).expect("a state");
    for output in ["one", "two"] {
        fs::write(base.path(output), "a\n").expect("an output");
    }

    let loaded = load(&base.settings(), &mut Notes::default()).expect("rules");
    for past in loaded.builds(10) {
        loaded.runs_of_build(past.id);
        let timeline = loaded.timeline(past);
        assert!(timeline.utilisation() >= 0.0, "{timeline:?}");
        assert!(timeline.critical_ms() <= timeline.busy_ms(), "{timeline:?}");
    }
    loaded.most(Order::Often, 10);
    loaded.most(Order::Slow, 10);
    loaded.durations();
    drop(loaded);

    let (_, notes) = base.build();
    for output in ["one", "two"] {
        let content = fs::read_to_string(base.path(output)).expect("an output");
        assert_eq!(content, "changed\n", "{output}");
    }
    // Damage that shows when the new records are written takes them along, and is told.
    if notes.repaired > 0 {
        base.build();
    }
    let (again, notes) = base.build();
    assert_eq!((again.ran, notes.repaired), (0, 0), "{again:?}");
});
