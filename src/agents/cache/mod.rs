//! Proxy caches, which are made to forget all that they keep.
//!
//! - [`squid`]: its folder is made anew while it is stopped.
//! - [`varnish`]: by its management, or by a request.

mod problem;
pub mod squid;
pub mod varnish;

pub use problem::Problem;
