//! Changes: to sources, to rules, to outputs, and to what the build tool keeps for itself.

use std::fs;
use std::time::Duration;

use mbuild_tests::Project;
use mbuild_tests::random::Random;

use crate::model::{Include, Kind, Model, SOURCES, below};

impl Model {
    /// Changes something, in the model and on disk; says what.
    pub fn change(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        match random.below(24) {
            0..=5 => self.edit(random, project),
            6 => self.another_name(random, project),
            7 => self.same_time_stamp(random, project),
            8 => {
                let name = self.sources[below(random, self.sources.len())].name.clone();
                project.touch(&name);
                format!("{name} touched")
            }
            9 => {
                let action = below(random, self.actions.len());
                self.actions[action].tag = random.below(3);
                self.write_rules(project);
                format!("another command of {}", self.actions[action].outputs[0])
            }
            10 | 11 => self.other_inputs(random, project),
            12 => self.another_end(random, project),
            13..=19 => self.meddle(random, project),
            _ => self.forget(random, project),
        }
    }

    /// Edits a source, in the model and on disk; says how.
    pub fn edit(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        match random.below(6) {
            0 => self.other_includes(random, project),
            1 => self.other_imports(random, project),
            _ => self.another_text(random, project),
        }
    }

    fn write_rules(&self, project: &Project<'_>) {
        for (name, text) in self.files() {
            if name.ends_with(".ninja") {
                project.write(&name, text);
            }
        }
    }

    /// Few texts, all of the same length, so that old ones come back and no size tells.
    fn another_text(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let at = below(random, self.sources.len());
        let mut lines = Vec::new();
        // Several writes in a row may come in the same tick of the clock.
        for _ in 0..=random.below(2) {
            self.sources[at].line = format!("source {}", random.below(3));
            project.write(&self.sources[at].name, self.source_text(at));
            lines.push(self.sources[at].line.clone());
        }
        format!("{} says {}", self.sources[at].name, lines.join(" and then "))
    }

    fn other_includes(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let at = below(random, SOURCES);
        let others = (0..SOURCES).filter(|other| *other != at && random.below(3) == 0);
        self.sources[at].includes = others.map(Include::Source).collect();
        if random.below(2) == 0 {
            self.sources[at].includes.push(Include::Header(0));
        }
        project.write(&self.sources[at].name, self.source_text(at));
        format!("other includes in {}", self.sources[at].name)
    }

    fn other_imports(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let module = below(random, self.sources.len() - SOURCES);
        let source = &mut self.sources[SOURCES + module];
        source.imports = (0..module).filter(|_| random.below(2) == 0).collect();
        source.extra = random.below(3) == 0;
        project.write(&self.sources[SOURCES + module].name, self.source_text(SOURCES + module));
        format!("other imports in {}", self.sources[SOURCES + module].name)
    }

    fn another_name(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let at = below(random, self.sources.len());
        let old = std::mem::replace(&mut self.sources[at].name, format!("s{}", self.names));
        self.names += 1;
        fs::rename(project.path(&old), project.path(&self.sources[at].name)).expect("a new name");
        let includes = |include: &Include| matches!(include, Include::Source(of) if *of == at);
        for other in 0..self.sources.len() {
            if self.sources[other].includes.iter().any(includes) {
                project.write(&self.sources[other].name, self.source_text(other));
            }
        }
        self.write_rules(project);
        format!("{old} renamed to {}", self.sources[at].name)
    }

    /// Another text of the same size with the old time stamp.
    fn same_time_stamp(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let at = below(random, self.sources.len());
        let path = project.path(&self.sources[at].name);
        let before = fs::metadata(&path).and_then(|file| file.modified()).expect("a time stamp");
        self.sources[at].line = format!("source {}", random.below(3));
        project.write(&self.sources[at].name, self.source_text(at));
        let file = fs::File::options().append(true).open(&path).expect("a source");
        file.set_modified(before).expect("the old time stamp");
        format!("{} says {} at the old time", self.sources[at].name, self.sources[at].line)
    }

    fn other_inputs(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let joins = |at: &usize| matches!(self.actions[*at].kind, Kind::Link | Kind::Group);
        let joins: Vec<usize> = (0..self.actions.len()).filter(joins).collect();
        let at = if random.below(3) == 0 || joins.is_empty() {
            below(random, self.actions.len())
        } else {
            joins[below(random, joins.len())]
        };
        let action = &self.actions[at];
        let (kind, what) = (action.kind, action.outputs[0].clone());
        if !matches!(kind, Kind::Scan | Kind::Module) {
            self.actions[at].inputs = self.inputs_for(kind, at, random);
        }
        if matches!(kind, Kind::Link | Kind::Group) {
            self.vary(at, random);
        }
        self.actions[at].elsewhere ^= random.below(3) == 0;
        self.write_rules(project);
        format!("other edges of {what}")
    }

    /// The last action goes, or another one comes behind it.
    fn another_end(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let last = self.actions.last().expect("there are actions");
        let name = last.outputs[0].clone();
        let at: Option<usize> = name.strip_prefix("l/").and_then(|at| at.parse().ok());
        let what = match at {
            Some(at) if at > 1 && random.below(2) == 0 => {
                self.actions.pop();
                format!("{name} is not made any more")
            }
            at => {
                let at = at.map_or(0, |at| at + 1);
                self.add_last(at, random);
                format!("l/{at} comes after {name}")
            }
        };
        self.write_rules(project);
        what
    }

    /// Somebody does something to an output.
    fn meddle(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let outputs: Vec<String> = self.outputs_of(&[]).into_iter().collect();
        let name = outputs[below(random, outputs.len())].clone();
        let path = project.path(&name);
        let old = fs::read(&path).unwrap_or_default();
        match random.below(7) {
            0 | 1 => {
                project.remove(&name);
                format!("{name} removed")
            }
            2 => {
                project.write(&name, "something else\n");
                format!("{name} overwritten")
            }
            3 => {
                project.remove(&name).write(&name, "something else\n");
                format!("{name} replaced")
            }
            4 => {
                // The same size, maybe in the tick in which it was made.
                let other: Vec<u8> = old.iter().map(|byte| byte ^ 1).collect();
                project.write(&name, other);
                format!("{name} overwritten with as many bytes")
            }
            5 => {
                project.touch(&name);
                format!("{name} touched")
            }
            _ => {
                project.remove(&name).write(&name, old);
                format!("{name} replaced by a copy")
            }
        }
    }

    /// Something happens to what the build tool keeps for itself.
    fn forget(&mut self, random: &mut Random, project: &Project<'_>) -> String {
        let (books, backup) = (project.path(".mbuild"), project.path("../backup"));
        match random.below(6) {
            0 => {
                project.remove_dir(".mbuild");
                "the state removed".to_owned()
            }
            1 => {
                let _ = fs::remove_dir_all(project.path("../store"));
                "the store removed".to_owned()
            }
            2 => {
                let _ = fs::remove_dir_all(&backup);
                project.program("cp").arguments(&["-a"]).arguments(&[&books, &backup]).ok();
                "the state kept".to_owned()
            }
            3 | 4 if backup.exists() => {
                // An old state, or old snapshots beside the present state.
                let part = if random.below(2) == 0 { "" } else { "snapshot" };
                let (from, to) = (backup.join(part), books.join(part));
                if from.exists() {
                    let _ = fs::remove_dir_all(&to);
                    project.program("cp").arguments(&["-a"]).arguments(&[from, to]).ok();
                }
                format!("the kept state is back, {part}")
            }
            _ => {
                for (name, text) in self.files() {
                    project.remove(&name).write(&name, text);
                }
                std::thread::sleep(Duration::from_millis(random.below(15)));
                "all files written anew".to_owned()
            }
        }
    }
}
