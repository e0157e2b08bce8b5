/* VM_TIER_AUTO: a module is compiled once, also where contexts need its machine code while it is compiled in the background, or waits
 * for that. */
#include "machine.h"
#include <pthread.h>

enum { THREADS = 3 };

static VM_Engine *engine;
static VM_Module *small, *shared;

/* Contexts that may have waited as long as they have patience with the thread in the background, which a busy machine hardly runs: these
 * compile themselves. */
static atomic_int late;

static int32_t work_in(VM_Context *context, VM_Module *module)
{
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    return run(context, "work", VALUES(VM_ValueI32(1)));
}

/* A context that runs it interpreted, and has it compiled in the background. */
static int32_t interpreted(VM_Module *module)
{
    VM_Context *context = new_context(engine);
    int32_t result = work_in(context, module);
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    VM_ContextDelete(context);
    return result;
}

/* One that runs machine code, and needs that of the module now. */
static int32_t compiled(VM_Module *module)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextInstantiate(context, small, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
    time_t begun = time(NULL);
    int32_t result = work_in(context, module);
    if (time(NULL) - begun >= 5)
        late++;
    VM_ContextDelete(context);
    return result;
}

static void has_compiled(uint64_t count)
{
    uint64_t done = done_by(engine).compilations;
    CHECK(done >= count && done <= count + (uint64_t)late);
}

static void *compiled_there(void *result)
{
    *(int32_t *)result = compiled(shared);
    forget_error();
    return NULL;
}

int main(void)
{
    VM_Module *first, *second, *last;
    pthread_t threads[THREADS];
    int32_t results[THREADS], expected, other;
    make_scratch();
    if (!can_compile())
        return finish();
    engine = engine_of(config_of(VM_TIER_AUTO, NULL));
    small = load(engine, GUEST("deep"));
    wait_for(engine, small);
    has_compiled(1);
    first = with_work(engine, 3);
    second = with_work(engine, 5);
    shared = with_work(engine, 7);
    /* The first is compiled in the background when the others begin to wait there. */
    expected = interpreted(first);
    other = interpreted(second);
    CHECK_INT(compiled(second), other);
    CHECK_INT(compiled(first), expected);
    has_compiled(3);
    expected = interpreted(shared);
    for (int i = 0; i < THREADS; i++)
        CHECK_INT(pthread_create(&threads[i], NULL, compiled_there, &results[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK_INT(pthread_join(threads[i], NULL), 0);
        CHECK_INT(results[i], expected);
    }
    has_compiled(4);
    /* What is compiled in the background is so in turn: nothing of the others is left when this one is ready. */
    last = load(engine, GUEST("limits"));
    wait_for(engine, last);
    has_compiled(5);
    VM_ModuleDelete(first);
    VM_ModuleDelete(second);
    VM_ModuleDelete(shared);
    VM_ModuleDelete(last);
    VM_ModuleDelete(small);
    VM_EngineDelete(engine);
    return finish();
}
