import type { Feature } from '../../../lib/mcp/define/feature.ts';
import { features as shipped } from '../../../lib/tools/index.ts';
import { accounts } from './accounts.ts';
import { behaviours } from './behaviours.ts';
import { asking } from './conformance-asking.ts';
import { prompts } from './conformance-prompts.ts';
import { resources } from './conformance-resources.ts';
import { conformanceTools } from './conformance-tools.ts';
import { downstream } from './downstream.ts';
import { refund } from './refund.ts';
import { tasks } from './tasks.ts';

/** The features that ship, and those that the conformance suite and the transport's tests expect in addition. */
export const features: readonly Feature[] = [
  ...shipped,
  ...conformanceTools,
  ...asking,
  ...behaviours,
  ...downstream,
  ...accounts,
  refund,
  ...tasks,
  resources,
  prompts,
];
