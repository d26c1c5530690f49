//! The files of a project: sources, scripts and rule files.

use std::fmt::Write as _;

use crate::model::{Action, HEADERS, Include, Input, Kind, Model};

/// Writes a tag, the input, and what the input includes; says in a depfile what that was.
const COMPILE: &str = r#"set -e
included=
while read -r word name; do
  if [ "$word" = include ]; then included="$included $name"; fi
done < "$2"
{ echo "$1"; cat "$2" $included; } > "$3"
echo "$3:$included" > "$3.d"
"#;

/// Writes the first line, unless it is there already.
const FILTER: &str = r#"set -e
read -r line < "$2"
echo "$1 $line" > "$3.new"
if cmp -s "$3.new" "$3"; then rm "$3.new"; else mv "$3.new" "$3"; fi
"#;

/// Writes the dyndep file of a module from its imports.
const SCAN: &str = r#"set -e
imports= extra=
while read -r word name; do
  case $word in
    import) imports="$imports m/$name" ;;
    extra) extra=" | $2.extra" ;;
  esac
done < "$1"
printf 'ninja_dyndep_version = 1\nbuild %s%s: dyndep |%s\n' "$2" "$extra" "$imports" > "$3"
"#;

/// Joins a module and its imports.
const MODULE: &str = r#"set -e
imports=
while read -r word name; do
  case $word in
    import) imports="$imports m/$name" ;;
    extra) echo "extra $1" > "$3.extra" ;;
  esac
done < "$2"
{ echo "$1"; cat "$2" $imports; } > "$3"
"#;

const RULES: &str = r"rule header
  command = (echo $tag; head -n 1 $in) > $out
rule object
  command = sh compile.sh $tag $in $out
  depfile = $out.d
rule gcc
  command = sh compile.sh $tag $in $out
  depfile = $out.d
  deps = gcc
rule filter
  command = sh filter.sh $tag $in $out
  restat = 1
rule scan
  command = sh scan.sh $in $module $out
rule module
  command = sh module.sh $tag $source $out
rule split
  command = cp $in w/0 && (echo $tag; cat $in) > w/1
rule stamp
  command = cp $in $out
rule link
  command = cat $in > $out
rule group
  command = cat $$(cat $out.rsp) > $out
  rspfile = $out.rsp
  rspfile_content = $members
rule check
  command = cat $in > $out
build always: phony
";

impl Model {
    /// All files, by name.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut files: Vec<(String, String)> = (0..self.sources.len())
            .map(|at| (self.sources[at].name.clone(), self.source_text(at)))
            .collect();
        let scripts = [
            ("compile.sh", COMPILE),
            ("filter.sh", FILTER),
            ("scan.sh", SCAN),
            ("module.sh", MODULE),
        ];
        files.extend(scripts.map(|(name, text)| (name.to_owned(), text.to_owned())));
        files.push(("build.ninja".to_owned(), self.rules()));
        files.push(("more.ninja".to_owned(), self.more_rules()));
        files
    }

    /// The text of a source.
    pub fn source_text(&self, at: usize) -> String {
        let source = &self.sources[at];
        let mut text = format!("{}\n", source.line);
        for include in &source.includes {
            match include {
                Include::Source(at) => writeln!(text, "include {}", self.sources[*at].name),
                Include::Header(at) => writeln!(text, "include g/{at}"),
            }
            .expect("a string takes all");
        }
        for module in &source.imports {
            writeln!(text, "import {module}").expect("a string takes all");
        }
        if source.extra {
            text += "extra\n";
        }
        text
    }

    /// The rule file.
    pub fn rules(&self) -> String {
        let mut rules = RULES.to_owned();
        let headers: Vec<String> = (0..HEADERS).map(|at| format!("g/{at}")).collect();
        writeln!(rules, "build headers: phony {}", headers.join(" ")).expect("a string takes all");
        rules += "include more.ninja\n";
        for action in self.actions.iter().filter(|action| !action.elsewhere) {
            self.statement(action, &mut rules);
        }
        rules
    }

    /// The rule file that it includes.
    fn more_rules(&self) -> String {
        let mut rules = String::new();
        for action in self.actions.iter().filter(|action| action.elsewhere) {
            self.statement(action, &mut rules);
        }
        rules
    }

    fn names(&self, inputs: &[Input]) -> String {
        let name = |input: &Input| match input {
            Input::Source(at) => self.sources[*at].name.clone(),
            Input::Made(name) => name.clone(),
        };
        inputs.iter().map(name).collect::<Vec<_>>().join(" ")
    }

    fn statement(&self, action: &Action, rules: &mut String) {
        let (tag, inputs, first) = (action.tag, self.names(&action.inputs), &action.outputs[0]);
        let out = action.outputs.join(" ");
        let mut after = self.names(&action.order_only);
        let (statement, bindings) = match action.kind {
            Kind::Header => (format!("build {out}: header {inputs}"), String::new()),
            Kind::Object { gcc } => {
                let rule = if gcc { "gcc" } else { "object" };
                after += " headers";
                (format!("build {out}: {rule} {inputs} | compile.sh"), String::new())
            }
            Kind::Filter => (format!("build {out}: filter {inputs} | filter.sh"), String::new()),
            Kind::Scan => {
                let module = first.trim_end_matches(".dd");
                let statement = format!("build {out}: scan {inputs} | scan.sh");
                (statement, format!("  module = {module}\n"))
            }
            Kind::Module => {
                after += &format!(" {first}.dd");
                let bindings = format!("  source = {inputs}\n  dyndep = {first}.dd\n");
                (format!("build {out}: module {inputs} | module.sh"), bindings)
            }
            Kind::Split => (format!("build {out}: split {inputs}"), String::new()),
            Kind::Stamp => (format!("build {out}: stamp {inputs} | always"), String::new()),
            Kind::Link => (format!("build {out}: link {inputs}"), String::new()),
            Kind::Group => {
                let group = format!("group-{}", first.replace('/', "-"));
                writeln!(rules, "build {group}: phony {inputs}").expect("a string takes all");
                (format!("build {out}: group | {group}"), format!("  members = {inputs}\n"))
            }
            Kind::Check => (format!("build {out}: check {inputs}"), String::new()),
        };
        *rules += &statement;
        if !after.trim().is_empty() {
            *rules += &format!(" || {}", after.trim());
        }
        if let Some(check) = &action.validation {
            *rules += &format!(" |@ {check}");
        }
        *rules += &format!("\n  tag = {tag}\n{bindings}");
    }
}
