//! Every limit on what a guest, a file or a caller can make libvm do.
#![forbid(unsafe_code)]

use std::ops::RangeInclusive;

/// Default limit on the total size in bytes of the linear memories of a context: few programs need more, and one context alone does
/// not exhaust a machine.
pub const DEFAULT_MEMORY_BYTES: u64 = 1 << 30;

/// Default limit on the number of elements of the tables of a context: 80 MB.
pub const DEFAULT_TABLE_ELEMENTS: u64 = 10_000_000;

/// Default limit on the numbers of instances, of memories and of tables that a context creates.
pub const DEFAULT_INSTANCES: u64 = 10_000;

/// Default limit on the nesting depth of calls from the host into the guests of one context. Each level takes some kilobytes of the
/// native stack, which wasmi does not guard.
pub const DEFAULT_CALL_DEPTH: usize = 64;

/// Default limit on the number of externrefs that a context creates: the interpreter frees them with the context, and each takes
/// about 50 bytes.
pub const DEFAULT_REFERENCES: u64 = 1_000_000;

/// Default limit on the number of files and directories that the guests of a context have open through WASI, besides those that they
/// started with. Each takes a descriptor of the process, which the host needs too.
pub const DEFAULT_OPEN_FILES: usize = 512;

/// Maximum number of subscriptions of one `poll_oneoff` of WASI.
pub const MAX_WASI_SUBSCRIPTIONS: u32 = 4_096;

/// Maximum number of buffers of one read or write of WASI, as in POSIX (`IOV_MAX`): the host keeps a list of them.
pub const MAX_WASI_BUFFERS: u32 = 1_024;

/// Maximum length in bytes of a path of WASI, as in Linux (`PATH_MAX`): the host copies it.
pub const MAX_WASI_PATH: u32 = 4_096;

/// Permitted limits on the nesting depth of calls from the host into guests.
pub const CALL_DEPTHS: RangeInclusive<usize> = 1..=65_536;

/// Bytes of the native stack that a call from the host into the guest requires. (An unoptimized build of wasmi
/// takes about 20 KiB for its own frames; the rest is for the host functions below.)
pub const MIN_NATIVE_STACK: usize = 96 << 10;

/// Likewise to go on with an execution: more than what it begins with, which is then not refused.
pub const RESUME_STACK: usize = 112 << 10;

/// Default nesting depth of a guest's own calls. (wasmi's default of 1,000 is too low for real programs.)
pub const DEFAULT_RECURSION_DEPTH: usize = 65_536;

/// Default size of the value stack in bytes. (wasmi's default is 1 MB.)
pub const DEFAULT_STACK_SIZE: usize = 16 << 20;

/// Bytes of the native stack that compiled code has unless a size was set.
#[cfg(feature = "compiled")]
pub const COMPILED_STACK: usize = 512 << 10;

/// Bytes of the stack of a thread that the beginning of a call on a stack of its own requires: those that stay free for the frames that
/// enter it (`stack`), and some for what it calls there.
#[cfg(feature = "compiled")]
pub const FIBER_ENTRY: usize = 32 << 10;

/// Number of calls into guests on stacks of their own inside of each other, of all contexts, inside of which no execution runs: those
/// stacks do not limit each other.
#[cfg(feature = "compiled")]
pub const MAX_NESTED_FIBERS: usize = 400;

/// Permitted sizes of the value stack, in bytes.
pub const STACK_SIZES: RangeInclusive<usize> = 4 << 10..=1 << 30;

/// Permitted nesting depths of a guest's own calls.
pub const RECURSION_DEPTHS: RangeInclusive<usize> = 1..=1 << 24;

/// Units of fuel between two looks at the clock and at the control of an execution: about 0.1 ms.
pub const SLICE_FUEL: u64 = 100_000;

/// Likewise in compiled code, where it is interrupted by its fuel.
#[cfg(feature = "compiled")]
pub const COMPILED_SLICE_FUEL: u64 = 1_000_000;

/// Permitted numbers of threads that run guests of one engine without waiting for each other.
pub const CONCURRENCIES: RangeInclusive<usize> = 1..=256;

/// Maximum of the default, which is the number of processors: each takes memory for modules.
pub const MAX_DEFAULT_CONCURRENCY: usize = 16;

/// Default size in bytes of all files in a cache of compiled code.
pub const DEFAULT_CACHE_BYTES: u64 = 1 << 30;

/// Maximum number of instances in the pool of an engine: each has about five mappings, with that of its stack for suspended calls, and Linux
/// permits a process 65,530.
pub const MAX_POOL_INSTANCES: usize = 10_000;

/// Maximum size in bytes of a memory in the pool of an engine.
pub const MAX_POOL_MEMORY: u64 = 1 << 32;

/// Maximum number of elements of a table in the pool of an engine.
#[cfg(feature = "compiled")]
pub const POOL_TABLE_ELEMENTS: u64 = 1 << 16;

/// Maximum size in bytes of a module that is compiled in the background: the compiler takes about twenty times as much memory.
pub const MAX_BACKGROUND_MODULE: usize = 32 << 20;

/// Maximum size in bytes of a function's body in a module that is compiled in the background, where a compilation cannot be stopped: the time for
/// a body can grow faster than its size. The largest ones of clang, Ruby, PHP, CPython and esbuild have 90 to 250 KB.
pub const MAX_BACKGROUND_BODY: usize = 512 << 10;

/// Maximum number of values that the instantiation of a compiled module computes: elements of tables, globals, offsets that are not constant. The
/// compiler takes 2 to 3 KB of memory and up to 30 µs for each.
#[cfg(feature = "compiled")]
pub const MAX_COMPUTED_VALUES: usize = 1 << 17;

/// Maximum number of values where the blocks of a function meet, as `merges.rs` counts them; a module may have as many and one for each of its
/// bytes. The largest functions of clang and esbuild have 840,000 and 350,000. The compiler takes up to ten seconds, or a gigabyte, for as many.
#[cfg(feature = "compiled")]
pub const MAX_MERGED_VALUES: u64 = 1 << 21;

/// Maximum number of modules that wait to be compiled in the background.
pub const MAX_BACKGROUND_MODULES: usize = 256;

/// Number of value stacks that an engine keeps for reuse.
pub const CACHED_STACKS: usize = 8;

/// Number of arguments or results of a call that are kept on the native stack; more are allocated on the heap.
pub const INLINE_VALUES: usize = 16;

/// Maximum length in bytes of the name of a hook point.
pub const MAX_POINT_NAME: usize = 255;

/// Maximum length in bytes of a key of an event of hooks.
pub const MAX_EVENT_KEY: usize = 255;

/// Maximum number of keys of an event of hooks.
pub const MAX_EVENT_KEYS: usize = 1_000;

/// Default limit on how often the hooks of an event are called again because one of them asks for it.
pub const DEFAULT_HOOK_RETRIES: u32 = 100;

/// Maximum number of hooks that a host adds to a context.
pub const MAX_HOST_HOOKS: usize = 10_000;

/// Maximum size of a wasm file in bytes: wasmi's own limit on a module is 1 GiB.
pub const MAX_WASM_FILE: u64 = 1 << 30;

/// Default nesting depth of blocks in a function. Opening a block takes two bytes at least, so that bodies of
/// up to 64 KiB need not be scanned.
pub const DEFAULT_NESTING: usize = 32_768;

/// Maximum value of the limit on the nesting depth of blocks.
pub const MAX_NESTING: usize = 1 << 24;

/// Maximum number of locals of a function, including its parameters: the interpreter's own limit.
pub const MAX_LOCALS: usize = 30_000;

/// Default limit on the size of a function body in bytes.
pub const DEFAULT_BODY_BYTES: usize = 8 << 20;

/// Maximum number of functions that a module defines: the interpreter's own limit.
pub const MAX_FUNCTIONS: usize = 1_000_000;

/// Default limit on the number of imports of a module: each takes about 300 bytes, and 450 in each instance.
pub const DEFAULT_IMPORTS: usize = 100_000;

/// Maximum number of imports of a module: the interpreter's own limit.
pub const MAX_IMPORTS: usize = 1_000_000;

/// Maximum size in bytes of a constant expression of a module: the initial value of a global, the offset of a segment. Compilers
/// need about ten.
pub const MAX_CONSTANT_EXPRESSION: usize = 1024;

/// Maximum length in bytes of a name for which similar names are suggested.
pub const MAX_SIMILAR_NAME: usize = 128;

/// Maximum number of unknown names for which one call searches similar ones.
pub const MAX_SUGGESTIONS: usize = 100;

/// Maximum number of names that are compared to find a similar one.
pub const MAX_SIMILAR_CANDIDATES: usize = 4_096;

/// Maximum size of a configuration in bytes.
pub const MAX_CONFIG_FILE: usize = 1 << 20;

/// Maximum size in bytes of the file of a plug-in index.
pub const MAX_INDEX_FILE: u64 = 32 << 20;

/// Maximum number of files in a plug-in index.
pub const MAX_INDEXED_FILES: usize = 20_000;

/// Maximum number of bytes that the functions of one plug-in take in an index; of others they are not known.
pub const MAX_INDEXED_FUNCTIONS: usize = 1 << 20;

/// Maximum number of plug-in files that one call examines.
pub const MAX_PLUGIN_CANDIDATES: usize = 10_000;

/// Maximum number of times that plug-ins are chosen for the imports of a module: again when one is refused, or lacks a function.
pub const MAX_CHOICES: usize = 100;

/// Maximum depth of the search in a plug-in directory.
pub const MAX_PLUGIN_DEPTH: usize = 16;

/// Maximum size of a plug-in file in bytes.
pub const MAX_PLUGIN_FILE: u64 = 1 << 30;

/// Maximum size of a package in bytes. It is in memory while it is read.
pub const MAX_PACKAGE: u64 = 256 << 20;

/// Maximum number of files and folders of a package.
pub const MAX_PACKAGE_FILES: usize = 10_000;

/// Maximum size of a file of a package in bytes. One at a time is in memory.
pub const MAX_PACKAGE_FILE: usize = 256 << 20;

/// Maximum size of all files of a package in bytes.
pub const MAX_PACKAGE_UNPACKED: u64 = 1 << 30;

/// A package unpacks to at most so many times its own size, and [`MIN_PACKAGE_EXPANSION`] more. Deflate can do 1,000 times.
pub const MAX_PACKAGE_EXPANSION: u64 = 100;

/// Bytes to which even the smallest package may unpack.
pub const MIN_PACKAGE_EXPANSION: u64 = 64 << 20;

/// Maximum length of the path of a file in a package in bytes.
pub const MAX_PACKAGE_NAME: usize = 512;

/// Maximum number of parts of the path of a file in a package.
pub const MAX_PACKAGE_DEPTH: usize = 16;

/// Maximum size in bytes of a text file of a package that libvm reads: its description, its options, its hashes.
pub const MAX_PACKAGE_TEXT: usize = 4 << 20;

/// Maximum nesting depth of JSON: of packages, and of the index of plug-ins. Each level takes some hundred bytes of the native stack.
pub const MAX_JSON_DEPTH: usize = 32;

/// Maximum length of a number in JSON in characters.
pub const MAX_JSON_NUMBER: usize = 64;

/// Maximum size of a lock file in bytes.
pub const MAX_LOCK_FILE: u64 = 4 << 20;

/// Maximum size in bytes of the record of an installed package.
pub const MAX_PACKAGE_RECORD: u64 = 8 << 20;

/// Maximum number of bytes read of a plug-in file to find its manifest: headers and symbol tables.
pub const MAX_PLUGIN_SYMBOLS: u64 = 64 << 20;

/// Maximum length of a string of a plug-in in bytes: a name, a description, a log line.
pub const MAX_PLUGIN_TEXT: usize = 1 << 20;

/// Maximum number of modules of a plug-in, of functions of a module, and of options of a plug-in.
pub const MAX_PLUGIN_ITEMS: u32 = 65_536;

/// Maximum number of plug-ins that a module declares, and that plug-ins require for a module.
pub const MAX_MODULE_PLUGINS: usize = 1_024;

/// Maximum number of functions that one plug-in provides for one module.
pub const MAX_PROVIDED_FUNCTIONS: usize = 65_536;
/// Maximum number of parameters in the custom sections `libvm.param` of a module.
pub const MAX_PARAMETERS: usize = 65_536;

/// Maximum size of a parameter in bytes: it is copied to be compiled.
pub const MAX_PARAMETER: usize = 16 << 20;

/// Ids of parameters below this are found in an array, others in a table.
pub const MAX_DIRECT_PARAMETER: u32 = 1_024;

/// Maximum number of bytes of a parameter that a message shows before, and after, the place of an error.
pub const MAX_SHOWN_PARAMETER: usize = 48;

/// Maximum size of captured guest output in bytes, for each of stdout and stderr.
pub const MAX_CAPTURED_OUTPUT: usize = 16 << 20;

/// Maximum length of a key of a plug-in's state in bytes.
pub const MAX_STATE_KEY: usize = 1024;

/// Maximum size of a value of a plug-in's state in bytes.
pub const MAX_STATE_VALUE: usize = 16 << 20;

/// Maximum size in bytes of the state that an instance of a plug-in passes to another version.
pub const MAX_SNAPSHOT: usize = 64 << 20;

/// Maximum length of a permission in bytes.
pub const MAX_PERMISSION: usize = 1024;

/// Maximum number of bytes shown of the name of a wasm module or file in a message; the middle of a longer name is omitted.
pub const MAX_SHOWN_NAME: usize = 256;

/// Maximum length of a line of a message in bytes; the middle of a longer line is omitted.
pub const MAX_MESSAGE_LINE: usize = 16 << 10;

/// Maximum number of WASI arguments and of environment variables of a guest. (`wasi-common` sums their sizes again for each.)
pub const MAX_WASI_STRINGS: usize = 16_384;

/// Maximum number of WASI directories of a guest.
pub const MAX_WASI_DIRECTORIES: usize = 1_024;

/// Maximum size in bytes of an entry of a recording.
pub const MAX_RECORD_ENTRY: usize = 4 << 20;

/// Maximum size in bytes of a text of an error in a recording.
pub const MAX_RECORD_TEXT: usize = 64 << 10;

/// Bytes of a change of memory in one entry of a recording.
pub const MAX_RECORD_CHANGE: usize = 1 << 20;

/// Bytes of a recording that are kept until they are written.
pub const RECORD_ROOM: usize = 64 << 10;

/// Maximum number of names that a message shows of a longer list.
pub const MAX_SHOWN_NAMES: usize = 20;

/// Maximum number of frames of a backtrace that a message shows.
pub const MAX_SHOWN_FRAMES: usize = 40;

/// Maximum number of the innermost, and of the outermost frames of one call of a guest that a backtrace has.
pub const MAX_FRAMES: (u32, u32) = (40, 20);

/// Maximum number of plug-ins that a message names of a dependency cycle.
pub const MAX_SHOWN_CYCLE: usize = 8;

/// Bytes of the native stack that reading a configuration or a lock file may take, which can be nested 80 deep.
pub const PARSER_STACK: usize = 512 << 10;

/// Maximum size of the payload of an event of a stream in bytes.
pub const MAX_STREAM_PAYLOAD: usize = 16 << 20;

/// Maximum number of keys in the metadata of an event of a stream.
pub const MAX_STREAM_FIELDS: usize = 256;

/// Maximum size of the metadata of an event of a stream in bytes: all keys and values.
pub const MAX_STREAM_METADATA: usize = 64 << 10;

/// Maximum number of events, and of their bytes, that a stage of a stream emits in one call.
pub const MAX_STREAM_EMITTED: (usize, usize) = (65_536, 64 << 20);

/// Default number of events in the queue of a push source.
pub const DEFAULT_STREAM_QUEUE_EVENTS: usize = 1_024;

/// Default number of bytes in the queue of a push source.
pub const DEFAULT_STREAM_QUEUE_BYTES: usize = 4 << 20;

/// Maximum size in bytes of the events that one pull of a source returns, except for its last event.
pub const MAX_STREAM_PULL: usize = 4 << 20;

/// Default number of events that a stream pulls, passes to a batched stage and writes at once.
pub const DEFAULT_STREAM_BATCH: usize = 256;

/// Permitted numbers of events that a stream pulls at once.
pub const STREAM_BATCHES: RangeInclusive<usize> = 1..=65_536;

/// Bytes of events between two stages of a stream from which on the second one goes first.
pub const MAX_STREAM_LEVEL: usize = 16 << 20;

/// Maximum length in bytes of the reason that a dead letter has in its metadata.
pub const MAX_STREAM_REASON: usize = 1024;

/// Maximum number of stages, and of sinks, of a stream.
pub const MAX_STREAM_PARTS: usize = 256;

/// Milliseconds that a stream waits before it asks a source or a sink again that has not notified it: from the first time on twice as
/// long each time.
pub const STREAM_PATIENCE: RangeInclusive<u64> = 1..=32;

/// Maximum length in bytes of the name of a stream, and of a part of it.
pub const MAX_STREAM_NAME: usize = 256;
