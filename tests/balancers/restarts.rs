//! Restarts of a Pound, as its supervisord tells them: nobody may be refused a connection but within one.
//!
//! It begins when Pound is told to stop, and is over once the next one has answered whoever came after its start.

use std::time::{Duration, SystemTime};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use libtest_mimic::Failed;

use super::haproxy::good;
use super::stack::Stack;
use crate::harness::Outcome;
use crate::harness::load::{Load, Span, Tally};

/// Ends the load, of which not one request may have failed; those that may be tried again, only within restarts.
pub fn judge(stack: &Stack, load: Load, may_retry: bool) -> Outcome {
    let tally = load.off();
    good(&tally)?;
    let restarts = if may_retry { restarts(&stack.read("main.log"), &tally)? } else { Vec::new() };
    let is_within = |span: &&Span| restarts.iter().any(|restart| restart.from <= span.to && span.from <= restart.to);
    match tally.untaken.iter().find(|span| !is_within(span)) {
        Some(span) => Err(format!("refused at {span:?}, and not in one of {restarts:?}").into()),
        None => Ok(()),
    }
}

/// The restarts in a log. Its times are milliseconds that have begun.
fn restarts(log: &str, tally: &Tally) -> Result<Vec<Span>, Failed> {
    let mut all: Vec<Span> = Vec::new();
    for line in log.lines() {
        if line.contains("killing pound (pid ") {
            all.push(Span { from: time(line)?, to: SystemTime::now() });
        } else if line.contains("spawned: 'pound' with pid ")
            && let Some(restart) = all.last_mut()
        {
            let spawned = time(line)? + Duration::from_millis(1);
            let answered = tally.answered.iter().filter(|span| span.from > spawned).map(|span| span.to);
            restart.to = answered.min().unwrap_or(restart.to);
        }
    }
    if all.is_empty() { Err(format!("no restart in\n{log}").into()) } else { Ok(all) }
}

/// That of a line: `2026-11-21 01:02:03,456 …`, in UTC.
fn time(line: &str) -> Result<SystemTime, Failed> {
    let text = line.get(..23).ok_or("a line without a time")?.replace(',', ".");
    Ok(text.parse::<DateTime>()?.to_zoned(TimeZone::UTC)?.timestamp().into())
}
