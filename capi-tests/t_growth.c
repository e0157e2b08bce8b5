/* Programs built with shorter and longer structs than the library's, for each kind of struct. */
#include "plugin_files.h"

/* The struct of a program with a later header: a field was appended. */
#define LATER(name) \
    typedef struct Later##name { \
        VM_##name known; \
        uint64_t later; \
    } Later##name
LATER(ExternType);
LATER(Import);
LATER(Export);
LATER(CustomSection);
LATER(PluginReportLine);
LATER(PluginFunction);
LATER(PluginOption);
LATER(MemoryType);
LATER(TableType);
LATER(GlobalType);

/* A newer program checks appended fields with VM_HAS: false; true for fields that both have. */
#define CHECK_RETURNED(name, returned, last) \
    do { \
        const VM_##name *known_ = (returned); \
        CHECK_INT(known_->size, sizeof(VM_##name)); \
        CHECK(VM_HAS(known_, last)); \
        CHECK(known_->size < offsetof(Later##name, later) + sizeof(uint64_t)); /* as VM_HAS compares */ \
    } while (0)

static void returned(VM_Engine *engine)
{
    /* The structs of a program with an older header. */
    typedef struct EarlyImport {
        uint32_t size, reserved;
        const char *module;
        size_t module_size;
    } EarlyImport;
    typedef struct EarlyLine {
        uint32_t size;
        VM_Status status;
        const char *path;
    } EarlyLine;
    typedef struct EarlyOption {
        uint32_t size, type;
        const char *key;
    } EarlyOption;
    typedef struct EarlyFunction {
        uint32_t size, flags;
        const char *name;
    } EarlyFunction;
    VM_Module *module = load(engine, GUEST("everything"));
    VM_PluginRegistry *registry = new_registry();
    VM_PluginReport *report = NULL;
    VM_Plugin *plugin = NULL;
    const EarlyImport *import = (const void *)VM_ModuleGetImport(module, 0);
    const EarlyLine *line;

    CHECK_RETURNED(Import, VM_ModuleGetImport(module, 0), type);
    CHECK_RETURNED(ExternType, VM_ModuleGetImport(module, 0)->type, global);
    CHECK_RETURNED(Export, VM_ModuleGetExport(module, 0), type);
    CHECK_RETURNED(CustomSection, VM_ModuleGetCustomSection(module, 0), data);
    CHECK_TEXT(import->module, "host");
    CHECK_INT(import->module_size, 4);

    CHECK_OK(VM_PluginLoadFromPath(registry, plugin_file("options").text, &report, &error));
    CHECK_RETURNED(PluginReportLine, VM_PluginReportGetLine(report, 0), loaded);
    line = (const void *)VM_PluginReportGetLine(report, 0);
    CHECK_INT(line->status, VM_STATUS_OK);
    CHECK_TEXT(line->path, plugin_file("options").text);
    NEED(VM_PluginRegistryFind(registry, "options", &plugin, &error));
    CHECK_RETURNED(PluginFunction, VM_PluginGetFunction(plugin, 0, 0), type);
    CHECK_RETURNED(PluginOption, VM_PluginGetOption(plugin, 0), is_ranged);
    CHECK_TEXT(((const EarlyOption *)(const void *)VM_PluginGetOption(plugin, 1))->key, "level");
    CHECK_TEXT(((const EarlyFunction *)(const void *)VM_PluginGetFunction(plugin, 0, 0))->name,
               VM_PluginGetFunction(plugin, 0, 0)->name);
    VM_PluginRelease(plugin);
    VM_PluginReportDelete(report);
    VM_PluginRegistryDelete(registry);
    VM_ModuleDelete(module);
}

/* A field that the library does not have is as good as absent when it is zero, and refused when it is set. */
static void given(void)
{
    LaterMemoryType memory = { VM_MEMORYTYPE_INIT, 0 };
    LaterTableType table = { VM_TABLETYPE_INIT, 0 };
    LaterGlobalType global = { VM_GLOBALTYPE_INIT, 0 };
    VM_HostModule *host = new_host("host");
    VM_Value value = VM_ValueI32(1);
    table.known.element = VM_VALTYPE_FUNCREF;
    global.known.content = VM_VALTYPE_I32;

    memory.known.size = sizeof memory, table.known.size = sizeof table, global.known.size = sizeof global;
    CHECK_OK(VM_HostModuleAddMemory(host, "memory", &memory.known, &error));
    CHECK_OK(VM_HostModuleAddTable(host, "table", &table.known, &error));
    CHECK_OK(VM_HostModuleAddGlobal(host, "global", &global.known, &value, &error));
    memory.later = 1, table.later = 1, global.later = 1;
    CHECK_STATUS(VM_HostModuleAddMemory(host, "a", &memory.known, &error), VM_STATUS_UNSUPPORTED,
                 "type sets a field of VM_MemoryType that this version of libvm does not have; update libvm");
    CHECK_STATUS(VM_HostModuleAddTable(host, "a", &table.known, &error), VM_STATUS_UNSUPPORTED, "VM_TableType");
    CHECK_STATUS(VM_HostModuleAddGlobal(host, "a", &global.known, &value, &error), VM_STATUS_UNSUPPORTED, "VM_GlobalType");

    memory.known.size = 0, table.known.size = sizeof(VM_TableType) - 1, global.known.size = 0;
    CHECK_STATUS(VM_HostModuleAddMemory(host, "a", &memory.known, &error), VM_STATUS_INVALID_ARGUMENT,
                 "the size of type is 0, but a VM_MemoryType has at least 32 bytes; initialize it with VM_MEMORYTYPE_INIT");
    CHECK_STATUS(VM_HostModuleAddTable(host, "a", &table.known, &error), VM_STATUS_INVALID_ARGUMENT,
                 "the size of type is 31, but a VM_TableType has at least 32 bytes; initialize it with VM_TABLETYPE_INIT");
    CHECK_STATUS(VM_HostModuleAddGlobal(host, "a", &global.known, &value, &error), VM_STATUS_INVALID_ARGUMENT,
                 "a VM_GlobalType has at least 16 bytes; initialize it with VM_GLOBALTYPE_INIT");

    memory.known.size = sizeof(VM_MemoryType);
    memory.known.reserved[5] = 1;
    CHECK_STATUS(VM_HostModuleAddMemory(host, "a", &memory.known, &error), VM_STATUS_INVALID_ARGUMENT,
                 "the reserved bytes of the type of the memory are not zero");
    VM_HostModuleDelete(host);
}

/* Unknown fields become zero, and the size stays the program's; a struct that is too small is not written. */
static void filled(VM_Engine *engine)
{
    VM_Context *context = new_context(engine);
    VM_Instance instance = instantiate(engine, context, GUEST("exports"));
    LaterMemoryType memory_type = { .known = { .size = sizeof memory_type }, .later = 7 };
    LaterTableType table_type = { .known = { .size = sizeof table_type }, .later = 7 };
    LaterGlobalType global_type = { .known = { .size = sizeof global_type }, .later = 7 };
    VM_Memory memory;
    VM_Table table;
    VM_Global global;
    NEED(VM_InstanceFindMemory(context, instance, "memory", &memory, &error));
    NEED(VM_InstanceFindTable(context, instance, "table", &table, &error));
    NEED(VM_InstanceFindGlobal(context, instance, "counter", &global, &error));

    CHECK_OK(VM_MemoryGetType(context, memory, &memory_type.known, &error));
    CHECK_OK(VM_TableGetType(context, table, &table_type.known, &error));
    CHECK_OK(VM_GlobalGetType(context, global, &global_type.known, &error));
    CHECK(memory_type.known.minimum > 0 && table_type.known.element == VM_VALTYPE_FUNCREF && global_type.known.is_mutable);
    CHECK(memory_type.later == 0 && table_type.later == 0 && global_type.later == 0);
    CHECK_INT(memory_type.known.size, sizeof memory_type);

    memory_type.known = (VM_MemoryType){ .minimum = 99 };
    table_type.known = (VM_TableType){ .minimum = 99 };
    global_type.known = (VM_GlobalType){ .content = 99 };
    CHECK_STATUS(VM_MemoryGetType(context, memory, &memory_type.known, &error), VM_STATUS_INVALID_ARGUMENT, "VM_MEMORYTYPE_INIT");
    CHECK_STATUS(VM_TableGetType(context, table, &table_type.known, &error), VM_STATUS_INVALID_ARGUMENT, "VM_TABLETYPE_INIT");
    CHECK_STATUS(VM_GlobalGetType(context, global, &global_type.known, &error), VM_STATUS_INVALID_ARGUMENT, "VM_GLOBALTYPE_INIT");
    CHECK(memory_type.known.minimum == 99 && table_type.known.minimum == 99 && global_type.known.content == 99);
    VM_ContextDelete(context);
}

int main(void)
{
    VM_Engine *engine = new_engine();
    make_scratch();
    returned(engine);
    given();
    filled(engine);
    VM_EngineDelete(engine);
    return finish();
}
