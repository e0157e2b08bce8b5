/*
 * For tests of packages: archives in memory whose every byte can be changed before they are written, and what is expected of them.
 * Offsets of fields are those of the format. Include it first, like plugin_files.h.
 */
#ifndef HOSTILE_ARCHIVES_H
#define HOSTILE_ARCHIVES_H

#include "plugin_files.h"

enum { MAX_ENTRIES = 16 };

typedef struct Archive {
    uint8_t *bytes;
    size_t size;
    size_t count;
    size_t local[MAX_ENTRIES];   /* where the local headers are */
    size_t central[MAX_ENTRIES]; /* where the records of the directory are */
    size_t directory, end;
    const char *names[MAX_ENTRIES];
    size_t name_sizes[MAX_ENTRIES];
    uint8_t heads[MAX_ENTRIES][30];
} Archive;

static inline void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static inline void put32(uint8_t *at, uint32_t value)
{
    put16(at, value);
    put16(at + 2, value >> 16);
}

static inline uint32_t crc_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < 8 * size; i++) {
        crc ^= i % 8 == 0 ? bytes[i / 8] : 0;
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static inline void append(Archive *archive, const void *bytes, size_t size)
{
    archive->bytes = realloc(archive->bytes, archive->size + size + 1);
    SURE(archive->bytes != NULL);
    if (size > 0)
        memcpy(archive->bytes + archive->size, bytes, size);
    archive->size += size;
}

/* Adds an entry whose data is compressed by `method`, 0 or 8, and stands for `size` bytes with that CRC-32. */
static inline void add_packed(Archive *archive, const char *name, size_t name_size, const void *data, size_t packed,
                              uint32_t method, size_t size, uint32_t crc)
{
    uint8_t *head = archive->heads[archive->count];
    SURE(archive->count < MAX_ENTRIES);
    memcpy(head, "PK\3\4\24\0\0\10", 8);
    put16(head + 8, method);
    put32(head + 10, 0x210000);
    put32(head + 14, crc);
    put32(head + 18, (uint32_t)packed);
    put32(head + 22, (uint32_t)size);
    put16(head + 26, (uint32_t)name_size);
    put16(head + 28, 0);
    archive->local[archive->count] = archive->size;
    archive->names[archive->count] = name;
    archive->name_sizes[archive->count++] = name_size;
    append(archive, head, 30);
    append(archive, name, name_size);
    append(archive, data, packed);
}

static inline void add(Archive *archive, const char *name, const void *data, size_t size)
{
    add_packed(archive, name, strlen(name), data, size, 0, size, crc_of(data, size));
}

static inline void add_text(Archive *archive, const char *name, const char *text) { add(archive, name, text, strlen(text)); }

/* Adds a plug-in of the tests. */
static inline void add_plugin(Archive *archive, const char *name, const char *plugin)
{
    size_t size;
    uint8_t *bytes = read_file(plugin_file(plugin).text, &size);
    add(archive, name, bytes, size);
    free(bytes);
}

/* An archive with the plug-in, which is good without further entries. */
static inline Archive with_plugin(void)
{
    Archive archive = { 0 };
    add_plugin(&archive, "named.so", "named");
    return archive;
}

/* Appends the directory and the end record. */
static inline void end_archive(Archive *archive)
{
    uint8_t record[46], end[22] = "PK\5\6";
    archive->directory = archive->size;
    for (size_t i = 0; i < archive->count; i++) {
        memset(record, 0, sizeof record);
        memcpy(record, "PK\1\2\24\3", 6);
        memcpy(record + 6, archive->heads[i] + 4, 24);
        put32(record + 42, (uint32_t)archive->local[i]);
        archive->central[i] = archive->size;
        append(archive, record, sizeof record);
        append(archive, archive->names[i], archive->name_sizes[i]);
    }
    archive->end = archive->size;
    put16(end + 8, (uint32_t)archive->count);
    put16(end + 10, (uint32_t)archive->count);
    put32(end + 12, (uint32_t)(archive->end - archive->directory));
    put32(end + 16, (uint32_t)archive->directory);
    append(archive, end, sizeof end);
}

/* Sets a field that both headers of an entry have, by its offset in the local one. */
static inline void set16(Archive *archive, size_t entry, size_t offset, uint32_t value)
{
    put16(archive->bytes + archive->local[entry] + offset, value);
    put16(archive->bytes + archive->central[entry] + offset + 2, value);
}

static inline void set32(Archive *archive, size_t entry, size_t offset, uint32_t value)
{
    set16(archive, entry, offset, value), set16(archive, entry, offset + 2, value >> 16);
}

/* Sets the attributes of Unix. */
static inline void set_mode(Archive *archive, size_t entry, uint32_t mode)
{
    put32(archive->bytes + archive->central[entry] + 38, mode << 16);
}

/* Writes an archive into the scratch directory, and frees it. */
static inline Path write_archive(Archive *archive, const char *name)
{
    Path path = write_content(name, archive->bytes, archive->size);
    free(archive->bytes);
    memset(archive, 0, sizeof *archive);
    return path;
}

/* Inspecting and verifying fail with this status and this message, which names the package. */
static inline void is_refused(Path path, VM_Status status, const char *message)
{
    VM_PackageInspection *inspection = NULL;
    CHECK_STATUS(VM_PackageInspectFile(path.text, &inspection, &error), status, message);
    CHECK(strstr(VM_ErrorGetMessage(error), path.text) != NULL);
    CHECK_TEXT(VM_ErrorGetPath(error), path.text);
    CHECK(inspection == NULL);
    CHECK_STATUS(VM_PackageVerifyFile(NULL, path.text, NULL, NULL, &error), status, message);
    CHECK(!has_marks());
}

static inline void is_bad(Archive *archive, const char *message)
{
    is_refused(write_archive(archive, "p.zip"), VM_STATUS_BAD_PACKAGE, message);
}

/* Inspects a package that is good. */
static inline VM_PackageInspection *inspect_package(const char *path)
{
    VM_PackageInspection *inspection = NULL;
    NEED(VM_PackageInspectFile(path, &inspection, &error));
    CHECK(!has_marks());
    CHECK_TEXT(VM_PackageInspectionGetPath(inspection), path);
    return inspection;
}

static inline void is_good(Path path)
{
    VM_PackageInspectionDelete(inspect_package(path.text));
    CHECK_OK(VM_PackageVerifyFile(NULL, path.text, NULL, NULL, &error));
    CHECK(!has_marks());
}

/* Runs a shell command in the scratch directory. */
static inline bool runs(const char *command)
{
    char line[2000];
    int length = snprintf(line, sizeof line, "cd '%s' && %s", scratch_folder.text, command);
    SURE(length > 0 && (size_t)length < sizeof line);
    return system(line) == 0;
}

static inline void shell(const char *command)
{
    if (!runs(command)) {
        fprintf(stderr, "failed: %s\n", command);
        exit(1);
    }
}

#endif
