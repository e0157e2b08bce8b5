/* Plug-in files overwritten in place, as by `cp` and `cmake --install`: the loaded code continues, and new bytes are detected. */
#include "plugin_versions.h"

/* Writes the bytes of a test plug-in, or only some, into the file that is there. */
static void write_over(const char *path, const char *plugin, size_t most)
{
    size_t size;
    uint8_t *bytes = read_file(plugin_file(plugin).text, &size);
    FILE *file = fopen(path, "wb");
    if (size > most)
        size = most;
    SURE(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
    free(bytes);
}

static VM_Context *counted(const char *path)
{
    VM_Context *context;
    registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, path, NULL, &error));
    context = context_with(GUEST("versioned"));
    CHECK_INT(run(context, "count", NO_VALUES), 1);
    CHECK_SAID("versioned 1.0.0 initialize; versioned 1.0.0 create; ");
    return context;
}

static VM_Status update(const char *path, bool *loaded)
{
    VM_PluginReport *report = NULL;
    VM_Status status = VM_PluginRegistryUpdateFromPath(registry, path, &report, &error);
    *loaded = find_line(report, path)->loaded;
    CHECK_INT(VM_PluginReportGetCount(report), 1);
    VM_PluginReportDelete(report);
    return status;
}

/* The code of the old one is not in the file any more: its contexts go on with it all the same. */
static void a_higher_version(void)
{
    Path path = copy_plugin("versioned", "higher.so", NULL, NULL);
    VM_Context *old = counted(path.text), *new;
    bool loaded;
    CHECK_OK(update(path.text, &loaded)); /* nothing has changed */
    CHECK(loaded);
    write_over(path.text, "versioned_2", SIZE_MAX);
    CHECK_INT(run(old, "count", NO_VALUES), 2);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, path.text, NULL, &error), VM_STATUS_ALREADY_EXISTS, "or update to it");
    CHECK_SAID("");
    CHECK_OK(update(path.text, &loaded));
    CHECK(loaded);
    CHECK_SAID("versioned 2.0.0 initialize; ");
    new = context_with(GUEST("versioned"));
    CHECK_INT(run(new, "count", NO_VALUES), 2);
    CHECK_INT(run(old, "count", NO_VALUES), 3);
    CHECK_OK(update(path.text, &loaded));
    CHECK(loaded);
    VM_ContextDelete(new);
    VM_ContextDelete(old);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("versioned 2.0.0 create; versioned 2.0.0 destroy; versioned 1.0.0 destroy; versioned 1.0.0 cleanup; "
               "versioned 2.0.0 cleanup; ");
}

/* Other code with the same version is not loaded, whether it was written over the old file or renamed. */
static void the_same_version(void)
{
    Path path = copy_plugin("versioned", "same.so", NULL, NULL);
    VM_Context *old = counted(path.text);
    bool loaded;
    write_over(path.text, "versioned_FAIL_SAVE", SIZE_MAX);
    CHECK_STATUS(update(path.text, &loaded), VM_STATUS_PLUGIN_DUPLICATE,
                 "same.so was changed since it was loaded, but its version was not, and the loaded code is kept; raise the version");
    CHECK(!loaded);
    copy_plugin("versioned_FAIL_SAVE", "same.new", NULL, NULL);
    SURE(rename(in_scratch("same.new").text, path.text) == 0);
    CHECK_STATUS(update(path.text, &loaded), VM_STATUS_PLUGIN_DUPLICATE, "raise the version");
    CHECK_STATUS(VM_PluginRegistryWriteLock(registry, in_scratch("x.lock").text, &error), VM_STATUS_PLUGIN_HASH, "was changed since it was loaded");
    CHECK_INT(run(old, "count", NO_VALUES), 2);
    VM_ContextDelete(old);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("versioned 1.0.0 destroy; versioned 1.0.0 cleanup; ");
}

/* While it is written there is only a part of it, or nothing: pages that are mapped from it would be gone. */
static void a_part(void)
{
    Path path = copy_plugin("versioned", "part.so", NULL, NULL);
    VM_Context *old = counted(path.text);
    bool loaded;
    write_over(path.text, "versioned_2", 0);
    CHECK_INT(run(old, "count", NO_VALUES), 2);
    CHECK_STATUS(update(path.text, &loaded), VM_STATUS_PLUGIN_BAD_FILE, "part.so");
    write_over(path.text, "versioned_2", 5000);
    CHECK_STATUS(update(path.text, &loaded), VM_STATUS_PLUGIN_BAD_FILE, "part.so");
    CHECK(!loaded);
    CHECK_INT(run(old, "count", NO_VALUES), 3);
    write_over(path.text, "versioned", SIZE_MAX);
    CHECK_OK(update(path.text, &loaded));
    CHECK(loaded);
    VM_ContextDelete(old);
    VM_PluginRegistryDelete(registry);
    CHECK_SAID("versioned 1.0.0 destroy; versioned 1.0.0 cleanup; ");
}

int main(void)
{
#ifdef __linux__
    make_scratch();
    engine = new_engine();
    start_listening();
    a_higher_version();
    the_same_version();
    a_part();
    VM_EngineDelete(engine);
    stop_listening();
    return finish();
#else
    printf("libraries are opened from copies of their own on Linux\n");
    return 0;
#endif
}
