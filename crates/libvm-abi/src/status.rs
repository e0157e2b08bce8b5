//! Statuses, log levels.

/// What came of a call: 0 is success, negative a failure, positive an answer of a callback.
pub type Status = i32;

/// How much a line of the log matters.
pub type LogLevel = i32;
/// It worked.
pub const STATUS_OK: Status = 0;
/// The answer comes later.
pub const STATUS_PENDING: Status = 1;
/// Done; the rest of the chain is not asked.
pub const STATUS_COMPLETE: Status = 2;
/// Start again with the first of the chain.
pub const STATUS_RETRY: Status = 3;
/// A required object or pointer is NULL.
pub const STATUS_NULL_ARGUMENT: Status = -100;
/// An argument has a value that makes no sense here.
pub const STATUS_INVALID_ARGUMENT: Status = -101;
/// A text is not UTF-8.
pub const STATUS_BAD_UTF8: Status = -102;
/// A value has another type than the one needed.
pub const STATUS_WRONG_TYPE: Status = -103;
/// More or fewer arguments or results than the function has.
pub const STATUS_WRONG_COUNT: Status = -104;
/// A handle or token of something that is gone.
pub const STATUS_STALE: Status = -105;
/// A handle of another context, or a module of another engine.
pub const STATUS_WRONG_CONTEXT: Status = -106;
/// Another thread uses the context.
pub const STATUS_BUSY: Status = -107;
/// Called from inside the context's own callback, past the caller.
pub const STATUS_REENTRANT: Status = -108;
/// Called on a thread where this may not be called.
pub const STATUS_WRONG_THREAD: Status = -109;
/// Nothing has the name or the index.
pub const STATUS_NOT_FOUND: Status = -110;
/// The name is taken.
pub const STATUS_ALREADY_EXISTS: Status = -111;
/// A host module that is registered cannot be changed.
pub const STATUS_SEALED: Status = -112;
/// This build, engine or configuration does not offer it.
pub const STATUS_UNSUPPORTED: Status = -113;
/// An address or index outside of the memory or table.
pub const STATUS_OUT_OF_BOUNDS: Status = -114;
/// A signature string that cannot be read.
pub const STATUS_BAD_SIGNATURE: Status = -115;
/// A write to a constant global.
pub const STATUS_IMMUTABLE: Status = -116;
/// A configuration is no TOML, or says what cannot be.
pub const STATUS_BAD_CONFIG: Status = -117;
/// The bytes are not a valid module for this engine.
pub const STATUS_BAD_MODULE: Status = -200;
/// The bytes are the text format, which this build does not read.
pub const STATUS_TEXT_FORMAT: Status = -201;
/// Nothing provides an import; the message lists all of them.
pub const STATUS_UNRESOLVED_IMPORT: Status = -300;
/// What provides an import has another type.
pub const STATUS_INCOMPATIBLE_IMPORT: Status = -301;
/// The module could not be instantiated.
pub const STATUS_INSTANTIATION: Status = -302;
/// The guest trapped; see the trap code.
pub const STATUS_TRAP: Status = -400;
/// The guest left through `proc_exit`; see the exit code.
pub const STATUS_EXIT: Status = -401;
/// A host function answered with a status that means nothing here.
pub const STATUS_BAD_ANSWER: Status = -402;
/// Memory could not be had.
pub const STATUS_OUT_OF_MEMORY: Status = -500;
/// Host and guest call each other too deeply.
pub const STATUS_RECURSION_LIMIT: Status = -501;
/// A limit of the context or the engine was reached.
pub const STATUS_LIMIT: Status = -502;
/// No file, or no plug-in of that name.
pub const STATUS_PLUGIN_NOT_FOUND: Status = -600;
/// Not a whole shared library.
pub const STATUS_PLUGIN_BAD_FILE: Status = -601;
/// A shared library, but not a plug-in of libvm.
pub const STATUS_PLUGIN_NO_MANIFEST: Status = -602;
/// A manifest that cannot be read.
pub const STATUS_PLUGIN_BAD_MANIFEST: Status = -603;
/// Built for another processor or system.
pub const STATUS_PLUGIN_WRONG_PLATFORM: Status = -604;
/// Needs another version of the ABI or of libvm.
pub const STATUS_PLUGIN_INCOMPATIBLE: Status = -605;
/// The registry's policy forbids it.
pub const STATUS_PLUGIN_NOT_ALLOWED: Status = -606;
/// Its name and version are loaded from another file.
pub const STATUS_PLUGIN_DUPLICATE: Status = -607;
/// A higher version of it is loaded.
pub const STATUS_PLUGIN_SUPERSEDED: Status = -608;
/// The system could not open the library.
pub const STATUS_PLUGIN_LOAD: Status = -609;
/// Its descriptor is missing or wrong.
pub const STATUS_PLUGIN_BAD_DESCRIPTOR: Status = -610;
/// Its own initialize or create failed.
pub const STATUS_PLUGIN_INITIALIZE: Status = -611;
/// A plug-in that it depends on is not there.
pub const STATUS_PLUGIN_DEPENDENCY: Status = -612;
/// A plug-in reports a failure of its own.
pub const STATUS_PLUGIN_FAILED: Status = -613;
/// An option is unknown, missing, of a wrong type or out of range.
pub const STATUS_PLUGIN_OPTION: Status = -614;
/// A permission that is not granted, or granted and not wanted.
pub const STATUS_PLUGIN_PERMISSION: Status = -615;
/// Others than root and this user could have put the file there.
pub const STATUS_UNTRUSTED_PATH: Status = -620;
/// A lock file that cannot be read.
pub const STATUS_PLUGIN_LOCK: Status = -621;
/// The file's bytes are not those that are expected.
pub const STATUS_PLUGIN_HASH: Status = -622;
/// No signature, or none that fits.
pub const STATUS_PLUGIN_SIGNATURE: Status = -623;
/// The system failed to read or write.
pub const STATUS_IO: Status = -700;
/// No such file or directory.
pub const STATUS_FILE_NOT_FOUND: Status = -701;
/// The system forbids it.
pub const STATUS_PERMISSION_DENIED: Status = -702;
/// A file is not a state file, or is damaged, or too new.
pub const STATUS_BAD_STATE_FILE: Status = -703;
/// A fault of libvm, caught: please report it.
pub const STATUS_INTERNAL: Status = -800;

/// Every status with its C name, in the order of the header.
pub const STATUS_NAMES: &[(Status, &core::ffi::CStr)] = &[
    (STATUS_OK, c"VM_STATUS_OK"),
    (STATUS_PENDING, c"VM_STATUS_PENDING"),
    (STATUS_COMPLETE, c"VM_STATUS_COMPLETE"),
    (STATUS_RETRY, c"VM_STATUS_RETRY"),
    (STATUS_NULL_ARGUMENT, c"VM_STATUS_NULL_ARGUMENT"),
    (STATUS_INVALID_ARGUMENT, c"VM_STATUS_INVALID_ARGUMENT"),
    (STATUS_BAD_UTF8, c"VM_STATUS_BAD_UTF8"),
    (STATUS_WRONG_TYPE, c"VM_STATUS_WRONG_TYPE"),
    (STATUS_WRONG_COUNT, c"VM_STATUS_WRONG_COUNT"),
    (STATUS_STALE, c"VM_STATUS_STALE"),
    (STATUS_WRONG_CONTEXT, c"VM_STATUS_WRONG_CONTEXT"),
    (STATUS_BUSY, c"VM_STATUS_BUSY"),
    (STATUS_REENTRANT, c"VM_STATUS_REENTRANT"),
    (STATUS_WRONG_THREAD, c"VM_STATUS_WRONG_THREAD"),
    (STATUS_NOT_FOUND, c"VM_STATUS_NOT_FOUND"),
    (STATUS_ALREADY_EXISTS, c"VM_STATUS_ALREADY_EXISTS"),
    (STATUS_SEALED, c"VM_STATUS_SEALED"),
    (STATUS_UNSUPPORTED, c"VM_STATUS_UNSUPPORTED"),
    (STATUS_OUT_OF_BOUNDS, c"VM_STATUS_OUT_OF_BOUNDS"),
    (STATUS_BAD_SIGNATURE, c"VM_STATUS_BAD_SIGNATURE"),
    (STATUS_IMMUTABLE, c"VM_STATUS_IMMUTABLE"),
    (STATUS_BAD_CONFIG, c"VM_STATUS_BAD_CONFIG"),
    (STATUS_BAD_MODULE, c"VM_STATUS_BAD_MODULE"),
    (STATUS_TEXT_FORMAT, c"VM_STATUS_TEXT_FORMAT"),
    (STATUS_UNRESOLVED_IMPORT, c"VM_STATUS_UNRESOLVED_IMPORT"),
    (STATUS_INCOMPATIBLE_IMPORT, c"VM_STATUS_INCOMPATIBLE_IMPORT"),
    (STATUS_INSTANTIATION, c"VM_STATUS_INSTANTIATION"),
    (STATUS_TRAP, c"VM_STATUS_TRAP"),
    (STATUS_EXIT, c"VM_STATUS_EXIT"),
    (STATUS_BAD_ANSWER, c"VM_STATUS_BAD_ANSWER"),
    (STATUS_OUT_OF_MEMORY, c"VM_STATUS_OUT_OF_MEMORY"),
    (STATUS_RECURSION_LIMIT, c"VM_STATUS_RECURSION_LIMIT"),
    (STATUS_LIMIT, c"VM_STATUS_LIMIT"),
    (STATUS_PLUGIN_NOT_FOUND, c"VM_STATUS_PLUGIN_NOT_FOUND"),
    (STATUS_PLUGIN_BAD_FILE, c"VM_STATUS_PLUGIN_BAD_FILE"),
    (STATUS_PLUGIN_NO_MANIFEST, c"VM_STATUS_PLUGIN_NO_MANIFEST"),
    (STATUS_PLUGIN_BAD_MANIFEST, c"VM_STATUS_PLUGIN_BAD_MANIFEST"),
    (STATUS_PLUGIN_WRONG_PLATFORM, c"VM_STATUS_PLUGIN_WRONG_PLATFORM"),
    (STATUS_PLUGIN_INCOMPATIBLE, c"VM_STATUS_PLUGIN_INCOMPATIBLE"),
    (STATUS_PLUGIN_NOT_ALLOWED, c"VM_STATUS_PLUGIN_NOT_ALLOWED"),
    (STATUS_PLUGIN_DUPLICATE, c"VM_STATUS_PLUGIN_DUPLICATE"),
    (STATUS_PLUGIN_SUPERSEDED, c"VM_STATUS_PLUGIN_SUPERSEDED"),
    (STATUS_PLUGIN_LOAD, c"VM_STATUS_PLUGIN_LOAD"),
    (STATUS_PLUGIN_BAD_DESCRIPTOR, c"VM_STATUS_PLUGIN_BAD_DESCRIPTOR"),
    (STATUS_PLUGIN_INITIALIZE, c"VM_STATUS_PLUGIN_INITIALIZE"),
    (STATUS_PLUGIN_DEPENDENCY, c"VM_STATUS_PLUGIN_DEPENDENCY"),
    (STATUS_PLUGIN_FAILED, c"VM_STATUS_PLUGIN_FAILED"),
    (STATUS_PLUGIN_OPTION, c"VM_STATUS_PLUGIN_OPTION"),
    (STATUS_PLUGIN_PERMISSION, c"VM_STATUS_PLUGIN_PERMISSION"),
    (STATUS_UNTRUSTED_PATH, c"VM_STATUS_UNTRUSTED_PATH"),
    (STATUS_PLUGIN_LOCK, c"VM_STATUS_PLUGIN_LOCK"),
    (STATUS_PLUGIN_HASH, c"VM_STATUS_PLUGIN_HASH"),
    (STATUS_PLUGIN_SIGNATURE, c"VM_STATUS_PLUGIN_SIGNATURE"),
    (STATUS_IO, c"VM_STATUS_IO"),
    (STATUS_FILE_NOT_FOUND, c"VM_STATUS_FILE_NOT_FOUND"),
    (STATUS_PERMISSION_DENIED, c"VM_STATUS_PERMISSION_DENIED"),
    (STATUS_BAD_STATE_FILE, c"VM_STATUS_BAD_STATE_FILE"),
    (STATUS_INTERNAL, c"VM_STATUS_INTERNAL"),
];
/// Lines of level error.
pub const LOG_ERROR: LogLevel = 1;
/// Lines of level warning.
pub const LOG_WARNING: LogLevel = 2;
/// Lines of level info.
pub const LOG_INFO: LogLevel = 3;
/// Lines of level debug.
pub const LOG_DEBUG: LogLevel = 4;
/// Lines of level trace.
pub const LOG_TRACE: LogLevel = 5;
