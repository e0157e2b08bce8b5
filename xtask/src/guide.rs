//! The guide: its code is run. Each page in docs/SUMMARY.md may have companions in tests/guide, which are the context of its blocks:
//! `<page>.c` is a program, which is compiled and run, or `<page>.sh` runs what there is to run; `<page>.wat` is a guest, `guest.wasm`, and
//! `<page>.<file>` any other file. They are copied into a folder, and find the blocks there, as files that are named after the heading above
//! them: the second block of C below "Finding libvm.so" is `finding-libvm-so-2.c`.
mod links;

use crate::test::Extent;
use crate::{Result, XTASK, check, command, packages, read, root, target, toolchains, wat, write};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What renders the guide.
const MDBOOK: &str = "mdbook@0.5.4";

/// Blocks that other tests run: the page, the language, and the file that takes them from the page, which names it.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("command", "sh", "crates/libvm-cli/tests/docs.rs"),
    ("command-plugins", "sh", "crates/libvm-cli/tests/plugin_docs.rs"),
    ("command-plugins", "toml", "crates/libvm-cli/tests/plugin_docs.rs"),
    ("cpp", "cpp", "capi-tests/cpp/CMakeLists.txt"),
    ("go", "go", "bindings/go/coverage_test.go"),
    ("plugins-rust", "rust", "crates/libvm-plugin/src/lib.rs"),
    ("python", "python", "bindings/python/tests/test_docs.py"),
    ("rust", "rust", "src/lib.rs"),
    ("command-new", "sh", "crates/libvm-cli/tests/new_docs.rs"),
    ("command-new", "toml", "crates/libvm-cli/tests/new_docs.rs"),
];

/// What scripts may call: `program` runs the program of the page, `plugin NAME` compiles NAME.c to NAME.so.
const FUNCTIONS: &str = r#"
export LD_LIBRARY_PATH="$PREFIX/lib"
warnings="-std=gnu11 -g -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-variable -Wno-unused-function"
plugin() {
    cc $warnings -I"$LIBVM/tests/guide" -shared -fPIC -fvisibility=hidden "$1.c" -o "$1.so" $(pkg-config --cflags libvm)
}
program() {
    cc $warnings -I"$LIBVM/tests/guide" page.c -o page $(pkg-config --cflags --libs libvm) -pthread && ./page
}
"#;

/// A fenced block.
pub struct Block {
    pub line: usize,
    /// The first word after the fence.
    pub language: String,
    /// Whether rustdoc ignores it.
    ignored: bool,
    /// The name of its file.
    pub name: String,
    text: String,
}

/// Returns the pages of the guide, without their ending, in its order.
pub fn pages() -> Result<Vec<String>> {
    let summary = read("docs/SUMMARY.md")?;
    let links = summary.split("](").skip(1).filter_map(|rest| rest.split_once(".md)").map(|(page, _)| page.to_owned()));
    Ok(links.collect())
}

/// Returns the blocks of a page.
pub fn blocks(page: &str) -> Result<Vec<Block>> {
    let text = read(format!("docs/{page}.md"))?;
    let (mut found, mut names, mut heading) = (Vec::<Block>::new(), BTreeMap::<String, u32>::new(), String::new());
    let mut open: Option<(usize, Block)> = None;
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(information)) => {
                let indent = line.len() - line.trim_start().len();
                let language = information.split([' ', ',']).next().unwrap_or("").to_owned();
                let stem = format!("{heading}.{language}");
                let count = names.entry(stem).and_modify(|count| *count += 1).or_insert(1);
                let nth = if *count == 1 { String::new() } else { format!("-{count}") };
                let name = format!("{heading}{nth}.{language}");
                open = Some((
                    indent,
                    Block { line: number + 1, ignored: information.contains("ignore"), language, name, text: String::new() },
                ));
            }
            (Some(_), Some(_)) => found.extend(open.take().map(|(_, block)| block)),
            (Some((indent, block)), None) => {
                block.text += line.get(*indent..).unwrap_or("");
                block.text.push('\n');
            }
            (None, None) => {
                if let Some(title) = line.strip_prefix('#').map(|rest| rest.trim_start_matches('#').trim()) {
                    heading = slug(title);
                }
            }
        }
    }
    match open {
        Some((_, block)) => Err(format!("docs/{page}.md:{}: this block does not end", block.line)),
        None => Ok(found),
    }
}

/// Returns the words of a title, joined by hyphens.
fn slug(title: &str) -> String {
    let title = title.replace('+', "p");
    let words = title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// Checks that every block of every page is run: it is named by a companion of its page, or other tests read it. What is not code has the
/// language `text`.
pub fn check() -> Result<String> {
    let mut complaints = Vec::new();
    let mut count = 0;
    for page in pages()? {
        let companions: String = companions(&page).values().filter_map(|path| fs::read_to_string(path).ok()).collect();
        for block in blocks(&page)? {
            count += 1;
            let elsewhere = ELSEWHERE.iter().find(|(name, language, _)| *name == page && *language == block.language);
            let run = match elsewhere {
                Some((_, _, test)) if !block.ignored => read(test)?.contains(&format!("docs/{page}.md")),
                _ => block.language == "text" || is_named(&companions, &block.name),
            };
            if !run {
                complaints.push(format!(
                    "docs/{page}.md:{}: nothing in tests/guide/{page}.* runs this block, {}",
                    block.line, block.name
                ));
            }
        }
    }
    let pages = pages()?;
    for path in check::files(&["tests/guide"], "").iter().filter(|path| !path.ends_with("guide.h")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !pages.iter().any(|page| name.starts_with(&format!("{page}."))) {
            complaints.push(format!("{}: docs/SUMMARY.md has no page of this name", path.display()));
        }
    }
    if complaints.is_empty() { Ok(format!("{count} blocks")) } else { Err(complaints.join("\n")) }
}

/// Returns whether a text has the name of a file, which no other word contains.
fn is_named(text: &str, name: &str) -> bool {
    let is_part =
        |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '.');
    text.match_indices(name)
        .any(|(at, _)| !is_part(text[..at].chars().next_back()) && !is_part(text[at + name.len()..].chars().next()))
}

/// Returns the companions of a page by what follows its name.
fn companions(page: &str) -> BTreeMap<String, PathBuf> {
    let prefix = format!("{page}.");
    let named = |path: &PathBuf| Some(path.file_name()?.to_str()?.strip_prefix(&prefix)?.to_owned());
    check::files(&["tests/guide"], "").into_iter().filter_map(|path| Some((named(&path)?, path))).collect()
}

/// Runs the companions of the pages, or of the named ones, with the library that the demo has installed.
pub fn test(extent: Extent, names: &[&str]) -> Result<String> {
    packages::ensure(packages::GUIDE)?;
    let mut chosen = pages()?;
    if let Some(name) = names.iter().find(|name| !chosen.iter().any(|page| page == *name)) {
        return Err(format!("the guide has no page {name}; it has {}", chosen.join(", ")));
    }
    chosen.retain(|page| names.is_empty() || names.contains(&page.as_str()));
    let common = common(extent)?;
    let (mut outputs, count) = (Vec::new(), chosen.len());
    // The first page's commands use the build folders of the demo, as those of `building` do. The other pages are independent.
    if chosen.first().is_some_and(|page| page == "start") {
        outputs.push(run(&chosen.remove(0), &common));
    }
    let (next, others) = (AtomicUsize::new(0), Mutex::new(&mut outputs));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(page) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let output = run(page, &common);
                    others.lock().unwrap_or_else(PoisonError::into_inner).push(output);
                }
            });
        }
    });
    let (well, failed): (Vec<_>, Vec<_>) = outputs.into_iter().partition(|output| output.is_ok());
    let failures: Vec<String> = failed.into_iter().filter_map(Result::err).collect();
    if !failures.is_empty() {
        return Err(failures.join("\n"));
    }
    let lines: String = well.into_iter().flatten().collect();
    let skipped: String = lines.lines().filter(|line| line.contains("SKIPPED")).map(|line| format!("{line}\n")).collect();
    Ok(format!("{skipped}{count} pages\n"))
}

/// Renders the guide with mdBook, which is installed from crates.io below target/, into target/guide/book.
pub fn render() -> Result<String> {
    let folder = target().join("mdbook");
    let program = folder.join("bin/mdbook");
    if !program.exists() {
        let mut install = Command::new("cargo");
        install.args(["install", MDBOOK, "--locked", "--no-default-features", "--root"]).arg(&folder);
        install.arg("--target-dir").arg(folder.join("target"));
        if let Err(why) = command::capture(&mut install) {
            return Ok(format!("SKIPPED: rendering the guide: {MDBOOK} cannot be installed from crates.io: {}\n", why.trim()));
        }
        // Hundreds of megabytes.
        let removed = fs::remove_dir_all(folder.join("target"));
        removed.map_err(|error| format!("cannot remove {}: {error}", folder.join("target").display()))?;
    }
    let book = target().join("guide/book");
    let output = command::capture(Command::new(program).args(["build", "docs", "--dest-dir"]).arg(&book))?;
    if output.contains("WARN") || output.contains("ERROR") {
        return Err(output);
    }
    let pages = pages()?;
    let missing: Vec<&str> =
        pages.iter().filter(|page| !book.join(format!("{page}.html")).exists()).map(String::as_str).collect();
    match missing[..] {
        [] => {
            let links = links::bring_along(&book)?;
            Ok(format!("{} pages, with {links} links to sources, in {}\n", pages.len(), book.display()))
        }
        _ => Err(format!("no page is made of {}", missing.join(", "))),
    }
}

/// What all pages share.
struct Common {
    /// A plug-in and a guest.
    folder: PathBuf,
    /// The folders of programs, with those of the toolchains that are installed below target/.
    path: OsString,
    extent: Extent,
}

fn common(extent: Extent) -> Result<Common> {
    let folder = target().join("guide/common");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    wat::convert(&root().join("examples/c/app.wat"), &folder.join("app.wasm"))?;
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-fvisibility=hidden", "-Iinclude", "examples/c/plugin_smallest.c", "-o"])
        .arg(folder.join("calc.so"));
    command::capture(&mut cc)?;
    let (toolchains, _) = toolchains::settings();
    let own = toolchains.iter().filter_map(|(_, program)| Some(Path::new(program).parent()?.to_owned()));
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(own.chain(std::env::split_paths(&usual))).map_err(|error| error.to_string())?;
    Ok(Common { folder, path, extent })
}

/// Writes the blocks of a page into an empty folder, and runs its companions there.
fn run(page: &str, common: &Common) -> Result<String> {
    let companions = companions(page);
    if companions.is_empty() {
        return Ok(String::new());
    }
    let (folder, prefix) = (target().join("guide").join(page), target().join("demo/prefix"));
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|error| format!("cannot remove {}: {error}", folder.display()))?;
    }
    for block in blocks(page)? {
        let text = block.text.replace("<libvm>", &root().to_string_lossy()).replace("<prefix>", &prefix.to_string_lossy());
        write(&folder.join(block.name), &text)?;
    }
    for file in ["app.wasm", "calc.so"] {
        fs::copy(common.folder.join(file), folder.join(file)).map_err(|error| format!("cannot copy {file}: {error}"))?;
    }
    for (rest, path) in &companions {
        let failed = |error: std::io::Error| format!("cannot copy {}: {error}", path.display());
        match rest.as_str() {
            // Beside the blocks, which may have the name of the page.
            "c" => fs::copy(path, folder.join("page.c")).map(drop).map_err(failed)?,
            "sh" => fs::copy(path, folder.join("page.sh")).map(drop).map_err(failed)?,
            "wat" => wat::convert(path, &folder.join("guest.wasm"))?,
            name => match name.strip_suffix(".wat") {
                Some(stem) => wat::convert(path, &folder.join(format!("{stem}.wasm")))?,
                None => fs::copy(path, folder.join(name)).map(drop).map_err(failed)?,
            },
        }
    }
    let start = if companions.contains_key("sh") { ". ./page.sh" } else { "program" };
    let script = format!("cd \"$PAGE\"\n{FUNCTIONS}{start}\n");
    let mut shell = Command::new("sh");
    shell.args(["-ec", &script]).env("LIBVM", root()).env("PAGE", &folder).env("XTASK", &*XTASK).env("PREFIX", &prefix);
    shell
        .env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"))
        .env("CARGO_TARGET_DIR", target())
        .env("LIBVM_TARGET", target())
        .env("PATH", &common.path);
    shell.env("THOROUGH", if common.extent == Extent::Thorough { "1" } else { "" });
    command::capture(&mut shell).map_err(|why| format!("docs/{page}.md: {why}"))
}
