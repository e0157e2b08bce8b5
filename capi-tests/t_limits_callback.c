/* The callback that is asked at a limit of a context, and may raise it. */
#include "test.h"

enum { PAGE = 65536 };

typedef struct Asked {
    VM_LimitRequest last;
    uint64_t answer;  /* 0: what is wanted */
    int count;
    VM_Context *context;
    VM_Status status; /* of a use of the context */
} Asked;

static VM_Engine *engine;
static VM_Module *module;
static atomic_int freed;

static uint64_t VM_CALL ask(void *user, const VM_LimitRequest *request)
{
    Asked *asked = user;
    CHECK(VM_HAS(request, limit));
    CHECK(request->wanted > request->limit && request->used < request->wanted);
    asked->last = *request;
    asked->count++;
    if (asked->context)
        asked->status = VM_ContextSetData(asked->context, NULL, NULL, NULL);
    return asked->answer ? asked->answer : request->wanted;
}

static VM_Context *context_with(void (*set)(VM_ContextConfig *, uint64_t), uint64_t limit, Asked *asked)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    set(config, limit);
    CHECK_OK(VM_ContextConfigSetLimitCallback(config, ask, asked, NULL, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    return context;
}

static void total(VM_ContextConfig *config, uint64_t limit)
{
    CHECK_OK(VM_ContextConfigSetMemoryLimit(config, limit, &error));
}

static void each(VM_ContextConfig *config, uint64_t limit)
{
    CHECK_OK(VM_ContextConfigSetMemorySizeLimit(config, limit, &error));
}

static void elements(VM_ContextConfig *config, uint64_t limit)
{
    CHECK_OK(VM_ContextConfigSetTableLimit(config, limit, &error));
}

static void count(VM_ContextConfig *config, uint64_t limit)
{
    CHECK_OK(VM_ContextConfigSetInstanceLimit(config, (size_t)limit, &error));
}

static void check_asked(Asked *asked, int times, VM_LimitKind kind, uint64_t used, uint64_t wanted, uint64_t limit)
{
    CHECK_INT(asked->count, times);
    CHECK_INT(asked->last.kind, kind);
    CHECK_INT(asked->last.used, used);
    CHECK_INT(asked->last.wanted, wanted);
    CHECK_INT(asked->last.limit, limit);
}

/* A limit that was raised stays so until the context is reset. */
static void raised(void)
{
    Asked asked = { 0 };
    VM_Context *context = context_with(total, PAGE, &asked);
    VM_Memory memory;
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(asked.count, 0);
    asked.answer = 4 * PAGE;
    asked.context = context;
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), 1);
    check_asked(&asked, 1, VM_LIMIT_MEMORY, PAGE, 2 * PAGE, PAGE);
    CHECK_INT(asked.status, VM_STATUS_REENTRANT);
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(2))), 2);
    CHECK_INT(asked.count, 1);
    /* Less than what is wanted refuses, and changes nothing. */
    asked.answer = 5 * PAGE;
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(2))), -1);
    check_asked(&asked, 2, VM_LIMIT_MEMORY, 4 * PAGE, 6 * PAGE, 4 * PAGE);
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    asked.answer = 1;
    CHECK_STATUS(VM_MemoryGrow(context, memory, 1, NULL, &error), VM_STATUS_LIMIT, "would have 327680 bytes in total, and its limit is 262144");
    check_asked(&asked, 3, VM_LIMIT_MEMORY, 4 * PAGE, 5 * PAGE, 4 * PAGE);
    asked.answer = UINT64_MAX;
    CHECK_OK(VM_MemoryGrow(context, memory, 1, NULL, &error));
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(10))), 5);
    /* What the type of a memory does not permit is no matter of limits. */
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(-1))), -1);
    CHECK_INT(asked.count, 4);
    CHECK_OK(VM_ContextReset(context, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    asked.answer = 1;
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), -1);
    check_asked(&asked, 5, VM_LIMIT_MEMORY, PAGE, 2 * PAGE, PAGE);
    VM_ContextDelete(context);
}

/* Each limit asks, also before an instantiation. */
static void every_kind(void)
{
    Asked asked = { 0 };
    VM_Context *context = context_with(each, PAGE - 1, &asked);
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    check_asked(&asked, 1, VM_LIMIT_MEMORY_SIZE, 0, PAGE, PAGE - 1);
    CHECK_INT(run(context, "grow_memory", VALUES(VM_ValueI32(1))), 1);
    check_asked(&asked, 2, VM_LIMIT_MEMORY_SIZE, PAGE, 2 * PAGE, PAGE);
    VM_ContextDelete(context);
    context = context_with(elements, 9, &asked);
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    check_asked(&asked, 3, VM_LIMIT_TABLE, 0, 10, 9);
    CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(5))), 10);
    check_asked(&asked, 4, VM_LIMIT_TABLE, 10, 15, 10);
    asked.answer = 1;
    CHECK_INT(run(context, "grow_table", VALUES(VM_ValueI32(1))), -1);
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_LIMIT, "would have 25 elements in total, and its limit is 15");
    VM_ContextDelete(context);
    asked = (Asked){ 0 };
    context = context_with(count, 0, &asked);
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    check_asked(&asked, 1, VM_LIMIT_INSTANCE, 0, 1, 0);
    VM_ContextDelete(context);
}

/* A start function and a nested call ask like any other. */
static VM_Status VM_CALL again(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    return VM_CallerCall(caller, "grow_memory", args, 1, results, 1);
}

static void below_the_host(void)
{
    Asked asked = { 0 };
    VM_Context *context = context_with(total, PAGE, &asked);
    VM_HostModule *host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "again", "(i)i", again, NULL, NULL, &error));
    NEED(VM_ContextRegisterModule(context, host, &error));
    VM_HostModuleDelete(host);
    asked.context = context;
    instantiate(engine, context, GUEST("limits_start"));
    check_asked(&asked, 1, VM_LIMIT_MEMORY, PAGE, 2 * PAGE, PAGE);
    CHECK_INT(run(context, "before", NO_VALUES), 1);
    CHECK_INT(run(context, "nested", VALUES(VM_ValueI32(3))), 2);
    check_asked(&asked, 2, VM_LIMIT_MEMORY, 2 * PAGE, 5 * PAGE, 2 * PAGE);
    CHECK_INT(asked.status, VM_STATUS_REENTRANT);
    asked.answer = 1;
    CHECK_INT(run(context, "nested", VALUES(VM_ValueI32(1))), -1);
    VM_ContextDelete(context);
}

/* The callback belongs to the configuration and to each of its contexts. */
static void owned(void)
{
    Asked asked = { 0 };
    VM_ContextConfig *config = NULL;
    VM_Context *one, *two;
    NEED(VM_ContextConfigCreate(&config, &error));
    CHECK_OK(VM_ContextConfigSetLimitCallback(config, ask, &freed, count_free, &error));
    CHECK_OK(VM_ContextConfigSetLimitCallback(config, NULL, &freed, count_free, &error));
    CHECK_INT(freed, 2);
    CHECK_OK(VM_ContextConfigSetLimitCallback(config, ask, &freed, count_free, &error));
    NEED(VM_ContextCreate(engine, config, &one, &error));
    NEED(VM_ContextCreate(engine, config, &two, &error));
    CHECK_OK(VM_ContextConfigSetLimitCallback(config, ask, &asked, NULL, &error));
    VM_ContextConfigDelete(config);
    VM_ContextDelete(one);
    CHECK_OK(VM_ContextReset(two, &error));
    CHECK_INT(freed, 2);
    VM_ContextDelete(two);
    CHECK_INT(freed, 3);
}

int main(void)
{
    engine = new_engine();
    module = load(engine, GUEST("limits"));
    raised();
    every_kind();
    below_the_host();
    owned();
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
    return finish();
}
