//! Relative links lead to a file of the checkout, and their anchors to a heading there.

use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::markdown::Document;

/// What is wrong with the links of the documents.
pub(super) fn check(root: &Path, documents: &[Document]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for document in documents {
        for (line, target) in document.links() {
            if let Some(problem) = problem(root, documents, document, &target) {
                problems.push(format!(
                    "{}:{line}: [..]({target}): {problem}",
                    document.path().display()
                ));
            }
        }
    }
    Ok(problems)
}

fn problem(
    root: &Path,
    documents: &[Document],
    document: &Document,
    target: &str,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() {
        document.path().to_path_buf()
    } else {
        resolve(document.path().parent().unwrap_or(Path::new("")), file)
    };
    if !root.join(&path).exists() {
        return Some("there is no such file".to_owned());
    }
    if anchor.is_empty() {
        return None;
    }
    match documents.iter().find(|other| other.path() == path) {
        Some(other) if other.anchors().iter().any(|known| known == anchor) => None,
        Some(_) => Some(format!("there is no heading for #{anchor}")),
        None => Some("an anchor into what is no document".to_owned()),
    }
}

/// The path in the checkout of a link from a directory in it.
fn resolve(directory: &Path, link: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for component in directory.join(link).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn links_that_lead_nowhere_are_found() -> Result<()> {
        let root = tempfile::tempdir()?;
        fs::create_dir(root.path().join("docs"))?;
        fs::write(root.path().join("code.rs"), "")?;
        let texts = [
            (
                "a.md",
                "# Here\n[1](docs/b.md#there) [2](#here) [3](code.rs) [4](https://x/#y)",
            ),
            (
                "docs/b.md",
                "# There\n[1](../a.md#here) [2](a.md) [3](#nowhere) [4](../code.rs#L1) [5](../c)",
            ),
        ];
        for (path, text) in texts {
            fs::write(root.path().join(path), text)?;
        }
        let documents = texts.map(|(path, text)| Document::new(path, text));
        let problems = check(root.path(), &documents)?;
        let targets = ["(a.md)", "(#nowhere)", "(../code.rs#L1)", "(../c)"];
        assert_eq!(problems.len(), targets.len(), "{problems:?}");
        for target in targets {
            assert!(
                problems.iter().any(|problem| problem.contains(target)),
                "{target}: {problems:?}"
            );
        }
        Ok(())
    }
}
