/* Installing where it cannot work: nothing is half done, and the message says why. And the rights of what is created. */
#include "packages.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void install(const char *root, VM_Status expected, const char *part)
{
    VM_PackageDirectory *directory = open_packages(root, NULL);
    CHECK_STATUS(VM_PackageDirectoryInstall(directory, in_scratch("2.zip").text, 0, NULL, NULL, &error), expected, part);
    VM_PackageDirectoryDelete(directory);
}

static void others_can_change_it(void)
{
    Path root = in_scratch("open");
    make_folder("open");
    SURE(chmod(root.text, 0777) == 0);
    install(root.text, VM_STATUS_UNTRUSTED_PATH, "the package directory ");
    CHECK(strstr(VM_ErrorGetMessage(error), "run `chmod go-w ") != NULL);
    CHECK_INT(entries_of(root.text), 0);
    SURE(chmod(root.text, 0755) == 0);
    install(root.text, VM_STATUS_OK, NULL);
}

static void not_a_directory(void)
{
    Path file = write_content("file", "x", 1);
    install(file.text, VM_STATUS_IO, "cannot ");
    install(join(file.text, "below").text, VM_STATUS_IO, "cannot ");
}

static int check_rights(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    mode_t least = S_ISDIR(status->st_mode) ? 0700 : 0400;
    (void)kind;
    (void)where;
    if (S_ISLNK(status->st_mode))
        return 0;
    if ((status->st_mode & 022) || (status->st_mode & least) != least) {
        fprintf(stderr, "%s has the mode %o\n", path, (unsigned)status->st_mode);
        failures++;
    }
    return 0;
}

/* Nothing is writable by others, and the owner can use it, whatever the umask is. */
static void rights(void)
{
    static const mode_t masks[] = { 0, 022, 077 };
    for (size_t i = 0; i < sizeof masks / sizeof *masks; i++) {
        char name[40];
        mode_t before = umask(masks[i]);
        snprintf(name, sizeof name, "masked-%o/below", (unsigned)masks[i]);
        install(in_scratch(name).text, VM_STATUS_OK, NULL);
        umask(before);
        SURE(nftw(in_scratch(name).text, check_rights, 16, FTW_PHYS) == 0);
        CHECK_TEXT(loaded_version(in_scratch(name).text), "2.0.0");
    }
}

/* Runs a part in a process of its own, which the part may change. */
static void in_process(void (*part)(void))
{
    int status = 0;
    pid_t child = fork();
    SURE(child >= 0);
    if (child == 0) {
        failures = 0;
        part();
        forget_error();
        _exit(failures != 0);
    }
    SURE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* As a user for whom the directory is read-only. */
static void as_reader(void)
{
    Path root = in_scratch("read-only");
    VM_PackageDirectory *directory = open_packages(root.text, NULL);
    SURE(chmod(root.text, 0555) == 0 && chmod(join(root.text, "calc").text, 0555) == 0);
    if (geteuid() == 0)
        SURE(setgid(65534) == 0 && setuid(65534) == 0);
    /* The directory of another user is not changed, and can be read. */
    CHECK(VM_PackageDirectoryInstall(directory, in_scratch("2.zip").text, 0, NULL, NULL, NULL) != VM_STATUS_OK);
    CHECK(VM_PackageDirectoryUse(directory, "calc", "1.0.0", NULL) != VM_STATUS_OK || geteuid() != 65534);
    CHECK(VM_PackageDirectoryRemove(directory, "calc", NULL, NULL, NULL) == VM_STATUS_PERMISSION_DENIED);
    CHECK_TEXT(installed(directory), "calc 1.0.0*");
    CHECK_OK(VM_PackageDirectoryVerify(directory, NULL, NULL, NULL, NULL, &error));
    VM_PackageDirectoryDelete(directory);
}

static void read_only(void)
{
    Path root = in_scratch("read-only");
    VM_PackageDirectory *directory = open_packages(root.text, NULL);
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    in_process(as_reader);
    SURE(chmod(root.text, 0755) == 0 && chmod(join(root.text, "calc").text, 0755) == 0);
    CHECK_INT(entries_of(root.text), 2);
    VM_PackageDirectoryDelete(directory);
}

/* Every write beyond some size fails, from nothing to all of it: as on a full disk. */
static void with_little_room(void)
{
    static const rlim_t rooms[] = { 0, 1, 50, 4096, 8192 };
    VM_PackageDirectory *directory = open_packages(in_scratch("full").text, NULL);
    struct rlimit limits;
    SURE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR && getrlimit(RLIMIT_FSIZE, &limits) == 0);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        limits.rlim_cur = rooms[i];
        SURE(setrlimit(RLIMIT_FSIZE, &limits) == 0);
        CHECK_STATUS(VM_PackageDirectoryUpdate(directory, in_scratch("2.zip").text, 0, NULL, NULL, &error), VM_STATUS_IO, "cannot write ");
        CHECK(VM_ErrorGetOsError(error) != 0);
        CHECK_TEXT(installed(directory), "calc 1.0.0*");
        CHECK_INT(entries_of(in_scratch("full").text), 2);
        CHECK_INT(entries_of(in_scratch("full/calc").text), 2);
    }
    VM_PackageDirectoryDelete(directory);
}

static void full_disk(void)
{
    VM_PackageDirectory *directory = open_packages(in_scratch("full").text, NULL);
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    in_process(with_little_room);
    CHECK_OK(VM_PackageDirectoryUpdate(directory, in_scratch("2.zip").text, 0, NULL, NULL, &error));
    CHECK_OK(VM_PackageDirectoryVerify(directory, NULL, NULL, NULL, NULL, &error));
    CHECK_TEXT(installed(directory), "calc 1.0.0, calc 2.0.0*");
    VM_PackageDirectoryDelete(directory);
}

/* What others have put where a version or the link goes is left alone or replaced, and is no reason not to install. */
static void remains(void)
{
    VM_PackageDirectory *directory = open_packages(in_scratch("remains").text, NULL);
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    /* A version whose record was removed is none. */
    SURE(remove(in_scratch("remains/calc/1.0.0/.libvm-package").text) == 0);
    CHECK_TEXT(installed(directory), "");
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    CHECK_TEXT(installed(directory), "calc 1.0.0*");
    /* One whose record is damaged is repaired. */
    write_content("remains/calc/active/.libvm-package", "x", 1);
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    CHECK_OK(VM_PackageDirectoryVerify(directory, NULL, NULL, NULL, NULL, &error));
    write_content("remains/calc/2.0.0", "x", 1);
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("2.zip").text, 0, NULL, NULL, &error));
    CHECK_TEXT(installed(directory), "calc 1.0.0, calc 2.0.0*");
    /* A named pipe does not block. */
    SURE(mkfifo(in_scratch("remains/calc/.pending").text, 0600) == 0 && remove(in_scratch("remains/calc/active").text) == 0);
    make_folder("remains/calc/active");
    CHECK_TEXT(installed(directory), "calc 1.0.0, calc 2.0.0");
    CHECK_OK(VM_PackageDirectoryUse(directory, "calc", "1.0.0", &error));
    CHECK_TEXT(installed(directory), "calc 1.0.0*, calc 2.0.0");
    VM_PackageDirectoryDelete(directory);
}

/* The default is that of the registry, then that of the user. */
static void default_directory(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PackageDirectory *directory = open_packages(NULL, registry);
    CHECK_TEXT(VM_PackageDirectoryGetPath(directory), in_scratch("data/libvm/packages").text);
    VM_PackageDirectoryDelete(directory);
    NEED(VM_PluginRegistrySetPackageDirectory(registry, in_scratch("own").text, &error));
    directory = open_packages(NULL, registry);
    VM_PluginRegistryDelete(registry);
    CHECK_TEXT(VM_PackageDirectoryGetPath(directory), in_scratch("own").text);
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, 0, NULL, NULL, &error));
    VM_PackageDirectoryDelete(directory);
}

int main(void)
{
    make_scratch();
    zip_package("1.zip", "calc", "1.0.0", "one");
    zip_package("2.zip", "calc", "2.0.0", "two");
    others_can_change_it();
    not_a_directory();
    rights();
    read_only();
    full_disk();
    remains();
    default_directory();
    return finish();
}
