import type { LongLists, PassResult } from "./capture-pass.ts";

/** Entries whose text is put together. */
const batchCountMax = 1_000;

/** An inspection as one JSON object, in pieces; they are valid until the inspection is let go. */
export function* inspectionJson({ brief, lists }: PassResult): Generator<string> {
  const { file, protocolHierarchy, ...rest } = brief;
  yield `{"file":${JSON.stringify(file)},"protocolHierarchy":${JSON.stringify(protocolHierarchy)}`;
  yield ',"tcpStreams":';
  yield* arrayJson(lists.tcpStreams.json());
  yield* destinationsJson(lists.destinations);
  yield ',"conversations":{"ipv4":';
  yield* arrayJson(lists.conversations.ipv4.json());
  yield ',"ipv6":';
  yield* arrayJson(lists.conversations.ipv6.json());
  yield `},${JSON.stringify(rest).slice(1)}`;
}

function* destinationsJson({ ipv4, ipv6 }: LongLists["destinations"]): Generator<string> {
  yield ',"destinations":{"ipv4":{';
  yield* batched(ipv4.json());
  yield '},"ipv6":{';
  yield* batched(ipv6.json());
  yield "}}";
}

function* arrayJson(entries: Iterable<string>): Generator<string> {
  yield "[";
  yield* batched(entries);
  yield "]";
}

/** The text of a number of entries at a time, with commas between them. */
function* batched(entries: Iterable<string>): Generator<string> {
  let text = "";
  let count = 0;
  let comma = "";
  for (const entry of entries) {
    text += comma + entry;
    comma = ",";
    if (++count % batchCountMax !== 0) continue;
    yield text;
    text = "";
  }
  yield text;
}
