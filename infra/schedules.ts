import { functionOptions } from './function-options.ts'
import { permissions } from './permissions.ts'
import { settings } from './settings.ts'
import { storage } from './storage.ts'

const choreOptions = {
  ...functionOptions,
  timeout: '15 minutes',
  link: [storage],
  // The next tick does the work that this one did not. By default, ticks during a running compaction would queue for
  // six hours, and each failed run would be repeated twice.
  retries: 0,
  transform: { ...functionOptions.transform, eventInvokeConfig: { maximumEventAgeInSeconds: 60 } },
} satisfies Partial<sst.aws.FunctionArgs>

/** Rewrites small segments as larger ones. */
export const compact = new sst.aws.Function('Compact', {
  ...choreOptions,
  handler: 'functions/compact.handler',
  // The maximum of a new account: the segments of a merge are in memory.
  memory: '3008 MB',
  // Two at once would be safe, because one of them fails to commit, but its work would be paid in vain.
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
