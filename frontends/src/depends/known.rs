//! Who provides what: findlib packages and programs by the names that apt, brew and opam give them.

use std::sync::LazyLock;

use hashbrown::HashSet;

use super::Foreign;

/// What provides something; empty where a manager does not have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Providers {
    /// Debian packages, the likeliest first.
    pub apt: Vec<String>,
    /// A Debian package of another architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign: Option<Foreign>,
    /// Homebrew formulas.
    pub brew: Vec<String>,
    /// opam packages.
    pub opam: Vec<String>,
}

/// Libraries that come with the compiler; their META files come with findlib.
const WITH_OCAML: [&str; 14] = [
    "bigarray",
    "bytes",
    "compiler-libs",
    "dynlink",
    "findlib",
    "ocamldoc",
    "raw_spacetime",
    "runtime_events",
    "seq",
    "stdlib",
    "stdlib-shims",
    "str",
    "threads",
    "unix",
];

/// Programs that come with the compiler.
const PROGRAMS_WITH_OCAML: [&str; 9] = [
    "ocaml",
    "ocamlc",
    "ocamlcp",
    "ocamldep",
    "ocamldoc",
    "ocamllex",
    "ocamlmklib",
    "ocamlopt",
    "ocamlyacc",
];

/// Findlib packages whose names do not follow the rule: (findlib, apt, opam). Of several in one opam package
/// the likeliest is the first.
const PACKAGES: [(&str, &str, &str); 61] = [
    ("ANSITerminal", "libansi-terminal-ocaml-dev", "ANSITerminal"),
    ("bz2", "libbz2-ocaml-dev", "camlbz2"),
    ("camlp4", "libcamlp4-ocaml-dev", "camlp4"),
    ("camlp5", "camlp5", "camlp5"),
    ("camlimages", "libcamlimages-ocaml-dev", "camlimages"),
    ("camlzip", "libzip-ocaml-dev", "camlzip"),
    ("cohttp-lwt-unix", "libcohttp-lwt-unix-ocaml-dev", "cohttp-lwt-unix"),
    ("cohttp.lwt", "libcohttp-lwt-unix-ocaml-dev", "cohttp-lwt-unix"),
    ("curl", "libcurl-ocaml-dev", "ocurl"),
    ("dose3", "libdose3-ocaml-dev", "dose3"),
    // The library that nearly all users of ocamlnet want goes before the others of it.
    ("netstring", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("equeue", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("expect", "libexpect-ocaml-dev", "expect"),
    ("findlib", "libfindlib-ocaml-dev", "ocamlfind"),
    ("gsl", "libocamlgsl-ocaml-dev", "gsl"),
    ("js_of_ocaml", "libjs-of-ocaml-dev", "js_of_ocaml"),
    ("lablgl", "liblablgl-ocaml-dev", "lablgl"),
    ("llvm", "libllvm-ocaml-dev", "llvm"),
    ("lwt.ssl", "liblwt-ssl-ocaml-dev", "lwt_ssl"),
    ("lwt_react", "liblwt-ocaml-dev", "lwt_react"),
    ("lwt_ppx", "liblwt-ocaml-dev", "lwt_ppx"),
    ("menhirLib", "libmenhir-ocaml-dev", "menhir"),
    ("menhirSdk", "libmenhir-ocaml-dev", "menhir"),
    ("netcgi2", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("netclient", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("nethttpd", "libnethttpd-ocaml-dev", "ocamlnet"),
    ("netplex", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("netsys", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("nums", "libnum-ocaml-dev", "num"),
    ("oUnit", "libounit-ocaml-dev", "ounit2"),
    ("oasis", "liboasis-ocaml-dev", "oasis"),
    ("ocamlbuild", "ocamlbuild", "ocamlbuild"),
    ("ocamlgraph", "libocamlgraph-ocaml-dev", "ocamlgraph"),
    ("odoc", "libodoc-ocaml-dev", "odoc"),
    ("opam-file-format", "libopam-file-format-ocaml-dev", "opam-file-format"),
    ("ounit2", "libounit-ocaml-dev", "ounit2"),
    ("plugin-loader", "liboasis-ocaml-dev", "oasis"),
    ("pxp", "libpxp-ocaml-dev", "pxp"),
    ("qtest", "libqtest-ocaml-dev", "qtest"),
    ("re.emacs", "libre-ocaml-dev", "re"),
    ("rpc", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("sdl", "libsdl-ocaml-dev", "ocamlsdl"),
    ("sedlex", "libsedlex-ocaml-dev", "sedlex"),
    ("sexplib.syntax", "libsexplib-ocaml-dev", "sexplib"),
    ("shell", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("smtp", "libocamlnet-ocaml-dev", "ocamlnet"),
    ("ssl", "libssl-ocaml-dev", "ssl"),
    ("tophide", "libtophide-ocaml-dev", "tophide"),
    ("topkg", "libtopkg-ocaml-dev", "topkg"),
    ("uuidm", "libuuidm-ocaml-dev", "uuidm"),
    ("ulex", "ocaml-ulex", "ulex"),
    ("ulex08", "ocaml-ulex08", "ulex"),
    ("utop", "libutop-ocaml-dev", "utop"),
    ("x509", "libx509-ocaml-dev", "x509"),
    ("xml-light", "libxml-light-ocaml-dev", "xml-light"),
    ("xmlm", "libxmlm-ocaml-dev", "xmlm"),
    ("xmlrpc-light", "libxmlrpc-light-ocaml-dev", "xmlrpc-light"),
    ("xstr", "libxstr-ocaml-dev", "xstr"),
    ("yojson", "libyojson-ocaml-dev", "yojson"),
    ("zarith", "libzarith-ocaml-dev", "zarith"),
    ("zip", "libzip-ocaml-dev", "camlzip"),
];

/// Programs whose packages have another name: (program, apt, brew, opam).
const PROGRAMS: [(&str, &str, &str, &str); 30] = [
    ("atdgen", "libatdgen-ocaml-dev", "", "atdgen"),
    ("camlp4", "camlp4", "", "camlp4"),
    ("camlp4o", "camlp4", "", "camlp4"),
    ("camlp4of", "camlp4", "", "camlp4"),
    ("camlp4orf", "camlp4", "", "camlp4"),
    ("camlp4r", "camlp4", "", "camlp4"),
    ("camlp4rf", "camlp4", "", "camlp4"),
    ("camlp5", "camlp5", "camlp5", "camlp5"),
    ("cppo", "cppo", "", "cppo"),
    ("dune", "ocaml-dune", "dune", "dune"),
    ("git", "git", "git", ""),
    ("jbuilder", "ocaml-dune", "", "jbuilder"),
    ("js_of_ocaml", "js-of-ocaml", "", "js_of_ocaml-compiler"),
    ("llvm-config", "llvm-dev", "llvm", ""),
    ("make", "make", "make", ""),
    ("menhir", "menhir", "", "menhir"),
    ("oasis", "oasis", "", "oasis"),
    ("obuild", "obuild", "", "obuild"),
    ("ocamlbuild", "ocamlbuild", "ocamlbuild", "ocamlbuild"),
    ("ocamlfind", "ocaml-findlib", "ocaml-findlib", "ocamlfind"),
    ("ocamlify", "ocamlify", "", "ocamlify"),
    ("ocamlmod", "ocamlmod", "", "ocamlmod"),
    ("ocp-build", "", "", "ocp-build"),
    ("odoc", "ocaml-odoc", "", "odoc"),
    ("omake", "omake", "", "omake"),
    ("opam", "opam", "opam", ""),
    ("pkg-config", "pkg-config", "pkgconf", ""),
    ("protoc", "protobuf-compiler", "protobuf", ""),
    ("qtest", "ocaml-qtest", "", "qtest"),
    ("utop", "utop", "", "utop"),
];

/// C libraries whose packages do not follow the rule: (library, apt, brew, opam).
const C_LIBRARIES: [(&str, &str, &str, &str); 44] = [
    ("GL", "libgl-dev", "", "conf-mesa"),
    ("GLU", "libglu1-mesa-dev", "", "conf-libglu"),
    ("SDL", "libsdl1.2-dev", "sdl12-compat", "conf-sdl"),
    ("SDL2", "libsdl2-dev", "sdl2", "conf-sdl2"),
    ("X11", "libx11-dev", "libx11", "conf-libX11"),
    ("archive", "libarchive-dev", "libarchive", ""),
    ("blas", "libblas-dev", "openblas", "conf-blas"),
    ("bz2", "libbz2-dev", "bzip2", "conf-libbz2"),
    ("cairo", "libcairo2-dev", "cairo", "conf-cairo"),
    ("crypto", "libssl-dev", "openssl", "conf-libssl"),
    ("curl", "libcurl4-openssl-dev", "curl", "conf-libcurl"),
    ("curses", "libncurses-dev", "ncurses", "conf-ncurses"),
    ("ev", "libev-dev", "libev", "conf-libev"),
    ("event", "libevent-dev", "libevent", "conf-libevent"),
    ("expat", "libexpat1-dev", "expat", "conf-expat"),
    ("ffi", "libffi-dev", "libffi", "conf-libffi"),
    ("fftw3", "libfftw3-dev", "fftw", "conf-fftw3"),
    ("freetype", "libfreetype-dev", "freetype", "conf-freetype"),
    ("gdbm", "libgdbm-dev", "gdbm", "conf-gdbm"),
    ("gif", "libgif-dev", "giflib", "conf-libgif"),
    ("gmp", "libgmp-dev", "gmp", "conf-gmp"),
    ("gsl", "libgsl-dev", "gsl", "conf-gsl"),
    ("jpeg", "libjpeg-dev", "jpeg-turbo", "conf-libjpeg"),
    ("lapack", "liblapack-dev", "lapack", "conf-lapack"),
    ("lzma", "liblzma-dev", "xz", "conf-liblzma"),
    ("magic", "libmagic-dev", "libmagic", "conf-libmagic"),
    ("mpfr", "libmpfr-dev", "mpfr", "conf-mpfr"),
    ("mysqlclient", "default-libmysqlclient-dev", "mysql-client", "conf-mysql"),
    ("ncurses", "libncurses-dev", "ncurses", "conf-ncurses"),
    ("ncursesw", "libncurses-dev", "ncurses", "conf-ncurses"),
    ("pcre", "libpcre3-dev", "pcre", "conf-libpcre"),
    ("pcre2-8", "libpcre2-dev", "pcre2", "conf-libpcre2-8"),
    ("png", "libpng-dev", "libpng", "conf-libpng"),
    ("pq", "libpq-dev", "libpq", "conf-postgresql"),
    ("readline", "libreadline-dev", "readline", "conf-readline"),
    ("sqlite3", "libsqlite3-dev", "sqlite", "conf-sqlite3"),
    ("ssl", "libssl-dev", "openssl", "conf-libssl"),
    ("tiff", "libtiff-dev", "libtiff", "conf-tiff"),
    ("uring", "liburing-dev", "", ""),
    ("usb-1.0", "libusb-1.0-0-dev", "libusb", "conf-libusb"),
    ("uv", "libuv1-dev", "libuv", "conf-libuv"),
    ("yaml", "libyaml-dev", "libyaml", ""),
    ("z", "zlib1g-dev", "zlib", "conf-zlib"),
    ("zstd", "libzstd-dev", "zstd", "conf-zstd"),
];

/// C libraries that come with the C compiler.
const WITH_C: [&str; 7] = ["c", "dl", "m", "pthread", "resolv", "rt", "util"];

/// What Homebrew has of findlib packages.
const BREW: [(&str, &str); 3] =
    [("num", "ocaml-num"), ("nums", "ocaml-num"), ("zarith", "ocaml-zarith")];

fn one(name: &str) -> Vec<String> {
    if name.is_empty() { Vec::new() } else { vec![name.to_owned()] }
}

/// What provides the compiler.
pub(super) fn ocaml() -> Providers {
    Providers { apt: one("ocaml"), brew: one("ocaml"), opam: one("ocaml"), ..Providers::default() }
}

/// What provides a C compiler.
pub(super) fn c_compiler() -> Providers {
    // On macOS it comes with the command line tools, which no formula installs.
    Providers { apt: one("gcc"), brew: Vec::new(), opam: Vec::new(), ..Providers::default() }
}

/// What provides a C library: the table above, else Debian's rule `libNAME-dev`.
pub(super) fn c_library(name: &str) -> Providers {
    if WITH_C.contains(&name) {
        return c_compiler();
    }
    let (apt, brew, opam) = match C_LIBRARIES.iter().find(|(library, ..)| *library == name) {
        Some((_, apt, brew, opam)) => (one(apt), one(brew), one(opam)),
        None => (
            one(&format!("lib{}-dev", name.to_ascii_lowercase().replace('_', "-"))),
            vec![name.to_owned(), format!("lib{name}")],
            vec![format!("conf-{name}"), format!("conf-lib{name}")],
        ),
    };
    Providers { apt, brew, opam, ..Providers::default() }
}

/// Whether the tables have this program or C library.
pub(super) fn is_known(name: &str) -> bool {
    PROGRAMS_WITH_OCAML.contains(&name)
        || PROGRAMS.iter().any(|(program, ..)| *program == name)
        || C_LIBRARIES.iter().any(|(library, ..)| *library == name)
}

/// What provides a program.
pub(crate) fn program(name: &str) -> Providers {
    if PROGRAMS_WITH_OCAML.contains(&name) {
        return ocaml();
    }
    match PROGRAMS.iter().find(|(program, ..)| *program == name) {
        Some((_, apt, brew, opam)) => {
            Providers { apt: one(apt), brew: one(brew), opam: one(opam), ..Providers::default() }
        }
        None => {
            Providers { apt: one(name), brew: one(name), opam: one(name), ..Providers::default() }
        }
    }
}

/// What provides a findlib package: the table above, else Debian's rule `libNAME-ocaml-dev`.
pub(crate) fn findlib(name: &str) -> Providers {
    let root = name.split('.').next().unwrap_or(name);
    if WITH_OCAML.contains(&root) && name != "findlib" {
        // The compiler brings the code, findlib's package the META file.
        return program("ocamlfind");
    }
    let brew: Vec<String> = BREW
        .iter()
        .filter(|(known, _)| *known == root)
        .map(|(_, formula)| (*formula).to_owned())
        .collect();
    let known = |name: &str| PACKAGES.iter().find(|(known, ..)| *known == name);
    if let Some((_, apt, opam)) = known(name).or_else(|| known(root)) {
        return Providers { apt: one(apt), brew, opam: one(opam), ..Providers::default() };
    }
    let mut apt = Vec::new();
    for part in [root, name] {
        let word = part.to_ascii_lowercase().replace(['_', '.'], "-");
        let word = word.strip_prefix("ocaml-").unwrap_or(&word);
        for candidate in [format!("lib{word}-ocaml-dev"), format!("lib{word}-ocaml")] {
            if !apt.contains(&candidate) {
                apt.push(candidate);
            }
        }
    }
    // The -dev packages hold what a build needs; the others are for those without one.
    apt.sort_by_key(|candidate| !candidate.ends_with("-dev"));
    Providers { apt, brew, opam: one(root), ..Providers::default() }
}

/// What an opam package has that can be looked for, the likeliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InOpam {
    /// Programs.
    pub(crate) programs: Vec<&'static str>,
    /// Findlib packages.
    pub(crate) libraries: Vec<String>,
}

/// Packages of opam that have become others, with what they are now.
const FORMER: [(&str, &str); 1] = [("ounit", "ounit2")];

/// Packages of opam that say something of the compiler or the system, and have no files.
const MARKS: [&str; 10] = [
    "arch-",
    "base-",
    "conf-",
    "host-",
    "ocaml-base-",
    "ocaml-config",
    "ocaml-option",
    "ocaml-system",
    "ocaml-variants",
    "system-",
];

/// The packages of opam that the tables name: a manifest may name a million others.
static IN_TABLES: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let libraries = PACKAGES.iter().map(|(.., opam)| *opam);
    libraries.chain(PROGRAMS.iter().map(|(.., opam)| *opam)).collect()
});

/// What the opam package of this name has: as the tables say, else a findlib package of its name; nothing
/// where it is the compiler or a mark.
pub(crate) fn in_opam(name: &str) -> InOpam {
    if let Some(library) = name.strip_prefix("base-").filter(|it| WITH_OCAML.contains(it)) {
        return InOpam { programs: Vec::new(), libraries: one(library) };
    }
    if name == "ocaml" || MARKS.iter().any(|mark| name.starts_with(mark)) {
        return InOpam::default();
    }
    let now = FORMER.iter().find(|(former, _)| *former == name).map_or(name, |(_, now)| now);
    if !IN_TABLES.contains(now) {
        return InOpam { programs: Vec::new(), libraries: vec![name.to_owned()] };
    }
    let programs = PROGRAMS.iter().filter(|(.., opam)| *opam == now).map(|(program, ..)| *program);
    let rows = PACKAGES.iter().filter(|(.., opam)| *opam == now);
    let mut libraries: Vec<String> = rows.map(|(library, ..)| (*library).to_owned()).collect();
    // One that is called as the package goes before those that are not.
    libraries.sort_by_key(|library| library != now);
    if !libraries.iter().any(|library| library == name) {
        libraries.push(name.to_owned());
    }
    InOpam { programs: programs.collect(), libraries }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_opam_have_libraries_and_programs() {
        let has = |name: &str| {
            let found = in_opam(name);
            let libraries: Vec<&str> = found.libraries.iter().map(String::as_str).collect();
            format!("{} | {}", found.programs.join(" "), libraries.join(" "))
        };
        for (name, expected) in [
            ("lwt", " | lwt"),
            ("camlzip", " | camlzip zip"),
            ("ocurl", " | curl ocurl"),
            ("ounit", " | ounit2 oUnit ounit"),
            ("lwt_ssl", " | lwt.ssl lwt_ssl"),
            ("ocamlfind", "ocamlfind | findlib ocamlfind"),
            ("menhir", "menhir | menhirLib menhirSdk menhir"),
            ("js_of_ocaml-compiler", "js_of_ocaml | js_of_ocaml-compiler"),
            ("dune", "dune | dune"),
            ("base-unix", " | unix"),
            ("base-num", " | "),
            ("conf-gmp", " | "),
            ("ocaml", " | "),
        ] {
            assert_eq!(has(name), expected, "{name}");
        }
        assert_eq!(in_opam("ocamlnet").libraries[0], "netstring");
    }

    #[test]
    fn packages_follow_the_rule_or_the_table() {
        assert_eq!(findlib("lwt.unix").apt[0], "liblwt-ocaml-dev");
        assert_eq!(
            findlib("ppx_deriving.show").apt[..2],
            ["libppx-deriving-ocaml-dev", "libppx-deriving-show-ocaml-dev"]
        );
        assert_eq!(findlib("lwt.ssl").apt, ["liblwt-ssl-ocaml-dev"]);
        assert_eq!(findlib("oUnit").opam, ["ounit2"]);
        assert_eq!(findlib("netstring.pcre").apt, ["libocamlnet-ocaml-dev"]);
    }

    #[test]
    fn c_libraries_follow_the_rule_or_the_table() {
        assert_eq!(c_library("z").apt, ["zlib1g-dev"]);
        assert_eq!(c_library("Foo_bar").apt, ["libfoo-bar-dev"]);
        assert_eq!(c_library("m"), c_compiler());
    }

    #[test]
    fn libraries_of_the_compiler_come_with_findlib() {
        for name in ["unix", "threads.posix", "str"] {
            assert_eq!(findlib(name).apt, ["ocaml-findlib"], "{name}");
        }
        assert_eq!(findlib("findlib").apt, ["libfindlib-ocaml-dev"]);
    }

    #[test]
    fn programs_are_named_as_their_packages_unless_the_table_says_otherwise() {
        assert_eq!(program("ocamllex").apt, ["ocaml"]);
        assert_eq!(program("ocamlmod").apt, ["ocamlmod"]);
        assert_eq!(program("camlp4o").apt, ["camlp4"]);
        assert!(program("git").opam.is_empty());
    }

    #[test]
    fn tables_are_sorted_enough_to_hold_no_name_twice() {
        let mut names: Vec<_> = PACKAGES.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PACKAGES.len());
        assert!(C_LIBRARIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
