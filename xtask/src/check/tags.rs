//! Tags: every public function documents its parameters, its result, the threads on which it may be called, and its version.
use super::none;
use crate::header::{self, text};
use crate::{Result, read};

const THREADS: &[&str] = &["[thread-safe]", "[one thread per context]", "[one thread per object]", "[inside a callback only]"];

/// Checks all headers.
pub fn check() -> Result<String> {
    let mut complaints = Vec::new();
    let mut count = 0;
    for header in header::all()? {
        for (comment, declaration) in functions(&read(&header)?) {
            count += 1;
            let name = text::function_name(declaration).unwrap_or(declaration);
            complaints.extend(missing(comment, declaration).into_iter().map(|what| format!("{header}: {name} {what}")));
        }
    }
    none(complaints).map(|_| format!("{count} functions"))
}

/// Returns every function of a header: the comment right before it, and its declaration up to the last parenthesis.
fn functions(header: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in header.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if !["VM_API ", "VM_INLINE ", "VM_LOCAL "].iter().any(|mark| line.starts_with(mark)) {
            continue;
        }
        let before = header[..start].trim_end();
        let comment = if before.ends_with("*/") { &before[before.rfind("/**").unwrap_or(0)..] } else { "" };
        let mut depth = 0;
        let end = header[start..].find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            c == ')' && depth == 0
        });
        found.push((comment, &header[start..start + end.unwrap_or(0)]));
    }
    found
}

fn missing(comment: &str, declaration: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut want = |there: bool, what: &str| {
        if !there {
            complaints.push(format!("lacks {what}"));
        }
    };
    want(!comment.is_empty(), "a comment");
    want(comment.contains("@since "), "@since");
    want(THREADS.iter().filter(|tag| comment.contains(**tag)).count() == 1, &format!("one of {}", THREADS.join(" ")));
    let before = declaration.split('(').next().unwrap_or_default();
    let is_void = before.contains(" void ") && !before.contains('*');
    want(comment.contains("@return ") != is_void, if is_void { "a return value to describe" } else { "@return" });

    let parameters = parameter_names(declaration);
    for name in &parameters {
        want(described(comment).any(|found| found == name), &format!("@param {name}"));
    }
    for name in described(comment) {
        want(parameters.iter().any(|parameter| parameter == name), &format!("the parameter {name} that it describes"));
    }
    complaints
}

fn described(comment: &str) -> impl Iterator<Item = &str> {
    comment.split("@param ").skip(1).filter_map(|rest| rest.split_whitespace().next())
}

fn parameter_names(declaration: &str) -> Vec<String> {
    let Some((_, parameters)) = declaration.split_once('(') else { return Vec::new() };
    let name = |parameter: &str| {
        let named = match parameter.split_once("(VM_CALL *") {
            Some((_, rest)) => rest.split(')').next().unwrap_or_default(),
            None => parameter.trim_end_matches([',', ' ', ')', ']', '[']),
        };
        named.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
    };
    text::split_parameters(parameters).iter().filter(|parameter| **parameter != "void").map(|parameter| name(parameter)).collect()
}

#[cfg(test)]
mod tests {
    use super::{functions, missing};

    #[test]
    fn a_whole_comment_is_enough() {
        let header = "/** Does. @param a it @param f fn @return b [thread-safe] @since 0.1 */\nVM_API int VM_CALL VM_X(int a, void (VM_CALL *f)(int b));\n";
        let found = functions(header);
        assert_eq!(found.len(), 1);
        assert_eq!(missing(found[0].0, found[0].1), Vec::<String>::new());
    }

    #[test]
    fn what_is_missing_is_named() {
        let header = "/** Does. @param b it [thread-safe] */\nVM_API const char *VM_CALL VM_X(const char *a);\n";
        let found = functions(header);
        let complaints = missing(found[0].0, found[0].1);
        assert_eq!(complaints, ["lacks @since", "lacks @return", "lacks @param a", "lacks the parameter b that it describes"]);
    }
}
