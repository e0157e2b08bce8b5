/**
 * @file libvm/plugin/options.hpp
 * Options: the fields of a struct, of the plug-in and of its sources and sinks. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_OPTIONS_HPP
#define LIBVM_PLUGIN_OPTIONS_HPP

#include <libvm/plugin/services.hpp>

#include <type_traits>

namespace vm {

namespace detail {

/** A value of VM_OptionDescriptor with its strings. */
struct Option {
    VM_OptionDescriptor descriptor = {};
    std::string key, text, description, choices;
};

struct NoOptions {};

template <class T, class = void> struct OptionsOf {
    using type = NoOptions;
};
template <class T> struct OptionsOf<T, std::void_t<typename T::Options>> {
    using type = typename T::Options;
};

/** An option: how it is described with its default, and read. */
inline void describe_default(Option &option, bool value) { option.descriptor.type = VM_OPTION_TYPE_BOOL, option.descriptor.integer = value; }
inline void describe_default(Option &option, int64_t value) { option.descriptor.type = VM_OPTION_TYPE_INTEGER, option.descriptor.integer = value; }
inline void describe_default(Option &option, double value) { option.descriptor.type = VM_OPTION_TYPE_FLOAT, option.descriptor.number = value; }
inline void describe_default(Option &option, const std::string &value) { option.descriptor.type = VM_OPTION_TYPE_STRING, option.text = value; }
inline void describe_default(Option &option, const std::vector<std::string> &value)
{
    option.descriptor.type = VM_OPTION_TYPE_LIST;
    for (const std::string &item : value)
        option.text += (option.text.empty() ? "" : "\n") + item;
}
inline VM_Status read_option(const VM_PluginHost *host, VM_PluginInstance *self, const char *key, bool &value) { return VM_HostGetOptionBool(host, self, key, &value); }
inline VM_Status read_option(const VM_PluginHost *host, VM_PluginInstance *self, const char *key, int64_t &value) { return VM_HostGetOptionInteger(host, self, key, &value); }
inline VM_Status read_option(const VM_PluginHost *host, VM_PluginInstance *self, const char *key, double &value) { return VM_HostGetOptionFloat(host, self, key, &value); }
inline VM_Status read_option(const VM_PluginHost *host, VM_PluginInstance *self, const char *key, std::string &value)
{
    const char *text = nullptr;
    VM_Status status = VM_HostGetOptionString(host, self, key, &text);
    if (status == VM_STATUS_OK)
        value = text;
    return status;
}
inline VM_Status read_option(const VM_PluginHost *host, VM_PluginInstance *self, const char *key, std::vector<std::string> &value)
{
    const char *const *items = nullptr;
    size_t count = 0;
    VM_Status status = VM_HostGetOptionList(host, self, key, &items, &count);
    if (status == VM_STATUS_OK)
        value.assign(items, items + count);
    return status;
}

template <class O> struct Field : Option {
    virtual void read(const VM_PluginHost *host, VM_PluginInstance *self, O &options) const = 0;
    virtual ~Field() = default;
};

template <class O, class M> struct MemberField : Field<O> {
    M O::*member;
    explicit MemberField(M O::*given) : member(given) {}
    void read(const VM_PluginHost *host, VM_PluginInstance *self, O &options) const override
    {
        check(read_option(host, self, this->key.c_str(), options.*member), "reading an option");
    }
};

} // namespace detail

/** An option that was added, to say more about it. */
class OptionRef {
public:
    /** The option. */
    explicit OptionRef(detail::Option &option) : option_(option) {}
    /** Bounds an integer. */
    OptionRef &range(int64_t least, int64_t most)
    {
        option_.descriptor.flags |= VM_OPTION_RANGED;
        option_.descriptor.minimum = least;
        option_.descriptor.maximum = most;
        return *this;
    }
    /** Bounds a float. */
    OptionRef &range_of_numbers(double least, double most)
    {
        option_.descriptor.flags |= VM_OPTION_RANGED;
        option_.descriptor.minimum_number = least;
        option_.descriptor.maximum_number = most;
        return *this;
    }
    /** It has no default and must be set. */
    OptionRef &required()
    {
        option_.descriptor.flags |= VM_OPTION_REQUIRED;
        return *this;
    }
    /** It is never shown or logged. */
    OptionRef &secret()
    {
        option_.descriptor.flags |= VM_OPTION_SECRET;
        return *this;
    }
    /** A string is one of several, which are separated by commas. */
    OptionRef &choices(const char *choices)
    {
        option_.descriptor.type = VM_OPTION_TYPE_ENUM;
        option_.choices = choices;
        return *this;
    }

private:
    detail::Option &option_;
};

namespace detail {

/** The options that are fields of a struct. */
template <class O> class OptionList {
public:
    template <class M> OptionRef add(const char *key, M O::*member, const char *description)
    {
        auto field = std::make_unique<MemberField<O, M>>(member);
        field->key = key;
        field->description = description;
        describe_default(*field, O().*member);
        fields_.push_back(std::move(field));
        return OptionRef(*fields_.back());
    }

    VM_OptionTable finish()
    {
        for (auto &field : fields_) {
            VM_OptionDescriptor option = field->descriptor;
            option.key = field->key.c_str();
            option.description = field->description.c_str();
            bool has_text = option.type >= VM_OPTION_TYPE_STRING && !(option.flags & VM_OPTION_REQUIRED);
            option.text = has_text ? field->text.c_str() : nullptr;
            option.choices = field->choices.empty() ? nullptr : field->choices.c_str();
            descriptors_.push_back(option);
        }
        return { descriptors_.data(), static_cast<uint32_t>(descriptors_.size()), sizeof(VM_OptionDescriptor) };
    }

    O read(const VM_PluginHost *host, VM_PluginInstance *self) const
    {
        O options;
        for (const auto &field : fields_)
            field->read(host, self, options);
        return options;
    }

private:
    std::vector<std::unique_ptr<Field<O>>> fields_;
    std::vector<VM_OptionDescriptor> descriptors_;
};

} // namespace detail

} // namespace vm

#endif
