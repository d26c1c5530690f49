//! The generator: from the package model to a rule file, and the list of what building makes.
//!
//! It knows OCaml and no manifest format. Each section has one folder for its objects and three
//! kinds of steps: every source is scanned by itself (`ocamldep -modules`), one ordering step
//! ([`dyndep`]) turns what was found into a dyndep file and link orders, and then modules compile
//! and link by those. A new `open` in a source therefore needs no new configuration; a new module
//! does, because the folders that were listed have changed.

pub mod dyndep;
pub mod product;
pub mod sources;
pub mod spec;

mod actions;
mod boot;
mod c_program;
mod check;
mod compile;
mod cross;
mod entry;
mod error;
mod guest;
mod infer;
mod last;
mod link;
mod making;
mod members;
pub(crate) mod mirror;
mod modules;
mod named;
mod options;
pub(crate) mod order;
mod own;
mod pack;
mod plan;
pub(crate) mod rules;
mod scope;
mod script;
mod standing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use boot::arguments_of as image_arguments;
pub use cross::{generate as generate_cross, parts};
pub use error::{OcamlError, Subject};
pub use product::{Generated, Product, ProductKind, goal};
pub use sources::Sources;

use crate::findlib::Findlib;
use crate::findlib::expand::Use;
use crate::own_build::prefix::Prefix;
use crate::package::{Action, Package, Section};
use crate::target::{Code, FinalLink, Target, suffix};
use crate::toolchain::Toolchain;

use self::check::Check;
use self::compile::{Compile, Scans, spec_file};
use self::infer::Grammars;
use self::link::{Link, Linked, program_name};
use self::making::Making;
use self::members::Members;
use self::modules::Finder;
use self::plan::{Plan, Planner};
use self::rules::{Rules, quote};
use self::script::Scripts;
use self::spec::Spec;

/// How code is generated, whatever the manifest says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Debugging information (`-g`).
    pub debug: bool,
    /// Implementations are not looked at across modules: code is slower, and a change inside a
    /// module compiles that module alone (`-opaque`).
    pub opaque: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { debug: true, opaque: false }
    }
}

/// What the generator works with.
#[derive(Debug)]
pub struct Input<'a> {
    /// The package.
    pub package: &'a Package,
    /// The compilers.
    pub toolchain: &'a Toolchain,
    /// What is installed.
    pub findlib: &'a mut Findlib,
    /// The source tree.
    pub sources: &'a mut Sources,
    /// The build directory, relative to the package root.
    pub dir: &'a str,
    /// The running `mbuild`, for the ordering steps.
    pub mbuild: &'a Path,
    /// How code is generated.
    pub options: Options,
    /// What is built for.
    pub target: Build<'a>,
    /// The private prefixes of the packages of a tree, by their numbers; empty where none is needed.
    pub prefixes: &'a [Prefix],
    /// The packages of a tree that are left for later, by their numbers.
    pub later: &'a BTreeSet<usize>,
}

/// What the generator has to know of the target.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// The name of the build directory.
    pub directory: &'a str,
    /// Which kinds of code there are.
    pub code: Code,
    /// How programs are linked: once for each target of the build directory.
    pub links: &'a [FinalLink],
    /// The C source that programs begin with, by its name.
    pub entry: Option<&'a str>,
    /// The compilers are those of this machine, for this machine.
    pub host: bool,
}

impl<'a> Build<'a> {
    /// From a target.
    pub fn of(target: &'a Target) -> Self {
        Self {
            directory: target.directory(),
            code: target.code,
            links: &target.links,
            entry: target.toolchain.entry.as_deref(),
            host: target.toolchain.is_host(),
        }
    }
}

/// What is built for the host beside a program for another target: the tools of the build.
#[derive(Debug, Default)]
struct HostPrograms {
    /// The rule file that builds them.
    rule_file: Option<String>,
    /// Their paths by section name.
    programs: BTreeMap<String, String>,
}

/// Which goals a rule file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goals {
    /// Those of every section, and `all`.
    All,
    /// Those of tests; the rule file is part of another one.
    Tests,
}

/// What all steps share.
struct Tools<'a> {
    toolchain: &'a Toolchain,
    dir: &'a str,
    root: &'a Path,
    target: Build<'a>,
    /// The commands of the package's own.
    actions: &'a [Action],
    /// What keeps the folder of the checkout out of debugging information.
    map: &'static str,
    /// The folders of headers that the manifest itself stands for.
    headers: BTreeSet<String>,
}

impl Tools<'_> {
    /// Where a source of this path is: an action may make it.
    fn source(&self, path: &str) -> String {
        let made = self.actions.iter().flat_map(|action| &action.outputs);
        let made = made.map(|output| sources::clean(output)).any(|output| output == path);
        if made { format!("{}/gen/{path}", self.dir) } else { path.to_owned() }
    }
}

/// Environment variables that change what the compilers and what they run do: some preprocessors ask findlib.
const ENVIRONMENT: &str = "OCAMLPARAM OCAMLLIB CAMLLIB OCAMLRUNPARAM CAML_LD_LIBRARY_PATH \
    OCAMLPATH OCAMLFIND_CONF OCAMLFIND_TOOLCHAIN";

/// Those that lead the C compiler of this machine, its linker and what they made to headers and libraries; for other
/// machines there are others.
const HOST_ENVIRONMENT: &str =
    "CPATH C_INCLUDE_PATH LIBRARY_PATH LD_LIBRARY_PATH SDKROOT MACOSX_DEPLOYMENT_TARGET";

/// Writes the rules of a package; else says everything that is missing, or the first of other mistakes.
pub fn generate(input: &mut Input<'_>) -> Result<Generated, Vec<OcamlError>> {
    if let Some(own) = &input.package.own_build {
        return own::generate(input, own);
    }
    generate_with(input, &HostPrograms::default(), Goals::All)
}

/// Writes the rules of a package, or of a part of one.
fn generate_with(
    input: &mut Input<'_>,
    host: &HostPrograms,
    wanted: Goals,
) -> Result<Generated, Vec<OcamlError>> {
    let part = cross::without_unikernels(input.package, input.target.entry);
    let part = members::ours(part, input.later);
    let dir = input.dir;
    let members = Members::of(input.package, input.prefixes, input.later);
    let prefixes = members.of_ours();
    let mut rules = Rules::default();
    if wanted == Goals::All {
        rules.variable("builddir", quote(dir));
    }
    rules.include_of_its_own(host.rule_file.clone());
    rules.variable("mbuild", quote(&input.mbuild.to_string_lossy()));
    let host_environment = if input.target.host { HOST_ENVIRONMENT } else { "" };
    rules.variable("mbuild_env", format!("{ENVIRONMENT} {host_environment}").trim_end());
    let paths = programs(&part, dir);
    let programs: BTreeMap<String, String> = part
        .sections
        .iter()
        .enumerate()
        .rev()
        .filter_map(|(at, section)| {
            Some((section.compiled()?.name.clone(), paths.get(&at)?.clone()))
        })
        .chain(host.programs.clone())
        .collect();
    let part = named::with_paths(part, &programs);
    let package = part.as_ref();
    let toolchain = input.toolchain;
    let mut making =
        Making::new(package, dir, &toolchain.ocamllex, &toolchain.ocamlyacc, programs.clone());
    let bin = format!("{dir}/bin");
    let scripts = Scripts::new(package, &programs, Vec::new(), &bin).after(&prefixes, "");
    let wanted_files = making.actions(&package.actions, input.sources, &mut rules, &scripts)?;
    let headers = making.headers(&mut rules);
    let plans = Planner {
        package,
        toolchain,
        findlib: &mut *input.findlib,
        finder: Finder {
            nested: false,
            own_folders: modules::own_folders(package),
            sources: &mut *input.sources,
            making: &mut making,
            rules: &mut rules,
        },
        dir,
        missing: Vec::new(),
        code: input.target.code,
    }
    .plans()?;
    let root = input.sources.root().to_owned();
    let tools = Tools {
        toolchain,
        dir,
        root: &root,
        target: input.target,
        actions: &package.actions,
        map: map(&root),
        headers,
    };
    let mut products = Vec::new();
    let grammars = Grammars::new(&making.grammars(), &plans);
    let mut files = making.files();
    let mut scans = Scans::default();
    let mut linked: Vec<Linked> = Vec::new();
    // What is only there for documents is no part of what is built.
    let mut only_shown = Vec::new();
    for plan in &plans {
        let products = if plan.only_shown { &mut only_shown } else { &mut products };
        packages(&mut rules, plan, dir);
        let mut compile = Compile {
            tools: &tools,
            options: &input.options,
            plans: &plans,
            plan,
            rules: &mut rules,
            scans: &mut scans,
            grammars: &grammars,
            products,
        };
        let mut spec = if plan.is_in_c() { Spec::default() } else { compile.modules() };
        let made = Link {
            tools: &tools,
            options: &input.options,
            plans: &plans,
            plan,
            spec: &mut spec,
            linked: &linked,
            rules: &mut rules,
            products,
            files: &mut files,
            program: paths.get(&plan.index).cloned(),
        }
        .section();
        if !plan.is_in_c() {
            files.push((spec_file(dir, &plan.id), serde_json::to_vec(&spec).unwrap_or_default()));
        }
        linked.push(made);
    }
    scans.write(&tools, &mut rules);
    let stubs: Vec<String> = plans
        .iter()
        .zip(&linked)
        .filter(|(plan, made)| made.shared && !plan.only_shown)
        .map(|(plan, _)| plan.obj.clone())
        .collect();
    let scripts = Scripts::new(package, &programs, stubs, &bin).after(&prefixes, "");
    let mut checked = Check {
        tools: &tools,
        plans: &plans,
        scripts: &scripts,
        programs: &programs,
        own: None,
        first: 0,
        environment: "",
        rules: &mut rules,
        files: &mut files,
        products: &mut products,
    }
    .all(package);
    let mut done = BTreeMap::new();
    if wanted == Goals::All {
        let (more, theirs) = members.add(input, &mut rules, &mut files, &mut products)?;
        checked.add(more);
        done = theirs;
    }
    // The tests of another target are those that its host's rule file has.
    if host.rule_file.is_none() {
        rules.phony("test", checked.tests);
    }
    if wanted == Goals::All {
        rules.phony("doc", checked.documents);
        let gen_dir = format!("{dir}/gen");
        let wanted = Wanted { package, files: wanted_files, gen_dir, own: done };
        goals(&mut rules, &plans, &linked, &products, &wanted, input.target);
        rules.build_by_default("all");
    }
    products.sort_by_key(|product: &Product| product.section);
    let rule_file = rules.write().map_err(OcamlError::from)?;
    let used = plans.iter().flat_map(|plan| plan.packages.values());
    let warnings = used
        .flat_map(Use::warnings)
        .map(|(name, text)| format!("findlib package `{name}` says: {text}"))
        .collect();
    Ok(Generated { rule_file, files, products, warnings })
}

/// The compilers write the working folder into debugging information and annotations. With this
/// they write `.`, so that what is made is the same in every checkout.
fn map(root: &Path) -> &'static str {
    // The variable has no room for these, and few folders have them.
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    if root.to_string_lossy().contains(['%', '=', ':']) {
        ""
    } else {
        "BUILD_PATH_PREFIX_MAP=.=$$PWD"
    }
}

/// The path of each program that is built, by the index of its section.
fn programs(package: &Package, dir: &str) -> BTreeMap<usize, String> {
    let mut taken = Vec::new();
    let mut programs = BTreeMap::new();
    for (at, section) in package.sections.iter().enumerate() {
        let Section::Executable(executable) = section else { continue };
        if executable.compiled.build {
            let mut path = program_name(&executable.compiled.name, &taken, dir);
            if executable.as_object {
                path += ".o";
            }
            taken.push(path.clone());
            programs.insert(at, path);
        }
    }
    programs
}

/// One goal for the files of the installed packages that a section uses, so that another version
/// of a package is a change like any other.
fn packages(rules: &mut Rules, plan: &Plan<'_>, dir: &str) {
    if let Some(goal) = plan.packages_goal(dir) {
        rules.phony(goal, &plan.package_files);
    }
    if let Some(goal) = plan.inputs_goal(dir) {
        rules.phony(goal, &plan.preprocess_files);
    }
}

/// What is built besides sections.
struct Wanted<'a> {
    package: &'a Package,
    /// What actions make.
    files: Vec<String>,
    /// Where they make it.
    gen_dir: String,
    /// What says that a package of a tree is built which its own tool builds, by its number.
    own: BTreeMap<usize, String>,
}

/// The goals of sections, of the packages of a tree, and `all`, which has more files in it from the start; where
/// several targets share the build directory, the same for each of them alone.
fn goals(
    rules: &mut Rules,
    plans: &[Plan<'_>],
    linked: &[Linked],
    products: &[Product],
    wanted: &Wanted<'_>,
    target: Build<'_>,
) {
    let members = &wanted.package.members;
    let mut all = wanted.files.clone();
    let mut alone: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    // What each member has, by the suffix of the target.
    let mut theirs: BTreeMap<(usize, String), Vec<String>> = BTreeMap::new();
    for (at, member) in members.iter().enumerate() {
        let own = sources::join(&wanted.gen_dir, &member.folder);
        let own = wanted.files.iter().filter(|file| file.starts_with(&format!("{own}/")));
        theirs.insert((at, String::new()), own.cloned().collect());
    }
    for (at, done) in &wanted.own {
        theirs.entry((*at, String::new())).or_default().push(done.clone());
        all.push(done.clone());
    }
    let mut seen = BTreeSet::new();
    for (plan, made) in plans.iter().zip(linked).filter(|(plan, _)| !plan.only_shown) {
        let mut files = made.files.clone();
        let own = products.iter().filter(|product| product.section == plan.index);
        // What others name is built because they do.
        let objects = own.filter(|product| {
            use ProductKind::{Annot, Cmi, Cmo, Cmt, Cmti, Cmx, Object};
            product.taken.is_none()
                && matches!(product.kind, Cmi | Cmti | Cmt | Annot | Cmo | Cmx | Object)
        });
        files.extend(objects.map(|product| product.path.clone()));
        let mut once = BTreeSet::new();
        files.retain(|file| once.insert(file.clone()));
        let goal = goal(plan.section);
        let member = members.iter().position(|member| member.has(plan.index));
        for link in target.links {
            let suffix = suffix(target.directory, &link.target, target.links.len());
            if suffix.is_empty() {
                continue;
            }
            let other = |file: &&String| {
                let mut theirs = made.programs.iter().filter(|(target, _)| *target != link.target);
                !theirs.any(|(_, program)| program == *file)
            };
            let goal = match plan.section {
                Section::Executable(_) if !seen.contains(&goal) => {
                    let goal = format!("{goal}{suffix}");
                    rules.phony(&goal, files.iter().filter(other));
                    goal
                }
                _ => goal.clone(),
            };
            if let Some(member) = member {
                theirs.entry((member, suffix)).or_default().push(goal.clone());
            }
            alone.entry(&link.target).or_default().push(goal);
        }
        if let Some(member) = member {
            let own = theirs.entry((member, String::new())).or_default();
            if seen.contains(&goal) { own.extend(files.clone()) } else { own.push(goal.clone()) }
        }
        if seen.insert(goal.clone()) {
            rules.phony(&goal, files);
            all.push(goal);
        } else {
            all.extend(files);
        }
    }
    for ((member, suffix), files) in theirs {
        rules.phony(product::package_goal(&members[member].name) + &suffix, files);
    }
    rules.phony("all", all);
    for (name, goals) in alone {
        rules.phony(format!("all{}", suffix(target.directory, name, target.links.len())), goals);
    }
}
