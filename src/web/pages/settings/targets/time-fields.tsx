import { useTranslation } from "react-i18next";
import { quietDays, type QuietHours } from "../../../api/notification-targets.ts";
import { Choice, Choices } from "../../../parts/choice.tsx";
import { Field } from "../../../parts/field.tsx";
import { Panel } from "../../../parts/panel.tsx";
import css from "../settings.module.css";
import { useSeverities } from "./route-fields.tsx";
import { errorAt, usualQuietHours } from "./target-draft.ts";
import type { TargetParts } from "./target-form.tsx";

/** When it is told: at once, together with others, or not at night. */
export function TimeFields({ draft, change, errors, known }: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  const { quietHours } = draft;
  return (
    <Panel title={t("targetForm.times")}>
      <div className={css["columns"]}>
        <Field
          label={t("targetForm.group")}
          type="number"
          min={0}
          max={3_600}
          required
          value={draft.groupSeconds}
          hint={t("targetForm.groupHint")}
          error={errorAt(errors, "groupSeconds")}
          onChange={({ target }) => change({ groupSeconds: target.value })}
        />
        <Field
          label={t("targetForm.rate")}
          type="number"
          min={1}
          max={600}
          required
          value={draft.ratePerMinuteMax}
          hint={t("targetForm.rateHint")}
          error={errorAt(errors, "ratePerMinuteMax")}
          onChange={({ target }) => change({ ratePerMinuteMax: target.value })}
        />
        <div className={css["wide"]}>
          <Choice
            label={t("targetForm.quiet")}
            isChosen={quietHours !== null}
            choose={(isQuiet) =>
              change({ quietHours: isQuiet ? (known?.quietHours ?? usualQuietHours()) : null })
            }
          />
        </div>
        {quietHours && (
          <Quiet
            hours={quietHours}
            change={(some) => change({ quietHours: { ...quietHours, ...some } })}
            errors={errors}
          />
        )}
      </div>
    </Panel>
  );
}

function Quiet({
  hours: { timeZone, from, to, days, breakThroughSeverities },
  change,
  errors,
}: {
  hours: QuietHours;
  change: (some: Partial<QuietHours>) => void;
  errors: TargetParts["errors"];
}): React.ReactNode {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Field
        label={t("targetForm.quietFrom")}
        type="time"
        required
        value={from}
        error={errorAt(errors, "quietHours.from") ?? errors["quietHours"]}
        onChange={({ target }) => change({ from: target.value })}
      />
      <Field
        label={t("targetForm.quietTo")}
        type="time"
        required
        value={to}
        error={errorAt(errors, "quietHours.to")}
        onChange={({ target }) => change({ to: target.value })}
      />
      <Field
        label={t("targetForm.zone")}
        required
        value={timeZone}
        list="time-zones"
        error={errorAt(errors, "quietHours.timeZone")}
        onChange={({ target }) => change({ timeZone: target.value })}
      />
      <datalist id="time-zones">
        {Intl.supportedValuesOf("timeZone").map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
      <div className={css["wide"]}>
        <Choices
          legend={t("targetForm.quietDays")}
          choices={quietDays.map((value, at) => ({ value, words: dayName(i18n.language, at) }))}
          chosen={days}
          choose={(chosen) => change({ days: chosen })}
        />
        {errorAt(errors, "quietHours.days") !== undefined && (
          <p className={css["bad"]}>{errorAt(errors, "quietHours.days")}</p>
        )}
      </div>
      <div className={css["wide"]}>
        <Choices
          legend={t("targetForm.breakThrough")}
          choices={useSeverities()}
          chosen={breakThroughSeverities}
          choose={(chosen) => change({ breakThroughSeverities: chosen })}
        />
      </div>
    </>
  );
}

/** The first of January 2024 was a Monday. */
const dayName = (language: string, at: number): string =>
  new Intl.DateTimeFormat(language, { weekday: "short", timeZone: "UTC" }).format(
    Date.UTC(2024, 0, 1 + at),
  );
