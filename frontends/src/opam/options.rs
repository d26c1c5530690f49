//! What opam has packages for that are nothing but options of the compiler: `ocaml-option-flambda` and its like.

use crate::environment::Environment;

/// How all of them are called.
const BEGINNING: &str = "ocaml-option-";

/// What comes after that, and what the compiler says of itself where it has the option.
const OPTIONS: [(&str, &str, &str); 6] = [
    ("afl", "afl_instrument", "true"),
    ("flambda", "flambda", "true"),
    ("fp", "with_frame_pointers", "true"),
    ("nnp", "naked_pointers", "false"),
    ("no-flat-float-array", "flat_float_array", "false"),
    ("tsan", "tsan", "true"),
];

/// Whether the compiler has the option that this package is; `None` where the package is none that it tells of.
pub(super) fn has(package: &str, compiler: &Environment) -> Option<bool> {
    let name = package.strip_prefix(BEGINNING)?;
    if name == "bytecode-only" {
        return Some(!compiler.is_native());
    }
    let (_, key, value) = OPTIONS.iter().find(|(option, ..)| *option == name)?;
    Some(compiler.get(key) == Some(value))
}

/// Whether this is such a package, known or not: nobody has to name it to ask whether it is there.
pub(super) fn is_one(package: &str) -> bool {
    package.starts_with(BEGINNING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_what_the_compiler_says_of_itself() {
        let compiler = Environment::from_config(
            "version: 5.1.0\narchitecture: amd64\nnative_compiler: false\nflambda: true\nflat_float_array: false\n\
             with_frame_pointers: false\n",
        );
        for (package, expected) in [
            ("ocaml-option-bytecode-only", Some(true)),
            ("ocaml-option-flambda", Some(true)),
            ("ocaml-option-no-flat-float-array", Some(true)),
            ("ocaml-option-fp", Some(false)),
            ("ocaml-option-afl", Some(false)),
            ("ocaml-option-static", None),
            ("flambda", None),
        ] {
            assert_eq!(has(package, &compiler), expected, "{package}");
        }
        assert!(is_one("ocaml-option-static") && !is_one("ocaml-options-vanilla"));
        assert_eq!(has("ocaml-option-bytecode-only", &Environment::guess()), Some(false));
    }
}
