/* The index of autoload: it is kept, saves opening files, and is only believed as far as it is true. */
#include "autoload.h"

#ifdef __linux__
#include <sys/inotify.h>
#endif

/* Fills the directory with three plug-ins, and the index with what is in them; the functions of the second are known. */
static void load_second(void) { check_loads(GUEST("autoload"), 2, "offers_002"); }

static void make_index(void)
{
    Path folder = in_scratch("plugins");
    nftw(folder.text, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    remove(in_scratch("index").text);
    make_folder("plugins");
    numbered("offers", "plugins/1.so", 1, NULL);
    numbered("offers", "plugins/2.so", 2, NULL);
    numbered("offers", "plugins/3.so", 3, NULL);
    end_process(start_process(load_second));
    take_marks();
}

/* Replaces all of a text in the index with another one of the same length. */
static void lie(const char *from, const char *to)
{
    size_t size, at, length = strlen(from), found = 0;
    uint8_t *bytes = read_file(in_scratch("index").text, &size);
    SURE(strlen(to) == length);
    for (at = 0; at + length <= size; at++) {
        if (memcmp(bytes + at, from, length) == 0) {
            memcpy(bytes + at, to, length);
            found++;
        }
    }
    SURE(found > 0);
    write_content("index", bytes, size);
    SURE(chmod(in_scratch("index").text, 0600) == 0);
    free(bytes);
}

/* With an index only the plug-in that is loaded is opened, and what is unchanged is not read again. */
static void load_one_open(void)
{
#ifdef __linux__
    union {
        struct inotify_event event;
        char bytes[8192];
    } events;
    ssize_t size, at = 0;
    int watch = inotify_init1(IN_NONBLOCK), opened = 0;
    SURE(watch >= 0 && inotify_add_watch(watch, in_scratch("plugins").text, IN_OPEN) >= 0);
    check_loads(GUEST("autoload"), 3, "offers_003");
    size = read(watch, events.bytes, sizeof events.bytes);
    SURE(size > 0);
    while (at < size) {
        const struct inotify_event *event = (const struct inotify_event *)(const void *)(events.bytes + at);
        if (event->len > 0) {
            CHECK_TEXT(event->name, "3.so");
            opened++;
        }
        at += (ssize_t)(sizeof *event + event->len);
    }
    CHECK(opened > 0);
    close(watch);
#endif
}

static void test_kept(void)
{
    struct stat status, again;
    make_index();
    SURE(stat(in_scratch("index").text, &status) == 0);
    CHECK_INT(status.st_mode & 0777, 0600);
    /* There is nothing new: it is not written again. */
    end_process(start_process(load_second));
    SURE(stat(in_scratch("index").text, &again) == 0);
    CHECK(status.st_ino == again.st_ino && status.st_mtime == again.st_mtime);
    end_process(start_process(load_one_open));
}

/* What the index says of a plug-in is not what its file has: another name, other modules, the hash of another file. */
static void load_first(void)
{
    check_loads(GUEST("autoload"), 1, "offers_001");
    CHECK_TEXT(take_marks(), "offers_001\n");
}

static void load_first_surprised(void)
{
    load_first();
    check_reported("contains plug-in `offers_001` 1.0.0, and the plug-in index says");
    check_reported("the index is made anew");
}

static void load_nothing(void)
{
    check_loads(GUEST("autoload"), 9, "");
    CHECK_TEXT(take_marks(), "");
    check_reported("no plug-in provides `number` and `other` of `module_009`");
}

static void test_lies(void)
{
    make_index();
    lie("offers_001", "offers_xxx");
    end_process(start_process(load_first_surprised));
    make_index();
    lie("module_001", "module_009");
    end_process(start_process(load_nothing));
    make_index();
    lie("module_001", "module_009");
    end_process(start_process(load_first));
    make_index();
    lie("offers_001", "offers_002");
    end_process(start_process(load_first_surprised));
    /* The lie is gone. */
    end_process(start_process(load_first));
    CHECK_INT(VM_PluginReportGetCount(report), 0);
}

/* Functions of the index that the plug-in does not have, or that it has and the index does not. */
static void test_wrong_functions(void)
{
    make_index();
    lie("\tnumber\t", "\tnumbxx\t");
    end_process(start_process(load_second));
    make_index();
    lie("\tmodule_002\t2\t", "\tmodule_002\t0\t");
    end_process(start_process(load_second));
    make_index();
    lie("functions\t1\t", "functions\t9\t");
    end_process(start_process(load_second));
}

/* The hash of one file in the entry of another one. */
static void test_wrong_hash(void)
{
    char *first, *second, hash[65];
    size_t size;
    uint8_t *bytes;
    make_index();
    bytes = read_file(in_scratch("index").text, &size);
    SURE(size < 1 << 20);
    bytes[size - 1] = 0;
    first = strstr((char *)bytes, "/plugins/1.so");
    second = strstr((char *)bytes, "/plugins/3.so");
    SURE(first && second);
    while (*--first != '\t' || first[-65] != '\t')
        ;
    while (*--second != '\t' || second[-65] != '\t')
        ;
    memcpy(hash, first - 64, 64);
    memcpy(first - 64, second - 64, 64);
    memcpy(second - 64, hash, 64);
    bytes[size - 1] = '\n';
    write_content("index", bytes, size);
    SURE(chmod(in_scratch("index").text, 0600) == 0);
    free(bytes);
    end_process(start_process(load_first));
}

/* A file that was replaced, moved or deleted since. */
static void load_replaced(void)
{
    check_loads(GUEST("autoload"), 7, "offers_007");
    check_loads(GUEST("autoload"), 1, "");
}

static void load_first_again(void) { check_loads(GUEST("autoload"), 1, "offers_001"); }

static void test_changed_files(void)
{
    Path folder = in_scratch("plugins/moved");
    make_index();
    numbered("offers", "other.so", 7, NULL);
    SURE(rename(in_scratch("other.so").text, in_scratch("plugins/1.so").text) == 0);
    end_process(start_process(load_replaced));
    make_index();
    SURE(mkdir(folder.text, 0755) == 0);
    SURE(rename(in_scratch("plugins/1.so").text, in_scratch("plugins/moved/x.so").text) == 0);
    end_process(start_process(load_first_again));
    take_marks();
    SURE(remove(in_scratch("plugins/moved/x.so").text) == 0);
    numbered("offers", "plugins/9.so", 9, NULL);
    SURE(remove(in_scratch("plugins/9.so").text) == 0);
    end_process(start_process(load_nothing));
}

int main(void)
{
    make_scratch();
    test_kept();
    test_lies();
    test_wrong_functions();
    test_wrong_hash();
    test_changed_files();
    return finish();
}
