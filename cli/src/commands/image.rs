//! `mbuild image`: makes a file that boots, and says how.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use mbuild_frontends::configure::SectionInfo;
use mbuild_frontends::depends::Command;
use mbuild_frontends::files;
use mbuild_frontends::ocaml::image_arguments;
use mbuild_frontends::recipe;
use mbuild_frontends::target::{Arguments, DeviceKind, Image, ImageFormat, Kernel, Target};

use mbuild_frontends::toolchain::folder;

use crate::args::image::ImageArgs;
use crate::commands::run::chosen;
use crate::configuring::Purpose;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::package::Package;
use crate::project::Project;
use crate::running::words::{self, Words};
use crate::session::Session;
use crate::suggest::list;
use crate::surroundings::variable;
use crate::targets;
use crate::{building, installing, making};

/// Makes an image.
pub(crate) fn run(args: &ImageArgs, session: &mut Session<'_>) -> Result<Exit> {
    let format = ImageFormat::from(args.format);
    let name = args.flags.target.as_deref();
    let image = described(&targets::find(name)?, format)?;
    let package = Project::package(Purpose::Build(&args.flags), session)?;
    let section = chosen(&package, args.executable.as_ref())?;
    let target = &package.target;
    making::with_kernel(target, args.flags.install, session)?;
    let program = package.goal(section)?;
    let line = line(target, &args.arguments)?;
    let Some(made) = package.configuration.image(&section.name, &target.name, format) else {
        return Err(Failure::usage(format!("`{}` makes no program", section.name)));
    };
    let goal = match format {
        ImageFormat::Initramfs => program,
        _ => {
            needs(&image, target, args.flags.install, session)?;
            let file = package.root.join(image_arguments(made, format));
            let content: Vec<u8> =
                args.arguments.iter().flat_map(|word| [word.as_bytes(), b"\0"].concat()).collect();
            files::write_if_changed(&file, &content).map_err(|error| {
                Failure::system(format_args!("cannot write `{}`", file.display()), &error)
            })?;
            made.as_bytes().to_vec()
        }
    };
    building::build(&package.rules(), &args.flags, &[goal], session)?;
    if args.flags.dry_run {
        return Ok(Exit::Success);
    }
    let file = placed(&package.root.join(made), Path::new(made), args.output.as_deref())?;
    session.printer.note(format_args!("image: {}", file.display()));
    let command = command(&package, section, &image, format, &file, &line);
    session.printer.note("it boots with:");
    session.printer.result(command)?;
    Ok(Exit::Success)
}

/// How a target makes images; else which targets make some, or which formats it has.
fn described(target: &Target, format: ImageFormat) -> Result<Image> {
    let name = &target.name;
    let Some(image) = &target.image else {
        let catalog = targets::catalog()?;
        let others = catalog
            .names()
            .filter(|name| catalog.target(name).is_some_and(|target| target.image.is_some()));
        let others =
            list(others).map(|names| format!("there are images of {names}: `--target NAME`"));
        return Err(
            Failure::usage(format!("there are no images of `{name}`")).with_optional_help(others)
        );
    };
    if !image.formats.contains(&format) {
        let known = list(image.formats.iter().map(|format| format.name()));
        return Err(Failure::usage(format!("`{name}` has no image `{}`", format.name()))
            .with_optional_help(known.map(|names| format!("it has {names}"))));
    }
    Ok(image.clone())
}

/// The arguments as one word, when they can be part of an image.
fn line(target: &Target, arguments: &[OsString]) -> Result<OsString> {
    let Some(runner) = &target.run else { return Ok(OsString::new()) };
    let breaks = |word: &OsString| word.as_bytes().contains(&b'\n');
    if runner.arguments == Arguments::Blanks && arguments.iter().any(breaks) {
        let name = &target.name;
        let message = format!("no argument of an image of `{name}` can have a line break");
        return Err(Failure::usage(message));
    }
    words::line(target, runner, arguments, true)
}

/// Sees to it that everything is there that disks are made with.
fn needs(image: &Image, target: &Target, install: bool, session: &mut Session<'_>) -> Result<()> {
    let by = format!("images of {}", target.name);
    let path = variable("PATH").unwrap_or_default();
    let home = folder::home(&variable).unwrap_or_default();
    let report = || recipe::needs(&image.needs, &by, "", &path, &home);
    if install && !report().missing.is_empty() {
        installing::install(&report(), session)?;
    }
    let report = report();
    if report.missing.is_empty() { Ok(()) } else { Err(installing::advice(&report)) }
}

/// The image where the user wants it.
fn placed(made: &Path, shown: &Path, output: Option<&Path>) -> Result<PathBuf> {
    let Some(output) = output else { return Ok(shown.to_owned()) };
    let wrong = |error: &std::io::Error| {
        Failure::system(format_args!("cannot write `{}`", output.display()), error)
    };
    let content = std::fs::read(made).map_err(|error| wrong(&error))?;
    files::replace(output, &content, None).map_err(|error| wrong(&error))?;
    Ok(output.to_owned())
}

/// The command that boots an image, with words in capitals where the user has a choice.
fn command(
    package: &Package,
    section: &SectionInfo,
    image: &Image,
    format: ImageFormat,
    file: &Path,
    line: &OsStr,
) -> String {
    let target = &package.target;
    let runner = target.run.as_ref();
    let memory = runner.map_or(0, |runner| runner.memory).to_string();
    let kernel = target.kernel.as_ref().map(Kernel::image).unwrap_or_default();
    let mut devices = Vec::new();
    for device in &section.devices {
        let value = match device.kind {
            DeviceKind::Net => "TAP",
            DeviceKind::Block => "FILE",
        };
        let values: [(&str, &OsStr); 2] =
            [("name", device.name.as_ref()), ("value", value.as_ref())];
        let options = target.devices.get(&device.kind).map(|how| how.options.as_slice());
        let options = options.unwrap_or_default().iter();
        devices.extend(options.map(|word| words::filled(word, &values)));
    }
    let disk = match format {
        ImageFormat::Qcow2 => format.name(),
        _ => ImageFormat::Raw.name(),
    };
    // What boots a disk that is in an archive is the disk.
    let (before, file) = match format {
        ImageFormat::TarGz => {
            let unpack = Command(vec!["tar".into(), "-xzf".into(), file.display().to_string()]);
            (format!("{unpack} && "), PathBuf::from("disk.raw"))
        }
        _ => (String::new(), file.to_owned()),
    };
    let words = Words {
        memory: &memory,
        program: file.as_os_str(),
        line,
        kernel: kernel.as_os_str(),
        devices: &devices,
        status: &[],
    };
    let command = match (format, runner) {
        (ImageFormat::Initramfs, Some(runner)) => words.fill(&runner.command),
        _ => {
            // The file stands where programs have theirs.
            let word =
                |word: &String| word.replace("{format}", disk).replace("{image}", "{program}");
            words.fill(&image.boot.iter().map(word).collect::<Vec<_>>())
        }
    };
    let command = command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    format!("{before}{}", Command(command))
}
