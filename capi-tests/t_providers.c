/* Several providers of one module name: lookup by item, duplicate items, and messages about imports. */
#include "plugin_files.h"

static VM_Engine *engine;

static VM_Status VM_CALL thousand(void *user, VM_Caller *caller, const VM_Value *args, VM_Value *results)
{
    (void)user;
    (void)caller;
    (void)args;
    results[0] = VM_ValueI32(1000);
    return VM_STATUS_OK;
}

static VM_HostModule *host_with(const char *item)
{
    VM_HostModule *host = new_host("shared");
    NEED(VM_HostModuleAddFunction(host, item, "()i", thousand, NULL, NULL, &error));
    return host;
}

static VM_PluginRegistry *registry_with(const char *const *names)
{
    VM_PluginRegistry *registry = new_registry();
    for (; *names; names++)
        NEED(VM_PluginLoadFromPath(registry, plugin_file(*names).text, NULL, &error));
    return registry;
}

static bool says(const char *text)
{
    bool found = strstr(VM_ErrorGetMessage(error), text) != NULL;
    if (!found)
        fprintf(stderr, "expected \"%s\" in\n%s\n", text, VM_ErrorGetMessage(error));
    return found;
}

/* A host module, another one added later, two plug-ins and an instance have a part of one module each. */
static void parts_of_a_module(void)
{
    VM_PluginRegistry *registry = registry_with((const char *[]){ "shares", "shares_other", NULL });
    VM_Context *context = new_context(engine);
    VM_HostModule *host = host_with("host"), *empty = new_host("shared");
    VM_Module *lib = load(engine, GUEST("lib")), *module = load(engine, GUEST("providers"));
    NEED(VM_ContextRegisterModule(context, empty, &error));
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "2 of 4 imports");
    CHECK_OK(VM_ContextRegisterModule(context, host, &error));
    CHECK_OK(VM_ContextRegisterWasm(context, "shared", lib, NULL, &error));
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "sum", NO_VALUES), 1000 + 1 + 300 + 1);
    CHECK_STATUS(VM_ContextRegisterModule(context, host, &error), VM_STATUS_ALREADY_EXISTS,
                 "host module `shared` is already registered in this context");
    VM_HostModuleDelete(host);
    host = host_with("next");
    CHECK_STATUS(VM_ContextRegisterModule(context, host, &error), VM_STATUS_ALREADY_EXISTS,
                 "`shared.next` is provided twice: by a registered wasm instance, and by host module `shared`; rename one of them");
    CHECK_TEXT(VM_ErrorGetModuleName(error), "shared");
    CHECK_TEXT(VM_ErrorGetFunctionName(error), "next");
    VM_HostModuleDelete(host);
    VM_HostModuleDelete(empty);
    VM_ModuleDelete(lib);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

/* Two plug-ins with one item: the message names both files, and later plug-ins are registered. */
static void an_item_twice(void)
{
    VM_PluginRegistry *registry = registry_with((const char *[]){ "shares", "shares_too", "shares_again", "shares_other", NULL });
    VM_Context *context = new_context(engine);
    VM_HostModule *host = host_with("host");
    VM_Module *lib = load(engine, GUEST("lib")), *module = load(engine, GUEST("providers"));
    char both[1200];
    VM_Plugin *plugin;
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterWasm(context, "shared", lib, NULL, &error));
    CHECK_STATUS(VM_ContextRegisterPlugins(context, registry, &error), VM_STATUS_ALREADY_EXISTS,
                 "2 of 4 plug-ins cannot be registered\n  `shares_too`: `shared.a` is provided twice: by the registered ");
    snprintf(both, sizeof both, "`shares` 1.0.0 in %s, and by ", plugin_file("shares").text);
    CHECK(says(both));
    snprintf(both, sizeof both, "`shares_too` 1.0.0 in %s; ", plugin_file("shares_too").text);
    CHECK(says(both));
    CHECK(says("\n  `shares_again`: `shared.a` is provided twice: "));
    CHECK_TEXT(VM_ErrorGetPluginName(error), "shares_too");
    CHECK_OK(VM_ContextInstantiate(context, module, NULL, &error));
    CHECK_INT(run(context, "sum", NO_VALUES), 1000 + 1 + 300 + 1);
    /* One alone is refused as it is. */
    NEED(VM_PluginRegistryFind(registry, "shares_again", &plugin, &error));
    CHECK_STATUS(VM_ContextRegisterPlugin(context, plugin, &error), VM_STATUS_ALREADY_EXISTS, "rename one of them");
    CHECK(strncmp(VM_ErrorGetMessage(error), "`shared.a`", 10) == 0);
    VM_PluginRelease(plugin);
    VM_HostModuleDelete(host);
    VM_ModuleDelete(lib);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
    VM_PluginRegistryDelete(registry);
}

/* WASI is a provider like others: a host module may add functions, but not replace them. */
static void beside_wasi(void)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *extra = new_host("wasi_snapshot_preview1"), *same = new_host("wasi_snapshot_preview1");
    VM_Wasi *wasi;
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_HostModuleAddFunction(extra, "extra", "()i", thousand, NULL, NULL, &error));
    NEED(VM_HostModuleAddFunction(same, "fd_write", "(iiii)i", thousand, NULL, NULL, &error));
    CHECK_OK(VM_ContextRegisterWasi(context, wasi, &error));
    CHECK_OK(VM_ContextRegisterModule(context, extra, &error));
    CHECK_STATUS(VM_ContextRegisterModule(context, same, &error), VM_STATUS_ALREADY_EXISTS,
                 "`wasi_snapshot_preview1.fd_write` is provided twice: by WASI preview 1, and by host module `wasi_snapshot_preview1`");
    instantiate(engine, context, GUEST("providers_wasi"));
    CHECK_INT(run(context, "sum", NO_VALUES), 1000);
    VM_WasiDelete(wasi);
    VM_HostModuleDelete(extra);
    VM_HostModuleDelete(same);
    VM_ContextDelete(context);
}

static void mistyped_names(void)
{
    VM_Context *context = new_context(engine);
    VM_HostModule *host = host_with("host"), *other = host_with("other");
    VM_Module *module = load(engine, GUEST("providers_typos"));
    NEED(VM_ContextRegisterModule(context, host, &error));
    NEED(VM_ContextRegisterModule(context, other, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT, "4 of 4 imports");
    CHECK(says("\n  `shared.hots`, function () -> (): module `shared`, which has 2 providers, has no item of that name; did you mean `host`?"));
    CHECK(says("\n  `shraed.host`, function () -> (): no module `shraed` is registered in this context, and no plug-in that provides it "
               "is loaded; did you mean `shared`?"));
    CHECK(says("\n  `shared.far_away`, function () -> (): module `shared`, which has 2 providers, has no item of that name; it has `host`, `other`"));
    CHECK(says("`wasi_snapshot_preview_1.fd_write`"));
    CHECK(says("; did you mean `wasi_snapshot_preview1`?"));
    VM_HostModuleDelete(host);
    VM_HostModuleDelete(other);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

static uint8_t *put(uint8_t *to, size_t value, int bytes)
{
    for (int i = 0; i < bytes; i++, value >>= 7)
        *to++ = (uint8_t)((value & 0x7f) | (i + 1 < bytes ? 0x80 : 0));
    return to;
}

/* 100,000 imports that nothing provides, of long names: the first 20 are listed, shortened. */
static void hostile_imports(void)
{
    enum { COUNT = 100000, NAME = 300 };
    static const uint8_t head[] = { 0, 'a', 's', 'm', 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 2 };
    size_t body = 5 + (size_t)COUNT * (2 + NAME + 2 + 1 + 2);
    uint8_t *wasm = malloc(sizeof head + 5 + body), *end = wasm;
    VM_Context *context = new_context(engine);
    VM_Module *module;
    SURE(wasm != NULL);
    memcpy(end, head, sizeof head);
    end = put(put(end + sizeof head, body, 5), COUNT, 5);
    for (int i = 0; i < COUNT; i++) {
        end = put(end, NAME, 2);
        memset(end, 'x', NAME);
        end = put(end + NAME, 1, 2);
        *end++ = 'f';
        *end++ = 0;
        *end++ = 0;
    }
    NEED(VM_ModuleLoadFromBuffer(engine, wasm, (size_t)(end - wasm), &module, &error));
    CHECK_STATUS(VM_ContextInstantiate(context, module, NULL, &error), VM_STATUS_UNRESOLVED_IMPORT,
                 "100000 of 100000 imports cannot be resolved\n  `xxx");
    CHECK(says("xxx… (") && says("\n  and 99980 more"));
    CHECK(strlen(VM_ErrorGetMessage(error)) < 20 * 1000);
    CHECK_INT(strlen(VM_ErrorGetModuleName(error)), NAME);
    free(wasm);
    VM_ModuleDelete(module);
    VM_ContextDelete(context);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    parts_of_a_module();
    an_item_twice();
    beside_wasi();
    mistyped_names();
    hostile_imports();
    VM_EngineDelete(engine);
    return finish();
}
