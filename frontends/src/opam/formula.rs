//! Packages that are needed: which, in which versions, and when.

use bstr::ByteSlice as _;
use hashbrown::HashSet;

use super::filter::{self, Filter};
use super::lex::Wrong;
use super::names;
use super::tree::{Kind, Relation, Value};
use super::variables::Variables;
use crate::version;

/// Which packages are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// One.
    Package(Package),
    /// All of these.
    All(Vec<Formula>),
    /// One of these.
    Any(Vec<Formula>),
}

/// A package in a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The byte that its name begins at.
    pub at: usize,
    /// Which versions, and when at all.
    pub condition: Condition,
}

/// Which versions of a package, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It compares so with the version that this comes to.
    Version(Relation, Filter),
    /// It is needed only where this holds.
    When(Filter),
    /// All of these.
    All(Vec<Condition>),
    /// One of these.
    Any(Vec<Condition>),
}

/// Versions that will do, without variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// It compares so with this one.
    Compare(Relation, String),
    /// All of these.
    All(Vec<Versions>),
    /// One of these.
    Any(Vec<Versions>),
}

/// A package that is needed here and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Its name.
    pub name: String,
    /// The byte that its name begins at.
    pub at: usize,
    /// Which versions will do; an empty `All` is every one.
    pub versions: Versions,
}

/// Reads the value of a field; a list is all of its parts, or with `any` one of them.
pub(super) fn formula(value: &Value, any: bool) -> Result<Formula, Vec<Wrong>> {
    match &value.kind {
        Kind::List(values) => {
            let parts = filter::each(values, part)?;
            Ok(if any { Formula::Any(parts) } else { Formula::All(parts) })
        }
        _ => part(value),
    }
}

fn part(value: &Value) -> Result<Formula, Vec<Wrong>> {
    let (name, condition) = match &value.kind {
        Kind::Text(name) => (name, Condition::All(Vec::new())),
        Kind::Option(inner, values) => match &inner.kind {
            Kind::Text(name) => (name, all(values)?),
            Kind::Option(..) => {
                let wrong = Wrong::new(inner.span.end, "expected one pair of braces and found two");
                return Err(vec![
                    wrong.help("what has to hold stands in one: `\"a\" {>= \"1\" & < \"2\"}`"),
                ]);
            }
            _ => return Err(vec![no_package(inner)]),
        },
        // There may be many parentheses around the same.
        Kind::Group(values) if values.len() == 1 => return part(&values[0]),
        Kind::Group(values) | Kind::And(values) => {
            return Ok(Formula::All(filter::each(values, part)?));
        }
        Kind::Or(values) => return Ok(Formula::Any(filter::each(values, part)?)),
        _ => return Err(vec![no_package(value)]),
    };
    let (name, at) = (name.to_str_lossy().into_owned(), value.span.start);
    if let Some(wrong) = names::wrong(&name, at) {
        return Err(vec![wrong]);
    }
    Ok(Formula::Package(Package { name, at, condition }))
}

fn no_package(value: &Value) -> Wrong {
    Wrong::new(value.span.start, "expected a package")
        .help("a package is a name in quotes, with its versions in braces: `\"lwt\" {>= \"4.0\"}`")
}

/// All of these conditions; one alone is itself.
fn all(values: &[Value]) -> Result<Condition, Vec<Wrong>> {
    match values {
        [only] => condition(only),
        _ => Ok(Condition::All(filter::each(values, condition)?)),
    }
}

fn condition(value: &Value) -> Result<Condition, Vec<Wrong>> {
    Ok(match &value.kind {
        Kind::Prefix(relation, version) => match version.kind {
            Kind::Text(_) | Kind::Ident(_) => {
                Condition::Version(*relation, filter::condition(version)?)
            }
            _ => {
                let wrong = Wrong::new(version.span.start, "expected a version");
                return Err(vec![wrong.help("a version is a text in quotes, or a variable")]);
            }
        },
        Kind::And(values) | Kind::Group(values) => all(values)?,
        Kind::Or(values) => Condition::Any(filter::each(values, condition)?),
        Kind::Not(inner) => condition(inner)?.negated(),
        Kind::Text(text)
            if !matches!(text.as_slice(), b"true" | b"false") && !text.contains_str("%{") =>
        {
            let wrong = Wrong::new(value.span.start, "this text is no condition");
            return Err(vec![wrong.help(format!("a version is compared: `= \"{text}\"`"))]);
        }
        _ => Condition::When(filter::condition(value)?),
    })
}

impl Condition {
    fn negated(self) -> Self {
        match self {
            Self::Version(relation, version) => Self::Version(relation.negated(), version),
            Self::When(filter) => Self::When(Filter::Not(Box::new(filter))),
            Self::All(all) => Self::Any(all.into_iter().map(Self::negated).collect()),
            Self::Any(all) => Self::All(all.into_iter().map(Self::negated).collect()),
        }
    }

    /// Whether it asks for more than a version.
    fn has_when(&self) -> bool {
        match self {
            Self::Version(..) => false,
            Self::When(_) => true,
            Self::All(all) | Self::Any(all) => all.iter().any(Self::has_when),
        }
    }

    /// Which versions it leaves; `Err` is whether every one or none.
    fn versions(&self, variables: &dyn Variables) -> Result<Versions, bool> {
        match self {
            Self::When(filter) => Err(filter.holds(variables)),
            Self::Version(relation, version) => match version.reduce(variables) {
                Some(version) => Ok(Versions::Compare(*relation, version.text())),
                // A version that nobody knows excludes none.
                None => Err(true),
            },
            Self::All(all) => join(all, variables, false, Versions::All),
            Self::Any(all) => join(all, variables, true, Versions::Any),
        }
    }
}

/// Joins parts; one that is `strong` decides.
fn join(
    all: &[Condition],
    variables: &dyn Variables,
    strong: bool,
    make: fn(Vec<Versions>) -> Versions,
) -> Result<Versions, bool> {
    let mut left = Vec::new();
    for part in all {
        match part.versions(variables) {
            Err(holds) if holds == strong => return Err(strong),
            Err(_) => {}
            Ok(versions) => left.push(versions),
        }
    }
    match left.len() {
        0 => Err(!strong),
        1 => left.pop().ok_or(!strong),
        _ => Ok(make(left)),
    }
}

impl Package {
    /// The package where it is needed at all.
    fn needed(&self, variables: &dyn Variables) -> Option<Needed> {
        let versions = match self.condition.versions(variables) {
            Err(false) => return None,
            Err(true) => Versions::All(Vec::new()),
            Ok(versions) => versions,
        };
        Some(Needed { name: self.name.clone(), at: self.at, versions })
    }
}

impl Versions {
    /// Whether the version of what is installed will do.
    pub fn holds(&self, version: &str) -> bool {
        match self {
            Self::Compare(relation, bound) => {
                // Libraries like to say `v1.2` where the package is 1.2, but some packages are v0.12.
                let number = version.strip_prefix('v').filter(|_| !bound.starts_with('v'));
                let version = number.unwrap_or(version);
                relation.holds(version::compare_with_revision(version, bound))
            }
            Self::All(all) => all.iter().all(|part| part.holds(version)),
            Self::Any(all) => all.iter().any(|part| part.holds(version)),
        }
    }

    /// The constraint as the model writes it; `None` is every version.
    pub fn constraint(&self) -> Option<String> {
        let joined = |all: &[Self], sign: &str| {
            let parts: Vec<String> = all.iter().filter_map(Self::constraint).collect();
            let inner = |part: String| match part.contains("||") && sign == " && " {
                true => format!("({part})"),
                false => part,
            };
            (!parts.is_empty()).then(|| parts.into_iter().map(inner).collect::<Vec<_>>().join(sign))
        };
        match self {
            Self::Compare(Relation::NotEqual, bound) => Some(format!("< {bound} || > {bound}")),
            Self::Compare(relation, bound) => Some(format!("{} {bound}", relation.sign())),
            Self::All(all) => joined(all, " && "),
            Self::Any(all) => joined(all, " || "),
        }
    }
}

/// Reads the versions that a field of opam 1 is, one constraint or a list of them that all have to hold.
pub(super) fn versions(value: &Value, variables: &dyn Variables) -> Result<Versions, Vec<Wrong>> {
    let condition = match &value.kind {
        Kind::List(values) => all(values)?,
        _ => condition(value)?,
    };
    if condition.has_when() {
        let wrong = Wrong::new(value.span.start, "expected versions and nothing else");
        return Err(vec![wrong.help("versions are compared: `[>= \"4.00\" & < \"4.03\"]`")]);
    }
    Ok(match condition.versions(variables) {
        Ok(versions) => versions,
        Err(true) => Versions::All(Vec::new()),
        Err(false) => Versions::Any(Vec::new()),
    })
}

impl Formula {
    /// The packages that are needed where these variables hold. Where one of several would do, it is one
    /// that `is_there`, else the first.
    pub fn needed(
        &self,
        variables: &dyn Variables,
        is_there: &dyn Fn(&Needed) -> bool,
    ) -> Vec<Needed> {
        match self {
            Self::Package(package) => package.needed(variables).into_iter().collect(),
            Self::All(all) => {
                all.iter().flat_map(|part| part.needed(variables, is_there)).collect()
            }
            Self::Any(all) => {
                let mut first = None;
                for part in all {
                    let part = part.needed(variables, is_there);
                    if !part.is_empty() && part.iter().all(is_there) {
                        return part;
                    }
                    // Most are not there and come after the first: of these nothing is kept.
                    if first.is_none() && !part.is_empty() {
                        first = Some(part);
                    }
                }
                first.unwrap_or_default()
            }
        }
    }

    /// The byte at which packages begin that are to be all there, one of several such sets of them.
    pub fn together(&self) -> Option<usize> {
        match self {
            Self::Package(_) => None,
            Self::All(all) if all.len() > 1 => self.packages().map(|package| package.at).next(),
            Self::All(all) | Self::Any(all) => all.iter().find_map(Self::together),
        }
    }

    /// The packages that it names where these variables hold, of those that would do each one.
    pub fn all(&self, variables: &dyn Variables) -> Vec<Needed> {
        self.packages().filter_map(|package| package.needed(variables)).collect()
    }

    /// Every package that it names, as often as it does.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        let mut left = vec![self];
        std::iter::from_fn(move || {
            loop {
                match left.pop()? {
                    Self::Package(package) => return Some(package),
                    Self::All(all) | Self::Any(all) => left.extend(all.iter().rev()),
                }
            }
        })
    }

    /// The name of every package that it names, once.
    pub fn names(&self) -> Vec<&str> {
        let mut known = HashSet::with_capacity(self.packages().count());
        let names = self.packages().map(|package| package.name.as_str());
        names.filter(|name| known.insert(*name)).collect()
    }

    /// The byte at which it names a package first.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.packages().find(|package| package.name == name).map(|package| package.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opam::variables::Content;
    use crate::opam::variables::tests::known;

    fn read(text: &str) -> Result<Formula, String> {
        let content = format!("x: {text}");
        let file = crate::opam::parse(b"opam", content.as_bytes()).map_err(|e| e[0].to_string())?;
        formula(file.fields("x").next().unwrap(), false)
            .map_err(|all| format!("{}: {}", all[0].at, all[0].message))
    }

    fn needed(text: &str, there: &[&str]) -> Vec<String> {
        let variables = known(&[
            ("with-test", Content::Bool(false)),
            ("build", Content::Bool(true)),
            ("version", Content::Text("2.0".into())),
            ("os", Content::Text("linux".into())),
        ]);
        let is_there = |needed: &Needed| there.contains(&needed.name.as_str());
        let all = read(text).unwrap().needed(&variables, &is_there);
        let show = |needed: &Needed| match needed.versions.constraint() {
            Some(constraint) => format!("{} {constraint}", needed.name),
            None => needed.name.clone(),
        };
        all.iter().map(show).collect()
    }

    #[test]
    fn versions_and_filters_are_told_apart() {
        assert_eq!(
            needed(
                r#"["a" "b" {>= "1" & < "2"} "c" {with-test} "d" {build & >= "3"}
                "e" {= version} "f" {os = "linux" & (< "1" | > "2")} "g" {with-test | os != "linux"}
                "h" {!= "1"} "i" {!(>= "1" & < "2")} "j" {>= "1" "%{none}%" = "x"} "k" {with-test | = "1"}]"#,
                &[]
            ),
            [
                "a",
                "b >= 1 && < 2",
                "d >= 3",
                "e = 2.0",
                "f < 1 || > 2",
                "h < 1 || > 1",
                "i < 1 || >= 2",
                "k = 1"
            ]
        );
    }

    #[test]
    fn one_of_several_is_the_one_that_is_there() {
        let text = r#"[("a" | "b" & "c" {>= "2"} | "d") "e"]"#;
        assert_eq!(needed(text, &[]), ["a", "e"]);
        assert_eq!(needed(text, &["b"]), ["a", "e"]);
        assert_eq!(needed(text, &["b", "c"]), ["b", "c >= 2", "e"]);
        assert_eq!(needed(r#""a" {with-test} | "d""#, &[]), ["d"]);
    }

    #[test]
    fn what_is_no_package_has_a_place() {
        assert_eq!(read("[lwt]").unwrap_err(), "4: expected a package");
        assert_eq!(read("[\"a\" [\"b\"]]").unwrap_err(), "8: expected a package");
        assert_eq!(read("[\"a\" {>= 1}]").unwrap_err(), "12: expected a version");
        assert_eq!(read("[\"a\" {\"1\"}]").unwrap_err(), "9: this text is no condition");
        let braces = "[\"a\" {>= \"1\"} {< \"2\"}]";
        assert_eq!(read(braces).unwrap_err(), "16: expected one pair of braces and found two");
        let names = "8: `a b` is no name of a package";
        assert_eq!(read("[\"c\" \"a b\"]").unwrap_err(), names);
    }

    #[test]
    fn everything_that_is_wrong_in_a_field_is_told() {
        let content = "x: [lwt \"a\" {>= 1 & \"2\"} (b | \"c\" {[d]})]";
        let file = crate::opam::parse(b"opam", content.as_bytes()).unwrap();
        let wrong = formula(file.fields("x").next().unwrap(), false).unwrap_err();
        let places: Vec<usize> = wrong.iter().map(|wrong| wrong.at).collect();
        assert_eq!(places, [4, 16, 20, 26, 35]);
    }

    #[test]
    fn versions_that_will_do_are_ordered_as_opam_does() {
        let formula = read(r#"["a" {>= "1.0" & (< "2" | = "3-1")}]"#).unwrap();
        let needed = formula.needed(&known(&[]), &|_| true);
        for (version, holds) in [
            ("0.9", false),
            ("1.0", true),
            ("2~rc", true),
            ("2", false),
            ("3-1", true),
            ("v1.5", true),
        ] {
            assert_eq!(needed[0].versions.holds(version), holds, "{version}");
        }
        let formula = read(r#"["a" {>= "v0.12" & < "v0.14"}]"#).unwrap();
        let needed = formula.needed(&known(&[]), &|_| true);
        for (version, holds) in [("v0.12.3", true), ("v0.14.0", false), ("v0.9", false)] {
            assert_eq!(needed[0].versions.holds(version), holds, "{version}");
        }
        assert_eq!(formula.names(), ["a"]);
    }
}
