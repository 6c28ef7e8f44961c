//! `thingrelay init`: writes settings and secrets to begin with.
//!
//! # Layout
//!
//! * [`answers`]: which sources a user has, from arguments or from questions.
//! * [`written`]: the two documents.

mod answers;
mod written;

use answers::{Answer, Channel};
use anyhow::{Context, bail};
use std::{
    borrow::Cow,
    fs::{self, OpenOptions},
    io::{self, ErrorKind, IsTerminal, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

const SETTINGS: &str = "settings.toml";
const SECRETS: &str = "secrets.toml";

const EXAMPLES: &str = "\
Examples:
  thingrelay init
  thingrelay init --source meters=tencent-iot-hub --source homes=tuya
  thingrelay init --source plant=tencent-iot-explorer/ckafka --dir plant --stack plant-relay

Without --source, init asks. It writes settings.toml and secrets.toml, which only you can read, and
adds secrets.toml to .gitignore. It replaces no file.";

/// Arguments of `thingrelay init`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A source: its name, which ends its push URL, and its platform: tencent-iot-hub,
    /// tencent-iot-explorer, tencent-iot-video or tuya. A platform of Tencent Cloud whose messages
    /// come through CKafka ends in /ckafka.
    #[arg(long = "source", value_name = "NAME=PLATFORM")]
    sources: Vec<Answer>,

    /// The directory for the files. It is created if it does not exist.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,

    /// Also print the commands that deploy a stack of this name in AWS with these documents.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,

    /// The address that gets the alarms of that stack.
    #[arg(long, value_name = "EMAIL", requires = "stack")]
    alarm_email: Option<String>,
}

/// Writes the documents, and prints what to do next.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let answers = match args.sources {
        given if !given.is_empty() => answers::distinct(given)?,
        _ if io::stdin().is_terminal() => {
            answers::ask(&mut io::stdin().lock(), &mut io::stderr().lock())?
        }
        _ => bail!("name your sources, such as --source meters=tencent-iot-hub; see --help"),
    };
    let dir = &args.dir;
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let paths = [SETTINGS, SECRETS].map(|name| dir.join(name));
    for path in &paths {
        if path.symlink_metadata().is_ok() {
            bail!(
                "{} exists already, and is left as it is: choose another --dir, or move the file away",
                path.display()
            );
        }
    }
    let (settings, secrets) = written::documents(&answers)
        .context("the operating system gives no random bytes for tokens")?;
    ignore(dir)?;
    let mut created = Vec::new();
    for (path, text) in paths.iter().zip([&settings, &secrets]) {
        let error = match create(path, text) {
            Ok(()) => {
                created.push(path);
                continue;
            }
            Err(error) => error,
        };
        if error.kind() != ErrorKind::AlreadyExists {
            created.push(path);
        }
        // Otherwise, a second run would take these for files of the user.
        for path in created {
            let _ = fs::remove_file(path);
        }
        return Err(error).with_context(|| format!("cannot write {}", path.display()));
    }
    let mut out = io::stdout().lock();
    out.write_all(
        next(
            &paths,
            &answers,
            args.stack.as_deref(),
            args.alarm_email.as_deref(),
        )
        .as_bytes(),
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Creates a file that only its owner can read.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Adds the secrets to the `.gitignore` of a directory, if they are not there.
fn ignore(dir: &Path) -> anyhow::Result<()> {
    let path = dir.join(".gitignore");
    let failed = || format!("cannot write {}", path.display());
    let there = match fs::read_to_string(&path) {
        Ok(there) => there,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(failed),
    };
    let line = format!("/{SECRETS}");
    if there
        .lines()
        .any(|it| it.trim() == line || it.trim() == SECRETS)
    {
        return Ok(());
    }
    let break_before = if there.is_empty() || there.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .with_context(failed)?;
    file.write_all(format!("{break_before}{line}\n").as_bytes())
        .with_context(failed)
}

/// What to do next, in commands to paste.
fn next(
    [settings, secrets]: &[PathBuf; 2],
    answers: &[Answer],
    stack: Option<&str>,
    alarm_email: Option<&str>,
) -> String {
    // `cargo thingrelay` has this variable; an installed program has not.
    let cargo = match std::env::var_os("CARGO") {
        Some(_) => "cargo ",
        None => "",
    };
    let dev = match cargo {
        "" => "thingrelay dev",
        _ => "cargo dev",
    };
    let quoted = |path: &Path| word(&path.display().to_string());
    let files = [settings, secrets].map(|path| word(&format!("file://{}", path.display())));
    let (settings, secrets) = (quoted(settings), quoted(secrets));
    let mut text = format!("{settings} and {secrets} are written.\n\n");
    let to_fill: Vec<&str> = answers
        .iter()
        .filter(|answer| answer.channel != Channel::Http)
        .map(|answer| answer.name.as_str())
        .collect();
    if !to_fill.is_empty() {
        text += &format!(
            "Fill in what is empty in both, for {}.\n\n",
            to_fill.join(", ")
        );
    }
    text += &format!(
        "Check them:\n  {cargo}thingrelay config check {settings} {secrets}\nTry them on this machine:\n  {dev} --config {settings} {secrets}\n"
    );
    let Some(stack) = stack else {
        return text;
    };
    let name = word(stack);
    let parameter = word(&format!("/thingrelay/{stack}/settings"));
    let [settings, secrets] = files;
    let alarm = alarm_email
        .map(|address| {
            format!(
                " --parameter-overrides {}",
                word(&format!("AlarmEmail={address}"))
            )
        })
        .unwrap_or_default();
    text += &format!(
        "Deploy them in AWS, from the checkout (docs/deploy.md explains each step):
  aws ssm put-parameter --name {parameter} --type String \\
      --tier Intelligent-Tiering --overwrite --value {settings}
  sam build
  sam deploy --stack-name {name}{alarm}
  aws secretsmanager put-secret-value --secret-string {secrets} \\
      --secret-id \"$(aws cloudformation describe-stacks --stack-name {name} --output text \\
          --query \"Stacks[0].Outputs[?OutputKey=='SourceSecretsArn'].OutputValue\")\"
"
    );
    text
}

/// A word of a command, as a shell reads it.
fn word(text: &str) -> String {
    shlex::try_quote(text).map_or_else(|_| "''".to_owned(), Cow::into_owned)
}
