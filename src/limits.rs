//! Every number that bounds what a guest, a file or a caller can make libvm do.
#![forbid(unsafe_code)]

use std::ops::RangeInclusive;

/// How deeply host and guest may call each other in one context. Each level takes some kilobytes of the native stack, which
/// wasmi does not guard.
pub const MAX_CALL_DEPTH: usize = 64;

/// Bytes of the native stack that a call of the host into the guest needs to begin. (An unoptimised build of wasmi
/// takes about 20 KiB for its own frames; the rest is for the host functions below.)
pub const MIN_NATIVE_STACK: usize = 96 << 10;

/// How deeply a guest's own calls may be nested, by default. (wasmi's own default of 1,000 is too low for real programs.)
pub const DEFAULT_RECURSION_DEPTH: usize = 65_536;

/// Size of the value stack in bytes, by default. (wasmi's own default is 1 MB.)
pub const DEFAULT_STACK_SIZE: usize = 16 << 20;

/// How large the value stack can be made, in bytes.
pub const STACK_SIZES: RangeInclusive<usize> = 4 << 10..=1 << 30;

/// How deeply a guest's own calls can be allowed to be nested.
pub const RECURSION_DEPTHS: RangeInclusive<usize> = 1..=1 << 24;

/// How many value stacks an engine keeps for reuse.
pub const CACHED_STACKS: usize = 8;

/// How many arguments or results a call keeps on the native stack; more are put on the heap.
pub const INLINE_VALUES: usize = 16;

/// How large a wasm file may be, in bytes: wasmi's own limit on a module is 1 GiB.
pub const MAX_WASM_FILE: u64 = 1 << 30;

/// How deeply the blocks of a function may be nested, by default. What opens a block takes two bytes at least, so that bodies of
/// up to 64 KiB need not be looked at.
pub const DEFAULT_NESTING: usize = 32_768;

/// How deeply the blocks of a function can be allowed to be nested.
pub const MAX_NESTING: usize = 1 << 24;

/// How many locals a function may have, its parameters included: the interpreter's own limit.
pub const MAX_LOCALS: usize = 30_000;

/// How large the body of a function may be by default, in bytes.
pub const DEFAULT_BODY_BYTES: usize = 8 << 20;

/// How many functions a module may define: the interpreter's own limit.
pub const MAX_FUNCTIONS: usize = 1_000_000;

/// How long a name may be, in bytes, for similar names to be suggested.
pub const MAX_SIMILAR_NAME: usize = 128;

/// How many names are looked at to find a similar one.
pub const MAX_SIMILAR_CANDIDATES: usize = 4_096;

/// How large a configuration may be, in bytes.
pub const MAX_CONFIG_FILE: usize = 1 << 20;

/// How many plug-in files one call looks at.
pub const MAX_PLUGIN_CANDIDATES: usize = 10_000;

/// How deeply a plug-in directory is searched.
pub const MAX_PLUGIN_DEPTH: usize = 16;

/// How large a plug-in file may be, in bytes.
pub const MAX_PLUGIN_FILE: u64 = 1 << 30;

/// How large a lock file may be, in bytes.
pub const MAX_LOCK_FILE: u64 = 4 << 20;

/// How much of a plug-in file is read to find its manifest, in bytes: headers and symbol tables.
pub const MAX_PLUGIN_SYMBOLS: u64 = 64 << 20;

/// How long a text of a plug-in may be, in bytes: a name, a description, a line of the log.
pub const MAX_PLUGIN_TEXT: usize = 1 << 20;

/// How many modules, functions a module, or options a plug-in may have.
pub const MAX_PLUGIN_ITEMS: u32 = 65_536;

/// How much output of a guest is kept when it is captured, in bytes for each of stdout and stderr.
pub const MAX_CAPTURED_OUTPUT: usize = 16 << 20;

/// How long a key of a plug-in's state may be, in bytes.
pub const MAX_STATE_KEY: usize = 1024;

/// How large a value of a plug-in's state may be, in bytes.
pub const MAX_STATE_VALUE: usize = 16 << 20;

/// How large the state may be that an instance of a plug-in takes along to another version, in bytes.
pub const MAX_SNAPSHOT: usize = 64 << 20;

/// How long a permission may be, in bytes.
pub const MAX_PERMISSION: usize = 1024;

/// How much of a name of a wasm module or file a message shows, in bytes; the middle of a longer one is left out.
pub const MAX_SHOWN_NAME: usize = 256;

/// How long a line of a message may be, in bytes; the middle of a longer one is left out.
pub const MAX_MESSAGE_LINE: usize = 16 << 10;

/// How many arguments, and how many environment variables, a guest may be given by WASI. (`wasi-common` adds them up anew for each.)
pub const MAX_WASI_STRINGS: usize = 16_384;

/// How many directories a guest may be given by WASI.
pub const MAX_WASI_DIRECTORIES: usize = 1_024;

/// How many names of a longer list a message shows.
pub const MAX_SHOWN_NAMES: usize = 20;

/// How many plug-ins a message names of those that need each other.
pub const MAX_SHOWN_CYCLE: usize = 8;

/// Bytes of the native stack that reading a configuration or a lock file may take, which can be nested 80 deep.
pub const PARSER_STACK: usize = 512 << 10;
