import type { FlowBatch, FlowOrigin } from "../../flowlog/flow-batch.ts";
import type { ClassifiedFlows, Endpoint } from "../../traffic/classified-flows.ts";
import { createDictionary, indexRows } from "./dictionary.ts";
import { endpointValues, type EndpointValue } from "./endpoint-values.ts";
import type { NativeWriter } from "./native-writer.ts";

/** Columns of a block that are written only when some row has a value there. */
interface PreparedColumn {
  readonly name: string;
  write(writer: NativeWriter): void;
}

const wordSize = 2 ** 32;

/**
 * Encodes a batch as a Native block of the table `flow`, column by column and without an object for a
 * row, and gives the names of the columns. Columns that are empty in all rows are left out: the table
 * fills them with its defaults.
 */
export function encodeFlows(
  writer: NativeWriter,
  batch: FlowBatch,
  classes: ClassifiedFlows | null,
  intervalMinutes: number,
): string[] {
  const columns = [
    ...recordColumns(batch),
    ...originColumns(batch),
    ...(classes ? classColumns(classes, batch.length) : []),
    plain("intervalMinutes", "UInt8", new Uint8Array(batch.length).fill(intervalMinutes)),
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
  const address = (name: "source" | "destination"): PreparedColumn => ({
    name,
    write: (writer) => writer.addresses(name, batch[name], length),
  });
  const counter = (
    name: "packetsToDestination" | "bytesToDestination" | "packetsToSource" | "bytesToSource",
  ): PreparedColumn => ({
    name,
    write: (writer) => writer.column(name, "UInt64", integers(batch[name], length)),
  });
  return [
    {
      name: "time",
      write: (writer) =>
        writer.column("time", "DateTime64(3, 'UTC')", integers(batch.time, length)),
    },
    address("source"),
    address("destination"),
    plain("sourcePort", "UInt16", batch.sourcePort.subarray(0, length)),
    plain("destinationPort", "UInt16", batch.destinationPort.subarray(0, length)),
    ...(["protocol", "direction", "state", "encryption"] as const).map((name) =>
      plain(name, "UInt8", batch[name].subarray(0, length)),
    ),
    counter("packetsToDestination"),
    counter("bytesToDestination"),
    counter("packetsToSource"),
    counter("bytesToSource"),
  ];
}

/** Whole numbers from 0 to 2^53 as 64 bits: two halves, as a BigInt a value would cost ten times more. */
function integers(values: Float64Array, length: number): Uint32Array {
  const halves = new Uint32Array(length * 2);
  for (let row = 0; row < length; row++) {
    const value = values[row] ?? 0;
    if (value === 0) continue;
    halves[row * 2] = value; // modulo 2^32, as typed arrays convert
    if (value >= wordSize) halves[row * 2 + 1] = value / wordSize;
  }
  return halves;
}

function originColumns(batch: FlowBatch): PreparedColumn[] {
  const words = (name: Exclude<keyof FlowOrigin, "version">): PreparedColumn[] =>
    wordColumn(name, batch.origins, (origin) => origin[name], batch.origin, batch.length);
  const versions = new Uint8Array(batch.length);
  const versionOf = Uint8Array.from(batch.origins, ({ version }) => version);
  for (let row = 0; row < batch.length; row++) {
    versions[row] = versionOf[batch.origin[row] ?? 0] ?? 0;
  }
  return [
    plain("version", "UInt8", versions),
    ...words("flowLogId"),
    ...words("targetId"),
    ...words("macAddress"),
    ...words("aclId"),
    ...words("rule"),
  ];
}

/** A column of words, or none when all of them are empty. */
// oxlint-disable-next-line max-params
function wordColumn<Item>(
  name: string,
  items: readonly Item[],
  wordOf: (item: Item) => string,
  rows: Uint32Array,
  rowCount: number,
): PreparedColumn[] {
  const dictionary = createDictionary(items, wordOf);
  if (dictionary.words.every((word) => word === "")) return [];
  return [
    {
      name,
      write: (writer) =>
        writer.words(name, dictionary.words, indexRows(dictionary, rows, rowCount)),
    },
  ];
}

function classColumns(classes: ClassifiedFlows, rowCount: number): PreparedColumn[] {
  const { verdicts, verdict } = classes;
  return [
    ...(["source", "destination"] as const).flatMap((side) =>
      endpointValues.flatMap((value) =>
        endpointColumn(value, side, classes.endpoints, classes[side], rowCount),
      ),
    ),
    ...wordColumn("flowType", verdicts, ({ flowType }) => flowType, verdict, rowCount),
    ...wordColumn("reason", verdicts, ({ reason }) => reason, verdict, rowCount),
    ...wordColumn("dataVersion", verdicts, () => classes.dataVersion, verdict, rowCount),
  ];
}

// oxlint-disable-next-line max-params
function endpointColumn(
  value: EndpointValue,
  side: "source" | "destination",
  endpoints: readonly Endpoint[],
  rows: Uint32Array,
  rowCount: number,
): PreparedColumn[] {
  const name = `${side}${value.name}`;
  if (value.word) return wordColumn(name, endpoints, value.word, rows, rowCount);
  const { number, type } = value;
  const known = Float64Array.from(endpoints, number);
  if (known.every((one) => one === 0)) return [];
  const values = new value.array(rowCount);
  for (let row = 0; row < rowCount; row++) values[row] = known[rows[row] ?? 0] ?? 0;
  return [plain(name, type, values)];
}
