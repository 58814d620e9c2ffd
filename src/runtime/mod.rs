//! Supervision: the pure core, and what drives it.

mod account;
mod autolog;
mod bear;
mod children;
mod clock;
mod command;
pub mod control;
pub mod core;
pub mod daemon;
mod daemonize;
mod driver;
mod errno;
mod fastcgi;
pub mod http;
mod inherited;
mod limits;
mod listeners;
pub mod logread;
mod logs;
mod mainlog;
pub mod memory;
mod mishap;
mod pace;
mod pidfile;
mod privileges;
mod pump;
mod reap;
mod rotate;
pub mod rpc;
mod servant;
mod signals;
mod spawn;
mod special;
mod sys;
mod syslog;
mod watch;
mod web;
pub mod zdaemon;

#[cfg(test)]
mod e2e;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod testing;
