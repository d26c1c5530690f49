//! What is said of bad files: the place, the line, what to do.

use super::translate::tests::{Fake, translated};

/// What is said of a file; its folder has `ping.ml` and the folder `files`.
fn said(content: &str) -> String {
    let machine = &mut Fake { names: vec!["ping.ml".into()], ..Fake::default() };
    let shown = match translated(&[("x.conf", content)], machine) {
        Ok((_, warnings)) => {
            warnings.iter().map(|warning| format!("warning: {warning}")).collect::<Vec<_>>()
        }
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    };
    if shown.is_empty() { "nothing".to_owned() } else { shown.join("\n") }
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
    an_unknown_key: "main-noip: Ping.main\nip-adress: 10.0.0.2\n";
    a_folder_with_a_key_that_is_nearly_right: "main-noip: Ping.main\nfs_store: files\n";
    a_package_that_cannot_be_one: "main-noip: Ping.main\ndepends: unix, \u{65e5}\u{672c}\n";
    an_unknown_key_unlike_all: "main-noip: Ping.main\ncolour: red\n";
    a_key_that_is_there_twice: "# Ping\nmain-noip: Ping.main\nhttp-port: 80\nhttp-address: *\nhttp-port: 81\n";
    a_folder_that_is_there_twice: "fs-a: files\nfs-a: files\nmain-noip: Ping.main\n";
    no_main_function: "# Nothing but a comment\nhttp-port: 80\nhttp-address: *\n";
    two_main_functions: "main-noip: Ping.main\nmain-ip: Ping.main\nmain-http: Ping.t\n";
    a_main_function_without_module: "main-noip: main\n";
    a_main_function_in_small_letters: "main-noip: ping.main\n";
    a_module_that_is_not_there: "main-noip: Pong.main\n";
    a_module_unlike_all: "main-noip: Dispatch.t\n";
    a_folder_that_is_missing: "fs-static: ../file\nmain-noip: Ping.main\n";
    a_folder_that_is_absolute: "fs-static: /srv/www\nmain-noip: Ping.main\n";
    a_folder_without_a_good_name: "fs-my-files: files\nfs-: files\nmain-noip: Ping.main\n";
    a_bad_port: "http-port: eighty\nhttp-address: *\nmain-noip: Ping.main\n";
    a_port_that_is_too_high: "http-port: 80000\nhttp-address: *\nmain-noip: Ping.main\n";
    a_bad_address_to_listen_on: "http-port: 80\nhttp-address: localhost\nmain-noip: Ping.main\n";
    a_server_without_port: "ip-use-dhcp: true\nhttp-address: *\nmain-http: Ping.t\n";
    a_server_without_anything: "main-http: Ping.t\n";
    a_port_without_address: "http-port: 80\nmain-noip: Ping.main\n";
    a_network_without_address: "main-ip: Ping.main\n";
    bad_addresses: "ip-address: 10.0.0.256\nip-netmask: 255.0.255.0\nip-gateway: 10.0.0.1, gate, 1.2.3\nmain-ip: Ping.main\n";
    an_address_with_a_comment: "ip-address: 10.0.0.2 # ours\nmain-ip: Ping.main\n";
    neither_dhcp_nor_not: "ip-use-dhcp: yes\nmain-ip: Ping.main\n";
    dhcp_and_an_address: "ip-use-dhcp: true\nip-address: 10.0.0.2\nmain-ip: Ping.main\n";
    a_key_without_value: "main-noip:\nip-address:\n";
    a_line_without_colon: "main-noip: Ping.main\nhttp-port 80\n";
    blanks_around_keys: " main-noip: Ping.main\nip-address : 10.0.0.2\nfs-a : files\n  colour: red\n";
    packages_without_comma: "depends: lwt cohttp\nmain-noip: Ping.main\n";
    a_setting_of_xl_without_a_good_name: "main-noip: Ping.main\nxl-on crash: 'destroy'\n";
    a_switch_of_opam: "compiler: 4.01.0dev+mirage-xen\nmain-noip: Ping.main\n";
    many_errors_at_once: "fs-static: nowhere\nmain-noip: Pong.main\n";
}

#[test]
fn what_is_no_text_is_refused() {
    let errors = super::read(b"x.conf", b"main-noip: Ping.m\xff\n").unwrap_err();
    let shown: Vec<String> = errors.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

/// A file with something of everything.
const RICH: &str = "# a: b\nip-address: 10.0.0.2\nip-netmask: 255.255.255.0\nIp-gateway: 10.0.0.1, 10.0.0.3\r\n\
    http-port: 80\nhttp-address: *\nfs-static: files\n\nmain-http: Ping.t ~x:\"é\"\ndepends: a.b, c\n\
    depends: d\npackages: a\nxl-vif: [ 'é: x' ]\ncompiler: x\n";

#[test]
fn damaged_files_are_answered() {
    assert!(super::read(b"x.conf", RICH.as_bytes()).is_ok());
    let answered = |content: &[u8]| match super::read(b"x.conf", content) {
        Ok(conf) => !conf.main_module("x.conf", super::Style::Lwt).is_empty(),
        Err(errors) => !errors.is_empty() && errors.iter().all(|error| error.help.is_some()),
    };
    for at in 0..RICH.len() {
        assert!(answered(&RICH.as_bytes()[..at]), "cut at {at}");
        for byte in [b'\n', b':', b'-', b' ', b'#', 0xff] {
            let mut damaged = RICH.as_bytes().to_vec();
            damaged[at] = byte;
            assert!(answered(&damaged), "byte {byte} at {at}");
        }
    }
}
