//! Several processes: some write at once, some are killed, some have no room.
#![forbid(unsafe_code)]

use super::*;
use std::process::{Child, Command, Stdio};

/// What the child of a test does: its task, and the directory.
const TASK: &str = "LIBVM_TEST_CACHE";
const FOLDER: &str = "LIBVM_TEST_CACHE_FOLDER";
/// How many processes are killed; more in thorough runs.
const KILLS: &str = "LIBVM_TEST_KILLS";

const SIZE: usize = 400_000;
const ROOM: u64 = 10 * (SIZE as u64 + 200);

fn child_command(program: &str, task: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env(TASK, task).env(FOLDER, folder).stdout(Stdio::null());
    command
}

fn start(task: &str, folder: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "engine::cache::tests::processes::child", "--nocapture"];
    child_command(program.to_str().unwrap(), task, folder).args(arguments).spawn().unwrap()
}

/// Does the task of the environment; without one, it does nothing.
#[test]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let cache = Cache::open(&folder, ROOM).unwrap();
    match &*task {
        "write" => loop {
            (0..30).for_each(|number| store(&cache, number, SIZE));
        },
        "share" => share(&cache, 200),
        "full" => {
            store(&cache, 1, SIZE);
            assert_eq!((load(&cache, 1), cache.statistics().not_stored), (None, 1));
            store(&cache, 2, 1000);
            assert!(load(&cache, 2).is_some());
            // What others have written is read, though a file of its own in memory would be too large as well.
            assert!(load(&cache, 3).unwrap() == code_of(&key(3), SIZE));
        }
        "descriptors" => {
            let mut used = Vec::new();
            while let Ok(file) = fs::File::open("/dev/null") {
                used.push(file);
            }
            assert!(load(&cache, 1).is_none());
            drop(used);
            assert!(load(&cache, 1).is_some());
            let done = cache.statistics();
            assert_eq!((done.hits, done.misses, done.refused), (1, 1, 0));
        }
        "number" => {
            let name = |number: u64| folder.join(format!("new-{}-{number}", std::process::id()));
            let written = fs::File::create(name(0)).unwrap();
            assert!(crate::files::try_lock(&written).unwrap());
            std::os::unix::fs::symlink("nowhere", name(1)).unwrap();
            fs::write(name(2), "abandoned").unwrap();
            fs::write(name(3), "abandoned").unwrap();
            store(&cache, 1, SIZE);
            assert!(load(&cache, 1).unwrap() == code_of(&key(1), SIZE));
            let left = |number| name(number).symlink_metadata().is_ok();
            assert_eq!([0, 1, 2, 3].map(left), [true, true, false, false]);
            drop(written);
            store(&cache, 2, SIZE);
            assert_eq!((left(0), cache.statistics().stored), (false, 2));
        }
        _ => panic!("unknown task {task}"),
    }
}

/// Stores and loads what others store and load at the same time.
fn share(cache: &Cache, rounds: u64) {
    for round in 0..rounds {
        let number = round * 7 % 13;
        match load(cache, number) {
            Some(found) => assert!(found == code_of(&key(number), SIZE)),
            None => store(cache, number, SIZE),
        }
    }
    let done = cache.statistics();
    assert_eq!((done.refused, done.not_stored), (0, 0));
}

#[test]
fn what_is_killed_while_writing_leaves_nothing_bad() {
    let scratch = Scratch::new();
    let kills = std::env::var(KILLS).map_or(50, |count| count.parse().unwrap());
    let cache = scratch.open(ROOM);
    for round in 0..kills {
        let before = names(&scratch.path());
        let mut child = start("write", &scratch.path());
        // On a busy machine it takes long until it writes.
        while names(&scratch.path()) == before {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(round * 7919 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let left = names(&scratch.path()).iter().filter(|name| name.starts_with("new-")).count();
        assert!(left <= 1, "{left} temporary files");
        // The next one that writes removes what is left; who only looks does not.
        assert!(cache.statistics().bytes <= ROOM);
        assert_eq!(names(&scratch.path()).iter().filter(|name| name.starts_with("new-")).count(), left);
        store(&cache, 99, 10);
        assert!(cache.statistics().bytes <= ROOM);
        assert!(names(&scratch.path()).iter().all(|name| name.ends_with(".code")));
        for number in 0..30 {
            if let Some(found) = load(&cache, number) {
                assert!(found == code_of(&key(number), SIZE));
            }
        }
    }
    assert_eq!(cache.statistics().refused, 0, "a file that has its name is whole");
}

/// A file that is being written is locked; one that nobody has locked belonged to a process that was killed.
#[test]
fn what_was_left_behind_is_removed() {
    let scratch = Scratch::new();
    let cache = scratch.open(ROOM);
    fs::write(scratch.path().join("new-1-0"), "left").unwrap();
    let written = fs::File::create(scratch.path().join("new-2-0")).unwrap();
    assert!(crate::files::try_lock(&written).unwrap());
    let unfinished = || names(&scratch.path()).into_iter().filter(|name| name.starts_with("new-")).collect::<Vec<_>>();
    store(&cache, 1, 10);
    assert_eq!(unfinished(), ["new-2-0"]);
    drop(written);
    store(&cache, 2, 10);
    assert_eq!(unfinished(), [""; 0]);
}

#[test]
fn processes_and_threads_share_a_directory() {
    let scratch = Scratch::new();
    let path = scratch.path();
    let children: Vec<Child> = (0..3).map(|_| start("share", &path)).collect();
    let cache = scratch.open(ROOM);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| share(&cache, 200));
        }
    });
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert!(cache.statistics().bytes <= ROOM);
    assert!(names(&path).iter().all(|name| name.ends_with(".code")));
}

/// What a killed process has left behind does not stop one with the same number, and what one with the same number in another container
/// writes stays.
#[test]
fn a_process_number_that_is_used_again() {
    let scratch = Scratch::new();
    drop(scratch.open(ROOM));
    assert!(start("number", &scratch.path()).wait().unwrap().success());
    let names = names(&scratch.path());
    let (codes, others): (Vec<_>, Vec<_>) = names.iter().partition(|name| name.ends_with(".code"));
    assert_eq!((codes.len(), others.len()), (2, 1), "{names:?}");
}

/// Runs a task in a process with a limit of the shell.
fn run_limited(limit: &str, task: &str, folder: &Path) {
    let line = format!("{limit}; exec \"$0\" --exact engine::cache::tests::processes::child --nocapture");
    let mut child = child_command("sh", task, folder);
    child.arg("-c").arg(line).arg(std::env::current_exe().unwrap());
    assert!(child.status().unwrap().success());
}

/// A process that may write only small files is not ended by the system.
#[test]
fn a_limit_for_the_size_of_files_leaves_no_part_of_a_file() {
    let scratch = Scratch::new();
    store(&scratch.open(ROOM), 3, SIZE);
    run_limited("ulimit -f 100", "full", &scratch.path());
    assert_eq!(names(&scratch.path()).len(), 2);
}

/// A process that has no descriptors left compiles, and leaves the file to the others.
#[test]
fn what_cannot_be_opened_now_stays() {
    let scratch = Scratch::new();
    store(&scratch.open(ROOM), 1, SIZE);
    run_limited("ulimit -n 30", "descriptors", &scratch.path());
    assert_eq!(names(&scratch.path()).len(), 1);
}

/// Its descriptor is not inherited by programs that are started meanwhile, and a forked child may use the cache.
#[test]
fn code_stays_valid_when_its_file_goes() {
    let scratch = Scratch::new();
    let cache = scratch.open(ROOM);
    store(&cache, 1, SIZE);
    let code = cache.load(&key(1), Ok).unwrap();
    cache.refuse(&key(1), "a test");
    assert!(names(&scratch.path()).is_empty());
    assert!(bytes(code) == code_of(&key(1), SIZE));
    assert_eq!(cache.statistics().refused, 1);
}
