# One case of a consumer, from nothing: see CMakeLists.txt for the variables.
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
set(here "${CMAKE_CURRENT_LIST_DIR}")
unset(ENV{LIBVM_PLUGIN_PATH})
set(warnings -Wall -Wextra -Wpedantic -Werror)

# Runs a command, which has to succeed; `output` is what it wrote.
macro(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE errors)
  message("$ ${ARGN}\n${output}${errors}")
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "that ended with ${result}")
  endif()
endmacro()

# Runs a host with a plug-in, which has to give the sum.
macro(run_host)
  run(${ARGN})
  if(NOT output MATCHES "guest says 42\nsum is 42")
    message(FATAL_ERROR "the sum is missing")
  endif()
endmacro()

function(install_to prefix)
  run(${CMAKE_COMMAND} --install "${BUILD}" --config "${CONFIG}" --prefix "${prefix}")
endfunction()

# Builds a project, which makes two hosts that differ in linkage, and runs them with its plug-ins; sets `calc` to one of these.
function(build_and_run source)
  run(${CMAKE_COMMAND} -S "${here}/${source}" -B "${WORK}/build" -G "${GENERATOR}"
    "-DCMAKE_C_COMPILER=${CC}" "-DCMAKE_BUILD_TYPE=${CONFIG}" "-DREPOSITORY=${REPOSITORY}" ${ARGN})
  run(${CMAKE_COMMAND} --build "${WORK}/build" --config "${CONFIG}")
  file(GLOB plugins "${WORK}/build/calc*.so" "${WORK}/build/calc*.dylib" "${WORK}/build/calc*.dll")
  if(NOT plugins)
    message(FATAL_ERROR "no plug-in was built")
  endif()
  foreach(plugin ${plugins})
    run_host("${WORK}/build/host" "${plugin}" "${GUEST}")
    run_host("${WORK}/build/host_static" "${plugin}" "${GUEST}")
  endforeach()
  list(GET plugins 0 calc)
  set(calc "${calc}" PARENT_SCOPE)
endfunction()

function(pkg_config_flags variable prefix)
  set(ENV{PKG_CONFIG_PATH} "${prefix}/${LIBDIR}/pkgconfig")
  run(${PKG_CONFIG} ${ARGN})
  separate_arguments(flags UNIX_COMMAND "${output}")
  set(${variable} ${flags} PARENT_SCOPE)
endfunction()

# Plain cc with pkg-config's flags: shared, libvm.a beside a shared C library, and all static.
function(cc_and_run prefix)
  set(source "${REPOSITORY}/examples/c/plugin_host.c")
  pkg_config_flags(cflags "${prefix}" --cflags libvm)
  run(${CC} ${warnings} -shared -fPIC -fvisibility=hidden "${REPOSITORY}/examples/c/plugin_smallest.c" -o "${WORK}/calc.so" ${cflags})

  pkg_config_flags(flags "${prefix}" --cflags --libs libvm)
  run(${CC} ${warnings} "${source}" -o "${WORK}/host" ${flags} "-Wl,-rpath,${prefix}/${LIBDIR}")
  run_host("${WORK}/host" "${WORK}/calc.so" "${GUEST}")

  pkg_config_flags(flags "${prefix}" --cflags --libs libvm-static)
  run(${CC} ${warnings} "${source}" -o "${WORK}/host_static" ${flags})
  run_host("${WORK}/host_static" "${WORK}/calc.so" "${GUEST}")

  # The linker warns that glibc's dlopen needs a shared glibc when it runs; that one is here.
  pkg_config_flags(flags "${prefix}" --static --cflags --libs libvm)
  run(${CC} ${warnings} -static "${source}" -o "${WORK}/host_all_static" ${flags})
  run_host("${WORK}/host_all_static" "${WORK}/calc.so" "${GUEST}")
endfunction()

if(CASE STREQUAL "find_package")
  install_to("${WORK}/prefix")
  build_and_run(installed "-DCMAKE_PREFIX_PATH=${WORK}/prefix")

elseif(CASE STREQUAL "pkg_config")
  install_to("${WORK}/prefix")
  cc_and_run("${WORK}/prefix")

elseif(CASE STREQUAL "fetch_content" OR CASE STREQUAL "add_subdirectory")
  build_and_run(embedded -DWAY=${CASE} "-DLIBVM_CARGO_TARGET_DIR=${CARGO_TARGET_DIR}")

elseif(CASE STREQUAL "taste")
  # The programs of that folder are what users should be able to write: they compile as they stand.
  install_to("${WORK}/prefix")
  list(JOIN warnings " " flags)
  foreach(compiler gcc clang)
    find_program(${compiler}_program ${compiler})
    foreach(standard 99 11)
      if(${compiler}_program)
        set(build "${WORK}/${compiler}-${standard}")
        run(${CMAKE_COMMAND} -S "${here}/taste" -B "${build}" -G "${GENERATOR}" "-DCMAKE_C_COMPILER=${${compiler}_program}"
          "-DCMAKE_BUILD_TYPE=${CONFIG}" "-DCMAKE_C_FLAGS=-std=c${standard} ${flags} -Wstrict-prototypes"
          "-DCMAKE_PREFIX_PATH=${WORK}/prefix")
        run(${CMAKE_COMMAND} --build "${build}" --config "${CONFIG}")
        run_host("${build}/host" "${build}/calc.so" "${GUEST}")
        run("${build}/wasi" "${WASI_GUEST}" greeting.txt WORKING_DIRECTORY "${REPOSITORY}/examples/c")
        if(NOT output STREQUAL "exit code 0, 35 bytes: Greetings from a file of the host.\n\n")
          message(FATAL_ERROR "the greeting is missing")
        endif()
      endif()
    endforeach()
  endforeach()

elseif(CASE STREQUAL "moved")
  install_to("${WORK}/first")
  file(RENAME "${WORK}/first" "${WORK}/second")
  build_and_run(installed "-DCMAKE_PREFIX_PATH=${WORK}/second")
  cc_and_run("${WORK}/second")
  # The default plug-in folder: beside the library, or beside the executable of a statically linked host.
  file(COPY "${calc}" DESTINATION "${WORK}/second/${LIBDIR}/libvm")
  run_host("${WORK}/build/default_host" "${GUEST}")
  file(COPY "${WORK}/build/default_host_static" DESTINATION "${WORK}/program")
  file(COPY "${calc}" DESTINATION "${WORK}/program/libvm")
  run_host("${WORK}/program/default_host_static" "${GUEST}")

elseif(CASE STREQUAL "destdir")
  set(ENV{DESTDIR} "${WORK}/stage")
  install_to(/usr/local)
  unset(ENV{DESTDIR})
  set(stage "${WORK}/stage/usr/local")
  foreach(file ${LIBDIR}/libvm.a ${LIBDIR}/libvm ${LIBDIR}/pkgconfig/libvm.pc ${LIBDIR}/cmake/libvm/libvmConfig.cmake
          include/libvm.h include/libvm/types.h include/libvm/plugin.h)
    if(NOT EXISTS "${stage}/${file}")
      message(FATAL_ERROR "${file} is not installed")
    endif()
  endforeach()
  # Nothing remembers where it was built or staged.
  file(GLOB_RECURSE texts "${stage}/*.cmake" "${stage}/*.pc" "${stage}/*.h")
  foreach(text ${texts})
    file(READ "${text}" content)
    foreach(path "${WORK}" "${BUILD}" "${REPOSITORY}")
      string(FIND "${content}" "${path}" at)
      if(NOT at EQUAL -1)
        message(FATAL_ERROR "${text} names ${path}")
      endif()
    endforeach()
  endforeach()
  build_and_run(installed "-DCMAKE_PREFIX_PATH=${stage}")
endif()

# What was installed and linked is large.
file(REMOVE_RECURSE "${WORK}")
