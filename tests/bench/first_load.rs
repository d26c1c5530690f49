//! The reading of a large rule file of which nothing is known yet, by mbuild and Ninja in turns.
//!
//! `cargo bench -p mbuild-tests --bench first_load [-- MEGABYTES [ROUNDS]]`; see the README beside this file.

use std::fmt::Write as _;

use mbuild_tests::Space;
use mbuild_tests::timing::{Pair, Tool};

/// Edges of a folder; the last one of each folder links the others.
const FOLDER: usize = 40;

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse::<f64>().ok());
    let megabytes = numbers.next().unwrap_or(8.7);
    let rounds = numbers.next().unwrap_or(15.0) as usize;
    let rules = rules((megabytes * 1e6) as usize);
    println!("a rule file of {:.1} MB, {rounds} rounds", rules.len() as f64 / 1e6);

    let space = Space::new();
    let project = space.project("rules");
    project.write("build.ninja", rules);
    // It reads all rule files, and no other file.
    let tools = [Tool::mbuild(1), Tool::ninja(1)].map(|tool| tool.with_arguments(&["-t", "rules"]));
    let mut load = Pair::default();
    for tool in &tools {
        tool.time(&project);
    }
    for round in 0..rounds {
        for turn in 0..2 {
            let side = (round + turn) % 2;
            load.times[side].push(tools[side].time(&project));
        }
    }
    Pair::head();
    load.report("first load");
}

/// What a generator writes for a large project of C: long paths, flags for each edge, a few rules.
fn rules(size: usize) -> String {
    let mut text = String::from(
        "flags = -O2 -g\n\
         rule cc\n  command = cc $flags $defines $includes -MMD -MF $out.d -c $in -o $out\n\
         \x20 description = CC $out\n  depfile = $out.d\n  deps = gcc\n\
         rule ar\n  command = rm -f $out && ar rcs $out $in\n  description = AR $out\n",
    );
    let mut index = 0;
    while text.len() < size {
        let folder = format!("components/part{}/library", index / FOLDER);
        let mut objects = String::new();
        for file in index..index + FOLDER {
            let object = format!("obj/{folder}/module_{file}.o");
            let lines = format!(
                "build {object}: cc ../../{folder}/module_{file}.c | gen/{folder}/config.h || gen/stamp\n\
                 \x20 defines = -DMODULE={file} -DNDEBUG\n\
                 \x20 includes = -I../../{folder}/include -Igen/{folder}\n"
            );
            text += &lines;
            objects += " ";
            objects += &object;
        }
        writeln!(text, "build lib/{folder}.a: ar{objects}").expect("text grows");
        index += FOLDER;
    }
    text
}
