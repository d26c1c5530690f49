//! Rules and statements that run tests and make documentation.

mod documents;

use std::collections::BTreeSet;
use std::path::Path;

use crate::package::{DocumentKind, Package, Section, Test, Tool};

use super::Tools;
use super::mirror;
use super::plan::Plan;
use super::product::{Product, ProductKind, goal};
use super::rules::{Rules, Statement, plain, shell};
use super::script::Scripts;
use super::sources::{clean, join};

/// What running tests and making documents needs to know and leaves behind.
pub(super) struct Check<'a, 'b> {
    pub(super) tools: &'a Tools<'b>,
    pub(super) plans: &'a [Plan<'b>],
    pub(super) scripts: &'a Scripts<'b>,
    /// The built path of each program by section name.
    pub(super) programs: &'a std::collections::BTreeMap<String, String>,
    /// The tree in which the package's own tool has built, and what says that it has.
    pub(super) own: Option<(&'a str, &'a str)>,
    /// The index of the package's first section among those of a tree.
    pub(super) first: usize,
    /// The variables that its commands see, where they are not those of the rule file.
    pub(super) environment: &'a str,
    pub(super) rules: &'a mut Rules,
    pub(super) files: &'a mut Vec<(String, Vec<u8>)>,
    pub(super) products: &'a mut Vec<Product>,
}

/// What tests and documents leave, each for a goal of all of them.
#[derive(Debug, Default)]
pub(super) struct Checked {
    pub(super) tests: Vec<String>,
    pub(super) documents: Vec<String>,
}

impl Checked {
    pub(super) fn add(&mut self, other: Self) {
        self.tests.extend(other.tests);
        self.documents.extend(other.documents);
    }
}

/// No more files than this are watched for one test.
const MANY: usize = 20_000;

impl Check<'_, '_> {
    /// All tests and documents of a package, with a goal for each.
    pub(super) fn all(mut self, package: &Package) -> Checked {
        let mut checked = Checked::default();
        let mut seen = BTreeSet::new();
        for (index, section) in package.sections.iter().enumerate() {
            let index = self.first + index;
            let made = match section {
                Section::Test(test) if test.run => {
                    let roots = package.members.iter();
                    let roots = roots.map(|member| member.folder.clone()).collect();
                    let log = self.test(index, test, &roots);
                    checked.tests.push(log.clone());
                    Some(log)
                }
                Section::Document(document) if document.build => {
                    let made = self.document(index, document);
                    checked.documents.extend(made.clone());
                    made
                }
                _ => continue,
            };
            if seen.insert(goal(section)) {
                self.rules.phony(goal(section), made);
            }
        }
        for folder in &package.mirrors {
            self.mirror_for_steps(package, folder);
        }
        checked
    }

    /// A test: it runs again when a program it names or a file in its folders has changed. Gives
    /// back what it leaves when it has passed. `roots` are the folders of the packages of a tree.
    pub(super) fn test(&mut self, index: usize, test: &Test, roots: &BTreeSet<String>) -> String {
        let dir = clean(&test.dir);
        let commands = around(test.before.as_deref(), &test.command, test.after.as_deref());
        let mut programs = self.scripts.named(&commands);
        for tool in &test.tools {
            if let Tool::Internal(name) = tool {
                programs.extend(self.programs.get(name).cloned());
            }
        }
        // The folder of a whole package says nothing of what a test reads.
        let mirror =
            test.mirror.as_ref().filter(|_| self.own.is_none()).map(|folder| clean(folder));
        let in_mirror = mirror
            .as_ref()
            .is_some_and(|mirror| format!("{dir}/").starts_with(&format!("{mirror}/")));
        let whole = dir.is_empty() || roots.contains(&dir) || in_mirror;
        let mut folders = if whole { Vec::new() } else { vec![dir.clone()] };
        let mut beside: Vec<String> = Vec::new();
        for plan in self.plans {
            let program = self.programs.get(&plan.compiled.name);
            if program.is_some_and(|program| programs.contains(program)) {
                beside.push(clean(&plan.compiled.path));
            }
        }
        // Programs beside those it names are its helpers.
        for plan in self.plans.iter().filter(|plan| plan.main.is_some()) {
            if beside.contains(&clean(&plan.compiled.path)) {
                programs.extend(self.programs.get(&plan.compiled.name).cloned());
            }
        }
        programs.sort();
        programs.dedup();
        folders.extend(beside.into_iter().filter(|path| !path.is_empty()));
        let mut data = Vec::new();
        for folder in folders {
            files_below(self.tools.root, &folder, &mut data);
        }
        data.sort();
        data.dedup();
        let (dir, programs, data) = match self.own {
            // It says all that is to be known of the tree, which has a copy of each source.
            Some((tree, done)) => (join(tree, &dir), vec![done.to_owned()], Vec::new()),
            None => (dir, programs, data),
        };
        let name = plain(&test.name);
        let script = format!("{}/scripts/test-{name}.sh", self.tools.dir);
        // Many programs want a home; what is in the user's own is none of a test's business.
        let home = shell(&format!("{}/test/{name}.home", self.tools.dir));
        let mut before = format!(
            "HOME=$PWD/{home}\nexport HOME\nrm -rf \"$HOME\"\nmkdir -p \"$HOME\" || exit 1\n"
        );
        let mut mirrored = Vec::new();
        if let Some(mirror) = &mirror {
            let script = self.mirror(mirror);
            before += &format!("sh {} || exit 1\n", shell(&script));
            if in_mirror {
                before += &format!("mkdir -p {} || exit 1\n", shell(&dir));
            }
            mirrored = self.built();
            mirrored.push(script);
        }
        let text = [before.into_bytes(), self.scripts.script(&dir, &commands)].concat();
        self.files.push((script.clone(), text));
        let out = format!("{}/test/{name}.log", self.tools.dir);
        self.rules.pool("test", 1);
        self.rules.rule(
            "test",
            "sh $in > $out 2>&1 || { cat $out; rm -f $out; exit 1; }",
            "test $out",
            &[("pool", "test")],
        );
        let environment = match self.environment {
            "" => "$mbuild_env",
            own => own,
        };
        // What it reads is a guess, so a pass is not taken from other checkouts. Many tests heed variables of their own:
        // of the library that runs them, or of a display.
        self.rules.add(
            Statement::new("test", &out)
                .input(script)
                .implicit(programs)
                .implicit(self.stubs())
                .implicit(self.scripts.done())
                .implicit(data)
                .implicit(mirrored)
                .bind("mbuild_env", format!("{environment} *"))
                .bind("mbuild_cache", "off"),
        );
        self.products.push(Product::of(index, ProductKind::Test, &out));
        out
    }

    /// The script that makes the links of a mirror.
    fn mirror(&mut self, mirror: &str) -> String {
        let script = format!("{}/scripts/{}.mirror.sh", self.tools.dir, plain(mirror));
        if !self.files.iter().any(|(path, _)| *path == script) {
            let links = mirror::links(self.plans, self.programs, self.tools.dir, mirror);
            self.files.push((script.clone(), mirror::script(mirror, &links)));
        }
        script
    }

    /// The script that makes the links of a mirror for commands around steps: the pages of documents as well.
    fn mirror_for_steps(&mut self, package: &Package, folder: &str) {
        let mut links = mirror::links(self.plans, self.programs, self.tools.dir, folder);
        for section in &package.sections {
            let Section::Document(document) = section else { continue };
            if let DocumentKind::Ocamldoc { path, .. } = &document.kind {
                let pages = format!("{}/doc/{}", self.tools.dir, plain(&document.name));
                links.extend(mirror::pages(folder, &clean(path), &document.name, &pages));
            }
        }
        let script = mirror::steps::script(self.tools.dir, folder);
        self.files.push((script, mirror::script(folder, &links)));
    }

    /// Everything that is built.
    fn built(&self) -> Vec<String> {
        let built = self.products.iter().filter(|product| {
            let kind = product.kind;
            product.taken.is_none()
                && !matches!(
                    kind,
                    ProductKind::Interface
                        | ProductKind::DocFolder
                        | ProductKind::Test
                        | ProductKind::Image
                )
        });
        let built: BTreeSet<String> = built.map(|product| product.path.clone()).collect();
        built.into_iter().collect()
    }

    /// C parts that are loaded at run time.
    fn stubs(&self) -> Vec<String> {
        let stubs = self.products.iter().filter(|product| product.kind == ProductKind::StubShared);
        stubs.map(|product| product.path.clone()).collect()
    }
}

/// A command with those before and after it.
fn around<'a>(before: Option<&'a str>, command: &'a str, after: Option<&'a str>) -> Vec<&'a str> {
    before.into_iter().chain([command]).chain(after).collect()
}

/// The files below a folder, without hidden ones and without what tests and tools leave behind.
fn files_below(root: &Path, folder: &str, out: &mut Vec<String>) {
    let mut left = vec![folder.to_owned()];
    while let Some(folder) = left.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else { continue };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            let unwritable = name.contains(['|', '\n', '\r']);
            if unwritable
                || name.starts_with('.')
                || name.starts_with("_build")
                || name == "_mbuild"
            {
                continue;
            }
            let path = join(&folder, &name);
            if kind.is_dir() {
                left.push(path);
            } else if kind.is_file() && !left_behind(&name) && out.len() < MANY {
                out.push(path);
            }
        }
    }
}

/// Files that a test or an editor leaves: they are no reason to run a test again.
fn left_behind(name: &str) -> bool {
    name.ends_with('~')
        || [".log", ".cache", ".tmp", ".swp"].iter().any(|ending| name.ends_with(ending))
}
