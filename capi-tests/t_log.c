/* The log of the process and of contexts: levels, sources, and free functions of callbacks. */
#include "test.h"

/* A plug-in that writes a line of each level when a context makes an instance of it, and one when it is loaded. */
#define VM_PLUGIN_BUILTIN noisy
#include <libvm/plugin.h>

static VM_Status VM_CALL create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    *instance = NULL;
    VM_HostLog(host, self, VM_LOG_ERROR, "an error");
    VM_HostLog(host, self, VM_LOG_WARNING, "a warning");
    VM_HostLog(host, self, VM_LOG_INFO, "an info: \xc3\xbc");
    VM_HostLog(host, self, VM_LOG_DEBUG, "a debug line");
    VM_HostLog(host, self, VM_LOG_TRACE, "a trace");
    return VM_STATUS_OK;
}

static VM_Status VM_CALL initialize(const VM_PluginHost *host, void **data)
{
    *data = NULL;
    VM_HostLog(host, NULL, VM_LOG_INFO, "hello");
    return VM_STATUS_OK;
}

static const VM_PluginDescriptor descriptor = { VM_PLUGIN_DESCRIPTOR_INIT, .create = create, .initialize = initialize };
VM_PLUGIN_DESCRIPTOR("noisy", "1.0.0", "Writes to the log", descriptor);

typedef struct Lines {
    char text[1000];
    atomic_int freed;
} Lines;

static void VM_CALL listen(void *user, VM_LogLevel level, const char *source, const char *text)
{
    Lines *lines = user;
    size_t used = strlen(lines->text);
    snprintf(lines->text + used, sizeof lines->text - used, "%d %s: %s\n", (int)level, source, text);
}

static void VM_CALL free_lines(void *user)
{
    ((Lines *)user)->freed++;
}

/* Registers the plug-in in a new context, which has the log if it is not NULL, and deletes it. */
static void make_noise(VM_PluginRegistry *registry, VM_LogLevel level, Lines *own)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    if (own)
        CHECK_OK(VM_ContextSetLogCallback(context, level, listen, own, free_lines, &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void levels(void)
{
    Lines lines = { "", 0 };
    const VM_LogLevel none[] = { 0, -1, 6, INT32_MAX };
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    for (int i = 0; i < 4; i++) {
        CHECK_STATUS(VM_LogSetCallback(none[i], listen, &lines, free_lines, &error), VM_STATUS_INVALID_ARGUMENT,
                     "is not a log level; see VM_LOG_*");
        CHECK_STATUS(VM_ContextSetLogCallback(context, none[i], listen, &lines, free_lines, &error), VM_STATUS_INVALID_ARGUMENT,
                     "is not a log level; see VM_LOG_*");
        CHECK_INT(lines.freed, 2 * (i + 1));
    }
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    CHECK_INT(lines.freed, 8);
}

static void process_and_context(void)
{
    Lines process = { "", 0 }, own = { "", 0 }, later = { "", 0 };
    VM_PluginRegistry *registry = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    CHECK_OK(VM_LogSetCallback(VM_LOG_INFO, listen, &process, free_lines, &error));
    CHECK_OK(VM_PluginRegistryAddBuiltin(registry, &noisy, &error));
    CHECK(strstr(process.text, "3 noisy: hello\n") != NULL);

    process.text[0] = '\0';
    make_noise(registry, 0, NULL);
    CHECK_TEXT(process.text, "1 noisy: an error\n2 noisy: a warning\n3 noisy: an info: \xc3\xbc\n");

    process.text[0] = '\0';
    make_noise(registry, VM_LOG_TRACE, &own);
    CHECK_TEXT(process.text, "");
    CHECK_TEXT(own.text,
               "1 noisy: an error\n2 noisy: a warning\n3 noisy: an info: \xc3\xbc\n4 noisy: a debug line\n5 noisy: a trace\n");
    CHECK_INT(own.freed, 1);
    own.text[0] = '\0';
    make_noise(registry, VM_LOG_ERROR, &own);
    CHECK_TEXT(own.text, "1 noisy: an error\n");
    CHECK_TEXT(process.text, "");
    CHECK_INT(own.freed, 2);

    /* A refused file is a line of libvm's own. */
    CHECK_STATUS(VM_PluginLoadFromPath(registry, "no/such/plugin.so", NULL, &error), VM_STATUS_PLUGIN_NOT_FOUND, NULL);
    CHECK(strstr(process.text, " libvm: ") != NULL && strstr(process.text, "no/such/plugin.so") != NULL);

    CHECK_INT(process.freed, 0);
    CHECK_OK(VM_LogSetCallback(VM_LOG_TRACE, listen, &later, free_lines, &error));
    CHECK_INT(process.freed, 1);
    process.text[0] = '\0';
    make_noise(registry, 0, NULL);
    CHECK_TEXT(process.text, "");
    CHECK(strstr(later.text, "5 noisy: a trace\n") != NULL);
    CHECK_OK(VM_LogSetCallback(VM_LOG_INFO, NULL, NULL, NULL, &error));
    CHECK_INT(later.freed, 1);
    later.text[0] = '\0';
    make_noise(registry, 0, NULL);
    CHECK_TEXT(later.text, "");
    VM_PluginRegistryDelete(registry);
}

/* A callback for several contexts can distinguish their lines. */
static void a_context_with_a_name(void)
{
    Lines process = { "", 0 }, own = { "", 0 };
    VM_Engine *engine = new_engine();
    VM_PluginRegistry *registry = NULL;
    VM_ContextConfig *config = NULL;
    VM_Context *first = NULL, *second = NULL;
    NEED(VM_PluginRegistryCreate(&registry, &error));
    NEED(VM_PluginRegistryAddBuiltin(registry, &noisy, &error));
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetName(config, "desk", &error));
    NEED(VM_ContextCreate(engine, config, &first, &error));
    NEED(VM_ContextConfigSetName(config, "door/2", &error));
    NEED(VM_ContextCreate(engine, config, &second, &error));
    VM_ContextConfigDelete(config);
    CHECK_OK(VM_LogSetCallback(VM_LOG_ERROR, listen, &process, free_lines, &error));
    CHECK_OK(VM_ContextSetLogCallback(second, VM_LOG_ERROR, listen, &own, free_lines, &error));
    CHECK_OK(VM_ContextRegisterPlugins(first, registry, &error));
    CHECK_OK(VM_ContextRegisterPlugins(second, registry, &error));
    CHECK_TEXT(process.text, "1 noisy/desk: an error\n");
    CHECK_TEXT(own.text, "1 noisy/door/2: an error\n");
    VM_ContextDelete(first);
    VM_ContextDelete(second);
    CHECK_OK(VM_LogSetCallback(VM_LOG_ERROR, NULL, NULL, NULL, &error));
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
}

/* What is set for a plug-in whose name was mistyped has no effect; a line tells so when there is a similar one. */
static void mistyped_names(void)
{
    VM_PluginRegistry *registry = NULL;
    Lines lines = { "", 0 };
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    NEED(VM_PluginRegistryCreate(&registry, &error));
    CHECK_OK(VM_PluginRegistryAddBuiltin(registry, &noisy, &error));
    CHECK_OK(VM_ContextSetLogCallback(context, VM_LOG_WARNING, listen, &lines, NULL, &error));
    CHECK_OK(VM_ContextSetPluginOption(context, "nosy", "retries", "3", &error));
    CHECK_OK(VM_ContextGrantPermission(context, "nois\ny", "fs:read", &error));
    CHECK_OK(VM_ContextGrantPermission(context, "calc", "fs:read", &error));
    CHECK_OK(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_TEXT(strstr(lines.text, "2 libvm: "),
               "2 libvm: options or permissions are set for plug-in `nois\\ny`, which is not registered in this context; did you mean `noisy`?\n"
               "2 libvm: options or permissions are set for plug-in `nosy`, which is not registered in this context; did you mean `noisy`?\n");
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
}

int main(void)
{
    levels();
    process_and_context();
    a_context_with_a_name();
    mistyped_names();
    return finish();
}
