//! Rules on who may do what, and who sees what.

pub(in crate::lint) mod bad_certificate;
pub(super) mod credentials_mismatch;
pub(super) mod in_tmp;
pub(super) mod open_server;
pub(super) mod open_socket;
pub(super) mod runs_as_root;
pub(super) mod secret_in_command;
pub(super) mod user_without_home;
pub(super) mod weak_password;
pub(super) mod world_readable_secret;
