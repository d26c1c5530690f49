//! Options that change what is built and are not served: they are errors, since without them the build would be
//! another one.

use super::super::env::Env;
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

impl Translator<'_> {
    /// Says what a package and its files ask for that is not served.
    pub(super) fn unserved(&mut self, described: &Description, found: &Found) {
        self.unserved_of(described, &described.options, &OF_PACKAGES);
        if let Some(no_mli) = described.options.get("no_mli").filter(|value| value.holds()) {
            self.not_served(described, "no_mli", no_mli, "remove the interfaces");
        }
        for module in &found.modules {
            if !module.options.is_empty() {
                self.unserved_of(described, &module.options, &OF_FILES);
            }
        }
    }

    fn unserved_of(&mut self, described: &Description, options: &Env, names: &[(&str, &str)]) {
        for (name, help) in names {
            if let Some(value) = options.get(name).filter(|value| says_something(value)) {
                self.not_served(described, name, value, help);
            }
        }
    }

    fn not_served(&mut self, described: &Description, name: &str, value: &Value, help: &str) {
        let words = value.words().unwrap_or_default();
        let place = words.first().map_or(described.name.place, |word| word.place);
        let message = format!("`{name}` of `{}` is not served", described.name.text);
        self.error(place, message, help);
    }
}

/// Whether an option has a value that is not the one it has without being set.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        other => other.joined("").is_none_or(|text| !text.is_empty()),
    }
}
