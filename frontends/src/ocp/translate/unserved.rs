//! Options that are not served: those that change what is built are errors, since without them the build would be
//! another one; the others are warnings.

use super::super::env::Env;
use super::super::files::Place;
use super::super::project::Description;
use super::super::value::Value;
use super::Translator;
use super::modules::Found;

/// The options of packages, and what to do without them.
const OF_PACKAGES: [(&str, &str); 11] = [
    ("libstubs", "list the C sources in `files`"),
    ("bytelink_libs", "name the libraries in `requires`, or with `bytelink`"),
    ("asmlink_libs", "name the libraries in `requires`, or with `asmlink`"),
    ("copy_objects_from", "require the other package"),
    ("alias", "give the modules names of their own"),
    ("mklib", "name C libraries with `cclib`"),
    ("intf_targets", "let the package list its sources in `files`"),
    ("byte_targets", "let the package list its sources in `files`"),
    ("asm_targets", "let the package list its sources in `files`"),
    ("stub_targets", "list the C sources in `files`"),
    ("package", "list the files in the package that has them, and require it"),
];

/// The options of single files.
const OF_FILES: [(&str, &str); 7] = [
    ("copy_objects_from", "require the other package"),
    ("package", "list the file in the package that has it, and require that"),
    ("module", "call the file as the module"),
    ("mli_file", "put the interface beside the source"),
    ("no_mli", "remove the interface"),
    ("ml", "let the file end in `.ml`"),
    ("mli", "let the file end in `.mli`"),
];

/// The options of packages and files that are without effect, and why.
const WITHOUT_EFFECT: [(&str, &str); 3] = [
    ("noimpldeps", "a module always waits for the implementations that it names"),
    ("docflags", "no documentation is made of the package"),
    ("ocamldoc_deps", "no documentation is made of the package"),
];

/// The options that name another program than the compiler's own, which is the one that is used.
const COMPILERS: [&str; 11] = [
    "ocamlc",
    "ocamlopt",
    "ocamldep",
    "ocamldoc",
    "ocamlmklib",
    "ocamlmktop",
    "ocamlcc",
    "ocamlc2cma_cmd",
    "ocamlc2byte_cmd",
    "ocamlopt2cmxa_cmd",
    "ocamlopt2asm_cmd",
];

impl Translator<'_> {
    /// Says what a package and its files ask for that is not served.
    pub(super) fn unserved(&mut self, described: &Description, found: &Found) {
        self.unserved_of(described, &described.options, &OF_PACKAGES);
        if let Some(no_mli) = described.options.get("no_mli").filter(|value| value.holds()) {
            self.not_served(described, "no_mli", no_mli, "remove the interfaces");
        }
        self.without_effect(described, &described.options);
        for module in &found.modules {
            // There may be a million of them, and few say any of this.
            if module.options.iter().any(|(name, _)| is_told(name)) {
                self.unserved_of(described, &module.options, &OF_FILES);
                self.without_effect(described, &module.options);
            }
        }
    }

    /// Warns of what is set and changes nothing.
    fn without_effect(&mut self, described: &Description, options: &Env) {
        for (name, why) in WITHOUT_EFFECT {
            if let Some(value) = options.get(name).filter(|value| says_something(value)) {
                self.no_effect(described, name, value, why);
            }
        }
        for name in COMPILERS {
            let value = options.get(name).filter(|value| says_something(value));
            let words = value.and_then(Value::words).unwrap_or_default();
            let own = matches!(&*words, [word] if word.text.trim_end_matches(".opt") == name);
            if let Some(value) = value.filter(|_| !own) {
                let why = "mbuild calls the programs of the compiler that it was configured for";
                self.no_effect(described, name, value, why);
            }
        }
        if let Some(value @ Value::Object(kinds)) = options.get("pp") {
            let of = |kind: &str| kinds.get(kind).or_else(|| kinds.get("default"));
            let same = match (of("ml"), of("mli")) {
                (Some(one), Some(two)) => one.same(two),
                (one, two) => one.is_none() && two.is_none(),
            };
            if !same {
                let why = "an interface is preprocessed as its implementation is";
                let value = of("mli").unwrap_or(value);
                self.no_effect(described, "pp.mli", value, why);
            }
        }
    }

    fn no_effect(&mut self, described: &Description, name: &str, value: &Value, why: &str) {
        let place = place_of(described, value);
        let message = format!("`{name}` of `{}` is without effect", described.name.text);
        self.warn(place, message, why);
    }

    fn unserved_of(&mut self, described: &Description, options: &Env, names: &[(&str, &str)]) {
        for (name, help) in names {
            if let Some(value) = options.get(name).filter(|value| says_something(value)) {
                self.not_served(described, name, value, help);
            }
        }
    }

    fn not_served(&mut self, described: &Description, name: &str, value: &Value, help: &str) {
        let place = place_of(described, value);
        let message = format!("`{name}` of `{}` is not served", described.name.text);
        self.error(place, message, help);
    }
}

/// Where an option was set: at its first word, where it has some.
fn place_of(described: &Description, value: &Value) -> Place {
    let words = value.words().unwrap_or_default();
    words.first().map_or(described.name.place, |word| word.place)
}

/// Whether something is said of an option of a file.
fn is_told(name: &str) -> bool {
    let mut listed = OF_FILES.iter().chain(&WITHOUT_EFFECT).map(|(name, _)| *name);
    name == "pp" || COMPILERS.contains(&name) || listed.any(|known| known == name)
}

/// Whether an option has a value that is not the one it has without being set.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        other => other.joined("").is_none_or(|text| !text.is_empty()),
    }
}
