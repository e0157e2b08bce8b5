//! Statuses, log levels.

/// The result of a call: 0 is success, a negative number is a failure, a positive one an answer that only callbacks give.
pub type Status = i32;

/// The severity of a log line.
pub type LogLevel = i32;
/// The call succeeded.
pub const STATUS_OK: Status = 0;
/// The answer of a callback that suspended its guest.
pub const STATUS_PENDING: Status = 1;
/// The answer of a hook after which the others are not called, and of a source that has no other event.
pub const STATUS_COMPLETE: Status = 2;
/// The answer of a hook after which all hooks are called again.
pub const STATUS_RETRY: Status = 3;
/// A required object or pointer is NULL.
pub const STATUS_NULL_ARGUMENT: Status = -100;
/// An argument has a value that is not allowed.
pub const STATUS_INVALID_ARGUMENT: Status = -101;
/// A string is not valid UTF-8.
pub const STATUS_BAD_UTF8: Status = -102;
/// A value has another type than required.
pub const STATUS_WRONG_TYPE: Status = -103;
/// The number of arguments or results differs from the function's.
pub const STATUS_WRONG_COUNT: Status = -104;
/// A handle or token refers to something that no longer exists.
pub const STATUS_STALE: Status = -105;
/// A handle belongs to another context, or a module to another engine.
pub const STATUS_WRONG_CONTEXT: Status = -106;
/// In use: by another thread, or by an unfinished execution.
pub const STATUS_BUSY: Status = -107;
/// Called from inside the context's own callback, but not through the caller.
pub const STATUS_REENTRANT: Status = -108;
/// Called on a thread that may not call this function.
pub const STATUS_WRONG_THREAD: Status = -109;
/// Nothing has this name or index.
pub const STATUS_NOT_FOUND: Status = -110;
/// The name is already in use.
pub const STATUS_ALREADY_EXISTS: Status = -111;
/// A registered host module cannot be changed.
pub const STATUS_SEALED: Status = -112;
/// Not supported by this build, engine or configuration.
pub const STATUS_UNSUPPORTED: Status = -113;
/// An address or index outside of the memory or table.
pub const STATUS_OUT_OF_BOUNDS: Status = -114;
/// A signature string cannot be parsed.
pub const STATUS_BAD_SIGNATURE: Status = -115;
/// A constant global cannot be written.
pub const STATUS_IMMUTABLE: Status = -116;
/// A configuration is not valid TOML, or has an invalid key or value.
pub const STATUS_BAD_CONFIG: Status = -117;
/// The call would have to wait longer than it may.
pub const STATUS_WOULD_BLOCK: Status = -118;
/// The bytes are not a valid module for this engine.
pub const STATUS_BAD_MODULE: Status = -200;
/// The bytes are in the text format, which this build cannot read.
pub const STATUS_TEXT_FORMAT: Status = -201;
/// An entry of a custom section that libvm reads is not valid, or does not compile.
pub const STATUS_BAD_PARAMETER: Status = -202;
/// An import has no provider; the message lists all such imports.
pub const STATUS_UNRESOLVED_IMPORT: Status = -300;
/// The provider of an import has another type.
pub const STATUS_INCOMPATIBLE_IMPORT: Status = -301;
/// The module could not be instantiated.
pub const STATUS_INSTANTIATION: Status = -302;
/// A plug-in has refused the module.
pub const STATUS_MODULE_REFUSED: Status = -303;
/// The guest trapped; see the trap code.
pub const STATUS_TRAP: Status = -400;
/// The guest called `proc_exit`; see the exit code.
pub const STATUS_EXIT: Status = -401;
/// A host function returned a number that is not a valid status.
pub const STATUS_BAD_ANSWER: Status = -402;
/// The execution was cancelled.
pub const STATUS_CANCELLED: Status = -403;
/// The replayed execution differs from its recording.
pub const STATUS_REPLAY_DIFFERS: Status = -404;
/// Out of memory.
pub const STATUS_OUT_OF_MEMORY: Status = -500;
/// Calls between host and guest are nested too deeply.
pub const STATUS_RECURSION_LIMIT: Status = -501;
/// A limit of the context or the engine was reached.
pub const STATUS_LIMIT: Status = -502;
/// The deadline or the compute limit of the execution passed.
pub const STATUS_TIMEOUT: Status = -503;
/// The execution used up the fuel of its context.
pub const STATUS_OUT_OF_FUEL: Status = -504;
/// No such file, or no plug-in with this name.
pub const STATUS_PLUGIN_NOT_FOUND: Status = -600;
/// The file is not a complete shared library.
pub const STATUS_PLUGIN_BAD_FILE: Status = -601;
/// The shared library is not a libvm plug-in.
pub const STATUS_PLUGIN_NO_MANIFEST: Status = -602;
/// The manifest cannot be read.
pub const STATUS_PLUGIN_BAD_MANIFEST: Status = -603;
/// The plug-in was built for another processor or system.
pub const STATUS_PLUGIN_WRONG_PLATFORM: Status = -604;
/// The plug-in needs another version of the ABI or of libvm.
pub const STATUS_PLUGIN_INCOMPATIBLE: Status = -605;
/// The registry's policy forbids the plug-in.
pub const STATUS_PLUGIN_NOT_ALLOWED: Status = -606;
/// The same name and version is already loaded from another file.
pub const STATUS_PLUGIN_DUPLICATE: Status = -607;
/// A higher version of the plug-in is loaded.
pub const STATUS_PLUGIN_SUPERSEDED: Status = -608;
/// The system could not open the library.
pub const STATUS_PLUGIN_LOAD: Status = -609;
/// The plug-in's descriptor is missing or invalid.
pub const STATUS_PLUGIN_BAD_DESCRIPTOR: Status = -610;
/// The plug-in's entry, initialize or create function failed.
pub const STATUS_PLUGIN_INITIALIZE: Status = -611;
/// A plug-in that this one depends on is not available.
pub const STATUS_PLUGIN_DEPENDENCY: Status = -612;
/// The plug-in reported a failure of its own.
pub const STATUS_PLUGIN_FAILED: Status = -613;
/// An option is unknown, missing, of the wrong type or out of range.
pub const STATUS_PLUGIN_OPTION: Status = -614;
/// A permission is not granted, or is granted but not requested.
pub const STATUS_PLUGIN_PERMISSION: Status = -615;
/// Somebody other than root and this user could have put the file there.
pub const STATUS_UNTRUSTED_PATH: Status = -620;
/// The lock file cannot be read.
pub const STATUS_PLUGIN_LOCK: Status = -621;
/// The file's contents differ from the expected ones.
pub const STATUS_PLUGIN_HASH: Status = -622;
/// The signature is missing or does not match.
pub const STATUS_PLUGIN_SIGNATURE: Status = -623;
/// The package is damaged, or has contents that no package may have.
pub const STATUS_BAD_PACKAGE: Status = -630;
/// The package, or that version of it, is not installed.
pub const STATUS_PACKAGE_NOT_FOUND: Status = -631;
/// Reading or writing failed.
pub const STATUS_IO: Status = -700;
/// No such file or directory.
pub const STATUS_FILE_NOT_FOUND: Status = -701;
/// The system denied access.
pub const STATUS_PERMISSION_DENIED: Status = -702;
/// The file is not a state file, is damaged, or was written by a newer version.
pub const STATUS_BAD_STATE_FILE: Status = -703;
/// The bytes are not a recording, are damaged, or were written by another version.
pub const STATUS_BAD_RECORDING: Status = -704;
/// An internal error in libvm; please report it.
pub const STATUS_INTERNAL: Status = -800;
/// The first status of hosts and plug-ins; smaller numbers are theirs too.
pub const STATUS_USER: Status = -10000;

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
    (STATUS_WOULD_BLOCK, c"VM_STATUS_WOULD_BLOCK"),
    (STATUS_BAD_MODULE, c"VM_STATUS_BAD_MODULE"),
    (STATUS_TEXT_FORMAT, c"VM_STATUS_TEXT_FORMAT"),
    (STATUS_BAD_PARAMETER, c"VM_STATUS_BAD_PARAMETER"),
    (STATUS_UNRESOLVED_IMPORT, c"VM_STATUS_UNRESOLVED_IMPORT"),
    (STATUS_INCOMPATIBLE_IMPORT, c"VM_STATUS_INCOMPATIBLE_IMPORT"),
    (STATUS_INSTANTIATION, c"VM_STATUS_INSTANTIATION"),
    (STATUS_MODULE_REFUSED, c"VM_STATUS_MODULE_REFUSED"),
    (STATUS_TRAP, c"VM_STATUS_TRAP"),
    (STATUS_EXIT, c"VM_STATUS_EXIT"),
    (STATUS_BAD_ANSWER, c"VM_STATUS_BAD_ANSWER"),
    (STATUS_CANCELLED, c"VM_STATUS_CANCELLED"),
    (STATUS_REPLAY_DIFFERS, c"VM_STATUS_REPLAY_DIFFERS"),
    (STATUS_OUT_OF_MEMORY, c"VM_STATUS_OUT_OF_MEMORY"),
    (STATUS_RECURSION_LIMIT, c"VM_STATUS_RECURSION_LIMIT"),
    (STATUS_LIMIT, c"VM_STATUS_LIMIT"),
    (STATUS_TIMEOUT, c"VM_STATUS_TIMEOUT"),
    (STATUS_OUT_OF_FUEL, c"VM_STATUS_OUT_OF_FUEL"),
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
    (STATUS_BAD_PACKAGE, c"VM_STATUS_BAD_PACKAGE"),
    (STATUS_PACKAGE_NOT_FOUND, c"VM_STATUS_PACKAGE_NOT_FOUND"),
    (STATUS_IO, c"VM_STATUS_IO"),
    (STATUS_FILE_NOT_FOUND, c"VM_STATUS_FILE_NOT_FOUND"),
    (STATUS_PERMISSION_DENIED, c"VM_STATUS_PERMISSION_DENIED"),
    (STATUS_BAD_STATE_FILE, c"VM_STATUS_BAD_STATE_FILE"),
    (STATUS_BAD_RECORDING, c"VM_STATUS_BAD_RECORDING"),
    (STATUS_INTERNAL, c"VM_STATUS_INTERNAL"),
    (STATUS_USER, c"VM_STATUS_USER"),
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
