/* The log tells of compiled code while no lock is held: its callback may use the engine, the context's module and the cache. */
#include "machine.h"

static VM_Engine *engine;
static VM_Module *small;
static const char *expected;
static atomic_int told, inside;

/* A context that runs machine code, in which the module is compiled now if it is not compiled yet. */
static void run_compiled(VM_Module *module, const char *name)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextInstantiate(context, small, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK(run(context, name, VALUES(VM_ValueI32(5))) != 0);
    VM_ContextDelete(context);
}

/* Loads what the log tells of, and runs it; what is told meanwhile is not followed. */
static void VM_CALL load_again(void *module, VM_LogLevel level, const char *source, const char *text)
{
    (void)level;
    CHECK_TEXT(source, "libvm");
    if (atomic_exchange(&inside, 1)) {
        told += 100;
        return;
    }
    if (!strstr(text, expected))
        CHECK_TEXT(text, expected);
    if (*(VM_Module **)module) {
        run_compiled(*(VM_Module **)module, "work");
    } else {
        VM_Module *again = load(engine, GUEST("deep"));
        run_compiled(again, "wide");
        CHECK_OK(VM_ModuleSaveCompiled(again, in_scratch("saved.code").text, &error));
        VM_ModuleDelete(again);
    }
    CHECK(done_by(engine).compilations > 0);
    told += 1;
    inside = 0;
    forget_error();
}

static VM_Module *none;

static void listen_for(const char *text, VM_Module **module)
{
    expected = text;
    told = 0;
    NEED(VM_LogSetCallback(VM_LOG_INFO, load_again, module, NULL, &error));
}

static void begin(VM_EngineConfig *config)
{
    NEED(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    engine = engine_of(config);
    small = load(engine, GUEST("deep"));
    wait_for(engine, small);
}

static void end(int count)
{
    NEED(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    CHECK_INT(told, count);
    VM_ModuleDelete(small);
    VM_EngineDelete(engine);
}

/* A file that is refused is gone when that is told: who loads the module again then is not told again. */
static void refused(void)
{
    begin(config_of(VM_TIER_AUTO, "code"));
    damage(only_code("code").text);
    listen_for(" is not loaded, and its module is compiled again: it is damaged or forged", &none);
    VM_Module *module = load(engine, GUEST("deep"));
    CHECK_INT(done_by(engine).cache_refused, 1);
    run_compiled(module, "wide");
    VM_ModuleDelete(module);
    end(1);
}

/* Code for which there is no room in the cache, compiled by this thread, and then in the background. */
static void not_stored(void)
{
    VM_EngineConfig *config = config_of(VM_TIER_AUTO, "small");
    struct timespec moment = { 0, 10000000 };
    NEED(VM_EngineConfigSetCacheSize(config, 100, &error));
    begin(config);
    VM_Module *module = with_work(engine, 3);
    listen_for("compiled code is not stored as ", &module);
    run_compiled(module, "work");
    CHECK_INT(told, 101); /* the callback, which came first, has compiled it too */
    VM_ModuleDelete(module);

    module = with_work(engine, 5);
    told = 0;
    VM_Context *context = new_context(engine);
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    for (int i = 0; i < 12000 && told % 100 == 0; i++)
        nanosleep(&moment, NULL);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    end(101);
}

/* A module with a function that is too large for the background, which has a name. */
static void too_large(void)
{
    enum { BODY = 600000 };
    static const uint8_t begins[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10 };
    static const uint8_t name[] = { 0, 13, 4, 'n', 'a', 'm', 'e', 0, 6, 5, 'l', 'a', 'r', 'g', 'e' };
    uint8_t *bytes = malloc(BODY + 100), *at = bytes;
    VM_Module *module = NULL;
    SURE(bytes != NULL);
    memcpy(at, begins, sizeof begins);
    at = put_size(at + sizeof begins, 1 + 4 + BODY);
    *at++ = 1;
    at = put_size(at, BODY);
    memset(at, 1, BODY); /* nop */
    at[0] = 0;
    at[BODY - 1] = 0x0b;
    memcpy(at + BODY, name, sizeof name);
    begin(config_of(VM_TIER_AUTO, NULL));
    listen_for("module `large` of 600043 bytes stays interpreted: only functions of at most 524288 bytes are compiled in the backgro", &none);
    CHECK_OK(VM_ModuleLoadFromBuffer(engine, bytes, (size_t)(at + BODY + sizeof name - bytes), &module, &error));
    VM_ModuleDelete(module);
    free(bytes);
    end(1);
}

int main(void)
{
    make_scratch();
    if (can_compile()) {
        refused();
        not_stored();
        too_large();
    }
    return finish();
}
