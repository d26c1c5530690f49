//! What the ordering step makes of small sections.

use super::super::spec::{Archives, Inside, Link, Packed, Scan, Spec, Unit};
use super::*;

/// A module with what its implementation and its interface mention.
fn unit(module: &str, implementation: bool, interface: bool) -> Unit {
    let base = module.to_lowercase();
    let scan =
        |ext: &str| Scan { source: format!("{base}.{ext}"), found: format!("{base}.{ext}.d") };
    Unit {
        module: module.to_owned(),
        member: true,
        interface: interface.then(|| scan("mli")),
        implementation: implementation.then(|| scan("ml")),
        cmi: format!("o/{base}.cmi"),
        byte: implementation.then(|| format!("o/{base}.cmo")),
        native: if implementation {
            vec![format!("o/{base}.cmx"), format!("o/{base}.o")]
        } else {
            Vec::new()
        },
        ..Unit::default()
    }
}

/// A folder with these modules in it, which stands inside the others of `scope`.
fn folder(scope: &str, module: &str) -> Unit {
    let inside = if scope.is_empty() { module.to_owned() } else { format!("{scope}.{module}") };
    let base = inside.to_lowercase();
    let link = Link { native: false, order: format!("{base}.order"), outputs: Vec::new() };
    Unit {
        scope: scope.to_owned(),
        byte: Some(format!("o/{base}.cmo")),
        inside: Some(Inside { scope: inside, links: vec![link] }),
        implementation: None,
        ..unit(module, true, false)
    }
}

/// A module inside others.
fn inner(scope: &str, module: &str) -> Unit {
    let base = format!("{scope}.{module}").to_lowercase();
    Unit {
        scope: scope.to_owned(),
        cmi: format!("o/{base}.cmi"),
        byte: Some(format!("o/{base}.cmo")),
        implementation: Some(Scan { source: format!("{base}.ml"), found: format!("{base}.ml.d") }),
        ..unit(module, true, false)
    }
}

/// The files that the ordering step makes.
fn files_of(spec: &Spec, found: &[(&str, &str)]) -> String {
    let read = |file: &str| {
        let names = found.iter().find(|(known, _)| *known == file).map_or("", |(_, names)| names);
        Ok(format!("x: {names}").into_bytes())
    };
    let made = order(spec, &read).unwrap();
    let show = |(file, content): &(String, Vec<u8>)| {
        format!("{file}:\n{}", String::from_utf8_lossy(content))
    };
    made.files.iter().map(show).chain(made.warnings.iter().cloned()).collect::<Vec<_>>().join("\n")
}

#[test]
fn modules_in_a_folder_see_each_other_and_are_packed_in_their_order() {
    let units = vec![
        unit("Main", true, false),
        folder("", "B"),
        inner("B", "C"),
        inner("B", "A"),
        folder("B", "Deep"),
        inner("B.Deep", "A"),
        unit("A", false, false),
    ];
    let found = [("main.ml.d", "B A"), ("b.c.ml.d", "A Deep Main"), ("b.deep.a.ml.d", "C B")];
    let spec = spec(units, Some("Main"));
    insta::assert_snapshot!(files_of(&spec, &found));
}

#[test]
fn a_library_takes_what_its_modules_name_and_an_order_that_is_given_holds() {
    let all = ["Z", "B", "C", "D"];
    let all =
        all.map(|module| Unit { member: "ZD".contains(module), ..unit(module, false, false) });
    let mut spec = spec(all.into(), None);
    spec.takes = true;
    spec.before = vec![(3, 0)];
    spec.links[0].outputs = vec!["o/l.cma".into()];
    insta::assert_snapshot!(files_of(&spec, &[("z.ml.d", "B")]));
}

fn spec(units: Vec<Unit>, main: Option<&str>) -> Spec {
    Spec {
        section: "library `l`".into(),
        units,
        main: main.map(str::to_owned),
        dyndep: "dd".into(),
        table: "table".into(),
        links: vec![Link {
            native: true,
            order: "order".into(),
            outputs: main.map(|_| "bin/main".to_owned()).into_iter().collect(),
        }],
        ..Spec::default()
    }
}

fn made(spec: &Spec, found: &[(&str, &str)]) -> Result<String, DyndepError> {
    let read = |file: &str| {
        let text = found.iter().find(|(name, _)| *name == file).map_or("", |(_, text)| text);
        Ok(if file.ends_with(".d") { format!("x: {text}\n") } else { text.to_owned() }.into_bytes())
    };
    let made = order(spec, &read)?;
    let text = |name: &str| {
        let (_, content) = made.files.iter().find(|(file, _)| file == name).unwrap();
        String::from_utf8(content.clone()).unwrap()
    };
    Ok(format!("{}order: {}", text("dd"), text("order").replace('\n', " ")))
}

#[test]
fn compiled_interfaces_are_closed_over_and_code_follows_code() {
    let spec =
        spec(vec![unit("C", true, false), unit("B", true, true), unit("A", true, true)], None);
    let found = [("c.ml.d", "B List"), ("b.mli.d", "A"), ("b.ml.d", "A"), ("a.ml.d", "Unix")];
    insta::assert_snapshot!(made(&spec, &found).unwrap(), @r"
    ninja_dyndep_version = 1
    build o/c.cmo: dyndep | o/b.cmi o/a.cmi
    build o/c.cmx: dyndep | o/b.cmi o/a.cmi o/c.cmi o/b.cmx o/a.cmx
    build o/b.cmi: dyndep | o/a.cmi
    build o/b.cmo: dyndep | o/a.cmi o/b.cmi
    build o/b.cmx: dyndep | o/a.cmi o/b.cmi o/a.cmx
    build o/a.cmi: dyndep
    build o/a.cmo: dyndep | o/a.cmi
    build o/a.cmx: dyndep | o/a.cmi
    order: o/a.cmx o/b.cmx o/c.cmx
    ");
}

#[test]
fn what_an_implementation_mentions_comes_before_what_its_interface_mentions_besides() {
    let all = ["C", "A", "B"].map(|module| unit(module, true, module == "C"));
    let made = made(&spec(all.into(), None), &[("c.ml.d", "A B"), ("c.mli.d", "B")]).unwrap();
    assert!(made.ends_with("order: o/a.cmx o/b.cmx o/c.cmx "), "{made}");
}

#[test]
fn a_pack_has_interfaces_without_code_as_well() {
    let mut spec = spec(vec![unit("A", true, false), unit("Types", false, true)], None);
    let found = [("a.ml.d", "Types")];
    assert!(made(&spec, &found).unwrap().ends_with("order: o/a.cmx "));
    spec.pack = Some(Packed { module: "P".into(), ..Packed::default() });
    assert!(made(&spec, &found).unwrap().ends_with("order: o/types.cmi o/a.cmx "));
}

#[test]
fn a_program_links_only_what_its_main_module_reaches() {
    let spec = spec(
        vec![unit("Main", true, false), unit("Unused", true, false), unit("Used", true, false)],
        Some("Main"),
    );
    let found = [("main.ml.d", "Used"), ("unused.ml.d", "Main")];
    let made = made(&spec, &found).unwrap();
    assert!(made.contains("build bin/main: dyndep | o/used.cmx o/used.o o/main.cmx o/main.o\n"));
    assert!(made.ends_with("order: o/used.cmx o/main.cmx "));
}

#[test]
fn an_interface_may_name_a_module_that_is_linked_later() {
    let spec = spec(vec![unit("A", true, true), unit("B", true, true)], None);
    let made = made(&spec, &[("a.ml.d", "B"), ("b.mli.d", "A")]).unwrap();
    assert!(made.ends_with("order: o/b.cmx o/a.cmx "), "{made}");
}

#[test]
fn modules_that_need_each_other_are_named_with_their_sources() {
    let with = spec(vec![unit("A", true, true), unit("B", true, true)], None);
    let error = made(&with, &[("a.ml.d", "B"), ("b.ml.d", "A")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "modules of library `l` need each other: `A` (a.ml) -> `B` (b.ml) -> `A`"
    );
    let error = made(&with, &[("a.mli.d", "B"), ("b.mli.d", "A")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "modules of library `l` need each other: `A` (a.mli) -> `B` (b.mli) -> `A`"
    );
}

#[test]
fn a_cycle_that_nothing_reaches_is_no_error() {
    let spec = spec(
        vec![unit("Main", true, false), unit("X", true, false), unit("Y", true, false)],
        Some("Main"),
    );
    assert!(made(&spec, &[("x.ml.d", "Y"), ("y.ml.d", "X")]).is_ok());
}

/// `F` is in the archive of the nearer library, and needs `B`, which is in none; `A` needs `F`.
#[test]
fn what_stands_beside_libraries_is_linked_between_their_archives() {
    let beside = |module: &str| Unit { beside: true, member: false, ..unit(module, true, false) };
    let mut spec = spec(vec![unit("Main", true, false), beside("A"), beside("B")], Some("Main"));
    spec.libraries = vec!["near".into(), "far".into()];
    let of = |name: &str| Archives { native: vec![name.to_owned()], ..Archives::default() };
    spec.archives = vec![of("far.cmxa"), of("near.cmxa")];
    let row = |module: &str, code: &str| {
        format!(
            r#"{{"module":"{module}","cmi":"l/{module}.cmi","native":[],"types":[],"code":[{code}]}}"#
        )
    };
    let near = format!(r#"{{"units":[{},{}]}}"#, row("F", r#""l/B.cmi""#), row("B", ""));
    let far = format!(r#"{{"units":[{}]}}"#, row("G", ""));
    let found =
        [("main.ml.d", "A F"), ("a.ml.d", "F"), ("b.ml.d", "G"), ("near", &near), ("far", &far)];
    let order = made(&spec, &found).unwrap();
    let order = order.split("order: ").nth(1).unwrap();
    assert_eq!(order, "far.cmxa o/b.cmx near.cmxa o/a.cmx o/main.cmx ");
}

#[test]
fn modules_of_other_libraries_bring_what_they_need() {
    let table = r#"{"units":[
        {"module":"L","cmi":"l/l.cmi","native":["l/l.cmx"],"types":[],"code":["l/k.cmi"]},
        {"module":"K","cmi":"l/k.cmi","native":["l/k.cmx"],"types":[],"code":[]}]}"#;
    let mut spec = spec(vec![unit("A", true, false)], None);
    spec.libraries.push("l/table".into());
    let made = made(&spec, &[("a.ml.d", "L"), ("l/table", table)]).unwrap();
    assert!(made.contains("build o/a.cmo: dyndep | l/l.cmi\n"));
    assert!(made.contains("build o/a.cmx: dyndep | l/l.cmi o/a.cmi l/l.cmx l/k.cmx\n"));
}

#[test]
fn a_grammar_waits_for_the_interfaces_that_its_actions_name() {
    let grammar = Unit { infers: Some("gen/p.ml".into()), ..unit("P", true, true) };
    let spec = spec(vec![unit("A", true, true), unit("B", true, false), grammar], None);
    let files = files_of(&spec, &[("p.ml.d", "B List"), ("b.ml.d", "A")]);
    assert!(files.contains("build gen/p.ml: dyndep | o/b.cmi o/a.cmi\n"), "{files}");
}
