/* Archives that unpack to something else than they state: bombs, wrong sizes and checksums, data behind the data. */
#include "hostile_archives.h"

enum { MEBIBYTE = 1 << 20 };

/* Appends bits to bytes, the lowest first. */
static void put_bits(uint8_t *bytes, size_t *at, uint32_t value, int count)
{
    for (int i = 0; i < count; i++, ++*at)
        bytes[*at / 8] = (uint8_t)(bytes[*at / 8] | (value >> i & 1) << *at % 8);
}

/* Compresses zeros by deflate with its fixed codes: 1 zero, and then 258 of them for each 13 bits. */
static uint8_t *deflated_zeros(size_t repeats, size_t *size)
{
    size_t at = 0;
    uint8_t *bytes = calloc(1, repeats * 13 / 8 + 8);
    SURE(bytes != NULL);
    put_bits(bytes, &at, 1 | 1 << 1, 3); /* the last block, fixed codes */
    put_bits(bytes, &at, 0x0c, 8);       /* literal 0: 00110000 */
    for (size_t i = 0; i < repeats; i++)
        put_bits(bytes, &at, 0xa3, 13); /* length 258: 11000101; distance 1: 00000 */
    put_bits(bytes, &at, 0, 7);
    *size = (at + 7) / 8;
    return bytes;
}

static uint32_t crc_of_zeros(size_t size)
{
    uint8_t *zeros = calloc(1, size);
    uint32_t crc = crc_of(zeros, size);
    free(zeros);
    return crc;
}

/* An archive with a file of deflated zeros that states another size. */
static Archive zeros(size_t repeats, size_t stated, size_t extra)
{
    Archive archive = { 0 };
    size_t size;
    uint8_t *bytes = deflated_zeros(repeats, &size);
    add_plugin(&archive, "named.so", "named");
    add_packed(&archive, "zeros", 5, bytes, size + extra, 8, stated, crc_of_zeros(1 + 258 * repeats));
    end_archive(&archive);
    free(bytes);
    return archive;
}

/* What only shows when the file is unpacked; inspecting does not. */
static void is_damaged(Archive *archive, const char *message)
{
    Path path = write_archive(archive, "p.zip");
    VM_PackageInspectionDelete(inspect_package(path.text));
    CHECK_STATUS(VM_PackageVerifyFile(NULL, path.text, NULL, NULL, &error), VM_STATUS_BAD_PACKAGE, message);
    CHECK(strstr(VM_ErrorGetMessage(error), path.text) != NULL);
}

static void contents(void)
{
    Archive archive = zeros(40, 1 + 258 * 40, 0);
    is_good(write_archive(&archive, "p.zip"));
    archive = zeros(40, 258 * 40, 0);
    is_damaged(&archive, "is damaged: `zeros` unpacks to more than the 10320 bytes that are stated");
    archive = zeros(40, 2 + 258 * 40, 0);
    is_damaged(&archive, "is damaged: `zeros` unpacks to 10321 bytes, and 10322 are stated");
    archive = zeros(40, 1, 0);
    is_damaged(&archive, "is damaged: `zeros` unpacks to more than the 1 bytes that are stated");
    archive = zeros(40, 0, 0);
    is_damaged(&archive, "is damaged: `zeros` ");
    archive = zeros(40, 1 + 258 * 40, 3);
    is_damaged(&archive, "is damaged: `zeros` is followed by 3 bytes that are part of no file");
    archive = zeros(40, 1 + 258 * 40, 0);
    set32(&archive, 1, 14, 0x12345678);
    is_damaged(&archive, "instead of 12345678; copy it again");
    archive = zeros(40, 1 + 258 * 40, 0);
    archive.bytes[archive.local[1] + 35] = 7; /* an unknown kind of block */
    is_damaged(&archive, "is damaged: `zeros` cannot be unpacked");

    archive = (Archive){ 0 };
    add_plugin(&archive, "named.so", "named");
    end_archive(&archive);
    archive.bytes[archive.directory - 1] ^= 1; /* of the library */
    is_bad(&archive, "is damaged: `named.so` has the CRC-32 ");
}

static void bombs(void)
{
    Archive archive = zeros(1000, 255 * MEBIBYTE, 0);
    is_bad(&archive, "bytes are accepted, so that a small file cannot fill the disk");
    archive = zeros(1000, 257 * MEBIBYTE, 0);
    is_bad(&archive, "has a file `zeros` of 269484032 bytes, and a file may have 268435456");

    archive = (Archive){ 0 };
    for (int i = 0; i < 5; i++) {
        static const char *const NAMES[] = { "a", "b", "c", "d", "e" };
        add_packed(&archive, NAMES[i], 1, "", 0, 8, 250 * MEBIBYTE, 0);
    }
    end_archive(&archive);
    is_bad(&archive, "unpacks to 1310720000 bytes, and a package may have 1073741824");

    /* 10,001 entries; the count is known before any of them is read. */
    archive = (Archive){ 0 };
    add_plugin(&archive, "named.so", "named");
    end_archive(&archive);
    put16(archive.bytes + archive.end + 8, 10001);
    put16(archive.bytes + archive.end + 10, 10001);
    is_bad(&archive, "has 10001 files and folders, and a package may have 10000");

    /* A file that is too large is refused before it is read. */
    Path path = in_scratch("large.zip");
    write_content("large.zip", "PK\5\6", 4);
    SURE(truncate(path.text, (257L << 20)) == 0);
    is_refused(path, VM_STATUS_BAD_PACKAGE, "has 269484032 bytes, and a package may have 268435456");
}

/* 1,000 times its size is accepted as long as it is little. */
static void small_bomb(void)
{
    size_t repeats = MEBIBYTE / 2 / 258;
    Archive archive = zeros(repeats, 1 + 258 * repeats, 0);
    is_good(write_archive(&archive, "p.zip"));
}

int main(void)
{
    make_scratch();
    contents();
    bombs();
    small_bomb();
    CHECK_STATUS(VM_PackageInspectFile(scratch_folder.text, &(VM_PackageInspection *){ NULL }, &error), VM_STATUS_BAD_PACKAGE, "it is a directory");
    CHECK_STATUS(VM_PackageInspectFile(in_scratch("none.zip").text, &(VM_PackageInspection *){ NULL }, &error), VM_STATUS_FILE_NOT_FOUND,
                 "cannot open the package");
    SURE(mkfifo(in_scratch("pipe.zip").text, 0600) == 0);
    CHECK_STATUS(VM_PackageVerifyFile(NULL, in_scratch("pipe.zip").text, NULL, NULL, &error), VM_STATUS_BAD_PACKAGE, "it is a named pipe");
    return finish();
}
