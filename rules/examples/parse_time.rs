//! Prints how long a rule file takes to parse: the one that is named, or a generated one of 100,000 actions.

use std::io::Write as _;
use std::time::Instant;

use bstr::ByteSlice as _;
use mbuild_rules::parse::{Options, parse};

const ACTIONS: usize = 100_000;
const ROUNDS: usize = 10;

fn generated() -> Vec<u8> {
    let mut text = b"cflags = -O2 -Wall\nrule cc\n  command = cc $cflags $flags -MD -MF $out.d -c $in -o $out\n  \
                     depfile = $out.d\n  deps = gcc\n  description = CC $out\nrule link\n  command = cc $in -o $out\n"
        .to_vec();
    for at in 0..ACTIONS {
        let (group, name) = (at / 100, at % 100);
        let line = if name == 0 {
            format!(
                "build lib/group_{group}/prog: link obj/group_{group}/file_1.o obj/group_{group}/file_2.o\n"
            )
        } else {
            format!(
                "build obj/group_{group}/file_{name}.o: cc src/group_{group}/file_{name}.c || gen/group_{group}.h\n"
            )
        };
        text.extend_from_slice(line.as_bytes());
    }
    text
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let named = std::env::args().nth(1);
    let content = match &named {
        Some(path) => std::fs::read(path)?,
        None => generated(),
    };
    if let Some(path) = std::env::args().nth(2) {
        std::fs::write(path, &content)?;
    }
    let first = named.unwrap_or_else(|| "build.ninja".to_owned());
    let mut times = Vec::new();
    let mut actions = 0;
    for _ in 0..ROUNDS {
        let mut content = Some(content.clone());
        let mut loader = |path: &[u8]| {
            if path == first.as_bytes()
                && let Some(content) = content.take()
            {
                Ok(content)
            } else {
                std::fs::read(path.to_path_lossy())
            }
        };
        let start = Instant::now();
        let manifest = parse(first.as_bytes(), &mut loader, Options::default())?;
        times.push(start.elapsed());
        actions = manifest.action_count();
    }
    times.sort();
    writeln!(
        std::io::stdout(),
        "{:.1} MB, {actions} actions: best {:.1} ms, median {:.1} ms",
        content.len() as f64 / 1e6,
        times[0].as_secs_f64() * 1e3,
        times[ROUNDS / 2].as_secs_f64() * 1e3,
    )?;
    Ok(())
}
