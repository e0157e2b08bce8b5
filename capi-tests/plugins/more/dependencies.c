/* What the plug-in says of modules that it is shown. */
#include "more.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

atomic_int more_provided;

static VM_Status VM_CALL add(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    results[0] = VM_ValueI32((int32_t)((uint32_t)args[0].of.i32 + (uint32_t)*(const int32_t *)caller->data));
    return VM_STATUS_OK;
}

static VM_Status VM_CALL count(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(++((More *)instance)->seen);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL secret(void *instance, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)instance;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(1);
    return VM_STATUS_OK;
}

static void VM_CALL free_number(void *number)
{
    more_provided--;
    free(number);
}

static VM_Status provide(VM_ModuleView *view, const char *name)
{
    if (strncmp(name, "add", 3) == 0) {
        int32_t *number = malloc(sizeof *number);
        if (!number)
            return VM_STATUS_OUT_OF_MEMORY;
        *number = atoi(name + 3);
        more_provided++;
        return VM_ModuleViewProvide(view, "made", name, "(i)i", add, number, free_number);
    }
    if (strcmp(name, "count") == 0)
        return VM_ModuleViewProvide(view, "made", name, "()i", count, NULL, NULL);
    if (strcmp(name, "twice") == 0) {
        VM_Status status = VM_ModuleViewProvide(view, "made", name, "()i", count, NULL, NULL);
        return status ? status : VM_ModuleViewProvide(view, "made", name, "()i", count, NULL, NULL);
    }
    if (strcmp(name, "secret") == 0) {
        VM_ProvidedFunction function = { sizeof function, 0, "made", name, "()i", secret, NULL, NULL, "more:secret", "A secret" };
        return VM_ModuleViewProvideFunction(view, &function);
    }
    return VM_STATUS_OK;
}

static size_t show(char *text, size_t size, const VM_ModuleItem *item, bool is_first)
{
    return (size_t)snprintf(text, size, "%s%s%s%s:%d:%s", is_first ? " " : ",", item->module, *item->module ? "." : "", item->name, (int)item->kind,
                            item->signature ? item->signature : "-");
}

static void show_all(const VM_PluginHost *host, VM_ModuleView *view)
{
    const VM_ModuleItem *item;
    char text[1000] = "show";
    size_t i, used = strlen(text);
    for (i = 0; used < sizeof text && (item = VM_ModuleViewGetImport(view, i)) != NULL; i++)
        used += show(text + used, sizeof text - used, item, i == 0);
    if (i == 0)
        used += (size_t)snprintf(text + used, sizeof text - used, " -");
    for (i = 0; used < sizeof text && (item = VM_ModuleViewGetExport(view, i)) != NULL; i++)
        used += show(text + used, sizeof text - used, item, i == 0);
    if (i == 0 && used < sizeof text)
        snprintf(text + used, sizeof text - used, " -");
    VM_HostLog(host, NULL, VM_LOG_INFO, text);
}

static VM_Status follow(const VM_PluginHost *host, VM_ModuleView *view, const char *name, const char *text)
{
    if (strcmp(name, "more.refuse") == 0)
        return VM_ModuleViewRefuse(view, text);
    if (strcmp(name, "more.plain") == 0)
        return VM_HostFail(host, text);
    if (strcmp(name, "more.panic") == 0)
        return VM_HostFail(host, "help");
    if (strcmp(name, "more.require") == 0) {
        char plugin[100];
        const char *range = strchr(text, ' ');
        snprintf(plugin, sizeof plugin, "%.*s", (int)strcspn(text, " "), text);
        return VM_ModuleViewRequire(view, plugin, range ? range + 1 : NULL);
    }
    if (strcmp(name, "more.show") == 0)
        show_all(host, view);
    return VM_STATUS_OK;
}

static VM_Status VM_CALL examine(void *data, VM_ModuleView *view)
{
    const VM_ModuleSection *section;
    const VM_ModuleItem *import;
    VM_Status status = VM_STATUS_OK;
    size_t i;
    for (i = 0; status == VM_STATUS_OK && (section = VM_ModuleViewGetSection(view, i)) != NULL; i++) {
        char name[40], text[200];
        snprintf(name, sizeof name, "%.*s", (int)section->name.size, (const char *)section->name.data);
        snprintf(text, sizeof text, "%.*s", (int)section->content.size, (const char *)section->content.data);
        status = follow(data, view, name, text);
    }
    for (i = 0; status == VM_STATUS_OK && (import = VM_ModuleViewGetImport(view, i)) != NULL; i++)
        if (import->kind == VM_MODULE_ITEM_FUNCTION && strcmp(import->module, "made") == 0)
            status = provide(view, import->name);
    return status;
}

const VM_DependenciesExtension more_dependencies = { sizeof(VM_DependenciesExtension), 0, examine };
