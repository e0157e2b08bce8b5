#include "shim.h"
#include "_cgo_export.h"

// The anchor of the context whose call runs on this thread: calls nest, and each restores the one around it.
static _Thread_local uint64_t *now;
// That of the pool that this thread calls.
static _Thread_local uint64_t *now_pool;

uint64_t *libvm_go_current(void) { return now; }

uint64_t *libvm_go_enter(uint64_t *current)
{
    uint64_t *outer = now;
    now = current;
    return outer;
}

#define RUN(call)                                    \
    uint64_t *outer = now;                           \
    Answer answer = { VM_STATUS_OK, NULL };          \
    now = current;                                   \
    answer.status = call;                            \
    now = outer;                                     \
    return answer

Answer libvm_go_call(uint64_t *current, VM_Context *context, VM_Func func, VM_Value *values, size_t arg_count, size_t result_count)
{
    RUN(VM_FuncCall(context, func, values, arg_count, values, result_count, &answer.error));
}

Answer libvm_go_instantiate(uint64_t *current, VM_Context *context, VM_Module *module, const char *name, VM_Instance *instance)
{
    RUN(name ? VM_ContextRegisterWasm(context, name, module, instance, &answer.error)
             : VM_ContextInstantiate(context, module, instance, &answer.error));
}

Answer libvm_go_run_wasi(uint64_t *current, VM_Context *context, const char *file, const uint8_t *data, size_t size, int32_t *exit_code)
{
    RUN(file ? VM_ContextRunWasiFromFile(context, file, exit_code, &answer.error)
             : VM_ContextRunWasiFromBuffer(context, data, size, exit_code, &answer.error));
}

Answer libvm_go_wait(uint64_t *current, VM_Execution *execution, uint64_t timeout_ms)
{
    RUN(VM_ExecutionWait(execution, timeout_ms, &answer.error));
}

Answer libvm_go_start(uint64_t *current, VM_Context *context, VM_Func func, VM_Value *values, size_t arg_count, VM_Execution **execution)
{
    RUN(VM_FuncStart(context, func, values, arg_count, NULL, execution, &answer.error));
}

Answer libvm_go_reset(uint64_t *current, VM_Context *context)
{
    RUN(VM_ContextReset(context, &answer.error));
}

Answer libvm_go_register_plugins(uint64_t *current, VM_Context *context, VM_PluginRegistry *registry, VM_Plugin *plugin)
{
    RUN(plugin ? VM_ContextRegisterPlugin(context, plugin, &answer.error) : VM_ContextRegisterPlugins(context, registry, &answer.error));
}

Answer libvm_go_update_plugin(uint64_t *current, VM_Context *context, VM_Plugin *plugin)
{
    RUN(VM_ContextUpdatePlugin(context, plugin, &answer.error));
}

Answer libvm_go_start_instantiate(uint64_t *current, VM_Context *context, VM_Module *module, VM_Execution **execution)
{
    RUN(VM_ContextStartInstantiate(context, module, NULL, execution, &answer.error));
}

Answer libvm_go_grow_memory(uint64_t *current, VM_Context *context, VM_Memory memory, uint64_t pages, uint64_t *previous)
{
    RUN(VM_MemoryGrow(context, memory, pages, previous, &answer.error));
}

Answer libvm_go_grow_table(uint64_t *current, VM_Context *context, VM_Table table, uint64_t elements, const VM_Value *value, uint64_t *previous)
{
    RUN(VM_TableGrow(context, table, elements, value, previous, &answer.error));
}

Answer libvm_go_invoke_hooks(uint64_t *current, VM_Context *context, VM_Event *event, VM_Status *decision)
{
    RUN(VM_ContextInvokeHooks(context, event, decision, &answer.error));
}

Answer libvm_go_stop_recording(uint64_t *current, VM_Context *context)
{
    RUN(VM_ContextStopRecording(context, &answer.error));
}

void libvm_go_delete_context(uint64_t *current, VM_Context *context)
{
    uint64_t *outer = now;
    now = current;
    VM_ContextDelete(context);
    now = outer;
}

Answer libvm_go_caller_call(VM_Caller *caller, const char *name, VM_Value *values, size_t arg_count, size_t result_count)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_CallerCall(caller, name, values, arg_count, values, result_count);
    if (answer.status != VM_STATUS_OK)
        VM_ErrorCreateFromCaller(caller, &answer.error);
    return answer;
}

static VM_Status VM_CALL call_function(void *number, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    if (!now)
        return VM_CallerFail(caller, VM_STATUS_UNSUPPORTED, "a host function of Go was called outside of a call that Go has made");
    return libvmGoCall(now, (uintptr_t)number, caller, (VM_Value *)args, results);
}

Answer libvm_go_add_stage(VM_Stream *stream, const char *name, uintptr_t number, VM_StageFlags flags)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_StreamAddCallbackStage(stream, name, call_function, (void *)number, NULL, flags, &answer.error);
    return answer;
}

Answer libvm_go_add_function(VM_HostModule *module, const char *name, const char *signature, uintptr_t number, uint32_t flags)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_HostModuleAddFunction(module, name, signature, call_function, (void *)number, NULL, &answer.error);
    // Go looks at the bounds of its thread's stack.
    if (answer.status == VM_STATUS_OK)
        answer.status = VM_HostModuleSetFunctionFlags(module, name, flags | VM_FUNCTION_THREAD_STACK, &answer.error);
    return answer;
}

static VM_Status VM_CALL write_stream(void *number, const uint8_t *data, size_t size, size_t *count)
{
    return now ? libvmGoWrite(now, (uintptr_t)number, (uint8_t *)data, size, count) : VM_STATUS_UNSUPPORTED;
}

static VM_Status VM_CALL read_stream(void *number, uint8_t *data, size_t size, size_t *count)
{
    return now ? libvmGoRead(now, (uintptr_t)number, data, size, count) : VM_STATUS_UNSUPPORTED;
}

Answer libvm_go_set_stream(VM_Wasi *wasi, VM_WasiStream stream, uintptr_t number)
{
    Answer answer = { VM_STATUS_OK, NULL };
    if (stream == VM_WASI_STDIN)
        answer.status = VM_WasiSetInputCallback(wasi, read_stream, (void *)number, NULL, &answer.error);
    else
        answer.status = VM_WasiSetStreamCallback(wasi, stream, write_stream, (void *)number, NULL, &answer.error);
    return answer;
}

static void VM_CALL free_extern(void *number)
{
    if (now)
        libvmGoFreeExtern(now, (uintptr_t)number);
}

Answer libvm_go_create_extern(uint64_t *current, VM_Context *context, uintptr_t number, VM_Ref *ref)
{
    RUN(VM_RefCreateExtern(context, (void *)number, free_extern, ref, &answer.error));
}

// `number` is 0 for the null reference, and for one that cannot be read.
VM_Status libvm_go_get_extern(VM_Context *context, VM_Caller *caller, VM_Ref ref, uintptr_t *number)
{
    void *pointer = NULL;
    VM_Status status = caller ? VM_CallerGetExternRef(caller, ref, &pointer) : VM_RefGetExtern(context, ref, &pointer, NULL);
    *number = status == VM_STATUS_OK ? (uintptr_t)pointer : 0;
    return status;
}

VM_Status libvm_go_caller_create_extern(VM_Caller *caller, uintptr_t number, VM_Ref *ref)
{
    return VM_CallerCreateExternRef(caller, (void *)number, free_extern, ref);
}

static void VM_CALL cancel_call(void *number)
{
    libvmGoCancel((uintptr_t)number);
}

VM_Status libvm_go_suspend(VM_Caller *caller, uintptr_t number, VM_Token *token)
{
    VM_Suspension suspension = VM_SUSPENSION_INIT;
    suspension.user = (void *)number;
    suspension.cancel = cancel_call;
    return VM_CallerSuspend(caller, &suspension, token);
}

static void VM_CALL write_log(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    libvmGoLog(level, (char *)source, (char *)text);
}

Answer libvm_go_set_log(VM_LogLevel level, bool on)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_LogSetCallback(level, on ? write_log : NULL, NULL, NULL, &answer.error);
    return answer;
}

VM_Status libvm_go_wasi_fail(VM_Status status, const char *text) { return VM_WasiFail(status, text); }

VM_Status libvm_go_fail(VM_Caller *caller, VM_Status status, const char *text) { return VM_CallerFail(caller, status, text); }

VM_Status libvm_go_read_memory(VM_Caller *caller, uint64_t address, void *data, size_t size)
{
    return VM_CallerReadMemory(caller, address, data, size);
}

VM_Status libvm_go_write_memory(VM_Caller *caller, uint64_t address, const void *data, size_t size)
{
    return VM_CallerWriteMemory(caller, address, data, size);
}

VM_Status libvm_go_memory_size(VM_Caller *caller, uint64_t *size) { return VM_CallerGetMemorySize(caller, size); }

static VM_Status VM_CALL write_recording(void *user, const uint8_t *data, size_t size)
{
    (void)user;
    return now ? libvmGoRecord(now, (uint8_t *)data, size) : VM_STATUS_UNSUPPORTED;
}

Answer libvm_go_record(uint64_t *current, VM_Context *context)
{
    RUN(VM_ContextRecordToCallback(context, write_recording, NULL, NULL, &answer.error));
}

static uint64_t VM_CALL ask_limit(void *user, const VM_LimitRequest *request)
{
    (void)user;
    return now ? libvmGoLimit(now, (VM_LimitRequest *)request) : request->limit;
}

Answer libvm_go_set_limit_callback(VM_ContextConfig *config)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_ContextConfigSetLimitCallback(config, ask_limit, NULL, NULL, &answer.error);
    return answer;
}

static void VM_CALL trace_call(void *user, const VM_TraceEvent *event)
{
    (void)user;
    if (now)
        libvmGoTrace(now, (VM_TraceEvent *)event);
}

Answer libvm_go_set_trace(VM_ContextConfig *config)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_ContextConfigSetTrace(config, trace_call, NULL, NULL, &answer.error);
    return answer;
}

// A context that the garbage collector deletes has no function of Go any more.
static VM_Status VM_CALL call_hook(void *number, VM_Event *event)
{
    return now ? libvmGoHook(now, (uintptr_t)number, event) : VM_STATUS_OK;
}

Answer libvm_go_add_hook(VM_Context *context, const char *point, VM_HookPosition position, uintptr_t number)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_ContextAddHook(context, point, position, call_hook, (void *)number, NULL, &answer.error);
    return answer;
}

static void VM_CALL forget_context(void *context)
{
    if (now_pool)
        libvmGoPoolForget(now_pool, context);
}

static VM_Status VM_CALL prepare_context(void *user, VM_Context *context, VM_Error **error)
{
    VM_Status status = now_pool ? libvmGoPoolPrepare(now_pool, context) : VM_STATUS_UNSUPPORTED;
    (void)user;
    return status == VM_STATUS_OK ? VM_ContextSetData(context, context, forget_context, error) : status;
}

#define RUN_POOL(call)                               \
    uint64_t *outer = now_pool;                      \
    Answer answer = { VM_STATUS_OK, NULL };          \
    now_pool = current_pool;                         \
    answer.status = call;                            \
    now_pool = outer;                                \
    return answer

Answer libvm_go_pool_create(VM_Engine *engine, VM_ContextConfig *config, size_t limit, VM_ContextPool **pool)
{
    Answer answer = { VM_STATUS_OK, NULL };
    answer.status = VM_ContextPoolCreate(engine, config, limit, pool, prepare_context, NULL, NULL, &answer.error);
    return answer;
}

Answer libvm_go_pool_take(uint64_t *current_pool, VM_ContextPool *pool, VM_Context **context)
{
    RUN_POOL(VM_ContextPoolTake(pool, context, &answer.error));
}

Answer libvm_go_pool_fill(uint64_t *current_pool, VM_ContextPool *pool, size_t count)
{
    RUN_POOL(VM_ContextPoolFill(pool, count, &answer.error));
}

static Answer return_context(uint64_t *current, VM_ContextPool *pool, VM_Context *context)
{
    RUN(VM_ContextPoolReturn(pool, context, &answer.error));
}

Answer libvm_go_pool_return(uint64_t *current_pool, uint64_t *current, VM_ContextPool *pool, VM_Context *context)
{
    uint64_t *outer = now_pool;
    Answer answer;
    now_pool = current_pool;
    answer = return_context(current, pool, context);
    now_pool = outer;
    return answer;
}

static bool VM_CALL report_progress(void *handle, const VM_PackageProgress *progress)
{
    return libvmGoProgress((uintptr_t)handle, (VM_PackageProgress *)progress);
}

VM_PackageProgressCallback libvm_go_progress(void) { return report_progress; }

void *libvm_go_user(uintptr_t handle) { return (void *)handle; }
