/* State in a file: persistence, ownership, and how long the file is in use. */
#include "keeper.h"
#include <signal.h>

static VM_Engine *engine;

static void the_contract_holds_in_memory_and_in_a_file(void)
{
    VM_PluginRegistry *memory = keeper_registry(), *file = registry_with(in_scratch("contract.db").text);
    VM_Context *contexts[] = {
        keeper_context(engine, memory, NULL),
        keeper_context(engine, memory, "desk"),
        keeper_context(engine, file, NULL),
        keeper_context(engine, file, "desk"),
    };
    size_t i;
    for (i = 0; i < 4; i++) {
        CHECK_INT(run(contexts[i], "check", NO_VALUES), 0);
        VM_ContextDelete(contexts[i]);
    }
    VM_PluginRegistryDelete(memory);
    VM_PluginRegistryDelete(file);
}

static void what_has_a_name_is_found_again(void)
{
    Path path = in_scratch("state.db");
    int64_t round;
    for (round = 0; round < 3; round++) {
        VM_PluginRegistry *registry = registry_with(path.text);
        VM_Context *desk = keeper_context(engine, registry, "desk"), *same = keeper_context(engine, registry, "desk");
        VM_Context *door = keeper_context(engine, registry, "door"), *alone = keeper_context(engine, registry, NULL);
        CHECK_INT(next(desk), 2 * round + 1);
        CHECK_INT(next(same), 2 * round + 2);
        CHECK_INT(next(door), round + 1);
        CHECK_INT(next(alone), 1);
        /* Setting the same file again succeeds; another one fails. */
        CHECK_OK(VM_PluginRegistrySetStateFile(registry, path.text, &error));
        CHECK_STATUS(VM_PluginRegistrySetStateFile(registry, in_scratch("other.db").text, &error), VM_STATUS_SEALED,
                     "/state.db; a registry has one state file");
        CHECK_TEXT(VM_ErrorGetPath(error), in_scratch("other.db").text);
        VM_ContextDelete(desk);
        VM_ContextDelete(same);
        VM_ContextDelete(door);
        VM_ContextDelete(alone);
        VM_PluginRegistryDelete(registry);
    }
}

static void a_file_is_set_before_names_are_used(void)
{
    VM_PluginRegistry *registry = keeper_registry();
    VM_Context *alone = keeper_context(engine, registry, NULL), *desk;
    CHECK_OK(VM_PluginRegistrySetStateFile(registry, in_scratch("before.db").text, &error));
    VM_ContextDelete(alone);
    VM_PluginRegistryDelete(registry);

    registry = keeper_registry();
    desk = keeper_context(engine, registry, "desk");
    CHECK_STATUS(VM_PluginRegistrySetStateFile(registry, in_scratch("late.db").text, &error), VM_STATUS_SEALED,
                 "/late.db: that of plug-in `keeper` in the context `desk` is already in memory; set the state file before");
    CHECK(access(in_scratch("late.db").text, F_OK) != 0);
    VM_ContextDelete(desk);
    VM_PluginRegistryDelete(registry);
}

/* Has the file until it is killed. */
static void hold(const char *path, int out)
{
    VM_PluginRegistry *registry = registry_with(path);
    VM_Context *desk = keeper_context(engine, registry, "desk");
    SURE(next(desk) == 7 && write(out, "", 1) == 1);
    for (;;)
        pause();
}

static void another_process_is_named(void)
{
    Path path = in_scratch("state.db");
    VM_PluginRegistry *registry = new_registry();
    char byte, holder[80];
    int pipes[2];
    pid_t child;
    SURE(pipe(pipes) == 0);
    child = fork();
    SURE(child >= 0);
    if (child == 0)
        hold(path.text, pipes[1]);
    SURE(read(pipes[0], &byte, 1) == 1);
    snprintf(holder, sizeof holder, "/state.db is in use by process %ld (", (long)child);
    CHECK_STATUS(VM_PluginRegistrySetStateFile(registry, path.text, &error), VM_STATUS_BUSY, holder);
    CHECK(VM_ErrorIsRetryable(error));
    CHECK_TEXT(VM_ErrorGetPath(error), path.text);
    SURE(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    CHECK_OK(VM_PluginRegistrySetStateFile(registry, path.text, &error));
    VM_PluginRegistryDelete(registry);
    close(pipes[0]);
    close(pipes[1]);
}

static void can_be_opened(const char *path)
{
    VM_PluginRegistry *registry = registry_with(path);
    VM_Context *desk = keeper_context(engine, registry, "desk");
    CHECK_INT(next(desk), 11);
    VM_ContextDelete(desk);
    VM_PluginRegistryDelete(registry);
}

static void a_file_belongs_to_one_registry_until_its_last_plugin_goes(void)
{
    Path path = in_scratch("state.db");
    VM_PluginRegistry *registry = registry_with(path.text), *other = new_registry();
    VM_Context *desk = keeper_context(engine, registry, "desk"), *again = keeper_context(engine, registry, "desk");

    CHECK_STATUS(VM_PluginRegistrySetStateFile(other, path.text, &error), VM_STATUS_BUSY,
                 "/state.db is in use by another registry of this process; one registry of one process can use it at a time");
    VM_PluginRegistryDelete(registry);
    CHECK_INT(next(desk), 8);
    VM_ContextDelete(desk);
    CHECK_INT(next(again), 9);
    CHECK_STATUS(VM_PluginRegistrySetStateFile(other, path.text, &error), VM_STATUS_BUSY, "another registry of this process");
    VM_ContextDelete(again);
    CHECK_OK(VM_PluginRegistrySetStateFile(other, path.text, &error));
    VM_PluginRegistryDelete(other);

    registry = registry_with(path.text);
    desk = keeper_context(engine, registry, "desk");
    CHECK_INT(next(desk), 10);
    VM_ContextDelete(desk);
    VM_PluginRegistryDelete(registry);
    in_child(can_be_opened, path.text);
}

int main(void)
{
    make_scratch();
    engine = new_engine();
    the_contract_holds_in_memory_and_in_a_file();
    what_has_a_name_is_found_again();
    a_file_is_set_before_names_are_used();
    another_process_is_named();
    a_file_belongs_to_one_registry_until_its_last_plugin_goes();
    VM_EngineDelete(engine);
    return finish();
}
