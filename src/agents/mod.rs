//! What watches and runs processes from outside, without being their supervisor.
//!
//! - [`balancer`]: takes clients out of balancers, and puts them back.
//! - [`cache`]: proxy caches are made to forget.
//! - [`cluster`]: starts, stops and restarts what belongs together, from a list of commands.
//! - [`ctl`]: the monitor of a cluster.
//! - [`mail`]: mails, by a command or by SMTP.
//! - [`superlance`]: event listeners that restart processes and tell of them by mail.
//! - [`shell`]: commands of a shell that are waited for, but not for ever.
//! - [`failure`]: what fails with files, commands and peers, and its words.
//! - [`inode`]: whether an open file still has its name.
//! - [`plain`]: files that are opened only if they are plain files.
//! - [`identity`], [`record`], [`replace`]: processes once and for all, how they are written down, and files that are
//!   written whole or not at all.

pub mod balancer;
pub mod cache;
pub mod cluster;
pub mod ctl;
pub mod failure;
mod identity;
mod inode;
pub mod mail;
pub mod plain;
mod record;
mod replace;
pub mod shell;
pub mod superlance;
