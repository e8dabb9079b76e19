import type { ControlPlaneClient } from "./control-plane-client.ts";
import { wholeNumber } from "./whole-number.ts";

/** Azure's longest time of a recording into one file. */
const secondsMax = 18_000;

export interface ExtendedRecording {
  sessionId: string;
  timeLimitInSeconds: number;
  endsAt: string;
}

/** The `--seconds` of `nightcap capture extend`. */
export const readSeconds = wholeNumber(secondsMax);

/** How long each host of the capture records now. */
export async function extendCapture(
  client: ControlPlaneClient,
  name: string,
  seconds: number,
): Promise<ExtendedRecording[]> {
  const path = `/nightcap/v1/captures/${encodeURIComponent(name)}/extend`;
  const answer = await client.request("POST", path, { seconds });
  return (answer as { value: ExtendedRecording[] }).value;
}

/** One line, and of several hosts one for each. */
export function extendedLines(name: string, extended: readonly ExtendedRecording[]): string[] {
  const told = ({ timeLimitInSeconds, endsAt }: ExtendedRecording): string =>
    `records for ${timeLimitInSeconds} s in all, until ${endsAt}`;
  const [only] = extended;
  if (only && extended.length === 1) return [`${name} ${told(only)}`];
  return extended.map((each) => `${name} (${each.sessionId}) ${told(each)}`);
}
