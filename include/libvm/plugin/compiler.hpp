/**
 * @file libvm/plugin/compiler.hpp
 * Compilers of parameters of modules. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_COMPILER_HPP
#define LIBVM_PLUGIN_COMPILER_HPP

#include <libvm/plugin/services.hpp>

#include <functional>

namespace vm {

/** The exception of a compiler for a parameter with an error at a position, which the message points at. */
class ParameterError : public std::exception {
public:
    /** An error at a byte of the parameter, from 0 to its size. */
    ParameterError(size_t position, std::string text) : position_(position), text_(std::move(text)) {}
    /** The position. */
    size_t position() const { return position_; }
    /** The text. */
    const char *what() const noexcept override { return text_.c_str(); }

private:
    size_t position_;
    std::string text_;
};

namespace detail {

/** What belongs to a plug-in that a registry has loaded. */
template <class T> struct Loaded {
    const VM_PluginHost *host;
    const Description<T> *description;
};

/** A compiler, by the type that it makes: its functions are not passed the compiler that they belong to. */
struct CompilerBase {
    std::string kind, text;
    const void *tag = nullptr;
    VM_CompilerDescriptor descriptor = {};
    virtual ~CompilerBase() = default;
};

template <class T, class P> struct CompilerOf : CompilerBase {
    std::function<P *(std::string_view)> make;

    explicit CompilerOf(std::function<P *(std::string_view)> given) : make(std::move(given))
    {
        tag = &TypeTag<P>::place;
        descriptor.compile = compile;
        descriptor.release = release;
    }

    static VM_Status VM_CALL compile(void *data, VM_Parameter *parameter, void **compiled)
    {
        auto *loaded = static_cast<const Loaded<T> *>(data);
        auto fail = [loaded](VM_Status status, const char *text) {
            VM_HostFail(loaded->host, text);
            return status;
        };
        return guard(VM_STATUS_PLUGIN_FAILED, fail, [&]() -> VM_Status {
            auto *self = static_cast<const CompilerOf *>(loaded->description->find_compiler(&TypeTag<P>::place));
            try {
                *compiled = self->make({ reinterpret_cast<const char *>(parameter->bytes.data), parameter->bytes.size });
                return VM_STATUS_OK;
            } catch (const ParameterError &error) {
                return VM_ParameterFail(parameter, error.position(), error.what());
            } catch (const Failure &) {
                throw;
            } catch (const std::bad_alloc &) {
                return VM_STATUS_OUT_OF_MEMORY;
            } catch (const std::exception &exception) {
                return VM_ParameterFail(parameter, SIZE_MAX, exception.what());
            }
        });
    }

    static void VM_CALL release(void *, void *compiled) { delete static_cast<P *>(compiled); }
};

} // namespace detail

/** A compiler that was added, to say more about it. */
class CompilerRef {
public:
    /** The compiler. */
    explicit CompilerRef(detail::CompilerBase &compiler) : compiler_(compiler) {}
    /** Describes it in one line. */
    CompilerRef &describe(const char *text)
    {
        compiler_.text = text;
        return *this;
    }

private:
    detail::CompilerBase &compiler_;
};

} // namespace vm

#endif
