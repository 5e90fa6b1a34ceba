/// <reference path="./.sst/platform/config.d.ts" />

/** What `npx sst deploy` creates; each file of `infra/` is one concern. How to use it: docs/deploying.md */
export default $config({
  app: (input) => ({
    name: 'prism',
    home: 'aws',
    // Bucket and table of production outlive the stage, and `sst remove` refuses to run on it at all.
    removal: input?.stage === 'production' ? 'retain' : 'remove',
    protect: input?.stage === 'production',
  }),
  // SST refuses imports at the top of this file: nothing may be built before it knows app and stage.
  async run() {
    const { bucket, table } = await import('./infra/storage.ts')
    const { gateway, apiStream } = await import('./infra/api.ts')
    await import('./infra/schedules.ts')
    await import('./infra/alarms.ts')
    return { url: gateway.url, stream_url: apiStream.url, bucket: bucket.name, table: table.name }
  },
})
