/**
 * @file libvm.hpp
 * Use libvm in C++17: objects that own what they have, errors as exceptions or results, lambdas as functions of the host.
 *
 *     vm::Engine engine;
 *     vm::Context context(engine);
 *     context.module("host").function("print", [](int32_t n) { std::cout << n << '\n'; });
 *     auto sum = context.run<int32_t>("app.wasm", "sum", 20, 22);
 *
 * A layer over <libvm.h>, header only: `get()` of every object is its C object, and a class made of a C object owns it. What the C header
 * says of lifetimes and threads holds here too. Objects move; an object that was moved from or closed fails with
 * VM_STATUS_NULL_ARGUMENT. Functions have the names of the C functions without the type and in small letters.
 *
 * Errors: functions throw vm::Error. With the macro VM_CPP_RESULTS, and without exceptions in the compiler, they return vm::Result,
 * and objects are made by `create` instead of constructors. No run-time type information is needed.
 *
 * Builders (vm::EngineConfig, vm::ContextConfig, vm::HostModule, vm::Wasi) return themselves from their functions, to be chained. With
 * results they keep their first failure for what they are passed to.
 */
#ifndef LIBVM_HPP
#define LIBVM_HPP

#include <libvm/host/allocator.hpp>
#include <libvm/host/caller.hpp>
#include <libvm/host/context.hpp>
#include <libvm/host/context_config.hpp>
#include <libvm/host/engine.hpp>
#include <libvm/host/error.hpp>
#include <libvm/host/event.hpp>
#include <libvm/host/execution.hpp>
#include <libvm/host/handle.hpp>
#include <libvm/host/host_module.hpp>
#include <libvm/host/instance.hpp>
#include <libvm/host/loop.hpp>
#include <libvm/host/package.hpp>
#include <libvm/host/plugins.hpp>
#include <libvm/host/pool.hpp>
#include <libvm/host/stream.hpp>
#include <libvm/host/value.hpp>
#include <libvm/host/wasi.hpp>

#endif
