//! Every mistake that the macros and their types refuse, with the message that the user sees.

use std::path::Path;

#[test]
fn mistakes_are_explained() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

/// The most lines of a message, from its `error` to the next one.
const MOST_LINES: usize = 30;

/// Covers the messages of all programs that must not compile, whichever test compiles them.
#[test]
fn no_message_is_longer_than_30_lines() {
    let mut files = 0;
    let mut long = Vec::new();
    for folder in ["ui", "ui_checked", "ui_queries", "ui_relations", "ui_writes"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
        for entry in std::fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            if path.extension().is_some_and(|extension| extension == "stderr") {
                let text = std::fs::read_to_string(&path).expect("the file can be read");
                long.extend(
                    messages(&text)
                        .into_iter()
                        .filter(|message| message.len() > MOST_LINES)
                        .map(|message| format!("{}, {} lines: {}", path.display(), message.len(), message[0])),
                );
                files += 1;
            }
        }
    }
    assert!(files > 100, "only {files} files of messages were found");
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// Returns the lines of each message, without the empty ones at its end.
fn messages(text: &str) -> Vec<Vec<&str>> {
    let mut messages: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        let begins = ["error:", "error[", "warning:"].iter().any(|word| line.starts_with(word));
        match messages.last_mut() {
            Some(message) if !begins => message.push(line),
            _ => messages.push(vec![line]),
        }
    }
    for message in &mut messages {
        while message.last().is_some_and(|line| line.is_empty()) {
            message.pop();
        }
    }
    messages
}
