//! Mirari's names for targets, and what Xen is told.

use mbuild_tests::Space;

#[test]
fn the_site_boots_as_a_unikernel() {
    let space = Space::new();
    let site = space.example("static-site");
    let run = ["run", "--target", "solo5-spt", "--", "posts/first.html"];
    let page = site.mbuild_with_toolchain(&run).ok().stdout;
    assert_eq!(page, site.read("pages/posts/first.html"));
}

#[test]
fn xen_is_told_of_the_program() {
    let space = Space::new();
    let site = space.example("static-site");
    let xen = site.mbuild_with_toolchain(&["build", "--xen"]).ok();
    assert!(xen.ran().contains(&"_mbuild/solo5-x86_64/bin/static-site.xen".to_owned()));
    assert_eq!(
        site.read("_mbuild/solo5-x86_64/bin/static-site.xl"),
        "name = \"static-site\"\nkernel = \"_mbuild/solo5-x86_64/bin/static-site.xen\"\n\
         type = \"pvh\"\nmemory = 64\non_crash = \"destroy\"\n"
    );
    let run = site.mbuild_with_toolchain(&["run", "--xen"]).fails(2).stderr;
    assert!(run.contains("`xl create -c` the file beside it that ends in `.xl`"), "{run}");
    // A setting of the file takes the place of the usual one.
    site.edit("static-site.conf", "xl-memory: 64", "xl-type: \"pv\"");
    site.mbuild_with_toolchain(&["configure", "--xen"]).ok();
    let guest = site.read("_mbuild/solo5-x86_64/bin/static-site.xl");
    assert!(guest.ends_with(".xen\"\ntype = \"pv\"\non_crash = \"destroy\"\n"), "{guest}");
    site.mbuild_with_toolchain(&["clean", "--xen"]).ok();
    assert!(!site.path("_mbuild/solo5-x86_64/bin").exists());
}

#[test]
fn mirari_s_names_for_targets_exclude_each_other_as_they_did() {
    let space = Space::new();
    let site = space.example("static-site");
    for words in [["--unix", "--xen"], ["--xen", "--socket"], ["--xen", "--target=native"]] {
        let said = site.mbuild(&[&["build"], &words[..]].concat()).fails(2).stderr;
        assert!(said.contains("cannot be used with"), "{said}");
    }
    site.mbuild(&["build", "--unix", "--socket"]).ok();
    assert!(site.path("_mbuild/native/bin/static-site").is_file());
}
