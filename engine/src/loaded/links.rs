//! The links of all that a build has planned, for the snapshot that it leaves.

use bstr::ByteSlice;
use mbuild_rules::{ActionId, FileId, Manifest};

use super::Loaded;
use crate::graph::actions;
use crate::snapshot::links::{Columns, Lists, NONE, PHONY, Piece, WHOLE};

impl Loaded {
    /// The links between these files, in the order of the snapshot's rows, with what the rule files hold; `None`
    /// where a narrow plan could not tell all that a whole one does.
    pub(crate) fn links(&self, files: &[FileId], texts: &[Vec<u8>]) -> Option<Columns> {
        if !self.dyndeps.is_empty() {
            return None;
        }
        let (manifest, planned) = (&self.manifest, &self.reliance.planned);
        let mut at = vec![NONE; manifest.file_count()];
        for (row, file) in (0_u32..).zip(files) {
            at[file.index()] = row;
        }
        let row = |file: &FileId| at.get(file.index()).copied().filter(|row| *row != NONE);
        let state_row = |file: &FileId| self.state.known_row(*file);
        let mut columns = Columns {
            generation: self.generation,
            declares_environment: self.declares_environment,
            gaps: self.gaps(texts)?,
            rows: files.iter().map(|file| state_row(file).unwrap_or(NONE)).collect(),
            producers: vec![NONE; files.len()],
            ..Columns::default()
        };
        for (slot, path) in columns.logs.iter_mut().zip(self.log_paths()) {
            *slot = manifest.find(&path).as_ref().and_then(state_row).unwrap_or(0);
        }
        let mut users = Vec::new();
        let mut id = 0_u32;
        for action in actions(manifest) {
            let outputs = manifest.outputs(action);
            if !planned.contains(action.index()) {
                outputs.iter().for_each(|output| columns.add_outside(manifest.path(*output)));
                continue;
            }
            let outputs: Vec<u32> = outputs.iter().map(row).collect::<Option<_>>()?;
            let inputs: Vec<u32> =
                manifest.inputs(action).iter().map(row).collect::<Option<_>>()?;
            users.extend(inputs.iter().map(|file| (id, *file)));
            users.extend(
                self.found(action)?
                    .iter()
                    .map(row)
                    .collect::<Option<Vec<u32>>>()?
                    .into_iter()
                    .map(|file| (id, file)),
            );
            outputs.iter().for_each(|output| columns.producers[*output as usize] = id);
            columns.numbers.push(action.0);
            columns.kinds.push(self.kind(action));
            let span = manifest.span(action);
            columns.spans.push(Piece { file: span.file, start: span.start, end: span.end });
            columns.outputs.push(outputs.into_iter())?;
            columns.inputs.push(inputs.into_iter())?;
            id += 1;
        }
        columns.users = Lists::turned(files.len(), &users)?;
        Some(columns)
    }

    /// The dependencies and programs that an action has discovered; `None` without a record.
    pub(crate) fn found(&self, action: ActionId) -> Option<Vec<FileId>> {
        if self.manifest.rule(action) == Manifest::PHONY {
            return Some(Vec::new());
        }
        let last = self.state.last_view(*self.manifest.outputs(action).first()?)?;
        last.deps().chain(last.tools()).map(|entry| self.state.file(entry.row)).collect()
    }

    fn kind(&self, action: ActionId) -> u32 {
        let makes_rules = || {
            let outputs = self.manifest.outputs(action).iter();
            let mut paths = outputs.map(|output| self.manifest.path(*output));
            paths.any(|path| self.rules.iter().any(|rules| rules.path == path))
        };
        if self.manifest.rule(action) == Manifest::PHONY {
            PHONY
        } else if self.is_generator(action) || makes_rules() {
            WHOLE
        } else {
            0
        }
    }

    /// What of the rule files stands in no `build` statement and is more than blank lines and comments, which
    /// some generators write between all statements.
    fn gaps(&self, texts: &[Vec<u8>]) -> Option<Vec<Piece>> {
        let mut next = vec![0_u32; texts.len()];
        let mut gaps = Vec::new();
        let mut gap = |file: u32, start: u32, end: u32| {
            let text = texts.get(file as usize)?.get(start as usize..end as usize)?;
            if !says_nothing(text) {
                gaps.push(Piece { file, start, end });
            }
            Some(())
        };
        for action in actions(&self.manifest) {
            let span = self.manifest.span(action);
            let from = next.get_mut(span.file as usize)?;
            gap(span.file, *from, span.start)?;
            *from = span.end;
        }
        for (file, (from, text)) in (0_u32..).zip(next.iter().zip(texts)) {
            gap(file, *from, u32::try_from(text.len()).ok()?)?;
        }
        Some(gaps)
    }
}

/// There are only blank lines and comments.
fn says_nothing(text: &[u8]) -> bool {
    let blank = |line: &[u8]| {
        let line = line.trim_start_with(|c| c == ' ');
        matches!(line, b"" | b"\r") || line.starts_with(b"#")
    };
    !text.contains(&0) && text.split(|byte| *byte == b'\n').all(blank)
}
