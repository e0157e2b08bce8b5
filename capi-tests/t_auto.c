/* VM_TIER_AUTO: guests begin interpreted, and contexts that are created when their module is compiled run machine code. */
#include "machine.h"

static VM_Context *with_guest(VM_Engine *engine, VM_Module *module, VM_Tier tier)
{
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(tier_of(context), tier);
    CHECK_INT(run(context, "wide", VALUES(VM_ValueI32(50))), 50);
    return context;
}

static void first_start(void)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_AUTO, "code"));
    VM_Module *module = load(engine, GUEST("deep")), *other = load(engine, GUEST("limits"));
    VM_Instance instance;
    CHECK_INT(done_by(engine).compilations, 0);
    VM_Context *first = with_guest(engine, module, VM_TIER_INTERPRETER);
    wait_for(engine, module);
    CHECK_INT(done_by(engine).compilations, 1);
    VM_Context *second = with_guest(engine, module, VM_TIER_COMPILED);
    /* A context keeps its engine, whatever comes later; after a reset it chooses anew. */
    NEED(VM_ContextInstantiate(first, module, &instance, &error));
    CHECK_INT(tier_of(first), VM_TIER_INTERPRETER);
    CHECK_INT(run(first, "wide", VALUES(VM_ValueI32(7))), 7);
    NEED(VM_ContextInstantiate(second, other, &instance, &error)); /* compiled now */
    CHECK_INT(tier_of(second), VM_TIER_COMPILED);
    CHECK_INT(done_by(engine).compilations, 2);
    NEED(VM_ContextReset(first, &error));
    CHECK_INT(tier_of(first), VM_TIER_INTERPRETER);
    NEED(VM_ContextInstantiate(first, module, &instance, &error));
    CHECK_INT(tier_of(first), VM_TIER_COMPILED);
    CHECK_INT(run(first, "wide", VALUES(VM_ValueI32(9))), 9);
    NEED(VM_ContextReset(first, &error));
    CHECK_INT(tier_of(first), VM_TIER_INTERPRETER);
    VM_ContextDelete(first);
    VM_ContextDelete(second);
    VM_ModuleDelete(module);
    VM_ModuleDelete(other);
    VM_EngineDelete(engine);
}

/* The next start has machine code at once. */
static void second_start(void)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_AUTO, "code"));
    VM_Module *module = load(engine, GUEST("deep")), *other = load(engine, GUEST("hooks"));
    VM_Instance instance;
    VM_ContextDelete(with_guest(engine, module, VM_TIER_COMPILED));
    CHECK_INT(done_by(engine).compilations, 0);
    CHECK_INT(done_by(engine).cache_hits, 1);
    /* It can still be interpreted, where another module came first. */
    VM_Context *context = new_context(engine);
    NEED(VM_ContextInstantiate(context, other, &instance, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    CHECK_INT(run(context, "wide", VALUES(VM_ValueI32(50))), 50);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_ModuleDelete(other);
    VM_EngineDelete(engine);
}

/* What the host has set before the first module is there afterwards; what it has created decides for the interpreter. */
static void what_was_set_before(void)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_AUTO, "code"));
    VM_Module *module = load(engine, GUEST("deep"));
    VM_Context *context = new_context(engine);
    VM_Instance instance;
    VM_Ref object;
    int data = 5;
    void *found = NULL;
    NEED(VM_ContextSetData(context, &data, NULL, &error));
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(tier_of(context), VM_TIER_COMPILED);
    CHECK_OK(VM_ContextGetData(context, &found, &error));
    CHECK(found == &data);
    VM_ContextDelete(context);
    context = new_context(engine);
    NEED(VM_RefCreateExtern(context, &data, NULL, &object, &error));
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    CHECK_OK(VM_RefGetExtern(context, object, &found, &error));
    CHECK(found == &data);
    VM_RefRelease(object);
    VM_ContextDelete(context);
    context = new_context(engine);
    CHECK_STATUS(VM_ContextRecordToFile(context, in_scratch("recording").text, &error), VM_STATUS_UNSUPPORTED,
                 "a recording needs guests that always run in the same way, and the engine is one of VM_TIER_AUTO");
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

/* Deleting does not wait for the compiler, and what it makes for deleted modules is dropped. */
static void deleted_meanwhile(void)
{
    for (int i = 0; i < 20; i++) {
        VM_Engine *engine = engine_of(config_of(VM_TIER_AUTO, NULL));
        VM_Module *module = load(engine, GUEST("deep"));
        VM_ContextDelete(with_guest(engine, module, VM_TIER_INTERPRETER));
        VM_ModuleDelete(module);
        VM_EngineDelete(engine);
    }
}

/* A module with a function of so many bytes, which does nothing; below 2 MiB or not, its sizes have four bytes. */
static VM_Module *with_body(VM_Engine *engine, size_t bytes)
{
    static const uint8_t begin[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10 };
    uint8_t *module = malloc(bytes + 40), *at = module;
    VM_Module *made = NULL;
    SURE(module != NULL);
    memcpy(at, begin, sizeof begin);
    at += sizeof begin;
    for (size_t i = 0, size = bytes + 5; i < 2; i++, size = bytes) {
        for (int shift = 0; shift < 28; shift += 7)
            *at++ = (uint8_t)(size >> shift & 0x7f) | (shift < 21 ? 0x80 : 0);
        if (i == 0)
            *at++ = 1;
    }
    memset(at, 1, bytes); /* nop */
    at[0] = 0; /* no locals */
    at[bytes - 1] = 0x0b;
    NEED(VM_ModuleLoadFromBuffer(engine, module, (size_t)(at - module) + bytes, &made, &error));
    free(module);
    return made;
}

/* A module that has to be interpreted: contexts that it may join are interpreted with it, and not those of others where it comes first. */
static void never_compiled(void)
{
    VM_Engine *engine = engine_of(config_of(VM_TIER_AUTO, "code"));
    VM_Module *module = load(engine, GUEST("deep"));
    VM_ContextDelete(with_guest(engine, module, VM_TIER_COMPILED));
    VM_Module *large = with_body(engine, 600000);
    VM_Context *context = with_guest(engine, module, VM_TIER_INTERPRETER);
    NEED(VM_ContextInstantiate(context, large, NULL, &error));
    VM_ContextDelete(context);
    VM_ContextDelete(with_guest(engine, module, VM_TIER_INTERPRETER));
    VM_ModuleDelete(large);
    VM_ContextDelete(with_guest(engine, module, VM_TIER_COMPILED));
    large = with_body(engine, 600000);
    context = new_context(engine);
    NEED(VM_ContextInstantiate(context, large, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    VM_ContextDelete(context);
    VM_ContextDelete(with_guest(engine, module, VM_TIER_COMPILED));
    VM_ModuleDelete(large);
    /* Loaded when the context has begun: it fails once. */
    context = with_guest(engine, module, VM_TIER_COMPILED);
    large = with_body(engine, 7700000);
    CHECK_STATUS(VM_ContextInstantiate(context, large, NULL, &error), VM_STATUS_BAD_MODULE,
                 "the context runs machine code: VM_ContextReset makes it one that is interpreted");
    NEED(VM_ContextReset(context, &error));
    NEED(VM_ContextInstantiate(context, module, NULL, &error));
    NEED(VM_ContextInstantiate(context, large, NULL, &error));
    CHECK_INT(tier_of(context), VM_TIER_INTERPRETER);
    VM_ContextDelete(context);
    VM_ModuleDelete(large);
    VM_ModuleDelete(module);
    VM_EngineDelete(engine);
}

int main(void)
{
    make_scratch();
    if (can_compile()) {
        first_start();
        second_start();
        what_was_set_before();
        deleted_meanwhile();
        never_compiled();
    }
    return finish();
}
