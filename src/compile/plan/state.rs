//! What the last build left behind, as the project remembers it in `.recipe/state.toml`.
//!
//! A record tells an output that still is as it was built from one that was edited since, without keeping its text: it
//! holds a keyed hash, so that whoever reads the state cannot try passwords against it. The places of the secrets are
//! kept too, so that a later diff can mask the old text exactly. Paths in the project folder are written relative to it,
//! so a project may be moved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

/// The version of the text that [`State::write`] gives.
const VERSION: u32 = 1;

const HEAD: &str = "# What `recipe build` made, so that it can change and remove it. Not for editing.\n";

/// The key of a project's hashes: 32 random bytes, made once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Key([u8; 32]);

impl Key {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key that [`Key::write`] wrote; nothing if the text is none.
    pub fn read(text: &str) -> Option<Self> {
        from_hex(text.trim_end()).map(Self)
    }

    /// As text: one line.
    pub fn write(&self) -> String {
        format!("{}\n", blake3::Hash::from_bytes(self.0).to_hex())
    }

    /// The keyed hash of `bytes`.
    pub fn hash(&self, bytes: &[u8]) -> Hash {
        Hash(*blake3::keyed_hash(&self.0, bytes).as_bytes())
    }

    /// The keyed hash of all that `reader` gives.
    pub fn hash_reader(&self, reader: impl io::Read) -> io::Result<Hash> {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update_reader(reader)?;
        Ok(Hash(*hasher.finalize().as_bytes()))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// A keyed hash of a file's bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash that [`fmt::Display`] wrote.
    pub fn read(text: &str) -> Option<Self> {
        from_hex(text).map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    blake3::Hash::from_hex(text).ok().map(|hash| *hash.as_bytes())
}

/// What is remembered of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The part that made it.
    pub part: String,
    /// Its permission bits.
    pub mode: u32,
    /// The hash of its bytes.
    pub hash: Hash,
    /// Where its secrets were: byte ranges, ascending.
    pub secrets: Vec<Range<usize>>,
}

/// What is remembered of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The files, by absolute path.
    pub outputs: BTreeMap<Utf8PathBuf, Record>,
    /// The folders that builds made, so that they may be removed once they are empty.
    pub folders: BTreeSet<Utf8PathBuf>,
}

/// Why a state cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateError {
    /// It is none, in the words of the reader.
    Malformed(String),
    /// A later version of this program wrote it.
    Version(u32),
}

#[derive(Serialize, Deserialize)]
struct Text {
    version: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    folders: Vec<String>,
    #[serde(default, rename = "output", skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<Line>,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    part: String,
    mode: String,
    hash: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    secrets: Vec<(usize, usize)>,
}

impl State {
    /// The state of the project in `project` from its text.
    pub fn read(text: &str, project: &Utf8Path) -> Result<Self, StateError> {
        let malformed = |why: toml::de::Error| StateError::Malformed(why.message().to_owned());
        let Versioned { version } = toml::from_str(text).map_err(malformed)?;
        if version > VERSION {
            return Err(StateError::Version(version));
        }
        let text: Text = toml::from_str(text).map_err(malformed)?;
        let outputs = text.outputs.into_iter().map(|line| line.into_record(project)).collect::<Result<_, _>>()?;
        Ok(Self { outputs, folders: text.folders.iter().map(|path| project.join(path)).collect() })
    }

    /// Its text: the same state gives the same bytes.
    pub fn write(&self, project: &Utf8Path) -> String {
        let text = Text {
            version: VERSION,
            folders: self.folders.iter().map(|path| within(path, project).to_string()).collect(),
            outputs: self.outputs.iter().map(|(path, record)| Line::new(path, record, project)).collect(),
        };
        let body = toml::to_string(&text).expect("invariant: tables of strings and numbers are TOML");
        format!("{HEAD}{body}")
    }

    /// Whether it says anything about secrets: then its file is for its owner alone, as lengths are telling.
    pub fn holds_secrets(&self) -> bool {
        self.outputs.values().any(|record| !record.secrets.is_empty())
    }
}

impl Line {
    fn new(path: &Utf8Path, record: &Record, project: &Utf8Path) -> Self {
        Self {
            path: within(path, project).to_string(),
            part: record.part.clone(),
            mode: format!("{:04o}", record.mode),
            hash: record.hash.to_string(),
            secrets: record.secrets.iter().map(|range| (range.start, range.end)).collect(),
        }
    }

    fn into_record(self, project: &Utf8Path) -> Result<(Utf8PathBuf, Record), StateError> {
        let malformed = |what: &str| StateError::Malformed(format!("the {what} of `{}` is none", self.path));
        let record = Record {
            mode: u32::from_str_radix(&self.mode, 8).map_err(|_| malformed("mode"))?,
            hash: Hash::read(&self.hash).ok_or_else(|| malformed("hash"))?,
            part: self.part,
            secrets: self.secrets.into_iter().map(|(start, end)| start..end).collect(),
        };
        Ok((project.join(&self.path), record))
    }
}

/// `path` relative to `folder` where it lies in it (`.` for the folder itself), else as it is.
pub fn within<'a>(path: &'a Utf8Path, folder: &Utf8Path) -> &'a Utf8Path {
    match path.strip_prefix(folder) {
        Ok(rest) if rest.as_str().is_empty() => Utf8Path::new("."),
        Ok(rest) => rest,
        Err(_) => path,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(part: &str, mode: u32, secrets: Vec<Range<usize>>) -> Record {
        Record { part: part.into(), mode, hash: Key::default().hash(part.as_bytes()), secrets }
    }

    #[test]
    fn the_text_is_small_and_moves_with_the_project() {
        let mut state = State::default();
        state.folders.insert("/p/bin".into());
        state.outputs.insert("/p/bin/ctl".into(), record("supervisor", 0o755, vec![]));
        state.outputs.insert("/etc/x.conf".into(), record("x", 0o600, std::iter::once(3..9).collect()));
        let text = state.write("/p".into());
        assert!(text.contains("path = \"bin/ctl\""), "{text}");
        assert!(text.contains("mode = \"0755\""), "{text}");
        assert_eq!(State::read(&text, "/p".into()), Ok(state));
        let moved = State::read(&text, "/q".into()).unwrap();
        assert!(moved.outputs.contains_key(Utf8Path::new("/q/bin/ctl")));
        assert!(moved.outputs.contains_key(Utf8Path::new("/etc/x.conf")));
    }

    #[test]
    fn foreign_texts_are_refused_with_a_reason() {
        assert_eq!(State::read("version = 9\nnew = 1", "/p".into()), Err(StateError::Version(9)));
        let torn = "version = 1\n[[output]]\npath = 'a'\npart = 'p'\nmode = '0644'\nhash = 'ff'\n";
        assert_eq!(State::read(torn, "/p".into()), Err(StateError::Malformed("the hash of `a` is none".into())),);
        assert!(matches!(State::read("", "/p".into()), Err(StateError::Malformed(_))));
    }

    #[test]
    fn keys_are_read_back_and_never_shown() {
        let key = Key::new([7; 32]);
        assert_eq!(Key::read(&key.write()), Some(key.clone()));
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert_ne!(key.hash(b"x"), Key::default().hash(b"x"));
    }

    proptest! {
        #[test]
        fn write_and_read_give_the_state_back(
            files in proptest::collection::btree_map("/[a-zé\"\\\\ ./]{1,9}", ("\\PC{0,9}", 0_u32..0o10000), 0..5),
        ) {
            let mut state = State::default();
            for (path, (part, mode)) in files {
                state.folders.insert(path.clone().into());
                state.outputs.insert(path.into(), record(&part, mode, vec![1..2, 5..9]));
            }
            prop_assert_eq!(State::read(&state.write("/".into()), "/".into()), Ok(state));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = State::read(&text, "/p".into());
        }
    }
}
