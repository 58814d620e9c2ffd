//! The kinds of parts: one file each, found by `recipe`.

/// A kind of part, and under which names manifests ask for it.
#[derive(Debug)]
pub struct Kind {
    /// The native name, such as `supervisor`; `foreign` for any recipe that is not ours.
    pub name: &'static str,
    /// The buildout recipe (before the `:`), such as `collective.recipe.supervisor`; empty where there is none.
    pub recipe: &'static str,
    /// Its entry point (after the `:`), `default` where the manifest names none.
    pub entry: &'static str,
    /// Options that the part sets when its manifest does not, as text that may hold references: other sections refer
    /// to them.
    pub exports: &'static [(&'static str, &'static str)],
}

/// All kinds that are built in. `FOREIGN` is not among them.
pub static KINDS: &[Kind] = &[
    Kind { name: "supervisor", recipe: "collective.recipe.supervisor", entry: "default", exports: &[] },
    Kind { name: "program", recipe: "", entry: "default", exports: &[] },
];

/// A `.cfg` part of another recipe: its options are data, it builds nothing.
pub static FOREIGN: Kind = Kind { name: "foreign", recipe: "", entry: "default", exports: &[] };
