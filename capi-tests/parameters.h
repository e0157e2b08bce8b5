/* For tests of parameters: modules with a custom section `libvm.param`. Include it first. */
#ifndef PARAMETERS_H
#define PARAMETERS_H

#include "plugin_log.h"

/* A section that is being written. */
typedef struct Section {
    uint8_t bytes[2000];
    size_t size;
} Section;

static VM_Engine *engine;

static inline void add_bytes(Section *section, const void *bytes, size_t size)
{
    SURE(section->size + size <= sizeof section->bytes);
    memcpy(section->bytes + section->size, bytes, size);
    section->size += size;
}

static inline void add_number(Section *section, uint32_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        add_bytes(section, &(uint8_t){ (uint8_t)(number >> 8 * i) }, 1);
}

/* Adds an entry, in the documented format. */
static inline void add_parameter(Section *section, const char *kind, uint32_t id, const char *text)
{
    size_t kind_size = strlen(kind), text_size = strlen(text);
    add_number(section, (uint32_t)(6 + kind_size + text_size), 4);
    add_number(section, id, 4);
    add_number(section, (uint32_t)kind_size, 2);
    add_bytes(section, kind, kind_size);
    add_bytes(section, text, text_size);
}

static inline uint8_t *put_size(uint8_t *at, size_t size)
{
    for (; size >= 0x80; size >>= 7)
        *at++ = (uint8_t)(size | 0x80);
    *at++ = (uint8_t)size;
    return at;
}

/* Loads a guest with these sections at its end. */
static inline VM_Module *load_with(const char *guest, const Section *sections, size_t count)
{
    static const char name[] = "\x0blibvm.param";
    size_t size, name_size = sizeof name - 1;
    uint8_t *file = read_file(guest, &size), *bytes = malloc(size + count * (sizeof(Section) + 64)), *at;
    VM_Module *module = NULL;
    SURE(bytes != NULL);
    memcpy(bytes, file, size);
    at = bytes + size;
    for (size_t i = 0; i < count; i++) {
        *at++ = 0;
        at = put_size(at, name_size + sections[i].size);
        memcpy(at, name, name_size);
        memcpy(at + name_size, sections[i].bytes, sections[i].size);
        at += name_size + sections[i].size;
    }
    NEED(VM_ModuleLoadFromBuffer(engine, bytes, (size_t)(at - bytes), &module, &error));
    free(bytes);
    free(file);
    return module;
}

/* Loads the guest `parameters` with one parameter. */
static inline VM_Module *load_one(const char *kind, uint32_t id, const char *text)
{
    Section section = { 0 };
    add_parameter(&section, kind, id, text);
    return load_with(GUEST("parameters"), &section, 1);
}

static inline VM_PluginRegistry *registry_with(const char *plugin)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file(plugin).text, NULL, &error));
    return registry;
}

/* A context with the plug-ins of a registry. */
static inline VM_Context *context_of(VM_PluginRegistry *registry)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterPlugins(context, registry, &error));
    return context;
}

static inline VM_Instance instance_of(VM_Context *context, const VM_Module *module)
{
    VM_Instance instance;
    NEED(VM_ContextInstantiate(context, module, &instance, &error));
    return instance;
}

/* The word with an id, as the latest instance of the context gets it: the plug-in's version, and the word in capitals. */
static inline const char *word(VM_Context *context, uint32_t id)
{
    static char text[100];
    VM_Value size;
    VM_Memory memory;
    NEED(VM_ContextExecute(context, latest(context), "word", VALUES(VM_ValueI32((int32_t)id)), &size, 1, &error));
    NEED(VM_InstanceFindMemory(context, latest(context), "memory", &memory, &error));
    SURE(size.of.i32 < (int32_t)sizeof text);
    NEED(VM_MemoryRead(context, memory, 0, text, (size_t)size.of.i32, &error));
    text[size.of.i32] = '\0';
    return text;
}

#endif
