import { ipv6Text } from "../inspection/analysis/addresses.ts";
import { AddressMapper } from "../inspection/tools/privacy/address-mapper.ts";
import { parseAddress } from "../arm/address-range.ts";

/**
 * The lines of an owners file with their addresses mapped as those of the packets are. Command lines are
 * left out, because they name addresses too; so is a line that is not as it should be.
 */
export function privateOwners(lines: string, key: Uint8Array): string {
  const mapper = new AddressMapper(key);
  return lines
    .split("\n")
    .map((line) => privateLine(line, mapper))
    .join("");
}

function privateLine(line: string, mapper: AddressMapper): string {
  const value: unknown = line === "" ? null : JSON.parse(line);
  if (typeof value !== "object" || value === null) return "";
  const fields: Record<string, unknown> = { ...value };
  for (const name of ["localAddress", "remoteAddress"]) {
    if (typeof fields[name] !== "string") continue;
    const mapped = mappedText(fields[name], mapper);
    if (mapped === null) return "";
    fields[name] = mapped;
  }
  const { localAddresses } = fields;
  if (Array.isArray(localAddresses)) {
    fields["localAddresses"] = localAddresses.flatMap(
      (one) => mappedText(String(one), mapper) ?? [],
    );
  }
  if ("commandLine" in fields) fields["commandLine"] = null;
  return `${JSON.stringify(fields)}\n`;
}

/** Null for what is no address. */
function mappedText(text: string, mapper: AddressMapper): string | null {
  const address = parseAddress(text);
  if (!address) return null;
  const size = address.family === "ip" ? 4 : 16;
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index++)
    bytes[index] = Number((address.value >> BigInt((size - 1 - index) * 8)) & 255n);
  if (size === 4) mapper.map4(bytes, 0);
  else mapper.map6(bytes, 0);

  return size === 4 ? bytes.join(".") : ipv6Text(bytes);
}
