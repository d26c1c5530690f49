//! What the parser reads, and what it says.

use super::*;

fn errors(content: &str) -> Vec<(usize, String)> {
    let parsed = parse(content.as_bytes());
    parsed.errors.into_iter().map(|found| (found.at, found.message)).collect()
}

#[test]
fn a_file_of_everything_is_read() {
    let text = r#"
        comp += [ "-g" ; "-w" "A" ]; byte
        begin config "c" strict = true; use "d" if a then { b } else c = 1 end
        if include "x.ocp2" then { } else { y = false }
        begin installed = true begin library "unix" end end
        begin program %string(strings = [ "a" "b" ])
          files = [ "a.ml" (pp = "x" file2string = [ "y" ]) pack M (a) [ "b.ml" ]
                    begin (nopervasives) "c.ml" end ]
          if not (os_type = "Win32") && ocaml_version >= "4.0" || x then files += [ "d.ml" ]
          else if y < 3 then { z }
          syntax = "s"; rules = []; pack = 1
          build_rules = [ "t" (commands = [ { "cp" "a" "b" } (stdout = "x") ]) ]
        end"#;
    assert_eq!(errors(text), []);
    assert_eq!(parse(text.as_bytes()).statements.len(), 6);
}

#[test]
fn every_mistake_is_told_once() {
    let text = "begin library files = [] end\nx = ]\nbegin program \"b\" files = [ \"a\", ] end\n\
                begin libary \"c\" end\ny = 1\nend\nbegin test \"z\"\n";
    let found = errors(text);
    let lines: Vec<usize> =
        found.iter().map(|(at, _)| text[..*at].matches('\n').count() + 1).collect();
    assert_eq!(lines, [1, 2, 3, 4, 6, 8], "{found:?}");
}

#[test]
fn nesting_has_a_limit_and_long_chains_have_none() {
    let deep = |open: &str, times: usize| format!("x = {}", open.repeat(times));
    assert_eq!(errors(&deep("[ ", 100_000))[0].1, "more than 300 levels of nesting");
    assert_eq!(errors(&deep("begin () ", 100_000))[0].1, "more than 300 levels of nesting");
    let chain = format!("x = \"a\" {}", "(b) ".repeat(100_000));
    assert_eq!(errors(&chain), []);
    let chain = format!("if {} a {} then b", "not ".repeat(99_999), "&& a || a ".repeat(9_999));
    assert_eq!(errors(&chain), []);
}
