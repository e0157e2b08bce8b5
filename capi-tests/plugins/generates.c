/*
 * Valid: does what the custom section `test.rules` of a module says: lines of `<plug-in> <verb> <word> <word>`, of which it follows those
 * with its own name.
 */
#ifndef FLAGS
#define FLAGS 0
#endif
#define VM_PLUGIN_MODULES ""
#define VM_PLUGIN_PERMISSIONS "gen:*"
#include <libvm/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Data {
    const VM_PluginHost *host;
    int value;
    char name[32];
} Data;

static VM_Status VM_CALL value(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)args;
    ++*(int *)instance;
    results[0] = VM_ValueI32(((const Data *)caller->data)->value);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL calls(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(*(int *)instance);
    return VM_STATUS_OK;
}

static void VM_CALL free_data(void *pointer)
{
    Data *data = pointer;
    char text[64];
    snprintf(text, sizeof text, "freed %s", data->name);
    VM_HostLog(data->host, NULL, VM_LOG_INFO, text);
    free(data);
}

static VM_Status provide(const VM_PluginHost *host, VM_ModuleView *view, const char *name, int number, const char *permission)
{
    VM_ProvidedFunction function = { sizeof function, 0, "gen", name, "()i", value, NULL, free_data, permission, NULL };
    Data *data = calloc(1, sizeof *data);
    data->host = host;
    data->value = number;
    snprintf(data->name, sizeof data->name, "%s", name);
    function.data = data;
    return VM_ModuleViewProvideFunction(view, &function);
}

static void say(const VM_PluginHost *host, const char *what, const VM_ModuleItem *item)
{
    char text[120];
    snprintf(text, sizeof text, "%s %s.%s %d %s", what, item->module, item->name, (int)item->kind, item->signature ? item->signature : "-");
    VM_HostLog(host, NULL, VM_LOG_INFO, text);
}

static void show(const VM_PluginHost *host, VM_ModuleView *view)
{
    const VM_ModuleItem *item;
    size_t i;
    for (i = 0; (item = VM_ModuleViewGetImport(view, i)) != NULL; i++)
        say(host, "import", item);
    for (i = 0; (item = VM_ModuleViewGetExport(view, i)) != NULL; i++)
        say(host, "export", item);
}

static VM_Status follow(const VM_PluginHost *host, VM_ModuleView *view, const char *verb, const char *word, const char *other)
{
    VM_Status status = VM_STATUS_OK;
    int i;
    if (strcmp(verb, "show") == 0)
        show(host, view);
    else if (strcmp(verb, "value") == 0)
        status = provide(host, view, word, atoi(other), NULL);
    else if (strcmp(verb, "permitted") == 0)
        status = provide(host, view, word, 1, other);
    else if (strcmp(verb, "calls") == 0)
        status = VM_ModuleViewProvide(view, "gen", word, "()i", calls, NULL, NULL);
    else if (strcmp(verb, "signature") == 0)
        status = VM_ModuleViewProvide(view, "gen", word, other, calls, NULL, NULL);
    else if (strcmp(verb, "null") == 0)
        status = VM_ModuleViewProvide(view, "gen", word, "()i", NULL, NULL, NULL);
    else if (strcmp(verb, "require") == 0)
        status = VM_ModuleViewRequire(view, word, other);
    else if (strcmp(verb, "refuse") == 0)
        status = VM_ModuleViewRefuse(view, word);
    else if (strcmp(verb, "fail") == 0)
        status = VM_HostFail(host, word);
    else if (strcmp(verb, "status") == 0)
        status = atoi(word);
    else if (strcmp(verb, "endless") == 0)
        for (i = 0; i < 100000; i++) /* whatever it is told */
            VM_ModuleViewRequire(view, word, NULL);
    return status;
}

static VM_Status VM_CALL examine(void *data, VM_ModuleView *view)
{
    const VM_PluginHost *host = data;
    const VM_ModuleSection *section;
    VM_Status status = VM_STATUS_OK;
    size_t i;
    for (i = 0; (section = VM_ModuleViewGetSection(view, i)) != NULL; i++) {
        char text[1000], name[64], verb[64], word[200], other[64], *line;
        if (section->name.size != 10 || memcmp(section->name.data, "test.rules", 10) != 0 || section->content.size >= sizeof text)
            continue;
        memcpy(text, section->content.data, section->content.size);
        text[section->content.size] = '\0';
        for (line = strtok(text, "\n"); line && status == VM_STATUS_OK; line = strtok(NULL, "\n")) {
            *word = *other = '\0';
            if (sscanf(line, "%63s %63s %199s %63[^;]", name, verb, word, other) >= 2 && strcmp(name, NAME) == 0)
                status = follow(host, view, verb, word, other);
        }
    }
    return status;
}

static VM_Status VM_CALL initialize(const VM_PluginHost *host, void **data)
{
    *data = (void *)host;
    return VM_STATUS_OK;
}

static void VM_CALL cleanup(void *data) { VM_HostLog(data, NULL, VM_LOG_INFO, "cleanup"); }

static VM_Status VM_CALL create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance)
{
    (void)host;
    (void)self;
    *instance = calloc(1, sizeof(int));
    return *instance ? VM_STATUS_OK : VM_STATUS_OUT_OF_MEMORY;
}

static const VM_DependenciesExtension dependencies = { sizeof dependencies, 0, examine };

static const void *VM_CALL get_extension(void *data, const char *id)
{
    (void)data;
    return VM_ExtensionMatches(id, VM_DEPENDENCIES_EXTENSION) ? &dependencies : NULL;
}

static const VM_PluginDescriptor descriptor =
    VM_PLUGIN_DESCRIPTOR_OF(FLAGS, VM_TABLE_EMPTY, VM_TABLE_EMPTY, create, free, initialize, cleanup, get_extension);
VM_PLUGIN_DESCRIPTOR(NAME, VERSION, "Generates functions", descriptor);
