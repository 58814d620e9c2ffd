//! Configurations are read as the original reads them: random ones are accepted with the same values, or refused in the
//! same words (`configurations.py` beside this file makes and compares them).

use std::path::Path;
use std::process::Command;

use crate::harness::{Outcome, project, recipe};

/// How many are read.
const COUNT: &str = "1500";

/// Runs the comparison, from the seed that `SEED` says.
pub fn are_read_alike(bin: &Path) -> Outcome {
    let output = Command::new(bin.join("python"))
        .arg(project().join("tests/originals/configurations.py"))
        .arg(recipe())
        .args([COUNT, &std::env::var("SEED").unwrap_or_else(|_| "0".to_owned())])
        .env("PYTHONUTF8", "1")
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{said}{}", String::from_utf8_lossy(&output.stderr)).into())
    }
}
