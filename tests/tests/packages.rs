//! What `cargo package` publishes.

use std::path::Path;
use std::process::Command;

/// `schemata-derive/src/sql` holds symbolic links into the core: the package has to hold the files.
#[test]
fn the_macros_are_packaged_with_the_cores_reader_of_sql() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
    let packaged = Command::new(env!("CARGO"))
        .args(["package", "--package", "schemata-derive", "--no-verify", "--allow-dirty", "--offline", "--target-dir"])
        .arg(&folder)
        .current_dir(root)
        .output()
        .expect("cargo runs");
    assert!(packaged.status.success(), "{}", String::from_utf8_lossy(&packaged.stderr));
    let package = format!("schemata-derive-{}", env!("CARGO_PKG_VERSION"));
    let unpacked = Command::new("tar")
        .arg("xzf")
        .arg(folder.join(format!("package/{package}.crate")))
        .current_dir(&folder)
        .status()
        .expect("tar runs");
    assert!(unpacked.success());
    for (file, floor) in [
        ("copy_data.rs", "sql"),
        ("fragment.rs", "sql"),
        ("lex.rs", "sql"),
        ("migration_file.rs", "sql"),
        ("psql.rs", "sql"),
        ("script.rs", "sql"),
        ("type_name.rs", "schema"),
    ] {
        let path = folder.join(&package).join("src/sql").join(file);
        let kind = path.symlink_metadata().expect("the file is packaged").file_type();
        let text = std::fs::read_to_string(&path).expect("a file");
        let original =
            std::fs::read_to_string(root.join("schemata-core/src").join(floor).join(file)).expect("the original");
        assert!(kind.is_file() && text == original, "{file} is packaged as something else");
    }
}
