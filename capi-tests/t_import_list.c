/* VM_ContextListImports: items of a context with their providers. */
#include "plugin_files.h"

static VM_Engine *engine;

static VM_Status VM_CALL nothing(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    (void)results;
    return VM_STATUS_OK;
}

static const VM_ImportOffer *find(const VM_ImportList *list, const char *module, const char *name)
{
    const VM_ImportOffer *found = NULL, *offer;
    for (size_t i = 0; (offer = VM_ImportListGet(list, i)); i++) {
        CHECK(strlen(offer->module) == offer->module_size && offer->type);
        if (strcmp(offer->module, module) == 0 && strcmp(offer->name, name) == 0 && offer->name_size == strlen(name)) {
            CHECK(!found);
            found = offer;
        }
    }
    if (!found) {
        fprintf(stderr, "nothing offers %s.%s\n", module, name);
        exit(1);
    }
    return found;
}

static void check(const VM_ImportOffer *offer, VM_ExternKind kind, VM_Provider provider, const char *plugin, const char *path)
{
    CHECK_INT(offer->type->kind, kind);
    CHECK_INT(offer->provider, provider);
    CHECK_TEXT(offer->plugin, plugin);
    CHECK_TEXT(offer->path, path);
}

int main(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_HostModule *host = new_host("shared");
    VM_MemoryType memory = { .size = sizeof(VM_MemoryType), .minimum = 2 };
    VM_ImportList *list = NULL;
    VM_Wasi *wasi = NULL;
    VM_Context *context;
    VM_Module *lib;
    const VM_ImportOffer *offer;
    size_t count;
    make_scratch();
    engine = new_engine();
    context = new_context(engine);
    lib = load(engine, GUEST("lib"));
    NEED(VM_PluginLoadFromPath(registry, plugin_file("shares").text, NULL, &error));
    NEED(VM_HostModuleAddFunction(host, "send", "(I<~)f", nothing, NULL, NULL, &error));
    NEED(VM_HostModuleAddMemory(host, "memory", &memory, &error));

    CHECK_OK(VM_ContextListImports(context, &list, &error));
    CHECK_INT(VM_ImportListGetCount(list), 0);
    CHECK(VM_ImportListGet(list, 0) == NULL);
    VM_ImportListDelete(list);

    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    NEED(VM_ContextRegisterWasm(context, "lib", lib, NULL, &error));
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    CHECK_OK(VM_ContextListImports(context, &list, &error));
    /* It lives on by itself. */
    VM_WasiDelete(wasi);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(lib);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);

    offer = VM_ImportListGet(list, 0);
    CHECK_TEXT(offer->name, "send"); /* in order of registration */
    check(offer, VM_EXTERN_FUNC, VM_PROVIDER_HOST_MODULE, NULL, NULL);
    CHECK_INT(VM_FuncTypeGetParams(offer->type->function, &count)[1], VM_VALTYPE_I32);
    CHECK_INT(count, 3);
    CHECK_INT(VM_FuncTypeGetResults(offer->type->function, &count)[0], VM_VALTYPE_F32);
    offer = find(list, "shared", "memory");
    check(offer, VM_EXTERN_MEMORY, VM_PROVIDER_HOST_MODULE, NULL, NULL);
    CHECK_INT(offer->type->memory->minimum, 2);
    check(find(list, "shared", "a"), VM_EXTERN_FUNC, VM_PROVIDER_PLUGIN, "shares", plugin_file("shares").text);
    check(find(list, "lib", "seven"), VM_EXTERN_GLOBAL, VM_PROVIDER_INSTANCE, NULL, NULL);
    check(find(list, "lib", "table"), VM_EXTERN_TABLE, VM_PROVIDER_INSTANCE, NULL, NULL);
    offer = find(list, "wasi_snapshot_preview1", "fd_write");
    check(offer, VM_EXTERN_FUNC, VM_PROVIDER_WASI, NULL, NULL);
    VM_FuncTypeGetParams(offer->type->function, &count);
    CHECK_INT(count, 4);
    VM_FuncTypeGetResults(find(list, "wasi_snapshot_preview1", "proc_exit")->type->function, &count);
    CHECK_INT(count, 0);
    count = VM_ImportListGetCount(list);
    CHECK_INT(count, 2 + 1 + 5 + 46);
    CHECK(VM_ImportListGet(list, count) == NULL && VM_ImportListGet(list, SIZE_MAX) == NULL);
    VM_ImportListDelete(list);
    return finish();
}
