"""Builds a module of cffi by hand, with just what the measured calls need: `python build_hand.py FOLDER INCLUDE LIBRARY`."""

import sys
from pathlib import Path

import cffi

folder, include, library = (Path(argument).resolve() for argument in sys.argv[1:])
ffi = cffi.FFI()
ffi.cdef(
    """
    typedef int32_t VM_Status;
    typedef struct VM_Engine VM_Engine;
    typedef struct VM_Context VM_Context;
    typedef struct VM_Module VM_Module;
    typedef struct VM_HostModule VM_HostModule;
    typedef struct VM_Error VM_Error;
    typedef struct VM_Caller VM_Caller;
    typedef struct VM_Instance { uint64_t context; ...; } VM_Instance;
    typedef struct VM_Func { uint64_t context; ...; } VM_Func;
    typedef struct { uint32_t type; uint32_t reserved; union { int32_t i32; int64_t i64; float f32; double f64; uint8_t v128[16]; } of; } VM_Value;
    typedef VM_Status (*VM_Callback)(void *, VM_Caller *, const VM_Value *, VM_Value *);
    VM_Status VM_EngineCreate(void *, VM_Engine **, VM_Error **);
    VM_Status VM_ContextCreate(VM_Engine *, void *, VM_Context **, VM_Error **);
    VM_Status VM_ModuleLoadFromBuffer(VM_Engine *, const uint8_t *, size_t, VM_Module **, VM_Error **);
    VM_Status VM_HostModuleCreate(const char *, VM_HostModule **, VM_Error **);
    VM_Status VM_HostModuleAddFunction(VM_HostModule *, const char *, const char *, VM_Callback, void *, void *, VM_Error **);
    VM_Status VM_ContextRegisterModule(VM_Context *, VM_HostModule *, VM_Error **);
    VM_Status VM_ContextInstantiate(VM_Context *, VM_Module *, VM_Instance *, VM_Error **);
    VM_Status VM_InstanceFindFunction(VM_Context *, VM_Instance, const char *, VM_Func *, VM_Error **);
    VM_Status VM_FuncCall(VM_Context *, VM_Func, const VM_Value *, size_t, VM_Value *, size_t, VM_Error **);
    extern "Python" VM_Status hand_add(void *, VM_Caller *, const VM_Value *, VM_Value *);
    extern "Python" VM_Status hand_mix(void *, VM_Caller *, const VM_Value *, VM_Value *);
    """
)
ffi.set_source(
    "hand",
    "#include <libvm.h>",
    include_dirs=[str(include)],
    extra_link_args=[str(library), f"-Wl,-rpath,{library.parent}"],
    extra_compile_args=["-O2", "-w"],
    py_limited_api=True,
)
ffi.compile(tmpdir=str(folder))
