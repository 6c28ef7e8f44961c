use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use super::stamp::Stamp;
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// The plug-in that downloads artifacts.
const DEPENDENCY_PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1";

/// How long to wait before each retry of a download.
const PAUSES: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(15)];

/// Maven, with its own local repository, as a client of Maven Central.
pub(super) struct Maven {
    program: PathBuf,
    repository: PathBuf,
}

/// An artifact of Maven Central, pinned.
pub(super) struct Artifact {
    pub(super) group: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// The part of the file's name after the version and a hyphen.
    pub(super) classifier: &'static str,
    /// The extension of the file, such as `tar.gz`.
    pub(super) extension: &'static str,
    /// The digest of the file, in lower-case hexadecimal digits.
    pub(super) sha256: &'static str,
}

/// An artifact that brings its own dependencies: its group, name and version.
pub(super) struct Dependency(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static str,
);

impl Maven {
    /// Finds Maven on this machine.
    pub(super) fn find(workspace: &Workspace) -> Result<Self, TaskError> {
        Ok(Self {
            program: program::find("mvn", "maven")?,
            repository: workspace.provision().join("maven"),
        })
    }

    /// Downloads an artifact, unless an earlier run did so, and checks its digest. Returns the path
    /// of its file.
    pub(super) fn fetch(&self, artifact: &Artifact) -> Result<PathBuf> {
        let file = artifact.file(&self.repository);
        if !file.is_file() {
            self.download(artifact)?;
        }
        let found = sha256(&file)?;
        if found != artifact.sha256 {
            fs::remove_file(&file).with_context(|| format!("cannot remove {}", file.display()))?;
            bail!(
                "{} {} has the sha256 {found}, not {}",
                artifact.name,
                artifact.version,
                artifact.sha256
            );
        }
        Ok(file)
    }

    /// Fills `directory/lib` with artifacts and what they need at run time, unless an earlier run did
    /// so. The names and digests of the files are checked against `sha256`.
    pub(super) fn install(
        &self,
        directory: &Path,
        dependencies: &[Dependency],
        sha256: &str,
    ) -> Result<()> {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot make {}", directory.display()))?;
        let project = project(dependencies);
        let stamp = Stamp::new(directory, [project.as_str(), sha256]);
        if stamp.is_current() {
            return Ok(());
        }
        let file = directory.join("pom.xml");
        fs::write(&file, project).with_context(|| format!("cannot write {}", file.display()))?;
        let lib = directory.join("lib");
        if lib.exists() {
            fs::remove_dir_all(&lib).with_context(|| format!("cannot remove {}", lib.display()))?;
        }
        self.retried(|command| {
            command
                .arg("--file")
                .arg(&file)
                .arg(format!("{DEPENDENCY_PLUGIN}:copy-dependencies"))
                .arg("-DincludeScope=runtime")
                .arg(format!("-DoutputDirectory={}", lib.display()));
        })?;
        let found = sha256_of_files(&lib)?;
        if found != sha256 {
            bail!(
                "the files in {} have the sha256 {found}, not {sha256}",
                lib.display()
            );
        }
        stamp.write()
    }

    fn download(&self, artifact: &Artifact) -> Result<()> {
        self.retried(|command| {
            command
                .arg(format!("{DEPENDENCY_PLUGIN}:get"))
                .arg("-Dtransitive=false")
                .arg(format!("-Dartifact={}", artifact.coordinates()));
        })
    }

    fn retried(&self, task: impl Fn(&mut Command)) -> Result<()> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let mut command = Command::new(&self.program);
            command
                .args(["--batch-mode", "--no-transfer-progress", "--quiet"])
                .arg(format!("-Dmaven.repo.local={}", self.repository.display()));
            task(&mut command);
            let error = match workspace::run(&mut command) {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            let Some(pause) = pauses.next() else {
                return Err(error);
            };
            println!("{error:#}; trying again in {} s", pause.as_secs());
            thread::sleep(pause);
        }
    }
}

impl Artifact {
    fn coordinates(&self) -> String {
        let Artifact {
            group,
            name,
            version,
            classifier,
            extension,
            sha256: _,
        } = self;
        format!("{group}:{name}:{version}:{extension}:{classifier}")
    }

    fn file(&self, repository: &Path) -> PathBuf {
        let Artifact {
            group,
            name,
            version,
            classifier,
            extension,
            sha256: _,
        } = self;
        repository
            .join(group.replace('.', "/"))
            .join(name)
            .join(version)
            .join(format!("{name}-{version}-{classifier}.{extension}"))
    }
}

/// A project of Maven that has these dependencies and nothing else.
fn project(dependencies: &[Dependency]) -> String {
    let dependencies: String = dependencies
        .iter()
        .map(|Dependency(group, name, version)| {
            format!(
                "    <dependency>
      <groupId>{group}</groupId>
      <artifactId>{name}</artifactId>
      <version>{version}</version>
    </dependency>
"
            )
        })
        .collect();
    format!(
        r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>io.thingrelay</groupId>
  <artifactId>provisioned</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
{dependencies}  </dependencies>
</project>
"#
    )
}

/// The digest of a line for each file in `directory`, by name: the name, a space, its digest.
fn sha256_of_files(directory: &Path) -> Result<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        lines.push(format!("{name} {}\n", sha256(&entry.path())?));
    }
    lines.sort();
    Ok(hex::encode(Sha256::digest(lines.concat())))
}

fn sha256(file: &Path) -> Result<String> {
    let failed = || format!("cannot read {}", file.display());
    let mut opened = File::open(file).with_context(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = opened.read(&mut buffer).with_context(failed)?;
        if length == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&buffer[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARTIFACT: Artifact = Artifact {
        group: "org.example.things",
        name: "thing",
        version: "1.2",
        classifier: "bin",
        extension: "tar.gz",
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    };

    #[test]
    fn an_artifact_is_named_as_maven_names_it() {
        assert_eq!(
            ARTIFACT.coordinates(),
            "org.example.things:thing:1.2:tar.gz:bin"
        );
        assert_eq!(
            ARTIFACT.file(Path::new("repository")),
            Path::new("repository/org/example/things/thing/1.2/thing-1.2-bin.tar.gz")
        );
    }

    #[test]
    fn the_digest_of_files_depends_on_their_names_and_contents_alone() -> Result<()> {
        let directories = [tempfile::tempdir()?, tempfile::tempdir()?];
        for (directory, names) in directories.iter().zip([["a", "b"], ["b", "a"]]) {
            for name in names {
                fs::write(directory.path().join(name), "abc")?;
            }
        }
        let [first, second] = &directories;
        let digest = sha256_of_files(first.path())?;
        assert_eq!(sha256_of_files(second.path())?, digest);
        fs::write(second.path().join("b"), "abd")?;
        assert_ne!(sha256_of_files(second.path())?, digest);
        Ok(())
    }

    #[test]
    fn a_file_with_another_digest_is_refused_and_fetched_again_the_next_time() -> Result<()> {
        let repository = tempfile::tempdir()?;
        let maven = Maven {
            program: "false".into(),
            repository: repository.path().to_owned(),
        };
        let file = ARTIFACT.file(repository.path());
        fs::create_dir_all(file.parent().context("a file has a directory")?)?;
        fs::write(&file, "abc")?;
        assert_eq!(maven.fetch(&ARTIFACT)?, file);
        fs::write(&file, "abd")?;
        assert!(maven.fetch(&ARTIFACT).is_err());
        assert!(!file.exists());
        Ok(())
    }
}
