import { mkdir } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { basename, extname, join, relative, resolve } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { EXTERNALS } from '../../infra/externals.ts'

export type Bundle = {
  /** All of the function's code: what SST would zip. */
  readonly folder: string
  /** In it, with the extension `.mjs`. */
  readonly entry: string
  /** The entry and what it imports at once: read and compiled at every cold start. */
  readonly initBytes: number
  readonly totalBytes: number
  /** Files whose code is in it, below the working folder of this process or from `node_modules/` on. */
  readonly sources: readonly string[]
  /** Packages that are looked for when the function runs, other than Node's own. */
  readonly external: readonly { readonly path: string; readonly kind: string }[]
}

/** As SST 4.17.1 writes it: packages made for CommonJS ask for these. */
const BANNER = [
  "import { createRequire as topLevelCreateRequire } from 'module';",
  'const require = topLevelCreateRequire(import.meta.url);',
  'import { fileURLToPath as topLevelFileUrlToPath, URL as topLevelURL } from "url"',
  'const __filename = topLevelFileUrlToPath(import.meta.url)',
  'const __dirname = topLevelFileUrlToPath(new topLevelURL(".", import.meta.url))',
].join('\n')

/** SST's options with ours of infra/ put in. The first two externals are always SST's. */
const OPTIONS = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'esnext',
  mainFields: ['module', 'main'],
  keepNames: true,
  minifyWhitespace: true,
  minifySyntax: true,
  minifyIdentifiers: true,
  splitting: true,
  outExtension: { '.js': '.mjs' },
  external: ['sharp', 'pg-native', ...EXTERNALS],
  banner: { js: BANNER },
  logLevel: 'silent',
} as const satisfies BuildOptions

/**
 * Bundles functions as a deployment does, each into a folder of its own.
 *
 * The folder should lie outside the repository: a bundle that still needs `node_modules` must fail here too.
 *
 * @throws what is wrong with the code, with its place
 */
export async function buildBundles<Name extends string>(
  entries: Readonly<Record<Name, string>>,
  outFolder: string,
): Promise<Record<Name, Bundle>> {
  const bundles: [string, Bundle][] = []
  for (const [name, path] of Object.entries<string>(entries)) {
    bundles.push([name, await buildBundle(path, join(outFolder, name))])
  }
  return Object.fromEntries(bundles) as Record<Name, Bundle>
}

async function buildBundle(path: string, folder: string): Promise<Bundle> {
  await mkdir(folder, { recursive: true })
  // Names in the metafile are relative to the working folder.
  const options: BuildOptions = { ...OPTIONS, entryPoints: [path], outdir: folder, absWorkingDir: folder }
  const { metafile } = await build({ ...options, metafile: true })
  const entry = `${basename(path, extname(path))}.mjs`
  return {
    folder,
    entry,
    initBytes: sizeOf(metafile, importedAtOnce(metafile, entry)),
    totalBytes: sizeOf(metafile, Object.keys(metafile.outputs)),
    sources: sourcesOf(metafile, folder),
    external: externalOf(metafile),
  }
}

function sourcesOf({ outputs }: Metafile, folder: string): string[] {
  const used = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0),
  )
  const paths = used.map(([path]) => relative(process.cwd(), resolve(folder, path)))
  return [...new Set(paths.map((path) => path.replace(/^.*(?=node_modules\/)/, '')))].sort()
}

function externalOf({ outputs }: Metafile): Bundle['external'] {
  const external = Object.values(outputs).flatMap(({ imports }) => imports.filter((one) => one.external))
  return external.filter(({ path }) => !isBuiltin(path)).map(({ path, kind }) => ({ path, kind }))
}

function importedAtOnce({ outputs }: Metafile, entry: string): Set<string> {
  const found = new Set([entry])
  // A set goes on to what is added to it meanwhile.
  for (const name of found) {
    const imports = outputs[name]?.imports ?? []
    for (const { path, kind, external } of imports) {
      if (kind === 'import-statement' && !external) found.add(path)
    }
  }
  return found
}

function sizeOf({ outputs }: Metafile, names: Iterable<string>): number {
  let bytes = 0
  for (const name of names) bytes += outputs[name]?.bytes ?? 0
  return bytes
}
