# Plug-ins built with the sources of libvm, where it is not installed: -Dlibvm_DIR=<sources>/cmake/sources. A plug-in links nothing, so that
# there are the headers and libvm_add_plugin, and no library.
include(GNUInstallDirs)
get_filename_component(LIBVM_SOURCES "${CMAKE_CURRENT_LIST_DIR}/../.." ABSOLUTE)
include("${LIBVM_SOURCES}/cmake/LibvmAbi.cmake")
libvm_read_abi("${LIBVM_SOURCES}/include/libvm/plugin.h")
set(LIBVM_PLUGIN_DIR ${CMAKE_INSTALL_LIBDIR}/${LIBVM_PLUGIN_SUBDIR})

include("${LIBVM_SOURCES}/cmake/LibvmPlugin.cmake")
if(NOT TARGET libvm::headers)
  add_library(libvm::headers INTERFACE IMPORTED GLOBAL)
  set_target_properties(libvm::headers PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${LIBVM_SOURCES}/include")
endif()
