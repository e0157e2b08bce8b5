/* fork() while code is compiled in the background, and while threads load it: the child compiles and loads its own. */
#include "machine.h"
#include "forks.h"
#include <pthread.h>

enum { CHILDREN = 20 };

static atomic_bool ends;
static VM_Engine *parents;
static VM_Module *small, *large;

/* Waits until a module that begins interpreted is compiled. */
static void compiles_in_the_background(void)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_AUTO, NULL));
    VM_Module *module = load(engine, GUEST("deep"));
    wait_for(engine, module);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

static void loads_with(const char *cache)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_COMPILED, cache));
    VM_Context *context = new_context(engine);
    instantiate(engine, context, GUEST("deep"));
    CHECK_INT(run(context, "wide", VALUES(VM_ValueI32(5))), 5);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void loads(void)
{
    loads_with("code");
}

static void compiles(void)
{
    loads_with(NULL);
}

static void *goes_on(void *cache)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_COMPILED, cache));
    while (!ends)
        VM_ModuleDelete(load(engine, GUEST("deep")));
    VM_EngineDelete(engine);
    forget_error();
    return NULL;
}

/* Another thread loads a module all the time, and children once; with NULL as the cache, they compile it. */
static void beside_a_thread(char *cache, void (*work)(void))
{
    pthread_t thread;
    ends = false;
    work();
    SURE(pthread_create(&thread, NULL, goes_on, cache) == 0);
    for (int i = 0; i < CHILDREN; i++)
        in_a_child(work);
    ends = true;
    pthread_join(thread, NULL);
}

/* Needs the code that the parent compiles in the background: nobody does so here. */
static void needs_it_now(void)
{
    VM_Context *context = new_context(parents);
    NEED(VM_ContextInstantiate(context, small, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
    NEED(VM_ContextInstantiate(context, large, NULL, &error));
    run(context, "work", VALUES(VM_ValueI32(1)));
    VM_ContextDelete(context);
}

static void compiled_by_the_parent(void)
{
    VM_Context *context;
    uint64_t done;
    time_t begun;
    parents = engine_of(config_of(VM_TIER_AUTO, NULL));
    small = load(parents, GUEST("deep"));
    wait_for(parents, small);
    large = with_work(parents, 9);
    context = new_context(parents);
    NEED(VM_ContextInstantiate(context, large, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    in_a_child(needs_it_now);
    begun = time(NULL);
    needs_it_now();
    done = done_by(parents).compilations;
    /* On a busy machine it may have waited as long as it has patience, and have compiled it itself. */
    CHECK(done == 2 || (done == 3 && time(NULL) - begun >= 5));
    VM_ContextDelete(context);
    VM_ModuleDelete(large);
    VM_ModuleDelete(small);
    VM_EngineDelete(parents);
}

int main(void)
{
    char cache[] = "code";
    make_scratch();
    if (can_compile()) {
        /* The thread that compiles is there for some seconds yet. */
        compiles_in_the_background();
        in_a_child(compiles_in_the_background);
        beside_a_thread(cache, loads);
        beside_a_thread(NULL, compiles);
        compiled_by_the_parent();
    }
    return finish();
}
