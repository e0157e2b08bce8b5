/* Several processes use one index, and are killed while they do; functions come from the JSON of a package. */
#include "autoload.h"
#include <signal.h>
#include <time.h>

enum { PROCESSES = 8, KILLS = 60 };

static int own;

static void load_own(void)
{
    char name[20];
    snprintf(name, sizeof name, "offers_%03d", own);
    check_loads(GUEST("autoload"), own, name);
    CHECK_INT(VM_PluginReportGetCount(report), 1);
}

static void test_several(void)
{
    pid_t processes[PROCESSES];
    int round, i;
    for (round = 0; round < 3; round++) {
        for (i = 0; i < PROCESSES; i++) {
            own = i;
            processes[i] = start_process(load_own);
        }
        for (i = 0; i < PROCESSES; i++)
            end_process(processes[i]);
        if (round == 1)
            SURE(remove(in_scratch("index").text) == 0);
    }
    end_process(start_process(load_own));
}

/* Loads again and again, each time with something new for the index. */
static void load_endlessly(void)
{
    for (;;) {
        int i;
        for (i = 0; i < PROCESSES; i++) {
            VM_PluginRegistry *registry = autoloading();
            numbered("offers", "plugins/changing.so", 100 + i, NULL);
            load_for(registry, GUEST("autoload"), i);
            VM_PluginRegistryDelete(registry);
        }
    }
}

/* The index is the old one or the new one; the next process uses it, and finds nothing wrong. */
static void test_killed(void)
{
    unsigned number = 1;
    int i, status;
    for (i = 0; i < KILLS; i++) {
        struct timespec pause = { 0, 0 };
        pid_t process = start_process(load_endlessly);
        number = number * 1103515245 + 12345;
        pause.tv_nsec = 5000000 + (long)(number / 65536 % 20000) * 1000;
        nanosleep(&pause, NULL);
        SURE(kill(process, SIGKILL) == 0 && waitpid(process, &status, 0) == process && WIFSIGNALED(status));
        own = i % PROCESSES;
        if (i % 10 == 9)
            end_process(start_process(load_own));
    }
}

/* What the JSON says decides which one is opened; the first one, whose functions it does not list, comes first otherwise. */
static void load_packaged(void)
{
    check_loads(GUEST("autoload_number"), 0, "offers_000");
    check_reported("`offers_other_000`, which comes before it, does not have them all");
    CHECK_TEXT(take_marks(), "offers_000\n");
}

static void load_unlisted(void)
{
    check_loads(GUEST("autoload_number"), 0, "offers_other_000,offers_000");
}

static void write_json(const char *text)
{
    write_content("plugins/a/offers_other_000.json", text, strlen(text));
}

static void test_packaged(void)
{
    Path folder = in_scratch("plugins"), first = in_scratch("plugins/a");
    nftw(folder.text, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    SURE(remove(in_scratch("index").text) == 0);
    make_folder("plugins");
    SURE(mkdir(first.text, 0755) == 0);
    numbered("offers_other", "plugins/a/1.so", 0, NULL);
    numbered("offers", "plugins/b.so", 0, NULL);
    SURE(rename(in_scratch("plugins/b.so").text, in_scratch("plugins/a/2.so").text) == 0);
    take_marks();
    write_json("{\"name\": \"offers_other_000\", \"modules\": [{\"name\": \"module_000\",\n"
               "  \"functions\": [{\"name\": \"other\", \"signature\": \"()i\"}]}]}\n");
    end_process(start_process(load_packaged));
    SURE(remove(in_scratch("index").text) == 0);
    write_json("{\"name\": \"offers_other_000\", \"modules\": [{\"name\": \"module_000\"}]}");
    end_process(start_process(load_unlisted));
    SURE(remove(in_scratch("index").text) == 0);
    write_json("{");
    end_process(start_process(load_unlisted));
    take_marks();
}

int main(void)
{
    char name[40];
    int i;
    make_scratch();
    make_folder("plugins");
    for (i = 0; i < PROCESSES; i++) {
        snprintf(name, sizeof name, "plugins/%d.so", i);
        numbered("offers", name, i, NULL);
    }
    test_several();
    test_killed();
    test_packaged();
    return finish();
}
