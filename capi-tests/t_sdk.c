/* One plug-in in C, C++ and Rust: every kind of function, options, state, log, permissions, suspension, failures. All behave the same. */
#include "sdk.h"

typedef struct Failure {
    const char *function, *text; /* the text is its argument, as pointer and length */
    VM_Status status;
    const char *message;
} Failure;

static void calls_functions(void)
{
    VM_Value results[2];
    CHECK_INT(run(context, "add", VALUES(VM_ValueI32(40), VM_ValueI32(2))), 42);
    CHECK_INT(run(context, "add", VALUES(VM_ValueI32(INT32_MAX), VM_ValueI32(1))), INT32_MIN);
    CHECK_OK(VM_ContextExecute(context, latest(context), "nothing", NO_VALUES, NULL, 0, &error));
    CHECK_OK(VM_ContextExecute(context, latest(context), "types",
                               VALUES(VM_ValueI32(-1), VM_ValueI64(1LL << 40), VM_ValueF32(0.5f), VM_ValueF64(0.25), VM_ValueI32(1)), results, 2, &error));
    CHECK(results[0].of.f64 == (double)(1LL << 40) - 0.25);
    CHECK_INT(results[1].of.i32, 0);
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    CHECK_INT(run(context, "count", NO_VALUES), 2);
}

static void uses_buffers(void)
{
    write_text(0, "Ada");
    CHECK_INT(run(context, "greet", VALUES(at(0), at(3), at(100), at(50))), 14);
    check_memory(100, "Salve, Ada (1)");
    CHECK_INT(run(context, "copy", VALUES(at(100), at(13), at(200), at(5))), 5);
    check_memory(200, "Salve");
    CHECK_INT(run(context, "copy", VALUES(at(100), at(0), at(100), at(0))), 0);
    if (sdk->borrows)
        CHECK_STATUS(call("copy", VALUES(at(0), at(8), at(7), at(8))), VM_STATUS_TRAP,
                     "two buffers overlap, one of which is written");
    CHECK_INT(run(context, "copy", VALUES(at(0), at(8), at(8), at(8))), 8);
    CHECK_STATUS(call("copy", VALUES(at(65535), at(2), at(0), at(8))), VM_STATUS_OUT_OF_BOUNDS, NULL);
}

static void fails(void)
{
    const Failure failures_of[] = {
        { "parses", "x", VM_STATUS_TRAP, "invalid digit found in string" },
        { "panics", "help", VM_STATUS_TRAP, sdk->panic },
        { "parses", "\xff", VM_STATUS_BAD_UTF8, "a string is not UTF-8 at byte 0" },
    };
    VM_Value result;
    size_t i;
    for (i = 0; i < (sdk->borrows ? 3 : 2); i++) {
        const Failure *failure = &failures_of[i];
        write_text(0, failure->text);
        CHECK_STATUS(VM_ContextExecute(context, latest(context), failure->function, VALUES(at(0), at((uint32_t)strlen(failure->text))), &result, 1, &error),
                     failure->status, failure->message);
        CHECK_TEXT(VM_ErrorGetFunctionName(error), failure->function);
        CHECK_TEXT(VM_ErrorGetPluginName(error), "sdk");
    }
    write_text(0, "-17");
    CHECK_INT(run(context, "parses", VALUES(at(0), at(3))), -17);
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "fails", VALUES(VM_ValueI32(VM_STATUS_USER - 7)), NULL, 0, &error), VM_STATUS_USER - 7, "so it is");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "fails", VALUES(VM_ValueI32(3)), NULL, 0, &error), VM_STATUS_BAD_ANSWER, "so it is");
}

static void calls_the_guest(void)
{
    VM_Value result;
    CHECK_INT(run(context, "count", NO_VALUES), 3);
    CHECK_INT(run(context, "calls", VALUES(VM_ValueI32(10))), 11);
    CHECK_STATUS(call("calls", VALUES(VM_ValueI32(-2))), VM_STATUS_USER - 9,
                 "caught: in `back`, called by host function `sdk.calls`: the guest trapped: ");
    if (sdk->borrows) {
        CHECK_STATUS(call("calls", VALUES(VM_ValueI32(11))), VM_STATUS_REENTRANT,
                     "is called again while a function");
        CHECK_STATUS(call("calls_mut", VALUES(VM_ValueI32(10))), VM_STATUS_REENTRANT,
                     "is called again while a function");
        CHECK_INT(run(context, "count", NO_VALUES), 5);
    } else {
        CHECK_INT(run(context, "calls", VALUES(VM_ValueI32(11))), 4);
    }
    write_text(300, "A");
    CHECK_OK(VM_ContextExecute(context, latest(context), "peek", VALUES(at(300)), &result, 1, &error));
    CHECK_INT(result.of.i64, 65536 + 'A');
    check_memory(300, "B");
    CHECK_STATUS(call("peek", VALUES(at(65536))), VM_STATUS_OUT_OF_BOUNDS, "reading the guest's memory");
}

static void uses_services(void)
{
    static const struct { const char *key; double value; } settings[] = {
        { "limit", 2 }, { "polite", 0 }, { "share", 0.5 }, { "names", 2 }, { "optimize-for", 5 },
    };
    VM_Value result;
    size_t i;
    for (i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        write_text(0, settings[i].key);
        CHECK_OK(VM_ContextExecute(context, latest(context), "settings", VALUES(at(0)), &result, 1, &error));
        CHECK(result.of.f64 == settings[i].value);
    }
    write_text(0, "nose");
    CHECK_STATUS(call("settings", VALUES(at(0))), VM_STATUS_NOT_FOUND, "nose");
    CHECK_INT(run(context, "state", VALUES(at(0), at(4))), 2); /* with the counter */
    CHECK_INT(run(context, "state", VALUES(at(0), at(4))), 4000);
    CHECK_INT(run(context, "state", VALUES(at(0), at(4))), 2);
    CHECK_INT(run(context, "directory", NO_VALUES), 1);
    CHECK_STATUS(call("secret", NO_VALUES), VM_STATUS_PLUGIN_PERMISSION, "sdk:secret");
    write_text(0, "hello");
    CHECK_STATUS(VM_ContextExecute(context, latest(context), "says", VALUES(at(0), at(4)), NULL, 0, &error), VM_STATUS_PLUGIN_PERMISSION, "sdk:say:hell");
    CHECK_SAID("");
    CHECK_OK(VM_ContextExecute(context, latest(context), "says", VALUES(at(0), at(5)), NULL, 0, &error));
    CHECK_SAID("sdk/one hello; sdk/one hello!; ");
    if (strcmp(sdk->file, "sdk_c") != 0) { /* what a guest puts behind a NUL is a part of the permission, and of a key */
        CHECK(VM_ContextExecute(context, latest(context), "says", VALUES(at(0), at(6)), NULL, 0, &error) != VM_STATUS_OK);
        CHECK_SAID("");
    }
    if (strcmp(sdk->file, "sdk") == 0) {
        CHECK_STATUS(VM_ContextExecute(context, latest(context), "says", VALUES(at(0), at(6)), NULL, 0, &error), VM_STATUS_INVALID_ARGUMENT,
                     "a permission contains a NUL");
        CHECK_STATUS(call("state", VALUES(at(0), at(6))), VM_STATUS_INVALID_ARGUMENT, "a key of the state contains a NUL");
    }
}

static void suspends(void)
{
    CHECK_INT(run(context, "later", VALUES(VM_ValueI32(21))), 42);
    CHECK_STATUS(call("later", VALUES(VM_ValueI32(0))), VM_STATUS_TRAP,
                 "has dropped the call without completing it");
    CHECK_STATUS(call("later", VALUES(VM_ValueI32(1))), VM_STATUS_USER - 2, "no answer");
    if (strcmp(sdk->file, "sdk") == 0)
        CHECK_INT(run(context, "later", VALUES(VM_ValueI32(2))), VM_STATUS_INVALID_ARGUMENT);
}

/* An instance that cannot be created: the host gets the reason. */
static void refuses(VM_PluginRegistry *registry)
{
    VM_Context *other = new_context(engine);
    NEED(VM_ContextSetPluginOption(other, "sdk", "greeting", "", &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(other, registry, &error), VM_STATUS_USER - 1, "the greeting is empty");
    VM_ContextDelete(other);
    other = new_context(engine);
    NEED(VM_ContextSetPluginOption(other, "sdk", "greeting", "panic", &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(other, registry, &error), VM_STATUS_PLUGIN_INITIALIZE, "nobody is greeted so");
    VM_ContextDelete(other);
    other = new_context(engine);
    NEED(VM_ContextSetPluginOption(other, "sdk", "limit", "1001", &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(other, registry, &error), VM_STATUS_PLUGIN_OPTION, "1000");
    VM_ContextDelete(other);
}

static void check_sdk(void)
{
    VM_PluginRegistry *registry = NULL;
    VM_ContextConfig *config = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    NEED(VM_PluginLoadFromPath(registry, plugin_file(sdk->file).text, NULL, &error));
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, "one", &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    NEED(VM_ContextSetPluginOption(context, "sdk", "greeting", "Salve", &error));
    NEED(VM_ContextSetPluginOptionInteger(context, "sdk", "limit", 2, &error));
    NEED(VM_ContextSetPluginOptionBool(context, "sdk", "polite", false, &error));
    NEED(VM_ContextSetPluginOption(context, "sdk", "optimize-for", "small", &error));
    NEED(VM_ContextGrantPermission(context, "sdk", "sdk:say:hello", &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_SAID("sdk an instance that says Salve; ");
    instantiate(engine, context, GUEST("sdk"));
    calls_functions();
    uses_buffers();
    fails();
    calls_the_guest();
    uses_services();
    suspends();
    refuses(registry);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("");
}

int main(void)
{
    size_t i;
    make_scratch();
    start_listening();
    engine = new_engine();
    for (i = 0; i < sizeof sdks / sizeof sdks[0]; i++) {
        sdk = &sdks[i];
        check_sdk();
    }
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
}
