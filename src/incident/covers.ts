/** A packet capture's filter in Azure's words. */
export interface RecordingFilter {
  protocol?: "TCP" | "UDP" | "Any";
  localIPAddress?: string;
  remoteIPAddress?: string;
  localPort?: string;
  remotePort?: string;
}

/**
 * True when a recording with the filters `wide` certainly has every packet of one with `narrow`: none records everything.
 * May say no where the truth is yes (networks are compared as texts); then there are two recordings.
 */
export function covers(
  wide: readonly RecordingFilter[],
  narrow: readonly RecordingFilter[],
): boolean {
  if (wide.length === 0) return true;
  if (narrow.length === 0) return false;
  return narrow.every((one) => wide.some((other) => coversOne(other, one)));
}

function coversOne(wide: RecordingFilter, narrow: RecordingFilter): boolean {
  const { protocol = "Any" } = wide;
  return (
    (protocol === "Any" || protocol === narrow.protocol) &&
    hasAddresses(wide.localIPAddress, narrow.localIPAddress) &&
    hasAddresses(wide.remoteIPAddress, narrow.remoteIPAddress) &&
    hasPorts(wide.localPort, narrow.localPort) &&
    hasPorts(wide.remotePort, narrow.remotePort)
  );
}

const isOpen = (text: string | undefined): text is undefined | "" =>
  text === undefined || text === "";
const partsOf = (text: string): string[] =>
  text.split(";").flatMap((part) => (part.trim() === "" ? [] : [part.trim().toLowerCase()]));

function hasAddresses(wide: string | undefined, narrow: string | undefined): boolean {
  if (isOpen(wide)) return true;
  if (isOpen(narrow)) return false;
  const known = new Set(partsOf(wide));
  return partsOf(narrow).every((part) => known.has(part));
}

function hasPorts(wide: string | undefined, narrow: string | undefined): boolean {
  if (isOpen(wide)) return true;
  if (isOpen(narrow)) return false;
  const ranges = partsOf(wide).map(rangeOf);
  return partsOf(narrow)
    .map(rangeOf)
    .every(([low, high]) => ranges.some(([from, to]) => from <= low && high <= to));
}

/** `80-90`, or one port; what is neither is within nothing. */
function rangeOf(text: string): [number, number] {
  const [low = "", high = low] = text.split("-");
  return [Number(low), Number(high)];
}
