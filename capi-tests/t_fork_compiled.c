/* fork() while code is compiled in the background, and while threads load it: the child compiles and loads its own. */
#include "machine.h"
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>

enum { CHILDREN = 20 };

static atomic_bool ends;

/* Waits until a module that begins interpreted is compiled. */
static void compiles_in_the_background(void)
{
    struct timespec moment = { 0, 10000000 };
    VM_Engine *engine = engine_of(config_of(VM_TIER_AUTO, NULL));
    VM_Module *module = load(engine, GUEST("deep"));
    VM_Tier tier = VM_TIER_INTERPRETER;
    while (tier != VM_TIER_COMPILED) {
        VM_Context *context = new_context(engine);
        NEED(VM_ContextInstantiate(context, module, NULL, &error));
        tier = tier_of(context);
        CHECK_INT(run(context, "wide", VALUES(VM_ValueI32(5))), 5);
        VM_ContextDelete(context);
        nanosleep(&moment, NULL);
    }
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

static void loads(void)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_COMPILED, "code"));
    VM_Context *context = new_context(engine);
    instantiate(engine, context, GUEST("deep"));
    CHECK_INT(run(context, "wide", VALUES(VM_ValueI32(5))), 5);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void *loads_on(void *unused)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_COMPILED, "code"));
    while (!ends)
        VM_ModuleDelete(load(engine, GUEST("deep")));
    VM_EngineDelete(engine);
    return unused;
}

static void in_a_child(void (*work)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        failures = 0;
        work();
        _exit(failures ? 1 : 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    pthread_t thread;
    make_scratch();
    if (can_compile()) {
        /* The thread that compiles is there for some seconds yet. */
        compiles_in_the_background();
        in_a_child(compiles_in_the_background);
        loads();
        SURE(pthread_create(&thread, NULL, loads_on, NULL) == 0);
        for (int i = 0; i < CHILDREN; i++)
            in_a_child(loads);
        ends = true;
        pthread_join(thread, NULL);
    }
    return finish();
}
