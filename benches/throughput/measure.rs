//! CPU time and memory of this process, and the output of child processes.

use std::error::Error;
use std::fmt;
use std::process::Command;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The cost of one run.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub messages: usize,
    pub cpu: Duration,
    pub wall: Duration,
    pub requests: u64,
    pub server_cpu: Duration,
}

impl Cost {
    pub fn cpu_micros(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.messages as f64
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages = self.messages as f64;
        write!(
            f,
            "{:5.1} us, {:.3} requests per message, {:6.0} messages/s (queue {:4.1} us)",
            self.cpu_micros(),
            self.requests as f64 / messages,
            messages / self.wall.as_secs_f64(),
            self.server_cpu.as_secs_f64() * 1e6 / messages,
        )
    }
}

/// CPU time of this process so far, all threads.
pub fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// Resident memory of this process, in MiB.
pub fn resident_mebibytes() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes / 1024.0)
}

/// Runs this program with these arguments as a child process, and returns its output.
pub fn child(mode: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(std::env::current_exe()?).args(mode).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
