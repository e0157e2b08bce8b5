/* Guests on threads that have blocked all signals: their traps are errors as everywhere, also while they are instantiated. */
#define _XOPEN_SOURCE 700
#include "machine.h"
#include <pthread.h>
#include <signal.h>

static VM_Engine *engine;

static void check_trap(VM_Status status, int32_t code)
{
    CHECK_INT(status, VM_STATUS_TRAP);
    CHECK_INT(VM_ErrorGetTrapCode(error), code);
    forget_error();
}

static void call(VM_Context *context, const char *name, int32_t code)
{
    VM_Execution *execution = NULL;
    check_trap(VM_ContextExecute(context, latest(context), name, NO_VALUES, NULL, 0, &error), code);
    NEED(VM_ContextStart(context, latest(context), name, NO_VALUES, NULL, &execution, &error));
    check_trap(VM_ExecutionPoll(execution, &error), code);
    VM_ExecutionDelete(execution);
}

static VM_Status VM_CALL nothing(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user, (void)caller, (void)args, (void)results;
    return VM_STATUS_OK;
}

static VM_Context *new_guest(void)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "fail", "()", nothing, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    instantiate(engine, context, GUEST("traps"));
    return context;
}

static void *with_calls(void *context)
{
    call(context, "load", VM_TRAP_MEMORY_OUT_OF_BOUNDS);
    call(context, "unreachable", VM_TRAP_UNREACHABLE);
    call(context, "divide", VM_TRAP_DIVISION_BY_ZERO);
    call(context, "recurse", VM_TRAP_STACK_OVERFLOW);
    CHECK_INT(run(context, "alive", NO_VALUES), 1);
    forget_error();
    return NULL;
}

static void *with_an_instance(void *unused)
{
    VM_Module *module = load(engine, GUEST("traps_data"));
    VM_Context *context = new_context(engine);
    check_trap(VM_ContextInstantiate(context, module, NULL, &error), VM_TRAP_MEMORY_OUT_OF_BOUNDS);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    return unused;
}

static void on_a_thread(void *(*work)(void *), void *argument, size_t stack)
{
    sigset_t all, before, found;
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    SURE(pthread_attr_setstacksize(&attributes, stack) == 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    SURE(pthread_create(&thread, &attributes, work, argument) == 0);
    pthread_sigmask(SIG_SETMASK, NULL, &found);
    CHECK(sigismember(&found, SIGSEGV) == 1); /* threads that run no guests keep what they have */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    VM_Context *context = new_guest();
    on_a_thread(with_calls, context, 4 << 20);
    on_a_thread(with_an_instance, NULL, 4 << 20);
    on_a_thread(with_calls, context, 128 << 10); /* on a fiber */
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    return finish();
}
