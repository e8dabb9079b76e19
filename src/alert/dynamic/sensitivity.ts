/** Azure's three: how far a value must be from what is expected. */
export const alertSensitivities = ["Low", "Medium", "High"] as const;
export type AlertSensitivity = (typeof alertSensitivities)[number];

/** How the width of the expected range follows from the worst deviations of the days learned from. */
export interface Width {
  /** Of the days' worst deviations: that which three days in ten exceed, or that of the worst day but one. */
  day: "third" | "worstButOne";
  /** That deviation is multiplied by it. */
  factor: number;
  /** The range is at least so wide to each side, as a share of the expected value. */
  shareMin: number;
}

/**
 * The worst day never counts, so that one outage in the history changes nothing. What these give is measured:
 * docs/reference/dynamic-thresholds.md has the rates of false alarms.
 */
export const widths: Readonly<Record<AlertSensitivity, Width>> = {
  High: { day: "third", factor: 1, shareMin: 0.01 },
  Medium: { day: "worstButOne", factor: 1.25, shareMin: 0.02 },
  Low: { day: "worstButOne", factor: 1.8, shareMin: 0.05 },
};
