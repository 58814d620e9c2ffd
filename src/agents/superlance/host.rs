//! The real world of the programs.

use std::collections::BTreeMap;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::memory;
use super::page::{Page, Wanted};
use super::world::World;
use crate::agents::mail::{Mail, Mailer, Problem as NotSent, Refusal};
use crate::agents::shell::{self, Ended, Output};
use crate::base::time::{Mono, Now, Wall};
use crate::client::problem::Problem;
use crate::client::proxy::{ProcessInfo, Proxy};
use crate::client::transport::Server;

/// How long a daemon may be silent where it has nothing to wait for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a core may take to be written.
const CORE: Duration = Duration::from_secs(600);

/// The daemon, mails, and standard error.
pub struct Host<'e> {
    server: Server,
    mailer: Mailer,
    stderr: &'e mut dyn Write,
    origin: Instant,
}

impl<'e> Host<'e> {
    /// With nothing opened yet.
    pub fn new(server: Server, mailer: Mailer, stderr: &'e mut dyn Write) -> Self {
        Self { server, mailer, stderr, origin: Instant::now() }
    }

    /// A connection for one question: until the next one the daemon may be another.
    fn daemon(&self) -> Proxy {
        Proxy::patient(self.server.clone(), PATIENCE)
    }
}

impl World for Host<'_> {
    fn now(&self) -> Now {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let wall = Wall(i64::try_from(nanos(wall)).unwrap_or(i64::MAX));
        Now { mono: Mono(nanos(self.origin.elapsed())), wall }
    }

    fn local(&self, now: Now, format: &str) -> String {
        let stamp = Timestamp::from_second(now.wall.seconds()).unwrap_or_default();
        stamp.to_zoned(TimeZone::system()).strftime(format).to_string()
    }

    fn processes(&mut self) -> Result<Vec<ProcessInfo>, Problem> {
        self.daemon().all_process_info()
    }

    fn stop(&mut self, namespec: &str) -> Result<(), Problem> {
        self.daemon().stop_process(namespec).map(drop)
    }

    fn start(&mut self, namespec: &str) -> Result<(), Problem> {
        self.daemon().start_process(namespec).map(drop)
    }

    fn memory(&mut self, pids: &[i64], cumulative: bool) -> BTreeMap<i64, u64> {
        memory::of(pids, cumulative)
    }

    fn page(&mut self, wanted: &Wanted) -> Result<Page, String> {
        wanted.fetch()
    }

    fn command(&mut self, line: &str) -> String {
        match shell::run(line, b"", Output::Kept, CORE) {
            Ok((ended, output)) => {
                let output = String::from_utf8_lossy(&output).into_owned();
                if ended == Ended::TooLate { output + "(it took too long, and was killed)\n" } else { output }
            }
            Err(why) => format!("(it cannot be run: {why})\n"),
        }
    }

    fn mail(&mut self, mail: &Mail) -> Result<Vec<Refusal>, NotSent> {
        self.mailer.send(mail)
    }

    fn say(&mut self, line: &str) {
        // Nobody is there to be told that nobody reads.
        let _ = writeln!(self.stderr, "{line}").and_then(|()| self.stderr.flush());
    }

    fn pause(&mut self, time: Duration) {
        thread::sleep(time);
    }
}
