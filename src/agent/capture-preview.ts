import { statfs } from "node:fs/promises";
import { compileFilters } from "../arm/capture-filter.ts";
import {
  compileProgram,
  everyPacket,
  packetFilter,
  type PacketFilter,
} from "../capture/flight/compiled-filter.ts";
import type { FlightRecorder } from "../capture/flight/flight-recorder.ts";
import { lookIntoRing } from "../capture/flight/ring-look.ts";
import { listUsableInterfaces } from "../capture/network-namespace.ts";
import { interfaceCountMax } from "../capture/session.ts";
import type { Clock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import type { AnswerOf, QuestionOf } from "../diagnosis/question.ts";

/** Previews that a host works at at once: somebody who writes on asks again. */
const previewCountMax = 2;
/** Of the ring, the newest part is counted: a preview must not use the host more than the capture will. */
const readBytesMax = 64 << 20;
const readMillisecondsMax = 1_500;
const answerMillisecondsMax = 15_000;
const problemLengthMax = 1_000;

export type Previewing = (
  question: QuestionOf<"capturePreview">,
) => Promise<AnswerOf<"capturePreview">>;

export interface PreviewOptions {
  /** Where recordings are written. */
  directory: string;
  networkNamespace: string | null;
  flightRecorder: Pick<FlightRecorder, "state"> | null;
  clock: Pick<Clock, "now">;
}

/** Says what a capture would be given here; throws `HostDiagnosisFailed` when too many ask. */
export function createPreviewing(options: PreviewOptions): Previewing {
  let count = 0;
  return async (question) => {
    if (count >= previewCountMax) {
      throw new NightcapError(
        "HostDiagnosisFailed",
        `the host makes ${previewCountMax} previews already: ask again`,
      );
    }
    count++;
    try {
      return await preview(options, question);
    } finally {
      count--;
    }
  };
}

async function preview(
  options: PreviewOptions,
  question: QuestionOf<"capturePreview">,
): Promise<AnswerOf<"capturePreview">> {
  const { directory, networkNamespace, flightRecorder } = options;
  const interfaces = (await listUsableInterfaces(networkNamespace)).slice(0, interfaceCountMax);
  const recorded = flightRecorder?.state().interfaces.map(({ name }) => name) ?? [];
  const { filters, problem } = await compile(options, question, [
    ...new Set([...interfaces, ...recorded]),
  ]);
  const ring = problem === null ? await ringOf(options, question, filters) : null;
  const { bavail, bsize } = await statfs(directory);
  return { kind: "capturePreview", interfaces, problem, ring, freeBytes: bavail * bsize };
}

/** By libpcap for each interface, because link types differ; the first refusal is told. */
async function compile(
  { networkNamespace }: PreviewOptions,
  question: QuestionOf<"capturePreview">,
  names: readonly string[],
): Promise<{ filters: Map<string, PacketFilter>; problem: string | null }> {
  const text = compileFilters(question.filters);
  const filters = new Map<string, PacketFilter>();
  if (text === "") return { filters, problem: null };
  for (const name of names) {
    try {
      filters.set(name, packetFilter(await compileProgram(text, name, networkNamespace)));
    } catch (error) {
      if (!(error instanceof NightcapError)) throw error;
      return { filters, problem: error.message.slice(0, problemLengthMax) };
    }
  }
  return { filters, problem: null };
}

async function ringOf(
  { flightRecorder, clock }: PreviewOptions,
  { lookBack, snapLengthBytes, filters: asked }: QuestionOf<"capturePreview">,
  filters: ReadonlyMap<string, PacketFilter>,
): Promise<AnswerOf<"capturePreview">["ring"]> {
  if (!flightRecorder) return null;
  const now = clock.now();
  const to = Math.min(lookBack?.from ?? now, now);
  const isEvery = compileFilters(asked) === "";
  const looked = await lookIntoRing(
    flightRecorder,
    {
      // Of an interface that is gone, which nothing compiles for, no packet is counted.
      filterOf: (name) => filters.get(name) ?? (isEvery ? everyPacket : () => false),
      from: lookBack ? to - lookBack.seconds * 1_000 : 0,
      to,
      snapLengthBytes,
      readBytesMax,
      readMillisecondsMax,
    },
    AbortSignal.timeout(answerMillisecondsMax),
  );
  const { sizeBytes, sizeBytesMax } = flightRecorder.state();
  const interfaces = looked.interfaces.slice(0, interfaceCountMax);
  return { sizeBytes, sizeBytesMax: Math.floor(sizeBytesMax), ...looked, interfaces };
}
