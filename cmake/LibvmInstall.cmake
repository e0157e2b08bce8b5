# Installs libraries, headers, the CMake package and the pkg-config files. What is installed may be moved as a whole. The components
# are packages of distributions: runtime, development, and plugins, which plugins/CMakeLists.txt installs.
include(CMakePackageConfigHelpers)

set(shared_dir ${CMAKE_INSTALL_LIBDIR})
if(WIN32)
  set(shared_dir ${CMAKE_INSTALL_BINDIR})
endif()
install(PROGRAMS "${shared_file}" DESTINATION ${shared_dir} COMPONENT runtime)
foreach(file ${LIBVM_SHARED_LINKS})
  # The link without a version is for linkers.
  set(component runtime)
  if(file STREQUAL LIBVM_CARGO_SHARED)
    set(component development)
  endif()
  install(FILES "${lib_dir}/${file}" DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component})
endforeach()
install(DIRECTORY DESTINATION ${LIBVM_PLUGIN_DIR} COMPONENT runtime)

install(FILES "${lib_dir}/${LIBVM_STATIC_FILE}" DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
if(LIBVM_IMPORT_LIBRARY)
  install(FILES "${lib_dir}/${LIBVM_IMPORT_LIBRARY}" DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endif()
install(DIRECTORY include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/libvm)
configure_package_config_file(cmake/libvmConfig.cmake.in libvmConfig.cmake
  INSTALL_DESTINATION ${package_dir}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR LIBVM_PLUGIN_DIR)
write_basic_package_version_file(libvmConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/libvmConfig.cmake"
  "${PROJECT_BINARY_DIR}/libvmConfigVersion.cmake"
  cmake/LibvmNames.cmake
  cmake/LibvmPlugin.cmake
  cmake/LibvmTargets.cmake
  DESTINATION ${package_dir} COMPONENT development)

# The pkg-config files know their prefix by their own place, unless a folder was given as an absolute path.
foreach(folder LIBDIR INCLUDEDIR)
  if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
    set(PC_${folder} "${CMAKE_INSTALL_${folder}}")
  else()
    set(PC_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
  endif()
endforeach()
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(PC_PREFIX "\${pcfiledir}/${up}")
endif()
list(TRANSFORM LIBVM_NATIVE_LIBRARIES PREPEND "-l" OUTPUT_VARIABLE native)
list(JOIN native " " native)

# Writes libvm<suffix>.pc and libvm-static<suffix>.pc. With both libraries installed `-lvm` means the shared one: the second file names the
# static one.
function(libvm_write_pc suffix)
  set(PC_NAME libvm)
  set(PC_CFLAGS "")
  set(PC_LIBS "-L\${libdir} -lvm")
  set(PC_LIBS_PRIVATE "Libs.private: ${native}")
  configure_file(cmake/libvm.pc.in libvm${suffix}.pc @ONLY)
  set(PC_NAME "libvm (static)")
  set(PC_CFLAGS " -DVM_STATIC")
  set(PC_LIBS "\${libdir}/${LIBVM_STATIC_FILE} ${native}")
  set(PC_LIBS_PRIVATE "")
  configure_file(cmake/libvm.pc.in libvm-static${suffix}.pc @ONLY)
endfunction()

set(PC_PLUGINDIR "\${libdir}/${LIBVM_PLUGIN_SUBDIR}")
libvm_write_pc("")
install(FILES "${PROJECT_BINARY_DIR}/libvm.pc" "${PROJECT_BINARY_DIR}/libvm-static.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

# For what is built but not installed: pkg-config prefers these in the same folder.
set(PC_PREFIX "\${pcfiledir}")
set(PC_LIBDIR "\${prefix}/lib")
string(REPLACE " " "\\ " PC_INCLUDEDIR "${PROJECT_SOURCE_DIR}/include")
set(PC_PLUGINDIR "\${prefix}/plugins")
libvm_write_pc(-uninstalled)
