/* Archives whose parts overlap, hide something, or are missing. */
#include "hostile_archives.h"

/* Parts that overlap, are hidden, or are missing. */
static void hidden(void)
{
    Archive archive = with_plugin();
    add_text(&archive, "x", "xyz");
    end_archive(&archive);
    put32(archive.bytes + archive.central[1] + 42, 0);
    is_bad(&archive, "that overlaps another one");

    /* The second entry is inside of the first one, which is stored. */
    archive = with_plugin();
    {
        static const uint8_t inner[] = "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0y";
        add(&archive, "x", inner, sizeof inner - 1);
    }
    archive.local[archive.count] = archive.local[1] + 31;
    memcpy(archive.heads[archive.count], archive.bytes + archive.local[1] + 31, 30);
    archive.names[archive.count] = "y";
    archive.name_sizes[archive.count++] = 1;
    end_archive(&archive);
    is_bad(&archive, "has an entry `y` that overlaps another one");

    archive = (Archive){ 0 };
    append(&archive, "#!/bin/sh\n", 10);
    add_plugin(&archive, "named.so", "named");
    end_archive(&archive);
    is_bad(&archive, "has 10 bytes before its files");

    archive = with_plugin();
    append(&archive, "hidden", 6);
    add_text(&archive, "x", "xyz");
    end_archive(&archive);
    is_bad(&archive, "has 6 bytes before its files or between its parts");

    archive = with_plugin();
    end_archive(&archive);
    append(&archive, "MZ", 2);
    is_bad(&archive, "has 2 bytes after its end");

    archive = with_plugin();
    end_archive(&archive);
    put16(archive.bytes + archive.end + 20, 3);
    append(&archive, "PK\5", 3);
    is_bad(&archive, "has a comment, in which another archive could be hidden");

    archive = with_plugin();
    end_archive(&archive);
    put16(archive.bytes + archive.end + 8, 2);
    put16(archive.bytes + archive.end + 10, 2);
    is_bad(&archive, "is truncated or damaged: a record ends too early");

    archive = with_plugin();
    add_text(&archive, "x", "xyz");
    end_archive(&archive);
    put16(archive.bytes + archive.end + 8, 1);
    put16(archive.bytes + archive.end + 10, 1);
    is_bad(&archive, "its last record states 1 files and folders, but its directory is longer");

    archive = with_plugin();
    end_archive(&archive);
    put16(archive.bytes + archive.end + 4, 1);
    is_bad(&archive, "is a part of an archive of several files");
}

static void of_64_bits(void)
{
    Archive archive;
    /* Numbers that stand for one of 64 bits elsewhere. */
    for (size_t offset = 10; offset <= 16; offset += offset == 10 ? 2 : 4) {
        archive = with_plugin();
        end_archive(&archive);
        memset(archive.bytes + archive.end + offset, 0xff, offset == 10 ? 2 : 4);
        is_bad(&archive, "uses zip64");
    }
    archive = with_plugin();
    end_archive(&archive);
    memset(archive.bytes + archive.central[0] + 24, 0xff, 4);
    is_bad(&archive, "uses zip64");
}

static void truncated(void)
{
    size_t size;
    Archive archive = with_plugin();
    end_archive(&archive);
    for (size = archive.size - 1; size > 22; size -= 22 + size / 40)
        is_refused(write_content("p.zip", archive.bytes, size), VM_STATUS_BAD_PACKAGE, "is truncated");
    is_refused(write_content("p.zip", "", 0), VM_STATUS_BAD_PACKAGE, "is empty");
    is_refused(write_content("p.zip", "no archive at all, but a text", 29), VM_STATUS_BAD_PACKAGE, "is not a zip archive: it begins with \"no archi\"");
    free(archive.bytes);
}

int main(void)
{
    make_scratch();
    hidden();
    of_64_bits();
    truncated();
    return finish();
}
