//! A project of ocp-build that is one file, on a machine without packages.

use mbuild_frontends::choices::Choices;
use mbuild_frontends::environment::{Environment, Installed};
use mbuild_frontends::ocp::{self, Machine, Project, Tree};

struct Only<'a> {
    name: &'static str,
    content: &'a [u8],
}

impl Tree for Only<'_> {
    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        let outside = path.starts_with('/') || path.split('/').any(|part| part == "..");
        assert!(!outside, "nothing outside is read: {path}");
        (path == self.name).then(|| self.content.to_vec())
    }

    fn names(&mut self, _folder: &str) -> Vec<String> {
        vec![self.name.to_owned()]
    }

    fn is_file(&mut self, path: &str) -> bool {
        path == self.name
    }

    fn exists(&mut self, _path: &str) -> bool {
        true
    }
}

struct Bare(Environment);

impl Machine for Bare {
    fn environment(&self) -> &Environment {
        &self.0
    }

    fn installed(&mut self, _package: &str) -> Option<Installed> {
        None
    }

    fn requires(&mut self, _package: &str) -> Vec<String> {
        Vec::new()
    }
}

/// Reads and translates the file.
pub fn read(name: &'static str, content: &[u8]) {
    let environment = Environment::guess();
    let mut tree = Only { name, content };
    let mut project = Project::new(&environment, &mut tree);
    ocp::read(&mut project, &[name.to_owned()]);
    let errors = if project.messages.errors.is_empty() {
        let mut choices = Choices::default();
        choices.flag("tests", true);
        ocp::package(project, &mut Bare(environment), &choices).err().unwrap_or_default()
    } else {
        project.messages.errors
    };
    for error in errors {
        assert!(error.help.is_some(), "{error}");
        assert!(error.line > 0, "{error}");
    }
}
