//! The documents of the repository, for tests that read them.

use std::fs;
use std::path::{Path, PathBuf};

use crate::template::{read, root};

/// Directories with documents of other projects.
const FOREIGN: [&str; 2] = ["target", "node_modules"];

/// A Markdown file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The path in the repository.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// A fenced block.
#[derive(Clone, Debug)]
pub struct Block {
    /// The word after the opening fence, such as `sh`.
    pub language: String,
    /// The lines. A line that ends with a backslash is joined with the next line.
    pub lines: Vec<String>,
}

impl Document {
    /// Reads a document.
    pub fn read(path: &str) -> Self {
        Document {
            path: path.to_owned(),
            text: read(path),
        }
    }

    /// All documents of the repository.
    pub fn all() -> Vec<Self> {
        let mut documents = Vec::new();
        gather(&root(), Path::new(""), &mut documents);
        documents
    }

    /// The first line of a block that begins so, without a comment behind it.
    ///
    /// # Panics
    ///
    /// If there is no such line.
    pub fn command(&self, beginning: &str) -> String {
        let lines = self.blocks().into_iter().flat_map(|block| block.lines);
        let line = lines.into_iter().find(|line| line.starts_with(beginning));
        let line = line.unwrap_or_else(|| panic!("{} has no {beginning}", self.path));
        let command = line.split(" #").next().unwrap_or_default();
        command.trim_end().to_owned()
    }

    /// The fenced blocks of the document.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_open = false;
        let mut goes_on = false;
        for line in self.text.lines() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                is_open = !is_open;
                if is_open {
                    blocks.push(Block {
                        language: language.trim().to_owned(),
                        lines: Vec::new(),
                    });
                }
            } else if let Some(block) = blocks.last_mut().filter(|_| is_open) {
                let part = line.strip_suffix('\\').unwrap_or(line);
                match block.lines.last_mut().filter(|_| goes_on) {
                    Some(whole) => whole.push_str(part),
                    None => block.lines.push(part.to_owned()),
                }
                goes_on = part.len() < line.len();
            }
        }
        blocks
    }

    /// The text of the blocks in this language.
    pub fn blocks_in(&self, language: &str) -> Vec<String> {
        let blocks = self.blocks().into_iter();
        let blocks = blocks.filter(|block| block.language == language);
        blocks.map(|block| block.lines.join("\n")).collect()
    }

    /// The text between backquotes outside of blocks, with white space as a single space.
    pub fn spans(&self) -> Vec<String> {
        let outside = self.text.split("```").step_by(2);
        let spans = outside.flat_map(|text| text.split('`').skip(1).step_by(2));
        spans
            .map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// The words between backquotes in the first column of the table whose first line starts with
    /// `titles`.
    pub fn first_column(&self, titles: &str) -> Vec<&str> {
        self.rows(titles)
            .filter_map(|row| row.split('|').nth(1))
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect()
    }

    fn rows(&self, titles: &str) -> impl Iterator<Item = &str> {
        let from = self
            .text
            .lines()
            .skip_while(move |line| !line.starts_with(titles));
        from.skip(2).take_while(|line| line.starts_with('|'))
    }
}

fn gather(root: &Path, directory: &Path, documents: &mut Vec<Document>) {
    for entry in fs::read_dir(root.join(directory)).expect("a directory") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path: PathBuf = directory.join(&name);
        if entry.file_type().expect("a type").is_dir() {
            if !name.starts_with('.') && !FOREIGN.contains(&name.as_str()) {
                gather(root, &path, documents);
            }
        } else if name.ends_with(".md") {
            documents.push(Document::read(&path.to_string_lossy()));
        }
    }
}
