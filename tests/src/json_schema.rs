//! Checks documents against the JSON Schemas in `docs/json`, as far as those go: types, enums, items, properties, and
//! which of them are required or allowed.

use serde_json::Value;

/// Reads the schema `docs/json/NAME.schema.json`.
///
/// # Panics
/// When the file does not exist or is not JSON.
pub fn schema(name: &str) -> Value {
    let path = format!("{}/../docs/json/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the faults of a document, a sentence per fault.
///
/// # Panics
/// When the schema uses a keyword that is not checked here.
pub fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(schema, document, "document", &mut faults);
    faults
}

fn check(schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    const KEYWORDS: &[&str] =
        &["$schema", "title", "description", "type", "enum", "items", "properties", "required", "additionalProperties"];
    let keywords = schema.as_object().expect("a schema is an object");
    for keyword in keywords.keys() {
        assert!(KEYWORDS.contains(&keyword.as_str()), "{keyword} is not checked");
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.clone(),
        one => vec![one.clone()],
    };
    if !types.iter().any(|one| is_of(one.as_str().expect("a type"), value)) {
        return faults.push(format!("{place} is {value}, not {}", schema["type"]));
    }
    if keywords.get("enum").and_then(Value::as_array).is_some_and(|all| !all.contains(value)) {
        faults.push(format!("{place} is {value}, none of {}", schema["enum"]));
    }
    for (at, item) in value.as_array().into_iter().flatten().enumerate() {
        check(&schema["items"], item, &format!("{place}[{at}]"), faults);
    }
    let Some(members) = value.as_object() else { return };
    for required in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(required) {
            faults.push(format!("{place} lacks {required}"));
        }
    }
    for (name, member) in members {
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(property), _) => check(property, member, &format!("{place}.{name}"), faults),
            (None, Value::Bool(false)) => faults.push(format!("{place} has an unknown {name}")),
            (None, other) => check(other, member, &format!("{place}.{name}"), faults),
        }
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other} is not checked"),
    }
}
