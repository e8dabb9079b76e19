// What people do: captures, incidents, rules, hosts and settings, in a real browser before a real control plane.
import { alertsStory } from "./alerts-story.ts";
import { capturesStory } from "./captures-story.ts";
import { hostsStory } from "./hosts-story.ts";
import { incidentStory } from "./incident-story.ts";
import { referenceStory } from "./reference-story.ts";
import { settingsStory } from "./settings-story.ts";
import { describeStories } from "./stories.ts";

describeStories(
  "what people do",
  [hostsStory, incidentStory, referenceStory, alertsStory, capturesStory, settingsStory],
  ["--no-drill"], // they have hosts of their own
);
