//! `program`: one program as a part of its own. The `supervisor` part that lists it writes its section.

use super::builder::Builder;
use crate::compile::project::Part;

/// Warns of a program that no supervisor runs.
pub(super) fn build(_part: &Part, _builder: &mut Builder<'_>) {}
