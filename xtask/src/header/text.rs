//! Parsing C text: names, comments, declarations.
use std::collections::BTreeSet;

/// Returns the text without its comments.
pub fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        rest = rest[start..].find("*/").map_or("", |end| &rest[start + end + 2..]);
    }
    out.push_str(rest);
    out
}

/// Returns every name in the text that starts with `VM_`.
pub fn names(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("VM_"))
        .map(str::to_owned)
        .collect()
}

/// Returns the names that C text declares: functions, enumerators, structs, typedefs and macros.
pub fn declared(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in without_comments(text).lines() {
        let line = line.trim();
        if let Some(function) = function_name(line) {
            found.insert(function.to_owned());
        } else if let Some(name) = line.strip_prefix("#define ").and_then(|line| line.split(' ').next()) {
            found.insert(name.to_owned());
        } else if let Some((_, after)) = line.split_once("(VM_CALL *") {
            found.extend(after.split(')').next().map(str::to_owned));
        } else if let Some(name) = line.strip_suffix(';').and_then(|line| line.rsplit([' ', '*']).next()) {
            if line.starts_with("typedef") || line.starts_with('}') {
                found.insert(name.to_owned());
            }
        } else if let Some((name, _)) = line.split_once(" = ") {
            found.insert(name.to_owned());
        } else if let Some(name) = line.strip_prefix("typedef struct ").or(line.strip_prefix("typedef union ")) {
            found.extend(name.split(' ').next().map(str::to_owned));
        }
    }
    found
}

/// Returns the name of the function whose declaration begins in this line, as in `VM_API void VM_CALL VM_EngineDelete(`.
pub fn function_name(line: &str) -> Option<&str> {
    let (before, _) = line.split_once('(')?;
    let name = before.rsplit([' ', '*']).next()?;
    (before.contains("VM_CALL ") && name.starts_with("VM_")).then_some(name)
}

/// Returns the parameters of a declaration, each with the following comma or end.
pub fn split_parameters(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..=at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}
