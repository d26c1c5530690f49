//! From the files of a folder to the package model: each is a program.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use mbuild_rules::Diagnostic;

use super::conf::{Conf, Word};
use super::main_module::Style;
use super::store;
use crate::choices::Choices;
use crate::environment::Environment;
use crate::oasis;
use crate::ocaml::sources::stem_of;
use crate::package::{
    About, Compiled, Depend, Executable, Flag, Made, MadeFrom, Package, Places, Preprocess, Section,
};
use crate::{suggest, version};

/// The version of a package whose manifest has none, as Mirari had it.
const VERSION: &str = "0.0.0";

/// A `*.conf` file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name, which without its ending is that of the program.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
    /// What it says.
    pub conf: Conf,
}

/// What has to be known of the machine and the source tree.
pub trait Machine {
    /// The compiler.
    fn environment(&self) -> &Environment;
    /// Whether a findlib package is installed.
    fn is_installed(&mut self, package: &str) -> bool;
    /// Every findlib package that one needs, itself among them; `None` where not all are installed.
    fn needs(&mut self, package: &str) -> Option<Vec<String>>;
    /// Whether there is such a folder, from that of the files on.
    fn is_folder(&mut self, path: &str) -> bool;
    /// The names in the folder of the files.
    fn names(&mut self) -> Vec<String>;
}

/// Translates the files of a folder; `folder` is its name, which the package has where there are several.
/// With the model come warnings.
pub fn package(
    files: &[File],
    folder: &str,
    machine: &mut dyn Machine,
    choices: &Choices,
) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
    let name = match files {
        [only] => stem_of(&only.name),
        _ => folder,
    };
    let debug = choices.flags.get("debug").copied().unwrap_or(true);
    let variables = oasis::fixed_variables(machine.environment(), choices, name, VERSION, debug);
    let mut package = Package {
        name: name.to_owned(),
        version: VERSION.to_owned(),
        flags: vec![Flag {
            name: "debug".to_owned(),
            description: "Compile with debugging information".to_owned(),
            default: true,
            value: debug,
        }],
        folders: variables.folders,
        variables: variables.all,
        unknown_variables: variables.unknown,
        ..Package::default()
    };
    let mut translator = Translator {
        machine,
        places: Places::default(),
        made: Vec::new(),
        known: (files.len() > 1).then(HashMap::new),
        folders: HashMap::new(),
        errors: Vec::new(),
    };
    let (mut warnings, mut opam) = (Vec::new(), HashSet::new());
    for file in files {
        let more = file.conf.packages.iter().map(|word| word.text.clone());
        package.opam.extend(more.filter(|name| opam.insert(name.clone())));
        warnings.extend(file.conf.warnings.iter().cloned());
        let before = translator.errors.len();
        package.sections.push(Section::Executable(translator.program(file)));
        translator.errors[before..].sort_by_key(|error| (error.line, error.column));
    }
    let Translator { places, mut made, errors, .. } = translator;
    if !errors.is_empty() {
        return Err(errors);
    }
    package.places = places;
    made.sort_by(|one, other| one.path.cmp(&other.path));
    package.made = made;
    Ok((package, warnings))
}

struct Translator<'a> {
    machine: &'a mut dyn Machine,
    places: Places,
    /// What is made so far.
    made: Vec<Made>,
    /// Its places by path, where there are several files: one makes nothing twice.
    known: Option<HashMap<String, usize>>,
    /// Whether there are folders that were looked for.
    folders: HashMap<String, bool>,
    errors: Vec<Diagnostic>,
}

impl Translator<'_> {
    fn program(&mut self, file: &File) -> Executable {
        let conf = &file.conf;
        let name = stem_of(&file.name);
        self.places.file(file.name.as_bytes(), &file.content);
        self.places.section(0);
        for word in &conf.depends {
            self.places.says(About::Depend, &word.text, word.at);
        }
        self.module(file);
        let style = self.style(conf);
        let stores = self.stores(file, style);
        let main = self.main(file, style);
        let mut depends: Vec<String> = conf.depends.iter().map(|word| word.text.clone()).collect();
        // Mirari gave it to every program; those that need it in our days have it.
        let syntax = "lwt.syntax".to_owned();
        if style == Style::Lwt && !depends.contains(&syntax) && self.machine.is_installed(&syntax) {
            depends.push(syntax);
        }
        let preprocess = depends
            .iter()
            .map(|name| Preprocess::of_package(name))
            .find(|how| *how != Preprocess::None)
            .unwrap_or_default();
        // Other modules look into no store, so that another page is no reason to compile them.
        let version = self.machine.environment().get("ocaml_version").unwrap_or_default();
        let flags = if version::compare(version, "4.03").is_ge() {
            vec!["-opaque".to_owned()]
        } else {
            vec![]
        };
        // What is made needs no syntax of old.
        let made = stores.iter().cloned().chain([module_of(&main)]);
        let module_preprocess = made.map(|module| (module, Preprocess::None)).collect();
        let module_flags = stores.into_iter().map(|module| (module, flags.clone())).collect();
        let depends = depends.into_iter();
        let compiled = Compiled {
            name: name.to_owned(),
            build: true,
            install: true,
            depends: depends.map(|name| Depend::Findlib { name, constraint: None }).collect(),
            preprocess,
            module_flags,
            module_preprocess,
            ..Compiled::default()
        };
        Executable {
            compiled,
            main: format!("{main}.ml"),
            unikernel: Some(true),
            guest: conf.guest.clone(),
            ..Executable::default()
        }
    }

    fn error(&mut self, file: &File, word: &Word, message: String, help: String) {
        let (name, content) = (file.name.as_bytes(), &file.content);
        self.errors.push(Diagnostic::at(name, content, word.at, message).with_help(help));
    }

    /// The module of the main function is in the folder, or some package has it.
    fn module(&mut self, file: &File) {
        let main = &file.conf.main;
        let names = self.machine.names();
        let modules: Vec<String> = names
            .iter()
            .filter_map(|name| name.rsplit_once('.'))
            .filter(|(_, ending)| ["ml", "mli", "mll", "mly"].contains(ending))
            .map(|(stem, _)| module_of(stem))
            .collect();
        if !file.conf.depends.is_empty() || modules.iter().any(|name| name == main.module()) {
            return;
        }
        let module = main.module();
        let help = suggest::help(module, modules.iter().map(String::as_str), || {
            format!(
                "write `{}.ml`, or name the package that has it in `depends`",
                module.to_lowercase()
            )
        });
        let message = format!("there is no module `{module}` in this folder");
        self.error(file, &main.call, message, help);
    }

    /// Whether a program runs in Lwt: where nothing that it depends on has to do with that, it does not.
    fn style(&mut self, conf: &Conf) -> Style {
        let of_lwt = |name: &str| {
            let root = name.split('.').next().unwrap_or_default();
            root == "lwt" || root == "mirage" || root.starts_with("mirage-")
        };
        let mut uses = conf.ip.is_some() && conf.main.kind != super::MainKind::NoIp;
        uses |= conf.packages.iter().chain(&conf.depends).any(|word| of_lwt(&word.text));
        for word in &conf.depends {
            // What is not installed is reported; nothing is built before it is.
            let needs = self.machine.needs(&word.text);
            uses |= needs.is_some_and(|needs| needs.iter().any(|name| of_lwt(name)));
        }
        if uses { Style::Lwt } else { Style::Plain }
    }

    fn is_folder(&mut self, folder: &str) -> bool {
        if let Some(known) = self.folders.get(folder) {
            return *known;
        }
        let is_one = self.machine.is_folder(folder);
        self.folders.insert(folder.to_owned(), is_one);
        is_one
    }

    /// What is made at a path.
    fn made(&self, path: &str) -> Option<&Made> {
        self.known.as_ref()?.get(path).map(|place| &self.made[*place])
    }

    /// A source that is made.
    fn makes(&mut self, made: Made) {
        if let Some(known) = &mut self.known {
            known.insert(made.path.clone(), self.made.len());
        }
        self.made.push(made);
    }

    /// The modules of folders.
    fn stores(&mut self, file: &File, style: Style) -> Vec<String> {
        let mut modules = Vec::with_capacity(file.conf.stores.len());
        self.made.reserve(2 * modules.capacity() + 1);
        let interface: Arc<str> = store::interface(style).into();
        for it in &file.conf.stores {
            let folder = it.folder.text.trim_end_matches('/');
            if !self.is_folder(folder) {
                let message = format!("there is no folder `{folder}`");
                let help =
                    "make it, or correct the path, which goes from the folder of this file on";
                self.error(file, &it.folder, message, help.to_owned());
                continue;
            }
            let arguments = vec![style.word().to_owned(), it.name.clone()];
            let folder = folder.to_owned();
            let from =
                MadeFrom::Step { step: store::STEP, version: store::VERSION, arguments, folder };
            let stem = it.stem();
            let path = format!("{stem}.ml");
            modules.push(module_of(&stem));
            if let Some(known) = self.made(&path) {
                if known.from != from {
                    let message = format!("another file makes another `fs-{}`", it.name);
                    self.error(file, &it.folder, message, "rename one of the two".to_owned());
                }
                continue;
            }
            self.makes(Made { path, from });
            let path = format!("{stem}.mli");
            let from = MadeFrom::Text { manifest: file.name.clone(), text: Arc::clone(&interface) };
            self.makes(Made { path, from });
        }
        modules
    }

    /// The main module, by the stem of its file.
    fn main(&mut self, file: &File, style: Style) -> String {
        let name = stem_of(&file.name).replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let mut stem = format!("mirari_{name}");
        // Those of folders are called otherwise.
        while self.made(&format!("{stem}.ml")).is_some() {
            stem.push('_');
        }
        let text = file.conf.main_module(&file.name, style);
        let path = format!("{stem}.ml");
        let from = MadeFrom::Text { manifest: file.name.clone(), text: text.into() };
        self.makes(Made { path, from });
        stem
    }
}

/// The module of a file with this stem.
fn module_of(stem: &str) -> String {
    let mut letters = stem.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A machine as a test wants it; the folder of the files has the folder `files`.
    #[derive(Default)]
    pub(in crate::mirari) struct Fake {
        pub(in crate::mirari) environment: Environment,
        /// Packages that are there, with what they need.
        pub(in crate::mirari) installed: BTreeMap<String, Vec<String>>,
        pub(in crate::mirari) names: Vec<String>,
        pub(in crate::mirari) every_folder: bool,
    }

    impl Machine for Fake {
        fn environment(&self) -> &Environment {
            &self.environment
        }

        fn is_installed(&mut self, package: &str) -> bool {
            self.installed.contains_key(package)
        }

        fn needs(&mut self, package: &str) -> Option<Vec<String>> {
            self.installed.get(package).cloned()
        }

        fn is_folder(&mut self, path: &str) -> bool {
            self.every_folder || path == "files"
        }

        fn names(&mut self) -> Vec<String> {
            self.names.clone()
        }
    }

    /// The model of files, each with its name.
    pub(in crate::mirari) fn translated(
        files: &[(&str, &str)],
        machine: &mut Fake,
    ) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut all = Vec::new();
        for (name, content) in files {
            let conf = crate::mirari::read(name.as_bytes(), content.as_bytes())?;
            let (name, content) = ((*name).to_owned(), content.as_bytes().to_vec());
            all.push(File { name, content, conf });
        }
        package(&all, "folder", machine, &Choices::default())
    }

    fn machine(installed: &[(&str, &[&str])]) -> Fake {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        Fake {
            installed: installed.iter().map(|(name, all)| ((*name).into(), words(all))).collect(),
            names: words(&["ping.ml", "Pong.mli"]),
            ..Fake::default()
        }
    }

    fn programs(package: &Package) -> Vec<&Executable> {
        package.executables().collect()
    }

    #[test]
    fn one_file_is_a_package_and_several_are_a_package_with_as_many_programs() {
        let one = [("ping.conf", "main-noip: Ping.main\n")];
        let (package, _) = translated(&one, &mut machine(&[])).unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("ping", "0.0.0"));
        assert_eq!(package.folders["bindir"], "/usr/local/bin");
        let two = [
            one[0],
            ("p-ng.conf", "main-noip: Pong.main\nfs-a: files\n"),
            ("p_ng.conf", "main-noip: Ping.x\nfs-a: files/\n"),
        ];
        let (package, _) = translated(&two, &mut machine(&[])).unwrap();
        assert_eq!(package.name, "folder");
        let mains: Vec<_> = programs(&package).iter().map(|it| it.main.as_str()).collect();
        assert_eq!(mains, ["mirari_ping.ml", "mirari_p_ng.ml", "mirari_p_ng_.ml"]);
        let made: Vec<_> = package.made.iter().map(|made| made.path.as_str()).collect();
        let mains = ["mirari_p_ng.ml", "mirari_p_ng_.ml", "mirari_ping.ml"];
        assert_eq!(made, [&["filesystem_a.ml", "filesystem_a.mli"][..], &mains].concat());
    }

    #[test]
    fn two_files_may_not_make_one_store_of_two_folders() {
        let files = [
            ("a.conf", "main-noip: Ping.main\nfs-x: files\n"),
            ("b.conf", "main-noip: Ping.main\nfs-x: other\n"),
        ];
        let errors =
            translated(&files, &mut Fake { every_folder: true, ..machine(&[]) }).unwrap_err();
        insta::assert_snapshot!(errors[0]);
    }

    #[test]
    fn programs_without_lwt_are_called_and_those_with_it_run() {
        let style = |conf: &str, installed: &[(&str, &[&str])]| {
            let (package, _) = translated(&[("x.conf", conf)], &mut machine(installed)).unwrap();
            let made = package.made.last().unwrap().from.clone();
            let MadeFrom::Text { text, .. } = made else { panic!("no text") };
            if text.contains("OS.Main.run") { Style::Lwt } else { Style::Plain }
        };
        let noip = "main-noip: Ping.main\n";
        assert_eq!(style(noip, &[]), Style::Plain);
        assert_eq!(style(&format!("{noip}depends: re\n"), &[("re", &["re"])]), Style::Plain);
        assert_eq!(
            style(&format!("{noip}depends: web\n"), &[("web", &["lwt", "web"])]),
            Style::Lwt
        );
        assert_eq!(style(&format!("{noip}depends: lwt.unix\n"), &[]), Style::Lwt);
        assert_eq!(style(&format!("{noip}packages: mirage\n"), &[]), Style::Lwt);
        assert_eq!(style("main-ip: Ping.main\nip-use-dhcp: true\n", &[]), Style::Lwt);
    }

    #[test]
    fn sources_of_old_go_through_camlp4_and_what_is_made_does_not() {
        let conf = "main-noip: Ping.main\nfs-a: files\ndepends: lwt\n";
        let installed: [(&str, &[&str]); 2] = [("lwt", &["lwt"]), ("lwt.syntax", &["lwt.syntax"])];
        let (package, _) = translated(&[("x.conf", conf)], &mut machine(&installed)).unwrap();
        let compiled = &programs(&package)[0].compiled;
        assert_eq!(compiled.preprocess, Preprocess::Camlp4("camlp4o".into()));
        let names: Vec<_> = compiled.depends.iter().map(|it| format!("{it:?}")).collect();
        assert!(names[1].contains("\"lwt.syntax\"") && names.len() == 2, "{names:?}");
        let others: Vec<_> = compiled.module_preprocess.keys().collect();
        assert_eq!(others, ["Filesystem_a", "Mirari_x"]);
        let (package, _) = translated(&[("x.conf", conf)], &mut machine(&installed[..1])).unwrap();
        assert_eq!(programs(&package)[0].compiled.preprocess, Preprocess::None);
        let conf = "main-noip: Ping.main\ndepends: lwt.syntax, lwt\n";
        let (package, _) = translated(&[("x.conf", conf)], &mut machine(&installed)).unwrap();
        assert_eq!(programs(&package)[0].compiled.depends.len(), 2);
    }
}
