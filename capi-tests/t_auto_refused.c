/* VM_TIER_AUTO: a module that the compiler refuses is interpreted, and so are the contexts that take it after another one. */
#include "machine.h"

static atomic_int told;

static void VM_CALL is_told(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    (void)source;
    if (strstr(text, "a module of ") && strstr(text, " bytes stays interpreted: "))
        told++;
}

/* A module with a table of branches that is larger than the compiler takes. */
static VM_Module *with_branches(VM_Engine *engine)
{
    enum { BRANCHES = 70000, BODY = 1 + 2 + 2 + 1 + 4 + BRANCHES + 1 + 2 };
    static const uint8_t begins[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10 };
    uint8_t *bytes = calloc(BRANCHES + 100, 1), *at = bytes;
    VM_Module *module = NULL;
    SURE(bytes != NULL);
    memcpy(at, begins, sizeof begins);
    at = put_size(at + sizeof begins, 1 + 4 + BODY);
    *at++ = 1;
    at = put_size(at, BODY) + 1;
    memcpy(at, (const uint8_t[]){ 0x02, 0x40, 0x41, 0, 0x0e }, 5); /* block, i32.const, br_table */
    at = put_size(at + 5, BRANCHES) + BRANCHES + 1;
    *at++ = 0x0b;
    *at++ = 0x0b;
    NEED(VM_ModuleLoadFromBuffer(engine, bytes, (size_t)(at - bytes), &module, &error));
    free(bytes);
    return module;
}

static void instantiated(VM_Context *context, VM_Module *module, VM_Tier tier)
{
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(tier_of(context), tier);
}

int main(void)
{
    struct timespec moment = { 0, 10000000 };
    make_scratch();
    if (!can_compile())
        return finish();
    VM_Engine *engine = engine_of(config_of(VM_TIER_AUTO, NULL));
    VM_Module *small = load(engine, GUEST("deep")), *refused = with_branches(engine);
    VM_Context *first = new_context(engine), *context = new_context(engine);
    wait_for(engine, small);
    NEED(VM_LogSetCallback(VM_LOG_INFO, is_told, NULL, NULL, &error));
    instantiated(first, refused, VM_TIER_INTERPRETER);
    for (int i = 0; i < 6000 && told == 0; i++)
        nanosleep(&moment, NULL);
    CHECK_INT(told, 1);
    /* So far contexts only begin with it. */
    instantiated(context, small, VM_TIER_COMPILED);
    CHECK_STATUS(VM_ContextInstantiate(context, refused, NULL, &error), VM_STATUS_BAD_MODULE,
                 "the context runs machine code: VM_ContextReset makes it one that is interpreted");
    CHECK_OK(VM_ContextReset(context, &error));
    instantiated(context, small, VM_TIER_INTERPRETER);
    instantiated(context, refused, VM_TIER_INTERPRETER);
    VM_ContextDelete(first);
    VM_ContextDelete(context);
    VM_ModuleDelete(refused);
    context = new_context(engine);
    instantiated(context, small, VM_TIER_COMPILED);
    VM_ContextDelete(context);
    NEED(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    VM_ModuleDelete(small);
    VM_EngineDelete(engine);
    return finish();
}
