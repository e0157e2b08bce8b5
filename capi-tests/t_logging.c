/* The plug-in `logging`: lines of guests in the log of the host. */
#include "logging.h"

static VM_PluginRegistry *registry;

static VM_Status log_at(VM_Context *context, int32_t level, uint32_t where, uint32_t where_size, uint32_t text, uint32_t size)
{
    return VM_ContextExecute(context, latest(context), "call",
                             VALUES(VM_ValueI32(level), VM_ValueI32((int32_t)where), VM_ValueI32((int32_t)where_size), VM_ValueI32((int32_t)text), VM_ValueI32((int32_t)size)),
                             NULL, 0, &error);
}

static void levels(void)
{
    Heard heard = { "", 0 };
    VM_Context *context = logging_context(registry, NULL, &heard, NULL, NULL);
    for (int level = 0; level < 6; level++)
        CHECK_OK(log_line(context, level, "net", "up"));
    CHECK_HEARD(&heard, "5 logging: net: up\n4 logging: net: up\n3 logging: net: up\n2 logging: net: up\n1 logging: net: up\n1 logging: critical: net: up\n");
    CHECK_STATUS(log_line(context, 6, "net", "up"), VM_STATUS_INVALID_ARGUMENT, "6 is not a level of wasi:logging; there are 0 (trace) to 5 (critical)");
    CHECK_STATUS(log_line(context, -1, "net", "up"), VM_STATUS_INVALID_ARGUMENT, "4294967295 is not a level");
    CHECK_TEXT(VM_ErrorGetPluginName(error), "logging");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "log");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "wasi:logging/logging");
    CHECK_OK(VM_ContextSetLogCallback(context, VM_LOG_WARNING, hear, &heard, NULL, &error));
    CHECK_OK(log_line(context, 2, "", "not wanted"));
    CHECK_OK(log_line(context, 3, "", "wanted"));
    CHECK_HEARD(&heard, "2 logging: wanted\n");
    VM_ContextDelete(context);
    CHECK_HEARD(&heard, "");
}

/* Lines below a level are dropped in one context; those of another one are not. */
static void least_level(void)
{
    Heard one = { "", 0 }, two = { "", 0 };
    VM_Context *context = bare_context("one", &one), *other = logging_context(registry, "two", &two, NULL, NULL);
    CHECK_OK(VM_ContextSetPluginOption(context, "logging", "level", "warn", &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("logging"));
    for (int level = 0; level < 6; level++) {
        CHECK_OK(log_line(context, level, "", "x"));
        CHECK_OK(log_line(other, level, "", "x"));
    }
    CHECK_STATUS(log_line(context, 7, "", "x"), VM_STATUS_INVALID_ARGUMENT, "7 is not a level");
    CHECK_HEARD(&one, "2 logging/one: x\n1 logging/one: x\n1 logging/one: critical: x\n");
    CHECK_INT(two.count, 6);
    CHECK(strstr(two.text, "5 logging/two: x\n") == two.text);
    VM_ContextDelete(context);
    VM_ContextDelete(other);
}

/* Whatever a guest writes, it is one line, which does nothing to a terminal. */
static void text_is_one_line(void)
{
    Heard heard = { "", 0 };
    VM_Context *context = logging_context(registry, NULL, &heard, NULL, NULL);
    CHECK_OK(log_line(context, 2, "a\nb", "done\n1 libvm: forged\r\x1b[2J\xc2\x9b\xe2\x80\xae \xc3\xbc"));
    CHECK_HEARD(&heard, "3 logging: a\\nb: done\\n1 libvm: forged\\r\\u{1b}[2J\\u{9b}\\u{202e} \xc3\xbc\n");
    CHECK_OK(log_line(context, 2, "", ""));
    CHECK_HEARD(&heard, "3 logging: \n");
    put_text(context, 0, "a\0b\xff\xe2\x82", 6);
    CHECK_OK(log_at(context, 2, 0, 6, 0, 0));
    CHECK_HEARD(&heard, "3 logging: a\\u{0}b\\xff\\xe2\\x82: \n");
    VM_ContextDelete(context);
}

static char *longest;

static void VM_CALL keep(void *user, VM_LogLevel level, const char *source, const char *text)
{
    (void)user;
    (void)level;
    (void)source;
    free(longest);
    longest = malloc(strlen(text) + 1);
    SURE(longest != NULL);
    strcpy(longest, text);
}

static void sizes(void)
{
    const uint32_t all = 4 * 65536;
    Heard heard = { "", 0 };
    VM_Context *context = logging_context(registry, NULL, &heard, NULL, NULL);
    CHECK_STATUS(log_at(context, 2, all - 4, 5, 0, 0), VM_STATUS_OUT_OF_BOUNDS, "outside of the guest's memory");
    CHECK_STATUS(log_at(context, 2, 0, 0, all, 1), VM_STATUS_OUT_OF_BOUNDS, "outside of the guest's memory");
    CHECK_STATUS(log_at(context, 2, 0, 0, 1, UINT32_MAX), VM_STATUS_OUT_OF_BOUNDS, "outside of the guest's memory");
    CHECK_OK(log_at(context, 2, all, 0, all, 0));
    CHECK_HEARD(&heard, "3 logging: \n");
    CHECK_OK(VM_ContextSetLogCallback(context, VM_LOG_TRACE, keep, NULL, NULL, &error));
    CHECK_OK(log_at(context, 2, 0, all, 0, all));
    SURE(longest != NULL);
    CHECK_INT(strncmp(longest, "\\u{0}\\u{0}", 10), 0);
    CHECK(strstr(longest, "\xe2\x80\xa6 (261120 bytes omitted): \\u{0}") != NULL);
    CHECK_TEXT(strrchr(longest, '('), "(196608 bytes omitted)");
    CHECK(strlen(longest) < 5 * (65536 + 1024) + 100);
    free(longest);
    VM_ContextDelete(context);
}

static void options(void)
{
    static const struct {
        const char *key, *value;
        VM_Status status;
        const char *message;
    } cases[] = {
        { "level", "loud", VM_STATUS_PLUGIN_OPTION, "trace" },
        { "level", "", VM_STATUS_PLUGIN_OPTION, "trace" },
        { "max-file-size", "1023", VM_STATUS_PLUGIN_OPTION, "1024" },
        { "file", "../x", VM_STATUS_PLUGIN_INITIALIZE, "option `file` is \"../x\", which is not the name of a file in the plug-in's data directory" },
        { "file", "/etc/passwd", VM_STATUS_PLUGIN_INITIALIZE, "is not the name of a file" },
        { "file", "x.1", VM_STATUS_PLUGIN_INITIALIZE, "without `.1` at the end" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Heard heard = { "", 0 };
        VM_Context *context = bare_context("options", &heard);
        CHECK_OK(VM_ContextSetPluginOption(context, "logging", cases[i].key, cases[i].value, &error));
        CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), cases[i].status, cases[i].message);
        CHECK_TEXT(VM_ErrorGetPluginName(error), "logging");
        VM_ContextDelete(context);
    }
    CHECK(access(in_scratch("data").text, F_OK) != 0); /* no directory without a file */
}

/* The guest of the README, made by clang. */
static void example(void)
{
    Heard heard = { "", 0 };
    VM_Context *context = bare_context("app", &heard);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    instantiate(engine, context, GUEST("logging_guest"));
    CHECK_OK(VM_ContextExecute(context, latest(context), "run", NO_VALUES, NULL, 0, &error));
    CHECK_HEARD(&heard, "3 logging/app: guest: the guest begins\n2 logging/app: guest.disk: 90 % used\n4 logging/app: a line without a context\n");
    VM_ContextDelete(context);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    registry = logging_registry();
    levels();
    least_level();
    text_is_one_line();
    sizes();
    options();
    example();
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
