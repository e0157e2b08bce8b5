/* The manifest and the descriptor of calc.go. */
#include "_cgo_export.h"

static const VM_FunctionDescriptor functions[] = {
    VM_FUNCTION_WITH("add", "(ii)i", add, NULL, VM_FUNCTION_THREAD_STACK, NULL, NULL), /* Go needs the stack of the thread */
};
static const VM_ModuleDescriptor modules[] = {
    VM_MODULE("calc", functions),
};
VM_PLUGIN("calc", "1.0.0", "Adds numbers", modules);
