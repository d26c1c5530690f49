//! What the parser reads, and what it says.

use super::*;

fn errors(content: &str) -> Vec<(usize, String)> {
    let parsed = parse(content.as_bytes());
    parsed.errors.into_iter().map(|found| (found.at, found.message)).collect()
}

#[test]
fn a_file_of_everything_is_read() {
    let text = r#"x.y[1].-z = 1, 2; x += [ 1; (2, 3); ]; ; { y = . ; } begin z -= "a"; end
        if(a = 1 && !b || c << 2 > 3) f(1, { a = 1; b.c = 2; "d" = [] }) else if(d) { } else g();
        function f(a, b, ..) { return a; } h = function(){ return; }(1)(2).x;
        for i in (1, 2) { try { raise("a", 1); } catch("a", x) { print(x); } catch("b", y) begin end }
        include "x" else { import y; } include z; a = '[ b { c = 1 } ' d ] + 'e; "a".b;"#;
    assert_eq!(errors(text), []);
}

#[test]
fn every_mistake_is_told_once() {
    let text = "x = ;\ny = 1\nz = 2;\nif x { }\nf(1 2);\ntry { }\nw = [ 1, ; ];\nx = 1;";
    let found = errors(text);
    let lines: Vec<usize> =
        found.iter().map(|(at, _)| text[..*at].matches('\n').count() + 1).collect();
    assert_eq!(lines, [1, 3, 4, 5, 7], "{found:?}");
}

#[test]
fn nesting_has_a_limit_and_long_chains_have_none() {
    for open in ["x = [", "x = (", "x = { a =", "{", "if(x) {", "f(", "begin ", "x = function() {"]
    {
        let text = open.repeat(50_000);
        assert!(errors(&text)[0].1.contains("levels"), "{open}");
    }
    for (first, more) in [("x = 1", " + 1"), ("x = f", "(1)"), ("x = a", ".b"), ("x = ", "! ")] {
        let text =
            format!("{first}{}{};", more.repeat(50_000), if more == "! " { "a" } else { "" });
        assert_eq!(errors(&text), [], "{first}");
    }
    let text = format!("{} if(a) {{ }}", "if(a) { } else ".repeat(20_000));
    assert_eq!(errors(&text), []);
}
