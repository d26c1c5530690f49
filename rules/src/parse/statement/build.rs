//! The `build` statement.

use bstr::ByteSlice;

use super::Statements;
use crate::lexer::{Lexer, Raw, Token};
use crate::manifest::add::{Part, Taken};
use crate::manifest::scope::{DYNDEP, POOL};
use crate::parse::mistake::Mistake;
use crate::parse::suggest::did_you_mean;
use crate::{ActionId, FileId, Manifest};

impl<'a> Statements<'a> {
    /// Reads paths up to something else.
    fn paths(
        lexer: &mut Lexer<'a>,
        part: Part,
        to: &mut Vec<(Part, Raw<'a>)>,
    ) -> Result<(), Mistake> {
        loop {
            let raw = lexer.path()?;
            if raw.text.is_empty() {
                return Ok(());
            }
            to.push((part, raw));
        }
    }

    pub(super) fn build(&mut self) -> Result<(), Mistake> {
        let statement = self.lexer.last();
        let line = self.line_of(statement);
        self.outputs.clear();
        self.inputs.clear();
        let lexer = &mut self.lexer;
        Self::paths(lexer, Part::Explicit, &mut self.outputs)?;
        if lexer.peek(Token::Pipe) {
            Self::paths(lexer, Part::Implicit, &mut self.outputs)?;
        }
        if self.outputs.is_empty() {
            let mistake = lexer.mistake("expected path");
            return Err(mistake.help("a statement is `build OUTPUT: RULE INPUT ...`"));
        }
        lexer.expect(Token::Colon)?;
        let Some(name) = lexer.name() else {
            return Err(lexer.mistake("expected build command name"));
        };
        let Some(rule) = self.manifest.scopes().visible_rule(self.scope, name) else {
            let message = format!("unknown build rule '{}'", name.as_bstr());
            let names = self.manifest.scopes().visible_rule_names(self.scope);
            let help = did_you_mean(name, names)
                .unwrap_or_else(|| "declare the rule above the statement".to_owned());
            return Err(lexer.mistake(message).help(help));
        };
        Self::paths(lexer, Part::Explicit, &mut self.inputs)?;
        if lexer.peek(Token::Pipe) {
            Self::paths(lexer, Part::Implicit, &mut self.inputs)?;
        }
        if lexer.peek(Token::PipePipe) {
            Self::paths(lexer, Part::OrderOnly, &mut self.inputs)?;
        }
        if lexer.peek(Token::PipeAt) {
            Self::paths(lexer, Part::Validation, &mut self.inputs)?;
        }
        lexer.expect(Token::Newline)?;
        let bindings = self.manifest.binding_count();
        while self.lexer.peek(Token::Indent) {
            let (key, raw) = self.lexer.binding()?;
            let value = self.keep(raw)?;
            let id = self.manifest.scopes_mut().intern(key);
            if key.starts_with(crate::variables::PREFIX) {
                self.check_name(id);
                self.check_name_on_statement(id);
            }
            self.manifest.bind(id, value);
        }
        self.add(rule, line, bindings).map_err(|mistake| mistake.shown_at(statement))
    }

    /// Puts a statement that was read to its end into the manifest.
    fn add(&mut self, rule: u32, line: u32, bindings: usize) -> Result<(), Mistake> {
        let action = self.manifest.add_action(rule, self.scope, self.file, line, bindings);
        // Ninja needs these two now and no other before it runs something.
        if self.manifest.scopes().rule_is_circular(rule)
            && let Some(circle) = self.manifest.circle(action, &[POOL, DYNDEP])
        {
            let (message, help) = self.manifest.describe_circle(action, &circle);
            return Err(self.lexer.mistake(message).fatal().help(help));
        }
        let pool = self.manifest.pool_wanted(action);
        if !pool.is_empty() {
            let Some(pool) = self.manifest.find_pool(&pool) else {
                let message = format!("unknown pool name '{}'", pool.as_bstr());
                let help = did_you_mean(&pool, self.manifest.pool_names())
                    .unwrap_or_else(|| "declare the pool above the statement".to_owned());
                return Err(self.lexer.mistake(message).help(help));
            };
            self.manifest.set_pool(action, pool);
        }
        for at in 0..self.outputs.len() {
            let (part, raw) = self.outputs[at];
            self.with_path(raw, bindings, |manifest, path| manifest.add_output(part, path))?
                .map_err(|(file, taken)| self.taken(line, file, &taken))?;
        }
        for at in 0..self.inputs.len() {
            let (part, raw) = self.inputs[at];
            self.with_path(raw, bindings, |manifest, path| manifest.add_input(part, path))?;
        }
        self.drop_phony_cycle(action);
        self.manifest.resolve_dyndep(action).map_err(|path| {
            let message = format!("dyndep '{}' is not an input", path.as_bstr());
            let help = "name it after `||` on the `build` statement";
            self.lexer.mistake(message).help(help)
        })
    }

    /// Expands a path as the statement sees it and hands it on.
    fn with_path<T>(
        &mut self,
        raw: Raw<'a>,
        bindings: usize,
        add: impl FnOnce(&mut Manifest, &[u8]) -> T,
    ) -> Result<T, Mistake> {
        if !raw.expands {
            return Ok(add(self.manifest, raw.text));
        }
        self.value.clear();
        let own = self.manifest.bindings_from(bindings);
        let scopes = self.manifest.scopes();
        let expanded = scopes.expand(self.scope, own, raw.text, &mut self.value);
        expanded.map_err(|_| self.too_long())?;
        if self.value.is_empty() {
            let message = "empty path";
            return Err(self.lexer.mistake(message).help(format!(
                "`{}` expands to nothing, set its variables before they are used",
                raw.text.as_bstr()
            )));
        }
        Ok(add(self.manifest, &self.value))
    }

    fn taken(&self, line: u32, file: FileId, taken: &Taken) -> Mistake {
        let path = self.manifest.path(file).as_bstr();
        match taken {
            Taken::Twice => {
                let message = format!("{path} is defined as an output multiple times");
                self.lexer.mistake(message).help("name each output once")
            }
            Taken::By(other) => {
                let other = self.manifest.place(*other);
                let here = self.manifest.files_read()[self.file as usize].as_bstr();
                self.lexer.mistake(format!("multiple rules generate {path}")).help(format!(
                    "{here}:{line} and {}:{} both make it, remove one or give it another output",
                    other.file.as_bstr(),
                    other.line
                ))
            }
        }
    }

    /// Old versions of CMake write phony statements that name themselves.
    fn drop_phony_cycle(&mut self, action: ActionId) {
        let manifest = &mut *self.manifest;
        if self.options.phony_cycle_is_error
            || !manifest.is_phony(action)
            || manifest.outputs(action).len() != 1
            || manifest.explicit_outputs(action).len() != 1
            || !manifest.implicit_inputs(action).is_empty()
            || !manifest.drop_self_inputs()
        {
            return;
        }
        let output = manifest.path(manifest.outputs(action)[0]).as_bstr();
        let warning = format!(
            "phony target '{output}' names itself as an input; ignoring [-w phonycycle=warn]"
        );
        manifest.warn(warning);
    }
}
