/**
 * @file libvm/plugin.h
 * The plug-in ABI, version 0.1: all that a plug-in needs. It links nothing of libvm.
 *
 * A plug-in is a shared library with two symbols. `libvm_plugin_manifest` is data that the host reads from the file before
 * it opens the library; `libvm_plugin_entry` gives the descriptor. VM_PLUGIN or VM_PLUGIN_DESCRIPTOR writes both:
 *
 *     cc -shared -fPIC -fvisibility=hidden calc.c -o calc.so
 *
 * Compiled with -DVM_PLUGIN_BUILTIN=calc the same source defines `const VM_PluginBuiltin calc` instead, so that it can be
 * linked into a host, which declares it `extern` and gives it to VM_PluginRegisterBuiltin.
 *
 * Growth: a struct with a size grows at its end only, and neither side reads past the smaller of the two sizes: ask
 * VM_HAS before using a field that a later version appended. What not every plug-in needs is reached by a string id with a
 * revision, in both directions; asking for what is not there gives NULL.
 */
#ifndef LIBVM_PLUGIN_H
#define LIBVM_PLUGIN_H

#include <libvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The ABI's major version: both sides must have the same. */
#define VM_ABI_MAJOR 0
/** The ABI's minor version: it only appends. */
#define VM_ABI_MINOR 1
/** The first bytes of a manifest after its size. */
#define VM_PLUGIN_MAGIC "libvmpl"

/* What the manifest says beyond name, version and text; define these before VM_PLUGIN to say more. */

/** The licence, as an SPDX expression. */
#ifndef VM_PLUGIN_LICENCE
#define VM_PLUGIN_LICENCE ""
#endif
/** The wasm modules that the plug-in provides, separated by commas; empty for one that is named as the plug-in. */
#ifndef VM_PLUGIN_MODULES
#define VM_PLUGIN_MODULES ""
#endif
/** The plug-ins it depends on, separated by commas: a name and optionally a range of versions, as in `store >=1.2`. */
#ifndef VM_PLUGIN_DEPENDS
#define VM_PLUGIN_DEPENDS ""
#endif
/** The permissions it wants, separated by commas; one that ends in `*` is all that begin so. It can be granted no others. */
#ifndef VM_PLUGIN_PERMISSIONS
#define VM_PLUGIN_PERMISSIONS ""
#endif
/** The range of libvm versions that it runs in, as in `>=0.1`; empty for any. */
#ifndef VM_PLUGIN_HOST_VERSION
#define VM_PLUGIN_HOST_VERSION ""
#endif
/** The minor ABI version it cannot do without: leave it 0, unless nothing works in an older host. */
#ifndef VM_PLUGIN_ABI_MINOR_REQUIRED
#define VM_PLUGIN_ABI_MINOR_REQUIRED 0
#endif
/** Manifest flags: a host ignores unknown ones of the low 16 bits and refuses a plug-in with unknown ones of the high 16. */
#ifndef VM_PLUGIN_FLAGS
#define VM_PLUGIN_FLAGS 0
#endif

/* The numbers of the two kinds of flags differ, so that one in the place of the other is refused. */

/** For VM_PLUGIN_FLAGS. */
enum {
    VM_PLUGIN_UNLOADABLE = 1 /**< The library is closed when nobody uses the plug-in any more; else it stays mapped. */
};

/** For the flags of VM_PluginDescriptor: with none of them each context has an instance, which any thread may call. */
enum {
    VM_PLUGIN_SINGLETON = 0x10000,     /**< One instance for the registry, which all contexts share. */
    VM_PLUGIN_THREAD_AFFINE = 0x20000, /**< An instance is called and destroyed on the thread only on which it was created. */
    VM_PLUGIN_SERIALISED = 0x40000     /**< One call at a time, whatever the contexts, instances and registries. */
};

/** Who a plug-in is: plain data without pointers, read from the file before the library is opened. */
typedef struct VM_PluginManifest {
    uint32_t size;               /**< Of this struct in bytes. */
    char magic[8];               /**< VM_PLUGIN_MAGIC */
    uint32_t abi_major;          /**< VM_ABI_MAJOR of the header it was built with. */
    uint32_t abi_minor_built;    /**< VM_ABI_MINOR of the header it was built with. */
    uint32_t abi_minor_required; /**< The minor version it cannot do without. */
    uint32_t flags;              /**< VM_PLUGIN_FLAGS */
    char name[64];               /**< Letters, digits, `-`, `_` and `.`; NUL-terminated as all of these. */
    char version[32];            /**< Any text, semantic versions preferred. */
    char description[160];       /**< One line. */
    char licence[64];            /**< VM_PLUGIN_LICENCE */
    char modules[256];           /**< VM_PLUGIN_MODULES */
    char depends[256];           /**< VM_PLUGIN_DEPENDS */
    char permissions[256];       /**< VM_PLUGIN_PERMISSIONS */
    char host_version[32];       /**< VM_PLUGIN_HOST_VERSION */
} VM_PluginManifest;

typedef struct VM_PluginHost VM_PluginHost;

/** A plug-in's name for itself in one registry; what `initialize` is given as `plugin`. The host's VM_Plugin is another thing. */
typedef struct VM_PluginIdentity VM_PluginIdentity;

/** A plug-in's presence in one context; what `create` is given as `self`. */
typedef struct VM_PluginInstance VM_PluginInstance;

/**
 * What the host offers to a plug-in; one for each plug-in and registry, good from entry until cleanup has returned.
 * It grows at its end only. A plug-in keeps it in its `data` or instance, never in a static: several registries may load
 * the same library. Use the inline functions below.
 */
struct VM_PluginHost {
    uint32_t size;             /**< Of this struct in bytes. */
    uint32_t abi_minor;        /**< The minor version that both sides speak. */
    const char *libvm_version; /**< The host's libvm, as in "0.1.0". */
    VM_PluginIdentity *plugin; /**< This plug-in. */
    const void *(VM_CALL *get_service)(const VM_PluginHost *host, const char *id);                                          /**< VM_HostGetService */
    VM_Status(VM_CALL *fail)(const VM_PluginHost *host, const char *text);                                                  /**< VM_HostFail */
    void(VM_CALL *log)(const VM_PluginHost *host, const VM_PluginInstance *self, VM_LogLevel level, const char *text);      /**< VM_HostLog */
    void *(VM_CALL *get_data)(const VM_PluginHost *host);                                                                   /**< VM_HostGetData */
};

/** A host function of a wasm module. */
typedef struct VM_FunctionDescriptor {
    uint32_t size;           /**< Of this struct in bytes. */
    uint32_t flags;          /**< VM_FUNCTION_* */
    const char *name;        /**< Of the import, UTF-8. */
    const char *signature;   /**< As in "(ii)i": see VM_HostModuleAddFunction, or docs/plugins.md. */
    VM_Callback callback;    /**< What is called. */
    void *data;              /**< Given to the callback as `caller->data`, so that one C function can serve many names. */
    const char *permission;  /**< The permission that a call needs, which VM_PLUGIN_PERMISSIONS covers; or NULL. */
    const char *description; /**< One line, or NULL. */
} VM_FunctionDescriptor;

enum {
    VM_FUNCTION_PURE = 1,        /**< Depends on its arguments only and changes nothing. */
    VM_FUNCTION_MAY_SUSPEND = 2, /**< May answer VM_STATUS_PENDING. */
    VM_FUNCTION_MAY_BLOCK = 4,   /**< May wait for something outside. */
    VM_FUNCTION_REENTERS = 8     /**< May call the guest. */
};

/** An array of function descriptors; `stride` is the size of one as the plug-in was built. */
typedef struct VM_FunctionTable {
    const VM_FunctionDescriptor *items; /**< The first one; NULL when there is none. */
    uint32_t count;                     /**< How many. */
    uint32_t stride;                    /**< Bytes from one to the next. */
} VM_FunctionTable;

/** A wasm module that the plug-in provides. */
typedef struct VM_ModuleDescriptor {
    uint32_t size;              /**< Of this struct in bytes. */
    uint32_t flags;             /**< 0. */
    const char *name;           /**< The module name that imports use, UTF-8. */
    const char *description;    /**< One line, or NULL. */
    const char *wit;            /**< The module's interface as WIT text, or NULL. */
    VM_FunctionTable functions; /**< Its functions. */
} VM_ModuleDescriptor;

/** An array of module descriptors; `stride` is the size of one as the plug-in was built. */
typedef struct VM_ModuleTable {
    const VM_ModuleDescriptor *items; /**< The first one; NULL when there is none. */
    uint32_t count;                   /**< How many. */
    uint32_t stride;                  /**< Bytes from one to the next. */
} VM_ModuleTable;

/** The type of an option. */
typedef uint32_t VM_OptionType;

enum {
    VM_OPTION_TYPE_BOOL = 1,    /**< true or false */
    VM_OPTION_TYPE_INTEGER = 2, /**< int64_t */
    VM_OPTION_TYPE_FLOAT = 3,   /**< double */
    VM_OPTION_TYPE_STRING = 4,  /**< UTF-8 */
    VM_OPTION_TYPE_LIST = 5,    /**< list of strings */
    VM_OPTION_TYPE_ENUM = 6     /**< one of the choices */
};

enum {
    VM_OPTION_REQUIRED = 1, /**< It has no default and must be given. */
    VM_OPTION_SECRET = 2,   /**< It is never shown or logged. */
    VM_OPTION_RANGED = 4    /**< A number has to lie between minimum and maximum. */
};

/** An option that the host, its configuration or a command line may set. */
typedef struct VM_OptionDescriptor {
    uint32_t size;           /**< Of this struct in bytes. */
    VM_OptionType type;      /**< Which of the defaults below counts. */
    uint32_t flags;          /**< VM_OPTION_REQUIRED, VM_OPTION_SECRET, VM_OPTION_RANGED */
    uint32_t reserved;       /**< 0. */
    const char *key;         /**< Its name. */
    const char *description; /**< One line, or NULL. */
    const char *text;        /**< Default of a string or enum; of a list, lines. */
    const char *choices;     /**< Of an enum, separated by commas; else NULL. */
    int64_t integer;         /**< Default of a bool (0, 1) or integer. */
    int64_t minimum;         /**< Least integer. */
    int64_t maximum;         /**< Greatest integer. */
    double number;           /**< Default of a float. */
    double minimum_number;   /**< Least float. */
    double maximum_number;   /**< Greatest float. */
} VM_OptionDescriptor;

/** An array of option descriptors; `stride` is the size of one as the plug-in was built. */
typedef struct VM_OptionTable {
    const VM_OptionDescriptor *items; /**< The first one; NULL when there is none. */
    uint32_t count;                   /**< How many. */
    uint32_t stride;                  /**< Bytes from one to the next. */
} VM_OptionTable;

/** What a plug-in is and does. It grows at its end only. Every function may be NULL. */
typedef struct VM_PluginDescriptor {
    uint32_t size;          /**< Of this struct in bytes. */
    uint32_t flags;         /**< VM_PLUGIN_SINGLETON, and one of VM_PLUGIN_THREAD_AFFINE and VM_PLUGIN_SERIALISED. */
    VM_ModuleTable modules; /**< The wasm modules it provides. */
    VM_OptionTable options; /**< The options it has. */

    /**
     * Makes the plug-in's instance in a context, shared by all its modules; called when the plug-in is registered in the
     * context, on that thread. Of a singleton it is called once for the registry, when a context first registers it: `self`
     * then has the registry's option values and state. Without it callbacks get `data` of initialize as their instance.
     * @param host the host
     * @param self this instance's name for itself in services; good until destroy has returned
     * @param instance gets what callbacks are given; NULL before
     * @return VM_STATUS_OK, or a failure (see VM_HostFail): then the plug-in is not registered and destroy is not called
     */
    VM_Status(VM_CALL *create)(const VM_PluginHost *host, VM_PluginInstance *self, void **instance);

    /**
     * Unmakes what create made; called once, when the context goes, on the thread that deletes it. Of a thread-affine
     * plug-in it waits for the instance's own thread. A singleton goes right before cleanup.
     * @param instance what create made
     */
    void(VM_CALL *destroy)(void *instance);

    /**
     * Called once for each registry that loads the plug-in, on the loading thread, possibly several times in a process.
     * @param host the host
     * @param plugin the plug-in
     * @param data gets what VM_HostGetData gives from now on; NULL before
     * @return VM_STATUS_OK, or a failure (see VM_HostFail): then the plug-in is not loaded and cleanup is not called
     */
    VM_Status(VM_CALL *initialize)(const VM_PluginHost *host, VM_PluginIdentity *plugin, void **data);

    /** Undoes initialize, when the registry and all contexts with the plug-in are gone; never at exit. @param data what initialize gave */
    void(VM_CALL *cleanup)(void *data);

    /**
     * Gives an extension of the plug-in; asked once for each id, on any thread, also while other functions run.
     * @param id of the extension with its revision, as in "libvm.snapshot/1"
     * @return the extension's table, good while the plug-in is loaded, or NULL when it has none of that id
     */
    const void *(VM_CALL *get_extension)(const char *id);
} VM_PluginDescriptor;

/** `{items, count, stride}` of an array. */
#define VM_TABLE(array) { array, (uint32_t)(sizeof(array) / sizeof((array)[0])), (uint32_t)sizeof((array)[0]) }

/** A function descriptor: name, signature, callback. */
#define VM_FUNCTION(name, signature, callback) VM_FUNCTION_WITH(name, signature, callback, NULL, 0)

/** A function descriptor with data for `caller->data` and VM_FUNCTION_* flags. */
#define VM_FUNCTION_WITH(name, signature, callback, data, flags) \
    { (uint32_t)sizeof(VM_FunctionDescriptor), flags, name, signature, callback, data, NULL, NULL }

/** A function descriptor: name, signature, callback and the permission that a call needs. */
#define VM_FUNCTION_PERMITTED(name, signature, callback, permission) \
    { (uint32_t)sizeof(VM_FunctionDescriptor), 0, name, signature, callback, NULL, permission, NULL }

/** A module descriptor: name and array of function descriptors. */
#define VM_MODULE(name, functions) \
    { (uint32_t)sizeof(VM_ModuleDescriptor), 0, name, NULL, NULL, VM_TABLE(functions) }

#define VM_OPTION_WITH(type, key, text, choices, integer, number, description) \
    { (uint32_t)sizeof(VM_OptionDescriptor), type, 0, 0, key, description, text, choices, integer, 0, 0, number, 0, 0 }
/** A bool option. */
#define VM_OPTION_BOOL(key, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_BOOL, key, NULL, NULL, fallback, 0, description)
/** An integer option. */
#define VM_OPTION_INTEGER(key, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_INTEGER, key, NULL, NULL, fallback, 0, description)
/** A float option. */
#define VM_OPTION_FLOAT(key, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_FLOAT, key, NULL, NULL, 0, fallback, description)
/** A string option. */
#define VM_OPTION_STRING(key, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_STRING, key, fallback, NULL, 0, 0, description)
/** A list of strings; the fallback's items stand on lines of their own. */
#define VM_OPTION_LIST(key, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_LIST, key, fallback, NULL, 0, 0, description)
/** One of several choices, separated by commas. */
#define VM_OPTION_ENUM(key, choices, fallback, description) VM_OPTION_WITH(VM_OPTION_TYPE_ENUM, key, fallback, choices, 0, 0, description)

/** The beginning of a descriptor: designated initialisers follow. */
#define VM_PLUGIN_DESCRIPTOR_INIT VM_PLUGIN_DESCRIPTOR_INIT_WITH(0)

/** The same with flags: VM_PLUGIN_SINGLETON, VM_PLUGIN_THREAD_AFFINE, VM_PLUGIN_SERIALISED. */
#define VM_PLUGIN_DESCRIPTOR_INIT_WITH(flags) (uint32_t)sizeof(VM_PluginDescriptor), flags

#define VM_PLUGIN_MANIFEST_OF(name, version, text)                                                                        \
    { (uint32_t)sizeof(VM_PluginManifest), VM_PLUGIN_MAGIC, VM_ABI_MAJOR, VM_ABI_MINOR, VM_PLUGIN_ABI_MINOR_REQUIRED,     \
      VM_PLUGIN_FLAGS, name, version, text, VM_PLUGIN_LICENCE, VM_PLUGIN_MODULES, VM_PLUGIN_DEPENDS,                      \
      VM_PLUGIN_PERMISSIONS, VM_PLUGIN_HOST_VERSION }

#ifdef VM_PLUGIN_BUILTIN

VM_EXTERN const VM_PluginBuiltin VM_PLUGIN_BUILTIN;

/** Writes the plug-in's symbols: its name, version, one line about it, and its descriptor. */
#define VM_PLUGIN_DESCRIPTOR(name, version, text, descriptor)                                                             \
    static const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host)                               \
    {                                                                                                                     \
        (void)host;                                                                                                       \
        return &descriptor;                                                                                               \
    }                                                                                                                     \
    static const VM_PluginManifest libvm_plugin_manifest = VM_PLUGIN_MANIFEST_OF(name, version, text);                    \
    const VM_PluginBuiltin VM_PLUGIN_BUILTIN = { (uint32_t)sizeof(VM_PluginBuiltin), 0, &libvm_plugin_manifest, libvm_plugin_entry }

#else

VM_EXTERN VM_EXPORT const VM_PluginManifest libvm_plugin_manifest;
VM_EXPORT const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host);

/** Writes the plug-in's symbols: its name, version, one line about it, and its descriptor. */
#define VM_PLUGIN_DESCRIPTOR(name, version, text, descriptor)                                                             \
    const VM_PluginDescriptor *VM_CALL libvm_plugin_entry(const VM_PluginHost *host)                                      \
    {                                                                                                                     \
        (void)host;                                                                                                       \
        return &descriptor;                                                                                               \
    }                                                                                                                     \
    const VM_PluginManifest libvm_plugin_manifest = VM_PLUGIN_MANIFEST_OF(name, version, text)

#endif

/** Writes the plug-in's symbols: its name, version, one line about it, and its array of module descriptors. */
#define VM_PLUGIN(name, version, text, modules)                                                                           \
    static const VM_PluginDescriptor libvm_plugin_descriptor = {                                                          \
        VM_PLUGIN_DESCRIPTOR_INIT, VM_TABLE(modules), { NULL, 0, 0 }, NULL, NULL, NULL, NULL, NULL                        \
    };                                                                                                                    \
    VM_PLUGIN_DESCRIPTOR(name, version, text, libvm_plugin_descriptor)

/**
 * Gives a service of the host.
 * @param host the host
 * @param id of the service with its revision, as in "libvm.state/1"
 * @return the service's table, good as long as the host, or NULL when this host has none of that id
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL const void *VM_CALL VM_HostGetService(const VM_PluginHost *host, const char *id)
{
    return host->get_service(host, id);
}

/**
 * Says why initialize or create fails: return what this returns.
 * @param host the host
 * @param text UTF-8, copied
 * @return VM_STATUS_PLUGIN_FAILED
 * @par Threads
 * [one thread per object]: the thread that called initialize or create
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostFail(const VM_PluginHost *host, const char *text) { return host->fail(host, text); }

/**
 * Writes a line to the log, with the plug-in's name and, when the context of `self` has one, the context's.
 * @param host the host
 * @param self the instance, whose context's log is used; NULL for the process's log
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
 * Gives the data that initialize made.
 * @param host the host
 * @return the data; NULL before initialize has returned
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL void *VM_CALL VM_HostGetData(const VM_PluginHost *host) { return host->get_data(host); }

/** The id of the service that gives option values. */
#define VM_OPTIONS_SERVICE "libvm.options/1"

/**
 * The service of option values. They belong to an instance, were checked before create, and stay as they are until destroy.
 * Each function answers VM_STATUS_OK, VM_STATUS_NULL_ARGUMENT, VM_STATUS_PLUGIN_OPTION (no such option in the descriptor) or
 * VM_STATUS_WRONG_TYPE. [thread-safe] while the instance is there. It grows at its end only.
 */
typedef struct VM_OptionsService {
    uint32_t size;     /**< Of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *get_bool)(const VM_PluginInstance *self, const char *key, bool *value);                                  /**< VM_HostGetOptionBool */
    VM_Status(VM_CALL *get_integer)(const VM_PluginInstance *self, const char *key, int64_t *value);                            /**< VM_HostGetOptionInteger */
    VM_Status(VM_CALL *get_float)(const VM_PluginInstance *self, const char *key, double *value);                               /**< VM_HostGetOptionFloat */
    VM_Status(VM_CALL *get_string)(const VM_PluginInstance *self, const char *key, const char **value);                         /**< VM_HostGetOptionString */
    VM_Status(VM_CALL *get_list)(const VM_PluginInstance *self, const char *key, const char *const **items, size_t *count);     /**< VM_HostGetOptionList */
} VM_OptionsService;

/** The id of the service that keeps state. */
#define VM_STATE_SERVICE "libvm.state/1"

/**
 * The service of key-value storage and counters. Keys belong to the plug-in and to the context's name: contexts of one name
 * share them, and they live as long as the registry; a context without a name has its own and loses them at its end.
 * Keys are UTF-8 of 1 to 1024 bytes; a value has at most 16 MiB; values and counters have separate keys. Each function
 * answers VM_STATUS_OK, VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (the key), or what
 * it says itself. [thread-safe] while the instance is there. It grows at its end only.
 */
typedef struct VM_StateService {
    uint32_t size;     /**< Of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    /** Sets a value. VM_STATUS_LIMIT when it is too large. */
    VM_Status(VM_CALL *put)(const VM_PluginInstance *self, const char *key, const void *data, size_t size);
    /** Copies a value of at most `capacity` bytes, and gives its whole size. VM_STATUS_NOT_FOUND; VM_STATUS_OUT_OF_BOUNDS when it does not fit. */
    VM_Status(VM_CALL *get)(const VM_PluginInstance *self, const char *key, void *data, size_t capacity, size_t *size);
    /** Deletes a value or a counter. VM_STATUS_NOT_FOUND. */
    VM_Status(VM_CALL *remove)(const VM_PluginInstance *self, const char *key);
    /** Adds to a counter, which begins with 0, and gives what it is now (`now` may be NULL). VM_STATUS_LIMIT when it would overflow. */
    VM_Status(VM_CALL *increment)(const VM_PluginInstance *self, const char *key, int64_t by, int64_t *now);
    /** Gives a counter; one that was never incremented is 0. */
    VM_Status(VM_CALL *get_counter)(const VM_PluginInstance *self, const char *key, int64_t *now);
    /** Calls `each` with every key of values and counters that begins with `prefix` (NULL for all), in order, until it answers false. */
    VM_Status(VM_CALL *list_keys)(const VM_PluginInstance *self, const char *prefix, bool(VM_CALL *each)(void *user, const char *key), void *user);
} VM_StateService;

#define VM_HOST_OPTION(function) \
    const VM_OptionsService *service = (const VM_OptionsService *)host->get_service(host, VM_OPTIONS_SERVICE); \
    return service ? service->function : VM_STATUS_UNSUPPORTED

/**
 * Gives the value of a bool option.
 * @param host the host
 * @param self the instance
 * @param key of the option
 * @param value gets the value; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as VM_OptionsService says
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionBool(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, bool *value)
{
    VM_HOST_OPTION(get_bool(self, key, value));
}

/**
 * Gives the value of an integer option.
 * @param host the host
 * @param self the instance
 * @param key of the option
 * @param value gets the value; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as VM_OptionsService says
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionInteger(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, int64_t *value)
{
    VM_HOST_OPTION(get_integer(self, key, value));
}

/**
 * Gives the value of a float option.
 * @param host the host
 * @param self the instance
 * @param key of the option
 * @param value gets the value; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as VM_OptionsService says
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionFloat(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, double *value)
{
    VM_HOST_OPTION(get_float(self, key, value));
}

/**
 * Gives the value of a string or enum option.
 * @param host the host
 * @param self the instance
 * @param key of the option
 * @param value gets the text, which lives until destroy; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as VM_OptionsService says
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionString(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key, const char **value)
{
    VM_HOST_OPTION(get_string(self, key, value));
}

/**
 * Gives the value of a list option.
 * @param host the host
 * @param self the instance
 * @param key of the option
 * @param items gets the first of the texts, which live until destroy; not NULL
 * @param count gets how many; not NULL
 * @return VM_STATUS_OK, VM_STATUS_UNSUPPORTED (a host without options), or as VM_OptionsService says
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetOptionList(const VM_PluginHost *host, const VM_PluginInstance *self, const char *key,
                                                const char *const **items, size_t *count)
{
    VM_HOST_OPTION(get_list(self, key, items, count));
}

/**
 * Gives the service that keeps state.
 * @param host the host
 * @return the service, good as long as the host; NULL in a host without one
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL const VM_StateService *VM_CALL VM_HostGetState(const VM_PluginHost *host)
{
    return (const VM_StateService *)host->get_service(host, VM_STATE_SERVICE);
}

/** The id of the extension that moves an instance's own state to another version of the plug-in. */
#define VM_SNAPSHOT_EXTENSION "libvm.snapshot/1"

/**
 * Takes the next part of a snapshot.
 * @param user what save was given
 * @param data the part, copied; may be NULL when size is 0
 * @param size how many bytes
 * @return VM_STATUS_OK, VM_STATUS_NULL_ARGUMENT, or VM_STATUS_LIMIT when there are more than 64 MiB: return that
 */
typedef VM_Status(VM_CALL *VM_SnapshotWrite)(void *user, const void *data, size_t size);

/**
 * The extension of plug-ins whose instances can move to another version (VM_ContextUpdatePlugin). Both functions are called
 * as callbacks are: of a thread-affine plug-in on the instance's thread, of a serialised one while nothing else of it runs.
 * It grows at its end only.
 */
typedef struct VM_SnapshotExtension {
    uint32_t size;     /**< Of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    /**
     * Writes the instance's own state, in as many parts as it likes; the instance stays as it is, and goes on when the update
     * fails.
     * @param instance what create made
     * @param write takes the parts, in order, until save returns
     * @param user for write
     * @return VM_STATUS_OK, or a failure (see VM_HostFail): then the context stays with this version
     */
    VM_Status(VM_CALL *save)(void *instance, VM_SnapshotWrite write, void *user);
    /**
     * Reads what another version's save wrote, into an instance that was just made; begin with a number of the format.
     * @param instance what create made
     * @param data what was written, good until this returns
     * @param size how many bytes
     * @return VM_STATUS_OK, or a failure (see VM_HostFail): then the instance is destroyed, and the old one goes on
     */
    VM_Status(VM_CALL *restore)(void *instance, const void *data, size_t size);
} VM_SnapshotExtension;
/** The id of the service that tells what is granted. */
#define VM_PERMISSION_SERVICE "libvm.permission/1"

/**
 * The service of permissions that depend on arguments, such as `process:exec:git`. What the host grants is fixed when the
 * plug-in is registered in the context; the manifest (VM_PLUGIN_PERMISSIONS) must cover it, as in `process:exec:*`. Each
 * function answers VM_STATUS_OK, VM_STATUS_PLUGIN_PERMISSION (not granted), VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8 or
 * VM_STATUS_INVALID_ARGUMENT (empty, of more than 1024 bytes, or with control characters): do what it guards only on
 * VM_STATUS_OK. It grows at its end only.
 */
typedef struct VM_PermissionService {
    uint32_t size;     /**< Of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *check)(const VM_PluginInstance *self, const char *permission);                       /**< VM_HostCheckPermission */
    VM_Status(VM_CALL *require)(const VM_PluginInstance *self, VM_Caller *caller, const char *permission);  /**< VM_HostRequirePermission */
} VM_PermissionService;

/**
 * Tells whether a permission is granted to the plug-in in the context.
 * @param host the host
 * @param self the instance
 * @param permission as in "process:exec:git", UTF-8
 * @return VM_STATUS_OK when it is; VM_STATUS_UNSUPPORTED (a host without permissions), or as VM_PermissionService says
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostCheckPermission(const VM_PluginHost *host, const VM_PluginInstance *self, const char *permission)
{
    const VM_PermissionService *service = (const VM_PermissionService *)host->get_service(host, VM_PERMISSION_SERVICE);
    return service ? service->check(self, permission) : VM_STATUS_UNSUPPORTED;
}

/**
 * Tells whether a permission is granted to the plug-in in the context, and if not, says in the call that it is missing and how
 * to grant it: return what this returns, unless it is VM_STATUS_OK, and the guest traps with that text.
 * @param host the host
 * @param self the instance
 * @param caller the call
 * @param permission as in "process:exec:git", UTF-8
 * @return VM_STATUS_OK when it is; VM_STATUS_UNSUPPORTED (a host without permissions), or as VM_PermissionService says
 * @par Threads
 * [inside a callback only]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostRequirePermission(const VM_PluginHost *host, const VM_PluginInstance *self, VM_Caller *caller,
                                                    const char *permission)
{
    const VM_PermissionService *service = (const VM_PermissionService *)host->get_service(host, VM_PERMISSION_SERVICE);
    return service ? service->require(self, caller, permission) : VM_STATUS_UNSUPPORTED;
}

/** The id of the service of directories. */
#define VM_DIRECTORIES_SERVICE "libvm.directories/1"

/**
 * The service of directories: absolute paths, made for this user only when they are first asked for.
 *
 * VM_DIRECTORY_RESOURCE is the folder with the plug-in's name beside its library, else the one that the library is in: its own
 * files, only to be read; a built-in plug-in has none. VM_DIRECTORY_DATA and VM_DIRECTORY_CACHE belong to the plug-in and to the
 * context's name, as state does: contexts of one name share them; those of a context without a name go with the instance.
 * VM_DIRECTORY_TEMP is a new one for each instance. What goes with the instance is removed with its contents when destroy has
 * returned and the instance's data is freed. It grows at its end only.
 */
typedef struct VM_DirectoriesService {
    uint32_t size;     /**< Of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *get)(const VM_PluginHost *host, const VM_PluginInstance *self, VM_DirectoryKind kind, const char **path); /**< VM_HostGetDirectory */
} VM_DirectoriesService;

/**
 * Gives a directory of the plug-in, and makes it when it is not there. Why there is none is the reason with which initialize or
 * create fails, or elsewhere a line of the log.
 * @param host the host
 * @param self the instance
 * @param kind VM_DIRECTORY_*
 * @param path gets the absolute path, which lives until destroy has returned; not NULL
 * @return VM_STATUS_OK; VM_STATUS_NULL_ARGUMENT, VM_STATUS_INVALID_ARGUMENT (no such kind), VM_STATUS_NOT_FOUND (no home, or a
 * built-in plug-in's resources), VM_STATUS_LIMIT (too long a name), VM_STATUS_IO, VM_STATUS_PERMISSION_DENIED,
 * VM_STATUS_FILE_NOT_FOUND, VM_STATUS_UNSUPPORTED (a host without directories)
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetDirectory(const VM_PluginHost *host, const VM_PluginInstance *self, VM_DirectoryKind kind,
                                               const char **path)
{
    const VM_DirectoriesService *service = (const VM_DirectoriesService *)host->get_service(host, VM_DIRECTORIES_SERVICE);
    return service ? service->get(host, self, kind, path) : VM_STATUS_UNSUPPORTED;
}

/** The id of the service of data. */
#define VM_DATA_SERVICE "libvm.data/1"

/**
 * The service of data: a pointer with a function that frees it, on the plug-in, on its instance in a context, and on a call. Each
 * has one; setting another frees the one before at once, and NULL sets none. Freeing happens exactly once, also when setting
 * fails (then at once): what is on a call when its callback has returned, before the guest goes on; what is on an instance after
 * its destroy, which may still read it; what is on the plug-in after its cleanup. The function that frees may not use what the
 * data was on.
 *
 * Setting answers VM_STATUS_OK or VM_STATUS_NULL_ARGUMENT, and for a call also VM_STATUS_STALE, VM_STATUS_WRONG_THREAD and
 * VM_STATUS_REENTRANT; getting likewise, and gives NULL where nothing was set. Those of a plug-in and an instance are
 * [thread-safe], but who replaces what another thread uses answers for it; those of a call [inside a callback only]. It grows at
 * its end only.
 */
typedef struct VM_DataService {
    uint32_t size;     /**< Of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *set_for_plugin)(const VM_PluginHost *host, void *pointer, VM_Free free_pointer);      /**< Sets the plug-in's. */
    VM_Status(VM_CALL *get_for_plugin)(const VM_PluginHost *host, void **pointer);                           /**< Gives the plug-in's. */
    VM_Status(VM_CALL *set_for_context)(const VM_PluginInstance *self, void *pointer, VM_Free free_pointer); /**< Sets the instance's. */
    VM_Status(VM_CALL *get_for_context)(const VM_PluginInstance *self, void **pointer);                      /**< Gives the instance's. */
    VM_Status(VM_CALL *set_for_call)(VM_Caller *caller, void *pointer, VM_Free free_pointer);                /**< Sets the call's. */
    VM_Status(VM_CALL *get_for_call)(VM_Caller *caller, void **pointer);                                     /**< Gives the call's. */
} VM_DataService;

/**
 * Gives the service of data.
 * @param host the host
 * @return the service, good as long as the host; NULL in a host without one
 * @par Threads
 * [thread-safe]
 * @since 0.1
 */
VM_LOCAL const VM_DataService *VM_CALL VM_HostGetDataService(const VM_PluginHost *host)
{
    return (const VM_DataService *)host->get_service(host, VM_DATA_SERVICE);
}

/* The layout is part of the ABI: a compiler that lays it out in another way fails here. */
typedef char VM_AssertManifestSize[sizeof(VM_PluginManifest) == 28 + 64 + 32 + 160 + 64 + 3 * 256 + 32 ? 1 : -1];
typedef char VM_AssertManifestName[offsetof(VM_PluginManifest, name) == 28 ? 1 : -1];
typedef char VM_AssertHostSize[sizeof(VM_PluginHost) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertFunctionSize[sizeof(VM_FunctionDescriptor) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertFunctionTableSize[sizeof(VM_FunctionTable) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertModuleSize[sizeof(VM_ModuleDescriptor) == 16 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertOptionSize[sizeof(VM_OptionDescriptor) == 64 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertOptionsServiceSize[sizeof(VM_OptionsService) == 8 + 5 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertStateServiceSize[sizeof(VM_StateService) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertSnapshotSize[sizeof(VM_SnapshotExtension) == 8 + 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertPermissionServiceSize[sizeof(VM_PermissionService) == 8 + 2 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertDirectoriesServiceSize[sizeof(VM_DirectoriesService) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertDataServiceSize[sizeof(VM_DataService) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertDescriptorSize[sizeof(VM_PluginDescriptor) == 24 + 7 * sizeof(void *) ? 1 : -1];

#ifdef __cplusplus
}
#endif

#endif
