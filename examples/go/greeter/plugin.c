/* The manifest and the descriptor of greeter.go. */
#include "_cgo_export.h"

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_WITH("greet", "(<~)", greet, NULL, VM_FUNCTION_THREAD_STACK, NULL, NULL), /* Go needs the stack of the thread */
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("greeter", functions),
};
static const VM_OptionDescriptor options[] = {
    VM_OPTION_STRING("greeting", "Hello", "what to say before the name"),
    VM_OPTION_INTEGER_IN("times", 1, 1, 9, "number of repetitions"),
};
static const VM_PluginDescriptor descriptor = {
    VM_PLUGIN_DESCRIPTOR_INIT,
    .modules = VM_TABLE(modules),
    .options = VM_TABLE(options),
    .create = create,
    .destroy = destroy,
};
VM_PLUGIN_DESCRIPTOR("greeter", "1.0.0", "Greets by name", descriptor);
