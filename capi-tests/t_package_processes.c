/* Several processes change one package directory; what a running one has staged is not removed, what a killed one left is. */
#include "packages.h"
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

enum { PROCESSES = 6, ROUNDS = 10 };

static VM_PackageDirectory *directory;

/* Installs packages of its own and one that all install, and removes them. */
static void work(int number)
{
    char own[40], name[40];
    failures = 0;
    snprintf(own, sizeof own, "p%d.zip", number);
    snprintf(name, sizeof name, "p%d", number);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch(own).text, 0, NULL, NULL, &error));
        CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, VM_PACKAGE_DOWNGRADE, NULL, NULL, &error));
        CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("2.zip").text, 0, NULL, NULL, &error));
        CHECK_OK(VM_PackageDirectoryVerify(directory, name, NULL, NULL, NULL, &error));
        CHECK_OK(VM_PackageDirectoryUse(directory, "calc", "1.0.0", &error));
        if (i + 1 < ROUNDS)
            CHECK_OK(VM_PackageDirectoryRemove(directory, name, NULL, NULL, &error));
    }
    forget_error();
    _exit(failures != 0);
}

static void at_once(void)
{
    char expected[400] = "calc 1.0.0*, calc 2.0.0";
    pid_t children[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        char archive[40], name[40];
        snprintf(archive, sizeof archive, "p%d.zip", i);
        snprintf(name, sizeof name, "p%d", i);
        zip_package(archive, name, "1.0.0", "");
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), ", p%d 1.0.0*", i);
    }
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        SURE(children[i] >= 0);
        if (children[i] == 0)
            work(i);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status = 0;
        SURE(waitpid(children[i], &status, 0) == children[i]);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CHECK_OK(VM_PackageDirectoryUse(directory, "calc", "1.0.0", &error));
    CHECK_TEXT(installed(directory), expected);
    CHECK_OK(VM_PackageDirectoryVerify(directory, NULL, NULL, NULL, NULL, &error));
    CHECK_INT(entries_of(in_scratch("packages").text), 1 + 1 + PROCESSES);
}

/* Says that files are being written, and waits. */
static bool VM_CALL pause_there(void *user, const VM_PackageProgress *progress)
{
    const int *pipes = user;
    char byte = 'x';
    if (strcmp(progress->entry, "data/text.txt") == 0)
        SURE(write(pipes[1], &byte, 1) == 1 && read(pipes[2], &byte, 1) == 1);
    return true;
}

static pid_t start_installing(const char *archive, int to_parent[2], int to_child[2])
{
    char byte;
    pid_t child;
    SURE(pipe(to_parent) == 0 && pipe(to_child) == 0 && (child = fork()) >= 0);
    if (child == 0) {
        int pipes[3] = { 0, to_parent[1], to_child[0] };
        failures = 0;
        CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch(archive).text, 0, pause_there, pipes, &error));
        _exit(failures != 0);
    }
    SURE(close(to_parent[1]) == 0 && close(to_child[0]) == 0);
    SURE(read(to_parent[0], &byte, 1) == 1);
    return child;
}

static void slow_and_killed(void)
{
    int first[2], second[2], third[2], fourth[2], status = 0, before = entries_of(in_scratch("packages").text);
    pid_t slow = start_installing("slow.zip", first, second), killed = start_installing("killed.zip", third, fourth);
    CHECK_INT(entries_of(in_scratch("packages").text), before + 2);
    SURE(kill(killed, SIGKILL) == 0 && waitpid(killed, &status, 0) == killed);
    CHECK_INT(entries_of(in_scratch("packages").text), before + 2);
    /* Changes do not wait for the slow one, and clean up after the killed one alone. */
    CHECK_OK(VM_PackageDirectoryUse(directory, "calc", "2.0.0", &error));
    CHECK_INT(entries_of(in_scratch("packages").text), before + 1);
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("1.zip").text, VM_PACKAGE_DOWNGRADE, NULL, NULL, &error));
    CHECK_INT(entries_of(in_scratch("packages").text), before + 1);
    SURE(write(second[1], "x", 1) == 1 && waitpid(slow, &status, 0) == slow);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_INT(entries_of(in_scratch("packages").text), before + 1);
    CHECK(strstr(installed(directory), "slow 1.0.0*") != NULL && strstr(installed(directory), "killed") == NULL);
    SURE(close(first[0]) == 0 && close(second[1]) == 0 && close(third[0]) == 0 && close(fourth[1]) == 0);
}

/* A callback may use the directory that is being changed, and delete the object. */
static bool VM_CALL use_it(void *user, const VM_PackageProgress *progress)
{
    VM_PackageDirectory **own = user;
    (void)progress;
    if (*own) {
        CHECK_OK(VM_PackageDirectoryUse(*own, "calc", "2.0.0", &error));
        CHECK(strstr(installed(*own), "calc 2.0.0*") != NULL);
        VM_PackageDirectoryDelete(*own);
        *own = NULL;
    }
    return true;
}

static void from_a_callback(void)
{
    VM_PackageDirectory *own = open_packages(in_scratch("packages").text, NULL);
    CHECK_OK(VM_PackageDirectoryInstall(own, in_scratch("other.zip").text, 0, use_it, &own, &error));
    CHECK(own == NULL && strstr(installed(directory), "other 1.0.0*") != NULL);
}

/* Threads of one process, each of which stages and cleans up. */
static void *change_often(void *failed)
{
    VM_Error *own = NULL;
    for (int i = 0; i < 200 && !own; i++)
        VM_PackageDirectoryUse(directory, "calc", i % 2 ? "1.0.0" : "2.0.0", &own);
    if (own)
        fprintf(stderr, "%s\n", VM_ErrorGetMessage(own));
    VM_ErrorDelete(own);
    return own ? failed : NULL;
}

static void in_threads(void)
{
    pthread_t threads[4];
    void *result;
    for (int i = 0; i < 4; i++)
        SURE(pthread_create(&threads[i], NULL, change_often, &failures) == 0);
    for (int i = 0; i < 4; i++) {
        SURE(pthread_join(threads[i], &result) == 0);
        CHECK(result == NULL);
    }
}

int main(void)
{
    make_scratch();
    zip_package("1.zip", "calc", "1.0.0", "one");
    zip_package("2.zip", "calc", "2.0.0", "two");
    zip_package("slow.zip", "slow", "1.0.0", "slow");
    zip_package("killed.zip", "killed", "1.0.0", "killed");
    zip_package("other.zip", "other", "1.0.0", "other");
    directory = open_packages(in_scratch("packages").text, NULL);
    at_once();
    slow_and_killed();
    from_a_callback();
    in_threads();
    VM_PackageDirectoryDelete(directory);
    return finish();
}
