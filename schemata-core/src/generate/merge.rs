//! Writes inspected models into a folder that has some: new files are written, files that differ are shown and kept, unless the
//! person asks to replace them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::generate::error::GenerateError;
use crate::generate::inspect::Inspection;
use crate::generate::text::file::{all_formatted, can_be_module, make_folder, replace, write_missing};
use crate::generate::text::line_diff::line_diff;

/// The models that were written, and those that were not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergedModels {
    /// The files that are new.
    pub written: Vec<PathBuf>,
    /// The files that were replaced, as asked.
    pub replaced: Vec<PathBuf>,
    /// The files that are what the database says.
    pub unchanged: Vec<PathBuf>,
    /// The files that differ, and were kept.
    pub kept: Vec<KeptFile>,
    /// The files with a model or an enum of which the database has nothing.
    pub stale: Vec<PathBuf>,
}

/// A file that differs from what the database says, and was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeptFile {
    /// The file.
    pub file: PathBuf,
    /// The lines by which it differs: `- ` of the file, `+ ` of the database.
    pub lines: Vec<String>,
}

impl Inspection {
    /// Writes those of [`files`](Self::files) that `folder` lacks. A file that exists is compared with the database: it is
    /// replaced if `overwrite` is true, and otherwise kept, with the lines by which it differs.
    ///
    /// # Errors
    /// [`GenerateError::NoFolder`] and [`GenerateError::File`].
    pub fn merge(&self, folder: &Path, overwrite: bool) -> Result<MergedModels, GenerateError> {
        merge(self, folder, overwrite)
    }
}

fn merge(models: &Inspection, folder: &Path, overwrite: bool) -> Result<MergedModels, GenerateError> {
    can_be_module(folder)?;
    make_folder(folder)?;
    let files = all_formatted(folder, &models.files());
    let (written, existing) = write_missing(folder, &files)?;
    let mut merged = MergedModels { written, stale: stale(folder, &files)?, ..MergedModels::default() };
    for file in existing {
        let Some((_, text)) = files.iter().find(|(name, _)| file == folder.join(name)) else { continue };
        let present = fs::read_to_string(&file);
        let present = present.map_err(|source| GenerateError::File { action: "read", path: file.clone(), source })?;
        let lines = line_diff(&present, text);
        if lines.is_empty() {
            merged.unchanged.push(file);
        } else if overwrite {
            replace(&file, text)?;
            merged.replaced.push(file);
        } else {
            merged.kept.push(KeptFile { file, lines });
        }
    }
    Ok(merged)
}

/// Returns the files of `folder` that derive a model or an enum, and are not among `files`.
fn stale(folder: &Path, files: &[(String, String)]) -> Result<Vec<PathBuf>, GenerateError> {
    let failed = |source| GenerateError::File { action: "read", path: folder.to_owned(), source };
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.join(name)).collect();
    let folders: BTreeSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    let mut found = Vec::new();
    for entry in
        folders.into_iter().map(fs::read_dir).collect::<Result<Vec<_>, _>>().map_err(failed)?.into_iter().flatten()
    {
        let path = entry.map_err(failed)?.path();
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        if !is_rust || paths.contains(&path) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(failed)?;
        if text.contains("TableModel)]")
            || ["PgEnum)]", "PgDomain)]", "PgComposite)]"].iter().any(|derive| text.contains(derive))
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
