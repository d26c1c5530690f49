//! What the system says of an error, as people read it.

use std::io;

/// The system's words without the number that the library adds: `No such file or directory`, not
/// `No such file or directory (os error 2)`. For every `io::Error` in a message.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_quoted_without_numbers() {
        assert_eq!(reason(&io::Error::from_raw_os_error(2)), "No such file or directory");
        assert_eq!(reason(&io::Error::other("no room")), "no room");
    }
}
