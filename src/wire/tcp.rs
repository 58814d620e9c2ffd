//! The connections of this system, as `/proc/net/tcp` and `/proc/net/tcp6` show them.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A connection whose two ends are up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The end that is a socket of this system.
    pub local: SocketAddr,
    /// The other end, which may be one, too.
    pub remote: SocketAddr,
}

/// The state of a connection that is up, in the fourth column.
const ESTABLISHED: &str = "01";

/// The established connections in the text of one of the two files. A line that is none says nothing.
pub fn established(text: &str) -> impl Iterator<Item = Connection> + '_ {
    text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (local, remote) = (words.next()?, words.next()?);
        if words.next()? != ESTABLISHED {
            return None;
        }
        Some(Connection { local: end(local)?, remote: end(remote)? })
    })
}

/// `0100007F:1F90`: an address in words of four bytes, each in this machine's order, and a port.
fn end(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    if !address.is_ascii() {
        return None;
    }
    let mut bytes = Vec::with_capacity(16);
    for word in address.as_bytes().chunks(8) {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    let ip = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
        32 => Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn established_connections_are_found() {
        let text = "  sl  local_address rem_address   st tx_queue rx_queue\n\
                    0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000\n\
                    1: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000\n\
                    2: 0000000000000000FFFF00000100007F:C001 0000000000000000FFFF00000100007F:1F91 01 0\n\
                    3: 00000000000000000000000001000000:C001 00000000000000000000000001000000:1F92 01 0\n";
        let found: Vec<String> = established(text).map(|connection| connection.remote.to_string()).collect();
        assert_eq!(found, ["127.0.0.1:8080", "127.0.0.1:8081", "[::1]:8082"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "0: [0-9A-Fé]{0,9}:[0-9A-F]{0,5} [0-9A-F]{0,33}:[0-9]{4} 01 .*") {
            established(&text).for_each(drop);
        }
    }
}
