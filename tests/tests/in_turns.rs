//! Random graphs, random changes, built by Ninja or mbuild in the same folder: the outputs are what a clean build
//! would make, and after Ninja mbuild has nothing to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread::sleep;
use std::time::Duration;

use mbuild_tests::random::Random;
use mbuild_tests::{Finished, Project, Space};

const GRAPHS: usize = 6;
const CHANGES: usize = 12;
const SOURCES: u64 = 8;
const OBJECTS: usize = 10;
const LINKS: usize = 6;

/// Writes a tag, the input, and what the input includes; discovers the included files.
const COMPILE: &str = r#"set -e
included=$(sed -n 's/^include //p' "$2")
{ echo "$1"; cat "$2" $included; } > "$3"
echo "$3:" $included > "$3.d"
"#;

/// A project as it should be: what the files say, and what the outputs have to say.
struct Model {
    /// Own line and included sources of each source.
    sources: Vec<(String, Vec<usize>)>,
    /// Tag, source and how its dependencies are declared, of each object.
    objects: Vec<(u64, usize, Deps)>,
    /// Objects and earlier links of each link.
    links: Vec<Vec<Part>>,
}

/// How an object's discovered dependencies reach the build tool.
#[derive(Clone, Copy)]
enum Deps {
    Depfile,
    Gcc,
}

#[derive(Clone, Copy)]
enum Part {
    Object(usize),
    Link(usize),
}

fn below(random: &mut Random, end: usize) -> usize {
    random.below(end as u64) as usize
}

/// What may happen between two builds.
#[derive(Clone, Copy)]
enum Change {
    Text,
    Includes,
    Command,
    Inputs,
    Removed,
    NoState,
    NoLogs,
}

impl Model {
    fn new(random: &mut Random) -> Self {
        let mut model = Self { sources: Vec::new(), objects: Vec::new(), links: Vec::new() };
        for index in 0..SOURCES as usize {
            let included = (0..index).filter(|_| random.below(4) == 0).collect();
            model.sources.push((format!("source {}", random.below(1000)), included));
        }
        for _ in 0..OBJECTS {
            let deps = if random.below(2) == 0 { Deps::Depfile } else { Deps::Gcc };
            model.objects.push((random.below(100), random.below(SOURCES) as usize, deps));
        }
        for link in 0..LINKS {
            let parts = Self::parts(random, link);
            model.links.push(parts);
        }
        model
    }

    fn parts(random: &mut Random, link: usize) -> Vec<Part> {
        let mut parts = vec![Part::Object(below(random, OBJECTS))];
        for _ in 0..random.below(4) {
            let earlier = link > 0 && random.below(2) == 0;
            let object = Part::Object(below(random, OBJECTS));
            parts.push(if earlier { Part::Link(below(random, link)) } else { object });
        }
        parts
    }

    fn source_text(&self, index: usize) -> String {
        let (line, included) = &self.sources[index];
        included
            .iter()
            .fold(format!("{line}\n"), |text, source| text + &format!("include s{source}\n"))
    }

    fn rules(&self) -> String {
        let mut rules = String::from("rule link\n  command = cat $in > $out\n");
        for (name, deps) in [("depfile", ""), ("gcc", "  deps = gcc\n")] {
            let command = "sh compile.sh $tag $in $out";
            writeln!(rules, "rule {name}\n  command = {command}\n  depfile = $out.d\n{deps}")
                .unwrap();
        }
        for (index, (tag, source, deps)) in self.objects.iter().enumerate() {
            let rule = match deps {
                Deps::Depfile => "depfile",
                Deps::Gcc => "gcc",
            };
            writeln!(rules, "build o/{index}: {rule} s{source} | compile.sh\n  tag = {tag}")
                .unwrap();
        }
        for (index, parts) in self.links.iter().enumerate() {
            let mut inputs = String::new();
            for part in parts {
                match part {
                    Part::Object(object) => write!(inputs, " o/{object}").unwrap(),
                    Part::Link(link) => write!(inputs, " l/{link}").unwrap(),
                }
            }
            writeln!(rules, "build l/{index}: link{inputs}").unwrap();
        }
        rules
    }

    fn outputs(&self) -> BTreeMap<String, String> {
        let mut outputs = BTreeMap::new();
        for (index, (tag, source, _)) in self.objects.iter().enumerate() {
            let mut text = format!("{tag}\n{}", self.source_text(*source));
            for included in &self.sources[*source].1 {
                text += &self.source_text(*included);
            }
            outputs.insert(format!("o/{index}"), text);
        }
        for (index, parts) in self.links.iter().enumerate() {
            let mut text = String::new();
            for part in parts {
                text += match part {
                    Part::Object(object) => &outputs[&format!("o/{object}")],
                    Part::Link(link) => &outputs[&format!("l/{link}")],
                };
            }
            outputs.insert(format!("l/{index}"), text);
        }
        outputs
    }

    /// Changes something, in the model and on disk; says what.
    fn change(&mut self, kinds: &[Change], random: &mut Random, project: &Project) -> String {
        match kinds[below(random, kinds.len())] {
            Change::Text => {
                let source = random.below(SOURCES) as usize;
                // Few texts, so that old ones come back.
                self.sources[source].0 = format!("source {}", random.below(3));
                project.write(&format!("s{source}"), self.source_text(source));
                format!("another text in s{source}")
            }
            Change::Includes => {
                let source = 1 + below(random, SOURCES as usize - 1);
                self.sources[source].1 = (0..source).filter(|_| random.below(3) == 0).collect();
                project.write(&format!("s{source}"), self.source_text(source));
                format!("other includes in s{source}")
            }
            Change::Command => {
                let object = below(random, OBJECTS);
                self.objects[object].0 = random.below(3);
                project.write("build.ninja", self.rules());
                format!("another command of o/{object}")
            }
            Change::Inputs => {
                let link = below(random, LINKS);
                self.links[link] = Self::parts(random, link);
                project.write("build.ninja", self.rules());
                format!("other inputs of l/{link}")
            }
            Change::Removed => {
                let outputs = self.outputs();
                let name = outputs.keys().nth(below(random, outputs.len())).expect("an output");
                project.remove(name);
                format!("{name} removed")
            }
            Change::NoState => {
                if project.path(".mbuild").exists() {
                    project.remove_dir(".mbuild");
                }
                "the state removed".to_string()
            }
            Change::NoLogs => {
                for log in [".ninja_log", ".ninja_deps"] {
                    if project.path(log).exists() {
                        project.remove(log);
                    }
                }
                "Ninja's logs removed".to_string()
            }
        }
    }

    fn check_outputs(&self, project: &Project, built: &Finished, after: &str) {
        for (name, text) in self.outputs() {
            let is = project.read(&name);
            assert_eq!(is, text, "`{name}` after {after}\n{}", built.said());
        }
    }
}

/// Builds with Ninja or mbuild, whoever is chosen, and then with mbuild, which has nothing left to do.
#[test]
fn any_change_ends_as_a_clean_build_whoever_builds() {
    use Change::{Command, Includes, Inputs, NoLogs, NoState, Removed, Text};
    // Time stamps tell nothing of other changes.
    let kinds = [Text, Text, Includes, Command, Inputs, Removed, NoState, NoLogs];
    let mut random = Random::new();
    for graph in 0..GRAPHS {
        let space = Space::new();
        let project = space.project("graph");
        let mut model = Model::new(&mut random);
        project.write("compile.sh", COMPILE).write("build.ninja", model.rules());
        for source in 0..SOURCES as usize {
            project.write(&format!("s{source}"), model.source_text(source));
        }
        let mut history = Vec::new();
        for _ in 0..CHANGES {
            let after = format!("{} in graph {graph}", history.join(", "));
            sleep(Duration::from_millis(12));
            for _ in 0..=random.below(2) {
                let by_ninja = random.below(2) == 0;
                let built = match by_ninja {
                    true => project.reference_ninja(&[]).ok(),
                    false => project.mbuild(&["ninja"]).ok(),
                };
                history.push(format!("built by {}", if by_ninja { "Ninja" } else { "mbuild" }));
                model.check_outputs(&project, &built, &after);
                if by_ninja {
                    let again = project.mbuild(&["ninja"]).ok();
                    assert_eq!(again.ran(), [""; 0], "{:?} after {after}", again.reasons());
                }
            }
            sleep(Duration::from_millis(12));
            history.push(model.change(&kinds, &mut random, &project));
        }
    }
}
