//! Orders the sections of a package and settles a plan for each.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::findlib::expand::{self, Mode, Use};
use crate::ocaml::error::OcamlError;
use crate::ocaml::modules::capitalized;
use crate::ocaml::order::topological;
use crate::ocaml::rules::{command, plain, quote_all};
use crate::own_build::prefix;
use crate::package::{Code, Compiled, Depend, Preprocess, Section};
use crate::target;

use super::found::Found;
use super::needs::Extensions;
use super::{Plan, Planner, kind, shown, subject};

impl<'a> Planner<'a, '_> {
    /// The plans of all sections that are built, and of libraries that documents show, each after those that it
    /// uses; else every source that is missing, or the first of other mistakes.
    pub(in crate::ocaml) fn plans(&mut self) -> Result<Vec<Plan<'a>>, Vec<OcamlError>> {
        let shown = shown::of(self.package);
        let is_built = |section: &Section| section.compiled().is_some_and(|it| it.build);
        let built: Vec<(usize, &'a Section)> = self
            .package
            .sections
            .iter()
            .enumerate()
            .filter(|(index, section)| is_built(section) || shown.contains(index))
            .collect();
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for (at, (_, section)) in built.iter().enumerate() {
            if !matches!(section, Section::Executable(_)) {
                by_name.entry(kind(section).1).or_insert(at);
            }
        }
        let mut direct: Vec<Vec<usize>> = Vec::new();
        for (index, section) in &built {
            let mut needs = Vec::new();
            for depend in section.compiled().map_or(&[][..], |compiled| &compiled.depends) {
                let Depend::Internal(name) = depend else { continue };
                match by_name.get(name.as_str()) {
                    Some(at) => needs.push(*at),
                    None => {
                        let section = subject(*index, section);
                        return Err(OcamlError::NoSection { section, needs: name.clone() }.into());
                    }
                }
            }
            direct.push(needs);
        }
        let starts: Vec<usize> = (0..built.len()).collect();
        let order = topological(&starts, &|at| direct[at].clone()).map_err(|cycle| {
            let names = cycle.iter().map(|at| kind(built[*at].1).1.to_owned()).collect();
            let sections = cycle.iter().map(|at| built[*at].0).collect();
            OcamlError::Cycle { names, sections }
        })?;
        let mut code = Vec::new();
        for (index, section) in &built {
            code.push(match self.code(*index, section) {
                // A document shows interfaces.
                Err(_) if shown.contains(index) => (true, false),
                code => code?,
            });
        }
        // Native programs may use libraries that the manifest wants as bytecode only.
        let mut inside = vec![false; built.len()];
        for at in order.iter().rev() {
            if code[*at].1 || inside[*at] {
                for need in &direct[*at] {
                    inside[*need] |= !code[*need].1;
                }
            }
        }
        let ranks = ranks(&self.package.link_order);
        // What is only shown has none where something for it is missing.
        let mut place: Vec<Option<usize>> = vec![None; built.len()];
        let mut ids = BTreeSet::new();
        let mut plans: Vec<Plan<'a>> = Vec::new();
        // What each of them is linked with, before it is put into an order of its own.
        let mut linked: Vec<Vec<usize>> = Vec::new();
        for at in order {
            let only_shown = shown.contains(&built[at].0);
            let needs: Vec<usize> = direct[at].iter().filter_map(|need| place[*need]).collect();
            if only_shown && needs.len() < direct[at].len() {
                continue;
            }
            // What camlp4 loads is no part of what is linked.
            let through_camlp4 = built[at].1.compiled().is_some_and(Compiled::uses_camlp4);
            let (loads, needs): (Vec<usize>, Vec<usize>) =
                needs.iter().partition(|need| through_camlp4 && plans[**need].is_extension);
            let mut uses = with_all(&needs, &linked);
            let all = uses.clone();
            let own = built[at].1.compiled().map_or(&[][..], |compiled| &compiled.link_order);
            let own = (!own.is_empty()).then(|| self::ranks(own));
            in_order(&mut uses, own.as_ref().unwrap_or(&ranks), &plans);
            let needs = Needs { uses, loads: with_all(&loads, &linked) };
            let missing = self.missing.len();
            match self.plan(built[at], needs, &plans, &mut ids, (code[at], inside[at])) {
                Ok(plan) => {
                    place[at] = Some(plans.len());
                    linked.push(all);
                    plans.push(Plan { only_shown, ..plan });
                }
                Err(_) if only_shown => {}
                Err(error) => return Err(error.into()),
            }
            if only_shown {
                self.missing.truncate(missing);
            }
        }
        if self.missing.is_empty() { Ok(plans) } else { Err(std::mem::take(&mut self.missing)) }
    }

    fn plan(
        &mut self,
        (index, section): (usize, &'a Section),
        Needs { uses, loads }: Needs,
        plans: &[Plan<'a>],
        ids: &mut BTreeSet<String>,
        ((byte, native), inside): ((bool, bool), bool),
    ) -> Result<Plan<'a>, OcamlError> {
        let native = native || inside;
        let (kind, name) = kind(section);
        let subject = subject(index, section);
        let compiled = section.compiled().ok_or_else(|| OcamlError::NoSection {
            section: subject.clone(),
            needs: name.to_owned(),
        })?;
        let mut id = format!("{kind}-{}", plain(name));
        while !ids.insert(id.clone()) {
            id.push('_');
        }
        let obj = format!("{}/obj/{id}", self.dir);
        let pack = match section {
            Section::Library(library) if library.pack => {
                let name = library.pack_name.as_deref().unwrap_or(name);
                Some(capitalized(name))
            }
            Section::Object(object) if object.modules.len() > 1 && !object.apart => {
                Some(capitalized(name))
            }
            _ => None,
        };
        let unit_dir = if pack.is_some() { format!("{obj}/pack") } else { obj.clone() };
        let Found { members, others, beside, main } =
            self.modules(section, &subject, &uses, plans)?;
        let externals = self.externals(compiled, &subject, &uses, plans)?;
        let wrong = |error| OcamlError::Findlib { section: subject.clone(), error };
        let mut packages = BTreeMap::new();
        for (mode, wanted) in [(Mode::Byte, true), (Mode::Native, native)] {
            if wanted {
                let used = Use::of(self.findlib, &externals, mode).map_err(wrong)?;
                packages.insert(mode, used);
            }
        }
        let extensions = Extensions::of(plans, &loads, &externals);
        let mut commands = Vec::new();
        let mut built = Vec::new();
        let mut rewriters = Vec::new();
        for rewriter in &compiled.rewriters {
            let (program, needs) = self.finder.making.program(&rewriter.program, "./");
            built.extend(needs);
            let text = command(&[program, quote_all(&rewriter.arguments)]);
            rewriters.push(format!("-ppx '{}'", text.replace('\'', "'\\''")));
        }
        let mut settle = |how: &Preprocess| {
            if let Preprocess::Program(tool, arguments) = how {
                let (program, needs) = self.finder.making.program(tool, "");
                built.extend(needs);
                let text = command(&[program, quote_all(arguments)]);
                return Ok(format!("-pp '{}'", text.replace('\'', "'\\''")));
            }
            if matches!(how, Preprocess::Camlp4(_)) {
                built.extend(extensions.archives.iter().cloned());
            }
            self.preprocess(how, &extensions, &packages, &mut commands).map_err(wrong)
        };
        let rewriters = rewriters.join(" ");
        let mut settle = |how: &Preprocess| settle(how).map(|text| command(&[&text, &rewriters]));
        let preprocess = settle(&compiled.preprocess)?;
        let mut module_preprocess = BTreeMap::new();
        for (module, how) in &compiled.module_preprocess {
            module_preprocess.insert(module.clone(), settle(how)?);
        }
        for tool in &compiled.inputs.tools {
            built.extend(self.finder.making.program(tool, "").1);
        }
        let preprocess_files: BTreeSet<String> = expand::files_of(&commands)
            .iter()
            .map(|file| file.to_string_lossy().into_owned())
            .chain(built)
            .chain(self.finder.making.inputs(&compiled.inputs.files))
            .collect();
        let stdlib = &self.toolchain.findlib.stdlib;
        let archives = packages.values().flat_map(Use::archives);
        let archives = archives.map(|archive| stdlib.join(archive)).filter(|file| file.is_file());
        // In a private prefix files come and go with what says that it is there.
        let dirs = packages.values().flat_map(|used| &used.packages);
        let prefixes =
            dirs.filter_map(|package| prefix::done_of(self.dir, &package.dir.to_string_lossy()));
        let package_files = archives
            .map(|file| file.to_string_lossy().into_owned())
            .chain(prefixes)
            .chain(preprocess_files.iter().cloned())
            .collect();
        Ok(Plan {
            section,
            index,
            compiled,
            id,
            label: subject.label,
            obj,
            unit_dir,
            pack,
            members,
            others,
            beside,
            main,
            byte,
            native,
            native_inside: inside,
            only_shown: false,
            uses,
            is_extension: is_extension(section),
            packages,
            externals,
            preprocess,
            module_preprocess,
            preprocess_files,
            package_files,
        })
    }

    /// Which kinds of code a section has: (bytecode, native).
    fn code(&self, index: usize, section: &Section) -> Result<(bool, bool), OcamlError> {
        if matches!(section, Section::Executable(executable) if executable.is_in_c()) {
            return Ok((false, false));
        }
        let can = self.toolchain.ocamlopt.is_some();
        let wanted = section.compiled().map(|compiled| compiled.code).unwrap_or_default();
        let wanted = match self.code {
            target::Code::Any => wanted,
            target::Code::Byte => Code::Byte,
            target::Code::Native => Code::Native,
        };
        let native = match wanted {
            Code::Byte => false,
            Code::Native if !can => {
                return Err(OcamlError::NoNative { section: subject(index, section) });
            }
            Code::Native | Code::Best => can,
        };
        let program = matches!(section, Section::Executable(_));
        let native_only = self.code == target::Code::Native && !is_extension(section);
        let both = matches!(section, Section::Executable(executable) if executable.bytecode)
            && self.code == target::Code::Any
            && wanted == Code::Best;
        Ok((!native || both || !program && !native_only, native))
    }
}

/// What a section needs of those before it.
struct Needs {
    /// The sections that it is linked with, each after those that it uses.
    uses: Vec<usize>,
    /// The sections that camlp4 loads for it, each after those that it uses.
    loads: Vec<usize>,
}

/// Sections with all that each is linked with, each after those that it uses.
fn with_all(sections: &[usize], linked: &[Vec<usize>]) -> Vec<usize> {
    let (mut seen, mut all) = (vec![false; linked.len()], Vec::new());
    for section in sections {
        if !seen[*section] {
            let more = linked[*section].iter().chain([section]);
            all.extend(more.filter(|at| !std::mem::replace(&mut seen[**at], true)));
        }
    }
    all
}

/// The places of names in an order.
fn ranks(order: &[String]) -> HashMap<&str, usize> {
    order.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect()
}

/// Puts sections into an order, where it has them all.
fn in_order(uses: &mut [usize], ranks: &HashMap<&str, usize>, plans: &[Plan<'_>]) {
    let rank = |at: &usize| ranks.get(plans[*at].compiled.name.as_str()).copied();
    if uses.iter().all(|at| rank(at).is_some()) {
        uses.sort_by_key(rank);
    }
}

/// Whether camlp4 loads a section.
fn is_extension(section: &Section) -> bool {
    matches!(section, Section::Library(library) if library.meta.syntax)
}
