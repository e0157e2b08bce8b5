/**
 * @file libvm/compiler.h
 * Parameter compilers of plug-ins: part of <libvm/plugin.h>, which includes it.
 *
 * A guest declares parameters, such as regular expressions, in its custom section `libvm.param` (see <libvm/guest.h>), each with a kind
 * and an id that its author chose. A plug-in with the extension `libvm.compiler/1` compiles the parameters of its kinds once for a
 * module and a registry, at the first instantiation or ahead (VM_PluginRegistryPrepareModule). Its functions get what was compiled by
 * the id, with VM_HostGetParameter.
 */
#ifndef LIBVM_COMPILER_H
#define LIBVM_COMPILER_H

#include <libvm/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct VM_Parameter VM_Parameter;

/** The functions of a parameter that is being compiled. It only grows at its end. */
typedef struct VM_ParameterTable {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *fail)(VM_Parameter *parameter, size_t position, const char *text); /**< VM_ParameterFail */
} VM_ParameterTable;

/** A parameter of a module, valid until the compile function has returned. It only grows at its end. */
struct VM_Parameter {
    const VM_ParameterTable *table; /**< Used by VM_ParameterFail. */
    VM_Bytes bytes;                 /**< The parameter as the guest's author wrote it; a NUL that is not counted follows. */
    const char *kind;               /**< The kind, as the compiler's descriptor has it. */
    uint32_t id;                    /**< The author's id, which is unique among the parameters of this kind in the module. */
    uint32_t reserved;              /**< 0. */
};

/**
 * Sets the reason why a parameter does not compile: return the result of this function from the compile function.
 * @param parameter the parameter
 * @param position of the error in its bytes, from 0 to the number of bytes: the message points there; a larger number points nowhere
 * @param text the reason, UTF-8, copied; it should not repeat the parameter or its id, which the message has
 * @return VM_STATUS_BAD_PARAMETER; VM_STATUS_NULL_ARGUMENT
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL VM_Status VM_CALL VM_ParameterFail(VM_Parameter *parameter, size_t position, const char *text)
{
    return parameter ? parameter->table->fail(parameter, position, text) : VM_STATUS_NULL_ARGUMENT;
}

/** A compiler of one kind of parameters. */
typedef struct VM_CompilerDescriptor {
    uint32_t flags;          /**< 0. */
    uint32_t reserved;       /**< 0. */
    const char *kind;        /**< The kind: letters, digits, `-` and `_`, at most 63. Guests may write `plugin.kind` too. */
    const char *description; /**< One line, or NULL. */

    /**
     * Compiles a parameter. Called on the thread that instantiates or prepares the module, for a serialized plug-in while none of its
     * other functions runs; for several modules at the same time otherwise.
     * @param data the data that initialize made
     * @param parameter the parameter
     * @param compiled receives what calls get: used by all contexts and threads at the same time, so it should not change; initially
     * NULL, which is a result like any other
     * @return VM_STATUS_OK, or a failure (see VM_ParameterFail): the module is then not instantiated, and release is not called for it
     */
    VM_Status(VM_CALL *compile)(void *data, VM_Parameter *parameter, void **compiled);

    /**
     * Releases what compile made. Called once, when the module or the registry is gone and no context uses it any more, before the
     * cleanup of the plug-in; on any thread, for a serialized plug-in while none of its other functions runs. May be NULL.
     * @param data the data that initialize made
     * @param compiled what compile returned
     */
    void(VM_CALL *release)(void *data, void *compiled);
} VM_CompilerDescriptor;

/** An array of compilers. */
typedef struct VM_CompilerTable {
    const VM_CompilerDescriptor *items; /**< The first element; NULL if there is none. */
    uint32_t count;                     /**< Number of elements. */
    uint32_t stride;                    /**< Size of an element in bytes, as the plug-in was built. */
} VM_CompilerTable;

/** The id of the extension of plug-ins that compile parameters. */
#define VM_COMPILER_EXTENSION "libvm.compiler/1"

/** The extension of plug-ins that compile parameters of guests. It only grows at its end. */
typedef struct VM_CompilerExtension {
    uint32_t size;              /**< Size of this struct in bytes. */
    uint32_t reserved;          /**< 0. */
    VM_CompilerTable compilers; /**< Its compilers, one for each kind. */
} VM_CompilerExtension;

/** A compiler: kind, functions to compile and to release. */
#define VM_COMPILER(kind, compile, release) VM_COMPILER_DESCRIBED(kind, compile, release, NULL)
/** A compiler with a description of one line. */
#define VM_COMPILER_DESCRIBED(kind, compile, release, description) { 0, 0, kind, description, compile, release }
/** The extension of an array of compilers. */
#define VM_COMPILERS(array) { (uint32_t)sizeof(VM_CompilerExtension), 0, VM_TABLE(array) }

/** The id of the service of compiled parameters. */
#define VM_PARAMETERS_SERVICE "libvm.parameters/1"

/** The service of compiled parameters. It only grows at its end. */
typedef struct VM_ParametersService {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Status(VM_CALL *get)(const VM_PluginHost *host, VM_Caller *caller, uint32_t kind, uint32_t id, void **compiled); /**< VM_HostGetParameter */
} VM_ParametersService;

/**
 * Returns the service of compiled parameters. It is the same for each call: keep it where a function is called often.
 * @param host the host
 * @return the service, valid as long as the host; NULL if this host does not have it
 * @par Threads
 * [thread-safe]
 * @since 0.4
 */
VM_LOCAL const VM_ParametersService *VM_CALL VM_HostGetParametersService(const VM_PluginHost *host)
{
    return (const VM_ParametersService *)host->get_service(host, VM_PARAMETERS_SERVICE);
}

/**
 * Returns what a compiler of the plug-in made of a parameter of the calling module, in a time that does not depend on their number. If
 * it fails, return the status: the guest traps, with a message that names the function, the kind and the id.
 * @param host the host
 * @param caller the call
 * @param kind the index of the compiler in the extension's array
 * @param id the author's id, usually an argument of the call
 * @param compiled receives what compile returned; NULL on failure. It is valid until the callback returns, and of a suspended call
 * until that ends
 * @return VM_STATUS_OK; VM_STATUS_NOT_FOUND (the calling module has no such parameter, or no section `libvm.param`);
 * VM_STATUS_INVALID_ARGUMENT (the plug-in has no such compiler, or the function is another plug-in's); VM_STATUS_NULL_ARGUMENT;
 * VM_STATUS_UNSUPPORTED (a host without parameters); as for every function of a caller also VM_STATUS_STALE, VM_STATUS_WRONG_THREAD and
 * VM_STATUS_REENTRANT
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL VM_Status VM_CALL VM_HostGetParameter(const VM_PluginHost *host, VM_Caller *caller, uint32_t kind, uint32_t id, void **compiled)
{
    const VM_ParametersService *service = VM_HostGetParametersService(host);
    return service ? service->get(host, caller, kind, id, compiled) : VM_STATUS_UNSUPPORTED;
}

#ifndef VM_NO_INLINE
/* The layout is part of the ABI: a compiler with another layout fails here. */
typedef char VM_AssertParameterTableSize[sizeof(VM_ParameterTable) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertParameterSize[sizeof(VM_Parameter) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertCompilerSize[sizeof(VM_CompilerDescriptor) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertCompilerTableSize[sizeof(VM_CompilerTable) == 8 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertCompilerExtensionSize[sizeof(VM_CompilerExtension) == 16 + sizeof(void *) ? 1 : -1];
typedef char VM_AssertParametersServiceSize[sizeof(VM_ParametersService) == 8 + sizeof(void *) ? 1 : -1];
#endif

#ifdef __cplusplus
}
#endif

#endif
