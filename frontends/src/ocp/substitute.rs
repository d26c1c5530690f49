//! Replaces `%{name}%` in texts; names may hold other names, and `%%` is a percent sign.

/// The text with every `%{name}%` that `value` knows replaced; the others stay as they are.
pub(super) fn substitute(text: &str, value: &mut dyn FnMut(&str) -> Option<String>) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut open: Vec<String> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("%%") {
            out.push('%');
            rest = &rest[2..];
        } else if rest.starts_with("%{") {
            open.push(std::mem::take(&mut out));
            rest = &rest[2..];
        } else if rest.starts_with("}%")
            && let Some(before) = open.pop()
        {
            let name = std::mem::replace(&mut out, before);
            match value(&name) {
                Some(known) => out.push_str(&known),
                None => out.push_str(&format!("%{{{name}}}%")),
            }
            rest = &rest[2..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    while let Some(before) = open.pop() {
        let inside = std::mem::replace(&mut out, before);
        out.push_str("%{");
        out.push_str(&inside);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_from_the_inside() {
        let known = |text: &str| {
            substitute(text, &mut |name| match name {
                "a" => Some("A".to_owned()),
                "xA" => Some("XA".to_owned()),
                _ => None,
            })
        };
        assert_eq!(known("%{a}%/%{b}%"), "A/%{b}%");
        assert_eq!(known("%{x%{a}%}%"), "XA");
        assert_eq!(known("%{a"), "%{a");
        assert_eq!(known("%{a}"), "%{a}");
        assert_eq!(known("100%% }% %"), "100% }% %");
        assert_eq!(known("%{{}"), "%{{}");
    }
}
