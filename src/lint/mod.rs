//! Rules over models that are handed in, one file each.
