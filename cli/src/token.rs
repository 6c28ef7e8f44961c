//! `thingrelay token`: makes strong tokens, and secrets that sign requests to webhooks.

use anyhow::Context;
use rand::{TryRng, rngs::SysRng};
use std::{
    io::{self, Write},
    process::ExitCode,
};
use thingrelay_core::{signature::Token, webhook::SigningSecret};

/// The characters of a token: letters and digits, which the console of every platform accepts.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// The length of a token: about 190 bits, which cannot be guessed.
const CHARACTERS: usize = 32;
/// The bytes of a webhook's secret: as many as those of the hash that it keys.
const SECRET_BYTES: usize = 32;

/// Arguments of `thingrelay token`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  thingrelay token\n  thingrelay token --count 2\n  thingrelay token --webhook"
)]
pub(crate) struct Args {
    /// How many tokens to make, one per line.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,

    /// Make secrets that sign requests to a webhook instead.
    #[arg(long)]
    webhook: bool,
}

/// Prints the tokens.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stdout = io::stdout().lock();
    for _ in 0..args.count {
        let token = if args.webhook {
            signing_secret()
        } else {
            generate()
        };
        let token = token.context("the operating system gives no random bytes")?;
        writeln!(stdout, "{token}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A strong token: 32 letters and digits from the operating system's randomness.
///
/// # Errors
///
/// The operating system gives no random bytes.
pub(crate) fn generate() -> io::Result<String> {
    loop {
        let mut token = String::with_capacity(CHARACTERS);
        while token.len() < CHARACTERS {
            let mut bytes = [0; 64];
            SysRng
                .try_fill_bytes(&mut bytes)
                .map_err(io::Error::other)?;
            let room = CHARACTERS - token.len();
            token.extend(bytes.iter().filter_map(|byte| character(*byte)).take(room));
        }
        if Token::parse(&token).is_ok() {
            return Ok(token);
        }
    }
}

/// A secret for a webhook, as Standard Webhooks writes it.
///
/// # Errors
///
/// The operating system gives no random bytes.
pub(crate) fn signing_secret() -> io::Result<String> {
    let mut key = [0; SECRET_BYTES];
    SysRng.try_fill_bytes(&mut key).map_err(io::Error::other)?;
    Ok(SigningSecret::text_of(&key))
}

/// The character for a random byte. Each of the 62 characters is equally likely; two bytes in 64
/// give no character.
fn character(byte: u8) -> Option<char> {
    ALPHABET
        .get(usize::from(byte & 63))
        .copied()
        .map(char::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn tokens_are_strong_and_never_the_same() {
        let tokens: HashSet<String> = (0..200).map(|_| generate().unwrap()).collect();
        assert_eq!(tokens.len(), 200);
        for token in &tokens {
            assert_eq!(token.len(), 32);
            assert!(
                token.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                "{token}"
            );
            assert!(Token::parse(token).is_ok(), "{token}");
        }
        let used: HashSet<char> = tokens.iter().flat_map(|token| token.chars()).collect();
        assert_eq!(used.len(), 62);
    }

    #[test]
    fn secrets_of_webhooks_can_be_read_and_are_never_the_same() {
        let secrets: HashSet<String> = (0..200).map(|_| signing_secret().unwrap()).collect();
        assert_eq!(secrets.len(), 200);
        for secret in &secrets {
            assert!(SigningSecret::parse(secret).is_ok(), "{secret}");
            assert_eq!(secret.len(), "whsec_".len() + 44);
        }
    }

    #[test]
    fn every_character_is_equally_likely() {
        let mut counts = [0_usize; 128];
        for byte in 0..=255 {
            if let Some(found) = character(byte) {
                counts[found as usize] += 1;
            }
        }
        for letter in ALPHABET {
            assert_eq!(counts[usize::from(*letter)], 4);
        }
    }
}
