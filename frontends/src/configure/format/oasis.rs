//! Reads a package whose manifest is `_oasis`, with the `_tags` beside it; mbuild builds it, or its own tools
//! do.

use mbuild_rules::Diagnostic;

use super::{Read, Reading, apply_tags, read};
use crate::configure::error::ConfigureError;
use crate::configure::own_tool::{self, Does, Script};
use crate::configure::setup_ml;
use crate::environment::Installed;
use crate::oasis;
use crate::ocaml::sources::Sources;

impl oasis::Files for Sources {
    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        Self::read(self, path).ok()
    }

    fn has(&mut self, folder: &str, name: &str) -> bool {
        Self::has(self, folder, name)
    }
}

/// The manifest.
const MANIFEST: &str = "_oasis";

pub(super) fn find(sources: &mut Sources) -> Vec<String> {
    sources.list("").get(MANIFEST).cloned().into_iter().collect()
}

/// Who reads `_tags`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tags {
    Ours,
    /// It knows tags that we do not, and needs nothing for those that it does not know.
    Ocamlbuild,
}

/// Reads it, and decides who builds unless the user has.
pub(super) fn package(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    let (mut found, scripts) = from_manifest(reading, Tags::Ours)?;
    let own = found.package.own_build.as_ref().filter(|own| own.tool == oasis::OCAMLBUILD);
    if let Some(why) = own.and_then(|own| own.why.clone()) {
        return by_setup(reading, &why, false);
    }
    let chosen = reading.choices.frontend.is_some();
    let [setup, plugin] = [setup_ml::FILE, own_tool::PLUGIN].map(|file| {
        let there = reading.sources.has("", file);
        there.then(|| read(reading.sources, file)).transpose()
    });
    let text = |content: Option<Vec<u8>>| {
        content.map(|content| String::from_utf8_lossy(&content).into_owned())
    };
    let (setup, plugin) = (text(setup?), text(plugin?));
    if chosen {
        return Ok(found);
    }
    let package = &found.package;
    let mut does = setup.as_deref().map_or(Does::Nothing, own_tool::of_setup);
    if let (Does::Nothing, [script, ..], None) = (&does, scripts.as_slice(), &package.own_build) {
        does = Does::Builds(format!("`{}` puts variables into `setup.data`", script.path));
    }
    if let (Does::Nothing, Some(plugin), None) = (&does, &plugin, &package.own_build) {
        does = own_tool::of_plugin(plugin, &package.generate);
    }
    match does {
        Does::Nothing => {}
        Does::Documents(line) => found.warnings.push(
            Diagnostic::about(
                own_tool::PLUGIN.as_bytes(),
                format!("`{line}` changes how documents are made, and mbuild does not run it"),
            )
            .with_help("`mbuild configure --frontend setup` lets the package's own `setup.ml` build it, `--frontend oasis` leaves it out without a word"),
        ),
        Does::Builds(why) => return by_setup(reading, &why, true),
    }
    Ok(found)
}

/// The manifest, where the user wants the package's own tools to build it.
pub(super) fn find_setup(sources: &mut Sources) -> Vec<String> {
    find(sources)
}

/// Reads it for these.
pub(super) fn package_by_setup(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    by_setup(reading, "chosen by `--frontend setup`", false)
}

/// The package that `setup.ml` builds.
fn by_setup(reading: &mut Reading<'_>, why: &str, optional: bool) -> Result<Read, ConfigureError> {
    let (mut found, _) = from_manifest(reading, Tags::Ocamlbuild)?;
    let plugin = reading.sources.has("", own_tool::PLUGIN);
    let plugin = plugin.then(|| read(reading.sources, own_tool::PLUGIN)).transpose()?;
    let stripped = plugin.is_some_and(|it| setup_ml::is_stripped(&String::from_utf8_lossy(&it)));
    let has_setup = reading.sources.has("", setup_ml::FILE) && !stripped;
    let native = reading.environment.is_native();
    own_tool::by_setup(&mut found.package, reading.choices, has_setup, native, why, optional);
    Ok(found)
}

/// The package as its manifest has it, and the scripts that give variables to `setup.ml` alone.
fn from_manifest(
    reading: &mut Reading<'_>,
    tags: Tags,
) -> Result<(Read, Vec<Script>), ConfigureError> {
    let content = read(reading.sources, MANIFEST)?;
    let manifest = oasis::read(MANIFEST.as_bytes(), &content).map_err(ConfigureError::Wrong)?;
    if reading.sources.has("", setup_ml::FILE) {
        let setup = read(reading.sources, setup_ml::FILE)?;
        for name in own_tool::variables_of_setup(&String::from_utf8_lossy(&setup)) {
            // Their values are known to that code alone, which builds then.
            if reading.environment.get(&name).is_none() {
                reading.environment.set(&name, "");
            }
        }
    }
    let sources = &mut *reading.sources;
    let scripts = own_tool::scripts(&manifest, |path| {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let content = sources.has(folder, name).then(|| read(sources, path).ok()).flatten()?;
        Some(String::from_utf8_lossy(&content).into_owned())
    });
    for name in scripts.iter().flat_map(|script| &script.variables) {
        if reading.environment.get(name).is_none() {
            reading.environment.set(name, "");
        }
    }
    let mut names = oasis::packages_named(&manifest);
    // `$findlib_version` is a variable of every package.
    names.push("findlib".to_owned());
    for name in names {
        if let Some(found) = reading.provided.get(&name) {
            reading.environment.packages.insert(name, found.clone());
            continue;
        }
        // What is missing or broken is told when something is built with it.
        if let Ok(Some(found)) = reading.findlib.package(&name) {
            let directory = found.dir.to_string_lossy().into_owned();
            let installed = Installed { version: found.version(), directory };
            reading.environment.packages.insert(name, installed);
        }
    }
    let (mut package, mut warnings) =
        oasis::package(&manifest, reading.environment, reading.choices)
            .map_err(ConfigureError::Wrong)?;
    warnings.extend(oasis::apply_lists(&mut package, reading.sources));
    if tags == Tags::Ours {
        warnings.extend(apply_tags(reading.sources, &mut package)?);
    }
    package.find_rewriters();
    Ok((Read { package, warnings, messages: Vec::new() }, scripts))
}
