//! What is taken from wasi-common, and from wiggle, which it is made with: no other file names them. docs/design.md says what will
//! replace it.
#![forbid(unsafe_code)]

// The functions, which read and write guest memory, and call the objects of an environment.
pub use wasi_common::snapshots::preview_1::error::Errno;
pub use wasi_common::snapshots::preview_1::wasi_snapshot_preview1 as preview1;
pub use wiggle::{GuestError, GuestMemory, anyhow};

// An environment.
pub use wasi_common::{Table, WasiCtx};

// What the objects in it do, and the words for that.
pub use wasi_common::clocks::WasiMonotonicOffsetClock;
pub use wasi_common::dir::{OpenResult, ReaddirCursor, ReaddirEntity};
pub use wasi_common::file::{Advice, FdFlags, FileType, Filestat, OFlags};
pub use wasi_common::sched::{Poll, RwEventFlags, Subscription, SubscriptionResult, Userdata};
pub use wasi_common::{Error, SystemTimeSpec, WasiClocks, WasiDir, WasiFile, WasiMonotonicClock, WasiSched, WasiSystemClock};
pub use wiggle::async_trait;

// The objects of the system, which libvm's wrap.
pub use wasi_common::sync::clocks::{MonotonicClock, SystemClock};
pub use wasi_common::sync::dir::Dir;
pub use wasi_common::sync::file::File;
pub use wasi_common::sync::{random_ctx, sched, stdio};
