"""Reports of load calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._errors import Error, Status, maybe_text, take, text
from ._native import ffi, lib
from ._object import NULL, Object, Using


@dataclass(frozen=True)
class ReportLine:
    """What a load call has done with a file."""

    status: int
    path: str
    name: str | None
    version: str | None
    message: str
    loaded: bool


class Reporting(Object):
    """What load calls are made of."""

    def _reported(self, load: Callable[..., int]) -> list[ReportLine]:
        report, error = ffi.new("VM_PluginReport **"), ffi.new("VM_Error **")
        try:
            with Using(Reporting, self) as pointer:
                status = load(pointer, report, error)
            lines = [] if report[0] == NULL else self._lines(report[0])
        finally:
            lib.VM_PluginReportDelete(report[0])
        if status:
            raised = take(error, status)
            if isinstance(raised, Error):
                raised.report = tuple(lines)
            raise raised
        return lines

    @staticmethod
    def _lines(report: Any) -> list[ReportLine]:
        lines = (lib.VM_PluginReportGetLine(report, index) for index in range(lib.VM_PluginReportGetCount(report)))
        return [
            ReportLine(
                Status(line.status) if line.status in Status._value2member_map_ else line.status,
                text(line.path),
                maybe_text(line.name),
                maybe_text(line.version),
                text(line.message),
                bool(line.loaded),
            )
            for line in lines
        ]
