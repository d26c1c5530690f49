//! C sources that programs begin with where no operating system begins them, or nothing but a kernel.

/// The source of this name; with `IN_C` defined it calls `main`, else OCaml.
pub(super) fn source(name: &str) -> Option<&'static str> {
    match name {
        "solo5" => Some(include_str!("../../recipes/solo5/start.c")),
        "linux" => Some(include_str!("../../recipes/linux/init.c")),
        _ => None,
    }
}

/// Parts of the C library by the names that the linker has for them where they are libraries of their own. There
/// the whole C library is linked anyway, and by these names the linker would find the host's.
pub(super) const OF_C: [&str; 6] = ["-lc", "-lm", "-ldl", "-lpthread", "-lrt", "-lutil"];

/// What programs in C are linked with there before all other libraries: it stands for an operating system,
/// is part of OCaml's runtime, and the C library has the same names, which would call one.
pub(super) const C_LIBRARIES: &str = "-u open -u gettimeofday -lasmrun";
