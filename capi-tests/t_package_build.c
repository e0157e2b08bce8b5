/* VM_PackageBuild: what is in a package, its description, the same bytes each time, and what no package is made of. */
#include "hostile_archives.h"

static Path package;

static VM_PackageInspection *built(void)
{
    NEED(VM_PackageBuild(in_scratch("in").text, package.text, &error));
    is_good(package);
    return inspect_package(package.text);
}

static void is_text(const char *found, const char *expected) { CHECK_TEXT(found, expected); }

/* Compares the text of a file in the package. */
static void contains(const char *file, const char *expected)
{
    char command[200];
    size_t size;
    char *text;
    snprintf(command, sizeof command, "unzip -p p.zip %s > text", file);
    shell(command);
    text = (char *)read_file(in_scratch("text").text, &size);
    CHECK(size == strlen(expected) && memcmp(text, expected, size) == 0);
    if (size != strlen(expected))
        fprintf(stderr, "%s is\n%.*s\n", file, (int)size, text);
    free(text);
}

/* The description that is written without one, and what is added to one. */
static void descriptions(void)
{
    VM_PackageInspection *inspection = built();
    const VM_PluginFunction *function;
    const VM_PluginOption *option;
    contains("named.json", "{\n  \"name\": \"named\",\n  \"version\": \"1.0.0\",\n  \"description\": \"Gives back what it gets\"\n}\n");
    is_text(VM_PackageInspectionGetVersion(inspection), "1.0.0");
    is_text(VM_PackageInspectionGetAuthor(inspection), "");
    CHECK_INT(VM_PackageInspectionGetFlags(inspection), VM_PACKAGE_HAS_HASHES);
    CHECK_INT(VM_PackageInspectionGetModuleCount(inspection), 0);
    CHECK_INT(VM_PackageInspectionGetLibraryCount(inspection), 1);
    CHECK(VM_PackageInspectionGetLibrary(inspection, 0)->system == NULL);
    CHECK(VM_PackageInspectionGetLibrary(inspection, 0)->is_for_this_machine);
    CHECK(VM_PackageInspectionGetLibrary(inspection, 1) == NULL);
    VM_PackageInspectionDelete(inspection);

    static const char stated[] =
        "\xef\xbb\xbf{ \"later\": [1, 2.5], \"author\": \"A\", \"homepage\": \"https://example.org\",\n"
        "\"modules\": [{\"name\": \"named\", \"description\": \"M\", \"functions\": [{\"name\": \"echo\", \"signature\": \"(i<~)i\", "
        "\"permission\": \"fs:read\", \"description\": \"F\"}]}],\n"
        "\"options\": [{\"key\": \"n\", \"type\": \"integer\", \"default\": 3, \"minimum\": 1, \"maximum\": 5, \"secret\": true},"
        "{\"key\": \"e\", \"type\": \"enum\", \"choices\": [\"a\", \"b\"], \"required\": true}],\n"
        "\"hooks\": [\"smtp.in.data\"], \"sources\": [{\"name\": \"file\", \"description\": \"S\"}], \"sinks\": []}";
    write_content("in/named.json", stated, sizeof stated - 1);
    inspection = built();
    is_text(VM_PackageInspectionGetDescription(inspection), "Gives back what it gets");
    is_text(VM_PackageInspectionGetAuthor(inspection), "A");
    is_text(VM_PackageInspectionGetHomepage(inspection), "https://example.org");
    CHECK_INT(VM_PackageInspectionGetModuleCount(inspection), 1);
    is_text(VM_PackageInspectionGetModuleName(inspection, 0), "named");
    is_text(VM_PackageInspectionGetModuleDescription(inspection, 0), "M");
    CHECK(VM_PackageInspectionHasFunctions(inspection, 0) && !VM_PackageInspectionHasFunctions(inspection, 1));
    CHECK_INT(VM_PackageInspectionGetFunctionCount(inspection, 0), 1);
    function = VM_PackageInspectionGetFunction(inspection, 0, 0);
    is_text(function->name, "echo");
    is_text(function->signature, "(i<~)i");
    is_text(function->permission, "fs:read");
    CHECK(function->size == sizeof *function && function->path == NULL && function->type != NULL);
    CHECK(VM_PackageInspectionGetFunction(inspection, 0, 1) == NULL && VM_PackageInspectionGetFunction(inspection, 1, 0) == NULL);
    CHECK_INT(VM_PackageInspectionGetOptionCount(inspection), 2);
    option = VM_PackageInspectionGetOption(inspection, 0);
    is_text(option->default_value, "3");
    CHECK(option->type == VM_OPTION_TYPE_INTEGER && option->is_secret && option->minimum == 1 && option->maximum == 5);
    option = VM_PackageInspectionGetOption(inspection, 1);
    is_text(option->choices, "a,b");
    is_text(option->default_value, NULL);
    is_text(VM_PackageInspectionGetItem(inspection, VM_PACKAGE_ITEM_HOOK, 0)->name, "smtp.in.data");
    is_text(VM_PackageInspectionGetItem(inspection, VM_PACKAGE_ITEM_SOURCE, 0)->description, "S");
    CHECK_INT(VM_PackageInspectionGetItemCount(inspection, VM_PACKAGE_ITEM_SINK), 0);
    CHECK_INT(VM_PackageInspectionGetItemCount(inspection, 4), 0);
    VM_PackageInspectionDelete(inspection);
    /* Unknown keys are kept, behind the others. */
    shell("unzip -p p.zip named.json | tail -n 6 | tr -d ' \\n' > text && grep -q '\"later\":\\[1,2.5\\]}' text");
    shell("unzip -p p.zip named.json | head -n 3 | tail -n 1 | grep -q '\"version\": \"1.0.0\"'");
    remove(in_scratch("in/named.json").text);
}

static void files(void)
{
    VM_PackageInspection *inspection;
    make_folder("in/data");
    make_folder("in/.git");
    write_content("in/data/a", "a", 1);
    write_content("in/.git/b", "b", 1);
    write_content("in/.hidden", "c", 1);
    write_content("in/SHA256SUMS", "old", 3);
    SURE(symlink("a", in_scratch("in/data/link").text) == 0);
    /* Into the directory itself: the package is not packed into the next one. */
    NEED(VM_PackageBuild(in_scratch("in").text, in_scratch("in/own.zip").text, &error));
    NEED(VM_PackageBuild(in_scratch("in").text, in_scratch("in/own.zip").text, &error));
    is_good(in_scratch("in/own.zip"));
    remove(in_scratch("p.zip").text);
    SURE(rename(in_scratch("in/own.zip").text, package.text) == 0);
    inspection = inspect_package(package.text);
    CHECK_INT(VM_PackageInspectionGetFileCount(inspection), 5);
    is_text(VM_PackageInspectionGetFile(inspection, 0)->name, "SHA256SUMS");
    is_text(VM_PackageInspectionGetFile(inspection, 1)->name, "data/a");
    is_text(VM_PackageInspectionGetFile(inspection, 2)->name, "data/link");
    is_text(VM_PackageInspectionGetFile(inspection, 3)->name, "named.json");
    is_text(VM_PackageInspectionGetFile(inspection, 4)->name, "named.so");
    VM_PackageInspectionDelete(inspection);

    /* The same files at another time, with other times and another mode. */
    SURE(rename(package.text, in_scratch("first.zip").text) == 0);
    shell("touch -d 2001-01-01 in/named.so in/data/a && chmod 600 in/data/a && TZ=Asia/Tokyo true");
    SURE(setenv("TZ", "Asia/Tokyo", 1) == 0);
    VM_PackageInspectionDelete(built());
    shell("cmp first.zip p.zip");

    /* What build tools add. */
    SURE(rename(in_scratch("in/named.so").text, in_scratch("in/libnamed.so").text) == 0);
    VM_PackageInspectionDelete(built());
    shell("cmp first.zip p.zip");
    SURE(rename(in_scratch("in/libnamed.so").text, in_scratch("in/named.so").text) == 0);
}

static void no_package(const char *message)
{
    CHECK_STATUS(VM_PackageBuild(in_scratch("in").text, package.text, &error), VM_STATUS_BAD_PACKAGE, message);
    shell("cmp first.zip p.zip");
    shell("test \"$(ls -A | wc -l)\" = 4"); /* first.zip, in, p.zip, text: nothing was left behind */
}

static void refusals(void)
{
    VM_PackageBuild(in_scratch("in").text, package.text, NULL);
    write_content("in/named.json", "{\"version\": \"3\"}", 16);
    no_package("contradicts itself: `named.json` has version 3, and the manifest 1.0.0");
    write_content("in/named.json", "{", 1);
    no_package("/in/named.json:1:2: not valid JSON");
    write_content("in/named.json", "7", 1);
    no_package("`named.json` must be an object; it is the integer 7");
    remove(in_scratch("in/named.json").text);
    write_content("in/a:b", "", 0);
    no_package("has an entry `a:b` whose name begins with");
    remove(in_scratch("in/a:b").text);
    write_content("in/X", "", 0);
    write_content("in/x", "", 0);
    no_package("has the entries `X` and `x`, which are one file");
    remove(in_scratch("in/X").text);
    remove(in_scratch("in/x").text);
    SURE(symlink(".", in_scratch("in/loop").text) == 0);
    no_package("has an entry `loop` that is a symbolic link to a directory");
    remove(in_scratch("in/loop").text);
    SURE(mkfifo(in_scratch("in/pipe").text, 0600) == 0);
    no_package("/in/pipe: it is a named pipe");
    remove(in_scratch("in/pipe").text);
    write_content("in/SHA256SUMS.sig", "short", 5);
    CHECK_STATUS(VM_PackageBuild(in_scratch("in").text, package.text, &error), VM_STATUS_PLUGIN_SIGNATURE, "has 5 bytes");
    remove(in_scratch("in/SHA256SUMS.sig").text);
    shell("mv in/named.so in/data/named.so");
    no_package("has no shared library at its root, but `data/named.so` in a folder");

    CHECK_STATUS(VM_PackageBuild(in_scratch("none").text, package.text, &error), VM_STATUS_FILE_NOT_FOUND, "cannot read the directory");
    CHECK_STATUS(VM_PackageBuild(package.text, package.text, &error), VM_STATUS_IO, "cannot read the directory");
    CHECK_STATUS(VM_PackageBuild(in_scratch("in").text, in_scratch("none/p.zip").text, &error), VM_STATUS_FILE_NOT_FOUND, "cannot write the package");
    CHECK_STATUS(VM_PackageBuild(in_scratch("in").text, "", &error), VM_STATUS_INVALID_ARGUMENT, "\"\" is not a path of a package");
    shell("mv in/data/named.so in/named.so");
    CHECK_STATUS(VM_PackageBuild(in_scratch("in").text, in_scratch("in/data").text, &error), VM_STATUS_IO, "it is a directory");
}

int main(void)
{
    make_scratch();
    package = in_scratch("p.zip");
    make_folder("in");
    copy_plugin("named", "in/named.so", NULL, NULL);
    descriptions();
    files();
    refusals();
    return finish();
}
