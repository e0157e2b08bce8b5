/* One plug-in in each language: parameters of modules, compiled once, used by their type, released once. */
#include "sdk_more.h"
#include "sections.h"

/* Adds an entry of `libvm.param`. */
static void put_parameter(Bytes *section, const char *kind, uint32_t id, const char *text)
{
    put_number(section, (uint32_t)(6 + strlen(kind) + strlen(text)), 4);
    put_number(section, id, 4);
    put_string(section, kind);
    put(section, text, strlen(text));
}

static VM_Module *load_with(const Bytes *section) { return load_bytes(engine, guest_with(GUEST("more"), "libvm.param", section)); }

static int64_t call(VM_Context *context, const char *name, const VM_Value *args, size_t count)
{
    VM_Value result;
    NEED(VM_ContextExecute(context, latest(context), name, args, count, &result, 1, &error));
    return result.type == VM_VALTYPE_I64 ? result.of.i64 : result.of.i32;
}

static void fails(VM_Context *context, const char *name, const VM_Value *args, size_t count, VM_Status status, const char *message)
{
    VM_Value result;
    CHECK_STATUS(VM_ContextExecute(context, latest(context), name, args, count, &result, 1, &error), status, message);
    CHECK_TEXT(VM_ErrorGetPluginName(error), "more");
}

/* Two contexts use what was compiled; it goes with the last of module, contexts and registry. */
static void used(void)
{
    VM_Context *first = context_with(""), *second = context_with("");
    static Bytes section;
    VM_Instance instance;
    VM_Module *module;
    section.size = 0;
    put_parameter(&section, "word", 1, "abc");
    put_parameter(&section, "more.word", 4000000000u, "");
    put_parameter(&section, "number", 1, "-9000000000");
    put_parameter(&section, "word", 70, "zebra");
    module = load_with(&section);
    instantiate(engine, second, GUEST("more"));
    CHECK_INT(call(second, "words", NO_VALUES), 0);
    CHECK_OK(VM_ContextInstantiate(first, module, &instance, &error));
    CHECK_OK(VM_ContextInstantiate(second, module, &instance, &error));
    CHECK_INT(call(second, "words", NO_VALUES), 3);
    CHECK_INT(call(first, "length", VALUES(VM_ValueI32(1))), 3);
    CHECK_INT(call(first, "length", VALUES(VM_ValueI32((int32_t)4000000000u))), 0);
    CHECK_INT(call(second, "letter", VALUES(VM_ValueI32(70), VM_ValueI32(2))), 'b');
    CHECK_INT(call(second, "number", VALUES(VM_ValueI32(1))), -9000000000);
    CHECK_INT(call(second, "both", VALUES(VM_ValueI32(1), VM_ValueI32(70))), -9000000000 + 5);
    fails(first, "letter", VALUES(VM_ValueI32(70), VM_ValueI32(5)), VM_STATUS_TRAP, "no such letter");
    fails(first, "length", VALUES(VM_ValueI32(2)), VM_STATUS_NOT_FOUND, "host function `more.length` asked for parameter 2 of kind `word`");
    fails(first, "number", VALUES(VM_ValueI32(70)), VM_STATUS_NOT_FOUND,
          "asked for parameter 70 of kind `number`, but in the calling module it is of kind `word`");
    fails(first, "both", VALUES(VM_ValueI32(1), VM_ValueI32(9)), VM_STATUS_NOT_FOUND, "asked for parameter 9 of kind `word`");
    VM_ModuleDelete(module);
    VM_ContextDelete(first);
    CHECK_INT(call(second, "words", NO_VALUES), 3);
    NEED(VM_ContextReset(second, &error));
    instantiate(engine, second, GUEST("more"));
    CHECK_INT(call(second, "words", NO_VALUES), 0);
    VM_ContextDelete(second);
}

static void refused(void)
{
    static const struct {
        const char *kind, *text;
        VM_Status status;
        const char *message;
    } cases[] = {
        { "word", "abCd", VM_STATUS_BAD_PARAMETER, "does not compile: a word has small letters only (byte 2 of the parameter)" },
        { "word", "a ", VM_STATUS_BAD_PARAMETER, "a word has small letters only (byte 1 of the parameter)" },
        { "word", "plain", VM_STATUS_BAD_PARAMETER, "does not compile: not this word" },
        { "word", "status", VM_STATUS_USER - 3, "words are out today" },
        { "word", "panic", VM_STATUS_PLUGIN_FAILED, NULL },
        { "number", "12x", VM_STATUS_BAD_PARAMETER, "not a number (byte 0 of the parameter)" },
        { "number", "9223372036854775808", VM_STATUS_BAD_PARAMETER, "not a number" },
    };
    VM_Context *context = context_with("");
    static Bytes section;
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        VM_Instance instance;
        VM_Module *module;
        section.size = 0;
        put_parameter(&section, "word", 2, "fine");
        put_parameter(&section, cases[i].kind, 1, cases[i].text);
        module = load_with(&section);
        CHECK_STATUS(VM_ContextInstantiate(context, module, &instance, &error), cases[i].status, cases[i].message ? cases[i].message : more->panic);
        VM_ModuleDelete(module);
    }
    instantiate(engine, context, GUEST("more"));
    CHECK_INT(call(context, "words", NO_VALUES), 0); /* the fine ones are released */
    VM_ContextDelete(context);
}

static void prepared(void)
{
    VM_Context *context = context_with("");
    static Bytes section;
    VM_Module *module;
    section.size = 0;
    put_parameter(&section, "word", 1, "ahead");
    module = load_with(&section);
    instantiate(engine, context, GUEST("more"));
    CHECK_OK(VM_PluginRegistryPrepareModule(registry, module, &error));
    CHECK_INT(call(context, "words", NO_VALUES), 1);
    VM_ModuleDelete(module);
    CHECK_INT(call(context, "words", NO_VALUES), 0);
    VM_ContextDelete(context);
}

static void check(void)
{
    used();
    refused();
    prepared();
}

int main(void) { return for_each_language(check); }
