/* The plug-in {{name}}: two functions, which guests import from the module `{{name}}`. */
#include <libvm/plugin.h>
#include <string.h>

/* add: (i32, i32) -> i32 */
static VM_Status add(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)args[1].of.i32));
    return VM_STATUS_OK;
}

/*
 * greet: writes a greeting of the name into the second buffer, and returns its length. Both buffers are in the guest's
 * memory, and libvm has checked that they are.
 */
static VM_Status greet(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    static const char hello[] = "Hello, ";
    const size_t length = sizeof hello - 1;
    const VM_Buffer name = args[0].of.buffer, out = args[1].of.buffer;
    (void)instance;
    if (out.size < length || out.size - length < name.size)
        return VM_CallerTrap(caller, "the buffer is too small for the greeting");
    memmove((char *)out.data + length, name.data, name.size);
    memcpy(out.data, hello, length);
    results[0] = VM_ValueI32((int32_t)(length + name.size));
    return VM_STATUS_OK;
}

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_DESCRIBED("add", "(ii)i", add, "Adds two numbers"),
    VM_FUNCTION_DESCRIBED("greet", "(<~>~)i", greet, "Writes a greeting of a name, and returns its length"),
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("{{name}}", functions),
};
VM_PLUGIN("{{name}}", "1.0.0", "Adds numbers, and greets", modules);
