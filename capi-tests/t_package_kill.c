/*
 * A process that installs, updates, replaces, goes back and removes is killed at random moments: afterwards the packages are as before
 * the change or as after it, complete, and the next process cleans up. LIBVM_TEST_KILLS sets another number of times.
 */
#include "packages.h"
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

typedef enum Change { INSTALL, UPDATE, REPLACE, USE, REMOVE, REMOVE_FOR_NEXT, ASIDE, REMOVE_ALL } Change;

typedef struct Step {
    Change change;
    const char *what;  /* an archive or a version */
    const char *after; /* what is installed, and the text of the active version */
} Step;

/* Each step changes the state, and the last one leads to the first. */
static const Step steps[] = {
    { INSTALL, "1.zip", "calc 1.0.0*: one" },
    { UPDATE, "2.zip", "calc 1.0.0, calc 2.0.0*: two" },
    { REPLACE, "2-other.zip", "calc 1.0.0, calc 2.0.0*: another two" },
    { USE, "1.0.0", "calc 1.0.0*, calc 2.0.0: one" },
    { REMOVE, "2.0.0", "calc 1.0.0*: one" },
    { ASIDE, "3.zip", "calc 1.0.0*, calc 3.0.0: one" },
    { REMOVE_FOR_NEXT, "1.0.0", "calc 3.0.0*: three" },
    { REMOVE, "3.0.0", ": " },
    { INSTALL, "2.zip", "calc 2.0.0*: two" },
    { ASIDE, "3.zip", "calc 2.0.0*, calc 3.0.0: two" },
    { REMOVE, "2.0.0", "calc 3.0.0: " },
    { UPDATE, "2.zip", "calc 2.0.0*, calc 3.0.0: two" },
    { REMOVE_ALL, "", ": " },
};
enum { STEPS = sizeof steps / sizeof *steps };

static uint32_t state_of_random = 1;

static uint32_t random_below(uint32_t limit)
{
    state_of_random = state_of_random * 1664525u + 1013904223u;
    return (state_of_random >> 8) % limit;
}

static VM_Status take(VM_PackageDirectory *directory, const Step *step)
{
    Path archive = in_scratch(step->what);
    switch (step->change) {
    case INSTALL: return VM_PackageDirectoryInstall(directory, archive.text, 0, NULL, NULL, &error);
    case UPDATE: return VM_PackageDirectoryUpdate(directory, archive.text, 0, NULL, NULL, &error);
    case REPLACE: return VM_PackageDirectoryInstall(directory, archive.text, VM_PACKAGE_REPLACE, NULL, NULL, &error);
    case USE: return VM_PackageDirectoryUse(directory, "calc", step->what, &error);
    case REMOVE: return VM_PackageDirectoryRemove(directory, "calc", step->what, NULL, &error);
    case REMOVE_FOR_NEXT: return VM_PackageDirectoryRemove(directory, "calc", step->what, "3.0.0", &error);
    case ASIDE: return VM_PackageDirectoryInstall(directory, archive.text, VM_PACKAGE_INACTIVE, NULL, NULL, &error);
    case REMOVE_ALL: return VM_PackageDirectoryRemove(directory, "calc", NULL, NULL, &error);
    }
    return VM_STATUS_INTERNAL;
}

/* Takes steps until it is killed, and reports each one that is done. */
static void work(VM_PackageDirectory *directory, uint8_t step, int out)
{
    for (;; step = (uint8_t)((step + 1) % STEPS)) {
        if (take(directory, &steps[step])) {
            fprintf(stderr, "step %d: %s\n", step, VM_ErrorGetMessage(error));
            _exit(1);
        }
        if (write(out, &step, 1) != 1)
            _exit(1);
    }
}

/* What is installed, and the text of the active version. Everything is complete. */
static const char *state(VM_PackageDirectory *directory)
{
    static char text[400];
    char content[100] = "";
    Path active = join(VM_PackageDirectoryGetPath(directory), "calc/active/data/text.txt");
    FILE *file = fopen(active.text, "r");
    if (file) {
        content[fread(content, 1, sizeof content - 1, file)] = '\0';
        fclose(file);
    }
    CHECK_OK(VM_PackageDirectoryVerify(directory, NULL, NULL, NULL, NULL, &error));
    snprintf(text, sizeof text, "%s: %s", installed(directory), content);
    return text;
}

/* What load calls find is what the list says. */
static void check_search(VM_PackageDirectory *directory, const char *now)
{
    char active[40], expected[40] = "";
    const char *end = strchr(now, '*');
    if (end)
        snprintf(expected, sizeof expected, "%.5s", end - 5);
    snprintf(active, sizeof active, "%s",
             access(VM_PackageDirectoryGetPath(directory), F_OK) ? "" : loaded_version(VM_PackageDirectoryGetPath(directory)));
    CHECK_TEXT(active, expected);
}

static int kills(void)
{
    const char *wanted = getenv("LIBVM_TEST_KILLS"), *preloaded = getenv("LD_PRELOAD");
    if (wanted)
        return atoi(wanted);
    return preloaded && strstr(preloaded, "vgpreload") ? 5 : 100;
}

/* Kills a process that begins with a step; returns the last step that it has reported, or the one before the first. */
static uint8_t run_and_kill(VM_PackageDirectory *directory, uint8_t step, uint32_t microseconds)
{
    struct timespec rest = { 0, (long)microseconds * 1000 };
    int pipes[2], status;
    uint8_t done = (uint8_t)((step + STEPS - 1) % STEPS), reported;
    pid_t child;
    SURE(pipe(pipes) == 0 && (child = fork()) >= 0);
    if (child == 0) {
        close(pipes[0]);
        work(directory, step, pipes[1]);
    }
    close(pipes[1]);
    nanosleep(&rest, NULL);
    SURE(kill(child, SIGKILL) == 0);
    while (read(pipes[0], &reported, 1) == 1)
        done = reported;
    close(pipes[0]);
    SURE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return done;
}

int main(void)
{
    VM_PackageDirectory *directory;
    int all = kills(), interrupted = 0;
    uint8_t step = 0;

    make_scratch();
    zip_package("1.zip", "calc", "1.0.0", "one");
    zip_package("2.zip", "calc", "2.0.0", "two");
    zip_package("2-other.zip", "calc", "2.0.0", "another two");
    zip_package("3.zip", "calc", "3.0.0", "three");
    directory = open_packages(in_scratch("packages").text, NULL);
    for (int i = 0; i < all && !failures; i++) {
        uint8_t done = run_and_kill(directory, step, random_below(20000)), next = (uint8_t)((done + 1) % STEPS);
        const char *now = state(directory);
        bool is_after = strcmp(now, steps[next].after) == 0;
        if (!is_after)
            CHECK_TEXT(now, steps[done].after);
        check_search(directory, now);
        /* It had taken the step, and was killed before it could say so. */
        interrupted += is_after;
        step = is_after ? (uint8_t)((next + 1) % STEPS) : next;
    }
    /* The next change removes what is left of all of them. */
    NEED(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, VM_PACKAGE_DOWNGRADE, NULL, NULL, &error));
    NEED(VM_PackageDirectoryRemove(directory, "calc", NULL, NULL, &error));
    CHECK_INT(entries_of(in_scratch("packages").text), 1);
    printf("%d kills, %d of them between a change and its report\n", all, interrupted);
    VM_PackageDirectoryDelete(directory);
    return finish();
}
