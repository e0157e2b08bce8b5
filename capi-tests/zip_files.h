/* For tests of packages: writes a zip archive whose files are stored, not compressed. Include plugin_files.h first. */
#ifndef ZIP_FILES_H
#define ZIP_FILES_H

#include <stdarg.h>

typedef struct Zip {
    FILE *file;
    uint8_t directory[1 << 16];
    size_t used;
    uint16_t count;
} Zip;

static inline uint32_t crc_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

/* Writes numbers in little-endian order: pairs of a width in bytes and a value, until the width 0. */
static inline size_t put_numbers(uint8_t *to, ...)
{
    va_list list;
    size_t at = 0;
    va_start(list, to);
    for (int width = va_arg(list, int); width > 0; width = va_arg(list, int)) {
        uint32_t value = va_arg(list, uint32_t);
        for (int i = 0; i < width; i++)
            to[at++] = (uint8_t)(value >> (8 * i));
    }
    va_end(list);
    return at;
}

static inline Zip *zip_create(const char *path)
{
    Zip *zip = calloc(1, sizeof *zip);
    SURE(zip && (zip->file = fopen(path, "wb")));
    return zip;
}

static inline void zip_add(Zip *zip, const char *name, const void *bytes, size_t size)
{
    uint8_t head[64];
    uint32_t length = (uint32_t)strlen(name), crc = crc_of(bytes, size), offset = (uint32_t)ftell(zip->file), bytes32 = (uint32_t)size;
    size_t used = put_numbers(head, 4, 0x04034b50u, 2, 20u, 2, 0u, 2, 0u, 2, 0u, 2, 0x21u, 4, crc, 4, bytes32, 4, bytes32, 2, length, 2, 0u, 0);
    SURE(fwrite(head, 1, used, zip->file) == used && fwrite(name, 1, length, zip->file) == length);
    SURE(fwrite(bytes, 1, size, zip->file) == size);
    SURE(zip->used + 46 + length < sizeof zip->directory);
    zip->used += put_numbers(zip->directory + zip->used, 4, 0x02014b50u, 2, 20u, 2, 20u, 2, 0u, 2, 0u, 2, 0u, 2, 0x21u, 4, crc, 4, bytes32, 4, bytes32,
                             2, length, 2, 0u, 2, 0u, 2, 0u, 2, 0u, 4, 0u, 4, offset, 0);
    memcpy(zip->directory + zip->used, name, length);
    zip->used += length;
    zip->count++;
}

static inline void zip_finish(Zip *zip)
{
    uint8_t end[32];
    uint32_t offset = (uint32_t)ftell(zip->file), count = zip->count;
    size_t used = put_numbers(end, 4, 0x06054b50u, 2, 0u, 2, 0u, 2, count, 2, count, 4, (uint32_t)zip->used, 4, offset, 2, 0u, 0);
    SURE(fwrite(zip->directory, 1, zip->used, zip->file) == zip->used && fwrite(end, 1, used, zip->file) == used);
    SURE(fclose(zip->file) == 0);
    free(zip);
}

#endif
