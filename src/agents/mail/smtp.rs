//! The way by SMTP.
//!
//! As Python's `smtplib` does it: a mail goes to the recipients whom the server takes, if there is one. Each answer, and
//! the connection, may take as long as the timeout, and a mail no more than some of them: a server that says its answers
//! letter by letter would hold the other mails for ever.
//!
//! Certificates are checked where a password is sent, unless the server is this host itself, whose certificate is made for
//! the name that others know it by; see [`Certificates`].

use std::fmt;
#[cfg(feature = "smtp")]
use std::io;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use super::Mail;
use super::problem::{Problem, Refusal};

/// A server that takes mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smtp {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// As whom we come.
    pub login: Option<Login>,
    /// Whether the connection is encrypted.
    pub tls: Tls,
    /// Which certificates it may have.
    pub certificates: Certificates,
    /// How long the connection, and each answer, may take.
    pub timeout: Duration,
}

/// A user and a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("username", &self.username).finish_non_exhaustive()
    }
}

/// Whether the connection is encrypted, by STARTTLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// It is not.
    Never,
    /// It is if the server can, with whatever certificate: nothing is lost by that, as it would go in clear else.
    IfOffered,
    /// It is, or there is no mail.
    Required,
}

/// Which certificates a server may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificates {
    /// Those of the web's authorities, for the name by which it is called. This host itself may have any.
    Web,
    /// Those of the authorities in a file, in PEM.
    File(PathBuf),
    /// Any.
    Any,
}

/// The port where none is named.
const PORT: u16 = 25;
/// How long the connection, and each answer, may take if nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A mail may take this many of them.
#[cfg(feature = "smtp")]
const TIMEOUTS: u32 = 4;

impl Smtp {
    /// The server at `HOST` or `HOST:PORT`, in clear and without login.
    pub fn new(server: &str) -> Result<Self, Problem> {
        let (host, port) = split(server.trim()).ok_or_else(|| Problem::NoServer { text: server.to_owned() })?;
        let (login, tls, certificates) = (None, Tls::Never, Certificates::Web);
        Ok(Self { host: host.to_owned(), port, login, tls, certificates, timeout: TIMEOUT })
    }

    /// Sends a mail; who was refused.
    #[cfg(feature = "smtp")]
    pub(super) fn send(&self, mail: &Mail) -> Result<Vec<Refusal>, Problem> {
        let (sender, receiver) = std::sync::mpsc::channel();
        let (server, mail) = (self.clone(), mail.clone());
        let courier = move || {
            let sent = session::Session::open(&server).and_then(|session| session.send(&mail));
            // Nobody waits any more.
            let _ = sender.send(sent);
        };
        // A thread of its own, as neither the connection nor the search for the host's address can be given up.
        std::thread::Builder::new().name("mail".to_owned()).spawn(courier).map_err(Problem::Connection)?;
        let patience = self.timeout.saturating_mul(TIMEOUTS);
        receiver.recv_timeout(patience).unwrap_or_else(|_| Err(Problem::Connection(io::ErrorKind::TimedOut.into())))
    }

    /// It cannot.
    #[cfg(not(feature = "smtp"))]
    pub(super) fn send(&self, _mail: &Mail) -> Result<Vec<Refusal>, Problem> {
        Err(Problem::NotBuiltIn)
    }
}

impl Certificates {
    /// What counts for this host.
    pub fn for_host(&self, host: &str) -> &Self {
        let is_loopback = |address: IpAddr| address.is_loopback();
        let is_here = host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback);
        if *self == Self::Web && is_here { &Self::Any } else { self }
    }
}

/// `HOST`, `HOST:PORT`, `[::1]:PORT`, `::1`.
fn split(server: &str) -> Option<(&str, u16)> {
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':')?)),
        None => match server.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (server, None),
        },
    };
    let port = port.map_or(Some(PORT), |port| port.trim().parse().ok())?;
    is_host(host).then_some((host, port))
}

/// A name, or an address; an IPv6 one may be of an interface.
fn is_host(host: &str) -> bool {
    let address = host.split_once('%').map_or(host, |(address, _)| address);
    let is_name = !host.is_empty() && !host.contains(|c: char| c.is_whitespace() || ":[]".contains(c));
    is_name || address.parse::<Ipv6Addr>().is_ok()
}

#[cfg(feature = "smtp")]
mod mime;
#[cfg(feature = "smtp")]
mod session;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_hosts_and_ports() {
        let of = |text: &str| Smtp::new(text).map(|smtp| (smtp.host, smtp.port)).ok();
        let is = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(of("localhost"), is("localhost", 25));
        assert_eq!(of("mail.example.org:587"), is("mail.example.org", 587));
        assert_eq!(of("[::1]:26"), is("::1", 26));
        assert_eq!(of("::1"), is("::1", 25));
        assert_eq!(of("[fe80::1%eth0]:26"), is("fe80::1%eth0", 26));
        for bad in ["", ":25", "h:x", "h:99999", "[::1]x", "a b", "a:b:c", "[::1", "[a b]:25"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn this_host_itself_may_have_any_certificate_unless_one_is_named() {
        for (host, here) in [("localhost", true), ("127.0.0.1", true), ("::1", true), ("localhost.org", false)] {
            assert_eq!(*Certificates::Web.for_host(host) == Certificates::Any, here, "{host}");
        }
        let named = Certificates::File("x".into());
        assert_eq!(*named.for_host("localhost"), named);
    }

    #[cfg(feature = "smtp")]
    #[test]
    fn a_server_that_says_nothing_is_not_waited_for() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let smtp = Smtp::new(&listener.local_addr().unwrap().to_string()).unwrap();
        let smtp = Smtp { timeout: Duration::from_millis(50), ..smtp };
        let mail =
            Mail { from: Some("a@b".to_owned()), to: vec!["c@d".to_owned()], subject: None, body: String::new() };
        let problem = smtp.send(&mail).unwrap_err();
        assert_eq!((problem.to_string().as_str(), problem.may_pass()), ("timed out", true));
    }

    #[cfg(feature = "smtp")]
    #[test]
    fn a_server_that_says_its_answers_letter_by_letter_is_given_up() {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let smtp = Smtp::new(&listener.local_addr().unwrap().to_string()).unwrap();
        let smtp = Smtp { timeout: Duration::from_millis(100), ..smtp };
        std::thread::spawn(move || {
            let mut client = listener.accept().unwrap().0;
            client.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
            // Until it hangs up, which it does not while anything comes.
            while client.write_all(b"2").is_ok() && client.read(&mut [0]).is_err() {}
        });
        let mail =
            Mail { from: Some("a@b".to_owned()), to: vec!["c@d".to_owned()], subject: None, body: String::new() };
        let problem = smtp.send(&mail).unwrap_err();
        assert_eq!((problem.to_string().as_str(), problem.may_pass()), ("timed out", true));
    }

    #[test]
    fn a_password_is_not_shown() {
        let login = Some(Login { username: "me".to_owned(), password: "s3kret".to_owned() });
        let shown = format!("{:?}", Smtp { login, ..Smtp::new("h").unwrap() });
        assert!(shown.contains("me") && !shown.contains("s3kret"), "{shown}");
    }
}
