//! The names of the functions that are always there.

/// Every function.
pub(super) const NAMES: [&str; 40] = [
    "print",
    "message",
    "exit",
    "raise",
    "module",
    "provides",
    "packer",
    "value_length",
    "value_type",
    "version",
    "SRCDIR",
    "DSTDIR",
    "store_set",
    "store_get",
    "new_package",
    "List_mem",
    "List_tail",
    "List_map",
    "List_flatten",
    "List_fold_left",
    "String_mem",
    "String_concat",
    "String_capitalize",
    "String_write_file",
    "String_read_file",
    "String_split",
    "String_split_simplify",
    "String_subst_suffix",
    "String_filter_by_suffix",
    "String_subst",
    "Sys_file_exists",
    "Sys_readdir",
    "Sys_command",
    "Features_get",
    "Features_enable",
    "Features_with",
    "Features_without",
    "OCaml_library",
    "OCaml_program",
    "OCaml_pack",
];

/// More of them, which no manifest names itself.
const OCAML: [&str; 4] = ["OCaml_objects", "OCaml_rules", "OCaml_test", "getconf"];

/// The function of this name.
pub(super) fn named(name: &str) -> Option<&'static str> {
    NAMES.iter().chain(&OCAML).find(|known| **known == name).copied()
}
