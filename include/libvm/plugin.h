/**
 * @file libvm/plugin.h
 * The plug-in ABI, version 0.2: everything that a plug-in needs. A plug-in links nothing of libvm.
 *
 * A plug-in is a shared library with two symbols. `libvm_plugin_manifest` is data that the host reads from the file before it opens
 * the library; `libvm_plugin_entry` is a function that returns the descriptor. VM_PLUGIN or VM_PLUGIN_DESCRIPTOR defines both:
 *
 *     cc -shared -fPIC -fvisibility=hidden calc.c -o calc.so
 *
 * Compiled with -DVM_PLUGIN_BUILTIN=calc the same source defines `const VM_PluginBuiltin calc` instead, so that it can be linked
 * into a host, which declares it `extern` and passes it to VM_PluginRegistryAddBuiltin.
 *
 * Growth: a struct with a size only grows at its end, and neither side reads past the smaller of the two sizes: check VM_HAS before
 * using a field that was appended later. The elements of an array may grow likewise: its stride is the size of one. Services and
 * extensions that not every plug-in needs have a string id with a revision; requesting one that does not exist returns NULL.
 *
 * Flags: unknown flags of the low 16 bits are hints and are ignored; unknown flags of the high 16 bits change the contract, and a
 * plug-in that uses them is refused. This holds for every flags word, in the manifest and in all descriptors.
 *
 * Lifetimes: the descriptor, its arrays and all strings in it must stay valid and unchanged until the plug-in's `cleanup` has
 * returned, and if the plug-in is refused or its `initialize` fails, until then. Constants are the simplest way. The entry is called
 * once for each registry and may return the same descriptor each time. Strings that a plug-in passes to the host are copied.
 */
#ifndef LIBVM_PLUGIN_H
#define LIBVM_PLUGIN_H

#include <libvm/hooks.h>
#include <libvm/option.h>
#include <libvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The major version of the ABI: both sides must have the same. */
#define VM_ABI_MAJOR 0
/** The minor version of the ABI. As long as the major version is 0, both sides must have the same; from 1.0 on it only appends. */
#define VM_ABI_MINOR 2
/** The first bytes of a manifest after its size. */
#define VM_PLUGIN_MAGIC "libvmpl"

/* Further contents of the manifest: define these before VM_PLUGIN. A string that is too long does not compile. */

/** The license as an SPDX expression; up to 63 bytes. */
#ifndef VM_PLUGIN_LICENSE
#define VM_PLUGIN_LICENSE ""
#endif
/**
 * The wasm modules that the descriptor contains, separated by commas; up to 1023 bytes. They must be the same on both sides. If
 * empty, the descriptor may contain no module, or one with the plug-in's name.
 */
#ifndef VM_PLUGIN_MODULES
#define VM_PLUGIN_MODULES ""
#endif
/** The plug-ins it depends on, separated by commas, each with an optional range of versions, as in `store >=1.2`; up to 1023 bytes. */
#ifndef VM_PLUGIN_DEPENDS
#define VM_PLUGIN_DEPENDS ""
#endif
/**
 * The permissions that it requests, separated by commas; up to 1023 bytes. A trailing `*` stands for all permissions with that
 * beginning. A host cannot grant others.
 */
#ifndef VM_PLUGIN_PERMISSIONS
#define VM_PLUGIN_PERMISSIONS ""
#endif
/** The range of libvm versions that it works with, as in `>=0.2`; empty for any; up to 31 bytes. */
#ifndef VM_PLUGIN_HOST_VERSION
#define VM_PLUGIN_HOST_VERSION ""
#endif
/** The minor ABI version that it requires, from ABI 1.0 on: leave it 0 unless the plug-in is of no use in an older host. */
#ifndef VM_PLUGIN_ABI_MINOR_REQUIRED
#define VM_PLUGIN_ABI_MINOR_REQUIRED 0
#endif
/** Flags of the manifest. */
#ifndef VM_PLUGIN_FLAGS
#define VM_PLUGIN_FLAGS 0
#endif

/** For VM_PLUGIN_FLAGS. */
enum {
    VM_PLUGIN_UNLOADABLE = 1 /**< The library may be closed when the plug-in is no longer used; otherwise it stays mapped. */
};

/** For the flags of VM_PluginDescriptor. Without any, each context has an instance of its own, which any thread may call. */
enum {
    VM_PLUGIN_SINGLETON = 0x10000,     /**< One instance for the registry, shared by all contexts. */
    VM_PLUGIN_THREAD_AFFINE = 0x20000, /**< An instance is called and destroyed only on the thread that created it. */
    VM_PLUGIN_SERIALIZED = 0x40000     /**< One call at a time, across all contexts, instances and registries. */
};

/** The manifest: plain data without pointers, read from the file before the library is opened. */
typedef struct VM_PluginManifest {
    uint32_t size;               /**< Size of this struct in bytes. */
    char magic[8];               /**< VM_PLUGIN_MAGIC */
    uint32_t abi_major;          /**< VM_ABI_MAJOR of the header that the plug-in was built with. */
    uint32_t abi_minor_built;    /**< VM_ABI_MINOR of the header that the plug-in was built with. */
    uint32_t abi_minor_required; /**< VM_PLUGIN_ABI_MINOR_REQUIRED */
    uint32_t flags;              /**< VM_PLUGIN_FLAGS */
    char name[64];               /**< Letters, digits, `-`, `_` and `.`; NUL-terminated like all of these. */
    char version[32];            /**< Any string, preferably a semantic version. */
    char description[160];       /**< One line. */
    char license[64];            /**< VM_PLUGIN_LICENSE */
    char modules[1024];          /**< VM_PLUGIN_MODULES */
    char depends[1024];          /**< VM_PLUGIN_DEPENDS */
    char permissions[1024];      /**< VM_PLUGIN_PERMISSIONS */
    char host_version[32];       /**< VM_PLUGIN_HOST_VERSION */
} VM_PluginManifest;

typedef struct VM_PluginHost VM_PluginHost;

/**
 * The host as a plug-in sees it: one object for each plug-in and registry, valid from the entry until cleanup has returned. It only
 * grows at its end. Keep it in the plug-in's `data` or instance, never in a static variable: several registries may load the same
 * library. Use the inline functions below.
 */
struct VM_PluginHost {
    uint32_t size;             /**< Size of this struct in bytes. */
    uint32_t abi_minor;        /**< The minor ABI version that both sides use. */
    const char *libvm_version; /**< The version of the host's libvm, as in "0.7.0". */
    const void *(VM_CALL *get_service)(const VM_PluginHost *host, const char *id);                                          /**< VM_HostGetService */
    VM_Status(VM_CALL *fail)(const VM_PluginHost *host, const char *text);                                                  /**< VM_HostFail */
    void(VM_CALL *log)(const VM_PluginHost *host, const VM_PluginInstance *self, VM_LogLevel level, const char *text);      /**< VM_HostLog */
    void *(VM_CALL *get_data)(const VM_PluginHost *host);                                                                   /**< VM_HostGetData */
    void(VM_CALL *release_ref)(const VM_PluginHost *host, VM_Ref ref);                                                      /**< VM_HostReleaseRef */
};

/** A function of a wasm module. */
typedef struct VM_FunctionDescriptor {
    uint32_t flags;          /**< VM_FUNCTION_* */
    uint32_t reserved;       /**< 0. */
    const char *name;        /**< Name of the import, UTF-8. */
    const char *signature;   /**< As in "(ii)i": see VM_HostModuleAddFunction, or docs/host-functions.md. */
    VM_Callback callback;    /**< The host function. */
    void *data;              /**< Passed to the callback as `caller->data`, so that one C function can serve many names. */
    const char *permission;  /**< The permission that a call requires, covered by VM_PLUGIN_PERMISSIONS; or NULL. */
    const char *description; /**< One line, or NULL. */
} VM_FunctionDescriptor;

/** An array of function descriptors. */
typedef struct VM_FunctionTable {
    const VM_FunctionDescriptor *items; /**< The first element; NULL if there is none. */
    uint32_t count;                     /**< Number of elements. */
    uint32_t stride;                    /**< Size of an element in bytes, as the plug-in was built. */
} VM_FunctionTable;

/** A wasm module that the plug-in provides. */
typedef struct VM_ModuleDescriptor {
    uint32_t flags;             /**< 0. */
    uint32_t reserved;          /**< 0. */
    const char *name;           /**< The module name that imports use, UTF-8. */
    const char *description;    /**< One line, or NULL. */
    VM_FunctionTable functions; /**< Its functions. */
} VM_ModuleDescriptor;

/** An array of module descriptors. */
typedef struct VM_ModuleTable {
    const VM_ModuleDescriptor *items; /**< The first element; NULL if there is none. */
    uint32_t count;                   /**< Number of elements. */
    uint32_t stride;                  /**< Size of an element in bytes, as the plug-in was built. */
} VM_ModuleTable;

#if defined(__cplusplus) && __cplusplus >= 201402L
/** In C++ fields that an initializer leaves out have a value, which keeps compilers from warning about them. */
#define VM_ZERO_BY_DEFAULT = {}
#else
/** In C++ fields that an initializer leaves out have a value; C needs none. */
#define VM_ZERO_BY_DEFAULT
#endif

/** What a plug-in provides. It only grows at its end. Every function may be NULL. */
typedef struct VM_PluginDescriptor {
    uint32_t size;                             /**< Size of this struct in bytes. */
    uint32_t flags VM_ZERO_BY_DEFAULT;         /**< VM_PLUGIN_SINGLETON, and one of VM_PLUGIN_THREAD_AFFINE and VM_PLUGIN_SERIALIZED. */
    VM_ModuleTable modules VM_ZERO_BY_DEFAULT; /**< The wasm modules it provides. */
    VM_OptionTable options VM_ZERO_BY_DEFAULT; /**< Its options. */

    /**
     * Creates the plug-in's instance in a context, shared by all its modules. Called when the plug-in is registered in the context,
     * on that thread. For a singleton it is called once for the registry, when a context first registers it, and `self` has the
     * registry's option values, permissions, state, log and directories. Without it callbacks receive `data` of initialize.
     * @param host the host
     * @param self the instance's presence in its context, for services; valid until destroy has returned. In a callback
     * `caller->self` is the presence in the calling context: the same, except for a singleton
     * @param instance receives the pointer that callbacks are passed; initially NULL
     * @return VM_STATUS_OK, or a failure (see VM_HostFail): the plug-in is then not registered, and destroy is not called
     */
    VM_Status(VM_CALL *create)(const VM_PluginHost *host, VM_PluginInstance *self, void **instance) VM_ZERO_BY_DEFAULT;

    /**
     * Destroys what create made. Called once, when the context is deleted, on the thread that deletes it; for a thread-affine
     * plug-in on the instance's own thread. For a singleton it is called right before cleanup.
     * @param instance the pointer that create returned
     */
    void(VM_CALL *destroy)(void *instance) VM_ZERO_BY_DEFAULT;

    /**
     * Called once for each registry that loads the plug-in, on the loading thread, possibly several times in a process.
     * @param host the host
     * @param data receives the pointer that VM_HostGetData returns from now on; initially NULL
     * @return VM_STATUS_OK, or a failure (see VM_HostFail): the plug-in is then not loaded, and cleanup is not called
     */
    VM_Status(VM_CALL *initialize)(const VM_PluginHost *host, void **data) VM_ZERO_BY_DEFAULT;

    /** Reverses initialize, after the registry and all contexts with the plug-in are gone; never at exit. @param data of initialize */
    void(VM_CALL *cleanup)(void *data) VM_ZERO_BY_DEFAULT;

    /**
     * Returns an extension of the plug-in. Called after initialize, once for each id, on any thread, also while other functions run.
     * @param data of initialize
     * @param id of the extension with its revision, as in "libvm.snapshot/1"
     * @return the extension's struct, valid until cleanup has returned, or NULL if the plug-in does not have it
     */
    const void *(VM_CALL *get_extension)(void *data, const char *id) VM_ZERO_BY_DEFAULT;
} VM_PluginDescriptor;

/** `{items, count, stride}` of an array. */
#define VM_TABLE(array) { array, (uint32_t)(sizeof(array) / sizeof((array)[0])), (uint32_t)sizeof((array)[0]) }
/** `{items, count, stride}` of no array. */
#define VM_TABLE_EMPTY { NULL, 0, 0 }

/** A function: name, signature, callback. */
#define VM_FUNCTION(name, signature, callback) VM_FUNCTION_WITH(name, signature, callback, NULL, 0, NULL, NULL)
/** A function with a description of one line. */
#define VM_FUNCTION_DESCRIBED(name, signature, callback, description) \
    VM_FUNCTION_WITH(name, signature, callback, NULL, 0, NULL, description)
/** A function with the permission that a call requires. */
#define VM_FUNCTION_PERMITTED(name, signature, callback, permission) \
    VM_FUNCTION_WITH(name, signature, callback, NULL, 0, permission, NULL)
/** A function with everything: the data for `caller->data`, VM_FUNCTION_* flags, permission and description (or NULL). */
#define VM_FUNCTION_WITH(name, signature, callback, data, flags, permission, description) \
    { flags, 0, name, signature, callback, data, permission, description }

/** A module: name and array of functions. */
#define VM_MODULE(name, functions) VM_MODULE_DESCRIBED(name, functions, NULL)
/** A module with a description of one line. */
#define VM_MODULE_DESCRIBED(name, functions, description) { 0, 0, name, description, VM_TABLE(functions) }

/**
 * The beginning of a descriptor in C and in C++20: `{ VM_PLUGIN_DESCRIPTOR_INIT, .flags = …, .modules = VM_TABLE(modules), … }`.
 * C++ wants the fields in the order of VM_PluginDescriptor.
 */
#define VM_PLUGIN_DESCRIPTOR_INIT .size = (uint32_t)sizeof(VM_PluginDescriptor)

/** A whole descriptor in C++17, which has no designated initializers. Arrays are VM_TABLE(array) or VM_TABLE_EMPTY; functions may be NULL. */
#define VM_PLUGIN_DESCRIPTOR_OF(flags, modules, options, create, destroy, initialize, cleanup, get_extension) \
    { (uint32_t)sizeof(VM_PluginDescriptor), flags, modules, options, create, destroy, initialize, cleanup, get_extension }

/** Used by VM_PLUGIN: a string of the manifest that is too long with its NUL does not compile. */
#define VM_PLUGIN_FITS(text, field) \
    typedef char VM_PLUGIN_##field##_is_too_long[sizeof(text) <= sizeof(((VM_PluginManifest *)NULL)->field) ? 1 : -1]

/** Used by VM_PLUGIN: the initializer of the manifest. */
#define VM_PLUGIN_MANIFEST_OF(name, version, text)                                                                        \
    { (uint32_t)sizeof(VM_PluginManifest), VM_PLUGIN_MAGIC, VM_ABI_MAJOR, VM_ABI_MINOR, VM_PLUGIN_ABI_MINOR_REQUIRED,     \
      VM_PLUGIN_FLAGS, name, version, text, VM_PLUGIN_LICENSE, VM_PLUGIN_MODULES, VM_PLUGIN_DEPENDS,                      \
      VM_PLUGIN_PERMISSIONS, VM_PLUGIN_HOST_VERSION }

/** Used by VM_PLUGIN: defines the manifest. */
#define VM_PLUGIN_MANIFEST(linkage, name_, version_, text_)                                                               \
    VM_PLUGIN_FITS(name_, name);                                                                                          \
    VM_PLUGIN_FITS(version_, version);                                                                                    \
    VM_PLUGIN_FITS(text_, description);                                                                                   \
    VM_PLUGIN_FITS(VM_PLUGIN_LICENSE, license);                                                                           \
    VM_PLUGIN_FITS(VM_PLUGIN_MODULES, modules);                                                                           \
    VM_PLUGIN_FITS(VM_PLUGIN_DEPENDS, depends);                                                                           \
    VM_PLUGIN_FITS(VM_PLUGIN_PERMISSIONS, permissions);                                                                   \
    VM_PLUGIN_FITS(VM_PLUGIN_HOST_VERSION, host_version);                                                                 \
    linkage const VM_PluginManifest libvm_plugin_manifest = VM_PLUGIN_MANIFEST_OF(name_, version_, text_)

/** Used by VM_PLUGIN: defines the entry function. */
#define VM_PLUGIN_ENTRY(linkage, descriptor)                                                                              \
    linkage const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host)                              \
    {                                                                                                                     \
        (void)host;                                                                                                       \
        return &descriptor;                                                                                               \
    }

#ifdef VM_PLUGIN_BUILTIN

VM_EXTERN const VM_PluginBuiltin VM_PLUGIN_BUILTIN;

/** Defines the plug-in's symbols: name, version, a description of one line, descriptor. */
#define VM_PLUGIN_DESCRIPTOR(name, version, text, descriptor)                                                             \
    VM_PLUGIN_ENTRY(static, descriptor)                                                                                   \
    VM_PLUGIN_MANIFEST(static, name, version, text);                                                                      \
    const VM_PluginBuiltin VM_PLUGIN_BUILTIN = { (uint32_t)sizeof(VM_PluginBuiltin), 0, &libvm_plugin_manifest, libvm_plugin_entry }

#else

VM_EXTERN VM_EXPORT const VM_PluginManifest libvm_plugin_manifest;
VM_EXPORT const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host);

/** Defines the plug-in's symbols: name, version, a description of one line, descriptor. */
#define VM_PLUGIN_DESCRIPTOR(name, version, text, descriptor)                                                             \
    VM_PLUGIN_ENTRY(, descriptor)                                                                                         \
    VM_PLUGIN_MANIFEST(, name, version, text)

#endif

/** Defines the plug-in's symbols: name, version, a description of one line, array of modules. */
#define VM_PLUGIN(name, version, text, modules)                                                                           \
    static const VM_PluginDescriptor libvm_plugin_descriptor =                                                            \
        VM_PLUGIN_DESCRIPTOR_OF(0, VM_TABLE(modules), VM_TABLE_EMPTY, NULL, NULL, NULL, NULL, NULL);                      \
    VM_PLUGIN_DESCRIPTOR(name, version, text, libvm_plugin_descriptor)

/**
 * Returns a service of the host.
 * @param host the host
 * @param id of the service with its revision, as in "libvm.state/1"
 * @return the service, valid as long as the host, or NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL const void *VM_CALL VM_HostGetService(const VM_PluginHost *host, const char *id)
{
    return host->get_service(host, id);
}

/**
 * Sets the reason for the failure of the entry, initialize, create, save or restore function that is running: return the result of
 * this function from it, or any other failure. The entry returns NULL to fail.
 * @param host the host
 * @param text UTF-8, copied
 * @return VM_STATUS_PLUGIN_FAILED
 * @par Threads
 * [one thread per object]: the thread that called that function; elsewhere the text is a line of the log
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostFail(const VM_PluginHost *host, const char *text) { return host->fail(host, text); }

/**
 * Writes a line to the log, with the name of the plug-in and, if the context of `self` has one, the name of the context.
 * @param host the host
 * @param self the presence in the context whose log is used, in a callback `caller->self`; NULL for the process's log
 * @param level VM_LOG_*
 * @param text UTF-8, copied
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL void VM_CALL VM_HostLog(const VM_PluginHost *host, const VM_PluginInstance *self, VM_LogLevel level, const char *text)
{
    host->log(host, self, level, text);
}

/**
 * Returns the data that initialize made.
 * @param host the host
 * @return the data; NULL before initialize has returned
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL void *VM_CALL VM_HostGetData(const VM_PluginHost *host) { return host->get_data(host); }

/**
 * Releases a reference that VM_CallerRetainRef retained. Inside and outside of callbacks, at any time: the reference is released at the
 * next safe point of its context, when a thread begins to use the context or a callback asks for a reference.
 * @param host the host
 * @param ref the reference; a null or stale one, or one of a context that was deleted, does nothing
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_LOCAL void VM_CALL VM_HostReleaseRef(const VM_PluginHost *host, VM_Ref ref) { host->release_ref(host, ref); }

/** The id of the service of option values. */
#define VM_OPTIONS_SERVICE "libvm.options/1"

/**
 * The service of option values. They belong to an instance, are checked before create, and do not change until destroy; those of a
 * singleton are the registry's in every context.
 * Each function returns VM_STATUS_OK, VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_PLUGIN_OPTION (the descriptor has no
 * such option) or VM_STATUS_WRONG_TYPE. The last two also set the reason for the failure of create, if that returns the same status;
 * elsewhere they are a line of the log. [thread-safe] as long as the instance exists. It only grows at its end.
 */
typedef struct VM_OptionsService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *get_bool)(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, bool *value);           /**< VM_HostGetOptionBool */
    VM_Status(VM_CALL *get_integer)(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, int64_t *value);     /**< VM_HostGetOptionInteger */
    VM_Status(VM_CALL *get_float)(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, double *value);        /**< VM_HostGetOptionFloat */
    VM_Status(VM_CALL *get_string)(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, const char **value);  /**< VM_HostGetOptionString */
    VM_Status(VM_CALL *get_list)(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, const char *const **items, size_t *count); /**< VM_HostGetOptionList */
} VM_OptionsService;

/**
 * Returns the service of option values.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_LOCAL const VM_OptionsService *VM_CALL VM_HostGetOptionsService(const VM_PluginHost *host)
{
    return (const VM_OptionsService *)host->get_service(host, VM_OPTIONS_SERVICE);
}

#define VM_HOST_OPTION(function) \
    const VM_OptionsService *service = VM_HostGetOptionsService(host); \
    return service ? service->function : VM_STATUS_UNSUPPORTED

/**
 * Returns the value of a bool option.
 * @param host the host
 * @param self the presence in a context
 * @param key name of the option
 * @param value receives the value; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as described at VM_OptionsService
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionBool(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, bool *value)
{
    VM_HOST_OPTION(get_bool(host, self, key, value));
}

/**
 * Returns the value of an integer option.
 * @param host the host
 * @param self the presence in a context
 * @param key name of the option
 * @param value receives the value; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as described at VM_OptionsService
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionInteger(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, int64_t *value)
{
    VM_HOST_OPTION(get_integer(host, self, key, value));
}

/**
 * Returns the value of a float option.
 * @param host the host
 * @param self the presence in a context
 * @param key name of the option
 * @param value receives the value; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as described at VM_OptionsService
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionFloat(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, double *value)
{
    VM_HOST_OPTION(get_float(host, self, key, value));
}

/**
 * Returns the value of a string or enum option.
 * @param host the host
 * @param self the presence in a context
 * @param key name of the option
 * @param value receives the string, which is valid until destroy has returned; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as described at VM_OptionsService
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionString(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, const char **value)
{
    VM_HOST_OPTION(get_string(host, self, key, value));
}

/**
 * Returns the value of a list option.
 * @param host the host
 * @param self the presence in a context
 * @param key name of the option
 * @param items receives the array of strings, which is valid until destroy has returned; not NULL
 * @param count receives the number of strings; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as described at VM_OptionsService
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionList(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key,
                                                const char *const **items, size_t *count)
{
    VM_HOST_OPTION(get_list(host, self, key, items, count));
}

/** The id of the service that stores state. */
#define VM_STATE_SERVICE "libvm.state/1"

/**
 * The service of key-value storage and counters. Keys are scoped to the plug-in and to the name of the context: contexts with the
 * same name share them, and they live as long as the registry, or in the state file that the host has set; those of a context without
 * a name are lost when it is deleted. `self` says which context: in a callback pass `caller->self`.
 * Keys are UTF-8 of 1 to 1024 bytes; a value has at most 16 MiB; values and counters have separate keys. Each function returns
 * VM_STATUS_OK, VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the key), VM_STATUS_IO (the state file could
 * not be read or written: nothing has changed, and the host's log has the reason), or a status described at the function.
 * [thread-safe] as long as the instance exists. It only grows at its end.
 */
typedef struct VM_StateService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    /** Sets a value. VM_STATUS_LIMIT if it is too large. */
    VM_Status(VM_CALL *put)(VM_PluginInstance *self, const char *key, const void *data, size_t size);
    /** Copies a value of at most `capacity` bytes and returns its whole size. VM_STATUS_NOT_FOUND; VM_STATUS_OUT_OF_BOUNDS if it does not fit. */
    VM_Status(VM_CALL *get)(const VM_PluginInstance *self, const char *key, void *data, size_t capacity, size_t *size);
    /** Deletes a value or a counter. VM_STATUS_NOT_FOUND. */
    VM_Status(VM_CALL *remove)(VM_PluginInstance *self, const char *key);
    /** Adds to a counter, which is initially 0, and returns its new value (`now` may be NULL). VM_STATUS_LIMIT on overflow. */
    VM_Status(VM_CALL *increment)(VM_PluginInstance *self, const char *key, int64_t by, int64_t *now);
    /** Returns the value of a counter; 0 if it was never incremented. */
    VM_Status(VM_CALL *get_counter)(const VM_PluginInstance *self, const char *key, int64_t *now);
    /** Calls `each` with every key of values and counters that starts with `prefix` (NULL for all), in order, until it returns false. */
    VM_Status(VM_CALL *list_keys)(const VM_PluginInstance *self, const char *prefix, bool(VM_CALL *each)(void *user, const char *key), void *user);
} VM_StateService;

/**
 * Returns the service that stores state.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_LOCAL const VM_StateService *VM_CALL VM_HostGetStateService(const VM_PluginHost *host)
{
    return (const VM_StateService *)host->get_service(host, VM_STATE_SERVICE);
}

/** The id of the service of permissions. */
#define VM_PERMISSION_SERVICE "libvm.permission/1"

/**
 * The service of permissions that depend on arguments, such as `process:exec:git`. What the host grants is fixed when the plug-in is
 * registered in the context; the manifest (VM_PLUGIN_PERMISSIONS) must cover it, as in `process:exec:*`. Each function returns
 * VM_STATUS_OK, VM_STATUS_PLUGIN_PERMISSION (not granted), VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8 or
 * VM_STATUS_INVALID_ARGUMENT (empty, longer than 1024 bytes, or with control characters): continue only on VM_STATUS_OK. It only grows
 * at its end.
 */
typedef struct VM_PermissionService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *check)(const VM_PluginInstance *self, const char *permission); /**< VM_HostCheckPermission */
    VM_Status(VM_CALL *require)(VM_Caller *caller, const char *permission);           /**< VM_HostRequirePermission */
} VM_PermissionService;

/**
 * Returns the service of permissions.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_LOCAL const VM_PermissionService *VM_CALL VM_HostGetPermissionService(const VM_PluginHost *host)
{
    return (const VM_PermissionService *)host->get_service(host, VM_PERMISSION_SERVICE);
}

/**
 * Checks whether a permission is granted to the plug-in in a context.
 * @param host the host
 * @param self the presence in the context; in a callback `caller->self`
 * @param permission as in "process:exec:git", UTF-8
 * @return VM_STATUS_OK if it is; VM_STATUS_UNSUPPORTED (a host without permissions), or as described at VM_PermissionService
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostCheckPermission(const VM_PluginHost *host, const VM_PluginInstance *self, const char *permission)
{
    const VM_PermissionService *service = VM_HostGetPermissionService(host);
    return service ? service->check(self, permission) : VM_STATUS_UNSUPPORTED;
}

/**
 * Checks whether a permission is granted to the plug-in in the calling context. If not, return the status from the callback, and the
 * guest's execution ends with a message that names the permission and tells how to grant it.
 * @param host the host
 * @param caller the call
 * @param permission as in "process:exec:git", UTF-8
 * @return VM_STATUS_OK if it is; VM_STATUS_UNSUPPORTED (a host without permissions), VM_STATUS_STALE, VM_STATUS_WRONG_THREAD,
 * VM_STATUS_REENTRANT, or as described at VM_PermissionService
 * @par Threads
 * [inside a callback only]
 * @since 0.2
 */
VM_LOCAL VM_Status VM_CALL VM_HostRequirePermission(const VM_PluginHost *host, VM_Caller *caller, const char *permission)
{
    const VM_PermissionService *service = VM_HostGetPermissionService(host);
    return service ? service->require(caller, permission) : VM_STATUS_UNSUPPORTED;
}

/** The id of the service of directories. */
#define VM_DIRECTORIES_SERVICE "libvm.directories/1"

/**
 * The service of directories: absolute paths, accessible to this user only, created when they are first requested.
 *
 * VM_DIRECTORY_RESOURCE is the directory with the plug-in's name beside its library, or else the library's own directory: the plug-in's
 * files, read-only; a built-in plug-in has none. VM_DIRECTORY_DATA and VM_DIRECTORY_CACHE are scoped to the plug-in and to the name of
 * the context, like state: contexts with the same name share them; those of a context without a name are deleted with the instance.
 * VM_DIRECTORY_TEMP is a new directory for each instance. What is deleted with the instance is deleted with its contents after destroy
 * has returned and the instance's data has been freed; in the calling context of a singleton, when the context is deleted. It only grows
 * at its end.
 */
typedef struct VM_DirectoriesService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *get)(const VM_PluginHost *host, VM_PluginInstance *self, VM_DirectoryKind kind, const char **path); /**< VM_HostGetDirectory */
} VM_DirectoriesService;

/**
 * Returns the service of directories.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_LOCAL const VM_DirectoriesService *VM_CALL VM_HostGetDirectoriesService(const VM_PluginHost *host)
{
    return (const VM_DirectoriesService *)host->get_service(host, VM_DIRECTORIES_SERVICE);
}

/**
 * Returns a directory of the plug-in, and creates it if it does not exist. A failure sets the reason for the failure of initialize or
 * create, if that returns the same status; elsewhere it is a line of the log.
 * @param host the host
 * @param self the presence in a context
 * @param kind VM_DIRECTORY_*
 * @param path receives the absolute path, which is valid as long as `self`; not NULL
 * @return VM_STATUS_OK; VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (unknown kind), VM_STATUS_NOT_FOUND (no home directory, or
 * the resources of a built-in plug-in), VM_STATUS_LIMIT (the name is too long), VM_STATUS_UNTRUSTED_PATH (another user can change the
 * directory), VM_STATUS_IO, VM_STATUS_PERMISSION_DENIED, VM_STATUS_FILE_NOT_FOUND, VM_STATUS_UNSUPPORTED (a host without directories)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetDirectory(const VM_PluginHost *host, VM_PluginInstance *self, VM_DirectoryKind kind,
                                               const char **path)
{
    const VM_DirectoriesService *service = VM_HostGetDirectoriesService(host);
    return service ? service->get(host, self, kind, path) : VM_STATUS_UNSUPPORTED;
}

/** The id of the service of data. */
#define VM_DATA_SERVICE "libvm.data/1"

/**
 * The service of data: a pointer with a function that frees it, attached to the plug-in's presence in a context or to a call. (The data
 * of the plug-in itself is what initialize makes and cleanup frees.)
 *
 * There is one pointer for each; setting another frees the previous one at once, and NULL sets none. Each is freed exactly once, also if
 * setting fails: the pointer of a call when its callback has returned, before the guest continues; the pointer of a presence when the
 * context is deleted, after the instance's destroy, which may still read it (for a singleton, before its destroy). The function that frees
 * must not use the object that the data was attached to.
 *
 * The functions return VM_STATUS_OK or VM_STATUS_NULL_ARGUMENT, and for a call also VM_STATUS_STALE, VM_STATUS_WRONG_THREAD and
 * VM_STATUS_REENTRANT; reading yields NULL if nothing was set. Those of a presence are [thread-safe], but do not replace a pointer that
 * another thread is using; those of a call are for use [inside a callback only]. It only grows at its end.
 */
typedef struct VM_DataService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *set_for_context)(VM_PluginInstance *self, void *pointer, VM_Free free_pointer); /**< Sets the pointer of a presence. */
    VM_Status(VM_CALL *get_for_context)(const VM_PluginInstance *self, void **pointer);                /**< Returns it. */
    VM_Status(VM_CALL *set_for_call)(VM_Caller *caller, void *pointer, VM_Free free_pointer);          /**< Sets the pointer of a call. */
    VM_Status(VM_CALL *get_for_call)(VM_Caller *caller, void **pointer);                               /**< Returns it. */
} VM_DataService;

/**
 * Returns the service of data.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL const VM_DataService *VM_CALL VM_HostGetDataService(const VM_PluginHost *host)
{
    return (const VM_DataService *)host->get_service(host, VM_DATA_SERVICE);
}

/** The id of the service that completes suspended calls and events. */
#define VM_SUSPENSION_SERVICE "libvm.suspension/1"

/**
 * The service that completes calls suspended with VM_CallerSuspend, and events suspended with VM_EventSuspend, from any thread. It only
 * grows at its end.
 */
typedef struct VM_SuspensionService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *complete)(VM_Token token, const VM_Value *values, size_t count);               /**< VM_HostComplete */
    VM_Status(VM_CALL *complete_with_failure)(VM_Token token, VM_Status status, const char *text);    /**< VM_HostCompleteWithFailure */
    VM_Status(VM_CALL *complete_event)(VM_Token token, VM_Status answer, const char *text);           /**< VM_HostCompleteEvent; since 0.4 */
} VM_SuspensionService;

/**
 * Returns the service that completes suspended calls.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_LOCAL const VM_SuspensionService *VM_CALL VM_HostGetSuspensionService(const VM_PluginHost *host)
{
    return (const VM_SuspensionService *)host->get_service(host, VM_SUSPENSION_SERVICE);
}

/**
 * Completes a suspended call. Without a `resume` function in its suspension the values are the results of the host function; with one
 * they are passed to it, and may be any number of numbers.
 * @param host the host
 * @param token the token of VM_CallerSuspend
 * @param values the values, copied; may be NULL if count is 0
 * @param count number of values
 * @return VM_STATUS_OK; VM_STATUS_STALE (the call was completed or cancelled, or its context was reset or deleted); VM_STATUS_WRONG_TYPE,
 * VM_STATUS_WRONG_COUNT (not the results of the function, or a reference for `resume`), VM_STATUS_NULL_ARGUMENT: the call can still be
 * completed; VM_STATUS_UNSUPPORTED (a host without suspension)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_LOCAL VM_Status VM_CALL VM_HostComplete(const VM_PluginHost *host, VM_Token token, const VM_Value *values, size_t count)
{
    const VM_SuspensionService *service = VM_HostGetSuspensionService(host);
    return service ? service->complete(token, values, count) : VM_STATUS_UNSUPPORTED;
}

/**
 * Completes a suspended call with a failure. Without a `resume` function in its suspension the host function fails with it; with one the
 * status and the text are passed to it.
 * @param host the host
 * @param token the token of VM_CallerSuspend
 * @param status a failure: one of VM_STATUS_*, or a status of your own (VM_STATUS_USER and below)
 * @param text the message, UTF-8, copied; NULL for none
 * @return VM_STATUS_OK; VM_STATUS_STALE (as for VM_HostComplete); VM_STATUS_INVALID_ARGUMENT (the status is not a failure): the call can
 * still be completed; VM_STATUS_UNSUPPORTED (a host without suspension)
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_LOCAL VM_Status VM_CALL VM_HostCompleteWithFailure(const VM_PluginHost *host, VM_Token token, VM_Status status, const char *text)
{
    const VM_SuspensionService *service = VM_HostGetSuspensionService(host);
    return service ? service->complete_with_failure(token, status, text) : VM_STATUS_UNSUPPORTED;
}

/**
 * Completes an event that was suspended with VM_EventSuspend. Without a `resume` function in its suspension the answer is the hook's;
 * with one the answer and the text are passed to it.
 * @param host the host
 * @param token the token of VM_EventSuspend
 * @param answer VM_STATUS_OK, VM_STATUS_COMPLETE, VM_STATUS_RETRY, or a failure: one of VM_STATUS_*, or a status of your own
 * (VM_STATUS_USER and below)
 * @param text the message of a failure, or a text for `resume`, UTF-8, copied; NULL for none
 * @return VM_STATUS_OK; VM_STATUS_STALE (the event was completed or cancelled, or its context was reset or deleted);
 * VM_STATUS_INVALID_ARGUMENT (another answer): the event can still be completed; VM_STATUS_UNSUPPORTED (a host without hooks)
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_LOCAL VM_Status VM_CALL VM_HostCompleteEvent(const VM_PluginHost *host, VM_Token token, VM_Status answer, const char *text)
{
    const VM_SuspensionService *service = VM_HostGetSuspensionService(host);
    return service && VM_HAS(service, complete_event) ? service->complete_event(token, answer, text) : VM_STATUS_UNSUPPORTED;
}

/** The id of the service of clocks. */
#define VM_CLOCK_SERVICE "libvm.clock/1"

/** The service of clocks. It only grows at its end. */
typedef struct VM_ClockService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    uint64_t(VM_CALL *get_monotonic)(const VM_PluginHost *host); /**< VM_HostGetMonotonicTime */
    int64_t(VM_CALL *get_wall)(const VM_PluginHost *host);       /**< VM_HostGetWallTime */
} VM_ClockService;

/**
 * Returns the service of clocks.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_LOCAL const VM_ClockService *VM_CALL VM_HostGetClockService(const VM_PluginHost *host)
{
    return (const VM_ClockService *)host->get_service(host, VM_CLOCK_SERVICE);
}

/**
 * Returns the time of a clock that never goes back, for measuring durations.
 * @param host the host
 * @return nanoseconds since an unspecified moment; 0 in a host without clocks
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_LOCAL uint64_t VM_CALL VM_HostGetMonotonicTime(const VM_PluginHost *host)
{
    const VM_ClockService *service = VM_HostGetClockService(host);
    return service ? service->get_monotonic(host) : 0;
}

/**
 * Returns the date and time, as the system's clock has it.
 * @param host the host
 * @return nanoseconds since the beginning of 1970, UTC; negative before; 0 in a host without clocks
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_LOCAL int64_t VM_CALL VM_HostGetWallTime(const VM_PluginHost *host)
{
    const VM_ClockService *service = VM_HostGetClockService(host);
    return service ? service->get_wall(host) : 0;
}

/** The id of the service of the event loop. */
#define VM_LOOP_SERVICE "libvm.loop/1"

/**
 * The service of the host's event loop: it calls functions of the plug-in when a descriptor is ready, when a timer is due, or when another
 * thread posts them. They run on the thread that runs the loop, not inside a call of a guest: the thread of a context, if the host uses
 * both on one thread. They must not block. For a serialized plug-in they wait for its turn; a thread-affine plug-in gets them on the
 * loop's thread all the same.
 *
 * All functions may be called on any thread and in callbacks, also in initialize and create. When unwatch or cancel_timer returns, the
 * function is not called any more; if it is running on another thread, they wait until it has returned, so do not hold a lock that it
 * takes. A function that ends its own watch or timer goes on. `free_user` is called exactly once, after the last call, also if the
 * call that takes it fails. What a plug-in has left when its cleanup is called was ended before; what an instance has started, its
 * destroy must end.
 *
 * Each function returns VM_STATUS_OK; VM_STATUS_UNSUPPORTED if the host has no event loop for plug-ins; VM_STATUS_STALE if the host has
 * deleted it, or if there is no such watch or timer of this plug-in any more; VM_STATUS_NULL_ARGUMENT; or a status described at the
 * function. A failure other than VM_STATUS_STALE sets the reason for the failure of initialize or create, if that returns the same
 * status; elsewhere it is a line of the log. It only grows at its end.
 */
typedef struct VM_LoopService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    /**
     * Watches a descriptor for VM_LOOP_READABLE, VM_LOOP_WRITABLE or both (0 pauses): `callback` is called in each round in which it is ready.
     * `id` receives the number of the watch, never 0; it may be NULL. End the watches of a descriptor before closing it.
     * VM_STATUS_INVALID_ARGUMENT (unknown events, or not an open descriptor), VM_STATUS_UNSUPPORTED (also for a file or directory, for which
     * the system does not wait), VM_STATUS_IO. On the host's own loop a failure is found later: see VM_LOOP_FAILED.
     */
    VM_Status(VM_CALL *watch)(const VM_PluginHost *host, int64_t fd, VM_LoopEvents events, VM_LoopWatchCallback callback, void *user, VM_Free free_user, uint64_t *id);
    /** Changes the events of a watch. As watch. */
    VM_Status(VM_CALL *modify_watch)(const VM_PluginHost *host, uint64_t id, VM_LoopEvents events);
    /** Ends a watch. */
    VM_Status(VM_CALL *unwatch)(const VM_PluginHost *host, uint64_t id);
    /**
     * Starts a timer: `callback` is called after `first_ms` milliseconds (0: in the next round), and from then on every `repeat_ms` (0: once
     * only). `id` receives the number of the timer, never 0; it may be NULL.
     */
    VM_Status(VM_CALL *start_timer)(const VM_PluginHost *host, uint64_t first_ms, uint64_t repeat_ms, VM_LoopTimerCallback callback, void *user, VM_Free free_user, uint64_t *id);
    /** Cancels a timer. One that is called once can be cancelled until that call returns. */
    VM_Status(VM_CALL *cancel_timer)(const VM_PluginHost *host, uint64_t id);
    /** Calls a function once on the thread that runs the loop, in its next round. */
    VM_Status(VM_CALL *post)(const VM_PluginHost *host, VM_LoopPostCallback callback, void *user, VM_Free free_user);
} VM_LoopService;

/**
 * Returns the service of the event loop.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.3
 */
VM_LOCAL const VM_LoopService *VM_CALL VM_HostGetLoopService(const VM_PluginHost *host)
{
    return (const VM_LoopService *)host->get_service(host, VM_LOOP_SERVICE);
}

/**
 * Compares the id of an extension, in get_extension.
 * @param id the requested id
 * @param extension the id of an extension that the plug-in has, such as VM_SNAPSHOT_EXTENSION
 * @return true if they are equal
 * @par Threads
 * [thread-safe]
 * @since 0.2
 */
VM_LOCAL bool VM_CALL VM_ExtensionMatches(const char *id, const char *extension)
{
    while (*id && *id == *extension) {
        id++;
        extension++;
    }
    return *id == *extension;
}

/** The id of the extension that moves an instance's own state to another version of the plug-in. */
#define VM_SNAPSHOT_EXTENSION "libvm.snapshot/1"

/**
 * Receives the next part of a snapshot.
 * @param user the pointer that save was passed
 * @param data the part, copied; may be NULL if size is 0
 * @param size number of bytes
 * @return VM_STATUS_OK, VM_STATUS_NULL_ARGUMENT, or VM_STATUS_LIMIT if there are more than 64 MiB in total: return it from save
 */
typedef VM_Status(VM_CALL *VM_SnapshotWrite)(void *user, const void *data, size_t size);

/**
 * The extension of plug-ins whose instances can move to another version (VM_ContextUpdatePlugin). Both functions are called like
 * callbacks: for a thread-affine plug-in on the instance's thread, for a serialized one while none of its other functions runs. It only
 * grows at its end.
 */
typedef struct VM_SnapshotExtension {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    /**
     * Writes the instance's own state, in any number of parts. The instance is not changed, and is used further if the update fails.
     * @param instance the pointer that create returned
     * @param write receives the parts in order, until save returns
     * @param user for write
     * @return VM_STATUS_OK, or a failure (see VM_HostFail): the context then stays with this version
     */
    VM_Status(VM_CALL *save)(void *instance, VM_SnapshotWrite write, void *user);
    /**
     * Reads into a new instance the state that another version's save wrote; begin with a number of the format.
     * @param instance the pointer that create returned
     * @param data the state, valid until this function returns
     * @param size number of bytes
     * @return VM_STATUS_OK, or a failure (see VM_HostFail): the instance is then destroyed, and the old one is used further
     */
    VM_Status(VM_CALL *restore)(void *instance, const void *data, size_t size);
} VM_SnapshotExtension;

#ifndef VM_NO_INLINE
/* The layout is part of the ABI: a compiler with another layout fails here. */
typedef char VM_AssertManifestSize[sizeof(VM_PluginManifest) == 28 + 64 + 32 + 160 + 64 + 3 * 1024 + 32 ? 1 : -1];
typedef char VM_AssertManifestName[offsetof(VM_PluginManifest, name) == 28 ? 1 : -1];
typedef char VM_AssertHostSize[sizeof(VM_PluginHost) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertFunctionSize[sizeof(VM_FunctionDescriptor) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertFunctionTableSize[sizeof(VM_FunctionTable) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertModuleSize[sizeof(VM_ModuleDescriptor) == 16 + 3 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertModuleTableSize[sizeof(VM_ModuleTable) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertOptionsServiceSize[sizeof(VM_OptionsService) == 8 + 5 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertStateServiceSize[sizeof(VM_StateService) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertSnapshotSize[sizeof(VM_SnapshotExtension) == 8 + 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertPermissionServiceSize[sizeof(VM_PermissionService) == 8 + 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertDirectoriesServiceSize[sizeof(VM_DirectoriesService) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertDataServiceSize[sizeof(VM_DataService) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertSuspensionServiceSize[sizeof(VM_SuspensionService) == 8 + 3 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertClockServiceSize[sizeof(VM_ClockService) == 8 + 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertLoopServiceSize[sizeof(VM_LoopService) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertDescriptorSize[sizeof(VM_PluginDescriptor) == 24 + 7 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertDescriptorCreate[offsetof(VM_PluginDescriptor, create) == 24 + 2 * sizeof(void *) ? 1 : -1];
#endif

#ifdef __cplusplus
}
#endif

#include <libvm/dependencies.h>
#include <libvm/stream.h>
#include <libvm/compiler.h>

#endif
