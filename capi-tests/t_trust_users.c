/* Files, directories and links of another user: none of their code runs, and no state is stored in them. */
#include "trusted_files.h"
#include <errno.h>

#define OWN_USER 54321
#define TEXT(number) #number
#define FOLDER(major, minor) "libvm/" TEXT(major) "." TEXT(minor)
/* Where a host that is linked statically looks beside itself. */
#define LIBRARIES "sticky/" FOLDER(VM_ABI_MAJOR, VM_ABI_MINOR)
/* Says so to the program that is started there. */
#define BESIDE "LIBVM_TEST_BESIDE"

/* A program of another user, with the rights of that user. */
static void as_stranger(void (*part)(const char *), const char *path)
{
    int status = 0;
    pid_t child = fork();
    SURE(child >= 0);
    if (child == 0) {
        SURE(setgid(STRANGER) == 0 && setuid(STRANGER) == 0);
        part(path);
        _exit(0);
    }
    SURE(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void take_place(const char *path)
{
    SURE(rename(path, in_scratch("sticky/away").text) != 0 && errno == EPERM); /* the guarantee of the sticky bit */
    make_folder("sticky/libvm");
    make_folder(LIBRARIES);
}

static void is_refused(const char *path, const char *part)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_STATUS(load_plugin(registry, path), VM_STATUS_UNTRUSTED_PATH, part);
    VM_PluginRegistryDelete(registry);
}

static void loads(const char *path)
{
    VM_PluginRegistry *registry = new_registry();
    CHECK_OK(load_plugin(registry, path));
    VM_PluginRegistryDelete(registry);
}

/* As the user of a service: files of root are trusted, files of other users are not. */
static void as_own_user(const char *path)
{
    (void)path;
    SURE(setgid(OWN_USER) == 0 && setuid(OWN_USER) == 0);
    loads(in_scratch("good/a.so").text);
    accepted(in_scratch("mine").text);
    is_refused(in_scratch(LIBRARIES "/a.so").text, "neither by root nor by the user 54321 of this process");
}

static int own_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return lchown(path, OWN_USER, OWN_USER);
}

static void other_users(void)
{
    Path folder = fill("theirs");
    size_t i;
    SURE(chown(folder.text, STRANGER, 0) == 0);
    refused(folder.text, "the directory /", "/theirs is owned by the user 65534");
    SURE(chown(folder.text, 0, STRANGER) == 0 && chmod(folder.text, 0770) == 0);
    refused(folder.text, "/theirs is writable by the group 65534", "or accept the group with VM_PluginRegistryAddTrustedGroup");
    accepted_by(folder.text, trust_stranger);
    SURE(chown(folder.text, 0, 1) == 0);
    is_refused(join(folder.text, "a.so").text, "the group 1");
    SURE(chmod(folder.text, 0755) == 0);
    for (i = 0; i < KINDS; i++)
        if (strncmp(kinds[i].file, "new", 3) != 0)
            SURE(chown(join(folder.text, kinds[i].file).text, STRANGER, 0) == 0);
    is_refused(join(folder.text, "a.so").text, "the file /");

    make_folder("sticky");
    make_folder("sticky/mine");
    SURE(chmod(in_scratch("sticky").text, 01777) == 0);
    as_stranger(take_place, in_scratch("sticky/mine").text);
    copy_plugin("named", LIBRARIES "/a.so", NULL, NULL);
    is_refused(in_scratch(LIBRARIES "/a.so").text, "/sticky/libvm is owned by the user 65534");
    CHECK(!has_marks());
}

/* A statically linked host searches libvm/ beside itself, in a directory where others may create it. */
static void beside_a_program(void)
{
    char command[PATH_MAX + 1100], self[PATH_MAX];
    Path host = in_scratch("sticky/host");
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    FILE *output;
    if (length < 0) {
        printf("there is no /proc: a host beside which others can make folders is not tested\n");
        return;
    }
    self[length] = '\0';
    snprintf(command, sizeof command, "cp '%s' '%s' && " BESIDE "=1 '%s' t_trust_users", self, host.text, host.text);
    SURE((output = popen(command, "r")) != NULL);
    CHECK_INT(fgetc(output), EOF); /* code that ran, or files that were accepted */
    SURE(pclose(output) == 0);
    CHECK(!has_marks());
}

/* The same program, started there; static_tests wants the name of the test. */
static int load_beside(void)
{
    VM_PluginRegistry *registry = new_registry();
    VM_PluginLoadWithDefaultPaths(registry, NULL, NULL);
    if (VM_PluginRegistryGetCount(registry) != 0)
        printf("%zu plug-ins are loaded\n", VM_PluginRegistryGetCount(registry));
    VM_PluginRegistryDelete(registry);
    return 0;
}

static void a_link(void)
{
    Path link = in_scratch("link");
    SURE(symlink("good", link.text) == 0);
    accepted(link.text);
    SURE(lchown(link.text, STRANGER, STRANGER) == 0);
    refused(link.text, "the link /", "is owned by the user 65534, and neither by root nor by the user 0 of this process");
    refused(link.text, "run `chown -h 0 /", "/link` as root");
}

int main(void)
{
    if (getenv(BESIDE))
        return load_beside();
    if (geteuid() != 0) {
        printf("only root can be several users: what belongs to others is not tested\n");
        return 0;
    }
    make_scratch();
    fill("good");
    fill("mine");
    a_link();
    other_users();
    beside_a_program();
    SURE(nftw(in_scratch("mine").text, own_one, 4, FTW_PHYS) == 0);
    in_child(as_own_user, "");
    return finish();
}
