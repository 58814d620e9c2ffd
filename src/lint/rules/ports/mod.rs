//! Rules on ports and sockets.

pub(super) mod missing_rpcinterface;
pub(super) mod port_in_use;
pub(super) mod port_taken;
pub(super) mod socket_path_too_long;
pub(super) mod unreachable_server;
