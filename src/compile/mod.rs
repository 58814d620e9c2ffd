//! From the text of a manifest to the plan of a build. Pure.
