import { useEffect, useState } from "react";
import type { ReportDocument } from "../../../report/document.ts";
import type { InspectReply, InspectRequest } from "./messages.ts";

export type InspectionState =
  | { kind: "none" }
  | { kind: "reading"; name: string; share: number }
  | { kind: "done"; name: string; report: ReportDocument; milliseconds: number; sizeBytes: number }
  | { kind: "failed"; name: string; reason: string };

/** Inspects the file in a worker of its own; another file ends that of the one before. */
export function useInspection(file: File | null): InspectionState {
  const [state, setState] = useState<InspectionState>({ kind: "none" });
  useEffect(() => {
    if (!file) return undefined;
    setState({ kind: "reading", name: file.name, share: 0 });
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<InspectReply>) =>
      setState(stateOf(data, file)),
    );
    worker.addEventListener("error", ({ message }) =>
      setState({ kind: "failed", name: file.name, reason: message }),
    );
    const request: InspectRequest = { file };
    worker.postMessage(request);
    return () => worker.terminate();
  }, [file]);
  return state;
}

function stateOf(reply: InspectReply, { name, size }: File): InspectionState {
  if (reply.kind === "progress") {
    return { kind: "reading", name, share: size === 0 ? 0 : reply.bytes / size };
  }
  if (reply.kind === "failed") return { kind: "failed", name, reason: reply.reason };
  const { report, milliseconds } = reply;
  return { kind: "done", name, report, milliseconds, sizeBytes: size };
}
