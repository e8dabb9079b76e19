import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "wouter";
import { type FlowAnswer, numberOf, recordsOf } from "../../api/flow-views.ts";
import { DataTable } from "../../parts/data-table.tsx";
import { Field } from "../../parts/field.tsx";
import { useFormats } from "../../words/moments.ts";
import type { QuestionState } from "./question.ts";
import css from "./traffic.module.css";
import { TrendPicture } from "./trend-panel.tsx";
import { ViewPanel } from "./view-panel.tsx";

const bitsPerMegabit = 1_000_000;

/** How busy each connection is, against what the reader says that it carries. */
export function GatewayUse({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  const [parameters] = useSearchParams();
  const capacity = parameters.get("capacity") ?? "";
  const megabits = /^\d{1,7}$/.test(capacity) ? Number(capacity) : 0;
  return (
    <ViewPanel
      view="gateway-utilisation"
      state={state}
      rows="folded"
      heightPixels={260}
      draw={(answer) => (
        <>
          <div className={css["within"]}>
            <Field
              label={t("flowGateway.capacity")}
              hint={t("flowGateway.capacityHint")}
              inputMode="numeric"
              value={capacity}
              onChange={({ target }) =>
                state.change({ capacity: target.value.replaceAll(/\D/g, "") })
              }
            />
          </div>
          <UsePicture answer={answer} capacityBits={megabits * bitsPerMegabit} />
          <UseTable answer={answer} capacityBits={megabits * bitsPerMegabit} />
        </>
      )}
    />
  );
}

interface UseProps {
  answer: FlowAnswer;
  /** Bits a second; 0 when nobody said. */
  capacityBits: number;
}

const keys = ["ConnectionName", "FlowType"];

function UsePicture({ answer, capacityBits }: UseProps): React.ReactNode {
  const rate = useRate();
  return (
    <TrendPicture
      answer={answer}
      keys={keys}
      amount="BitsPerSecond"
      format={rate}
      limit={capacityBits === 0 ? null : capacityBits}
    />
  );
}

/** Bits a second as the language writes them. */
function useRate(): (bits: number) => string {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return useCallback(
    (bits) => {
      const [unit, divisor] =
        bits >= bitsPerMegabit
          ? ["megabit-per-second", bitsPerMegabit]
          : bits >= 1_000
            ? ["kilobit-per-second", 1_000]
            : ["bit-per-second", 1];
      return new Intl.NumberFormat(language, {
        style: "unit",
        unit,
        maximumFractionDigits: 2,
      }).format(bits / divisor);
    },
    [language],
  );
}

interface Use {
  name: string;
  peak: number;
  mean: number;
}

function UseTable({ answer, capacityBits }: UseProps): React.ReactNode {
  const { t } = useTranslation();
  const { percent } = useFormats();
  const rate = useRate();
  const column = (key: "peak" | "mean") => ({
    key,
    title: t(`flowGateway.${key}`),
    isNumber: true,
    show: (use: Use) =>
      capacityBits === 0
        ? rate(use[key])
        : `${rate(use[key])} · ${percent(use[key] / capacityBits)}`,
    sortBy: (use: Use) => use[key],
  });
  return (
    <DataTable<Use>
      label={t("view.gateway-utilisation")}
      rows={usesOf(answer)}
      keyOf={({ name }) => name}
      columns={[
        { key: "name", title: t("flowColumn.ConnectionName"), show: ({ name }) => name },
        column("peak"),
        column("mean"),
      ]}
    />
  );
}

function usesOf(answer: FlowAnswer): Use[] {
  const rates = new Map<string, number[]>();
  for (const record of recordsOf(answer)) {
    const name = keys.map((key) => String(record[key])).join(" · ");
    rates.set(name, [...(rates.get(name) ?? []), numberOf(record["BitsPerSecond"])]);
  }
  return [...rates].map(([name, values]) => ({
    name,
    peak: Math.max(...values),
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
  }));
}
