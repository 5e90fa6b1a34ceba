import { readSettings } from './read-settings.ts'

/** The one place where the environment of `sst deploy` enters; SST adds what `.env` and `.env.<stage>` say. */
export const settings = readSettings(process.env, $app.stage)
