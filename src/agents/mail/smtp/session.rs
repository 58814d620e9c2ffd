//! A connection to a server: let in, then a mail.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{Certificate, CertificateStore, SmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::mime;
use super::{Certificates, Smtp, Tls};
use crate::agents::mail::Mail;
use crate::agents::mail::message;
use crate::agents::mail::problem::{Problem, Refusal, Reply};
use crate::base::certificate;
use crate::base::time::Wall;

/// A connection to a server that has let us in.
pub(super) struct Session(SmtpConnection);

impl Session {
    /// Connects, encrypts and logs in.
    pub(super) fn open(smtp: &Smtp) -> Result<Self, Problem> {
        let name = ClientId::default();
        // Read before anybody waits for us.
        let tls = tls(smtp)?;
        let server = (smtp.host.as_str(), smtp.port);
        let connection = SmtpConnection::connect(server, Some(smtp.timeout), &name, None, None);
        let mut connection = connection.map_err(|error| problem(&error, Problem::NotLetIn))?;
        if let Some(tls) = tls {
            if connection.can_starttls() {
                connection.starttls(&tls, &name).map_err(|error| problem(&error, Problem::NotLetIn))?;
            } else if smtp.tls == Tls::Required {
                let _ = connection.quit();
                return Err(Problem::NoStarttls);
            }
        }
        let mut session = Self(connection);
        session.log_in(smtp)?;
        Ok(session)
    }

    fn log_in(&mut self, smtp: &Smtp) -> Result<(), Problem> {
        let Some(login) = &smtp.login else { return Ok(()) };
        if self.0.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
            let _ = self.0.quit();
            return Err(Problem::NoMechanism);
        }
        let credentials = Credentials::new(login.username.clone(), login.password.clone());
        let let_in = self.0.auth(DEFAULT_MECHANISMS, &credentials);
        let_in.map(drop).map_err(|error| {
            let problem = problem(&error, Problem::NotLetIn);
            if matches!(problem, Problem::NotLetIn(_)) {
                let _ = self.0.quit();
            }
            problem
        })
    }

    /// Sends a mail, and leaves.
    pub(super) fn send(mut self, mail: &Mail) -> Result<Vec<Refusal>, Problem> {
        let sent = self.deliver(mail);
        if matches!(sent, Ok(_) | Err(Problem::Refused(_) | Problem::NoRecipients(_))) {
            // It has the mail or has refused it, whatever it says now.
            let _ = self.0.quit();
        }
        sent
    }

    fn deliver(&mut self, mail: &Mail) -> Result<Vec<Refusal>, Problem> {
        let from = message::bare(mail.from.as_deref().ok_or(Problem::NoSender)?)?;
        // One that is no address keeps the mail from nobody else.
        let (fit, unfit): (Vec<_>, Vec<_>) = mail.to.iter().map(|to| message::bare(to)).partition(Result::is_ok);
        let to: Vec<&str> = fit.into_iter().flatten().collect();
        let mut unfit = unfit.into_iter().filter_map(Result::err);
        if to.is_empty()
            && let Some(problem) = unfit.next()
        {
            return Err(problem);
        }
        self.command(format_args!("MAIL FROM:<{from}>"))?;
        let mut refused = Vec::new();
        for to in &to {
            match self.command(format_args!("RCPT TO:<{to}>")) {
                Err(Problem::Refused(reply)) => {
                    refused.push(Refusal { recipient: (*to).to_owned(), reply: Some(reply) });
                }
                other => other?,
            }
        }
        if refused.len() == to.len() {
            return Err(Problem::NoRecipients(refused));
        }
        refused.extend(unfit.filter_map(|problem| match problem {
            Problem::Address { text } => Some(Refusal { recipient: text, reply: None }),
            _ => None,
        }));
        self.command(format_args!("DATA"))?;
        let now = now();
        let text = mime::text(mail, now, &id(now));
        let taken = self.0.message(text.as_bytes());
        taken.map_err(|error| problem(&error, Problem::Refused))?;
        Ok(refused)
    }

    fn command(&mut self, line: fmt::Arguments<'_>) -> Result<(), Problem> {
        let taken = self.0.command(format_args!("{line}\r\n"));
        taken.map(drop).map_err(|error| problem(&error, Problem::Refused))
    }
}

fn now() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
}

/// What no other mail is called.
fn id(now: Wall) -> String {
    let host = rustix::system::uname();
    format!("<{}.{}@{}>", now.0, std::process::id(), host.nodename().to_string_lossy())
}

/// How the connection is encrypted, if it may be.
fn tls(smtp: &Smtp) -> Result<Option<TlsParameters>, Problem> {
    let builder = TlsParameters::builder(smtp.host.clone());
    let builder = match (smtp.tls, smtp.certificates.for_host(&smtp.host)) {
        (Tls::Never, _) => return Ok(None),
        (Tls::IfOffered, _) | (Tls::Required, Certificates::Any) => builder.dangerous_accept_invalid_certs(true),
        (Tls::Required, Certificates::Web) => builder,
        (Tls::Required, Certificates::File(path)) => {
            let unread = |why: String| Problem::Certificates { path: path.display().to_string(), why };
            let pem = std::fs::read(path).map_err(|why| unread(why.to_string()))?;
            let trusted = Certificate::from_pem(&pem).map_err(|_| unread("it holds none in PEM".to_owned()))?;
            builder.certificate_store(CertificateStore::None).add_root_certificate(trusted)
        }
    };
    builder.build().map(Some).map_err(|error| problem(&error, Problem::NotLetIn))
}

/// What an error of the library means; `refused` is what it means that the server says no.
fn problem(error: &Error, refused: fn(Reply) -> Problem) -> Problem {
    if let Some(code) = error.status() {
        let text = error.source().map(ToString::to_string).unwrap_or_default();
        return refused(Reply { code: code.into(), text });
    }
    let mut cause = error.source();
    while let Some(why) = cause {
        if let Some(why) = why.downcast_ref::<rustls::Error>() {
            return Problem::Tls { why: certificate::words(why) };
        }
        if let Some(why) = why.downcast_ref::<io::Error>() {
            return io_problem(why);
        }
        cause = why.source();
    }
    match error.source().map(ToString::to_string) {
        Some(why) if error.is_response() && why == "incomplete response" => Problem::Closed,
        Some(why) => Problem::Protocol { why },
        None => Problem::Protocol { why: error.to_string() },
    }
}

fn io_problem(why: &io::Error) -> Problem {
    if let Some(why) = why.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Problem::Tls { why: certificate::words(why) };
    }
    if why.kind() == io::ErrorKind::UnexpectedEof {
        return Problem::Closed;
    }
    Problem::Connection(match why.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(why.kind(), why.to_string()),
    })
}
