/* Signed packages, and the conditions of a registry: keys, policy, lock file; progress and its end. */
#include "hostile_archives.h"

static const char *const SIGN = "openssl pkeyutl -sign -rawin -inkey key.pem -in SHA256SUMS -out in/SHA256SUMS.sig";

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

static void verifies(const char *key, VM_Status status, const char *message)
{
    VM_PluginRegistry *registry = with_key(key);
    CHECK_STATUS(VM_PackageVerifyFile(registry, in_scratch("p.zip").text, NULL, NULL, &error), status, message);
    if (status != VM_STATUS_OK)
        CHECK_TEXT(VM_ErrorGetPath(error), in_scratch("p.zip").text);
    if (status == VM_STATUS_PLUGIN_SIGNATURE)
        CHECK_TEXT(VM_ErrorGetPluginName(error), "named");
    CHECK(!has_marks());
    VM_PluginRegistryDelete(registry);
}

static void build(void) { NEED(VM_PackageBuild(in_scratch("in").text, in_scratch("p.zip").text, &error)); }

static void signatures(void)
{
    VM_PackageInspection *inspection;
    build();
    verifies("key.pub", VM_STATUS_PLUGIN_SIGNATURE, "is not signed, and this registry accepts signed plug-ins only: it has no `SHA256SUMS.sig`");
    /* As docs/packages.md describes it: build, sign what was built, build again. */
    shell("unzip -p p.zip SHA256SUMS > SHA256SUMS");
    shell(SIGN);
    build();
    verifies("key.pub", VM_STATUS_OK, NULL);
    verifies("other.pub", VM_STATUS_PLUGIN_SIGNATURE, "/p.zip/SHA256SUMS.sig, which matches none of the 1 keys of the registry");
    inspection = inspect_package(in_scratch("p.zip").text);
    CHECK_INT(VM_PackageInspectionGetFlags(inspection), VM_PACKAGE_HAS_HASHES | VM_PACKAGE_HAS_SIGNATURE);
    VM_PackageInspectionDelete(inspection);

    /* A signature is of the hashes: a changed file has another hash, changed hashes another signature. */
    write_content("in/extra.txt", "x", 1);
    build();
    verifies("key.pub", VM_STATUS_PLUGIN_SIGNATURE, "which matches none of the 1 keys of the registry");
    remove(in_scratch("in/extra.txt").text);
    build();
    verifies("key.pub", VM_STATUS_OK, NULL);
    shell("printf X > named.toml && zip -q p.zip named.toml");
    verifies("key.pub", VM_STATUS_PLUGIN_HASH, "was changed: `named.toml` has the SHA-256");
    /* Or the signature is added to the archive. */
    shell("mv in/SHA256SUMS.sig .");
    build();
    shell("zip -q p.zip SHA256SUMS.sig");
    verifies("key.pub", VM_STATUS_OK, NULL);
    shell("printf short > SHA256SUMS.sig && zip -q p.zip SHA256SUMS.sig");
    is_refused(in_scratch("p.zip"), VM_STATUS_PLUGIN_SIGNATURE, "SHA256SUMS.sig has 5 bytes instead of 64 or 128");
    build();
}

static void conditions(void)
{
    VM_PluginRegistry *registry = new_registry(), *locked = new_registry();
    const char *names[] = { "other" };
    Path package = in_scratch("p.zip"), lock = in_scratch("libvm.lock");
    CHECK_OK(VM_PackageVerifyFile(registry, package.text, NULL, NULL, &error));
    NEED(VM_PluginLoadFromPath(registry, in_scratch("in/named.so").text, NULL, &error));
    NEED(VM_PluginRegistryWriteLock(registry, lock.text, &error));
    remove(in_scratch("marks").text);
    NEED(VM_PluginRegistrySetPolicy(registry, VM_PLUGIN_POLICY_NAMED, names, 1, &error));
    CHECK_STATUS(VM_PackageVerifyFile(registry, package.text, NULL, NULL, &error), VM_STATUS_PLUGIN_NOT_ALLOWED,
                 "plug-in `named` 1.0.0 in the package ");
    NEED(VM_PluginRegistrySetLock(locked, lock.text, &error));
    CHECK_OK(VM_PackageVerifyFile(locked, package.text, NULL, NULL, &error));
    copy_plugin("named", "in/named.so", NULL, "1.0.1");
    build();
    CHECK_STATUS(VM_PackageVerifyFile(locked, package.text, NULL, NULL, &error), VM_STATUS_PLUGIN_HASH, "and the lock file ");
    CHECK(!has_marks());
    VM_PluginRegistryDelete(locked);
    VM_PluginRegistryDelete(registry);
}

typedef struct Seen {
    uint64_t done, total;
    int calls, most;
} Seen;

static bool on_progress(void *user, const VM_PackageProgress *progress)
{
    Seen *seen = user;
    CHECK_INT(progress->stage, VM_PACKAGE_STAGE_VERIFY);
    CHECK(progress->done >= seen->done && progress->done <= progress->total && *progress->entry);
    seen->done = progress->done;
    seen->total = progress->total;
    return ++seen->calls < seen->most;
}

static void progress(void)
{
    Path package = in_scratch("p.zip");
    VM_PackageInspection *inspection = inspect_package(package.text);
    int files = (int)VM_PackageInspectionGetFileCount(inspection);
    Seen seen = { 0, 0, 0, 100 };
    CHECK_OK(VM_PackageVerifyFile(NULL, package.text, on_progress, &seen, &error));
    CHECK_INT(seen.calls, files);
    CHECK(seen.done == seen.total && seen.total > 0);
    for (int most = 1; most <= files; most++) {
        seen = (Seen){ 0, 0, 0, most };
        CHECK_STATUS(VM_PackageVerifyFile(NULL, package.text, on_progress, &seen, &error), VM_STATUS_CANCELLED, "has cancelled the call");
        CHECK_INT(seen.calls, most);
    }
    VM_PackageInspectionDelete(inspection);
}

int main(void)
{
    make_scratch();
    make_folder("in");
    copy_plugin("named", "in/named.so", NULL, NULL);
    write_content("in/named.toml", "", 0);
    shell("openssl genpkey -algorithm ed25519 -out key.pem && openssl pkey -in key.pem -pubout -out key.pub");
    shell("openssl genpkey -algorithm ed25519 -out other.pem && openssl pkey -in other.pem -pubout -out other.pub");
    signatures();
    conditions();
    progress();
    return finish();
}
