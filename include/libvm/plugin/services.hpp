/**
 * @file libvm/plugin/services.hpp
 * The presence of a plug-in in a context: log, state, directories and permissions. Part of <libvm/plugin.hpp>.
 */
#ifndef LIBVM_PLUGIN_SERVICES_HPP
#define LIBVM_PLUGIN_SERVICES_HPP

#include <libvm/base.hpp>
#include <libvm/plugin.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace vm {

template <class T> class Description;

namespace detail {

/** Throws if a function of the host has failed. */
inline void check(VM_Status status, const char *what)
{
    if (status != VM_STATUS_OK)
        throw Failure(status, std::string(what) + " failed with status " + std::to_string(status));
}

/** Returns a text for a function that ends it at a NUL, or throws if there is one in it: what is checked or named would be another text. */
inline const char *c_string(const std::string &text, const char *what)
{
    if (text.find('\0') != std::string::npos)
        throw Failure(VM_STATUS_INVALID_ARGUMENT, std::string(what) + " contains a NUL");
    return text.c_str();
}

/** Throws if a function of the host has failed that has set the reason: the status passes it on. */
inline void check_known(VM_Status status, const char *what)
{
    if (status != VM_STATUS_OK)
        throw Known(status, std::string(what) + " failed with status " + std::to_string(status));
}

/** What is said of an exception without a text. */
constexpr const char *unknown_exception = "the plug-in has thrown an exception that is not a std::exception";

/** Runs a function of the plug-in. What it throws becomes a failure: `fail(status, text)`, with `plain` for what has no status. */
template <class Run, class Fail> VM_Status guard(VM_Status plain, Fail fail, Run run) noexcept
{
    try {
        return run();
    } catch (const Known &failure) {
        return failure.status();
    } catch (const Failure &failure) {
        return fail(failure.status(), failure.what());
    } catch (const std::exception &exception) {
        return fail(plain, exception.what());
    } catch (...) {
        return fail(plain, unknown_exception);
    }
}

/** The same for functions that fail with VM_HostFail. */
template <class Run> VM_Status guard_by_host(const VM_PluginHost *host, Run run) noexcept
{
    auto fail = [host](VM_Status status, const char *text) {
        VM_HostFail(host, text);
        return status;
    };
    return guard(VM_STATUS_PLUGIN_FAILED, fail, [&] {
        run();
        return VM_STATUS_OK;
    });
}

/** The same for functions that cannot fail: what they throw goes to the log. */
template <class Run> void guard_by_log(const VM_PluginHost *host, const char *what, Run run) noexcept
{
    auto log = [host, what](VM_Status status, const char *text) {
        try {
            VM_HostLog(host, nullptr, VM_LOG_ERROR, (std::string(what) + ": " + text).c_str());
        } catch (...) {
            VM_HostLog(host, nullptr, VM_LOG_ERROR, text);
        }
        return status;
    };
    guard(VM_STATUS_PLUGIN_FAILED, log, [&] {
        run();
        return VM_STATUS_OK;
    });
}

/** How long a presence may be used: its end waits for the threads that use it, whose further uses fail. */
class Life {
public:
    bool begin()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        uses_ += !ended_;
        return !ended_;
    }
    void finish()
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (--uses_ == 0)
            unused_.notify_all();
    }
    void end()
    {
        std::unique_lock<std::mutex> lock(mutex_);
        ended_ = true;
        unused_.wait(lock, [this] { return uses_ == 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable unused_;
    size_t uses_ = 0;
    bool ended_ = false;
};

/** Owns a life: it ends when this is destroyed. */
class LifeOwner {
public:
    LifeOwner() : life_(std::make_shared<Life>()) {}
    LifeOwner(const LifeOwner &) = delete;
    LifeOwner &operator=(const LifeOwner &) = delete;
    ~LifeOwner() { life_->end(); }
    const std::shared_ptr<Life> &get() const { return life_; }

private:
    std::shared_ptr<Life> life_;
};

/** A use of a presence. The lock is not held meanwhile: the host's log callback may run guests that use the plug-in. */
class Use {
public:
    explicit Use(const std::shared_ptr<Life> &life) : life_(life.get()), begun_(!life_ || life_->begin()) {}
    Use(const Use &) = delete;
    Use &operator=(const Use &) = delete;
    ~Use()
    {
        if (life_ && begun_)
            life_->finish();
    }
    explicit operator bool() const { return begun_; }
    /** Throws if the presence has ended. */
    void need() const
    {
        if (!begun_)
            throw Failure(VM_STATUS_STALE, "the instance of the plug-in was destroyed");
    }

private:
    Life *life_;
    bool begun_;
};

} // namespace detail

class State;

/**
 * The presence of a plug-in in a context. The one that an instance is created with may be kept, copied, and used on any thread: when the
 * instance is destroyed, that waits for the threads that use it, and afterwards its functions fail with VM_STATUS_STALE.
 */
class Self {
public:
    /** A presence of the C functions, which must be valid as long as this is used. */
    Self(const VM_PluginHost *host, VM_PluginInstance *self) : host_(host), self_(self) {}
    /** Used by this layer: a presence that ends. */
    Self(const VM_PluginHost *host, VM_PluginInstance *self, std::shared_ptr<detail::Life> life) : host_(host), self_(self), life_(std::move(life)) {}
    /** The host, for the functions of <libvm/plugin.h>. */
    const VM_PluginHost *host() const { return host_; }
    /** The presence, for the functions of <libvm/plugin.h>; valid as long as the instance. */
    VM_PluginInstance *get() const { return self_; }
    /** Writes a line to the log of the context; nothing if the instance was destroyed. */
    void log(VM_LogLevel level, const std::string &text) const
    {
        if (detail::Use use{ life_ })
            VM_HostLog(host_, self_, level, text.c_str());
    }
    /** The state in the context. */
    State state() const;
    /** Returns whether a permission is granted in the context; false if the instance was destroyed. */
    bool permits(const std::string &permission) const
    {
        detail::Use use(life_);
        bool is_whole = permission.find('\0') == std::string::npos;
        return is_whole && use && VM_HostCheckPermission(host_, self_, permission.c_str()) == VM_STATUS_OK;
    }
    /** A directory of the plug-in. */
    std::string directory(VM_DirectoryKind kind) const
    {
        detail::Use use(life_);
        const char *path = nullptr;
        use.need();
        detail::check(VM_HostGetDirectory(host_, self_, kind, &path), "asking for a directory");
        return path;
    }

private:
    friend class State;
    const VM_PluginHost *host_;
    VM_PluginInstance *self_;
    std::shared_ptr<detail::Life> life_; /* of nothing if it does not end before this */
};

/** Key-value storage and counters of the plug-in in a context; see VM_StateService. Each function throws if the instance was destroyed. */
class State {
public:
    /** The state of a presence; throws if the host has none. */
    explicit State(Self self) : self_(std::move(self))
    {
        detail::Use use(self_.life_);
        use.need();
        service_ = VM_HostGetStateService(self_.host());
        if (!service_)
            throw Failure(VM_STATUS_UNSUPPORTED, "this host has no state");
    }
    /** Sets a value. */
    void put(const std::string &key, std::string_view value)
    {
        detail::Use use(self_.life_);
        use.need();
        const char *name = detail::c_string(key, "a key of the state");
        detail::check(service_->put(self_.get(), name, value.data(), value.size()), "setting a value of the state");
    }
    /** Reads a value; returns whether there is one. */
    bool get(const std::string &key, std::string &value) const
    {
        detail::Use use(self_.life_);
        const char *name = detail::c_string(key, "a key of the state");
        use.need();
        for (;;) {
            size_t size = 0;
            VM_Status status = service_->get(self_.get(), name, value.empty() ? nullptr : &value[0], value.size(), &size);
            if (status == VM_STATUS_NOT_FOUND)
                return false;
            if (status != VM_STATUS_OUT_OF_BOUNDS) {
                detail::check(status, "reading a value of the state");
                value.resize(size);
                return true;
            }
            value.resize(size);
        }
    }
    /** Removes a value or a counter; returns whether there was one. */
    bool remove(const std::string &key)
    {
        detail::Use use(self_.life_);
        use.need();
        VM_Status status = service_->remove(self_.get(), detail::c_string(key, "a key of the state"));
        if (status == VM_STATUS_NOT_FOUND)
            return false;
        detail::check(status, "removing a value of the state");
        return true;
    }
    /** Adds to a counter, which is initially 0, and returns its value. */
    int64_t increment(const std::string &key, int64_t by)
    {
        detail::Use use(self_.life_);
        int64_t now = 0;
        use.need();
        const char *name = detail::c_string(key, "a key of the state");
        detail::check(service_->increment(self_.get(), name, by, &now), "incrementing a counter of the state");
        return now;
    }
    /** The keys of values and counters with a prefix, in order. */
    std::vector<std::string> keys(const std::string &prefix = "") const
    {
        detail::Use use(self_.life_);
        std::vector<std::string> found;
        use.need();
        VM_Status status = service_->list_keys(
            self_.get(), detail::c_string(prefix, "a prefix of keys of the state"),
            [](void *user, const char *key) {
                try {
                    static_cast<std::vector<std::string> *>(user)->push_back(key);
                    return true;
                } catch (...) {
                    return false;
                }
            },
            &found);
        detail::check(status, "listing the keys of the state");
        return found;
    }

private:
    Self self_;
    const VM_StateService *service_ = nullptr;
};

inline State Self::state() const { return State(*this); }

namespace detail {

/** What every callback of an instance needs beside it. */
struct Base {
    Base(const VM_PluginHost *of_host, VM_PluginInstance *of_self) : host(of_host), self(of_self) {}
    /** A presence: that of the instance ends with it; another one, which a call of a singleton has, is valid during the call. */
    Self presence(VM_PluginInstance *given) const { return given == self ? Self(host, self, life.get()) : Self(host, given); }

    const VM_PluginHost *host;
    VM_PluginInstance *self;
    const VM_ParametersService *parameters = nullptr;
    LifeOwner life;
};

/** An instance. Its object is destroyed first. */
template <class T> struct Instance : Base {
    using Base::Base;
    const Description<T> *description = nullptr;
    std::unique_ptr<T> object;
};

/** Its address stands for a type, without run-time type information. */
template <class P> struct TypeTag {
    static inline char place = 0;
};

} // namespace detail

} // namespace vm

#endif
