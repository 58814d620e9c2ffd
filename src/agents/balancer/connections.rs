//! How many connections of this system go to a client, and where that is.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Client, Problem};
use crate::client::lookup;
use crate::conf::host;
use crate::wire::tcp;

/// How long the search for an address may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Counts them. That balancers are on this machine is what makes the number theirs.
pub(super) fn to(client: &Client) -> Result<u64, Problem> {
    count(client).map_err(Problem::Connections)
}

fn count(client: &Client) -> io::Result<u64> {
    let ends = ends(&client.host, client.port)?;
    let mut count = 0;
    for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
        match fs::read_to_string(file) {
            Ok(text) => count += tcp::established(&text).filter(|one| ends.contains(&one.remote)).count() as u64,
            // A system without IPv6 has no file for it.
            Err(why) if why.kind() == io::ErrorKind::NotFound => {}
            Err(why) => return Err(why),
        }
    }
    Ok(count)
}

/// Where a host is. Whoever goes to `localhost` may do so by each of its addresses, whichever of them is written.
fn ends(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if host::is_loopback(host) {
        return Ok(host::LOOPBACK.map(|address| SocketAddr::new(address, port)).into());
    }
    lookup::of_host(host, port, PATIENCE)
}

/// Whether two hosts are one: by what is written, or by an address that both have.
pub(super) fn are_same(one: &str, other: &str, port: u16) -> bool {
    let ends = |host: &str| ends(host, port).unwrap_or_default();
    host::are_same(one, other) || ends(one).iter().any(|end| ends(other).contains(end))
}

/// Whether a host has an address, as far as is known here and now.
pub(super) fn has_address(host: &str, port: u16) -> bool {
    ends(host, port).is_ok_and(|ends| !ends.is_empty())
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn connections_are_counted_at_their_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let client = Client { name: "a".into(), server: "a".into(), host: "127.0.0.1".into(), port: address.port() };
        assert_eq!(to(&client).unwrap(), 0);
        let _open = [TcpStream::connect(address).unwrap(), TcpStream::connect(address).unwrap()];
        assert_eq!(to(&client).unwrap(), 2);
        // Whatever the client is called, the balancer may go to another address of it.
        for host in ["localhost", "::1"] {
            assert_eq!(to(&Client { host: host.into(), ..client.clone() }).unwrap(), 2);
        }
    }
}
