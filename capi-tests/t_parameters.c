/* Parameters: compiled once for a module and a registry, found by the author's id, released with the first of the two. */
#include "parameters.h"

static void two_contexts_share_them(void)
{
    VM_PluginRegistry *registry = registry_with("compiler");
    VM_Context *first = context_of(registry), *second = context_of(registry);
    VM_Module *module;
    Section section = { 0 };
    add_parameter(&section, "word", 1, "one");
    add_parameter(&section, "compiler.word", 4000000000u, "bar");
    add_parameter(&section, "number", 1, "11");
    add_parameter(&section, "word", 1023, "changed");
    add_parameter(&section, "compiler.number", 5, "0");
    module = load_with(GUEST("parameters"), &section, 1);
    CHECK_SAID("");
    instance_of(first, module);
    CHECK_SAID("compiler 1 compile 1ONE; compiler 1 compile 1BAR; compiler 1 compile 1CHANGED; ");
    instance_of(second, module);
    instance_of(first, module);
    CHECK_SAID("");
    for (int i = 0; i < 2; i++) {
        VM_Context *context = i ? first : second;
        CHECK_TEXT(word(context, 1), "1ONE");
        CHECK_TEXT(word(context, 4000000000u), "1BAR");
        CHECK_TEXT(word(context, 1023), "1CHANGED");
        CHECK_INT(run(context, "number", VALUES(VM_ValueI32(1), VM_ValueI32(1))), 11);
        CHECK_INT(run(context, "number", VALUES(VM_ValueI32(1), VM_ValueI32(5))), 0);
    }
    /* Of another module with the same bytes they are others. */
    VM_ModuleDelete(load_with(GUEST("parameters"), &section, 1));
    CHECK_SAID("");
    VM_ModuleDelete(module);
    VM_ContextDelete(first);
    CHECK_TEXT(word(second, 1), "1ONE");
    CHECK_SAID("");
    VM_ContextDelete(second);
    CHECK_SAID("compiler 1 release 1ONE; compiler 1 release 1BAR; compiler 1 release 1CHANGED; ");
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("compiler 1 cleanup ; ");
}

static void a_module_is_prepared_ahead(void)
{
    VM_PluginRegistry *registry = registry_with("compiler"), *other = registry_with("compiler");
    VM_Module *module = load_one("word", 3, "ahead"), *plain = load(engine, GUEST("parameters"));
    VM_Context *context;
    CHECK_OK(VM_PluginRegistryPrepareModule(registry, module, &error));
    CHECK_SAID("compiler 1 compile 1AHEAD; ");
    CHECK_OK(VM_PluginRegistryPrepareModule(registry, module, &error));
    CHECK_OK(VM_PluginRegistryPrepareModule(registry, plain, &error));
    context = context_of(registry);
    instance_of(context, module);
    CHECK_TEXT(word(context, 3), "1AHEAD");
    CHECK_SAID("");
    /* Another registry compiles for itself. */
    CHECK_OK(VM_PluginRegistryPrepareModule(other, module, &error));
    CHECK_SAID("compiler 1 compile 1AHEAD; ");
    VM_PluginRegistryDelete(other);
    CHECK_SAID("compiler 1 release 1AHEAD; compiler 1 cleanup ; ");
    /* The registry goes first: its plug-in lives as long as the context. */
    VM_PluginRegistryDelete(registry);
    CHECK_TEXT(word(context, 3), "1AHEAD");
    CHECK_SAID("");
    VM_ContextDelete(context);
    CHECK_SAID("compiler 1 release 1AHEAD; compiler 1 cleanup ; ");
    VM_ModuleDelete(module);
    VM_ModuleDelete(plain);
}

static void sections_follow_each_other(void)
{
    VM_PluginRegistry *registry = registry_with("compiler");
    VM_Context *context = context_of(registry);
    Section sections[3] = { 0 };
    VM_Module *module;
    /* As a linker joins those of two object files, and as other tools leave them. */
    add_parameter(&sections[0], "word", 1, "a");
    add_parameter(&sections[0], "word", 2, "b");
    add_parameter(&sections[2], "word", 3, "");
    module = load_with(GUEST("parameters"), sections, 3);
    instance_of(context, module);
    CHECK_TEXT(word(context, 1), "1A");
    CHECK_TEXT(word(context, 2), "1B");
    CHECK_TEXT(word(context, 3), "1");
    CHECK_INT(run(context, "misuse", NO_VALUES), 6);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
    VM_PluginRegistryDelete(registry);
    said[0] = '\0';
}

/* An empty section needs no plug-in. */
static void nothing_is_compiled_for_an_empty_section(void)
{
    Section section = { 0 };
    VM_Module *module = load_with(GUEST("lib"), &section, 1);
    VM_Context *context = new_context(engine);
    instance_of(context, module);
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

/* What a call may ask for: the trap names function, kind and id. */
static void calls_that_ask_for_nothing_trap(void)
{
    static const struct {
        int32_t kind, id;
        VM_Status status;
        const char *message;
    } cases[] = {
        { 0, 8, VM_STATUS_NOT_FOUND, "host function `compiler.number` asked for parameter 8 of kind `word`, but the calling module has 1, 7" },
        { 0, 5, VM_STATUS_NOT_FOUND, "asked for parameter 5 of kind `word`, but in the calling module it is of kind `number`" },
        { 0, -1, VM_STATUS_NOT_FOUND, "asked for parameter 4294967295 of kind `word`" },
        { 2, 1, VM_STATUS_INVALID_ARGUMENT, "asked for parameter 1 of compiler 2, but its plug-in has 2 in libvm.compiler/1" },
    };
    VM_PluginRegistry *registry = registry_with("compiler");
    VM_Context *context = context_of(registry), *without = context_of(registry);
    Section section = { 0 };
    VM_Module *module;
    VM_Value result;
    add_parameter(&section, "word", 1, "a");
    add_parameter(&section, "word", 7, "b");
    add_parameter(&section, "number", 5, "5");
    module = load_with(GUEST("parameters"), &section, 1);
    instance_of(context, module);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "number", VALUES(VM_ValueI32(cases[i].kind), VM_ValueI32(cases[i].id)), &result,
                                       1, &error),
                     cases[i].status, cases[i].message);
        CHECK_INT(VM_ErrorGetTrapCode(error), VM_TRAP_HOST_FUNCTION);
        CHECK_TEXT(VM_ErrorGetPluginName(error), "compiler");
    }
    instantiate(engine, without, GUEST("parameters"));
    CHECK_STATUS(VM_ContextExecute(without, latest(without), "word", VALUES(VM_ValueI32(1)), &result, 1, &error), VM_STATUS_NOT_FOUND,
                 "host function `compiler.word` asked for parameter 1, but the calling module has no custom section `libvm.param`");
    VM_ContextDelete(context);
    VM_ContextDelete(without);
    VM_ModuleDelete(module);
    VM_PluginRegistryDelete(registry);
    said[0] = '\0';
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    start_listening();
    two_contexts_share_them();
    a_module_is_prepared_ahead();
    sections_follow_each_other();
    nothing_is_compiled_for_an_empty_section();
    calls_that_ask_for_nothing_trap();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
