/**
 * @file libvm.h
 * libvm: run WebAssembly, and extend programs with plug-ins.
 *
 * An engine (VM_Engine) compiles and runs; a module (VM_Module) is compiled wasm; a context (VM_Context) is where instances
 * of modules run, with the host modules, plug-ins and WASI that they import. A program that only wants to run something
 * needs VM_EngineCreate, VM_ContextCreate and VM_ContextRunWasmFromFile.
 *
 * Errors: a function that can fail returns a VM_Status, 0 for success and negative for a failure, and takes a `VM_Error **`
 * as its last parameter. It may be NULL. It is written only on failure, and then owned by the caller (VM_ErrorDelete).
 * A NULL object or required pointer is VM_STATUS_NULL_ARGUMENT, a text that is not UTF-8 VM_STATUS_BAD_UTF8, for every
 * function. An array given as (NULL, 0) is empty.
 *
 * Ownership: what a `…Create`, `…Load…` or an `…Open` gives belongs to the caller, who gives it back with the `…Delete` of its type;
 * `…Delete(NULL)` does nothing. What a `…Get…` gives stays with its object. Objects may be deleted in any order, on any thread:
 * children keep what they need of their parents. That a deleted object is not used again is the caller's promise.
 * A `free_…` function runs exactly once, also when the call fails, on the thread of the last release.
 *
 * Handles: functions, memories, tables, globals and instances of a context are small values. One that is of another context
 * or of something removed is refused (VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE).
 *
 * Threads: [thread-safe] functions may be called on any thread at any time. [one thread per context]: any thread, but one
 * at a time for a context; a second one gets VM_STATUS_BUSY, a call from inside the context's own callback
 * VM_STATUS_REENTRANT (use the VM_Caller there). [one thread per object]: likewise for the object, unchecked.
 *
 * `fork()`: a child may call exec at any time. It may also make its own engine and use libvm, whatever the other threads of its
 * parent were doing; plug-ins it loads safely when none was being loaded by another thread at that moment. Objects that the parent
 * made may only be used in the child when no other thread was in libvm at the fork, and never those with a state file or of a
 * thread-affine plug-in; those that the child does not use are not deleted by it. A child ends with `_exit`.
 *
 * Text for persons (VM_ErrorGetMessage, lines of reports, the log) has no control characters but newlines between the lines of a
 * message: in names of wasm and files they are escaped as in `\\n` and `\\u{1b}`, and long names are shortened. What
 * VM_ErrorGetModuleName, VM_ErrorGetPath and other getters return is as it was found: escape it before showing it.
 */
/* Written by `cargo xtask header` from src/capi: change it there. */
#ifndef LIBVM_H
#define LIBVM_H

#include <libvm/types.h>

/** The major version of this header. */
#define VM_VERSION_MAJOR 0
/** The minor version of this header. */
#define VM_VERSION_MINOR 2
/** The patch version of this header. */
#define VM_VERSION_PATCH 0
/** The version of this header as a number; VM_VersionGetNumber gives the library's. */
#define VM_VERSION_NUMBER (VM_VERSION_MAJOR * 1000000 + VM_VERSION_MINOR * 1000 + VM_VERSION_PATCH)
/** The version of this header; VM_VersionGetString gives the library's. */
#define VM_VERSION_STRING "0.2.0"

#ifdef __cplusplus
extern "C" {
#endif

/** An error. */
typedef struct VM_Error VM_Error;

/** What compiles and runs modules. */
typedef struct VM_Engine VM_Engine;

/** What an engine is made from. */
typedef struct VM_EngineConfig VM_EngineConfig;

/** The type of a function. */
typedef struct VM_FuncType VM_FuncType;

/** A module that was loaded. */
typedef struct VM_Module VM_Module;

/** A module of the host. */
typedef struct VM_HostModule VM_HostModule;

/** A context. */
typedef struct VM_Context VM_Context;

/** What a context is made from. */
typedef struct VM_ContextConfig VM_ContextConfig;

/** What a context offered when the list was made. */
typedef struct VM_ImportList VM_ImportList;

/** A plug-in that a registry has loaded. */
typedef struct VM_Plugin VM_Plugin;

/** A set of loaded plug-ins with a policy and directories. */
typedef struct VM_PluginRegistry VM_PluginRegistry;

/** The result of a load call: a line for every candidate. */
typedef struct VM_PluginReport VM_PluginReport;

/** What a file holds. It is never changed. */
typedef struct VM_PluginInspection VM_PluginInspection;

/** What a configuration file says. It is never changed. */
typedef struct VM_Config VM_Config;

/** What a guest is given of the world outside. */
typedef struct VM_Wasi VM_Wasi;

typedef struct VM_Instance VM_Instance;
typedef struct VM_Func VM_Func;
typedef struct VM_Memory VM_Memory;
typedef struct VM_Table VM_Table;
typedef struct VM_Global VM_Global;

/**
 * @defgroup version Version
 * @{
 */

/**
 * Gives the version of the library that is running, as in "0.2.0".
 *
 * @return a text that lives as long as the process
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_VersionGetString(void);

/**
 * Gives the version of the library that is running as a number, to compare with VM_VERSION_NUMBER of the header.
 *
 * @return major * 1000000 + minor * 1000 + patch
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API uint32_t VM_CALL VM_VersionGetNumber(void);

/** @} */

/**
 * @defgroup error Error
 *
 * What went wrong: a status for the program, a message for a person, and what else applies.
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
    VM_TRAP_OUT_OF_FUEL = 10,          /**< The fuel is used up. */
    VM_TRAP_GROWTH_LIMITED = 11,       /**< A limit forbade the guest to grow. */
    VM_TRAP_HOST_FUNCTION = 12,        /**< A host function failed. */
    VM_TRAP_OUT_OF_MEMORY = 13         /**< The system had no memory. */
};

/**
 * Gives the name of a status, as in "VM_STATUS_OK".
 *
 * @param status a status
 * @return a text that lives as long as the process; "VM_STATUS_UNKNOWN" for a number that is no status
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_StatusGetName(VM_Status status);

/**
 * Gives the status of an error.
 *
 * @param error the error; NULL is no error
 * @return a negative status, or VM_STATUS_OK for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ErrorGetStatus(const VM_Error *error);

/**
 * Gives the message of an error: what was asked, what was found, and what to do.
 *
 * @param error the error; NULL is no error
 * @return UTF-8, never NULL; "" for NULL
 * @par Ownership
 * The text lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetMessage(const VM_Error *error);

/**
 * Tells whether the same call may work later.
 *
 * @param error the error; NULL is no error
 * @return whether it may be retried
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API bool VM_CALL VM_ErrorIsRetryable(const VM_Error *error);

/**
 * Tells why the guest trapped.
 *
 * @param error the error; NULL is no error
 * @return the trap code; VM_TRAP_NONE when it was no trap
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_TrapCode VM_CALL VM_ErrorGetTrapCode(const VM_Error *error);

/**
 * Gives the code with which the guest left through `proc_exit`.
 *
 * @param error the error; NULL is no error
 * @return the exit code of an error with VM_STATUS_EXIT, else -1
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API int32_t VM_CALL VM_ErrorGetExitCode(const VM_Error *error);

/**
 * Names the wasm module that the error is about.
 *
 * @param error the error; NULL is no error
 * @return UTF-8, or NULL when it is about none
 * @par Ownership
 * The text lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetModuleName(const VM_Error *error);

/**
 * Names the function that the error is about.
 *
 * @param error the error; NULL is no error
 * @return UTF-8, or NULL when it is about none
 * @par Ownership
 * The text lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetFunctionName(const VM_Error *error);

/**
 * Names the plug-in that the error is about.
 *
 * @param error the error; NULL is no error
 * @return UTF-8, or NULL when it is about none
 * @par Ownership
 * The text lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetPluginName(const VM_Error *error);

/**
 * Names the file or directory that the error is about.
 *
 * @param error the error; NULL is no error
 * @return UTF-8, or NULL when it is about none
 * @par Ownership
 * The text lives as long as the error.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_ErrorGetPath(const VM_Error *error);

/**
 * Gives the system's own number of an error: errno, or GetLastError of Windows.
 *
 * @param error the error; NULL is no error
 * @return the number, or 0 when the system had no part in it
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API int32_t VM_CALL VM_ErrorGetOsError(const VM_Error *error);

/**
 * Deletes an error and its texts.
 *
 * @param error the error; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_ErrorDelete(VM_Error *error);

/** @} */

/**
 * @defgroup log Log
 *
 * Lines that libvm and plug-ins write. Nothing is printed unless a callback is set.
 * @{
 */

/**
 * Gets a line of the log: `user`, the level, the source ("libvm", a plug-in's name, or "<plug-in>/<context>" from a context that has
 * a name), the text. Both texts are UTF-8 and good
 * until it returns. It may be called on any thread, on several at once.
 */
typedef void (VM_CALL *VM_LogCallback)(void *user, VM_LogLevel level, const char *source, const char *text);

/**
 * Sets who gets the lines of the log: those of contexts without a log of their own, and those that no context writes.
 *
 * @param level the least important level that is wanted, VM_LOG_*
 * @param callback gets the lines; NULL for nobody
 * @param user given to the callback; may be NULL
 * @param free_user called once with `user` when the callback is needed no more, also when this fails; NULL for none
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_INVALID_ARGUMENT (no such level)
 * @par Ownership
 * `user` belongs to the log from now on.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_LogSetCallback(VM_LogLevel level, VM_LogCallback callback, void *user, VM_Free free_user,
                                           VM_Error **error);

/**
 * Sets who gets the lines of one context, in the place of the process's log.
 *
 * @param context the context
 * @param level the least important level that is wanted, VM_LOG_*
 * @param callback gets the lines; NULL for the process's log
 * @param user given to the callback; may be NULL
 * @param free_user called once with `user` when the callback is needed no more, also when this fails; NULL for none
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (no such level), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * `user` belongs to the context from now on.
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
 * What validates, translates and runs modules. One for a program is enough; several share nothing.
 * @{
 */

/** A proposal to WebAssembly that an engine can have on or off. */
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

/** When functions are translated to the interpreter's code. Every mode validates the whole module when it is loaded. */
typedef int32_t VM_Compilation;

enum {
    VM_COMPILATION_LAZY = 0,  /**< Each function on its first call. The default. */
    VM_COMPILATION_EAGER = 1  /**< All of them when the module is loaded. */
};

/**
 * Makes a configuration with the defaults.
 *
 * @param config gets the configuration; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The caller's: VM_EngineConfigDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigCreate(VM_EngineConfig **config, VM_Error **error);

/**
 * Turns a proposal on or off.
 *
 * @param config the configuration
 * @param proposal VM_PROPOSAL_*
 * @param enabled whether modules may use it
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (no such proposal), VM_STATUS_UNSUPPORTED (not in this build)
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetProposal(VM_EngineConfig *config, VM_Proposal proposal, bool enabled,
                                                    VM_Error **error);

/**
 * Sets when functions are translated.
 *
 * @param config the configuration
 * @param compilation VM_COMPILATION_*
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetCompilation(VM_EngineConfig *config, VM_Compilation compilation,
                                                       VM_Error **error);

/**
 * Sets how many bytes of stack the calls of a guest may use together; the default is 16 MiB. The memory is allocated as needed. A
 * guest that needs more traps with VM_TRAP_STACK_OVERFLOW; how many bytes a call takes depends on the engine.
 *
 * @param config the configuration
 * @param bytes how many bytes, 4 KiB to 1 GiB
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetStackSize(VM_EngineConfig *config, size_t bytes, VM_Error **error);

/**
 * Sets how many calls of a guest may be nested; the default is 65,536. A guest that nests more traps with VM_TRAP_STACK_OVERFLOW,
 * and may do so earlier: each engine also limits the stack (VM_EngineConfigSetStackSize), and need not count exactly. Calls
 * between host and guest have a limit of their own (VM_STATUS_RECURSION_LIMIT), which this does not change.
 *
 * @param config the configuration
 * @param calls how many calls, 1 to 16,777,216
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetRecursionDepth(VM_EngineConfig *config, size_t calls, VM_Error **error);

/**
 * Sets how deeply the blocks of a function may be nested; the default is 32,768. A module with a function that exceeds the limit is
 * refused when it is loaded (VM_STATUS_LIMIT), as with the three limits below: they bound the memory that validating and
 * translating a module takes.
 *
 * @param config the configuration
 * @param depth 0 to 16,777,216
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_EngineConfigSetFunctionLimit(VM_EngineConfig *config, size_t count, VM_Error **error);

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
 * Makes an engine.
 *
 * @param config what to make it from, copied; NULL for the defaults
 * @param engine gets the engine; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (options that contradict each other)
 * @par Ownership
 * The caller's: VM_EngineDelete. Modules and contexts keep what they need of it.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_EngineCreate(const VM_EngineConfig *config, VM_Engine **engine, VM_Error **error);

/**
 * Deletes an engine; its modules and contexts live on.
 *
 * @param engine the engine; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_EngineDelete(VM_Engine *engine);

/** @} */

/**
 * @defgroup types Types
 *
 * Types of functions, memories, tables and globals.
 * @{
 */

/** What kind of thing is imported or exported. */
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
 * Makes the type of a function.
 *
 * @param params types of the parameters, VM_VALTYPE_*; may be NULL when param_count is 0
 * @param param_count how many; at most 1000
 * @param results types of the results, VM_VALTYPE_*; may be NULL when result_count is 0
 * @param result_count how many; at most 1000
 * @param type gets the type; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (no type of wasm, or too many)
 * @par Ownership
 * The caller's: VM_FuncTypeDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_FuncTypeCreate(const VM_ValType *params, size_t param_count, const VM_ValType *results,
                                           size_t result_count, VM_FuncType **type, VM_Error **error);

/**
 * Gives the types of a function's parameters.
 *
 * @param type the type; NULL has none
 * @param count gets how many; not NULL
 * @return the first of `count` types, VM_VALTYPE_*
 * @par Ownership
 * The array stays with the type.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_ValType *VM_CALL VM_FuncTypeGetParams(const VM_FuncType *type, size_t *count);

/**
 * Gives the types of a function's results.
 *
 * @param type the type; NULL has none
 * @param count gets how many; not NULL
 * @return the first of `count` types, VM_VALTYPE_*
 * @par Ownership
 * The array stays with the type.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const VM_ValType *VM_CALL VM_FuncTypeGetResults(const VM_FuncType *type, size_t *count);

/**
 * Deletes a function type that VM_FuncTypeCreate or VM_FuncTypeCreateFromFunc gave.
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
 * Compiled wasm: shared by any number of threads and contexts, bound to its engine.
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
 * @param engine the engine to bind it to
 * @param path of a file in the binary format (or the text format, in builds that read it)
 * @param module gets the module; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_BAD_MODULE,
 * VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT
 * @par Ownership
 * The caller's: VM_ModuleDelete. The file is not needed afterwards.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ModuleLoadFromFile(VM_Engine *engine, const char *path, VM_Module **module,
                                               VM_Error **error);

/**
 * Loads and validates a module from memory.
 *
 * @param engine the engine to bind it to
 * @param data the binary format (or the text format, in builds that read it)
 * @param size how many bytes
 * @param module gets the module; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_MODULE, VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT
 * @par Ownership
 * The module is the caller's: VM_ModuleDelete. The bytes are not needed afterwards.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ModuleLoadFromBuffer(VM_Engine *engine, const uint8_t *data, size_t size,
                                                 VM_Module **module, VM_Error **error);

/**
 * Validates a module and keeps nothing of it.
 *
 * @param engine the engine whose proposals count
 * @param data the binary format (or the text format, in builds that read it)
 * @param size how many bytes
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK when it is valid, or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_MODULE, VM_STATUS_TEXT_FORMAT, VM_STATUS_LIMIT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ModuleValidate(const VM_Engine *engine, const uint8_t *data, size_t size, VM_Error **error);

/**
 * Tells how many imports a module has.
 *
 * @param module the module; NULL has none
 * @return how many
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
 * Tells how many exports a module has.
 *
 * @param module the module; NULL has none
 * @return how many
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
 * Tells how many custom sections a module has.
 *
 * @param module the module; NULL has none
 * @return how many
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
 * Deletes a module; its instances stay valid. The engine may keep memory for the translated code until the engine itself and all
 * its modules and contexts are deleted: a program that keeps loading other modules should create a new engine from time to time.
 *
 * @param module the module; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_ModuleDelete(VM_Module *module);

/** @} */

/**
 * @defgroup host Host module
 *
 * Functions, memories, tables and globals of the host, for wasm to import. It can be registered in any number of contexts,
 * of any engine, on any thread; registering seals it.
 * @{
 */

/**
 * Makes an empty host module.
 *
 * @param name the module name that imports use, UTF-8, copied
 * @param module gets the module; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8
 * @par Ownership
 * The caller's: VM_HostModuleDelete, also right after registering.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleCreate(const char *name, VM_HostModule **module, VM_Error **error);

/**
 * Adds a function whose type is given as a signature string.
 *
 * @param module the host module
 * @param name of the function, UTF-8, copied
 * @param signature parameters in parentheses, then results, as in "(ii)i": `i I f F v` for i32 i64 f32 f64 v128, `r`
 *        externref, `c` funcref; as parameters also `<~` (read), `>~` (written), `*~` (both) for a buffer in the guest's
 *        memory, two parameters of wasm, and `$` for a guest string that ends with NUL: the callback gets a VM_Buffer
 * @param callback what is called; it may be called on every thread that uses a context with this module
 * @param user given to the callback; may be NULL
 * @param free_user called once with `user` when the function is needed no more, also when this fails; NULL for none
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_BAD_SIGNATURE, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Ownership
 * `user` belongs to the function from now on.
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
 * @param name of the function, UTF-8, copied
 * @param type of the function, copied
 * @param callback what is called; it may be called on every thread that uses a context with this module
 * @param user given to the callback; may be NULL
 * @param free_user called once with `user` when the function is needed no more, also when this fails; NULL for none
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Ownership
 * `user` belongs to the function from now on.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddFunctionWithType(VM_HostModule *module, const char *name,
                                                          const VM_FuncType *type, VM_Callback callback, void *user,
                                                          VM_Free free_user, VM_Error **error);

/**
 * Adds a linear memory. Each context gets one of its own when something first imports it.
 *
 * @param module the host module
 * @param name of the memory, UTF-8, copied
 * @param type of the memory, copied
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddMemory(VM_HostModule *module, const char *name, const VM_MemoryType *type,
                                                VM_Error **error);

/**
 * Adds a table of null references. Each context gets one of its own when something first imports it.
 *
 * @param module the host module
 * @param name of the table, UTF-8, copied
 * @param type of the table, copied
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_WRONG_TYPE (no reference type), VM_STATUS_ALREADY_EXISTS,
 * VM_STATUS_SEALED
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddTable(VM_HostModule *module, const char *name, const VM_TableType *type,
                                               VM_Error **error);

/**
 * Adds a global. Each context gets one of its own when something first imports it.
 *
 * @param module the host module
 * @param name of the global, UTF-8, copied
 * @param type of the global, copied
 * @param value its first value, copied; a reference must be null
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_WRONG_TYPE, VM_STATUS_ALREADY_EXISTS, VM_STATUS_SEALED
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_HostModuleAddGlobal(VM_HostModule *module, const char *name, const VM_GlobalType *type,
                                                const VM_Value *value, VM_Error **error);

/**
 * Deletes a host module; contexts in which it is registered keep what they need of it.
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
 * Where instances of modules run, with the host modules, plug-ins and WASI that they import. It is used by one thread at a
 * time and may move between threads.
 * @{
 */

/** What kind of provider something comes from. */
typedef int32_t VM_Provider;

enum {
    VM_PROVIDER_HOST_MODULE = 0, /**< A host module. */
    VM_PROVIDER_PLUGIN = 1,      /**< A plug-in. */
    VM_PROVIDER_INSTANCE = 2,    /**< An instance of a wasm module. */
    VM_PROVIDER_WASI = 3         /**< WASI. */
};

/** Something that guests of a context can import. It may grow at its end: check later fields with VM_HAS. */
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
} VM_ImportOffer;

/**
 * Makes an empty context.
 *
 * @param engine the engine to run on
 * @param config what to make it from, copied; NULL for the defaults
 * @param context gets the context; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The caller's: VM_ContextDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextCreate(VM_Engine *engine, const VM_ContextConfig *config, VM_Context **context,
                                          VM_Error **error);

/**
 * Deletes a context with all that runs in it. One that is in use, also by the caller's own callback, is marked as closing
 * and deleted when that use ends.
 *
 * @param context the context; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_ContextDelete(VM_Context *context);

/**
 * Gives the id of a context, which its handles and references carry.
 *
 * @param context the context; NULL has none
 * @return the id, never 0; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API uint64_t VM_CALL VM_ContextGetId(const VM_Context *context);

/**
 * Gives the context a pointer of the host, which callbacks get with VM_CallerGetContextData. What it had before is freed.
 *
 * @param context the context
 * @param data any pointer
 * @param free_data called once with `data`, when the context gets other data or is deleted, and also if this function fails; NULL for none
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * `data` belongs to the context from now on.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextSetData(VM_Context *context, void *data, VM_Free free_data, VM_Error **error);

/**
 * Gives the pointer that VM_ContextSetData set.
 *
 * @param context the context
 * @param data gets the pointer, NULL when none was set; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The data stays the context's.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextGetData(const VM_Context *context, void **data, VM_Error **error);

/**
 * Registers a host module, which seals it.
 *
 * @param context the context
 * @param module the host module; it may be deleted afterwards
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS (another provider of the module name has one of the items: the message
 * names both), VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterModule(VM_Context *context, VM_HostModule *module, VM_Error **error);

/**
 * Instantiates a wasm module whose exports others import under a name. Start function and `_initialize` run as with
 * VM_ContextInstantiate.
 *
 * @param context the context
 * @param name the module name that imports use, UTF-8, copied
 * @param module the module, of the context's engine; it may be deleted afterwards
 * @param instance gets the instance; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_ALREADY_EXISTS, and those of VM_ContextInstantiate
 * @par Ownership
 * The instance stays with the context.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterWasm(VM_Context *context, const char *name, const VM_Module *module,
                                                VM_Instance *instance, VM_Error **error);

/**
 * Lets others import the exports of an instance under a name; an instance can have several.
 *
 * @param context the context
 * @param name the module name that imports use, UTF-8, copied
 * @param instance the instance
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * If the module is a reactor, its `_initialize` is called too, once and before this returns: do not call it again. A reactor
 * exports a function `_initialize` that takes and gives nothing, and no `_start`; compilers make one with options such as
 * `-mexec-model=reactor`. If the start function or `_initialize` fails, there is no instance, but what it has written to imported memories,
 * tables and globals stays, as WebAssembly has it; its memory is freed with the context or by VM_ContextReset. All other failures leave
 * nothing behind.
 *
 * @param context the context
 * @param module the module, of the context's engine; it may be deleted afterwards
 * @param instance gets the instance; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT (another engine's module), VM_STATUS_UNRESOLVED_IMPORT (the message lists
 * the first 20), VM_STATUS_INCOMPATIBLE_IMPORT, VM_STATUS_INSTANTIATION, VM_STATUS_LIMIT (VM_ContextReset frees what earlier
 * instances took), VM_STATUS_OUT_OF_MEMORY, VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Ownership
 * The instance stays with the context.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextInstantiate(VM_Context *context, const VM_Module *module, VM_Instance *instance,
                                               VM_Error **error);

/**
 * Calls a function that an instance exports.
 *
 * @param context the context
 * @param instance the instance
 * @param name of the export, UTF-8
 * @param args arguments; may be NULL when arg_count is 0
 * @param arg_count how many; as many as the function has
 * @param results gets the results; may be the array of args, and NULL when result_count is 0
 * @param result_count how many; as many as the function has
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT,
 * VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BAD_ANSWER, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT, and what a host function fails with
 * @par Ownership
 * References in the results are the caller's: VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextExecute(VM_Context *context, VM_Instance instance, const char *name,
                                           const VM_Value *args, size_t arg_count, VM_Value *results,
                                           size_t result_count, VM_Error **error);

/**
 * Loads a module from a file, instantiates it and calls one of its exports.
 *
 * @param context the context
 * @param path of the wasm file
 * @param name of the export, UTF-8
 * @param args arguments; may be NULL when arg_count is 0
 * @param arg_count how many; as many as the function has
 * @param results gets the results; may be the array of args, and NULL when result_count is 0
 * @param result_count how many; as many as the function has
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_ModuleLoadFromFile, VM_ContextInstantiate and VM_ContextExecute
 * @par Ownership
 * References in the results are the caller's: VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRunWasmFromFile(VM_Context *context, const char *path, const char *name,
                                                   const VM_Value *args, size_t arg_count, VM_Value *results,
                                                   size_t result_count, VM_Error **error);

/**
 * Loads a module from memory, instantiates it and calls one of its exports.
 *
 * @param context the context
 * @param data the wasm
 * @param size how many bytes
 * @param name of the export, UTF-8
 * @param args arguments; may be NULL when arg_count is 0
 * @param arg_count how many; as many as the function has
 * @param results gets the results; may be the array of args, and NULL when result_count is 0
 * @param result_count how many; as many as the function has
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_ModuleLoadFromBuffer, VM_ContextInstantiate and VM_ContextExecute
 * @par Ownership
 * References in the results are the caller's: VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRunWasmFromBuffer(VM_Context *context, const uint8_t *data, size_t size,
                                                     const char *name, const VM_Value *args, size_t arg_count,
                                                     VM_Value *results, size_t result_count, VM_Error **error);

/**
 * Makes a configuration with the defaults: no name, no limits but those of the engine.
 *
 * @param config gets the configuration; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The caller's: VM_ContextConfigDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigCreate(VM_ContextConfig **config, VM_Error **error);

/**
 * Names the context: contexts of one name share the state that plug-ins keep, one without a name has its own.
 *
 * @param config the configuration
 * @param name UTF-8, copied, not empty; NULL for none
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (an empty name)
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetName(VM_ContextConfig *config, const char *name, VM_Error **error);

/**
 * Limits what all linear memories of the context take together. A guest that wants more gets -1 from `memory.grow`, and a
 * module that needs more to begin with VM_STATUS_LIMIT.
 *
 * @param config the configuration
 * @param bytes the greatest sum
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetMemoryLimit(VM_ContextConfig *config, uint64_t bytes, VM_Error **error);

/**
 * Limits how many elements all tables of the context have together; the default is 10,000,000.
 *
 * @param config the configuration
 * @param elements the greatest sum
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetTableLimit(VM_ContextConfig *config, uint64_t elements, VM_Error **error);

/**
 * Limits how many instances, and how many memories and tables, the context ever has, those that failed or were removed included; the
 * default is 10,000 each. VM_ContextReset begins to count anew.
 *
 * @param config the configuration
 * @param count the greatest number
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextConfigSetInstanceLimit(VM_ContextConfig *config, size_t count, VM_Error **error);

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
 * Lists what guests of a context can import, and from which provider: host modules, plug-ins, registered instances and WASI, in
 * order of registration.
 *
 * @param context the context
 * @param list gets the list; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The caller's: VM_ImportListDelete. It does not change with the context.
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_ContextListImports(VM_Context *context, VM_ImportList **list, VM_Error **error);

/**
 * Returns how many items a list has.
 *
 * @param list the list; NULL has none
 * @return how many
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
 * @return the item; NULL past the end
 * @par Ownership
 * It belongs to the list, and lives as long.
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API const VM_ImportOffer *VM_CALL VM_ImportListGet(const VM_ImportList *list, size_t index);

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
 * Resets a context to what it was before anything ran in it, so that the next user of it finds nothing of the last one.
 *
 * All handles and references of the context become stale. Its instances, memories, tables, globals and references are freed,
 * WASI's files are closed and its captured output is cleared, instances of plug-ins are destroyed (and created anew when a
 * guest imports from the plug-in again). The context keeps its id and data (VM_ContextSetData), host modules, plug-ins, WASI,
 * options, permissions and limits. Modules registered with VM_ContextRegisterWasm are instantiated anew, in order of
 * registration; instances registered with VM_ContextRegisterInstance are not.
 *
 * Output that is captured by an environment which several contexts share is cleared for all of them.
 *
 * @param context the context
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT (from inside a callback of the context): nothing is reset. Those
 * of VM_ContextInstantiate, when a registered module cannot be instantiated anew: the context is reset nevertheless, and guests
 * that import from that module are refused with the reason.
 * @par Threads
 * [one thread per context]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_ContextReset(VM_Context *context, VM_Error **error);

/** @} */

/**
 * @defgroup instance Instance
 *
 * An instantiated module. Looking an export up gives a handle, which is good until the instance is removed; calling through
 * a handle spares the look-up.
 * @{
 */

/** An instance of a module in a context. */
struct VM_Instance {
    /** The context's id. */
    uint64_t context;
    /** Index in the context's root table. */
    uint32_t slot;
    /** Tells a slot's uses apart. */
    uint32_t generation;
};

/**
 * Tells how many instances a context has.
 *
 * @param context the context; NULL has none
 * @return how many; 0 also when the context is in use elsewhere
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_ContextGetInstanceCount(const VM_Context *context);

/**
 * Gives an instance of a context.
 *
 * @param context the context
 * @param index from 0, in the order in which they were made
 * @param instance gets the instance; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @param name as given to VM_ContextRegisterWasm or VM_ContextRegisterInstance
 * @param instance gets the instance; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextFindInstance(const VM_Context *context, const char *name, VM_Instance *instance,
                                                VM_Error **error);

/**
 * Removes an instance: its names are free again, and its handles and those of its exports are stale. Instances that import
 * from it keep working. Its memory is freed when no instance uses
 * it any more or later, at the latest when the context is reset or deleted.
 *
 * @param context the context
 * @param instance the instance
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRemoveInstance(VM_Context *context, VM_Instance instance, VM_Error **error);

/**
 * Looks up a function that an instance exports.
 *
 * @param context the context
 * @param instance the instance
 * @param name of the export, UTF-8
 * @param func gets the function; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (an export of another kind),
 * VM_STATUS_STALE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The handle stays with the instance.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceFindFunction(VM_Context *context, VM_Instance instance, const char *name,
                                                 VM_Func *func, VM_Error **error);

/**
 * Gives the function that is the export at an index: also one whose name has a NUL in it, which no C text can say.
 *
 * @param context the context
 * @param instance the instance
 * @param index as for VM_ModuleGetExport of its module
 * @param func gets the function; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE (an export of another kind), VM_STATUS_STALE,
 * VM_STATUS_WRONG_CONTEXT, VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The handle stays with the instance.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceGetFunction(VM_Context *context, VM_Instance instance, size_t index, VM_Func *func,
                                                VM_Error **error);

/**
 * Looks up a linear memory that an instance exports.
 *
 * @param context the context
 * @param instance the instance
 * @param name of the export, UTF-8
 * @param memory gets the memory; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * as VM_InstanceFindFunction
 * @par Ownership
 * The handle stays with the instance.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceFindMemory(VM_Context *context, VM_Instance instance, const char *name,
                                               VM_Memory *memory, VM_Error **error);

/**
 * Looks up a table that an instance exports.
 *
 * @param context the context
 * @param instance the instance
 * @param name of the export, UTF-8
 * @param table gets the table; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * as VM_InstanceFindFunction
 * @par Ownership
 * The handle stays with the instance.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_InstanceFindTable(VM_Context *context, VM_Instance instance, const char *name,
                                              VM_Table *table, VM_Error **error);

/**
 * Looks up a global that an instance exports.
 *
 * @param context the context
 * @param instance the instance
 * @param name of the export, UTF-8
 * @param global gets the global; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * as VM_InstanceFindFunction
 * @par Ownership
 * The handle stays with the instance.
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
 * A function that was looked up: the fast way to call the guest.
 * @{
 */

/** A function of a context. */
struct VM_Func {
    /** The context's id. */
    uint64_t context;
    /** Index in the context's root table. */
    uint32_t slot;
    /** Tells a slot's uses apart. */
    uint32_t generation;
};

/**
 * Calls a function.
 *
 * @param context the context
 * @param func the function
 * @param args arguments; may be NULL when arg_count is 0
 * @param arg_count how many; as many as the function has
 * @param results gets the results; may be the array of args, and NULL when result_count is 0
 * @param result_count how many; as many as the function has
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
 * VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_BAD_ANSWER, VM_STATUS_BUSY, VM_STATUS_REENTRANT, and what a host function
 * fails with
 * @par Ownership
 * References in the results are the caller's: VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_FuncCall(VM_Context *context, VM_Func func, const VM_Value *args, size_t arg_count,
                                     VM_Value *results, size_t result_count, VM_Error **error);

/**
 * Gives the type of a function.
 *
 * @param context the context
 * @param func the function
 * @param type gets the type; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Ownership
 * The type is the caller's: VM_FuncTypeDelete.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_FuncTypeCreateFromFunc(const VM_Context *context, VM_Func func, VM_FuncType **type,
                                                   VM_Error **error);

/**
 * Gives the reference to a function, as wasm has it.
 *
 * @param func the function
 * @return the reference; it is as long-lived as the handle
 * @par Ownership
 * Borrowed from the handle: it is not released.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Ref VM_CALL VM_FuncToRef(VM_Func func);

/**
 * Gives the handle of the function that a funcref refers to.
 *
 * @param ref the reference, not null
 * @return the handle; it is as long-lived as the reference
 * @par Ownership
 * Borrowed from the reference.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Func VM_CALL VM_FuncFromRef(VM_Ref ref);

/** @} */

/**
 * @defgroup memory Memory
 *
 * A linear memory that was looked up.
 * @{
 */

/** A linear memory of a context. */
struct VM_Memory {
    /** The context's id. */
    uint64_t context;
    /** Index in the context's root table. */
    uint32_t slot;
    /** Tells a slot's uses apart. */
    uint32_t generation;
};

/**
 * Copies bytes out of a memory.
 *
 * @param context the context
 * @param memory the memory
 * @param address where to begin, in bytes
 * @param data gets the bytes; may be NULL when size is 0
 * @param size how many bytes
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure, after which nothing was copied
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
 * Copies bytes into a memory.
 *
 * @param context the context
 * @param memory the memory
 * @param address where to begin, in bytes
 * @param data the bytes; may be NULL when size is 0
 * @param size how many bytes
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure, after which nothing was copied
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
 * Gives a pointer into a memory. It is good until the memory grows or the context runs wasm: a memory moves when it grows.
 *
 * @param context the context
 * @param memory the memory
 * @param address where to begin, in bytes
 * @param size how many bytes
 * @param span gets the pointer and the size; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The bytes stay with the memory.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_MemoryGetSpan(VM_Context *context, VM_Memory memory, uint64_t address, uint64_t size,
                                          VM_Buffer *span, VM_Error **error);

/**
 * Tells how large a memory is.
 *
 * @param context the context
 * @param memory the memory
 * @param size gets the size in bytes; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
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
 * @param pages how many pages (of 64 KiB, unless the module uses custom page sizes) to add
 * @param previous_size gets how many pages it had; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * Gives the type of a memory, as it was declared.
 *
 * @param context the context
 * @param memory the memory
 * @param type gets the type; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
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
 * A table that was looked up.
 * @{
 */

/** A table of a context. */
struct VM_Table {
    /** The context's id. */
    uint64_t context;
    /** Index in the context's root table. */
    uint32_t slot;
    /** Tells a slot's uses apart. */
    uint32_t generation;
};

/**
 * Tells how many elements a table has.
 *
 * @param context the context
 * @param table the table
 * @param size gets the number of elements; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_TableGetSize(const VM_Context *context, VM_Table table, uint64_t *size, VM_Error **error);

/**
 * Gives an element of a table.
 *
 * @param context the context
 * @param table the table
 * @param index from 0
 * @param value gets a funcref or externref; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Ownership
 * The reference is the caller's: VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_TableRead(VM_Context *context, VM_Table table, uint64_t index, VM_Value *value,
                                      VM_Error **error);

/**
 * Sets an element of a table.
 *
 * @param context the context
 * @param table the table
 * @param index from 0
 * @param value a reference of the table's type, null or of this context; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_BOUNDS, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_TableWrite(VM_Context *context, VM_Table table, uint64_t index, const VM_Value *value,
                                       VM_Error **error);

/**
 * Grows a table.
 *
 * @param context the context
 * @param table the table
 * @param elements how many to add
 * @param value what the new elements are: a reference of the table's type; not NULL
 * @param previous_size gets how many elements it had; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * Gives the type of a table, as it was declared.
 *
 * @param context the context
 * @param table the table
 * @param type gets the type; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
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
 * A global that was looked up.
 * @{
 */

/** A global of a context. */
struct VM_Global {
    /** The context's id. */
    uint64_t context;
    /** Index in the context's root table. */
    uint32_t slot;
    /** Tells a slot's uses apart. */
    uint32_t generation;
};

/**
 * Gives the value of a global.
 *
 * @param context the context
 * @param global the global
 * @param value gets the value; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
 * @par Ownership
 * A reference is the caller's: VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_GlobalRead(VM_Context *context, VM_Global global, VM_Value *value, VM_Error **error);

/**
 * Sets the value of a global.
 *
 * @param context the context
 * @param global the global
 * @param value a value of the global's type; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_IMMUTABLE, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_GlobalWrite(VM_Context *context, VM_Global global, const VM_Value *value, VM_Error **error);

/**
 * Gives the type of a global.
 *
 * @param context the context
 * @param global the global
 * @param type gets the type; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_TYPE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT
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
 * References that the host holds: those of results, tables and globals, and externrefs that it makes.
 * @{
 */

/**
 * Makes an externref that carries a pointer of the host.
 *
 * @param context the context
 * @param pointer any pointer
 * @param free_pointer called once with `pointer` when nothing refers to the object any more or later, at the latest when the context is
 * reset or deleted, and also if this function fails; NULL for none
 * @param ref gets the reference; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BUSY, VM_STATUS_REENTRANT (use VM_CallerCreateExternRef)
 * @par Ownership
 * The context owns the object; the reference is the caller's: VM_RefRelease.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_RefCreateExtern(VM_Context *context, void *pointer, VM_Free free_pointer, VM_Ref *ref,
                                            VM_Error **error);

/**
 * Gives the pointer that an externref carries.
 *
 * @param context the context
 * @param ref the reference; the null reference gives NULL
 * @param pointer gets the pointer; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE (a funcref), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT (use VM_CallerGetExternRef)
 * @par Ownership
 * What the pointer points to stays the context's.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_RefGetExtern(const VM_Context *context, VM_Ref ref, void **pointer, VM_Error **error);

/**
 * Holds a reference once more.
 *
 * @param context the context
 * @param ref the reference; null is fine
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_BUSY, VM_STATUS_REENTRANT (use
 * VM_CallerRetainRef)
 * @par Ownership
 * Release it as often as it was retained.
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_RefRetain(VM_Context *context, VM_Ref ref, VM_Error **error);

/**
 * Releases a reference; afterwards it is stale, unless it was retained. A destructor or finalizer may call this: on any thread
 * and at any time, also in a callback and while another thread runs the context. The reference is then released at the context's
 * next safe point: when a thread begins to use the context, or a callback asks for a reference. A context that was deleted has
 * nothing to release, and what is not released is freed with its context or by VM_ContextReset.
 *
 * @param ref the reference; a null or stale one, and an export of an instance that was not retained, does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API void VM_CALL VM_RefRelease(VM_Ref ref);

/** @} */

/**
 * @defgroup plugin Plug-in
 *
 * Registries find, check and load plug-ins; VM_ContextRegisterPlugins gives their modules to a context. Loading a plug-in is running its code: load only what you trust. Nothing of
 * a file runs before its manifest was read and the registry's policy allows it. docs/plugins.md says how files are found.
 * @{
 */

/** Which plug-ins a registry may load. */
typedef int32_t VM_PluginPolicy;

enum {
    VM_PLUGIN_POLICY_ANY = 0,   /**< All. The default. */
    VM_PLUGIN_POLICY_NAMED = 1  /**< Those with one of the names that are given; no line of any other is run. */
};

/** A function of a plug-in. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PluginFunction {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_FUNCTION_* of <libvm/plugin.h>. */
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

/**
 * Makes a registry that allows every plug-in and has no directories of its own.
 *
 * @param registry gets the registry; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * The caller's: VM_PluginRegistryDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryCreate(VM_PluginRegistry **registry, VM_Error **error);

/**
 * Sets which plug-ins may be loaded from now on; what is loaded stays.
 *
 * @param registry the registry
 * @param policy VM_PLUGIN_POLICY_*
 * @param names with VM_PLUGIN_POLICY_NAMED: the names that are allowed, UTF-8, copied; may be NULL when count is 0
 * @param count how many names
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (no such policy)
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
 * @param directory its path, copied; it need not exist yet
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryAddSearchDirectory(VM_PluginRegistry *registry, const char *directory,
                                                             VM_Error **error);

/**
 * Keeps what plug-ins put into the service `libvm.state/1` in a file: for contexts that have a name; of the others it goes with the context. Call it before such a context registers plug-ins. The file is made when it is not there. It is a database, in use until the registry and all contexts with its plug-ins are gone, by this registry alone; `-wal` and `-lock` stand beside it. docs/plugins.md says what survives what.
 *
 * @param registry the registry
 * @param path of the file; its folder must be there and may be written to. The same file again is no failure
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_SEALED (state is kept elsewhere already), VM_STATUS_BUSY (another registry or process has the
 * file: the message says who), VM_STATUS_BAD_STATE_FILE (another program's, damaged, or too new), VM_STATUS_INVALID_ARGUMENT
 * (no regular file), VM_STATUS_FILE_NOT_FOUND (no such folder), VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO,
 * VM_STATUS_UNSUPPORTED (a build without the cargo feature `state-file`)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetStateFile(VM_PluginRegistry *registry, const char *path, VM_Error **error);

/**
 * Deletes a registry. Its plug-ins are cleaned up in the reverse order of loading; one that a context has, when the context goes.
 *
 * @param registry the registry; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_PluginRegistryDelete(VM_PluginRegistry *registry);

/**
 * Loads the plug-ins of the default directories: those of the registry, of the environment variable LIBVM_PLUGIN_PATH, `../plugin/` and `./libvm/` beside the library (beside the executable, when libvm is linked statically), and the user's. One that is not there is a line of the report.
 *
 * @param registry the registry
 * @param report gets a line for every candidate, also on failure; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_PLUGIN_*: of one file its own, of several that of the first that failed; the message tells all that one
 * report line would. A plug-in of which a higher version is loaded is no failure
 * @par Ownership
 * The report is the caller's: VM_PluginReportDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginLoadWithDefaultPaths(VM_PluginRegistry *registry, VM_PluginReport **report,
                                                       VM_Error **error);

/**
 * Loads a plug-in from a file, or all of a directory and its subdirectories. Loading what is loaded is no failure.
 *
 * @param registry the registry
 * @param path of a file, with or without its ending, or of a directory
 * @param report gets a line for every candidate, also on failure; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_NOT_FOUND, and
 * VM_STATUS_PLUGIN_*: of one file its own, of several that of the first that failed; the message tells all that one
 * report line would. A plug-in of which a higher version is loaded is no failure
 * @par Ownership
 * The report is the caller's: VM_PluginReportDelete.
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
 * @param builtin what its source defines when compiled with -DVM_PLUGIN_BUILTIN=name; it stays as long as the process
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_*
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryAddBuiltin(VM_PluginRegistry *registry, const VM_PluginBuiltin *builtin,
                                                     VM_Error **error);

/**
 * Tells how many plug-ins a registry has loaded.
 *
 * @param registry the registry
 * @return how many
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginRegistryGetCount(const VM_PluginRegistry *registry);

/**
 * Gives a plug-in of a registry.
 *
 * @param registry the registry
 * @param index from 0, in load order
 * @param plugin gets the plug-in; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_NOT_FOUND
 * @par Ownership
 * The caller holds the plug-in until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryFindByIndex(const VM_PluginRegistry *registry, size_t index,
                                                      VM_Plugin **plugin, VM_Error **error);

/**
 * Finds a plug-in of a registry by its name.
 *
 * @param registry the registry
 * @param name UTF-8
 * @param plugin gets the plug-in; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_PLUGIN_NOT_FOUND
 * @par Ownership
 * The caller holds the plug-in until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryFind(const VM_PluginRegistry *registry, const char *name, VM_Plugin **plugin,
                                               VM_Error **error);

/**
 * Makes an instance of a plug-in in a context and registers its modules. One that is registered already stays as it is.
 *
 * @param context the context
 * @param plugin the plug-in
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS (another provider of a module name has one of the items: the message
 * names both and their files; or another version of the plug-in),
 * VM_STATUS_PLUGIN_OPTION, VM_STATUS_PLUGIN_INITIALIZE, VM_STATUS_BUSY, VM_STATUS_REENTRANT
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
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * as VM_ContextRegisterPlugin: the status of the first plug-in that is refused, and a message about all of them; the others are
 * registered
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterPlugins(VM_Context *context, VM_PluginRegistry *registry, VM_Error **error);

/**
 * Gives the name of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @return UTF-8; NULL for NULL
 * @par Ownership
 * The text stays with the plug-in.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetName(const VM_Plugin *plugin);

/**
 * Gives the version of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @return UTF-8; NULL for NULL
 * @par Ownership
 * The text stays with the plug-in.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetVersion(const VM_Plugin *plugin);

/**
 * Gives the line that a plug-in says about itself.
 *
 * @param plugin the plug-in; NULL has none
 * @return UTF-8; NULL for NULL
 * @par Ownership
 * The text stays with the plug-in.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetDescription(const VM_Plugin *plugin);

/**
 * Gives the licence of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @return an SPDX expression, or "" when it says none; NULL for NULL
 * @par Ownership
 * The text stays with the plug-in.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetLicense(const VM_Plugin *plugin);

/**
 * Gives the file that a plug-in was loaded from.
 *
 * @param plugin the plug-in; NULL has none
 * @return an absolute path, UTF-8; NULL for a built-in one
 * @par Ownership
 * The text stays with the plug-in.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetPath(const VM_Plugin *plugin);

/**
 * Gives the minor version of the ABI that the plug-in and this library speak; the major version is VM_ABI_MAJOR.
 *
 * @param plugin the plug-in; NULL has none
 * @return the version; 0 for NULL
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API uint32_t VM_CALL VM_PluginGetAbiMinor(const VM_Plugin *plugin);

/**
 * Tells how many wasm modules a plug-in provides.
 *
 * @param plugin the plug-in; NULL has none
 * @return how many
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginGetModuleCount(const VM_Plugin *plugin);

/**
 * Gives the name of a wasm module of a plug-in.
 *
 * @param plugin the plug-in; NULL has none
 * @param module its index from 0
 * @return UTF-8; NULL when there is none at the index
 * @par Ownership
 * The text stays with the plug-in.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetModuleName(const VM_Plugin *plugin, size_t module);

/**
 * Gives the line that a plug-in says about one of its wasm modules.
 *
 * @param plugin the plug-in; NULL has none
 * @param module its index from 0
 * @return UTF-8; NULL when there is none at the index
 * @par Ownership
 * The text stays with the plug-in.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetModuleDescription(const VM_Plugin *plugin, size_t module);

/**
 * Tells how many functions a wasm module of a plug-in has.
 *
 * @param plugin the plug-in; NULL has none
 * @param module its index from 0
 * @return how many
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
 * Lets go of a plug-in that VM_PluginRegistryFindByIndex or VM_PluginRegistryFind gave; it stays loaded.
 *
 * @param plugin the plug-in; NULL does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API void VM_CALL VM_PluginRelease(VM_Plugin *plugin);

/**
 * Sets below which directory plug-ins get their data, caches or temporary files: each gets one with its name there, and below that
 * one with the context's name. The usual ones are `libvm/data` in the user's data directory (`$XDG_DATA_HOME`),
 * `libvm/cache` in the user's cache directory (`$XDG_CACHE_HOME`), and the system's for temporary files.
 *
 * @param registry the registry
 * @param kind VM_DIRECTORY_DATA, VM_DIRECTORY_CACHE or VM_DIRECTORY_TEMP
 * @param directory its path, copied; it need not exist yet; NULL for the usual one
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_INVALID_ARGUMENT (no such kind, an empty path, or VM_DIRECTORY_RESOURCE, which is beside a plug-in's library)
 * @par Threads
 * [thread-safe]
 * @since 0.1
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
 * Loads plug-ins as VM_PluginLoadFromPath does, but a higher version of one that is loaded takes its place. Contexts get the new one from now on; those that have the old one keep it until they are deleted, or moved with VM_ContextUpdatePlugin. The instance of a singleton takes its state along, when both versions have the extension `libvm.snapshot/1`.
 *
 * @param registry the registry
 * @param path of a file, with or without its ending, or of a directory
 * @param report gets a line for every candidate, also on failure; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure: then the old version stays
 * @par Errors
 * those of VM_PluginLoadFromPath, and VM_STATUS_PLUGIN_DEPENDENCY when a plug-in that is loaded needs the old version
 * @par Ownership
 * The report is the caller's: VM_PluginReportDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryUpdateFromPath(VM_PluginRegistry *registry, const char *path,
                                                         VM_PluginReport **report, VM_Error **error);

/**
 * Moves a context to another version of a plug-in that is registered in it: an instance of that is made and takes over the
 * old one's state by the extension `libvm.snapshot/1`; guests call it from now on, also those that are linked already. On
 * failure the context keeps what it has.
 *
 * @param context the context
 * @param plugin the other version, of the same registry
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_NOT_FOUND (no version of it is registered), VM_STATUS_UNSUPPORTED (a version
 * without the extension), VM_STATUS_INCOMPATIBLE_IMPORT (a guest uses a function that the other version does not have),
 * VM_STATUS_PLUGIN_INITIALIZE (its create, save or restore failed), VM_STATUS_LIMIT (more than 64 MiB of state),
 * VM_STATUS_WRONG_THREAD (a thread-affine plug-in), and those of VM_ContextRegisterPlugin
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextUpdatePlugin(VM_Context *context, VM_Plugin *plugin, VM_Error **error);

/**
 * Asks a plug-in for an extension; it is asked once for each id.
 *
 * @param plugin the plug-in
 * @param id of the extension with its revision, as in "libvm.snapshot/1", UTF-8
 * @return the extension's table; NULL when the plug-in has none of that id
 * @par Ownership
 * The table stays with the plug-in: it is good until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const void *VM_CALL VM_PluginGetExtension(const VM_Plugin *plugin, const char *id);

/** @} */

/**
 * @defgroup inspection Inspection
 *
 * What a plug-in's file holds, read without running any of its code: for tools that list plug-ins, also those built for another platform. No
 * registry is asked: its policy, lock file and keys, who may change the file, versions that compete and plug-ins that it
 * depends on are looked at when the file is loaded.
 * @{
 */

/**
 * Inspects the file of a plug-in without running any of its code.
 *
 * A file that is not a plug-in, is damaged, was built for another platform or cannot be loaded by this library gives an
 * inspection too: VM_PluginInspectionGetStatus and VM_PluginInspectionGetMessage return the reason.
 *
 * @param path of the file; not NULL. Without the ending of a shared library it finds that too, as in VM_PluginLoadFromPath
 * @param inspection gets the inspection; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_PLUGIN_NOT_FOUND,
 * VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO, VM_STATUS_PLUGIN_BAD_FILE (a directory, or another file that is not regular)
 * @par Ownership
 * The caller's: VM_PluginInspectionDelete.
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
 * VM_STATUS_PLUGIN_WRONG_PLATFORM; VM_STATUS_NULL_ARGUMENT for NULL
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
 * @return UTF-8; NULL when there is none at the index
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
 * @return UTF-8; NULL when there is none at the index
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
 * @return UTF-8; NULL when there is none at the index
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
 * @defgroup options Options
 *
 * Values for the options of plug-ins, each in one context, set before the plug-in is registered there.
 * @{
 */

/** An option of a plug-in. It may grow at its end: check later fields with VM_HAS. */
typedef struct VM_PluginOption {
    /** Bytes of this struct. */
    uint32_t size;
    /** VM_OPTION_TYPE_* of <libvm/plugin.h>. */
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

/**
 * Sets an option of a plug-in from a text, whatever its type: `true` or `false`, a number, a choice; a list's items stand on lines.
 *
 * @param context the context
 * @param plugin the plug-in's name, UTF-8; it need not be loaded yet
 * @param key of the option, UTF-8
 * @param value UTF-8, copied
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @param plugin the plug-in's name, UTF-8; it need not be loaded yet
 * @param key of the option, UTF-8
 * @param value the value
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @param plugin the plug-in's name, UTF-8; it need not be loaded yet
 * @param key of the option, UTF-8
 * @param value the value
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @param plugin the plug-in's name, UTF-8; it need not be loaded yet
 * @param key of the option, UTF-8
 * @param value the value
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * Sets an option of a plug-in that is a list of texts.
 *
 * @param context the context
 * @param plugin the plug-in's name, UTF-8; it need not be loaded yet
 * @param key of the option, UTF-8
 * @param items UTF-8, copied; may be NULL when count is 0
 * @param count how many
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @defgroup configuration Configuration
 *
 * A file in TOML in which the one who runs a host says where plug-ins are, which of them may load and in which order, what
 * their options are, and how much guests may take. docs/configuration.md lists the keys. What the file says takes effect
 * where it is applied: VM_ConfigApplyToPluginRegistry, VM_ConfigApplyToContextConfig, VM_ConfigApplyToEngineConfig.
 * @{
 */

/**
 * Reads a configuration file. Relative paths in it are relative to its folder.
 *
 * @param path of the file
 * @param config gets what it says; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (an empty path), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED,
 * VM_STATUS_IO; VM_STATUS_LIMIT (more than 1 MiB); VM_STATUS_BAD_CONFIG: the message begins with file, line and column
 * @par Ownership
 * The caller's: VM_ConfigDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ConfigLoadFromFile(const char *path, VM_Config **config, VM_Error **error);

/**
 * Reads a configuration that is in memory, for a host that keeps it elsewhere.
 *
 * @param data its text, UTF-8; may be NULL when size is 0
 * @param size how many bytes
 * @param directory what relative paths in it are relative to; NULL for the working directory
 * @param config gets what it says; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * as VM_ConfigLoadFromFile; the message begins with `configuration`, line and column
 * @par Ownership
 * The caller's: VM_ConfigDelete. The data can go at once.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ConfigLoadFromBuffer(const uint8_t *data, size_t size, const char *directory,
                                                 VM_Config **config, VM_Error **error);

/**
 * Applies what a configuration says about plug-ins to a registry: adds `plugin-directory` to the registry's directories; sets `allow` (as
 * VM_PluginRegistrySetPolicy), `deny`, `order` and `lock`; adds `keys`; grants permissions in all contexts, and sets options in
 * those that do not set them themselves. Settings that it does not mention stay as they are, and so do loaded plug-ins. Options are checked when a context registers
 * the plug-in.
 *
 * The report has a warning for each plug-in that the configuration names and that is neither loaded nor in the directories of
 * VM_PluginLoadWithDefaultPaths, whose files are inspected for that: a line with VM_STATUS_PLUGIN_NOT_FOUND, the file of the configuration as its
 * path, and the nearest name in its message. The report of VM_PluginLoadWithDefaultPaths has these lines too. They are not failures.
 *
 * @param config the configuration
 * @param registry the registry
 * @param report gets the report, also on failure; NULL when it is not wanted
 * @param error gets the error on failure, after which nothing has changed; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_REENTRANT (from inside a plug-in that is being loaded), VM_STATUS_UNTRUSTED_PATH
 * (others could have put the file there), and those of VM_PluginRegistrySetLock and VM_PluginRegistrySetStateFile
 * @par Ownership
 * The report is the caller's: VM_PluginReportDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ConfigApplyToPluginRegistry(const VM_Config *config, VM_PluginRegistry *registry,
                                                        VM_PluginReport **report, VM_Error **error);

/**
 * Sets the limits of contexts that a configuration has: `memory-bytes`, `table-elements`, `instances`. The others stay.
 *
 * @param config what to set
 * @param context_config the configuration of contexts
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ConfigApplyToContextConfig(const VM_Config *config, VM_ContextConfig *context_config,
                                                       VM_Error **error);

/**
 * Sets the limits of engines that a configuration has: `stack-bytes`, `recursion-depth`. The others stay.
 *
 * @param config what to set
 * @param engine_config the configuration of engines
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ConfigApplyToEngineConfig(const VM_Config *config, VM_EngineConfig *engine_config,
                                                      VM_Error **error);

/**
 * Deletes a configuration; what it was applied to stays as it is.
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
 * What a plug-in's file must be for a registry to load it, besides having a name that VM_PluginRegistrySetPolicy allows: not to
 * be changed by other users of the machine, in the lock file, signed. All conditions that are set must hold, and none can be
 * taken back but the first: that is for a new registry. They count for what is loaded from now on, and not for plug-ins that
 * are linked into the program. Nothing of a file that is refused runs. docs/plugins.md says more ("What is trusted").
 * @{
 */

/**
 * Sets whether files are refused that other users could have put where they are: plug-ins, lock files, configurations and state files.
 *
 * The file, and every directory and link on its way from the root, must belong to root or to the effective user, and must not be
 * writable by their group or by others. A directory with the sticky bit, such as /tmp, is accepted for what is in the directories
 * below it, and not for files and links in it. The check is on by default; switching it off is for file systems without
 * permissions.
 *
 * @param registry the registry
 * @param on true to check files, false to accept all
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * none of its own
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetFileChecks(VM_PluginRegistry *registry, bool on, VM_Error **error);

/**
 * Accepts files and directories that the members of a group can write to. It can be called for several groups.
 *
 * Whoever is in such a group can run code in the process. On systems without groups it has no effect.
 *
 * @param registry the registry
 * @param group the number of the group
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * none of its own
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_API VM_Status VM_CALL VM_PluginRegistryAddTrustedGroup(VM_PluginRegistry *registry, uint32_t group,
                                                          VM_Error **error);

/**
 * Reads a lock file: only files load whose SHA-256 stands in it, in its order. What is in it and not found is a line of the report of a load call that would have found it, and a failure.
 *
 * The file is read once: after it was changed, this has to be called again.
 *
 * @param registry the registry
 * @param path of a file that VM_PluginRegistryWriteLock has written
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure; then the registry stays as it was
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PLUGIN_LOCK (with line and column),
 * VM_STATUS_UNTRUSTED_PATH
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistrySetLock(VM_PluginRegistry *registry, const char *path, VM_Error **error);

/**
 * Writes a lock file: the plug-ins that the registry has loaded from files, in load order, with the SHA-256 of each file. It takes the place of an old one in one step.
 *
 * A symbolic link is not followed, and the new file gives nobody rights that the old one did not give.
 *
 * @param registry the registry
 * @param path of the file; the paths of the plug-ins are written relative to it
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure; then an old file stays as it was
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_HASH (a file was changed since it was loaded), VM_STATUS_BAD_UTF8 (its path is
 * not), VM_STATUS_INVALID_ARGUMENT (a symbolic link), VM_STATUS_UNTRUSTED_PATH (nobody would accept it there), VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryWriteLock(const VM_PluginRegistry *registry, const char *path,
                                                    VM_Error **error);

/**
 * Adds a public key: only files load beside which, in `<file>.sig`, is their Ed25519 signature by one of the registry's keys.
 *
 * @param registry the registry
 * @param key the key as 64 hexadecimal digits, as base64, or as `openssl pkey -pubout` writes it
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure; then the registry stays as it was
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (it is no such key)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryAddKey(VM_PluginRegistry *registry, const char *key, VM_Error **error);

/** @} */

/**
 * @defgroup permissions Permissions
 *
 * What plug-ins may do: functions that need a permission, and what a plug-in asks for by argument, as `process:exec:git`.
 * Nothing is granted by default. A grant that ends in `*` covers all that begins with what stands before it: `process:exec:*`,
 * or `*` for whatever the plug-in wants. A call without its permission traps with VM_STATUS_PLUGIN_PERMISSION.
 * @{
 */

/**
 * Grants a plug-in a permission in a context, beside those that its registry grants.
 *
 * @param context the context
 * @param plugin the plug-in's name, UTF-8; it need not be loaded yet
 * @param permission as in "net:connect", or "net:*" for all that begin so; UTF-8, copied
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (no permission: empty, over 1024 bytes, with control
 * characters, or with a `*` before its end), VM_STATUS_SEALED (the plug-in is registered), VM_STATUS_BUSY,
 * VM_STATUS_REENTRANT; registering the plug-in checks that it wants it (VM_STATUS_PLUGIN_PERMISSION)
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextGrantPermission(VM_Context *context, const char *plugin, const char *permission,
                                                   VM_Error **error);

/**
 * Grants a plug-in a permission in all contexts that register it from now on.
 *
 * @param registry the registry
 * @param plugin the plug-in's name, UTF-8; it need not be loaded yet
 * @param permission as in "net:connect", or "net:*" for all that begin so; UTF-8, copied
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (no permission); registering the plug-in checks that
 * it wants it (VM_STATUS_PLUGIN_PERMISSION)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_PluginRegistryGrantPermission(VM_PluginRegistry *registry, const char *plugin,
                                                          const char *permission, VM_Error **error);

/**
 * Tells how many permissions a plug-in wants.
 *
 * @param plugin the plug-in; NULL wants none
 * @return how many
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API size_t VM_CALL VM_PluginGetPermissionCount(const VM_Plugin *plugin);

/**
 * Returns a permission that a plug-in wants; no other can be granted to it.
 *
 * @param plugin the plug-in; NULL has none
 * @param index from 0, in the plug-in's order
 * @return the permission, UTF-8; a final `*` stands for everything that begins with what precedes it. NULL if the index is past the end
 * @par Ownership
 * The string belongs to the plug-in and lives until VM_PluginRelease.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API const char *VM_CALL VM_PluginGetPermission(const VM_Plugin *plugin, size_t index);

/** @} */

/**
 * @defgroup wasi WASI
 *
 * WASI preview 1: what a guest is given of the world outside. An environment may be registered in several contexts; each
 * is given what it says at that time. At first it has no argument, no variable, no directory and no input; output and errors
 * are the process's own. `poll_oneoff` and reading block the thread.
 *
 * In a library that was built without WASI all functions are there, and return VM_STATUS_UNSUPPORTED.
 * @{
 */

/** What a guest may do in a directory: VM_WASI_READ, VM_WASI_WRITE, or both. */
typedef uint32_t VM_WasiRights;

enum {
    VM_WASI_READ = 1,  /**< Open, read and list; alone, all that changes something is EROFS. */
    VM_WASI_WRITE = 2  /**< Create, write, rename and remove; alone, reading and listing is EACCES. */
};

/** One of the two streams that a guest writes to. */
typedef int32_t VM_WasiStream;

enum {
    VM_WASI_STDOUT = 1, /**< Standard output. */
    VM_WASI_STDERR = 2  /**< Standard errors. */
};

/**
 * Reads at most `size` bytes of input into `data` and sets `count`, which is 0 at first, to how many: 0 is the end of the input.
 * Returns VM_STATUS_OK or a failure. The guest gets the error number that is nearest: `ENOENT` for VM_STATUS_FILE_NOT_FOUND,
 * `EACCES` for VM_STATUS_PERMISSION_DENIED, `EINVAL` for VM_STATUS_INVALID_ARGUMENT, `ENOMEM` for VM_STATUS_OUT_OF_MEMORY,
 * `ENOSPC` for VM_STATUS_LIMIT, `EAGAIN` for VM_STATUS_BUSY, `ENOTSUP` for VM_STATUS_UNSUPPORTED, else `EIO`. Two end the guest's
 * call: VM_STATUS_TRAP, and a status of the host's own, -10000 or below, which is what the call then fails with. It may be called
 * on every thread on which a guest runs.
 */
typedef VM_Status (VM_CALL *VM_WasiRead)(void *user, uint8_t *data, size_t size, size_t *count);

/**
 * Takes at most `size` bytes of output and sets `count`, which is 0 at first, to how many it took; the guest then writes the rest
 * again. Returns as VM_WasiRead. It may be called on every thread on which a guest runs.
 */
typedef VM_Status (VM_CALL *VM_WasiWrite)(void *user, const uint8_t *data, size_t size, size_t *count);

/**
 * Makes an environment with nothing in it.
 *
 * @param wasi gets the environment; not NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_UNSUPPORTED (the library was built without WASI)
 * @par Ownership
 * The caller's: VM_WasiDelete.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiCreate(VM_Wasi **wasi, VM_Error **error);

/**
 * Sets the arguments, the program's name first.
 *
 * @param wasi the environment
 * @param arguments UTF-8, copied; may be NULL when count is 0
 * @param count how many
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
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
 * @param name UTF-8 without `=`, copied
 * @param value UTF-8, copied
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT; VM_STATUS_LIMIT for more than 16,384 variables
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiAddEnvironment(VM_Wasi *wasi, const char *name, const char *value, VM_Error **error);

/**
 * Adds all environment variables of the process that are UTF-8.
 *
 * @param wasi the environment
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT; VM_STATUS_LIMIT for more than 16,384 variables
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiInheritEnvironment(VM_Wasi *wasi, VM_Error **error);

/**
 * Gives the guest a directory of the host. Paths cannot leave it, also not by links.
 *
 * @param wasi the environment
 * @param host_path where it is; it must exist
 * @param guest_path what the guest calls it, UTF-8, copied
 * @param rights VM_WASI_READ, VM_WASI_WRITE, or both
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED,
 * VM_STATUS_INVALID_ARGUMENT, VM_STATUS_ALREADY_EXISTS (the guest has one of that name)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiAddDirectory(VM_Wasi *wasi, const char *host_path, const char *guest_path,
                                             VM_WasiRights rights, VM_Error **error);

/**
 * Lets the guest read made-up times, for runs that can be repeated: both clocks begin at a time and go on by a step at each reading.
 *
 * @param wasi the environment
 * @param start_ns the first reading, in nanoseconds
 * @param step_ns what each reading adds, in nanoseconds
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetClock(VM_Wasi *wasi, uint64_t start_ns, uint64_t step_ns, VM_Error **error);

/**
 * Lets the guest read pseudo-random numbers that are the same in each run. They are no secret.
 *
 * @param wasi the environment
 * @param seed any number
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetRandomSeed(VM_Wasi *wasi, uint64_t seed, VM_Error **error);

/**
 * Deletes an environment; contexts in which it is registered keep what they need of it.
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
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_ALREADY_EXISTS, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO,
 * VM_STATUS_BUSY, VM_STATUS_REENTRANT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRegisterWasi(VM_Context *context, VM_Wasi *wasi, VM_Error **error);

/**
 * Loads a WASI command from a file and runs it to its end. For a reactor, which has functions to call instead of an end, see
 * VM_ContextInstantiate.
 *
 * @param context the context, in which WASI is registered
 * @param file path of the wasm file
 * @param exit_code gets the exit code, 0 when the guest just returns; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_ModuleLoadFromFile and VM_ContextInstantiate, VM_STATUS_NOT_FOUND (no `_start`: not a command), and those of
 * VM_ContextExecute but VM_STATUS_EXIT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRunWasiFromFile(VM_Context *context, const char *file, int32_t *exit_code,
                                                   VM_Error **error);

/**
 * Loads a WASI command from memory and runs it to its end. For a reactor, which has functions to call instead of an end, see
 * VM_ContextInstantiate.
 *
 * @param context the context, in which WASI is registered
 * @param data the wasm
 * @param size how many bytes
 * @param exit_code gets the exit code, 0 when the guest just returns; may be NULL
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * those of VM_ModuleLoadFromBuffer and VM_ContextInstantiate, VM_STATUS_NOT_FOUND (no `_start`: not a command), and those of
 * VM_ContextExecute but VM_STATUS_EXIT
 * @par Threads
 * [one thread per context]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_ContextRunWasiFromBuffer(VM_Context *context, const uint8_t *data, size_t size,
                                                     int32_t *exit_code, VM_Error **error);

/**
 * Gives the guest the process's own standard input.
 *
 * @param wasi the environment
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiInheritInput(VM_Wasi *wasi, VM_Error **error);

/**
 * Gives the guest bytes as its standard input; each context reads them from the first.
 *
 * @param wasi the environment
 * @param data copied; may be NULL when size is 0
 * @param size how many bytes
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_OUT_OF_MEMORY
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetInput(VM_Wasi *wasi, const uint8_t *data, size_t size, VM_Error **error);

/**
 * Gives the guest a file as its standard input; each context opens it anew.
 *
 * @param wasi the environment
 * @param file its path
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetInputFile(VM_Wasi *wasi, const char *file, VM_Error **error);

/**
 * Gives the guest what a callback reads as its standard input.
 *
 * @param wasi the environment
 * @param read fills a buffer
 * @param user given to the callback; may be NULL
 * @param free_user called once with `user` when the callback is needed no more, also when this fails; NULL for none
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Ownership
 * `user` belongs to the environment from now on.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetInputCallback(VM_Wasi *wasi, VM_WasiRead read, void *user, VM_Free free_user,
                                                 VM_Error **error);

/**
 * Lets the guest write to the process's own stream.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiInheritStream(VM_Wasi *wasi, VM_WasiStream stream, VM_Error **error);

/**
 * Throws away what the guest writes to a stream.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiDiscardStream(VM_Wasi *wasi, VM_WasiStream stream, VM_Error **error);

/**
 * Keeps what the guest writes to a stream in memory. A guest that writes more gets the error of a full device.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param capacity the most bytes to keep; 0 for 16 MiB
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiCaptureStream(VM_Wasi *wasi, VM_WasiStream stream, size_t capacity, VM_Error **error);

/**
 * Keeps what the guest writes to standard output in memory, at most 16 MiB: VM_WasiGetOutput. Standard error stays as it is
 * (VM_WasiCaptureStream).
 *
 * @param wasi the environment
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiCaptureOutput(VM_Wasi *wasi, VM_Error **error);

/**
 * Writes what the guest writes to a stream into a file, which is made or emptied now.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param file its path
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_PERMISSION_DENIED, VM_STATUS_IO
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetStreamFile(VM_Wasi *wasi, VM_WasiStream stream, const char *file, VM_Error **error);

/**
 * Gives what the guest writes to a stream to a callback.
 *
 * @param wasi the environment
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @param write takes the bytes
 * @param user given to the callback; may be NULL
 * @param free_user called once with `user` when the callback is needed no more, also when this fails; NULL for none
 * @param error gets the error on failure; may be NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT
 * @par Ownership
 * `user` belongs to the environment from now on.
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API VM_Status VM_CALL VM_WasiSetStreamCallback(VM_Wasi *wasi, VM_WasiStream stream, VM_WasiWrite write, void *user,
                                                  VM_Free free_user, VM_Error **error);

/**
 * Returns what standard output has captured so far; the guest may still be running on another thread.
 *
 * @param wasi the environment; NULL has none
 * @return the bytes, none when nothing was captured
 * @par Ownership
 * The bytes stay with the environment, until standard output is asked for again.
 * @par Threads
 * [one thread per object]
 * @since 0.1
 */
VM_API VM_Bytes VM_CALL VM_WasiGetOutput(VM_Wasi *wasi);

/**
 * Returns what a stream has captured so far; the guest may still be running on another thread.
 *
 * @param wasi the environment; NULL has none
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @return the bytes, none when nothing was captured or there is no such stream
 * @par Ownership
 * The bytes stay with the environment, until the same stream is asked for again.
 * @par Threads
 * [one thread per object]
 * @since 0.2
 */
VM_API VM_Bytes VM_CALL VM_WasiGetCaptured(VM_Wasi *wasi, VM_WasiStream stream);

/**
 * Tells whether a guest wanted to write more to a captured stream than is kept.
 *
 * @param wasi the environment; NULL has none
 * @param stream VM_WASI_STDOUT or VM_WASI_STDERR
 * @return whether something is missing
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_API bool VM_CALL VM_WasiIsTruncated(const VM_Wasi *wasi, VM_WasiStream stream);

/** @} */

#ifdef __cplusplus
}
#endif

#endif
