//! Instants as the programs write them.

use super::world::World;

/// `2026-11-26 05:37:48,123`, now.
pub(super) fn now(world: &dyn World) -> String {
    let now = world.now();
    let millis = now.wall.subsec_nanos() / 1_000_000;
    format!("{},{millis:03}", world.local(now, "%Y-%m-%d %H:%M:%S"))
}

/// `Thu Nov 26 05:37:48 2026 UTC`, now: Python's `asctime`, and the name of the zone.
pub(super) fn asctime(world: &dyn World) -> String {
    world.local(world.now(), "%a %b %e %H:%M:%S %Y %Z")
}
