//! What a configuration asks of the host. The reader only writes it down; who runs the configuration asks, `show` does
//! not.

use super::problem::{Finding, Problem};
use crate::base::Span;
use crate::base::seams::{Files, World};
use crate::conf::path::dirname;

/// Something that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Something of this path.
    Something(String),
    /// A folder at one of these paths.
    Folder(Vec<String>),
}

/// What a path needs, and what is wrong without.
pub type Need = Option<(Place, Problem)>;

/// A need of a value in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// What must be there.
    pub place: Place,
    /// What is wrong otherwise, with its place in the text.
    pub finding: Finding,
}

impl Demand {
    /// Of a need at `span`.
    pub fn new((place, problem): (Place, Problem), span: Span) -> Self {
        Self { place, finding: Finding::new(problem, span) }
    }
}

impl Place {
    /// Whether it is there.
    pub fn is_there(&self, files: &dyn Files, world: &dyn World) -> bool {
        match self {
            Self::Something(path) => files.exists(path),
            Self::Folder(paths) => paths.iter().any(|path| world.is_directory(path)),
        }
    }
}

/// Of a path that must exist. `written` is as the user wrote it.
pub fn existing(path: &str, written: &str) -> Need {
    Some((Place::Something(path.to_owned()), Problem::NotAPath { path: written.to_owned() }))
}

/// Of a folder that is made if it is missing: itself or its parent.
pub fn directory(path: &str, written: &str) -> Need {
    let parent = Some(dirname(path)).filter(|parent| !parent.is_empty());
    let paths = std::iter::once(path).chain(parent).map(str::to_owned).collect();
    Some((Place::Folder(paths), Problem::NotADirectory { path: written.to_owned() }))
}

/// Of a socket, whose folder is made if it is missing: the parent of that; none where there is none in the path.
pub fn socket(path: &str, written: &str) -> Need {
    let above = dirname(dirname(path));
    let problem = Problem::NoParentDirectory { path: written.to_owned() };
    (!above.is_empty()).then(|| (Place::Folder(vec![above.to_owned()]), problem))
}

/// Of a file: its folder, if the path names one.
pub fn file(path: &str, written: &str) -> Need {
    let folder = dirname(path);
    let problem = Problem::NoParentDirectory { path: written.to_owned() };
    (!folder.is_empty()).then(|| (Place::Folder(vec![folder.to_owned()]), problem))
}
