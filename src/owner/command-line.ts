/** What stands instead of a secret. */
const mask = "***";
/** Bytes read of a command line; what a person is shown is shorter still. */
export const commandLineBytesMax = 8_192;

/** Words that name a secret in the name of an option or a variable. */
const secretName =
  /pass(?:word|wd|phrase)?|pwd|secret|token|api[-_.]?key|access[-_.]?key|private[-_.]?key|credential|auth(?:orization)?\b|bearer|cookie|signature|\bsig\b|session[-_.]?id|connection[-_.]?string|account[-_.]?key|\bpw\b/i;
/** Short options that programs take a user and a password, or a header, with. */
const secretShortOptions: Readonly<Record<string, ReadonlySet<string>>> = {
  curl: new Set(["-u", "-U", "-H", "-b", "-E"]),
  wget: new Set([]),
  mysql: new Set(["-p"]),
  mysqldump: new Set(["-p"]),
  mariadb: new Set(["-p"]),
  sshpass: new Set(["-p", "-e"]),
  ldapsearch: new Set(["-w"]),
  redis: new Set(["-a"]),
  "redis-cli": new Set(["-a"]),
};

/** The words of a process as one line with secrets masked, at most `lengthMax` characters. */
export function shownCommandLine(words: readonly string[], lengthMax: number): string {
  const program = words[0]?.split("/").at(-1) ?? "";
  const shown: string[] = [];
  let isSecretNext = false;
  let length = 0;
  for (const word of words) {
    const masked = isSecretNext && !word.startsWith("-") ? mask : withoutSecrets(word, program);
    isSecretNext = asksForSecret(word, program);
    shown.push(quoted(masked));
    length += masked.length + 1;
    if (length > lengthMax) break;
  }
  const line = shown.join(" ");
  return line.length > lengthMax ? `${line.slice(0, lengthMax - 1)}…` : line;
}

/** `--password VALUE`, `-u USER:PASSWORD` of curl: the next word is the secret. */
function asksForSecret(word: string, program: string): boolean {
  if (secretShortOptions[program]?.has(word)) return true;
  return /^--?[A-Za-z]/.test(word) && !word.includes("=") && secretName.test(word);
}

function withoutSecrets(word: string, program: string): string {
  const short = word.slice(0, 2);
  if (word.length > 2 && !word.startsWith("--") && secretShortOptions[program]?.has(short))
    return `${short}${mask}`;
  const named = /^([\w.-]{1,128})=(.+)$/s.exec(word);
  if (named && secretName.test(named[1] ?? "")) return `${named[1]}=${mask}`;
  return withoutUrlSecrets(word);
}

/** Users with passwords, and the queries of URLs; bearer tokens and the like in headers. */
const withoutUrlSecrets = (word: string): string =>
  word
    .replaceAll(/([a-z][a-z0-9+.-]{0,30}:\/\/)[^/\s@]{1,1024}@/gi, `$1${mask}@`)
    .replaceAll(/([?&;][^=&;\s]{1,128}=)[^&;\s]+/g, `$1${mask}`)
    .replaceAll(/\b(bearer|basic|digest|negotiate)\s+\S+/gi, `$1 ${mask}`)
    .replace(/^([A-Za-z-]{1,64}):\s*(?=\S)(.+)$/s, (whole, name: string) =>
      secretName.test(name) ? `${name}: ${mask}` : whole,
    );

/** A word with spaces stays one for the reader. */
const quoted = (word: string): string => (/\s/.test(word) ? JSON.stringify(word) : word);

/** The words of `/proc/PID/cmdline`: ended by zero bytes, as the process left them. */
export function wordsOf(bytes: Uint8Array): string[] {
  const text = new TextDecoder().decode(bytes);
  return text.replace(/\0+$/, "").split("\0");
}
