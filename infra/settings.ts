import { readSettings } from './read-settings.ts'

/** The only place that reads the environment of `sst deploy`, to which SST adds `.env` and `.env.<stage>`. */
export const settings = readSettings(process.env, $app.stage)
