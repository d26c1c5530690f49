//! Folders of other packages of a tree, which commands name before anybody knows where these are.

/// The variable that stands for an installation folder (`libdir`, `bindir`, ...) of another package of the tree, by
/// one of the names that this package goes by.
pub fn elsewhere(package: &str, folder: &str) -> String {
    format!("${{{package}:{folder}}}")
}

/// The package and the folder that such a variable, without `${` and `}`, stands for.
pub fn of_elsewhere(name: &str) -> Option<(&str, &str)> {
    name.split_once(':')
        .filter(|(_, folder)| folder.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shell_writes_so_is_no_folder() {
        assert_eq!(elsewhere("lwt", "libdir"), "${lwt:libdir}");
        assert_eq!(of_elsewhere("lwt:libdir"), Some(("lwt", "libdir")));
        assert_eq!(of_elsewhere("HOME:-/root"), None);
        assert_eq!(of_elsewhere("libdir"), None);
    }
}
