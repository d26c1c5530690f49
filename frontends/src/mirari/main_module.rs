//! The main module of a program: what Mirari 0.9.7 wrote to `main.ml`.
//!
//! What differs: `Lwt.bind` in the place of `>>`, which only camlp4 knows, and `main ()` alone where Mirari
//! from 0.9.3 on has `Lwt.join [main (); Backend.run ()]`, since nobody hands over a tap.

use super::conf::{Conf, Ip, MainKind};
use super::literal::ocaml_string;

/// Whether a program runs in Lwt, as all did that Mirari built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Its functions give back promises, and `OS` of MirageOS runs them.
    Lwt,
    /// Its functions are called and that is all.
    Plain,
}

/// The text of the main module; `manifest` is only named in it.
pub(super) fn text(conf: &Conf, manifest: &str, style: Style) -> String {
    let mut lines = vec![format!(
        "(* Made by mbuild from {}; changes here are lost. *)",
        ocaml_string(manifest.as_bytes())
    )];
    let mut line = |text: String| lines.push(text);
    line(String::new());
    for store in &conf.stores {
        line(format!("open Filesystem_{}", store.name));
    }
    if !conf.stores.is_empty() {
        line(String::new());
    }
    let call = &conf.main.call.text;
    if style == Style::Plain {
        line(format!("let () = {call} ()"));
        return lines.join("\n") + "\n";
    }
    match &conf.ip {
        None => {}
        Some(Ip::Dhcp) => {
            line("let ip = `DHCP".to_owned());
            line(String::new());
        }
        Some(Ip::Static(ip)) => {
            let address = |address| format!("get (Ipaddr.V4.of_string \"{address}\")");
            let gateways: Vec<String> = ip.gateways.iter().map(address).collect();
            line("let get = function Some x -> x | None -> failwith \"Bad IP!\"".to_owned());
            line("let ip = `IPv4 (".to_owned());
            line(format!("  {},", address(&ip.address)));
            line(format!("  {},", address(&ip.netmask)));
            line(format!("  [{}]", gateways.join("; ")));
            line(")\n".to_owned());
        }
    }
    if let Some(http) = &conf.http {
        line(format!("let listen_port = {}", http.port));
        line(match http.address {
            None => "let listen_address = None\n".to_owned(),
            Some(address) => format!("let listen_address = Ipaddr.V4.of_string \"{address}\"\n"),
        });
    }
    line(match conf.main.kind {
        MainKind::NoIp => format!("let main () = {call} ()"),
        MainKind::Ip => format!(
            "let main () =\n  Net.Manager.create (fun mgr interface id ->\n    \
             Lwt.bind (Net.Manager.configure interface ip) (fun () ->\n      \
             {call} mgr interface id))"
        ),
        MainKind::Http => format!(
            "let main () =\n  let spec = Cohttp_lwt_mirage.Server.({{\n    \
             callback    = {call};\n    \
             conn_closed = (fun _ () -> ());\n  }}) in\n  \
             Net.Manager.create (fun mgr interface id ->\n    \
             Printf.eprintf \"listening to HTTP on port %d\\n%!\" listen_port;\n    \
             Lwt.bind (Net.Manager.configure interface ip) (fun () ->\n      \
             Cohttp_lwt_mirage.listen mgr (listen_address, listen_port) spec))"
        ),
    });
    line(String::new());
    line("let () = OS.Main.run (main ())".to_owned());
    lines.join("\n") + "\n"
}

impl Conf {
    /// The text of the main module that the file stands for; `manifest` is only named in it.
    pub fn main_module(&self, manifest: &str, style: Style) -> String {
        text(self, manifest, style)
    }
}
