/* VM_TIER_AUTO where there is no compiler any more: what the cache has runs compiled, unless its context has a module that can only be
 * interpreted. The test runs a second time in a process whose library has no compiler beside it. */
#define _GNU_SOURCE
#include "machine.h"
#include "library_copy.h"
#include <unistd.h>

static const char FOLDER[] = "LIBVM_TEST_AUTO_CACHE";

static VM_Engine *engine_with(const char *cache)
{
    VM_EngineConfig *config = config_of(VM_TIER_AUTO, NULL);
    NEED(VM_EngineConfigSetCacheDirectory(config, cache, &error));
    return engine_of(config);
}

static void without_compiler(const char *cache)
{
    VM_Engine *engine = engine_with(cache);
    VM_Module *cached = load(engine, GUEST("deep")), *other = load(engine, GUEST("limits"));
    VM_Context *context = new_context(engine);
    NEED(VM_ContextInstantiate(context, cached, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    NEED(VM_ContextInstantiate(context, other, NULL, &error));
    VM_ContextDelete(context);
    VM_ModuleDelete(other);
    /* Where contexts begin with it, it is no reason to interpret others. */
    other = load(engine, GUEST("limits"));
    context = new_context(engine);
    NEED(VM_ContextInstantiate(context, other, NULL, &error));
    VM_ContextDelete(context);
    context = new_context(engine);
    NEED(VM_ContextInstantiate(context, cached, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
    /* Nobody could know: it fails once. */
    CHECK_STATUS(VM_ContextInstantiate(context, other, NULL, &error), VM_STATUS_UNSUPPORTED, "the compiler is not available");
    CHECK(strstr(VM_ErrorGetMessage(error), "VM_ContextReset makes it one that is interpreted") != NULL);
    NEED(VM_ContextReset(context, &error));
    NEED(VM_ContextInstantiate(context, cached, NULL, &error));
    NEED(VM_ContextInstantiate(context, other, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    VM_ContextDelete(context);
    VM_ModuleDelete(cached);
    VM_ModuleDelete(other);
    VM_EngineDelete(engine);
}

/* Fills the cache, and runs this program with a copy of the library. */
static void with_compiler(void)
{
    char command[4 * PATH_MAX], program[PATH_MAX] = "";
    VM_EngineConfig *config = config_of(VM_TIER_COMPILED, "code");
    VM_Engine *engine = engine_of(config);
    Path folder = in_scratch("alone");
    Dl_info info;
    if (!can_copy_library() || dladdr(symbol(RTLD_DEFAULT, "VM_EngineCreate"), &info) == 0 ||
        readlink("/proc/self/exe", program, sizeof program - 1) < 0) {
        printf("skipped: there is no library to copy, or no /proc\n");
        VM_EngineDelete(engine);
        return;
    }
    VM_ModuleDelete(load(engine, GUEST("deep")));
    VM_EngineDelete(engine);
    snprintf(command, sizeof command, "mkdir '%s' && cp -L '%s' '%s' && LD_LIBRARY_PATH='%s' %s='%s' '%s'", folder.text, info.dli_fname,
             folder.text, folder.text, FOLDER, in_scratch("code").text, program);
    fflush(NULL);
    CHECK_INT(system(command), 0);
}

int main(void)
{
    const char *cache = getenv(FOLDER);
    make_scratch();
    if (cache)
        without_compiler(cache);
    else if (can_compile())
        with_compiler();
    return finish();
}
