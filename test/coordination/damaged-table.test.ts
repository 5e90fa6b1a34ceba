import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Row } from '../../core/coordination/coordination.ts'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('a flipped bit in a row, a key or the sum gives an error that names the remedy, never wrong rows', async () => {
  const folder = await temporaryFolder()
  const rows = new LmdbCoordination(join(folder, 'sound'))
  for (let i = 0; i < 6; i++) {
    await rows.write({ pk: 'names', sk: `book${i}` }, { set: { uid: `uid${i}`, n: i, text: 'marker'.repeat(8) } }, [])
  }
  await rows.delete({ pk: 'names', sk: 'book3' }, [])
  const expected = await allRows(rows)
  await rows.close()
  const sound = await readFile(join(folder, 'sound', 'data.mdb'))
  // The newest copy of each row. Older copies of a page no longer belong to the table.
  const places = [0, 1, 2, 4, 5].map((i) => sound.lastIndexOf(`names\0book${i}`))
  expect(places.every((at) => at > 0)).toBe(true)

  let damaged = 0
  for (const [i, place] of places.entries()) {
    for (let at = place; at < place + 80; at += 3) {
      const bytes = Buffer.from(sound)
      bytes[at]! ^= 1 << (at % 8)
      const copy = join(folder, `${i}-${at}`)
      await mkdir(copy)
      await writeFile(join(copy, 'data.mdb'), bytes)
      try {
        const opened = new LmdbCoordination(copy)
        expect(await allRows(opened)).toEqual(expected)
        await opened.close()
      } catch (error) {
        damaged++
        expect(error).toMatchObject({
          name: 'CorruptDataError',
          message: expect.stringContaining('prism rebuild-table') as string,
        })
      }
    }
  }
  expect(damaged).toBeGreaterThan(places.length * 20)
})

test('only the owner may read or write the folder of the rows and its files', async () => {
  const folder = join(await temporaryFolder(), 'rows')
  await new LmdbCoordination(folder).close()

  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  for (const file of ['data.mdb', 'lock.mdb']) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600)
})

async function allRows(rows: LmdbCoordination): Promise<Row[]> {
  const all: Row[] = []
  for await (const row of rows.query('names', '', { consistent: true })) all.push(row)
  return all
}
