/* Guards of objects, and the call paths between Python and guests. cffi compiles this into the module `libvm._native`. */
#include <libvm.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "glue.h"

/*
 * The state of a handle, in one word: how many threads use it, how many of them may run the guest, how many views of its memory exist.
 * The guest runs only without views, and views are made only while it does not run or by its own callback, so that no view
 * outlives a move of the memory.
 */
#define USER 1ull
#define USERS 0xffffffffull
#define RUN (1ull << 32)
#define RUNS (0x7fffull << 32)
#define VIEW (1ull << 47)
#define VIEWS (0xffffull << 47)
#define CLOSED (1ull << 63)

struct vmpy_Handle {
    void *object;
    _Atomic uint64_t state;
    int kind;
    /* Of a context that was taken from a pool, which stays until it is back. */
    vmpy_Handle *pool;
    /* Of a context: the innermost callback, and its thread. */
    _Atomic(VM_Caller *) caller;
    _Atomic(const void *) thread;
};

/*
 * Before Python 3.14 a thread that waits for Python's lock when the interpreter ends is ended, which would unwind what has called back:
 * it stops here until the process ends.
 */
static void stop_unwinding(const bool *has_returned)
{
    while (!*has_returned)
        pause();
}

static void call_python(struct _cffi_externpy_s *function, char *args)
{
    __attribute__((cleanup(stop_unwinding))) bool has_returned = false;

    _cffi_call_python(function, args);
    has_returned = true;
}

/* What cffi calls Python's functions with. */
#undef _cffi_call_python
#define _cffi_call_python call_python

/* Its address names the thread. */
static _Thread_local char this_thread;

/* The pool resets what is returned to it. */
static void context_destroy(vmpy_Handle *handle)
{
    if (!handle->pool) {
        VM_ContextDelete(handle->object);
        return;
    }
    if (VM_ContextPoolReturn(handle->pool->object, handle->object, NULL))
        VM_ContextDelete(handle->object);
    vmpy_leave(handle->pool);
}

static void destroy(vmpy_Handle *handle)
{
    void *object = handle->object;

    switch (handle->kind) {
    case VMPY_ENGINE_CONFIG: VM_EngineConfigDelete(object); break;
    case VMPY_ENGINE: VM_EngineDelete(object); break;
    case VMPY_MODULE: VM_ModuleDelete(object); break;
    case VMPY_HOST_MODULE: VM_HostModuleDelete(object); break;
    case VMPY_CONTEXT_CONFIG: VM_ContextConfigDelete(object); break;
    case VMPY_CONTEXT: context_destroy(handle); break;
    case VMPY_BORROWED_CONTEXT: break;
    case VMPY_POOL: VM_ContextPoolDelete(object); break;
    case VMPY_EXECUTION: VM_ExecutionDelete(object); break;
    case VMPY_QUEUE: VM_QueueDelete(object); break;
    case VMPY_STREAM: VM_StreamDelete(object); break;
    case VMPY_REGISTRY: VM_PluginRegistryDelete(object); break;
    case VMPY_PLUGIN: VM_PluginRelease(object); break;
    case VMPY_CONFIG: VM_ConfigDelete(object); break;
    case VMPY_WASI: VM_WasiDelete(object); break;
    case VMPY_LOOP: VM_LoopDelete(object); break;
    case VMPY_PACKAGES: VM_PackageDirectoryDelete(object); break;
    case VMPY_EVENT: VM_EventDelete(object); break;
    }
}

/* The handle is zeroed memory of Python, which frees it when nothing refers to it any more. */
void vmpy_handle_open(vmpy_Handle *handle, int kind, void *object)
{
    handle->object = object;
    handle->kind = kind;
    /* Not of VMPY_BORROWED_CONTEXT: a pool does not use a context again in which its preparation and its user set data. */
    if (kind == VMPY_CONTEXT)
        VM_ContextSetData(object, handle, NULL, NULL);
}

bool vmpy_handle_is_closed(vmpy_Handle *handle)
{
    return atomic_load(&handle->state) & CLOSED;
}

/* Closes the handle; returns whether it was open. The object is freed now or by its last user. */
bool vmpy_handle_close(vmpy_Handle *handle)
{
    uint64_t before = atomic_fetch_or(&handle->state, CLOSED);

    if (before & CLOSED)
        return false;
    if (!before)
        destroy(handle);
    return true;
}

static int enter(vmpy_Handle *handle, uint64_t what, uint64_t forbidden, int why)
{
    uint64_t state = atomic_load_explicit(&handle->state, memory_order_relaxed);

    do {
        if (state & CLOSED)
            return VMPY_CLOSED;
        if (state & forbidden)
            return why;
    } while (!atomic_compare_exchange_weak(&handle->state, &state, state + what));
    return VMPY_ENTERED;
}

static void leave(vmpy_Handle *handle, uint64_t what)
{
    if (atomic_fetch_sub(&handle->state, what) - what == CLOSED)
        destroy(handle);
}

int vmpy_enter(vmpy_Handle *handle) { return enter(handle, USER, 0, 0); }
void vmpy_leave(vmpy_Handle *handle) { leave(handle, USER); }
int vmpy_enter_run(vmpy_Handle *handle) { return enter(handle, USER + RUN, VIEWS, VMPY_VIEWED); }
void vmpy_leave_run(vmpy_Handle *handle) { leave(handle, USER + RUN); }
void vmpy_leave_view(vmpy_Handle *handle) { leave(handle, USER + VIEW); }

int vmpy_enter_view(vmpy_Handle *handle)
{
    bool inside = atomic_load(&handle->caller) && atomic_load(&handle->thread) == &this_thread;

    return enter(handle, USER + VIEW, inside ? 0 : RUNS, VMPY_BUSY);
}

/* Makes a context one that is returned to its pool, which must be open. */
void vmpy_handle_set_pool(vmpy_Handle *handle, vmpy_Handle *pool)
{
    if (!vmpy_enter(pool))
        handle->pool = pool;
}

/* The caller of the innermost callback of a context, if this thread runs it. */
VM_Caller *vmpy_caller(vmpy_Handle *handle)
{
    return atomic_load(&handle->thread) == &this_thread ? atomic_load(&handle->caller) : NULL;
}

vmpy_Handle *vmpy_home(VM_Caller *caller)
{
    void *home = NULL;

    VM_CallerGetContextData(caller, &home);
    return home;
}

/* Guest calls. */

static const void *main_thread;
void vmpy_set_main_thread(void) { main_thread = &this_thread; }

static vmpy_Failure *failure(int kind)
{
    vmpy_Failure *made = calloc(1, sizeof *made);

    if (!made)
        abort();
    made->kind = kind;
    return made;
}

void vmpy_failure_delete(vmpy_Failure *failed)
{
    VM_ErrorDelete(failed->error);
    free(failed);
}

/*
 * A failure is returned in place of a result: as a number that no i32 is, and in i64 and floats as one that results are not given
 * as. A result among those comes as a failure that contains it.
 */
#define LAST_CODE (INT64_MIN + ((int64_t)1 << 48))
#define NAN_CODE 0xfff8000000000000ull
#define POINTER_BITS 0x0000ffffffffffffull

static int64_t integer_code(vmpy_Failure *failed) { return INT64_MIN + (int64_t)((uintptr_t)failed & POINTER_BITS); }
vmpy_Failure *vmpy_failure_of_integer(int64_t code) { return (vmpy_Failure *)(uintptr_t)((uint64_t)code & POINTER_BITS); }

static double number_code(vmpy_Failure *failed)
{
    uint64_t bits = NAN_CODE | ((uintptr_t)failed & POINTER_BITS);
    double code;

    memcpy(&code, &bits, sizeof code);
    return code;
}

vmpy_Failure *vmpy_failure_of_number(double code)
{
    uint64_t bits;

    memcpy(&bits, &code, sizeof bits);
    return (vmpy_Failure *)(uintptr_t)(bits & POINTER_BITS);
}

/* Integers may be signed or unsigned; false if the number fits neither. */
static inline bool set_integer(VM_Value *value, uint8_t type, int64_t number)
{
    if (type == VM_VALTYPE_I64) {
        *value = VM_ValueI64(number);
        return true;
    }
    *value = VM_ValueI32((int32_t)number);
    return number >= INT32_MIN && number <= (int64_t)UINT32_MAX;
}

static inline void set_number(VM_Value *value, uint8_t type, double number)
{
    *value = type == VM_VALTYPE_F32 ? VM_ValueF32((float)number) : VM_ValueF64(number);
}

/* How long a call keeps Python from handling signals, in milliseconds. */
#define PAUSE 20

/* Calls the guest so that Python can handle signals after a while: `execution` is then what it goes on with. */
static VM_Status call_for_a_while(vmpy_Site *site, const VM_Value *args, size_t count, VM_Value *result, VM_Execution **execution, VM_Error **error)
{
    VM_Status status = VM_FuncStart(site->home->object, site->func, args, count, NULL, execution, error);

    if (status)
        return status;
    status = VM_ExecutionWait(*execution, PAUSE, error);
    if (status == VM_STATUS_WOULD_BLOCK && VM_ExecutionGetState(*execution) != VM_EXECUTION_FAILED)
        return status;
    if (!status)
        status = VM_ExecutionGetResults(*execution, result, site->result ? 1 : 0, error);
    VM_ExecutionDelete(*execution);
    *execution = NULL;
    return status;
}

/* Calls the guest; NULL if it has returned. */
static inline vmpy_Failure *call(vmpy_Site *site, const VM_Value *args, size_t count, int bad, VM_Value *result)
{
    vmpy_Failure *failed;
    VM_Execution *execution = NULL;
    VM_Error *error = NULL;
    VM_Status status;
    int entered;

    if (bad >= 0) {
        failed = failure(VMPY_RANGE);
        failed->index = bad;
        return failed;
    }
    entered = vmpy_enter_run(site->home);
    if (entered) {
        failed = failure(VMPY_REFUSED);
        failed->index = entered;
        return failed;
    }
    if (site->interruptible && main_thread == &this_thread && !vmpy_caller(site->home))
        status = call_for_a_while(site, args, count, result, &execution, &error);
    else
        status = VM_FuncCall(site->home->object, site->func, args, count, result, site->result ? 1 : 0, &error);
    vmpy_leave_run(site->home);
    if (!status)
        return NULL;
    failed = failure(execution ? VMPY_INTERRUPTIBLE : VMPY_FAILED);
    failed->execution = execution;
    failed->status = status;
    failed->error = error;
    return failed;
}

static inline int64_t call_integer(vmpy_Site *site, const VM_Value *args, size_t count, int bad)
{
    VM_Value result;
    vmpy_Failure *failed = call(site, args, count, bad, &result);

    if (!failed) {
        if (site->result == VM_VALTYPE_I32)
            return result.of.i32;
        if (site->result != VM_VALTYPE_I64)
            return 0;
        if (result.of.i64 >= LAST_CODE)
            return result.of.i64;
        failed = failure(VMPY_INTEGER);
        failed->integer = result.of.i64;
    }
    return integer_code(failed);
}

static inline double call_number(vmpy_Site *site, const VM_Value *args, size_t count, int bad)
{
    VM_Value result;
    vmpy_Failure *failed = call(site, args, count, bad, &result);

    if (!failed) {
        double number = site->result == VM_VALTYPE_F32 ? (double)result.of.f32 : result.of.f64;

        if (number == number)
            return number;
        failed = failure(VMPY_FLOAT);
        failed->number = number;
    }
    return number_code(failed);
}

/* The arguments in `data` as values; returns the index of one that its type has no room for, or -1. */
static int unpack(const vmpy_Site *site, const char *data, VM_Value *args)
{
    int bad = -1;

    for (int index = 0; index < site->count; index++, data += 8) {
        uint8_t type = site->params[index];
        int64_t integer;
        double number;

        if (type == VM_VALTYPE_I32 || type == VM_VALTYPE_I64) {
            memcpy(&integer, data, sizeof integer);
            if (!set_integer(&args[index], type, integer))
                bad = index;
        } else {
            memcpy(&number, data, sizeof number);
            set_number(&args[index], type, number);
        }
    }
    return bad;
}

int64_t vmpy_call_packed(vmpy_Site *site, const char *data)
{
    VM_Value args[sizeof site->params];
    int bad = unpack(site, data, args);

    return call_integer(site, args, site->count, bad);
}

double vmpy_number_packed(vmpy_Site *site, const char *data)
{
    VM_Value args[sizeof site->params];
    int bad = unpack(site, data, args);

    return call_number(site, args, site->count, bad);
}

/* Host calls. */

static _Thread_local VM_Caller *current_caller;
static _Thread_local VM_Status failed_status;
static _Thread_local char failed_text[2048];

/* Without a text the error of a call of the guest is passed on. */
void vmpy_fail(VM_Status status, const char *text)
{
    failed_status = status;
    snprintf(failed_text, sizeof failed_text, "%s", text ? text : "");
}

/* The caller of the innermost callback of this thread. */
VM_Caller *vmpy_current_caller(void) { return current_caller; }

typedef struct {
    vmpy_Handle *home;
    VM_Caller *below; /* of this thread */
    VM_Caller *outer; /* of the context */
    const void *thread;
} Frame;

static inline Frame begin(VM_Caller *caller)
{
    Frame frame = { vmpy_home(caller), current_caller, NULL, NULL };

    current_caller = caller;
    failed_status = 0;
    if (frame.home) {
        frame.outer = atomic_load_explicit(&frame.home->caller, memory_order_relaxed);
        frame.thread = atomic_load_explicit(&frame.home->thread, memory_order_relaxed);
        atomic_store_explicit(&frame.home->thread, &this_thread, memory_order_relaxed);
        atomic_store_explicit(&frame.home->caller, caller, memory_order_relaxed);
    }
    return frame;
}

static inline VM_Status end(Frame frame, VM_Caller *caller)
{
    current_caller = frame.below;
    if (frame.home) {
        atomic_store_explicit(&frame.home->caller, frame.outer, memory_order_relaxed);
        atomic_store_explicit(&frame.home->thread, frame.thread, memory_order_relaxed);
        if (!failed_status && atomic_load_explicit(&frame.home->state, memory_order_relaxed) & VIEWS)
            vmpy_fail(VM_STATUS_BUSY, "a memoryview of the guest's memory still exists: release it before the host function returns");
    }
    if (!failed_status)
        return VM_STATUS_OK;
    VM_Status status = failed_status;
    failed_status = 0;
    return *failed_text ? VM_CallerFail(caller, status, failed_text) : status;
}

/* Of Python: raises OverflowError. */
static void vmpy_refuse_i32(int64_t number);

static inline void return_integer(VM_Value *result, uint8_t type, int64_t number)
{
    if (!set_integer(result, type, number) && !failed_status)
        vmpy_refuse_i32(number);
}

/* The arguments of a host function that takes any number of integers and floats, of which there are at most so many as a site has. */
static void pack(const VM_Caller *caller, const VM_Value *args, char *data)
{
    for (uint32_t index = 0; index < caller->arg_count; index++, data += 8) {
        const VM_Value *value = &args[index];
        int64_t integer = value->type == VM_VALTYPE_I32 ? value->of.i32 : value->of.i64;
        double number = value->type == VM_VALTYPE_F32 ? (double)value->of.f32 : value->of.f64;

        memcpy(data, value->type == VM_VALTYPE_I32 || value->type == VM_VALTYPE_I64 ? (void *)&integer : (void *)&number, 8);
    }
}

uint32_t vmpy_header_version(void) { return VM_VERSION_NUMBER; }

/* The rest is written by build_native.py: a call path and a callback for each combination of up to four parameters, and for
 * up to eight of one kind. */
