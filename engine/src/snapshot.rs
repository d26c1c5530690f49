//! The snapshot: proof that goals are up to date as long as no file has another signature. With it, a build
//! that has nothing to do reads neither rule files nor state, and makes no graph.
//!
//! There is one for each question that was answered with "nothing to do" since the state was last written:
//! the file `snapshot/QUESTION` of the state folder. A plan is a function of the question, the rule files,
//! the state and the signatures of the files it looks at (see [`crate::plan`]); the snapshot holds the
//! signatures of all of these. When any differs, the plan is made.

mod bytes;
mod compare;
pub(crate) mod links;
mod question;
mod signatures;
mod table;

use std::io;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::signature::Signature;
use bytes::{Reader, Writer, side_by_side};
pub(crate) use compare::Found;
pub(crate) use question::{circumstances, question, state_dir_ahead};
pub(crate) use table::{Row, Table};

/// The folder of all snapshots in a state folder.
const FOLDER: &str = "snapshot";
/// The same folder when they do not count any more.
const FORGOTTEN: &str = "snapshot.forgotten";
const MAGIC: &[u8; 16] = b"mbuild snapshot2";
/// Someone who asks for ever new goals does not fill the disk; each snapshot has its links beside it.
const MOST: usize = 16;

/// Where the digest of links would be.
const NO_LINKS: [u8; Digest::LEN] = [0; Digest::LEN];

/// What was found up to date, and with which files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    /// How many commands the goals need.
    pub(crate) actions: usize,
    /// Of `state.db`, which nobody had open.
    pub(crate) state: Signature,
    /// The rule files, as the user's paths.
    pub(crate) rules: Vec<(Vec<u8>, Signature)>,
    /// What rules say their commands see, with the digest of what that is.
    pub(crate) environments: Vec<(Vec<u8>, Digest)>,
    /// All files that were looked at.
    pub(crate) files: Table,
    /// The digest of the links beside it, when there are any.
    pub(crate) links: Option<Digest>,
}

impl Snapshot {
    /// The answer to `question`, if there is one in `state_dir`.
    ///
    /// # Errors
    /// It is damaged: the path of what was there, which is now removed.
    pub(crate) fn read(state_dir: &Path, question: &Digest) -> Result<Option<Self>, PathBuf> {
        let place = place(state_dir, question);
        let Ok(bytes) = bytes::content(&place) else { return Ok(None) };
        // That of another version is of no use, and nothing is wrong with it.
        let is_ours = bytes.starts_with(MAGIC) || !bytes.starts_with(&MAGIC[..MAGIC.len() - 1]);
        let snapshot = Self::decode(bytes);
        if snapshot.is_none() && is_ours {
            // One that cannot be removed is replaced at the end of this build, or told of again.
            let _ = std::fs::remove_file(&place);
            return Err(place);
        }
        Ok(snapshot)
    }

    /// Keeps the answer to `question`, and its links beside it, which are those that it names.
    pub(crate) fn write(
        &self,
        state_dir: &Path,
        question: &Digest,
        links: Option<&[u8]>,
    ) -> io::Result<()> {
        let place = place(state_dir, question);
        let folder = state_dir.join(FOLDER);
        if std::fs::read_dir(&folder).is_ok_and(|entries| entries.count() >= MOST) {
            forget(state_dir);
            clear(state_dir);
        }
        std::fs::create_dir_all(&folder)?;
        if let Some(links) = links {
            // They come first: a snapshot may be without links, but not with those of another one.
            let place = links::links_place(state_dir, question);
            let beside = place.with_extension("newlinks");
            std::fs::write(&beside, links)?;
            std::fs::rename(&beside, &place)?;
        }
        let beside = place.with_extension("new");
        std::fs::write(&beside, self.encode())?;
        std::fs::rename(&beside, &place)
    }

    /// A magic word, the digest of the rest, and the rest.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut body = Writer::default();
        body.number(self.actions);
        body.signature(&self.state);
        body.number(self.rules.len());
        for (path, signature) in &self.rules {
            body.text(path);
            body.signature(signature);
        }
        body.number(self.environments.len());
        for (declared, digest) in &self.environments {
            body.text(declared);
            body.bytes(digest.as_bytes());
        }
        self.files.encode(&mut body);
        body.bytes(self.links.map_or(NO_LINKS, |links| links.0).as_slice());
        Self::seal(&body.finish())
    }

    /// What stands before a body, and the body.
    pub(crate) fn seal(body: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAGIC.len() + Digest::LEN + body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(Digest::of(body).as_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    pub(crate) fn decode(mut bytes: Vec<u8>) -> Option<Self> {
        let (digest, body) = bytes.strip_prefix(MAGIC)?.split_at_checked(Digest::LEN)?;
        // What is taken apart counts only if it is whole, but that takes as long to find out.
        let (found, decoded) =
            side_by_side(body.len(), || Digest::of(body), || Self::decode_body(body));
        let (snapshot, behind) = decoded.filter(|_| found.as_bytes() == digest)?;
        bytes.truncate(bytes.len() - behind);
        Some(Self { files: snapshot.files.complete(bytes)?, ..snapshot })
    }

    /// The snapshot without the signatures of its files, and how many bytes there are behind those.
    fn decode_body(body: &[u8]) -> Option<(Self, usize)> {
        let mut body = Reader::new(body);
        let actions = body.number()?;
        let state = body.signature()?;
        let mut rules = Vec::new();
        for _ in 0..body.number()? {
            rules.push((body.text()?.to_vec(), body.signature()?));
        }
        let mut environments = Vec::new();
        for _ in 0..body.number()? {
            environments.push((body.text()?.to_vec(), Digest::from_slice(body.take(32)?)?));
        }
        let (files, behind) = Table::decode(&mut body)?;
        let links = Digest::from_slice(body.take(Digest::LEN)?)?;
        let links = (*links.as_bytes() != NO_LINKS).then_some(links);
        let snapshot = Self { actions, state, rules, environments, files, links };
        body.is_at_end().then_some((snapshot, behind))
    }
}

fn place(state_dir: &Path, question: &Digest) -> PathBuf {
    state_dir.join(FOLDER).join(question.prefix())
}

/// Takes all snapshots away: the state is about to change. Whoever waits for the first command does not wait
/// for their removal, which [`clear`] does.
pub(crate) fn forget(state_dir: &Path) {
    let (folder, forgotten) = (state_dir.join(FOLDER), state_dir.join(FORGOTTEN));
    if std::fs::rename(&folder, &forgotten).is_err() {
        // One that stays does no harm: it holds the signature of the state that it belongs to.
        let _ = std::fs::remove_dir_all(&folder);
    }
}

/// Removes what [`forget`] has taken away, now or in a build that was killed.
pub(crate) fn clear(state_dir: &Path) {
    // What cannot be removed is removed the next time.
    let _ = std::fs::remove_dir_all(state_dir.join(FORGOTTEN));
}

#[cfg(test)]
mod tests {
    use super::*;
    use mbuild_rules::FileId;

    fn signature(size: u64) -> Signature {
        Signature { mtime_ns: 1, ctime_ns: 2, size, inode: 3, mode: 0o100_644 }
    }

    fn snapshot() -> Snapshot {
        let row = |id: Option<u32>, path: &'static str, signature| Row {
            file: id.map(FileId),
            path: path.as_bytes(),
            signature,
        };
        let rows = [
            row(Some(0), "a.c", Some(signature(4))),
            row(Some(1), "out/a.o", None),
            row(None, "/usr/include/x.h", Some(signature(5))),
            row(Some(7), "out/b.o", Some(signature(6))),
        ];
        Snapshot {
            actions: 7,
            state: signature(1),
            rules: vec![(b"build.ninja".to_vec(), signature(2))],
            environments: vec![(b"HOME".to_vec(), Digest([4; 32]))],
            files: Table::new(&rows).unwrap(),
            links: Some(Digest([5; 32])),
        }
    }

    #[test]
    fn what_was_written_is_read_and_no_flipped_bit_is_taken_for_it() {
        let snapshot = snapshot();
        let bytes = snapshot.encode();
        assert_eq!(Snapshot::decode(bytes.clone()), Some(snapshot));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            assert_eq!(Snapshot::decode(damaged), None, "bit flipped in byte {at}");
            assert_eq!(Snapshot::decode(bytes[..at].to_vec()), None, "cut at byte {at}");
        }
    }

    #[test]
    fn a_body_that_is_wrong_in_itself_is_refused_though_its_digest_is_right() {
        let bytes = snapshot().encode();
        let body = &bytes[MAGIC.len() + Digest::LEN..];
        for at in 0..body.len() {
            for value in [0, 0x7f, 0xff] {
                let mut body = body.to_vec();
                body[at] = value;
                let digest = *Digest::of(&body).as_bytes();
                let damaged = [&MAGIC[..], &digest, &body].concat();
                // It may be whole by chance; what counts is that all that is in it can be read.
                if let Some(snapshot) = Snapshot::decode(damaged) {
                    assert_eq!(snapshot.files.rows().count(), snapshot.files.len());
                }
            }
        }
    }

    #[test]
    fn there_is_one_for_each_question_until_the_state_changes() {
        let dir = tempfile::tempdir().unwrap();
        let question = |at: usize| Digest::of(&at.to_le_bytes());
        for at in 0..3 {
            Snapshot { actions: at, ..snapshot() }.write(dir.path(), &question(at), None).unwrap();
        }
        for at in 0..3 {
            let read = Snapshot::read(dir.path(), &question(at)).unwrap();
            assert_eq!(read.unwrap().actions, at);
        }
        // A killed build has left some behind.
        let left = dir.path().join(FORGOTTEN);
        std::fs::create_dir(&left).unwrap();
        std::fs::write(left.join("left"), "").unwrap();
        forget(dir.path());
        assert_eq!(Snapshot::read(dir.path(), &question(0)), Ok(None));
        assert!(!dir.path().join(FOLDER).exists());
        clear(dir.path());
        assert!(!left.exists());
    }

    #[test]
    fn rows_are_found_changed_and_added_without_another_number_for_any() {
        let mut snapshot = snapshot();
        let before: Vec<Vec<u8>> = (0..4).map(|row| snapshot.files.path(row)).collect();
        let row = |path: &'static str, size| Row {
            file: None,
            path: path.as_bytes(),
            signature: Some(signature(size)),
        };
        let more = [row("new/a.h", 7), row("new/b.h", 8), row("out/c.h", 9), row("top", 10)];
        snapshot.files.append(&more).unwrap();
        snapshot.files.append(&[]).unwrap();
        let place = before.iter().position(|path| path == b"out/a.o").unwrap();
        assert_eq!(snapshot.files.signature(place), None);
        snapshot.files.set(place, Some(&signature(11)));
        let mut snapshot = Snapshot::decode(snapshot.encode()).unwrap();
        assert_eq!(snapshot.files.len(), 8);
        for (at, path) in before.iter().enumerate() {
            assert_eq!(snapshot.files.path(at), *path);
        }
        for (at, row) in (4..).zip(&more) {
            assert_eq!(snapshot.files.path(at), row.path);
            assert_eq!(snapshot.files.signature(at), row.signature);
        }
        assert_eq!(snapshot.files.signature(place), Some(signature(11)));
        snapshot.files.set(place, None);
        assert_eq!(snapshot.files.signature(place), None);
        let paths: [&[u8]; 4] = [b"out/b.o", b"out/c.h", b"top", b"out/missing"];
        let found = snapshot.files.find(paths.into_iter());
        assert_eq!(found.len(), 3);
        for (path, row) in &found {
            assert_eq!(snapshot.files.path(*row), *path);
        }
    }

    #[test]
    fn that_of_another_version_is_no_answer_and_no_damage() {
        let dir = tempfile::tempdir().unwrap();
        let question = Digest::of(b"question");
        snapshot().write(dir.path(), &question, None).unwrap();
        let place = place(dir.path(), &question);
        let bytes = std::fs::read(&place).unwrap();
        std::fs::write(&place, [b"mbuild snapshot1", &bytes[MAGIC.len()..]].concat()).unwrap();
        assert_eq!(Snapshot::read(dir.path(), &question), Ok(None));
        std::fs::write(&place, &bytes[1..]).unwrap();
        assert_eq!(Snapshot::read(dir.path(), &question), Err(place));
    }

    #[test]
    fn ever_new_questions_do_not_fill_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        for at in 0..3 * MOST {
            snapshot().write(dir.path(), &Digest::of(&at.to_le_bytes()), Some(b"")).unwrap();
        }
        assert!(std::fs::read_dir(dir.path().join(FOLDER)).unwrap().count() <= MOST);
    }
}
