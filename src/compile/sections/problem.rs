//! What can be wrong between the files of a manifest and its resolved sections, and in which words it is said.
