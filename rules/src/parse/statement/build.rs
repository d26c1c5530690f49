//! The `build` statement.

use bstr::ByteSlice;

use super::{Statements, too_long};
use crate::lexer::Raw;
use crate::manifest::Span;
use crate::manifest::add::Taken;
use crate::manifest::scope::{DYNDEP, POOL, RULE_VARIABLES};
use crate::parse::chunk::{Chunk, Counts, Form, ReadBinding, ReadBuild, ReadPath};
use crate::parse::mistake::Mistake;
use crate::parse::suggest::did_you_mean;
use crate::{ActionId, FileId};

/// The action of the statement at hand.
#[derive(Clone, Copy)]
struct Own {
    action: ActionId,
    /// Where its bindings start.
    bindings: usize,
    /// The byte after the statement, the place of mistakes in what it means.
    end: usize,
}

impl Statements<'_> {
    /// Puts a statement that was read, the next one of its chunk, into the manifest.
    pub(super) fn build(&mut self, chunk: &Chunk, build: &ReadBuild) -> Result<(), Mistake> {
        let rule = self.rule_of(build)?;
        let bindings = self.manifest.binding_count();
        let mut plain = self.manifest.scopes().rule_is_plain(rule);
        for binding in self.progress.bindings_of(chunk, build) {
            plain &= !self.bind(binding)?;
        }
        // What follows is wrong: that is said next.
        let Some(end) = build.end else { return Ok(()) };
        let line = self.progress.line + build.line;
        let span = Span { file: self.file, start: build.statement, end };
        let action = self.manifest.add_action(rule, self.scope, span, line, bindings);
        let own = Own { action, bindings, end: end as usize };
        let paths = self.progress.paths_of(chunk, build);
        let set = if plain {
            self.set_files(own, build.counts, paths)
        } else {
            self.set_pool(own)
                .and_then(|()| self.set_files(own, build.counts, paths))
                .and_then(|()| self.set_dyndep(own))
        };
        set.map_err(|mistake| mistake.shown_at(build.statement as usize))
    }

    fn rule_of(&mut self, build: &ReadBuild) -> Result<u32, Mistake> {
        let name = build.rule.of(self.content);
        if let Some((last, rule)) = self.rule
            && last == name
        {
            return Ok(rule);
        }
        let Some(rule) = self.manifest.scopes().visible_rule(self.scope, name) else {
            let message = format!("unknown build rule '{}'", name.as_bstr());
            let names = self.manifest.scopes().visible_rule_names(self.scope);
            let help = did_you_mean(name, names)
                .unwrap_or_else(|| "declare the rule above the statement".to_owned());
            return Err(Mistake::new(build.rule.start as usize, message).help(help));
        };
        self.rule = Some((name, rule));
        Ok(rule)
    }

    /// Binds a variable; whether it is one of those that a rule may bind.
    fn bind(&mut self, binding: &ReadBinding) -> Result<bool, Mistake> {
        let ReadBinding { name, value, expands } = *binding;
        let raw = Raw { text: value.of(self.content), expands };
        let value = self.keep(raw, value.end as usize)?;
        let name = name.of(self.content);
        let id = self.manifest.scopes_mut().intern(name);
        if name.starts_with(crate::variables::PREFIX) {
            self.check_variable(id, value, true);
        }
        self.manifest.bind(id, value);
        Ok((id as usize) < RULE_VARIABLES.len())
    }

    /// Gives the action its pool. Ninja needs it now, and no other variable before it runs something but the
    /// one for [`Statements::set_dyndep`].
    fn set_pool(&mut self, own: Own) -> Result<(), Mistake> {
        let Own { action, end, .. } = own;
        if self.manifest.scopes().rule_is_circular(self.manifest.rule(action).0)
            && let Some(circle) = self.manifest.circle(action, &[POOL, DYNDEP])
        {
            let (message, help) = self.manifest.describe_circle(action, &circle);
            return Err(Mistake::new(end, message).fatal().help(help));
        }
        let pool = self.manifest.pool_wanted(action);
        if pool.is_empty() {
            return Ok(());
        }
        let Some(pool) = self.manifest.find_pool(&pool) else {
            let message = format!("unknown pool name '{}'", pool.as_bstr());
            let help = did_you_mean(&pool, self.manifest.pool_names())
                .unwrap_or_else(|| "declare the pool above the statement".to_owned());
            return Err(Mistake::new(end, message).help(help));
        };
        self.manifest.set_pool(action, pool);
        Ok(())
    }

    fn set_dyndep(&mut self, own: Own) -> Result<(), Mistake> {
        self.manifest.resolve_dyndep(own.action).map_err(|path| {
            let message = format!("dyndep '{}' is not an input", path.as_bstr());
            Mistake::new(own.end, message).help("name it after `||` on the `build` statement")
        })
    }

    /// Gives the action its files.
    fn set_files(&mut self, own: Own, counts: Counts, paths: &[ReadPath]) -> Result<(), Mistake> {
        let (outputs, inputs) =
            paths.split_at((counts.explicit_outputs + counts.implicit_outputs) as usize);
        let (inputs, validations) = inputs.split_at(inputs.len() - counts.validations as usize);
        for path in outputs {
            let file = self.file_of(path, own)?;
            let added = self.manifest.add_output(own.action, file);
            added.map_err(|taken| self.taken(own, file, &taken))?;
        }
        for path in inputs {
            let file = self.file_of(path, own)?;
            self.manifest.add_input(file);
        }
        for path in validations {
            let file = self.file_of(path, own)?;
            self.manifest.add_validation(file);
        }
        self.manifest.set_counts(own.action, counts);
        self.drop_phony_cycle(own.action);
        Ok(())
    }

    /// The file of a path as the statement sees it.
    fn file_of(&mut self, path: &ReadPath, own: Own) -> Result<FileId, Mistake> {
        let text = path.text.of(self.content);
        match path.form {
            Form::Plain(hash) => return Ok(self.manifest.intern_hashed(text, hash)),
            Form::Odd => return Ok(self.manifest.intern_any(text)),
            Form::Expands => {}
        }
        self.value.clear();
        let bindings = self.manifest.bindings_from(own.bindings);
        let scopes = self.manifest.scopes();
        let expanded = scopes.expand(self.scope, bindings, text, &mut self.value);
        expanded.map_err(|_| too_long(own.end))?;
        if self.value.is_empty() {
            return Err(Mistake::new(own.end, "empty path").help(format!(
                "`{}` expands to nothing, set its variables before they are used",
                text.as_bstr()
            )));
        }
        Ok(self.manifest.intern_any(&self.value))
    }

    fn taken(&self, own: Own, file: FileId, taken: &Taken) -> Mistake {
        let path = self.manifest.path(file).as_bstr();
        match taken {
            Taken::Twice => {
                let message = format!("{path} is defined as an output multiple times");
                Mistake::new(own.end, message).help("name each output once")
            }
            Taken::By(other) => {
                let [here, other] = [own.action, *other].map(|action| self.manifest.place(action));
                let message = format!("multiple rules generate {path}");
                Mistake::new(own.end, message).help(format!(
                    "{}:{} and {}:{} both make it, remove one or give it another output",
                    here.file.as_bstr(),
                    here.line,
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
