/**
 * @file libvm/types.h
 * What hosts and plug-ins share: statuses, values, buffers, references, and the caller that a host function is given.
 *
 * Both <libvm.h> and <libvm/plugin.h> include this file; one source file may include both. The small functions here are
 * inline, so that the source of a host function serves in a host and in a plug-in, and a plug-in links nothing. For
 * languages that cannot inline C, the library exports the same names: define VM_NO_INLINE to get them declared.
 *
 * Thread tags: [thread-safe] any thread, any time; [one thread per context] any thread, but one at a time for a context;
 * [inside a callback only] on the thread of the callback that got the caller, before it returns.
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
#if defined(_WIN32) && !defined(VM_STATIC)
#define VM_API __declspec(dllimport)
#elif defined(__GNUC__)
#define VM_API __attribute__((visibility("default")))
#else
#define VM_API
#endif

/** Marks a symbol that a plug-in shows to the host. */
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

/** Whether `table`, a pointer to a struct that starts with its size, is large enough to have `field`. */
#define VM_HAS(table, field) ((size_t)(table)->size >= (size_t)((const char *)(&(table)->field + 1) - (const char *)(table)))

/**
 * What came of a call: 0 is success, a negative number a failure, and a positive one an answer that only a callback gives.
 * Numbers are pinned and never reused; docs/errors.md lists each with its cause and remedy.
 */
typedef int32_t VM_Status;

enum {
    VM_STATUS_OK = 0, /**< It worked. */

    /* Answers of callbacks. */
    VM_STATUS_PENDING = 1,  /**< The answer comes later. */
    VM_STATUS_COMPLETE = 2, /**< Done; the rest of the chain is not asked. */
    VM_STATUS_RETRY = 3,    /**< Start again with the first of the chain. */

    /* -100: arguments. */
    VM_STATUS_NULL_ARGUMENT = -100,     /**< A required object or pointer is NULL. */
    VM_STATUS_INVALID_ARGUMENT = -101,  /**< An argument has a value that makes no sense here. */
    VM_STATUS_BAD_UTF8 = -102,          /**< A text is not UTF-8. */
    VM_STATUS_WRONG_TYPE = -103,        /**< A value has another type than the one needed. */
    VM_STATUS_WRONG_COUNT = -104,       /**< More or fewer arguments or results than the function has. */
    VM_STATUS_STALE = -105,             /**< A handle or token of something that is gone. */
    VM_STATUS_WRONG_CONTEXT = -106,     /**< A handle of another context, or a module of another engine. */
    VM_STATUS_BUSY = -107,              /**< Another thread uses the context. */
    VM_STATUS_REENTRANT = -108,         /**< Called from inside the context's own callback, past the caller. */
    VM_STATUS_WRONG_THREAD = -109,      /**< Called on a thread where this may not be called. */
    VM_STATUS_NOT_FOUND = -110,         /**< Nothing has the name or the index. */
    VM_STATUS_ALREADY_EXISTS = -111,    /**< The name is taken. */
    VM_STATUS_SEALED = -112,            /**< A host module that is registered cannot be changed. */
    VM_STATUS_UNSUPPORTED = -113,       /**< This build, engine or configuration does not offer it. */
    VM_STATUS_OUT_OF_BOUNDS = -114,     /**< An address or index outside of the memory or table. */
    VM_STATUS_BAD_SIGNATURE = -115,     /**< A signature string that cannot be read. */
    VM_STATUS_IMMUTABLE = -116,         /**< A write to a constant global. */
    VM_STATUS_BAD_CONFIG = -117,        /**< A configuration is no TOML, or says what cannot be. */

    /* -200: loading wasm. */
    VM_STATUS_BAD_MODULE = -200,  /**< The bytes are not a valid module for this engine. */
    VM_STATUS_TEXT_FORMAT = -201, /**< The bytes are the text format, which this build does not read. */

    /* -300: linking. */
    VM_STATUS_UNRESOLVED_IMPORT = -300,   /**< Nothing provides an import; the message lists all of them. */
    VM_STATUS_INCOMPATIBLE_IMPORT = -301, /**< What provides an import has another type. */
    VM_STATUS_INSTANTIATION = -302,       /**< The module could not be instantiated. */

    /* -400: running wasm. */
    VM_STATUS_TRAP = -400,       /**< The guest trapped; see the trap code. */
    VM_STATUS_EXIT = -401,       /**< The guest left through `proc_exit`; see the exit code. */
    VM_STATUS_BAD_ANSWER = -402, /**< A host function answered with a status that means nothing here. */

    /* -500: limits. */
    VM_STATUS_OUT_OF_MEMORY = -500,   /**< Memory could not be had. */
    VM_STATUS_RECURSION_LIMIT = -501, /**< Host and guest call each other too deeply. */
    VM_STATUS_LIMIT = -502,           /**< A limit of the context or the engine was reached. */

    /* -600: plug-ins. */
    VM_STATUS_PLUGIN_NOT_FOUND = -600,      /**< No file, or no plug-in of that name. */
    VM_STATUS_PLUGIN_BAD_FILE = -601,       /**< Not a whole shared library. */
    VM_STATUS_PLUGIN_NO_MANIFEST = -602,    /**< A shared library, but not a plug-in of libvm. */
    VM_STATUS_PLUGIN_BAD_MANIFEST = -603,   /**< A manifest that cannot be read. */
    VM_STATUS_PLUGIN_WRONG_PLATFORM = -604, /**< Built for another processor or system. */
    VM_STATUS_PLUGIN_INCOMPATIBLE = -605,   /**< Needs another version of the ABI or of libvm. */
    VM_STATUS_PLUGIN_NOT_ALLOWED = -606,    /**< The registry's policy forbids it. */
    VM_STATUS_PLUGIN_DUPLICATE = -607,      /**< Its name and version are loaded from another file. */
    VM_STATUS_PLUGIN_SUPERSEDED = -608,     /**< A higher version of it is loaded. */
    VM_STATUS_PLUGIN_LOAD = -609,           /**< The system could not open the library. */
    VM_STATUS_PLUGIN_BAD_DESCRIPTOR = -610, /**< Its descriptor is missing or wrong. */
    VM_STATUS_PLUGIN_INITIALIZE = -611,     /**< Its own initialize or create failed. */
    VM_STATUS_PLUGIN_DEPENDENCY = -612,     /**< A plug-in that it depends on is not there. */
    VM_STATUS_PLUGIN_FAILED = -613,         /**< A plug-in reports a failure of its own. */
    VM_STATUS_PLUGIN_OPTION = -614,         /**< An option is unknown, missing, of a wrong type or out of range. */
    VM_STATUS_PLUGIN_PERMISSION = -615,     /**< A permission that is not granted, or granted and not wanted. */
    VM_STATUS_UNTRUSTED_PATH = -620, /**< Others than root and this user could have put the file there. */
    VM_STATUS_PLUGIN_LOCK = -621,           /**< A lock file that cannot be read. */
    VM_STATUS_PLUGIN_HASH = -622,           /**< The file's bytes are not those that are expected. */
    VM_STATUS_PLUGIN_SIGNATURE = -623,      /**< No signature, or none that fits. */

    /* -700: files. */
    VM_STATUS_IO = -700,                /**< The system failed to read or write. */
    VM_STATUS_FILE_NOT_FOUND = -701,    /**< No such file or directory. */
    VM_STATUS_PERMISSION_DENIED = -702, /**< The system forbids it. */
    VM_STATUS_BAD_STATE_FILE = -703,    /**< A file is not a state file, or is damaged, or too new. */

    /* -800: the library itself. */
    VM_STATUS_INTERNAL = -800 /**< A fault of libvm, caught: please report it. */
};

/** How much a line of the log matters. */
typedef int32_t VM_LogLevel;

enum { VM_LOG_ERROR = 1, VM_LOG_WARNING = 2, VM_LOG_INFO = 3, VM_LOG_DEBUG = 4, VM_LOG_TRACE = 5 };

/** What a directory of a plug-in is for. */
typedef uint32_t VM_DirectoryKind;

enum {
    VM_DIRECTORY_RESOURCE = 1, /**< The plug-in's own files, which it only reads. */
    VM_DIRECTORY_DATA = 2,     /**< What it keeps. */
    VM_DIRECTORY_CACHE = 3,    /**< What it can make anew. */
    VM_DIRECTORY_TEMP = 4      /**< What goes with its instance. */
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
    VM_VALTYPE_BUFFER = 8     /**< A checked piece of guest memory; in arguments of host functions only. */
};

/** Bytes that may be written; who owns them and for how long, the function says that gives them. */
typedef struct VM_Buffer {
    uint8_t *data; /**< First byte; may be NULL when size is 0. */
    size_t size;   /**< In bytes. */
} VM_Buffer;

/** Bytes that may be read; who owns them and for how long, the function says that gives them. */
typedef struct VM_Bytes {
    const uint8_t *data; /**< First byte; may be NULL when size is 0. */
    size_t size;         /**< In bytes. */
} VM_Bytes;

/**
 * A function or host object that wasm refers to, as an index into the root table of its context. The null reference has
 * context 0. Borrowed during a callback; to keep one for longer, retain it.
 */
typedef struct VM_Ref {
    uint64_t context;    /**< The context's id; 0 in the null reference. */
    uint32_t slot;       /**< Index in the context's root table. */
    uint32_t generation; /**< Tells a slot's uses apart. */
} VM_Ref;

/**
 * A wasm value: 24 bytes everywhere. Of `of` only the member that the type names is set; the bytes beside it can be anything, so
 * do not send values as they are to another process.
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

typedef struct VM_CallerTable VM_CallerTable;

/**
 * The call that a host function is in: the door to the guest that called it. It is good for this call, on this thread;
 * outside of any call its functions answer VM_STATUS_STALE, on another thread VM_STATUS_WRONG_THREAD.
 */
typedef struct VM_Caller {
    const VM_CallerTable *table; /**< The functions below; use the inline ones. */
    void *data;                  /**< The function's own data, from its descriptor; NULL for a host's functions. */
    uint64_t id;                 /**< The call's number; 0 outside of any call. */
    uint32_t arg_count;          /**< How many arguments the callback was given. */
    uint32_t result_count;       /**< How many results it has to write. */
} VM_Caller;

/**
 * A host function.
 *
 * Every result arrives as VM_VALTYPE_NONE and must be written with the type of the signature; a missing or wrong one is a
 * trap that names the function. No C++ exception and no longjmp may leave the callback.
 *
 * @param instance_or_user what the plug-in's create made, or the `user` given with a host's function
 * @param caller the call; good until the callback returns
 * @param args `caller->arg_count` arguments, checked to be of the signature's types
 * @param results `caller->result_count` results to write
 * @return VM_STATUS_OK, or a failure, which ends the guest's execution with that status
 */
typedef VM_Status(VM_CALL *VM_Callback)(void *instance_or_user, VM_Caller *caller, const VM_Value *args, VM_Value *results);

/** Frees what a `user` or `data` pointer points to. */
typedef void(VM_CALL *VM_Free)(void *pointer);

/**
 * What a caller can do. It grows at its end only; `size` says how much of it is there.
 * Use the inline functions below, which describe each of these.
 */
struct VM_CallerTable {
    uint32_t size;     /**< Of this struct in bytes. */
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
};

struct VM_PluginManifest;
struct VM_PluginDescriptor;
struct VM_PluginHost;

/** The plug-in's function that gives its descriptor; it runs once for each registry that loads the plug-in. */
typedef const struct VM_PluginDescriptor *(VM_CALL *VM_PluginEntry)(const struct VM_PluginHost *host);

/** A plug-in linked into the host: what its source defines when compiled with -DVM_PLUGIN_BUILTIN=<this object's name>. */
typedef struct VM_PluginBuiltin {
    uint32_t size;                            /**< Of this struct in bytes. */
    uint32_t reserved;                        /**< 0. */
    const struct VM_PluginManifest *manifest; /**< Who it is. */
    VM_PluginEntry entry;                     /**< Where it begins. */
} VM_PluginBuiltin;

/** An inline function of these headers. */
#if defined(__GNUC__)
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

/** Makes the null reference. @return the reference [thread-safe] @since 0.1 */
VM_INLINE VM_Ref VM_CALL VM_RefNull(void)
VM_BODY(VM_Ref made; made.context = 0; made.slot = made.generation = 0; return made;)

/** Fills the first 8 bytes of a value, of which 4 are a number: half a word written just before a whole one is read stalls. */
#if defined(__BYTE_ORDER__) && defined(__ORDER_BIG_ENDIAN__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define VM_WORD(bits) ((int64_t)((uint64_t)(uint32_t)(bits) << 32))
#else
#define VM_WORD(bits) ((int64_t)(uint32_t)(bits))
#endif

/** Makes an i32. @param value the number @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueI32(int32_t value)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_I32; made.reserved = 0; made.of.ref = VM_RefNull(); made.of.i64 = VM_WORD(value);
        return made;)

/** Makes an i64. @param value the number @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueI64(int64_t value)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_I64; made.reserved = 0; made.of.ref = VM_RefNull(); made.of.i64 = value;
        return made;)

/** Makes an f32. @param value the number @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueF32(float value)
VM_BODY(VM_Value made; VM_Value bits; bits.of.f32 = value; made.type = VM_VALTYPE_F32; made.reserved = 0;
        made.of.ref = VM_RefNull(); made.of.i64 = VM_WORD(bits.of.i32); return made;)

/** Makes an f64. @param value the number @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueF64(double value)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_F64; made.reserved = 0; made.of.ref = VM_RefNull(); made.of.f64 = value;
        return made;)

/** Makes a v128. @param bytes 16 bytes, not NULL @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueV128(const uint8_t *bytes)
VM_BODY(VM_Value made; int i; made.type = VM_VALTYPE_V128; made.reserved = 0;
        for (i = 0; i < 16; i++) made.of.v128[i] = bytes[i]; return made;)

/** Makes a funcref. @param ref the reference; context 0 for null @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueFuncRef(VM_Ref ref)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_FUNCREF; made.reserved = 0; made.of.ref = ref; return made;)

/** Makes an externref. @param ref the reference; context 0 for null @return the value [thread-safe] @since 0.1 */
VM_INLINE VM_Value VM_CALL VM_ValueExternRef(VM_Ref ref)
VM_BODY(VM_Value made; made.type = VM_VALTYPE_EXTERNREF; made.reserved = 0; made.of.ref = ref; return made;)

/**
 * Says why the callback fails: return what this returns, and the guest traps with the text.
 * @param caller the call
 * @param text UTF-8, copied; NULL for none
 * @return VM_STATUS_TRAP
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT: then the text is not kept
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerTrap(VM_Caller *caller, const char *text)
VM_BODY(return caller ? caller->table->trap(caller, text) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Tells how large the guest's memory is: the one that the instance which imports the function exports as `memory`, else its
 * only exported one.
 * @param caller the call
 * @param size gets the size in bytes; not NULL
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
 * Copies bytes out of the guest's memory.
 * @param caller the call
 * @param address where to begin, in bytes
 * @param data gets the bytes; may be NULL when size is 0
 * @param size how many bytes
 * @return VM_STATUS_OK or a failure, after which nothing was copied
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
 * @param address where to begin, in bytes
 * @param data the bytes; may be NULL when size is 0
 * @param size how many bytes
 * @return VM_STATUS_OK or a failure, after which nothing was copied
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
 * Gives a direct pointer into the guest's memory, which is good until the callback returns or calls the guest: a memory
 * moves when it grows. A guest whose memory cannot be pointed to answers VM_STATUS_UNSUPPORTED; reading and writing
 * always work.
 * @param caller the call
 * @param address where to begin, in bytes
 * @param size how many bytes
 * @param span gets the pointer and the size; not NULL
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
 * Calls a function that the guest exports.
 * @param caller the call
 * @param name of the export, UTF-8
 * @param args arguments; may be NULL when arg_count is 0
 * @param arg_count how many; as many as the function has
 * @param results gets the results; may be the array of args, and NULL when result_count is 0
 * @param result_count how many; as many as the function has
 * @return VM_STATUS_OK or a failure; when the guest trapped, return it from the callback to pass the trap on
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_NOT_FOUND, VM_STATUS_WRONG_TYPE, VM_STATUS_WRONG_COUNT,
 * VM_STATUS_TRAP, VM_STATUS_EXIT, VM_STATUS_RECURSION_LIMIT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
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
 * Calls the function that a funcref refers to.
 * @param caller the call
 * @param function the reference
 * @param args arguments; may be NULL when arg_count is 0
 * @param arg_count how many; as many as the function has
 * @param results gets the results; may be the array of args, and NULL when result_count is 0
 * @param result_count how many; as many as the function has
 * @return VM_STATUS_OK or a failure; when the guest trapped, return it from the callback to pass the trap on
 * @par Errors
 * as VM_CallerCall, and VM_STATUS_WRONG_CONTEXT
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
 * Gives the data that the host gave the context with VM_ContextSetData.
 * @param caller the call
 * @param data gets the pointer, NULL when none was given; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The data stays the context's.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetContextData(VM_Caller *caller, void **data)
VM_BODY(return caller ? caller->table->get_context_data(caller, data) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Makes an externref that carries a pointer of the host or plug-in.
 * @param caller the call
 * @param pointer any pointer
 * @param free_pointer called once with the pointer when the context goes, also when this fails; NULL for none
 * @param ref gets the reference; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * The context owns the object from now on; the reference is borrowed until the callback returns.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerCreateExternRef(VM_Caller *caller, void *pointer, VM_Free free_pointer, VM_Ref *ref)
VM_BODY(if (caller) return caller->table->create_extern_ref(caller, pointer, free_pointer, ref);
        if (free_pointer) free_pointer(pointer); return VM_STATUS_NULL_ARGUMENT;)

/**
 * Gives the pointer that an externref carries.
 * @param caller the call
 * @param ref the reference; the null reference gives NULL
 * @param pointer gets the pointer; not NULL
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_TYPE (a funcref), VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE,
 * VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * What the pointer points to stays the context's.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerGetExternRef(VM_Caller *caller, VM_Ref ref, void **pointer)
VM_BODY(return caller ? caller->table->get_extern_ref(caller, ref, pointer) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Keeps a reference beyond the callback, until it is released or the context goes.
 * @param caller the call
 * @param ref the reference; the null reference needs no keeping
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * Release it as often as it was retained.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerRetainRef(VM_Caller *caller, VM_Ref ref)
VM_BODY(return caller ? caller->table->retain_ref(caller, ref) : VM_STATUS_NULL_ARGUMENT;)

/**
 * Gives back a reference that was retained.
 * @param caller the call
 * @param ref the reference; null is fine
 * @return VM_STATUS_OK or a failure
 * @par Errors
 * VM_STATUS_NULL_ARGUMENT, VM_STATUS_WRONG_CONTEXT, VM_STATUS_STALE, VM_STATUS_INVALID_ARGUMENT (an instance's export that was
 * not retained), VM_STATUS_WRONG_THREAD, VM_STATUS_REENTRANT
 * @par Ownership
 * Afterwards the reference is stale, unless it was retained more than once.
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_INLINE VM_Status VM_CALL VM_CallerReleaseRef(VM_Caller *caller, VM_Ref ref)
VM_BODY(return caller ? caller->table->release_ref(caller, ref) : VM_STATUS_NULL_ARGUMENT;)

/* The layout is part of the ABI: a compiler that lays it out in another way fails here. */
typedef char VM_AssertValueSize[sizeof(VM_Value) == 24 ? 1 : -1];
typedef char VM_AssertValueOf[offsetof(VM_Value, of) == 8 ? 1 : -1];
typedef char VM_AssertRefSize[sizeof(VM_Ref) == 16 ? 1 : -1];
typedef char VM_AssertCallerSize[sizeof(VM_Caller) == 2 * sizeof(void *) + 16 ? 1 : -1];
typedef char VM_AssertCallerId[offsetof(VM_Caller, id) == 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertCallerTableSize[sizeof(VM_CallerTable) == 8 + 12 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertBuiltinSize[sizeof(VM_PluginBuiltin) == 8 + 2 * sizeof(void *) ? 1 : -1];

#ifdef __cplusplus
}
#endif

#endif
