use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The ticks per second in which `/proc` counts CPU time. Linux shows this number to programs,
/// whatever its own timer is. Source: `man 7 time`, "The software clock, HZ, and jiffies".
const TICKS_A_SECOND: u32 = 100;

/// The bytes of a process that are in memory now: `VmRSS` of `/proc/PID/status`.
pub(crate) fn resident(process: u32) -> Result<u64> {
    memory(process, "VmRSS:")
}

/// The most bytes of a process that were ever in memory: `VmHWM`.
pub(crate) fn peak(process: u32) -> Result<u64> {
    memory(process, "VmHWM:")
}

fn memory(process: u32, name: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))
        .context("the process has ended, or this is no Linux")?;
    let kibibytes: u64 = field(&status, name)
        .and_then(|value| value.strip_suffix("kB")?.trim().parse().ok())
        .context("/proc does not say")?;
    Ok(kibibytes * 1024)
}

/// The CPU time that a process has taken so far, in user and system mode.
pub(crate) fn cpu_time(process: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The second field, the name in parentheses, may hold spaces.
    let (_, rest) = stat
        .rsplit_once(')')
        .context("/proc/PID/stat has no name")?;
    let ticks: u32 = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    Ok(Duration::from_secs(1) * ticks / TICKS_A_SECOND)
}

/// The CPU time that the threads of a process have taken so far, to the nanosecond.
/// Source: <https://docs.kernel.org/scheduler/sched-stats.html>, `/proc/PID/schedstat`.
pub(crate) fn busy(process: u32) -> Result<Duration> {
    let mut nanos = 0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        // A thread that has just ended has no such file.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        let spent = text.split_whitespace().next();
        let spent = spent.and_then(|spent| spent.parse::<u64>().ok());
        nanos += spent.context("schedstat has no time")?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// The CPU time so far of all processes with this name among the descendants of a process.
pub(crate) fn cpu_time_of_descendants(process: u32, name: &str) -> Result<Duration> {
    let mut parents = HashMap::new();
    let mut named = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let file = entry?.file_name();
        let Some(process) = file.to_str().and_then(|file| file.parse::<u32>().ok()) else {
            continue;
        };
        // The process may have ended in the meantime.
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| {
            let parent = rest.split_whitespace().nth(1)?;
            parent.parse::<u32>().ok()
        });
        parents.extend(parent.map(|parent| (process, parent)));
        if stat.contains(&format!("({name})")) {
            named.push(process);
        }
    }
    let descends = |mut of: u32| {
        while let Some(parent) = parents.get(&of) {
            if *parent == process {
                return true;
            }
            of = *parent;
        }
        false
    };
    let found = named.into_iter().filter(|process| descends(*process));
    found.map(cpu_time).sum()
}

/// One line about the machine: its processors, its memory, and how busy it was in the last
/// minutes.
pub(crate) fn machine() -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let model = field(&processors, "model name").map_or("unknown", |text| {
        text.trim_start_matches(|letter: char| letter == ':' || letter.is_whitespace())
    });
    let cores = std::thread::available_parallelism()?;
    let memory = fs::read_to_string("/proc/meminfo")?;
    let memory = field(&memory, "MemTotal:").unwrap_or("unknown");
    let load = fs::read_to_string("/proc/loadavg")?;
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    Ok(format!(
        "machine: {cores} cores of {model}, {memory} of memory; load {}",
        load.join(" ")
    ))
}

/// The text after a name at the start of a line.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
    values.next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_what_follows_its_name() {
        let status = "Name:\tpush\nVmRSS:\t    8712 kB\n";
        assert_eq!(field(status, "VmRSS:"), Some("8712 kB"));
        assert_eq!(field(status, "VmHWM:"), None);
    }

    #[test]
    fn this_process_has_memory_and_cpu_time() {
        let this = std::process::id();
        assert!(resident(this).unwrap() > 100_000);
        let (before, busy_before) = (cpu_time(this).unwrap(), busy(this).unwrap());
        let mut number = 0_u64;
        while cpu_time(this).unwrap() == before {
            number = std::hint::black_box(number.wrapping_add(1));
        }
        assert!(busy(this).unwrap() > busy_before);
    }
}
