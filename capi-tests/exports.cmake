# Plug-ins export their two symbols only: no weak ones of a standard library, and no unique ones, which would keep the library from being closed.
# cmake -DNM=<program> "-DPLUGINS=<file>;..." -P exports.cmake
foreach(plugin ${PLUGINS})
  execute_process(COMMAND ${NM} -D --defined-only "${plugin}" OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
  if(NOT result EQUAL 0 OR NOT symbols MATCHES "^[0-9a-f]+ T libvm_plugin_entry\n[0-9a-f]+ R libvm_plugin_manifest\n$")
    message(SEND_ERROR "${plugin} exports\n${symbols}")
  endif()
endforeach()
