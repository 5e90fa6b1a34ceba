// Adds to package-lock.json (or bench's: `node .ci/complete-lockfile.mjs bench`) the optional packages of other platforms that npm left out, because the registry
// it asked does not hold them: `npm ci` wants every one of them named, and installs none of them here.
// Run it after each `npm install` that changed the lockfile.
import { readFileSync, writeFileSync } from 'node:fs'

const path = new URL(`../${process.argv[2] ?? '.'}/package-lock.json`, import.meta.url)
const lockfile = JSON.parse(readFileSync(path, 'utf8'))
const { packages } = lockfile
const added = []

for (const parent of Object.values(packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`
    const platform = /(android|darwin|linux|win32)-(x64|arm64|arm|ia32)(?:-(gnu|musl|msvc))?$/.exec(name)
    if (packages[place] !== undefined || platform === null) continue
    const [, os, cpu, libc] = platform
    packages[place] = {
      version,
      cpu: [cpu],
      ...(parent.dev ? { dev: true } : {}),
      ...(os === 'linux' ? { libc: [libc === 'musl' ? 'musl' : 'glibc'] } : {}),
      license: parent.license,
      optional: true,
      os: [os],
    }
    added.push(name)
  }
}

lockfile.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(path, `${JSON.stringify(lockfile, undefined, 2)}\n`)
process.stdout.write(`added ${added.length} packages\n`)
