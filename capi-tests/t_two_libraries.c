/* Two copies of libvm in one process: plug-ins of one are never mistaken for those of the other. */
#define _GNU_SOURCE
#include "plugin_files.h"
#include "library_copy.h"

/* Functions of a copy of the library. */
typedef struct Library {
    VM_Status (*create)(VM_PluginRegistry **, VM_Error **);
    VM_Status (*set_lock)(VM_PluginRegistry *, const char *, VM_Error **);
    VM_Status (*load)(VM_PluginRegistry *, const char *, VM_PluginReport **, VM_Error **);
    void (*delete)(VM_PluginRegistry *);
} Library;

static Library functions_of(void *library)
{
    Library made;
    *(void **)&made.create = symbol(library, "VM_PluginRegistryCreate");
    *(void **)&made.set_lock = symbol(library, "VM_PluginRegistrySetLock");
    *(void **)&made.load = symbol(library, "VM_PluginLoadFromPath");
    *(void **)&made.delete = symbol(library, "VM_PluginRegistryDelete");
    return made;
}

/* How many plug-ins were opened. */
static int marks(void)
{
    int lines = 0, letter;
    FILE *file = fopen(in_scratch("marks").text, "r");
    while (file && (letter = fgetc(file)) != EOF)
        lines += letter == '\n';
    if (file)
        fclose(file);
    return lines;
}

static void write_lock(const char *name, const char *plugin)
{
    VM_PluginRegistry *registry = new_registry();
    NEED(VM_PluginLoadFromPath(registry, plugin, NULL, &error));
    NEED(VM_PluginRegistryWriteLock(registry, in_scratch(name).text, &error));
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    Library libraries[2];
    void *copy;
    char name[80], lock[80];
    Path paths[20];
    FILE *file;
    int i;
    make_scratch();
    if (!can_copy_library())
        return finish();
    libraries[0] = functions_of(RTLD_DEFAULT);
    SURE((copy = dlopen(copy_library().text, RTLD_NOW | RTLD_LOCAL)) != NULL);
    libraries[1] = functions_of(copy);
    for (i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "%d.so", i);
        snprintf(lock, sizeof lock, "%d.lock", i);
        /* The same name and version with other bytes, after the end of the tables. */
        paths[i] = copy_plugin("not_unloadable", name, NULL, NULL);
        file = fopen(paths[i].text, "ab");
        SURE(file && fprintf(file, "%d", i) > 0 && fclose(file) == 0);
        write_lock(lock, paths[i].text);
    }
    remove(in_scratch("marks").text);
    /* By turns: the numbers of descriptors that one copy has closed are used by the other. */
    for (i = 0; i < 20; i++) {
        VM_PluginRegistry *registry = NULL;
        const Library *library = &libraries[i % 2];
        snprintf(lock, sizeof lock, "%d.lock", i);
        CHECK_STATUS(library->create(&registry, &error), VM_STATUS_OK, NULL);
        CHECK_STATUS(library->set_lock(registry, in_scratch(lock).text, &error), VM_STATUS_OK, NULL);
        CHECK_STATUS(library->load(registry, paths[i].text, NULL, &error), VM_STATUS_OK, NULL);
        library->delete(registry);
        CHECK_INT(marks(), i + 1); /* its own constructor has run */
    }
    return finish();
}
