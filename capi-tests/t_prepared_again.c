/* Prepared calls in contexts that are entered, made again and again: each event after which one has to be looked at anew. */
#include "raw.h"
#include "suspends.h"
#include <pthread.h>

static VM_Engine *engine;
static VM_HostModule *host;

static VM_Context *entered_with(const VM_ContextConfig *config, const char *path)
{
    VM_Context *context = NULL;
    NEED(VM_ContextCreate(engine, config, &context, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    instantiate(engine, context, path);
    NEED(VM_ContextEnter(context, &error));
    return context;
}

static void leave(VM_Context *context)
{
    CHECK_OK(VM_ContextLeave(context, &error));
    VM_ContextDelete(context);
}

static VM_PreparedCall *prepare(VM_Context *context, const char *name, const char *signature, VM_Func *found)
{
    VM_PreparedCall *prepared = NULL;
    VM_Func func;
    NEED(VM_InstanceFindFunction(context, latest(context), name, &func, &error));
    NEED(VM_PreparedCallCreate(context, func, signature, &prepared, &error));
    if (found)
        *found = func;
    return prepared;
}

/* Calls "divide", some times. */
static void divide(VM_PreparedCall *prepared)
{
    for (int i = 1; i <= 3; i++) {
        VM_RawValue values[2] = { { .i32 = 35 * i }, { .i32 = 7 } };
        CHECK_OK(VM_PreparedCallRun(prepared, values, &error));
        CHECK_INT(values[0].i32, 5 * i);
    }
}

static void is_stale(VM_PreparedCall *prepared)
{
    VM_RawValue values[2] = { { .i32 = 1 }, { .i32 = 1 } };
    for (int i = 0; i < 2; i++)
        CHECK_STATUS(VM_PreparedCallRun(prepared, values, &error), VM_STATUS_STALE, "the handle is stale");
}

static void *release_it(void *func)
{
    VM_RefRelease(*(VM_Ref *)func);
    return NULL;
}

static void elsewhere(void *(*work)(void *), void *with)
{
    pthread_t thread;
    CHECK_INT(pthread_create(&thread, NULL, work, with), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
}

/* Handles that end, of other functions and of its own, and a reset. */
static void ends(void)
{
    VM_Context *context = entered_with(NULL, GUEST("raw"));
    VM_Func first, second;
    VM_PreparedCall *prepared = prepare(context, "divide", "(ii)i", &first), *other = prepare(context, "add", "(ii)i", &second);
    divide(prepared);
    CHECK_OK(VM_ContextRemoveInstance(context, latest(context), &error));
    divide(prepared);
    VM_PreparedCallDelete(other);
    divide(prepared);
    elsewhere(release_it, &first); /* the reference of the prepared call */
    is_stale(prepared);
    VM_PreparedCallDelete(prepared);

    instantiate(engine, context, GUEST("raw"));
    prepared = prepare(context, "divide", "(ii)i", NULL);
    divide(prepared);
    CHECK_OK(VM_ContextReset(context, &error));
    is_stale(prepared);
    instantiate(engine, context, GUEST("raw"));
    is_stale(prepared);
    other = prepare(context, "divide", "(ii)i", NULL);
    divide(other);
    is_stale(prepared);
    divide(other);
    VM_PreparedCallDelete(prepared);
    VM_PreparedCallDelete(other);
    leave(context);
}

static VM_Status VM_CALL count_event(void *user, VM_Event *event)
{
    (void)event;
    ++*(int *)user;
    return VM_STATUS_OK;
}

/* What begins to watch, to refuse or to suspend calls between two of them. */
static void attended(void)
{
    int events = 0;
    VM_RawValue value = { .i32 = 5 };
    Script script = { .early = VM_ValueI32(5), .plain = true };
    VM_Context *context = entered_with(NULL, GUEST("raw"));
    VM_PreparedCall *prepared = prepare(context, "divide", "(ii)i", NULL), *nap;
    divide(prepared);
    CHECK_OK(VM_ContextAddHook(context, "libvm.call.before", VM_HOOK_LAST, count_event, &events, NULL, &error));
    divide(prepared);
    CHECK_INT(events, 3);
    VM_PreparedCallDelete(prepared);
    leave(context);

    VM_ContextConfig *config = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetMemorySizeLimit(config, 1 << 16, &error));
    context = entered_with(config, GUEST("limits"));
    VM_ContextConfigDelete(config);
    prepared = prepare(context, "grow_memory", "(i)i", NULL);
    nap = prepare(context, "give_up", "()", NULL);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(VM_PreparedCallRun(prepared, &value, &error));
        CHECK_INT(value.i32, -1);
        CHECK_STATUS(VM_PreparedCallRun(nap, NULL, &error), VM_STATUS_TRAP, "was reached");
        CHECK(strstr(VM_ErrorGetMessage(error), "growth") == NULL);
        value.i32 = 1;
    }
    VM_PreparedCallDelete(nap);
    VM_PreparedCallDelete(prepared);
    leave(context);

    context = new_suspending(engine, &script);
    nap = prepare(context, "nap", "(i)i", NULL);
    CHECK_OK(VM_ContextEnter(context, &error));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(VM_PreparedCallRun(nap, &value, &error));
        CHECK_INT(value.i32, 6);
    }
    VM_PreparedCallDelete(nap);
    leave(context);
}

int main(void)
{
    engine = new_engine();
    host = raw_host(NULL);
    ends();
    attended();
    VM_HostModuleDelete(host);
    VM_EngineDelete(engine);
    return finish();
}
