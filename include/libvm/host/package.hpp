/**
 * @file libvm/host/package.hpp
 * Part of <libvm.hpp>: packages of plug-ins.
 */
#ifndef LIBVM_HOST_PACKAGE_HPP
#define LIBVM_HOST_PACKAGE_HPP

#include <libvm/host/plugins.hpp>

#include <functional>

namespace vm {
inline namespace VM_CPP_STYLE {

/** Called as a long call goes on: returns whether it should. What it throws ends the call. */
using PackageProgress = std::function<bool(const VM_PackageProgress &)>;

namespace host_detail {

inline bool VM_CALL call_progress(void *user, const VM_PackageProgress *progress)
{
    bool go_on = false;
    quietly([&] { go_on = (*static_cast<const PackageProgress *>(user))(*progress); });
    return go_on;
}
inline VM_PackageProgressCallback progress_of(const PackageProgress &progress) { return progress ? call_progress : nullptr; }
inline void *user_of(const PackageProgress &progress) { return const_cast<PackageProgress *>(&progress); }

} // namespace host_detail

/** What a package contains, found out without running its code. What its getters return is valid as long as the inspection. */
class PackageInspection : public host_detail::Handle<VM_PackageInspection> {
public:
    /** Takes ownership of a C object. */
    explicit PackageInspection(VM_PackageInspection *raw) : Handle(raw) {}
    /** Inspects a package. */
    static host_detail::Returns<PackageInspection> inspect_file(const Text &file)
    {
        return host_detail::make<PackageInspection>(VM_PackageInspectFile, file);
    }
    /** VM_STATUS_OK, or the status with which installing would fail. */
    VM_Status status() const { return VM_PackageInspectionGetStatus(get()); }
#define VM_CPP_TEXT(name, getter) \
    std::string_view name() const { return host_detail::view_of(getter(get())); }
    /** What was found in words. */
    VM_CPP_TEXT(message, VM_PackageInspectionGetMessage)
    /** The file. */
    VM_CPP_TEXT(path, VM_PackageInspectionGetPath)
    /** Its name. */
    VM_CPP_TEXT(name, VM_PackageInspectionGetName)
    /** Its version. */
    VM_CPP_TEXT(version, VM_PackageInspectionGetVersion)
    /** Its description. */
    VM_CPP_TEXT(description, VM_PackageInspectionGetDescription)
    /** Its author. */
    VM_CPP_TEXT(author, VM_PackageInspectionGetAuthor)
    /** Its licence. */
    VM_CPP_TEXT(license, VM_PackageInspectionGetLicense)
    /** Its page. */
    VM_CPP_TEXT(homepage, VM_PackageInspectionGetHomepage)
#undef VM_CPP_TEXT
    /** What it has besides its files: VM_PACKAGE_*. */
    VM_PackageFlags flags() const { return VM_PackageInspectionGetFlags(get()); }
    /** Its libraries. */
    std::vector<const VM_PackageLibrary *> libraries() const
    {
        return host_detail::list<VM_PackageLibrary>(get(), VM_PackageInspectionGetLibraryCount, VM_PackageInspectionGetLibrary);
    }
    /** Its files. */
    std::vector<const VM_PackageFile *> files() const
    {
        return host_detail::list<VM_PackageFile>(get(), VM_PackageInspectionGetFileCount, VM_PackageInspectionGetFile);
    }
    /** The names of the modules of the plug-in. */
    std::vector<std::string_view> modules() const { return host_detail::list_texts(get(), VM_PackageInspectionGetModuleCount, VM_PackageInspectionGetModuleName); }
    /** The description of a module. */
    std::string_view module_description(size_t module) const { return host_detail::view_of(VM_PackageInspectionGetModuleDescription(get(), module)); }
    /** Returns whether the package says which functions a module has. */
    bool has_functions(size_t module) const { return VM_PackageInspectionHasFunctions(get(), module); }
    /** The functions of a module. */
    std::vector<const VM_PluginFunction *> functions(size_t module) const
    {
        return host_detail::list<VM_PluginFunction>(
            get(), [module](const VM_PackageInspection *raw) { return VM_PackageInspectionGetFunctionCount(raw, module); },
            [module](const VM_PackageInspection *raw, size_t i) { return VM_PackageInspectionGetFunction(raw, module, i); });
    }
    /** The options of the plug-in. */
    std::vector<const VM_PluginOption *> options() const
    {
        return host_detail::list<VM_PluginOption>(get(), VM_PackageInspectionGetOptionCount, VM_PackageInspectionGetOption);
    }
    /** Its hooks, sources or sinks: VM_PACKAGE_ITEM_*. */
    std::vector<const VM_PackageItem *> items(VM_PackageItemKind kind) const
    {
        return host_detail::list<VM_PackageItem>(get(), [kind](const VM_PackageInspection *raw) { return VM_PackageInspectionGetItemCount(raw, kind); },
                                                 [kind](const VM_PackageInspection *raw, size_t i) { return VM_PackageInspectionGetItem(raw, kind, i); });
    }
    /** The permissions that the plug-in requests. */
    std::vector<std::string_view> permissions() const
    {
        return host_detail::list_texts(get(), VM_PackageInspectionGetPermissionCount, VM_PackageInspectionGetPermission);
    }
    /** The plug-ins that it needs: names and versions. */
    std::vector<std::pair<std::string_view, std::string_view>> dependencies() const
    {
        std::vector<std::pair<std::string_view, std::string_view>> found;
        for (size_t i = 0; i < VM_PackageInspectionGetDependencyCount(get()); i++)
            found.emplace_back(host_detail::view_of(VM_PackageInspectionGetDependencyName(get(), i)),
                               host_detail::view_of(VM_PackageInspectionGetDependencyVersion(get(), i)));
        return found;
    }
};

/** Checks a package as if it were installed; of a registry the conditions hold. */
inline host_detail::Returns<void> verify_package(const Text &file, const PluginRegistry *registry = nullptr, const PackageProgress &progress = nullptr)
{
    return host_detail::run(VM_PackageVerifyFile, static_cast<const VM_PluginRegistry *>(registry ? registry->get() : nullptr), file,
                            host_detail::progress_of(progress), host_detail::user_of(progress));
}
/** Builds a package out of a directory. */
inline host_detail::Returns<void> build_package(const Text &directory, const Text &output)
{
    return host_detail::run(VM_PackageBuild, directory, output);
}

/** The installed versions of packages, valid as long as the list. */
class PackageList : public host_detail::Handle<VM_PackageList> {
public:
    /** Takes ownership of a C object. */
    explicit PackageList(VM_PackageList *raw) : Handle(raw) {}
    /** The versions. */
    std::vector<const VM_InstalledPackage *> packages() const { return host_detail::list<VM_InstalledPackage>(get(), VM_PackageListGetCount, VM_PackageListGet); }
};

/** A directory of installed packages. */
class PackageDirectory : public host_detail::Handle<VM_PackageDirectory> {
public:
    /** Takes ownership of a C object. */
    explicit PackageDirectory(VM_PackageDirectory *raw) : Handle(raw) {}
    /** Opens a directory; of a registry the conditions hold. */
    static host_detail::Returns<PackageDirectory> create(const Text &path, const PluginRegistry *registry = nullptr)
    {
        return host_detail::make<PackageDirectory>(VM_PackageDirectoryCreate, path, registry ? registry->get() : nullptr);
    }
    /** Opens the default directory of a registry, or of the user. */
    static host_detail::Returns<PackageDirectory> create_default(const PluginRegistry *registry = nullptr)
    {
        return host_detail::make<PackageDirectory>(VM_PackageDirectoryCreate, nullptr, registry ? registry->get() : nullptr);
    }
#ifndef VM_CPP_RESULTS
    /** Opens a directory. */
    explicit PackageDirectory(const Text &path, const PluginRegistry *registry = nullptr) : Handle(create(path, registry)) {}
#endif
    /** Its path. */
    std::string_view path() const { return host_detail::view_of(VM_PackageDirectoryGetPath(get())); }
    /** Installs a package: VM_PACKAGE_REPLACE and others. */
    host_detail::Returns<void> install(const Text &archive, VM_PackageInstallFlags flags = 0, const PackageProgress &progress = nullptr)
    {
        return host_detail::run(VM_PackageDirectoryInstall, get(), archive, flags, host_detail::progress_of(progress), host_detail::user_of(progress));
    }
    /** Installs another version of an installed package. */
    host_detail::Returns<void> update(const Text &archive, VM_PackageInstallFlags flags = 0, const PackageProgress &progress = nullptr)
    {
        return host_detail::run(VM_PackageDirectoryUpdate, get(), archive, flags, host_detail::progress_of(progress), host_detail::user_of(progress));
    }
    /** Makes an installed version active. */
    host_detail::Returns<void> use(const Text &name, const Text &version) { return host_detail::run(VM_PackageDirectoryUse, get(), name, version); }
    /** Removes a package, or with a `version` one of its versions, and makes the version `next` active; NULL for none. */
    host_detail::Returns<void> remove(const Text &name, const char *version = nullptr, const char *next = nullptr)
    {
        return host_detail::run(VM_PackageDirectoryRemove, get(), name, version, next);
    }
    /** Compares installed files with their hashes; `version` may be NULL. */
    host_detail::Returns<void> verify(const Text &name, const char *version = nullptr, const PackageProgress &progress = nullptr) const
    {
        return host_detail::run(VM_PackageDirectoryVerify, static_cast<const VM_PackageDirectory *>(get()), name, version,
                                host_detail::progress_of(progress), host_detail::user_of(progress));
    }
    /** The installed versions. */
    host_detail::Returns<PackageList> list() const
    {
        return host_detail::make<PackageList>(VM_PackageDirectoryList, static_cast<const VM_PackageDirectory *>(get()));
    }
    /** What an installed version contains; `version` may be NULL for the active one. */
    host_detail::Returns<PackageInspection> describe(const Text &name, const char *version = nullptr) const
    {
        return host_detail::make<PackageInspection>(VM_PackageDirectoryDescribe, static_cast<const VM_PackageDirectory *>(get()), name, version);
    }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
