//! Replaces the database in a URL.

/// Replaces the database in a URL or in a `key=value` connection string.
pub(super) fn with_database(url: &str, name: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // Of several `dbname` keys, the last one counts.
        return format!("{url} dbname={name}");
    };
    let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
    let authority = place.split_once('/').map_or(place, |(authority, _)| authority);
    let kept: Vec<_> = query.iter().flat_map(|q| q.split('&')).filter(|pair| !pair.starts_with("dbname=")).collect();
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("{scheme}://{authority}/{name}{query}")
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn replaces_the_database_and_nothing_else() {
        let with = |url| with_database(url, "t");
        assert_eq!(with("postgres://u:p@h:5/db?sslmode=disable"), "postgres://u:p@h:5/t?sslmode=disable");
        assert_eq!(with("postgres://u@%2Frun%2Fs/db"), "postgres://u@%2Frun%2Fs/t");
        assert_eq!(with("postgresql://h"), "postgresql://h/t");
        assert_eq!(with("postgres://h/a?dbname=prod"), "postgres://h/t");
        assert_eq!(with("postgres:///db?host=/run/s&dbname=prod"), "postgres:///t?host=/run/s");
        assert_eq!(with("host=h dbname=prod"), "host=h dbname=prod dbname=t");
    }

    #[test]
    fn the_driver_reads_what_is_written() {
        for url in ["postgres://u:p@h:5/prod?dbname=prod", "host=h dbname=prod"] {
            let config: tokio_postgres::Config = with_database(url, "t").parse().expect("a valid URL");
            assert_eq!(config.get_dbname(), Some("t"));
        }
    }
}
