//! Filters: whether something holds on a machine, in three values: yes, no, and not known.

use std::ops::Range;

use bstr::ByteSlice as _;

use super::lex::Wrong;
use super::reference::Reference;
use super::tree::{Kind, Relation, Value};
use super::variables::{Content, Variables};
use crate::version;

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// It holds, or it does not.
    Bool(bool),
    /// A text, in which `%{variables}%` are still to be expanded.
    Text(String),
    /// A variable.
    Variable(Box<Reference>),
    /// Two texts are ordered as versions.
    Compare(Relation, Box<Filter>, Box<Filter>),
    /// All of these hold.
    And(Vec<Filter>),
    /// One of these holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// It has a value at all.
    Defined(Box<Filter>),
}

/// Reads what stands in braces after a command or an argument: nothing, or one condition.
pub(crate) fn filter(values: &[Value], braces: &Range<usize>) -> Result<Filter, Vec<Wrong>> {
    match values {
        [] => Ok(Filter::Bool(true)),
        [one] => condition(one),
        [_, second, ..] => {
            let wrong = Wrong::new(second.span.start, "expected one condition and found two");
            Err(vec![wrong.help("write `&` or `|` between them")])
        }
    }
    .map_err(|mut all| {
        all.iter_mut().for_each(|wrong| wrong.at = wrong.at.clamp(braces.start, braces.end));
        all
    })
}

/// Reads each of these, with no room for more: there may be many that are few. What is wrong with any of them
/// comes together.
pub(super) fn each<T>(
    values: &[Value],
    read: impl Fn(&Value) -> Result<T, Vec<Wrong>>,
) -> Result<Vec<T>, Vec<Wrong>> {
    let (mut all, mut wrong) = (Vec::with_capacity(values.len()), Vec::new());
    for value in values {
        match read(value) {
            Ok(one) => all.push(one),
            Err(found) => wrong.extend(found),
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}

/// Reads one condition.
pub(super) fn condition(value: &Value) -> Result<Filter, Vec<Wrong>> {
    Ok(match &value.kind {
        Kind::Bool(holds) => Filter::Bool(*holds),
        Kind::Text(text) => Filter::Text(text.to_str_lossy().into_owned()),
        Kind::Int(int) => Filter::Text(int.to_string()),
        Kind::Ident(name) => Filter::Variable(Box::new(Reference::parse(name))),
        Kind::Group(values) if values.len() == 1 => condition(&values[0])?,
        Kind::Group(values) => {
            let at = values.get(1).map_or(value.span.start, |second| second.span.start);
            let wrong = Wrong::new(at, "expected one condition in the parentheses");
            return Err(vec![wrong.help("write `&` or `|` between conditions")]);
        }
        Kind::Relation(relation, left, right) => {
            Filter::Compare(*relation, Box::new(condition(left)?), Box::new(condition(right)?))
        }
        Kind::And(values) => Filter::And(each(values, condition)?),
        Kind::Or(values) => Filter::Or(each(values, condition)?),
        Kind::Not(inner) => Filter::Not(Box::new(condition(inner)?)),
        Kind::Defined(inner) => Filter::Defined(Box::new(condition(inner)?)),
        Kind::Prefix(relation, _) => {
            let sign = relation.sign();
            let wrong =
                Wrong::new(value.span.start, format!("nothing is compared by this `{sign}`"));
            let help = format!("write a variable before it: `os-version {sign} \"12\"`");
            return Err(vec![wrong.help(help)]);
        }
        Kind::List(_) | Kind::Option(..) | Kind::Update(..) => {
            let wrong = Wrong::new(value.span.start, "this is no condition");
            let help = "conditions are made of variables, texts, `=`, `&`, `|`, `!`, `?`";
            return Err(vec![wrong.help(help)]);
        }
    })
}

impl Filter {
    /// What it comes to; `None` when it cannot be said, because a variable that matters has no value.
    pub fn reduce(&self, variables: &dyn Variables) -> Option<Content> {
        match self {
            Self::Bool(holds) => Some(Content::Bool(*holds)),
            Self::Text(text) => Some(Content::Text(super::interpolate::expand(text, variables))),
            Self::Variable(reference) => {
                variables.resolve(reference).map(|content| match content {
                    Content::List(all) => Content::Text(all.join(" ")),
                    other => other,
                })
            }
            Self::Compare(relation, left, right) => {
                let (left, right) = (left.reduce(variables)?, right.reduce(variables)?);
                let order = version::compare_with_revision(&left.text(), &right.text());
                Some(Content::Bool(relation.holds(order)))
            }
            Self::And(all) => Self::fold(all, variables, false),
            Self::Or(all) => Self::fold(all, variables, true),
            Self::Not(inner) => Some(Content::Bool(!inner.reduce(variables)?.truth()?)),
            Self::Defined(inner) => Some(Content::Bool(inner.reduce(variables).is_some())),
        }
    }

    /// The first two, then what they come to with the third, and so on. One that is `strong` decides, and no text
    /// is, whatever it says; else one that is not known or no truth leaves it open.
    fn fold(all: &[Self], variables: &dyn Variables, strong: bool) -> Option<Content> {
        let decides = |content: &Option<Content>| *content == Some(Content::Bool(strong));
        let mut parts = all.iter().map(|filter| filter.reduce(variables));
        let first = parts.next().unwrap_or(Some(Content::Bool(!strong)));
        parts.fold(first, |all, part| {
            if decides(&all) || decides(&part) {
                return Some(Content::Bool(strong));
            }
            let (all, part) = (all?.truth()?, part?.truth()?);
            Some(Content::Bool(if strong { all || part } else { all && part }))
        })
    }

    /// Whether it holds; what cannot be said does not.
    pub fn holds(&self, variables: &dyn Variables) -> bool {
        self.reduce(variables).and_then(|content| content.truth()).unwrap_or(false)
    }

    /// Every variable that it names, those in texts as well.
    pub fn references(&self) -> Vec<Reference> {
        let mut found = Vec::new();
        let mut left = vec![self];
        while let Some(filter) = left.pop() {
            match filter {
                Self::Bool(_) => {}
                Self::Text(text) => found.extend(super::interpolate::references(text)),
                Self::Variable(reference) => found.push((**reference).clone()),
                Self::Compare(_, a, b) => left.extend([b.as_ref(), a.as_ref()]),
                Self::And(all) | Self::Or(all) => left.extend(all.iter().rev()),
                Self::Not(inner) | Self::Defined(inner) => left.push(inner),
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::opam::variables::tests::{Known, known};

    /// Reads a condition as it stands in a file.
    fn read(text: &str) -> Result<Filter, String> {
        let content = format!("x: a {{{text}}}");
        let file = crate::opam::parse(b"opam", content.as_bytes()).map_err(|e| e[0].to_string())?;
        let value = file.fields("x").next().unwrap();
        let Kind::Option(_, values) = &value.kind else { return Err("no braces".to_owned()) };
        filter(values, &value.span).map_err(|all| format!("{}: {}", all[0].at, all[0].message))
    }

    /// `yes`, `no`, or `-` for what cannot be said.
    fn says(text: &str, variables: &Known) -> String {
        match read(text).unwrap().reduce(variables) {
            None => "-".to_owned(),
            Some(Content::Bool(true)) => "yes".to_owned(),
            Some(Content::Bool(false)) => "no".to_owned(),
            Some(other) => other.text(),
        }
    }

    #[test]
    fn three_values_follow_their_table() {
        let variables = known(&[]);
        let mut table = BTreeMap::new();
        for a in ["true", "false", "none"] {
            table.insert(format!("!{a}"), says(&format!("!{a}"), &variables));
            table.insert(format!("?{a}"), says(&format!("?{a}"), &variables));
            for b in ["true", "false", "none"] {
                for sign in ["&", "|", "="] {
                    let text = format!("{a} {sign} {b}");
                    table.insert(text.clone(), says(&text, &variables));
                }
            }
        }
        let all: Vec<String> = table.iter().map(|(text, said)| format!("{text}: {said}")).collect();
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn what_is_no_truth_is_not_known_among_truths() {
        let variables =
            known(&[("x", Content::Text("maybe".into())), ("t", Content::Text("true".into()))]);
        for (text, said) in [
            ("x & true", "-"),
            ("x & false", "no"),
            ("x | true", "yes"),
            ("!x", "-"),
            ("!t", "no"),
            ("t & \"true\"", "yes"),
            // A text decides nothing alone, whatever it says.
            ("t | none", "-"),
            ("none | t", "-"),
            ("t | x", "-"),
            ("\"false\" & none", "-"),
            ("\"false\" & x", "-"),
            ("\"false\" & t", "no"),
            ("t | \"false\" | none", "yes"),
            ("none | t | \"false\"", "-"),
            ("x", "maybe"),
        ] {
            assert_eq!(says(text, &variables), said, "{text}");
        }
        assert!(!read("x").unwrap().holds(&variables));
        assert!(read("t").unwrap().holds(&variables));
    }

    #[test]
    fn texts_and_numbers_are_ordered_as_versions() {
        let variables = known(&[("v", Content::Text("4.10.0".into())), ("b", Content::Bool(true))]);
        for (text, said) in [
            ("v >= \"4.9\"", "yes"),
            ("v < \"4.10.0~rc1\"", "no"),
            ("\"9\" < \"10\"", "yes"),
            ("10 > 9", "yes"),
            ("v != \"4.10.0\"", "no"),
            ("v = \"%{v}%\"", "yes"),
            ("b = \"true\"", "yes"),
            ("\"a%{none}%\" = \"a\"", "yes"),
            ("?v & !?none", "yes"),
            ("v = \"04.10.00\"", "yes"),
        ] {
            assert_eq!(says(text, &variables), said, "{text}");
        }
    }

    #[test]
    fn conditions_bind_as_opam_has_it() {
        let variables = known(&[("os", Content::Text("linux".into()))]);
        for (text, said) in [
            ("true | false & false", "yes"),
            ("(true | false) & false", "no"),
            ("!os = \"linux\" | false", "no"),
            ("!(os = \"macos\") & os != \"x\"", "yes"),
            ("!false & false", "no"),
            ("", "yes"),
        ] {
            assert_eq!(says(text, &variables), said, "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_has_a_place() {
        assert_eq!(read("a b").unwrap_err(), "8: expected one condition and found two");
        assert_eq!(read("a & (b c)").unwrap_err(), "13: expected one condition in the parentheses");
        assert_eq!(read("()").unwrap_err(), "6: expected one condition in the parentheses");
        assert_eq!(read(">= \"1\"").unwrap_err(), "6: nothing is compared by this `>=`");
        assert_eq!(read("[a]").unwrap_err(), "6: this is no condition");
    }

    #[test]
    fn every_variable_is_named() {
        let filter = read("a & (b:c = \"%{d}% %{e:f}%\" | ?g) & !h").unwrap();
        let names: Vec<String> = filter.references().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["a", "c", "d", "f", "g", "h"]);
    }
}
