import type { LongLists, PassResult } from "./capture-pass.ts";

/** Entries that are objects, and text, at a time. */
const batchCountMax = 1_000;

/** An inspection as one JSON object, in pieces; they are valid until the inspection is let go. */
export function* inspectionJson({ brief, lists }: PassResult): Generator<string> {
  const { file, protocolHierarchy, ...rest } = brief;
  yield `{"file":${JSON.stringify(file)},"protocolHierarchy":${JSON.stringify(protocolHierarchy)}`;
  yield ',"tcpStreams":';
  yield* arrayJson(lists.tcpStreams);
  yield* destinationsJson(lists.destinations);
  yield ',"conversations":{"ipv4":';
  yield* arrayJson(lists.conversations.ipv4);
  yield ',"ipv6":';
  yield* arrayJson(lists.conversations.ipv6);
  yield `},${JSON.stringify(rest).slice(1)}`;
}

function* destinationsJson({ ipv4, ipv6 }: LongLists["destinations"]): Generator<string> {
  yield ',"destinations":{"ipv4":';
  yield* objectJson(ipv4);
  yield ',"ipv6":';
  yield* objectJson(ipv6);
  yield "}";
}

function* arrayJson(entries: Iterable<unknown>): Generator<string> {
  yield "[";
  yield* joined(entries, (batch) => JSON.stringify(batch));
  yield "]";
}

function* objectJson(entries: Iterable<[string, unknown]>): Generator<string> {
  yield "{";
  yield* joined(entries, (batch) => JSON.stringify(Object.fromEntries(batch)));
  yield "}";
}

/** Batches of entries, without the brackets around each, with commas between them. */
function* joined<Entry>(
  entries: Iterable<Entry>,
  stringify: (batch: Entry[]) => string,
): Generator<string> {
  let batch: Entry[] = [];
  let comma = "";
  for (const entry of entries) {
    batch.push(entry);
    if (batch.length < batchCountMax) continue;
    yield comma + stringify(batch).slice(1, -1);
    comma = ",";
    batch = [];
  }
  if (batch.length > 0) yield comma + stringify(batch).slice(1, -1);
}
