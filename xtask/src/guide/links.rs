//! Links of the rendered guide to files outside of docs/: what they lead to is copied into the book.
use crate::{Result, check, root, write};
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the book with the files.
const FOLDER: &str = "sources";

/// How a link out of docs/ begins in a page.
const OUT: &str = "href=\"../";

/// Has all pages of a book lead to copies in it, and returns how many links there are.
pub fn bring_along(book: &Path) -> Result<usize> {
    let mut count = 0;
    for page in pages(book)? {
        let failed = |error: std::io::Error| format!("cannot read {}: {error}", page.display());
        let text = fs::read_to_string(&page).map_err(failed)?;
        let (text, links) = change(&text, |path| copy(path, book)).map_err(|why| format!("{}: {why}", page.display()))?;
        write(&page, &text)?;
        count += links;
    }
    Ok(count)
}

fn pages(book: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(book).map_err(|error| format!("cannot read {}: {error}", book.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths.filter(|path| path.extension().is_some_and(|ending| ending == "html")).collect())
}

/// Returns a page with other links, and how many were changed; `copy` is called with the path of each, and returns the one in the book.
fn change(page: &str, mut copy: impl FnMut(&str) -> Result<String>) -> Result<(String, usize)> {
    let mut parts = page.split(OUT);
    let (mut made, mut links) = (parts.next().unwrap_or_default().to_owned(), 0);
    for part in parts {
        let (link, rest) = part.split_once('"').ok_or("a link without an end")?;
        let (path, place) = link.find('#').map_or((link, ""), |at| link.split_at(at));
        made += &format!("href=\"{}{place}\"{rest}", copy(path)?);
        links += 1;
    }
    Ok((made, links))
}

/// Copies a file, or all files of a folder, and returns where the book has it.
fn copy(path: &str, book: &Path) -> Result<String> {
    // mdBook takes a page in Markdown for one of the book.
    let path = match path.strip_suffix(".html") {
        Some(stem) if !root().join(path).exists() => format!("{stem}.md"),
        _ => path.trim_end_matches('/').to_owned(),
    };
    let source = root().join(&path);
    let files = if source.is_dir() { check::files(&[&path], "") } else { vec![source] };
    for file in files {
        let to = book.join(FOLDER).join(file.strip_prefix(root()).map_err(|error| error.to_string())?);
        let copied = fs::create_dir_all(to.parent().unwrap_or(book)).and_then(|()| fs::copy(&file, &to));
        copied.map_err(|error| format!("cannot copy {} to {}: {error}", file.display(), to.display()))?;
    }
    Ok(format!("{FOLDER}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_into_the_book() {
        let book = std::env::temp_dir().join(format!("libvm-links-{}", std::process::id()));
        fs::create_dir_all(&book).unwrap();
        let page = "<a href=\"errors.html\">a</a><a href=\"../examples/c/async_host_function.c\">b</a> \
                    <a href=\"../README.html#a-plug-in\">c</a><a href=\"../examples/cpp/\">d</a>";
        fs::write(book.join("page.html"), page).unwrap();
        assert_eq!(bring_along(&book), Ok(3));
        let expected = "<a href=\"errors.html\">a</a><a href=\"sources/examples/c/async_host_function.c\">b</a> \
                        <a href=\"sources/README.md#a-plug-in\">c</a><a href=\"sources/examples/cpp\">d</a>";
        assert_eq!(fs::read_to_string(book.join("page.html")).unwrap(), expected);
        for file in ["examples/c/async_host_function.c", "README.md", "examples/cpp/host.cpp"] {
            let copied = fs::read(book.join(FOLDER).join(file)).unwrap();
            assert_eq!(copied, fs::read(root().join(file)).unwrap(), "{file}");
        }
        fs::write(book.join("page.html"), "<a href=\"../none.c\">").unwrap();
        assert!(bring_along(&book).unwrap_err().contains("cannot copy "));
        fs::remove_dir_all(&book).unwrap();
    }
}
