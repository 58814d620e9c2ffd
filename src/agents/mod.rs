//! What watches and runs processes from outside, without being their supervisor.
//!
//! - [`cluster`]: starts, stops and restarts what belongs together, from a list of commands.
//! - [`ctl`]: watches a cluster of services, mails what is critical, starts and stops them.
//! - [`mail`]: mails, by a command or by SMTP.
//! - [`superlance`]: event listeners that restart processes and tell of them by mail.
//! - [`shell`]: commands of a shell that are waited for, but not for ever.

pub mod cluster;
pub mod ctl;
pub mod mail;
pub mod shell;
pub mod superlance;
