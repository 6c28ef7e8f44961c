//! As much of Markdown as the documents of this checkout use.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A document.
pub(super) struct Document {
    path: PathBuf,
    text: String,
}

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// What stands behind the opening fence, such as `sh`.
    pub(super) language: String,
    /// The number of its first line, from 1.
    pub(super) line: usize,
    pub(super) text: String,
}

impl Document {
    /// Reads a document of a checkout.
    pub(super) fn read(root: &Path, path: PathBuf) -> Result<Self> {
        let text = fs::read_to_string(root.join(&path))
            .with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { path, text })
    }

    #[cfg(test)]
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.into(),
            text: text.to_owned(),
        }
    }

    /// Its path in the checkout.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Its fenced blocks.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_open = false;
        for (index, line) in self.text.lines().enumerate() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                is_open = !is_open;
                if is_open {
                    blocks.push(Block {
                        language: language.trim().to_owned(),
                        line: index + 2,
                        text: String::new(),
                    });
                }
            } else if let Some(block) = blocks.last_mut().filter(|_| is_open) {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
        blocks
    }

    /// The lines outside of blocks, with their numbers from 1.
    pub(super) fn prose(&self) -> Vec<(usize, &str)> {
        let mut is_open = false;
        let mut prose = Vec::new();
        for (index, line) in self.text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                is_open = !is_open;
            } else if !is_open {
                prose.push((index + 1, line));
            }
        }
        prose
    }

    /// The anchors that GitHub gives to its headings.
    pub(super) fn anchors(&self) -> Vec<String> {
        let mut anchors: Vec<String> = Vec::new();
        for (_, line) in self.prose() {
            let Some(heading) = line.strip_prefix('#') else {
                continue;
            };
            let anchor = anchor(heading.trim_start_matches('#').trim());
            // A heading that comes again gets a number.
            let again = anchors
                .iter()
                .filter(|other| {
                    **other == anchor
                        || other
                            .strip_prefix(&anchor)
                            .and_then(|rest| rest.strip_prefix('-'))
                            .is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
                })
                .count();
            anchors.push(match again {
                0 => anchor,
                number => format!("{anchor}-{number}"),
            });
        }
        anchors
    }

    /// The targets of its links, with the numbers of their lines.
    pub(super) fn links(&self) -> Vec<(usize, String)> {
        let mut links = Vec::new();
        for (number, line) in self.prose() {
            for part in without_code(line).split("](").skip(1) {
                if let Some((target, _)) = part.split_once(')') {
                    links.push((number, target.to_owned()));
                }
            }
        }
        links
    }
}

/// Lower case, blanks to dashes, no punctuation.
fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// A line without what stands between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A title: `code`, and more\n\n\
        See [one](a.md#b) and [two](#c), not `[three](d)`.\n\n\
        ```sh\n# no heading\n[no](link)\n```\n\n\
        ## Again\n## Again\n";

    #[test]
    fn a_document_is_taken_apart() {
        let document = Document::new("a.md", TEXT);
        assert_eq!(
            document.anchors(),
            ["a-title-code-and-more", "again", "again-1"]
        );
        assert_eq!(
            document.links(),
            [(3, "a.md#b".to_owned()), (3, "#c".to_owned())]
        );
        let blocks = document.blocks();
        assert_eq!(
            blocks,
            [Block {
                language: "sh".to_owned(),
                line: 6,
                text: "# no heading\n[no](link)\n".to_owned(),
            }]
        );
    }
}
