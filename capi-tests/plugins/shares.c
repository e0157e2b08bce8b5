/* Valid: has one item of a module with several providers; -DNAME, -DITEM and -DANSWER come from the command line. */
#define VM_PLUGIN_MODULES "shared"
#include <libvm/plugin.h>

#ifndef ITEM
#define ITEM "a"
#define ANSWER 1
#endif

static VM_Status answer(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(ANSWER);
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION(ITEM, "()i", answer),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("shared", functions),
};
VM_PLUGIN(NAME, VERSION, "Shares a module with others", modules);
