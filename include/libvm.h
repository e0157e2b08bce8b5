/**
 * @file libvm.h
 * libvm: run WebAssembly, and extend programs with plug-ins.
 *
 * An engine (VM_Engine) compiles and runs modules; a module (VM_Module) is compiled wasm; a context (VM_Context) holds the running
 * instances of modules with the host modules, plug-ins and WASI that they import. A program that only wants to run something needs
 * VM_EngineCreate, VM_ContextCreate and VM_ContextRunWasmFromFile.
 *
 * Errors: a function that can fail returns a VM_Status, 0 for success and negative for a failure, and takes a `VM_Error **` as its
 * last parameter. It may be NULL. It is written only on failure; the error is then owned by the caller (VM_ErrorDelete). For every
 * function, an object or required pointer that is NULL is VM_STATUS_NULL_ARGUMENT, and a string that is not valid UTF-8 is
 * VM_STATUS_BAD_UTF8. An array given as (NULL, 0) is empty.
 *
 * Const: a function that changes an object takes it without `const`.
 *
 * Ownership: the caller owns what a `…Create` or `…Load…` function returns and frees it with the `…Delete` function of its type;
 * `…Delete(NULL)` has no effect. What a `…Get…` function returns belongs to its object. Plug-ins that a registry finds are shared:
 * VM_PluginRelease. Objects may be deleted in any order, on any thread: children keep what they need of their parents. A deleted
 * object must not be used again. A `free_…` callback is called exactly once, also if the call that takes it fails, on the thread of
 * the last release.
 *
 * Growth: structs begin with their size. The library returns structs of its own by pointer, and later versions may append fields to
 * them: check `VM_HAS(pointer, field)` before reading a field that is newer than the oldest library that a program supports. A
 * struct that the caller allocates is initialized with its `…_INIT` macro or by setting `size` and zeroing the rest; a size that is
 * too small is VM_STATUS_INVALID_ARGUMENT, and fields that the library does not know must be zero (VM_STATUS_UNSUPPORTED).
 *
 * Handles: functions, memories, tables, globals and instances of a context are small values. A handle of another context, or of
 * something that was removed, is refused (VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE).
 *
 * Paths: on Unix a path is any bytes, and is returned byte for byte as it was given; on Windows it is UTF-8. Messages show bytes
 * that are not valid UTF-8 as U+FFFD.
 *
 * Threads: [thread-safe] functions may be called on any thread at any time. [one thread per context] functions may be called on any
 * thread, but by one at a time for a context: a second thread receives VM_STATUS_BUSY, and a call from inside a callback of the context
 * VM_STATUS_REENTRANT (use the VM_Caller there). [one thread per object] is the same for another object, but is not checked.
 *
 * `fork()`: a child may call exec at any time. It may also create an engine of its own and use libvm, regardless of what the other
 * threads of its parent were doing; loading plug-ins is safe if no other thread was loading one at that moment. Objects of the parent
 * may be used in the child only if no other thread was in libvm at the time of the fork, and never those with a state file or of a
 * thread-affine plug-in. The child must not delete objects that it does not use. A child must end with `_exit`.
 *
 * Text for people (VM_ErrorGetMessage, report lines, the log) contains no control characters except newlines between the lines of a
 * message: those in names from wasm and from files are escaped, and long names are shortened. The strings
 * of VM_ErrorGetModuleName, VM_ErrorGetPath and other getters are returned as they were found: escape them before showing them.
 */
/* Written by `cargo xtask header` from src/capi: change it there. */
#ifndef LIBVM_H
#define LIBVM_H

#include <libvm/types.h>
#include <libvm/option.h>
#include <libvm/hooks.h>
#include <libvm/stream.h>

/** The major version of this header. */
#define VM_VERSION_MAJOR 0
/** The minor version of this header. */
#define VM_VERSION_MINOR 7
/** The patch version of this header. */
#define VM_VERSION_PATCH 0
/** The version of this header as a number; VM_VersionGetNumber returns the library's. */
#define VM_VERSION_NUMBER (VM_VERSION_MAJOR * 1000000 + VM_VERSION_MINOR * 1000 + VM_VERSION_PATCH)
/** The version of this header; VM_VersionGetString returns the library's. */
#define VM_VERSION_STRING "0.7.0"

#ifdef __cplusplus
extern "C" {
#endif

/** A context. */
typedef struct VM_Context VM_Context;

/** An error. */
typedef struct VM_Error VM_Error;

/** Frames as C is shown them, and the strings that they point to. */
typedef struct VM_Frames VM_Frames;

/** An engine: compiles and runs modules. */
typedef struct VM_Engine VM_Engine;

/** The configuration of an engine. */
typedef struct VM_EngineConfig VM_EngineConfig;

/** The type of a function. */
typedef struct VM_FuncType VM_FuncType;

/** A module that was loaded. */
typedef struct VM_Module VM_Module;

/** A module of the host. */
typedef struct VM_HostModule VM_HostModule;

/** The configuration of a context. */
typedef struct VM_ContextConfig VM_ContextConfig;

/** A list of the items that a context offers, or of the imports of a module, at the time when it was created. */
typedef struct VM_ImportList VM_ImportList;

/** A pool of contexts. */
typedef struct VM_ContextPool VM_ContextPool;

/** Calls of a function that were prepared. */
typedef struct VM_PreparedCall VM_PreparedCall;

/** An execution: a started call of a guest. */
typedef struct VM_Execution VM_Execution;

/** A queue of executions. */
typedef struct VM_Queue VM_Queue;

/** A stream. */
typedef struct VM_Stream VM_Stream;

/** A plug-in that a registry has loaded. */
typedef struct VM_Plugin VM_Plugin;

/** A registry: loaded plug-ins, a policy, directories. */
typedef struct VM_PluginRegistry VM_PluginRegistry;

/** The result of a load call: a line for every candidate. */
typedef struct VM_PluginReport VM_PluginReport;

/** What a file holds. It is never changed. */
typedef struct VM_PluginInspection VM_PluginInspection;

/** What a package contains. It is never changed. */
typedef struct VM_PackageInspection VM_PackageInspection;

/** A package directory. */
typedef struct VM_PackageDirectory VM_PackageDirectory;

/** The installed versions of packages. */
typedef struct VM_PackageList VM_PackageList;

/** A configuration that was loaded. It is immutable. */
typedef struct VM_Config VM_Config;

/** A WASI environment. */
typedef struct VM_Wasi VM_Wasi;

/** An event loop. */
typedef struct VM_Loop VM_Loop;

typedef struct VM_Instance VM_Instance;
typedef struct VM_Func VM_Func;
typedef struct VM_Memory VM_Memory;
typedef struct VM_Table VM_Table;
typedef struct VM_Global VM_Global;
typedef struct VM_PluginHook VM_PluginHook;

/**
 * @defgroup version Version
 * @{
 */

/**
 * Returns the version of the running library, as in "0.7.0".
 *
 * @return a string that lives as long as the process
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_VersionGetString(void);

/**
 * Returns the version of the running library as a number, to compare with VM_VERSION_NUMBER of the header.
 *
 * @return major * 1000000 + minor * 1000 + patch
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API uint32_t VM_CALL VM_VersionGetNumber(void);

/** @} */

/**
 * @defgroup error Error
 *
 * Errors: a status for the program, a message for a person, and details such as the trap code, the plug-in and the path.
 * @{
 */

/** Why a guest trapped. */
typedef int32_t VM_TrapCode;

enum {
    VM_TRAP_NONE = 0,                  /**< Not a trap. */
    VM_TRAP_UNREACHABLE = 1,           /**< `unreachable` was reached. */
    VM_TRAP_MEMORY_OUT_OF_BOUNDS = 2,  /**< A memory access outside of the memory. */
    VM_TRAP_TABLE_OUT_OF_BOUNDS = 3,   /**< A table access outside of the table. */
    VM_TRAP_INDIRECT_CALL_TO_NULL = 4, /**< An indirect call through a null entry. */
    VM_TRAP_DIVISION_BY_ZERO = 5,      /**< An integer division by zero. */
    VM_TRAP_INTEGER_OVERFLOW = 6,      /**< An integer operation whose result does not fit. */
    VM_TRAP_BAD_CONVERSION = 7,        /**< A conversion of NaN or infinity to an integer. */
    VM_TRAP_STACK_OVERFLOW = 8,        /**< The guest's calls are nested too deeply. */
    VM_TRAP_BAD_SIGNATURE = 9,         /**< An indirect call to a function of another type. */
    VM_TRAP_OUT_OF_FUEL = 10,          /**< The fuel of the context is used up. */
    VM_TRAP_GROWTH_LIMITED = 11,       /**< A limit forbade the guest to grow. */
    VM_TRAP_HOST_FUNCTION = 12,        /**< A host function failed. */
    VM_TRAP_OUT_OF_MEMORY = 13         /**< The system had no memory. */
};

/** What a frame of a backtrace is. */
typedef int32_t VM_FrameKind;

enum {
    VM_FRAME_GUEST = 1,   /**< A function of a guest. */
    VM_FRAME_HOST = 2,    /**< A host function. */
    VM_FRAME_OMITTED = 3  /**< Frames that were omitted, of a deep recursion. */
};

/**
 * A call that had not returned when an error occurred. Strings are UTF-8 as in messages: characters that would affect a terminal
 * are escaped, and the middle of a long name is omitted. It may grow at its end: check later fields with VM_HAS.
 */
typedef struct VM_Frame {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_FRAME_* */
    VM_FrameKind kind;
    /**
     * The name of the module: of a guest from its name section, of a host function the one it is imported from; "" if it is not
     * known.
     */
    const char *module;
    /**
     * The name of the function: of a guest from its name section, otherwise the name of the export that was called; "" if it is not
     * known.
     */
    const char *function;
    /** The name of the plug-in that a host function belongs to; NULL if it belongs to none. */
    const char *plugin;
    /**
     * Where a guest was: of the call or the instruction that trapped the offset in bytes from the beginning of the module's binary;
     * 0 if it is not known.
     */
    uint64_t code_offset;
    /** The index of a guest's function in its module; UINT32_MAX if it is not known. */
    uint32_t function_index;
    /** Number of frames that were omitted, in a frame of the kind VM_FRAME_OMITTED; 0 in others. */
    uint32_t omitted;
} VM_Frame;

/**
 * Returns the name of a status, as in "VM_STATUS_OK".
 *
 * @param status a status
 * @return a static string; "VM_STATUS_USER" for all statuses of hosts and plug-ins (VM_STATUS_USER and below),
 *         "VM_STATUS_UNKNOWN" for a number that is not a status
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_StatusGetName(VM_Status status);

/**
 * Returns the status of an error.
 *
 * @param error the error; may be NULL
 * @return a negative status, or VM_STATUS_OK for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ErrorGetStatus(const VM_Error *error);

/**
 * Returns the message of an error: what was asked, what was found, and what to do.
 *
 * @param error the error; may be NULL
 * @return UTF-8, never NULL; "" for NULL
 * @par Ownership
 * The string lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetMessage(const VM_Error *error);

/**
 * Returns whether the same call may succeed later: something is in use (VM_STATUS_BUSY), a wait has reached its timeout, all contexts
 * of a pool are taken, or the system interrupted a call.
 *
 * @param error the error; may be NULL
 * @return true if it may be retried
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API bool VM_CALL VM_ErrorIsRetryable(const VM_Error *error);

/**
 * Returns the reason why the guest trapped.
 *
 * @param error the error; may be NULL
 * @return the trap code; VM_TRAP_NONE if it was not a trap
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_TrapCode VM_CALL VM_ErrorGetTrapCode(const VM_Error *error);

/**
 * Returns the exit code that the guest passed to `proc_exit`.
 *
 * @param error the error; may be NULL
 * @return the exit code of an error with VM_STATUS_EXIT, otherwise -1
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API int32_t VM_CALL VM_ErrorGetExitCode(const VM_Error *error);

/**
 * Returns the name of the wasm module that an error is about.
 *
 * @param error the error; may be NULL
 * @return UTF-8; NULL if there is none
 * @par Ownership
 * The string lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetModuleName(const VM_Error *error);

/**
 * Returns the name of the function that an error is about: a host function that failed, or the export that was called by its
 * name, if its call was wrong or it, or a function that it called, trapped.
 *
 * @param error the error; may be NULL
 * @return UTF-8; NULL if there is none
 * @par Ownership
 * The string lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetFunctionName(const VM_Error *error);

/**
 * Returns the name of the plug-in that an error is about.
 *
 * @param error the error; may be NULL
 * @return UTF-8; NULL if there is none
 * @par Ownership
 * The string lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetPluginName(const VM_Error *error);

/**
 * Returns the path of the file or directory that an error is about: of plug-ins, lock files, configurations and state files the
 * absolute path, of others the path as it was given.
 *
 * @param error the error; may be NULL
 * @return the path, on Unix any bytes; NULL if there is none
 * @par Ownership
 * The string lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetPath(const VM_Error *error);

/**
 * Returns the operating system's error number: errno, or the value of GetLastError on Windows.
 *
 * @param error the error; may be NULL
 * @return the number; 0 if there is none
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API int32_t VM_CALL VM_ErrorGetOsError(const VM_Error *error);

/**
 * Returns the number of frames of an error of a guest: the calls of functions that had not returned when it occurred. A frame of
 * the kind VM_FRAME_OMITTED counts as one.
 *
 * An error has the functions that the host called and the host functions that failed; with VM_EngineConfigSetBacktraces it has
 * all functions of the guest. The message has them too, if they say more than the rest of it.
 *
 * @param error the error; may be NULL
 * @return the number; 0 for an error without a call
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API size_t VM_CALL VM_ErrorGetFrameCount(const VM_Error *error);

/**
 * Returns a frame of an error.
 *
 * @param error the error; may be NULL
 * @param index from 0, the innermost call, to the function that the host called first
 * @return the frame; NULL if the index is past the end
 * @par Ownership
 * The frame and everything it points to belong to the error and live as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API const VM_Frame *VM_CALL VM_ErrorGetFrame(const VM_Error *error, size_t index);

/**
 * Deletes an error with its strings.
 *
 * @param error the error; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_ErrorDelete(VM_Error *error);

/** @} */

/**
 * @defgroup caller_error Errors in callbacks
 *
 * The functions of a VM_Caller return a status; why they failed is read afterwards.
 * @{
 */

/**
 * Creates the error of the last function of a caller that failed in this call: with the message, the trap code and all else that
 * an error of VM_FuncCall has. In `resume` after a call that VM_CallerStartCall has started and that has failed, it is the error of
 * that call. VM_CallerGetErrorMessage returns the message alone.
 *
 * @param caller the call
 * @param error receives the error; must not be NULL
 * @return VM_STATUS_OK or a failure, which does not count as the last one
 * @par Errors
 * VM_STATUS_NOT_FOUND (none has failed), VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The caller of this function owns the error and frees it with VM_ErrorDelete.
 * @par Threads
 * [inside a callback only]
 * @since 0.6
 */
VM_API VM_Status VM_CALL VM_ErrorCreateFromCaller(VM_Caller *caller, VM_Error **error);

/** @} */

/**
 * @defgroup log Log
 *
 * Log lines of libvm and of plug-ins. Nothing is printed unless a callback is set.
 * @{
 */

/**
 * Receives a log line: `user`, the level, the source ("libvm", the name of a plug-in, or "<plug-in>/<context>" from a context that
 * has a name), and the text. Both strings are UTF-8 and valid until the callback returns. It may be called on any thread, on several
 * at once.
 */
typedef void (VM_CALL *VM_LogCallback)(void *user, VM_LogLevel level, const char *source, const char *text);

/**
 * Sets the callback that receives the log lines of the process: those of contexts without a callback of their own, and those
 * that belong to no context.
 *
 * @param level the most verbose level to receive, VM_LOG_*
 * @param callback the callback; NULL for none
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_INVALID_ARGUMENT (not a log level)
 * @par Ownership
 * The log owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_LogSetCallback(VM_LogLevel level, VM_LogCallback callback, void *user, VM_Free free_user,
                                           VM_Error **error);

/**
 * Sets the callback that receives the log lines of one context, instead of the process's callback.
 *
 * @param context the context
 * @param level the most verbose level to receive, VM_LOG_*
 * @param callback the callback; NULL for that of the process
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a log level), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The context owns `user`.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextSetLogCallback(VM_Context *context, VM_LogLevel level, VM_LogCallback callback,
                                                  void *user, VM_Free free_user, VM_Error **error);

/** @} */

/**
 * @defgroup engine Engine
 *
 * An engine validates, translates and runs modules. One engine is enough for a program; several share nothing.
 * @{
 */

/** A WebAssembly proposal that an engine can enable or disable. */
typedef int32_t VM_Proposal;

enum {
    VM_PROPOSAL_MUTABLE_GLOBALS = 0,         /**< Mutable globals can be imported and exported. On by default. */
    VM_PROPOSAL_SIGN_EXTENSION = 1,          /**< Sign-extension instructions. On by default. */
    VM_PROPOSAL_SATURATING_FLOAT_TO_INT = 2, /**< Conversions of floats to integers that do not trap. On by default. */
    VM_PROPOSAL_MULTI_VALUE = 3,             /**< Several results of functions and blocks. On by default. */
    VM_PROPOSAL_MULTI_MEMORY = 4,            /**< Several memories in a module. On by default. */
    VM_PROPOSAL_BULK_MEMORY = 5,             /**< Bulk memory and table instructions. On by default. */
    VM_PROPOSAL_REFERENCE_TYPES = 6,         /**< `externref` and tables of references. On by default. */
    VM_PROPOSAL_TAIL_CALL = 7,               /**< Tail calls. On by default. */
    VM_PROPOSAL_EXTENDED_CONST = 8,          /**< Arithmetic in constant expressions. On by default. */
    VM_PROPOSAL_CUSTOM_PAGE_SIZES = 9,       /**< Memories with another page size. Off by default. */
    VM_PROPOSAL_MEMORY64 = 10,               /**< 64-bit memories and tables. On by default. */
    VM_PROPOSAL_WIDE_ARITHMETIC = 11,        /**< 128-bit arithmetic. Off by default. */
    VM_PROPOSAL_SIMD = 12,                   /**< Vectors. On by default, in builds that have them. */
    VM_PROPOSAL_RELAXED_SIMD = 13,           /**< Relaxed vector instructions. On by default, in builds that have them. */
    VM_PROPOSAL_FLOATS = 14                  /**< Floating-point numbers. On by default. */
};

/** When functions are translated to the code of the interpreter. A module is always validated as a whole when it is loaded. */
typedef int32_t VM_Compilation;

enum {
    VM_COMPILATION_LAZY = 0,  /**< Each function on its first call. The default. */
    VM_COMPILATION_EAGER = 1  /**< All functions when the module is loaded. */
};

/** What an engine has compiled, and what its cache has done. Initialize it with VM_ENGINESTATISTICS_INIT. */
typedef struct VM_EngineStatistics {
    /** `sizeof(VM_EngineStatistics)`. */
    uint32_t size;
    /** Zero. */
    uint32_t reserved;
    /** How many modules were compiled. */
    uint64_t compilations;
    /** Nanoseconds that this took. */
    uint64_t compile_nanoseconds;
    /** How often compiled code was found in the cache. */
    uint64_t cache_hits;
    /** How often it was not, refused files included. */
    uint64_t cache_misses;
    /** How many files of the cache were refused: damaged, forged, of another version. */
    uint64_t cache_refused;
    /** How many files were added to the cache. */
    uint64_t cache_stored;
    /** How many could not be added: no space, no permission, larger than the cache. */
    uint64_t cache_not_stored;
    /** The size of all files in the directory of the cache in bytes, those of other programs included. */
    uint64_t cache_bytes;
} VM_EngineStatistics;

/** Initializes a VM_EngineStatistics. */
#define VM_ENGINESTATISTICS_INIT { (uint32_t)sizeof(VM_EngineStatistics), 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** What is told to profilers about the machine code of guests. */
typedef int32_t VM_Profiler;

enum {
    VM_PROFILER_NONE = 0,     /**< Nothing. */
    VM_PROFILER_PERF_MAP = 1, /**< The addresses and names of functions, in the file `/tmp/perf-<process>.map`, in which `perf report` finds them. */
    VM_PROFILER_JITDUMP = 2   /**< The addresses, names and code of functions, in the file `jit-<process>.dump` of the working directory, which `perf inject --jit` reads. Linux only. */
};

/** How an engine runs guests. */
typedef int32_t VM_Tier;

enum {
    VM_TIER_INTERPRETER = 0, /**< The interpreter: modules are ready at once. */
    VM_TIER_COMPILED = 1,    /**< Machine code, several times as fast: modules are compiled when they are loaded, which takes long for large ones, unless the cache has them. */
    VM_TIER_AUTO = 2         /**< The interpreter at first, while the module is compiled on another thread: contexts in which the first module is instantiated after that run machine code, as does the next start of the program, which finds it in the cache. */
};

/**
 * Creates a configuration with the defaults.
 *
 * @param config receives the configuration; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The caller owns it and frees it with VM_EngineConfigDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigCreate(VM_EngineConfig **config, VM_Error **error);

/**
 * Enables or disables a WebAssembly proposal.
 *
 * @param config the configuration
 * @param proposal VM_PROPOSAL_*
 * @param enabled whether modules may use the proposal
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a proposal), VM_STATUS_UNSUPPORTED (not in this build)
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetProposal(VM_EngineConfig *config, VM_Proposal proposal, bool enabled,
                                                    VM_Error **error);

/**
 * Sets when the functions of a module are translated.
 *
 * @param config the configuration
 * @param compilation VM_COMPILATION_*
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetCompilation(VM_EngineConfig *config, VM_Compilation compilation,
                                                       VM_Error **error);

/**
 * Sets how many bytes of stack the calls of a guest may use in total. The default is 16 MiB in the interpreter, whose stack is allocated
 * as needed. Compiled code has 512 KiB by default, of the stack of the thread, or of one of its own where the thread has too little left
 * (docs/engines.md). A guest that needs more traps with VM_TRAP_STACK_OVERFLOW; how many bytes a call takes depends on the
 * engine.
 *
 * @param config the configuration
 * @param bytes how many bytes, 4 KiB to 1 GiB
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetStackSize(VM_EngineConfig *config, size_t bytes, VM_Error **error);

/**
 * Sets how many calls of an interpreted guest may be nested; the default is 65,536. A guest that nests more traps with
 * VM_TRAP_STACK_OVERFLOW. It may trap earlier: the stack is limited too (VM_EngineConfigSetStackSize), and calls need not be counted
 * exactly. Compiled code is limited by its stack alone. Calls between host and guest have a limit of their own (VM_STATUS_RECURSION_LIMIT), which this does not change.
 *
 * @param config the configuration
 * @param calls how many calls, 1 to 16,777,216
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetRecursionDepth(VM_EngineConfig *config, size_t calls, VM_Error **error);

/**
 * Sets how many threads can run guests of the engine at the same time without waiting for each other; the default is the number of
 * processors, 16 at most. More threads may run guests; then calls share what they lock for a moment. Contexts are spread over as
 * many parts of the engine, and a module is translated again in each part in which it is instantiated: 1 saves that memory in a
 * program whose guests run on one thread.
 *
 * @param config the configuration
 * @param threads how many threads, 1 to 256
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetConcurrency(VM_EngineConfig *config, size_t threads, VM_Error **error);

/**
 * Sets how deeply the blocks of a function may be nested; the default is 32,768. A module with a function that exceeds the limit
 * is refused when it is loaded (VM_STATUS_LIMIT), as with the four limits below: they bound the memory that validating and
 * translating a module takes.
 *
 * @param config the configuration
 * @param depth 0 to 16,777,216
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetNestingLimit(VM_EngineConfig *config, size_t depth, VM_Error **error);

/**
 * Sets how many locals a function may have, its parameters included; the default is 30,000.
 *
 * @param config the configuration
 * @param count 0 to 30,000
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetLocalLimit(VM_EngineConfig *config, size_t count, VM_Error **error);

/**
 * Sets how large the body of a function may be; the default is 8 MiB.
 *
 * @param config the configuration
 * @param bytes 0 to 1 GiB
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetBodySizeLimit(VM_EngineConfig *config, size_t bytes, VM_Error **error);

/**
 * Sets how many functions a module may define; the default is 1,000,000.
 *
 * @param config the configuration
 * @param count 0 to 1,000,000
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetFunctionLimit(VM_EngineConfig *config, size_t count, VM_Error **error);

/**
 * Sets how many items a module may import; the default is 100,000. Each import of a function takes memory in each instance.
 *
 * @param config the configuration
 * @param count 0 to 1,000,000
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetImportLimit(VM_EngineConfig *config, size_t count, VM_Error **error);

/**
 * Deletes a configuration.
 *
 * @param config the configuration; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_EngineConfigDelete(VM_EngineConfig *config);

/**
 * Creates an engine.
 *
 * @param config the configuration; copied; NULL for the defaults
 * @param engine receives the engine; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (options that contradict each other; the value of LIBVM_TIER),
 * VM_STATUS_UNSUPPORTED (the tier is not possible here), VM_STATUS_OUT_OF_MEMORY (VM_EngineConfigSetPooling), VM_STATUS_ALREADY_EXISTS,
 * VM_STATUS_PERMISSION_DENIED and VM_STATUS_IO (VM_EngineConfigSetProfiler)
 * @par Ownership
 * The caller owns it and frees it with VM_EngineDelete. Modules and contexts keep what they need of it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineCreate(const VM_EngineConfig *config, VM_Engine **engine, VM_Error **error);

/**
 * Deletes an engine. Its modules and contexts stay valid.
 *
 * @param engine the engine; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_EngineDelete(VM_Engine *engine);

/**
 * Sets whether errors of guests have the frames of all functions of the guest, with their places in the code (VM_ErrorGetFrame).
 * Off by default: then they have only the functions that the host called, and the host functions between them. Compiled code does not
 * become slower by it. For the interpreter modules are rewritten when they are loaded, so that their functions record where they are;
 * loading takes longer, and code runs slower (docs/performance.md has the numbers). Guests and hosts see nothing of it; with fuel
 * metering, recording takes fuel.
 *
 * @param config the configuration
 * @param backtraces whether errors have all frames
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetBacktraces(VM_EngineConfig *config, bool backtraces, VM_Error **error);

/**
 * Sets the directory in which compiled code is kept, for later starts and other programs of the user; the default is `libvm/code` in the
 * user's directory for caches (`$XDG_CACHE_HOME` or `~/.cache`). It is created with the mode 700 when an engine that compiles is
 * created. One that others can use, or that cannot be used, is a warning in the log, and the engine goes without a cache. A process with
 * more privileges than its user has no default. docs/engines.md says what is in it, and who is trusted.
 *
 * @param config the configuration
 * @param directory the path; copied; empty for no cache; NULL for the default
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (a relative path whose directory is unknown)
 * @par Threads
 * [one thread per object]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetCacheDirectory(VM_EngineConfig *config, const char *directory,
                                                          VM_Error **error);

/**
 * Sets how large all files with compiled code may be together; the default is 1 GiB. The files that were used least recently are removed when
 * others are added.
 *
 * @param config the configuration
 * @param bytes how many bytes; nothing is added if it is 0
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetCacheSize(VM_EngineConfig *config, uint64_t bytes, VM_Error **error);

/**
 * Returns what an engine has compiled, and what its cache has done. All numbers but `cache_bytes` count from the creation of the engine.
 *
 * @param engine the engine
 * @param statistics initialized with VM_ENGINESTATISTICS_INIT; receives the numbers; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size)
 * @par Threads
 * [thread-safe]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_EngineGetStatistics(VM_Engine *engine, VM_EngineStatistics *statistics, VM_Error **error);

/**
 * Sets for how many instances at the same time an engine reserves room when it is created, so that creating and deleting them asks
 * the system for nothing. There is no pool by default.
 *
 * The pool has as many memories and tables as instances. A module that defines two memories takes two of them, and a context with
 * externrefs takes one. An instance that finds the pool used up fails with VM_STATUS_LIMIT, and modules that need more than a place of the pool has
 * (also tables of more than 65,536 elements) with VM_STATUS_LIMIT when they are loaded. Contexts whose limit for each memory
 * (VM_ContextConfigSetMemorySizeLimit) is above `memory_bytes` are refused with VM_STATUS_INVALID_ARGUMENT; without such a limit, their
 * memories grow up to `memory_bytes`. An engine that only interprets has no pool, and ignores this.
 *
 * What is reserved are addresses, slightly more than 4 GiB for each instance, and no memory. VM_EngineCreate fails with VM_STATUS_OUT_OF_MEMORY
 * where the process may not have as many.
 *
 * @param config the configuration
 * @param instances how many instances, at most 10,000; 0 for no pool
 * @param memory_bytes how large each memory can become, in bytes, at most 4 GiB; 0 for that
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetPooling(VM_EngineConfig *config, size_t instances, uint64_t memory_bytes,
                                                   VM_Error **error);

/**
 * Sets whether each NaN that an instruction of a guest computes has the same bits on all machines: those of a positive quiet NaN without a
 * payload. Off by default: wasm leaves the sign and the payload open, and processors differ. If it is on, code with floats runs
 * slower. It needs VM_TIER_COMPILED: an engine of another tier is VM_STATUS_UNSUPPORTED when it is created.
 *
 * @param config the configuration
 * @param canonical whether NaNs are canonical
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetCanonicalNaNs(VM_EngineConfig *config, bool canonical, VM_Error **error);

/**
 * Sets whether libvm installs signal handlers for traps of compiled guests; on by default. With them, the processor finds what traps, and the first
 * engine of the process that runs machine code installs handlers for SIGSEGV, SIGILL, SIGFPE and, on some systems, SIGBUS, which pass on all
 * other signals. Turn them off in a process whose runtime has handlers of its own, such as the JVM, Go or a sanitizer: code of guests then checks
 * before each instruction that can trap, which makes it slower, and is compiled and cached apart from other code. An engine of
 * VM_TIER_INTERPRETER has no handlers, and ignores this.
 *
 * @param config the configuration
 * @param enabled whether handlers are installed
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetSignalHandlers(VM_EngineConfig *config, bool enabled, VM_Error **error);

/**
 * Sets what is told to profilers about the machine code of guests; the default is VM_PROFILER_NONE. Modules are then compiled with the names
 * of their functions. It needs VM_TIER_COMPILED or VM_TIER_AUTO: an engine of VM_TIER_INTERPRETER is VM_STATUS_UNSUPPORTED when it is
 * created, and so is one on a system without such profilers. Of the files that profilers read, that of VM_PROFILER_JITDUMP is created with the first
 * engine: VM_EngineCreate returns VM_STATUS_ALREADY_EXISTS if it exists, VM_STATUS_PERMISSION_DENIED or VM_STATUS_IO if it cannot be
 * created. docs/engines.md shows how to use them.
 *
 * @param config the configuration
 * @param profiler VM_PROFILER_*
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a profiler)
 * @par Threads
 * [one thread per object]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetProfiler(VM_EngineConfig *config, VM_Profiler profiler, VM_Error **error);

/**
 * Sets whether running guests can be interrupted: by a timeout, a compute limit, a slice, or when they are cancelled. Off by
 * default. If it is on, functions are translated when their module is loaded (VM_COMPILATION_LAZY has no effect), and code runs
 * slower, by 4 to 23 % in the benchmarks; docs/performance.md has the numbers.
 *
 * @param config the configuration
 * @param interruptible whether guests can be interrupted
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetInterruptible(VM_EngineConfig *config, bool interruptible, VM_Error **error);

/**
 * Sets whether contexts have fuel (VM_ContextSetFuel), which guests use up. Off by default. If it is on, functions are translated
 * when their module is loaded (VM_COMPILATION_LAZY has no effect), and code runs slower, by 4 to 20 % in the benchmarks.
 *
 * @param config the configuration
 * @param metering whether contexts have fuel
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetFuelMetering(VM_EngineConfig *config, bool metering, VM_Error **error);

/**
 * Sets how an engine runs guests. Without this call the environment variable LIBVM_TIER decides when the engine is created
 * (interpreter, compiled or auto; a process with more privileges than its user ignores it), and without that VM_TIER_INTERPRETER is
 * the default. Whether a tier is possible is found when the engine is created: VM_STATUS_UNSUPPORTED where guests cannot be
 * compiled, VM_STATUS_INVALID_ARGUMENT for VM_TIER_AUTO with fuel metering, since fuel is not the same in both kinds of code.
 *
 * @param config the configuration
 * @param tier VM_TIER_*
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a tier)
 * @par Threads
 * [one thread per object]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetTier(VM_EngineConfig *config, VM_Tier tier, VM_Error **error);

/** @} */

/**
 * @defgroup types Types
 *
 * Types of functions, memories, tables and globals.
 * @{
 */

/** The kind of an import or export. */
typedef int32_t VM_ExternKind;

enum {
    VM_EXTERN_FUNC = 0,   /**< A function. */
    VM_EXTERN_MEMORY = 1, /**< A linear memory. */
    VM_EXTERN_TABLE = 2,  /**< A table. */
    VM_EXTERN_GLOBAL = 3  /**< A global. */
};

/** The type of a linear memory. Initialize it with VM_MEMORYTYPE_INIT. */
typedef struct VM_MemoryType {
    /** `sizeof(VM_MemoryType)`. */
    uint32_t size;
    /** Bytes of a page: 65536, which may also be given as 0, or 1 in modules that use custom page sizes. */
    uint32_t page_size;
    /** Minimum size in pages. */
    uint64_t minimum;
    /** Maximum size in pages, if has_maximum is set. */
    uint64_t maximum;
    /** Whether the size has a maximum. */
    bool has_maximum;
    /** Whether addresses are 64-bit. */
    bool is_64;
    /** Zero. */
    uint8_t reserved[6];
} VM_MemoryType;

/** Initializes a VM_MemoryType to an empty memory without a maximum. */
#define VM_MEMORYTYPE_INIT { (uint32_t)sizeof(VM_MemoryType), 0, 0, 0, false, false, { 0 } }

/** The type of a table. Initialize it with VM_TABLETYPE_INIT. */
typedef struct VM_TableType {
    /** `sizeof(VM_TableType)`. */
    uint32_t size;
    /** VM_VALTYPE_FUNCREF or VM_VALTYPE_EXTERNREF. */
    VM_ValType element;
    /** Minimum size in elements. */
    uint64_t minimum;
    /** Maximum size in elements, if has_maximum is set. */
    uint64_t maximum;
    /** Whether the size has a maximum. */
    bool has_maximum;
    /** Whether indices are 64-bit. */
    bool is_64;
    /** Zero. */
    uint8_t reserved[6];
} VM_TableType;

/** Initializes a VM_TableType to an empty table without a maximum; `element` must be set. */
#define VM_TABLETYPE_INIT { (uint32_t)sizeof(VM_TableType), 0, 0, 0, false, false, { 0 } }

/** The type of a global. Initialize it with VM_GLOBALTYPE_INIT. */
typedef struct VM_GlobalType {
    /** `sizeof(VM_GlobalType)`. */
    uint32_t size;
    /** Type of its value. */
    VM_ValType content;
    /** Whether it can be set. */
    bool is_mutable;
    /** Zero. */
    uint8_t reserved[7];
} VM_GlobalType;

/** Initializes a VM_GlobalType to an immutable global; `content` must be set. */
#define VM_GLOBALTYPE_INIT { (uint32_t)sizeof(VM_GlobalType), 0, false, { 0 } }

/** The type of an import or export. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_ExternType {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_EXTERN_*: which of the following is not NULL. */
    VM_ExternKind kind;
    /** The type of a function. */
    const VM_FuncType *function;
    /** The type of a linear memory. */
    const VM_MemoryType *memory;
    /** The type of a table. */
    const VM_TableType *table;
    /** The type of a global. */
    const VM_GlobalType *global;
} VM_ExternType;

/**
 * Creates a function type.
 *
 * @param params types of the parameters, VM_VALTYPE_*; may be NULL if param_count is 0
 * @param param_count the number; at most 1000
 * @param results types of the results, VM_VALTYPE_*; may be NULL if result_count is 0
 * @param result_count the number; at most 1000
 * @param type receives the type; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a wasm type, or too many)
 * @par Ownership
 * The caller owns it and frees it with VM_FuncTypeDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_FuncTypeCreate(const VM_ValType *params, size_t param_count, const VM_ValType *results,
                                           size_t result_count, VM_FuncType **type, VM_Error **error);

/**
 * Returns the parameter types of a function type.
 *
 * @param type the type; NULL has none
 * @param count receives the number; must not be NULL
 * @return the first of `count` types, VM_VALTYPE_*
 * @par Ownership
 * The array belongs to the type and lives as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_ValType *VM_CALL VM_FuncTypeGetParams(const VM_FuncType *type, size_t *count);

/**
 * Returns the result types of a function type.
 *
 * @param type the type; NULL has none
 * @param count receives the number; must not be NULL
 * @return the first of `count` types, VM_VALTYPE_*
 * @par Ownership
 * The array belongs to the type and lives as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_ValType *VM_CALL VM_FuncTypeGetResults(const VM_FuncType *type, size_t *count);

/**
 * Deletes a function type.
 *
 * @param type the type; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_FuncTypeDelete(VM_FuncType *type);

/** @} */

/**
 * @defgroup module Module
 *
 * Compiled wasm. A module is bound to its engine and can be shared by any number of threads and contexts.
 * @{
 */

/** An import of a module. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_Import {
    /** Bytes of this struct. */
    uint32_t size;
    /** Zero. */
    uint32_t reserved;
    /** The name of the module it is imported from, UTF-8, NUL-terminated; it may also contain NULs. */
    const char *module;
    /** Bytes of the module's name without the final NUL. */
    size_t module_size;
    /** The name of the item, UTF-8, NUL-terminated; it may also contain NULs. */
    const char *name;
    /** Bytes of the name without the final NUL. */
    size_t name_size;
    /** Its type. */
    const VM_ExternType *type;
} VM_Import;

/** An export of a module. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_Export {
    /** Bytes of this struct. */
    uint32_t size;
    /** Zero. */
    uint32_t reserved;
    /** Its name, UTF-8, NUL-terminated; it may also contain NULs. */
    const char *name;
    /** Bytes of the name without the final NUL. */
    size_t name_size;
    /** Its type. */
    const VM_ExternType *type;
} VM_Export;

/** A custom section of a module. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_CustomSection {
    /** Bytes of this struct. */
    uint32_t size;
    /** Zero. */
    uint32_t reserved;
    /** Its name, UTF-8, not NUL-terminated. */
    VM_Bytes name;
    /** Its content. */
    VM_Bytes data;
} VM_CustomSection;

/**
 * Loads and validates a module from a file.
 *
 * @param engine the engine to bind the module to
 * @param path the path of a file in the binary format (or the text format, in builds that support it)
 * @param module receives the module; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BAD_MODULE,
 * VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT, VM_STATUS_OUT_OF_MEMORY, VM_STATUS_UNSUPPORTED (VM_TIER_COMPILED without a compiler)
 * @par Ownership
 * The caller owns it and frees it with VM_ModuleDelete. The file is not needed afterwards.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ModuleLoadFromFile(VM_Engine *engine, const char *path, VM_Module **module,
                                               VM_Error **error);

/**
 * Loads and validates a module from memory.
 *
 * @param engine the engine to bind the module to
 * @param data a module in the binary format (or the text format, in builds that support it)
 * @param size the number of bytes
 * @param module receives the module; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_MODULE, VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT, VM_STATUS_OUT_OF_MEMORY, VM_STATUS_UNSUPPORTED
 * (VM_TIER_COMPILED without a compiler)
 * @par Ownership
 * The caller owns the module and frees it with VM_ModuleDelete. The bytes are not needed afterwards.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ModuleLoadFromBuffer(VM_Engine *engine, const uint8_t *data, size_t size,
                                                 VM_Module **module, VM_Error **error);

/**
 * Validates a module without loading it.
 *
 * @param engine the engine whose proposals apply
 * @param data a module in the binary format (or the text format, in builds that support it)
 * @param size the number of bytes
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK if the module is valid, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_MODULE, VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ModuleValidate(const VM_Engine *engine, const uint8_t *data, size_t size, VM_Error **error);

/**
 * Returns the number of imports of a module.
 *
 * @param module the module; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_ModuleGetImportCount(const VM_Module *module);

/**
 * Returns the description of an import of a module.
 *
 * @param module the module; NULL has none
 * @param index from 0, in the module's order
 * @return the description; NULL if the index is past the end
 * @par Ownership
 * The description and everything it points to belong to the module and live as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_Import *VM_CALL VM_ModuleGetImport(const VM_Module *module, size_t index);

/**
 * Returns the number of exports of a module.
 *
 * @param module the module; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_ModuleGetExportCount(const VM_Module *module);

/**
 * Returns the description of an export of a module.
 *
 * @param module the module; NULL has none
 * @param index from 0, in the module's order
 * @return the description; NULL if the index is past the end
 * @par Ownership
 * The description and everything it points to belong to the module and live as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_Export *VM_CALL VM_ModuleGetExport(const VM_Module *module, size_t index);

/**
 * Returns the number of custom sections of a module.
 *
 * @param module the module; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_ModuleGetCustomSectionCount(const VM_Module *module);

/**
 * Returns a custom section of a module.
 *
 * @param module the module; NULL has none
 * @param index from 0, in the module's order; several sections may have the same name
 * @return the description; NULL if the index is past the end
 * @par Ownership
 * The description and everything it points to belong to the module and live as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_CustomSection *VM_CALL VM_ModuleGetCustomSection(const VM_Module *module, size_t index);

/**
 * Deletes a module. Its instances stay valid. The engine may keep memory for the translated code until the engine itself and all
 * its modules and contexts are deleted: a program that keeps loading other modules should create a new engine from time to time.
 *
 * @param module the module; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_ModuleDelete(VM_Module *module);

/**
 * Writes the machine code of a module to a file, for VM_ModuleLoadCompiled on this machine or another one with the same kind of processor. A
 * module that is not compiled yet (VM_TIER_AUTO) is compiled now. The file is replaced in one step.
 *
 * The file has no secret: a user who can write it decides what code runs in the programs that load it. Ship it as the program is shipped,
 * with the same permissions.
 *
 * @param module the module, of an engine of VM_TIER_COMPILED or VM_TIER_AUTO
 * @param path the path of the file
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_UNSUPPORTED (an engine of VM_TIER_INTERPRETER; no
 * compiler, and the module is not compiled yet), VM_STATUS_BAD_MODULE and VM_STATUS_LIMIT (the compiler does not support the module, or it is too large), VM_STATUS_OUT_OF_MEMORY,
 * VM_STATUS_FILE_NOT_FOUND (the directory), VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_ModuleSaveCompiled(VM_Module *module, const char *path, VM_Error **error);

/**
 * Loads a module whose machine code VM_ModuleSaveCompiled has written: nothing is compiled, and no compiler is needed. The module is not validated
 * again.
 *
 * Loading the file is running it. Its checksum only shows that it is not damaged; a file that an attacker has made takes over the process.
 * Pass only the path of a file that the same users may change as the program itself.
 *
 * @param engine the engine to bind the module to, of VM_TIER_COMPILED or VM_TIER_AUTO, with the options of the one that saved it
 * @param data the module in the binary format (or the text format, in builds that support it), as it was when it was saved
 * @param size the number of bytes
 * @param path the path of the file
 * @param module receives the module; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (an engine of VM_TIER_INTERPRETER; code of another version of libvm or another
 * processor), VM_STATUS_INVALID_ARGUMENT (code of another module, or of an engine with other options), VM_STATUS_BAD_MODULE (a damaged file, or
 * one with something else), VM_STATUS_LIMIT, VM_STATUS_OUT_OF_MEMORY, VM_STATUS_TEXT_FORMAT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Ownership
 * The caller owns the module and frees it with VM_ModuleDelete. The bytes and the file are not needed afterwards.
 * @par Threads
 * [thread-safe]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_ModuleLoadCompiled(VM_Engine *engine, const uint8_t *data, size_t size, const char *path,
                                               VM_Module **module, VM_Error **error);

/** @} */

/**
 * @defgroup host Host module
 *
 * Functions, memories, tables and globals that the host provides to wasm. A host module can be registered in any number of
 * contexts of any engine, on any thread; registering it seals it.
 * @{
 */

/**
 * Creates an empty host module.
 *
 * @param name the module name that imports use, UTF-8; copied
 * @param module receives the module; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8
 * @par Ownership
 * The caller owns it and frees it with VM_HostModuleDelete, also right after registering it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleCreate(const char *name, VM_HostModule **module, VM_Error **error);

/**
 * Adds a function whose type is given as a signature string.
 *
 * @param module the host module
 * @param name the name of the function, UTF-8; copied
 * @param signature parameters in parentheses, then results, as in "(ii)i": `i I f F v` for i32 i64 f32 f64 v128, `r` externref,
 *         `c` funcref; as parameters also `<~` (read), `>~` (written), `*~` (both) for a buffer in the guest's memory, two
 *         parameters of wasm, and `$` for a guest string that ends with NUL: the callback receives a VM_Buffer
 * @param callback the function to call; it may be called on any thread that uses a context with this module
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the function is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_BAD_SIGNATURE, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Ownership
 * The function owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddFunction(VM_HostModule *module, const char *name, const char *signature,
                                                  VM_Callback callback, void *user, VM_Free free_user,
                                                  VM_Error **error);

/**
 * Adds a function whose type is given as an object.
 *
 * @param module the host module
 * @param name the name of the function, UTF-8; copied
 * @param type the type of the function; copied
 * @param callback the function to call; it may be called on any thread that uses a context with this module
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the function is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Ownership
 * The function owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddFunctionWithType(VM_HostModule *module, const char *name,
                                                          const VM_FuncType *type, VM_Callback callback, void *user,
                                                          VM_Free free_user, VM_Error **error);

/**
 * Adds a function of numbers that reads and writes them without their types, which makes calls faster: each value is 16 bytes, of which
 * those of its type count. It cannot suspend its guest; otherwise it is as any function of the host.
 *
 * @param module the host module
 * @param name the name of the function, UTF-8; copied
 * @param signature as for VM_HostModuleAddFunction, of the letters `i I f F v` alone
 * @param callback the function to call; it may be called on any thread that uses a context with this module
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the function is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_BAD_SIGNATURE, VM_STATUS_INVALID_ARGUMENT (references or guest memory in the
 * signature), VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Ownership
 * The function owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_HostModuleAddFunctionRaw(VM_HostModule *module, const char *name, const char *signature,
                                                     VM_RawCallback callback, void *user, VM_Free free_user,
                                                     VM_Error **error);

/**
 * Sets the flags of a function; they replace those set before.
 *
 * @param module the host module
 * @param name the name of the function, UTF-8
 * @param flags VM_FUNCTION_*; unknown flags of the low 16 bits are ignored
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (the item is not a function),
 * VM_STATUS_UNSUPPORTED (unknown flags of the high 16 bits; VM_FUNCTION_MAY_SUSPEND for a function of VM_HostModuleAddFunctionRaw),
 * VM_STATUS_SEALED
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_HostModuleSetFunctionFlags(VM_HostModule *module, const char *name, uint32_t flags,
                                                       VM_Error **error);

/**
 * Sets the permission that calls of a function require. A context grants it with VM_ContextGrantPermission to the name of the host
 * module, before it registers the module; without it a call fails with VM_STATUS_PLUGIN_PERMISSION, and the callback does not run.
 *
 * @param module the host module
 * @param name the name of the function, UTF-8
 * @param permission as in "net:connect", UTF-8; copied; NULL if calls require none, as initially
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (the item is not a function),
 * VM_STATUS_INVALID_ARGUMENT (not a permission: empty, over 1024 bytes, or with control characters), VM_STATUS_SEALED
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_HostModuleSetFunctionPermission(VM_HostModule *module, const char *name,
                                                            const char *permission, VM_Error **error);

/**
 * Adds a linear memory. Each context gets its own memory when it is first imported there.
 *
 * @param module the host module
 * @param name the name of the memory, UTF-8; copied
 * @param type the type of the memory; copied
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (a size or page size that is not possible),
 * VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddMemory(VM_HostModule *module, const char *name, const VM_MemoryType *type,
                                                VM_Error **error);

/**
 * Adds a table of null references. Each context gets its own table when it is first imported there.
 *
 * @param module the host module
 * @param name the name of the table, UTF-8; copied
 * @param type the type of the table; copied
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (a size that is not possible),
 * VM_STATUS_WRONG_TYPE (not a reference type), VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddTable(VM_HostModule *module, const char *name, const VM_TableType *type,
                                               VM_Error **error);

/**
 * Adds a global. Each context gets its own global when it is first imported there.
 *
 * @param module the host module
 * @param name the name of the global, UTF-8; copied
 * @param type the type of the global; copied
 * @param value the initial value; copied; a reference must be null
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_WRONG_TYPE, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddGlobal(VM_HostModule *module, const char *name, const VM_GlobalType *type,
                                                const VM_Value *value, VM_Error **error);

/**
 * Deletes a host module. Contexts in which it is registered keep what they need of it.
 *
 * @param module the host module; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_HostModuleDelete(VM_HostModule *module);

/** @} */

/**
 * @defgroup context Context
 *
 * A context holds the running instances of modules, with the host modules, plug-ins and WASI that they import. It is used by one
 * thread at a time and may move between threads.
 * @{
 */

/** The kind of a provider. */
typedef int32_t VM_Provider;

enum {
    VM_PROVIDER_HOST_MODULE = 0, /**< A host module. */
    VM_PROVIDER_PLUGIN = 1,      /**< A plug-in. */
    VM_PROVIDER_INSTANCE = 2,    /**< An instance of a wasm module. */
    VM_PROVIDER_WASI = 3,        /**< WASI. */
    VM_PROVIDER_NONE = 4         /**< Nothing. */
};

/** What was found for an import. */
typedef int32_t VM_ImportState;

enum {
    VM_IMPORT_SATISFIED = 0, /**< Something provides it. */
    VM_IMPORT_LOADABLE = 1,  /**< A plug-in that is not loaded, or not registered in the context, provides it. */
    VM_IMPORT_UNKNOWN = 2,   /**< A plug-in that is not loaded provides its module; the functions of the plug-in are not known. */
    VM_IMPORT_MISMATCH = 3,  /**< A provider has an item of its name, of another type. */
    VM_IMPORT_MISSING = 4    /**< Nothing provides it. */
};

/** An item that guests of a context can import, or an import of a module that was examined. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_ImportOffer {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_PROVIDER_* */
    VM_Provider provider;
    /** The module name that imports use, UTF-8, NUL-terminated; it may also contain NULs. */
    const char *module;
    /** Bytes of the module name without the final NUL. */
    size_t module_size;
    /** The name of the item, UTF-8, NUL-terminated; it may also contain NULs. */
    const char *name;
    /** Bytes of the name without the final NUL. */
    size_t name_size;
    /** Its type; of a function that takes guest memory, for guests with 32-bit addresses. */
    const VM_ExternType *type;
    /** The name of the plug-in that provides it, UTF-8; NULL for other providers. */
    const char *plugin;
    /** The file of that plug-in; NULL for a built-in one and for other providers. */
    const char *path;
    /** VM_IMPORT_*: of a list of VM_ContextListImports, always VM_IMPORT_SATISFIED. Since 0.4. */
    VM_ImportState state;
    /** Zero. */
    uint32_t reserved;
    /** The version of that plug-in; NULL for other providers. Since 0.4. */
    const char *version;
    /**
     * For an import that nothing provides: the name that may have been meant, of a function or else of a module, UTF-8; NULL if there is
     * none. Since 0.4.
     */
    const char *nearest;
    /** What was found in words, UTF-8; empty in a list of VM_ContextListImports. Since 0.4. */
    const char *message;
} VM_ImportOffer;

/** A plug-in that a module declares, and what would be loaded for it. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_DeclaredPlugin {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_STATUS_OK if it is loaded or would be; otherwise the status with which loading it would fail. */
    VM_Status status;
    /** The name that the module declares, UTF-8. */
    const char *name;
    /** The accepted versions, UTF-8; empty for any. */
    const char *range;
    /** Where the module says that it is, relative to its own file and without ending, UTF-8; empty if it does not say. */
    const char *path;
    /** The version of the plug-in that was found; NULL if none was. */
    const char *version;
    /** The file of the plug-in that was found: a path, byte for byte; NULL if none was, and for a built-in one. */
    const char *file;
    /** What was found in words, UTF-8; never NULL. */
    const char *message;
    /** Whether it is loaded. */
    bool loaded;
    /** Zero. */
    uint8_t reserved[7];
} VM_DeclaredPlugin;

/** A limit of a context at which its callback is asked (VM_ContextConfigSetLimitCallback). */
typedef int32_t VM_LimitKind;

enum {
    VM_LIMIT_MEMORY = 1,      /**< Bytes of all linear memories together: VM_ContextConfigSetMemoryLimit. */
    VM_LIMIT_MEMORY_SIZE = 2, /**< Bytes of one linear memory: VM_ContextConfigSetMemorySizeLimit. */
    VM_LIMIT_TABLE = 3,       /**< Elements of all tables together: VM_ContextConfigSetTableLimit. */
    VM_LIMIT_INSTANCE = 4,    /**< Number of instances, of memories or of tables: VM_ContextConfigSetInstanceLimit. */
    VM_LIMIT_REFERENCE = 5    /**< Number of externrefs: VM_ContextConfigSetReferenceLimit. */
};

/** A growth that would exceed a limit of a context. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_LimitRequest {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_LIMIT_*. */
    VM_LimitKind kind;
    /** How much is used: bytes, elements, or a number. */
    uint64_t used;
    /** How much would be used after the growth. */
    uint64_t wanted;
    /** The limit, which is less. */
    uint64_t limit;
} VM_LimitRequest;

/**
 * Is asked before a limit of a context is exceeded: by a guest's `memory.grow` or `table.grow`, by VM_MemoryGrow or VM_TableGrow,
 * by an instantiation, or by a new externref. Returns the new limit. If it is at least `request->wanted`, the growth is permitted, and the limit has the
 * new value until the context is reset; UINT64_MAX lifts it. If it is less, such as 0 or `request->limit`, the growth is refused and
 * the limit stays: `memory.grow` and `table.grow` return -1, and calls of the host fail with VM_STATUS_LIMIT.
 *
 * It is called on the thread that uses the context, while a guest or a call of the host waits. It must return, not throw, and must
 * not use the context, which answers VM_STATUS_REENTRANT; VM_CallerReadMemory and its like do so too. `request` is valid until it
 * returns.
 */
typedef uint64_t (VM_CALL *VM_LimitCallback)(void *user, const VM_LimitRequest *request);

/**
 * Creates an empty context.
 *
 * @param engine the engine
 * @param config the configuration; copied; NULL for the defaults
 * @param context receives the context; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (a limit of the context is above what VM_EngineConfigSetPooling permits)
 * @par Ownership
 * The caller owns it and frees it with VM_ContextDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextCreate(VM_Engine *engine, const VM_ContextConfig *config, VM_Context **context,
                                          VM_Error **error);

/**
 * Deletes a context and everything that runs in it. A context that is in use, for example because a callback of it calls this
 * function, is deleted when that use ends; one that a thread has entered with VM_ContextEnter is deleted when it is left. An unfinished
 * execution is cancelled: it fails with VM_STATUS_CANCELLED, and is in its queue unless a thread was running it.
 *
 * @param context the context; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_ContextDelete(VM_Context *context);

/**
 * Returns the id of a context. Its handles and references carry the id.
 *
 * @param context the context; NULL has none
 * @return the id, which is never 0; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API uint64_t VM_CALL VM_ContextGetId(const VM_Context *context);

/**
 * Attaches a pointer of the host to a context; callbacks read it with VM_CallerGetContextData. The previous pointer is freed.
 *
 * @param context the context
 * @param data the pointer; may be NULL
 * @param free_data called once with `data`, when the context receives other data or is deleted, and also if this function fails;
 *         NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The context owns `data`.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextSetData(VM_Context *context, void *data, VM_Free free_data, VM_Error **error);

/**
 * Returns the pointer that VM_ContextSetData attached.
 *
 * @param context the context
 * @param data receives the pointer, NULL if there is none; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The context owns the data.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextGetData(const VM_Context *context, void **data, VM_Error **error);

/**
 * Registers a host module, which seals it: it can no longer be changed.
 *
 * @param context the context
 * @param module the host module; it may be deleted afterwards
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS (another provider of the module name has one of the items: the message names
 * both), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterModule(VM_Context *context, VM_HostModule *module, VM_Error **error);

/**
 * Instantiates a wasm module and lets other modules import its exports under a name. The start function and `_initialize` run as
 * in VM_ContextInstantiate.
 *
 * @param context the context
 * @param name the module name that imports use, UTF-8; copied
 * @param module the module, of the context's engine; it may be deleted afterwards
 * @param instance receives the instance; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, and the errors of VM_ContextInstantiate
 * @par Ownership
 * The context owns the instance.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterWasm(VM_Context *context, const char *name, const VM_Module *module,
                                                VM_Instance *instance, VM_Error **error);

/**
 * Lets other modules import the exports of an instance under a name. An instance can have several names.
 *
 * @param context the context
 * @param name the module name that imports use, UTF-8; copied
 * @param instance the instance
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, VM_STATUS_STALE, VM_STATUS_WRONG_CONTEXT,
 * VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterInstance(VM_Context *context, const char *name, VM_Instance instance,
                                                    VM_Error **error);

/**
 * Instantiates a wasm module and runs its start function.
 *
 * If the module is a reactor, its `_initialize` is also called, once and before this function returns: do not call it again. A
 * reactor exports a function `_initialize` without parameters and results, and no `_start`; compilers create one with options
 * such as `-mexec-model=reactor`. If the start function or `_initialize` fails, there is no instance, but what it has written to
 * imported memories, tables and globals stays, as WebAssembly specifies; its memory is freed with the context or by
 * VM_ContextReset. All other failures leave nothing behind.
 *
 * @param context the context
 * @param module the module, of the context's engine; it may be deleted afterwards
 * @param instance receives the instance; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT (another engine's module), VM_STATUS_UNRESOLVED_IMPORT (the message lists the
 * first 20), VM_STATUS_INCOMPATIBLE_IMPORT, VM_STATUS_INSTANTIATION, VM_STATUS_LIMIT (VM_ContextReset frees what earlier
 * instances took), VM_STATUS_OUT_OF_MEMORY, VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The context owns the instance.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextInstantiate(VM_Context *context, const VM_Module *module, VM_Instance *instance,
                                               VM_Error **error);

/**
 * Calls an exported function of an instance.
 *
 * @param context the context
 * @param instance the instance
 * @param name the name of the export, UTF-8
 * @param args arguments; may be NULL if arg_count is 0
 * @param arg_count the number; as many as the function has
 * @param results receives the results; may be the array of args, and NULL if result_count is 0
 * @param result_count the number; as many as the function has
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT,
 * VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BAD_ANSWER, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT, VM_STATUS_LIMIT (a function too large to translate), and the status with which a host function failed
 * @par Ownership
 * The caller owns references in the results and releases them with VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextExecute(VM_Context *context, VM_Instance instance, const char *name,
                                           const VM_Value *args, size_t arg_count, VM_Value *results,
                                           size_t result_count, VM_Error **error);

/**
 * Loads a module from a file, instantiates it and calls one of its exported functions.
 *
 * @param context the context
 * @param path the path of the wasm file
 * @param name the name of the export, UTF-8
 * @param args arguments; may be NULL if arg_count is 0
 * @param arg_count the number; as many as the function has
 * @param results receives the results; may be the array of args, and NULL if result_count is 0
 * @param result_count the number; as many as the function has
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The errors of VM_ModuleLoadFromFile, VM_ContextInstantiate and VM_ContextExecute
 * @par Ownership
 * The caller owns references in the results and releases them with VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRunWasmFromFile(VM_Context *context, const char *path, const char *name,
                                                   const VM_Value *args, size_t arg_count, VM_Value *results,
                                                   size_t result_count, VM_Error **error);

/**
 * Loads a module from memory, instantiates it and calls one of its exported functions.
 *
 * @param context the context
 * @param data the module
 * @param size the number of bytes
 * @param name the name of the export, UTF-8
 * @param args arguments; may be NULL if arg_count is 0
 * @param arg_count the number; as many as the function has
 * @param results receives the results; may be the array of args, and NULL if result_count is 0
 * @param result_count the number; as many as the function has
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The errors of VM_ModuleLoadFromBuffer, VM_ContextInstantiate and VM_ContextExecute
 * @par Ownership
 * The caller owns references in the results and releases them with VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRunWasmFromBuffer(VM_Context *context, const uint8_t *data, size_t size,
                                                     const char *name, const VM_Value *args, size_t arg_count,
                                                     VM_Value *results, size_t result_count, VM_Error **error);

/**
 * Sets the timeout of executions: of each call of a guest that begins afterwards, blocking or started. It is wall time from the
 * beginning to the end, including the time in which the execution is suspended. Nested calls of guests share the timeout of the
 * outermost one. An execution that exceeds it fails with VM_STATUS_TIMEOUT; a host function is not interrupted, it can ask for the
 * time left (VM_CallerGetTimeLeft) and extend it (VM_CallerExtendTime). The context can be used again.
 *
 * @param context the context
 * @param ms the timeout in milliseconds; 0 for none, which is the default
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetInterruptible), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextSetTimeout(VM_Context *context, uint64_t ms, VM_Error **error);

/**
 * Sets the compute limit of executions: of each call of a guest that begins afterwards, blocking or started. It is the processor
 * time of the threads that run the execution, host functions included, without the time in which it is suspended or its thread
 * waits. Where the system has no such clock it is the time that passes while the execution runs. Otherwise the same holds as for
 * VM_ContextSetTimeout, and both may be set.
 *
 * @param context the context
 * @param ms the limit in milliseconds; 0 for none, which is the default
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetInterruptible), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextSetComputeLimit(VM_Context *context, uint64_t ms, VM_Error **error);

/**
 * Sets the slice of started executions: when one has run for this long it becomes ready, at the end of its queue, so that the other
 * executions of the queue have their turn. Blocking calls have no slices.
 *
 * @param context the context
 * @param us the slice in microseconds; 0 for none, which is the default: an execution runs until it is suspended or ends
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetInterruptible), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextSetSlice(VM_Context *context, uint64_t us, VM_Error **error);

/**
 * Sets the fuel of a context. Guests use it up; what an instruction costs is the same in each run of a module on one version of
 * libvm, and may change with the version. Host functions may use some, too (VM_CallerConsumeFuel). Without fuel an execution fails
 * with VM_STATUS_OUT_OF_FUEL. A new context has none, and neither has one that was reset.
 *
 * @param context the context
 * @param units the fuel
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetFuelMetering), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextSetFuel(VM_Context *context, uint64_t units, VM_Error **error);

/**
 * Adds to the fuel of a context, up to UINT64_MAX.
 *
 * @param context the context
 * @param units the additional fuel
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetFuelMetering), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextAddFuel(VM_Context *context, uint64_t units, VM_Error **error);

/**
 * Returns the fuel that a context has left. Of compiled guests that trap, and of blocking calls of them that are interrupted, not all fuel
 * is counted: docs/executions.md, "Fuel".
 *
 * @param context the context
 * @param units receives the fuel; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the engine was created without VM_EngineConfigSetFuelMetering), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextGetFuel(const VM_Context *context, uint64_t *units, VM_Error **error);

/**
 * Returns the number by which any thread can cancel an execution of a context: the running or unfinished one, else the next one.
 *
 * @param context the context
 * @param id receives the number, which is never 0; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextGetCancelId(VM_Context *context, uint64_t *id, VM_Error **error);

/**
 * Cancels the execution that a number names; it fails with VM_STATUS_CANCELLED. If it has not begun, it fails when it begins. A
 * suspended one is woken; a guest that is running is interrupted if the engine is interruptible (VM_EngineConfigSetInterruptible),
 * and otherwise when it is next suspended; a host function is not interrupted. The context can be used again.
 *
 * @param id from VM_ContextGetCancelId
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_STALE (the execution has ended, or its context was reset or deleted; or the number is of another copy of libvm)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_Cancel(uint64_t id, VM_Error **error);

/**
 * Creates a configuration with the defaults: no name, and the default limits.
 *
 * @param config receives the configuration; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The caller owns it and frees it with VM_ContextConfigDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigCreate(VM_ContextConfig **config, VM_Error **error);

/**
 * Sets the name of contexts. Contexts with the same name share the state that plug-ins keep; a context without a name has its
 * own.
 *
 * @param config the configuration
 * @param name UTF-8; copied, not empty; NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (an empty name)
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetName(VM_ContextConfig *config, const char *name, VM_Error **error);

/**
 * Sets whether an imported function that nothing provides is an error when a module is instantiated, which is the default, or
 * when the guest calls it: then the call fails with VM_STATUS_UNRESOLVED_IMPORT, and the message names the module and the
 * function with the reason and what to do, as that of the failed instantiation would. What is registered later does not provide it
 * to guests that are already instantiated. Imported memories, tables and globals, and functions of another type than the provided
 * one, remain errors of the instantiation.
 *
 * @param config the configuration
 * @param trap whether a call of such a function fails, instead of the instantiation
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetUnknownImportsTrap(VM_ContextConfig *config, bool trap, VM_Error **error);

/**
 * Sets whether a blocking call (VM_ContextExecute, VM_FuncCall and others) waits for a host function that suspends its guest. If it
 * does not, such a call fails with VM_STATUS_WOULD_BLOCK; started executions are not affected.
 *
 * @param config the configuration
 * @param may_block whether it waits; the default is true
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetMayBlock(VM_ContextConfig *config, bool may_block, VM_Error **error);

/**
 * Deletes a configuration.
 *
 * @param config the configuration; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_ContextConfigDelete(VM_ContextConfig *config);

/**
 * Limits the total size of the linear memories of a context; the default is 1 GiB, UINT64_MAX is no limit. If a guest wants more,
 * `memory.grow` returns -1; a module whose initial memory exceeds the limit fails with VM_STATUS_LIMIT.
 *
 * @param config the configuration
 * @param bytes the maximum; UINT64_MAX for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetMemoryLimit(VM_ContextConfig *config, uint64_t bytes, VM_Error **error);

/**
 * Limits the size of each linear memory of a context, in addition to the limit on their total size; by default there is no such limit.
 *
 * @param config the configuration
 * @param bytes the maximum; UINT64_MAX for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetMemorySizeLimit(VM_ContextConfig *config, uint64_t bytes, VM_Error **error);

/**
 * Limits the total number of elements of the tables of a context; the default is 10,000,000, which take 80 MB. If a guest wants more,
 * `table.grow` returns -1; a module whose initial tables exceed the limit fails with VM_STATUS_LIMIT.
 *
 * @param config the configuration
 * @param elements the maximum; UINT64_MAX for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetTableLimit(VM_ContextConfig *config, uint64_t elements, VM_Error **error);

/**
 * Limits the number of instances, of memories and of tables that a context can create, including those that failed or were
 * removed; the default is 10,000 each. VM_ContextReset resets the counts.
 *
 * @param config the configuration
 * @param count the maximum
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetInstanceLimit(VM_ContextConfig *config, size_t count, VM_Error **error);

/**
 * Limits how deep calls from the host into the guests of a context may be nested: a guest calls a host function, whose callback
 * calls the guest again (VM_CallerCall). The default is 64; a call that is nested deeper fails with VM_STATUS_RECURSION_LIMIT. Each
 * level takes native stack of the thread; a call also fails if the thread has too little left, whatever the limit is.
 *
 * @param config the configuration
 * @param calls the maximum, 1 to 65,536; 1 permits no nested call
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetCallDepthLimit(VM_ContextConfig *config, size_t calls, VM_Error **error);

/**
 * Limits the number of externrefs that a context can create (VM_RefCreateExtern, VM_CallerCreateExternRef), including those that were
 * released, whose memory is freed with the context; the default is 1,000,000. More fail with VM_STATUS_LIMIT. VM_ContextReset resets
 * the count.
 *
 * @param config the configuration
 * @param count the maximum; UINT64_MAX for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetReferenceLimit(VM_ContextConfig *config, uint64_t count, VM_Error **error);

/**
 * Limits the number of files and directories that the guests of a context can have open through WASI, besides those that they started
 * with: each takes a file descriptor of the process. The default is 512. A guest that opens more gets the error `EMFILE`.
 *
 * @param config the configuration
 * @param count the maximum; 0 permits none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetOpenFileLimit(VM_ContextConfig *config, size_t count, VM_Error **error);

/**
 * Sets a callback that is asked before a growth exceeds one of the limits VM_LIMIT_*, and may raise it. Contexts that are created with
 * the configuration share it.
 *
 * @param config the configuration
 * @param callback the callback; NULL for none
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when neither the configuration nor a context needs the callback any more, also if this
 *         call fails; NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The configuration and its contexts own `user`.
 * @par Threads
 * [one thread per object]; the callback is called on the threads that use the contexts, on several at once
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetLimitCallback(VM_ContextConfig *config, VM_LimitCallback callback,
                                                          void *user, VM_Free free_user, VM_Error **error);

/**
 * Enters a context for many calls: until VM_ContextLeave it is used by this thread, also between its calls, which then take a fraction of
 * the time that short calls take otherwise. Nothing else changes: every function of a context works as without it.
 *
 * Other threads find the context in use (VM_STATUS_BUSY) until it is left, also if the thread ends before. Events that a suspended hook
 * lets go on, and executions, wait as long if other threads poll them; this thread can poll them. A context that is deleted meanwhile is
 * freed when it is left; until then calls fail with VM_STATUS_STALE. A context is left before it is returned to its pool.
 *
 * A context can be entered several times, and is left as often. The functions of the library, which may enter it themselves, do not matter.
 *
 * @param context the context
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error: the context was not entered
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (another thread uses it, or it has an unfinished execution), VM_STATUS_REENTRANT (from inside
 * a callback of the context), VM_STATUS_STALE (it was deleted, and is still to be left)
 * @par Threads
 * [one thread per context]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_ContextEnter(VM_Context *context, VM_Error **error);

/**
 * Leaves a context that this thread has entered with VM_ContextEnter. When it is left as often as it was entered, other threads can use it.
 * It may have an unfinished execution, which any thread then polls.
 *
 * @param context the context; it is freed if it was deleted
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error: nothing has changed
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (it was not entered), VM_STATUS_WRONG_THREAD (another thread has entered it, or
 * uses it), VM_STATUS_REENTRANT (from inside a callback of the context)
 * @par Threads
 * [one thread per context]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_ContextLeave(VM_Context *context, VM_Error **error);

/**
 * Lists the items that guests of a context can import and their providers: host modules, plug-ins, registered instances and
 * WASI, in order of registration.
 *
 * @param context the context
 * @param list receives the list; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns it and frees it with VM_ImportListDelete. It does not change with the context.
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_ContextListImports(VM_Context *context, VM_ImportList **list, VM_Error **error);

/**
 * Returns the number of items of a list.
 *
 * @param list the list; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API size_t VM_CALL VM_ImportListGetCount(const VM_ImportList *list);

/**
 * Returns an item of a list.
 *
 * @param list the list; NULL has none
 * @param index from 0, in order of registration
 * @return the item; NULL if the index is past the end
 * @par Ownership
 * The item belongs to the list and lives as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const VM_ImportOffer *VM_CALL VM_ImportListGet(const VM_ImportList *list, size_t index);

/**
 * Returns the number of plug-ins that an examined module declares.
 *
 * @param list the list; NULL has none, as one of VM_ContextListImports
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_ImportListGetPluginCount(const VM_ImportList *list);

/**
 * Returns a plug-in that an examined module declares.
 *
 * @param list the list; NULL has none
 * @param index from 0, in the module's order
 * @return the plug-in; NULL if the index is past the end
 * @par Ownership
 * The plug-in belongs to the list and lives as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_DeclaredPlugin *VM_CALL VM_ImportListGetPlugin(const VM_ImportList *list, size_t index);

/**
 * Deletes a list with its items.
 *
 * @param list the list; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API void VM_CALL VM_ImportListDelete(VM_ImportList *list);

/**
 * Resets a context to the state before anything ran in it, so that nothing of one user of the context reaches the next.
 *
 * All handles and references of the context become stale. Its instances, memories, tables, globals and references are freed, the
 * files of WASI are closed and captured output is cleared, and the instances of plug-ins are destroyed (and created again when a
 * guest imports from the plug-in). The context keeps its id and data (VM_ContextSetData), host modules, plug-ins, WASI, options,
 * permissions and limits. Modules registered with VM_ContextRegisterWasm are instantiated again, in order of registration;
 * instances registered with VM_ContextRegisterInstance are not.
 *
 * An unfinished execution is cancelled: it fails with VM_STATUS_CANCELLED, and is in its queue.
 *
 * Output that is captured by an environment which several contexts share is cleared for all of them.
 *
 * @param context the context
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT (from inside a callback of the context): nothing is reset. Those
 * of VM_ContextInstantiate, when a registered module cannot be instantiated anew: the context is reset nevertheless, and guests
 * that import from that module are refused with the reason, until an instance is registered under its name.
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_ContextReset(VM_Context *context, VM_Error **error);

/** @} */

/**
 * @defgroup context_pool Context pool
 *
 * A pool keeps contexts that were prepared alike, for hosts that run each request in a context of its own: taking one is cheaper than
 * creating it, and what a module imports is resolved once for all of them.
 * @{
 */

/**
 * Prepares a new context of a pool: registers host modules, plug-ins and WASI, and sets its limits. It is called on the thread that
 * needs the context. The context is not used elsewhere until it returns; it must not delete it.
 *
 * `error` is where the caller of the pool receives the error; pass it on to the functions that are called here. On failure the
 * context is deleted.
 */
typedef VM_Status (VM_CALL *VM_ContextPrepareCallback)(void *user, VM_Context *context, VM_Error **error);

/**
 * Creates a pool of contexts.
 *
 * Contexts are created when they are needed (VM_ContextPoolTake) or in advance (VM_ContextPoolFill), with the configuration, and
 * prepared by the callback.
 *
 * @param engine the engine
 * @param config the configuration of its contexts; copied; NULL for the defaults
 * @param limit how many contexts the pool can have, taken ones included; 0 for no limit
 * @param pool receives the pool; must not be NULL
 * @param prepare called once with each new context; NULL for none
 * @param user passed to `prepare`, on any thread and on several at once
 * @param free_user called once with `user` when the pool is deleted, and also if this function fails; NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (a limit of the contexts is above what VM_EngineConfigSetPooling permits)
 * @par Ownership
 * The caller owns it and frees it with VM_ContextPoolDelete. The pool owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextPoolCreate(VM_Engine *engine, const VM_ContextConfig *config, size_t limit,
                                              VM_ContextPool **pool, VM_ContextPrepareCallback prepare, void *user,
                                              VM_Free free_user, VM_Error **error);

/**
 * Takes a context from a pool: one that was returned, or a new one. Its state is that after the callback `prepare`.
 *
 * @param pool the pool
 * @param context receives the context; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (the contexts of the pool are taken, as many as its limit), VM_STATUS_INVALID_ARGUMENT
 * (`prepare` has created an instance that a reset would remove), VM_STATUS_BAD_ANSWER (`prepare` returned a positive number),
 * VM_STATUS_BUSY (`prepare` has entered the context and not left it), and the error with which `prepare` failed
 * @par Ownership
 * The caller has the context until VM_ContextPoolReturn, or deletes it with VM_ContextDelete, which makes room for a new one.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextPoolTake(VM_ContextPool *pool, VM_Context **context, VM_Error **error);

/**
 * Returns a context to its pool. It is reset as by VM_ContextReset: all its handles become stale, and an unfinished execution is
 * cancelled. Data (VM_ContextSetData), the log callback, limits of time and fuel are again those that `prepare` has set.
 *
 * A context that cannot be reset is deleted, as is one in which more was registered, set or granted than by `prepare`; a later
 * VM_ContextPoolTake creates another one.
 *
 * @param pool the pool
 * @param context a context that was taken from the pool; the caller must not use it any more
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error: then the caller still has the context
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (it is not a context of this pool, or was returned before), VM_STATUS_BUSY
 * (another thread uses it, or this one has not left it: VM_ContextLeave), VM_STATUS_REENTRANT (from inside a callback of the context)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextPoolReturn(VM_ContextPool *pool, VM_Context *context, VM_Error **error);

/**
 * Creates contexts in advance, until the pool has so many, taken ones included.
 *
 * @param pool the pool
 * @param count how many contexts the pool has afterwards, if it did not have more
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error: contexts that were created stay in the pool
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (more than the limit of the pool), and those of VM_ContextPoolTake
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextPoolFill(VM_ContextPool *pool, size_t count, VM_Error **error);

/**
 * Returns how many contexts of a pool are unused.
 *
 * @param pool the pool; NULL has none
 * @return the number; it may change at any time
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API size_t VM_CALL VM_ContextPoolGetIdleCount(const VM_ContextPool *pool);

/**
 * Returns how many contexts of a pool are taken.
 *
 * @param pool the pool; NULL has none
 * @return the number; it may change at any time
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API size_t VM_CALL VM_ContextPoolGetTakenCount(const VM_ContextPool *pool);

/**
 * Deletes a pool with its unused contexts. Contexts that are taken stay valid; they are deleted with VM_ContextDelete.
 *
 * @param pool the pool; NULL does nothing; no other thread may be using it
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API void VM_CALL VM_ContextPoolDelete(VM_ContextPool *pool);

/** @} */

/**
 * @defgroup instance Instance
 *
 * An instantiated module. Finding an export returns a handle, which is valid until the instance is removed; calling through a
 * handle saves the lookup by name.
 * @{
 */

/** An instance of a module in a context. */
struct VM_Instance {
    /** The id of the context. */
    uint64_t context;
    /** The slot in the table of the context. */
    uint32_t slot;
    /** Distinguishes the uses of a slot. */
    uint32_t generation;
};

/**
 * Returns the number of instances of a context.
 *
 * @param context the context; NULL has none
 * @return the number; 0 also if the context is in use
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_ContextGetInstanceCount(const VM_Context *context);

/**
 * Returns the handle of an instance of a context.
 *
 * @param context the context
 * @param index from 0, in the order of creation
 * @param instance receives the instance; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextGetInstance(const VM_Context *context, size_t index, VM_Instance *instance,
                                               VM_Error **error);

/**
 * Finds the instance that is registered under a name.
 *
 * @param context the context
 * @param name the name that was passed to VM_ContextRegisterWasm or VM_ContextRegisterInstance
 * @param instance receives the instance; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextFindInstance(const VM_Context *context, const char *name, VM_Instance *instance,
                                                VM_Error **error);

/**
 * Removes an instance. Its names become free, and its handle and those of its exports become stale. Instances that import from
 * it keep working. Its memory is freed when no instance uses it any more or later, at the latest when the context is reset or
 * deleted.
 *
 * @param context the context
 * @param instance the instance
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRemoveInstance(VM_Context *context, VM_Instance instance, VM_Error **error);

/**
 * Finds an exported function of an instance.
 *
 * @param context the context
 * @param instance the instance
 * @param name the name of the export, UTF-8
 * @param func receives the function; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (an export of another kind),
 * VM_STATUS_STALE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The handle is valid until the instance is removed.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceFindFunction(VM_Context *context, VM_Instance instance, const char *name,
                                                 VM_Func *func, VM_Error **error);

/**
 * Returns the exported function at an index. This also reaches exports whose names contain a NUL.
 *
 * @param context the context
 * @param instance the instance
 * @param index as in VM_ModuleGetExport of the module
 * @param func receives the function; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (an export of another kind), VM_STATUS_STALE,
 * VM_STATUS_WRONG_CONTEXT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The handle is valid until the instance is removed.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceGetFunction(VM_Context *context, VM_Instance instance, size_t index, VM_Func *func,
                                                VM_Error **error);

/**
 * Finds an exported linear memory of an instance.
 *
 * @param context the context
 * @param instance the instance
 * @param name the name of the export, UTF-8
 * @param memory receives the memory; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The same as VM_InstanceFindFunction.
 * @par Ownership
 * The handle is valid until the instance is removed.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceFindMemory(VM_Context *context, VM_Instance instance, const char *name,
                                               VM_Memory *memory, VM_Error **error);

/**
 * Finds an exported table of an instance.
 *
 * @param context the context
 * @param instance the instance
 * @param name the name of the export, UTF-8
 * @param table receives the table; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The same as VM_InstanceFindFunction.
 * @par Ownership
 * The handle is valid until the instance is removed.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceFindTable(VM_Context *context, VM_Instance instance, const char *name,
                                              VM_Table *table, VM_Error **error);

/**
 * Finds an exported global of an instance.
 *
 * @param context the context
 * @param instance the instance
 * @param name the name of the export, UTF-8
 * @param global receives the global; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The same as VM_InstanceFindFunction.
 * @par Ownership
 * The handle is valid until the instance is removed.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceFindGlobal(VM_Context *context, VM_Instance instance, const char *name,
                                               VM_Global *global, VM_Error **error);

/** @} */

/**
 * @defgroup func Function
 *
 * A function that was found: the fastest way to call a guest.
 * @{
 */

/** A function of a context. */
struct VM_Func {
    /** The id of the context. */
    uint64_t context;
    /** The slot in the table of the context. */
    uint32_t slot;
    /** Distinguishes the uses of a slot. */
    uint32_t generation;
};

/**
 * Calls a function.
 *
 * @param context the context
 * @param func the function
 * @param args arguments; may be NULL if arg_count is 0
 * @param arg_count the number; as many as the function has
 * @param results receives the results; may be the array of args, and NULL if result_count is 0
 * @param result_count the number; as many as the function has
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
 * VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BAD_ANSWER, VM_STATUS_BUSY, VM_STATUS_REENTRANT,
 * VM_STATUS_LIMIT (a function too large to translate), and what a host function fails with
 * @par Ownership
 * The caller owns references in the results and releases them with VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_FuncCall(VM_Context *context, VM_Func func, const VM_Value *args, size_t arg_count,
                                     VM_Value *results, size_t result_count, VM_Error **error);

/**
 * Creates the type of a function from its handle.
 *
 * @param context the context
 * @param func the function
 * @param type receives the type; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns the type and frees it with VM_FuncTypeDelete.
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_FuncTypeCreateFromFunc(const VM_Context *context, VM_Func func, VM_FuncType **type,
                                                   VM_Error **error);

/**
 * Returns the reference to a function, as wasm sees it.
 *
 * @param func the function
 * @return the reference; it is valid as long as the handle
 * @par Ownership
 * The reference is borrowed from the handle and is not released.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Ref VM_CALL VM_FuncToRef(VM_Func func);

/**
 * Returns the handle of the function that a funcref refers to.
 *
 * @param ref the reference, not null
 * @return the handle; it is valid as long as the reference
 * @par Ownership
 * The handle is borrowed from the reference.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Func VM_CALL VM_FuncFromRef(VM_Ref ref);

/** @} */

/**
 * @defgroup prepared_call Prepared call
 *
 * A function of a guest whose type was compared once, to be called with numbers without their types: the fastest way to call a guest.
 * @{
 */

/**
 * Prepares calls of a function.
 *
 * @param context the context
 * @param func the function; it exists at least as long as the prepared call, unless the context is reset or deleted
 * @param signature the type that the function must have, as for VM_HostModuleAddFunction, of the letters `i I f F v` alone
 * @param prepared receives the prepared call; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_BAD_SIGNATURE, VM_STATUS_INVALID_ARGUMENT (references or guest memory in the
 * signature), VM_STATUS_WRONG_TYPE (the function has another type), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns the prepared call and frees it with VM_PreparedCallDelete, before or after the context.
 * @par Threads
 * [one thread per context]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_PreparedCallCreate(VM_Context *context, VM_Func func, const char *signature,
                                               VM_PreparedCall **prepared, VM_Error **error);

/**
 * Calls the function. Nothing is looked up or compared; otherwise this is VM_FuncCall.
 *
 * @param prepared the prepared call
 * @param values the arguments, in whose place, from the first on, the results are written: as many as the function has parameters, or
 *        results if these are more; unspecified after a failure; may be NULL if there are none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (values that are not aligned to 8 bytes), VM_STATUS_STALE (the context was reset
 * or deleted), and those of VM_FuncCall
 * @par Threads
 * [one thread per context]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_PreparedCallRun(VM_PreparedCall *prepared, VM_RawValue *values, VM_Error **error);

/**
 * Deletes a prepared call.
 *
 * @param prepared the prepared call; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.7
 */
VM_API void VM_CALL VM_PreparedCallDelete(VM_PreparedCall *prepared);

/** @} */

/**
 * @defgroup memory Memory
 *
 * A linear memory that was found.
 * @{
 */

/** A linear memory of a context. */
struct VM_Memory {
    /** The id of the context. */
    uint64_t context;
    /** The slot in the table of the context. */
    uint32_t slot;
    /** Distinguishes the uses of a slot. */
    uint32_t generation;
};

/**
 * Copies bytes from a memory to a buffer.
 *
 * @param context the context
 * @param memory the memory
 * @param address the address of the first byte
 * @param data receives the bytes; may be NULL if size is 0
 * @param size the number of bytes
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then nothing was copied
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_MemoryRead(const VM_Context *context, VM_Memory memory, uint64_t address, void *data,
                                       size_t size, VM_Error **error);

/**
 * Copies bytes from a buffer to a memory.
 *
 * @param context the context
 * @param memory the memory
 * @param address the address of the first byte
 * @param data the bytes; may be NULL if size is 0
 * @param size the number of bytes
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then nothing was copied
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_MemoryWrite(VM_Context *context, VM_Memory memory, uint64_t address, const void *data,
                                        size_t size, VM_Error **error);

/**
 * Returns a pointer into a memory. It is valid until the memory grows or the context runs wasm, because a memory may move when
 * it grows.
 *
 * @param context the context
 * @param memory the memory
 * @param address the address of the first byte
 * @param size the number of bytes
 * @param span receives the pointer and the size; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The bytes belong to the memory.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_MemoryGetSpan(VM_Context *context, VM_Memory memory, uint64_t address, uint64_t size,
                                          VM_Buffer *span, VM_Error **error);

/**
 * Returns the size of a memory.
 *
 * @param context the context
 * @param memory the memory
 * @param size receives the size in bytes; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_MemoryGetSize(const VM_Context *context, VM_Memory memory, uint64_t *size,
                                          VM_Error **error);

/**
 * Grows a memory.
 *
 * @param context the context
 * @param memory the memory
 * @param pages the number of pages to add (of 64 KiB, unless the module uses custom page sizes)
 * @param previous_size receives the previous number of pages; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (its own maximum or the context's), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
 * VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_MemoryGrow(VM_Context *context, VM_Memory memory, uint64_t pages, uint64_t *previous_size,
                                       VM_Error **error);

/**
 * Returns the type of a memory as it was declared.
 *
 * @param context the context
 * @param memory the memory
 * @param type receives the type; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_MemoryGetType(const VM_Context *context, VM_Memory memory, VM_MemoryType *type,
                                          VM_Error **error);

/** @} */

/**
 * @defgroup table Table
 *
 * A table that was found.
 * @{
 */

/** A table of a context. */
struct VM_Table {
    /** The id of the context. */
    uint64_t context;
    /** The slot in the table of the context. */
    uint32_t slot;
    /** Distinguishes the uses of a slot. */
    uint32_t generation;
};

/**
 * Returns the number of elements of a table.
 *
 * @param context the context
 * @param table the table
 * @param size receives the number of elements; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_TableGetSize(const VM_Context *context, VM_Table table, uint64_t *size, VM_Error **error);

/**
 * Reads an element of a table.
 *
 * @param context the context
 * @param table the table
 * @param index from 0
 * @param value receives a funcref or externref; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns the reference and releases it with VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_TableRead(VM_Context *context, VM_Table table, uint64_t index, VM_Value *value,
                                      VM_Error **error);

/**
 * Writes an element of a table.
 *
 * @param context the context
 * @param table the table
 * @param index from 0
 * @param value a reference of the type of the table, null or of this context; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_TableWrite(VM_Context *context, VM_Table table, uint64_t index, const VM_Value *value,
                                       VM_Error **error);

/**
 * Grows a table.
 *
 * @param context the context
 * @param table the table
 * @param elements the number of elements to add
 * @param value the initial value of the new elements, a reference of the type of the table; must not be NULL
 * @param previous_size receives the previous number of elements; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (its own maximum or the context's), VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_CONTEXT,
 * VM_STATUS_STALE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_TableGrow(VM_Context *context, VM_Table table, uint64_t elements, const VM_Value *value,
                                      uint64_t *previous_size, VM_Error **error);

/**
 * Returns the type of a table as it was declared.
 *
 * @param context the context
 * @param table the table
 * @param type receives the type; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_TableGetType(const VM_Context *context, VM_Table table, VM_TableType *type,
                                         VM_Error **error);

/** @} */

/**
 * @defgroup global Global
 *
 * A global that was found.
 * @{
 */

/** A global of a context. */
struct VM_Global {
    /** The id of the context. */
    uint64_t context;
    /** The slot in the table of the context. */
    uint32_t slot;
    /** Distinguishes the uses of a slot. */
    uint32_t generation;
};

/**
 * Reads the value of a global.
 *
 * @param context the context
 * @param global the global
 * @param value receives the value; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns a reference and releases it with VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_GlobalRead(VM_Context *context, VM_Global global, VM_Value *value, VM_Error **error);

/**
 * Writes the value of a global.
 *
 * @param context the context
 * @param global the global
 * @param value a value of the type of the global; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_IMMUTABLE, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_GlobalWrite(VM_Context *context, VM_Global global, const VM_Value *value, VM_Error **error);

/**
 * Returns the type of a global.
 *
 * @param context the context
 * @param global the global
 * @param type receives the type; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_GlobalGetType(const VM_Context *context, VM_Global global, VM_GlobalType *type,
                                          VM_Error **error);

/** @} */

/**
 * @defgroup reference Reference
 *
 * References that the host holds: those of results, tables and globals, and externrefs that it creates.
 * @{
 */

/**
 * Creates an externref that carries a pointer of the host.
 *
 * @param context the context
 * @param pointer the pointer; may be NULL
 * @param free_pointer called once with `pointer` when nothing refers to the object any more or later, at the latest when the
 *         context is reset or deleted, and also if this function fails; NULL for none
 * @param ref receives the reference; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_LIMIT (the context has had too many), VM_STATUS_BUSY, VM_STATUS_REENTRANT (use
 * VM_CallerCreateExternRef)
 * @par Ownership
 * The context owns the object. The caller owns the reference and releases it with VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_RefCreateExtern(VM_Context *context, void *pointer, VM_Free free_pointer, VM_Ref *ref,
                                            VM_Error **error);

/**
 * Returns the pointer that an externref carries.
 *
 * @param context the context
 * @param ref the reference; a null reference carries NULL
 * @param pointer receives the pointer; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE (a funcref), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT (use VM_CallerGetExternRef)
 * @par Ownership
 * The context owns what the pointer points to.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_RefGetExtern(const VM_Context *context, VM_Ref ref, void **pointer, VM_Error **error);

/**
 * Retains a reference.
 *
 * @param context the context
 * @param ref the reference; a null reference has no effect
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY, VM_STATUS_REENTRANT (use
 * VM_CallerRetainRef)
 * @par Ownership
 * The caller releases the reference with VM_RefRelease once more.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_RefRetain(VM_Context *context, VM_Ref ref, VM_Error **error);

/**
 * Releases a reference. Unless it was retained, it becomes stale. A destructor or finalizer may call this on any thread and at
 * any time, also in a callback and while another thread runs the context. The reference is then released at the next safe point
 * of the context: when a thread begins to use the context, or a callback asks for a reference. References that are not released
 * are freed with their context or by VM_ContextReset.
 *
 * @param ref the reference; a null or stale one, and an export of an instance that was not retained, does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API void VM_CALL VM_RefRelease(VM_Ref ref);

/** @} */

/**
 * @defgroup statistics Statistics
 *
 * Counters of a context and of its plug-ins. Traps, memory and fuel are always counted. Calls and their times are counted if the
 * context was configured so, which makes each call slower. VM_ContextReset sets all counters to zero.
 * @{
 */

/** The counters of a context. Initialize it with VM_STATISTICS_INIT. */
typedef struct VM_Statistics {
    /** `sizeof(VM_Statistics)`. */
    uint32_t size;
    /** Whether calls are counted (VM_ContextConfigSetStatistics); if not, the fields from host_calls on are 0. */
    bool counts_calls;
    /** Zero. */
    uint8_t reserved[3];
    /** Calls from the host into guests, nested ones included, that ended with a trap or with the failure of a host function. */
    uint64_t traps;
    /** Bytes of all linear memories. */
    uint64_t memory_bytes;
    /** The largest number of bytes that all linear memories together have had. */
    uint64_t memory_high_water;
    /** Fuel that guests used and host functions charged; 0 if the engine does not meter fuel. */
    uint64_t fuel;
    /** Calls of host functions, those of plug-ins and WASI included. */
    uint64_t host_calls;
    /** Calls of host functions that failed. */
    uint64_t host_failures;
    /** Calls from the host into guests, nested ones included. */
    uint64_t guest_calls;
    /** How often a host function suspended its call. */
    uint64_t suspensions;
    /** Nanoseconds in host functions, without the guests that they called and without suspensions. */
    uint64_t host_nanoseconds;
    /** Nanoseconds in guests, without the host functions that they called. */
    uint64_t guest_nanoseconds;
} VM_Statistics;

/** Initializes a VM_Statistics. */
#define VM_STATISTICS_INIT { (uint32_t)sizeof(VM_Statistics), false, { 0 }, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** The counters of a plug-in in a context. Initialize it with VM_PLUGINSTATISTICS_INIT. */
typedef struct VM_PluginStatistics {
    /** `sizeof(VM_PluginStatistics)`. */
    uint32_t size;
    /** Zero. */
    uint32_t reserved;
    /** Calls of its functions. */
    uint64_t calls;
    /** Calls of its functions that failed. */
    uint64_t failures;
    /** Calls into guests that its functions made. */
    uint64_t guest_calls;
    /** How often its functions suspended their call. */
    uint64_t suspensions;
    /** Nanoseconds in its functions, without the guests that they called and without suspensions. */
    uint64_t nanoseconds;
} VM_PluginStatistics;

/** Initializes a VM_PluginStatistics. */
#define VM_PLUGINSTATISTICS_INIT { (uint32_t)sizeof(VM_PluginStatistics), 0, 0, 0, 0, 0, 0 }

/**
 * Sets whether contexts count and time calls, which makes each call of a host function about 100 ns slower; the default is false.
 *
 * @param config the configuration
 * @param count whether calls are counted
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetStatistics(VM_ContextConfig *config, bool count, VM_Error **error);

/**
 * Returns the counters of a context.
 *
 * @param context the context
 * @param statistics initialized with VM_STATISTICS_INIT; receives the counters; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextGetStatistics(const VM_Context *context, VM_Statistics *statistics,
                                                 VM_Error **error);

/**
 * Returns how the guests of a context run: VM_TIER_INTERPRETER or VM_TIER_COMPILED. With VM_TIER_AUTO this is decided when the first module
 * is instantiated in the context, and anew after VM_ContextReset; before, it is VM_TIER_INTERPRETER.
 *
 * @param context the context
 * @param tier receives VM_TIER_*; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.7
 */
VM_API VM_Status VM_CALL VM_ContextGetTier(const VM_Context *context, VM_Tier *tier, VM_Error **error);

/**
 * Returns the counters of a plug-in in a context.
 *
 * @param context the context, created with VM_ContextConfigSetStatistics
 * @param name the name of a plug-in that is registered in the context, UTF-8
 * @param statistics initialized with VM_PLUGINSTATISTICS_INIT; receives the counters; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the size), VM_STATUS_UNSUPPORTED (the context does not
 * count calls), VM_STATUS_PLUGIN_NOT_FOUND, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextGetPluginStatistics(const VM_Context *context, const char *name,
                                                       VM_PluginStatistics *statistics, VM_Error **error);

/** @} */

/**
 * @defgroup trace Trace
 *
 * A callback that receives each call between the host and the guests of a context, for debugging and profiling.
 * @{
 */

/** What happens to a call. */
typedef int32_t VM_TraceKind;

enum {
    VM_TRACE_HOST_CALL = 1,    /**< A guest calls a host function: its arguments. */
    VM_TRACE_HOST_RETURN = 2,  /**< A host function returns, with its results, or fails. */
    VM_TRACE_GUEST_CALL = 3,   /**< The host calls a function of a guest: its arguments. */
    VM_TRACE_GUEST_RETURN = 4, /**< A function of a guest returns, with its results, or fails. */
    VM_TRACE_SUSPEND = 5,      /**< A host function suspends its call. */
    VM_TRACE_RESUME = 6        /**< A suspended call goes on: the status and the values of its completion. */
};

/** An event of a call. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_TraceEvent {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_TRACE_* */
    VM_TraceKind kind;
    /** The number of calls that this one is inside of. */
    uint32_t depth;
    /** VM_STATUS_OK, or the status with which the call failed or was completed; VM_STATUS_PENDING of a suspended call. */
    VM_Status status;
    /** The module that a host function belongs to, UTF-8; NULL for a function of a guest. */
    const char *module;
    /** The name of the host function or the export, UTF-8; NULL for a function that was reached by a reference. */
    const char *function;
    /** The name of the plug-in that a host function belongs to, UTF-8; NULL for others. */
    const char *plugin;
    /** Why the call failed, UTF-8; NULL if it did not. */
    const char *message;
    /** Arguments or results as wasm passes them: a guest buffer is two numbers. NULL if there are none. */
    const VM_Value *values;
    /** Their number. */
    size_t count;
    /** The instance that imports the host function, or exports the function of the guest; its context id is 0 if it is not known. */
    VM_Instance instance;
} VM_TraceEvent;

/**
 * Receives an event: `user`, and the event, which is valid until the callback returns. It is called on the thread that uses the
 * context, and may not use the context: functions that take it return VM_STATUS_REENTRANT.
 */
typedef void (VM_CALL *VM_TraceCallback)(void *user, const VM_TraceEvent *event);

/**
 * Sets a callback that receives each call of a host function and each call from the host into a guest, before and after it, with
 * suspensions. Calls become slower.
 *
 * @param config the configuration
 * @param callback the callback; NULL for none
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the configuration and all contexts that were created with it no longer need it, also
 *         if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The configuration and its contexts own `user`.
 * @par Threads
 * [one thread per object]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetTrace(VM_ContextConfig *config, VM_TraceCallback callback, void *user,
                                                  VM_Free free_user, VM_Error **error);

/** @} */

/**
 * @defgroup recording Recording
 *
 * A recording has everything that comes from the host: results of host functions, what they write to the memory of guests,
 * completions, and where executions were interrupted. A replay runs the same guests again without any of the host's functions or
 * plug-ins, with the same results.
 * @{
 */

/**
 * Receives the next bytes of a recording; `user` and the bytes, which are valid until it returns. It is called on the thread that
 * uses the context, and may not use the context. It returns VM_STATUS_OK or a failure, which ends the recording.
 */
typedef VM_Status (VM_CALL *VM_RecordCallback)(void *user, const uint8_t *data, size_t size);

/**
 * Records the calls of a context to a file, from its first instance on. Host functions become slower: before each call the memory
 * that it can change is copied, and compared afterwards.
 *
 * If the file cannot be written, the recording ends, and VM_ContextStopRecording returns why; guests are not affected.
 * VM_ContextReset and VM_ContextDelete also end a recording.
 *
 * @param context the context, which has had no instances since it was created or reset
 * @param file the path of the file, which is created or overwritten
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (the context has had instances), VM_STATUS_ALREADY_EXISTS (it is recorded or replayed),
 * VM_STATUS_UNSUPPORTED (VM_TIER_AUTO; VM_TIER_COMPILED with interruption and without fuel), VM_STATUS_FILE_NOT_FOUND,
 * VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextRecordToFile(VM_Context *context, const char *file, VM_Error **error);

/**
 * Records the calls of a context like VM_ContextRecordToFile, and passes the bytes to a callback.
 *
 * @param context the context, which has had no instances since it was created or reset
 * @param write receives the bytes; must not be NULL
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the recording has ended, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED, VM_STATUS_ALREADY_EXISTS, VM_STATUS_BUSY, VM_STATUS_REENTRANT, and the failure of the
 * callback
 * @par Ownership
 * The context owns `user`.
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextRecordToCallback(VM_Context *context, VM_RecordCallback write, void *user,
                                                    VM_Free free_user, VM_Error **error);

/**
 * Replays a recording in a context. The host makes the same calls as when it was recorded: it instantiates the same modules, in the same
 * order, and calls the same functions with the same arguments. Each imported function does what the recording says, whether or not
 * the context has a host module, a plug-in or WASI that provides it; none of their code is run. Memories, tables and globals that
 * modules import must be provided as in the recorded context. Executions do not suspend.
 *
 * A call fails with VM_STATUS_REPLAY_DIFFERS where the replay differs from the recording, and all later ones do too.
 *
 * @param context the context, which has had no instances since it was created or reset
 * @param file the path of the recording
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (the context has had instances), VM_STATUS_ALREADY_EXISTS (it is recorded or replayed),
 * VM_STATUS_UNSUPPORTED (VM_TIER_AUTO; VM_TIER_COMPILED with interruption and without fuel), VM_STATUS_BAD_RECORDING (also of later
 * calls, when a damaged part is reached), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextReplayFromFile(VM_Context *context, const char *file, VM_Error **error);

/**
 * Replays a recording in a context like VM_ContextReplayFromFile.
 *
 * @param context the context, which has had no instances since it was created or reset
 * @param data the recording; copied
 * @param size the number of bytes
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED, VM_STATUS_ALREADY_EXISTS, VM_STATUS_BAD_RECORDING, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextReplayFromBuffer(VM_Context *context, const uint8_t *data, size_t size,
                                                    VM_Error **error);

/**
 * Ends a recording, which is then complete, or a replay, after making the changes that the recorded host made last. The context
 * can be used on; the imported functions of replayed guests fail from now on.
 *
 * @param context the context
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND (the context is neither recorded nor replayed). Of a recording: VM_STATUS_IO or the
 * failure of the callback, if it could not be written; VM_STATUS_UNSUPPORTED, if the host passed guests a function that a recording
 * cannot name; VM_STATUS_LIMIT. Of a replay: VM_STATUS_REPLAY_DIFFERS, also if the recording goes on; VM_STATUS_BAD_RECORDING.
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextStopRecording(VM_Context *context, VM_Error **error);

/** @} */

/**
 * @defgroup suspension Suspension
 *
 * A host function may suspend its guest with VM_CallerSuspend, if it has the flag VM_FUNCTION_MAY_SUSPEND, and return; the thread is
 * free meanwhile, unless the guest was called by a blocking function, which waits. Completing the call, from any thread, lets the
 * guest continue: a started execution becomes VM_EXECUTION_READY, and continues when it is polled.
 * @{
 */

/**
 * Completes a suspended call. Without a `resume` function in its suspension the values are the results of the host function;
 * with one they are passed to it, and may be any number of numbers.
 *
 * @param token the token of VM_CallerSuspend
 * @param values the values, copied; may be NULL if count is 0
 * @param count the number of values
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_STALE (the call was completed or cancelled, or its context was reset or deleted; or the token is not of this process);
 * VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT (not the results of the function, or a reference for `resume`), VM_STATUS_NULL_ARGUMENT:
 * the call can still be completed
 * @par Ownership
 * The values are copied. References among them still belong to the caller, which keeps them until the call has gone on.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_Complete(VM_Token token, const VM_Value *values, size_t count, VM_Error **error);

/**
 * Completes a suspended call with a failure. Without a `resume` function in its suspension the host function fails with it; with one
 * the status and the text are passed to it.
 *
 * @param token the token of VM_CallerSuspend
 * @param status a failure: one of VM_STATUS_*, or a status of your own (VM_STATUS_USER and below)
 * @param text the message, UTF-8, copied; bytes that are not valid are replaced; NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_STALE (as for VM_Complete); VM_STATUS_INVALID_ARGUMENT (the status is not a failure): the call can still be completed
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_CompleteWithFailure(VM_Token token, VM_Status status, const char *text, VM_Error **error);

/** @} */

/**
 * @defgroup execution Execution
 *
 * A started call of a guest, which does not hold its thread: it runs until a host function suspends it, it has used its slice, or it
 * ends, and goes on when it is polled, on any thread. See docs/executions.md.
 *
 * A context has at most one unfinished execution. Until it has ended, other calls on the context return VM_STATUS_BUSY, except
 * VM_RefRelease, VM_ContextGetCancelId, and VM_ContextReset and VM_ContextDelete, which cancel it.
 * @{
 */

/** What an execution is doing. */
typedef int32_t VM_ExecutionState;

enum {
    VM_EXECUTION_READY = 1,   /**< It can go on: poll it. */
    VM_EXECUTION_RUNNING = 2, /**< A thread is running it. */
    VM_EXECUTION_PENDING = 3, /**< It waits for the completion of a host function. */
    VM_EXECUTION_DONE = 4,    /**< It has ended, and has its results. */
    VM_EXECUTION_FAILED = 5   /**< It has ended with a failure. */
};

/** Is called with `user` and an execution that has ended. It may use the execution, delete it, and use its context. */
typedef void (VM_CALL *VM_ExecutionCallback)(void *user, VM_Execution *execution);

/**
 * Goes on with an execution if there is something to do: until a host function suspends it, it has used its slice, or it ends. If
 * there is nothing to do, this has no effect.
 *
 * @param execution the execution
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK if the execution is unfinished or done; otherwise an error
 * @par Errors
 * The failure of a failed execution, each time; VM_STATUS_CANCELLED, VM_STATUS_TIMEOUT and VM_STATUS_OUT_OF_FUEL are such failures.
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (another thread is running it), VM_STATUS_REENTRANT (this thread is running it),
 * VM_STATUS_RECURSION_LIMIT (a callback polls it, and too little of its stack is left, or too many calls on stacks of their own run inside
 * of each other: the execution is VM_EXECUTION_READY as before, and can be polled elsewhere),
 * VM_STATUS_STALE (VM_QueueNext returned the execution, and another thread has deleted it since: it is freed now; or its context was
 * deleted, and this thread is still to leave it, which ends the execution: VM_ContextLeave)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ExecutionPoll(VM_Execution *execution, VM_Error **error);

/**
 * Runs an execution until it has ended, and waits while it is suspended. It does not stop at the end of its slices. At the timeout a
 * guest that computes is interrupted if the engine is interruptible (VM_EngineConfigSetInterruptible); otherwise it runs until it is
 * suspended or ends.
 *
 * @param execution the execution
 * @param timeout_ms how long to wait, in milliseconds; UINT64_MAX for any time
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK if the execution is done; otherwise an error
 * @par Errors
 * VM_STATUS_WOULD_BLOCK (it is unfinished, and can be waited for again), and those of VM_ExecutionPoll except VM_STATUS_BUSY: this
 * waits while another thread runs it
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ExecutionWait(VM_Execution *execution, uint64_t timeout_ms, VM_Error **error);

/**
 * Returns what an execution is doing.
 *
 * @param execution the execution; NULL has no state
 * @return VM_EXECUTION_*; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_ExecutionState VM_CALL VM_ExecutionGetState(const VM_Execution *execution);

/**
 * Cancels an execution. A suspended one becomes ready, and fails with VM_STATUS_CANCELLED when it is polled; one that is running
 * fails at its next suspension, or at once if the engine is interruptible (VM_EngineConfigSetInterruptible).
 *
 * @param execution the execution
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE (it has ended)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ExecutionCancel(VM_Execution *execution, VM_Error **error);

/**
 * Copies the results of an execution.
 *
 * @param execution the execution
 * @param results receives the results; may be NULL if count is 0
 * @param count the number; as many as the function has
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (it is unfinished), VM_STATUS_WRONG_COUNT, and the failure of a failed execution
 * @par Ownership
 * The caller owns references in the results and releases them with VM_RefRelease: once, also if they are copied again. Those of
 * results that are never copied are released with the execution.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ExecutionGetResults(VM_Execution *execution, VM_Value *results, size_t count,
                                                VM_Error **error);

/**
 * Returns the exit code of an execution of a WASI command: what the guest passed to `proc_exit`, or 0 if the function returned.
 * A guest that calls `proc_exit` ends its execution with VM_STATUS_EXIT, whatever the code.
 *
 * @param execution the execution
 * @param code receives the exit code; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (it is unfinished), and the failure of an execution that failed in another way
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ExecutionGetExitCode(const VM_Execution *execution, int32_t *code, VM_Error **error);

/**
 * Returns the instance that an execution has created.
 *
 * @param execution the execution
 * @param instance receives the instance; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (it is unfinished), VM_STATUS_NOT_FOUND (VM_ContextStartInstantiate did not start it), and
 * the failure of a failed execution
 * @par Ownership
 * The context owns the instance.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ExecutionGetInstance(const VM_Execution *execution, VM_Instance *instance,
                                                 VM_Error **error);

/**
 * Attaches a pointer of the host to an execution. The previous pointer is freed. A thread that takes the execution out of its queue
 * before this function is called does not find the pointer yet.
 *
 * @param execution the execution
 * @param data the pointer; may be NULL
 * @param free_data called once with `data`, when the execution receives other data or is deleted, and also if this function fails;
 *         NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The execution owns `data`.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ExecutionSetData(VM_Execution *execution, void *data, VM_Free free_data, VM_Error **error);

/**
 * Returns the pointer that VM_ExecutionSetData attached.
 *
 * @param execution the execution; NULL has none
 * @return the pointer; NULL if there is none
 * @par Ownership
 * The execution owns the data.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API void *VM_CALL VM_ExecutionGetData(const VM_Execution *execution);

/**
 * Sets the callback that is called once when an execution has ended, on the thread that ends it: the one that polls or waits for it,
 * or that deletes it, or resets or deletes its context. If the execution has already ended, the callback is called at once.
 *
 * @param execution the execution
 * @param callback the callback; NULL for none; replaces an earlier one
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user`, after the callback or when it is no longer needed, and also if this call fails; NULL
 *         for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The execution owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ExecutionSetCallback(VM_Execution *execution, VM_ExecutionCallback callback, void *user,
                                                 VM_Free free_user, VM_Error **error);

/**
 * Deletes an execution. An unfinished one is cancelled: its suspended host functions are told, its tokens become stale, and its
 * callback is called before this function returns. If another thread is running it, that thread does so, as soon as the execution
 * is suspended, interrupted or ends.
 *
 * @param execution the execution; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API void VM_CALL VM_ExecutionDelete(VM_Execution *execution);

/**
 * Starts a call of an exported function, and runs it on this thread until a host function suspends it, it has used its slice
 * (VM_ContextSetSlice), or it ends.
 *
 * What the guest fails with is the failure of the execution (VM_ExecutionPoll), not of this function.
 *
 * @param context the context; it may be deleted before the execution
 * @param instance the instance
 * @param name the name of the export, UTF-8
 * @param args arguments; copied; may be NULL if arg_count is 0
 * @param arg_count the number; as many as the function has
 * @param queue the queue that contains the execution while it can go on; it may be deleted before the execution; NULL for none
 * @param execution receives the execution; must not be NULL. If other threads take executions out of the queue, one of them may
 *         already have polled it when this function returns.
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT,
 * VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY (also if the context has an unfinished execution), VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns the execution and frees it with VM_ExecutionDelete.
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextStart(VM_Context *context, VM_Instance instance, const char *name,
                                         const VM_Value *args, size_t arg_count, VM_Queue *queue,
                                         VM_Execution **execution, VM_Error **error);

/**
 * Starts a call of a function, as VM_ContextStart does.
 *
 * @param context the context; it may be deleted before the execution
 * @param func the function
 * @param args arguments; copied; may be NULL if arg_count is 0
 * @param arg_count the number; as many as the function has
 * @param queue the queue that contains the execution while it can go on; it may be deleted before the execution; NULL for none
 * @param execution receives the execution; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY
 * (also if the context has an unfinished execution), VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns the execution and frees it with VM_ExecutionDelete.
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_FuncStart(VM_Context *context, VM_Func func, const VM_Value *args, size_t arg_count,
                                      VM_Queue *queue, VM_Execution **execution, VM_Error **error);

/**
 * Starts the instantiation of a module: links it, and starts its start function and then, of a reactor, `_initialize`, as
 * VM_ContextStart does. VM_ExecutionGetInstance returns the instance.
 *
 * @param context the context; it may be deleted before the execution
 * @param module the module, of the context's engine; it may be deleted afterwards
 * @param queue the queue that contains the execution while it can go on; it may be deleted before the execution; NULL for none
 * @param execution receives the execution; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT (another engine's module), VM_STATUS_UNRESOLVED_IMPORT (the message lists the
 * first 20), VM_STATUS_INCOMPATIBLE_IMPORT, VM_STATUS_INSTANTIATION, VM_STATUS_LIMIT, VM_STATUS_OUT_OF_MEMORY, VM_STATUS_BUSY (also
 * if the context has an unfinished execution), VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns the execution and frees it with VM_ExecutionDelete. The context owns the instance.
 * @par Threads
 * [one thread per context]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_ContextStartInstantiate(VM_Context *context, const VM_Module *module, VM_Queue *queue,
                                                    VM_Execution **execution, VM_Error **error);

/** @} */

/**
 * @defgroup queue Queue
 *
 * A queue says which of its executions can go on: one handle to poll for any number of executions. docs/executions.md shows its use
 * with epoll and with several threads.
 * @{
 */

/**
 * Creates a queue.
 *
 * @param queue receives the queue; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_IO (the process has no descriptor left)
 * @par Ownership
 * The caller owns it and frees it with VM_QueueDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_QueueCreate(VM_Queue **queue, VM_Error **error);

/**
 * Returns the handle of a queue, for poll, epoll, kqueue and event loops built on them: a file descriptor that is readable while
 * the queue contains an execution, and not readable while it is empty. Only wait for it; do not read from it, and do not close it.
 * An event loop that reports changes only (edge-triggered) calls VM_QueueNext until it returns NULL.
 *
 * @param queue the queue; NULL has none
 * @return the handle, the same for the life of the queue; -1 on systems without one (use VM_QueueWait there) and for NULL
 * @par Ownership
 * The handle belongs to the queue and is closed with it.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API int64_t VM_CALL VM_QueueGetHandle(const VM_Queue *queue);

/**
 * Takes the first execution out of a queue, for this thread to poll: no other call of VM_QueueNext returns the execution before
 * VM_ExecutionPoll was called for it. Executions are in the queue in the order in which they became ready; one that has used its
 * slice goes to the end.
 *
 * An execution is in its queue while its state is VM_EXECUTION_READY: something was completed, it was cancelled, its deadline has
 * come, or it has used its slice. One that ended because its context was reset or deleted is in the queue too, until it is taken
 * out or polled; one that ended during VM_ContextStart or VM_ExecutionPoll is not.
 *
 * @param queue the queue; NULL is empty
 * @return the execution; NULL if the queue is empty
 * @par Ownership
 * The caller of VM_ContextStart owns the execution. If another thread deletes it before this thread has polled it, it stays valid
 * until then, and VM_ExecutionPoll returns VM_STATUS_STALE and frees it. It may pass the execution on to another thread, which polls
 * it instead; then the first one no longer uses it.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Execution *VM_CALL VM_QueueNext(VM_Queue *queue);

/**
 * Waits until an execution is in a queue; another thread may take it out before this thread does.
 *
 * @param queue the queue
 * @param timeout_ms how long to wait, in milliseconds; UINT64_MAX for any time
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WOULD_BLOCK (the queue is still empty), VM_STATUS_STALE (another thread deleted the queue)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_QueueWait(VM_Queue *queue, uint64_t timeout_ms, VM_Error **error);

/**
 * Deletes a queue. Its executions stay, and are polled without a queue.
 *
 * @param queue the queue; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API void VM_CALL VM_QueueDelete(VM_Queue *queue);

/** @} */

/**
 * @defgroup stream Stream
 *
 * A stream passes the events of a source through stages to sinks. Stages are functions of guests, plug-ins or the host, which read
 * the event and emit any number of others. A position of the source is committed when all sinks have acknowledged everything that
 * came of the events up to it: each event is delivered at least once. See docs/streams.md.
 * @{
 */

/** What a stream is doing. */
typedef uint32_t VM_StreamState;

enum {
    VM_STREAM_IDLE = 1,    /**< It was not run yet, or its last run has handled as many events as it was asked for. */
    VM_STREAM_RUNNING = 2, /**< A thread is running it. */
    VM_STREAM_WAITING = 3, /**< A thread is running it, and waits for the source or for a sink. */
    VM_STREAM_STOPPED = 4, /**< Its last run was stopped with VM_StreamStop. */
    VM_STREAM_ENDED = 5,   /**< Its source has ended, and everything is acknowledged. */
    VM_STREAM_FAILED = 6   /**< Its last run has failed. The next one continues where it failed. */
};

/** The counters of a stream since it was created. Initialize it with VM_STREAMSTATISTICS_INIT. */
typedef struct VM_StreamStatistics {
    /** `sizeof(VM_StreamStatistics)`. */
    uint32_t size;
    /** Zero. */
    uint32_t reserved;
    /** Events that the source has delivered. */
    uint64_t events_in;
    /** Bytes of their payloads. */
    uint64_t bytes_in;
    /** Events that were written to the sinks: each counts once, regardless of the number of sinks. */
    uint64_t events_out;
    /** Bytes of their payloads. */
    uint64_t bytes_out;
    /** Calls of stages. */
    uint64_t calls;
    /** Failures of a stage or a sink to handle an event. */
    uint64_t failed;
    /** Failed events that were left out (VM_ERROR_POLICY_SKIP). */
    uint64_t skipped;
    /** Failed events that were written to the dead-letter sink (VM_ERROR_POLICY_DEAD_LETTER). */
    uint64_t dead_lettered;
    /** Positions that were committed. */
    uint64_t commits;
    /** How often the stream found a sink full, or not ready to acknowledge. */
    uint64_t waits;
    /** How often the source and the sinks have established a lost connection again. */
    uint64_t reconnects;
} VM_StreamStatistics;

/** Initializes a VM_StreamStatistics. */
#define VM_STREAMSTATISTICS_INIT { (uint32_t)sizeof(VM_StreamStatistics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/** The state of a source or sink of a stream. Initialize it with VM_STREAMPARTREPORT_INIT. */
typedef struct VM_StreamPartReport {
    /** `sizeof(VM_StreamPartReport)`. */
    uint32_t size;
    /** VM_STREAM_PART_*. */
    VM_StreamPartState state;
    /** How often it has established a lost connection again. */
    uint64_t reconnects;
    /** The number of events in the queue of a push source. */
    uint64_t queued;
    /** Details for people, UTF-8, which end with NUL; longer ones are cut. */
    char text[256];
} VM_StreamPartReport;

/** Initializes a VM_StreamPartReport. */
#define VM_STREAMPARTREPORT_INIT { (uint32_t)sizeof(VM_StreamPartReport), 0, 0, 0, { 0 } }

/** For the flags of a stage. */
typedef uint32_t VM_StageFlags;

enum {
    VM_STAGE_BATCHED = 1,     /**< A call may handle several events: the function continues with the next one by `event_next` or VM_CallerNextEvent. Events with which it does not continue are passed to another call. */
    VM_STAGE_MAY_SUSPEND = 2  /**< The function of the host may suspend its call with VM_CallerSuspend. Only for VM_StreamAddCallbackStage. */
};

/** What happens to an event that a stage or a sink fails to handle. */
typedef uint32_t VM_ErrorPolicy;

enum {
    VM_ERROR_POLICY_STOP = 0,        /**< The run fails; the next one continues with the event. The default. */
    VM_ERROR_POLICY_SKIP = 1,        /**< The event is left out. */
    VM_ERROR_POLICY_DEAD_LETTER = 2  /**< The event is written to the dead-letter sink. */
};

/**
 * Is called with `user`, the name of a source or sink, its new state VM_STREAM_PART_*, and details for people, which may be empty. It may
 * be called on any thread, also on several at once, and must not use the stream.
 */
typedef void (VM_CALL *VM_StreamStateCallback)(void *user, const char *part, VM_StreamPartState state, const char *text);

/**
 * Registers the module `libvm_stream` in a context: guests read the events of a stage and emit others through it. docs/streams.md
 * describes its functions. It must be registered before a guest that imports it is instantiated.
 *
 * @param context the context
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ContextRegisterStreamModule(VM_Context *context, VM_Error **error);

/**
 * Creates a stream without source, stages and sinks.
 *
 * @param context the context in which its stages run; the stream uses it while it calls them, and only then
 * @param name the name of the stream, UTF-8, without `/`; copied. Plug-ins keep the state of its source and sinks under it, so that it
 *        should be the same each time that the program runs
 * @param stream receives the stream; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the name), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns it and frees it with VM_StreamDelete. When the context is deleted, runs of the stream fail with VM_STATUS_STALE.
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamCreate(VM_Context *context, const char *name, VM_Stream **stream, VM_Error **error);

/**
 * Runs a stream on this thread: until its source has ended, VM_StreamStop is called, or so many events of the source are handled. It
 * waits while the source has no event and while a sink is full. The first run opens the sinks and the source.
 *
 * When it returns VM_STATUS_OK, everything that a stage has seen is acknowledged by the sinks and committed; VM_StreamGetState tells why
 * it has returned. After a failure the events that are not acknowledged stay in the stream, and the next run continues with the one that
 * failed.
 *
 * @param stream the stream
 * @param max_events the number of events; UINT64_MAX for any number
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND (there is no source, or no dead-letter sink although the error policy needs it),
 * VM_STATUS_BUSY (another thread is using the stream or its context), VM_STATUS_REENTRANT (this thread is), VM_STATUS_STALE (the
 * context was deleted, or was reset after a stage was added), VM_STATUS_PLUGIN_OPTION, and what the source, a stage or a sink fails with
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamRun(VM_Stream *stream, uint64_t max_events, VM_Error **error);

/**
 * Runs a stream like VM_StreamRun, but does not wait for its source and its sinks, for hosts with a loop of their own. It waits for a
 * stage that suspends its call.
 *
 * @param stream the stream
 * @param max_events the number of events; UINT64_MAX for any number
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_WOULD_BLOCK (the source has no event now, or a sink is full: run it again later), and those of VM_StreamRun
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamPoll(VM_Stream *stream, uint64_t max_events, VM_Error **error);

/**
 * Makes the run of a stream return, or else the next one. The event in a stage is handled to its end; what stages have emitted is
 * written to the sinks, unless one of them is full, and committed. Events that no stage has seen stay in the stream.
 *
 * @param stream the stream
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamStop(VM_Stream *stream, VM_Error **error);

/**
 * Drops the events that are in a stream, and makes its source continue after a position. Opens the source if no run has done so.
 *
 * @param stream the stream
 * @param position of an event of the source; VM_STREAM_COMMITTED for the last one that was committed, VM_STREAM_BEGINNING to begin with
 *        the first event that the source has
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the source has no `rewind`), those of opening as for VM_StreamRun, and what the
 * source fails with
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamRewind(VM_Stream *stream, uint64_t position, VM_Error **error);

/**
 * Returns what a stream is doing.
 *
 * @param stream the stream; NULL has no state
 * @return VM_STREAM_IDLE to VM_STREAM_FAILED; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_StreamState VM_CALL VM_StreamGetState(const VM_Stream *stream);

/**
 * Returns the counters of a stream. While it runs they are updated with each batch.
 *
 * @param stream the stream
 * @param statistics initialized with VM_STREAMSTATISTICS_INIT; receives the counters; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamGetStatistics(const VM_Stream *stream, VM_StreamStatistics *statistics,
                                                VM_Error **error);

/**
 * Deletes a stream, and closes its source and its sinks. Events that are not committed are the source's to deliver again. If a thread is
 * running the stream, it is stopped, and that thread deletes it.
 *
 * @param stream the stream; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API void VM_CALL VM_StreamDelete(VM_Stream *stream);

/**
 * Sets the source of a stream to one of a plug-in. The first run opens it, with an instance of the plug-in of its own (that of a
 * singleton is shared), under the name "source".
 *
 * @param stream the stream
 * @param plugin a loaded plug-in; it need not be registered in the context
 * @param source the name of the source, UTF-8
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_ALREADY_EXISTS (the stream has a source),
 * VM_STATUS_SEALED (the stream was run), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetSource(VM_Stream *stream, const VM_Plugin *plugin, const char *source,
                                            VM_Error **error);

/**
 * Sets the source of a stream to functions of the host. Its name is "source".
 *
 * @param stream the stream
 * @param source the functions, without options; copied
 * @param user passed to `open`, or if that is NULL to the other functions; may be NULL
 * @param free_user called once with `user` when the source is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size, or functions that do not make a source), and those of
 * VM_StreamSetSource
 * @par Ownership
 * The stream owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetSourceCallbacks(VM_Stream *stream, const VM_SourceDescriptor *source, void *user,
                                                     VM_Free free_user, VM_Error **error);

/**
 * Adds a sink of a plug-in to a stream. Every sink receives all events. The first run opens it, as for VM_StreamSetSource.
 *
 * @param stream the stream
 * @param plugin a loaded plug-in; it need not be registered in the context
 * @param sink the name of the sink, UTF-8
 * @param name the name that it has in the stream, UTF-8, without `/`; copied; NULL for "sink-1", "sink-2" and so on
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_INVALID_ARGUMENT (the name),
 * VM_STATUS_ALREADY_EXISTS (the name is taken), VM_STATUS_LIMIT, VM_STATUS_SEALED (the stream was run), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamAddSink(VM_Stream *stream, const VM_Plugin *plugin, const char *sink,
                                          const char *name, VM_Error **error);

/**
 * Adds functions of the host as a sink to a stream.
 *
 * @param stream the stream
 * @param sink the functions, without options; copied
 * @param name the name that it has in the stream, UTF-8, without `/`; copied; NULL for "sink-1", "sink-2" and so on
 * @param user passed to `open`, or if that is NULL to the other functions; may be NULL
 * @param free_user called once with `user` when the sink is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size, the name, or no `write`), and those of VM_StreamAddSink
 * @par Ownership
 * The stream owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamAddSinkCallbacks(VM_Stream *stream, const VM_SinkDescriptor *sink, const char *name,
                                                   void *user, VM_Free free_user, VM_Error **error);

/**
 * Sets the sink of a plug-in to which failed events are written under VM_ERROR_POLICY_DEAD_LETTER. Their metadata has in addition
 * `libvm.failed` (the stage or sink), `libvm.status` and `libvm.reason`. Its name is "dead-letter".
 *
 * @param stream the stream
 * @param plugin a loaded plug-in; it need not be registered in the context
 * @param sink the name of the sink, UTF-8
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_ALREADY_EXISTS (the stream has one), VM_STATUS_SEALED
 * (the stream was run), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetDeadLetterSink(VM_Stream *stream, const VM_Plugin *plugin, const char *sink,
                                                    VM_Error **error);

/**
 * Sets functions of the host to which failed events are written; see VM_StreamSetDeadLetterSink.
 *
 * @param stream the stream
 * @param sink the functions, without options; copied
 * @param user passed to `open`, or if that is NULL to the other functions; may be NULL
 * @param free_user called once with `user` when the sink is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (the size, or no `write`), and those of VM_StreamSetDeadLetterSink
 * @par Ownership
 * The stream owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetDeadLetterSinkCallbacks(VM_Stream *stream, const VM_SinkDescriptor *sink,
                                                             void *user, VM_Free free_user, VM_Error **error);

/**
 * Sets an option of a source or sink of a plug-in, of any type, from a string as in VM_ContextSetPluginOption. Options that the context has
 * for the plug-in hold too; this one takes precedence.
 *
 * @param stream the stream
 * @param part the name of the part in the stream, UTF-8: "source", that of a sink, or "dead-letter"
 * @param key the name of the option, of the source or sink or of its plug-in, UTF-8
 * @param value UTF-8; copied
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND (the stream has no such part yet), VM_STATUS_SEALED (the stream was
 * run), VM_STATUS_BUSY, VM_STATUS_REENTRANT; the first run checks key, type and range (VM_STATUS_PLUGIN_OPTION)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetOption(VM_Stream *stream, const char *part, const char *key, const char *value,
                                            VM_Error **error);

/**
 * Sets the callback that is called when the state of a source or sink changes: it has connected, lost its connection, established it
 * again, failed, or was closed.
 *
 * @param stream the stream
 * @param callback the callback; NULL for none; replaces an earlier one
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (the stream was run), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The stream owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetStateCallback(VM_Stream *stream, VM_StreamStateCallback callback, void *user,
                                                   VM_Free free_user, VM_Error **error);

/**
 * Returns the state of a source or sink.
 *
 * @param stream the stream
 * @param part the name of the part in the stream, UTF-8: "source", that of a sink, or "dead-letter"
 * @param report initialized with VM_STREAMPARTREPORT_INIT; receives the state; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the size), VM_STATUS_NOT_FOUND (no such part is open)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamGetPartReport(const VM_Stream *stream, const char *part, VM_StreamPartReport *report,
                                                VM_Error **error);

/**
 * Adds a function of a guest as the next stage of a stream. The function has no parameters and no results. It reads its event and
 * emits others through the module `libvm_stream` (VM_ContextRegisterStreamModule); what it does not emit is dropped.
 *
 * @param stream the stream
 * @param instance an instance in the context of the stream
 * @param name the name of the exported function, UTF-8
 * @param flags VM_STAGE_*
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the flags), VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE,
 * VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_SEALED (the stream was run), VM_STATUS_LIMIT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamAddGuestStage(VM_Stream *stream, VM_Instance instance, const char *name,
                                                VM_StageFlags flags, VM_Error **error);

/**
 * Adds a function of a plug-in as the next stage of a stream; no guest is needed for it. The function has no parameters and no results
 * (signature "()"), and uses VM_CallerGetEvent and VM_CallerEmitEvent. Its permission is required as in a guest.
 *
 * @param stream the stream
 * @param plugin a plug-in that is registered in the context of the stream
 * @param module the name of its module, UTF-8; NULL for the one with the plug-in's name
 * @param name the name of the function, UTF-8
 * @param flags VM_STAGE_*
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_PLUGIN_NOT_FOUND (not registered), and those of VM_StreamAddGuestStage
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamAddPluginStage(VM_Stream *stream, const VM_Plugin *plugin, const char *module,
                                                 const char *name, VM_StageFlags flags, VM_Error **error);

/**
 * Adds a function of the host as the next stage of a stream. It is a host function without arguments and results, and uses
 * VM_CallerGetEvent and VM_CallerEmitEvent.
 *
 * @param stream the stream
 * @param name what messages call it, UTF-8; copied
 * @param callback the function
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the function is no longer needed, also if this call fails; may be NULL
 * @param flags VM_STAGE_*
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the flags), VM_STATUS_SEALED (the stream was run),
 * VM_STATUS_LIMIT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The context owns `user`, until it is reset or deleted.
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamAddCallbackStage(VM_Stream *stream, const char *name, VM_Callback callback,
                                                   void *user, VM_Free free_user, VM_StageFlags flags,
                                                   VM_Error **error);

/**
 * Sets how many events a stream takes from its source, passes to a batched stage and writes to its sinks at once; the default is 256. A
 * position is committed after each batch. A source that has fewer events now delivers those without waiting.
 *
 * @param stream the stream
 * @param events the number; 1 to 65536
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT, VM_STATUS_BUSY (the stream is running), VM_STATUS_REENTRANT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetBatchSize(VM_Stream *stream, uint64_t events, VM_Error **error);

/**
 * Sets what happens to an event that a stage or a sink fails to handle: when a stage traps or exceeds its time limit, and when a sink
 * refuses an event. What the failed call of a stage has emitted is dropped. Other failures end the run under every policy: those of
 * the source, a stage that is cancelled, that has used up the fuel of its context or that exits, and a context in use.
 *
 * @param stream the stream
 * @param policy VM_ERROR_POLICY_*
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a policy), VM_STATUS_BUSY (the stream is running), VM_STATUS_REENTRANT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetErrorPolicy(VM_Stream *stream, VM_ErrorPolicy policy, VM_Error **error);

/**
 * Sets how much one call of a stage may emit; the defaults, which are the largest values, are 65,536 events and 64 MiB. A call that
 * emits more fails with VM_STATUS_LIMIT.
 *
 * @param stream the stream
 * @param events the number of events
 * @param bytes the number of bytes of their payloads and metadata
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT, VM_STATUS_BUSY (the stream is running), VM_STATUS_REENTRANT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetEmitLimits(VM_Stream *stream, uint64_t events, uint64_t bytes, VM_Error **error);

/**
 * Sets how much the queue of a push source holds; the defaults are 1,024 events and 4 MiB. A source that emits more waits or is refused
 * (VM_StreamPartEmit).
 *
 * @param stream the stream
 * @param events the number of events, at least 1
 * @param bytes the number of bytes of their payloads and metadata, at least 1
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT, VM_STATUS_SEALED (the stream was run), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_StreamSetQueueSize(VM_Stream *stream, uint64_t events, uint64_t bytes, VM_Error **error);

/** @} */

/**
 * @defgroup hooks Hooks
 *
 * Hooks are functions of plug-ins and of the host that are called at a named point with an event. The host invokes the points that it
 * has; libvm invokes those whose names begin with `libvm.`. See docs/hooks.md.
 * @{
 */

/** Where a hook of the host stands. */
typedef int32_t VM_HookPosition;

enum {
    VM_HOOK_FIRST = 1, /**< Before the hooks of the plug-ins, after those that the host has added there before. */
    VM_HOOK_LAST = 2   /**< After the hooks of the plug-ins, and after those that the host has added there before. */
};

/**
 * Declares a hook point. Hooks of plug-ins at a point that is not declared are never called, and the report of the call that loads the
 * plug-in has a line about each, with the nearest name. If no point is declared, hooks at all points are called.
 *
 * @param registry the registry, into which no plug-in is loaded yet
 * @param point the name of the point, UTF-8, 1 to 255 bytes, which does not begin with `libvm.`; copied
 * @param description one line about it, UTF-8; copied; NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, also if it is declared already; otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the name), VM_STATUS_SEALED (a plug-in is loaded),
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PluginRegistryDeclareHookPoint(VM_PluginRegistry *registry, const char *point,
                                                           const char *description, VM_Error **error);

/**
 * Returns the number of hooks that a plug-in has, those at points that do not exist included.
 *
 * @param plugin the plug-in; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PluginGetHookCount(const VM_Plugin *plugin);

/**
 * Returns the description of a hook of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param index from 0, in the plug-in's order
 * @return the description; NULL if the index is past the end
 * @par Ownership
 * The description and its strings belong to the plug-in and live until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PluginHook *VM_CALL VM_PluginGetHook(const VM_Plugin *plugin, size_t index);

/**
 * Adds a hook of the host at a point: one of its own, or one of libvm.
 *
 * @param context the context
 * @param point the name of the point, UTF-8; copied
 * @param position VM_HOOK_FIRST or VM_HOOK_LAST
 * @param callback the hook; must not be NULL
 * @param user passed to the hook; may be NULL
 * @param free_user called once with `user`, when the context is deleted, and also if this function fails; NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the name of the point, or the position), VM_STATUS_LIMIT
 * (10,000 hooks), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The context owns `user`.
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ContextAddHook(VM_Context *context, const char *point, VM_HookPosition position,
                                           VM_HookCallback callback, void *user, VM_Free free_user, VM_Error **error);

/**
 * Calls the hooks at an event's point: those of the host that were added as first, those of the context's plug-ins in the order in which
 * they were loaded, and the other ones of the host. If a hook suspends the event, this waits until the event is completed, and the
 * context can be used by other threads meanwhile. If no hook is at the point, the context is not entered, and may be in use.
 *
 * @param context the context
 * @param event the event
 * @param answer receives VM_STATUS_OK if no hook has decided, VM_STATUS_COMPLETE if one has; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The status with which a hook fails, VM_STATUS_BAD_ANSWER (another answer than a hook may give), VM_STATUS_LIMIT (too many retries, see
 * VM_ContextConfigSetHookRetryLimit), VM_STATUS_TIMEOUT (VM_ContextSetHookTimeout): the error names the plug-in. VM_STATUS_CANCELLED
 * (the context was reset or deleted while the event waited), VM_STATUS_WOULD_BLOCK (for a hook that suspends the event, if the context
 * may not block: VM_ContextConfigSetMayBlock), VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
 * VM_STATUS_INVALID_ARGUMENT (the event is one that a hook was passed), VM_STATUS_BUSY (also if the event is in use),
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]; not while an execution of a guest runs, but while it is suspended
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ContextInvokeHooks(VM_Context *context, VM_Event *event, VM_Status *answer,
                                               VM_Error **error);

/**
 * Starts to call the hooks at an event's point, as VM_ContextInvokeHooks does, but does not wait: if a hook suspends the event, the
 * execution is VM_EXECUTION_PENDING. When the event was completed it becomes VM_EXECUTION_READY, and polling it calls the hooks that
 * follow. The context is entered for the calls of the hooks only, so that it can have any number of events that wait, and run guests
 * meanwhile. An execution that is polled while another thread uses the context becomes ready when that has left it.
 *
 * Failures of hooks are those of the execution (VM_ExecutionPoll). VM_ExecutionGetAnswer returns the answer.
 *
 * @param context the context; it may be deleted before the execution
 * @param event the event; it may be deleted before the execution
 * @param queue the queue that contains the execution while it can go on; it may be deleted before the execution; NULL for none
 * @param execution receives the execution; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_INVALID_ARGUMENT (the event is one that a hook was
 * passed), VM_STATUS_BUSY (the context or the event is in use), VM_STATUS_REENTRANT
 * @par Ownership
 * The caller owns the execution and frees it with VM_ExecutionDelete.
 * @par Threads
 * [one thread per context]; not while an execution of a guest runs, but while it is suspended
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ContextStartHooks(VM_Context *context, VM_Event *event, VM_Queue *queue,
                                              VM_Execution **execution, VM_Error **error);

/**
 * Returns the answer of the hooks that an execution has called.
 *
 * @param execution the execution
 * @param answer receives VM_STATUS_OK if no hook has decided, VM_STATUS_COMPLETE if one has; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (it is unfinished), VM_STATUS_NOT_FOUND (VM_ContextStartHooks did not start it), and the
 * failure of a failed execution
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ExecutionGetAnswer(const VM_Execution *execution, VM_Status *answer, VM_Error **error);

/**
 * Sets for how long an event waits for each hook that suspends it. A hook that has not answered by then fails the invocation with
 * VM_STATUS_TIMEOUT, and the message names its plug-in. A hook that does not return cannot be interrupted.
 *
 * @param context the context
 * @param ms the time in milliseconds, for events that are suspended from now on by invocations that begin from now on; 0 for any time,
 *         which is the default
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ContextSetHookTimeout(VM_Context *context, uint64_t ms, VM_Error **error);

/**
 * Sets how often hooks may return VM_STATUS_RETRY in one invocation. One more fails with VM_STATUS_LIMIT, and the message names the
 * plug-in.
 *
 * @param config the configuration
 * @param limit the number of retries; the default is 100
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetHookRetryLimit(VM_ContextConfig *config, uint32_t limit, VM_Error **error);

/** @} */

/**
 * @defgroup hook_event Event
 *
 * An event is what a host passes to the hooks of a point: values by key, which <libvm/hooks.h> has functions for.
 * @{
 */

/**
 * Creates an event without values.
 *
 * @param point the name of the point, UTF-8, 1 to 255 bytes, which does not begin with `libvm.`; copied
 * @param event receives the event; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the name)
 * @par Ownership
 * The caller owns it and frees it with VM_EventDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_EventCreate(const char *point, VM_Event **event, VM_Error **error);

/**
 * Deletes an event. If it waits for a hook, the invocation goes on without the host's event, and what the hooks set in it is lost.
 *
 * @param event the event; NULL, and the event that a hook was passed, do nothing
 * @par Threads
 * [one thread per object]
 * @since 0.4
 */
VM_API void VM_CALL VM_EventDelete(VM_Event *event);

/**
 * Completes an event that was suspended with VM_EventSuspend. Without a `resume` function in its suspension the answer is the hook's;
 * with one the answer and the text are passed to it.
 *
 * @param token the token of VM_EventSuspend
 * @param answer VM_STATUS_OK, VM_STATUS_COMPLETE, VM_STATUS_RETRY, or a failure: one of VM_STATUS_*, or a status of your own
 *         (VM_STATUS_USER and below)
 * @param text the message of a failure, or a text for `resume`, UTF-8, copied; bytes that are not valid are replaced; NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_STALE (the event was completed or cancelled, or its context was reset or deleted; or the token is not of an event of this
 * process); VM_STATUS_INVALID_ARGUMENT (another answer): the event can still be completed
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_CompleteEvent(VM_Token token, VM_Status answer, const char *text, VM_Error **error);

/** @} */

/**
 * @defgroup plugin Plug-in
 *
 * A registry finds, checks and loads plug-ins; VM_ContextRegisterPlugins makes their modules available in a context. Each
 * registry has its own policy, directories, options and plug-ins, and deleting it cleans up its plug-ins. Loading a plug-in runs
 * its code: load only plug-ins that you trust. No code of a file runs before its manifest was read and the policy of the
 * registry allows it. docs/plugins-using.md describes how files are found.
 * @{
 */

/** Which plug-ins a registry may load. */
typedef int32_t VM_PluginPolicy;

enum {
    VM_PLUGIN_POLICY_ANY = 0,   /**< All plug-ins. The default. */
    VM_PLUGIN_POLICY_NAMED = 1  /**< Only those with one of the given names; no code of any other plug-in is run. */
};

/** A function of a plug-in. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PluginFunction {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_FUNCTION_*. */
    uint32_t flags;
    /** Its name, UTF-8. */
    const char *name;
    /** Its signature as the author wrote it, as in "(<~i)i": see VM_HostModuleAddFunction. */
    const char *signature;
    /** One line about it, UTF-8; "" if there is none. */
    const char *description;
    /** The permission that a call needs, UTF-8; NULL if it needs none. */
    const char *permission;
    /** The file that the plug-in was loaded from, as VM_PluginGetPath returns it; NULL for a built-in one. */
    const char *path;
    /** Its type in wasm; pointers and lengths of guest buffers are shown as i32. */
    const VM_FuncType *type;
} VM_PluginFunction;

/** The result for one candidate. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PluginReportLine {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_STATUS_OK if it is loaded, or need not be: the same file by another path, a default directory that does not exist. */
    VM_Status status;
    /** Where it was found: a path, byte for byte; UTF-8 on Windows. */
    const char *path;
    /** Its name, UTF-8; NULL if it could not be read. */
    const char *name;
    /** Its version, UTF-8; NULL if it could not be read. */
    const char *version;
    /** The reason in words, UTF-8; never NULL. */
    const char *message;
    /** Whether the plug-in is in the registry now, by this call or an earlier one. */
    bool loaded;
    /** Zero. */
    uint8_t reserved[7];
} VM_PluginReportLine;

/** A hook of a plug-in. It may grow at its end: check later fields with VM_HAS. */
struct VM_PluginHook {
    /** Bytes of this struct. */
    uint32_t size;
    /** Zero. */
    uint32_t flags;
    /** The name of its point, UTF-8. */
    const char *point;
    /** One line about it, UTF-8; "" if there is none. */
    const char *description;
};

/** An option of a plug-in. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PluginOption {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_OPTION_TYPE_*. */
    uint32_t type;
    /** Its name, UTF-8. */
    const char *key;
    /** One line about it, UTF-8; "" if there is none. */
    const char *description;
    /** Its default as a string, UTF-8, a list's items on lines; NULL if it must be given. */
    const char *default_value;
    /** The choices of an enum, separated by commas; otherwise "". */
    const char *choices;
    /** The minimum of an integer with a range; otherwise 0. */
    int64_t minimum;
    /** The maximum of an integer with a range; otherwise 0. */
    int64_t maximum;
    /** The minimum of a float with a range; otherwise 0. */
    double minimum_number;
    /** The maximum of a float with a range; otherwise 0. */
    double maximum_number;
    /** Whether its value must never be shown or logged. */
    bool is_secret;
    /** Whether it has a range. */
    bool is_ranged;
    /** Zero. */
    uint8_t reserved[6];
} VM_PluginOption;

/** A source of a plug-in. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PluginSource {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_SOURCE_*. */
    uint32_t flags;
    /** Its name, UTF-8. */
    const char *name;
    /** One line about it, UTF-8; "" if there is none. */
    const char *description;
    /** The number of its options, in addition to the plug-in's: see VM_PluginGetSourceOption. */
    size_t option_count;
    /** Whether it emits events by itself, and is not pulled. */
    bool is_push;
    /** Whether it can go back. */
    bool is_rewindable;
    /** Whether it is told which events were acknowledged. */
    bool has_commit;
    /** Zero. */
    uint8_t reserved[5];
} VM_PluginSource;

/** A sink of a plug-in. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PluginSink {
    /** Bytes of this struct. */
    uint32_t size;
    /** Zero. */
    uint32_t flags;
    /** Its name, UTF-8. */
    const char *name;
    /** One line about it, UTF-8; "" if there is none. */
    const char *description;
    /** The number of its options, in addition to the plug-in's: see VM_PluginGetSinkOption. */
    size_t option_count;
    /** Whether it acknowledges events when it is flushed; otherwise it does so when it takes them. */
    bool has_flush;
    /** Zero. */
    uint8_t reserved[7];
} VM_PluginSink;

/**
 * Creates a registry that allows all plug-ins and has no search directories of its own.
 *
 * @param registry receives the registry; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The caller owns it and frees it with VM_PluginRegistryDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryCreate(VM_PluginRegistry **registry, VM_Error **error);

/**
 * Sets which plug-ins may be loaded from now on. Plug-ins that are loaded already stay loaded.
 *
 * @param registry the registry
 * @param policy VM_PLUGIN_POLICY_*
 * @param names with VM_PLUGIN_POLICY_NAMED: the names that are allowed, UTF-8; copied; may be NULL if count is 0
 * @param count the number of names
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a policy)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetPolicy(VM_PluginRegistry *registry, VM_PluginPolicy policy,
                                                    const char *const *names, size_t count, VM_Error **error);

/**
 * Adds a directory that VM_PluginLoadWithDefaultPaths searches before all others.
 *
 * @param registry the registry
 * @param directory the path; copied; it need not exist yet
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistryAddSearchDirectory(VM_PluginRegistry *registry, const char *directory,
                                                             VM_Error **error);

/**
 * Sets the file in which the state of plug-ins (the service `libvm.state/1`) is kept for contexts that have a name; the state of
 * other contexts is freed with the context. Must be called before such a context registers plug-ins. The file is created if it
 * does not exist. It is a database that this registry alone uses, until the registry and all contexts with its plug-ins are
 * deleted; files with the endings `-wal` and `-lock` are created next to it. docs/plugins-writing.md describes how durable it is.
 *
 * @param registry the registry
 * @param path the path of the file; its directory must exist and be writable. Setting the same file again succeeds
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (state is kept elsewhere already), VM_STATUS_BUSY (another registry or process has
 * the file: the message names it), VM_STATUS_BAD_STATE_FILE (of another program, damaged, or too new; or such a file or a link
 * in the place of `-wal` or `-lock`), VM_STATUS_UNTRUSTED_PATH (another user could have put it there),
 * VM_STATUS_INVALID_ARGUMENT (not a regular file), VM_STATUS_FILE_NOT_FOUND (the directory does not exist),
 * VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_UNSUPPORTED (a build without the cargo feature `state-file`)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetStateFile(VM_PluginRegistry *registry, const char *path, VM_Error **error);

/**
 * Deletes a registry. Its plug-ins are cleaned up in reverse load order; a plug-in that a context uses is cleaned up when that
 * context is deleted.
 *
 * @param registry the registry; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_PluginRegistryDelete(VM_PluginRegistry *registry);

/**
 * Loads the plug-ins of the default directories: those of the registry, those of the environment variable LIBVM_PLUGIN_PATH,
 * `../plugin/` and `./libvm/` relative to the library (to the executable, if libvm is linked statically), and the directory of
 * the user. A directory that does not exist is a line of the report, not a failure.
 *
 * @param registry the registry
 * @param report receives a line for every candidate, also on failure; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_PLUGIN_*: of a single file its own, of several files that of the first that failed, with a message about all. A
 * plug-in of which a higher version is loaded is not a failure
 * @par Ownership
 * The caller owns the report and frees it with VM_PluginReportDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginLoadWithDefaultPaths(VM_PluginRegistry *registry, VM_PluginReport **report,
                                                       VM_Error **error);

/**
 * Loads a plug-in from a file, or all plug-ins of a directory and its subdirectories. Loading a plug-in again succeeds and
 * changes nothing.
 *
 * @param registry the registry
 * @param path the path of a file, with or without the ending of shared libraries, or of a directory
 * @param report receives a line for every candidate, also on failure; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_NOT_FOUND, and VM_STATUS_PLUGIN_*: of a single file its own, of several files that
 * of the first that failed, with a message about all. A plug-in of which a higher version is loaded is not a failure
 * @par Ownership
 * The caller owns the report and frees it with VM_PluginReportDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginLoadFromPath(VM_PluginRegistry *registry, const char *path, VM_PluginReport **report,
                                               VM_Error **error);

/**
 * Loads a plug-in that is linked into the program.
 *
 * @param registry the registry
 * @param builtin the object that the source of the plug-in defines when it is compiled with -DVM_PLUGIN_BUILTIN=name; it must
 *         live as long as the process
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_*
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistryAddBuiltin(VM_PluginRegistry *registry, const VM_PluginBuiltin *builtin,
                                                     VM_Error **error);

/**
 * Returns the number of plug-ins that a registry has loaded.
 *
 * @param registry the registry
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginRegistryGetCount(const VM_PluginRegistry *registry);

/**
 * Finds a plug-in of a registry by its index.
 *
 * @param registry the registry
 * @param index from 0, in load order
 * @param plugin receives the plug-in; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
 * @par Ownership
 * The caller owns a share of the plug-in and releases it with VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistryFindByIndex(const VM_PluginRegistry *registry, size_t index,
                                                      VM_Plugin **plugin, VM_Error **error);

/**
 * Finds a plug-in of a registry by its name.
 *
 * @param registry the registry
 * @param name UTF-8
 * @param plugin receives the plug-in; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_PLUGIN_NOT_FOUND
 * @par Ownership
 * The caller owns a share of the plug-in and releases it with VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistryFind(const VM_PluginRegistry *registry, const char *name, VM_Plugin **plugin,
                                               VM_Error **error);

/**
 * Registers a plug-in in a context: creates its instance and makes its modules available to guests. Registering it again
 * succeeds and changes nothing.
 *
 * @param context the context
 * @param plugin the plug-in
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS (another provider of a module name has one of the items: the message names
 * both and their files; or another version of the plug-in), VM_STATUS_PLUGIN_OPTION, VM_STATUS_PLUGIN_PERMISSION (it
 * is granted what it does not request), VM_STATUS_PLUGIN_INITIALIZE or another failure of its create function, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterPlugin(VM_Context *context, VM_Plugin *plugin, VM_Error **error);

/**
 * Registers all plug-ins of a registry in a context, in load order; one of which it has another version keeps that.
 *
 * @param context the context
 * @param registry the registry
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * as VM_ContextRegisterPlugin: the status of the first plug-in that is refused, and a message about all of them; the others are
 * registered
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterPlugins(VM_Context *context, VM_PluginRegistry *registry, VM_Error **error);

/**
 * Returns the name of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @return UTF-8; NULL for NULL
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetName(const VM_Plugin *plugin);

/**
 * Returns the version of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @return UTF-8; NULL for NULL
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetVersion(const VM_Plugin *plugin);

/**
 * Returns the description of a plug-in: one line.
 *
 * @param plugin the plug-in; NULL has none
 * @return UTF-8; NULL for NULL
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetDescription(const VM_Plugin *plugin);

/**
 * Returns the license of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @return an SPDX expression, or "" if there is none; NULL for NULL
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginGetLicense(const VM_Plugin *plugin);

/**
 * Returns the path of the file that a plug-in was loaded from, byte for byte as it was given or found.
 *
 * @param plugin the plug-in; NULL has none
 * @return an absolute path; NULL for a built-in plug-in
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetPath(const VM_Plugin *plugin);

/**
 * Returns the minor version of the plug-in ABI that the plug-in and this library use; the major version is VM_ABI_MAJOR.
 *
 * @param plugin the plug-in; NULL has none
 * @return the version; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API uint32_t VM_CALL VM_PluginGetAbiMinor(const VM_Plugin *plugin);

/**
 * Returns the number of wasm modules that a plug-in provides.
 *
 * @param plugin the plug-in; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginGetModuleCount(const VM_Plugin *plugin);

/**
 * Returns the name of a wasm module of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param module the index of the module, from 0
 * @return UTF-8; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetModuleName(const VM_Plugin *plugin, size_t module);

/**
 * Returns the description of a wasm module of a plug-in: one line.
 *
 * @param plugin the plug-in; NULL has none
 * @param module the index of the module, from 0
 * @return UTF-8; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetModuleDescription(const VM_Plugin *plugin, size_t module);

/**
 * Returns the number of functions of a wasm module of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param module the index of the module, from 0
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginGetFunctionCount(const VM_Plugin *plugin, size_t module);

/**
 * Returns the description of a function of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param module the module's index, from 0
 * @param index the function's index, from 0
 * @return the description; NULL if an index is past the end
 * @par Ownership
 * The description and everything it points to belong to the plug-in and live until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_PluginFunction *VM_CALL VM_PluginGetFunction(const VM_Plugin *plugin, size_t module, size_t index);

/**
 * Releases a plug-in that VM_PluginRegistryFind or VM_PluginRegistryFindByIndex returned. It stays loaded.
 *
 * @param plugin the plug-in; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_PluginRelease(VM_Plugin *plugin);

/**
 * Sets the directory in which plug-ins have their data, caches or temporary files. Each plug-in gets a subdirectory with its
 * name, and in that one for each context name. The defaults are `libvm/data` in the data directory of the user
 * (`$XDG_DATA_HOME`), `libvm/cache` in the cache directory of the user (`$XDG_CACHE_HOME`), and the directory of the system for
 * temporary files.
 *
 * @param registry the registry
 * @param kind VM_DIRECTORY_DATA, VM_DIRECTORY_CACHE or VM_DIRECTORY_TEMP
 * @param directory the path; copied; it need not exist yet; NULL for the default
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_INVALID_ARGUMENT (not a kind, an empty path, or VM_DIRECTORY_RESOURCE, which is beside a plug-in's library)
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetDataDirectory(VM_PluginRegistry *registry, VM_DirectoryKind kind,
                                                           const char *directory, VM_Error **error);

/**
 * Returns the number of lines of a report.
 *
 * @param report the report; NULL has none
 * @return the number of lines
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginReportGetCount(const VM_PluginReport *report);

/**
 * Returns a line of a report.
 *
 * @param report the report; NULL has none
 * @param index from 0, in the order in which the candidates were found
 * @return the line; NULL if the index is past the end
 * @par Ownership
 * The line and its strings belong to the report and live as long as it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_PluginReportLine *VM_CALL VM_PluginReportGetLine(const VM_PluginReport *report, size_t index);

/**
 * Deletes a report.
 *
 * @param report the report; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_PluginReportDelete(VM_PluginReport *report);

/**
 * Loads plug-ins like VM_PluginLoadFromPath, but a higher version replaces the loaded one. Contexts that register the plug-in
 * from now on get the new version; contexts that have the old version keep it until they are deleted or moved with
 * VM_ContextUpdatePlugin. The state of a singleton is moved to the new version if both versions have the extension
 * `libvm.snapshot/1`.
 *
 * @param registry the registry
 * @param path the path of a file, with or without the ending of shared libraries, or of a directory
 * @param report receives a line for every candidate, also on failure; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then the old version stays loaded
 * @par Errors
 * The errors of VM_PluginLoadFromPath, and VM_STATUS_PLUGIN_DEPENDENCY when a plug-in that is loaded needs the old version
 * @par Ownership
 * The caller owns the report and frees it with VM_PluginReportDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistryUpdateFromPath(VM_PluginRegistry *registry, const char *path,
                                                         VM_PluginReport **report, VM_Error **error);

/**
 * Moves a context to another version of a plug-in that is registered in it. An instance of that version is created and takes
 * over the state of the old one through the extension `libvm.snapshot/1`; guests call it from then on, also those that are
 * linked already. On failure the context stays as it was.
 *
 * @param context the context
 * @param plugin the other version, from the same registry
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_NOT_FOUND (no version of it is registered), VM_STATUS_UNSUPPORTED (a version without
 * the extension), VM_STATUS_INCOMPATIBLE_IMPORT (a guest uses a function that the other version does not have),
 * VM_STATUS_PLUGIN_INITIALIZE (its create, save or restore failed), VM_STATUS_LIMIT (more than 64 MiB of state),
 * VM_STATUS_WRONG_THREAD (a thread-affine plug-in), and the errors of VM_ContextRegisterPlugin
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextUpdatePlugin(VM_Context *context, VM_Plugin *plugin, VM_Error **error);

/**
 * Returns an extension of a plug-in. The plug-in is asked once for each id.
 *
 * @param plugin the plug-in
 * @param id the id of the extension with its revision, as in "libvm.snapshot/1", UTF-8
 * @return the table of the extension; NULL if the plug-in does not have it
 * @par Ownership
 * The table belongs to the plug-in and is valid until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const void *VM_CALL VM_PluginGetExtension(const VM_Plugin *plugin, const char *id);

/** @} */

/**
 * @defgroup inspection Inspection
 *
 * The content of the file of a plug-in, read without running its code: for tools that list plug-ins, including those built for
 * another platform. An inspection does not depend on a registry: policy, lock file, keys, file ownership, competing versions and
 * dependencies are checked when the file is loaded.
 * @{
 */

/**
 * Inspects the file of a plug-in without running any of its code.
 *
 * A file that is not a plug-in, is damaged, was built for another platform or cannot be loaded by this library gives an
 * inspection too: VM_PluginInspectionGetStatus and VM_PluginInspectionGetMessage return the reason.
 *
 * @param path the path of the file; not NULL. Without the ending of a shared library it finds that too, as in
 *         VM_PluginLoadFromPath
 * @param inspection receives the inspection; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_PLUGIN_NOT_FOUND, VM_STATUS_PERMISSION_DENIED,
 * VM_STATUS_IO, VM_STATUS_PLUGIN_BAD_FILE (a directory, or another file that is not regular)
 * @par Ownership
 * The caller owns it and frees it with VM_PluginInspectionDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginInspectFile(const char *path, VM_PluginInspection **inspection, VM_Error **error);

/**
 * Returns why the file cannot be loaded by this library, as far as the file alone tells.
 *
 * @param inspection the inspection
 * @return VM_STATUS_OK when nothing in the file prevents loading it, otherwise the status with which loading would fail, as
 *         VM_STATUS_PLUGIN_WRONG_PLATFORM; VM_STATUS_NULL_ARGUMENT for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginInspectionGetStatus(const VM_PluginInspection *inspection);

/**
 * Returns why the file cannot be loaded, in words.
 *
 * @param inspection the inspection
 * @return UTF-8; "" when the status is VM_STATUS_OK; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetMessage(const VM_PluginInspection *inspection);

/**
 * Returns the path of the file.
 *
 * @param inspection the inspection
 * @return an absolute path; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetPath(const VM_PluginInspection *inspection);

/**
 * Returns the platform for which the file was built.
 *
 * @param inspection the inspection
 * @return processor and system, as in "aarch64 Linux"; NULL for NULL and when the file is not a shared library
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetPlatform(const VM_PluginInspection *inspection);

/**
 * Returns the name of the plug-in.
 *
 * @param inspection the inspection
 * @return UTF-8; NULL for NULL and when the manifest cannot be read
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetName(const VM_PluginInspection *inspection);

/**
 * Returns the version of the plug-in.
 *
 * @param inspection the inspection
 * @return UTF-8; NULL for NULL and when the manifest cannot be read
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetVersion(const VM_PluginInspection *inspection);

/**
 * Returns the description of the plug-in.
 *
 * @param inspection the inspection
 * @return one line, UTF-8; "" when it has none; NULL for NULL and when the manifest cannot be read
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetDescription(const VM_PluginInspection *inspection);

/**
 * Returns the license of the plug-in.
 *
 * @param inspection the inspection
 * @return an SPDX expression; "" when the manifest does not name one; NULL for NULL and when the manifest cannot be read
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetLicense(const VM_PluginInspection *inspection);

/**
 * Returns the versions of libvm with which the plug-in works.
 *
 * @param inspection the inspection
 * @return a range, as in ">=0.2, <2"; "" for any version; NULL for NULL and when the manifest cannot be read
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetHostVersion(const VM_PluginInspection *inspection);

/**
 * Returns the major version of the plug-in ABI for which the plug-in was built.
 *
 * @param inspection the inspection
 * @return the version; 0 for NULL and when the manifest cannot be read
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API uint32_t VM_CALL VM_PluginInspectionGetAbiMajor(const VM_PluginInspection *inspection);

/**
 * Returns the minor version of the plug-in ABI for which the plug-in was built.
 *
 * @param inspection the inspection
 * @return the version; 0 for NULL and when the manifest cannot be read
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API uint32_t VM_CALL VM_PluginInspectionGetAbiMinorBuilt(const VM_PluginInspection *inspection);

/**
 * Returns the minor version of the plug-in ABI that the plug-in requires at least.
 *
 * @param inspection the inspection
 * @return the version; 0 for NULL and when the manifest cannot be read
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API uint32_t VM_CALL VM_PluginInspectionGetAbiMinorRequired(const VM_PluginInspection *inspection);

/**
 * Returns the flags of the manifest.
 *
 * @param inspection the inspection
 * @return VM_PLUGIN_UNLOADABLE of <libvm/plugin.h>, and flags of later versions; 0 for NULL and when the manifest cannot be read
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API uint32_t VM_CALL VM_PluginInspectionGetFlags(const VM_PluginInspection *inspection);

/**
 * Returns the number of wasm modules that the plug-in may provide.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL and when the manifest cannot be read
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API size_t VM_CALL VM_PluginInspectionGetModuleCount(const VM_PluginInspection *inspection);

/**
 * Returns the name of a wasm module that the plug-in may provide.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return UTF-8; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetModule(const VM_PluginInspection *inspection, size_t index);

/**
 * Returns the number of permissions that the plug-in asks for.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL and when the manifest cannot be read
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API size_t VM_CALL VM_PluginInspectionGetPermissionCount(const VM_PluginInspection *inspection);

/**
 * Returns a permission that the plug-in asks for.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return UTF-8; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetPermission(const VM_PluginInspection *inspection, size_t index);

/**
 * Returns the number of plug-ins that the plug-in depends on.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL and when the manifest cannot be read
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API size_t VM_CALL VM_PluginInspectionGetDependencyCount(const VM_PluginInspection *inspection);

/**
 * Returns the name of a plug-in that the plug-in depends on.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return UTF-8; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetDependencyName(const VM_PluginInspection *inspection, size_t index);

/**
 * Returns the versions of a plug-in that the plug-in depends on.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return a range, as in ">=1.2, <2"; "" for any version; NULL when there is none at the index
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const char *VM_CALL VM_PluginInspectionGetDependencyVersion(const VM_PluginInspection *inspection, size_t index);

/**
 * Deletes an inspection.
 *
 * @param inspection the inspection; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API void VM_CALL VM_PluginInspectionDelete(VM_PluginInspection *inspection);

/** @} */

/**
 * @defgroup package Package
 *
 * A package is a zip archive with a plug-in, its description, default options and other files. It comes from others: everything in
 * it is checked before any of it is used, and no code of the plug-in runs here. docs/packages.md describes the format.
 * @{
 */

/** What a package has besides its files. */
typedef uint32_t VM_PackageFlags;

enum {
    VM_PACKAGE_HAS_HASHES = 1,    /**< `SHA256SUMS`: the hashes of its files, which were checked. */
    VM_PACKAGE_HAS_SIGNATURE = 2  /**< `SHA256SUMS.sig`: a signature. VM_PackageVerifyFile checks it. */
};

/** A library of a package. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PackageLibrary {
    /** Bytes of this struct. */
    uint32_t size;
    /** Whether it is for this machine. */
    bool is_for_this_machine;
    /** Zero. */
    uint8_t reserved[3];
    /** Its file at the root of the package, UTF-8. */
    const char *file;
    /** The system in its name, as in "linux"; NULL if the package has one library only, whose name has none. */
    const char *system;
    /** The processor in its name, as in "x86_64"; NULL as `system`. */
    const char *processor;
    /** Processor and system for which it was built, as in "aarch64 Linux". */
    const char *platform;
} VM_PackageLibrary;

/** A file of a package. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PackageFile {
    /** Bytes of this struct. */
    uint32_t size;
    /** Zero. */
    uint32_t reserved;
    /** Its path in the package, UTF-8; directories are separated by "/". */
    const char *name;
    /** Its size in bytes, unpacked. */
    uint64_t bytes;
} VM_PackageFile;

/** A kind of things that a plug-in has besides functions and options. */
typedef int32_t VM_PackageItemKind;

enum {
    VM_PACKAGE_ITEM_HOOK = 1,   /**< Its hooks; the name is the point. */
    VM_PACKAGE_ITEM_SOURCE = 2, /**< Its sources of streams. */
    VM_PACKAGE_ITEM_SINK = 3    /**< Its sinks of streams. */
};

/** A hook, a source or a sink of a plug-in. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PackageItem {
    /** Bytes of this struct. */
    uint32_t size;
    /** Zero. */
    uint32_t reserved;
    /** Its name, UTF-8; of a hook, the point. */
    const char *name;
    /** One line about it, UTF-8; "" if there is none. */
    const char *description;
} VM_PackageItem;

/** What a call that reports its progress is doing. */
typedef int32_t VM_PackageStage;

enum {
    VM_PACKAGE_STAGE_WAIT = 1,   /**< Waiting for another process that changes the directory. */
    VM_PACKAGE_STAGE_UNPACK = 2, /**< Reading, checking and unpacking the archive. */
    VM_PACKAGE_STAGE_VERIFY = 3  /**< Reading installed files. */
};

/** How far a call is. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PackageProgress {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_PACKAGE_STAGE_*. */
    VM_PackageStage stage;
    /** Bytes of files that are done. */
    uint64_t done;
    /** Bytes of all files; 0 while waiting. */
    uint64_t total;
    /** The file that was just read or written, a path in the package, UTF-8; "" while waiting. Never NULL. */
    const char *entry;
} VM_PackageProgress;

/**
 * Receives the progress of a call, on the thread of the call: `user` and a struct that is valid until the callback returns. Returning
 * false cancels the call.
 */
typedef bool (VM_CALL *VM_PackageProgressCallback)(void *user, const VM_PackageProgress *progress);

/**
 * Inspects a package without running any code of its plug-in.
 *
 * The structure of the archive, the description and the libraries are checked; VM_PackageVerifyFile also checks the other files, and
 * the signature. A package without a library for this machine has an inspection too: VM_PackageInspectionGetStatus and
 * VM_PackageInspectionGetMessage return the reason.
 *
 * @param file the path of the package; must not be NULL
 * @param inspection receives the inspection; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BAD_PACKAGE,
 * VM_STATUS_PLUGIN_HASH (a file does not have the hash of `SHA256SUMS`), VM_STATUS_PLUGIN_SIGNATURE (the signature has a wrong size),
 * VM_STATUS_UNSUPPORTED (a build of libvm without packages)
 * @par Ownership
 * The caller owns it and frees it with VM_PackageInspectionDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageInspectFile(const char *file, VM_PackageInspection **inspection, VM_Error **error);

/**
 * Verifies a package without installing it: everything that VM_PackageInspectFile checks, the contents of all files, that its
 * library can be loaded on this machine, and the conditions of a registry.
 *
 * @param registry the registry whose policy, lock file and keys the package must meet: if it has keys, `SHA256SUMS.sig` must be a
 *        signature of `SHA256SUMS` by one of them; NULL for no conditions
 * @param file the path of the package; must not be NULL
 * @param progress called after each file; may be NULL
 * @param user passed to `progress`; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK if it can be installed, otherwise an error
 * @par Errors
 * Those of VM_PackageInspectFile; VM_STATUS_PLUGIN_WRONG_PLATFORM, VM_STATUS_PLUGIN_INCOMPATIBLE, VM_STATUS_PLUGIN_BAD_DESCRIPTOR (no
 * entry function), VM_STATUS_PLUGIN_NOT_ALLOWED, VM_STATUS_PLUGIN_HASH, VM_STATUS_PLUGIN_SIGNATURE, VM_STATUS_CANCELLED (`progress`
 * returned false)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageVerifyFile(const VM_PluginRegistry *registry, const char *file,
                                              VM_PackageProgressCallback progress, void *user, VM_Error **error);

/**
 * Builds a package of the files in a directory.
 *
 * The directory has at its root the library of the plug-in, `<name>.so`, or one for each of several platforms,
 * `<name>-<os>-<arch>.so`; the prefix `lib` is removed. `<name>.json` describes the plug-in: what it does not state of name, version,
 * description, license and modules is added from the manifest. `<name>.toml` has default options. All other files are kept as they
 * are, also those in directories, except hidden ones, whose names begin with a dot. `SHA256SUMS` is written; `SHA256SUMS.sig` is
 * included if it is there. docs/packages.md describes how to make it.
 *
 * The same files give the same bytes, at any time and on any machine. No code of the plug-in runs.
 *
 * @param directory the path of the directory; must not be NULL
 * @param output the path of the package; must not be NULL. An existing file is replaced when the package is complete; on failure it
 *        is unchanged
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a path of a file), VM_STATUS_BAD_PACKAGE (no library, libraries that differ
 * from each other or from the description, names that are not possible on every system, too large), VM_STATUS_FILE_NOT_FOUND,
 * VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_UNSUPPORTED (a build of libvm without packages)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageBuild(const char *directory, const char *output, VM_Error **error);

/**
 * Returns why the plug-in cannot be loaded on this machine by this library, as far as the package alone tells.
 *
 * @param inspection the inspection
 * @return VM_STATUS_OK when nothing in the package prevents it, otherwise the status of the failure, as VM_STATUS_PLUGIN_WRONG_PLATFORM;
 *         VM_STATUS_NULL_ARGUMENT for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageInspectionGetStatus(const VM_PackageInspection *inspection);

/**
 * Returns why the plug-in cannot be loaded on this machine, in words.
 *
 * @param inspection the inspection
 * @return UTF-8; "" when the status is VM_STATUS_OK; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetMessage(const VM_PackageInspection *inspection);

/**
 * Returns the path of the package, or of the directory of an installed one.
 *
 * @param inspection the inspection
 * @return an absolute path; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetPath(const VM_PackageInspection *inspection);

/**
 * Returns the name of the plug-in, which is that of the package.
 *
 * @param inspection the inspection
 * @return UTF-8; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetName(const VM_PackageInspection *inspection);

/**
 * Returns the version of the plug-in, which is that of the package.
 *
 * @param inspection the inspection
 * @return UTF-8; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetVersion(const VM_PackageInspection *inspection);

/**
 * Returns the description of the plug-in: one line.
 *
 * @param inspection the inspection
 * @return UTF-8; "" if the package does not state it; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetDescription(const VM_PackageInspection *inspection);

/**
 * Returns the author of the plug-in.
 *
 * @param inspection the inspection
 * @return UTF-8; "" if the package does not state it; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetAuthor(const VM_PackageInspection *inspection);

/**
 * Returns the license of the plug-in as an SPDX expression.
 *
 * @param inspection the inspection
 * @return UTF-8; "" if the package does not state it; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetLicense(const VM_PackageInspection *inspection);

/**
 * Returns the address of the home page of the plug-in.
 *
 * @param inspection the inspection
 * @return UTF-8; "" if the package does not state it; NULL for NULL
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetHomepage(const VM_PackageInspection *inspection);

/**
 * Returns whether the package has hashes and a signature.
 *
 * @param inspection the inspection
 * @return VM_PACKAGE_HAS_*, combined with `|`; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_PackageFlags VM_CALL VM_PackageInspectionGetFlags(const VM_PackageInspection *inspection);

/**
 * Returns the number of libraries of the package: one, or one for each of several platforms.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL and for an installed package
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageInspectionGetLibraryCount(const VM_PackageInspection *inspection);

/**
 * Returns a library of the package.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return the library; NULL if the index is past the end
 * @par Ownership
 * It belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PackageLibrary *VM_CALL VM_PackageInspectionGetLibrary(const VM_PackageInspection *inspection,
                                                                       size_t index);

/**
 * Returns the number of files of the package.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL and for an installed package
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageInspectionGetFileCount(const VM_PackageInspection *inspection);

/**
 * Returns a file of the package; the files are sorted by name.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return the file; NULL if the index is past the end
 * @par Ownership
 * It belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PackageFile *VM_CALL VM_PackageInspectionGetFile(const VM_PackageInspection *inspection, size_t index);

/**
 * Deletes an inspection.
 *
 * @param inspection the inspection; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API void VM_CALL VM_PackageInspectionDelete(VM_PackageInspection *inspection);

/**
 * Returns the number of wasm modules that the plug-in may provide.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageInspectionGetModuleCount(const VM_PackageInspection *inspection);

/**
 * Returns the name of a wasm module that the plug-in may provide.
 *
 * @param inspection the inspection
 * @param module the index of the module, from 0
 * @return UTF-8; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetModuleName(const VM_PackageInspection *inspection, size_t module);

/**
 * Returns the description of a wasm module: one line.
 *
 * @param inspection the inspection
 * @param module the index of the module, from 0
 * @return UTF-8; "" if there is none; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetModuleDescription(const VM_PackageInspection *inspection,
                                                                    size_t module);

/**
 * Returns whether the package states the functions of a wasm module. If not, only the running plug-in has them.
 *
 * @param inspection the inspection
 * @param module the index of the module, from 0
 * @return true if it states them, also if there are none
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API bool VM_CALL VM_PackageInspectionHasFunctions(const VM_PackageInspection *inspection, size_t module);

/**
 * Returns the number of functions that the package states of a wasm module.
 *
 * @param inspection the inspection
 * @param module the index of the module, from 0
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageInspectionGetFunctionCount(const VM_PackageInspection *inspection, size_t module);

/**
 * Returns the description of a function of a wasm module, as the package states it. Its flags and its path are not stated.
 *
 * @param inspection the inspection
 * @param module the index of the module, from 0
 * @param index the index of the function, from 0
 * @return the description; NULL if an index is past the end
 * @par Ownership
 * It belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PluginFunction *VM_CALL VM_PackageInspectionGetFunction(const VM_PackageInspection *inspection,
                                                                        size_t module, size_t index);

/**
 * Returns the number of options that the package states of the plug-in.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageInspectionGetOptionCount(const VM_PackageInspection *inspection);

/**
 * Returns an option of the plug-in, as the package states it.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return the option; NULL if the index is past the end
 * @par Ownership
 * It belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PluginOption *VM_CALL VM_PackageInspectionGetOption(const VM_PackageInspection *inspection,
                                                                    size_t index);

/**
 * Returns the number of hooks, of sources or of sinks that the package states of the plug-in.
 *
 * @param inspection the inspection
 * @param kind VM_PACKAGE_ITEM_*
 * @return the number; 0 for NULL and for an unknown kind
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageInspectionGetItemCount(const VM_PackageInspection *inspection, VM_PackageItemKind kind);

/**
 * Returns a hook, a source or a sink of the plug-in, as the package states it.
 *
 * @param inspection the inspection
 * @param kind VM_PACKAGE_ITEM_*
 * @param index from 0
 * @return the item; NULL if the index is past the end or the kind is unknown
 * @par Ownership
 * It belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PackageItem *VM_CALL VM_PackageInspectionGetItem(const VM_PackageInspection *inspection,
                                                                 VM_PackageItemKind kind, size_t index);

/**
 * Returns the number of permissions that the plug-in asks for.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageInspectionGetPermissionCount(const VM_PackageInspection *inspection);

/**
 * Returns a permission that the plug-in asks for.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return UTF-8; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetPermission(const VM_PackageInspection *inspection, size_t index);

/**
 * Returns the number of plug-ins that the plug-in depends on.
 *
 * @param inspection the inspection
 * @return the number; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageInspectionGetDependencyCount(const VM_PackageInspection *inspection);

/**
 * Returns the name of a plug-in that the plug-in depends on.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return UTF-8; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetDependencyName(const VM_PackageInspection *inspection, size_t index);

/**
 * Returns the versions of a plug-in that the plug-in depends on.
 *
 * @param inspection the inspection
 * @param index from 0
 * @return a range, as in ">=1.2, <2"; "" for any version; NULL if the index is past the end
 * @par Ownership
 * The string belongs to the inspection.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageInspectionGetDependencyVersion(const VM_PackageInspection *inspection,
                                                                    size_t index);

/** @} */

/**
 * @defgroup package_directory Package directory
 *
 * A directory of installed packages. Several versions of a package can be installed; one of them is active, and only that one is a
 * candidate of load calls, whatever the other versions are. Every change is atomic: a process that is killed at any moment leaves
 * the directory as it was before or after the change. docs/packages.md describes the layout.
 * @{
 */

/** How a package is installed. */
typedef uint32_t VM_PackageInstallFlags;

enum {
    VM_PACKAGE_REPLACE = 1,   /**< Replace the installed files of the same version by other ones. */
    VM_PACKAGE_DOWNGRADE = 2, /**< Install and make active a version that is lower than the active one. */
    VM_PACKAGE_INACTIVE = 4   /**< Install without making active. */
};

/** An installed version of a package. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_InstalledPackage {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_STATUS_OK, or the status with which loading would fail because of the files alone. */
    VM_Status status;
    /** The name of the package and of its plug-in, UTF-8. */
    const char *name;
    /** The version, UTF-8. */
    const char *version;
    /** The description in the manifest of the plug-in, one line, UTF-8; "" if there is none or it cannot be read. */
    const char *description;
    /** The directory of the version: an absolute path. */
    const char *path;
    /** Why it cannot be loaded, in words, UTF-8; "" if the status is VM_STATUS_OK. */
    const char *message;
    /** Whether it is the active version, which load calls find. */
    bool active;
    /** Zero. */
    uint8_t reserved[7];
} VM_InstalledPackage;

/**
 * Sets the package directory that VM_PluginLoadWithDefaultPaths searches after all others, instead of that of the user
 * (`$XDG_DATA_HOME/libvm/packages`). VM_PackageDirectoryCreate uses it too.
 *
 * @param registry the registry
 * @param directory the path; copied; it need not exist yet; NULL for the directory of the user
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetPackageDirectory(VM_PluginRegistry *registry, const char *directory,
                                                              VM_Error **error);

/**
 * Opens a package directory. It is created by the first installation.
 *
 * @param path the path; NULL for the package directory of the registry (VM_PluginRegistrySetPackageDirectory), and without one
 *        for that of the user, `$XDG_DATA_HOME/libvm/packages`
 * @param registry the registry whose conditions hold for what is installed and verified: policy, lock file, keys, path checks; NULL
 *        for path checks only
 * @param directory receives the package directory; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_NOT_FOUND (there is no default)
 * @par Ownership
 * The caller owns it and frees it with VM_PackageDirectoryDelete. It keeps the registry.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageDirectoryCreate(const char *path, VM_PluginRegistry *registry,
                                                   VM_PackageDirectory **directory, VM_Error **error);

/**
 * Returns the path of a package directory.
 *
 * @param directory the package directory
 * @return an absolute path; NULL for NULL
 * @par Ownership
 * The string belongs to the package directory.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const char *VM_CALL VM_PackageDirectoryGetPath(const VM_PackageDirectory *directory);

/**
 * Installs a package, and makes it active. All files are checked and written to a directory of their own, which is then moved into its
 * place: until then load calls find what was installed before, and a call that fails or a process that is killed changes
 * nothing. Other versions stay installed. If the same files are installed already, that version becomes active.
 *
 * Two processes may install at the same time. Data and state of the plug-in are not changed.
 *
 * @param directory the package directory
 * @param archive the path of the zip file
 * @param flags VM_PACKAGE_REPLACE, VM_PACKAGE_DOWNGRADE, VM_PACKAGE_INACTIVE, or 0
 * @param progress is called while files are read and written, and while another process changes the directory; may be NULL
 * @param user passed to the callback; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then nothing is changed
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (unknown flags), VM_STATUS_BAD_PACKAGE, VM_STATUS_PLUGIN_WRONG_PLATFORM,
 * VM_STATUS_PLUGIN_HASH, VM_STATUS_PLUGIN_SIGNATURE and VM_STATUS_PLUGIN_NOT_ALLOWED (as in VM_PackageVerifyFile),
 * VM_STATUS_ALREADY_EXISTS (the version is installed with other files), VM_STATUS_PLUGIN_SUPERSEDED (a higher version is active),
 * VM_STATUS_UNTRUSTED_PATH (others can change the directory), VM_STATUS_BUSY (another process has locked the directory for more than
 * 30 seconds), VM_STATUS_CANCELLED (by the callback), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageDirectoryInstall(VM_PackageDirectory *directory, const char *archive,
                                                    VM_PackageInstallFlags flags, VM_PackageProgressCallback progress,
                                                    void *user, VM_Error **error);

/**
 * Installs another version of an installed package, and makes it active, like VM_PackageDirectoryInstall; but a package of which no
 * version is installed is refused. The previous version stays installed, so that VM_PackageDirectoryUse goes back to it.
 *
 * @param directory the package directory
 * @param archive the path of the zip file
 * @param flags VM_PACKAGE_REPLACE, VM_PACKAGE_DOWNGRADE, VM_PACKAGE_INACTIVE, or 0
 * @param progress is called while files are read and written, and while another process changes the directory; may be NULL
 * @param user passed to the callback; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then nothing is changed
 * @par Errors
 * VM_STATUS_PACKAGE_NOT_FOUND (no version of it is installed), and the errors of VM_PackageDirectoryInstall
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageDirectoryUpdate(VM_PackageDirectory *directory, const char *archive,
                                                   VM_PackageInstallFlags flags, VM_PackageProgressCallback progress,
                                                   void *user, VM_Error **error);

/**
 * Makes an installed version of a package active, whatever its number is: load calls find it from then on. Going back to a previous
 * version is this call, which renames one link.
 *
 * @param directory the package directory
 * @param name the name of the package, UTF-8
 * @param version the version, UTF-8
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, also if the version was active already; otherwise an error, then nothing is changed
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not the name of a package), VM_STATUS_PACKAGE_NOT_FOUND,
 * VM_STATUS_UNTRUSTED_PATH, VM_STATUS_BUSY, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageDirectoryUse(VM_PackageDirectory *directory, const char *name, const char *version,
                                                VM_Error **error);

/**
 * Removes a version of a package, or all versions. If the active version is removed, `next` becomes active in the same step; without
 * `next` none is active then. Data and state of the plug-in are kept. A plug-in that is loaded stays loaded, but the files of
 * its package are gone; a warning is logged if it is loaded in the registry of the directory.
 *
 * @param directory the package directory
 * @param name the name of the package, UTF-8
 * @param version the version, UTF-8; NULL for all versions
 * @param next the version that becomes active if the removed one is active, UTF-8; NULL for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then nothing is changed
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not the name of a package, or `next` is removed too),
 * VM_STATUS_PACKAGE_NOT_FOUND, VM_STATUS_UNTRUSTED_PATH, VM_STATUS_BUSY, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageDirectoryRemove(VM_PackageDirectory *directory, const char *name,
                                                   const char *version, const char *next, VM_Error **error);

/**
 * Verifies installed packages: each file has the bytes that were installed, none is missing, none was added, and the library
 * meets the conditions of load calls and of the registry of the directory. The error has a line for each fault.
 *
 * @param directory the package directory
 * @param name the name of the package, UTF-8; NULL for all packages
 * @param version the version, UTF-8; NULL for all versions
 * @param progress is called while files are read; may be NULL
 * @param user passed to the callback; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK if there is no fault, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not the name of a package; a version without a name),
 * VM_STATUS_PACKAGE_NOT_FOUND, VM_STATUS_BAD_PACKAGE (files differ), VM_STATUS_CANCELLED (by the callback),
 * VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO; those with which a load call refuses a plug-in, such as VM_STATUS_UNTRUSTED_PATH
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageDirectoryVerify(const VM_PackageDirectory *directory, const char *name,
                                                   const char *version, VM_PackageProgressCallback progress, void *user,
                                                   VM_Error **error);

/**
 * Deletes the object; what is installed stays.
 *
 * @param directory the package directory; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API void VM_CALL VM_PackageDirectoryDelete(VM_PackageDirectory *directory);

/**
 * Lists the installed versions of all packages, by name and version. Versions are ordered as load calls order them, the lowest one
 * first.
 *
 * @param directory the package directory; one that does not exist on disk has none
 * @param list receives the list; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Ownership
 * The caller owns it and frees it with VM_PackageListDelete. It does not change with the directory.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageDirectoryList(const VM_PackageDirectory *directory, VM_PackageList **list,
                                                 VM_Error **error);

/**
 * Describes an installed version of a package, as VM_PackageInspectFile describes a package. No code of the plug-in runs.
 *
 * @param directory the package directory
 * @param name the name of the package, UTF-8
 * @param version the version, UTF-8; NULL for the active one
 * @param inspection receives the description, without libraries and files; its path is the directory of the version; must not be
 *        NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not the name of a package), VM_STATUS_PACKAGE_NOT_FOUND (also
 * if no version is active), VM_STATUS_BAD_PACKAGE, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Ownership
 * The caller owns it and frees it with VM_PackageInspectionDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PackageDirectoryDescribe(const VM_PackageDirectory *directory, const char *name,
                                                     const char *version, VM_PackageInspection **inspection,
                                                     VM_Error **error);

/**
 * Returns the number of installed versions in a list.
 *
 * @param list the list; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PackageListGetCount(const VM_PackageList *list);

/**
 * Returns an installed version in a list.
 *
 * @param list the list; NULL has none
 * @param index from 0
 * @return the version; NULL if the index is past the end
 * @par Ownership
 * It belongs to the list.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_InstalledPackage *VM_CALL VM_PackageListGet(const VM_PackageList *list, size_t index);

/**
 * Deletes a list.
 *
 * @param list the list; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API void VM_CALL VM_PackageListDelete(VM_PackageList *list);

/** @} */

/**
 * @defgroup options Options
 *
 * Values for the options of plug-ins. They are set for each context, before the plug-in is registered there.
 * @{
 */

/**
 * Sets an option of a plug-in of any type from a string: `true` or `false`, a number, a choice, or the items of a list, one per
 * line.
 *
 * @param context the context
 * @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
 * @param key the name of the option, UTF-8
 * @param value UTF-8; copied
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextSetPluginOption(VM_Context *context, const char *plugin, const char *key,
                                                   const char *value, VM_Error **error);

/**
 * Sets a bool option of a plug-in.
 *
 * @param context the context
 * @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
 * @param key the name of the option, UTF-8
 * @param value the value
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextSetPluginOptionBool(VM_Context *context, const char *plugin, const char *key,
                                                       bool value, VM_Error **error);

/**
 * Sets an integer or float option of a plug-in.
 *
 * @param context the context
 * @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
 * @param key the name of the option, UTF-8
 * @param value the value
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextSetPluginOptionInteger(VM_Context *context, const char *plugin, const char *key,
                                                          int64_t value, VM_Error **error);

/**
 * Sets a float option of a plug-in.
 *
 * @param context the context
 * @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
 * @param key the name of the option, UTF-8
 * @param value the value
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextSetPluginOptionFloat(VM_Context *context, const char *plugin, const char *key,
                                                        double value, VM_Error **error);

/**
 * Sets a list option of a plug-in.
 *
 * @param context the context
 * @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
 * @param key the name of the option, UTF-8
 * @param items UTF-8; copied; may be NULL if count is 0
 * @param count the number
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT; registering the plug-in checks key, type and range (VM_STATUS_PLUGIN_OPTION)
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextSetPluginOptionList(VM_Context *context, const char *plugin, const char *key,
                                                       const char *const *items, size_t count, VM_Error **error);

/**
 * Returns the number of options of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @return the number of options
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginGetOptionCount(const VM_Plugin *plugin);

/**
 * Returns the description of an option of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param index from 0, in the plug-in's order
 * @return the description; NULL if the index is past the end
 * @par Ownership
 * The description and its strings belong to the plug-in and live until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_PluginOption *VM_CALL VM_PluginGetOption(const VM_Plugin *plugin, size_t index);

/** @} */

/**
 * @defgroup sources Sources and sinks
 *
 * The sources and sinks that plug-ins have for streams. docs/streams.md describes how they are written.
 * @{
 */

/**
 * Returns the number of sources that a plug-in has for streams.
 *
 * @param plugin the plug-in; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PluginGetSourceCount(const VM_Plugin *plugin);

/**
 * Returns the description of a source of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param index from 0, in the plug-in's order
 * @return the description; NULL if the index is past the end
 * @par Ownership
 * The description and its strings belong to the plug-in and live until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PluginSource *VM_CALL VM_PluginGetSource(const VM_Plugin *plugin, size_t index);

/**
 * Returns the description of an option of a source of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param source the source's index, from 0
 * @param index the option's index, from 0
 * @return the description; NULL if an index is past the end
 * @par Ownership
 * The description and its strings belong to the plug-in and live until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PluginOption *VM_CALL VM_PluginGetSourceOption(const VM_Plugin *plugin, size_t source, size_t index);

/**
 * Returns the number of sinks that a plug-in has for streams.
 *
 * @param plugin the plug-in; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API size_t VM_CALL VM_PluginGetSinkCount(const VM_Plugin *plugin);

/**
 * Returns the description of a sink of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param index from 0, in the plug-in's order
 * @return the description; NULL if the index is past the end
 * @par Ownership
 * The description and its strings belong to the plug-in and live until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PluginSink *VM_CALL VM_PluginGetSink(const VM_Plugin *plugin, size_t index);

/**
 * Returns the description of an option of a sink of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param sink the sink's index, from 0
 * @param index the option's index, from 0
 * @return the description; NULL if an index is past the end
 * @par Ownership
 * The description and its strings belong to the plug-in and live until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API const VM_PluginOption *VM_CALL VM_PluginGetSinkOption(const VM_Plugin *plugin, size_t sink, size_t index);

/** @} */

/**
 * @defgroup configuration Configuration
 *
 * A configuration is a TOML file in which an administrator sets where plug-ins are, which of them may be loaded and in which
 * order, their options, and the limits of guests. docs/configuration.md lists the keys. A configuration takes effect where it is
 * applied: VM_ConfigApplyToPluginRegistry, VM_ConfigApplyToContextConfig, VM_ConfigApplyToEngineConfig.
 * @{
 */

/**
 * Loads a configuration from a file. Relative paths in it are relative to its directory.
 *
 * @param path the path of the file
 * @param config receives the configuration; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED,
 * VM_STATUS_IO; VM_STATUS_LIMIT (more than 1 MiB); VM_STATUS_BAD_CONFIG: the message begins with file, line and column
 * @par Ownership
 * The caller owns it and frees it with VM_ConfigDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ConfigLoadFromFile(const char *path, VM_Config **config, VM_Error **error);

/**
 * Loads a configuration from memory.
 *
 * @param data TOML in UTF-8; may be NULL if size is 0
 * @param size the number of bytes
 * @param directory the directory that relative paths in it are relative to; NULL for the working directory
 * @param config receives the configuration; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The errors of VM_ConfigLoadFromFile; the message begins with `configuration`, line and column
 * @par Ownership
 * The caller owns it and frees it with VM_ConfigDelete. The data is not needed afterwards.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ConfigLoadFromBuffer(const uint8_t *data, size_t size, const char *directory,
                                                 VM_Config **config, VM_Error **error);

/**
 * Applies what a configuration says about plug-ins to a registry: adds `plugin-directory` to the registry's directories; sets
 * `allow` (as VM_PluginRegistrySetPolicy), `deny`, `order` and `lock`; adds `keys`; grants permissions in all contexts, and sets
 * options in those that do not set them themselves. Settings that it does not mention stay as they are, and so do loaded
 * plug-ins. Options are checked when a context registers the plug-in.
 *
 * The report has a warning for each plug-in that the configuration names and that is neither loaded nor in the directories of
 * VM_PluginLoadWithDefaultPaths, whose files are inspected for that: a line with VM_STATUS_PLUGIN_NOT_FOUND, the file of the
 * configuration as its path, and the nearest name in its message. The report of VM_PluginLoadWithDefaultPaths has these lines
 * too. They are not failures.
 *
 * @param config the configuration
 * @param registry the registry
 * @param report receives the report, also on failure; NULL when it is not wanted
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_REENTRANT (from inside a plug-in that is being loaded), VM_STATUS_UNTRUSTED_PATH (others
 * could have put the file there), and the errors of VM_PluginRegistrySetLock and VM_PluginRegistrySetStateFile
 * @par Ownership
 * The caller owns the report and frees it with VM_PluginReportDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_ConfigApplyToPluginRegistry(const VM_Config *config, VM_PluginRegistry *registry,
                                                        VM_PluginReport **report, VM_Error **error);

/**
 * Sets the limits of contexts that a configuration contains: `memory-bytes`, `table-elements`, `instances`. Other limits stay as
 * they are.
 *
 * @param config the configuration
 * @param context_config the context configuration to change
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_ConfigApplyToContextConfig(const VM_Config *config, VM_ContextConfig *context_config,
                                                       VM_Error **error);

/**
 * Sets what a configuration contains about engines: the tier, the other settings of compiled code, and the limits of engines and modules. What it
 * does not contain stays as it is.
 *
 * @param config the configuration
 * @param engine_config the engine configuration to change
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNTRUSTED_PATH (`cache-directory` or `profiler` in a file that another user could have put in its
 * place); then nothing has changed
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_ConfigApplyToEngineConfig(const VM_Config *config, VM_EngineConfig *engine_config,
                                                      VM_Error **error);

/**
 * Deletes a configuration. Objects that it was applied to stay as they are.
 *
 * @param config the configuration; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_ConfigDelete(VM_Config *config);

/** @} */

/**
 * @defgroup trust Trust
 *
 * Conditions that the file of a plug-in must meet to be loaded, in addition to the policy (VM_PluginRegistrySetPolicy): no other
 * user can have put it there, it is in the lock file, it is signed. All conditions that are set must be met. Only the first one
 * can be switched off again: create a new registry instead. They apply to files that are loaded from now on, not to built-in
 * plug-ins. No code of a refused file runs. docs/plugins-using.md describes the rules ("Trust").
 * @{
 */

/**
 * Sets whether files are refused that other users could have put where they are: plug-ins, lock files, configurations and state
 * files. The file, and every directory and link on its path, must belong to root or to the effective user and must not be
 * writable by group or others. A directory with the sticky bit, such as /tmp, is accepted for the directories below it, but not
 * for files and links in it. The check is enabled by default; disable it for file systems without permissions.
 *
 * @param registry the registry
 * @param on true to check files, false to accept all
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * None of its own.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetFileChecks(VM_PluginRegistry *registry, bool on, VM_Error **error);

/**
 * Accepts files and directories that the members of a group can write to. It can be called for several groups.
 *
 * Each member of such a group can run code in the process. On systems without groups it has no effect.
 *
 * @param registry the registry
 * @param group the number of the group
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * None of its own.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistryAddTrustedGroup(VM_PluginRegistry *registry, uint32_t group,
                                                          VM_Error **error);

/**
 * Reads a lock file. From now on only files are loaded whose SHA-256 is in it, in its order. A plug-in of the lock file that is
 * not found is a failure of each load call that should have found it, and a line of its report.
 *
 * The file is read once. Call this again after changing it.
 *
 * @param registry the registry
 * @param path the path of a file that VM_PluginRegistryWriteLock has written
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then the registry is not changed
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PLUGIN_LOCK (with line and column), VM_STATUS_UNTRUSTED_PATH
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetLock(VM_PluginRegistry *registry, const char *path, VM_Error **error);

/**
 * Writes a lock file: the plug-ins that the registry has loaded from files, in load order, with the SHA-256 of each file. An
 * existing file is replaced atomically.
 *
 * A symbolic link is not followed, and the new file gives no user rights that the old one did not give.
 *
 * @param registry the registry
 * @param path the path of the file; the paths of the plug-ins are written relative to it
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then an existing file is not changed
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_HASH (a file was changed since it was loaded), VM_STATUS_BAD_UTF8 (its path is not),
 * VM_STATUS_INVALID_ARGUMENT (a symbolic link), VM_STATUS_UNTRUSTED_PATH (no process would accept it there),
 * VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistryWriteLock(const VM_PluginRegistry *registry, const char *path,
                                                    VM_Error **error);

/**
 * Adds a public key. From now on only files are loaded that have an Ed25519 signature by one of the keys of the registry in
 * `<file>.sig`.
 *
 * @param registry the registry
 * @param key the key as 64 hexadecimal digits, as base64, or as `openssl pkey -pubout` writes it
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; then the registry is not changed
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a valid key)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryAddKey(VM_PluginRegistry *registry, const char *key, VM_Error **error);

/** @} */

/**
 * @defgroup permissions Permissions
 *
 * Permissions of plug-ins and host modules: for functions that need one, and for what a plug-in checks by argument, as in
 * `process:exec:git`.
 * Nothing is granted by default. A grant that ends in `*` covers everything that begins with what precedes the `*`:
 * `process:exec:*`, or `*` for everything that the plug-in asks for. A call without its permission traps with
 * VM_STATUS_PLUGIN_PERMISSION.
 * @{
 */

/**
 * Grants a permission to a plug-in in a context, in addition to those that its registry grants, or to a host module whose functions
 * require it (VM_HostModuleSetFunctionPermission).
 *
 * @param context the context
 * @param plugin the name of the plug-in or the host module, UTF-8; it need not be loaded yet
 * @param permission as in "net:connect", or "net:*" for all that begin with "net:", UTF-8; copied
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a permission: empty, over 1024 bytes, with
 * control characters, or with a `*` before its end), VM_STATUS_SEALED (the plug-in or host module is registered), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT; registering the plug-in checks that it asks for the permission (VM_STATUS_PLUGIN_PERMISSION)
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextGrantPermission(VM_Context *context, const char *plugin, const char *permission,
                                                   VM_Error **error);

/**
 * Grants a permission to a plug-in in all contexts that register it from now on.
 *
 * @param registry the registry
 * @param plugin the name of the plug-in, UTF-8; it need not be loaded yet
 * @param permission as in "net:connect", or "net:*" for all that begin with "net:", UTF-8; copied
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a permission); registering the plug-in checks
 * that it asks for the permission (VM_STATUS_PLUGIN_PERMISSION)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryGrantPermission(VM_PluginRegistry *registry, const char *plugin,
                                                          const char *permission, VM_Error **error);

/**
 * Returns the number of permissions that a plug-in asks for.
 *
 * @param plugin the plug-in; NULL has none
 * @return the number
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginGetPermissionCount(const VM_Plugin *plugin);

/**
 * Returns a permission that a plug-in asks for; no other permission can be granted to it.
 *
 * @param plugin the plug-in; NULL has none
 * @param index from 0, in the plug-in's order
 * @return the permission, UTF-8; a final `*` stands for everything that begins with what precedes it. NULL if the index is past
 *         the end
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetPermission(const VM_Plugin *plugin, size_t index);

/** @} */

/**
 * @defgroup module_plugins Plug-ins of modules
 *
 * A module can name the plug-ins that it needs in the custom section `libvm.plugins`, and a registry can find those that its imports
 * need. All of this is off until the host allows it, and only files in the directories of the registry are loaded.
 * docs/module-plugins.md describes the section and the rules.
 * @{
 */

enum {
    VM_MODULE_PLUGINS_DECLARED = 1,     /**< The plug-ins that the custom section `libvm.plugins` of a module names. */
    VM_MODULE_PLUGINS_IMPORTS = 2,      /**< The plug-ins that provide what a module imports. */
    VM_MODULE_PLUGINS_DEPENDENCIES = 4  /**< The plug-ins and functions that other plug-ins answer with when they are shown a module (the extension `libvm.dependencies/1`). */
};

/**
 * Sets how modules may bring plug-ins into a registry. The default is 0: they may not.
 *
 * @param registry the registry
 * @param flags VM_MODULE_PLUGINS_DECLARED, VM_MODULE_PLUGINS_IMPORTS, VM_MODULE_PLUGINS_DEPENDENCIES; 0 for none
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (unknown flags)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetModulePlugins(VM_PluginRegistry *registry, uint32_t flags,
                                                           VM_Error **error);

/**
 * Loads the plug-ins that a module needs, as far as VM_PluginRegistrySetModulePlugins allows it. They are found in the directories that
 * VM_PluginLoadWithDefaultPaths searches: by the path that the module declares, which is relative to its own file, else by their
 * names. If one of them cannot be found, none is loaded.
 *
 * @param registry the registry
 * @param module the module
 * @param report receives a line for each plug-in that the module needs, which says why it was chosen; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_PARAMETER (the custom section is not valid: the message has the position),
 * VM_STATUS_PLUGIN_NOT_FOUND, VM_STATUS_PLUGIN_NOT_ALLOWED (a file outside of the directories), VM_STATUS_PLUGIN_DEPENDENCY (another
 * version is loaded), VM_STATUS_LIMIT, VM_STATUS_REENTRANT; VM_STATUS_PLUGIN_* as VM_PluginLoadFromPath
 * @par Ownership
 * The caller owns the report and frees it with VM_PluginReportDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PluginLoadForModule(VM_PluginRegistry *registry, VM_Module *module,
                                                VM_PluginReport **report, VM_Error **error);

/**
 * Sets the registry from which modules bring the plug-ins that they need into a context: before a module is linked, they are loaded as
 * by VM_PluginLoadForModule and registered in the context. A plug-in that cannot be loaded or registered fails the instantiation.
 *
 * @param context the context
 * @param registry the registry; NULL for none, the default
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The context keeps the registry's plug-ins as long as it needs them; the registry may be deleted.
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ContextSetModulePlugins(VM_Context *context, VM_PluginRegistry *registry, VM_Error **error);

/**
 * Finds what provides each import of a module, without loading a plug-in or running any code: a plug-in of the registry, or one in the
 * directories that would be loaded. The functions of a plug-in that is not loaded are known from its package or from the index; if they
 * are not, the import is VM_IMPORT_UNKNOWN. Also finds the plug-ins that the module declares (VM_ImportListGetPlugin). What a host
 * registers in a context is not known here: see VM_ContextExamineModule.
 *
 * @param registry the registry
 * @param module the module
 * @param list receives a list with an item for each import of the module, in its order; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, also if imports are missing; otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_PARAMETER (the custom section `libvm.plugins` is not valid), VM_STATUS_LIMIT,
 * VM_STATUS_REENTRANT (from inside a plug-in that is being loaded), VM_STATUS_BUSY
 * @par Ownership
 * The caller owns the list and frees it with VM_ImportListDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PluginRegistryExamineModule(VM_PluginRegistry *registry, const VM_Module *module,
                                                        VM_ImportList **list, VM_Error **error);

/**
 * Finds what provides each import of a module in a context, without running any code: what is registered in the context, and for other
 * imports what VM_PluginRegistryExamineModule finds in the registry of VM_ContextSetModulePlugins, if there is one.
 *
 * @param context the context
 * @param module the module
 * @param list receives a list with an item for each import of the module, in its order; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, also if imports are missing; otherwise an error
 * @par Errors
 * as VM_PluginRegistryExamineModule
 * @par Ownership
 * The caller owns the list and frees it with VM_ImportListDelete.
 * @par Threads
 * [one thread per context]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_ContextExamineModule(VM_Context *context, const VM_Module *module, VM_ImportList **list,
                                                 VM_Error **error);

/** @} */

/**
 * @defgroup autoload Plug-in index
 *
 * A registry that loads plug-ins for the imports of modules keeps an index of the plug-ins in its directories: their manifests by
 * the hash of their files, and their functions once they were loaded. It is only used to choose: what is chosen is examined again
 * before it is loaded. docs/module-plugins.md describes it ("Autoload").
 * @{
 */

/**
 * Sets the file that keeps the index of a registry from one process to the next. The default is `libvm/plugins-<abi>.index` in the
 * user's directory for caches ($XDG_CACHE_HOME, or ~/.cache), and none in a setuid process.
 *
 * The file is read and written when plug-ins are loaded for the imports of a module, and created if it does not exist. Several
 * processes may use it. A file that other users could have put in its place is not used, nor is one that is damaged or cannot be
 * read or written: the index is then made anew or kept in memory, and a line of the report and of the log says why.
 *
 * @param registry the registry
 * @param path the path of the file; NULL to keep the index in memory only
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetIndexFile(VM_PluginRegistry *registry, const char *path, VM_Error **error);

/** @} */

/**
 * @defgroup parameters Parameters of modules
 *
 * A module may have parameters in its custom section `libvm.param`, such as regular expressions, which plug-ins compile once for the
 * module and a registry: at the first instantiation in a context where they are registered, or ahead. docs/parameters.md describes
 * how guests declare and plug-ins compile them.
 * @{
 */

/**
 * Compiles the parameters of a module by the plug-ins of a registry, so that the first instantiation does not have to. What was
 * compiled before is kept. A module without parameters is prepared at once.
 *
 * @param registry the registry
 * @param module the module
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error; what was compiled before the failure is kept or released
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_PARAMETER (the section is not valid, a parameter does not compile, or no plug-in of the
 * registry compiles its kind), VM_STATUS_PLUGIN_BAD_DESCRIPTOR (a plug-in's extension `libvm.compiler/1`), the failures of the
 * plug-ins' compile functions, VM_STATUS_BUSY, VM_STATUS_REENTRANT (from a compile function)
 * @par Ownership
 * What was compiled belongs to module and registry: it is released when the first of them is deleted and no context uses it.
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_API VM_Status VM_CALL VM_PluginRegistryPrepareModule(VM_PluginRegistry *registry, VM_Module *module,
                                                        VM_Error **error);

/** @} */

/**
 * @defgroup wasi WASI
 *
 * WASI preview 1: the arguments, variables, directories and streams of a guest. An environment can be registered in several
 * contexts; each context receives the settings at that time. By default there are no arguments, variables, directories and no input;
 * the output streams are those of the process. `poll_oneoff`, reading and writing block the thread, unless the guest may be suspended
 * (VM_WasiSetMaySuspend).
 * @{
 */

/** What a guest may do in a directory: VM_WASI_READ, VM_WASI_WRITE, or both. */
typedef uint32_t VM_WasiRights;

enum {
    VM_WASI_READ = 1,  /**< Open, read and list. Without VM_WASI_WRITE, every change fails with EROFS. */
    VM_WASI_WRITE = 2  /**< Create, write, rename and remove. Without VM_WASI_READ, reading and listing fail with EACCES. */
};

/** A standard stream; guests write to VM_WASI_STDOUT and VM_WASI_STDERR. */
typedef int32_t VM_WasiStream;

enum {
    VM_WASI_STDIN = 0,  /**< Standard input. */
    VM_WASI_STDOUT = 1, /**< Standard output. */
    VM_WASI_STDERR = 2  /**< Standard error. */
};

/**
 * Reads at most `size` bytes of input into `data` and sets `count`, which is 0 before, to their number; 0 is the end of the input.
 * Returns VM_STATUS_OK, VM_STATUS_PENDING if there is no input yet (only with VM_WasiSetMaySuspend: the callback is called again after
 * VM_WasiNotify), or a failure. The guest receives the error number that is nearest: `ENOENT` for VM_STATUS_FILE_NOT_FOUND,
 * `EACCES` for VM_STATUS_PERMISSION_DENIED, `EINVAL` for VM_STATUS_INVALID_ARGUMENT, `ENOMEM` for VM_STATUS_OUT_OF_MEMORY,
 * `ENOSPC` for VM_STATUS_LIMIT, `EAGAIN` for VM_STATUS_BUSY, `ENOTSUP` for VM_STATUS_UNSUPPORTED, else `EIO`. Two end the guest's
 * call: VM_STATUS_TRAP, and a status of the host's own, -10000 or below, which is what the call then fails with. It may be called
 * on every thread on which a guest runs.
 */
typedef VM_Status (VM_CALL *VM_WasiRead)(void *user, uint8_t *data, size_t size, size_t *count);

/**
 * Takes at most `size` bytes of output and sets `count`, which is 0 before, to the number of bytes taken; the guest then writes the rest
 * again. Returns as VM_WasiRead. It may be called on every thread on which a guest runs.
 */
typedef VM_Status (VM_CALL *VM_WasiWrite)(void *user, const uint8_t *data, size_t size, size_t *count);

/**
 * Creates an environment: no arguments, no variables, no directories, no input, and the output streams of the process.
 *
 * @param wasi receives the environment; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the library was built without WASI)
 * @par Ownership
 * The caller owns it and frees it with VM_WasiDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiCreate(VM_Wasi **wasi, VM_Error **error);

/**
 * Sets the arguments of the guest, beginning with the name of the program.
 *
 * @param wasi the environment
 * @param arguments UTF-8; copied; may be NULL if count is 0
 * @param count the number
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8; VM_STATUS_LIMIT for more than 16,384 arguments
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetArguments(VM_Wasi *wasi, const char *const *arguments, size_t count,
                                             VM_Error **error);

/**
 * Sets an environment variable.
 *
 * @param wasi the environment
 * @param name the name, UTF-8, without `=`; copied
 * @param value UTF-8; copied
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT; VM_STATUS_LIMIT for more than 16,384 variables
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiAddEnvironment(VM_Wasi *wasi, const char *name, const char *value, VM_Error **error);

/**
 * Adds all environment variables of the process that are valid UTF-8.
 *
 * @param wasi the environment
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT; VM_STATUS_LIMIT for more than 16,384 variables
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiInheritEnvironment(VM_Wasi *wasi, VM_Error **error);

/**
 * Makes a directory of the host available to the guest. Paths cannot leave it, not even through links.
 *
 * @param wasi the environment
 * @param host_path the path on the host; it must exist
 * @param guest_path the path for the guest, UTF-8; copied
 * @param rights VM_WASI_READ, VM_WASI_WRITE, or both
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED,
 * VM_STATUS_INVALID_ARGUMENT, VM_STATUS_ALREADY_EXISTS (the guest path is in use)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiAddDirectory(VM_Wasi *wasi, const char *host_path, const char *guest_path,
                                             VM_WasiRights rights, VM_Error **error);

/**
 * Replaces the clocks of the guest, for reproducible runs: both clocks start at a time and advance by a step with each reading.
 *
 * @param wasi the environment
 * @param start_ns the first time, in nanoseconds
 * @param step_ns the step, in nanoseconds
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetClock(VM_Wasi *wasi, uint64_t start_ns, uint64_t step_ns, VM_Error **error);

/**
 * Replaces the random numbers of the guest by pseudo-random ones that are the same in each run. They are not secret.
 *
 * @param wasi the environment
 * @param seed the seed
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetRandomSeed(VM_Wasi *wasi, uint64_t seed, VM_Error **error);

/**
 * Sets whether a guest is suspended where a function of WASI has to wait: `poll_oneoff`, `fd_read` and `fd_write`. A started execution
 * (VM_ContextStart) is then VM_EXECUTION_PENDING, and its thread is free; a blocking one waits on its thread. Without it such a
 * function holds the thread of the guest; cancelling and timeouts end that too, if the engine is interruptible. Files, pipes,
 * terminals and sockets are waited for by one thread of the process.
 *
 * @param wasi the environment
 * @param may_suspend true to suspend guests in contexts that register the environment from now on; initially false
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_WasiSetMaySuspend(VM_Wasi *wasi, bool may_suspend, VM_Error **error);

/**
 * Deletes an environment. Contexts in which it is registered keep what they need of it.
 *
 * @param wasi the environment; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_WasiDelete(VM_Wasi *wasi);

/**
 * Registers WASI preview 1 in a context, and opens its directories and files.
 *
 * @param context the context
 * @param wasi the environment; it may be deleted afterwards
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterWasi(VM_Context *context, VM_Wasi *wasi, VM_Error **error);

/**
 * Loads a WASI command from a file and runs it. For a reactor, which is not run but called, see VM_ContextInstantiate.
 *
 * @param context the context, in which WASI is registered
 * @param file the path of the wasm file
 * @param exit_code receives the exit code, 0 if the guest returns without one; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The errors of VM_ModuleLoadFromFile and VM_ContextInstantiate, VM_STATUS_NOT_FOUND (no `_start`: not a command), and those of
 * VM_ContextExecute except VM_STATUS_EXIT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRunWasiFromFile(VM_Context *context, const char *file, int32_t *exit_code,
                                                   VM_Error **error);

/**
 * Loads a WASI command from memory and runs it. For a reactor, which is not run but called, see VM_ContextInstantiate.
 *
 * @param context the context, in which WASI is registered
 * @param data the module
 * @param size the number of bytes
 * @param exit_code receives the exit code, 0 if the guest returns without one; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * The errors of VM_ModuleLoadFromBuffer and VM_ContextInstantiate, VM_STATUS_NOT_FOUND (no `_start`: not a command), and those
 * of VM_ContextExecute except VM_STATUS_EXIT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRunWasiFromBuffer(VM_Context *context, const uint8_t *data, size_t size,
                                                     int32_t *exit_code, VM_Error **error);

/**
 * Connects the standard input of the guest to that of the process.
 *
 * @param wasi the environment
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiInheritInput(VM_Wasi *wasi, VM_Error **error);

/**
 * Sets the bytes that the guest reads from its standard input. Each context reads them from the beginning.
 *
 * @param wasi the environment
 * @param data copied; may be NULL if size is 0
 * @param size the number of bytes
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_MEMORY
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetInput(VM_Wasi *wasi, const uint8_t *data, size_t size, VM_Error **error);

/**
 * Sets the file that the guest reads as its standard input. Each context opens it for itself.
 *
 * @param wasi the environment
 * @param file the path of the file
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (a directory or a named pipe), VM_STATUS_FILE_NOT_FOUND,
 * VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetInputFile(VM_Wasi *wasi, const char *file, VM_Error **error);

/**
 * Sets the callback that provides the standard input of the guest.
 *
 * @param wasi the environment
 * @param read the callback
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The environment owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetInputCallback(VM_Wasi *wasi, VM_WasiRead read, void *user, VM_Free free_user,
                                                 VM_Error **error);

/**
 * Connects an output stream of the guest to that of the process.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_WasiInheritStream(VM_Wasi *wasi, VM_WasiStream stream, VM_Error **error);

/**
 * Discards what the guest writes to an output stream.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_WasiDiscardStream(VM_Wasi *wasi, VM_WasiStream stream, VM_Error **error);

/**
 * Captures what the guest writes to an output stream in memory. A guest that writes more than the capacity gets the error
 * ENOSPC.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param capacity the maximum number of bytes; 0 for 16 MiB
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_WasiCaptureStream(VM_Wasi *wasi, VM_WasiStream stream, size_t capacity, VM_Error **error);

/**
 * Captures what the guest writes to standard output in memory, up to 16 MiB; VM_WasiGetOutput returns it. Standard error is not
 * changed (use VM_WasiCaptureStream).
 *
 * @param wasi the environment
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiCaptureOutput(VM_Wasi *wasi, VM_Error **error);

/**
 * Writes what the guest writes to an output stream to a file, which is created or truncated now.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param file the path of the file
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a stream, or a named pipe), VM_STATUS_FILE_NOT_FOUND,
 * VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_WasiSetStreamFile(VM_Wasi *wasi, VM_WasiStream stream, const char *file, VM_Error **error);

/**
 * Passes what the guest writes to an output stream to a callback.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param write the callback
 * @param user passed to the callback; may be NULL
 * @param free_user called once with `user` when the callback is no longer needed, also if this call fails; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Ownership
 * The environment owns `user`.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_WasiSetStreamCallback(VM_Wasi *wasi, VM_WasiStream stream, VM_WasiWrite write, void *user,
                                                  VM_Free free_user, VM_Error **error);

/**
 * Sets the reason for the failure of the callback of a stream that is running on this thread: return the result of this function from it.
 * The error with which the guest's call ends contains the text; a guest that gets an error number does not see it.
 *
 * @param status a failure: one of VM_STATUS_*, or a status of your own (VM_STATUS_USER and below)
 * @param text the message, UTF-8, copied; bytes that are not valid are replaced; NULL for none
 * @return `status`
 * @par Errors
 * VM_STATUS_INVALID_ARGUMENT (the status is not a failure), VM_STATUS_WRONG_THREAD (no callback of a stream is running on this thread):
 * the text is then dropped
 * @par Threads
 * [inside a callback only]
 * @since 0.6
 */
VM_API VM_Status VM_CALL VM_WasiFail(VM_Status status, const char *text);

/**
 * Returns the captured standard output. The guest may still be running on another thread.
 *
 * @param wasi the environment; NULL has none
 * @return the bytes; none if nothing was captured
 * @par Ownership
 * The bytes belong to the environment and are valid until the next call for standard output.
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Bytes VM_CALL VM_WasiGetOutput(VM_Wasi *wasi);

/**
 * Returns the captured bytes of an output stream. The guest may still be running on another thread.
 *
 * @param wasi the environment; NULL has none
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @return the bytes; none if nothing was captured or the stream does not exist
 * @par Ownership
 * The bytes belong to the environment and are valid until the next call for the same stream.
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Bytes VM_CALL VM_WasiGetCaptured(VM_Wasi *wasi, VM_WasiStream stream);

/**
 * Returns whether a guest tried to write more to a captured stream than its capacity.
 *
 * @param wasi the environment; NULL has none
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @return true if bytes are missing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API bool VM_CALL VM_WasiIsTruncated(const VM_Wasi *wasi, VM_WasiStream stream);

/**
 * Says that the callback of a standard stream can go on after it has answered VM_STATUS_PENDING: all guests with this environment that
 * wait for it are woken, and call it again. A notice that comes while the callback runs is not lost.
 *
 * @param wasi the environment; keep it as long as its callbacks answer VM_STATUS_PENDING
 * @param stream VM_WASI_STDIN, VM_WASI_STDOUT or VM_WASI_STDERR
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, also when no guest waits; otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (not a stream)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_WasiNotify(VM_Wasi *wasi, VM_WasiStream stream, VM_Error **error);

/** @} */

/**
 * @defgroup event_loop Loop
 *
 * An event loop calls functions when a descriptor is ready, when a timer is due, or when another thread posts them. They run on the
 * thread that runs the loop: a program that has no loop of its own calls VM_LoopRunOnce again and again; one that has adds
 * VM_LoopGetHandle to what it waits for, or lets libvm use its loop (VM_LoopCreateOnHost). VM_PluginRegistrySetLoop offers the loop to
 * plug-ins, which find it as the service `libvm.loop/1`.
 *
 * All functions except those that run a round may be called on any thread, and in callbacks: there a watch or timer may end itself
 * or others, and the loop may be deleted. When VM_LoopUnwatch, VM_LoopCancelTimer or VM_LoopDelete returns, the callback is not
 * called any more; if it is running on another thread, they wait until it has returned, so do not hold a lock that it takes. A
 * callback that ends itself goes on. `free_user` is called exactly once, after the last call.
 * @{
 */

/**
 * Creates an event loop that waits with the system's interface: epoll, kqueue, event ports or I/O completion ports.
 *
 * @param loop receives the loop; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_IO (the process has too many descriptors)
 * @par Ownership
 * The caller owns it and frees it with VM_LoopDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopCreate(VM_Loop **loop, VM_Error **error);

/**
 * Deletes an event loop: its watches and timers end, and what was posted is not called. Plug-ins that still use it get
 * VM_STATUS_STALE.
 *
 * @param loop the loop; NULL does nothing
 * @par Threads
 * [thread-safe]: also in its own callbacks; not while another thread runs it
 * @since 0.3
 */
VM_API void VM_CALL VM_LoopDelete(VM_Loop *loop);

/**
 * Runs a round of an event loop: waits until something is due, and calls the functions that are. What these post or start is due in
 * the next round. In a loop on the host's own loop it does not wait.
 *
 * @param loop the loop
 * @param timeout_ms milliseconds to wait at most; 0 not to wait, UINT64_MAX for no bound
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, also when nothing was due; otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY (another thread runs it), VM_STATUS_REENTRANT (in a callback of it), VM_STATUS_IO
 * @par Threads
 * [one thread per object]: this thread calls the callbacks; a second thread gets VM_STATUS_BUSY
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopRunOnce(VM_Loop *loop, uint64_t timeout_ms, VM_Error **error);

/**
 * Returns a descriptor that is readable when VM_LoopRunOnce has something to do: a watched descriptor is ready, a timer is due, or
 * something was posted. Only wait for it, with poll, epoll, select or another loop, and then call VM_LoopRunOnce with 0.
 *
 * @param loop the loop; may be NULL
 * @return the descriptor, which belongs to the loop; -1 for NULL, where the system has none (other than Linux), and for a loop on the
 *         host's own loop: see VM_LoopGetTimeout
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API int64_t VM_CALL VM_LoopGetHandle(const VM_Loop *loop);

/**
 * Returns the time until the next timer is due, or something that was posted.
 *
 * @param loop the loop; may be NULL
 * @return milliseconds, rounded up; 0 if something is due; UINT64_MAX if there is none, and for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API uint64_t VM_CALL VM_LoopGetTimeout(const VM_Loop *loop);

/**
 * Watches a descriptor: `callback` is called in each round in which it is ready, until the watch is ended. A descriptor may be watched
 * several times. End its watches before closing it: otherwise they may see another one that gets its number.
 *
 * @param loop the loop
 * @param fd a file descriptor that the system can wait for: socket, pipe, terminal, …; on Windows a SOCKET
 * @param events VM_LOOP_READABLE, VM_LOOP_WRITABLE, both, or 0 for a watch that pauses. A descriptor with an error, or whose other side
 *        was closed, counts as ready
 * @param callback the function
 * @param user passed to the function; may be NULL
 * @param free_user frees `user` when the watch has ended; may be NULL
 * @param id receives the number of the watch, never 0; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (unknown events, or not an open descriptor), VM_STATUS_UNSUPPORTED (a file or
 * directory, for which the system does not wait), VM_STATUS_IO
 * @par Ownership
 * `user` is freed also if the call fails.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopWatch(VM_Loop *loop, int64_t fd, VM_LoopEvents events, VM_LoopWatchCallback callback,
                                      void *user, VM_Free free_user, uint64_t *id, VM_Error **error);

/**
 * Changes the events of a watch.
 *
 * @param loop the loop
 * @param id the number of the watch
 * @param events as in VM_LoopWatch
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_STALE (the watch was ended), and those of VM_LoopWatch
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopModifyWatch(VM_Loop *loop, uint64_t id, VM_LoopEvents events, VM_Error **error);

/**
 * Ends a watch.
 *
 * @param loop the loop
 * @param id the number of the watch
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE (the watch was ended)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopUnwatch(VM_Loop *loop, uint64_t id, VM_Error **error);

/**
 * Starts a timer: `callback` is called after some time, once or repeatedly. A repeating timer that was missed is called once, not
 * several times.
 *
 * @param loop the loop
 * @param first_ms milliseconds until the first call; 0 for the next round
 * @param repeat_ms milliseconds between the calls; 0 for a timer that is called once
 * @param callback the function
 * @param user passed to the function; may be NULL
 * @param free_user frees `user` when the timer has ended; may be NULL
 * @param id receives the number of the timer, never 0; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * `user` is freed also if the call fails.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopStartTimer(VM_Loop *loop, uint64_t first_ms, uint64_t repeat_ms,
                                           VM_LoopTimerCallback callback, void *user, VM_Free free_user, uint64_t *id,
                                           VM_Error **error);

/**
 * Cancels a timer.
 *
 * @param loop the loop
 * @param id the number of the timer
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE (it has run, or was cancelled)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopCancelTimer(VM_Loop *loop, uint64_t id, VM_Error **error);

/**
 * Calls a function once on the thread that runs the loop, in its next round: the way for other threads to get there. Functions are
 * called in the order in which they were posted.
 *
 * @param loop the loop
 * @param callback the function
 * @param user passed to the function; may be NULL
 * @param free_user frees `user` after the call, or when the loop is deleted before; may be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * `user` is freed also if the call fails.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopPost(VM_Loop *loop, VM_LoopPostCallback callback, void *user, VM_Free free_user,
                                     VM_Error **error);

/**
 * Sets the event loop that plug-ins of a registry use with the service `libvm.loop/1`. Without one the functions of the service return
 * VM_STATUS_UNSUPPORTED. Set it before loading plug-ins: they may need it when they start.
 *
 * @param registry the registry
 * @param loop the loop; it may be deleted before the registry
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (the registry has another loop)
 * @par Ownership
 * What a plug-in has left in the loop ends before its `cleanup` is called.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetLoop(VM_PluginRegistry *registry, VM_Loop *loop, VM_Error **error);

/**
 * Creates an event loop that runs in the host's own loop. The host calls VM_LoopRunOnce with 0 when `wake` or the timer asks for it, and
 * VM_LoopReport when a descriptor is ready. Where the host's loop can wait for a descriptor, VM_LoopCreate and VM_LoopGetHandle are
 * simpler.
 *
 * @param host the functions of the host's loop; copied
 * @param user passed to the functions; may be NULL
 * @param free_user frees `user` when the loop is deleted: then no function is called any more; may be NULL
 * @param loop receives the loop; must not be NULL
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT (also for a missing function), VM_STATUS_INVALID_ARGUMENT (the size of the struct)
 * @par Ownership
 * The caller owns it and frees it with VM_LoopDelete. `user` is freed also if the call fails.
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopCreateOnHost(const VM_LoopHost *host, void *user, VM_Free free_user, VM_Loop **loop,
                                             VM_Error **error);

/**
 * Reports that a descriptor is ready, in a loop on the host's own loop, and runs a round. A descriptor that stays ready is reported
 * again and again.
 *
 * @param loop the loop
 * @param fd the descriptor; nothing happens for one that is not watched
 * @param events the events that have come; for an error or a closed other side both
 * @param error receives the error on failure; may be NULL
 * @return VM_STATUS_OK on success, otherwise an error
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the loop waits by itself), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per object]: as VM_LoopRunOnce
 * @since 0.3
 */
VM_API VM_Status VM_CALL VM_LoopReport(VM_Loop *loop, int64_t fd, VM_LoopEvents events, VM_Error **error);

/** @} */

#ifdef __cplusplus
}
#endif

#endif
