//! What is said of a package as a whole.

use serde_json::{Map, Value, json};

use super::SHAPE;
use super::parts::{command, each, generator, step, tools};
use crate::package::{How, MadeFrom, Package};

/// The field that holds the sections.
pub(super) const SECTIONS: &str = "sections";

/// Everything that is known of a package but its sections.
pub(super) fn of_package(package: &Package, format: &str, manifests: &[String]) -> Value {
    json!({
        "shape": SHAPE,
        "format": format,
        "manifests": manifests,
        "name": package.name,
        "version": package.version,
        "synopsis": package.synopsis,
        "description": package.description,
        "authors": package.authors,
        "maintainers": package.maintainers,
        "license": package.license,
        "homepage": package.homepage,
        "published": package.published,
        "completed_by": package.completed_by,
        "ocaml": package.ocaml,
        "findlib": package.findlib,
        "opam": package.opam,
        "exports": package.exports,
        "flags": each(&package.flags, |flag| json!({
            "name": flag.name,
            "description": flag.description,
            "default": flag.default,
            "value": flag.value,
        })),
        "hooks": each(&package.hooks, |(hook, commands)| json!({
            "step": step(hook.step),
            "after": hook.after,
            "commands": commands,
        })),
        "templates": each(&package.templates, |template| json!({
            "from": template.from,
            "to": template.to,
        })),
        "generators": each(&package.generate, generator),
        "made": each(&package.made, |made| {
            let by = match &made.from {
                MadeFrom::Text { .. } => "manifest",
                MadeFrom::Step { step, .. } => *step,
            };
            json!({ "path": made.path, "by": by, "from": made.from.source() })
        }),
        "actions": each(&package.actions, |action| json!({
            "description": action.description,
            "folder": action.folder,
            "inputs": action.inputs,
            "outputs": action.outputs,
            "commands": each(&action.commands, command),
            "tools": tools(&action.tools),
            "wanted": action.wanted,
        })),
        "own_build": package.own_build.as_ref().map(|own| json!({
            "tool": own.tool,
            "build": own.build,
            "install": own.install,
            "uninstall": own.uninstall,
            "clean": own.clean,
            "variables": own.environment.iter().filter(|change| change.how == How::Set)
                .map(|change| (change.name.clone(), Value::from(change.value.clone())))
                .collect::<Map<_, _>>(),
            "environment": own.environment,
            "lists": own.lists,
            "configs": own.configs,
            "programs": own.programs,
            "packages": own.packages,
        })),
        SECTIONS: null,
        "bare": each(&package.bare, |bare| json!({
            "findlib": bare.findlib,
            "folder": bare.folder,
            "version": bare.version,
            "description": bare.description,
        })),
        "link_order": package.link_order,
        "linked_with": package.linked_with,
        "folders": package.folders,
    })
}
