//! The rules of a package that its own tool builds: its commands are one action, whose output is what they
//! made of the whole source tree.

use std::collections::{BTreeMap, BTreeSet};

use crate::depends::find_program;
use crate::findlib::Findlib;
use crate::findlib::expand::{Mode, Use};
use crate::opam;
use crate::own_build::prefix::Prefix;
use crate::own_build::{self, Spec, TREE, VERSION, tree_of};
use crate::package::{Depend, How, OwnBuild, Package, Section, Tool};

use super::check::{Check, Checked};
use super::error::OcamlError;
use super::product::{Generated, Product, ProductKind, goal};
use super::rules::{Rules, Statement, escape, quote};
use super::script::Scripts;
use super::sources::{clean, join};
use super::{ENVIRONMENT, HOST_ENVIRONMENT, Input, Tools, map};

/// More variables that tools of all kinds heed.
const MORE_ENVIRONMENT: &str = "OCAML_TOPLEVEL_PATH OPAMROOT OPAMSWITCH OPAM_SWITCH_PREFIX \
    PKG_CONFIG_PATH PKG_CONFIG_LIBDIR CPLUS_INCLUDE_PATH CC CFLAGS CPPFLAGS LDFLAGS";

/// Writes the rules of a package that stands alone.
pub(super) fn generate(
    input: &mut Input<'_>,
    own: &OwnBuild,
) -> Result<Generated, Vec<OcamlError>> {
    let mut rules = Rules::default();
    rules.variable("builddir", quote(input.dir));
    rules.variable("mbuild", quote(&input.mbuild.to_string_lossy()));
    let (mut files, mut products) = (Vec::new(), Vec::new());
    let package = input.package;
    let folder = own_build::folder_of(input.dir);
    let alone = Own { package, own, at: "", first: 0, folder, prefixes: Vec::new() };
    let made = alone.add(input, &mut rules, &mut files, &mut products)?;
    rules.phony("all", [&made.done]);
    rules.phony("test", made.checked.tests);
    rules.phony("doc", made.checked.documents);
    rules.build_by_default("all");
    products.sort_by_key(|product| product.section);
    let rule_file = rules.write().map_err(OcamlError::from)?;
    Ok(Generated { rule_file, files, products, warnings: BTreeSet::new() })
}

/// A package that its own tool builds, and where.
pub(super) struct Own<'a> {
    /// The package; paths are seen from its folder.
    pub(super) package: &'a Package,
    /// Its build.
    pub(super) own: &'a OwnBuild,
    /// Its folder, relative to the root.
    pub(super) at: &'a str,
    /// The index of its first section among those of a tree.
    pub(super) first: usize,
    /// Where all that is made of it goes.
    pub(super) folder: String,
    /// The private prefixes of the packages that have to be there before.
    pub(super) prefixes: Vec<&'a Prefix>,
}

/// What is made of such a package.
pub(super) struct Made {
    /// What says that it is built.
    pub(super) done: String,
    /// Its tests and documents.
    pub(super) checked: Checked,
}

impl Own<'_> {
    /// Whether a file is a list that mbuild has written for opam, which is no source; then the command that puts there what
    /// it has replaced.
    fn replaced(&self, input: &mut Input<'_>, file: &str) -> Option<Option<String>> {
        if file.contains('/') || !file.ends_with(".install") {
            return None;
        }
        let content = input.sources.read(&join(self.at, file)).ok()?;
        let replaced = opam::replaced(&content)?;
        let text = replaced.map(|text| opam::plain_word(&String::from_utf8_lossy(&text)));
        Some(text.map(|text| format!("printf %s {text} > {}", opam::plain_word(file))))
    }

    /// Adds its rules, the files that these read, and what they make.
    pub(super) fn add(
        &self,
        input: &mut Input<'_>,
        rules: &mut Rules,
        files: &mut Vec<(String, Vec<u8>)>,
        products: &mut Vec<Product>,
    ) -> Result<Made, Vec<OcamlError>> {
        let Self { package, own, folder, .. } = self;
        let root = input.sources.root().to_owned();
        let listed = own_build::sources(&root.join(self.at), &mut |folder| {
            input.sources.list_whole(&clean(&join(self.at, folder)))
        });
        let mut sources =
            listed.map_err(|error| OcamlError::Read { file: ".".to_owned(), source: error })?;
        sources.root = self.at.to_owned();
        let mut commands = Vec::new();
        sources.files.retain(|file| {
            let Some(replaced) = self.replaced(input, file) else { return true };
            commands.extend(replaced);
            false
        });
        commands.extend(own.build.iter().cloned());
        let bin = format!("{folder}/bin");
        let script = format!("{folder}/build.sh");
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        let tree = tree_of(folder);
        let up = "../".repeat(tree.split('/').count());
        let inside = Scripts::new(package, &own.programs, Vec::new(), &bin);
        let inside = inside.after(&self.prefixes, &up);
        files.push((script.clone(), inside.script("", &commands)));
        let spec_file = format!("{folder}/spec.json");
        let mut machine = packages(input.findlib, package, own);
        machine.extend(programs(own));
        machine.push(input.toolchain.compiler.to_string_lossy().into_owned());
        machine.extend(inside.done());
        let spec = Spec { folder: folder.clone(), script: script.clone(), sources };
        let archive = format!("{folder}/made.tar");
        let done = format!("{folder}/tree.done");
        for (step, what) in [(own_build::BUILD, "$what"), (TREE, "copy what $tool made")] {
            let command = format!("$mbuild internal {step} $in $out");
            rules.rule(step, command, what, &[]);
        }
        let tool = format!("mbuild-{}-{VERSION}", own_build::BUILD);
        let what = format!("build {} with its own tool, {}", package.name, own.tool);
        let environment = environment(own);
        rules.add(
            Statement::new(own_build::BUILD, &archive)
                .input(&spec_file)
                .implicit([script])
                .implicit(spec.sources.from_outside())
                .implicit(machine)
                .bind("what", escape(&what))
                .bind("mbuild_env", &environment)
                .bind("mbuild_tool", &tool),
        );
        rules.add(
            Statement::new(TREE, &done)
                .input(&spec_file)
                .input(&archive)
                .implicit(spec.sources.from_outside())
                .bind("tool", escape(&own.tool))
                .bind("mbuild_env", &environment)
                .bind("mbuild_cache", "off"),
        );
        files.push((spec_file, serde_json::to_vec(&spec).unwrap_or_default()));
        let in_tree: BTreeMap<String, String> =
            own.programs.iter().map(|(name, path)| (name.clone(), join(&tree, path))).collect();
        for (index, section) in package.sections.iter().enumerate() {
            let Some(compiled) = section.compiled().filter(|compiled| compiled.build) else {
                continue;
            };
            if !rules.makes(&goal(section)) {
                rules.phony(goal(section), [&done]);
            }
            if let (Section::Executable(_), Some(path)) = (section, in_tree.get(&compiled.name)) {
                products.push(Product::of(self.first + index, ProductKind::Program, path));
            }
        }
        let tools = Tools {
            toolchain: input.toolchain,
            dir: input.dir,
            root: &root,
            target: input.target,
            actions: &[],
            map: map(&root),
            headers: BTreeSet::new(),
        };
        let scripts = Scripts::new(package, &in_tree, Vec::new(), &bin).after(&self.prefixes, "");
        let checked = Check {
            tools: &tools,
            plans: &[],
            scripts: &scripts,
            programs: &in_tree,
            own: Some((&tree, &done)),
            first: self.first,
            environment: &environment,
            rules,
            files,
            products,
        }
        .all(package);
        Ok(Made { done, checked })
    }
}

/// The variables that its commands see.
pub(super) fn environment(own: &OwnBuild) -> String {
    format!("{ENVIRONMENT} {HOST_ENVIRONMENT} {MORE_ENVIRONMENT}{}", lists(own))
}

/// The variables that its commands put something to, each with a blank before it.
fn lists(own: &OwnBuild) -> String {
    let known = |name: &str| {
        let all = [ENVIRONMENT, HOST_ENVIRONMENT, MORE_ENVIRONMENT];
        name == "PATH" || all.iter().any(|some| some.split(' ').any(|known| known == name))
    };
    let changes = own.environment.iter().filter(|change| change.how != How::Set);
    let names: BTreeSet<&str> = changes.map(|change| change.name.as_str()).collect();
    names.into_iter().filter(|name| !known(name)).map(|name| format!(" {name}")).collect()
}

/// The files of the installed packages in use.
fn packages(findlib: &mut Findlib, package: &Package, own: &OwnBuild) -> Vec<String> {
    let mut names = own.packages.clone();
    for compiled in package.compiled().filter(|compiled| compiled.build) {
        for depend in &compiled.depends {
            if let Depend::Findlib { name, .. } = depend {
                names.push(name.clone());
            }
        }
    }
    names.sort();
    names.dedup();
    let mut files = Vec::new();
    for mode in [Mode::Byte, Mode::Native] {
        // Its own tool asks for packages by itself; it will say what it misses.
        let Ok(used) = Use::of(findlib, &names, mode) else { continue };
        let stdlib = findlib.conf.stdlib.clone();
        let archives = used.archives().into_iter().map(|archive| stdlib.join(archive));
        files.extend(archives.chain(used.parts()).filter(|file| file.is_file()));
    }
    files.sort();
    files.dedup();
    files.iter().map(|file| file.to_string_lossy().into_owned()).collect()
}

/// The files of the programs that the commands run.
fn programs(own: &OwnBuild) -> Vec<String> {
    let external = own.tools.iter().filter_map(|tool| match tool {
        Tool::External(name) => find_program(name),
        Tool::Internal(_) => None,
    });
    external
        .filter(|path| path.is_absolute())
        .map(|path| path.to_string_lossy().into_owned())
        .collect()
}
