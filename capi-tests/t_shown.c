/* Names in messages and log lines: control characters are escaped, long names shortened; getters return the original bytes. */
#include "plugin_files.h"

enum { LONG = 100000 };

/* Returns whether a line can be shown: no control characters (C0, C1), no bidirectional formatting characters. */
static bool is_plain(const char *text)
{
    const unsigned char *at;
    for (at = (const unsigned char *)text; *at; at++) {
        if ((*at < 0x20 && *at != '\n') || *at == 0x7f || (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0))
            return false;
        if (at[0] == 0xe2 && ((at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) || (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9)))
            return false;
    }
    return true;
}

static void names_of_wasm(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    VM_Module *module = load(engine, GUEST("shown"));
    const char *message;
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT,
                 "\n  `a\\nb.\\u{1b}[31mred\\u{7}`, function () -> ()");
    message = VM_ErrorGetMessage(error);
    CHECK(strstr(message, "\n  `m.\\u{9b}2J\\u{202e}gnp.\\u{2066}`, function") != NULL);
    CHECK(is_plain(message));
    CHECK_TEXT(VM_ErrorGetModuleName(error), "a\nb");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "\x1b[31mred\a");
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
}

static void long_names(void)
{
    VM_Engine *engine = new_engine();
    VM_Context *context = new_context(engine);
    char *name = malloc(LONG + 1);
    VM_Func func;
    VM_Instance instance = instantiate(engine, context, GUEST("lib"));
    SURE(name != NULL);
    memset(name, 'n', LONG);
    name[LONG] = '\0';
    CHECK_STATUS(VM_InstanceFindFunction(context, instance, name, &func, &error), VM_STATUS_NOT_FOUND, "bytes omitted) …nnn");
    CHECK(strlen(VM_ErrorGetMessage(error)) < 1000);
    VM_ContextDelete(context);
    VM_EngineDelete(engine);
    free(name);
}

typedef struct Heard {
    int lines;
    bool has_name;
} Heard;

static void VM_CALL listen(void *user, VM_LogLevel level, const char *source, const char *text)
{
    Heard *heard = user;
    (void)level;
    CHECK(is_plain(text) && !strchr(text, '\n'));
    CHECK(is_plain(source) && !strchr(source, '\n'));
    heard->lines++;
    heard->has_name |= strstr(text, "evil\\u{1b}[2J\\n3 libvm: forged.so") != NULL;
}

/* A file whose name forges a line of the log. */
static void names_of_files(void)
{
    Heard heard = { 0, false };
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    Path path;
    const VM_PluginReportLine *line;
    make_folder("folder");
    path = write_content("folder/evil\x1b[2J\n3 libvm: forged.so", "text", 4);
    NEED(VM_LogSetCallback(VM_LOG_TRACE, listen, &heard, NULL, &error));
    CHECK_STATUS(VM_PluginLoadFromPath(registry, in_scratch("folder").text, &report, &error), VM_STATUS_PLUGIN_BAD_FILE,
                 "evil\\u{1b}[2J\\n3 libvm: forged.so");
    NEED(VM_LogSetCallback(VM_LOG_TRACE, NULL, NULL, NULL, &error));
    CHECK(heard.lines > 0 && heard.has_name);
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    line = find_line(report, path.text);
    CHECK(is_plain(line->message) && !strchr(line->message, '\n'));
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path.text, NULL, &error), VM_STATUS_PLUGIN_BAD_FILE, NULL);
    CHECK(is_plain(VM_ErrorGetMessage(error)));
    CHECK_TEXT(VM_ErrorGetPath(error), path.text);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    names_of_wasm();
    long_names();
    names_of_files();
    return finish();
}
