use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Checks that a file is a program for x86-64: ELF, 64 bits, little endian; the machine is EM_X86_64:
/// <https://refspecs.linuxbase.org/elf/x86_64-abi-0.99.pdf>.
pub(super) fn check(program: &Path) -> Result<()> {
    let mut header = [0; 20];
    File::open(program)
        .and_then(|mut file| file.read_exact(&mut header))
        .with_context(|| format!("cannot read {}", program.display()))?;
    let is_for_x86_64 = header.starts_with(b"\x7fELF\x02\x01") && header.ends_with(&[62, 0]);
    ensure!(
        is_for_x86_64,
        "{} is not a program for x86-64",
        program.display()
    );
    Ok(())
}
