import { request } from "./request.ts";

export const extendAction = "Nightcap/captures/write";

/** Lets a recording that goes on go on for so many seconds more. */
export const extendCapture = ({
  sessionId,
  seconds,
}: {
  sessionId: string;
  seconds: number;
}): Promise<{ value: { endsAt: string }[] }> =>
  request("POST", `/nightcap/v1/captures/${sessionId}/extend`, { seconds });
