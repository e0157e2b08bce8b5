// What Go cannot express: a pointer of the calling context in thread-local storage, and callbacks that pass it on.
#ifndef LIBVM_GO_SHIM_H
#define LIBVM_GO_SHIM_H

#if defined(__has_include)
#if !__has_include(<libvm.h>)
#error "libvm.h is missing: install libvm (the package libvm-dev, or `cmake --install` with a prefix in PKG_CONFIG_PATH)"
#endif
#endif
#include <libvm.h>

// A status and its error, returned by value: an address of a variable would make Go allocate it.
typedef struct Answer {
    VM_Status status;
    VM_Error *error;
} Answer;

// The calls during which libvm may call back. `current` is the context's anchor; it is stored until the call returns.
Answer libvm_go_call(uint64_t *current, VM_Context *context, VM_Func func, VM_Value *values, size_t arg_count, size_t result_count);
Answer libvm_go_instantiate(uint64_t *current, VM_Context *context, VM_Module *module, const char *name, VM_Instance *instance);
Answer libvm_go_run_wasi(uint64_t *current, VM_Context *context, const char *file, const uint8_t *data, size_t size, int32_t *exit_code);
Answer libvm_go_wait(uint64_t *current, VM_Execution *execution, uint64_t timeout_ms);
Answer libvm_go_start(uint64_t *current, VM_Context *context, VM_Func func, VM_Value *values, size_t arg_count, VM_Execution **execution);
Answer libvm_go_reset(uint64_t *current, VM_Context *context);
Answer libvm_go_register_plugins(uint64_t *current, VM_Context *context, VM_PluginRegistry *registry, VM_Plugin *plugin);
Answer libvm_go_caller_call(VM_Caller *caller, const char *name, VM_Value *values, size_t arg_count, size_t result_count);

Answer libvm_go_add_function(VM_HostModule *module, const char *name, const char *signature, uintptr_t number, uint32_t flags);
Answer libvm_go_set_stream(VM_Wasi *wasi, VM_WasiStream stream, uintptr_t number);
Answer libvm_go_create_extern(uint64_t *current, VM_Context *context, uintptr_t number, VM_Ref *ref);
VM_Status libvm_go_caller_create_extern(VM_Caller *caller, uintptr_t number, VM_Ref *ref);
VM_Status libvm_go_get_extern(VM_Context *context, VM_Caller *caller, VM_Ref ref, uintptr_t *number);
VM_Status libvm_go_suspend(VM_Caller *caller, uintptr_t number, VM_Token *token);
Answer libvm_go_set_log(VM_LogLevel level, bool on);

VM_Status libvm_go_fail(VM_Caller *caller, VM_Status status, const char *text);
VM_Status libvm_go_read_memory(VM_Caller *caller, uint64_t address, void *data, size_t size);
VM_Status libvm_go_write_memory(VM_Caller *caller, uint64_t address, const void *data, size_t size);
VM_Status libvm_go_memory_size(VM_Caller *caller, uint64_t *size);

#endif
