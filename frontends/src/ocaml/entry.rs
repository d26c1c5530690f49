//! C sources that programs begin with where no operating system begins them, or nothing but a kernel.

/// The source of this name.
pub(super) fn source(name: &str) -> Option<&'static str> {
    match name {
        "solo5" => Some(include_str!("../../recipes/solo5/start.c")),
        "linux" => Some(include_str!("../../recipes/linux/init.c")),
        _ => None,
    }
}
