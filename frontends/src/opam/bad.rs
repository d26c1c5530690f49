//! What is said of bad files: the place, the line, what to do.

/// What is said of the syntax of a file.
fn said(content: &str) -> String {
    match super::parse(b"opam", content.as_bytes()) {
        Ok(_) => "nothing".to_owned(),
        Err(wrong) => wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    }
}

macro_rules! bad {
    ($($name:ident: $content:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(said($content));
            }
        )*
    };
}

bad! {
    a_text_that_is_not_closed: "name: \"x\nversion: \"1\"\n";
    a_long_text_that_is_not_closed: "description: \"\"\"\nx\"\"\nversion: \"1\"\n";
    a_text_in_a_list_that_is_not_closed: "build: [\n  [make \"all]\n]\n";
    a_comment_that_is_not_closed: "name: \"x\"\n(* one (* two *)\nversion: \"1\"\n";
    a_bad_escape: "name: \"a\\qb\"\n";
    a_list_that_is_not_closed: "depends: [\n  \"a\"\nbuild: [make]\nname: x y\n";
    a_filter_that_is_not_closed: "build: [\n  [make {with-test]\n]\n";
    a_field_without_colon: "opam-version \"2.0\"\nname: \"x\"\n";
    a_field_with_an_equals_sign: "lib = [\n  \"a.cma\";\n]\n";
    a_field_without_a_blank: "name:x\nversion:1\n";
    a_field_without_value: "name:\nversion: \"1\"\n";
    a_section_with_a_colon: "url: {\n  src: \"x\"\n}\nname: \"x\"\n";
    a_section_that_is_not_closed: "url {\n  src: \"x\"\n  checksum \"y\"\n";
    a_mistake_in_a_section: "url {\n  src \"x\"\n  checksum: y z\n}\nname: =\n";
    a_brace_too_many: "name: \"x\"\n}\nversion: \"1\"\n";
    lists_with_signs_between: "authors: [\"a\", \"b\"; \"c\"]\n";
    a_version_without_quotes: "depends: [\"a\" {>= 2.1}]\n";
    values_without_a_list: "flags: \"a\" \"b\"\nbuild: make make\nname: \"x\" version: \"1\"\n";
    a_condition_that_is_a_value: "available: {os = \"linux\"}\nname: x y\n";
    signs_that_compare_nothing: "depends: [\"a\" {=> \"1\"}]\navailable: os == \"linux\"\n";
    a_value_that_is_not_there_at_the_end: "available: os &\n";
    a_text_that_is_closed_by_the_next_one: "synopsis: \"A text\nbuild: [make \"all\"]\ninstall: [make]\n";
    a_text_of_many_lines_before_a_mistake: "description: \"A\nNote: b\n\"\nbuild: [make\n";
    words_of_other_languages: "// x\nsynopsis: 'x'\n\u{a0}license: \u{201c}x\u{201d}\nbuild: [make {a && b}]\ninstall: [x] {a || b}\n";
    returns_alone: "opam-version: \"2.0\"\rname: \"p\"\r";
    two_relations: "available: a = b = c\n";
    no_file_of_opam: "usr/lib/x.cma usr/lib\n";
}

#[test]
fn what_is_too_deep_is_refused() {
    for (open, place) in [("[", 201), ("!", 201), ("(", 201), ("a {", 600), ("[a|", 599)] {
        let wrong = super::parse(b"opam", format!("x: {}", open.repeat(100_000)).as_bytes());
        let wrong = wrong.unwrap_err();
        assert_eq!(wrong[0].message, "this is too deep", "{open}");
        assert_eq!(wrong[0].column, place + 3, "{open}");
    }
    let braces = format!("x: a{}", " {b}".repeat(1000));
    assert!(super::parse(b"opam", braces.as_bytes()).is_err());
    let sections = "x {\n".repeat(100_000);
    assert_eq!(
        super::parse(b"opam", sections.as_bytes()).unwrap_err()[0].message,
        "this is too deep"
    );
}

#[test]
fn long_chains_are_no_depth() {
    let chain = format!("x: a{}", " & b".repeat(200_000));
    assert!(super::parse(b"opam", chain.as_bytes()).is_ok());
}

#[test]
fn there_is_an_end_to_mistakes() {
    let wrong = super::parse(b"opam", "; ".repeat(1000).as_bytes()).unwrap_err();
    assert_eq!(wrong.len(), super::lex::MOST);
}

/// A file with something of everything.
pub(super) const RICH: &str = "opam-version: \"2.0\" # x\nname: \"a\"\n(* b (* c *) *)\n\
    build: [[\"./configure\" \"--prefix=%{prefix}%\" {?x & !(y | z)}] {os = \"linux\"} [make \"-j\" jobs]]\n\
    depends: [\"b\" {>= \"1\" & with-test} | \"c\" \"d\" {= version}]\n\
    setenv: [X += \"a\\x41\\065\\\n  b\"]\nurl {\n  src: \"\"\"a \"b\" c\"\"\"\n  checksum: [\"md5=0\"]\n}\n\
    extra-source \"y\" {\n  src: \"z\"\n}\nn: -12\n";

#[test]
fn damaged_files_are_answered() {
    assert!(super::parse(b"opam", RICH.as_bytes()).is_ok());
    let answered = |content: &[u8]| match super::parse(b"opam", content) {
        Ok(_) => true,
        Err(wrong) => {
            !wrong.is_empty() && wrong.iter().all(|wrong| wrong.help.is_some() && wrong.line > 0)
        }
    };
    for at in 0..RICH.len() {
        assert!(answered(&RICH.as_bytes()[..at]), "cut at {at}");
        for byte in [b'\n', b':', b'"', b'[', b']', b'{', b'}', b'(', b'\\', 0xff] {
            let mut damaged = RICH.as_bytes().to_vec();
            damaged[at] = byte;
            assert!(answered(&damaged), "byte {byte} at {at}");
        }
    }
}
