/* The common part of the invalid plug-ins: a module with one function. SIMPLE_NAME is the name of module and plug-in. */
#ifndef SIMPLE_H
#define SIMPLE_H

#include <libvm/plugin.h>

#ifndef SIMPLE_SIGNATURE
#define SIMPLE_SIGNATURE "(i)i"
#endif

#ifndef SIMPLE_PERMISSION
#define SIMPLE_PERMISSION NULL
#endif

static VM_Status same(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = args[0];
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_PERMITTED("same", SIMPLE_SIGNATURE, same, SIMPLE_PERMISSION),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE(SIMPLE_NAME, functions),
};

#endif
