//! The addresses of a host, in limited time. A resolver takes its own time, tens of seconds where no name server answers: it is
//! left alone with it.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// The little that a resolver needs, in bytes.
const STACK: usize = 256 * 1024;

/// Where a place is. [`ErrorKind::TimedOut`] if that is not found out in time.
fn addresses<A>(place: A, patience: Duration) -> io::Result<Vec<SocketAddr>>
where
    A: ToSocketAddrs + Send + 'static,
{
    let (sender, receiver) = channel();
    thread::Builder::new().name("lookup".to_owned()).stack_size(STACK).spawn(move || {
        // Nobody may be waiting any more.
        let _ = sender.send(place.to_socket_addrs().map(Iterator::collect));
    })?;
    receiver.recv_timeout(patience).unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

/// The same for a host and a port; an address is what it says.
pub fn of_host(host: &str, port: u16, patience: Duration) -> io::Result<Vec<SocketAddr>> {
    match host.parse() {
        Ok(address) => Ok(vec![SocketAddr::new(address, port)]),
        Err(_) => addresses((host.to_owned(), port), patience),
    }
}

/// The addresses alone.
pub fn ips(host: &str, patience: Duration) -> io::Result<Vec<IpAddr>> {
    Ok(of_host(host, 0, patience)?.iter().map(SocketAddr::ip).collect())
}

/// The same for a text of the form `HOST:PORT`.
pub fn of_text(place: &str, patience: Duration) -> io::Result<Vec<SocketAddr>> {
    match place.parse() {
        Ok(address) => Ok(vec![address]),
        Err(_) => addresses(place.to_owned(), patience),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A resolver whose name server does not answer.
    struct Slow;

    impl ToSocketAddrs for Slow {
        type Iter = std::vec::IntoIter<SocketAddr>;

        fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
            loop {
                thread::park();
            }
        }
    }

    #[test]
    fn a_resolver_that_takes_its_time_is_given_up() {
        let given_up = addresses(Slow, Duration::from_millis(20)).unwrap_err();
        assert_eq!(given_up.kind(), ErrorKind::TimedOut);
    }

    #[test]
    fn addresses_are_what_they_say() {
        let nothing = Duration::ZERO;
        assert_eq!(of_host("::1", 80, nothing).unwrap(), ["[::1]:80".parse().unwrap()]);
        assert_eq!(of_text("127.0.0.1:80", nothing).unwrap(), ["127.0.0.1:80".parse().unwrap()]);
        assert_eq!(ips("::1", nothing).unwrap(), ["::1".parse::<IpAddr>().unwrap()]);
        let found = of_text("localhost:80", Duration::from_secs(30)).unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 80) && !found.is_empty());
        assert_eq!(of_text("localhost", Duration::from_secs(30)).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
