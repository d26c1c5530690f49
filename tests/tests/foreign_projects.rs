//! Projects of CMake and Meson, unmodified from Debian, with mbuild in Ninja's place.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use mbuild_tests::{Finished, Project, Space, program, space, tree};

/// How a build generator is asked for things, and a header that many sources include.
struct Generator {
    source: &'static str,
    header: &'static str,
    comment: &'static str,
    configure: fn(&Project, &Checkout),
    test: &'static [&'static str],
    /// Actions that make symbolic links, which the store does not keep.
    links: &'static [&'static str],
}

const CMAKE: Generator = Generator {
    source: "libjsoncpp",
    header: "include/json/value.h",
    comment: "// Copyright 2007-2010 Baptiste",
    configure: |build, checkout| {
        let ninja = format!("-DCMAKE_MAKE_PROGRAM={}", checkout.ninja.display());
        // Compilers need not optimise what is only built to see that it is built.
        let release = "-DCMAKE_CXX_FLAGS_RELEASE=-O0 -DNDEBUG";
        build.program("cmake").arguments(&["-G", "Ninja", &ninja, release, "../source"]).ok();
    },
    test: &["ctest", "--output-on-failure"],
    links: &["lib/libjsoncpp.so.25"],
};

const MESON: Generator = Generator {
    source: "fribidi",
    header: "lib/common.h",
    comment: " * Copyright (C) 2004 Sharif",
    configure: |build, checkout| {
        let mut meson = build.program("meson");
        meson.arguments(&["setup", "-Ddocs=false", ".", "../source"]);
        meson.env("NINJA", &checkout.ninja).ok();
    },
    test: &["meson", "test"],
    links: &[],
};

/// A copy of the source with a build folder beside it.
struct Checkout<'a> {
    generator: &'a Generator,
    space: &'a Space,
    name: &'a str,
    ninja: PathBuf,
}

impl<'a> Checkout<'a> {
    fn new(generator: &'a Generator, space: &'a Space, name: &'a str) -> Self {
        let tools = space.project("tools");
        let ninja = tools.path("ninja");
        if !ninja.exists() {
            symlink(program::mbuild(), &ninja).expect("a link named ninja");
        }
        space.copy(&program::debian_source(generator.source), &format!("{name}/source"));
        Self { generator, space, name, ninja }
    }

    fn source(&self) -> Project<'a> {
        self.space.project(&format!("{}/source", self.name))
    }

    fn build_dir(&self) -> Project<'a> {
        self.space.project(&format!("{}/build", self.name))
    }

    fn configure(&self) {
        (self.generator.configure)(&self.build_dir(), self);
    }

    fn build(&self) -> Finished {
        self.build_dir().program(&self.ninja).ok()
    }

    fn test(&self) {
        let (program, arguments) = self.generator.test.split_first().expect("a command");
        let mut test = self.build_dir().program(program);
        test.arguments(arguments).env("NINJA", &self.ninja).ok();
    }
}

/// All that a project should be able to expect, in the order of a working day.
fn a_working_day(generator: &Generator) {
    let space = Space::new();
    let first = Checkout::new(generator, &space, "first");

    first.configure();
    let clean = first.build();
    assert!(clean.ran().len() > 10, "{}", clean.said());
    first.test();

    let again = first.build();
    assert_eq!(again.stdout, "ninja: no work to do.\n");
    assert_eq!((again.ran(), again.restored()), (vec![], vec![]));

    for name in tree::names(&tree::read(first.source().dir(), |_| true)) {
        let path = first.source().path(name);
        if path.is_file() {
            space::touch(&path);
        }
    }
    let touched = first.build();
    assert_eq!((touched.ran(), touched.restored()), (vec![], vec![]), "{}", touched.said());

    let new_comment = format!("{} (and others)", generator.comment);
    first.source().edit(generator.header, generator.comment, &new_comment);
    let comment = first.build();
    assert!(!comment.ran().is_empty());
    for output in comment.ran() {
        assert!(output.ends_with(".o"), "`{output}` ran after a change of a comment");
    }
    assert!(!comment.cut_off().is_empty(), "no link was cut off");

    fs::remove_dir_all(first.build_dir().dir()).expect("the build folder goes");
    // What was touched has a time stamp in the future for this long, and Meson takes none.
    std::thread::sleep(space::TOUCHED_AHEAD);
    first.configure();
    let restored = first.build();
    assert_eq!(restored.ran(), generator.links, "{}", restored.said());
    assert!(restored.restored().len() > 10);
    first.test();

    let second = Checkout::new(generator, &space, "second");
    second.source().edit(generator.header, generator.comment, &new_comment);
    second.configure();
    let elsewhere = second.build();
    let root = space.path("second").to_string_lossy().into_owned();
    for event in elsewhere.events.iter().filter(|event| event["outcome"]["how"] == "ran") {
        let text = |field: &str| event["action"][field].as_str().expect("text of an action");
        let expected = text("command").contains(&root) || generator.links.contains(&text("output"));
        assert!(expected, "ran without an absolute path: {}", text("command"));
    }
    assert!(!elsewhere.restored().is_empty());
    println!("ran in the second checkout: {:#?}", elsewhere.ran());
    second.test();
}

#[test]
fn cmake_cpp_project_builds_tests_and_comes_back_from_the_store() {
    a_working_day(&CMAKE);
}

#[test]
fn meson_c_project_builds_tests_and_comes_back_from_the_store() {
    a_working_day(&MESON);
}

#[test]
fn a_cmake_project_is_built_by_ninja_and_mbuild_in_turns() {
    let space = Space::new();
    let checkout = Checkout::new(&CMAKE, &space, "turns");
    checkout.configure();
    let by_ninja = || checkout.build_dir().reference_ninja(&["-v"]).ok().stdout;
    let by_mbuild = || {
        let built = checkout.build_dir().program(&checkout.ninja).env("MBUILD_CACHE", "off").ok();
        built.ran()
    };
    assert!(by_ninja().lines().count() > 10);
    assert_eq!(by_mbuild(), [""; 0]);
    let comment = CMAKE.comment;
    checkout.source().edit(CMAKE.header, comment, &format!("{comment} (and others)"));
    assert!(by_mbuild().iter().all(|output| output.ends_with(".o")));
    // What came out the same is newer, and no more than that.
    let again = by_ninja();
    assert!(!again.contains(" -c "), "{again}");
    assert_eq!(by_mbuild(), [""; 0]);
    assert_eq!(by_ninja(), "ninja: no work to do.\n");
    let lists = checkout.source().path("CMakeLists.txt");
    let text = fs::read_to_string(&lists).expect("the project's lists");
    for (round, first) in ["mbuild", "ninja"].into_iter().enumerate() {
        fs::write(&lists, format!("{text}# {round}\n")).expect("other lists");
        match first {
            "mbuild" => assert_eq!(by_mbuild(), ["build.ninja"]),
            _ => assert_eq!(by_ninja().matches("--regenerate-during-build").count(), 1),
        }
        assert_eq!(by_mbuild(), [""; 0]);
        assert_eq!(by_ninja(), "ninja: no work to do.\n");
    }
}
