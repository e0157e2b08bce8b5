// What Go cannot express: a pointer of the calling context in thread-local storage, and callbacks that pass it on.
#ifndef LIBVM_GO_SHIM_H
#define LIBVM_GO_SHIM_H

#if defined(__has_include)
#if !__has_include(<libvm.h>)
#error "libvm.h is missing: install libvm (the package libvm-dev, or `cmake --install` with a prefix in PKG_CONFIG_PATH)"
#endif
#endif
#include <libvm.h>
#if VM_VERSION_MAJOR != 0 || VM_VERSION_MINOR != 7
#error "libvm.h is not of version 0.7, as this package is: install the package libvm-dev of the same version"
#endif

// A status and its error, returned by value: an address of a variable would make Go allocate it.
typedef struct Answer {
    VM_Status status;
    VM_Error *error;
} Answer;

// Returns the anchor of the context whose call runs on this thread.
uint64_t *libvm_go_current(void);
// Sets it, and returns the one around it.
uint64_t *libvm_go_enter(uint64_t *current);

// The calls during which libvm may call back. `current` is the context's anchor; it is stored until the call returns.
Answer libvm_go_call(uint64_t *current, VM_Context *context, VM_Func func, VM_Value *values, size_t arg_count, size_t result_count);
Answer libvm_go_instantiate(uint64_t *current, VM_Context *context, VM_Module *module, const char *name, VM_Instance *instance);
Answer libvm_go_run_wasi(uint64_t *current, VM_Context *context, const char *file, const uint8_t *data, size_t size, int32_t *exit_code);
Answer libvm_go_wait(uint64_t *current, VM_Execution *execution, uint64_t timeout_ms);
Answer libvm_go_start(uint64_t *current, VM_Context *context, VM_Func func, VM_Value *values, size_t arg_count, VM_Execution **execution);
Answer libvm_go_reset(uint64_t *current, VM_Context *context);
Answer libvm_go_register_plugins(uint64_t *current, VM_Context *context, VM_PluginRegistry *registry, VM_Plugin *plugin);
Answer libvm_go_update_plugin(uint64_t *current, VM_Context *context, VM_Plugin *plugin);
Answer libvm_go_start_instantiate(uint64_t *current, VM_Context *context, VM_Module *module, VM_Execution **execution);
Answer libvm_go_grow_memory(uint64_t *current, VM_Context *context, VM_Memory memory, uint64_t pages, uint64_t *previous);
Answer libvm_go_grow_table(uint64_t *current, VM_Context *context, VM_Table table, uint64_t elements, const VM_Value *value, uint64_t *previous);
Answer libvm_go_invoke_hooks(uint64_t *current, VM_Context *context, VM_Event *event, VM_Status *decision);
Answer libvm_go_record(uint64_t *current, VM_Context *context);
Answer libvm_go_stop_recording(uint64_t *current, VM_Context *context);
void libvm_go_delete_context(uint64_t *current, VM_Context *context);
Answer libvm_go_caller_call(VM_Caller *caller, const char *name, VM_Value *values, size_t arg_count, size_t result_count);

Answer libvm_go_add_function(VM_HostModule *module, const char *name, const char *signature, uintptr_t number, uint32_t flags);
Answer libvm_go_set_stream(VM_Wasi *wasi, VM_WasiStream stream, uintptr_t number);
Answer libvm_go_create_extern(uint64_t *current, VM_Context *context, uintptr_t number, VM_Ref *ref);
VM_Status libvm_go_caller_create_extern(VM_Caller *caller, uintptr_t number, VM_Ref *ref);
VM_Status libvm_go_get_extern(VM_Context *context, VM_Caller *caller, VM_Ref ref, uintptr_t *number);
VM_Status libvm_go_suspend(VM_Caller *caller, uintptr_t number, VM_Token *token);
Answer libvm_go_set_log(VM_LogLevel level, bool on);

// Callbacks of a context; `number` is that of the Go function.
Answer libvm_go_set_limit_callback(VM_ContextConfig *config);
Answer libvm_go_set_trace(VM_ContextConfig *config);
Answer libvm_go_add_hook(VM_Context *context, const char *point, VM_HookPosition position, uintptr_t number);

// The calls of a pool during which it may prepare and delete contexts.
Answer libvm_go_pool_create(VM_Engine *engine, VM_ContextConfig *config, size_t limit, VM_ContextPool **pool);
Answer libvm_go_pool_take(uint64_t *current_pool, VM_ContextPool *pool, VM_Context **context);
Answer libvm_go_pool_fill(uint64_t *current_pool, VM_ContextPool *pool, size_t count);
Answer libvm_go_pool_return(uint64_t *current_pool, uint64_t *current, VM_ContextPool *pool, VM_Context *context);

// The progress of a call on a package, and its `user`, which is a cgo.Handle.
VM_PackageProgressCallback libvm_go_progress(void);
void *libvm_go_user(uintptr_t handle);

// A source or sink of Go, as callbacks are passed it.
typedef struct Part {
    uintptr_t number;
    VM_StreamPart part; // the stream's side, while it is open
    void *event;        // what the last event that was pulled points to
} Part;

// Kinds of sources, and what they have.
enum { PART_PUSH = 1, PART_COMMIT = 2, PART_REWIND = 4, PART_FLUSH = 8, PART_DEAD_LETTER = 16 };

Answer libvm_go_set_source(VM_Stream *stream, uintptr_t number, uint32_t has);
Answer libvm_go_add_sink(VM_Stream *stream, uintptr_t number, uint32_t has, const char *name);
Answer libvm_go_add_stage(VM_Stream *stream, const char *name, uintptr_t number, VM_StageFlags flags);
Answer libvm_go_set_state_callback(VM_Stream *stream, uintptr_t number);
// The calls during which a stream may call its parts.
Answer libvm_go_stream_run(uint64_t *current, uint64_t *current_stream, VM_Stream *stream, uint64_t max_events, bool may_wait);
Answer libvm_go_stream_rewind(uint64_t *current, uint64_t *current_stream, VM_Stream *stream, uint64_t position);
void libvm_go_stream_delete(uint64_t *current, uint64_t *current_stream, VM_Stream *stream);

// The content of an event of Go: the strings of its metadata are keys and values in turn.
typedef struct EventContent {
    const uint8_t *data;
    size_t size;
    int64_t timestamp;
    uint64_t position;
    char **strings;
    size_t string_count;
} EventContent;

VM_Status libvm_go_fill_event(Part *part, VM_StreamEvent *event, const uint8_t *data, const EventContent *content);
VM_Status libvm_go_part_fail(Part *part, VM_Status status, const char *text);
VM_Status libvm_go_emit(const VM_StreamPart *part, const uint8_t *data, const EventContent *content);
VM_Status libvm_go_end(const VM_StreamPart *part, VM_Status status, const char *text);
VM_Status libvm_go_notify(const VM_StreamPart *part);
VM_Status libvm_go_set_part_state(const VM_StreamPart *part, VM_StreamPartState state, const char *text);
VM_Status libvm_go_report_reconnect(const VM_StreamPart *part, const char *text);
VM_Status libvm_go_get_event(VM_Caller *caller, VM_StreamEvent *event);
VM_Status libvm_go_next_event(VM_Caller *caller, bool *is_next);
VM_Status libvm_go_emit_event(VM_Caller *caller, const uint8_t *data, const EventContent *content);

// The values of an event of hooks.
VM_Status libvm_go_event_type(const VM_Event *event, const char *key, VM_EventType *type);
VM_Status libvm_go_event_get(const VM_Event *event, const char *key, VM_EventType type, VM_Bytes *bytes, int64_t *integer, void **pointer);
VM_Status libvm_go_event_set(VM_Event *event, const char *key, VM_EventType type, const void *data, size_t size, int64_t integer);
VM_Status libvm_go_event_set_pointer(VM_Event *event, const char *key, void *pointer);
VM_Status libvm_go_event_key(const VM_Event *event, size_t index, const char **key);
VM_Status libvm_go_event_remove(VM_Event *event, const char *key);
VM_Status libvm_go_event_fail(VM_Event *event, VM_Status status, const char *text);
VM_Status libvm_go_event_suspend(VM_Event *event, uintptr_t number, VM_Token *token);

VM_Status libvm_go_wasi_fail(VM_Status status, const char *text);
VM_Status libvm_go_fail(VM_Caller *caller, VM_Status status, const char *text);
VM_Status libvm_go_read_memory(VM_Caller *caller, uint64_t address, void *data, size_t size);
VM_Status libvm_go_write_memory(VM_Caller *caller, uint64_t address, const void *data, size_t size);
VM_Status libvm_go_memory_size(VM_Caller *caller, uint64_t *size);

#endif
