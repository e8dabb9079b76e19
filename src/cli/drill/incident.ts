import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import type { Closable } from "../../common/lifecycle.ts";
import { type ControlPlaneClient, RefusedError } from "../control-plane-client.ts";

/** One firing of an alert rule and what came of it, as `GET /nightcap/incidents` answers. */
const incident = z.object({
  firedTime: z.string(),
  metricValue: z.number().nullable(),
  deliveredTime: z.string().nullable(),
  job: z
    .object({
      state: z.string(),
      captureName: z.string().nullable(),
      incidentId: z.string().nullable(),
      outcome: z.string().nullable(),
      notifiedTime: z.string().nullable(),
    })
    .nullable(),
});

export type Incident = z.infer<typeof incident>;

export async function findIncident(
  client: ControlPlaneClient,
  ruleId: string,
): Promise<Incident | null> {
  const answers = z.object({ value: z.array(incident) });
  const path = `/nightcap/incidents?rule=${encodeURIComponent(ruleId)}`;
  return answers.parse(await client.request("GET", path)).value[0] ?? null;
}

/** What an incident says of its drill, as `GET /nightcap/v1/incidents/{id}` answers. */
const told = z.object({
  summary: z.string(),
  answer: z.object({ sentence: z.string(), reportLink: z.string().nullable() }).nullable(),
  captures: z.array(z.object({ outcome: z.string().nullable() })),
});

export type ToldIncident = z.infer<typeof told>;

/** The incident when all its recordings are answered; null before. */
export async function findAnswered(
  client: ControlPlaneClient,
  incidentId: string,
): Promise<ToldIncident | null> {
  const path = `/nightcap/v1/incidents/${encodeURIComponent(incidentId)}`;
  const found = told.parse(await client.request("GET", path));
  return found.captures.every(({ outcome }) => outcome !== null) ? found : null;
}

export async function createJoinToken(client: ControlPlaneClient): Promise<string> {
  const answer = z.object({ token: z.string() });
  return answer.parse(await client.request("POST", "/nightcap/joinTokens", {})).token;
}

/** Takes a host off the control plane: its certificate is refused from then on. One that never joined is gone already. */
export async function removeHost(client: ControlPlaneClient, name: string): Promise<void> {
  try {
    await client.request("DELETE", `/nightcap/hosts/${encodeURIComponent(name)}`);
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === "ResourceNotFound")) throw error;
  }
}

/** The drill's rule and action group, as Azure's documents make theirs, but for seconds instead of minutes. */
export async function createDrillRule(
  client: ControlPlaneClient,
  options: { name: string; machineId: string; thresholdBytes: number },
): Promise<{ ruleId: string } & Closable> {
  const { credentials, subscription } = client;
  const insights = `${subscription}/resourceGroups/${credentials.resourceGroup}/providers/Microsoft.Insights`;
  const groupId = `${insights}/actionGroups/${options.name}`;
  const ruleId = `${insights}/metricAlerts/${options.name}`;
  await client.request("PUT", groupId, {
    location: "Global",
    properties: {
      groupShortName: "drill",
      enabled: true,
      azureFunctionReceivers: [
        {
          name: "responder",
          functionAppResourceId: `${subscription}/resourceGroups/${credentials.resourceGroup}/providers/Microsoft.Web/sites/nightcap`,
          functionName: "responder",
          httpTriggerUrl: `${credentials.responderUrl}?code=${credentials.responderKey}`,
          useCommonAlertSchema: false,
        },
      ],
    },
  });
  await client.request("PUT", ruleId, {
    location: "global",
    properties: {
      description: "Drill: the virtual machine sends more than it should",
      severity: 3,
      enabled: true,
      scopes: [options.machineId],
      evaluationFrequency: "PT1S",
      windowSize: "PT3S",
      criteria: {
        "odata.type": "Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
        allOf: [
          {
            criterionType: "StaticThresholdCriterion",
            name: "sends too much",
            metricName: "Network Out Total",
            timeAggregation: "Average",
            dimensions: [],
            operator: "GreaterThan",
            threshold: options.thresholdBytes,
          },
        ],
      },
      actions: [{ actionGroupId: groupId, webHookProperties: { timeLimitInSeconds: "5" } }],
    },
  });
  const remove = async (): Promise<void> => {
    await client.request("DELETE", ruleId);
    await client.request("DELETE", groupId);
  };
  return { ruleId, close: remove };
}

/** Asks again until there is an answer; throws `DrillFailed` that says what did not come. */
export async function waitFor<Answer>(
  what: string,
  ask: () => Promise<Answer | null>,
  options: { timeoutMilliseconds: number; intervalMilliseconds: number; signal: AbortSignal },
): Promise<Answer> {
  const end = Date.now() + options.timeoutMilliseconds;
  while (Date.now() < end) {
    options.signal.throwIfAborted();
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, options.intervalMilliseconds));
  }
  const seconds = Math.round(options.timeoutMilliseconds / 1_000);
  throw new NightcapError(
    "DrillFailed",
    `${what} did not happen within ${seconds} s; the control plane's log says more`,
  );
}
