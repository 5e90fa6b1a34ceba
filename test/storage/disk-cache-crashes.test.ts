import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DiskCache } from '../../core/storage/disk/disk-cache.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const BYTES_SCARCE = 4_000

const keys = fc.constantFrom('a', 'b', 'c', 'd')
const starts = fc.constantFrom(0, 10)
const lengths = fc.constantFrom(0, 1, 400)
const steps = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('offer' as const), key: keys, start: starts, length: lengths }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('find' as const), key: keys, start: starts, length: lengths }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), key: keys }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  // Ends of files are lost, as by a power failure, or bits change.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const), file: fc.nat(), bytes: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('flip' as const), file: fc.nat(), at: fc.nat() }) },
)

test('a range is what was offered of it, or not there; with room, and as long as no file is damaged, it is the last and there', async () => {
  let found = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { minLength: 40, maxLength: 60 }),
      fc.constantFrom(BYTES_SCARCE, 1_000_000),
      async (list, bytesMax) => {
        const folder = await temporaryFolder()
        const model = new Map<string, Uint8Array>()
        const offered = new Map<string, Uint8Array[]>()
        let isDamaged = false
        let cache = new DiskCache({ folder, bytesMax })
        for (const [i, step] of list.entries()) {
          if (step.do === 'offer' && step.length <= bytesMax / 8) {
            const bytes = Uint8Array.from({ length: step.length }, (_, at) => (i * 31 + at) % 256)
            const name = nameOf(step)
            // What is there stays: objects never change, so it would be the same.
            const known = await cache.find(step.key, rangeOf(step))
            cache.offer(step.key, rangeOf(step), known ?? bytes)
            if (known !== undefined) continue
            model.set(name, bytes)
            offered.set(name, [...(offered.get(name) ?? []), bytes])
          } else if (step.do === 'find') {
            const bytes = await cache.find(step.key, rangeOf(step))
            const last = model.get(nameOf(step))
            // Damage may undo that an object was dropped.
            const admitted = isDamaged ? (offered.get(nameOf(step)) ?? []) : last === undefined ? [] : [last]
            if (bytes === undefined) expect(last === undefined || isDamaged || bytesMax === BYTES_SCARCE).toBe(true)
            else expect(admitted.some((known) => Buffer.compare(known, bytes) === 0)).toBe(true)
            if (bytes !== undefined) found++
          } else if (step.do === 'drop') {
            cache.drop([step.key])
            for (const name of model.keys()) if (name.startsWith(`${step.key} `)) model.delete(name)
          } else if (step.do !== 'offer') {
            await cache.close()
            if (step.do !== 'restart') isDamaged = (await damage(folder, step)) || isDamaged
            cache = new DiskCache({ folder, bytesMax })
          }
          await cache.settle()
          expect(cache.byteSize).toBeLessThanOrEqual(bytesMax)
        }
        await cache.close()
      },
    ),
    { numRuns: 60 },
  )
  expect(found).toBeGreaterThan(50)
})

type Ranged = { readonly key: string; readonly start: number; readonly length: number }

function rangeOf({ start, length }: Ranged) {
  return { start, end: start + length }
}

function nameOf({ key, start, length }: Ranged): string {
  return `${key} ${start} ${length}`
}

type Damage =
  | { readonly do: 'cut'; readonly file: number; readonly bytes: number }
  | { readonly do: 'flip'; readonly file: number; readonly at: number }

/** @returns whether there was anything to damage */
async function damage(folder: string, step: Damage): Promise<boolean> {
  const names = await readdir(folder)
  if (names.length === 0) return false
  const path = join(folder, names[step.file % names.length]!)
  const whole = await readFile(path)
  if (whole.length === 0) return false
  if (step.do === 'cut') await truncate(path, Math.max(0, whole.length - step.bytes))
  else {
    whole[step.at % whole.length]! ^= 1 << (step.at % 8)
    await writeFile(path, whole)
  }
  return true
}
