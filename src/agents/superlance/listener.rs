//! The loop that all programs share: `READY`, an event, `RESULT`.

use std::io::{self, ErrorKind, Read, Write};

use super::world::World;
use crate::wire::listener::{Events, Notification, READY, Verdict};
use crate::wire::problem::Problem as Malformed;

/// A program that reacts to events.
pub trait Program {
    /// Does what an event is for. An error is the end: the event is not answered, and so is there again for the next run.
    fn handle(&mut self, event: &Notification, world: &mut dyn World) -> Result<(), Fatal>;
}

/// There is no sense in going on; it has been said why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fatal;

/// Why there are no more events.
#[derive(Debug)]
pub enum End {
    /// The daemon is gone.
    NoMoreEvents,
    /// The program cannot go on, and has said so.
    Fatal,
    /// What the daemon says is no event.
    Malformed(Malformed),
    /// The input or the output is broken.
    Io(io::Error),
}

impl From<io::Error> for End {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

/// Hands events to the program until there are no more. `idle` is called before each wait.
pub fn listen(
    program: &mut dyn Program,
    world: &mut dyn World,
    (input, output): (&mut dyn Read, &mut dyn Write),
    idle: &mut dyn FnMut(),
) -> End {
    let mut events = Events::default();
    loop {
        match turn(&mut events, program, world, (&mut *input, &mut *output), idle) {
            Ok(()) => {}
            Err(end) => return end,
        }
    }
}

fn turn(
    events: &mut Events,
    program: &mut dyn Program,
    world: &mut dyn World,
    (input, output): (&mut dyn Read, &mut dyn Write),
    idle: &mut dyn FnMut(),
) -> Result<(), End> {
    say(output, READY)?;
    idle();
    let event = next(events, input)?;
    program.handle(&event, world).map_err(|Fatal| End::Fatal)?;
    say(output, Verdict::Processed.bytes())?;
    Ok(())
}

fn say(output: &mut dyn Write, words: &[u8]) -> io::Result<()> {
    output.write_all(words)?;
    output.flush()
}

fn next(events: &mut Events, input: &mut dyn Read) -> Result<Notification, End> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(event) = events.next_event().map_err(End::Malformed)? {
            return Ok(event);
        }
        match input.read(&mut buffer) {
            Ok(0) => return Err(End::NoMoreEvents),
            Ok(n) => events.push(&buffer[..n]),
            Err(why) if why.kind() == ErrorKind::Interrupted => {}
            Err(why) => return Err(why.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::superlance::fake::Fake;
    use crate::wire::listener::{Header, envelope};

    struct Names(Vec<String>);

    impl Program for Names {
        fn handle(&mut self, event: &Notification, _: &mut dyn World) -> Result<(), Fatal> {
            self.0.push(format!("{} {}", event.header.eventname, event.payload));
            if event.payload == "die" { Err(Fatal) } else { Ok(()) }
        }
    }

    fn heard(input: &[u8]) -> (Vec<String>, String, End) {
        let (mut names, mut output) = (Names(Vec::new()), Vec::new());
        let mut idled = 0;
        let end = listen(&mut names, &mut Fake::default(), (&mut &*input, &mut output), &mut || idled += 1);
        let output = String::from_utf8(output).unwrap();
        assert_eq!(output.matches("READY\n").count(), idled);
        (names.0, output, end)
    }

    fn event(payload: &str) -> Vec<u8> {
        let line = format!("ver:3.0 eventname:TICK_5 len:{}", payload.chars().count());
        envelope(&Header::parse(&line).unwrap(), payload)
    }

    #[test]
    fn each_event_is_asked_for_and_answered() {
        let (names, output, end) = heard(&[event("when:5"), event("é")].concat());
        assert_eq!(names, ["TICK_5 when:5", "TICK_5 é"]);
        assert_eq!(output, "READY\nRESULT 2\nOKREADY\nRESULT 2\nOKREADY\n");
        assert!(matches!(end, End::NoMoreEvents));
    }

    #[test]
    fn an_event_that_is_the_end_is_not_answered() {
        let (names, output, end) = heard(&[event("die"), event("x")].concat());
        assert_eq!((names.len(), output.as_str()), (1, "READY\n"));
        assert!(matches!(end, End::Fatal));
    }

    #[test]
    fn what_is_no_event_is_the_end() {
        assert!(matches!(heard(b"hello\n").2, End::Malformed(_)));
        assert!(matches!(heard(&event("when:5")[..20]).2, End::NoMoreEvents));
    }
}
