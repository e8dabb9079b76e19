import { useEffect, useState } from "react";
import { useFormats } from "../words/moments.ts";

const stepMilliseconds = 15_000;

/** A time in the reader's zone; UTC is one hover or one focus away. */
export function Moment({ time }: { time: string }): React.ReactNode {
  const { moment, utc } = useFormats();
  return (
    <time dateTime={time} title={utc(time)}>
      {moment(time)}
    </time>
  );
}

/** How long ago it was, which goes on by itself. */
export function Ago({ time }: { time: string }): React.ReactNode {
  const { ago, utc } = useFormats();
  const now = useNow();
  return (
    <time dateTime={time} title={utc(time)}>
      {ago(time, now)}
    </time>
  );
}

/** Milliseconds since the epoch, every quarter of a minute. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), stepMilliseconds);
    return () => clearInterval(timer);
  }, []);
  return now;
}
