/* The plug-in `regex` with a guest in C that is linked of two files, whose patterns <libvm/guest.h> has written. */
#include "parameters.h"

static VM_Context *context;

/* Writes a text into the guest's buffer; returns its size. */
static VM_Value text(const char *text)
{
    VM_Memory memory;
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    NEED(VM_MemoryWrite(context, memory, (uint64_t)run(context, "buffer_address", NO_VALUES), text, strlen(text), &error));
    return VM_ValueI32((int32_t)strlen(text));
}

/* The bytes that the header must write: those of one file, and then those of the other. */
static void the_section_is_as_documented(const VM_Module *module)
{
    Section expected = { 0 };
    const VM_CustomSection *section = NULL;
    add_parameter(&expected, "regex", 1, "^[a-z]+@[a-z]+\\.(com|org)$");
    add_parameter(&expected, "regex", 4000000000u, "\"(\\w+)\" % [;]#\t\xe2\x82\xac$1");
    add_parameter(&expected, "regex.regex", 3, "(?P<sign>[-+])?[0-9]+");
    for (size_t i = 0; i < VM_ModuleGetCustomSectionCount(module); i++) {
        const VM_CustomSection *found = VM_ModuleGetCustomSection(module, i);
        if (found->name.size == 11 && memcmp(found->name.data, "libvm.param", 11) == 0)
            section = found;
    }
    CHECK(section != NULL);
    CHECK_INT(section->data.size, expected.size);
    CHECK(memcmp(section->data.data, expected.bytes, expected.size) == 0);
}

static int32_t group(uint32_t id, const char *in, int32_t start, int32_t group, int32_t room)
{
    VM_Value size = text(in);
    return run(context, "group", VALUES(VM_ValueI32((int32_t)id), size, VM_ValueI32(start), VM_ValueI32(group), VM_ValueI32(room)));
}

static void searches(void)
{
    VM_Value result;
    CHECK_INT(run(context, "is_address", VALUES(text("someone@example.com"))), 1);
    CHECK_INT(run(context, "is_address", VALUES(text("someone@example.net"))), 0);
    CHECK_INT(run(context, "has_digits", VALUES(text("route 66"))), 1);
    CHECK_INT(run(context, "has_digits", VALUES(text("route"))), 0);
    CHECK_INT(group(3, "a -12 b 7", 0, 0, 64), 2005);
    CHECK_INT(group(3, "a -12 b 7", 0, 1, 64), 2003);
    CHECK_INT(group(3, "a -12 b 7", 5, 0, 64), 8009);
    CHECK_INT(group(3, "a -12 b 7", 5, 1, 64), -2);
    CHECK_INT(group(3, "a -12 b 7", 0, 0, 15), 2005); /* room for one group */
    CHECK_INT(group(3, "a -12 b 7", 9, 0, 64), -1);
    CHECK_INT(group(3, "\xff\xfe 5", 0, 0, 8), 3004); /* bytes, not text */
    CHECK_INT(run(context, "matches", VALUES(VM_ValueI32((int32_t)4000000000u), text("nothing"))), 0);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "group",
                                   VALUES(VM_ValueI32(3), VM_ValueI32(4), VM_ValueI32(5), VM_ValueI32(0), VM_ValueI32(8)), &result, 1, &error),
                 VM_STATUS_OUT_OF_BOUNDS, "the search begins at 5, but the text has 4 bytes");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "matches", VALUES(VM_ValueI32(2), VM_ValueI32(4)), &result, 1, &error),
                 VM_STATUS_NOT_FOUND, "host function `regex.is_match` asked for parameter 2 of kind `regex`, but the calling module has 1, 3, 4000000000");
}

/* The error points into the pattern. */
static void patterns_that_do_not_compile(VM_PluginRegistry *registry)
{
    static const struct {
        const char *pattern, *message;
    } cases[] = {
        { "^(ab|c[d-a])", "parameter 9 of kind `regex` at byte 0 of custom section `libvm.param` does not compile: invalid character class range, the "
                          "start must be <= the end (byte 7 of the parameter)\n    ^(ab|c[d-a])\n           ^" },
        { "a(b", "does not compile: unclosed group (byte 1 of the parameter)\n    a(b\n     ^" },
        { "\xc3\xa4*\xff", "does not compile: the pattern is not valid UTF-8 (byte 3 of the parameter)\n    \xc3\xa4*\xef\xbf\xbd\n      ^" },
        { "\\pL{1000}", "does not compile: the compiled pattern takes more than 1048576 bytes, the limit" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        VM_Module *module = load_one("regex", 9, cases[i].pattern);
        CHECK_STATUS(VM_PluginRegistryPrepareModule(registry, module, &error), VM_STATUS_BAD_PARAMETER, cases[i].message);
        CHECK_TEXT(VM_ErrorGetPluginName(error), "regex");
        VM_ModuleDelete(module);
    }
}

/* A pattern that comes at run time is compiled in the call. */
static void a_pattern_of_the_call(VM_PluginRegistry *registry)
{
    VM_Context *other = context_of(registry);
    VM_Value result;
    instantiate(engine, other, GUEST("regex_once"));
    CHECK_INT(run(other, "good", NO_VALUES), 1);
    CHECK_STATUS(VM_ContextExecute(other, latest(other), "bad", NO_VALUES, &result, 1, &error), VM_STATUS_INVALID_ARGUMENT,
                 "the pattern does not compile: unclosed group at byte 0");
    VM_ContextDelete(other);
}

int main(void)
{
    VM_PluginRegistry *registry;
    VM_Module *module;
    make_scratch();
    engine = new_engine();
    registry = registry_with("regex");
    for (int i = 0; i < 2; i++) {
        context = context_of(registry);
        module = load(engine, i ? GUEST("guest_c") : GUEST("guest_text"));
        the_section_is_as_documented(module);
        instance_of(context, module);
        searches();
        VM_ModuleDelete(module);
        VM_ContextDelete(context);
    }
    patterns_that_do_not_compile(registry);
    a_pattern_of_the_call(registry);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
