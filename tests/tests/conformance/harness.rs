//! The same project three times: for Ninja, for mbuild by time stamps, and for mbuild by content.

use std::fs::File;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use mbuild_tests::{Finished, Project, Space};

/// Longer than a tick of any file system's clock that the tests meet.
const TICK: Duration = Duration::from_millis(12);

pub const CAT: &str = "rule cat\n  command = cat $in > $out\n";
pub const TOUCH: &str = "rule touch\n  command = touch $out\n";
/// No command at all.
pub const NOTHING: [&str; 0] = [];

/// Who builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Ninja,
    ByTime,
    ByContent,
}

/// The same project for each of them.
pub struct Trio<'a> {
    projects: Vec<(Who, Project<'a>)>,
}

/// What a build did.
#[derive(Debug, PartialEq, Eq)]
pub struct Did {
    code: i32,
    ran: Vec<String>,
    said: Vec<String>,
}

impl<'a> Trio<'a> {
    /// A project with this rule file, and with a file for each of these names.
    pub fn new(space: &'a Space, rules: &str, files: &[&str]) -> Self {
        Self::of(&[Who::Ninja, Who::ByTime, Who::ByContent], space, rules, files)
    }

    /// The same where Ninja 1.13.2 does not do what later ones do, or what its manual says.
    pub fn ours(space: &'a Space, rules: &str, files: &[&str]) -> Self {
        Self::of(&[Who::ByTime, Who::ByContent], space, rules, files)
    }

    /// The same where content decides otherwise by design.
    pub fn by_time(space: &'a Space, rules: &str, files: &[&str]) -> Self {
        Self::of(&[Who::Ninja, Who::ByTime], space, rules, files)
    }

    fn of(who: &[Who], space: &'a Space, rules: &str, files: &[&str]) -> Self {
        let project = |who: &Who| (*who, space.project(&format!("{who:?}")));
        let trio = Self { projects: who.iter().map(project).collect() };
        for (_, project) in &trio.projects {
            project.write("build.ninja", rules);
            for file in files {
                project.write(file, format!("{file}\n"));
            }
        }
        sleep(TICK);
        trio
    }

    /// Does this to each project, with a tick before and after.
    pub fn each(&self, change: impl Fn(&Project<'a>)) -> &Self {
        sleep(TICK);
        for (_, project) in &self.projects {
            change(project);
        }
        sleep(TICK);
        self
    }

    /// Writes a file.
    pub fn write(&self, file: &str, content: &str) -> &Self {
        self.each(|project| drop(project.write(file, content).path(file)))
    }

    /// Gives files new content.
    pub fn change(&self, files: &[&str]) -> &Self {
        self.each(|project| {
            for file in files {
                let text = project.read(file);
                project.write(file, format!("{text}changed\n"));
            }
        })
    }

    /// Gives files the time stamp of now and nothing else.
    pub fn touch(&self, files: &[&str]) -> &Self {
        self.each(|project| {
            for file in files {
                let file = File::options().append(true).open(project.path(file)).expect("a file");
                file.set_modified(SystemTime::now()).expect("a new time stamp");
            }
        })
    }

    /// Removes files.
    pub fn remove(&self, files: &[&str]) -> &Self {
        self.each(|project| {
            for file in files {
                project.remove(file);
            }
        })
    }

    /// Changes the rule file.
    pub fn edit(&self, old: &str, new: &str) -> &Self {
        self.each(|project| drop(project.edit("build.ninja", old, new).path("build.ninja")))
    }

    /// A look at each project.
    pub fn look(&self, look: impl Fn(&Project<'a>)) -> &Self {
        self.projects.iter().for_each(|(_, project)| look(project));
        self
    }

    /// All run these commands, in this order, and nothing else is said.
    #[track_caller]
    pub fn builds(&self, words: &str, ran: &[&str]) -> &Self {
        self.builds_apart(words, ran, ran)
    }

    /// The same where content makes another decision by design.
    #[track_caller]
    pub fn builds_apart(&self, words: &str, by_time: &[&str], by_content: &[&str]) -> &Self {
        for (who, project) in &self.projects {
            let ran = if *who == Who::ByContent { by_content } else { by_time };
            let nothing: &[&str] = if ran.is_empty() { &["ninja: no work to do."] } else { &[] };
            same(run(*who, project, words), 0, ran, nothing);
        }
        self
    }

    /// All run these commands, say this, and end with this code.
    #[track_caller]
    pub fn says(&self, words: &str, code: i32, ran: &[&str], said: &[&str]) -> &Self {
        self.says_apart(words, code, ran, said, said)
    }

    /// The same where mbuild has other words by design.
    #[track_caller]
    pub fn says_apart(
        &self,
        words: &str,
        code: i32,
        ran: &[&str],
        ninja: &[&str],
        ours: &[&str],
    ) -> &Self {
        for (who, project) in &self.projects {
            let said = if *who == Who::Ninja { ninja } else { ours };
            same(run(*who, project, words), code, ran, said);
        }
        self
    }
}

#[track_caller]
fn same((title, mut did, in_order): (String, Did, bool), code: i32, ran: &[&str], said: &[&str]) {
    let text = |lines: &[&str]| -> Vec<String> { lines.iter().map(ToString::to_string).collect() };
    let mut expected = Did { code, ran: text(ran), said: text(said) };
    if !in_order {
        did.ran.sort();
        expected.ran.sort();
    }
    assert_eq!(did, expected, "{title}");
}

/// Builds one after the other unless `words` say otherwise. The order counts only then, and in the first
/// build: after that mbuild knows how long each command takes and starts with what takes longest.
fn run(who: Who, project: &Project<'_>, words: &str) -> (String, Did, bool) {
    let title = format!("{who:?}: ninja {words}");
    let in_order = !words.contains("-j") && !project.path(".mbuild").exists();
    let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    let finished = match who {
        Who::Ninja => project.reference_ninja(&[&["-v", "-j1"], words.as_slice()].concat()).run(),
        Who::ByTime | Who::ByContent => {
            let check = if who == Who::ByTime { "mtime" } else { "content" };
            project
                .mbuild(&[&["ninja", "-v", "-j1"], words.as_slice()].concat())
                .env("MBUILD_CHECK", check)
                .env("MBUILD_CACHE", "off")
                .run()
        }
    };
    (title, did(&finished), in_order)
}

/// Commands, and all lines that are none.
fn did(finished: &Finished) -> Did {
    let mut did = Did { code: finished.code, ran: Vec::new(), said: Vec::new() };
    for line in finished.stderr.lines().chain(finished.stdout.lines()) {
        match line.strip_prefix('[').and_then(|line| line.split_once("] ")) {
            Some((_, command)) => did.ran.push(command.to_owned()),
            None => did.said.push(line.to_owned()),
        }
    }
    did
}
