// SMB messages as text in hexadecimal, for tests.

const size = (text: string): number => text.replaceAll(/\s/gu, "").length / 2;
const zeros = (count: number): string => "00".repeat(count);
const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");
const little = (value: number, bytes: number): string =>
  (
    value
      .toString(16)
      .padStart(bytes * 2, "0")
      .match(/../gu) ?? []
  )
    .toReversed()
    .join("");

/** A header of version 1. */
export function smbHeader(command: number, number: number, isAnswer = false): string {
  const flags = isAnswer ? "98" : "18";
  return `ff534d42 ${little(command, 1)} 00000000 ${flags} 0140 0000 ${zeros(8)} 0000 0100 0000 0100 ${little(number, 2)}`;
}

/** A transaction with its name, setup, parameters and data. */
export function smbTransaction(
  name: string,
  { setup, parameters = "", data }: { setup: string; parameters?: string; data: string },
): string {
  const offset = 32 + 1 + 28 + size(setup) + 2 + name.length + 1;
  const [parameterSize, dataSize] = [little(size(parameters), 2), little(size(data), 2)];
  const places = `${parameterSize} ${little(offset, 2)} ${dataSize} ${little(offset + size(parameters), 2)}`;
  const words = `${parameterSize} ${dataSize} ${zeros(14)} ${places} ${little(size(setup) / 2, 1)} 00 ${setup}`;
  const count = little(size(words) / 2, 1);
  return `${smbHeader(0x25, 1)} ${count} ${words} 0000 ${ascii(`${name}\0`)} ${parameters} ${data}`;
}
