/* Archives that are made to harm who unpacks them: each is refused whole, with the reason. */
#include "hostile_archives.h"

static void names(void)
{
    static const struct {
        const char *name, *other, *message;
    } CASES[] = {
        { "../x", NULL, "has an entry `../x` whose name contains `..`: it would lead out of the directory" },
        { "a/../../x", NULL, "whose name contains `..`" },
        { "/etc/x", NULL, "`/etc/x` whose name is an absolute path" },
        { "C:/x", NULL, "`C:/x` whose name begins with a drive letter" },
        { "..\\x", NULL, "`..\\x` whose name contains a backslash" },
        { "a\nb", NULL, "`a\\nb` whose name contains a control character" },
        { "a\xff", NULL, "whose name is not valid UTF-8" },
        { "a//b", NULL, "whose name has an empty part" },
        { "nul.txt", NULL, "whose name is that of a device on Windows" },
        { "a.", NULL, "whose name ends with a dot or a space" },
        { ".libvm-package", NULL, "whose name begins with `.libvm`" },
        { "a", "a", "has two entries with the name `a`" },
        { "Read.me", "read.ME", "has the entries `Read.me` and `read.ME`, which are one file" },
        { "\xc3\xa4", "a\xcc\x88", "which are one file" },
        { "a", "a/b", "has an entry `a` that is both a file and a folder" },
        { "a/b", "A/c", "has the entries `a` and `A`, which are one file" },
        { "named.so", NULL, "has two entries with the name `named.so`" },
    };
    Archive archive;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        archive = with_plugin();
        add_text(&archive, CASES[i].name, "x");
        if (CASES[i].other)
            add_text(&archive, CASES[i].other, "y");
        end_archive(&archive);
        is_bad(&archive, CASES[i].message);
    }
    archive = with_plugin();
    add_packed(&archive, "a\0b", 3, "x", 1, 0, 1, crc_of((const uint8_t *)"x", 1));
    end_archive(&archive);
    is_bad(&archive, "`a\\u{0}b` whose name contains a control character");
}

/* One field of the second entry is wrong in both headers. */
static void fields(void)
{
    static const struct {
        size_t offset;
        uint32_t value;
        const char *message;
    } CASES[] = {
        { 6, 1, "has an entry `x` that is encrypted" },
        { 6, 0x41, "has an entry `x` that is encrypted" },
        { 6, 0x2000, "has an entry `x` that is encrypted" },
        { 6, 0x20, "has an entry `x` with the flags 0x0020" },
        { 8, 12, "has an entry `x` that is compressed with bzip2" },
        { 8, 93, "that is compressed with zstd" },
        { 8, 77, "that is compressed with method 77" },
        { 8, 8, "is damaged: `x` " },
    };
    static const struct {
        uint32_t mode;
        const char *message;
    } MODES[] = {
        { 0120777, "has an entry `x` that is a symbolic link; a package contains only files and folders" },
        { 0020666, "has an entry `x` that is a device" },
        { 0060666, "has an entry `x` that is a device" },
        { 0010666, "has an entry `x` that is a named pipe" },
        { 0140666, "has an entry `x` that is a socket" },
        { 0040755, "whose name is that of a file, but whose attributes are those of another kind" },
    };
    Archive archive;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES + sizeof MODES / sizeof *MODES; i++) {
        size_t mode = i - sizeof CASES / sizeof *CASES;
        archive = with_plugin();
        add_text(&archive, "x", "xyz");
        end_archive(&archive);
        if (i < sizeof CASES / sizeof *CASES)
            set16(&archive, 1, CASES[i].offset, CASES[i].value);
        else
            set_mode(&archive, 1, MODES[mode].mode);
        if (i == 7) { /* only unpacking shows it */
            Path path = write_archive(&archive, "p.zip");
            CHECK_STATUS(VM_PackageVerifyFile(NULL, path.text, NULL, NULL, &error), VM_STATUS_BAD_PACKAGE, CASES[i].message);
            continue;
        }
        is_bad(&archive, i < sizeof CASES / sizeof *CASES ? CASES[i].message : MODES[mode].message);
    }
}

/* The two headers of an entry differ. */
static void headers_that_differ(void)
{
    static const struct {
        size_t offset;
        const char *message;
    } CASES[] = {
        { 6, "`x` whose flags is another one" },       { 8, "`x` whose compression is another one" },
        { 14, "`x` whose CRC-32 is another one" },     { 18, "`x` whose size is another one" },
        { 22, "`x` whose size is another one" },       { 26, "`x` whose name is another one" },
        { 30, "`x` whose name is another one" },       { 0, "its entry `x` is not where its directory says" },
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        Archive archive = with_plugin();
        add_text(&archive, "x", "xyz");
        end_archive(&archive);
        archive.bytes[archive.local[1] + CASES[i].offset] ^= 2;
        is_bad(&archive, CASES[i].message);
    }
}

int main(void)
{
    Archive archive;
    make_scratch();
    archive = with_plugin();
    add_text(&archive, "data/x", "xyz");
    end_archive(&archive);
    is_good(write_archive(&archive, "p.zip"));
    names();
    fields();
    headers_that_differ();
    return finish();
}
