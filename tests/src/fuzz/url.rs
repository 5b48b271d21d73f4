//! Database URLs: neither a parsed URL nor a message about one shows a password.

use std::error::Error;

/// Text that nothing else printed contains.
const SECRET: &str = "Pa55w0rd";

pub(super) fn target(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    drop(schemata::__fuzz::url(&text));
    let (before, after) = text.split_at(text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at));
    for url in [
        format!("postgres://user:{before}{SECRET}{after}@host:5432/database"),
        format!("postgres://user:{SECRET}@{text}"),
        format!("postgres://host/database?password={SECRET}&{text}"),
        format!("host=host user=user password='{before}{SECRET}{after}'"),
        // In a text that begins like a URL, this is not a password.
        format!("{} password={SECRET}", text.replace("://", "")),
    ] {
        match schemata::__fuzz::url(&url) {
            Ok(server) => assert!(!server.contains(SECRET), "{url:?} shows a password in {server:?}"),
            Err(error) => {
                let mut next: Option<&dyn Error> = Some(&error);
                while let Some(error) = next {
                    let shown = format!("{error} {error:?}");
                    assert!(!shown.contains(SECRET), "{url:?} shows a password: {shown}");
                    next = error.source();
                }
            }
        }
        let builder = format!("{:?}", schemata::Db::builder(&url));
        assert!(!builder.contains(SECRET), "{url:?}: {builder}");
    }
}
