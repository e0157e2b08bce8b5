/**
 * @file libvm/dependencies.h
 * The extension "libvm.dependencies/1": a plug-in is shown each wasm module before it is linked, and answers with further plug-ins that the
 * module needs, with functions for this module alone, or refuses it. Part of <libvm/plugin.h>.
 *
 *     static VM_Status VM_CALL examine(void *data, VM_ModuleView *view)
 *     {
 *         const VM_ModuleItem *import;
 *         size_t i;
 *         for (i = 0; (import = VM_ModuleViewGetImport(view, i)) != NULL; i++)
 *             if (strcmp(import->module, "answers") == 0 && VM_ModuleViewProvide(view, "answers", import->name, "()i", answer, NULL, NULL))
 *                 return VM_ModuleViewRefuse(view, "it imports the same answer twice");
 *         return VM_STATUS_OK;
 *     }
 *     static const VM_DependenciesExtension dependencies = { sizeof dependencies, 0, examine };
 *
 * The host decides whether plug-ins are asked: VM_PluginRegistrySetModulePlugins(registry, VM_MODULE_PLUGINS_DEPENDENCIES, …).
 */
#ifndef LIBVM_DEPENDENCIES_H
#define LIBVM_DEPENDENCIES_H

#include <libvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The id of the extension that is shown modules. */
#define VM_DEPENDENCIES_EXTENSION "libvm.dependencies/1"

/** The kind of an import or export; the numbers are those of VM_ExternKind. */
typedef uint32_t VM_ModuleItemKind;

enum {
    VM_MODULE_ITEM_FUNCTION = 0, /**< A function. */
    VM_MODULE_ITEM_MEMORY = 1,   /**< A linear memory. */
    VM_MODULE_ITEM_TABLE = 2,    /**< A table. */
    VM_MODULE_ITEM_GLOBAL = 3    /**< A global. */
};

/** An import or export of a module. It only grows at its end. Strings are UTF-8, end with a NUL, and may contain others. */
typedef struct VM_ModuleItem {
    uint32_t size;          /**< Size of this struct in bytes. */
    VM_ModuleItemKind kind; /**< VM_MODULE_ITEM_* */
    const char *module;     /**< The module that an import names; empty for an export. */
    size_t module_size;     /**< Bytes of `module` without the final NUL. */
    const char *name;       /**< Its name. */
    size_t name_size;       /**< Bytes of `name` without the final NUL. */
    const char *signature;  /**< Of a function, its wasm types as in "(ii)i"; NULL for others. */
} VM_ModuleItem;

/** A custom section of a module. It only grows at its end. */
typedef struct VM_ModuleSection {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    VM_Bytes name;     /**< Its name, UTF-8; several sections may have the same. */
    VM_Bytes content;  /**< Its bytes. */
} VM_ModuleSection;

/** A function that a plug-in provides for one module. Set `size` to the size of this struct, and what is not used to 0. */
typedef struct VM_ProvidedFunction {
    uint32_t size;           /**< Size of this struct in bytes. */
    uint32_t flags;          /**< VM_FUNCTION_* */
    const char *module;      /**< The module that the import names, UTF-8. */
    const char *name;        /**< The name of the import, UTF-8. */
    const char *signature;   /**< As in "(i<~)i": see VM_FunctionDescriptor. */
    VM_Callback callback;    /**< The host function; it receives the plug-in's instance in the calling context. */
    void *data;              /**< Passed to the callback as `caller->data`. */
    VM_Free free_data;       /**< Called once with `data`, when the function is not needed any more; or NULL. */
    const char *permission;  /**< The permission that a call requires, covered by VM_PLUGIN_PERMISSIONS; or NULL. */
    const char *description; /**< One line, or NULL. */
} VM_ProvidedFunction;

/** A module that a plug-in is shown; valid until `examine` returns, with everything that its functions return. */
typedef struct VM_ModuleView VM_ModuleView;

/** The functions of a VM_ModuleView: use the inline functions below. It only grows at its end. */
typedef struct VM_ModuleViewTable {
    uint32_t size;                                                                                     /**< Size of this struct in bytes. */
    uint32_t reserved;                                                                                 /**< 0. */
    const VM_ModuleItem *(VM_CALL *get_import)(VM_ModuleView *view, size_t index);                     /**< VM_ModuleViewGetImport */
    const VM_ModuleItem *(VM_CALL *get_export)(VM_ModuleView *view, size_t index);                     /**< VM_ModuleViewGetExport */
    const VM_ModuleSection *(VM_CALL *get_section)(VM_ModuleView *view, size_t index);                 /**< VM_ModuleViewGetSection */
    VM_Status(VM_CALL *require)(VM_ModuleView *view, const char *plugin, const char *range);           /**< VM_ModuleViewRequire */
    VM_Status(VM_CALL *provide)(VM_ModuleView *view, const VM_ProvidedFunction *function);             /**< VM_ModuleViewProvideFunction */
    VM_Status(VM_CALL *refuse)(VM_ModuleView *view, const char *text);                                 /**< VM_ModuleViewRefuse */
} VM_ModuleViewTable;

struct VM_ModuleView {
    const VM_ModuleViewTable *table; /**< Its functions. */
};

/** The extension of plug-ins that are shown modules. It only grows at its end. */
typedef struct VM_DependenciesExtension {
    uint32_t size;     /**< Size of this struct in bytes. */
    uint32_t reserved; /**< 0. */
    /**
     * Examines a module. Called once for each module and registry, before the module is linked for the first time, on that thread; for a
     * serialized plug-in while none of its other functions runs. A plug-in that was loaded because of an answer is asked too. What it has
     * answered counts for all contexts, and ends with the module or the plug-in: then `free_data` of each function is called. It must
     * not load plug-ins into the registry.
     * @param data of initialize
     * @param view the module; valid until this function returns
     * @return VM_STATUS_OK, or a failure (see VM_ModuleViewRefuse): the module is then not linked, and nothing of the answer is kept
     */
    VM_Status(VM_CALL *examine)(void *data, VM_ModuleView *view);
} VM_DependenciesExtension;

/**
 * Returns an import of the module.
 * @param view the module
 * @param index from 0, in the module's order
 * @return the import, valid until examine returns; NULL if the index is past the end
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL const VM_ModuleItem *VM_CALL VM_ModuleViewGetImport(VM_ModuleView *view, size_t index)
{
    return view->table->get_import(view, index);
}

/**
 * Returns an export of the module.
 * @param view the module
 * @param index from 0, in the module's order
 * @return the export, valid until examine returns; NULL if the index is past the end
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL const VM_ModuleItem *VM_CALL VM_ModuleViewGetExport(VM_ModuleView *view, size_t index)
{
    return view->table->get_export(view, index);
}

/**
 * Returns a custom section of the module.
 * @param view the module
 * @param index from 0, in the module's order
 * @return the section, valid until examine returns; NULL if the index is past the end
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL const VM_ModuleSection *VM_CALL VM_ModuleViewGetSection(VM_ModuleView *view, size_t index)
{
    return view->table->get_section(view, index);
}

/**
 * Requires a plug-in for the module: it is found in the directories of the registry, loaded when examine has returned, and registered in the
 * contexts that link the module. If it cannot be loaded, the module is not linked.
 * @param view the module
 * @param plugin the name of the plug-in, UTF-8; copied
 * @param range the accepted versions, as in ">=1.2 <2"; empty or NULL for any; copied
 * @return VM_STATUS_OK; VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (not a name, or not a range), VM_STATUS_LIMIT:
 *         examine then fails with this reason, if it returns the same status
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL VM_Status VM_CALL VM_ModuleViewRequire(VM_ModuleView *view, const char *plugin, const char *range)
{
    return view->table->require(view, plugin, range);
}

/**
 * Provides a function for this module alone, with everything that a function may have. An import of the module with these names is resolved
 * to it; another provider of the same import in a context is a failure to link.
 * @param view the module
 * @param function the function; copied with its strings
 * @return VM_STATUS_OK; VM_STATUS_NULL_ARGUMENT, VM_STATUS_BAD_UTF8, VM_STATUS_INVALID_ARGUMENT (its size, flags or permission),
 *         VM_STATUS_BAD_SIGNATURE, VM_STATUS_ALREADY_EXISTS (it was provided before), VM_STATUS_LIMIT: `free_data` was called then, and
 *         examine fails with this reason, if it returns the same status
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL VM_Status VM_CALL VM_ModuleViewProvideFunction(VM_ModuleView *view, const VM_ProvidedFunction *function)
{
    return view->table->provide(view, function);
}

/**
 * Provides a function for this module alone.
 * @param view the module
 * @param module the module that the import names, UTF-8; copied
 * @param name the name of the import, UTF-8; copied
 * @param signature as in "(ii)i"; copied
 * @param callback the host function; it receives the plug-in's instance in the calling context
 * @param data passed to the callback as `caller->data`; may be NULL
 * @param free_data called once with `data`, also if this call fails; may be NULL
 * @return as VM_ModuleViewProvideFunction
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL VM_Status VM_CALL VM_ModuleViewProvide(VM_ModuleView *view, const char *module, const char *name, const char *signature,
                                                VM_Callback callback, void *data, VM_Free free_data)
{
    VM_ProvidedFunction function;
    function.size = (uint32_t)sizeof function;
    function.flags = 0;
    function.module = module;
    function.name = name;
    function.signature = signature;
    function.callback = callback;
    function.data = data;
    function.free_data = free_data;
    function.permission = NULL;
    function.description = NULL;
    return view->table->provide(view, &function);
}

/**
 * Refuses the module: `return VM_ModuleViewRefuse(view, "its section `rules` is empty");`
 * @param view the module
 * @param text the reason, UTF-8; copied; it goes into the error of the instantiation
 * @return VM_STATUS_MODULE_REFUSED
 * @par Threads
 * [inside a callback only]
 * @since 0.4
 */
VM_LOCAL VM_Status VM_CALL VM_ModuleViewRefuse(VM_ModuleView *view, const char *text)
{
    return view->table->refuse(view, text);
}

#ifndef VM_NO_INLINE
/* The layout is part of the ABI: a compiler with another layout fails here. */
typedef char VM_AssertModuleItemSize[sizeof(VM_ModuleItem) == 8 + 5 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertModuleSectionSize[sizeof(VM_ModuleSection) == 8 + 4 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertProvidedFunctionSize[sizeof(VM_ProvidedFunction) == 8 + 8 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertModuleViewTableSize[sizeof(VM_ModuleViewTable) == 8 + 6 * sizeof(void *) ? 1 : -1];
typedef char VM_AssertModuleViewSize[sizeof(VM_ModuleView) == sizeof(void *) ? 1 : -1];
typedef char VM_AssertDependenciesSize[sizeof(VM_DependenciesExtension) == 8 + sizeof(void *) ? 1 : -1];
#endif

#ifdef __cplusplus
}
#endif

#endif
