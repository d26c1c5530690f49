//! From flags and environment to decided values: the store, its limit, how many jobs.

pub(crate) mod limits;

use std::ffi::OsString;
use std::path::PathBuf;

use mbuild_engine::settings::{Check, StoreSettings};
use mbuild_frontends::files::user_folder;

use crate::failure::{Failure, Result};

/// The store's limit when nobody says otherwise.
const DEFAULT_STORE_BYTES: u64 = 10 << 30;

/// Where the store is and how large it may grow; `None` when `MBUILD_CACHE=off`.
pub(crate) fn store() -> Result<Option<StoreSettings>> {
    store_from(&|name| std::env::var_os(name))
}

/// The store's place and limit even when builds do not use it, for `mbuild cache`.
pub(crate) fn store_place() -> Result<StoreSettings> {
    place_from(&|name| std::env::var_os(name))
}

/// What makes an action out of date, when `MBUILD_CHECK` says so.
pub(crate) fn check() -> Result<Option<Check>> {
    check_from(&|name| std::env::var_os(name))
}

type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

fn store_from(environment: Environment<'_>) -> Result<Option<StoreSettings>> {
    match environment("MBUILD_CACHE") {
        None => {}
        Some(value) if value.is_empty() || value == "on" => {}
        Some(value) if value == "off" => return Ok(None),
        Some(value) => {
            return Err(Failure::usage(format!(
                "MBUILD_CACHE is `{}`, expected `on` or `off`",
                value.display()
            )));
        }
    }
    // Without a home there is no place to share; a build must not fail for that.
    match place_from(environment) {
        Ok(place) => Ok(Some(place)),
        Err(_) if folder(environment).is_none() => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn check_from(environment: Environment<'_>) -> Result<Option<Check>> {
    match environment("MBUILD_CHECK") {
        None => Ok(None),
        Some(value) if value.is_empty() => Ok(None),
        Some(value) if value == "content" => Ok(Some(Check::Digest)),
        Some(value) if value == "mtime" => Ok(Some(Check::Mtime)),
        Some(value) => Err(Failure::usage(format!(
            "MBUILD_CHECK is `{}`, expected `content` or `mtime`",
            value.display()
        ))),
    }
}

fn place_from(environment: Environment<'_>) -> Result<StoreSettings> {
    let dir = folder(environment).ok_or_else(|| {
        Failure::usage("there is no place for the store").with_help("set MBUILD_CACHE_DIR or HOME")
    })?;
    let max_bytes = match environment("MBUILD_CACHE_SIZE").filter(|value| !value.is_empty()) {
        None => DEFAULT_STORE_BYTES,
        Some(value) => parse_size(&value.to_string_lossy())
            .map_err(|error| Failure::usage(format!("MBUILD_CACHE_SIZE: {error}")))?,
    };
    Ok(StoreSettings { dir, max_bytes })
}

fn folder(environment: Environment<'_>) -> Option<PathBuf> {
    let own = environment("MBUILD_CACHE_DIR").filter(|value| !value.is_empty());
    let cache = || user_folder(environment, "XDG_CACHE_HOME", ".cache");
    own.map(PathBuf::from).or_else(|| cache().map(|cache| cache.join("mbuild")))
}

/// Reads a number of bytes: `1048576`, `500M`, `2GiB`; units are powers of 1024.
pub(crate) fn parse_size(text: &str) -> std::result::Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let expected = || format!("`{text}` is not a size such as `500M` or `2GiB`");
    let number: u64 = number.parse().map_err(|_| expected())?;
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(expected()),
    };
    number.checked_mul(1 << shift).ok_or_else(expected)
}

/// A number of bytes for people: `1.5 GiB`.
pub(crate) fn show_size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// How many commands may run at once: what the user said, else one per processor we may use.
pub(crate) fn jobs(wanted: Option<usize>) -> Option<usize> {
    match wanted {
        Some(0) => None,
        Some(jobs) => Some(jobs),
        None => Some(processors()),
    }
}

/// A limit where 0 says that there is none.
pub(crate) fn limit(number: usize) -> Option<usize> {
    (number > 0).then_some(number)
}

/// The processors this process may use.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        |name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
    }

    fn place(variables: &'static [(&str, &str)]) -> Option<(String, u64)> {
        store_from(&with(variables))
            .unwrap()
            .map(|store| (store.dir.display().to_string(), store.max_bytes))
    }

    #[test]
    fn what_makes_an_action_out_of_date_is_what_the_environment_says() {
        let check = |variables| check_from(&with(variables));
        assert_eq!(check(&[]).unwrap(), None);
        assert_eq!(check(&[("MBUILD_CHECK", "")]).unwrap(), None);
        assert_eq!(check(&[("MBUILD_CHECK", "mtime")]).unwrap(), Some(Check::Mtime));
        assert_eq!(check(&[("MBUILD_CHECK", "content")]).unwrap(), Some(Check::Digest));
        assert_eq!(
            check(&[("MBUILD_CHECK", "time")]).unwrap_err().to_string(),
            "MBUILD_CHECK is `time`, expected `content` or `mtime`"
        );
    }

    #[test]
    fn the_store_is_where_the_environment_says() {
        assert_eq!(place(&[]), None);
        assert_eq!(
            place(&[("HOME", "/home/me")]),
            Some(("/home/me/.cache/mbuild".into(), 10 << 30))
        );
        assert_eq!(
            place(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]),
            Some(("/x/mbuild".into(), 10 << 30))
        );
        assert_eq!(
            place(&[
                ("XDG_CACHE_HOME", "/x"),
                ("MBUILD_CACHE_DIR", "/m"),
                ("MBUILD_CACHE_SIZE", "5M")
            ]),
            Some(("/m".into(), 5 << 20))
        );
        assert_eq!(place(&[("HOME", "/h"), ("MBUILD_CACHE", "off")]), None);
    }

    #[test]
    fn nonsense_in_the_environment_is_a_usage_error() {
        let nonsense = store_from(&with(&[("HOME", "/h"), ("MBUILD_CACHE", "maybe")]));
        assert_eq!(
            nonsense.unwrap_err().to_string(),
            "MBUILD_CACHE is `maybe`, expected `on` or `off`"
        );
        let nonsense = store_from(&with(&[("HOME", "/h"), ("MBUILD_CACHE_SIZE", "big")]));
        assert_eq!(
            nonsense.unwrap_err().to_string(),
            "MBUILD_CACHE_SIZE: `big` is not a size such as `500M` or `2GiB`"
        );
    }

    #[test]
    fn sizes_read_and_show() {
        assert_eq!(parse_size("12"), Ok(12));
        assert_eq!(parse_size("2GiB"), Ok(2 << 30));
        assert_eq!(parse_size("3 mb"), Ok(3 << 20));
        assert!(parse_size("").is_err());
        assert!(parse_size("99999999999T").is_err());
        assert_eq!(show_size(17), "17 B");
        assert_eq!(show_size(1536), "1.5 KiB");
        assert_eq!(show_size(10 << 30), "10.0 GiB");
        assert_eq!(show_size(3 << 40), "3.0 TiB");
    }

    #[test]
    fn zero_is_no_limit() {
        assert_eq!(jobs(Some(0)), None);
        assert_eq!(jobs(Some(3)), Some(3));
        assert!(jobs(None).is_some_and(|jobs| jobs > 0));
        assert_eq!(limit(0), None);
    }
}
