import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newFolder, prism } from './terminal.ts'

test('gc removes what an import replaced, and says how much before it does', async () => {
  const data = await importTwice()
  const before = await bytesOf(data)

  const planned = await prism(['gc', '--retention=0s', '--dry-run', '--data', data])
  const untouched = await bytesOf(data)
  const { status, out, err } = await prism(['gc', '--retention=0s', '--json', '--data', data])
  const { garbage } = JSON.parse(out)
  const found = await prism(['search', 'books', 'second', '--json', '--data', data])

  expect([status, err, untouched]).toEqual([0, '', before])
  expect(before - (await bytesOf(data))).toBe(garbage.bytes)
  expect(garbage).toMatchObject({ shards: 1, failed: 0, left: 0, pending: 0 })
  expect(planned.out).toMatch(new RegExp(`^would remove ${garbage.objects} objects, .* of 1 shard\n`))
  expect(JSON.parse(found.out).hits).toHaveLength(10)
})

test('gc of one collection leaves what others and the last hour need', async () => {
  const data = await importTwice()
  await prism(['import', 'others', '-', '--data', data], { input: '{"id":"a"}' })

  const { out } = await prism(['gc', 'others', '--data', data])
  const again = await prism(['gc', '--data', data])

  expect(out).toMatch(/^removed 0 objects, 0 bytes, of 1 shard\ndone in /)
  expect(again.out).toMatch(/^removed 0 objects, 0 bytes, of 2 shards\n/)
})

test.each([
  [['--retention', '10'], 'prism: --retention must be a time such as 90s, 10m, 1h or 7d, got "10"\n'],
  [['nope'], 'prism: no collection named "nope"\n'],
])('gc %j is refused', async (words, message) => {
  const data = await importTwice()

  expect(await prism(['gc', ...words, '--data', data])).toEqual({ status: 1, out: '', err: message })
})

async function importTwice(): Promise<string> {
  const data = join(await newFolder(), 'data')
  for (const round of ['first', 'second']) {
    const lines = Array.from({ length: 40 }, (_, i) => JSON.stringify({ id: `${i}`, text: `the ${round} import` }))
    await prism(['import', 'books', '-', '--data', data], { input: lines.join('\n') })
  }
  return data
}

async function bytesOf(data: string): Promise<number> {
  const root = join(data, 'objects')
  const sizes = (await readdir(root, { recursive: true, withFileTypes: true })).map(async (entry) =>
    entry.isFile() ? (await stat(join(entry.parentPath, entry.name))).size : 0,
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
