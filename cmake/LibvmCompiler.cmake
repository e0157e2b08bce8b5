# Builds the compiler of the compiled engine with cargo, beside the library, where it is looked for: the component `compiler`. Included by
# CMakeLists.txt after LibvmInstall.cmake.
#
# It is always built for release: without optimisation, compiling a module would take minutes. It has a folder of its own, because it is a
# package outside of the workspace.
if(WIN32)
  set(compiler_built vm_compiler.dll)
  set(compiler_name vm-compiler.dll)
  set(compiler_link "")
  set(compiler_folder "${PROJECT_BINARY_DIR}/bin")
elseif(APPLE)
  set(compiler_built libvm_compiler.dylib)
  set(compiler_name libvm-compiler.${LIBVM_VERSION}.dylib)
  set(compiler_link libvm-compiler.${LIBVM_ABI_VERSION}.dylib) # which libvm opens
  set(compiler_folder "${lib_dir}")
else()
  set(compiler_built libvm_compiler.so)
  set(compiler_name libvm-compiler.so.${LIBVM_VERSION})
  set(compiler_link libvm-compiler.so.${LIBVM_ABI_VERSION}) # which libvm opens
  set(compiler_folder "${lib_dir}")
endif()
set(compiler_target_dir "${LIBVM_CARGO_TARGET_DIR}/compiler")
set(compiler_arguments build --locked --release --manifest-path crates/libvm-compiler/Cargo.toml --target-dir "${compiler_target_dir}")
if(LIBVM_CARGO_TARGET)
  list(APPEND compiler_arguments --target ${LIBVM_CARGO_TARGET})
endif()

if(compiler_link)
  file(CREATE_LINK ${compiler_name} "${compiler_folder}/${compiler_link}" SYMBOLIC)
endif()
add_custom_target(libvm_compiler ALL
  COMMAND ${LIBVM_CARGO} ${compiler_arguments}
  COMMAND ${CMAKE_COMMAND} -E copy_if_different "${compiler_target_dir}/${LIBVM_CARGO_TARGET}/release/${compiler_built}" "${compiler_folder}/${compiler_name}"
  BYPRODUCTS "${compiler_folder}/${compiler_name}"
  WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
  COMMENT "Building the compiler of libvm with cargo"
  USES_TERMINAL VERBATIM COMMAND_EXPAND_LISTS)

if(LIBVM_INSTALL)
  install(PROGRAMS "${compiler_folder}/${compiler_name}" DESTINATION ${shared_dir} COMPONENT compiler)
  if(compiler_link)
    install(FILES "${compiler_folder}/${compiler_link}" DESTINATION ${shared_dir} COMPONENT compiler)
  endif()
endif()
