import { NightcapError } from "../../common/errors.ts";
import { createAddressWords } from "../../flowlog/address-words.ts";
import { readAddress } from "../prefix/address-text.ts";

const textLengthMax = 1_000;
const portMax = 65_535;
const protocolNumbers: Readonly<Record<string, number>> = { T: 6, U: 17 };

/** A flow as somebody asks about it. An address alone has no destination. */
export interface AskedFlow {
  readonly source: Uint32Array;
  readonly destination: Uint32Array | null;
  readonly destinationPort: number | null;
  /** IANA's number. */
  readonly protocol: number;
  readonly direction: "I" | "O" | "";
}

/** Reads `SRC DST PORT [T|U] [I|O]`, a tuple of a flow log of any format, or an address alone. */
export function readFlowText(text: string): AskedFlow {
  const plain = text.trim().replaceAll(/^"|"$/g, "").slice(0, textLengthMax);
  const fields = plain.includes(",") ? tupleFields(plain) : plain.split(/\s+/);
  const [source = "", destination, port, protocol = "T", direction = ""] = fields;
  if (fields.length > 5) throw wrong(plain, "it has too many parts");
  return {
    source: addressOf(source, plain),
    destination: destination === undefined ? null : addressOf(destination, plain),
    destinationPort: port === undefined ? null : numberOf(port, portMax, plain),
    protocol: protocolNumbers[protocol.toUpperCase()] ?? numberOf(protocol, 255, plain),
    direction: directionOf(direction, plain),
  };
}

/** Time, addresses, ports, protocol, direction, and more that does not matter here. */
function tupleFields(text: string): string[] {
  const [, source = "", destination = "", , port = "", protocol = "", direction = ""] = text
    .split(",")
    .map((field) => field.trim());
  return [source, destination, port, protocol, direction];
}

function addressOf(text: string, whole: string): Uint32Array {
  const words = createAddressWords(1);
  if (!readAddress(text, words, 0)) throw wrong(whole, `"${text}" is no address`);
  return words;
}

function numberOf(text: string, max: number, whole: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > max)
    throw wrong(whole, `"${text}" is no number from 0 to ${max}`);
  return Number(text);
}

function directionOf(text: string, whole: string): AskedFlow["direction"] {
  const letter = text.toUpperCase();
  if (letter === "" || letter === "I" || letter === "O") return letter;
  throw wrong(whole, `"${text}" is no direction (I or O)`);
}

function wrong(text: string, reason: string): NightcapError {
  return new NightcapError(
    "InvalidParameter",
    `"${text}" is no flow: ${reason}; give "SRC DST PORT [T|U] [I|O]", a tuple of a flow log, or an address`,
  );
}
