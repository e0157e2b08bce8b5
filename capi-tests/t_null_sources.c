/* NULL for the sources and sinks of plug-ins, and for parts of streams. */
#include "null.h"

int main(void)
{
    const VM_StreamEvent event = VM_STREAMEVENT_INIT;
    CHECK_INT(VM_PluginGetSourceCount(NULL), 0);
    CHECK(VM_PluginGetSource(NULL, 0) == NULL);
    CHECK(VM_PluginGetSourceOption(NULL, 0, 0) == NULL);
    CHECK_INT(VM_PluginGetSinkCount(NULL), 0);
    CHECK(VM_PluginGetSink(NULL, 0) == NULL);
    CHECK(VM_PluginGetSinkOption(NULL, 0, 0) == NULL);
    CHECK_INT(VM_StreamPartEmit(NULL, &event, 0), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_StreamPartEnd(NULL, VM_STATUS_OK, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_StreamPartNotify(NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_StreamPartSetState(NULL, VM_STREAM_PART_CONNECTED, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_StreamPartReportReconnect(NULL, NULL), VM_STATUS_NULL_ARGUMENT);
    CHECK_INT(VM_StreamPartFail(NULL, VM_STATUS_IO, NULL), VM_STATUS_NULL_ARGUMENT);
    return finish();
}
