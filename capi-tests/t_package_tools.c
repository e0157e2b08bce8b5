/* Packages that ordinary tools make are read, and packages that libvm builds are read by them: zip and unzip, Python, bsdtar. */
#include "hostile_archives.h"

/* Each makes p.zip of the contents of `in`; a tool that is not there is skipped. */
static const struct {
    const char *tool, *check, *command;
} PACKERS[] = {
    { "zip", "command -v zip > tool.txt", "cd in && zip -q -r ../p.zip ." },
    { "zip", "command -v zip > tool.txt", "cd in && zip -q -r -0 -X -D ../p.zip *" },
    { "zip", "command -v zip > tool.txt", "cd in && zip -q -r - . | cat > ../p.zip" }, /* sizes behind the data */
    { "python3", "python3 -c 'import zipfile'", "cd in && python3 -m zipfile -c ../p.zip *" },
    { "python3", "python3 -c 'import zipfile'",
      "python3 -c \"import shutil; shutil.make_archive('p', 'zip', 'in')\"" },
    { "python3", "python3 -c 'import zipfile'", /* written into a pipe */
      "python3 -c \"import zipfile, sys, os; z = zipfile.ZipFile(sys.stdout.buffer, 'w', 8);"
      " [z.write(os.path.join(d, f), os.path.relpath(os.path.join(d, f), 'in')) for d, _, fs in os.walk('in') for f in fs]; z.close()\""
      " | cat > p.zip" },
    { "bsdtar", "command -v bsdtar > tool.txt", "cd in && bsdtar --format zip -cf ../p.zip *" },
    { "7z", "command -v 7z > tool.txt", "cd in && 7z a -tzip ../p.zip . > ../tool.txt" },
    { "jar", "command -v jar > tool.txt", "cd in && jar --create --no-manifest --file ../p.zip ." },
};

/* The same, of `p.zip` into the directory `out`. */
static const struct {
    const char *tool, *check, *command;
} UNPACKERS[] = {
    { "unzip", "command -v unzip > tool.txt", "unzip -q -t p.zip > tool.txt && unzip -q -d out p.zip" },
    { "python3", "python3 -c 'import zipfile'", "python3 -m zipfile -e p.zip out" },
    { "bsdtar", "command -v bsdtar > tool.txt", "mkdir out && bsdtar -C out -xf p.zip" },
    { "7z", "command -v 7z > tool.txt", "7z x -oout p.zip > tool.txt" },
    { "jar", "command -v jar > tool.txt", "mkdir out && cd out && jar -x -f ../p.zip" },
};

static bool is_there(const char *tool, const char *check)
{
    bool there = runs(check);
    if (!there)
        printf("skipped: %s is not there\n", tool);
    return there;
}

static bool has_file(const VM_PackageInspection *inspection, const char *name, uint64_t bytes)
{
    for (size_t i = 0; i < VM_PackageInspectionGetFileCount(inspection); i++) {
        const VM_PackageFile *file = VM_PackageInspectionGetFile(inspection, i);
        if (strcmp(file->name, name) == 0)
            return file->bytes == bytes;
    }
    return false;
}

int main(void)
{
    size_t made = 0, read = 0;
    Path package;
    make_scratch();
    package = in_scratch("p.zip");
    make_folder("in");
    make_folder("in/data");
    make_folder("in/data/deep");
    copy_plugin("named", "in/named.so", NULL, NULL);
    write_content("in/named.toml", "", 0);
    write_content("in/data/words.txt", "one\ntwo\n", 8);
    write_content("in/data/deep/\xc3\xa4 b.txt", "x", 1);
    shell("yes compressible | head -c 100000 > in/data/long.txt");

    for (size_t i = 0; i < sizeof PACKERS / sizeof *PACKERS; i++) {
        VM_PackageInspection *inspection;
        if (!is_there(PACKERS[i].tool, PACKERS[i].check))
            continue;
        shell("rm -f p.zip");
        shell(PACKERS[i].command);
        is_good(package);
        inspection = inspect_package(package.text);
        CHECK_TEXT(VM_PackageInspectionGetName(inspection), "named");
        CHECK(has_file(inspection, "data/words.txt", 8) && has_file(inspection, "data/long.txt", 100000));
        CHECK(has_file(inspection, "named.toml", 0));
        CHECK_INT(VM_PackageInspectionGetFileCount(inspection), 5);
        VM_PackageInspectionDelete(inspection);
        made++;
    }

    CHECK_OK(VM_PackageBuild(in_scratch("in").text, package.text, &error));
    is_good(package);
    for (size_t i = 0; i < sizeof UNPACKERS / sizeof *UNPACKERS; i++) {
        if (!is_there(UNPACKERS[i].tool, UNPACKERS[i].check))
            continue;
        shell("rm -rf out");
        shell(UNPACKERS[i].command);
        shell("cd out && sha256sum --quiet -c SHA256SUMS");
        shell("rm out/SHA256SUMS out/named.json && diff -r in out");
        read++;
    }
    printf("%zu ways to pack, %zu to unpack\n", made, read);
    return finish();
}
