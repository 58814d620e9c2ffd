//! Memory of programs that wait for long, for those that are not driven by this module.

use super::sys;

/// Lets the memory of large blocks go back to the system whenever they are free.
pub fn be_frugal() {
    sys::be_frugal();
}

/// Gives back all that is not needed while nothing happens.
pub fn release() {
    sys::release();
}
