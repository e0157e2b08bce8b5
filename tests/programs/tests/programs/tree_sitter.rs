//! tree-sitter and its grammar of C, on C sources.
use libvm_programs::compile::{Built, Program};
use libvm_programs::guest::Ran;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

const TREE: Program = Program {
    name: "tree",
    sources: &[("tree-sitter", "src/lib.c"), ("tree-sitter-c", "src/parser.c")],
    includes: &[("tree-sitter", "include"), ("tree-sitter", "src"), ("tree-sitter-c", "src")],
    flags: &["-D_GNU_SOURCE"],
    wasi_flags: &[],
};

fn parse(source: &[u8]) -> Ran {
    static BUILT: OnceLock<Built> = OnceLock::new();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    BUILT.get_or_init(|| TREE.build(target, crate::TIER)).run_both(&[], source, target, target)
}

#[test]
fn syntax_trees_are_the_same() {
    if crate::TIER.is_missing() {
        return;
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (file, kind) in [
        ("c/tree.c", "for_statement"),
        ("c/sqlite.c", "cast_expression"),
        ("../../include/libvm/types.h", "union_specifier"),
        ("../../include/libvm/plugin.h", "preproc_ifdef"),
    ] {
        let ran = parse(&fs::read(top.join(file)).unwrap());
        assert!(ran.output.starts_with("translation_unit 0:0-"), "{file}: {ran:?}");
        assert!(ran.output.contains(kind), "{file} has no {kind}");
    }
    let ran = parse(b"int main(void) { return 6 * 7; }\n");
    assert_eq!(ran.exit_code, 0, "{ran:?}");
    assert!(ran.output.contains("    binary_expression 0:24-0:29\n     number_literal 0:24-0:25\n"), "{}", ran.output);
    assert!(ran.output.ends_with("13 nodes\nthen 34 bytes, 20 nodes\n"), "{}", ran.output);
}

#[test]
fn an_error_in_the_source_is_found() {
    if crate::TIER.is_missing() {
        return;
    }
    let ran = parse(b"int f( { return 1 }\n");
    assert_eq!(ran.exit_code, 1);
    assert!(ran.output.contains("ERROR 0:"), "{}", ran.output);
    assert_eq!(parse(b"").exit_code, 2);
}
