import { useEffect, useRef, useState } from "react";
import type { ReportDocument } from "../../../report/document.ts";
import type { InspectReply, InspectRequest } from "./messages.ts";

export type InspectionState =
  | { kind: "none" }
  | { kind: "reading"; name: string; share: number }
  | { kind: "done"; name: string; report: ReportDocument; milliseconds: number; sizeBytes: number }
  | { kind: "failed"; name: string; reason: string };

const startWorker = (): Worker =>
  new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });

/**
 * Inspects the file in a worker. It, and what draws charts, are there before the first file is: from then
 * on no network is needed. Another file while one is read ends the worker, as nothing else could.
 */
export function useInspection(file: File | null): InspectionState {
  const [state, setState] = useState<InspectionState>({ kind: "none" });
  const idle = useRef<Worker | null>(null);
  useEffect(() => {
    idle.current = startWorker();
    void import("../../charts/draw.ts");
    return () => idle.current?.terminate();
  }, []);
  useEffect(() => {
    if (!file) return undefined;
    setState({ kind: "reading", name: file.name, share: 0 });
    const worker = idle.current ?? startWorker();
    idle.current = null;
    const hear = ({ data }: MessageEvent<InspectReply>): void => {
      setState(stateOf(data, file));
      if (data.kind !== "progress") idle.current = worker;
    };
    const fail = ({ message }: ErrorEvent): void =>
      setState({ kind: "failed", name: file.name, reason: message });
    worker.addEventListener("message", hear);
    worker.addEventListener("error", fail);
    const request: InspectRequest = { file };
    worker.postMessage(request);
    return () => {
      worker.removeEventListener("message", hear);
      worker.removeEventListener("error", fail);
      if (idle.current !== worker) worker.terminate();
    };
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
