/**
 * @file libvm/types.h
 * The types shared by hosts and plug-ins: statuses, values, buffers, references, and the caller passed to host functions.
 *
 * <libvm.h> and <libvm/plugin.h> both include this file; one source file may include both. The small functions in it are inline,
 * so that the source of a host function works in a host and in a plug-in, and a plug-in links nothing. The library exports
 * the same names for languages that cannot inline C: define VM_NO_INLINE to have them declared instead.
 *
 * For <libvm.h> the output of `cc -E -DVM_NO_INLINE` contains declarations only, without attributes, initializers or constant
 * expressions that simple C parsers (cffi, for example) cannot read.
 *
 * Thread tags: [thread-safe] any thread, at any time; [one thread per context] any thread, but one at a time for a context;
 * [inside a callback only] the thread of the callback that received the caller, before the callback returns.
 */
#ifndef LIBVM_TYPES_H
#define LIBVM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The calling convention of every function and callback. */
#if defined(_WIN32) && !defined(_WIN64)
#define VM_CALL __cdecl
#else
#define VM_CALL
#endif

/** Marks a function of the library. Define VM_STATIC when linking the static library on Windows. */
#if defined(VM_NO_INLINE)
#define VM_API
#elif defined(_WIN32) && !defined(VM_STATIC)
#define VM_API __declspec(dllimport)
#elif defined(__GNUC__)
#define VM_API __attribute__((visibility("default")))
#else
#define VM_API
#endif

/** Marks a symbol that a plug-in exports to the host. */
#if defined(_WIN32)
#define VM_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define VM_EXPORT __attribute__((visibility("default")))
#else
#define VM_EXPORT
#endif

#ifdef __cplusplus
#define VM_EXTERN extern "C"
extern "C" {
#else
#define VM_EXTERN extern
#endif

/** True if `table`, a pointer to a struct that starts with its size, is large enough to contain `field`. */
#define VM_HAS(table, field) ((size_t)(table)->size >= (size_t)((const char *)(&(table)->field + 1) - (const char *)(table)))

/**
 * The result of a call: 0 is success, a negative number is a failure.
 *
 * Numbers are pinned and never reused; docs/errors.md lists each with its cause and remedy. Statuses of VM_STATUS_USER and below
 * belong to hosts and plug-ins: libvm passes them on unchanged. Positive numbers are answers of callbacks; no function of
 * <libvm.h> returns one, and those that are not listed here are reserved.
 */
typedef int32_t VM_Status;

enum {
    VM_STATUS_OK = 0, /**< The call succeeded. */

    /* Answers of callbacks. */
    VM_STATUS_PENDING = 1,  /**< The callback suspended the guest or the event; see VM_CallerSuspend and VM_EventSuspend. */
    VM_STATUS_COMPLETE = 2, /**< A hook has decided: the hooks after it are not called; or a source has no other event. */
    VM_STATUS_RETRY = 3,    /**< A hook asks for all hooks to be called again. */

    /* -100: arguments. */
    VM_STATUS_NULL_ARGUMENT = -100,    /**< A required object or pointer is NULL. */
    VM_STATUS_INVALID_ARGUMENT = -101, /**< An argument has a value that is not allowed. */
    VM_STATUS_BAD_UTF8 = -102,         /**< A string is not valid UTF-8. */
    VM_STATUS_WRONG_TYPE = -103,       /**< A value has another type than required. */
    VM_STATUS_WRONG_COUNT = -104,      /**< The number of arguments or results differs from the function's. */
    VM_STATUS_STALE = -105,            /**< A handle or token refers to something that no longer exists. */
    VM_STATUS_WRONG_CONTEXT = -106,    /**< A handle belongs to another context, or a module to another engine. */
    VM_STATUS_BUSY = -107,             /**< In use: by another thread, or by an unfinished execution. */
    VM_STATUS_REENTRANT = -108,        /**< Called from inside the context's own callback, but not through the caller. */
    VM_STATUS_WRONG_THREAD = -109,     /**< Called on a thread that may not call this function. */
    VM_STATUS_NOT_FOUND = -110,        /**< Nothing has this name or index. */
    VM_STATUS_ALREADY_EXISTS = -111,   /**< The name is already in use. */
    VM_STATUS_SEALED = -112,           /**< A registered host module cannot be changed. */
    VM_STATUS_UNSUPPORTED = -113,      /**< Not supported by this build, engine or configuration. */
    VM_STATUS_OUT_OF_BOUNDS = -114,    /**< An address or index outside of the memory or table. */
    VM_STATUS_BAD_SIGNATURE = -115,    /**< A signature string cannot be parsed. */
    VM_STATUS_IMMUTABLE = -116,        /**< A constant global cannot be written. */
    VM_STATUS_BAD_CONFIG = -117,       /**< A configuration is not valid TOML, or has an invalid key or value. */
    VM_STATUS_WOULD_BLOCK = -118,      /**< The call would have to wait longer than it may. */

    /* -200: loading wasm. */
    VM_STATUS_BAD_MODULE = -200,    /**< The bytes are not a valid module for this engine. */
    VM_STATUS_TEXT_FORMAT = -201,   /**< The bytes are in the text format, which this build cannot read. */
    VM_STATUS_BAD_PARAMETER = -202, /**< An entry of a custom section that libvm reads is not valid, or does not compile. */

    /* -300: linking. */
    VM_STATUS_UNRESOLVED_IMPORT = -300,   /**< An import has no provider; the message lists all such imports. */
    VM_STATUS_INCOMPATIBLE_IMPORT = -301, /**< The provider of an import has another type. */
    VM_STATUS_INSTANTIATION = -302,       /**< The module could not be instantiated. */
    VM_STATUS_MODULE_REFUSED = -303,      /**< A plug-in has refused the module. */

    /* -400: running wasm. */
    VM_STATUS_TRAP = -400,       /**< The guest trapped; see the trap code. */
    VM_STATUS_EXIT = -401,       /**< The guest called `proc_exit`; see the exit code. */
    VM_STATUS_BAD_ANSWER = -402, /**< A host function returned a number that is not a valid status. */
    VM_STATUS_CANCELLED = -403,  /**< The execution was cancelled. */
    VM_STATUS_REPLAY_DIFFERS = -404, /**< The replayed execution differs from its recording. */

    /* -500: limits. */
    VM_STATUS_OUT_OF_MEMORY = -500,   /**< Out of memory. */
    VM_STATUS_RECURSION_LIMIT = -501, /**< Calls between host and guest are nested too deeply. */
    VM_STATUS_LIMIT = -502,           /**< A limit of the context or the engine was reached. */
    VM_STATUS_TIMEOUT = -503,         /**< The deadline or the compute limit of the execution passed. */
    VM_STATUS_OUT_OF_FUEL = -504,     /**< The execution used up the fuel of its context. */

    /* -600: plug-ins. */
    VM_STATUS_PLUGIN_NOT_FOUND = -600,      /**< No such file, or no plug-in with this name. */
    VM_STATUS_PLUGIN_BAD_FILE = -601,       /**< The file is not a complete shared library. */
    VM_STATUS_PLUGIN_NO_MANIFEST = -602,    /**< The shared library is not a libvm plug-in. */
    VM_STATUS_PLUGIN_BAD_MANIFEST = -603,   /**< The manifest cannot be read. */
    VM_STATUS_PLUGIN_WRONG_PLATFORM = -604, /**< The plug-in was built for another processor or system. */
    VM_STATUS_PLUGIN_INCOMPATIBLE = -605,   /**< The plug-in needs another version of the ABI or of libvm. */
    VM_STATUS_PLUGIN_NOT_ALLOWED = -606,    /**< The registry's policy forbids the plug-in. */
    VM_STATUS_PLUGIN_DUPLICATE = -607,      /**< The same name and version is already loaded from another file. */
    VM_STATUS_PLUGIN_SUPERSEDED = -608,     /**< A higher version of the plug-in is loaded. */
    VM_STATUS_PLUGIN_LOAD = -609,           /**< The system could not open the library. */
    VM_STATUS_PLUGIN_BAD_DESCRIPTOR = -610, /**< The plug-in's descriptor is missing or invalid. */
    VM_STATUS_PLUGIN_INITIALIZE = -611,     /**< The plug-in's entry, initialize or create function failed. */
    VM_STATUS_PLUGIN_DEPENDENCY = -612,     /**< A plug-in that this one depends on is not available. */
    VM_STATUS_PLUGIN_FAILED = -613,         /**< The plug-in reported a failure of its own. */
    VM_STATUS_PLUGIN_OPTION = -614,         /**< An option is unknown, missing, of the wrong type or out of range. */
    VM_STATUS_PLUGIN_PERMISSION = -615,     /**< A permission is not granted, or is granted but not requested. */
    VM_STATUS_UNTRUSTED_PATH = -620,        /**< Somebody other than root and this user could have put the file there. */
    VM_STATUS_PLUGIN_LOCK = -621,           /**< The lock file cannot be read. */
    VM_STATUS_PLUGIN_HASH = -622,           /**< The file's contents differ from the expected ones. */
    VM_STATUS_PLUGIN_SIGNATURE = -623,      /**< The signature is missing or does not match. */
    VM_STATUS_BAD_PACKAGE = -630,           /**< The package is damaged, or has contents that no package may have. */
    VM_STATUS_PACKAGE_NOT_FOUND = -631,     /**< The package, or that version of it, is not installed. */

    /* -700: files. */
    VM_STATUS_IO = -700,                /**< Reading or writing failed. */
    VM_STATUS_FILE_NOT_FOUND = -701,    /**< No such file or directory. */
    VM_STATUS_PERMISSION_DENIED = -702, /**< The system denied access. */
    VM_STATUS_BAD_STATE_FILE = -703,    /**< The file is not a state file, is damaged, or was written by a newer version. */
    VM_STATUS_BAD_RECORDING = -704,     /**< The bytes are not a recording, are damaged, or were written by another version. */

    /* -800: the library itself. */
    VM_STATUS_INTERNAL = -800, /**< An internal error in libvm; please report it. */

    /* -10000 and below: hosts and plug-ins. */
    VM_STATUS_USER = -10000 /**< The first status of hosts and plug-ins; smaller numbers are theirs too. */
};

/** The severity of a log line. */
typedef int32_t VM_LogLevel;

enum { VM_LOG_ERROR = 1, VM_LOG_WARNING = 2, VM_LOG_INFO = 3, VM_LOG_DEBUG = 4, VM_LOG_TRACE = 5 };

/** The purpose of a directory of a plug-in. */
typedef uint32_t VM_DirectoryKind;

enum {
    VM_DIRECTORY_RESOURCE = 1, /**< The plug-in's own files, read-only. */
    VM_DIRECTORY_DATA = 2,     /**< Files to keep. */
    VM_DIRECTORY_CACHE = 3,    /**< Files that the plug-in can create again. */
    VM_DIRECTORY_TEMP = 4      /**< Files that are deleted with the instance. */
};

/**
 * Flags of a host function: of a plug-in's in its descriptor, of a host's with VM_HostModuleSetFunctionFlags. In every flags word of
 * the ABI unknown flags of the low 16 bits are hints and ignored; unknown flags of the high 16 bits change the contract, and a
 * plug-in that uses them is refused.
 */
enum {
    VM_FUNCTION_PURE = 1,      /**< The result depends on the arguments only, and there are no side effects. */
    VM_FUNCTION_MAY_BLOCK = 4, /**< May wait for something outside of the process. */
    VM_FUNCTION_REENTERS = 8,  /**< May call the guest. */

    /** May suspend the guest (VM_CallerSuspend, VM_CallerStartCall), which other functions cannot. */
    VM_FUNCTION_MAY_SUSPEND = 0x10000,
    /**
     * Runs on the stack of its thread, as does VM_Suspension.resume of its calls: a language runtime that looks at the bounds of that
     * stack (Go, the JVM) needs it. Other functions that guests call may run on another stack, of which 256 KiB are theirs. In the
     * interpreter every function has this property; all other callbacks, such as VM_Suspension.cancel, those for limits, traces and
     * streams, and functions that free, have it in any case.
     */
    VM_FUNCTION_THREAD_STACK = 0x20000
};

/** The type of a plug-in's option. */
typedef uint32_t VM_OptionType;

enum {
    VM_OPTION_TYPE_BOOL = 1,    /**< true or false */
    VM_OPTION_TYPE_INTEGER = 2, /**< int64_t */
    VM_OPTION_TYPE_FLOAT = 3,   /**< double */
    VM_OPTION_TYPE_STRING = 4,  /**< UTF-8 string */
    VM_OPTION_TYPE_LIST = 5,    /**< list of strings */
    VM_OPTION_TYPE_ENUM = 6     /**< one of several strings */
};

/** Flags of a plug-in's option; unknown flags as in VM_FUNCTION_*. */
enum {
    VM_OPTION_REQUIRED = 0x10000, /**< Has no default and must be set. */
    VM_OPTION_SECRET = 0x20000,   /**< Is never shown or logged. */
    VM_OPTION_RANGED = 0x40000    /**< A number between a minimum and a maximum. */
};

/** The type of a value. */
typedef uint32_t VM_ValType;

enum {
    VM_VALTYPE_NONE = 0,      /**< No value; always refused. */
    VM_VALTYPE_I32 = 1,       /**< 32-bit integer. */
    VM_VALTYPE_I64 = 2,       /**< 64-bit integer. */
    VM_VALTYPE_F32 = 3,       /**< 32-bit float. */
    VM_VALTYPE_F64 = 4,       /**< 64-bit float. */
    VM_VALTYPE_V128 = 5,      /**< 128-bit vector. */
    VM_VALTYPE_FUNCREF = 6,   /**< Reference to a function, or null. */
    VM_VALTYPE_EXTERNREF = 7, /**< Reference to a host object, or null. */
    VM_VALTYPE_BUFFER = 8     /**< A checked range of guest memory; only as an argument of a host function. */
};

/** A writable range of bytes; the function that returns or receives it specifies its owner and lifetime. */
typedef struct VM_Buffer {
    uint8_t *data; /**< First byte; may be NULL if size is 0. */
    size_t size;   /**< In bytes. */
} VM_Buffer;

/** A read-only range of bytes; the function that returns or receives it specifies its owner and lifetime. */
typedef struct VM_Bytes {
    const uint8_t *data; /**< First byte; may be NULL if size is 0. */
    size_t size;         /**< In bytes. */
} VM_Bytes;

/**
 * A reference of wasm to a function or to a host object: an index into the root table of its context. The null reference has
 * context 0. In a callback it is borrowed until the callback returns; retain it to keep it longer.
 */
typedef struct VM_Ref {
    uint64_t context;    /**< The context's id; 0 for the null reference. */
    uint32_t slot;       /**< Index in the context's root table. */
    uint32_t generation; /**< Distinguishes successive uses of a slot. */
} VM_Ref;

/**
 * A wasm value: 24 bytes on every platform. Only the member of `of` that the type names is set; the bytes beside it are
 * unspecified, so do not send a whole value to another process.
 */
typedef struct VM_Value {
    VM_ValType type;   /**< Which member of `of` holds the value. */
    uint32_t reserved; /**< 0. */
    union {
        int32_t i32;      /**< VM_VALTYPE_I32 */
        int64_t i64;      /**< VM_VALTYPE_I64 */
        float f32;        /**< VM_VALTYPE_F32 */
        double f64;       /**< VM_VALTYPE_F64 */
        uint8_t v128[16]; /**< VM_VALTYPE_V128, little-endian as in linear memory */
        VM_Buffer buffer; /**< VM_VALTYPE_BUFFER */
        VM_Ref ref;       /**< VM_VALTYPE_FUNCREF, VM_VALTYPE_EXTERNREF */
    } of;                 /**< The value itself. */
} VM_Value;

/**
 * A number without its type, for functions whose types were compared before: 16 bytes everywhere. Only the bytes of the type count; the
 * others may have any value.
 */
typedef union VM_RawValue {
    int32_t i32;      /**< VM_VALTYPE_I32 */
    int64_t i64;      /**< VM_VALTYPE_I64 */
    float f32;        /**< VM_VALTYPE_F32 */
    double f64;       /**< VM_VALTYPE_F64 */
    uint8_t v128[16]; /**< VM_VALTYPE_V128, little-endian as in linear memory */
} VM_RawValue;

typedef struct VM_CallerTable VM_CallerTable;
struct VM_StreamEvent;

/**
 * A plug-in's presence in one context (or, in `create` of a singleton, in its registry): services are asked with it, and use the
 * options, permissions, state, log and directories of that context.
 */
typedef struct VM_PluginInstance VM_PluginInstance;

/**
 * The call that a host function was called for. It is valid for this call, on this thread: outside of any call its
 * functions return VM_STATUS_STALE, on another thread VM_STATUS_WRONG_THREAD.
 */
typedef struct VM_Caller {
    const VM_CallerTable *table; /**< The functions of the caller; use the inline functions below. */
    void *data;                  /**< The function's own data, from its descriptor; NULL for a host's function. */
    uint64_t id;                 /**< The call's number; 0 outside of any call. */
    uint32_t arg_count;          /**< Number of arguments. */
    uint32_t result_count;       /**< Number of results to write. */
    VM_PluginInstance *self;     /**< The plug-in's presence in the calling context; NULL for a host's function. */
    void *reserved;              /**< NULL */
} VM_Caller;

/**
 * A host function.
 *
 * Every result arrives as VM_VALTYPE_NONE and must be set to a value of the signature's type (`results[0] = VM_ValueI32(5)`); a
 * missing or wrong one is a trap that names the function.
 *
 * No C++ exception, Rust panic or longjmp may leave the callback. After an exception or panic libvm writes the names of the function
 * and its plug-in to standard error and aborts the process; a longjmp is undefined behavior.
 *
 * Arguments of type VM_VALTYPE_BUFFER point into the guest's memory, and have been checked. A `<~` buffer must only be read. A
 * `>~` or `*~` buffer holds the guest's bytes when the callback is called; bytes that are not written stay as they are. After a
 * call that fails the guest finds unspecified bytes in them. If buffers overlap, a write to one may or may not be visible
 * through the other.
 *
 * @param instance_or_user the instance made by the plug-in's create, or the `user` pointer of a host's function
 * @param caller the call; valid until the callback returns
 * @param args `caller->arg_count` arguments, checked to have the signature's types
 * @param results `caller->result_count` results to write
 * @return VM_STATUS_OK, or a failure, which ends the guest's execution with that status (see VM_CallerFail), or VM_STATUS_PENDING
 * after VM_CallerSuspend or VM_CallerStartCall
 */
typedef VM_Status(VM_CALL *VM_Callback)(void *instance_or_user, VM_Caller *caller, const VM_Value *args, VM_Value *results);

/**
 * A host function of numbers without their types (VM_HostModuleAddFunctionRaw). The rules of VM_Callback apply; it cannot suspend its
 * guest. Not writing a result is an error that is not found: the guest then gets any number.
 *
 * @param user the `user` pointer of the function
 * @param caller the call; valid until the callback returns
 * @param values `caller->arg_count` arguments, in whose place, from the first on, `caller->result_count` results are written
 * @return VM_STATUS_OK, or a failure, which ends the guest's execution with that status (see VM_CallerFail)
 */
typedef VM_Status(VM_CALL *VM_RawCallback)(void *user, VM_Caller *caller, VM_RawValue *values);

/** Frees a `user` or `data` pointer. */
typedef void(VM_CALL *VM_Free)(void *pointer);

/**
 * Names a suspended call, to complete it with VM_Complete or VM_CompleteWithFailure. It is never 0, and no token is used twice: one
 * that was completed, was cancelled or belongs to another process is VM_STATUS_STALE.
 */
typedef uint64_t VM_Token;

/** What a suspended call was completed with. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_Completion {
    uint32_t size;          /**< Size of this struct in bytes. */
    VM_Status status;       /**< VM_STATUS_OK, or the failure. */
    const VM_Value *values; /**< The values: those passed to VM_Complete, or the results of the call that VM_CallerStartCall started. */
    size_t count;           /**< Number of values; 0 after a failure. */
    const char *text;       /**< The text of the failure, UTF-8; NULL for none. */
} VM_Completion;

/**
 * Goes on with a suspended host function after its completion, on a thread that uses the context. The rules of VM_Callback apply: it
 * sets the results, or fails, or suspends the call again.
 * @param user the pointer of the suspension
 * @param caller the call; another one than the callback's, with the same `data`, `self` and counts
 * @param completion what the call was completed with, valid until the function returns
 * @param args the arguments of the call. Those of type VM_VALTYPE_BUFFER were checked again and point to where the guest's memory is
 * now; do not write through the callback's own arguments after it has returned: they may point to other memory by then
 * @param results `caller->result_count` results to write
 * @return as a VM_Callback
 */
typedef VM_Status(VM_CALL *VM_Resume)(void *user, VM_Caller *caller, const VM_Completion *completion, const VM_Value *args, VM_Value *results);

/**
 * How a suspended call goes on. Exactly one of `resume` and `cancel` is called, then `release`, each once; every one may be NULL.
 * It may grow at its end.
 */
typedef struct VM_Suspension {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    void *user;        /**< Passed to the functions below. */

    /**
     * Called after the completion, on a thread that uses the context: while the execution runs or is polled. Without it the values of
     * the completion are the results of the host function, and a failure is its failure.
     */
    VM_Resume resume;

    /**
     * Called instead of resume if the execution was cancelled or timed out, or its context was reset or deleted: what the call waits
     * for is no longer needed. The token is stale by then. It must not use the context.
     */
    void(VM_CALL *cancel)(void *user);

    /** Called last: frees `user`. It must not use the context. */
    void(VM_CALL *release)(void *user);
} VM_Suspension;

/** Initializes a VM_Suspension without functions. */
#define VM_SUSPENSION_INIT { sizeof(VM_Suspension), 0, NULL, NULL, NULL, NULL }

/**
 * The functions of a caller, described at the inline functions below, which should be used instead. The struct only grows at its
 * end; `size` tells how much of it there is.
 */
struct VM_CallerTable {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *trap)(VM_Caller *caller, const char *text);                                                /**< VM_CallerTrap */
    VM_Status(VM_CALL *get_memory_size)(VM_Caller *caller, uint64_t *size);                                       /**< VM_CallerGetMemorySize */
    VM_Status(VM_CALL *read_memory)(VM_Caller *caller, uint64_t address, void *data, size_t size);                /**< VM_CallerReadMemory */
    VM_Status(VM_CALL *write_memory)(VM_Caller *caller, uint64_t address, const void *data, size_t size);         /**< VM_CallerWriteMemory */
    VM_Status(VM_CALL *get_memory_span)(VM_Caller *caller, uint64_t address, uint64_t size, VM_Buffer *span);     /**< VM_CallerGetMemorySpan */
    VM_Status(VM_CALL *call)(VM_Caller *caller, const char *name, const VM_Value *args, size_t arg_count, VM_Value *results, size_t result_count);    /**< VM_CallerCall */
    VM_Status(VM_CALL *call_ref)(VM_Caller *caller, VM_Ref function, const VM_Value *args, size_t arg_count, VM_Value *results, size_t result_count); /**< VM_CallerCallRef */
    VM_Status(VM_CALL *get_context_data)(VM_Caller *caller, void **data);                                         /**< VM_CallerGetContextData */
    VM_Status(VM_CALL *create_extern_ref)(VM_Caller *caller, void *pointer, VM_Free free_pointer, VM_Ref *ref);   /**< VM_CallerCreateExternRef */
    VM_Status(VM_CALL *get_extern_ref)(VM_Caller *caller, VM_Ref ref, void **pointer);                            /**< VM_CallerGetExternRef */
    VM_Status(VM_CALL *retain_ref)(VM_Caller *caller, VM_Ref ref);                                                /**< VM_CallerRetainRef */
    VM_Status(VM_CALL *release_ref)(VM_Caller *caller, VM_Ref ref);                                               /**< VM_CallerReleaseRef */
    VM_Status(VM_CALL *fail)(VM_Caller *caller, VM_Status status, const char *text);                              /**< VM_CallerFail */
    VM_Status(VM_CALL *suspend)(VM_Caller *caller, const VM_Suspension *suspension, VM_Token *token);             /**< VM_CallerSuspend */
    VM_Status(VM_CALL *start_call)(VM_Caller *caller, VM_Ref function, const VM_Value *args, size_t arg_count, const VM_Suspension *suspension, VM_Token *token); /**< VM_CallerStartCall */
    VM_Status(VM_CALL *get_export)(VM_Caller *caller, const char *name, VM_Ref *function);                        /**< VM_CallerGetExport */
    VM_Status(VM_CALL *get_time_left)(VM_Caller *caller, uint64_t *ms);                                           /**< VM_CallerGetTimeLeft */
    VM_Status(VM_CALL *extend_time)(VM_Caller *caller, uint64_t ms);                                              /**< VM_CallerExtendTime */
    VM_Status(VM_CALL *consume_fuel)(VM_Caller *caller, uint64_t units);                                          /**< VM_CallerConsumeFuel */
    VM_Status(VM_CALL *get_event)(VM_Caller *caller, struct VM_StreamEvent *event);                               /**< VM_CallerGetEvent */
    VM_Status(VM_CALL *next_event)(VM_Caller *caller, bool *is_next);                                             /**< VM_CallerNextEvent */
    VM_Status(VM_CALL *emit_event)(VM_Caller *caller, const struct VM_StreamEvent *event);                        /**< VM_CallerEmitEvent */
    VM_Status(VM_CALL *get_error_message)(VM_Caller *caller, const char **message);                               /**< VM_CallerGetErrorMessage */
    VM_Status(VM_CALL *get_signature)(VM_Caller *caller, VM_Ref function, const char **signature);                /**< VM_CallerGetSignature */
};

/** A set of VM_LOOP_* events of a descriptor that an event loop watches. */
typedef uint32_t VM_LoopEvents;
enum {
    VM_LOOP_READABLE = 1, /**< Reading does not block: there is data, a connection, the end, or an error. */
    VM_LOOP_WRITABLE = 2, /**< Writing does not block: there is room, or an error. */
    VM_LOOP_FAILED = 4    /**< The descriptor cannot be watched: the watch ends after this call. Only in a loop on the host's own loop. */
};

/**
 * Called by an event loop, on the thread that runs it, in each round in which a watched descriptor is ready. No C++ exception, Rust panic or
 * longjmp may leave it.
 * @param user the pointer that was passed with the function
 * @param id the number of the watch
 * @param events VM_LOOP_READABLE, VM_LOOP_WRITABLE, or both, as far as the watch asks for them; or VM_LOOP_FAILED
 */
typedef void(VM_CALL *VM_LoopWatchCallback)(void *user, uint64_t id, VM_LoopEvents events);

/**
 * Called by an event loop, on the thread that runs it, when a timer is due. No C++ exception, Rust panic or longjmp may leave it.
 * @param user the pointer that was passed with the function
 * @param id the number of the timer
 */
typedef void(VM_CALL *VM_LoopTimerCallback)(void *user, uint64_t id);

/**
 * Called by an event loop, on the thread that runs it, after it was posted. No C++ exception, Rust panic or longjmp may leave it.
 * @param user the pointer that was passed with the function
 */
typedef void(VM_CALL *VM_LoopPostCallback)(void *user);

/**
 * The host's own loop, as functions for VM_LoopCreateOnHost: initialize it with VM_LOOPHOST_INIT, and set all of them. Except `wake`, they
 * are called at the end of VM_LoopRunOnce or VM_LoopReport, on that thread. They must not run the loop themselves. It only grows at its
 * end.
 */
typedef struct VM_LoopHost {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    /**
     * Watches a descriptor for these events from now on, in place of others: call VM_LoopReport when it is ready. With another result than
     * VM_STATUS_OK its watches end with VM_LOOP_FAILED.
     */
    VM_Status(VM_CALL *watch)(void *user, int64_t fd, VM_LoopEvents events);
    /** Watches a descriptor no longer. */
    void(VM_CALL *unwatch)(void *user, int64_t fd);
    /** Sets the only timer: call VM_LoopRunOnce once after so many milliseconds, and not for the time that was set before; UINT64_MAX for none. */
    void(VM_CALL *set_timer)(void *user, uint64_t ms);
    /** Makes the host's loop call VM_LoopRunOnce soon. Called on any thread, also several times before that. */
    void(VM_CALL *wake)(void *user);
} VM_LoopHost;

/** A VM_LoopHost without functions. */
#define VM_LOOPHOST_INIT { (uint32_t)sizeof(VM_LoopHost), 0, NULL, NULL, NULL, NULL }

struct VM_PluginManifest;
struct VM_PluginDescriptor;
struct VM_PluginHost;

/** The plug-in's entry function, which returns its descriptor; it is called once for each registry that loads the plug-in. */
typedef const struct VM_PluginDescriptor *(VM_CALL *VM_PluginEntry)(const struct VM_PluginHost *host);

/** A plug-in linked into the host: the object that its source defines if compiled with -DVM_PLUGIN_BUILTIN=name. */
typedef struct VM_PluginBuiltin {
    uint32_t size;                            /**< Size of this struct in bytes. */
    uint32_t reserved;                        /**< 0. */
    const struct VM_PluginManifest *manifest; /**< Its manifest. */
    VM_PluginEntry entry;                     /**< Its entry function. */
} VM_PluginBuiltin;

/** An inline function of these headers. */
#if defined(__GNUC__) || defined(__clang__)
#define VM_LOCAL static inline __attribute__((unused))
#else
#define VM_LOCAL static inline
#endif

#ifdef VM_NO_INLINE
#define VM_INLINE VM_API
#define VM_BODY(...) ;
#else
#define VM_INLINE VM_LOCAL
#define VM_BODY(...) { __VA_ARGS__ }
#endif

/** Returns the null reference. @return the reference [thread-safe] @since 0.1 */
VM_INLINE VM_Ref VM_CALL VM_RefNull(void)
VM_BODY(VM_Ref made; made.context = 0; made.slot = made.generation = 0; return made;)

/** A 32-bit number as the first 8 bytes of a value: a load of 8 bytes right after a store of 4 would stall. */
#if defined(__BYTE_ORDER__) && defined(__ORDER_BIG_ENDIAN__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define VM_WORD(bits) ((int64_t)((uint64_t)(uint32_t)(bits) << 32))
#else
#define VM_WORD(bits) ((int64_t)(uint32_t)(bits))
#endif

/** Returns an i32. @param value the number @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueI32(int32_t value)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_I32; made.reserved = 0; made.of.ref = VM_RefNull(); made.of.i64 = VM_WORD(value);
        return made;)

/** Returns an i64. @param value the number @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueI64(int64_t value)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_I64; made.reserved = 0; made.of.ref = VM_RefNull(); made.of.i64 = value;
        return made;)

/** Returns an f32. @param value the number @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueF32(float value)
VM_BODY(VM_Value made; VM_Value bits; bits.of.f32 = value; made.type = VM_VALTYPE_F32; made.reserved = 0;
        made.of.ref = VM_RefNull(); made.of.i64 = VM_WORD(bits.of.i32); return made;)

/** Returns an f64. @param value the number @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueF64(double value)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_F64; made.reserved = 0; made.of.ref = VM_RefNull(); made.of.f64 = value;
        return made;)

/** Returns a v128. @param bytes 16 bytes, not NULL @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueV128(const uint8_t *bytes)
VM_BODY(VM_Value made; int i; made.type = VM_VALTYPE_V128; made.reserved = 0;
        for (i = 0; i < 16; i++) made.of.v128[i] = bytes[i]; return made;)

/** Returns a funcref. @param ref the reference; context 0 for null @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueFuncRef(VM_Ref ref)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_FUNCREF; made.reserved = 0; made.of.ref = ref; return made;)

/** Returns an externref. @param ref the reference; context 0 for null @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueExternRef(VM_Ref ref)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_EXTERNREF; made.reserved = 0; made.of.ref = ref; return made;)

/**
 * Makes the guest trap with a message: return the result of this function from the callback.
 * @param caller the call
 * @param text the message, UTF-8, copied; NULL for none
 * @return VM_STATUS_TRAP
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT: the text is then dropped
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerTrap(VM_Caller *caller, const char *text)
VM_BODY(return caller ? caller->table->trap(caller, text) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Makes the call fail with a status and a message: return the result of this function from the callback. The guest's execution
 * ends with an error that has this status, and whose message names the function and contains the text.
 * @param caller the call
 * @param status a failure: one of VM_STATUS_*, or a status of your own (VM_STATUS_USER and below)
 * @param text the message, UTF-8, copied; NULL for none
 * @return `status`
 * @par Errors
 * VM_STATUS_INVALID_ARGUMENT (the status is not a failure), VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE,
 * VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT: the text is then dropped. VM_STATUS_UNSUPPORTED in a host that does not have this
 * function
 * @par Threads
 * [inside a callback only]
 * @since 0.2
 */
VM_INLINE VM_Status VM_CALL VM_CallerFail(VM_Caller *caller, VM_Status status, const char *text)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, fail) ? caller->table->fail(caller, status, text) : VM_STATUS_UNSUPPORTED;)

/**
 * Returns the size of the guest's memory: of the memory that the instance which imports the function exports as `memory`, or else of
 * the only memory that it exports.
 * @param caller the call
 * @param size receives the size in bytes; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND (the guest has no such memory), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetMemorySize(VM_Caller *caller, uint64_t *size)
VM_BODY(return caller ? caller->table->get_memory_size(caller, size) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Copies bytes from the guest's memory.
 * @param caller the call
 * @param address of the first byte
 * @param data receives the bytes; may be NULL if size is 0
 * @param size number of bytes
 * @return VM_STATUS_OK or a failure, in which case nothing was copied
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_NOT_FOUND, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerReadMemory(VM_Caller *caller, uint64_t address, void *data, size_t size)
VM_BODY(return caller ? caller->table->read_memory(caller, address, data, size) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Copies bytes into the guest's memory.
 * @param caller the call
 * @param address of the first byte
 * @param data the bytes; may be NULL if size is 0
 * @param size number of bytes
 * @return VM_STATUS_OK or a failure, in which case nothing was copied
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_NOT_FOUND, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerWriteMemory(VM_Caller *caller, uint64_t address, const void *data, size_t size)
VM_BODY(return caller ? caller->table->write_memory(caller, address, data, size) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns a direct pointer into the guest's memory. It is valid until the callback returns or calls the guest, since a memory may
 * move when it grows. Not every memory can be accessed this way; reading and writing always work.
 * @param caller the call
 * @param address of the first byte
 * @param size number of bytes
 * @param span receives the pointer and the size; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_NOT_FOUND, VM_STATUS_UNSUPPORTED, VM_STATUS_STALE,
 * VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetMemorySpan(VM_Caller *caller, uint64_t address, uint64_t size, VM_Buffer *span)
VM_BODY(return caller ? caller->table->get_memory_span(caller, address, size, span) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Calls a function that the guest exports. If it fails, return the status from the callback to end the guest's execution with
 * the same error: message, trap code, exit code and function name are passed on.
 * @param caller the call
 * @param name of the export, UTF-8
 * @param args the arguments; may be NULL if arg_count is 0
 * @param arg_count number of arguments, as many as the function has parameters
 * @param results receives the results; may be the same array as args; may be NULL if result_count is 0
 * @param result_count number of results, as many as the function has
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT,
 * VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_RECURSION_LIMIT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT, and the
 * failures of host functions that it calls
 * @par Ownership
 * References in results are borrowed until the callback returns.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerCall(VM_Caller *caller, const char *name, const VM_Value *args, size_t arg_count,
                                          VM_Value *results, size_t result_count)
VM_BODY(return caller ? caller->table->call(caller, name, args, arg_count, results, result_count) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Calls the function that a funcref refers to. Failures are passed on as by VM_CallerCall.
 * @param caller the call
 * @param function the reference
 * @param args the arguments; may be NULL if arg_count is 0
 * @param arg_count number of arguments, as many as the function has parameters
 * @param results receives the results; may be the same array as args; may be NULL if result_count is 0
 * @param result_count number of results, as many as the function has
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_CallerCall, and VM_STATUS_WRONG_CONTEXT
 * @par Ownership
 * References in results are borrowed until the callback returns.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerCallRef(VM_Caller *caller, VM_Ref function, const VM_Value *args, size_t arg_count,
                                             VM_Value *results, size_t result_count)
VM_BODY(return caller ? caller->table->call_ref(caller, function, args, arg_count, results, result_count) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns the pointer that the host set with VM_ContextSetData.
 * @param caller the call
 * @param data receives the pointer, NULL if none was set; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The context keeps the data.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetContextData(VM_Caller *caller, void **data)
VM_BODY(return caller ? caller->table->get_context_data(caller, data) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Creates an externref that carries a pointer.
 * @param caller the call
 * @param pointer any pointer
 * @param free_pointer called once with the pointer when nothing refers to the object any more or later, at the latest when the context
 * is reset or deleted, and also if this function fails; NULL for none
 * @param ref receives the reference; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The context takes ownership of the pointer; the reference is borrowed until the callback returns.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerCreateExternRef(VM_Caller *caller, void *pointer, VM_Free free_pointer, VM_Ref *ref)
VM_BODY(if (caller) return caller->table->create_extern_ref(caller, pointer, free_pointer, ref);
        if (free_pointer) free_pointer(pointer); return VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns the pointer that an externref carries.
 * @param caller the call
 * @param ref the reference; the pointer of the null reference is NULL
 * @param pointer receives the pointer; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE (a funcref), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
 * VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The context keeps the pointer.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetExternRef(VM_Caller *caller, VM_Ref ref, void **pointer)
VM_BODY(return caller ? caller->table->get_extern_ref(caller, ref, pointer) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Keeps a reference beyond the end of the callback, until it is released or the context is deleted.
 * @param caller the call
 * @param ref the reference; nothing is done for the null reference
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * Release the reference once for each time that it was retained: with VM_CallerReleaseRef, or outside of callbacks with VM_RefRelease
 * in a host and VM_HostReleaseRef in a plug-in.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerRetainRef(VM_Caller *caller, VM_Ref ref)
VM_BODY(return caller ? caller->table->retain_ref(caller, ref) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Releases a reference that was retained.
 * @param caller the call
 * @param ref the reference; nothing is done for the null reference
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_INVALID_ARGUMENT (an instance's export that was
 * not retained), VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The reference is stale afterwards, unless it was retained more than once.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerReleaseRef(VM_Caller *caller, VM_Ref ref)
VM_BODY(return caller ? caller->table->release_ref(caller, ref) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Suspends the guest until the call is completed, with VM_Complete or VM_CompleteWithFailure in a host and with
 * VM_HostComplete or VM_HostCompleteWithFailure in a plug-in: return the result of this function from the callback. The completion may
 * come from any thread, and before the callback has returned.
 *
 * The function needs the flag VM_FUNCTION_MAY_SUSPEND. A callback that suspends the guest and then returns another status than
 * VM_STATUS_PENDING cancels the suspension; VM_STATUS_OK is then VM_STATUS_BAD_ANSWER. A blocking execution waits for the completion
 * (see VM_ContextConfigSetMayBlock); a started one is VM_EXECUTION_PENDING.
 * @param caller the call
 * @param suspension how the call goes on, copied; NULL if the values of the completion are the results
 * @param token receives the token; not NULL
 * @return VM_STATUS_PENDING or a failure
 * @par Errors
 * VM_STATUS_UNSUPPORTED (the function does not have the flag, or the host does not have this function), VM_STATUS_WOULD_BLOCK (a guest
 * that a host function called with VM_CallerCall, in a started execution), VM_STATUS_ALREADY_EXISTS (the call is suspended already),
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size of the suspension), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
 * VM_STATUS_REENTRANT
 * @par Ownership
 * The suspension owns `user`. Also if this function fails, `cancel` and `release` are called; but nothing if the size is wrong.
 * @par Threads
 * [inside a callback only]
 * @since 0.3
 */
VM_INLINE VM_Status VM_CALL VM_CallerSuspend(VM_Caller *caller, const VM_Suspension *suspension, VM_Token *token)
VM_BODY(if (caller && VM_HAS(caller->table, suspend)) return caller->table->suspend(caller, suspension, token);
        if (suspension && VM_HAS(suspension, release)) {
            if (suspension->cancel) suspension->cancel(suspension->user);
            if (suspension->release) suspension->release(suspension->user);
        }
        return caller ? VM_STATUS_UNSUPPORTED : VM_STATUS_NULL_ARGUMENT;)

/**
 * Suspends the guest and calls a function of a guest: return the result of this function from the callback. The function runs when the
 * callback has returned, and `resume` of the suspension gets its results as the completion, or its failure. It may suspend in turn,
 * also in a started execution, which a function called with VM_CallerCall may not.
 * @param caller the call
 * @param function the function: a funcref from an argument, VM_CallerGetExport or a retained reference
 * @param args the arguments, copied; may be NULL if arg_count is 0
 * @param arg_count number of arguments, as many as the function has parameters
 * @param suspension how the call goes on, copied; NULL if the results of the function are those of the host function
 * @param token receives the token; not NULL. Completing it is VM_STATUS_STALE: the function's end completes it
 * @return VM_STATUS_PENDING or a failure
 * @par Errors
 * those of VM_CallerSuspend, and VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_RECURSION_LIMIT
 * @par Ownership
 * as for VM_CallerSuspend
 * @par Threads
 * [inside a callback only]
 * @since 0.3
 */
VM_INLINE VM_Status VM_CALL VM_CallerStartCall(VM_Caller *caller, VM_Ref function, const VM_Value *args, size_t arg_count,
                                               const VM_Suspension *suspension, VM_Token *token)
VM_BODY(if (caller && VM_HAS(caller->table, start_call))
            return caller->table->start_call(caller, function, args, arg_count, suspension, token);
        if (suspension && VM_HAS(suspension, release)) {
            if (suspension->cancel) suspension->cancel(suspension->user);
            if (suspension->release) suspension->release(suspension->user);
        }
        return caller ? VM_STATUS_UNSUPPORTED : VM_STATUS_NULL_ARGUMENT;)

/**
 * Returns a reference to a function that the guest exports.
 * @param caller the call
 * @param name of the export, UTF-8
 * @param function receives the reference; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_UNSUPPORTED (the host does not have this function),
 * VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The reference is borrowed until the callback returns.
 * @par Threads
 * [inside a callback only]
 * @since 0.3
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetExport(VM_Caller *caller, const char *name, VM_Ref *function)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, get_export) ? caller->table->get_export(caller, name, function) : VM_STATUS_UNSUPPORTED;)

/**
 * Returns the time that the execution has left: until its deadline (VM_ContextSetTimeout) or of its compute limit
 * (VM_ContextSetComputeLimit), whichever is smaller.
 * @param caller the call
 * @param ms receives the time in milliseconds, 0 if it has passed, UINT64_MAX without a limit; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the host does not have this function), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [inside a callback only]
 * @since 0.3
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetTimeLeft(VM_Caller *caller, uint64_t *ms)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, get_time_left) ? caller->table->get_time_left(caller, ms) : VM_STATUS_UNSUPPORTED;)

/**
 * Moves the deadline and the compute limit of the running execution, for work that is not the guest's. Does nothing without limits.
 * @param caller the call
 * @param ms milliseconds to add
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the host does not have this function), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [inside a callback only]
 * @since 0.3
 */
VM_INLINE VM_Status VM_CALL VM_CallerExtendTime(VM_Caller *caller, uint64_t ms)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, extend_time) ? caller->table->extend_time(caller, ms) : VM_STATUS_UNSUPPORTED;)

/**
 * Charges the work of a host function to the fuel of the context (VM_ContextSetFuel). On failure return the status from the callback.
 * @param caller the call
 * @param units of fuel
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_OUT_OF_FUEL (less is left, which is then 0), VM_STATUS_UNSUPPORTED (the engine does not meter fuel, see
 * VM_EngineConfigSetFuelMetering, or the host does not have this function), VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE,
 * VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Threads
 * [inside a callback only]
 * @since 0.3
 */
VM_INLINE VM_Status VM_CALL VM_CallerConsumeFuel(VM_Caller *caller, uint64_t units)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, consume_fuel) ? caller->table->consume_fuel(caller, units) : VM_STATUS_UNSUPPORTED;)

/**
 * Returns the message of the last function of the caller that failed in this call; in `resume`, of a call that VM_CallerStartCall has
 * started and that has failed. A host reads the whole error with VM_ErrorCreateFromCaller.
 * @param caller the call
 * @param message receives the message, UTF-8; not NULL
 * @return VM_STATUS_OK or a failure, which does not count as the last one
 * @par Errors
 * VM_STATUS_NOT_FOUND (none has failed), VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the host does not have this function),
 * VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The message is borrowed until the callback returns or calls this function again.
 * @par Threads
 * [inside a callback only]
 * @since 0.6
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetErrorMessage(VM_Caller *caller, const char **message)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, get_error_message) ? caller->table->get_error_message(caller, message) : VM_STATUS_UNSUPPORTED;)

/**
 * Returns the type of the function that a funcref refers to, as a signature like "(iI)f".
 * @param caller the call
 * @param function the reference: of an argument or a result, or from VM_CallerGetExport
 * @param signature receives the signature; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT (also for the null reference), VM_STATUS_WRONG_TYPE (an externref), VM_STATUS_WRONG_CONTEXT,
 * VM_STATUS_UNSUPPORTED (the host does not have this function), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The signature is borrowed until the callback returns or calls this function again.
 * @par Threads
 * [inside a callback only]
 * @since 0.6
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetSignature(VM_Caller *caller, VM_Ref function, const char **signature)
VM_BODY(if (!caller) return VM_STATUS_NULL_ARGUMENT;
        return VM_HAS(caller->table, get_signature) ? caller->table->get_signature(caller, function, signature) : VM_STATUS_UNSUPPORTED;)

#ifndef VM_NO_INLINE
/* The layout is part of the ABI: a compiler with another layout fails here. */
typedef char VM_AssertValueSize[sizeof(VM_Value) == 24 ? 1 : -1];
typedef char VM_AssertValueOf[offsetof(VM_Value, of) == 8 ? 1 : -1];
typedef char VM_AssertRefSize[sizeof(VM_Ref) == 16 ? 1 : -1];
typedef char VM_AssertCallerSize[sizeof(VM_Caller) == 4 * sizeof(void *) + 16 ? 1 : -1];
typedef char VM_AssertCallerId[offsetof(VM_Caller, id) == 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertCallerSelf[offsetof(VM_Caller, self) == 2 * sizeof(void *) + 16 ? 1 : -1];
typedef char VM_AssertCompletionSize[sizeof(VM_Completion) == 8 + 3 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertCompletionValues[offsetof(VM_Completion, values) == 8 ? 1 : -1];
typedef char VM_AssertSuspensionSize[sizeof(VM_Suspension) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertSuspensionResume[offsetof(VM_Suspension, resume) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertCallerTableSize[sizeof(VM_CallerTable) == 8 + 24 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertCallerTableFail[offsetof(VM_CallerTable, fail) == 8 + 12 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertCallerTableSuspend[offsetof(VM_CallerTable, suspend) == 8 + 13 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertCallerTableFuel[offsetof(VM_CallerTable, consume_fuel) == 8 + 18 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertLoopHostSize[sizeof(VM_LoopHost) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertBuiltinSize[sizeof(VM_PluginBuiltin) == 8 + 2 * sizeof(void *) ? 1 : -1];
#endif

#ifdef __cplusplus
}
#endif

#endif
