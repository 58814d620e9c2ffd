//! From the text of a manifest to the outputs of a build. Pure: texts come in through `base::seams`, outputs go out as
//! values.
//!
//! ```text
//! read        text            → Document     one reader per syntax
//! sections    Documents       → Sections     extends, macros, references
//! parts       Sections        → Outputs      one file per kind of part; templates
//! plan        Outputs, target → Plan         what is created, changed, removed
//! ```
//!
//! [`known`] says which options there are; [`schema`] says it to editors.

pub mod document;
mod filters;
pub mod known;
pub mod output;
pub mod parts;
pub mod plan;
pub mod project;
pub mod read;
pub mod render;
pub mod schema;
pub mod sections;
