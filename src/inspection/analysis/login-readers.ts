// Reads logins from the lines of clear-text protocols. What is a secret is looked at, and never kept.
import type { Frame } from "../dissect/frame.ts";
import type { StreamPiece } from "../dissect/transport/stream.ts";
import type { Credentials } from "./credentials.ts";

/** Streams whose login is being followed. */
const streamCountMax = 10_000;
/** Bytes of a piece that are read: logins are short, messages are not. */
const pieceSizeMax = 2_048;
const lineCountMax = 32;
/** Pieces of a stream that are read: a login comes at its beginning. */
const pieceCountMax = 200;
const lineLengthMax = 512;
const decoder = new TextDecoder("latin1");

/** How far a stream's login has come. */
interface Session {
  user: string | null;
  /** What the next line of the client is. */
  expects: "nothing" | "user" | "secret";
  /** What the client typed of a line so far (Telnet sends single characters). */
  typed: string;
  typedCount: number;
  pieceCount: number;
}

type Reader = (line: string, session: Session, note: (method: string) => void) => void;

const userAndPass: Reader = (line, session, note) => {
  const [, command = "", argument = ""] = /^(USER|PASS)[ ]+(.+)$/i.exec(line) ?? [];
  if (/user/i.test(command)) session.user = argument;
  else if (command !== "") note("USER and PASS");
};

/** RFC 9051, 6.2.3; RFC 2595, 6 for PLAIN. */
const imap: Reader = (line, session, note) => {
  const login = /^\S+ LOGIN (?:"([^"]*)"|(\S+)) \S/i.exec(line);
  if (login) {
    session.user = login[1] ?? login[2] ?? null;
    note("LOGIN");
  } else readSasl(line.replace(/^\S+ AUTHENTICATE/i, "AUTH"), session, note);
};

const smtp: Reader = (line, session, note) => {
  readSasl(line, session, note);
};

const pop: Reader = (line, session, note) => {
  userAndPass(line, session, note);
  readSasl(line, session, note);
};

/** RFC 4954: `AUTH PLAIN` in one line or two, `AUTH LOGIN` with name and password in a line each. */
function readSasl(line: string, session: Session, note: (method: string) => void): void {
  const auth = /^AUTH (PLAIN|LOGIN)(?: +(\S+))?$/i.exec(line);
  if (auth) {
    const [, method = "", first] = auth;
    session.user = null;
    if (/plain/i.test(method) && first && first !== "=") notePlain(first, session, note);
    else if (/plain/i.test(method)) session.expects = "secret";
    else session.expects = "user";
    if (/login/i.test(method) && first) takeUser(first, session);
    return;
  }
  // The server's challenges and answers are no lines of the client.
  if (session.expects === "nothing" || !/^[A-Za-z0-9+/=]{4,}$/.test(line)) return;
  if (session.expects === "user") takeUser(line, session);
  else notePlain(line, session, note);
}

function takeUser(base64: string, session: Session): void {
  session.user = fromBase64(base64);
  session.expects = "secret";
}

/** PLAIN holds the name between two zeros (RFC 4616); after LOGIN's name, all of it is the secret. */
function notePlain(base64: string, session: Session, note: (method: string) => void): void {
  session.expects = "nothing";
  if (session.user === null) session.user = fromBase64(base64)?.split("\0")[1] ?? null;
  note("AUTH");
}

function fromBase64(text: string): string | null {
  try {
    return atob(text);
  } catch {
    return null;
  }
}

/** Asked for every segment: a look-up of names in a map would cost more. */
function lineReaderOf(protocol: string): Reader | null {
  switch (protocol) {
    case "ftp":
      return userAndPass;
    case "pop":
      return pop;
    case "imap":
      return imap;
    case "smtp":
      return smtp;
    default:
      return null;
  }
}

/** Follows the logins of streams whose protocol is known. */
export class LoginReaders {
  readonly #sessions = new Map<number, Session>();
  readonly #credentials: Credentials;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Takes a piece of a stream of this protocol; others than those with logins are passed over. */
  read(frame: Frame, protocol: string): void {
    const reader = lineReaderOf(protocol);
    if (!reader && protocol !== "telnet") return;
    const session = this.#sessionOf(frame.tcpStream);
    const { piece } = frame;
    if (!session || piece.need !== 0 || session.pieceCount++ > pieceCountMax) return;
    if (reader && session.expects === "nothing" && !mayLogIn(piece, protocol === "imap")) return;
    this.#follow(frame, protocol, session, reader);
  }

  /** Apart, since a function that makes another one allocates what that one uses at every call. */
  #follow(frame: Frame, protocol: string, session: Session, reader: Reader | null): void {
    const { piece } = frame;
    const note = (method: string): void => {
      this.#credentials.add(frame, { protocol, method, user: session.user });
    };
    if (!reader) readTelnet(piece, session, note);
    else for (const line of linesOf(piece)) reader(line, session, note);
  }

  #sessionOf(stream: number): Session | null {
    const known = this.#sessions.get(stream);
    if (known) return known;
    if (this.#sessions.size >= streamCountMax) return null;
    const session: Session = {
      user: null,
      expects: "nothing",
      typed: "",
      typedCount: 0,
      pieceCount: 0,
    };
    this.#sessions.set(stream, session);
    return session;
  }
}

const lineFeed = 10;
const space = 32;
/** `us`, `pa`, `au` and `lo`: what USER, PASS, AUTH, AUTHENTICATE and LOGIN begin with, in small letters. */
const begin = { user: 0x7573, pass: 0x7061, auth: 0x6175, login: 0x6c6f } as const;

/**
 * False when no line of a piece is a command of a login, which is so of nearly all: no text is made of them.
 * In IMAP a command may have a tag before it.
 */
export function mayLogIn(
  { bytes, at, end }: Pick<StreamPiece, "bytes" | "at" | "end">,
  hasTags: boolean,
): boolean {
  const limit = Math.min(end, at + pieceSizeMax);
  let next = at;
  for (let lines = 0; lines < lineCountMax && next < limit; lines++) {
    const letters = lettersAt(bytes, next);
    if (letters === begin.user || letters === begin.pass || letters === begin.auth) return true;
    if (hasTags) {
      while (next < limit && bytes[next] !== lineFeed && bytes[next] !== space) next++;
      const tagged = bytes[next] === space ? lettersAt(bytes, next + 1) : 0;
      if (tagged === begin.login || tagged === begin.auth) return true;
    }
    while (next < limit && bytes[next] !== lineFeed) next++;
    next++;
  }
  return false;
}

const lettersAt = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) | 32) << 8) | ((bytes[at + 1] ?? 0) | 32);

function linesOf({ bytes, at, end }: StreamPiece): string[] {
  const text = decoder.decode(bytes.subarray(at, Math.min(end, at + pieceSizeMax)));
  return text
    .split(/\r?\n/, lineCountMax)
    .map((line) => line.slice(0, lineLengthMax).trimEnd())
    .filter((line) => line !== "");
}

/** RFC 854: prompts of the server say what the client types next. */
function readTelnet(piece: StreamPiece, session: Session, note: (method: string) => void): void {
  const { bytes, at, end } = piece;
  const text = withoutCommands(bytes.subarray(at, Math.min(end, at + pieceSizeMax)));
  const prompt =
    /(?:^|[\s:])(?:(login|user ?name|user)|(pass(?:word|code)?))[^\r\n]{0,20}: ?$/i.exec(text);
  if (prompt) {
    session.expects = prompt[2] === undefined ? "user" : "secret";
    session.typed = "";
    session.typedCount = 0;
    return;
  }
  // The server echoes the name: only the side that did not prompt types, which is the opener's.
  if (session.expects === "nothing" || !piece.fromA) return;
  const [typed = ""] = text.split(/[\r\n\0]/, 1);
  session.typedCount += typed.length;
  if (session.expects === "user") session.typed = (session.typed + typed).slice(0, 64);
  if (typed.length === text.length || session.typedCount === 0) return;
  if (session.expects === "user") session.user = session.typed;
  else note("typed after a prompt");
  session.expects = "nothing";
  session.typedCount = 0;
}

/** Text without Telnet's commands: IAC, a command, and an option where the command has one. */
function withoutCommands(bytes: Uint8Array): string {
  const kept: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 255) at += (bytes[at + 1] ?? 0) >= 251 ? 2 : 1;
    else kept.push(byte);
  }
  return decoder.decode(Uint8Array.from(kept));
}

/** RFC 1157, 4 and RFC 1901: version 1 and 2c send a community name with each message; 3 does not. */
export function readCommunity(frame: Frame, at: number): void {
  const { bytes, capturedEnd: end } = frame;
  if (at + 7 > end || bytes[at] !== 0x30) return;
  const first = bytes[at + 1] ?? 0;
  const version = at + 2 + (first & 0x80 ? first & 0x7f : 0);
  if (version + 5 > end || bytes[version] !== 2 || bytes[version + 1] !== 1) return;
  const number = bytes[version + 2] ?? 0;
  if (number > 1 || bytes[version + 3] !== 4 || (bytes[version + 4] ?? 0) === 0) return;
  const method = number === 0 ? "community of version 1" : "community of version 2c";
  frame.analyses.credentials.add(frame, { protocol: "snmp", method, user: null });
}
