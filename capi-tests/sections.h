/* For tests of custom sections: writes modules with sections that are put together byte by byte. Include plugin_files.h before. */
#ifndef SECTIONS_H
#define SECTIONS_H

typedef struct Bytes {
    uint8_t data[1 << 17];
    size_t size;
} Bytes;

static inline void put(Bytes *bytes, const void *data, size_t size)
{
    SURE(bytes->size + size <= sizeof bytes->data);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

/* A number of so many bytes, little-endian. */
static inline void put_number(Bytes *bytes, uint32_t number, size_t size)
{
    uint8_t byte;
    for (; size > 0; size--, number >>= 8) {
        byte = (uint8_t)number;
        put(bytes, &byte, 1);
    }
}

static inline void put_string(Bytes *bytes, const char *text)
{
    put_number(bytes, (uint32_t)strlen(text), 2);
    put(bytes, text, strlen(text));
}

/* An entry of `libvm.plugins`. */
static inline void put_plugin(Bytes *section, const char *name, const char *range, const char *path)
{
    put_number(section, (uint32_t)(6 + strlen(name) + strlen(range) + strlen(path)), 4);
    put_string(section, name);
    put_string(section, range);
    put_string(section, path);
}

/* Appends a custom section to a module. */
static inline void put_section(Bytes *module, const char *name, const Bytes *section)
{
    uint32_t size = (uint32_t)(1 + strlen(name) + section->size);
    uint8_t head[4] = { 0, (uint8_t)(size | 0x80), (uint8_t)(size >> 7 | 0x80), (uint8_t)(size >> 14 & 0x7f) };
    put(module, head, 4);
    put_number(module, (uint32_t)strlen(name), 1);
    put(module, name, strlen(name));
    put(module, section->data, section->size);
}

/* A guest with a custom section; the result is valid until the next call. */
static inline const Bytes *guest_with(const char *guest, const char *name, const Bytes *section)
{
    static Bytes module;
    size_t size;
    uint8_t *data = read_file(guest, &size);
    module.size = 0;
    put(&module, data, size);
    free(data);
    put_section(&module, name, section);
    return &module;
}

static inline VM_Module *load_bytes(VM_Engine *engine, const Bytes *bytes)
{
    VM_Module *module = NULL;
    NEED(VM_ModuleLoadFromBuffer(engine, bytes->data, bytes->size, &module, &error));
    return module;
}

/* Loads a guest with one entry of `libvm.plugins`: from a file in the scratch directory, or from memory for a file that is NULL. */
static inline VM_Module *declaring(VM_Engine *engine, const char *file, const char *name, const char *range, const char *path)
{
    Bytes section = { { 0 }, 0 };
    const Bytes *module;
    put_plugin(&section, name, range, path);
    module = guest_with(GUEST("plugin_sum"), "libvm.plugins", &section);
    return file ? load(engine, write_content(file, module->data, module->size).text) : load_bytes(engine, module);
}

#endif
