//! Talking to a daemon.
