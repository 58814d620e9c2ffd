//! Pings and connections.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::words;
use crate::agents::ctl::world::Ping;
use crate::agents::shell::{self, Ended, Output};
use crate::client::lookup;

/// Runs the command with the address behind its words.
pub(super) fn ping(command: &[String], address: &str, patience: Duration) -> Result<Ping, String> {
    let line = shell_words::join(command.iter().map(String::as_str).chain([address]));
    let (ended, _) =
        shell::run(&format!("exec {line} 2>&1"), b"", Output::Kept, patience).map_err(|why| words(&why))?;
    match ended {
        Ended::Exit(0) => Ok(Ping::Answered),
        // A shell's words for a command that is not there, or cannot be run.
        Ended::Exit(status @ (126 | 127)) => Err(format!("`{line}` cannot be run (exit status {status})")),
        Ended::Exit(status) => Ok(Ping::Silent(format!("exit status {status}"))),
        Ended::Signal(number) => Err(format!("`{line}` was ended by signal {number}")),
        Ended::TooLate => Ok(Ping::Silent(format!("no answer within {} s", patience.as_secs()))),
    }
}

/// The addresses of names that were looked up. They stay for a run: its services do not die with a name server.
pub type Found = HashMap<String, Vec<IpAddr>>;

/// Connects to one of the addresses that a name has.
pub(super) fn connect(found: &mut Found, name: &str, port: u16, patience: Duration) -> Result<(), String> {
    let until = Instant::now() + patience;
    let mut last = format!("{name} has no address");
    let addresses = match found.entry(name.to_owned()) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => entry.insert(lookup::ips(name, patience).map_err(|why| words(&why))?),
    };
    for at in addresses.iter().map(|address| SocketAddr::new(*address, port)) {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&at, left) {
            Ok(_) => return Ok(()),
            Err(why) => last = words(&why),
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    fn what_is_known_is_not_looked_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut found = Found::from([("nowhere.invalid".to_owned(), vec![Ipv4Addr::LOCALHOST.into()])]);
        connect(&mut found, "nowhere.invalid", port, Duration::from_secs(30)).unwrap();
        connect(&mut Found::new(), "nowhere.invalid", port, Duration::from_secs(30)).unwrap_err();
    }
}
