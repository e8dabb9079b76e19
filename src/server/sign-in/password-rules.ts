import { NightcapError } from "../../common/errors.ts";

export const passwordLengthMin = 12;
export const passwordSizeBytesMax = 1_024;
/** Fewer different characters than this are a pattern, however long. */
const differentCharactersMin = 5;
/** A shorter name may be part of any word. */
const comparedNameLengthMin = 3;

/** Throws `InvalidParameter` for a password that is too short, too long, or made of its user's name. */
export function checkPassword(password: string, userName: string): void {
  const characters = Array.from(password.normalize("NFC"));
  if (characters.length < passwordLengthMin) {
    throw refused(`has ${characters.length} characters; at least ${passwordLengthMin} expected`);
  }
  if (Buffer.byteLength(password) > passwordSizeBytesMax) {
    throw refused(`is longer than ${passwordSizeBytesMax} bytes`);
  }
  if (new Set(characters).size < differentCharactersMin) {
    throw refused(`has fewer than ${differentCharactersMin} different characters`);
  }
  const name = userName.toLowerCase();
  if (name.length >= comparedNameLengthMin && password.toLowerCase().includes(name)) {
    throw refused("has the user's name in it");
  }
}

/** What the password was is told to nobody. */
const refused = (why: string): NightcapError =>
  new NightcapError("InvalidParameter", `the password ${why}`);
