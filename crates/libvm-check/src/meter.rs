//! What this process has: memory, descriptors, threads, children.

/// What this process has at a moment; 0 for what the system does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Bytes that were allocated with malloc and not freed.
    pub heap: u64,
    /// Bytes of memory that the process really has.
    pub resident: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Threads.
    pub threads: u64,
    /// Processes that it has started and that were not waited for.
    pub children: u64,
}

impl Reading {
    /// Reads them.
    pub fn now() -> Self {
        Self {
            heap: heap(),
            resident: resident(),
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
            children: children(),
        }
    }
}

fn entries(directory: &str) -> u64 {
    std::fs::read_dir(directory).map_or(0, |entries| entries.count() as u64)
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn children() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.map(|list| list.split_whitespace().count() as u64).sum()
}

/// Returns whether a library is mapped whose file, or copy in memory, has this text in its name.
pub fn is_mapped(name: &str) -> bool {
    std::fs::read_to_string("/proc/self/maps").unwrap_or_default().lines().any(|line| line.contains(name))
}

/// `mallinfo2` of glibc 2.33 and newer, which is looked up because other systems do not have it.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn heap() -> u64 {
    // SAFETY: the name of a function of the C library.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"mallinfo2".as_ptr()) };
    if found.is_null() {
        return 0;
    }
    // SAFETY: its type in every version that has it.
    let mallinfo2: extern "C" fn() -> libc::mallinfo2 = unsafe { std::mem::transmute(found) };
    let info = mallinfo2();
    (info.uordblks + info.hblkhd) as u64
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn heap() -> u64 {
    0
}
