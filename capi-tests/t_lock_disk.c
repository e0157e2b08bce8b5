/* A lock file is replaced atomically: if the disk is full, the old one remains, and no other file. */
#include "plugin_files.h"
#include <signal.h>
#include <sys/resource.h>
#ifdef __linux__
#include <sys/mount.h>
#endif
#include <dirent.h>
#include <fcntl.h>

static VM_PluginRegistry *registry;

/* Returns the number of files in a directory. */
static int count(const char *folder)
{
    int files = 0;
    DIR *opened = opendir(folder);
    struct dirent *entry;
    SURE(opened != NULL);
    while ((entry = readdir(opened)))
        files += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(opened);
    return files;
}

/* The write fails with `part`, and changes nothing; with room it is done. */
static void fails(const char *path, const char *folder, const char *part, void (*make_room)(void))
{
    struct stat before, after;
    int files = count(folder);
    SURE(stat(path, &before) == 0);
    CHECK_STATUS(VM_PluginRegistryWriteLock(registry, path, &error), VM_STATUS_IO, part);
    CHECK_TEXT(VM_ErrorGetPath(error), path);
    CHECK(VM_ErrorGetOsError(error) != 0);
    SURE(stat(path, &after) == 0);
    CHECK(before.st_ino == after.st_ino && before.st_size == after.st_size && before.st_mode == after.st_mode);
    CHECK_INT(count(folder), files);
    make_room();
    files = count(folder);
    CHECK_OK(VM_PluginRegistryWriteLock(registry, path, &error));
    CHECK_INT(count(folder), files);
    SURE(stat(path, &after) == 0);
    CHECK(before.st_ino != after.st_ino && before.st_size == after.st_size && before.st_mode == after.st_mode);
}

static void set_limit(rlim_t limit)
{
    struct rlimit limits;
    SURE(getrlimit(RLIMIT_FSIZE, &limits) == 0);
    limits.rlim_cur = limit;
    SURE(setrlimit(RLIMIT_FSIZE, &limits) == 0);
}

static void unlimit(void) { set_limit(RLIM_INFINITY); }

static void with_a_limit_on_files(void)
{
    Path path;
    make_folder("limited");
    path = in_scratch("limited/libvm.lock");
    NEED(VM_PluginRegistryWriteLock(registry, path.text, &error));
    SURE(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    set_limit(100);
    fails(path.text, in_scratch("limited").text, "cannot write the lock file ", unlimit);
}

#ifdef __linux__
static void give_back(void) { SURE(remove(in_scratch("disk/filler").text) == 0); }

static void on_a_full_disk(void)
{
    static char block[4096];
    Path path = in_scratch("disk/libvm.lock");
    int filler;
    make_folder("disk");
    if (mount("tmpfs", in_scratch("disk").text, "tmpfs", 0, "size=64k,mode=755") != 0) {
        printf("this user cannot mount a small disk: a full one is tested by a limit on files only\n");
        return;
    }
    NEED(VM_PluginRegistryWriteLock(registry, path.text, &error));
    SURE((filler = open(in_scratch("disk/filler").text, O_WRONLY | O_CREAT, 0600)) >= 0);
    while (write(filler, block, sizeof block) > 0)
        ;
    SURE(close(filler) == 0);
    fails(path.text, in_scratch("disk").text, "No space left", give_back);
    SURE(umount(in_scratch("disk").text) == 0);
}
#endif

int main(void)
{
    make_scratch();
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin_file("calc").text, NULL, &error));
    with_a_limit_on_files();
#ifdef __linux__
    on_a_full_disk();
#endif
    VM_PluginRegistryDelete(registry);
    return finish();
}
