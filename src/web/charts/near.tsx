import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../parts/button.tsx";

interface Drawn {
  points: readonly (readonly [time: number, value: number | null])[];
}

/** A picture whose highest value is so many times the usual one shows nothing of the usual. */
const ratioMin = 5;
/** Room above what is usual. */
const headroom = 2;

/** A button that draws what is usual large, where the incident is far above it, and how high is drawn then. */
export function useNear(
  series: readonly Drawn[],
  usual: number | null,
): { near: number | null; button: React.ReactNode } {
  const { t } = useTranslation();
  const [isNear, change] = useState(false);
  const highest = series
    .flatMap(({ points }) => points)
    .reduce((most, [, value]) => Math.max(most, value ?? 0), 0);
  if (usual === null || usual <= 0 || highest < usual * ratioMin)
    return { near: null, button: null };
  return {
    near: isNear ? usual * headroom : null,
    button: (
      <Button kind="quiet" aria-pressed={isNear} onClick={() => change(!isNear)}>
        {t("picture.near")}
      </Button>
    ),
  };
}
