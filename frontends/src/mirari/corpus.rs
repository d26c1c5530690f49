//! Real files: each is read, and yields the main module that Mirari wrote.

use std::collections::BTreeMap;

use super::conf::{Ip, MainKind};
use super::main_module::Style;
use super::translate::tests::{Fake, translated};
use crate::oasis::corpus;
use crate::package::MadeFrom;

/// Path and content of each file, in the order of the index.
fn files() -> Vec<(String, String)> {
    let folder = corpus::folder();
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap();
    let rows = index.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|columns| columns[0] == "mirari")
        .map(|columns| {
            (columns[2].to_owned(), std::fs::read_to_string(folder.join(columns[2])).unwrap())
        })
        .collect()
}

#[test]
fn every_real_file_is_read() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut count = |what| *counts.entry(what).or_default() += 1;
    for (path, content) in files() {
        let conf = super::read(path.as_bytes(), content.as_bytes())
            .unwrap_or_else(|errors| panic!("{}", errors[0]));
        assert!(conf.warnings.is_empty(), "{}", conf.warnings[0]);
        assert!(super::is_one(content.as_bytes()), "{path}");
        count("files");
        count(conf.main.kind.key());
        match &conf.ip {
            None => count("no address"),
            Some(Ip::Dhcp) => count("dhcp"),
            Some(Ip::Static(_)) => count("static"),
        }
        assert_eq!(conf.main.kind == MainKind::Http, conf.http.is_some(), "{path}");
        (0..conf.stores.len()).for_each(|_| count("folders"));
        (0..conf.guest.len()).for_each(|_| count("settings of xl"));
        if conf.depends.is_empty() {
            count("without depends");
        }
    }
    let counts: Vec<String> =
        counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    insta::assert_snapshot!(counts.join("\n"));
}

#[test]
fn every_real_file_is_a_package_with_mirari_s_main() {
    for (path, content) in files() {
        let machine = &mut Fake { every_folder: true, ..Fake::default() };
        let conf = super::read(path.as_bytes(), content.as_bytes()).unwrap();
        machine.names.push(format!("{}.ml", conf.main.module()));
        let (package, _) = translated(&[("x.conf", &content)], machine)
            .unwrap_or_else(|errors| panic!("{path}: {}", errors[0]));
        let main = package.made.iter().find(|made| made.path == "mirari_x.ml").unwrap();
        let MadeFrom::Text { text, .. } = &main.from else { panic!("{path}: no text") };
        // All of them are of MirageOS, and say so in one way or the other.
        assert_eq!(**text, conf.main_module("x.conf", Style::Lwt), "{path}");
        assert!(text.contains(&conf.main.call.text), "{path}");
        assert_eq!(package.made.len(), 1 + 2 * conf.stores.len(), "{path}");
    }
}

/// The main module of one file.
fn main_of(path: &str) -> String {
    let (_, content) = files().into_iter().find(|(known, _)| known == path).unwrap();
    let conf = super::read(path.as_bytes(), content.as_bytes()).unwrap();
    let name = path.rsplit('/').next().unwrap();
    conf.main_module(name, Style::Lwt)
}

#[test]
fn a_web_server() {
    insta::assert_snapshot!(main_of("mirari/mirage__mirage-www/src/www.conf"));
}

#[test]
fn a_program_with_an_address() {
    insta::assert_snapshot!(main_of("mirari/mirage__mirage-skeleton/ping/ping.conf"));
}

#[test]
fn a_program_with_dhcp() {
    insta::assert_snapshot!(main_of("mirari/mirage__mirage-skeleton/@f6cc503/ping/ping.conf"));
}

#[test]
fn a_program_without_network() {
    insta::assert_snapshot!(main_of("mirari/mirage__mirage-skeleton/lwt/src/heads1.conf"));
}

#[test]
fn a_program_that_says_that_it_has_no_dhcp() {
    insta::assert_snapshot!(main_of("mirari/mirage__mirage-skeleton/tcp/iperf_self.conf"));
}
