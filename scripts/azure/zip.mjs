// A ZIP archive (PKWARE APPNOTE 6.3) that depends on nothing but names and contents.
import { crc32, deflateRawSync } from "node:zlib";

const localSignature = 0x04034b50;
const centralSignature = 0x02014b50;
const endSignature = 0x06054b50;
const versionNeeded = 20;
/** Version 2.0, made on Unix: then the upper half of the external attributes is the file's mode. */
const versionMadeBy = (3 << 8) | versionNeeded;
const plainFileMode = (0o100644 << 16) >>> 0;
const deflated = 8;
/** 1980-01-01 00:00, the earliest that the format can say. */
const dosDate = 0x0021;

/** The archive of `files` (name to bytes), in the order of their names. */
export function zipArchive(files) {
  const entries = Object.entries(files)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, bytes]) => ({ name: Buffer.from(name), bytes, packed: packed(bytes) }));
  const local = [];
  const central = [];
  let offset = 0;
  for (const entry of entries) {
    const common = commonHeader(entry);
    const record = Buffer.concat([uint32(localSignature), common, entry.name, entry.packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(plainFileMode, 6);
    tail.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([versionMadeBy & 0xff, versionMadeBy >> 8]);
    central.push(uint32(centralSignature), madeBy, common, tail, entry.name);
    local.push(record);
    offset += record.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([...local, directory, endRecord(entries.length, directory.length, offset)]);
}

const packed = (bytes) => deflateRawSync(bytes, { level: 9 });

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** From "version needed" to "extra field length": the same in both headers. */
function commonHeader({ name, bytes, packed: content }) {
  const header = Buffer.alloc(26);
  header.writeUInt16LE(versionNeeded, 0);
  header.writeUInt16LE(deflated, 4);
  header.writeUInt16LE(dosDate, 8);
  header.writeUInt32LE(crc32(bytes), 10);
  header.writeUInt32LE(content.length, 14);
  header.writeUInt32LE(bytes.length, 18);
  header.writeUInt16LE(name.length, 22);
  return header;
}

function endRecord(count, directorySizeBytes, directoryOffset) {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(endSignature, 0);
  record.writeUInt16LE(count, 8);
  record.writeUInt16LE(count, 10);
  record.writeUInt32LE(directorySizeBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}
