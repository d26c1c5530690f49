//! Decides every condition of an `_oasis` file: statements in, one value for each field out.

mod given;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bstr::ByteSlice;
use mbuild_rules::Diagnostic;

use super::ast::{Expr, Field, Kind, Manifest, Operation, Section, Statement, Text, Word};
use super::fields::{self, Absent, Fate, Spec};
use super::lex::is_blank;
use super::value::{self, Value};
use crate::mistakes::Mistakes;
use crate::suggest;
pub(super) use given::Fields;

/// What tests ask for.
pub(super) trait Facts {
    /// Whether a flag is on; `None` when there is no such flag.
    fn flag(&self, name: &str) -> Option<bool>;
    /// The value of a variable.
    fn variable(&self, name: &str) -> Option<String>;
    /// Names for messages.
    fn flags(&self) -> Vec<String>;
    /// Names for messages.
    fn variables(&self) -> Vec<String>;
}

/// Messages, all of them at once.
#[derive(Debug, Default)]
pub(super) struct Messages {
    /// What must be put right.
    pub errors: Mistakes,
    /// What need not.
    pub warnings: Mistakes,
}

impl Messages {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.errors.count() + self.warnings.count()
    }
}

/// Decides the package's own statements.
pub(super) fn package(manifest: &Manifest, facts: &dyn Facts, messages: &mut Messages) -> Fields {
    let name = Word { text: String::new(), at: 0 };
    fields(manifest, Kind::Package, &name, &manifest.statements, facts, messages)
}

/// Decides one section.
pub(super) fn section(
    manifest: &Manifest,
    section: &Section,
    facts: &dyn Facts,
    messages: &mut Messages,
) -> Fields {
    fields(manifest, section.kind, &section.name, &section.statements, facts, messages)
}

fn fields(
    manifest: &Manifest,
    kind: Kind,
    name: &Word,
    statements: &[Statement],
    facts: &dyn Facts,
    messages: &mut Messages,
) -> Fields {
    let result = Fields::new(kind, name.clone(), absent(kind));
    let mut evaluator = Evaluator { manifest, facts, messages, result, set: Vec::new(), blocks: 0 };
    evaluator.statements(statements, true, false);
    let Evaluator { result, messages, .. } = evaluator;
    for spec in fields::required(kind) {
        if !result.is_given(spec.name)
            && !result.is_meant(spec.name)
            && !is_unindented(manifest, &result, spec.name)
        {
            messages.errors.add(|| missing(manifest, spec, kind, &result.name));
        }
    }
    result
}

/// The section that a field of the package stands behind, where that could have it.
fn section_before<'a>(manifest: &'a Manifest, name: &Word) -> Option<&'a Section> {
    let after = manifest.sections.partition_point(|section| section.name.at < name.at);
    let section = manifest.sections.get(after.checked_sub(1)?)?;
    fields::find(section.kind, &name.text).map(|_| section)
}

/// Whether a field of a section is there and only not indented.
fn is_unindented(manifest: &Manifest, section: &Fields, name: &str) -> bool {
    let fields = manifest.statements.iter().filter_map(|statement| match statement {
        Statement::Field(field) => Some(&field.name),
        Statement::If(..) => None,
    });
    fields
        .filter(|field| field.text.eq_ignore_ascii_case(name))
        .filter_map(|field| section_before(manifest, field))
        .any(|before| before.name.at == section.name.at)
}

/// What holds in a section of this kind where nothing is given.
fn absent(kind: Kind) -> &'static [(&'static str, Value)] {
    static ALL: OnceLock<BTreeMap<Kind, Vec<(&'static str, Value)>>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let kinds = [Kind::Package].into_iter().chain(Kind::SECTIONS);
        let default = |spec: &'static Spec| {
            let Absent::Default(text) = spec.absent else { return None };
            let text = Text { value: text.to_owned(), pieces: vec![(0, 0)] };
            Some((spec.name, value::read(spec.name, spec.kind, &text).ok()?))
        };
        kinds.map(|kind| (kind, fields::of(kind).filter_map(default).collect())).collect()
    });
    all.get(&kind).map_or(&[], Vec::as_slice)
}

fn missing(manifest: &Manifest, spec: &Spec, kind: Kind, name: &Word) -> Diagnostic {
    if kind == Kind::Package {
        let example = match spec.name {
            "OASISFormat" => "0.4",
            "Version" => "0.1",
            "License" => "ISC",
            _ => "...",
        };
        return Diagnostic::about(&manifest.path, format!("the package has no `{}`", spec.name))
            .with_help(format!("add a line `{}: {example}` before the sections", spec.name));
    }
    manifest
        .message(name.at, format!("{} `{}` has no `{}`", kind.keyword(), name.text, spec.name))
        .with_help(format!("add `{}: ...` to the section", spec.name))
}

struct Evaluator<'a> {
    manifest: &'a Manifest,
    facts: &'a dyn Facts,
    messages: &'a mut Messages,
    result: Fields,
    /// Where each field was set last, and in which block of statements: blocks are counted as they begin.
    set: Vec<(&'static str, usize, usize)>,
    blocks: usize,
}

impl Evaluator<'_> {
    /// Goes through statements; where `holds` is false they are only checked.
    fn statements(&mut self, statements: &[Statement], holds: bool, conditional: bool) {
        let block = self.blocks;
        self.blocks += 1;
        for statement in statements {
            match statement {
                Statement::Field(field) => self.field(field, holds, conditional, block),
                Statement::If(test, then, otherwise) => {
                    let value = self.test(test);
                    self.statements(then, holds && value == Some(true), true);
                    self.statements(otherwise, holds && value == Some(false), true);
                }
            }
        }
    }

    /// Says of a field that was set before, in `block` or in one inside of it, that this had no effect.
    fn again(&mut self, spec: &'static Spec, field: &Field, block: usize) {
        let (at, manifest) = (field.name.at, self.manifest);
        let known = self.set.iter().position(|(name, ..)| *name == spec.name);
        let Some(known) = known else {
            self.set.push((spec.name, at, block));
            return;
        };
        let (_, before, inside) = std::mem::replace(&mut self.set[known], (spec.name, at, block));
        if inside < block || matches!(field.operation, Operation::Add(_)) {
            return;
        }
        self.messages.warnings.add(|| {
            let line = manifest.message(at, "").line;
            let message = format!("this `{}` has no effect: line {line} sets it again", spec.name);
            let help = match spec.kind.grows() {
                true => format!("remove one of the two, or write `{}+:` there to add", spec.name),
                false => "remove one of the two".to_owned(),
            };
            manifest.message(before, message).with_help(help)
        });
    }

    fn test(&mut self, test: &Expr) -> Option<bool> {
        match decide(test, self.facts) {
            Ok(value) => Some(value),
            Err(unknown) => {
                let (manifest, facts) = (self.manifest, self.facts);
                self.messages.errors.add(|| unknown.message(manifest, facts));
                None
            }
        }
    }

    fn field(&mut self, field: &Field, holds: bool, conditional: bool, block: usize) {
        let Some(spec) = fields::find(self.result.kind, &field.name.text) else {
            self.unknown(&field.name);
            return;
        };
        self.again(spec, field, block);
        let at = field.name.at;
        let before = self.messages.errors.count();
        self.known(spec, field, at, holds, conditional);
        if self.messages.errors.count() > before {
            self.result.mean(spec.name);
        }
    }

    fn known(
        &mut self,
        spec: &'static Spec,
        field: &Field,
        at: usize,
        holds: bool,
        conditional: bool,
    ) {
        match spec.fate {
            Fate::Used | Fate::Kept => {}
            Fate::Ignored(why) => {
                let message = || format!("`{}` {why}", spec.name);
                let found = || self.manifest.message(at, message()).with_help("remove it");
                self.messages.warnings.add(found);
            }
        }
        if (conditional || matches!(field.operation, Operation::Test(_))) && !spec.conditional {
            let help = match &field.operation {
                Operation::Test(_) if spec.kind == value::Type::Bool => {
                    format!("write `{}: true` or `{}: false`", spec.name, spec.name)
                }
                Operation::Test(_) => format!("write `{}: ...`", spec.name),
                _ => "make another section for the other case and decide with `Build$:` which is built".to_owned(),
            };
            self.error(at, format!("`{}` cannot depend on a test", spec.name), help);
            return;
        }
        if let Operation::Set(text) | Operation::Add(text) = &field.operation {
            self.swallowed(spec, text, at);
        }
        let value = match &field.operation {
            Operation::Test(test) => {
                if spec.kind != value::Type::Bool {
                    self.error(
                        at,
                        format!("`{}` is not `true` or `false`, so `$:` cannot set it", spec.name),
                        format!("write `{}:` below an `if`", spec.name),
                    );
                    return;
                }
                let Some(value) = self.test(test) else { return };
                Value::Bool(value)
            }
            Operation::Set(text) | Operation::Add(text) => {
                match value::read(spec.name, spec.kind, text) {
                    Ok(value) => value,
                    Err(bad) => {
                        let found = || match bad.help {
                            Some(help) => {
                                self.manifest.message(bad.at, bad.message).with_help(help)
                            }
                            None => self.manifest.message(bad.at, bad.message),
                        };
                        self.messages.errors.add(found);
                        return;
                    }
                }
            }
        };
        let adds = matches!(field.operation, Operation::Add(_));
        if adds && !spec.kind.grows() {
            self.error(
                at,
                format!("`+:` cannot add to `{}`: it holds a single value", spec.name),
                format!("write `{}:`", spec.name),
            );
            return;
        }
        if !holds {
            return;
        }
        self.result.set(spec.name, value, at, adds);
    }

    /// What stands before a line's first word, which is at byte `at`.
    fn indentation(&self, at: usize) -> &[u8] {
        let before = &self.manifest.content[..at];
        let start = before.rfind_byte(b'\n').map_or(0, |end| end + 1);
        let blanks = before[start..].iter().take_while(|byte| is_blank(**byte)).count();
        &before[start..start + blanks]
    }

    /// A line that goes on with a value, and looks like a field that is indented too deep.
    fn swallowed(&mut self, spec: &Spec, text: &Text, field: usize) {
        let is_prose = matches!(spec.kind, value::Type::Filled | value::Type::Phrase)
            && self.result.kind == Kind::Package;
        for (offset, at) in text.pieces.iter().skip(1).filter(|_| !is_prose) {
            let (before, line) = text.value.split_at(*offset);
            if !before.trim_end_matches(' ').ends_with('\n') && !before.is_empty() {
                continue;
            }
            let line = line.split('\n').next().unwrap_or_default();
            let Some((name, _)) = line.split_once(':') else { continue };
            let Some(found) = fields::find(self.result.kind, name) else { continue };
            let message = format!("this line goes on with the value of `{}`", spec.name);
            // It may well look less deep than the field.
            if !self.indentation(*at).starts_with(self.indentation(field)) {
                self.result.mean(found.name);
                let help = format!(
                    "indent it with the same blanks as `{}`, if `{}` is to be a field",
                    spec.name, found.name
                );
                self.error(*at, format!("{message}: a tab counts as one column"), help);
                continue;
            }
            let manifest = self.manifest;
            self.messages.warnings.add(|| {
                let help = format!(
                    "indent it as `{}` is, if `{}` is to be a field",
                    spec.name, found.name
                );
                manifest.message(*at, message).with_help(help)
            });
        }
    }

    fn unknown(&mut self, name: &Word) {
        let kind = self.result.kind;
        let close = || suggest::close(&name.text, fields::of(kind).map(|spec| spec.name));
        let elsewhere = fields::sections_with(&name.text);
        let section = match kind {
            Kind::Package => "the package".to_owned(),
            Kind::Object | Kind::Executable => format!("an `{}` section", kind.keyword()),
            _ => format!("a `{}` section", kind.keyword()),
        };
        let message = format!("unknown field `{}` in {section}", name.text);
        let ours = ["xmeta", "xocamlbuild", "xcustom", "xstdfiles", "xdevfiles"];
        let lower = name.text.to_ascii_lowercase();
        let foreign = lower.starts_with('x')
            && name.text.as_bytes().get(1).is_some_and(u8::is_ascii_uppercase)
            && !ours.iter().any(|prefix| lower.starts_with(prefix));
        if foreign && elsewhere.is_empty() {
            let found = || {
                let message = format!("`{}` belongs to a plugin and is ignored", name.text);
                let found = self.manifest.message(name.at, message);
                match close() {
                    Some(close) => found.with_help(format!("did you mean `{close}`?")),
                    None => {
                        found.with_help("remove it, or let that plugin's tool build the package")
                    }
                }
            };
            self.messages.warnings.add(found);
            return;
        }
        if self.messages.errors.is_full() {
            // It would not be told, so what was meant need not be known.
            return self.error(name.at, message, "");
        }
        let help = match close() {
            _ if kind == Kind::Package
                && let Some(section) = section_before(self.manifest, name) =>
            {
                let (kind, of) = (section.kind.keyword(), &section.name.text);
                format!("indent it to say it of `{kind} {of}`")
            }
            close if !elsewhere.is_empty() => {
                let places: Vec<_> = elsewhere
                    .iter()
                    .map(|place| match *place {
                        "Package" => "the package, before the sections".to_owned(),
                        section => format!("`{section}`"),
                    })
                    .collect();
                let places = places.join(" or ");
                match close {
                    Some(close) => {
                        self.result.mean(close);
                        format!("did you mean `{close}`? `{}` belongs into {places}", name.text)
                    }
                    None => format!("it belongs into {places}"),
                }
            }
            Some(close) => {
                self.result.mean(close);
                format!("did you mean `{close}`?")
            }
            None => "remove it; the manual lists the fields of each section".to_owned(),
        };
        self.error(name.at, message, help);
    }

    fn error(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        let manifest = self.manifest;
        self.messages.errors.add(|| manifest.message(at, message).with_help(help));
    }
}

/// A name in a test that nothing is known of.
pub(super) enum Unknown<'a> {
    Flag(&'a Word),
    Variable(&'a Word),
}

impl Unknown<'_> {
    /// The message about it.
    pub(super) fn message(&self, manifest: &Manifest, facts: &dyn Facts) -> Diagnostic {
        let (word, what, known) = match self {
            Self::Flag(word) => (word, "flag", facts.flags()),
            Self::Variable(word) => (word, "test", facts.variables()),
        };
        let close = suggest::close(&word.text, known.iter().map(String::as_str));
        let help = match (self, close) {
            (_, Some(close)) => format!("did you mean `{close}`?"),
            (Self::Flag(word), None) => format!("declare it with a section `Flag {}`", word.text),
            (Self::Variable(_), None) => {
                "known are `flag`, `os_type`, `system`, `architecture`, `ccomp_type`, `ocaml_version` and all that `ocamlc -config` prints".to_owned()
            }
        };
        manifest.message(word.at, format!("unknown {what} `{}`", word.text)).with_help(help)
    }
}

/// Whether a test holds.
pub(super) fn decide<'a>(test: &'a Expr, facts: &dyn Facts) -> Result<bool, Unknown<'a>> {
    Ok(match test {
        Expr::Bool(value) => *value,
        Expr::Not(inner) => !decide(inner, facts)?,
        // Both sides are looked at, so that an unknown name never hides.
        Expr::And(a, b) => decide(a, facts)? & decide(b, facts)?,
        Expr::Or(a, b) => decide(a, facts)? | decide(b, facts)?,
        Expr::Flag(name) => facts.flag(&name.text).ok_or(Unknown::Flag(name))?,
        Expr::Equals(name, value) => {
            facts.variable(&name.text).ok_or(Unknown::Variable(name))? == value.text
        }
    })
}
