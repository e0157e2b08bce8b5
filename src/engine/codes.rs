//! The compiled code of an engine's modules: from its cache, or from the compiler.
#![forbid(unsafe_code)]

use super::cache::{Cache, Code, Key, default_directory};
use super::caching::{CacheDirectory, Caching, EngineStatistics};
use crate::log;
use crate::status::Result;
use crate::system;
use libvm_abi as abi;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// Why there is no cache in a process such as a service without a user's environment.
const NO_HOME: &str = "compiled code is not kept: the user has no directory for caches, since HOME is not set to an absolute path; set it, or \
                       choose a directory with VM_EngineConfigSetCacheDirectory";

/// The code of an engine; shared by any number of threads.
#[derive(Default)]
pub struct Codes {
    cache: Option<Cache>,
    compilations: AtomicU64,
    nanoseconds: AtomicU64,
    /// How many modules there are for which contexts are interpreted.
    interpreted: AtomicUsize,
}

impl Codes {
    /// Opens the cache. Without one, everything is compiled: the log has the reason.
    pub fn open(caching: &Caching) -> Self {
        let directory = match &caching.directory {
            CacheDirectory::User => default_directory().or_else(|| {
                if !system::is_privileged() {
                    log::log(abi::LOG_WARNING, None, NO_HOME);
                }
                None
            }),
            CacheDirectory::None => None,
            CacheDirectory::At(path) => Some(path.clone()),
        };
        let open = |path| {
            let message = |error: &crate::status::Error| format!("compiled code is not kept: {}", error.message());
            Cache::open(path, caching.size).inspect_err(|error| log::log(abi::LOG_WARNING, None, &message(error))).ok()
        };
        Self { cache: directory.as_deref().and_then(open), ..Self::default() }
    }

    /// Returns the loaded code of a key if the cache has it. The key is made of everything that the code depends on.
    pub fn find<T>(&self, key: &Key, load: impl FnOnce(Code) -> Result<T>) -> Option<T> {
        self.cache.as_ref()?.load(key, load)
    }

    /// Compiles, and adds the code to the cache. `id` names the versions that compile.
    ///
    /// # Errors
    /// Those of `compile`.
    pub fn compile(&self, key: &Key, id: &str, compile: impl FnOnce() -> Result<Vec<u8>>) -> Result<Code> {
        let begin = Instant::now();
        let code = compile()?;
        let took = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.compilations.fetch_add(1, Ordering::Relaxed);
        self.nanoseconds.fetch_add(took, Ordering::Relaxed);
        if let Some(cache) = &self.cache {
            cache.store(key, id, &code);
        }
        Ok(Code::Bytes(code))
    }

    /// Counts a module for which contexts are interpreted, or one that is such a module no more.
    pub fn count_interpreted(&self, more: bool) {
        match more {
            true => self.interpreted.fetch_add(1, Ordering::Relaxed),
            false => self.interpreted.fetch_sub(1, Ordering::Relaxed),
        };
    }

    /// Returns whether there are modules for which contexts are interpreted.
    pub fn has_interpreted(&self) -> bool {
        self.interpreted.load(Ordering::Relaxed) > 0
    }

    /// Returns whether there is a cache.
    pub fn has_cache(&self) -> bool {
        self.cache.is_some()
    }

    /// Returns what was compiled, and what the cache has done.
    pub fn statistics(&self) -> EngineStatistics {
        let cache = self.cache.as_ref().map(Cache::statistics).unwrap_or_default();
        EngineStatistics {
            compilations: self.compilations.load(Ordering::Relaxed),
            compile_nanoseconds: self.nanoseconds.load(Ordering::Relaxed),
            cache_hits: cache.hits,
            cache_misses: cache.misses,
            cache_refused: cache.refused,
            cache_stored: cache.stored,
            cache_not_stored: cache.not_stored,
            cache_bytes: cache.bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Error;
    use std::io::{Read, Seek};
    use std::path::PathBuf;

    const ID: &str = "libvm 0 for tests";

    fn options(name: &str) -> (Caching, PathBuf) {
        let path = std::env::temp_dir().canonicalize().unwrap().join(format!("libvm-codes-{name}-{}", std::process::id()));
        (Caching { directory: CacheDirectory::new(&path).unwrap(), size: 1 << 20 }, path)
    }

    /// A stand-in for an engine: its code begins with "code".
    fn load(code: Code) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match code {
            Code::Bytes(made) => bytes = made,
            Code::Sealed(mut file) => {
                file.rewind().unwrap();
                file.read_to_end(&mut bytes).unwrap();
            }
        }
        if bytes.starts_with(b"code") { Ok(bytes) } else { Err(Error::new(abi::STATUS_UNSUPPORTED, "another processor")) }
    }

    /// From the cache, or compiled.
    fn obtain(codes: &Codes, key: &Key, compile: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        codes.find(key, load).map_or_else(|| load(codes.compile(key, ID, compile)?), Ok)
    }

    #[test]
    fn code_is_compiled_once() {
        let (options, path) = options("once");
        let key = Key::of(&[b"module"]);
        let codes = Codes::open(&options);
        let made = obtain(&codes, &key, || Ok(b"code 1".to_vec())).unwrap();
        assert_eq!(made, b"code 1");
        for codes in [&codes, &Codes::open(&options)] {
            let found = obtain(codes, &key, || panic!("the cache has it")).unwrap();
            assert_eq!(found, b"code 1");
        }
        let done = codes.statistics();
        assert_eq!((done.compilations, done.cache_hits, done.cache_misses, done.cache_stored), (1, 1, 1, 1));
        assert!(done.compile_nanoseconds > 0 && done.cache_bytes > 6);
        // What fails to compile is neither counted nor stored.
        let error = obtain(&codes, &Key::of(&[]), || Err(Error::new(abi::STATUS_LIMIT, "too large"))).unwrap_err();
        assert_eq!((error.message(), codes.statistics().compilations), ("too large", 1));
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn code_that_cannot_be_loaded_is_compiled_again() {
        let (options, path) = options("again");
        let key = Key::of(&[b"module"]);
        let codes = Codes::open(&options);
        let error = obtain(&codes, &key, || Ok(b"for another machine".to_vec())).unwrap_err();
        assert_eq!(error.message(), "another processor");
        assert_eq!(obtain(&codes, &key, || Ok(b"code 2".to_vec())).unwrap(), b"code 2");
        let done = codes.statistics();
        assert_eq!((done.compilations, done.cache_refused, done.cache_stored), (2, 1, 2));
        assert_eq!((done.cache_hits, done.cache_misses), (0, 2));
        assert_eq!(codes.find(&key, load).unwrap(), b"code 2");
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn without_a_cache_everything_is_compiled() {
        let off = Caching { directory: CacheDirectory::new("".as_ref()).unwrap(), size: 1 << 20 };
        let impossible = Caching { directory: CacheDirectory::new("/dev/null/cache".as_ref()).unwrap(), size: 1 << 20 };
        for options in [off, impossible] {
            let codes = Codes::open(&options);
            for _ in 0..2 {
                assert_eq!(obtain(&codes, &Key::of(&[]), || Ok(b"code".to_vec())).unwrap(), b"code");
            }
            let done = codes.statistics();
            assert_eq!(
                EngineStatistics { compile_nanoseconds: 0, ..done },
                EngineStatistics { compilations: 2, ..Default::default() }
            );
        }
    }
}
