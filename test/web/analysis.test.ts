// What people look into: packets, flows and queries, in a real browser before a real control plane.
import { packetsEngineStory } from "./packets-engine-story.ts";
import { logsStory } from "./logs-story.ts";
import { packetsPageStory } from "./packets-page-story.ts";
import { describeStories } from "./stories.ts";
import { trafficStory } from "./traffic-story.ts";

describeStories("looking into it", [trafficStory, packetsPageStory, packetsEngineStory, logsStory]);
