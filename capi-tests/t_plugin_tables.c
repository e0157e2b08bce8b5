/* Libraries whose tables would take quadratic time, or the memory of the process: they are read in linear time, or refused. */
#include "plugin_files.h"

#ifdef __linux__
#include <elf.h>

enum {
    SYMBOLS = 100000,
    NAME = 8 << 20,
    NEEDED = 100000,
    WORDS = 70000,
    DYNAMIC = 0x1000,
    NAMES = DYNAMIC + 16 * (NEEDED + 32),
    SYMBOL = NAMES + NAME,
    HASH = SYMBOL + 24 * SYMBOLS,
    RELATIVE = HASH + 4 * (3 + SYMBOLS) + 4,
    END = RELATIVE + 8 * WORDS
};

static uint8_t file[END];

/* A library without code: one segment for all that is in it, one for data that the relocations write. */
static Elf64_Dyn *make_library(void)
{
    static const Elf64_Phdr segments[] = {
        { PT_LOAD, PF_R, 0, 0, 0, END, END, 0x1000 },
        { PT_LOAD, PF_R | PF_W, 0, 1 << 30, 0, 0, 1 << 30, 0x1000 },
        { PT_DYNAMIC, PF_R, DYNAMIC, DYNAMIC, 0, NAMES - DYNAMIC, NAMES - DYNAMIC, 8 },
    };
    static const uint32_t hash[] = { 1, SYMBOLS, 0 };
    static const Elf64_Dyn dynamic[] = {
        { DT_SYMTAB, { SYMBOL } }, { DT_STRTAB, { NAMES } }, { DT_STRSZ, { NAME } }, { DT_HASH, { HASH } },
    };
    Elf64_Ehdr header = { .e_type = ET_DYN, .e_version = EV_CURRENT, .e_phoff = sizeof header, .e_ehsize = sizeof header,
                          .e_phentsize = sizeof *segments, .e_phnum = 3 };
    Elf64_Sym *symbols = (Elf64_Sym *)(file + SYMBOL);
    memset(file, 0, sizeof file);
    memcpy(header.e_ident, ELFMAG "\2\1\1", 7);
#ifdef __aarch64__
    header.e_machine = EM_AARCH64;
#else
    header.e_machine = EM_X86_64;
#endif
    memcpy(file, &header, sizeof header);
    memcpy(file + sizeof header, segments, sizeof segments);
    memcpy(file + DYNAMIC, dynamic, sizeof dynamic);
    memcpy(file + HASH, hash, sizeof hash);
    memset(file + NAMES + 1, 'a', NAME - 2);
    for (size_t i = 1; i < SYMBOLS; i++)
        symbols[i].st_name = 1;
    return (Elf64_Dyn *)(file + DYNAMIC) + 4;
}

static void check(VM_Status status, const char *message)
{
    Path path = write_content("tables.so", file, sizeof file);
    VM_PluginRegistry *registry = new_registry();
    VM_PluginInspection *found = NULL;
    NEED(VM_PluginInspectFile(path.text, &found, &error));
    CHECK_INT(VM_PluginInspectionGetStatus(found), status);
    CHECK(strstr(VM_PluginInspectionGetMessage(found), message));
    VM_PluginInspectionDelete(found);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path.text, NULL, &error), status, message);
    VM_PluginRegistryDelete(registry);
}

/* A library of another system, in whose table of exports the number of ways doubles with every node, in a file of 800 bytes. */
static void check_ways(void)
{
    enum { NODES = 60, TRIE = 32 + 72 + 16, SIZE = TRIE + 10 * NODES + 2 };
    static const uint32_t header[] = { 0xfeedfacf, 0x01000007, 3, 6, 2, 72 + 16, 0, 0 };
    static const uint32_t segment[] = { 0x19, 72, 0, 0, 0, 0, 0, 0, SIZE, 0, 0, 0, SIZE, 0, 1, 1, 0, 0 };
    static const uint32_t exports[] = { 0x80000033, 16, TRIE, SIZE - TRIE };
    static uint8_t bytes[SIZE];
    uint8_t *node = bytes + TRIE;
    VM_PluginInspection *found = NULL;
    memcpy(bytes, header, sizeof header);
    memcpy(bytes + 32, segment, sizeof segment);
    memcpy(bytes + 40, "__LINKEDIT", 10);
    memcpy(bytes + 32 + 72, exports, sizeof exports);
    for (int i = 1; i <= NODES; i++, node += 10) {
        const uint8_t low = (uint8_t)(0x80 | (10 * i & 0x7f)), high = (uint8_t)(10 * i >> 7);
        const uint8_t next[] = { 0, 2, 'a', 0, low, high, 'b', 0, low, high };
        memcpy(node, next, sizeof next);
    }
    NEED(VM_PluginInspectFile(write_content("ways.dylib", bytes, sizeof bytes).text, &found, &error));
    CHECK_INT(VM_PluginInspectionGetStatus(found), VM_STATUS_PLUGIN_WRONG_PLATFORM);
    CHECK_TEXT(VM_PluginInspectionGetPlatform(found), "x86-64 macOS");
    VM_PluginInspectionDelete(found);
}

static void put(uint8_t *bytes, size_t offset, uint32_t value)
{
    memcpy(bytes + offset, &value, sizeof value);
}

/* A library of Windows whose exports share one long name. */
static void check_exports(void)
{
    enum { OPTIONAL = 64 + 24, SECTION = OPTIONAL + 240, RAW = 0x200, COUNT = 100000, POINTERS = 48, ORDINALS = POINTERS + 4 * COUNT,
           TEXT = ORDINALS + 2 * COUNT, DATA = TEXT + NAME };
    VM_PluginInspection *found = NULL;
    memset(file, 0, RAW + DATA);
    memcpy(file, "MZ", 2);
    put(file, 0x3c, 64);
    memcpy(file + 64, "PE\0\0\x64\x86\1", 7);
    put(file, 64 + 20, 0x20220000 | 240);
    put(file, OPTIONAL, 0x20b);
    put(file, OPTIONAL + 108, 16);
    put(file, OPTIONAL + 112, 0x1000);
    put(file, OPTIONAL + 116, DATA);
    put(file, SECTION + 8, DATA);
    put(file, SECTION + 12, 0x1000);
    put(file, SECTION + 16, DATA);
    put(file, SECTION + 20, RAW);
    put(file + RAW, 20, 1);
    put(file + RAW, 24, COUNT);
    put(file + RAW, 28, 0x1000 + 40);
    put(file + RAW, 32, 0x1000 + POINTERS);
    put(file + RAW, 36, 0x1000 + ORDINALS);
    for (uint32_t i = 0; i < COUNT; i++)
        put(file + RAW + POINTERS, 4 * i, 0x1000 + TEXT);
    memset(file + RAW + TEXT, 'a', NAME - 1);
    NEED(VM_PluginInspectFile(write_content("names.dll", file, RAW + DATA).text, &found, &error));
    CHECK_INT(VM_PluginInspectionGetStatus(found), VM_STATUS_PLUGIN_WRONG_PLATFORM);
    CHECK_TEXT(VM_PluginInspectionGetName(found), NULL);
    VM_PluginInspectionDelete(found);
}

int main(void)
{
    Elf64_Dyn *more;
    if (sizeof(void *) != 8)
        return finish();
    make_scratch();
    check_ways();
    check_exports();

    /* All symbols share one long name. */
    make_library();
    check(VM_STATUS_PLUGIN_NO_MANIFEST, "");

    /* It requires many libraries with that name, or one. */
    more = make_library();
    for (size_t i = 0; i < NEEDED; i++)
        more[i] = (Elf64_Dyn){ DT_NEEDED, { 1 } };
    check(VM_STATUS_PLUGIN_BAD_FILE, "it requires 100000 libraries, of at most 4096");
    more = make_library();
    *more = (Elf64_Dyn){ DT_NEEDED, { 1 } };
    check(VM_STATUS_PLUGIN_BAD_FILE, "names a library with a name of more than 4096 bytes");

    /* Bitmaps stand for 63 relocations each. */
    more = make_library();
    *more++ = (Elf64_Dyn){ 36 /* DT_RELR */, { RELATIVE } };
    *more++ = (Elf64_Dyn){ 35 /* DT_RELRSZ */, { 8 * WORDS } };
    *more++ = (Elf64_Dyn){ 37 /* DT_RELRENT */, { 8 } };
    memset(file + RELATIVE, 0xff, 8 * WORDS);
    *(uint64_t *)(file + RELATIVE) = 1 << 30;
    check(VM_STATUS_PLUGIN_BAD_FILE, "it has 4409938 packed relocations, of at most 4194304");
    return finish();
}
#else
int main(void) { return finish(); }
#endif
