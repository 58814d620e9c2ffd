//! How children reach us: the value of `SUPERVISOR_SERVER_URL` where a program sets none.

use crate::conf::model::{Address, Server};

/// The first unix socket, else the first TCP port, which on all interfaces is `localhost` to a child.
pub(super) fn of(servers: &[Server]) -> Option<String> {
    let unix = servers.iter().find_map(|server| match &server.address {
        Address::Unix { file, .. } => Some(format!("unix://{file}")),
        Address::Inet { .. } => None,
    });
    unix.or_else(|| servers.iter().find_map(|server| inet(&server.address)))
}

fn inet(address: &Address) -> Option<String> {
    match address {
        Address::Inet { host, port } if host.is_empty() => Some(format!("http://localhost:{port}")),
        Address::Inet { host, port } => Some(format!("http://{host}:{port}")),
        Address::Unix { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(address: Address) -> Server {
        Server { section: String::new(), address, auth: None }
    }

    #[test]
    fn the_unix_socket_comes_first() {
        let any = server(Address::Inet { host: String::new(), port: 9001 });
        let one = server(Address::Inet { host: "10.0.0.1".into(), port: 9002 });
        let unix = server(Address::Unix { file: "/run/s.sock".into(), chmod: 0o700, chown: None });
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[any.clone(), one.clone()]).unwrap(), "http://localhost:9001");
        assert_eq!(of(&[one.clone()]).unwrap(), "http://10.0.0.1:9002");
        assert_eq!(of(&[any, unix]).unwrap(), "unix:///run/s.sock");
    }
}
