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
export function useInspection(file: File | null): { state: InspectionState; isReady: boolean } {
  const [state, setState] = useState<InspectionState>({ kind: "none" });
  const [isReady, setReady] = useState(false);
  const idle = useRef<Worker | null>(null);
  useEffect(() => {
    const worker = startWorker();
    idle.current = worker;
    const { promise: started, resolve } = Promise.withResolvers<unknown>();
    worker.addEventListener("message", resolve, { once: true });
    const drawn = import("../../charts/draw.ts");
    void Promise.all([started, drawn]).then(() => setReady(true));
    return () => idle.current?.terminate();
  }, []);
  useEffect(() => {
    if (!file) return undefined;
    setState({ kind: "reading", name: file.name, share: 0 });
    const worker = idle.current ?? startWorker();
    idle.current = null;
    const hear = ({ data }: MessageEvent<InspectReply>): void => {
      if (data.kind === "ready") return;
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
  return { state, isReady };
}

function stateOf(
  reply: Exclude<InspectReply, { kind: "ready" }>,
  { name, size }: File,
): InspectionState {
  if (reply.kind === "progress") {
    return { kind: "reading", name, share: size === 0 ? 0 : reply.bytes / size };
  }
  if (reply.kind === "failed") return { kind: "failed", name, reason: reply.reason };
  const { report, milliseconds } = reply;
  return { kind: "done", name, report, milliseconds, sizeBytes: size };
}
