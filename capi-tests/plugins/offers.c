/*
 * Provides the module `module_000` with the functions that -DHAS_NUMBER and -DHAS_OTHER select. Tests make copies in which all
 * `_000` are another number.
 */
#ifndef NEEDED
#define NEEDED ""
#endif
#define VM_PLUGIN_MODULES "module_000"
#define VM_PLUGIN_DEPENDS NEEDED
#define MARK NAME "_000"
#include "marked.h"
#include <libvm/plugin.h>

static VM_Status number(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(ANSWER);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
#ifdef HAS_NUMBER
    VM_FUNCTION("number", "()i", number),
#endif
#ifdef HAS_OTHER
    VM_FUNCTION("other", "()i", number),
#endif
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("module_000", functions),
};
VM_PLUGIN(MARK, VERSION, "Offers functions", modules);
