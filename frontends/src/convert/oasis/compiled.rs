//! What libraries, objects and programs share.

use super::{Writer, text};
use crate::package::{About, Code, Compiled, Data, Depend, Order, Section, Tool};

impl Writer<'_, '_> {
    pub(super) fn compiled(&mut self, it: &Compiled, preprocessed: bool, as_object: bool) {
        self.field("Path", if it.path.is_empty() { "." } else { &it.path });
        self.switch("Build", it.build);
        self.switch("Install", it.install);
        self.data(&it.data);
        self.depends(it);
        self.tools("BuildTools", &it.tools);
        let code = match it.code {
            Code::Byte => "byte",
            Code::Native => "native",
            Code::Best => "best",
        };
        let code = match (as_object, it.code) {
            (false, _) => code,
            (true, Code::Byte) => "bytecode_object",
            (true, _) => "native_object",
        };
        self.field("CompiledObject", code);
        self.list("FindlibExtraFiles", &it.findlib_files);
        self.field("FindlibDirectory", it.findlib_folder.as_deref().unwrap_or_default());
        let sources: Vec<String> =
            it.c_sources.iter().map(|source| from_path(it, source)).collect();
        self.list("CSources", &sources);
        self.words("CCOpt", &it.c_flags);
        self.words("CCLib", &it.c_libraries);
        self.words("DllLib", &it.dll_libraries);
        self.words("DllPath", &it.dll_paths);
        // Those of all sections stand in one place.
        let own =
            if self.shared(|it| &it.ocaml_flags).is_empty() { &it.ocaml_flags[..] } else { &[] };
        let rewriters = it.rewriters.iter().flat_map(|rewriter| rewriter.option(self.package));
        let rewriters: Vec<String> = rewriters.collect();
        self.words("ByteOpt", &[own, &it.byte_flags, &rewriters].concat());
        self.words("NativeOpt", &[own, &it.native_flags, &rewriters].concat());
        self.rest(it, preprocessed);
    }

    /// What there is no field for.
    fn rest(&mut self, it: &Compiled, preprocessed: bool) {
        for (what, shared, list) in [
            ("for its link", self.shared(|it| &it.link_flags), &it.link_flags),
            ("as more folders of modules", self.shared(|it| &it.include), &it.include),
            ("for compiling bytecode", Vec::new(), &it.steps.byte_compile),
            ("for compiling native code", Vec::new(), &it.steps.native_compile),
            ("for linking bytecode", Vec::new(), &it.steps.byte_link),
            ("for linking native code", Vec::new(), &it.steps.native_link),
        ] {
            if shared.is_empty() && !list.is_empty() {
                self.loses(format!("`{}` {what}", list.join(" ")));
            }
        }
        for flags in [&it.module_flags, &it.module_native_flags, &it.module_byte_flags] {
            for (module, flags) in flags.iter().filter(|(_, flags)| !flags.is_empty()) {
                let what = format!("`{}` for module `{module}`", flags.join(" "));
                self.loses_of(About::Module, module, &what);
            }
        }
        for module in it.module_preprocess.keys() {
            self.loses_of(About::Module, module, &format!("how module `{module}` is preprocessed"));
        }
        if !preprocessed && it.preprocess != self.by_itself(it) {
            self.loses("how its sources are preprocessed");
        }
        for (first, then) in &it.before {
            self.loses_of(About::Module, first, &format!("that `{first}` comes before `{then}`"));
        }
        for (holds, what) in [
            (it.order == Order::Listed, "that its modules are linked as they are listed"),
            (it.closed, "that other sources in its folders are none of its modules"),
            (it.folders, "that folders among its sources are modules"),
            (!it.packs.is_empty(), "that modules of it are made of others"),
        ] {
            if holds {
                self.loses(what);
            }
        }
    }

    /// What cannot be said of something that the manifest says of the section.
    pub(super) fn loses_of(&mut self, about: About, said: &str, what: &str) {
        if let Some(index) = self.index {
            self.lost.of_section(index, Some((about, said)), what);
        }
    }

    /// A switch that is on where nothing is said.
    pub(super) fn switch(&mut self, name: &str, on: bool) {
        if !on {
            self.field(name, "false");
        }
    }

    pub(super) fn data(&mut self, all: &[Data]) {
        let mut entries = Vec::new();
        for data in all {
            let target = data.target.as_ref().map(|target| text::variables(self.package, target));
            if data.glob.contains(['(', ',']) || target.iter().any(|it| it.contains([')', ','])) {
                let what = format!("a comma or parenthesis in `{}`", data.glob);
                self.loses_of(About::Data, &data.glob, &what);
                continue;
            }
            entries.push(match target {
                Some(target) => format!("{} ({target})", data.glob),
                None => data.glob.clone(),
            });
        }
        self.list("DataFiles", &entries);
    }

    pub(super) fn tools(&mut self, name: &str, tools: &[Tool]) {
        let names = tools.iter().map(|tool| match tool {
            Tool::External(name) | Tool::Internal(name) => name.clone(),
        });
        self.list(name, &names.collect::<Vec<_>>());
    }

    fn depends(&mut self, it: &Compiled) {
        let mut entries = Vec::new();
        for depend in &it.depends {
            match depend {
                Depend::Findlib { name, constraint: Some(constraint) } => {
                    if crate::version::Constraint::parse(constraint).is_ok() {
                        entries.push(format!("{name} ({constraint})"));
                    } else {
                        let what = format!("version `{constraint}` of `{name}`");
                        self.loses_of(About::Depend, name, &what);
                        entries.push(name.clone());
                    }
                }
                Depend::Findlib { name, constraint: None } => entries.push(name.clone()),
                Depend::Internal(section) => {
                    entries.extend(self.findlib(section).map(str::to_owned));
                }
            }
        }
        self.list("BuildDepends", &entries);
    }

    /// The findlib name of a section.
    fn findlib(&self, section: &str) -> Option<&str> {
        self.package.sections.iter().find_map(|it| match it {
            Section::Library(it) if it.compiled.name == section => Some(it.findlib.as_str()),
            Section::Object(it) if it.compiled.name == section => Some(it.findlib.as_str()),
            _ => None,
        })
    }
}

/// A C source as seen from the folder of the section.
fn from_path(it: &Compiled, source: &str) -> String {
    let Some(folder) = &it.c_path else { return source.to_owned() };
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let (own, other) = (parts(&it.path), parts(folder));
    let same = own.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let up = own.iter().skip(same).map(|_| "..".to_owned());
    let down = other.into_iter().skip(same);
    up.chain(down).chain([source.to_owned()]).collect::<Vec<_>>().join("/")
}
