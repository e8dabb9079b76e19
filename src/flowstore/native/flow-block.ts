import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import type { ClassifiedFlows } from "../../traffic/classified-flows.ts";
import { createDictionary, type Dictionary, indexRows } from "./dictionary.ts";
import type { NativeWriter } from "./native-writer.ts";
import { blankAreaWord, namedAreaWord, originWord, placeWord, verdictWord } from "./words.ts";

/** A column of a block, written when its turn comes. */
interface PreparedColumn {
  readonly name: string;
  write(writer: NativeWriter): void;
}

const halfRange = 2 ** 32;

/** What all rows of a block have alike. */
export interface BlockFacts {
  readonly intervalMinutes: number;
  readonly isRolledLater?: boolean;
}

/**
 * Encodes a batch as a Native block of the table `flow`, column by column and without an object for a
 * row, and gives the names of the columns. Columns that are empty in all rows are left out: the table
 * fills them with its defaults.
 */
export function encodeFlows(
  writer: NativeWriter,
  batch: FlowBatch,
  classes: ClassifiedFlows | null,
  { intervalMinutes, isRolledLater = false }: BlockFacts,
): string[] {
  const origins = createDictionary(batch.origins, originWord);
  const columns = [
    ...recordColumns(batch),
    ...words("origin", origins, batch.origin, batch.length),
    ...(classes ? classColumns(classes, batch.length) : []),
    plain("intervalMinutes", "UInt8", new Uint8Array(batch.length).fill(intervalMinutes)),
    ...(isRolledLater
      ? [plain("isRolledLater", "UInt8", new Uint8Array(batch.length).fill(1))]
      : []),
  ];
  writer.begin(columns.length, batch.length);
  for (const column of columns) column.write(writer);
  return columns.map(({ name }) => name);
}

const plain = (name: string, type: string, values: ArrayBufferView): PreparedColumn => ({
  name,
  write: (writer) => writer.column(name, type, values),
});

function recordColumns(batch: FlowBatch): PreparedColumn[] {
  const { length } = batch;
  return [
    {
      name: "time",
      write: (writer) =>
        writer.column("time", "DateTime64(3, 'UTC')", integers(batch.time, length)),
    },
    ...(["source", "destination"] as const).map((name) => ({
      name,
      write: (writer: NativeWriter) => writer.addresses(name, batch[name], length),
    })),
    plain("sourcePort", "UInt16", batch.sourcePort.subarray(0, length)),
    plain("destinationPort", "UInt16", batch.destinationPort.subarray(0, length)),
    ...(["protocol", "direction", "state", "encryption"] as const).map((name) =>
      plain(name, "UInt8", batch[name].subarray(0, length)),
    ),
    ...counterNames.map((name) => ({
      name,
      write: (writer: NativeWriter) => writer.column(name, "UInt64", integers(batch[name], length)),
    })),
  ];
}

const counterNames = [
  "packetsToDestination",
  "bytesToDestination",
  "packetsToSource",
  "bytesToSource",
] as const;

// One for all columns of all blocks, as each is copied into its block at once.
let halves = new Uint32Array(0);

/** Whole numbers from 0 to 2^53 as 64 bits: two halves, since a BigInt a value would cost ten times more. Valid until the next call. */
function integers(values: Float64Array, length: number): Uint32Array {
  if (halves.length < length * 2) halves = new Uint32Array(length * 2);
  for (let row = 0; row < length; row++) {
    const value = values[row] ?? 0;
    halves[row * 2] = value; // modulo 2^32, as typed arrays convert
    halves[row * 2 + 1] = value >= halfRange ? value / halfRange : 0;
  }
  return halves.subarray(0, length * 2);
}

/** A column of words, or none when all of them are empty. */
function words(
  name: string,
  dictionary: Dictionary,
  items: Uint32Array,
  rowCount: number,
): PreparedColumn[] {
  if (dictionary.words.every((word) => word === "")) return [];
  return [
    {
      name,
      write: (writer) =>
        writer.words(name, dictionary.words, indexRows(dictionary, items, rowCount)),
    },
  ];
}

function classColumns(classes: ClassifiedFlows, rowCount: number): PreparedColumn[] {
  const { endpoints, verdicts, verdict, dataVersion } = classes;
  const places = createDictionary(endpoints, placeWord);
  const areas = createDictionary(
    [...endpoints.map(namedAreaWord), ...endpoints.map(blankAreaWord)],
    (word) => word,
  );
  const services = createDictionary(classes.l7Protocols, (word) => word);
  const types = createDictionary(verdicts, ({ flowType }) => flowType);
  const reasons = createDictionary(verdicts, (one) => verdictWord(one, dataVersion));
  return [
    ...words("sourcePlace", places, classes.source, rowCount),
    ...words("destinationPlace", places, classes.destination, rowCount),
    ...words("sourceArea", areas, areaRows(classes, "source", rowCount), rowCount),
    ...words("destinationArea", areas, areaRows(classes, "destination", rowCount), rowCount),
    ...words("flowType", types, verdict, rowCount),
    ...words("l7Protocol", services, classes.l7Protocol, rowCount),
    ...words("verdict", reasons, verdict, rowCount),
  ];
}

/** Of each row the endpoint, or the endpoint's second half where its side is public and counted by area. */
function areaRows(
  { endpoints, verdicts, verdict, ...classes }: ClassifiedFlows,
  side: "source" | "destination",
  rowCount: number,
): Uint32Array {
  const byArea = Uint8Array.from(verdicts, ({ flowType, publicSide }) =>
    Number(
      (flowType === "ExternalPublic" || flowType === "AzurePublic") &&
        (publicSide === side || publicSide === "both"),
    ),
  );
  const rows = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const blank = byArea[verdict[row] ?? 0] ?? 0;
    rows[row] = (classes[side][row] ?? 0) + blank * endpoints.length;
  }
  return rows;
}
