//! Random changes of models, as a person would make them in the text of the source.

use std::fmt::Write;

use schemata_tests::dice::Dice;

use crate::program::Program;

/// Makes changes, none to the same column twice.
pub(crate) struct Changes {
    dice: Dice,
    /// The columns that views read.
    fixed: Vec<String>,
    made: usize,
    /// The kinds that are still to be made before one is made again.
    kinds: Vec<&'static str>,
    touched: Vec<(String, String)>,
    /// The columns that are not as they were.
    changed: Vec<String>,
}

/// A field of a model, and the lines of its file where it stands.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    kind: String,
    /// What `#[column(…)]` says.
    attribute: String,
    /// The place of the first line of its attribute, or of its own line.
    first: usize,
    /// The place of its own line.
    line: usize,
}

const KINDS: [&str; 13] = [
    "optional", "required", "relax", "widen", "index", "unique", "drop", "rename", "default", "comment", "model",
    "check", "label",
];

impl Changes {
    pub(crate) fn new(dice: Dice, fixed: Vec<String>) -> Self {
        Self { dice, fixed, made: 0, kinds: Vec::new(), touched: Vec::new(), changed: Vec::new() }
    }

    /// Makes one change of a kind that has been made least, and says what it did; nothing if no file has a place for any.
    pub(crate) fn make(&mut self, program: &mut Program) -> Option<String> {
        for turn in 0..600 {
            if self.kinds.is_empty() || turn % 60 == 59 {
                self.kinds.extend_from_slice(&KINDS);
            }
            let at = self.dice.roll(self.kinds.len() as u64);
            let at = usize::try_from(at).expect("an index");
            let kind = self.kinds[at];
            let old: Vec<String> = program.files().into_iter().filter(|file| !file.contains("/added")).collect();
            let file = self.dice.pick(&old);
            let source = program.project.read(&file);
            let change = match kind {
                "model" => self.model(program),
                "label" => self.label(&source),
                _ => self.column(kind, &file, &source),
            };
            let Some((source, said)) = change else { continue };
            self.made += 1;
            self.kinds.swap_remove(at);
            if kind != "model" {
                program.project.write(&file, &source);
            }
            return Some(format!("{said} ({})", file.trim_start_matches("src/models/")));
        }
        None
    }

    /// Returns whether a line of a dump is about what was changed.
    pub(crate) fn are_about(&self, line: &str) -> bool {
        let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        ["added_", "added ", "renamed_", "'Changed "].iter().any(|name| line.contains(name))
            || words.any(|word| self.changed.iter().any(|name| name == word))
    }

    /// Adds a model.
    fn model(&mut self, program: &mut Program) -> Option<(String, String)> {
        let n = self.made;
        if program.models.iter().any(|model| model.starts_with("Added")) {
            return None;
        }
        program.project.write(
            &format!("src/models/added{n}.rs"),
            &format!(
                "use schemata::prelude::*;\n\n/// New.\n#[derive(Debug, Clone, TableModel)]\n\
                 #[table(name = \"added_{n}\", index(note))]\npub struct Added{n} {{\n    \
                 #[column(primary_key, identity)]\n    pub id: i64,\n    pub note: Option<String>,\n}}\n"
            ),
        );
        let modules = program.project.read("src/models/mod.rs");
        program.project.write("src/models/mod.rs", &format!("{modules}\nmod added{n};\npub use added{n}::Added{n};\n"));
        program.models.insert(format!("Added{n}"));
        Some((String::new(), format!("table added_{n}")))
    }

    /// Adds a label to an enum.
    fn label(&self, source: &str) -> Option<(String, String)> {
        let end = source.rfind('}').filter(|_| source.contains("PgEnum)"))?;
        let n = self.made;
        let source =
            format!("{}    #[column(name = \"added {n}\")]\n    Added{n},\n{}", &source[..end], &source[end..]);
        Some((source, format!("label added {n}")))
    }

    /// Changes, adds or drops something of a table.
    fn column(&mut self, kind: &str, file: &str, source: &str) -> Option<(String, String)> {
        let fields = fields(source).filter(|_| source.contains("TableModel)]"))?;
        let n = self.made;
        let key: Vec<&Field> = fields.iter().filter(|field| field.attribute.contains("primary_key")).collect();
        let field = self.dice.pick(&fields);
        let Field { name, kind: of, attribute, first, line } = &field;
        // Other parts of the model name the column: its constraints and indexes.
        let alone = source.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| word == name).count() == 1;
        let free = alone
            && !name.starts_with("added_")
            && ![
                "primary_key",
                "references",
                "serial",
                "identity",
                "generated",
                "unmanaged",
                "name =",
                "unique",
                "check",
            ]
            .iter()
            .any(|word| attribute.contains(word))
            && !self.fixed.contains(name)
            && !self.touched.contains(&(file.to_owned(), name.clone()));
        let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
        let last = lines.iter().rposition(|line| line == "}")?;
        let said = match kind {
            "optional" => {
                lines.insert(last, format!("    pub added_{n}: Option<String>,"));
                format!("column added_{n}")
            }
            "required" => {
                lines.insert(last, format!("    #[column(default = 7)]\n    pub added_{n}: i32,"));
                format!("column added_{n} NOT NULL")
            }
            "relax" if free && !of.starts_with("Option<") && !attribute.contains("default") => {
                lines[*line] = format!("    pub {name}: Option<{of}>,");
                format!("{name} may be NULL")
            }
            "widen" if free && of == "i32" && !attribute.contains("sql_type") => {
                lines[*line] = format!("    pub {name}: i64,");
                format!("{name} is bigint")
            }
            "drop" if free => {
                lines.drain(*first..=*line);
                format!("{name} is dropped")
            }
            "rename" if free => {
                lines.drain(*first..=*line);
                let rest = if attribute.is_empty() { String::new() } else { format!(", {attribute}") };
                lines.insert(
                    *first,
                    format!("    #[column(renamed_from = \"{name}\"{rest})]\n    pub renamed_{n}: {of},"),
                );
                format!("{name} is renamed")
            }
            "default" if free && attribute == "default = 0" => {
                "    #[column(default = 1)]".clone_into(&mut lines[*first]);
                format!("default of {name}")
            }
            "index" if ordered(of) => {
                add_to_table(&mut lines, &format!("index({name}, name = \"ix_added_{n}\")"))?;
                format!("index on {name}")
            }
            "unique" if ordered(of) && !key.is_empty() && !key.iter().any(|key| key.name == *name) => {
                let mut columns = String::new();
                for key in &key {
                    let _ = write!(columns, "{}, ", key.name);
                }
                add_to_table(&mut lines, &format!("unique({columns}{name}, name = \"uq_added_{n}\")"))?;
                format!("unique key with {name}")
            }
            "check" if of == "i32" && !attribute.contains("name =") => {
                add_to_table(&mut lines, &format!("check(\"ck_added_{n}\", \"{name} > -1000000\")"))?;
                format!("check of {name}")
            }
            "comment" if !source.contains("comment =") => {
                add_to_table(&mut lines, &format!("comment = \"Changed {n}\""))?;
                "comment".to_owned()
            }
            _ => return None,
        };
        self.touched.push((file.to_owned(), name.clone()));
        if ["relax", "widen", "drop", "rename", "default"].contains(&kind) {
            self.changed.push(name.clone());
        }
        lines.push(String::new());
        Some((lines.join("\n"), said))
    }
}

/// Returns whether a B-tree takes such columns.
fn ordered(of: &str) -> bool {
    ["i16", "i32", "i64", "bool", "String", "DateTime<Utc>", "NaiveDate"]
        .iter()
        .any(|plain| of == *plain || of == format!("Option<{plain}>"))
}

/// Adds an entry to `#[table(…)]`, after the name.
fn add_to_table(lines: &mut [String], entry: &str) -> Option<()> {
    let table = lines.iter().position(|line| line.starts_with("#[table("))?;
    let line = lines[table..].iter_mut().find(|line| line.contains("name = \""))?;
    let start = line.find("name = \"")? + "name = \"".len();
    let end = start + line[start..].find('"')? + 1;
    line.insert_str(end, &format!(", {entry}"));
    Some(())
}

/// Returns the fields of a model, or nothing if the file has none.
fn fields(source: &str) -> Option<Vec<Field>> {
    let lines: Vec<&str> = source.lines().collect();
    let start = lines.iter().position(|line| line.starts_with("pub struct "))?;
    let mut fields = Vec::new();
    let (mut attribute, mut first) = (String::new(), None);
    for (at, text) in lines.iter().enumerate().skip(start + 1) {
        let text = text.trim();
        if let Some((name, of)) = text.strip_prefix("pub ").and_then(|rest| rest.split_once(": ")) {
            let name = name.trim_start_matches("r#").to_owned();
            let kind = of.trim_end_matches(',').to_owned();
            fields.push(Field {
                name,
                kind,
                attribute: std::mem::take(&mut attribute),
                first: first.take().unwrap_or(at),
                line: at,
            });
        } else if text == "}" {
            break;
        } else if !text.starts_with("//") {
            first.get_or_insert(at);
            attribute.push_str(text.trim_start_matches("#[column(").trim_end_matches(")]"));
        }
    }
    (!fields.is_empty()).then_some(fields)
}
