/**
 * @file libvm/plugin/description.hpp
 * What a plug-in provides: modules, options, hooks, sources, sinks, compilers. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_DESCRIPTION_HPP
#define LIBVM_PLUGIN_DESCRIPTION_HPP

#include <libvm/plugin/compiler.hpp>
#include <libvm/plugin/dependencies.hpp>
#include <libvm/plugin/function.hpp>
#include <libvm/plugin/hooks.hpp>
#include <libvm/plugin/options.hpp>
#include <libvm/plugin/stream.hpp>

#include <atomic>
#include <deque>

namespace vm {

/** The base of plug-ins. `T()`, `T(vm::Self)` or `T(vm::Self, const T::Options &)` creates an instance in a context. */
class Plugin {
public:
    Plugin() = default;
    Plugin(const Plugin &) = delete;
    Plugin &operator=(const Plugin &) = delete;
};

namespace detail {

template <class T, class = void> struct FlagsOf {
    static constexpr uint32_t value = 0;
};
template <class T> struct FlagsOf<T, std::void_t<decltype(T::flags)>> {
    static constexpr uint32_t value = T::flags;
};

template <class T, class = void> struct HasSnapshot : std::false_type {};
template <class T>
struct HasSnapshot<T, std::void_t<decltype(std::declval<T &>().save()), decltype(std::declval<T &>().restore(std::string_view()))>>
    : std::true_type {};

template <class T, class = void> struct HasExamine : std::false_type {};
template <class T> struct HasExamine<T, std::void_t<decltype(T::examine(std::declval<ModuleView<T> &>()))>> : std::true_type {};

/** The functions for instances of a class: they are passed no more than the instance. */
template <class T> struct Callbacks {
    static void VM_CALL destroy(void *instance) { delete static_cast<Instance<T> *>(instance); }
    static void VM_CALL cleanup(void *data) { static_cast<Loaded<T> *>(data)->description->cleanup(data); }
    static const void *VM_CALL get_extension(void *data, const char *id) { return static_cast<Loaded<T> *>(data)->description->extension(id); }
    static VM_Status VM_CALL save(void *instance, VM_SnapshotWrite write, void *user)
    {
        auto *made = static_cast<Instance<T> *>(instance);
        return guard_by_host(made->host, [&] {
            std::string state = made->object->save();
            check(write(user, state.data(), state.size()), "writing a snapshot");
        });
    }
    static VM_Status VM_CALL restore(void *instance, const void *data, size_t size)
    {
        auto *made = static_cast<Instance<T> *>(instance);
        return guard_by_host(made->host, [&] { made->object->restore(std::string_view(static_cast<const char *>(data), size)); });
    }
    static VM_Status VM_CALL examine(void *data, VM_ModuleView *view)
    {
        auto *loaded = static_cast<const Loaded<T> *>(data);
        return guard_by_host(loaded->host, [&] {
            ModuleView<T> shown(*loaded, view);
            T::examine(shown);
        });
    }
};

} // namespace detail

/** What a plug-in provides: its static function `describe` fills it in, once in a process. */
template <class T> class Description {
public:
    /** The options of the plug-in. */
    using Options = typename detail::OptionsOf<T>::type;

    Description() = default;
    Description(const Description &) = delete;
    Description &operator=(const Description &) = delete;

    /** Adds a module. */
    PluginModule<T> &module(const char *name)
    {
        modules_.emplace_back(name);
        return modules_.back();
    }
    /** Declares a field of T::Options as an option; its default is that of the struct. */
    template <class M> OptionRef option(const char *key, M Options::*member, const char *description) { return options_.add(key, member, description); }
    /**
     * Adds a hook at a point: a member function, or a function or lambda, which takes a vm::Event & and may take the instance by reference
     * before it. It returns nothing, which is Answer::Continue, or an Answer.
     */
    template <class F> HookRef hook(const char *point, F function)
    {
        auto made = std::make_unique<detail::Hook<T, F>>(std::move(function));
        made->point = point;
        hooks_.push_back(std::move(made));
        return HookRef(*hooks_.back());
    }
    /**
     * Adds a source. Objects of S are opened sources: made by `S(T &, vm::StreamPart, const S::Options &)` or by fewer of these in this
     * order, and destroyed when they are closed. One that is pulled has `vm::Next next(vm::StreamEvent &)`, one that pushes has `start()` and
     * `stop()`. They may have `commit(uint64_t)` and `rewind(uint64_t)`.
     */
    template <class S> StreamPartRef<T, S> source(const char *name) { return StreamPartRef<T, S>(add_part<S>(name, &detail::PartOf<T, S>::be_source)); }
    /**
     * Adds a sink. Objects of S are opened sinks, which are made and destroyed like sources. They have `write(const vm::StreamEventView &)`
     * and may have `flush()`; both return nothing or a vm::Progress.
     */
    template <class S> StreamPartRef<T, S> sink(const char *name) { return StreamPartRef<T, S>(add_part<S>(name, &detail::PartOf<T, S>::be_sink)); }
    /** Adds a compiler of parameters: the function makes a P of the bytes, a std::string_view. It runs on any thread. */
    template <class P, class F> CompilerRef compiler(const char *kind, F function)
    {
        auto make = [function = std::move(function)](std::string_view bytes) { return new P(function(bytes)); };
        auto made = std::make_unique<detail::CompilerOf<T, P>>(std::move(make));
        made->kind = kind;
        kinds_.add(made->tag);
        compilers_.push_back(std::move(made));
        return CompilerRef(*compilers_.back());
    }
    /** Adds a compiler of parameters: a P is made of a std::string_view. */
    template <class P> CompilerRef compiler(const char *kind)
    {
        return compiler<P>(kind, [](std::string_view bytes) { return P(bytes); });
    }

    /** Used by VM_CPP_PLUGIN: returns the descriptor. */
    const VM_PluginDescriptor *finish(decltype(VM_PluginDescriptor::initialize) initialize, decltype(VM_PluginDescriptor::create) create)
    {
        for (PluginModule<T> &module : modules_)
            module_descriptors_.push_back(module.finish(kinds_));
        for (auto &hook : hooks_)
            hook_descriptors_.push_back({ 0, 0, hook->point.c_str(), hook->callback, hook.get(), hook->text.c_str() });
        for (auto &part : parts_)
            finish_part(*part);
        for (auto &compiler : compilers_) {
            compiler->descriptor.kind = compiler->kind.c_str();
            compiler->descriptor.description = compiler->text.c_str();
            compiler_descriptors_.push_back(compiler->descriptor);
        }
        hooks_extension_ = { sizeof hooks_extension_, 0, table<VM_HookTable>(hook_descriptors_) };
        stream_extension_ = { sizeof stream_extension_, 0, table<VM_SourceTable>(source_descriptors_), table<VM_SinkTable>(sink_descriptors_) };
        compiler_extension_ = { sizeof compiler_extension_, 0, table<VM_CompilerTable>(compiler_descriptors_) };
        if constexpr (detail::HasSnapshot<T>::value)
            snapshot_extension_ = { sizeof snapshot_extension_, 0, detail::Callbacks<T>::save, detail::Callbacks<T>::restore };
        if constexpr (detail::HasExamine<T>::value)
            dependencies_extension_ = { sizeof dependencies_extension_, 0, detail::Callbacks<T>::examine };
        descriptor_.size = sizeof descriptor_;
        descriptor_.flags = detail::FlagsOf<T>::value;
        descriptor_.modules = table<VM_ModuleTable>(module_descriptors_);
        descriptor_.options = options_.finish();
        descriptor_.initialize = initialize;
        descriptor_.cleanup = detail::Callbacks<T>::cleanup;
        descriptor_.create = create;
        descriptor_.destroy = detail::Callbacks<T>::destroy;
        descriptor_.get_extension = detail::Callbacks<T>::get_extension;
        return &descriptor_;
    }

    /** Used by VM_CPP_PLUGIN: what belongs to a registry. */
    VM_Status initialize(const VM_PluginHost *host, void **data) const
    {
        return detail::guard_by_host(host, [&] {
            *data = new detail::Loaded<T>{ host, this };
            loaded_++;
        });
    }
    /** Used by this layer: reverses initialize. */
    void cleanup(void *data) const
    {
        delete static_cast<detail::Loaded<T> *>(data);
        loaded_--;
    }
    /** Used by VM_CPP_PLUGIN: whether a registry uses it. */
    bool is_loaded() const { return loaded_ > 0; }

    /** Used by VM_CPP_PLUGIN: creates an instance. */
    VM_Status create(const VM_PluginHost *host, VM_PluginInstance *self, void **instance) const
    {
        return detail::guard_by_host(host, [&] {
            auto made = std::make_unique<detail::Instance<T>>(host, self);
            Self presence = made->presence(self);
            made->description = this;
            if (!compilers_.empty())
                made->parameters = VM_HostGetParametersService(host);
            if constexpr (std::is_constructible<T, Self, const Options &>::value)
                made->object = std::make_unique<T>(presence, options_.read(host, self));
            else if constexpr (std::is_constructible<T, Self>::value)
                made->object = std::make_unique<T>(presence);
            else
                made->object = std::make_unique<T>();
            *instance = made.release();
        });
    }

    /** Used by this layer: an extension that the plug-in has, or NULL. */
    const void *extension(const char *id) const
    {
        if (!hooks_.empty() && VM_ExtensionMatches(id, VM_HOOKS_EXTENSION))
            return &hooks_extension_;
        if (!parts_.empty() && VM_ExtensionMatches(id, VM_STREAM_EXTENSION))
            return &stream_extension_;
        if (!compilers_.empty() && VM_ExtensionMatches(id, VM_COMPILER_EXTENSION))
            return &compiler_extension_;
        if (detail::HasSnapshot<T>::value && VM_ExtensionMatches(id, VM_SNAPSHOT_EXTENSION))
            return &snapshot_extension_;
        if (detail::HasExamine<T>::value && VM_ExtensionMatches(id, VM_DEPENDENCIES_EXTENSION))
            return &dependencies_extension_;
        return nullptr;
    }
    /** Used by this layer: the types that the compilers make. */
    const detail::Kinds &kinds() const { return kinds_; }
    /** Used by this layer: the source or sink of a class. */
    const detail::PartBase *find_part(const void *tag) const { return find(parts_, tag); }
    /** Used by this layer: the compiler that makes a type. */
    const detail::CompilerBase *find_compiler(const void *tag) const { return find(compilers_, tag); }

private:
    template <class Table, class Items> static Table table(const Items &items)
    {
        return { items.data(), static_cast<uint32_t>(items.size()), sizeof(items[0]) };
    }
    template <class Items> static auto find(const Items &items, const void *tag) -> decltype(items[0].get())
    {
        for (const auto &item : items)
            if (item->tag == tag)
                return item.get();
        return nullptr;
    }
    template <class S> detail::PartOf<T, S> &add_part(const char *name, void (detail::PartOf<T, S>::*be)())
    {
        auto made = std::make_unique<detail::PartOf<T, S>>();
        if (find_part(made->tag))
            throw Failure(VM_STATUS_PLUGIN_BAD_DESCRIPTOR, std::string("the class of `") + name + "` is that of another source or sink: derive one from it");
        detail::PartOf<T, S> &part = *made;
        part.name = name;
        (part.*be)();
        parts_.push_back(std::move(made));
        return part;
    }
    void finish_part(detail::PartBase &part)
    {
        if (part.sink.write) {
            VM_SinkDescriptor sink = part.sink;
            finish_descriptor(sink, part);
            sink_descriptors_.push_back(sink);
        } else {
            VM_SourceDescriptor source = part.source;
            finish_descriptor(source, part);
            source_descriptors_.push_back(source);
        }
    }
    template <class D> static void finish_descriptor(D &descriptor, detail::PartBase &part)
    {
        descriptor.size = sizeof descriptor;
        descriptor.flags = part.flags;
        descriptor.name = part.name.c_str();
        descriptor.description = part.text.c_str();
        descriptor.options = part.finish_options();
    }

    mutable std::atomic<int> loaded_{ 0 };
    std::deque<PluginModule<T>> modules_;
    detail::OptionList<Options> options_;
    std::vector<std::unique_ptr<detail::HookBase>> hooks_;
    std::vector<std::unique_ptr<detail::PartBase>> parts_;
    std::vector<std::unique_ptr<detail::CompilerBase>> compilers_;
    detail::Kinds kinds_;
    std::vector<VM_ModuleDescriptor> module_descriptors_;
    std::vector<VM_Hook> hook_descriptors_;
    std::vector<VM_SourceDescriptor> source_descriptors_;
    std::vector<VM_SinkDescriptor> sink_descriptors_;
    std::vector<VM_CompilerDescriptor> compiler_descriptors_;
    VM_HooksExtension hooks_extension_ = {};
    VM_StreamExtension stream_extension_ = {};
    VM_CompilerExtension compiler_extension_ = {};
    VM_SnapshotExtension snapshot_extension_ = {};
    VM_DependenciesExtension dependencies_extension_ = {};
    VM_PluginDescriptor descriptor_ = {};
};

namespace detail {

/**
 * Owns the description of a library: several registries use it, until the library is closed. At the end of the process other threads may
 * still use it; then it stays.
 */
template <class T> struct DescriptionOwner {
    Description<T> *description = nullptr;

    DescriptionOwner() = default;
    DescriptionOwner(const DescriptionOwner &) = delete;
    DescriptionOwner &operator=(const DescriptionOwner &) = delete;
    ~DescriptionOwner()
    {
        if (description && !description->is_loaded())
            delete description;
    }
};

} // namespace detail

} // namespace vm

#endif
