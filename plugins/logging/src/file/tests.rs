use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};

/// An empty directory, removed when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("libvm-logging-{name}-{}", std::process::id()));
        fs::create_dir(&path).expect("it can be created");
        Self(path)
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.join(name)).expect("it is text")
    }

    fn refusal(&self, name: &str) -> String {
        LogFile::open(self.join(name), 1000).err().unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn names_stay_in_the_directory() {
    for name in ["a", "app.log", "a-b_c.2", "a.10"] {
        assert_eq!(check_name(name), Ok(()));
    }
    let long = "a".repeat(MAX_NAME + 1);
    for name in [".", "..", ".a", "a/b", "/a", "a\\b", "a\0", "a\n", "ü", "a.1", "C:a", &long] {
        assert!(check_name(name).is_err_and(|text| text.contains("is not the name of a file")), "{name}");
    }
}

#[test]
fn only_regular_files_without_other_names_are_opened() {
    let folder = Folder::new("kinds");
    fs::write(folder.join("there"), "1\n").expect("it can be written");
    symlink(folder.join("there"), folder.join("link")).expect("it can be created");
    symlink(folder.join("nowhere"), folder.join("dangling")).expect("it can be created");
    fs::hard_link(folder.join("there"), folder.join("hard")).expect("it can be created");
    fs::create_dir(folder.join("folder")).expect("it can be created");
    for (name, why) in [
        ("link", "it is a symbolic link"),
        ("dangling", "it is a symbolic link"),
        ("hard", "the file has 2 names (hard links)"),
        ("there", "the file has 2 names (hard links)"),
        ("folder", "it is not a regular file"),
        ("no/folder", "No such file or directory"),
    ] {
        assert!(folder.refusal(name).contains(why), "{}", folder.refusal(name));
    }
    assert!(!folder.join("nowhere").exists());
    assert_eq!(folder.read("there"), "1\n");
}

#[test]
fn it_is_renamed_before_it_is_too_large() {
    let folder = Folder::new("sizes");
    let mut file = LogFile::open(folder.join("log"), 10).expect("it can be opened");
    let mut same = LogFile::open(folder.join("log"), 10).expect("it can be opened");
    for number in 0..4 {
        assert_eq!(file.append(&format!("a{number}\n")), Ok(0));
        assert_eq!(same.append(&format!("b{number}\n")), Ok(0));
    }
    assert_eq!((&*folder.read("log.1"), &*folder.read("log")), ("b1\na2\nb2\n", "a3\nb3\n"));
    assert_eq!(same.append("a line with more bytes than a file\n"), Ok(0));
    assert_eq!(file.append("c\n"), Ok(0));
    assert_eq!((&*folder.read("log.1"), &*folder.read("log")), ("a line with more bytes than a file\n", "c\n"));
    assert_eq!(fs::metadata(folder.join("log")).expect("it is there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn many_instances_write_whole_lines() {
    let folder = Folder::new("many");
    let line = |name: u32, number: u32| format!("{name} {number} {}\n", "x".repeat(number as usize % 50));
    std::thread::scope(|scope| {
        for name in 0..8 {
            let (folder, path) = (&folder, folder.join("log"));
            scope.spawn(move || {
                let mut small = LogFile::open(folder.join("small"), 1000).expect("it can be opened");
                let mut large = LogFile::open(path, u64::MAX).expect("it can be opened");
                for number in 0..500 {
                    assert_eq!(small.append(&line(name, number)), Ok(0));
                    assert_eq!(large.append(&line(name, number)), Ok(0));
                }
            });
        }
    });
    let mut next = [0; 8];
    for read in folder.read("log").lines() {
        let name: u32 = read[..1].parse().expect("a number");
        assert_eq!(format!("{read}\n"), line(name, next[name as usize]));
        next[name as usize] += 1;
    }
    assert_eq!(next, [500; 8]);
    for small in ["small", "small.1"] {
        let text = folder.read(small);
        assert!(text.len() < 1000 + 8 * 60 && text.ends_with('\n'));
        for read in text.lines() {
            let mut words = read.split(' ');
            let mut number = || words.next().and_then(|word| word.parse().ok()).expect("a number");
            assert_eq!(format!("{read}\n"), line(number(), number()));
        }
    }
}

#[test]
fn the_file_with_the_name_is_written() {
    let folder = Folder::new("renamed");
    let mut file = LogFile::open(folder.join("log"), 1000).expect("it can be opened");
    assert_eq!(file.append("1\n"), Ok(0));
    fs::rename(folder.join("log"), folder.join("elsewhere")).expect("it can be renamed");
    assert_eq!(file.append("2\n"), Ok(0));
    fs::remove_file(folder.join("log")).expect("it can be removed");
    assert_eq!(file.append("3\n"), Ok(0));
    assert_eq!((&*folder.read("elsewhere"), &*folder.read("log")), ("1\n", "3\n"));
    fs::remove_file(folder.join("log")).expect("it can be removed");
    symlink(folder.join("elsewhere"), folder.join("log")).expect("it can be created");
    assert!(matches!(file.append("4\n"), Err(Failure::First(why)) if why.contains("it is a symbolic link")));
    assert_eq!(file.append("5\n"), Err(Failure::Again));
    fs::remove_file(folder.join("log")).expect("it can be removed");
    assert_eq!(file.append("6\n"), Ok(2));
    assert_eq!(file.append("7\n"), Ok(0));
    assert_eq!((&*folder.read("elsewhere"), &*folder.read("log")), ("1\n", "6\n7\n"));
}

#[test]
fn a_file_that_gets_a_second_name_is_not_renamed_to_it() {
    let folder = Folder::new("second-name");
    let mut file = LogFile::open(folder.join("log"), 10).expect("it can be created");
    assert_eq!(file.append("12345678\n"), Ok(0));
    fs::hard_link(folder.join("log"), folder.join("log.1")).expect("it can be created");
    let failure = file.append("next\n").expect_err("it has two names");
    assert_eq!(failure, Failure::First(format!("{}: the file has 2 names (hard links)", folder.join("log").display())));
    fs::remove_file(folder.join("log.1")).expect("it can be removed");
    assert_eq!(file.append("again\n"), Ok(1));
    assert_eq!((folder.read("log.1"), folder.read("log")), ("12345678\n".to_owned(), "again\n".to_owned()));
}
