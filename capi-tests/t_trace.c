/* The tracing callback: each call between host and guests, with its values and its outcome. */
#include "plugin_files.h"

static char seen[4096];
static VM_Context *traced;

static void note(const char *text)
{
    if (strlen(seen) + strlen(text) + 1 < sizeof seen)
        strcat(seen, text);
}

static void VM_CALL trace(void *user, const VM_TraceEvent *event)
{
    static const char *const kinds[] = { "", "host", "host ended", "guest", "guest ended", "suspended", "resumed" };
    VM_Value value;
    char line[512];
    ++*(atomic_int *)user;
    CHECK(event->size >= sizeof *event);
    CHECK(event->kind > 0 && event->kind <= 6);
    snprintf(line, sizeof line, "%*s%s", (int)event->depth * 2, "", kinds[event->kind]);
    note(line);
    if (event->plugin)
        note(" <"), note(event->plugin), note(">");
    if (event->module)
        note(" "), note(event->module);
    if (event->function)
        note("."), note(event->function);
    for (size_t i = 0; i < event->count; i++) {
        if (event->values[i].type == VM_VALTYPE_I32)
            snprintf(line, sizeof line, " %d", event->values[i].of.i32);
        else
            snprintf(line, sizeof line, " (%d)", (int)event->values[i].type);
        note(line);
    }
    if (event->status != VM_STATUS_OK)
        note(" "), note(VM_StatusGetName(event->status));
    if (event->message)
        note(strstr(event->message, "unreachable") ? " unreachable" : " another message");
    note("\n");
    CHECK((event->count == 0) == (event->values == NULL));
    if (event->kind != VM_TRACE_HOST_CALL && event->kind != VM_TRACE_HOST_RETURN)
        return;
    /* It may not use the context. */
    CHECK(VM_ContextExecute(traced, event->instance, "double", VALUES(VM_ValueI32(1)), &value, 1, NULL) == VM_STATUS_REENTRANT);
}

static void check_seen(const char *expected)
{
    CHECK_TEXT(seen, expected);
    seen[0] = 0;
}

static VM_Context *traced_context(VM_Engine *engine, atomic_int *user)
{
    VM_ContextConfig *config = NULL;
    VM_Context *context = NULL;
    NEED(VM_ContextConfigCreate(&config, &error));
    NEED(VM_ContextConfigSetTrace(config, trace, user, count_free, &error));
    NEED(VM_ContextCreate(engine, config, &context, &error));
    VM_ContextConfigDelete(config);
    return context;
}

static void plugin(VM_Engine *engine, VM_PluginRegistry *registry)
{
    atomic_int events = 0;
    VM_Value result;
    VM_Func func;
    traced = traced_context(engine, &events);
    NEED(VM_ContextRegisterPlugins(traced, registry, &error));
    instantiate(engine, traced, GUEST("invoke"));
    check_seen("");
    CHECK_INT(run(traced, "by_name", VALUES(VM_ValueI32(21))), 42);
    check_seen("guest.by_name 21\n"
               "  host <invoke> invoke.by_name 21\n"
               "    guest.double 21\n"
               "    guest ended.double 42\n"
               "  host ended <invoke> invoke.by_name 42\n"
               "guest ended.by_name 42\n");
    CHECK_INT(events, 6);
    /* A guest's string is its address; a function that is known by a reference only has no name. */
    CHECK_INT(run(traced, "named", VALUES(VM_ValueI32(0), VM_ValueI32(4))), 8);
    check_seen("guest.named 0 4\n"
               "  host <invoke> invoke.named 0 4\n"
               "    guest.double 4\n"
               "    guest ended.double 8\n"
               "  host ended <invoke> invoke.named 8\n"
               "guest ended.named 8\n");
    CHECK_INT(run(traced, "by_reference", VALUES(VM_ValueI32(4))), -4);
    check_seen("guest.by_reference 4\n"
               "  host <invoke> invoke.by_reference (6) 4\n"
               "    guest 4\n"
               "    guest ended -4\n"
               "  host ended <invoke> invoke.by_reference -4\n"
               "guest ended.by_reference -4\n");
    /* By its handle, and failing. */
    NEED(VM_InstanceFindFunction(traced, latest(traced), "named", &func, &error));
    CHECK_STATUS(VM_FuncCall(traced, func, VALUES(VM_ValueI32(48), VM_ValueI32(1)), &result, 1, &error), VM_STATUS_TRAP, NULL);
    check_seen("guest.named 48 1\n"
               "  host <invoke> invoke.named 48 1\n"
               "    guest.fails 1\n"
               "    guest ended.fails VM_STATUS_TRAP unreachable\n"
               "  host ended <invoke> invoke.named VM_STATUS_TRAP unreachable\n"
               "guest ended.named VM_STATUS_TRAP unreachable\n");
    events = 0;
    CHECK_OK(VM_ContextReset(traced, &error));
    instantiate(engine, traced, GUEST("invoke"));
    CHECK_INT(run(traced, "by_name", VALUES(VM_ValueI32(1))), 2);
    CHECK_INT(events, 6);
    seen[0] = 0;
    events = 0;
    VM_ContextDelete(traced);
    CHECK_INT(events, 1); /* freed once */
}

static void wasi(VM_Engine *engine)
{
    atomic_int events = 0;
    VM_Wasi *wasi = NULL;
    int32_t code = 0;
    traced = traced_context(engine, &events);
    NEED(VM_WasiCreate(&wasi, &error));
    NEED(VM_WasiSetArguments(wasi, (const char *const[]){ "exit", "3" }, 2, &error));
    NEED(VM_ContextRegisterWasi(traced, wasi, &error));
    VM_WasiDelete(wasi);
    CHECK_OK(VM_ContextRunWasiFromFile(traced, GUEST("wasi_exit"), &code, &error));
    CHECK_INT(code, 3);
    check_seen("guest._start\n"
               "  host wasi_snapshot_preview1.args_sizes_get 0 4\n"
               "  host ended wasi_snapshot_preview1.args_sizes_get 0\n"
               "  host wasi_snapshot_preview1.args_get 100 200\n"
               "  host ended wasi_snapshot_preview1.args_get 0\n"
               "  host wasi_snapshot_preview1.proc_exit 3\n"
               "  host ended wasi_snapshot_preview1.proc_exit VM_STATUS_EXIT another message\n"
               "guest ended._start VM_STATUS_EXIT another message\n");
    VM_ContextDelete(traced);
}

int main(void)
{
    VM_Engine *engine;
    VM_PluginRegistry *registry;
    atomic_int freed = 0;
    make_scratch();
    engine = new_engine();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("invoke").text, NULL, &error));
    plugin(engine, registry);
    wasi(engine);
    CHECK_STATUS(VM_ContextConfigSetTrace(NULL, trace, &freed, count_free, &error), VM_STATUS_NULL_ARGUMENT, "config");
    CHECK_INT(freed, 1);
    VM_PluginRegistryDelete(registry);
    VM_EngineDelete(engine);
    return finish();
}
