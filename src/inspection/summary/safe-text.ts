/**
 * Code points that change how the text around them is shown, or end a line: controls, bidirectional
 * marks, invisible characters, lone surrogates. Shown as `\u{202e}` instead, in HTML and in terminals.
 */
const unsafeCharacters =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]/gu;

/** Characters of one name or address on a page; longer ones are cut and say so. */
export const nameLengthMax = 120;
/** Characters of a longer text of the alert or the capture. */
export const textLengthMax = 600;

/** Text from outside as one line that shows what it holds, at most `lengthMax` code points. */
export function visible(text: string, lengthMax: number = nameLengthMax): string {
  // Cut first, so that the cost is bounded by the limit and not by the input.
  const shown = text
    .slice(0, 2 * lengthMax + 2)
    .replaceAll(
      unsafeCharacters,
      (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
    );
  const points = Array.from(shown);
  return points.length > lengthMax ? `${points.slice(0, lengthMax - 1).join("")}…` : shown;
}

/** Where a capture lies, without the query and credentials of a URL, which may be a SAS token. */
export function withoutSecrets(location: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) return location;
  return location.replace(/[?#].*$/s, "").replace(/^([^/]*:\/\/)[^/]*@/s, "$1");
}

/** An address as it may stand in a display filter or a command; null when it is none. */
export const plainAddress = (address: string): string | null =>
  /^[0-9a-fA-F.:]{2,45}$/.test(address) ? address : null;

/** A word for a POSIX shell; null when no quoting shows it whole and pastes safely. */
export function shellWord(text: string): string | null {
  if (visible(text, textLengthMax) !== text || text === "" || text.startsWith("-")) return null;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `[2001:db8::1]:443`, `192.0.2.1:443`. */
export function endpointText(address: string, port: number): string {
  const shown = visible(address);
  return shown.includes(":") ? `[${shown}]:${port}` : `${shown}:${port}`;
}
