//! `supervisor`: a native part.

use super::builder::Builder;
use crate::compile::project::Part;

/// Builds the configuration and the scripts.
pub(super) fn build(_part: &Part, _builder: &mut Builder<'_>) {}
