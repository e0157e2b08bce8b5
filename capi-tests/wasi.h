/*
 * For tests of WASI: the guest of wasi_functions.wat, which exports the functions that it imports, and calls of it with paths
 * and bytes in its memory. Each returns the WASI error number. Include it first, like plugin_files.h, which has the scratch
 * directory.
 */
#ifndef LIBVM_TEST_WASI_H
#define LIBVM_TEST_WASI_H

#include "plugin_files.h"

/* Error numbers, from the specification. */
enum {
    SUCCESS = 0, ACCES = 2, AGAIN = 6, BADF = 8, EXIST = 20, INVAL = 28, IO = 29, ISDIR = 31, NOENT = 44, NOMEM = 48, NOSPC = 51,
    NOTDIR = 54, NOTSUP = 58, NXIO = 60, PERM = 63, ROFS = 69, SPIPE = 70, XDEV = 75
};

/* Flags of path_open and rights that it is asked for. */
enum { CREATE = 1, DIRECTORY = 2, EXCLUSIVE = 4, TRUNCATE = 8, FD_READ = 2, FD_WRITE = 64 };

/* Where things are put in the guest's memory. */
enum { VECTOR = 0, RESULT = 64, PATH = 1024, OTHER_PATH = 2048, BYTES = 4096 };

/* The preopened directories of a guest begin here. */
enum { FIRST_DIRECTORY = 3 };

#define I(number) VM_ValueI32((int32_t)(number))
#define L(number) VM_ValueI64((int64_t)(number))
#define TEXT(text) text, sizeof text - 1

static inline VM_Wasi *new_wasi(void)
{
    VM_Wasi *wasi = NULL;
    NEED(VM_WasiCreate(&wasi, &error));
    return wasi;
}

/* A context with this environment, in which the guest is instantiated. */
static inline VM_Context *new_guest(VM_Engine *engine, VM_Wasi *wasi)
{
    VM_Context *context = new_context(engine);
    NEED(VM_ContextRegisterWasi(context, wasi, &error));
    instantiate(engine, context, GUEST("wasi_functions"));
    return context;
}

static inline VM_Memory guest_memory(VM_Context *guest)
{
    VM_Memory memory;
    NEED(VM_InstanceFindMemory(guest, latest(guest), "memory", &memory, &error));
    return memory;
}

static inline void put(VM_Context *guest, uint64_t address, const void *bytes, size_t size)
{
    NEED(VM_MemoryWrite(guest, guest_memory(guest), address, bytes, size, &error));
}

static inline void get(VM_Context *guest, uint64_t address, void *bytes, size_t size)
{
    NEED(VM_MemoryRead(guest, guest_memory(guest), address, bytes, size, &error));
}

/* The number that a function of WASI left. */
static inline uint32_t result_u32(VM_Context *guest)
{
    uint8_t found[4];
    get(guest, RESULT, found, sizeof found);
    return found[0] | (uint32_t)found[1] << 8 | (uint32_t)found[2] << 16 | (uint32_t)found[3] << 24;
}

static inline uint64_t result_u64(VM_Context *guest)
{
    uint8_t found[8];
    uint64_t number = 0;
    get(guest, RESULT, found, sizeof found);
    for (int i = 7; i >= 0; i--)
        number = number << 8 | found[i];
    return number;
}

/* A buffer of this size at BYTES. */
static inline void put_vector(VM_Context *guest, size_t size)
{
    const uint8_t vector[8] = { BYTES & 0xff, BYTES >> 8, 0, 0, (uint8_t)size, (uint8_t)(size >> 8), 0, 0 };
    put(guest, VECTOR, vector, sizeof vector);
}

/* Writes all at once; how much was taken is the result. */
static inline int32_t guest_writes(VM_Context *guest, uint32_t fd, const char *bytes, size_t size)
{
    put(guest, BYTES, bytes, size);
    put_vector(guest, size);
    return run(guest, "fd_write", VALUES(I(fd), I(VECTOR), I(1), I(RESULT)));
}

/* Reads into BYTES; how much is the result. */
static inline int32_t guest_reads(VM_Context *guest, uint32_t fd, size_t size)
{
    put_vector(guest, size);
    return run(guest, "fd_read", VALUES(I(fd), I(VECTOR), I(1), I(RESULT)));
}

/* Reads, and compares the bytes. */
static inline void check_read(VM_Context *guest, uint32_t fd, size_t size, const char *expected, int line)
{
    char found[256] = { 0 };
    check_int(guest_reads(guest, fd, size), SUCCESS, __FILE__, line, "fd_read");
    get(guest, BYTES, found, result_u32(guest));
    check_text(found, expected, __FILE__, line, "what was read");
}
#define CHECK_READ(guest, fd, size, expected) check_read(guest, fd, size, expected, __LINE__)

/* A function whose arguments are a directory and a path. */
static inline int32_t on_path(VM_Context *guest, const char *function, uint32_t fd, const char *path)
{
    put(guest, PATH, path, strlen(path));
    return run(guest, function, VALUES(I(fd), I(PATH), I(strlen(path))));
}

/* Opens, following symbolic links; the file is the result. */
static inline int32_t opens(VM_Context *guest, uint32_t fd, const char *path, int32_t flags, int64_t rights)
{
    put(guest, PATH, path, strlen(path));
    return run(guest, "path_open",
               VALUES(I(fd), I(1), I(PATH), I(strlen(path)), I(flags), L(rights), L(rights), I(0), I(RESULT)));
}

/* Returns whether a file of the host has this content. */
static inline bool file_is(const char *path, const char *expected)
{
    char found[256] = { 0 };
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    found[fread(found, 1, sizeof found - 1, file)] = 0;
    fclose(file);
    if (strcmp(found, expected) == 0)
        return true;
    fprintf(stderr, "%s has \"%s\"\n", path, found);
    return false;
}

static inline bool bytes_are(VM_Bytes found, const char *expected)
{
    if (found.size == strlen(expected) && memcmp(found.data, expected, found.size) == 0)
        return true;
    fprintf(stderr, "found \"%.*s\", expected \"%s\"\n", (int)found.size, (const char *)found.data, expected);
    return false;
}

#endif
