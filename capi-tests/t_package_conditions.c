/* Conditions of a registry hold for packages, installed and loaded: keys, the lock file, the policy; signed by openssl. */
#include "packages.h"

static Path root;

/* Runs a shell command in the scratch directory. */
static void shell(const char *command)
{
    char line[1200];
    int length = snprintf(line, sizeof line, "cd '%s' && %s", scratch_folder.text, command);
    SURE(length > 0 && (size_t)length < sizeof line);
    if (system(line) != 0) {
        fprintf(stderr, "failed: %s\n", line);
        exit(1);
    }
}

static void zip_add_file(Zip *zip, const char *name, const char *path)
{
    size_t size;
    uint8_t *bytes = read_file(in_scratch(path).text, &size);
    zip_add(zip, name, bytes, size);
    free(bytes);
}

/* A package of the plug-in `options` with the options in made/options.toml, signed with a key, or not. */
static Path make_package(const char *archive, const char *key)
{
    char command[300];
    Path path = in_scratch(archive);
    Zip *zip = zip_create(path.text);
    copy_plugin("options", "made/options.so", NULL, NULL);
    write_content("made/options.toml", "level = 3\n", 10);
    zip_add_file(zip, "options.so", "made/options.so");
    zip_add_file(zip, "options.toml", "made/options.toml");
    if (key) {
        shell("cd made && sha256sum options.so options.toml > SHA256SUMS");
        snprintf(command, sizeof command, "openssl pkeyutl -sign -rawin -inkey %s.pem -in made/SHA256SUMS -out made/SHA256SUMS.sig", key);
        shell(command);
        zip_add_file(zip, "SHA256SUMS", "made/SHA256SUMS");
        zip_add_file(zip, "SHA256SUMS.sig", "made/SHA256SUMS.sig");
    }
    zip_finish(zip);
    return path;
}

static VM_PluginRegistry *with_key(const char *file)
{
    VM_PluginRegistry *registry = new_registry();
    size_t size;
    char *text = (char *)read_file(in_scratch(file).text, &size);
    text = realloc(text, size + 1);
    SURE(text != NULL);
    text[size] = '\0';
    NEED(VM_PluginRegistryAddKey(registry, text, &error));
    free(text);
    return registry;
}

static void refuses(const char *archive, VM_PluginRegistry *registry, VM_Status status, const char *part)
{
    VM_PackageDirectory *directory = open_packages(root.text, registry);
    char before[100];
    snprintf(before, sizeof before, "%s", installed(directory));
    CHECK_STATUS(VM_PackageDirectoryInstall(directory, in_scratch(archive).text, 0, NULL, NULL, &error), status, part);
    CHECK_TEXT(installed(directory), before);
    VM_PackageDirectoryDelete(directory);
}

static void loads(const char *key, VM_Status status, const char *part)
{
    VM_PluginRegistry *registry = with_key(key);
    VM_PackageDirectory *directory = open_packages(root.text, registry);
    CHECK_STATUS(VM_PluginLoadFromPath(registry, root.text, NULL, &error), status, part);
    CHECK_INT(VM_PluginRegistryGetCount(registry), status == VM_STATUS_OK);
    CHECK_INT(VM_PackageDirectoryVerify(directory, "options", NULL, NULL, NULL, NULL) == VM_STATUS_OK, status == VM_STATUS_OK);
    VM_PackageDirectoryDelete(directory);
    VM_PluginRegistryDelete(registry);
}

static void keys(void)
{
    VM_PluginRegistry *registry = with_key("good.pub");
    VM_PackageDirectory *directory = open_packages(root.text, registry);
    Path library;
    refuses("unsigned.zip", registry, VM_STATUS_PLUGIN_SIGNATURE, "is not signed");
    refuses("other.zip", registry, VM_STATUS_PLUGIN_SIGNATURE, "which matches none of the 1 keys");
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("signed.zip").text, 0, NULL, NULL, &error));
    CHECK_OK(VM_PackageDirectoryVerify(directory, NULL, NULL, NULL, NULL, &error));
    /* The library has no signature of its own: that of the package holds for it and its options. */
    loads("good.pub", VM_STATUS_OK, NULL);
    loads("other.pub", VM_STATUS_PLUGIN_SIGNATURE, "matches none of the 1 keys");
    write_content("packages/options/1.0.0/options.toml", "level = 4\n", 10);
    loads("good.pub", VM_STATUS_PLUGIN_SIGNATURE, "options.toml is not that in ");
    write_content("packages/options/1.0.0/options.toml", "level = 3\n", 10);
    loads("good.pub", VM_STATUS_OK, NULL);
    library = in_scratch("packages/options/1.0.0/options.so");
    copy_plugin("options", "packages/options/1.0.0/options.so", NULL, "1.0.0-x");
    copy_plugin("options", "packages/options/1.0.0/options.so", NULL, NULL);
    loads("good.pub", VM_STATUS_OK, NULL);
    shell("printf x >> packages/options/1.0.0/options.so");
    loads("good.pub", VM_STATUS_PLUGIN_SIGNATURE, "was changed after it was signed: the hash of ");
    CHECK_TEXT(VM_ErrorGetPath(error), library.text);
    /* Installing the same package again repairs it. */
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("signed.zip").text, 0, NULL, NULL, &error));
    loads("good.pub", VM_STATUS_OK, NULL);
    CHECK_OK(VM_PackageDirectoryRemove(directory, "options", NULL, NULL, &error));
    VM_PackageDirectoryDelete(directory);
    VM_PluginRegistryDelete(registry);
}

static void lock_and_policy(void)
{
    static const char *const other[] = { "other" };
    VM_PluginRegistry *registry = new_registry(), *locked = new_registry();
    VM_PackageDirectory *directory = open_packages(root.text, registry), *strict;
    NEED(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, other, 1, &error));
    refuses("unsigned.zip", registry, VM_STATUS_PLUGIN_NOT_ALLOWED, "the registry allows other");
    NEED(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_ANY, NULL, 0, &error));
    CHECK_OK(VM_PackageDirectoryInstall(directory, in_scratch("unsigned.zip").text, 0, NULL, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, root.text, NULL, &error));
    NEED(VM_PluginRegistryWriteLock(registry, in_scratch("libvm.lock").text, &error));
    CHECK_OK(VM_PackageDirectoryRemove(directory, "options", NULL, NULL, &error));

    NEED(VM_PluginRegistrySetLock(locked, in_scratch("libvm.lock").text, &error));
    strict = open_packages(root.text, locked);
    CHECK_OK(VM_PackageDirectoryInstall(strict, in_scratch("unsigned.zip").text, 0, NULL, NULL, &error));
    CHECK_OK(VM_PluginLoadFromPath(locked, root.text, NULL, &error));
    CHECK_OK(VM_PackageDirectoryVerify(strict, NULL, NULL, NULL, NULL, &error));
    zip_package("calc.zip", "calc", "1.0.0", "");
    refuses("calc.zip", locked, VM_STATUS_PLUGIN_NOT_ALLOWED, "is not in the lock file");
    shell("printf x >> packages/options/1.0.0/options.so");
    CHECK_STATUS(VM_PackageDirectoryVerify(strict, NULL, NULL, NULL, NULL, &error), VM_STATUS_BAD_PACKAGE, "`options.so` was changed");
    VM_PluginRegistryDelete(locked);
    locked = new_registry();
    NEED(VM_PluginRegistrySetLock(locked, in_scratch("libvm.lock").text, &error));
    CHECK_STATUS(VM_PluginLoadFromPath(locked, root.text, NULL, &error), VM_STATUS_PLUGIN_HASH, NULL);
    VM_PackageDirectoryDelete(strict);
    VM_PackageDirectoryDelete(directory);
    VM_PluginRegistryDelete(locked);
    VM_PluginRegistryDelete(registry);
}

int main(void)
{
    make_scratch();
    make_folder("made");
    root = in_scratch("packages");
    shell("openssl genpkey -algorithm ed25519 -out good.pem && openssl pkey -in good.pem -pubout -out good.pub");
    shell("openssl genpkey -algorithm ed25519 -out other.pem && openssl pkey -in other.pem -pubout -out other.pub");
    make_package("unsigned.zip", NULL);
    make_package("signed.zip", "good");
    make_package("other.zip", "other");
    keys();
    lock_and_policy();
    return finish();
}
