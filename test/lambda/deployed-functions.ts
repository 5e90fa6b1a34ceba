import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bundle, buildBundles } from './build-bundles.ts'
import type { FunctionSettings } from './host/function-settings.ts'

type Entry = 'api' | 'api-stream' | 'leaf' | 'compact' | 'collect-garbage'

/** As infra/ has them. */
const LIMITS: Readonly<Record<Entry, Pick<FunctionSettings, 'memoryMb' | 'timeoutMs' | 'concurrencyMax'>>> = {
  api: { memoryMb: 1_769, timeoutMs: 29_000, concurrencyMax: 32 },
  'api-stream': { memoryMb: 1_769, timeoutMs: 29_000, concurrencyMax: 32 },
  leaf: { memoryMb: 1_769, timeoutMs: 20_000, concurrencyMax: 32 },
  compact: { memoryMb: 3_008, timeoutMs: 900_000, concurrencyMax: 1 },
  'collect-garbage': { memoryMb: 1_024, timeoutMs: 900_000, concurrencyMax: 1 },
}

const SOURCES = fileURLToPath(new URL('../../functions', import.meta.url))

/**
 * Bundles Prism's functions for {@link settingsOf}; takes a second or two.
 *
 * @param sources folder with `api.ts` and the other entries; default: Prism's own
 */
export function buildFunctions(bundlesFolder: string, sources = SOURCES): Promise<Record<Entry, Bundle>> {
  const names = Object.keys(LIMITS) as Entry[]
  const entries = Object.fromEntries(names.map((name) => [name, join(sources, `${name}.ts`)]))
  return buildBundles(entries as Record<Entry, string>, bundlesFolder)
}

/** @param name the name of the function, if several functions share an entry */
export function settingsOf(
  entry: Entry,
  bundlesFolder: string,
  environment: Readonly<Record<string, string>>,
  name: string = entry,
): FunctionSettings {
  return { name, folder: join(bundlesFolder, entry), handler: `${entry}.handler`, environment, ...LIMITS[entry] }
}
