//! Clients that a balancer has at another address than the one by which we know them: a slip in one of the two configurations. To
//! a run such a client would pass for dead, and be taken out of the balancer while it serves.
//!
//! Where servers have names, the one of a client's name tells. Where they have none, a client without a server and a server without
//! a client tell, if the host or the port is the same: then they are likely to be meant for each other.
//!
//! An address counts as another one only if nothing can make the two the same: whoever cannot be looked up may be anybody, and
//! `127.0.0.1` is another machine to each of those that say so, of which the balancer may be one.

use std::collections::HashMap;
use std::net::IpAddr;

use super::{Client, Place, address};
use crate::conf::host;

/// A client that a balancer has elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Its name.
    pub client: String,
    /// Where it is by us.
    pub here: String,
    /// Where it is by the balancer, if that has it by its name; otherwise where there are servers that are nobody's.
    pub there: Vec<String>,
    /// Whether the balancer has it by its name.
    pub is_named: bool,
    /// Whether it is the port that differs, of each of them.
    pub is_port: bool,
}

/// Those of the clients that the balancer has elsewhere; `find` looks up the addresses of a name, none if it has none now.
pub fn elsewhere(clients: &[Client], places: &[Place], find: &mut dyn FnMut(&str) -> Vec<IpAddr>) -> Vec<Elsewhere> {
    let mut hosts = Hosts { find, found: HashMap::new() };
    let mut found = Vec::new();
    for client in clients {
        let named: Vec<&Place> = places.iter().filter(|place| place.name.as_ref() == Some(&client.server)).collect();
        let is_named = !named.is_empty();
        // Without the name, only those tell that say where they are.
        let said = places.iter().filter(|place| place.end.is_some());
        let may_be: Vec<&Place> = if is_named { named.clone() } else { said.collect() };
        if may_be.iter().any(|place| hosts.may_be_at(client, place)) {
            continue;
        }
        let there = if is_named { named } else { hosts.meant(client, clients, places) };
        let there: Vec<&(String, u16)> = there.into_iter().filter_map(|place| place.end.as_ref()).collect();
        if there.is_empty() {
            continue;
        }
        found.push(Elsewhere {
            client: client.name.clone(),
            here: client.address(),
            there: there.iter().map(|(host, port)| address(host, *port)).collect(),
            is_named,
            is_port: there.iter().all(|(_, port)| *port != client.port),
        });
    }
    found
}

/// Hosts by their addresses, each looked up once.
struct Hosts<'f> {
    find: &'f mut dyn FnMut(&str) -> Vec<IpAddr>,
    found: HashMap<String, Vec<IpAddr>>,
}

impl Hosts<'_> {
    /// Whether nothing says that a client is not this server.
    fn may_be_at(&mut self, client: &Client, place: &Place) -> bool {
        match &place.end {
            Some((host, port)) => client.port == *port && self.may_be_one(&client.host, host),
            // By its name it is.
            None => place.name.is_some(),
        }
    }

    /// Whether nothing says that two hosts are not one.
    fn may_be_one(&mut self, one: &str, other: &str) -> bool {
        if host::are_same(one, other) {
            return true;
        }
        let is_name = [one, other].iter().any(|host| host.parse::<IpAddr>().is_err());
        let [one, other] = [one, other].map(|host| self.addresses(host));
        if one.is_empty() || other.is_empty() || one.iter().any(|address| other.contains(address)) {
            return true;
        }
        // The loopback is wherever whoever says so is; and which address of it a name has is often an accident.
        let [one, other] = [one, other].map(|all| all.iter().all(IpAddr::is_loopback));
        one != other || one && is_name
    }

    fn addresses(&mut self, host: &str) -> Vec<IpAddr> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return vec![address.to_canonical()];
        }
        let find = &mut self.find;
        let found = self.found.entry(host.to_owned()).or_insert_with(|| find(host));
        found.iter().map(IpAddr::to_canonical).collect()
    }

    /// The servers that are no client's and could be meant for one.
    fn meant<'p>(&mut self, client: &Client, clients: &[Client], places: &'p [Place]) -> Vec<&'p Place> {
        let mut meant = Vec::new();
        for place in places {
            let Some((host, port)) = &place.end else { continue };
            let is_of = |own: &Client| place.name.as_ref() == Some(&own.server) || self.may_be_at(own, place);
            let is_somebodys = clients.iter().any(is_of);
            if !is_somebodys && (*port == client.port || self.may_be_one(&client.host, host)) {
                meant.push(place);
            }
        }
        meant
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(text: &str) -> Client {
        let (name, at) = text.split_once(' ').unwrap();
        let (host, port) = host::parts(at, 80).unwrap();
        Client { name: name.into(), server: name.into(), host: host.into(), port }
    }

    /// `NAME HOST:PORT` each; `-` for a server without a name.
    fn told(clients: &[&str], places: &[&str]) -> Vec<String> {
        let clients: Vec<Client> = clients.iter().map(|text| client(text)).collect();
        let place = |text: &&str| text.split_once(' ').map(|(name, at)| Place::at(Some(name), at));
        let mut places: Vec<Place> = places.iter().filter_map(place).collect();
        for place in &mut places {
            place.name.take_if(|name| name == "-");
        }
        let mut asked = Vec::new();
        let mut find = |host: &str| {
            assert!(!asked.contains(&host.to_owned()), "{host} is looked up again");
            asked.push(host.to_owned());
            let all: &[&str] = match host {
                "localhost" => &["127.0.0.1", "::1"],
                "app" => &["10.0.0.5", "10.0.1.5"],
                "debian" => &["127.0.1.1"],
                _ => &[],
            };
            all.iter().map(|text| text.parse().unwrap()).collect()
        };
        let found = elsewhere(&clients, &places, &mut find);
        found.iter().map(|one| format!("{} {} {}", one.client, one.here, one.there.join(" "))).collect()
    }

    #[test]
    fn a_client_is_elsewhere_by_the_server_of_its_name() {
        let clients = ["a 127.0.0.1:81", "b 127.0.0.1:82"];
        assert_eq!(told(&clients, &["a 127.0.0.1:81", "b 127.0.0.1:83"]), ["b 127.0.0.1:82 127.0.0.1:83"]);
        assert_eq!(told(&clients, &["a 127.0.0.1:82", "b 127.0.0.1:81"]).len(), 2);
        assert_eq!(told(&["a app:81"], &["a 10.0.0.6:81"]), ["a app:81 10.0.0.6:81"]);
        assert_eq!(told(&["a 127.0.0.1:81"], &["a 127.0.0.2:81"]), ["a 127.0.0.1:81 127.0.0.2:81"]);
    }

    #[test]
    fn what_may_be_the_same_is_no_difference() {
        for (ours, theirs) in [
            ("localhost:81", "127.0.0.1:81"),
            ("::1:81", "localhost:81"),
            ("app:81", "10.0.1.5:81"),
            ("debian:81", "127.0.0.1:81"),
            ("debian:81", "10.0.0.9:81"),
            ("127.0.0.1:81", "10.0.0.9:81"),
            ("unheard:81", "10.0.0.9:81"),
            ("10.0.0.9:81", "unheard:81"),
            ("10.0.0.9:81", "0.0.0.0:81"),
            ("10.0.0.9:81", "10.0.0.8:0"),
            ("10.0.0.9:81", "-"),
            ("10.0.0.9:81", "/run/socket"),
            ("10.0.0.9:81", "unix@/run/a"),
        ] {
            let ours = ours.replace("::1:81", "[::1]:81");
            let none: [&str; 0] = [];
            assert_eq!(told(&[&format!("a {ours}")], &[&format!("a {theirs}")]), none, "{ours} {theirs}");
        }
    }

    #[test]
    fn where_servers_have_no_names_one_that_is_nobodys_tells() {
        let clients = ["a localhost:81", "b localhost:82"];
        assert_eq!(told(&clients, &["- 127.0.0.1:81", "- 127.0.0.1:83"]), ["b localhost:82 127.0.0.1:83"]);
        assert_eq!(told(&["a 10.0.0.5:81"], &["- 10.0.0.6:81"]), ["a 10.0.0.5:81 10.0.0.6:81"]);
        let none: [&str; 0] = [];
        // One that is new, and nothing says that it is not; a server that is meant for something else.
        assert_eq!(told(&clients, &["- 127.0.0.1:81"]), none);
        assert_eq!(told(&["a 10.0.0.5:81"], &["- 10.0.0.6:82"]), none);
        assert_eq!(told(&["a app:81"], &["a -", "b 10.0.0.6:81"]), none);
        assert_eq!(told(&clients, &["- 127.0.0.1:81", "- unix:/run/b"]), none);
        assert_eq!(told(&clients, &["- 127.0.0.1:81", "- [::1]:82", "- 127.0.0.1:83"]), none);
    }
}
