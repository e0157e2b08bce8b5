/*
 * A plug-in in C++ with a hook that answers later, from a thread that could ask an accounting service, as
 * examples/c/plugin_hook_account.c does. The host is examples/c/hooks_chain.c.
 *
 *     c++ -std=c++17 -shared -fPIC -fvisibility=hidden plugin_hook_account.cpp -o account.so $(pkg-config --cflags libvm)
 */
#include <cstdio>
#include <future>
#include <libvm/plugin.hpp>

class Account : public vm::Plugin {
public:
    vm::Answer on_job(vm::Event &event)
    {
        auto [completer, pending] = event.suspend();
        questions.push_back(std::async(std::launch::async, [completer = std::move(completer)]() mutable {
            std::printf("  account: 2 cents\n");
            completer.complete(vm::Answer::Continue);
        }));
        return pending;
    }

    static void describe(vm::Description<Account> &plugin) { plugin.hook("print.job", &Account::on_job).describe("Asks for the price"); }

private:
    std::vector<std::future<void>> questions; // whose destructors wait
};

VM_CPP_PLUGIN(Account, "account", "1.0.0", "Asks for the price of a job")
