//! What a build writes into the state: rows of files, records of actions, texts.

use std::sync::Arc;

use mbuild_rules::{FileId, Manifest};

use super::record::{Entry, Record, Short};
use super::write::Write;
use super::writer::Writer;
use super::{KNOWN, NO_ROW, New, State};
use crate::files::Known;
use crate::snapshot;

impl State {
    /// The row of a file, a new one if need be.
    pub(crate) fn row(&mut self, file: FileId, manifest: &Manifest) -> u32 {
        if self.row_of_file.len() <= file.index() {
            self.row_of_file.resize(file.index() + 1, NO_ROW);
        }
        if self.row_of_file[file.index()] == NO_ROW && self.row_not_asked(file, manifest).is_none()
        {
            let row = u32::try_from(self.file_of_row.len()).unwrap_or(NO_ROW);
            self.row_of_file[file.index()] = row;
            self.file_of_row.push(file);
            let path = manifest.path(file).to_vec();
            self.write(Write::NewFile { row, path, known: None });
        }
        self.row_of_file[file.index()]
    }

    /// Entries for a record.
    pub(crate) fn entry(&mut self, file: FileId, content: Short, manifest: &Manifest) -> Entry {
        Entry { row: self.row(file, manifest), content }
    }

    /// Keeps the digest that goes with a signature.
    pub(crate) fn keep_file(&mut self, file: FileId, known: Option<&Known>, manifest: &Manifest) {
        let row = self.row(file, manifest);
        self.write(Write::File { row, known: known.map(pack_known) });
    }

    /// Keeps what an action's run came to, and goes by that from now on.
    pub(crate) fn keep_record(
        &mut self,
        output: FileId,
        generation: i64,
        record: &Record,
        manifest: &Manifest,
    ) {
        let row = self.row(output, manifest);
        let record = Arc::new(record.pack());
        self.new.insert(row, New { record: Arc::clone(&record), generation });
        self.write(Write::Action { row, generation, record });
    }

    /// Keeps the text of a command, for differences.
    pub(crate) fn keep_command(
        &mut self,
        output: FileId,
        text: &[u8],
        response: Option<&[u8]>,
        manifest: &Manifest,
    ) {
        let row = self.row(output, manifest);
        let response = response.map(<[u8]>::to_vec);
        self.write(Write::Command { row, text: text.to_vec(), response });
    }

    /// Keeps the variables behind the digest of an environment.
    pub(crate) fn keep_environment(&mut self, digest: Short, variables: Vec<u8>) {
        self.write(Write::Environment { digest, variables });
    }

    /// Says that an action was found good with the present rules.
    pub(crate) fn keep_generation(&mut self, output: FileId, generation: i64) {
        if let Some(row) = self.row_of_file.get(output.index()).copied().filter(|row| *row != 0) {
            self.write(Write::Generation { row, generation });
        }
    }

    pub(super) fn write(&mut self, write: Write) {
        if self.read_only {
            return;
        }
        if self.writer.is_none() {
            match self.take_connection() {
                Some(connection) => {
                    if let Some(dir) = self.path.parent() {
                        snapshot::forget(dir);
                    }
                    self.writer = Some(Writer::start(connection));
                }
                None => {
                    self.read_only = true;
                    return;
                }
            }
        }
        if let Some(writer) = &self.writer {
            writer.send(write);
        }
    }
}

fn pack_known(known: &Known) -> Vec<u8> {
    let mut row = Vec::with_capacity(KNOWN);
    row.extend_from_slice(&known.signature.to_bytes());
    row.extend_from_slice(known.digest.as_bytes());
    row.push(u8::from(known.racy));
    row
}
