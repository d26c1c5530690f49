//! The first part of the way, timed: from the text of a manifest to what it says. Nothing is looked up, and no
//! package is made of it.

use std::path::Path;
use std::time::{Duration, Instant};

use mbuild_frontends::environment::Environment;
use mbuild_frontends::findlib::meta::Meta;
use mbuild_frontends::ocp::{self, Project, Tree};
use mbuild_frontends::{mirari, oasis, obuild, opam, tags};

/// What parses a manifest, given its name and its content.
type Parse = fn(&str, &[u8]);

/// How long it takes to parse the manifest of this format in the folder.
pub(crate) fn time(format: &str, folder: &Path) -> Duration {
    let (name, parse): (&str, Parse) = match format {
        "_oasis" => ("_oasis", |name, text| drop(oasis::read(name.as_bytes(), text))),
        "_tags" => ("_tags", |name, text| drop(tags::read(name.as_bytes(), text))),
        "obuild" => ("big.obuild", |name, text| drop(obuild::read(name.as_bytes(), text))),
        "ocp" => ("big.ocp", without_running),
        "ocp2" => ("build.ocp2", without_running),
        "META" => ("big/META", |name, text| drop(Meta::parse(name.as_bytes(), text))),
        "opam" => ("opam", |name, text| drop(opam::parse(name.as_bytes(), text))),
        ".install" => ("p.install", |name, text| drop(opam::read_install(name.as_bytes(), text))),
        "mirari" => ("big.conf", |name, text| drop(mirari::read(name.as_bytes(), text))),
        other => panic!("no format {other}"),
    };
    let text = std::fs::read(folder.join(name)).expect("a manifest");
    let start = Instant::now();
    parse(name, &text);
    start.elapsed()
}

/// What stands behind the text of a manifest of ocp-build. These are programs: with a mistake they are parsed to
/// their end and not run.
const MISTAKE: &[u8] = b"\n)\n";

fn without_running(name: &str, text: &[u8]) {
    let environment = Environment::guess();
    let mut tree = Only { name, text };
    let mut project = Project::new(&environment, &mut tree);
    ocp::read(&mut project, &[name.to_owned()]);
    assert!(!project.messages.errors.is_empty(), "the mistake is seen");
    assert!(project.descriptions.is_empty(), "nothing ran");
}

/// A source tree of one file.
struct Only<'a> {
    name: &'a str,
    text: &'a [u8],
}

impl Tree for Only<'_> {
    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        self.is_file(path).then(|| [self.text, MISTAKE].concat())
    }

    fn names(&mut self, _folder: &str) -> Vec<String> {
        vec![self.name.to_owned()]
    }

    fn is_file(&mut self, path: &str) -> bool {
        path == self.name
    }

    fn exists(&mut self, path: &str) -> bool {
        self.is_file(path)
    }
}
