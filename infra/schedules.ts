import { functionOptions } from './function-options.ts'
import { permissions } from './permissions.ts'
import { settings } from './settings.ts'
import { storage } from './storage.ts'

const choreOptions = {
  ...functionOptions,
  timeout: '15 minutes',
  link: [storage],
  // The next tick does what this one did not: without these, ticks that meet a running compaction would queue up
  // for six hours, and each failure would be tried twice more.
  retries: 0,
  transform: { ...functionOptions.transform, eventInvokeConfig: { maximumEventAgeInSeconds: 60 } },
} satisfies Partial<sst.aws.FunctionArgs>

/** Rewrites small segments as larger ones, where there are any. */
export const compact = new sst.aws.Function('Compact', {
  ...choreOptions,
  handler: 'functions/compact.handler',
  // The most that a new account may ask for; segments of this merge are in memory.
  memory: '3008 MB',
  // Two at once would be safe, as one of them loses its commit, but the loser's work is paid for nothing.
  concurrency: { reserved: settings.reserved?.compact },
  permissions: permissions.compact,
})

/** Deletes objects that no retained manifest names. */
export const collectGarbage = new sst.aws.Function('CollectGarbage', {
  ...choreOptions,
  handler: 'functions/collect-garbage.handler',
  memory: '1024 MB',
  permissions: permissions.collectGarbage,
})

new sst.aws.CronV2('CompactSchedule', { schedule: 'rate(1 minute)', function: compact })
new sst.aws.CronV2('CollectGarbageSchedule', { schedule: 'rate(15 minutes)', function: collectGarbage })
