/* The parts of an engine that run guests side by side: modules are shared by all of them, and give the same in each. */
#include "test.h"
#include <pthread.h>
#include <sched.h>

enum { THREADS = 4, CONTEXTS = 6 };

static VM_EngineConfig *new_config(size_t concurrency, VM_Compilation compilation)
{
    VM_EngineConfig *config = NULL;
    NEED(VM_EngineConfigCreate(&config, &error));
    NEED(VM_EngineConfigSetConcurrency(config, concurrency, &error));
    NEED(VM_EngineConfigSetCompilation(config, compilation, &error));
    return config;
}

static VM_Engine *engine_of(VM_EngineConfig *config)
{
    VM_Engine *engine = NULL;
    NEED(VM_EngineCreate(config, &engine, &error));
    VM_EngineConfigDelete(config);
    return engine;
}

static VM_Status VM_CALL step(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    void *own = NULL;
    (void)user;
    CHECK(VM_CallerGetContextData(caller, &own) == VM_STATUS_OK);
    ++*(int *)own;
    results[0] = VM_ValueI32(args[0].of.i32 + 1);
    return VM_STATUS_OK;
}

static void values(void)
{
    const size_t tried[] = { 0, 257, SIZE_MAX };
    VM_EngineConfig *config = new_config(256, VM_COMPILATION_LAZY);
    for (int i = 0; i < 3; i++)
        CHECK_STATUS(VM_EngineConfigSetConcurrency(config, tried[i], &error), VM_STATUS_INVALID_ARGUMENT,
                     "threads is not possible; choose 1 to 256");
    VM_EngineDelete(engine_of(config));
}

/* What the threads share. */
static VM_Engine *engine;
static VM_Module *counter, *deep;
static VM_HostModule *host;
static atomic_int ready;

/* All threads instantiate the same modules at the same time, in parts of the engine that have not had them. */
static void *work(void *unused)
{
    VM_Context *contexts[CONTEXTS];
    int counts[CONTEXTS] = { 0 };
    for (int i = 0; i < CONTEXTS; i++) {
        contexts[i] = new_context(engine);
        NEED(VM_ContextSetData(contexts[i], &counts[i], NULL, &error));
        NEED(VM_ContextRegisterModule(contexts[i], host, &error));
    }
    ready++;
    while (ready < THREADS)
        sched_yield();
    for (int i = 0; i < CONTEXTS; i++)
        NEED(VM_ContextInstantiate(contexts[i], counter, NULL, &error));
    for (int turn = 1; turn <= 20; turn++)
        for (int i = 0; i < CONTEXTS; i++)
            CHECK_INT(run(contexts[i], "count", NO_VALUES), turn);
    for (int i = 0; i < CONTEXTS; i++) {
        CHECK_INT(counts[i], 20);
        NEED(VM_ContextInstantiate(contexts[i], deep, NULL, &error));
        VM_Value result;
        CHECK_OK(VM_ContextExecute(contexts[i], latest(contexts[i]), "thin", VALUES(VM_ValueI32(100)), &result, 1, &error));
        CHECK_INT(result.of.i32, 100);
        CHECK_STATUS(VM_ContextExecute(contexts[i], latest(contexts[i]), "thin", VALUES(VM_ValueI32(100000000)), &result, 1, &error),
                     VM_STATUS_TRAP, "raise VM_EngineConfigSet");
        /* What was reset uses the module again. */
        NEED(VM_ContextReset(contexts[i], &error));
        NEED(VM_ContextInstantiate(contexts[i], counter, NULL, &error));
        CHECK_INT(run(contexts[i], "count", NO_VALUES), 1);
        VM_ContextDelete(contexts[i]);
    }
    forget_error();
    return unused;
}

static void on_threads(size_t concurrency, VM_Compilation compilation)
{
    pthread_t threads[THREADS];
    engine = engine_of(new_config(concurrency, compilation));
    counter = load(engine, GUEST("counter"));
    deep = load(engine, GUEST("deep"));
    host = new_host("host");
    NEED(VM_HostModuleAddFunction(host, "step", "(i)i", step, NULL, NULL, &error));
    ready = 0;
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, work, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_join(threads[i], NULL), 0);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(counter);
    VM_ModuleDelete(deep);
    VM_EngineDelete(engine);
}

/* Contexts in different parts belong to one engine, and have nothing else in common. */
static void one_engine(void)
{
    VM_Engine *own = engine_of(new_config(3, VM_COMPILATION_LAZY)), *other = new_engine();
    VM_Module *module = load(own, GUEST("deep")), *foreign = load(other, GUEST("deep"));
    VM_Context *contexts[4];
    VM_Instance instances[4];
    VM_Func functions[4];
    VM_Value result;
    for (int i = 0; i < 4; i++) {
        contexts[i] = new_context(own);
        CHECK_STATUS(VM_ContextInstantiate(contexts[i], foreign, NULL, &error), VM_STATUS_WRONG_CONTEXT,
                     "the module was loaded by another engine");
        CHECK_OK(VM_ContextInstantiate(contexts[i], module, &instances[i], &error));
        CHECK_OK(VM_InstanceFindFunction(contexts[i], instances[i], "thin", &functions[i], &error));
    }
    VM_ModuleDelete(module);
    VM_ModuleDelete(foreign);
    VM_EngineDelete(own);
    VM_EngineDelete(other);
    for (int i = 0; i < 4; i++) {
        CHECK_OK(VM_FuncCall(contexts[i], functions[i], VALUES(VM_ValueI32(i)), &result, 1, &error));
        CHECK_INT(result.of.i32, i);
        CHECK_STATUS(VM_FuncCall(contexts[i], functions[(i + 1) % 4], VALUES(VM_ValueI32(i)), &result, 1, &error),
                     VM_STATUS_WRONG_CONTEXT, NULL);
    }
    for (int i = 0; i < 4; i++)
        VM_ContextDelete(contexts[i]);
}

/* A module that was loaded when others have long been in use, and one whose segment does not fit. */
static void late(void)
{
    VM_Engine *own = engine_of(new_config(2, VM_COMPILATION_EAGER));
    VM_Context *contexts[2] = { new_context(own), new_context(own) };
    for (int turn = 0; turn < 3; turn++) {
        VM_Module *module = load(own, GUEST("deep"));
        for (int i = 0; i < 2; i++)
            CHECK_OK(VM_ContextInstantiate(contexts[i], module, NULL, &error));
        VM_ModuleDelete(module);
        module = load(own, GUEST("traps_data"));
        for (int i = 0; i < 2; i++)
            CHECK_STATUS(VM_ContextInstantiate(contexts[i], module, NULL, &error), VM_STATUS_TRAP, NULL);
        VM_ModuleDelete(module);
    }
    VM_ContextDelete(contexts[0]);
    VM_ContextDelete(contexts[1]);
    VM_EngineDelete(own);
}

int main(void)
{
    values();
    one_engine();
    late();
    for (size_t concurrency = 1; concurrency <= 8; concurrency *= 2)
        on_threads(concurrency, concurrency % 4 ? VM_COMPILATION_LAZY : VM_COMPILATION_EAGER);
    return finish();
}
