use std::process::Command;

use anyhow::Context;

use crate::program;
use crate::task_error::TaskError;

/// The Debian package of the JDK.
const PACKAGE: &str = "default-jdk-headless";

/// Requires a program of Java, `java` or `javac`, of this version or newer.
pub(super) fn require(program: &str, oldest: u32) -> Result<(), TaskError> {
    let path = program::find(program, PACKAGE)?;
    let output = Command::new(path)
        .arg("-version")
        .output()
        .with_context(|| format!("{program} does not start"))?;
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    match version(&told) {
        Some(version) if version >= oldest => Ok(()),
        _ => Err(TaskError::MissingTool(format!(
            "{program} {oldest} or newer is not installed (on Debian: install {PACKAGE}); there is {}",
            told.lines().next().unwrap_or_default().trim()
        ))),
    }
}

/// The first number of the version in the output, such as `javac 17.0.15` and `openjdk version
/// "17.0.15"`. Before Java 9, the first number was always 1.
fn version(told: &str) -> Option<u32> {
    let (_, version) = ["javac ", " version \""]
        .iter()
        .find_map(|before| told.split_once(before))?;
    let end = version.find(|character: char| !character.is_ascii_digit());
    version[..end.unwrap_or(version.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_java_is_read_from_what_it_tells() {
        for (told, expected) in [
            ("javac 17.0.15\n", Some(17)),
            ("javac 21\n", Some(21)),
            ("javac 25-ea\n", Some(25)),
            ("javac 1.8.0_452\n", Some(1)),
            (
                "Picked up JAVA_TOOL_OPTIONS: -Xmx1g\njavac 17.0.1\n",
                Some(17),
            ),
            (
                "openjdk version \"17.0.15\" 2025-04-15\nOpenJDK Runtime\n",
                Some(17),
            ),
            ("java version \"1.8.0_452\"\n", Some(1)),
            ("openjdk version \"26-ea\" 2026-03-17\n", Some(26)),
            ("javac\n", None),
            ("", None),
        ] {
            assert_eq!(version(told), expected, "{told:?}");
        }
    }
}
