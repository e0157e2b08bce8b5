/* Sections and parameters that are refused: the message says where, and nothing is left. */
#include "parameters.h"

static VM_PluginRegistry *registry;

/* Instantiating and preparing a module fail with the same; nothing was compiled in the end. */
static void refused(VM_Module *module, VM_Status status, const char *message)
{
    VM_Context *context = context_of(registry);
    VM_Instance instance;
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), status, message);
    CHECK_INT(VM_ContextGetInstanceCount(context), 0);
    CHECK_STATUS(VM_PluginRegistryPrepareModule(registry, module, &error), status, message);
    instantiate(engine, context, GUEST("parameters"));
    VM_ContextDelete(context);
    VM_ModuleDelete(module);
}

static void refused_section(const void *bytes, size_t size, const char *message)
{
    Section section = { 0 };
    add_bytes(&section, bytes, size);
    refused(load_with(GUEST("parameters"), &section, 1), VM_STATUS_BAD_PARAMETER, message);
}

#define REFUSED(bytes, message) refused_section(bytes, sizeof(bytes) - 1, "module `guest`: byte " message)

static void damaged_sections(void)
{
    Section whole = { 0 };
    REFUSED("\x06", "0 of custom section `libvm.param` is not valid: 1 byte is left");
    REFUSED("\xff\xff\xff\xff\x01\0\0\0\x04\0word", "0 of custom section `libvm.param` is not valid: the entry has a size of 4294967295 bytes");
    REFUSED("\0\0\0\0", "0 of custom section `libvm.param` is not valid: the entry has a size of 0 bytes, and id and kind take 6");
    REFUSED("\x0a\0\0\0\x01\0\0\0\x05\0word", "8 of custom section `libvm.param` is not valid: the kind has 5 bytes, but 4 bytes are left");
    REFUSED("\x0a\0\0\0\x01\0\0\0\0\0word", "8 of custom section `libvm.param` is not valid: the kind has 0 bytes");
    REFUSED("\x0a\0\0\0\x01\0\0\0\x04\0wo\xffz", "12 of custom section `libvm.param` is not valid: the kind is not valid UTF-8");
    add_parameter(&whole, "word", 1, "one");
    add_parameter(&whole, "word", 2, "two");
    for (size_t size = 1; size < whole.size; size++)
        if (size != 17)
            refused_section(whole.bytes, size, size < 17 ? "module `guest`: byte 0 of" : "module `guest`: byte 17 of");
    whole.bytes[17] = 200;
    refused(load_with(GUEST("parameters"), &whole, 1), VM_STATUS_BAD_PARAMETER, "byte 17 of custom section `libvm.param` is not valid: the entry has a size of 200 bytes, but 13 bytes are left");
    CHECK_SAID("");
}

static void unknown_kinds(void)
{
    refused(load_one("wodr", 9, "x"), VM_STATUS_BAD_PARAMETER,
            "module `guest`, parameter 9 at byte 0 of custom section `libvm.param`: no plug-in ");
    refused(load_one("wodr", 9, "x"), VM_STATUS_BAD_PARAMETER, "compiles the kind `wodr`; the kinds are `number`, `word`; did you mean `word`?");
    refused(load_one("compiler.wrod", 9, "x"), VM_STATUS_BAD_PARAMETER, "did you mean `compiler.word`?");
    refused(load_one("other.word", 9, "x"), VM_STATUS_BAD_PARAMETER, "load and register the plug-in that compiles it");
    refused(load_one("\x1b[31m", 9, "x"), VM_STATUS_BAD_PARAMETER, "compiles the kind `\\u{1b}[31m`");
    CHECK_SAID("");
}

static void a_plug_in_that_is_not_registered_is_named(void)
{
    VM_Context *context = new_context(engine);
    VM_Module *module = load_one("compiler.word", 1, "x"), *plain;
    VM_Instance instance;
    Section section = { 0 };
    add_parameter(&section, "word", 1, "x");
    plain = load_with(GUEST("lib"), &section, 1);
    CHECK_STATUS(VM_ContextInstantiate(context, plain, &instance, &error), VM_STATUS_BAD_PARAMETER,
                 "no plug-in registered in this context compiles the kind `word`; the kinds are none; load and register");
    CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), VM_STATUS_UNRESOLVED_IMPORT, "compiler");
    VM_ModuleDelete(plain);
    section.size = 0;
    add_parameter(&section, "compiler.word", 1, "x");
    plain = load_with(GUEST("lib"), &section, 1);
    CHECK_STATUS(VM_ContextInstantiate(context, plain, &instance, &error), VM_STATUS_BAD_PARAMETER,
                 "is loaded, but not registered in this context");
    VM_ModuleDelete(plain);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

static void two_with_one_kind(void)
{
    VM_PluginRegistry *both = registry_with("compiler");
    VM_Module *module = load_one("word", 1, "x"), *named = load_one("compiler.too.word", 1, "x");
    NEED(VM_PluginLoadFromPath(both, plugin_file("compiler_too").text, NULL, &error));
    CHECK_STATUS(VM_PluginRegistryPrepareModule(both, module, &error), VM_STATUS_BAD_PARAMETER,
                 "the kind `word` is compiled by several plug-ins loaded in this registry: `compiler` and `compiler.too`; write `plugin.word`");
    CHECK_OK(VM_PluginRegistryPrepareModule(both, named, &error));
    CHECK_SAID("compiler.too 1 compile 1X; ");
    VM_ModuleDelete(module);
    VM_ModuleDelete(named);
    CHECK_SAID("compiler.too 1 release 1X; ");
    VM_PluginRegistryDelete(both);
    CHECK_SAID("compiler.too 1 cleanup ; compiler 1 cleanup ; ");
}

static void one_id_twice(void)
{
    Section section = { 0 };
    add_parameter(&section, "word", 1, "one");
    add_parameter(&section, "number", 1, "1");
    add_parameter(&section, "compiler.word", 1, "two");
    refused(load_with(GUEST("parameters"), &section, 1), VM_STATUS_BAD_PARAMETER,
            "parameter 1 of kind `word` occurs twice, at byte 0 of custom section `libvm.param` and at byte 34 of custom section `libvm.param`");
    CHECK_SAID("compiler 1 compile 1ONE; compiler 1 release 1ONE; compiler 1 compile 1ONE; compiler 1 release 1ONE; ");
}

/* What does not compile is shown, with a point at the place; what was compiled before it is released. */
static void parameters_that_do_not_compile(void)
{
    Section section = { 0 };
    add_parameter(&section, "word", 1, "good");
    add_parameter(&section, "word", 2, "b\xc3\xa4" "d");
    refused(load_with(GUEST("parameters"), &section, 1), VM_STATUS_BAD_PARAMETER,
            "module `guest`: parameter 2 of kind `word` at byte 18 of custom section `libvm.param` does not compile: a word has letters only "
            "(byte 1 of the parameter)\n    b\xc3\xa4" "d\n     ^");
    CHECK_SAID("compiler 1 compile 1GOOD; compiler 1 release 1GOOD; compiler 1 compile 1GOOD; compiler 1 release 1GOOD; ");
    refused(load_one("word", 1, "\x1b"), VM_STATUS_BAD_PARAMETER, "\n    \\u{1b}\n    ^");
    refused(load_one("word", 1, "far"), VM_STATUS_BAD_PARAMETER, "does not compile: somewhere");
    refused(load_one("word", 1, "fail"), VM_STATUS_PLUGIN_FAILED, "does not compile: words are out today");
    refused(load_one("word", 1, "own"), VM_STATUS_USER - 7, "does not compile: plug-in `compiler` returned status -10007 without a reason");
    refused(load_one("word", 1, "limit"), VM_STATUS_LIMIT, "returned VM_STATUS_LIMIT without a reason");
    refused(load_one("word", 1, "nothing"), VM_STATUS_NULL_ARGUMENT, "returned VM_STATUS_NULL_ARGUMENT without a reason");
    refused(load_one("word", 1, "answer"), VM_STATUS_BAD_ANSWER, "returned 77, which is not a valid status");
    CHECK_SAID("");
}

static void the_error_names_the_plugin(void)
{
    VM_Module *module = load_one("word", 1, "1");
    CHECK_STATUS(VM_PluginRegistryPrepareModule(registry, module, &error), VM_STATUS_BAD_PARAMETER, "letters only");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "compiler");
    CHECK_TEXT(VM_ErrorGetPath(error), plugin_file("compiler").text);
    VM_ModuleDelete(module);
}

static void bad_extensions(void)
{
    static const char *const why[] = {
        "compiler 0: its kind is \"word.word\"; a kind has 1 to 63 letters, digits, `-` and `_`",
        "compiler 0: its compile function is NULL",
        "compiler 0: its flags 0x10000 contain 0x10000, which this version of libvm does not know",
        "the kind `number` occurs twice",
        "the size of its VM_CompilerExtension is 8 bytes, and at least 24 are required",
    };
    VM_Module *module = load_one("word", 1, "x");
    for (int i = 0; i < 5; i++) {
        char name[30];
        VM_PluginRegistry *bad;
        snprintf(name, sizeof name, "compiler_bad_%d", i + 1);
        bad = registry_with(name);
        CHECK_STATUS(VM_PluginRegistryPrepareModule(bad, module, &error), VM_STATUS_PLUGIN_BAD_DESCRIPTOR, why[i]);
        VM_PluginRegistryDelete(bad);
    }
    VM_ModuleDelete(module);
    said[0] = '\0';
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    start_listening();
    registry = registry_with("compiler");
    damaged_sections();
    unknown_kinds();
    a_plug_in_that_is_not_registered_is_named();
    two_with_one_kind();
    one_id_twice();
    parameters_that_do_not_compile();
    the_error_names_the_plugin();
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("compiler 1 cleanup ; ");
    bad_extensions();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
