/**
 * @file libvm/plugin/dependencies.hpp
 * Modules that are shown to a plug-in before they are linked. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_DEPENDENCIES_HPP
#define LIBVM_PLUGIN_DEPENDENCIES_HPP

#include <libvm/plugin/compiler.hpp>
#include <libvm/plugin/function.hpp>

namespace vm {

/** An import or export of a module, valid until `examine` returns. */
struct ModuleItem {
    VM_ModuleItemKind kind;     /**< VM_MODULE_ITEM_* */
    std::string_view module;    /**< The module that an import names; empty for an export. */
    std::string_view name;      /**< Its name. */
    std::string_view signature; /**< Of a function, its wasm types as in "(ii)i"; empty for others. */
};

/** A custom section of a module, valid until `examine` returns. */
struct ModuleSection {
    std::string_view name;    /**< Its name. */
    std::string_view content; /**< Its bytes. */
};

/** More about a function that is provided for a module. */
class Provided {
public:
    /** Describes it in one line. */
    Provided &describe(const char *text)
    {
        text_ = text;
        return *this;
    }
    /** Sets the permission that calls require. */
    Provided &permission(const char *permission)
    {
        permission_ = permission;
        return *this;
    }
    /** Adds VM_FUNCTION_* to the flags. */
    Provided &flags(uint32_t flags)
    {
        flags_ |= flags;
        return *this;
    }

private:
    template <class> friend class ModuleView;
    std::string text_, permission_;
    uint32_t flags_ = 0;
};

/** A module that is shown to a plug-in of the class T, valid until `examine` returns. */
template <class T> class ModuleView {
public:
    /** Used by this layer: the view of a callback. */
    ModuleView(const detail::Loaded<T> &loaded, VM_ModuleView *view) : loaded_(loaded), view_(view) {}
    /** The view, for the functions of <libvm/dependencies.h>. */
    VM_ModuleView *get() const { return view_; }

    /** The imports, in the module's order. */
    std::vector<ModuleItem> imports() const { return items(VM_ModuleViewGetImport); }
    /** The exports, in the module's order. */
    std::vector<ModuleItem> exports() const { return items(VM_ModuleViewGetExport); }
    /** The custom sections, in the module's order; several may have the same name. */
    std::vector<ModuleSection> sections() const
    {
        std::vector<ModuleSection> found;
        while (const VM_ModuleSection *section = VM_ModuleViewGetSection(view_, found.size()))
            found.push_back({ text(section->name), text(section->content) });
        return found;
    }
    /** Requires a plug-in for the module, with versions as in ">=1.2 <2"; empty for any. */
    void require(const std::string &plugin, const std::string &range = "") const
    {
        detail::check_known(VM_ModuleViewRequire(view_, plugin.c_str(), range.c_str()), "requiring a plug-in");
    }
    /**
     * Provides a function for this module alone: a member function, a function or a lambda as for PluginModule::function. It is destroyed
     * when the module and its instances are gone.
     */
    template <class F> void provide(const std::string &module, const std::string &name, F function, const Provided &more = Provided()) const
    {
        std::unique_ptr<detail::FunctionBase> made = detail::make_function<T>(std::move(function));
        made->resolve(loaded_.description->kinds());
        VM_ProvidedFunction provided = {};
        provided.size = sizeof provided;
        provided.flags = made->flags | more.flags_;
        provided.module = module.c_str();
        provided.name = name.c_str();
        provided.signature = made->signature.c_str();
        provided.callback = made->callback;
        provided.permission = more.permission_.empty() ? nullptr : more.permission_.c_str();
        provided.description = more.text_.c_str();
        provided.free_data = [](void *data) { delete static_cast<detail::FunctionBase *>(data); };
        std::string signature = std::move(made->signature); /* `data` may be freed in the call */
        provided.signature = signature.c_str();
        provided.data = made.release();
        detail::check_known(VM_ModuleViewProvideFunction(view_, &provided), "providing a function");
    }
    /** Refuses the module: it is not linked, and the error has this text. */
    [[noreturn]] void refuse(const std::string &text) const
    {
        throw detail::Known(VM_ModuleViewRefuse(view_, text.c_str()), text);
    }
    /** Writes a line to the log of the plug-in: there is no context. */
    void log(VM_LogLevel level, const std::string &text) const { VM_HostLog(loaded_.host, nullptr, level, text.c_str()); }

private:
    static std::string_view text(VM_Bytes bytes) { return { reinterpret_cast<const char *>(bytes.data), bytes.size }; }
    template <class Get> std::vector<ModuleItem> items(Get get) const
    {
        std::vector<ModuleItem> found;
        while (const VM_ModuleItem *item = get(view_, found.size()))
            found.push_back({ item->kind, { item->module, item->module_size }, { item->name, item->name_size },
                              item->signature ? std::string_view(item->signature) : std::string_view() });
        return found;
    }

    const detail::Loaded<T> &loaded_;
    VM_ModuleView *view_;
};

} // namespace vm

#endif
