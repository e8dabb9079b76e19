import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { clockText } from "./amounts.ts";
import type { CaptureRow } from "./capture-rows.ts";
import css from "./captures.module.css";

/** How long it records, of how long it may: by itself while it goes on. */
export function Elapsed({
  row: { name, phase, startedAt, endedAt, limitSeconds },
}: {
  row: Pick<CaptureRow, "name" | "phase" | "startedAt" | "endedAt" | "limitSeconds">;
}): React.ReactNode {
  const { t } = useTranslation();
  const isOn = phase === "recording" && endedAt === null && startedAt !== null;
  const now = useSeconds(isOn);
  if (startedAt === null) return "–";
  const seconds = ((endedAt ?? now) - startedAt) / 1_000;
  if (!isOn) return clockText(seconds);
  return (
    <span className={css["elapsed"]}>
      {clockText(seconds)} / {clockText(limitSeconds)}
      <progress
        aria-label={t("captures.lengthOf", { name })}
        value={Math.min(seconds, limitSeconds)}
        max={limitSeconds}
      />
    </span>
  );
}

function useSeconds(isOn: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isOn]);
  return now;
}
