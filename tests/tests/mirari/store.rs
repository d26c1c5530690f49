//! A folder becomes a module while building: what is in it is an input like any other.

use mbuild_tests::{Space, conformance, tree};

const MODULE: &str = "_mbuild/native/gen/filesystem_pages.ml";

#[test]
fn a_changed_page_makes_the_module_and_the_program_again() {
    let space = Space::new();
    let site = space.example("static-site");
    let built = site.mbuild(&["build"]).ok();
    assert!(built.ran().contains(&MODULE.to_owned()), "{}", built.said());
    assert_eq!(site.mbuild(&["build"]).ok().ran(), [""; 0]);

    site.touch("pages/index.html");
    assert_eq!(site.mbuild(&["build"]).ok().ran(), [""; 0]);

    site.edit("pages/posts/first.html", "No file", "No folder");
    let edited = site.mbuild(&["build"]).ok();
    let object = "_mbuild/native/obj/executable-static-site/filesystem_pages.cmx";
    let (program, scan) =
        ("_mbuild/native/bin/static-site", "_mbuild/native/scan/gen/filesystem_pages.ml");
    // Its callers do not look into the module.
    assert_eq!(edited.ran(), [program, MODULE, object, scan].map(str::to_owned));
    let page = site.mbuild(&["run", "--", "posts/first.html"]).ok().stdout;
    assert!(page.contains("No folder was opened"), "{page}");
}

#[test]
fn pages_come_and_go_without_configuring() {
    let space = Space::new();
    let site = space.example("static-site");
    let pages = || {
        let ran = site.mbuild(&["run", "-v"]).ok();
        assert!(!ran.stderr.contains("configuring again"), "{}", ran.said());
        let names = ran.stdout.lines().filter_map(|line| line.split(' ').next());
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(pages(), ["index.html", "posts/first.html", "style.css"]);
    site.write("pages/deep/er/a b.html", "x").write("pages/posts/second.html", "y");
    let more = ["deep/er/a", "index.html", "posts/first.html", "posts/second.html", "style.css"];
    assert_eq!(pages(), more);
    site.remove_dir("pages/deep").remove("pages/posts/first.html");
    assert_eq!(pages(), ["index.html", "posts/second.html", "style.css"]);
}

#[test]
fn every_byte_comes_out_as_it_went_in() {
    let space = Space::new();
    let site = space.example("static-site");
    let bytes: Vec<u8> = (0..5000_u32).map(|at| (at * at / 7 % 256) as u8).collect();
    site.write("pages/all", &bytes).write(
        "site.ml",
        "let main () = match Filesystem_pages.read \"/all\" with\n\
         | Some text -> print_endline (Digest.to_hex (Digest.string text))\n\
         | None -> exit 1\n",
    );
    let ours = site.mbuild(&["run"]).ok().stdout;
    let sum = site.program("md5sum").arguments(&["pages/all"]).ok().stdout;
    assert_eq!(ours.trim(), sum.split(' ').next().unwrap_or_default());
}

#[test]
fn what_cannot_be_stored_fails_the_build_with_its_name() {
    let space = Space::new();
    let site = space.example("static-site");
    std::os::unix::fs::symlink("nowhere", site.path("pages/lost")).expect("a link");
    let said = site.mbuild(&["build"]).fails(1).stderr;
    assert!(said.contains("cannot read `pages/lost`: No such file or directory"), "{said}");
}

#[test]
fn plain_ninja_makes_the_same_site() {
    let space = Space::new();
    let site = space.example("static-site");
    let ours = conformance::outputs_of_mbuild(&site);
    assert!(ours.len() > 5, "{:?}", tree::names(&ours));
    tree::assert_same(&ours, &conformance::outputs_of_ninja(&site));
}
