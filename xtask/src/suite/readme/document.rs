use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The pages that show the commands of a part of README.md.
pub(super) const PAGES: [&str; 3] = ["docs/local.md", TUYA, CKAFKA];
/// The page of sources at Tuya.
pub(super) const TUYA: &str = "docs/tuya.md";
/// The page of sources at CKafka.
pub(super) const CKAFKA: &str = "docs/ckafka.md";

/// README.md or one of its pages, read for what a reader would take from it.
pub(super) struct Document {
    text: String,
}

/// A fenced block of code.
struct Block<'a> {
    language: &'a str,
    content: &'a str,
}

impl Document {
    /// Reads a page of the checkout.
    pub(super) fn read(root: &Path, page: &str) -> Result<Self> {
        let file = root.join(page);
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Ok(Self { text })
    }

    /// The commands that a reader may type, each once, without comments: the lines of `sh` blocks,
    /// and what stands between backquotes anywhere else and begins as a command of this project.
    pub(super) fn commands(&self) -> Vec<String> {
        let mut commands = Vec::new();
        let mut add = |command: String| {
            if !commands.contains(&command) {
                commands.push(command);
            }
        };
        for block in self.blocks_of("sh") {
            block
                .lines()
                .map(without_comment)
                .filter(|line| !line.is_empty())
                .for_each(|line| add(line.to_owned()));
        }
        inline_commands(&self.text).into_iter().for_each(add);
        commands
    }

    /// The first configuration in TOML.
    pub(super) fn configuration(&self) -> Result<&str> {
        self.blocks_of("toml")
            .next()
            .context("the page has no configuration in TOML")
    }

    /// The first two blocks of JSON: what arrives, and what comes out.
    pub(super) fn example(&self) -> Result<(&str, &str)> {
        let mut blocks = self.blocks_of("json");
        blocks
            .next()
            .zip(blocks.next())
            .context("the page does not show what arrives and what comes out")
    }

    /// The words in backquotes in the first column of the table with these first titles.
    pub(super) fn first_column(&self, titles: &str) -> Vec<&str> {
        let rows = self
            .text
            .lines()
            .skip_while(|line| !line.starts_with(titles))
            .skip(2)
            .take_while(|line| line.starts_with('|'));
        rows.filter_map(|row| row.split('|').nth(1))
            .flat_map(|cell| cell.split('`').skip(1).step_by(2))
            .collect()
    }

    fn blocks_of<'a>(&'a self, language: &'static str) -> impl Iterator<Item = &'a str> + use<'a> {
        blocks(&self.text)
            .filter(move |block| block.language == language)
            .map(|block| block.content)
    }
}

/// The fenced blocks of a text.
fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let fenced = text.split("```").skip(1).step_by(2);
    fenced.filter_map(|block| {
        let (language, content) = block.split_once('\n')?;
        Some(Block { language, content })
    })
}

/// The line without a comment of the shell, which begins at a `#` after white space.
fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    line.split_once(" #")
        .map_or(line, |(command, _)| command.trim_end())
}

/// The commands between backquotes, blocks other than `sh` included: their comments name commands.
fn inline_commands(text: &str) -> Vec<String> {
    text.split("```")
        .enumerate()
        .filter(|(index, part)| index % 2 == 0 || !part.starts_with("sh\n"))
        .flat_map(|(_, part)| part.split('`').skip(1).step_by(2))
        .map(|span| span.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|span| {
            ["cargo ", "thingrelay "]
                .iter()
                .any(|name| span.starts_with(name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Type `cargo dev`, or `cargo install
--path cli`, then `--help` or `thingrelay`.

```sh
# Both at once:
cargo dev           # runs it
cargo thingrelay send tencent URL --token \"$TOKEN\"
```

```toml
tokens = [\"a#b\"]    # `cargo thingrelay token` makes one
```

| code | status | meaning |
|---|---|---|
| `one` | 400 | see `two` |
| `three`, `four` | 400 | |

| reason | meaning |
|---|---|
| `five` | `cargo dev` |
";

    #[test]
    fn every_command_is_found_once_and_without_its_comment() {
        let document = Document {
            text: TEXT.to_owned(),
        };
        assert_eq!(
            document.commands(),
            [
                "cargo dev",
                "cargo thingrelay send tencent URL --token \"$TOKEN\"",
                "cargo install --path cli",
                "cargo thingrelay token",
            ]
        );
    }

    #[test]
    fn blocks_and_columns_are_found_by_their_names() -> Result<()> {
        let document = Document {
            text: TEXT.to_owned(),
        };
        assert!(document.configuration()?.starts_with("tokens = "));
        assert!(document.example().is_err());
        let columns = [
            ("| code | status |", &["one", "three", "four"][..]),
            ("| reason |", &["five"]),
            ("| colour |", &[]),
        ];
        for (titles, words) in columns {
            assert_eq!(document.first_column(titles), words, "{titles}");
        }
        Ok(())
    }
}
