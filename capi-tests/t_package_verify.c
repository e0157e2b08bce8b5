/* Verifying what is installed: changed, missing, added and damaged files are named; installing again repairs them. */
#include "packages.h"

static VM_PackageDirectory *directory;

static void verify(const char *name, const char *version, const char *part)
{
    VM_Status expected = part ? VM_STATUS_BAD_PACKAGE : VM_STATUS_OK;
    CHECK_STATUS(VM_PackageDirectoryVerify(directory, name, version, NULL, NULL, &error), expected, part);
}

/* The archive of the version again, without flags. */
static void repair(void)
{
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    verify(NULL, NULL, NULL);
    CHECK_TEXT(installed(directory), "calc 1.0.0*, other 1.0.0*");
}

static Path file_of(const char *name)
{
    return joined(in_scratch("packages/calc/active").text, ".", name);
}

static void write_over(const char *name, const char *text)
{
    FILE *file = fopen(file_of(name).text, "w");
    SURE(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void faults(void)
{
    verify(NULL, NULL, NULL);
    verify("calc", "1.0.0", NULL);
    write_over("data/text.txt", "two");
    verify(NULL, NULL, "1 fault in 2 installed versions of ");
    verify("calc", NULL, "the package `calc` 1.0.0: `data/text.txt` was changed; install the package again");
    verify("other", NULL, NULL);
    repair();
    SURE(remove(file_of("data/text.txt").text) == 0);
    write_over("extra.txt", "");
    verify("calc", "1.0.0", "`data/text.txt` is missing");
    verify("calc", "1.0.0", "`extra.txt` was added; remove it");
    repair();
    /* A link to the same bytes is not the file. */
    SURE(rename(file_of("data/text.txt").text, in_scratch("moved").text) == 0);
    SURE(symlink(in_scratch("moved").text, file_of("data/text.txt").text) == 0);
    verify("calc", NULL, "`data/text.txt` cannot be read: it is a symbolic link");
    repair();
    write_over(".libvm-package", "nothing");
    verify("calc", NULL, "/.libvm-package of a package is damaged");
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    repair();
    for (int i = 0; i < 30; i++) {
        char name[40];
        snprintf(name, sizeof name, "data/%d", i);
        write_over(name, "");
    }
    verify("calc", NULL, "30 faults in 1 installed version of ");
    CHECK(strstr(VM_ErrorGetMessage(error), "\nand 10 more") != NULL);
    repair();
    CHECK_STATUS(VM_PackageDirectoryVerify(directory, "none", NULL, NULL, NULL, &error), VM_STATUS_PACKAGE_NOT_FOUND, "installed are calc, other");
    CHECK_STATUS(VM_PackageDirectoryVerify(directory, "calc", "2", NULL, NULL, &error), VM_STATUS_PACKAGE_NOT_FOUND, "version 2 of");
}

/* What load calls refuse for another reason: another user could have changed it. */
static void untrusted(void)
{
    SURE(chmod(file_of("calc.so").text, 0666) == 0);
    CHECK_STATUS(VM_PackageDirectoryVerify(directory, "calc", NULL, NULL, NULL, &error), VM_STATUS_UNTRUSTED_PATH, "is world-writable");
    SURE(chmod(file_of("calc.so").text, 0755) == 0);
    verify("calc", NULL, NULL);
}

/* A list has a package that cannot be loaded, and says why. */
static void listed(void)
{
    VM_PackageList *list = NULL;
    const VM_InstalledPackage *package;
    SURE(remove(file_of("calc.so").text) == 0);
    NEED(VM_PackageDirectoryList(directory, &list, &error));
    CHECK_INT(VM_PackageListGetCount(list), 2);
    package = VM_PackageListGet(list, 0);
    CHECK_INT(package->status, VM_STATUS_BAD_PACKAGE);
    CHECK(strstr(package->message, "has no library for this machine") != NULL);
    CHECK_TEXT(package->description, "");
    VM_PackageListDelete(list);
    repair();
}

typedef struct Heard {
    int calls, limit;
    uint64_t done, total;
    char stages[8];
} Heard;

static bool VM_CALL hear(void *user, const VM_PackageProgress *progress)
{
    Heard *heard = user;
    CHECK(VM_HAS(progress, entry) && progress->entry != NULL);
    CHECK(progress->done >= heard->done && progress->done <= progress->total);
    heard->done = progress->done;
    heard->total = progress->total;
    heard->stages[progress->stage]++;
    return ++heard->calls != heard->limit;
}

static void progress(void)
{
    Heard heard = { 0 }, cancels = { .limit = 2 };
    CHECK_OK(VM_PackageDirectoryVerify(directory, NULL, NULL, hear, &heard, &error));
    CHECK(heard.calls >= 4 && heard.stages[VM_PACKAGE_STAGE_VERIFY] == heard.calls && heard.done == heard.total);
    CHECK_STATUS(VM_PackageDirectoryVerify(directory, NULL, NULL, hear, &cancels, &error), VM_STATUS_CANCELLED, "progress callback");
    CHECK_INT(cancels.calls, 2);

    /* Cancelled at every call of it: nothing is installed, and nothing is left. */
    for (int limit = 1;; limit++) {
        Heard installs = { .limit = limit };
        VM_Status status = VM_PackageDirectoryUpdate(directory, in_scratch("2.zip").text, 0, hear, &installs, NULL);
        if (status == VM_STATUS_OK) {
            CHECK(limit > 2 && installs.done == installs.total && installs.stages[VM_PACKAGE_STAGE_UNPACK] == installs.calls);
            break;
        }
        CHECK_INT(status, VM_STATUS_CANCELLED);
        CHECK_TEXT(installed(directory), "calc 1.0.0*, other 1.0.0*");
        CHECK_INT(entries_of(in_scratch("packages").text), 3);
        if (status != VM_STATUS_CANCELLED)
            break;
    }
    CHECK_TEXT(installed(directory), "calc 1.0.0, calc 2.0.0*, other 1.0.0*");
}

int main(void)
{
    make_scratch();
    zip_package("1.zip", "calc", "1.0.0", "one");
    zip_package("2.zip", "calc", "2.0.0", "two");
    directory = open_packages(in_scratch("packages").text, NULL);
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    CHECK_OK(VM_PackageDirectoryInstall(directory, zip_package("other.zip", "other", "1.0.0", "").text, 0, NULL, NULL, &error));
    faults();
    untrusted();
    listed();
    progress();
    VM_PackageDirectoryDelete(directory);
    return finish();
}
