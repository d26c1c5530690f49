//! What no reader of manifests takes for text, and what nobody sees in an editor: marks of an encoding, and NUL.

use mbuild_rules::Diagnostic;

/// What programs of Windows put before a text.
const UTF_8: &[u8] = b"\xef\xbb\xbf";
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Why a file is no text, with the place of what shows it.
pub(crate) fn strange(path: &[u8], content: &[u8]) -> Option<Diagnostic> {
    if let Some(marked) = marked(path, content) {
        return Some(marked);
    }
    let at = content.iter().position(|byte| *byte == 0)?;
    let message = "there is a NUL byte here, which most editors do not show";
    Some(Diagnostic::at(path, content, at, message).with_help("remove it"))
}

/// What is said of a file that begins with the mark of an encoding.
pub(crate) fn marked(path: &[u8], content: &[u8]) -> Option<Diagnostic> {
    if UTF_16.iter().any(|mark| content.starts_with(mark)) {
        let message = "this file is in UTF-16";
        return Some(Diagnostic::about(path, message).with_help("save it in UTF-8"));
    }
    if content.starts_with(UTF_8) {
        let message = "this file begins with a byte order mark, which most editors do not show";
        let help = "save it in UTF-8 without a mark (\"BOM\")";
        return Some(Diagnostic::at(path, content, 0, message).with_help(help));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::strange;

    #[test]
    fn what_nobody_sees_is_told_with_its_place() {
        let said = |content: &[u8]| strange(b"m", content).map(|found| found.to_string());
        assert_eq!(said("name: é\n".as_bytes()), None);
        assert_eq!(said(b"name: Andr\xe9\n"), None);
        assert_eq!(said(b""), None);
        let place = |content: &[u8]| strange(b"m", content).map(|it| (it.line, it.column));
        assert_eq!(place(b"a\n\tb: x\0y\n"), Some((2, 6)));
        assert_eq!(place(b"\xef\xbb\xbfa: b\0\n"), Some((1, 1)));
        assert_eq!(
            said(b"\xff\xfea\0:\0"),
            Some("m: this file is in UTF-16\n  help: save it in UTF-8".to_owned())
        );
    }
}
