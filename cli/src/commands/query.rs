//! `mbuild query`: what needs what, and how.

use bstr::ByteSlice;
use mbuild_engine::query::links::{Kind, Links};
use mbuild_engine::query::walk::{Follow, Found};
use mbuild_rules::{FileId, Manifest};
use serde_json::{Value, json};

use crate::args::query::{Answer, QueryArgs, QueryCommand, Reach};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::looking::Looking;
use crate::session::Session;
use crate::suggest;

/// Asks.
pub(crate) fn run(args: &QueryArgs, session: &mut Session<'_>) -> Result<Exit> {
    let answer = args.command.answer();
    let looking = Looking::open(answer.target.as_deref(), session)?;
    let loaded = looking.load(session)?;
    let links = Links::new(&loaded);
    let find = |words: &[String]| {
        let words = looking.project.goals(words)?;
        links.find(&words).map_err(|error| looking.explained(error))
    };
    match &args.command {
        QueryCommand::Deps { goals, reach, .. } => {
            let goals = find(goals)?;
            let kinds = reach.kinds.or_needed();
            let found = links.deps(&goals, follow(reach, &kinds));
            list("deps", &goals, &found, &links, answer, session)
        }
        QueryCommand::Rdeps { files, reach, .. } => {
            let files = find(files)?;
            let kinds = reach.kinds.or_needed();
            let found = links.rdeps(&files, follow(reach, &kinds));
            list("rdeps", &files, &found, &links, answer, session)
        }
        QueryCommand::Only { goals, kinds, .. } => {
            let goals = find(goals)?;
            let kinds = kinds.or_needed();
            let found = links.only(&goals, Follow { kinds: &kinds, depth: None });
            list("only", &goals, &found, &links, answer, session)
        }
        QueryCommand::Somepath { from, to, kinds, .. } => {
            let ends = [one(from, &find)?, one(to, &find)?];
            some_path(ends, &kinds.or_all(), &links, answer, session)
        }
        QueryCommand::Outputs { rule, .. } => {
            let outputs = outputs(loaded.manifest(), rule)?;
            let paths = outputs.iter().map(|file| loaded.manifest().path(*file));
            if answer.json {
                let outputs: Vec<_> = paths.map(text).collect();
                session.printer.result(json!({ "rule": rule, "outputs": outputs }))?;
            } else {
                session.printer.bytes(&lines(paths))?;
            }
            Ok(Exit::Success)
        }
    }
}

impl QueryCommand {
    fn answer(&self) -> &Answer {
        match self {
            Self::Deps { answer, .. }
            | Self::Rdeps { answer, .. }
            | Self::Somepath { answer, .. }
            | Self::Only { answer, .. }
            | Self::Outputs { answer, .. } => answer,
        }
    }
}

fn follow<'a>(reach: &Reach, kinds: &'a [Kind]) -> Follow<'a> {
    Follow { kinds, depth: if reach.direct { Some(1) } else { reach.depth } }
}

/// The file that a word names; a section may stand for several.
fn one(word: &String, find: &impl Fn(&[String]) -> Result<Vec<FileId>>) -> Result<FileId> {
    match find(std::slice::from_ref(word))?[..] {
        [file] => Ok(file),
        _ => Err(Failure::usage(format!("`{word}` is the name of several sections"))
            .with_help("say which: `lib:NAME`, `exe:NAME`, ...")),
    }
}

fn list(
    question: &str,
    asked: &[FileId],
    found: &[Found],
    links: &Links<'_>,
    answer: &Answer,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let manifest = links.loaded().manifest();
    if answer.json {
        let asked: Vec<_> = asked.iter().map(|file| text(manifest.path(*file))).collect();
        let files: Vec<_> = found.iter().map(|found| as_json(found, links)).collect();
        session.printer.result(json!({ "query": question, "of": asked, "files": files }))?;
    } else {
        session.printer.bytes(&lines(found.iter().map(|found| manifest.path(found.file))))?;
    }
    Ok(Exit::Success)
}

fn some_path(
    [from, to]: [FileId; 2],
    kinds: &[Kind],
    links: &Links<'_>,
    answer: &Answer,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let follow = Follow { kinds, depth: None };
    let path = links.path(from, to, follow);
    let name = |file| links.loaded().manifest().path(file).as_bstr();
    if answer.json {
        let steps = path
            .as_ref()
            .map(|path| path.iter().map(|found| as_json(found, links)).collect::<Vec<_>>());
        session.printer.result(json!({
            "query": "somepath", "from": text(name(from)), "to": text(name(to)), "steps": steps,
        }))?;
    } else if let Some(path) = &path {
        session.printer.result(name(from))?;
        for step in path {
            session.printer.result(format_args!(
                "  {:<10}  {}",
                step.kind.name(),
                name(step.file)
            ))?;
        }
    } else {
        let other = match links.path(to, from, follow) {
            Some(_) => format!("; `{}` needs `{}`", name(to), name(from)),
            None => String::new(),
        };
        session.printer.note(format_args!("`{}` does not need `{}`{other}", name(from), name(to)));
    }
    Ok(if path.is_some() { Exit::Success } else { Exit::Failed })
}

/// The outputs of all actions whose rule has this name.
fn outputs(manifest: &Manifest, rule: &str) -> Result<Vec<FileId>> {
    let name = |action| manifest.rule_name(manifest.rule(action));
    let actions = manifest.actions().filter(|action| name(*action) == rule.as_bytes());
    let outputs: Vec<FileId> =
        actions.flat_map(|action| manifest.outputs(action).iter().copied()).collect();
    let rules = || (0..manifest.rule_count()).filter_map(|at| u32::try_from(at).ok());
    let names = || rules().map(|at| manifest.rule_name(mbuild_rules::RuleId(at)));
    if outputs.is_empty() && !names().any(|name| name == rule.as_bytes()) {
        let help = match suggest::nearest_path(rule.as_bytes(), names()) {
            Some(near) => format!("did you mean `{}`?", near.as_bstr()),
            None => "`mbuild ninja -t rules` lists the rules".to_owned(),
        };
        return Err(Failure::usage(format!("there is no rule `{rule}`")).with_help(help));
    }
    Ok(outputs)
}

fn as_json(found: &Found, links: &Links<'_>) -> Value {
    let manifest = links.loaded().manifest();
    let rule = links.loaded().graph().producer(found.file).map(|action| manifest.rule(action));
    json!({
        "path": text(manifest.path(found.file)),
        "kind": found.kind,
        "from": text(manifest.path(found.from)),
        "depth": found.depth,
        "rule": rule.map(|rule| text(manifest.rule_name(rule))),
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn lines<'a>(paths: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut lines = Vec::new();
    for path in paths {
        lines.extend_from_slice(path);
        lines.push(b'\n');
    }
    lines
}
