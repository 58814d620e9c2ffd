//! What a run shows on the standard output: a table of memory, lines of logs, what would be done, or all of it as JSON.

use std::fmt::Write as _;

use crate::agents::ctl::report::Report;
use crate::agents::ctl::request::{Action, Request};
use crate::agents::ctl::shown as one_line;

/// All of it, on one line.
pub(super) fn json(report: &Report) -> String {
    serde_json::to_string(report).map_or_else(|_| String::new(), |text| text + "\n")
}

/// What was asked for.
pub(super) fn text(request: &Request, report: &Report) -> String {
    match request.action {
        Action::Mem => table(report),
        Action::Log => lines(report),
        _ if request.dry_run => plan(report),
        _ => String::new(),
    }
}

fn table(report: &Report) -> String {
    let width = report.services.iter().map(|service| service.name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for service in &report.services {
        let name = format!("{:width$}", service.name);
        let _ = match service.memory {
            Some(memory) => writeln!(out, "{name} : mem {memory:>10} k"),
            None => writeln!(out, "{name} : mem {:>10}", "?"),
        };
    }
    out
}

fn lines(report: &Report) -> String {
    let mut out = String::new();
    for service in &report.services {
        for line in &service.lines {
            let _ = writeln!(out, "{}:{}", service.name, one_line(line));
        }
    }
    out
}

fn plan(report: &Report) -> String {
    let mut out = String::new();
    for service in &report.services {
        for what in &service.plan {
            let _ = writeln!(out, "{} : would {what}", service.name);
        }
    }
    out
}
