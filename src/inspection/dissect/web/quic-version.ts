// Versions of QUIC: RFC 9000 and 9369, the drafts before them, and those of Facebook and Google.

export const quicVersion = { one: 1, two: 0x6b3343cf, negotiation: 0 } as const;

const draftPrefix = 0xff0000;
const draftMin = 11;
const reservedPattern = 0x0a0a0a0a;
const facebook = new Set([0xfaceb001, 0xfaceb002, 0xfaceb00e]);
/** Q050, T050 and T051: Google's, with the header of the drafts. */
const google = new Set([0x51303530, 0x54303530, 0x54303531]);

/** True for versions that a datagram is taken for QUIC by. */
export function isKnownVersion(version: number): boolean {
  if (version === quicVersion.one || version === quicVersion.two) return true;
  if (version >>> 8 === draftPrefix) return (version & 0xff) >= draftMin;
  // Versions that are only there to be refused (RFC 9000, 15).
  if ((version & 0x0f0f0f0f) >>> 0 === reservedPattern) return true;
  return facebook.has(version) || google.has(version);
}

/** What the keys of Initial packets are made from (RFC 9001, 5.2; RFC 9369, 3.3.1; the drafts). */
const salts = {
  draft22: "7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a",
  draft23: "c3eef712c72ebb5a11a7d2432bb46365bef9f502",
  draft29: "afbfec289993d24c9e9786f19c6111e04390a899",
  one: "38762cf7f55934b34d179ae6a4c80cadccbb7f0a",
  two: "0dede3def700a6db819381be6e269dcbf9bd2ed9",
} as const;

/** The salt of a version in hexadecimal; null for versions whose Initial packets cannot be read. */
export function initialSalt(version: number): string | null {
  if (version === quicVersion.one) return salts.one;
  if (version === quicVersion.two) return salts.two;
  if (version === 0xfaceb001) return salts.draft22;
  if (version === 0xfaceb002 || version === 0xfaceb00e) return salts.draft23;
  if (version >>> 8 !== draftPrefix) return null;
  const draft = version & 0xff;
  if (draft === 22) return salts.draft22;
  if (draft >= 23 && draft <= 28) return salts.draft23;
  if (draft >= 29 && draft <= 32) return salts.draft29;
  return draft === 33 || draft === 34 ? salts.one : null;
}
