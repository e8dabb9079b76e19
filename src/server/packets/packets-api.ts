import { z } from "zod";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse } from "../../common/http.ts";
import { FilterError } from "../../inspection/filter/filter-error.ts";
import { bodySizeBytesMax, messageCountMax } from "../../inspection/browse/http-pages.ts";
import { InspectionError } from "../../inspection/inspection-error.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { authorizationFailed } from "../../provider/kernel/permit.ts";
import type { State } from "../../state/state.ts";
import type { BlobStore } from "../../storage/blob-store.ts";
import { blobOperations } from "../../storage/service/blob-operations.ts";
import type { AccessRecords } from "../evidence/access-records.ts";
import { type ApiRoute, type Asking, route } from "../openapi/route.ts";
import { queryNumber } from "../openapi/shapes.ts";
import type { BookThread } from "./book-thread.ts";
import { findCapture } from "./find-blob.ts";
import type { OpenBooks } from "./open-books.ts";
import {
  filterRefusal,
  followAnswer,
  httpAnswer,
  packetDetail,
  rowsAnswer,
} from "./packet-shapes.ts";

const filterLengthMax = 4_096;
const rowCountMax = 1_000;
const rowCountDefault = 200;
const placeMax = 4_000_000_000;
const pageSizeBytesMax = 4_194_304;
const pageSizeBytesDefault = 262_144;
const messageCountDefault = 50;
/** Who goes on looking is told of in the access log again after this. */
const recordedMilliseconds = 60 * 60_000;

export interface PacketsApiOptions {
  state: State;
  store: Pick<BlobStore, "blob" | "listBlobs">;
  books: OpenBooks;
  clock: Clock;
  records: Pick<AccessRecords, "record">;
  addressOf: (request: Request) => string | null;
  /** Whether a role of theirs has one of `actions` on the blobs of a container. */
  allows: (principalId: string, actions: readonly string[], container: string) => Promise<boolean>;
}

const capturePath = "/nightcap/v1/captures/{capture}";
const rowsQuestion = z.object({
  filter: z.string().max(filterLengthMax).default(""),
  from: queryNumber({ min: 0, max: placeMax, default: 0 }),
  count: queryNumber({ min: 0, max: rowCountMax, default: rowCountDefault }),
});
const followQuestion = z.object({
  from: queryNumber({ min: 0, max: placeMax, default: 0 }),
  bytesMax: queryNumber({ min: 1, max: pageSizeBytesMax, default: pageSizeBytesDefault }),
});
const httpQuestion = z.object({
  from: queryNumber({ min: 0, max: placeMax, default: 0 }),
  count: queryNumber({ min: 1, max: messageCountMax, default: messageCountDefault }),
  bodyBytesMax: queryNumber({ min: 0, max: bodySizeBytesMax, default: pageSizeBytesDefault }),
});

/** A stored capture packet by packet, for whoever may download it. */
export const packetRoutes = (options: PacketsApiOptions): ApiRoute[] => [
  route(
    {
      method: "GET",
      path: `${capturePath}/packets`,
      summary:
        "A window of a stored capture's packets, of all or of those that pass a display filter",
      errors: [
        "ResourceNotFound",
        "CaptureFormatUnknown",
        "NotImplemented",
        "ServiceUnavailable",
        "AccessLogFailed",
      ],
      query: rowsQuestion,
      answers: {
        200: { description: "The rows, and how much is known by now", json: rowsAnswer },
        400: { description: "A filter that cannot be used, with its place", json: filterRefusal },
      },
    },
    (asked) => look(options, asked, (book, signal) => book.rows(asked.query, signal)),
  ),
  route(
    {
      method: "GET",
      path: `${capturePath}/packets/{number}`,
      summary: "One packet: its layers with their fields, and its bytes",
      errors: [
        "ResourceNotFound",
        "PacketNotFound",
        "CaptureFormatUnknown",
        "NotImplemented",
        "ServiceUnavailable",
        "AccessLogFailed",
      ],
      answers: { 200: { description: "The packet", json: packetDetail } },
    },
    (asked) => {
      const number = readNumber(asked.params.number);
      return look(options, asked, (book, signal) => book.packet(number, signal));
    },
  ),
  route(
    {
      method: "GET",
      path: `${capturePath}/streams/{protocol}/{stream}`,
      summary: "A page of what a TCP or UDP stream carried, in order",
      errors: [
        "ResourceNotFound",
        "StreamNotFound",
        "CaptureFormatUnknown",
        "NotImplemented",
        "ServiceUnavailable",
        "AccessLogFailed",
      ],
      query: followQuestion,
      answers: { 200: { description: "The page", json: followAnswer } },
    },
    (asked) => {
      const protocol = readProtocol(asked.params.protocol);
      const stream = readNumber(asked.params.stream);
      return look(options, asked, (book, signal) =>
        book.follow({ protocol, stream, ...asked.query }, signal),
      );
    },
  ),
  route(
    {
      method: "GET",
      path: `${capturePath}/streams/tcp/{stream}/http`,
      summary: "A page of a TCP stream's HTTP/1 messages: heads, and bodies without their codings",
      query: httpQuestion,
      answers: { 200: { description: "The page", json: httpAnswer } },
    },
    (asked) => {
      const stream = readNumber(asked.params.stream);
      return look(options, asked, (book, signal) => book.http({ stream, ...asked.query }, signal));
    },
  ),
];

type Asked = Asking & { params: { readonly capture: string }; request: Request };

async function look(
  options: PacketsApiOptions,
  asked: Asked,
  question: (book: BookThread, signal: AbortSignal) => Promise<unknown>,
): Promise<Response> {
  const { caller, request, params } = asked;
  const found = await findCapture(options, params.capture);
  const { container, blob } = found.only?.address ?? found.place;
  await checkReader(options, caller, container);
  const { thread, readers } = await options.books.open(found);
  const target = `${container}/${blob}`;
  await recordReader(options, readers, { caller, request, target });
  try {
    return jsonResponse(200, await question(thread, request.signal));
  } catch (error) {
    // Rows that scrolled away before they came: nobody reads this answer, and nothing went wrong.
    if (request.signal.aborted) return new Response(null, { status: 204 });
    return refusalOf(error);
  }
}

/** As the store itself asks of who downloads a blob. */
async function checkReader(
  { allows }: PacketsApiOptions,
  caller: Caller,
  container: string,
): Promise<void> {
  const { actions } = blobOperations.GetBlob;
  if (await allows(caller.id, actions, container)) return;
  throw authorizationFailed(caller, actions[0] ?? "", container);
}

/** Packets are handed out: the access log says so before the first, as of a download. */
async function recordReader(
  { clock, records, addressOf }: PacketsApiOptions,
  readers: Map<string, number>,
  { caller, request, target }: { caller: Caller; request: Request; target: string },
): Promise<void> {
  const now = clock.now();
  if (now - (readers.get(caller.id) ?? -Infinity) < recordedMilliseconds) return;
  const who = { kind: "token", id: caller.id, name: caller.name } as const;
  const address = addressOf(request);
  await records.record({ kind: "download", who, address, target, detail: "packet by packet" });
  readers.set(caller.id, now);
}

function refusalOf(error: unknown): Response {
  if (error instanceof FilterError) {
    const { message, start, end } = error;
    const body = { code: "InvalidParameter", message, target: "filter", place: { start, end } };
    return jsonResponse(400, { error: body });
  }
  if (error instanceof InspectionError)
    throw new NightcapError(error.code, error.message, { cause: error });
  throw error;
}

function readNumber(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new NightcapError("InvalidParameter", `"${text.slice(0, 20)}" is no number`);
}

function readProtocol(text: string): "tcp" | "udp" {
  if (text === "tcp" || text === "udp") return text;
  throw new NightcapError("InvalidParameter", `"${text.slice(0, 20)}" is neither tcp nor udp`);
}
