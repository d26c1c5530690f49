//! Names of variables: global ones, those of packages, and what stands for their truth.

/// What a filter or an interpolation names: `jobs`, `_:x`, `a+b:installed`, `p:enable`, `x?yes:no`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// The packages whose variable it is, `None` for the package itself; none at all where it is global.
    /// The variable of several is true when it is so of all.
    pub packages: Vec<Option<String>>,
    /// The name of the variable.
    pub name: String,
    /// What stands in its place when it is true, and when it is anything else.
    pub texts: Option<(String, String)>,
}

impl Reference {
    /// Reads what a file calls a variable; where that makes no sense there is no such variable.
    pub fn parse(text: &str) -> Self {
        let Some((front, last)) = text.rsplit_once(':') else {
            return Self { name: text.to_owned(), ..Self::default() };
        };
        let mut found = match front.rsplit_once('?') {
            None => Self { packages: packages(front), name: last.to_owned(), texts: None },
            // `%{?package:name}%` has `+` in the package's name, and it is one package.
            Some(("", package)) => match package.rsplit_once(':') {
                None => Self {
                    packages: vec![Some(package.to_owned())],
                    name: last.to_owned(),
                    texts: None,
                },
                Some((package, name)) => Self {
                    packages: vec![Some(package.to_owned())],
                    name: name.to_owned(),
                    texts: None,
                },
            },
            Some((variable, yes)) => {
                let texts = Some((yes.to_owned(), last.to_owned()));
                match variable.rsplit_once(':') {
                    None => Self { packages: Vec::new(), name: variable.to_owned(), texts },
                    Some((front, name)) => {
                        Self { packages: packages(front), name: name.to_owned(), texts }
                    }
                }
            }
        };
        // What packages have no variable for: it says in a word whether they are installed.
        if found.name == "enable" && !found.packages.is_empty() && found.texts.is_none() {
            found.name = "installed".to_owned();
            found.texts = Some(("enable".to_owned(), "disable".to_owned()));
        }
        found
    }
}

fn packages(text: &str) -> Vec<Option<String>> {
    let names = text.split('+').filter(|name| !name.is_empty());
    names.map(|name| (name != "_").then(|| name.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let found = Reference::parse(text);
        let packages: Vec<&str> =
            found.packages.iter().map(|name| name.as_deref().unwrap_or("SELF")).collect();
        let texts = found.texts.map(|(yes, no)| format!(" yes={yes} no={no}")).unwrap_or_default();
        format!("[{}] {}{texts}", packages.join(" "), found.name)
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(shown("jobs"), "[] jobs");
        assert_eq!(shown("lwt:installed"), "[lwt] installed");
        assert_eq!(shown("_:x"), "[SELF] x");
        assert_eq!(shown("a+_+b:x"), "[a SELF b] x");
        assert_eq!(shown("x?yes:no"), "[] x yes=yes no=no");
        assert_eq!(shown("x?:--no-x"), "[] x yes= no=--no-x");
        assert_eq!(shown("a+b:x?--with-a:"), "[a b] x yes=--with-a no=");
        assert_eq!(shown("lwt:enable"), "[lwt] installed yes=enable no=disable");
        assert_eq!(shown("enable"), "[] enable");
        assert_eq!(shown("?conf-g++:installed"), "[conf-g++] installed");
    }
}
