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
  yield ',"destinations":{"ipv4":{';
  yield* batched(ipv4.json(), (members) => members.join(","));
  yield '},"ipv6":{';
  yield* batched(ipv6.json(), (members) => members.join(","));
  yield "}}";
}

function* arrayJson(entries: Iterable<unknown>): Generator<string> {
  yield "[";
  yield* batched(entries, (batch) => JSON.stringify(batch).slice(1, -1));
  yield "]";
}

/** The text of a number of entries at a time, with commas between them. */
function* batched<Entry>(
  entries: Iterable<Entry>,
  textOf: (batch: Entry[]) => string,
): Generator<string> {
  let batch: Entry[] = [];
  let comma = "";
  for (const entry of entries) {
    batch.push(entry);
    if (batch.length < batchCountMax) continue;
    yield comma + textOf(batch);
    comma = ",";
    batch = [];
  }
  if (batch.length > 0) yield comma + textOf(batch);
}
