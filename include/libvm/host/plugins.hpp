/**
 * @file libvm/host/plugins.hpp
 * Part of <libvm.hpp>: registries of plug-ins, the plug-ins in them, reports, inspection, configuration files.
 */
#ifndef LIBVM_HOST_PLUGINS_HPP
#define LIBVM_HOST_PLUGINS_HPP

#include <libvm/host/engine.hpp>
#include <libvm/host/loop.hpp>

namespace vm {
inline namespace VM_CPP_STYLE {

/** The result of loading: a line for every candidate, valid as long as the report. */
class PluginReport : public host_detail::Handle<VM_PluginReport> {
public:
    /** An empty report. */
    PluginReport() : Handle(nullptr) {}
    /** Takes ownership of a C object. */
    explicit PluginReport(VM_PluginReport *raw) : Handle(raw) {}
    /** Its lines. */
    std::vector<const VM_PluginReportLine *> lines() const
    {
        return host_detail::list<VM_PluginReportLine>(get(), VM_PluginReportGetCount, VM_PluginReportGetLine);
    }
};

/** What a module needs, or a context offers: items and plug-ins, valid as long as the list. */
class ImportList : public host_detail::Handle<VM_ImportList> {
public:
    /** Takes ownership of a C object. */
    explicit ImportList(VM_ImportList *raw) : Handle(raw) {}
    /** The items. */
    std::vector<const VM_ImportOffer *> items() const { return host_detail::list<VM_ImportOffer>(get(), VM_ImportListGetCount, VM_ImportListGet); }
    /** The plug-ins that the module declares. */
    std::vector<const VM_DeclaredPlugin *> plugins() const
    {
        return host_detail::list<VM_DeclaredPlugin>(get(), VM_ImportListGetPluginCount, VM_ImportListGetPlugin);
    }
};

/** A share of a plug-in that a registry has loaded. What its getters return is valid as long as the share. */
class LoadedPlugin : public host_detail::Handle<VM_Plugin> {
public:
    /** Takes ownership of a share. */
    explicit LoadedPlugin(VM_Plugin *raw) : Handle(raw) {}
    /** Its name. */
    std::string_view name() const { return host_detail::view_of(VM_PluginGetName(get())); }
    /** Its version. */
    std::string_view version() const { return host_detail::view_of(VM_PluginGetVersion(get())); }
    /** Its description of one line. */
    std::string_view description() const { return host_detail::view_of(VM_PluginGetDescription(get())); }
    /** Its licence. */
    std::string_view license() const { return host_detail::view_of(VM_PluginGetLicense(get())); }
    /** Its file; empty for a built-in one. */
    std::string_view path() const { return host_detail::view_of(VM_PluginGetPath(get())); }
    /** The minor version of the ABI that it was built with. */
    uint32_t abi_minor() const { return VM_PluginGetAbiMinor(get()); }
    /** The names of its modules. */
    std::vector<std::string_view> modules() const { return host_detail::list_texts(get(), VM_PluginGetModuleCount, VM_PluginGetModuleName); }
    /** The description of a module. */
    std::string_view module_description(size_t module) const { return host_detail::view_of(VM_PluginGetModuleDescription(get(), module)); }
    /** The functions of a module. */
    std::vector<const VM_PluginFunction *> functions(size_t module) const
    {
        return host_detail::list<VM_PluginFunction>(get(), [module](const VM_Plugin *raw) { return VM_PluginGetFunctionCount(raw, module); },
                                                    [module](const VM_Plugin *raw, size_t i) { return VM_PluginGetFunction(raw, module, i); });
    }
    /** Its options. */
    std::vector<const VM_PluginOption *> options() const { return host_detail::list<VM_PluginOption>(get(), VM_PluginGetOptionCount, VM_PluginGetOption); }
    /** The permissions that it requests. */
    std::vector<std::string_view> permissions() const { return host_detail::list_texts(get(), VM_PluginGetPermissionCount, VM_PluginGetPermission); }
    /** Its hooks. */
    std::vector<const VM_PluginHook *> hooks() const { return host_detail::list<VM_PluginHook>(get(), VM_PluginGetHookCount, VM_PluginGetHook); }
    /** Its sources. */
    std::vector<const VM_PluginSource *> sources() const { return host_detail::list<VM_PluginSource>(get(), VM_PluginGetSourceCount, VM_PluginGetSource); }
    /** An option of a source; NULL if there is none. */
    const VM_PluginOption *source_option(size_t source, size_t index) const { return VM_PluginGetSourceOption(get(), source, index); }
    /** Its sinks. */
    std::vector<const VM_PluginSink *> sinks() const { return host_detail::list<VM_PluginSink>(get(), VM_PluginGetSinkCount, VM_PluginGetSink); }
    /** An option of a sink; NULL if there is none. */
    const VM_PluginOption *sink_option(size_t sink, size_t index) const { return VM_PluginGetSinkOption(get(), sink, index); }
    /** An extension of the plug-in; NULL if it has none of this id. */
    const void *extension(const Text &id) const { return id.is_whole() ? VM_PluginGetExtension(get(), id.c_str()) : nullptr; }
};

/** Loaded plug-ins, a policy, directories, conditions. */
class PluginRegistry : public host_detail::Handle<VM_PluginRegistry> {
public:
    /** Takes ownership of a C object. */
    explicit PluginRegistry(VM_PluginRegistry *raw) : Handle(raw) {}
    /** Creates an empty registry. */
    static host_detail::Returns<PluginRegistry> create() { return host_detail::make<PluginRegistry>(VM_PluginRegistryCreate); }
#ifndef VM_CPP_RESULTS
    /** Creates an empty registry. */
    PluginRegistry() : Handle(create()) {}
#endif
    /** Loads a plug-in from a file, or all of a directory. */
    host_detail::Returns<PluginReport> load_from_path(const Text &path) { return host_detail::make<PluginReport>(VM_PluginLoadFromPath, get(), path); }
    /** The same, with the report also of a failure. */
    host_detail::Returns<void> load_from_path(const Text &path, PluginReport &report) { return reported(report, VM_PluginLoadFromPath, get(), path); }
    /** Loads all plug-ins of the default directories. */
    host_detail::Returns<PluginReport> load_with_default_paths() { return host_detail::make<PluginReport>(VM_PluginLoadWithDefaultPaths, get()); }
    /** Loads the plug-ins that a module asks for, as set_module_plugins allows. */
    host_detail::Returns<PluginReport> load_for_module(Module &module) { return host_detail::make<PluginReport>(VM_PluginLoadForModule, get(), module.get()); }
    /** Loads another version of a plug-in. */
    host_detail::Returns<PluginReport> update_from_path(const Text &path)
    {
        return host_detail::make<PluginReport>(VM_PluginRegistryUpdateFromPath, get(), path);
    }
    /** Loads a plug-in that is linked into the program. */
    host_detail::Returns<void> add_builtin(const VM_PluginBuiltin &builtin) { return host_detail::run(VM_PluginRegistryAddBuiltin, get(), &builtin); }
    /** Applies what a configuration says about plug-ins; the report warns of those that are missing. */
    host_detail::Returns<PluginReport> apply(const Config &config);

    /** Number of plug-ins. */
    size_t count() const { return VM_PluginRegistryGetCount(get()); }
    /** A plug-in by its index. */
    host_detail::Returns<LoadedPlugin> plugin(size_t index) const
    {
        return host_detail::make<LoadedPlugin>(VM_PluginRegistryFindByIndex, static_cast<const VM_PluginRegistry *>(get()), index);
    }
    /** A plug-in by its name. */
    host_detail::Returns<LoadedPlugin> find(const Text &name) const
    {
        return host_detail::make<LoadedPlugin>(VM_PluginRegistryFind, static_cast<const VM_PluginRegistry *>(get()), name);
    }

    /** Allows plug-ins with these names only. */
    host_detail::Returns<void> allow_only(const std::vector<std::string> &names) { return set_policy(VM_PLUGIN_POLICY_NAMED, names); }
    /** Sets the policy: VM_PLUGIN_POLICY_*. */
    host_detail::Returns<void> set_policy(VM_PluginPolicy policy, const std::vector<std::string> &names = {})
    {
        const host_detail::Texts texts(names);
        if (std::optional<Error> refused = host_detail::refusal(texts))
            return host_detail::fail<void>(*refused);
        return host_detail::run(VM_PluginRegistrySetPolicy, get(), policy, texts.data(), texts.size());
    }
    /** Adds a directory in which plug-ins are searched by name. */
    host_detail::Returns<void> add_search_directory(const Text &directory) { return set(VM_PluginRegistryAddSearchDirectory, directory); }
    /** Sets the file with the state of plug-ins. */
    host_detail::Returns<void> set_state_file(const Text &path) { return set(VM_PluginRegistrySetStateFile, path); }
    /** Sets a directory below which each plug-in has its own: VM_DIRECTORY_*. */
    host_detail::Returns<void> set_data_directory(VM_DirectoryKind kind, const Text &directory) { return set(VM_PluginRegistrySetDataDirectory, kind, directory); }
    /** Sets the package directory. */
    host_detail::Returns<void> set_package_directory(const Text &directory) { return set(VM_PluginRegistrySetPackageDirectory, directory); }
    /** Sets whether others could have changed a file before it is loaded. */
    host_detail::Returns<void> set_file_checks(bool on) { return set(VM_PluginRegistrySetFileChecks, on); }
    /** Trusts files that a group can write. */
    host_detail::Returns<void> add_trusted_group(uint32_t group) { return set(VM_PluginRegistryAddTrustedGroup, group); }
    /** Sets the lock file. */
    host_detail::Returns<void> set_lock(const Text &path) { return set(VM_PluginRegistrySetLock, path); }
    /** Writes a lock file of the loaded plug-ins. */
    host_detail::Returns<void> write_lock(const Text &path) const { return set(VM_PluginRegistryWriteLock, path); }
    /** Adds a public key. */
    host_detail::Returns<void> add_key(const Text &key) { return set(VM_PluginRegistryAddKey, key); }
    /** Grants a permission to a plug-in in every context. */
    host_detail::Returns<void> grant_permission(const Text &plugin, const Text &permission)
    {
        return set(VM_PluginRegistryGrantPermission, plugin, permission);
    }
    /** Sets how modules may bring plug-ins in: VM_MODULE_PLUGINS_*. */
    host_detail::Returns<void> set_module_plugins(uint32_t flags) { return set(VM_PluginRegistrySetModulePlugins, flags); }
    /** Sets the file with the index of the search directories. */
    host_detail::Returns<void> set_index_file(const Text &path) { return set(VM_PluginRegistrySetIndexFile, path); }
    /** Compiles the parameters of a module. */
    host_detail::Returns<void> prepare_module(Module &module) { return set(VM_PluginRegistryPrepareModule, module.get()); }
    /** What a module imports, and what provides it. */
    host_detail::Returns<ImportList> examine_module(const Module &module)
    {
        return host_detail::make<ImportList>(VM_PluginRegistryExamineModule, get(), static_cast<const VM_Module *>(module.get()));
    }
    /** Declares a point of the host for hooks. */
    host_detail::Returns<void> declare_hook_point(const Text &point, const Text &description)
    {
        return set(VM_PluginRegistryDeclareHookPoint, point, description);
    }
    /** Sets the event loop of plug-ins. */
    host_detail::Returns<void> set_loop(Loop &loop) { return set(VM_PluginRegistrySetLoop, loop.get()); }

private:
    template <class Function, class... Args> host_detail::Returns<void> set(Function function, const Args &...args) const { return host_detail::run(function, get(), args...); }
    template <class Function, class... Args> static host_detail::Returns<void> reported(PluginReport &report, Function function, const Args &...args)
    {
        if (std::optional<Error> refused = host_detail::refusal(args...))
            return host_detail::fail<void>(*refused);
        VM_Error *error = nullptr;
        VM_PluginReport *made = nullptr;
        VM_Status status = function(host_detail::pass(args)..., &made, &error);
        report = PluginReport(made);
        return host_detail::answer(status, error);
    }
};

/** A configuration file. */
class Config : public host_detail::Handle<VM_Config> {
public:
    /** Takes ownership of a C object. */
    explicit Config(VM_Config *raw) : Handle(raw) {}
    /** Loads a file. */
    static host_detail::Returns<Config> load_from_file(const Text &path) { return host_detail::make<Config>(VM_ConfigLoadFromFile, path); }
    /** Loads text; relative paths in it begin at `directory`, which may be NULL. */
    static host_detail::Returns<Config> load_from_buffer(std::string_view text, const char *directory = nullptr)
    {
        return host_detail::make<Config>(VM_ConfigLoadFromBuffer, host_detail::bytes_of(text), text.size(), directory);
    }
#ifndef VM_CPP_RESULTS
    /** Loads a file. */
    explicit Config(const Text &path) : Handle(load_from_file(path)) {}
#endif
};

inline host_detail::Returns<PluginReport> PluginRegistry::apply(const Config &config)
{
    return host_detail::make<PluginReport>(VM_ConfigApplyToPluginRegistry, static_cast<const VM_Config *>(config.get()), get());
}

inline EngineConfig &EngineConfig::apply(const Config &config)
{
    VM_Error *error = nullptr;
    VM_Status status = VM_ConfigApplyToEngineConfig(config.get(), get(), &error);
    return note(status, error);
}

/** What a file holds, found out without running its code. What its getters return is valid as long as the inspection. */
class PluginInspection : public host_detail::Handle<VM_PluginInspection> {
public:
    /** Takes ownership of a C object. */
    explicit PluginInspection(VM_PluginInspection *raw) : Handle(raw) {}
    /** Inspects a file. */
    static host_detail::Returns<PluginInspection> inspect_file(const Text &path) { return host_detail::make<PluginInspection>(VM_PluginInspectFile, path); }
    /** VM_STATUS_OK, or the status with which loading would fail. */
    VM_Status status() const { return VM_PluginInspectionGetStatus(get()); }
#define VM_CPP_TEXT(name, getter) \
    std::string_view name() const { return host_detail::view_of(getter(get())); }
    /** What was found in words. */
    VM_CPP_TEXT(message, VM_PluginInspectionGetMessage)
    /** The file. */
    VM_CPP_TEXT(path, VM_PluginInspectionGetPath)
    /** What it was built for. */
    VM_CPP_TEXT(platform, VM_PluginInspectionGetPlatform)
    /** The name of the plug-in. */
    VM_CPP_TEXT(name, VM_PluginInspectionGetName)
    /** Its version. */
    VM_CPP_TEXT(version, VM_PluginInspectionGetVersion)
    /** Its description. */
    VM_CPP_TEXT(description, VM_PluginInspectionGetDescription)
    /** Its licence. */
    VM_CPP_TEXT(license, VM_PluginInspectionGetLicense)
    /** The versions of libvm that it accepts. */
    VM_CPP_TEXT(host_version, VM_PluginInspectionGetHostVersion)
#undef VM_CPP_TEXT
    /** The major version of its ABI. */
    uint32_t abi_major() const { return VM_PluginInspectionGetAbiMajor(get()); }
    /** The minor version of the ABI that it was built with. */
    uint32_t abi_minor_built() const { return VM_PluginInspectionGetAbiMinorBuilt(get()); }
    /** The minor version of the ABI that it requires. */
    uint32_t abi_minor_required() const { return VM_PluginInspectionGetAbiMinorRequired(get()); }
    /** Its flags. */
    uint32_t flags() const { return VM_PluginInspectionGetFlags(get()); }
    /** The names of its modules. */
    std::vector<std::string_view> modules() const { return host_detail::list_texts(get(), VM_PluginInspectionGetModuleCount, VM_PluginInspectionGetModule); }
    /** The permissions that it requests. */
    std::vector<std::string_view> permissions() const
    {
        return host_detail::list_texts(get(), VM_PluginInspectionGetPermissionCount, VM_PluginInspectionGetPermission);
    }
    /** The plug-ins that it needs: names and versions. */
    std::vector<std::pair<std::string_view, std::string_view>> dependencies() const
    {
        std::vector<std::pair<std::string_view, std::string_view>> found;
        for (size_t i = 0; i < VM_PluginInspectionGetDependencyCount(get()); i++)
            found.emplace_back(host_detail::view_of(VM_PluginInspectionGetDependencyName(get(), i)),
                               host_detail::view_of(VM_PluginInspectionGetDependencyVersion(get(), i)));
        return found;
    }
};

} // namespace VM_CPP_STYLE
} // namespace vm

#endif
